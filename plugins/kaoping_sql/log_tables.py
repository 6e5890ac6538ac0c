"""Tables of whole numbers made by the database from its log of facts, some subjects at a time.

They hold what those of `tables` hold. Each fact is read in the order the log has it into a table of its own, in which
the latest batch stays; the tables are then put side by side. A text is read once and looked up from then on.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kaoping.evaluation.keeping import FactLog
from kaoping.evaluation.plan import Plan
from kaoping.facts.types import FactType, RecordType, Title
from kaoping_sql.counted import Counted, NotNativeError, listed
from kaoping_sql.encode import FIRST, LAST, NUMBERS
from kaoping_sql.quoting import quoted_name, quoted_text
from kaoping_sql.readers import Codes, Readers, after
from kaoping_sql.rows import Column, Row
from kaoping_sql.tables import KINDS, OWN

SUBJECTS = "subject_"
MOST_JOINS = 50
"""SQLite joins 64 tables."""
Span = tuple[int, int]


@dataclass(frozen=True)
class Slot:
    """Where a column's value stands: in the row ``key * size + last`` of a part, else in one before, down to `first`.

    A part of size 0 is a table that has the column itself.
    """

    part: str
    size: int
    first: int
    last: int


@dataclass
class LogTables:
    """Fills temporary tables for spans of subjects; made once for a statement, filled again and again."""

    plan: Plan
    log: FactLog
    connection: sqlite3.Connection
    counted: Counted
    own: str
    readers: Readers
    declared: dict[str, str] = field(default_factory=dict)
    _empty: list[str] = field(default_factory=list)
    _fill: list[str] = field(default_factory=list)
    _fed: list[tuple[str, str, list[Column]]] = field(default_factory=list)
    _assemble: list[str] = field(default_factory=list)
    _relate: list[str] = field(default_factory=list)
    _functions: dict[int, str] = field(default_factory=dict)
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
        subjects = (
            f"INSERT INTO {SUBJECTS} SELECT key, id, type, "
            f"CASE WHEN since IS NULL THEN {FIRST} ELSE since_(since) END, "
            f"CASE WHEN until IS NULL THEN {LAST + 1} ELSE until_(until) END "
            f"FROM ({latest}) JOIN ({self.log.ids()}) USING (key) WHERE type IN ({listed(self.log.types)})"
        )
        self._fill.append(subjects)
        tables: dict[str, dict[str, Column]] = {}
        for row in rows:
            tables.setdefault(row.table, {}).update(row.columns)
        for name, columns in tables.items():
            if name == self.own:
                columns |= {column.name: column for column in OWN}
            kept = [column for column in columns.values() if name != self.own or column.kind != "placed"]
            if any(column.kind == "placed" for column in kept):
                raise NotNativeError("frame-places")
            declared = [f"{quoted_name(c.name)} {_affinity(c)}" for c in kept]
            key = '"key" INTEGER' if "." in name else '"key" INTEGER PRIMARY KEY'
            self._table(name, ", ".join([key, *declared]))
            (self._records if "." in name else self._subjects)(name, kept)
        for relation in relations:
            table = quoted_name(f"~{relation}")
            self._table(f"~{relation}", '"from" INTEGER, "to" INTEGER, since INTEGER, until INTEGER')
            self._relate.append(
                f'INSERT INTO {table} SELECT "from", "to", since, until FROM link '
                f"""WHERE relation = '{relation}' AND "from" IN (SELECT key FROM reached_)"""
            )

    def _table(self, name: str, columns: str) -> None:
        self.declared[name] = columns
        self.connection.execute(f"CREATE TEMP TABLE {quoted_name(name)} ({columns})")
        self._empty.append(f"DELETE FROM temp.{quoted_name(name)}")

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
        for statement in (*self._assemble, *self._relate):
            self.connection.execute(statement)

    def relate(self, relations: Iterable[str]) -> None:
        """Read the relations of some subjects alone, those before forgotten."""
        for relation in relations:
            self.connection.execute(f"DELETE FROM temp.{quoted_name(f'~{relation}')}")
        for statement in self._relate:
            self.connection.execute(statement)

    # --- subjects

    def _subjects(self, table: str, columns: list[Column]) -> None:
        types = self.plan.catalogue.members(table)
        by_source: dict[tuple[str, str], list[Column]] = {}
        for column in columns:
            if column.kind != "own":
                by_source.setdefault((column.kind, column.fact.id if column.fact else column.record), []).append(column)
        places: dict[str, tuple[str, str]] = {c.name: ("w", c.name) for c in columns if c.kind == "own"}
        slots: dict[str, Slot] = {}
        for (kind, name), some in by_source.items():
            part = f"part_{self._parts}"
            self._parts += 1
            self._table(part, "key INTEGER PRIMARY KEY, rank INTEGER, batch INTEGER, v")
            slots |= self._slots(kind, name, table, part, some)
        where = f"w.type IN ({listed(types)})"
        pieces = list(_pieces(slots))
        if len(pieces) > 1:
            slots = {}
            for number, piece in enumerate(pieces):
                half = f"{table}+{number}"
                self._table(half, f'"key" INTEGER PRIMARY KEY, {", ".join(map(quoted_name, piece))}')
                self._assemble.append(_side_by_side(half, {}, piece, where))
                slots |= {column: Slot(half, 0, 0, 0) for column in piece}
        self._assemble.append(_side_by_side(table, places, slots, where))

    def _slots(self, kind: str, name: str, table: str, part: str, columns: list[Column]) -> dict[str, Slot]:
        """How a part is filled, and which of its rows are which column's."""
        if kind == "through":
            rows = self.log.rows("register", name)
            self._fill.append(
                f"INSERT INTO {part} (key, v) SELECT key, max(day_(complete_through)) FROM ({rows}) GROUP BY key"
            )
            return {column.name: Slot(part, 1, 0, 0) for column in columns}
        slots = {column.name: Slot(part, len(columns), number, number) for number, column in enumerate(columns)}
        if kind == "fed":
            self._fed.append((part, table, columns))
            return slots
        fact = columns[0].fact
        assert fact is not None
        self._same(table, name, fact, self.plan.catalogue.fact)
        read = self._function(self.readers.of(fact.type, fact.title, self.scale(table, columns[0])))
        rows = self.log.rows("value", name)
        if not fact.holds:
            where, slot = _which(columns)
            self._fill.append(
                f"INSERT INTO {part} (key, batch, v) SELECT key * {len(columns)} + {slot}, batch, {read}(value) "
                f"FROM ({rows}) WHERE {where} ON CONFLICT (key) DO UPDATE SET batch = excluded.batch, v = excluded.v "
                "WHERE excluded.batch > batch"
            )
            return slots
        # a value is put where it first counts; who asks later and finds nothing there asks the day before
        days = sorted({column.as_of for column in columns})
        items = sorted({column.item for column in columns})
        whens = [f"WHEN rank < {after(day)} THEN {number}" for number, day in enumerate(days)]
        first = " ".join(f"WHEN {quoted_text(item)} THEN {number * len(days)}" for number, item in enumerate(items))
        slot = f"CASE {' '.join(whens)} END + CASE item {first} END"
        ranked = f"SELECT key, item, batch, value, rank_(at) AS rank FROM ({rows}) WHERE item IN ({listed(items)})"
        self._fill.append(
            f"INSERT INTO {part} (key, rank, batch, v) SELECT key * {len(days) * len(items)} + {slot}, rank, batch, "
            f"{read}(value) FROM ({ranked}) WHERE rank < {after(days[-1])} ON CONFLICT (key) DO UPDATE SET "
            "rank = excluded.rank, batch = excluded.batch, v = excluded.v "
            "WHERE (excluded.rank, excluded.batch) > (rank, batch)"
        )
        size = len(days) * len(items)
        places = {column.name: (items.index(column.item) * len(days), days.index(column.as_of)) for column in columns}
        return {name: Slot(part, size, start, start + last) for name, (start, last) in places.items()}

    def _fill_fed(self, part: str, table: str, columns: list[Column], span: Span) -> None:
        """What other evaluations found comes from memory."""
        memory = self.counted.memory()
        readers = [memory.fed(table, column) for column in columns]
        ids = self.connection.execute(f"SELECT key, id FROM {SUBJECTS} WHERE key BETWEEN ? AND ?", span).fetchall()
        cells = [
            (key * len(columns) + slot, value)
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
                read = self._function(self.readers.of(column.type, title, self.scale(table, column)))
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
            f"INSERT INTO temp.{quoted_name(table)} SELECT {', '.join(made)} FROM ({source}) "
            f"WHERE key IN (SELECT key FROM {SUBJECTS} WHERE type IN ({types}))"
        )

    def _unique(self, kind: RecordType) -> str:
        """The value that makes records one, or ""."""
        if not kind.unique:
            return ""
        of = kind.fields[kind.unique]
        same = self._function(self.readers.same(of, kind.unique))
        return f"{same}({_field(kind.unique)})"

    # --- reading texts

    def scale(self, table: str, column: Column) -> int:
        """What the numbers of a column are whole after being taken times."""
        numbers = column.type is not None and column.type.kind in NUMBERS
        return self.counted.bounds(table, column).scale if numbers else 1

    def _function(self, codes: Codes) -> str:
        """The function of SQL that looks texts up."""
        if id(codes) not in self._functions:
            name = self._functions[id(codes)] = f"read_{len(self._functions)}"
            self.connection.create_function(name, 1, codes.__getitem__, deterministic=True)
        return self._functions[id(codes)]

    def _same(self, table: str, name: str, kind: Any, of: Callable[[str, str], FactType | RecordType | None]) -> None:
        """All types of a table have the same fact, or register, under a name."""
        if any(of(member, name) != kind for member in self.plan.catalogue.members(table)):
            raise NotNativeError("frame-family")


def _pieces(slots: Mapping[str, Slot]) -> Iterator[dict[str, Slot]]:
    """Columns as far as they may stand in one query."""
    piece: dict[str, Slot] = {}
    joins = 0
    for column, slot in slots.items():
        if piece and joins + slot.last - slot.first + 1 > MOST_JOINS:
            yield piece
            piece, joins = {}, 0
        piece[column] = slot
        joins += slot.last - slot.first + 1
    if piece or not slots:
        yield piece


def _side_by_side(table: str, own: dict[str, tuple[str, str]], slots: Mapping[str, Slot], where: str) -> str:
    """Fill a table from others, a column from each."""
    columns = ['"key"', *map(quoted_name, own), *map(quoted_name, slots)]
    made = ["w.key", *(f"{alias}.{quoted_name(column)}" for alias, column in own.values())]
    sources = [f"{SUBJECTS} AS w"]
    aliases: dict[tuple[str, int], str] = {}
    for column, slot in slots.items():
        found = []
        for place in range(slot.last, slot.first - 1, -1):
            alias = aliases.get((slot.part, place))
            if alias is None:
                alias = aliases[slot.part, place] = f"j{len(aliases)}"
                on = "w.key" if slot.size < 2 else f"w.key * {slot.size} + {place}"
                sources.append(f"LEFT JOIN {quoted_name(slot.part)} AS {alias} ON {alias}.key = {on}")
            found.append(f"{alias}.{quoted_name(column) if slot.size == 0 else 'v'}")
        made.append(found[0] if len(found) == 1 else f"coalesce({', '.join(found)})")
    return (
        f"INSERT INTO temp.{quoted_name(table)} ({', '.join(columns)}) SELECT {', '.join(made)} "
        f"FROM {' '.join(sources)} WHERE {where}"
    )


def _which(columns: Sequence[Column]) -> tuple[str, str]:
    """The condition that a row is one of the columns', and which: asking twice which is faster than a list of texts."""
    ats, items = ({getattr(column, name) for column in columns} for name in ("at", "item"))
    if len(columns) == 1:
        return f"at = {quoted_text(columns[0].at)} AND item = {quoted_text(columns[0].item)}", "0"
    if len(items) == 1:
        whens = [f"WHEN {quoted_text(column.at)} THEN {number}" for number, column in enumerate(columns)]
        slot = f"CASE at {' '.join(whens)} END"
        return f"item = {quoted_text(columns[0].item)} AND {slot} IS NOT NULL", slot
    if len(ats) == 1:
        whens = [f"WHEN {quoted_text(column.item)} THEN {number}" for number, column in enumerate(columns)]
        slot = f"CASE item {' '.join(whens)} END"
        return f"at = {quoted_text(columns[0].at)} AND {slot} IS NOT NULL", slot
    whens = [
        f"WHEN {quoted_text(column.at + ' ' + column.item)} THEN {number}" for number, column in enumerate(columns)
    ]
    slot = f"CASE at || ' ' || item {' '.join(whens)} END"
    return f"{slot} IS NOT NULL", slot


def _affinity(column: Column) -> str:
    if column.kind == "known_at":
        return "TEXT"
    return KINDS.get(column.type.kind if column.type else "", "INTEGER")


def _field(name: str) -> str:
    path = '$."' + name + '"'
    return f"json_extract(fields, {quoted_text(path)})"
