"""A frame judged by SQLite in several parts at the same time, each on a connection and a thread of its own.

SQLite uses one processor for a statement; Python lets go of its lock while one runs, so threads are enough.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from itertools import pairwise
from pathlib import Path

from kaoping_sql.throwaway import clear_away, throwaway, unfinished

WORTH_PARTING = 50_000
"""Subjects from which a second thread is worth its start and the copying of its results."""


def in_parts(
    query: str, tables: tuple[str, str], frame: Path, results: Path, last: int, at_once: int | None = None
) -> int:
    """Run a query over the rows of a frame into a new file; gives how many rows there are.

    Args:
        query: reads the frame's table, row by row.
        tables: its name as it stands in statements, and the name by which the query reads its rows with blanks.
        last: the highest row number it has.
        frame: the file it is in.
        results: the new file, with a table ``results``.
        at_once: how many parts; None: one for each processor, where there are subjects enough.

    Raises:
        sqlite3.Error: the database could not finish; the file is gone then, or as it was.
    """
    many = at_once or min(processors(), 1 + last // WORTH_PARTING)
    ends = [last * place // many for place in range(many + 1)]
    spans = list(pairwise(ends))
    clear_away(results)
    parts = [unfinished(results, f".part{place}") for place in range(many)]
    with ExitStack() as opened:
        for path in parts:
            path.unlink(missing_ok=True)
            opened.callback(path.unlink, missing_ok=True)
        connections = [opened.enter_context(closing(_connected(path, frame))) for path in parts]
        _run(connections, [_over(query, *tables, *span) for span in spans])
        first = connections[0]
        for path, connection in zip(parts[1:], connections[1:], strict=True):
            connection.close()
            first.execute("ATTACH ? AS part", (str(path),))
            first.execute("INSERT INTO main.results SELECT * FROM part.results")
            first.commit()
            first.execute("DETACH part")
        (count,) = first.execute("SELECT count(*) FROM main.results").fetchone()
        first.close()
        parts[0].replace(results)
    return int(count)


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _connected(path: Path, frame: Path) -> sqlite3.Connection:
    connection = throwaway(path, check_same_thread=False)
    connection.execute("ATTACH ? AS frame", (str(frame),))
    return connection


def _over(query: str, table: str, blanks: str, first: int, last: int) -> tuple[str, str, str]:
    """Views of some of the rows, which the query reads in place of all, and what it makes of them.

    Few rows have blanks, and an index knows which: they are found by it, not by their numbers (``+rowid``).
    """
    rows = f"CREATE TEMP VIEW {table} AS SELECT * FROM frame.{table} WHERE rowid > {first} AND rowid <= {last}"
    others = f"CREATE TEMP VIEW {blanks} AS SELECT * FROM frame.{table} WHERE +rowid > {first} AND +rowid <= {last}"
    return rows, others, f"CREATE TABLE main.results AS {query}"


def _run(connections: Sequence[sqlite3.Connection], work: Sequence[Sequence[str]]) -> None:
    """All at the same time; when one fails, or somebody wants to stop, none goes on."""

    def run(connection: sqlite3.Connection, statements: Sequence[str]) -> None:
        for statement in statements:
            connection.execute(statement)
        connection.commit()

    with ThreadPoolExecutor(len(connections)) as threads:
        waiting = [threads.submit(run, *each) for each in zip(connections, work, strict=True)]
        try:
            for one in waiting:
                one.result()
        except BaseException:
            for connection in connections:
                connection.interrupt()
            raise
