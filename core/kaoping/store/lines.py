"""Rows as the tables keep them: the key a row speaks for, and what it says."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from kaoping.facts.rows import (
    NewClosing,
    NewEdge,
    NewRecord,
    NewRegister,
    NewRow,
    NewSubject,
    NewValue,
    NewWindow,
)
from kaoping.facts.values import value_text

Cell = int | str | None
Cells = tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One row for a table: its key, what it says, and what supports it (source, evidence; None: not said)."""

    key: Cells
    content: Cells
    support: Cells
    row: NewRow


@dataclass(frozen=True)
class Keys:
    """The whole numbers under which subjects and names are kept."""

    subjects: Mapping[str, int]
    names: Mapping[str, int]


@dataclass(frozen=True)
class Kind:
    """A table of what is known, and how a new row becomes a line of it."""

    table: str
    key: tuple[str, ...]
    content: tuple[str, ...]
    cells: Callable[[NewRow, Keys], tuple[Cells, Cells]]

    @property
    def insert(self) -> str:
        """The statement that appends a line."""
        columns = (*self.key, "batch", *self.content, "source", "evidence")
        return f"INSERT INTO {self.table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"

    def lines(self, rows: Iterable[NewRow], keys: Keys) -> list[Line]:
        """The lines rows become."""
        made = []
        for row in rows:
            key, content = self.cells(row, keys)
            made.append(Line(key, content, (row.source or None, row.evidence or None), row))
        return made


def day_text(day: date | None) -> str | None:
    """A day as the tables keep it."""
    return None if day is None else day.isoformat()


@lru_cache(maxsize=10_000)  # the same days again and again
def day_from(text: str | None) -> date | None:
    """The day `day_text` wrote; "" is no limit as None is."""
    return date.fromisoformat(text) if text else None


def fields_text(row: NewRecord) -> str:
    """A record's fields as the tables keep them: the same fields, the same text."""
    fields = {name: value_text(value) for name, value in row.fields.items()}
    return json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def subjects_of(row: NewRow) -> tuple[str, ...]:
    """The subjects a row speaks of and does not itself put on file."""
    match row:
        case NewSubject() | NewClosing() | NewWindow():
            return ()
        case NewEdge():
            return (row.subject, row.to)
    return (row.subject,)


def name_of(row: NewRow) -> str | None:
    """The fact, record type, relation or calendar a row speaks of."""
    match row:
        case NewValue():
            return row.fact
        case NewRecord() | NewRegister():
            return row.record
        case NewEdge():
            return row.relation
        case NewWindow():
            return row.calendar
    return None


def words(row: NewRow) -> str:
    """What a row speaks of, by its ids."""
    match row:
        case NewSubject():
            return row.id
        case NewEdge():
            return f"{row.subject} {row.relation} {row.to}"
        case NewValue():
            return f"{row.subject} {row.fact}{'.' + row.item if row.item else ''} {row.at}"
        case NewRecord():
            return f"{row.subject} {row.record} {row.no}"
        case NewRegister():
            return f"{row.subject} {row.record} {row.complete_through}"
        case NewWindow():
            return f"{row.calendar} {row.name}"
    return f"{row.scheme} {row.period}"


def _subject(row: NewRow, keys: Keys) -> tuple[Cells, Cells]:
    assert isinstance(row, NewSubject)
    return (keys.subjects[row.id],), (row.type, row.title, day_text(row.since), day_text(row.until))


def _edge(row: NewRow, keys: Keys) -> tuple[Cells, Cells]:
    assert isinstance(row, NewEdge)
    key = (keys.names[row.relation], keys.subjects[row.subject], keys.subjects[row.to], day_text(row.since) or "")
    return key, (day_text(row.until), 0)


def _value(row: NewRow, keys: Keys) -> tuple[Cells, Cells]:
    assert isinstance(row, NewValue)
    return (keys.names[row.fact], keys.subjects[row.subject], row.at, row.item), (value_text(row.value),)


def _record(row: NewRow, keys: Keys) -> tuple[Cells, Cells]:
    assert isinstance(row, NewRecord)
    return (keys.names[row.record], keys.subjects[row.subject], row.no), (fields_text(row),)


def _register(row: NewRow, keys: Keys) -> tuple[Cells, Cells]:
    assert isinstance(row, NewRegister)
    through = row.complete_through.isoformat()
    return (keys.names[row.record], keys.subjects[row.subject], through, row.stated_by), ()


def _closing(row: NewRow, keys: Keys) -> tuple[Cells, Cells]:
    assert isinstance(row, NewClosing)
    return (row.scheme, row.period), (row.closed_by,)


def _window(row: NewRow, keys: Keys) -> tuple[Cells, Cells]:
    assert isinstance(row, NewWindow)
    return (keys.names[row.calendar], row.name), (row.first.isoformat(), row.last.isoformat())


KINDS: Mapping[type[NewRow], Kind] = {
    NewSubject: Kind("registration", ("subject",), ("type", "title", "since", "until"), _subject),
    NewEdge: Kind("edge", ("relation", "subject", "target", "since"), ("until", "withdrawn"), _edge),
    NewValue: Kind("value", ("fact", "subject", "at", "item"), ("value",), _value),
    NewRecord: Kind("record", ("record", "subject", "no"), ("fields",), _record),
    NewRegister: Kind("register", ("record", "subject", "complete_through", "stated_by"), (), _register),
    NewClosing: Kind("closing", ("scheme", "period"), ("closed_by",), _closing),
    NewWindow: Kind("calendar", ("calendar", "name"), ("first_day", "last_day"), _window),
}


def keys_of(connection: sqlite3.Connection, table: str, ids: Iterable[str]) -> dict[str, int]:
    """The numbers under which ids are kept in `subject` or `name`; those not kept yet are missing."""
    wanted = list(ids)
    found: dict[str, int] = {}
    for start in range(0, len(wanted), 500):
        some = wanted[start : start + 500]
        marks = ", ".join("?" * len(some))
        found.update(connection.execute(f"SELECT id, key FROM {table} WHERE id IN ({marks})", some))
    return found


def keep(connection: sqlite3.Connection, table: str, ids: Sequence[str]) -> dict[str, int]:
    """The same, those not kept yet now kept."""
    found = keys_of(connection, table, ids)
    fresh = [(each,) for each in ids if each not in found]
    connection.executemany(f"INSERT INTO {table} (id) VALUES (?)", fresh)
    return found | keys_of(connection, table, [each for (each,) in fresh])
