"""A frame judged in several parts at the same time: the same results, and nothing left when it ends early."""

import signal
import sqlite3
import time

import pytest
from test_sql_frames import PROPERTY, made_up

from kaoping.evaluation.rulebook import EngineFailedError
from kaoping_sql import frames
from kaoping_sql.in_parts import in_parts

TABLES = '"estate"', '"estate with blanks"'
ENDLESS = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n WHERE i < 0"


def left(folder):
    return sorted(path.name for path in folder.iterdir())


def test_parts_give_what_the_whole_gives(tmp_path):
    batch = frames.Batch(PROPERTY, made_up(tmp_path / "f.db", 500))
    counts = [frames.in_sqlite(batch, tmp_path / "f.db", tmp_path / f"{many}.db", many) for many in (1, 2, 7)]
    digests = {frames.results_digest(tmp_path / f"{many}.db") for many in (1, 2, 7)}
    assert (counts, len(digests)) == ([500] * 3, 1)
    assert left(tmp_path) == ["1.db", "2.db", "7.db", "f.db"]


def test_more_parts_than_subjects_and_a_frame_of_nobody_are_judged_too(tmp_path):
    batch = frames.Batch(PROPERTY, made_up(tmp_path / "f.db", 3))
    assert frames.in_sqlite(batch, tmp_path / "f.db", tmp_path / "r.db", 8) == 3
    with sqlite3.connect(tmp_path / "f.db") as connection:
        connection.execute("DELETE FROM estate")
    assert frames.in_sqlite(batch, tmp_path / "f.db", tmp_path / "r.db") == 0


def test_part_that_fails_ends_all_and_leaves_former_results_as_they_were(tmp_path):
    made_up(tmp_path / "f.db", 50)
    (tmp_path / "r.db").write_text("former")
    with pytest.raises(sqlite3.OperationalError, match="nowhere"):
        in_parts("SELECT * FROM nowhere", TABLES, tmp_path / "f.db", tmp_path / "r.db", 50, 3)
    assert left(tmp_path) == ["f.db", "r.db"]
    assert (tmp_path / "r.db").read_text() == "former"


def test_frame_without_a_column_is_refused_before_anything_runs(tmp_path):
    batch = frames.Batch(PROPERTY, made_up(tmp_path / "f.db", 20))
    with sqlite3.connect(tmp_path / "f.db") as connection:
        connection.execute('ALTER TABLE estate DROP COLUMN "group_score@2025Q1"')
    with pytest.raises(EngineFailedError, match="group_score@2025Q1"):
        frames.in_sqlite(batch, tmp_path / "f.db", tmp_path / "r.db")
    assert left(tmp_path) == ["f.db"]


def test_whoever_stops_it_does_not_wait_and_leaves_nothing(tmp_path):
    made_up(tmp_path / "f.db", 50)

    def stop(*_):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, stop)
    began = time.monotonic()
    signal.setitimer(signal.ITIMER_REAL, 0.3)
    try:
        with pytest.raises(KeyboardInterrupt):
            in_parts(ENDLESS, TABLES, tmp_path / "f.db", tmp_path / "r.db", 50, 2)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert time.monotonic() - began < 30
    assert left(tmp_path) == ["f.db"]
