"""Made-up facts of any size as a log, written by the database itself: for measuring, never for an office.

What is written is given as SQL over ``n``, a subject's number from 0 on (and ``r``, a record's), so that millions of
rows need no Python each.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from kaoping.store.batches import Act, insert_batch
from kaoping.store.blocks import PACKINGS, append_batch
from kaoping.store.connection import Store
from kaoping.store.lines import keep


@dataclass(frozen=True)
class MadeUpBatch:
    """One batch of made-up facts about the subjects from a first number to a last."""

    connection: sqlite3.Connection
    batch: int
    first: int
    last: int

    def subjects(self, kind: str, name: str) -> None:
        """Put the subjects on file; `name` gives the id of each."""
        self.connection.execute(
            f"INSERT INTO subject (key, id) SELECT n + 1, {name} FROM counted WHERE n BETWEEN ? AND ?", self._span
        )
        self._insert("registration (subject, batch, type, title)", f"n + 1, :batch, '{kind}', {name}", "counted")

    def values(self, fact: str, at: str, item: str, text: str) -> None:
        """A value of each; NULL where nobody entered one."""
        name = self._name(fact)
        made = f"SELECT n, {text} AS text FROM counted WHERE n BETWEEN :first AND :last"
        self._insert(
            "value (fact, subject, at, item, batch, value)",
            f"{name}, n + 1, '{at}', '{item}', :batch, text",
            f"({made})",
            "text IS NOT NULL",
        )

    def records(self, record: str, source: str, fields: Sequence[tuple[str, str]]) -> None:
        """Records of each: `source` is a table of ``n`` and ``r``; a field that is NULL was not entered."""
        name = self._name(record)
        pieces = [f"coalesce(',\"{field}\":\"' || ({text}) || '\"', '')" for field, text in sorted(fields)]
        body = f"'{{' || ltrim({' || '.join(pieces) or repr('')}, ',') || '}}'"
        self._insert("record (record, subject, no, batch, fields)", f"{name}, n + 1, r + 1, :batch, {body}", source)

    def registers(self, record: str, day: str) -> None:
        """A register of each stated complete through a day; NULL where nobody stated it."""
        name = self._name(record)
        made = f"SELECT n, {day} AS day FROM counted WHERE n BETWEEN :first AND :last"
        self._insert(
            "register (record, subject, complete_through, stated_by, batch)",
            f"{name}, n + 1, day, 'made up', :batch",
            f"({made})",
            "day IS NOT NULL",
        )

    def closing(self, scheme: str, period: str) -> None:
        """Entry is closed."""
        self.connection.execute(
            "INSERT INTO closing (scheme, period, batch, closed_by) VALUES (?, ?, ?, 'made up')",
            (scheme, period, self.batch),
        )

    def _name(self, name: str) -> int:
        return keep(self.connection, "name", [name])[name]

    @property
    def _span(self) -> tuple[int, int]:
        return self.first, self.last

    def _insert(self, into: str, what: str, source: str, where: str = "true") -> None:
        self.connection.execute(
            f"INSERT INTO {into} SELECT {what} FROM {source} WHERE {where} AND n BETWEEN :first AND :last",
            {"batch": self.batch, "first": self.first, "last": self.last},
        )


@contextmanager
def made_up_batch(
    store: Store, act: Act, now: datetime, first: int, last: int, reason: str = ""
) -> Iterator[MadeUpBatch]:
    """A batch of made-up facts about the subjects from one number to another, done whole or not at all.

    `reason`: where it says otherwise than what is known.
    """
    with store.writing() as connection:
        connection.execute("CREATE TEMP TABLE IF NOT EXISTS counted (n INTEGER PRIMARY KEY)")
        connection.execute("DELETE FROM counted")
        connection.execute(
            "INSERT INTO counted WITH RECURSIVE c(n) AS (SELECT ? UNION ALL SELECT n + 1 FROM c WHERE n < ?) "
            "SELECT n FROM c",
            (first, last),
        )
        batch = insert_batch(connection, act, now, reason=reason, written={})
        yield MadeUpBatch(connection, batch, first, last)
        for table in PACKINGS:
            append_batch(connection, table, batch)
        connection.execute("INSERT INTO touched SELECT ?, n + 1 FROM counted", (batch,))


class Unguarded:
    """A database that is being made and thrown away if that fails: written without a journal, which is much faster."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def __enter__(self) -> Self:
        self.store.connection.execute("PRAGMA journal_mode = OFF")
        self.store.connection.execute("PRAGMA synchronous = OFF")
        return self

    def __exit__(self, *_: object) -> None:
        self.store.connection.execute("PRAGMA journal_mode = WAL")
        self.store.connection.execute("PRAGMA synchronous = FULL")
