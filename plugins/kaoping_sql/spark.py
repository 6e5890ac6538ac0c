"""A frame evaluated by Spark, on the session somebody made: where it runs is said where Spark wants it said."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kaoping_sql.emit import SPARK
from kaoping_sql.words import failed

if TYPE_CHECKING:
    from kaoping_sql.frames import Batch

SETTINGS = {
    "spark.sql.ansi.enabled": "true",  # a number that were too large is an error, never another number
    "spark.sql.ansi.doubleQuotedIdentifiers": "false",  # names stand in backticks
}


def in_spark(batch: Batch, frame: Path, results: Path, session: Any = None) -> int:
    """Evaluate a frame in Parquet by Spark into a folder of Parquet files; gives how many subjects there were.

    The frame is looked through first. The folder must lie where every worker can read and write it.

    Raises:
        EngineFailedError: the frame is not as it should be, or Spark could not finish; there are no results then.
    """
    from pyspark.errors import PySparkException  # noqa: PLC0415 - an extra
    from pyspark.sql import SparkSession  # noqa: PLC0415

    unfinished = results.with_name(f"{results.name}.{os.getpid()}.part")  # what begins with a dot Spark does not read
    table = batch.about.section
    try:
        spark = session or SparkSession.builder.getOrCreate()
        with _set(spark, SETTINGS):
            rows = spark.read.parquet(str(frame / "rows.parquet"))
            batch.check_columns(rows.columns)
            rows.createOrReplaceTempView(table)
            try:
                batch.check_values(lambda query: spark.sql(query).first(), "typeof({}) = 'bigint'", SPARK)
                batch.check_marks(lambda query: spark.sql(query).first(), SPARK)
                spark.sql(batch.sql(SPARK)).write.mode("overwrite").parquet(str(unfinished))
            finally:
                spark.catalog.dropTempView(table)
            count = spark.read.parquet(str(unfinished)).count()
        shutil.rmtree(results, ignore_errors=True)
        unfinished.replace(results)
        return int(count)
    except PySparkException as error:
        raise failed("failed", problem=str(error).splitlines()[0]) from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


@contextmanager
def _set(spark: Any, settings: dict[str, str]) -> Iterator[None]:
    """Settings of the session for a while; afterwards they are as they were."""
    before = {name: spark.conf.get(name, None) for name in settings}
    try:
        for name, value in settings.items():
            spark.conf.set(name, value)
        yield
    finally:
        for name, old in before.items():
            if old is None:
                spark.conf.unset(name)
            else:
                spark.conf.set(name, old)
