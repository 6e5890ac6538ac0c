"""How far DuckDB is with a statement, told while it runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import TYPE_CHECKING

from kaoping.evaluation.keeping import Tell, silent

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

PAUSE = 0.25
"""Seconds between two looks."""


@contextmanager
def watched(connection: DuckDBPyConnection, table: str, tell: Tell) -> Iterator[None]:
    """Tell how many of a table's rows are done, as the database reckons, while a statement runs within."""
    if tell is silent:
        yield
        return
    counted = connection.execute(f'SELECT count(*) FROM "{table}"').fetchone()
    total = int(counted[0]) if counted else 0
    connection.execute("SET enable_progress_bar = true")  # it reckons only then
    connection.execute("SET enable_progress_bar_print = false")
    ended = Event()

    def watch() -> None:
        while not ended.wait(PAUSE):
            tell(int(total * max(0.0, connection.query_progress()) / 100), total)

    watcher = Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()
