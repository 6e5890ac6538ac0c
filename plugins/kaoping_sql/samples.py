"""A whole section judged into a file, and who of it is looked at again: some drawn, and all nearest to a boundary."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from kaoping.evaluation.accounts import Account, Batch
from kaoping.evaluation.again import NEAREST
from kaoping.evaluation.plan import Plan
from kaoping.facts.frame import Frame
from kaoping_sql import frames
from kaoping_sql.looked_at import looked_at
from kaoping_sql.words import failed

WHERE = ("sqlite", "duckdb")


def judged(plan: Plan, frame: Frame, target: Path, where: str, draw: int) -> Batch:
    """Judge the scheme's own subjects in a database.

    Raises:
        EngineFailedError: there is no such database here, or it could not finish.
    """
    if where not in WHERE:
        raise failed("no-database", where=where, known=", ".join(WHERE))
    with TemporaryDirectory(dir=target.absolute().parent, prefix=".kaoping-") as folder:
        source = Path(folder) / "frame.db"
        batch = frames.Batch(plan, frames.build(plan, frame, source))
        finished = Path(folder) / "results"
        try:
            if where == "duckdb":
                frames.export(source, Path(folder) / "frame")
                count = frames.in_duckdb(batch, Path(folder) / "frame", finished)
            else:
                count = frames.in_sqlite(batch, source, finished)
        except ImportError as error:
            raise failed("no-extra", where=where) from error
        names = dict(_subjects(source, batch))
        rows = frames.Results(finished, where)
        digest = rows.digest()
        found = Batch(
            count,
            {batch.statement.grades_in_order(mask): many for mask, many in rows.grades()},
            digest,
            tuple(_sample(batch, rows, digest, names, draw)),
        )
        finished.replace(target)
    return found


def _subjects(source: Path, batch: frames.Batch) -> Iterable[tuple[int, str]]:
    with closing(sqlite3.connect(source)) as connection:
        yield from connection.execute(f"SELECT key, id FROM {frames.name_of(batch.about.section)}")


def _sample(
    batch: frames.Batch, rows: frames.Results, digest: str, names: dict[int, str], draw: int
) -> Iterator[Account]:
    """Accounts of those that are looked at again."""

    def ask(query: str) -> Iterator[tuple[Any, ...]]:
        return (tuple(row.values()) for row in rows.rows(query))

    for row in rows.of(sorted(looked_at(ask, "{}", batch.statement.ranges, digest, draw, NEAREST))):
        yield batch.statement.read(names[row["key"]], row)
