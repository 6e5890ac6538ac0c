"""A frame's facts as tables of whole numbers in a SQLite database of their own."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator
from fractions import Fraction
from math import ceil, floor, lcm
from typing import Any, Protocol

from kaoping.evaluation.entered import fed_value, widest
from kaoping.evaluation.plan import Plan
from kaoping.evaluation.values import NO_VALUE, Perhaps, ends, members, present
from kaoping.facts.frame import Frame, Subject
from kaoping.facts.types import ValueType
from kaoping_sql.encode import FIRST, LAST, MOST_DECIMALS, NUMBERS, day_number, encoder
from kaoping_sql.prizes import prizes_of
from kaoping_sql.quoting import quoted_name
from kaoping_sql.rows import Bounds, Column, Row

KINDS = {"text": "TEXT"}
OWN = (Column("id", "own", ValueType("text")), Column("since", "own"), Column("until", "own"))


class Placed(Protocol):
    """Finds what everybody wins."""

    def __call__(self, wanted: Iterable[tuple[str, str]], /) -> dict[tuple[str, str], dict[str, int]]:
        """By some rules, each in a window or "": subject to prizes, as bits."""


class FrameTables:
    """What a frame in memory says of itself, and its tables; `place`: where places among all may be read."""

    def __init__(self, plan: Plan, frame: Frame, place: Placed | None = None) -> None:
        self.place = place
        self._placed: dict[tuple[str, str], dict[str, int]] = {}
        self.plan = plan
        self.frame = frame
        reached = {edge.to for edges in frame.edges.values() for edge in edges}
        self.strangers = sorted(reached - frame.subjects.keys())  # members of whom only the relation is known
        self.ids = [*sorted(frame.subjects), *self.strangers]
        self.keys = {name: number for number, name in enumerate(self.ids)}
        self._bounds: dict[tuple[str, str], Bounds] = {}

    # --- what it says of itself

    def bounds(self, table: str, column: Column) -> Bounds:
        """The scale and the ends of a column of numbers."""
        key = (table, column.fact.id if column.fact else column.name)
        found = self._bounds.get(key)
        if found is None:
            numbers = list(self._numbers(table, column))
            scale = lcm(*(number.denominator for number in numbers))
            if column.kind == "fed":
                scaled = [int(number * scale) for number in numbers]
                found = Bounds(scale, min(scaled, default=0), max(scaled, default=0))
            else:
                found = bounds_of(column.type, decimal(scale), [int(number) for number in numbers])
            self._bounds[key] = found
        return found

    def _numbers(self, table: str, column: Column) -> Iterator[Any]:
        if column.fact and column.kind == "fed":
            for (_, name), found in self.frame.fed.items():
                if name == column.fact.id and column.type and column.type.kind not in ("boolean", "choice", "text"):
                    for remaining in found.values():
                        value = present(fed_value(remaining, column.type, widest(column.type)))
                        yield from (end for end in (() if value is NO_VALUE else ends(value)) if end is not None)
            return
        if column.fact:
            for (_, name), values in self.frame.values.items():
                if name == column.fact.id:
                    yield from (value for value in values.values() if isinstance(value, int | Fraction))
            return
        for (_, name), records in self.frame.records.items():
            if name == column.record:
                fields = (record.fields.get(column.name) for record in records)
                yield from (value for value in fields if isinstance(value, int | Fraction))

    def most(self, name: str) -> int:
        """How many records of a type, or members of a relation, one subject has at most."""
        sizes = [len(found) for (_, record), found in self.frame.records.items() if record == name]
        sizes += [len(found) for (relation, _), found in self.frame.edges.items() if relation == name]
        return max(sizes, default=0)

    # --- its tables

    def load(
        self, connection: sqlite3.Connection, rows: Iterable[Row], relations: Iterable[str], own: str = ""
    ) -> None:
        """Write the tables that some rows read; that of the type `own` with ids and days on file."""
        tables: dict[str, dict[str, Column]] = {}
        for row in rows:
            tables.setdefault(row.table, {}).update(row.columns)
        if own in tables:  # of its own subjects places among all come beside a frame
            tables[own] = {name: column for name, column in tables[own].items() if column.kind != "placed"}
        wanted = {(c.record, c.at) for columns in tables.values() for c in columns.values() if c.kind == "placed"}
        if wanted and self.place:
            self._placed = self.place(wanted)
        for name, columns in tables.items():
            if name == own:
                columns |= {column.name: column for column in OWN}
            if "." in name:
                self._write(connection, name, columns, self._records(name, list(columns.values())))
            else:
                self._write(connection, name, columns, self._subjects(name, list(columns.values())))
        for relation in relations:
            connection.execute(f'CREATE TABLE {quoted_name("~" + relation)} ("from", "to", since, until)')
            edges = [
                (self.keys[one], self.keys[edge.to], day_number(edge.since, FIRST), day_number(edge.until, LAST + 1))
                for (name, one), found in self.frame.edges.items()
                if name == relation and one in self.keys
                for edge in found
            ]
            connection.executemany(f"INSERT INTO {quoted_name('~' + relation)} VALUES (?, ?, ?, ?)", edges)

    def subjects(self, table: str) -> list[Subject]:
        """The subjects of a table."""
        types = set(self.plan.catalogue.members(table))
        return [subject for name in sorted(self.frame.subjects) if (subject := self.frame.subjects[name]).type in types]

    def _write(
        self, connection: sqlite3.Connection, name: str, columns: dict[str, Column], rows: Iterable[tuple[Any, ...]]
    ) -> None:
        key = '"key" INTEGER' if "." in name else '"key" INTEGER PRIMARY KEY'
        declared = [f"{quoted_name(column)} {KINDS.get(_kind(found), 'INTEGER')}" for column, found in columns.items()]
        connection.execute(f"CREATE TABLE {quoted_name(name)} ({', '.join([key, *declared])}) STRICT")
        marks = ", ".join("?" * (len(columns) + 1))
        connection.executemany(f"INSERT INTO {quoted_name(name)} VALUES ({marks})", rows)

    def _subjects(self, table: str, columns: list[Column]) -> Iterator[tuple[Any, ...]]:
        readers = [self._reader(table, column) for column in columns]
        for name in [*(subject.id for subject in self.subjects(table)), *self.strangers]:
            yield (self.keys[name], *(read(name) for read in readers))

    def _reader(self, table: str, column: Column) -> Any:
        frame = self.frame
        if column.kind == "own":
            found = frame.subjects
            if column.name == "id":
                return lambda subject: subject
            if column.name == "since":
                return lambda subject: day_number(found[subject].since, FIRST) if subject in found else LAST + 1
            return lambda subject: day_number(found[subject].until, LAST + 1) if subject in found else FIRST
        if column.kind == "through":
            return lambda subject: day_number(frame.complete_through.get((subject, column.record)), None)
        if column.kind == "placed":
            won, nothing = self._placed[column.record, column.at], prizes_of(self.plan.cohort[column.record]).nothing
            return lambda subject: won.get(subject, nothing)
        fact = column.fact
        assert fact is not None
        if column.kind == "fed":
            return self.fed(table, column)
        encode = encoder(column.type, self._scale(table, column))
        key = (column.at, column.item)

        def read(subject: str) -> Any:
            entered = frame.values.get((subject, fact.id))
            if entered is None:
                return None
            if not fact.holds:
                return encode(entered.get(key))
            days = [day for day, item in entered if item == column.item and day <= column.as_of]
            return encode(entered[max(days), column.item]) if days else None

        return read

    def fed(self, table: str, column: Column) -> Any:
        """A part of what is left of a fed fact: its state, its mask, or one of its ends."""
        fact, kind = column.fact, column.type
        assert fact is not None
        assert kind is not None
        wide = widest(kind)
        scale = self.bounds(table, column).scale

        def read(subject: str) -> int | None:
            remaining = self.frame.fed.get((subject, fact.id), {}).get(column.at)
            if remaining is None:
                return 0 if column.item == "mask" else None
            value = fed_value(remaining, kind, wide)
            if column.item == "state":
                return 1 if value is NO_VALUE else 2 if isinstance(value, Perhaps) else 0
            inner = present(value)
            if inner is NO_VALUE:
                return 0
            if column.item == "mask":
                options: tuple[Any, ...] = (False, True) if kind.kind == "boolean" else kind.choices
                return sum(1 << options.index(one) for one in members(inner))
            end = ends(inner)[0 if column.item == "low" else 1]
            return None if end is None else int(end * scale)

        return read

    def _scale(self, table: str, column: Column) -> int:
        numbers = column.type is not None and column.type.kind in NUMBERS
        return self.bounds(table, column).scale if numbers else 1

    def _records(self, table: str, columns: list[Column]) -> Iterator[tuple[Any, ...]]:
        owner, _, name = table.partition(".")
        kind = self.plan.catalogue.record(owner, name)
        fields = {c.name: encoder(c.type, self._scale(table, c)) for c in columns if c.kind == "field"}
        readers = [(column.kind, column.name, fields.get(column.name)) for column in columns]
        unique = kind.unique if kind else ""
        for subject in self.subjects(owner):
            key = self.keys[subject.id]
            seen: set[Any] = set()
            for record in self.frame.records.get((subject.id, name), ()):
                entered = record.fields
                only = entered.get(unique) if unique else None
                first = only is None or only not in seen
                seen.add(only)
                found: list[Any] = [key]
                for what, field, encode in readers:
                    if encode is not None:
                        found.append(encode(entered.get(field)))
                    else:
                        found.append(int(first) if what == "first" else record.known_at)
                yield tuple(found)


def decimal(scale: int) -> int:
    """The least power of ten that a scale divides, where one does."""
    for power in range(MOST_DECIMALS + 1):
        if 10**power % scale == 0:
            return int(10**power)
    return scale


def ends_declared(kind: ValueType) -> bool:
    """Does the type say itself from where to where its numbers go?"""
    return bool(kind.one_of) or (kind.minimum is not None and kind.maximum is not None)


def bounds_of(kind: ValueType | None, scale: int, wholes: Collection[int]) -> Bounds:
    """The ends of numbers, from their whole parts: as declared, else one beyond the outermost."""
    assert kind is not None
    if kind.one_of:
        return Bounds(scale, ceil(min(kind.one_of) * scale), floor(max(kind.one_of) * scale))
    if kind.minimum is not None and kind.maximum is not None:
        return Bounds(scale, ceil(kind.minimum * scale), floor(kind.maximum * scale))
    beyond = 1 if scale > 1 else 0
    low, high = (min(wholes) - beyond, max(wholes) + beyond) if wholes else (0, 0)
    return Bounds(scale, low * scale, high * scale)


def _kind(column: Column) -> str:
    return "text" if column.kind == "known_at" else column.type.kind if column.type else "integer"
