"""What is known, for people to look at: who is on file, what is said of a subject and by whom, and its history."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from kaoping.facts.frame import Edge, Subject
from kaoping.facts.periods import Period
from kaoping.store.batches import View, view_at
from kaoping.store.connection import Store
from kaoping.store.lines import day_from

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Said:
    """Where something known comes from.

    Attributes:
        known_at: the UTC time at which it became known.
        source, evidence: where the office has it from, and what supports it; "" when not said.
        reason: why it was corrected to this, or "".
    """

    batch: int
    known_at: str
    actor: str
    command: str
    source: str = ""
    evidence: str = ""
    reason: str = ""


@dataclass(frozen=True)
class KnownValue:
    """A value of a fact as text; `at` the period or the day it holds from, `item` of a list or ""."""

    fact: str
    at: str
    item: str
    value: str
    said: Said


@dataclass(frozen=True)
class KnownRecord:
    """An entry of a register, its fields as text."""

    record: str
    no: str
    fields: Mapping[str, str]
    said: Said


@dataclass(frozen=True)
class KnownRegister:
    """A register stated complete through a day."""

    record: str
    complete_through: date
    stated_by: str
    said: Said


@dataclass(frozen=True)
class KnownEdge:
    """A relation, in the direction in which it was entered."""

    relation: str
    subject: str
    edge: Edge
    said: Said


@dataclass(frozen=True)
class KnownSubject:
    """All that is known of a subject; `edges` lead from it, `reached_by` lead to it."""

    subject: Subject
    said: Said
    values: tuple[KnownValue, ...]
    records: tuple[KnownRecord, ...]
    registers: tuple[KnownRegister, ...]
    edges: tuple[KnownEdge, ...]
    reached_by: tuple[KnownEdge, ...]


@dataclass(frozen=True)
class Version:
    """One thing that was said of a fact or record.

    Attributes:
        at: of a value: period or day, and item after a colon where there is one; of a record: its number.
        value: as text; a record's fields as JSON.
        state: ``current`` · ``corrected`` (a later batch says otherwise) · ``voided`` (its batch was undone).
        ended_by: the batch that corrected it or undid its batch, and why.
    """

    at: str
    value: str
    said: Said
    state: str
    ended_by: Said | None = None


@dataclass(frozen=True)
class Closing:
    """Entry for a scheme and period was closed."""

    scheme: str
    period: str
    closed_by: str
    said: Said


def read_subjects(store: Store, known_at: str | None = None) -> dict[str, Subject]:
    """Every subject on file, by id, as known at a moment (UTC text) or now."""
    with store.reading() as connection:
        found = registrations(connection, view_at(connection, known_at))
    return {subject.id: subject for subject in sorted(found.values(), key=lambda each: each.id)}


def read_registers(store: Store, known_at: str | None = None) -> dict[tuple[str, str], date]:
    """(subject id, record type id) to the day its register is stated complete through."""
    with store.reading() as connection:
        view = view_at(connection, known_at)
        rows = connection.execute(
            f"""
            SELECT subject.id, name.id, max(complete_through) FROM register
            JOIN subject ON subject.key = register.subject JOIN name ON name.key = register.record
            WHERE {view.condition()} GROUP BY subject.id, name.id
            """
        )
        return {(subject, record): date.fromisoformat(through) for subject, record, through in rows}


def read_closings(store: Store, known_at: str | None = None) -> tuple[Closing, ...]:
    """Every closing of entry, by scheme and period; the first that stands where there are several."""
    with store.reading() as connection:
        view = view_at(connection, known_at)
        rows = connection.execute(
            f"SELECT {_SAID}, scheme, period, closed_by FROM closing t JOIN batch b ON b.id = t.batch "
            f"WHERE {view.condition()} ORDER BY scheme, period, batch DESC"
        )
        found = {(row[7], row[8]): Closing(row[7], row[8], row[9], _said(row)) for row in rows}
    return tuple(found.values())


def read_windows(store: Store, known_at: str | None = None) -> dict[str, tuple[Period, ...]]:
    """The windows entered of each calendar, earliest first, as known at a moment (UTC text) or now."""
    with store.reading() as connection:
        return windows_entered(connection, view_at(connection, known_at))


def windows_entered(connection: sqlite3.Connection, view: View) -> dict[str, tuple[Period, ...]]:
    """The same, of a connection."""
    rows = connection.execute(
        "SELECT name.id, calendar.name, first_day, last_day FROM calendar JOIN name ON name.key = calendar "
        f"WHERE {view.condition()} ORDER BY calendar, calendar.name, batch"
    )
    found: dict[str, dict[str, Period]] = {}
    for calendar, name, first, last in rows:
        window = Period(date.fromisoformat(first), date.fromisoformat(last), name, calendar)
        found.setdefault(calendar, {})[name] = window
    return {calendar: tuple(sorted(windows.values())) for calendar, windows in found.items()}


def show_subject(store: Store, subject: str, known_at: str | None = None) -> KnownSubject | None:
    """All that is known of a subject, with who said it; None when it is not on file."""
    with store.reading() as connection:
        view = view_at(connection, known_at)
        key = connection.execute("SELECT key FROM subject WHERE id = ?", (subject,)).fetchone()
        found = _one_registration(connection, view, key[0]) if key else None
        if not found:
            return None
        return KnownSubject(
            *found,
            values=tuple(
                KnownValue(row[7], row[8], row[9], row[10], _said(row))
                for row in _latest(_values(connection, view, key[0], _ANY_NAME), slice(7, 10))
            ),
            records=tuple(
                KnownRecord(row[7], row[8], json.loads(row[9]), _said(row))
                for row in _latest(_records(connection, view, key[0], _ANY_NAME), slice(7, 9))
            ),
            registers=tuple(
                KnownRegister(row[7], date.fromisoformat(row[8]), row[9], _said(row))
                for row in _latest(_registers(connection, view, key[0]), slice(7, 10))
            ),
            edges=_edges(connection, view, "subject", key[0]),
            reached_by=_edges(connection, view, "target", key[0]),
        )


def history(store: Store, subject: str, name: str) -> tuple[Version, ...]:
    """Everything that was ever said of a subject's fact or records, by period or number, earliest first."""
    with store.reading() as connection:
        last = view_at(connection).last
        everything = View(last, frozenset())
        key = connection.execute("SELECT key FROM subject WHERE id = ?", (subject,)).fetchone()
        if not key:
            return ()
        told: dict[str, list[tuple[str, Said]]] = {}
        for row in _values(connection, everything, key[0], _ONE_NAME, name):
            told.setdefault(f"{row[8]}:{row[9]}" if row[9] else row[8], []).append((row[10], _said(row)))
        for row in _records(connection, everything, key[0], _ONE_NAME, name):
            told.setdefault(row[8], []).append((row[9], _said(row)))
        undone = _undone(connection)
    return tuple(version for at, some in told.items() for version in _versions(at, some, undone))


def registrations(connection: sqlite3.Connection, view: View) -> dict[int, Subject]:
    """Who is on file, by the number it is kept under."""
    rows = connection.execute(
        "SELECT subject, id, type, title, since, until FROM registration JOIN subject ON key = subject "
        f"WHERE {view.condition()} ORDER BY subject, batch"
    )
    return {
        key: Subject(subject, kind, title, day_from(since), day_from(until))
        for key, subject, kind, title, since, until in rows
    }


# The first seven columns of every query below say where a row comes from; the rest is the row's own.
_SAID = "b.id, b.known_at, b.actor, b.command, t.source, t.evidence, b.reason"
_ANY_NAME = "SELECT key FROM name"
_ONE_NAME = "SELECT key FROM name WHERE id = ?"


def _said(row: Row) -> Said:
    batch, known_at, actor, command, source, evidence, reason = row[:7]
    return Said(batch, known_at, actor, command, source or "", evidence or "", reason)


def _undone(connection: sqlite3.Connection) -> dict[int, Said]:
    rows = connection.execute(
        "SELECT b.id, b.known_at, b.actor, b.command, '', '', b.reason, void.batch "
        "FROM void JOIN batch b ON b.id = voided_by"
    )
    return {row[7]: _said(row) for row in rows}


def _versions(at: str, told: list[tuple[str, Said]], undone: Mapping[int, Said]) -> Iterator[Version]:
    standing = [said for _, said in told if said.batch not in undone]
    for value, said in told:
        if said.batch in undone:
            yield Version(at, value, said, "voided", undone[said.batch])
        elif said is not standing[-1]:
            yield Version(at, value, said, "corrected", standing[standing.index(said) + 1])
        else:
            yield Version(at, value, said, "current")


def _latest(rows: Iterable[Row], key: slice) -> Iterable[Row]:
    """The last row of each key; rows come in the order of their batches."""
    return {row[key]: row for row in rows}.values()


def _one_registration(connection: sqlite3.Connection, view: View, subject: int) -> tuple[Subject, Said] | None:
    row = connection.execute(
        f"SELECT {_SAID}, s.id, t.type, t.title, t.since, t.until FROM registration t "
        "JOIN subject s ON s.key = t.subject JOIN batch b ON b.id = t.batch "
        f"WHERE t.subject = ? AND {view.condition('t.batch')} ORDER BY t.batch DESC LIMIT 1",
        (subject,),
    ).fetchone()
    if row is None:
        return None
    return Subject(row[7], row[8], row[9], day_from(row[10]), day_from(row[11])), _said(row)


def _values(connection: sqlite3.Connection, view: View, subject: int, names: str, *named: str) -> Iterator[Row]:
    return connection.execute(
        f"SELECT {_SAID}, n.id, t.at, t.item, t.value FROM value t "
        "JOIN name n ON n.key = t.fact JOIN batch b ON b.id = t.batch "
        f"WHERE t.fact IN ({names}) AND t.subject = ? AND {view.condition('t.batch')} "
        "ORDER BY n.id, t.at, t.item, t.batch",
        (*named, subject),
    )


def _records(connection: sqlite3.Connection, view: View, subject: int, names: str, *named: str) -> Iterator[Row]:
    return connection.execute(
        f"SELECT {_SAID}, n.id, t.no, t.fields FROM record t "
        "JOIN name n ON n.key = t.record JOIN batch b ON b.id = t.batch "
        f"WHERE t.record IN ({names}) AND t.subject = ? AND {view.condition('t.batch')} ORDER BY n.id, t.no, t.batch",
        (*named, subject),
    )


def _registers(connection: sqlite3.Connection, view: View, subject: int) -> Iterator[Row]:
    return connection.execute(
        f"SELECT {_SAID}, n.id, t.complete_through, t.stated_by FROM register t "
        "JOIN name n ON n.key = t.record JOIN batch b ON b.id = t.batch "
        f"WHERE t.record IN ({_ANY_NAME}) AND t.subject = ? AND {view.condition('t.batch')} "
        "ORDER BY n.id, t.complete_through, t.batch",
        (subject,),
    )


def _edges(connection: sqlite3.Connection, view: View, end: str, subject: int) -> tuple[KnownEdge, ...]:
    rows = connection.execute(
        f"SELECT {_SAID}, n.id, one.id, other.id, t.since, t.until, t.withdrawn FROM edge t "
        "JOIN name n ON n.key = t.relation JOIN batch b ON b.id = t.batch "
        "JOIN subject one ON one.key = t.subject JOIN subject other ON other.key = t.target "
        f"WHERE t.{end} = ? AND {view.condition('t.batch')} ORDER BY n.id, t.since, one.id, other.id, t.batch",
        (subject,),
    )
    return tuple(
        KnownEdge(row[7], row[8], Edge(row[9], day_from(row[10]), day_from(row[11])), _said(row))
        for row in _latest(rows, slice(7, 11))
        if not row[12]
    )
