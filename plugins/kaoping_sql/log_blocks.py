"""Rows of a frame made from the log a block of subjects at a time, from what batches say side by side.

It is for building a frame from nothing; where some subjects are made again, `log_tables` reads their rows. Columns are
put together in memory, of one block only. What is counted of records is counted by the database once for every
different record and summed for each subject: the counts of one record stand side by side in a whole number, each in as
many bits as the sum for one subject can take, so that one addition adds them all.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from typing import Any

from kaoping.facts.blocks import columns_of, numbers_of, spans_of, width
from kaoping.facts.types import Title
from kaoping_sql.counted import listed
from kaoping_sql.emit import SQLITE, Stages
from kaoping_sql.emit import column as quoted
from kaoping_sql.log_tables import SUBJECTS, LogTables
from kaoping_sql.nodes import Builder
from kaoping_sql.readers import Codes, Readers, after, rank
from kaoping_sql.rows import Column, Group, Row
from kaoping_sql.statement import Statement
from kaoping_sql.tables import OWN

COLUMNS = "columns_"
WORD = 62
"""Bits of a whole number that counts share."""
MOST_KNOWN = 200_000
"""Different records of one type that are kept in mind; then it begins anew."""
Values = list[Any]
"""What a column holds, a place for each subject of a block."""
Record = tuple[Any, ...]
Spans = list[tuple[int, int]]


@dataclass(frozen=True)
class Lane:
    """Where a count stands: so many bits of a word from `shift` on."""

    name: str
    word: int
    shift: int
    bits: int


@dataclass
class Shared:
    """The records of one type: what is read of them, and the counts that share words."""

    table: str
    query: str
    columns: list[str]
    """The fields first, then `further`."""
    readers: list[tuple[str, Codes]]
    """Of the fields; last of all what makes records one, where that is asked."""
    further: list[str]
    """``first`` and ``known_at``, where they are read."""
    unique: bool = False
    lanes: list[tuple[Group, list[Lane]]] = field(default_factory=list)
    words: int = 0
    apart: bool = False
    """Are there groups that are counted row by row?"""
    known: dict[Record, int] = field(default_factory=dict)
    """A record as read, and its counts."""
    queries: list[str] = field(default_factory=list)


class Gathering(Statement):
    """Gathers rows whose counts are there already."""

    ready: dict[int, str]
    """A group (by its id) to the table that has its counts."""

    def _grouped(self, row: Row, group: Group) -> str:
        return self.ready.get(id(group)) or super()._grouped(row, group)


@dataclass
class LogBlocks:
    """Makes rows from blocks; made once for a statement, on the tables that `LogTables` made.

    Attributes:
        most: gives how many records of a type one subject has at most.
        misfits: what stands in the log of those who are read and is of its type no more, or has no end.
    """

    tables: LogTables
    row: Row
    builder: Builder
    most: Callable[[str], int]
    size: int
    misfits: list[Exception] = field(default_factory=list)
    _readers: Readers = field(init=False)
    _fills: list[Callable[[int, list[Values]], None]] = field(default_factory=list)
    _names: list[str] = field(default_factory=list)
    _shared: list[Shared] = field(default_factory=list)
    _keys: Sequence[int] = ()
    _moments: Mapping[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._readers = Readers(self.tables.log)

    # --- once

    def prepare(self) -> Gathering:
        """Put what is gathered from blocks in the place of the tables; gives what gathers it."""
        tables, connection, own = self.tables, self.tables.connection, self.tables.own
        by_table: dict[str, dict[str, Column]] = {}
        for row in self.row.all():
            by_table.setdefault(row.table, {}).update(row.columns)
        columns = [column for column in by_table.pop(own).values() if column not in OWN]
        self._facts(own, columns)
        self._moments = dict(connection.execute(tables.log.moments()).fetchall())
        for name, found in by_table.items():
            self._shared.append(self._share(name, found))
        places = [name for one in self._shared for name in words_of(one)]
        declared = ", ".join(["key INTEGER PRIMARY KEY", *map(_name, self._names), *map(_name, places)])
        connection.execute(f"CREATE TEMP TABLE {COLUMNS} ({declared})")
        connection.execute(f"DROP TABLE temp.{_name(own)}")
        read = "".join(f", c.{_name(name)}" for name in self._names)
        types = listed(tables.plan.catalogue.members(own))
        connection.execute(
            f"CREATE TEMP VIEW {_name(own)} AS SELECT s.key AS key, s.id, s.since, s.until{read} FROM {SUBJECTS} AS s "
            f"JOIN {COLUMNS} AS c ON c.key = s.key WHERE s.type IN ({types})"
        )
        gathering = Gathering(self.builder)
        gathering.ready = {}
        for one in self._shared:
            for number, (group, lanes) in enumerate(one.lanes):
                view = f"{one.table}#{number}"
                words = words_of(one)
                counts = [
                    f"({_name(words[lane.word])} >> {lane.shift}) & {(1 << lane.bits) - 1} AS {_name(lane.name)}"
                    for lane in lanes
                ]
                connection.execute(
                    f"CREATE TEMP VIEW {_name(view)} AS SELECT key, {', '.join(counts)} FROM temp.{COLUMNS}"
                )
                gathering.ready[id(group)] = view
        return gathering

    def _share(self, table: str, known: Mapping[str, Column]) -> Shared:
        tables = self.tables
        groups = [group for group in self.row.groups.values() if group.source.table == table]
        columns = [known[name] for name in sorted(_read_by(groups) & known.keys())]
        owner, _, name = table.partition(".")
        kind = tables.plan.catalogue.record(owner, name)
        assert kind is not None
        further = [column for column in columns if column.kind != "field"]
        readers = []
        for column in columns:
            if column.kind == "field" and column.type:
                title = kind.field_titles.get(column.name, Title(column.name))
                readers.append((column.name, self._readers.of(column.type, title, tables.scale(table, column))))
        names = [name for name, _ in readers] + [column.name for column in further]
        unique = bool(kind.unique) and any(column.kind == "first" for column in further)
        if unique:
            readers.append((kind.unique, self._readers.same(kind.fields[kind.unique], kind.unique)))
        query = f"{tables.log.blocks('record', name)} ORDER BY batch"
        found = Shared(table, query, names, readers, [column.kind for column in further], unique)
        most = self.most(table.partition(".")[2])
        word, used = 0, 0
        for group in groups:
            if not addable(group):
                found.apart = True
                continue
            lanes = []
            for name, (_, what) in group.columns.items():
                bits = max((what.high * most).bit_length(), 1)
                if used + bits > WORD:
                    word, used = word + 1, 0
                lanes.append(Lane(name, word, used, bits))
                used += bits
            if any(lane.bits > WORD for lane in lanes):
                found.apart = True
                continue
            found.lanes.append((group, lanes))
        if found.lanes:
            found.words = word + 1
            found.queries = [_counting(table, group, lanes, found.words) for group, lanes in found.lanes]
        return found

    # --- again and again

    def make(self, block: int, gathered: str) -> int:
        """Make the rows of a block's subjects; `gathered` is the statement that appends them. Gives how many."""
        connection, size = self.tables.connection, self.size
        low = block * size
        connection.execute(f"DELETE FROM temp.{SUBJECTS}")
        connection.execute(f"DELETE FROM temp.{COLUMNS}")
        connection.execute(self.tables.fill_subjects, {"low": low, "high": low + size - 1})
        types = listed(self.tables.plan.catalogue.members(self.tables.own))
        of_types = f"FROM {SUBJECTS} WHERE type IN ({types})"
        many, first, last = connection.execute(f"SELECT count(*), min(key), max(key) {of_types}").fetchone()
        if not many:
            return 0
        keys: Sequence[int] = range(first, last + 1)
        if len(keys) > many:
            keys = [key for (key,) in connection.execute(f"SELECT key {of_types} ORDER BY key")]
        self._keys = keys
        columns: list[Values] = []
        for fill in self._fills:
            fill(block, columns)
        for one in self._shared:
            columns += self._counts(one, block)
        parts = (
            [column[keys.start - low : keys.stop - low] for column in columns]
            if isinstance(keys, range)
            else [[column[key - low] for key in keys] for column in columns]
        )
        marks = ", ".join("?" * (len(columns) + 1))
        rows = zip(keys, *parts, strict=True)
        connection.executemany(f"INSERT INTO temp.{COLUMNS} VALUES ({marks})", rows)
        return connection.execute(gathered).rowcount

    # --- facts

    def _facts(self, table: str, columns: list[Column]) -> None:
        by_source: dict[tuple[str, str], list[Column]] = {}
        for column in columns:
            by_source.setdefault((column.kind, column.fact.id if column.fact else column.record), []).append(column)
        for (kind, name), some in by_source.items():
            self._names += [column.name for column in some]
            if kind == "through":
                self._fills.append(self._through(name, len(some)))
            elif kind == "fed":
                self._fills.append(self._fed(table, some))
            else:
                self._fills.append(self._values(table, name, some))

    def _through(self, name: str, count: int) -> Callable[[int, list[Values]], None]:
        tables, size = self.tables, self.size
        query = f"SELECT key - :low, complete_through FROM ({tables.log.rows('register', name)}) "
        query += "ORDER BY key, complete_through"  # of several statements the last day counts
        day = self._readers.day

        def fill(block: int, columns: list[Values]) -> None:
            span = {"low": block * size, "high": block * size + size - 1}
            found = dict(tables.connection.execute(query, span).fetchall())
            column = [day[text] for text in map(found.get, range(size))]
            columns += repeat(column, count)

        return fill

    def _fed(self, table: str, some: list[Column]) -> Callable[[int, list[Values]], None]:
        memory = self.tables.counted.memory()
        readers = [memory.fed(table, column) for column in some]
        connection, size = self.tables.connection, self.size

        def fill(block: int, columns: list[Values]) -> None:
            ids: Values = [None] * size
            for key, subject in connection.execute(f"SELECT key, id FROM {SUBJECTS}"):
                ids[key - block * size] = subject
            columns += [[None if one is None else read(one) for one in ids] for read in readers]

        return fill

    def _values(self, table: str, name: str, some: list[Column]) -> Callable[[int, list[Values]], None]:
        fact = some[0].fact
        assert fact is not None
        codes = self._readers.of(fact.type, fact.title, self.tables.scale(table, some[0]))
        query = self.tables.log.blocks("value", name)
        if fact.holds:
            return self._held(query, codes, some)
        query = f"SELECT * FROM ({query}) WHERE at IN ({listed({column.at for column in some})})"

        def fill(block: int, columns: list[Values]) -> None:
            made: dict[tuple[str, str], Values] = {(column.at, column.item): [None] * self.size for column in some}
            for at, item, spans, values in self._said(query, block, codes):
                if (at, item) in made:
                    _put(made[at, item], spans, values)
            columns += [made[column.at, column.item] for column in some]

        return fill

    def _held(self, query: str, codes: Codes, some: list[Column]) -> Callable[[int, list[Values]], None]:
        """A value stands from its day on until another does."""
        days = sorted({column.as_of for column in some})
        ranks = Codes(rank, [])

        def fill(block: int, columns: list[Values]) -> None:
            said = [(ranks[at], item, span, values) for at, item, span, values in self._said(query, block, codes)]
            ranked = sorted((one for one in said if one[0] is not None), key=lambda one: one[0])
            made: dict[tuple[str, str], Values] = {}
            for item in {column.item for column in some}:
                waiting = [one for one in reversed(ranked) if one[1] == item]
                standing: Values = [None] * self.size
                for day in days:
                    while waiting and waiting[-1][0] < after(day):
                        _put(standing, *waiting.pop()[2:])
                    made[item, day] = standing.copy()
            columns += [made[column.item, column.as_of] for column in some]

        return fill

    def _said(self, query: str, block: int, codes: Codes) -> Iterator[tuple[str, str, Spans, Values]]:
        """What is said of a fact in a block: what for, the spans of those it is said of, and what columns hold."""
        rows = self.tables.connection.execute(f"{query} ORDER BY at, item, batch", {"low": block, "high": block})
        for _, at, item, _, runs, texts, numbers in rows:
            known, spans = json.loads(texts), spans_of(runs)
            values = [codes[text] for text in known]
            places = numbers_of(numbers, width(len(known)))
            if not codes.wrong.keys().isdisjoint(known):
                owners = [first + number for first, count in spans for number in range(count)]
                self._misfit(codes, [known[place] for place in places], owners)
            yield at, item, spans, list(map(values.__getitem__, places))

    def _misfit(self, codes: Codes, texts: Sequence[str | None], owners: Sequence[int]) -> None:
        """Note what does not fit, where it is said of somebody who is read."""
        mine = {key % self.size for key in self._keys}
        said = {text for text, place in zip(texts, owners, strict=True) if place in mine}
        self.misfits += [error for text, error in codes.wrong.items() if text in said]

    # --- records

    def _counts(self, one: Shared, block: int) -> list[Values]:
        owners, records = self._records(one, block)
        if one.apart:
            rows = ((block * self.size + owner, *record) for owner, record in zip(owners, records, strict=True))
        found = [[0] * self.size for _ in range(one.words)]
        if one.words:
            self._learn(one, records)
            totals = [0] * self.size
            for owner, counts in zip(owners, map(one.known.__getitem__, records), strict=True):
                totals[owner] += counts
            mask = (1 << WORD) - 1
            found = [[total >> (WORD * word) & mask for total in totals] for word in range(one.words)]
        if one.apart:
            self.tables.connection.execute(f"DELETE FROM temp.{_name(one.table)}")
            self._insert(one, rows)
        return found

    def _learn(self, one: Shared, records: list[Record]) -> None:
        """Have the database count what is to be counted of records that were not met before."""
        fresh = set(records)
        if len(one.known) + len(fresh) > MOST_KNOWN:
            one.known.clear()
        listed_fresh = list(fresh.difference(one.known))
        if not listed_fresh:
            return
        connection = self.tables.connection
        connection.execute(f"DELETE FROM temp.{_name(one.table)}")
        self._insert(one, ((number, *record) for number, record in enumerate(listed_fresh)))
        counts = [0] * len(listed_fresh)
        for query in one.queries:
            for number, *words in connection.execute(query):
                counts[number] += sum(word << (WORD * place) for place, word in enumerate(words))
        one.known.update(zip(listed_fresh, counts, strict=True))

    def _insert(self, one: Shared, rows: Iterator[Record]) -> None:
        names = "".join(f", {_name(name)}" for name in one.columns)
        marks = ", ".join("?" * (len(one.columns) + 1))
        self.tables.connection.executemany(f'INSERT INTO temp.{_name(one.table)} ("key"{names}) VALUES ({marks})', rows)

    def _records(self, one: Shared, block: int) -> tuple[Sequence[int], list[Record]]:
        """The places of the owners of a block's records, and the records as columns hold them."""
        rows = self.tables.connection.execute(one.query, {"low": block, "high": block}).fetchall()
        said = [(batch, *self._read(one, *row)) for _, batch, *row in rows]
        if len(said) == 1 and not one.further:
            return said[0][1], said[0][3]
        latest: dict[tuple[int, str | None], tuple[int, Record]] = {}
        for batch, owners, nos, records in said:
            for place, no, record in zip(owners, nos, records, strict=True):
                before = latest.get((place, no))  # a correction does not make it known later than it was
                latest[place, no] = before[0] if before else batch, record
        if one.further:
            latest = dict(sorted(latest.items()))
        found, seen = [], set()
        for (place, _), (batch, record) in latest.items():
            if not one.further:
                found.append(record)
                continue
            *cells, same = record
            first = same is None or (place, same) not in seen
            seen.add((place, same))
            found.append(
                (*cells, *({"first": int(first), "known_at": self._moments[batch]}[kind] for kind in one.further))
            )
        return [place for place, _ in latest], found

    def _read(
        self, one: Shared, subjects: bytes, texts: str, codes: bytes
    ) -> tuple[Sequence[int], list[str | None], list[Record]]:
        """What a batch says in a block: owners, numbers and records; last in each what makes it one, where asked."""
        owners, known = numbers_of(subjects, 2), json.loads(texts)
        columns = columns_of(known, codes, len(owners))
        cells: list[Iterable[Any]] = []
        for name, read in one.readers:
            if name not in known:
                cells.append(repeat(None, len(owners)))
                continue
            values = [read[text] for text in known[name]]
            if not read.wrong.keys().isdisjoint(known[name]):
                self._misfit(read, [known[name][place] for place in columns[name]], owners)
            cells.append(map(values.__getitem__, columns[name]))
        if one.further and not one.unique:
            cells.append(repeat(None, len(owners)))
        nos = [known[""][place] for place in columns[""]]
        return owners, nos, list(zip(*cells, strict=True)) if cells else [()] * len(owners)


def addable(group: Group) -> bool:
    """Can what is counted in a group be added record by record, each for itself?"""
    alone = group.link == "record" and not group.lifted and not group.source.groups
    return alone and all(how == "sum" and what.kind == "int" and what.low >= 0 for how, what in group.columns.values())


def _read_by(groups: Iterable[Group]) -> set[str]:
    """The columns that what is counted reads."""
    found: set[str] = set()
    waiting = [what for group in groups for _, what in group.columns.values()]
    seen = set(waiting)
    while waiting:
        node = waiting.pop()
        if node.op == "col":
            found.add(node.args[0])
        fresh = [kid for kid in node.kids() if kid not in seen]
        waiting += fresh
        seen.update(fresh)
    return found


def words_of(one: Shared) -> list[str]:
    """The columns that the counts of a type of records stand in."""
    return [f"{one.table}#{number}" for number in range(one.words)]


def _counting(table: str, group: Group, lanes: list[Lane], words: int) -> str:
    """The query that counts for each row of a table by itself: its key, and the words its counts stand in."""
    stages = Stages(SQLITE, table, f"{table}>")
    found = stages.run({name: what for name, (_, what) in group.columns.items()})
    ctes = [f"{_name(name)} AS ({query.sql(dialect='sqlite')})" for name, query in [*stages.ctes, ("counted>", found)]]
    sums = [
        " + ".join(f"(coalesce({_name(lane.name)}, 0) << {lane.shift})" for lane in lanes if lane.word == word) or "0"
        for word in range(words)
    ]
    return f'WITH {", ".join(ctes)} SELECT "key", {", ".join(sums)} FROM "counted>"'


def _put(column: Values, spans: Spans, values: Values) -> None:
    start = 0
    for first, count in spans:
        column[first : first + count] = values[start : start + count]
        start += count


def _name(name: str) -> str:
    return quoted(name).sql(dialect="sqlite")
