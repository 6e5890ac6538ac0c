"""Batches: acts that made something known, undoing one, and what was known at a moment."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from kaoping.errors import UsageError
from kaoping.store.connection import Store
from kaoping.store.moments import next_moment, through


@dataclass(frozen=True)
class Act:
    """Who makes something known, and how.

    Attributes:
        command: what was done, such as ``import``.
        source: the file, folder or form it came from; `sha256` of that file.
    """

    actor: str
    command: str
    source: str = ""
    sha256: str = ""
    note: str = ""


@dataclass(frozen=True)
class Batch:
    """An act that was done.

    Attributes:
        reason: of a correction or an undoing, else "".
        written: table to number of rows.
        voids: the batch this one undid.
        voided_by: the batch that undid this one.
    """

    id: int
    known_at: str
    act: Act
    reason: str
    written: Mapping[str, int]
    voids: int | None = None
    voided_by: int | None = None


@dataclass(frozen=True)
class View:
    """What is known at a moment: every batch through the last one then, except those undone by then."""

    last: int
    voided: frozenset[int]

    def condition(self, column: str = "batch") -> str:
        """The SQL condition that a row's batch belongs to it."""
        condition = f"{column} <= {self.last}"
        if self.voided:
            condition += f" AND {column} NOT IN ({', '.join(map(str, sorted(self.voided)))})"
        return condition


def view_at(connection: sqlite3.Connection, known_at: str | None = None) -> View:
    """What is known at a moment (UTC text), or now."""
    query = "SELECT id FROM batch WHERE known_at <= ? ORDER BY known_at DESC LIMIT 1"
    row = connection.execute(query, (through(known_at),)).fetchone()
    last = row[0] if row else 0
    voided = connection.execute("SELECT batch FROM void WHERE voided_by <= ?", (last,))
    return View(last, frozenset(batch for (batch,) in voided))


def insert_batch(
    connection: sqlite3.Connection, act: Act, now: datetime, *, reason: str = "", written: Mapping[str, int]
) -> int:
    """Append a batch and give its id; inside a write transaction, before the rows that name it."""
    cursor = connection.execute(
        "INSERT INTO batch (known_at, actor, command, source, sha256, reason, note, written) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            next_moment(connection, now),
            act.actor,
            act.command,
            act.source,
            act.sha256,
            reason,
            act.note,
            json.dumps(dict(written)),
        ),
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def void_batch(store: Store, batch: int, reason: str, act: Act, now: datetime) -> int:
    """Undo a batch: what it made known is no longer known from now on, what it corrected speaks again.

    Nothing is deleted. What others have said since about a subject the batch registered is not lost either: it is
    not read while the subject is not on file, and again when it is.

    Returns:
        The id of the batch that says so.

    Raises:
        UsageError: there is no such batch, it is undone already, or is an undoing itself.
    """
    with store.writing() as connection:
        known = _batches(connection, "WHERE b.id = ?", (batch,))
        if not known:
            raise UsageError("store.no-batch", batch=batch)
        if known[0].voided_by is not None:
            raise UsageError("store.voided-already", batch=batch, by=known[0].voided_by)
        if known[0].voids is not None:
            raise UsageError("store.void-of-void", batch=batch, voids=known[0].voids)
        by = insert_batch(connection, act, now, reason=reason, written={"void": 1})
        connection.execute("INSERT INTO void (batch, voided_by) VALUES (?, ?)", (batch, by))
        return by


def list_batches(store: Store) -> tuple[Batch, ...]:
    """Every batch, earliest first."""
    with store.reading() as connection:
        return tuple(_batches(connection))


def _batches(connection: sqlite3.Connection, where: str = "", values: tuple[int, ...] = ()) -> list[Batch]:
    rows = connection.execute(
        f"""
        SELECT b.id, b.known_at, b.actor, b.command, b.source, b.sha256, b.note, b.reason, b.written,
            undid.batch, undone.voided_by
        FROM batch b
        LEFT JOIN void undid ON undid.voided_by = b.id
        LEFT JOIN void undone ON undone.batch = b.id
        {where}
        ORDER BY b.id
        """,
        values,
    )
    return [
        Batch(batch, known_at, Act(actor, command, source, sha256, note), reason, json.loads(written), voids, voided)
        for batch, known_at, actor, command, source, sha256, note, reason, written, voids, voided in rows
    ]
