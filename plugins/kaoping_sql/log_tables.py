"""Tables of whole numbers made by the database from its log of facts, some subjects at a time.

They hold what those of `tables` hold. Each fact is read in the order the log has it into a table of its own, in which
the latest batch stays; the tables are then put side by side. A text is read once and looked up from then on.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from kaoping.errors import DataError
from kaoping.evaluation.keeping import FactLog
from kaoping.evaluation.plan import Plan
from kaoping.facts.frame import Plain
from kaoping.facts.periods import parse_period
from kaoping.facts.types import FactType, RecordType, Title, ValueType
from kaoping_sql.counted import Counted, NotNativeError, listed
from kaoping_sql.emit import column as quoted
from kaoping_sql.rows import Column, Row
from kaoping_sql.tables import FIRST, KINDS, LAST, NUMBERS, OWN, encoder

MOST_TEXTS = 100_000
"""Texts of one fact that are kept in mind; then it begins anew."""
MOST_JOINS = 50
"""SQLite joins 64 tables."""
SUBJECTS = "subject_"
Span = tuple[int, int]


class Codes(dict[str | None, Any]):
    """Texts of one type and what a column holds for them; `misfits` gathers those that are of the type no more."""

    def __init__(self, read: Callable[[str], Any], misfits: list[DataError]) -> None:
        super().__init__({None: None})
        self.read = read
        self.misfits = misfits

    def __missing__(self, text: str) -> Any:
        if len(self) > MOST_TEXTS:
            self.clear()
            self[None] = None
        try:
            value = self.read(text)
        except DataError as error:
            self.misfits.append(error)
            value = None
        self[text] = value
        return value


@dataclass
class LogTables:
    """Fills temporary tables for spans of subjects; made once for a statement, filled again and again."""

    plan: Plan
    log: FactLog
    connection: sqlite3.Connection
    counted: Counted
    own: str
    misfits: list[DataError] = field(default_factory=list)
    unscaled: bool = False
    _empty: list[str] = field(default_factory=list)
    _fill: list[str] = field(default_factory=list)
    _fed: list[tuple[str, int, str, list[Column]]] = field(default_factory=list)
    _assemble: list[str] = field(default_factory=list)
    _functions: dict[Any, str] = field(default_factory=dict)
    _parts: int = 0

    # --- once

    def prepare(self, rows: Iterable[Row], relations: Iterable[str]) -> None:
        """Make the tables that some rows read, empty.

        Raises:
            NotNativeError: one of them cannot be made by the database.
        """
        self._table(SUBJECTS, '"key" INTEGER PRIMARY KEY, id TEXT, type TEXT, since INTEGER, until INTEGER')
        self._table("wanted_", '"key" INTEGER PRIMARY KEY')
        self._table("reached_", '"key" INTEGER PRIMARY KEY')
        latest = f"SELECT key, type, since, until, max(batch) FROM ({self.log.rows('registration')}) GROUP BY key"
        self._fill.append(
            f"INSERT INTO {SUBJECTS} SELECT key, id, type, since_(since), until_(until) "
            f"FROM ({latest}) JOIN ({self.log.ids()}) USING (key) WHERE type IN ({listed(self.log.types)})"
        )
        tables: dict[str, dict[str, Column]] = {}
        for row in rows:
            tables.setdefault(row.table, {}).update(row.columns)
        for name, columns in tables.items():
            if name == self.own:
                columns |= {column.name: column for column in OWN}
            kept = list(columns.values())
            declared = [f"{_name(c.name)} {_affinity(c)}" for c in kept]
            key = '"key" INTEGER' if "." in name else '"key" INTEGER PRIMARY KEY'
            self._table(name, ", ".join([key, *declared]))
            (self._records if "." in name else self._subjects)(name, kept)
        for relation in relations:
            table = _name(f"~{relation}")
            self._table(f"~{relation}", '"from" INTEGER, "to" INTEGER, since INTEGER, until INTEGER')
            self._assemble.append(
                f'INSERT INTO {table} SELECT "from", "to", since, until FROM link '
                f"""WHERE relation = '{relation}' AND "from" IN (SELECT key FROM reached_)"""
            )

    def _table(self, name: str, columns: str) -> None:
        self.connection.execute(f"CREATE TEMP TABLE {_name(name)} ({columns})")
        self._empty.append(f"DELETE FROM temp.{_name(name)}")

    # --- again and again

    def empty(self) -> None:
        """Forget the subjects before."""
        for statement in self._empty:
            self.connection.execute(statement)

    def fill(self, spans: Sequence[Span]) -> None:
        """Read some subjects."""
        for low, high in spans:
            for statement in self._fill:
                self.connection.execute(statement, {"low": low, "high": high})
            for part in self._fed:
                self._fill_fed(*part, (low, high))
        for statement in self._assemble:
            self.connection.execute(statement)

    # --- subjects

    def _subjects(self, table: str, columns: list[Column]) -> None:
        types = self.plan.catalogue.members(table)
        by_source: dict[tuple[str, str], list[Column]] = {}
        for column in columns:
            if column.kind != "own":
                by_source.setdefault((column.kind, column.fact.id if column.fact else column.record), []).append(column)
        places: dict[str, tuple[str, str]] = {c.name: ("w", c.name) for c in columns if c.kind == "own"}
        joins: list[tuple[str, int, int, str]] = []
        for (kind, name), some in by_source.items():
            part = f"part_{self._parts}"
            self._parts += 1
            self._table(part, "key INTEGER PRIMARY KEY, rank, v")
            slots = self._slots(kind, name, table, part, some)
            size = max(slots.values()) + 1
            joins += [(part, size, slot, column_name) for column_name, slot in slots.items()]
        where = f"w.type IN ({listed(types)})"
        pieces = [joins[start : start + MOST_JOINS] for start in range(0, len(joins), MOST_JOINS)] or [[]]
        if len(pieces) > 1:
            joins = []
            for number, piece in enumerate(pieces):
                half = f"{table}+{number}"
                named = ", ".join(_name(column) for *_, column in piece)
                self._table(half, f'"key" INTEGER PRIMARY KEY, {named}')
                self._assemble.append(_side_by_side(half, {}, piece, where))
                joins += [(half, 0, 0, column) for *_, column in piece]
        self._assemble.append(_side_by_side(table, places, joins, where))

    def _slots(self, kind: str, name: str, table: str, part: str, columns: list[Column]) -> dict[str, int]:
        """How a part is filled, and which of its rows is which column's."""
        if kind == "through":
            rows = self.log.rows("register", name)
            self._fill.append(
                f"INSERT INTO {part} SELECT key, 0, max(day_(complete_through)) FROM ({rows}) GROUP BY key"
            )
            return {column.name: 0 for column in columns}
        slots = {column.name: number for number, column in enumerate(columns)}
        if kind == "fed":
            self._fed.append((part, len(slots), table, columns))
            return slots
        fact = columns[0].fact
        assert fact is not None
        self._same(table, name, fact, self.plan.catalogue.fact)
        read = self._function(fact.type, fact.title, self._scale(table, columns[0]))
        rows, size = self.log.rows("value", name), len(slots)
        put = "ON CONFLICT (key) DO UPDATE SET rank = excluded.rank, v = excluded.v WHERE excluded.rank > rank"
        if not fact.holds:
            where, slot = _which(columns)
            self._fill.append(
                f"INSERT INTO {part} SELECT key * {size} + {slot}, batch, {read}(value) FROM ({rows}) "
                f"WHERE {where} {put}"
            )
            return slots
        for number, column in enumerate(columns):
            rank = "day || ' ' || at || printf(' %019d', batch)"
            dated = (
                f"SELECT key, at, batch, value, first_day_(at) AS day FROM ({rows}) WHERE item = {_text(column.item)}"
            )
            self._fill.append(
                f"INSERT INTO {part} SELECT key * {size} + {number}, {rank}, {read}(value) FROM ({dated}) "
                f"WHERE day <= {_text(column.as_of)} {put}"
            )
        return slots

    def _fill_fed(self, part: str, size: int, table: str, columns: list[Column], span: Span) -> None:
        """What other evaluations found comes from memory."""
        memory = self.counted.memory()
        readers = [memory.fed(table, column) for column in columns]
        ids = self.connection.execute(f"SELECT key, id FROM {SUBJECTS} WHERE key BETWEEN ? AND ?", span).fetchall()
        cells = [
            (key * size + slot, value)
            for key, subject in ids
            for slot, read in enumerate(readers)
            if (value := read(subject)) is not None
        ]
        self.connection.executemany(f"INSERT INTO {part} (key, v) VALUES (?, ?)", cells)

    # --- records

    def _records(self, table: str, columns: list[Column]) -> None:
        owner, _, name = table.partition(".")
        catalogue = self.plan.catalogue
        kind = catalogue.record(owner, name)
        assert kind is not None
        self._same(owner, name, kind, catalogue.record)
        rows = self.log.rows("record", name)
        made = ["key"]
        for column in columns:
            if column.kind == "first":
                same = self._unique(kind)
                made.append(f"CASE WHEN {same} IS NULL THEN 1 ELSE nth = 1 END" if same else "1")
            elif column.kind == "known_at":
                made.append("known_at")
            else:
                assert column.type is not None
                title = kind.field_titles.get(column.name, Title(column.name))
                read = self._function(column.type, title, self._scale(table, column))
                made.append(f"{read}({_field(column.name)})")
        source = f"SELECT key, no, fields, max(batch) FROM ({rows}) GROUP BY key, no"
        if any(column.kind == "known_at" for column in columns):
            first = f"SELECT key, no, min(batch) AS batch FROM ({rows}) GROUP BY key, no"
            source = (
                f"SELECT key, no, fields, known_at FROM ({source}) JOIN ({first}) USING (key, no) "
                f"JOIN ({self.log.moments()}) USING (batch)"
            )
        if any(column.kind == "first" for column in columns) and (same := self._unique(kind)):
            source = f"SELECT *, row_number() OVER (PARTITION BY key, {same} ORDER BY no) AS nth FROM ({source})"
        types = listed(catalogue.members(owner))
        self._fill.append(
            f"INSERT INTO temp.{_name(table)} SELECT {', '.join(made)} FROM ({source}) "
            f"WHERE key IN (SELECT key FROM {SUBJECTS} WHERE type IN ({types}))"
        )

    def _unique(self, kind: RecordType) -> str:
        """The value that makes records one, or ""."""
        if not kind.unique:
            return ""
        of = kind.fields[kind.unique]
        same = self._made(("same", _shape(of)), lambda text: str(self.log.read(text, of, Title(kind.unique))))
        return f"{same}({_field(kind.unique)})"

    # --- reading texts

    def _scale(self, table: str, column: Column) -> int:
        numbers = column.type is not None and column.type.kind in NUMBERS
        return self.counted.bounds(table, column).scale if numbers else 1

    def _function(self, kind: ValueType, title: Title, scale: int) -> str:
        encode = encoder(kind, scale)

        def read(text: str) -> Any:
            value: Plain = self.log.read(text, kind, title)
            if kind.kind in NUMBERS and isinstance(value, Fraction) and (value * scale).denominator != 1:
                self.unscaled = True
            return encode(value)

        return self._made((_shape(kind), scale), read)

    def _made(self, key: Any, read: Callable[[str], Any]) -> str:
        if key not in self._functions:
            name = self._functions[key] = f"read_{len(self._functions)}"
            self.connection.create_function(name, 1, Codes(read, self.misfits).__getitem__, deterministic=True)
        return self._functions[key]

    def _same(self, table: str, name: str, kind: Any, of: Callable[[str, str], FactType | RecordType | None]) -> None:
        """All types of a table have the same fact, or register, under a name."""
        if any(of(member, name) != kind for member in self.plan.catalogue.members(table)):
            raise NotNativeError("frame-family")


def functions(connection: sqlite3.Connection) -> None:
    """What every reading of a log needs."""

    def remembered(read: Callable[[str], Any]) -> Callable[[str | None], Any]:
        known = Codes(read, [])
        return lambda text: known[text] if text else None

    day = remembered(lambda text: date.fromisoformat(text).toordinal())
    connection.create_function("day_", 1, day, deterministic=True)
    connection.create_function("since_", 1, lambda text: day(text) if text else FIRST, deterministic=True)
    connection.create_function("until_", 1, lambda text: day(text) if text else LAST + 1, deterministic=True)
    first = remembered(lambda text: text if len(text) == len("2025-01-01") else parse_period(text).start.isoformat())
    connection.create_function("first_day_", 1, first, deterministic=True)


def _side_by_side(
    table: str, own: dict[str, tuple[str, str]], joins: Sequence[tuple[str, int, int, str]], where: str
) -> str:
    """Fill a table from others, a column from each."""
    columns = ['"key"', *map(_name, own), *(_name(column) for *_, column in joins)]
    made = ["w.key", *(f"{alias}.{_name(column)}" for alias, column in own.values())]
    sources = [f"{SUBJECTS} AS w"]
    halves: dict[str, str] = {}
    for number, (part, size, slot, column) in enumerate(joins):
        if size == 0:
            alias = halves.get(part)
            if alias is None:
                alias = halves[part] = f"j{number}"
                sources.append(f"LEFT JOIN {_name(part)} AS {alias} ON {alias}.key = w.key")
            made.append(f"{alias}.{_name(column)}")
            continue
        on = "w.key" if size == 1 else f"w.key * {size} + {slot}"
        sources.append(f"LEFT JOIN {part} AS j{number} ON j{number}.key = {on}")
        made.append(f"j{number}.v")
    return (
        f"INSERT INTO temp.{_name(table)} ({', '.join(columns)}) SELECT {', '.join(made)} "
        f"FROM {' '.join(sources)} WHERE {where}"
    )


def _which(columns: Sequence[Column]) -> tuple[str, str]:
    """The condition that a row is one of the columns', and which."""
    ats, items = ({getattr(column, name) for column in columns} for name in ("at", "item"))
    where = f"at IN ({listed(ats)}) AND item IN ({listed(items)})"
    if len(columns) == 1:
        return where, "0"
    if len(items) == 1:
        whens = [f"WHEN {_text(column.at)} THEN {number}" for number, column in enumerate(columns)]
        return where, f"CASE at {' '.join(whens)} END"
    if len(ats) == 1:
        whens = [f"WHEN {_text(column.item)} THEN {number}" for number, column in enumerate(columns)]
        return where, f"CASE item {' '.join(whens)} END"
    whens = [f"WHEN {_text(column.at + ' ' + column.item)} THEN {number}" for number, column in enumerate(columns)]
    both = "at || ' ' || item"
    return f"{both} IN ({listed(c.at + ' ' + c.item for c in columns)})", f"CASE {both} {' '.join(whens)} END"


def _shape(kind: ValueType) -> tuple[Any, ...]:
    """A type as a key: equal types read alike."""
    bounds = (kind.minimum, kind.maximum, kind.one_of)
    titles = tuple((name, one.zh, one.en) for name, one in kind.choice_titles.items())
    return (kind.kind, *bounds, kind.choices, titles, kind.undetermined, kind.never)


def _affinity(column: Column) -> str:
    if column.kind == "known_at":
        return "TEXT"
    return KINDS.get(column.type.kind if column.type else "", "INTEGER")


def _field(name: str) -> str:
    path = '$."' + name + '"'
    return f"json_extract(fields, {_text(path)})"


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _name(name: str) -> str:
    return quoted(name).sql(dialect="sqlite")
