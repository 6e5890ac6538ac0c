"""A frame from anywhere judged into a file: no log of facts is needed, since a row holds all that rules read."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from tempfile import TemporaryDirectory

from kaoping.errors import DataError, EnvironmentError, UsageError
from kaoping.evaluation.accounts import Account
from kaoping.evaluation.keeping import JudgedFrame, Tell
from kaoping.evaluation.plan import Plan
from kaoping.evaluation.rulebook import EngineFailedError
from kaoping_sql import frames
from kaoping_sql.exchange import as_file, batch_of
from kaoping_sql.opinion import LEAN
from kaoping_sql.results import parquet

SQLITE, DUCKDB, SPARK = "sqlite", "duckdb", "spark"
WHERE = (SQLITE, DUCKDB, SPARK)


def judge(plan: Plan, frame: Path, results: Path, where: str, memory: str, tell: Tell) -> JudgedFrame:
    """Judge everybody in a frame; see `FrameKeeping.judge_frame`."""
    where = _where(frame, where)
    batch = batch_of(plan, frame, LEAN)
    try:
        if where == SPARK:
            count = frames.in_spark(batch, frame, results)
        elif where == DUCKDB:
            count = frames.in_duckdb(batch, frame, results, memory, tell)
        elif frame.is_dir():
            with _beside(results) as place:
                count = frames.in_sqlite(batch, as_file(plan, frame, place), results)
        else:
            frames.check_frame(batch, frame)
            count = frames.in_sqlite(batch, frame, results)
    except ImportError as error:
        raise EnvironmentError("sql.no-extra", where=where) from error
    except EngineFailedError as error:
        raise DataError("sql.not-judged", path=frame, problem=str(error)) from error
    found = frames.Results(results, where)
    grades = {batch.statement.grades_in_order(mask): many for mask, many in found.grades()}
    best_first = dict(sorted(grades.items(), key=lambda one: _order(batch, one[0])))
    return JudgedFrame(where, _version(where), count, best_first, found.digest())


def _where(frame: Path, where: str) -> str:
    """The database that reads a frame: that asked for, or the one that can."""
    if where not in ("", *WHERE):
        raise UsageError("sql.no-database", where=where, known=", ".join(WHERE))
    parquet = (frame / "rows.parquet").exists()
    usual = DUCKDB if parquet else SQLITE
    if where and (where != SQLITE) != parquet:
        raise UsageError("sql.database-reads", where=where, usual=usual, path=frame)
    return where or usual


@contextmanager
def _beside(results: Path) -> Iterator[Path]:
    """Where the file of a folder of CSV is written, on the disk of the results; gone afterwards."""
    with TemporaryDirectory(dir=results.absolute().parent, prefix=f".{results.name}-") as folder:
        yield Path(folder) / "frame.db"


def _order(batch: frames.Batch, grades: tuple[str, ...]) -> tuple[int, list[int]]:
    """Decided ones first, by merit."""
    places = [batch.statement.options.index(grade) for grade in grades]
    return len(places), places


def _version(where: str) -> str:
    if where == SQLITE:
        return sqlite3.sqlite_version
    try:
        return version({DUCKDB: "duckdb", SPARK: "pyspark"}[where])
    except PackageNotFoundError:
        return ""


def accounts_of(plan: Plan, frame: Path, results: Path, where: str) -> Iterator[Account]:
    """What results say of each subject, in the order of their ids."""
    batch = batch_of(plan, frame, LEAN)
    with _beside(results) as place:
        if where == SQLITE:
            ids, file = f"other.{frames.name_of(batch.about.section)}", str(as_file(plan, frame, place))
        else:
            ids, file = parquet(frame / "rows.parquet"), ""
        query = f"SELECT f.id, r.* FROM {{}} AS r JOIN {ids} AS f USING (key) ORDER BY f.id"
        found = frames.Results(results, where).answers(query, file)
        read = batch.statement.reader(next(found)[1:])
        for subject, *row in found:
            yield read(subject, tuple(row))
