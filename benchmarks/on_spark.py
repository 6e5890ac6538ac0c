"""Spark on this machine, looking through the frame and writing included; one size in a process of its own."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import world
from lines import Line, timed
from pyspark.sql import SparkSession

from kaoping_sql import frames
from kaoping_sql.pieces import write_parquet

PART = "spark"


def measure(size: int, folder: Path) -> None:
    """Two runs on one session: what is fixed is paid in the first."""
    batch = frames.Batch(world.plan(), write_parquet(world.plan(), world.BARE, world.world(size), folder / "f"))
    frames.in_duckdb(batch, folder / "f", folder / "r.parquet")
    digest = frames.results_digest(folder / "r.parquet")
    spark, seconds, _ = timed(SparkSession.builder.config("spark.ui.enabled", "false").getOrCreate)
    try:
        Line(PART, "Spark's start", seconds=seconds, note=f"Spark {spark.version}, {spark.sparkContext.master}").say()
        for turn in ("first", "second"):
            before = used(spark)
            _, seconds, _ = timed(lambda: frames.in_spark(batch, folder / "f", folder / "r", spark))
            processor = used(spark) - before
            if frames.results_digest(folder / "r") != digest:
                sys.exit("Spark and DuckDB give different results")
            Line(
                PART, f"Spark, Parquet to Parquet, {turn} run", size, seconds, processor, "same digest as DuckDB"
            ).say()
    finally:
        spark.stop()


def used(spark: SparkSession) -> float:
    """Seconds of the processor that Spark's process has taken; 0 where the system does not say."""
    process = spark.sparkContext._jvm.java.lang.ProcessHandle.current()
    return process.info().totalCpuDuration().get().toMillis() / 1000


if __name__ == "__main__":
    with TemporaryDirectory() as place:
        measure(int(sys.argv[1]), Path(place))
