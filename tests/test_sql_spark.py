"""Spark on this machine: the same digests as SQLite on the same frame, and frames that it refuses.

Skipped where pyspark or Java is missing: `make test-spark` installs the one and says so of the other.
"""

import os
import shutil

import pytest
from test_sql_frames import PROPERTY, WRONG, break_frame, made_up, seeded

from kaoping.evaluation.rulebook import EngineFailedError
from kaoping_sql import frames

SLOW = bool(os.environ.get("KAOPING_SLOW"))


@pytest.fixture(scope="module")
def spark():
    session = pytest.importorskip("pyspark.sql").SparkSession
    pytest.importorskip("duckdb")
    if shutil.which("java") is None:
        pytest.skip("Spark needs Java 17")
    started = session.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
    yield started
    started.stop()


@pytest.mark.parametrize("seed", range(12 if SLOW else 1))
def test_spark_gives_the_same_digest_on_the_same_frame(tmp_path, spark, seed):
    plan, frame = seeded(seed)
    same_digest(tmp_path, frames.Batch(plan, frames.build(plan, frame, tmp_path / "f.db")), spark)


@pytest.mark.skipif(not SLOW, reason="takes a minute")
def test_spark_gives_the_same_digest_of_a_made_up_county_of_the_property_scheme(tmp_path, spark):
    same_digest(tmp_path, frames.Batch(PROPERTY, made_up(tmp_path / "f.db", 5000)), spark)


def same_digest(folder, batch, spark):
    """One frame judged by SQLite and by Spark."""
    frames.export(folder / "f.db", folder / "f")
    frames.in_sqlite(batch, folder / "f.db", folder / "r.db")
    frames.in_spark(batch, folder / "f", folder / "r", spark)
    assert frames.results_digest(folder / "r.db") == frames.results_digest(folder / "r")
    assert sorted(path.name for path in folder.iterdir()) == ["f", "f.db", "r", "r.db"]


@pytest.mark.slow
@WRONG
def test_frame_with_a_wrong_value_or_a_subject_twice_is_refused_by_spark(tmp_path, spark, change, told):
    batch = break_frame(tmp_path, change)
    with pytest.raises(EngineFailedError, match=told):
        frames.in_spark(batch, tmp_path / "f", tmp_path / "r", spark)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["f", "f.db"]


@pytest.mark.slow
def test_parquet_of_another_type_or_without_a_column_is_refused_by_spark_and_settings_stay(tmp_path, spark):
    pq, pa = pytest.importorskip("pyarrow.parquet"), pytest.importorskip("pyarrow")
    batch = break_frame(tmp_path, "UPDATE estate SET id = id")
    rows = pq.read_table(tmp_path / "f" / "rows.parquet")
    place = rows.schema.get_field_index("group_score@2025Q1")
    doubles = rows.set_column(place, "group_score@2025Q1", pa.array([float("nan"), *[1.0] * 19]))
    spark.conf.set("spark.sql.ansi.enabled", "false")
    for changed in (doubles, rows.remove_column(place)):
        pq.write_table(changed, tmp_path / "f" / "rows.parquet")
        with pytest.raises(EngineFailedError, match="group_score@2025Q1"):
            frames.in_spark(batch, tmp_path / "f", tmp_path / "r", spark)
    assert spark.conf.get("spark.sql.ansi.enabled") == "false"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["f", "f.db"]
