"""What is to be done to make the rows of a statement from blocks of a log."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from sqlglot import exp

from kaoping.facts import blocks
from kaoping.facts.types import Title, ValueType
from kaoping_sql.block_work import COLUMNS, SUBJECTS, WORD, Reading, Records, Source, Work, name_of, words_of
from kaoping_sql.counted import listed
from kaoping_sql.emit import KEY, SQLITE, Stages
from kaoping_sql.emit import column as column_of
from kaoping_sql.log_tables import LogTables
from kaoping_sql.nodes import Builder
from kaoping_sql.rows import Column, Group, Row
from kaoping_sql.statement import Statement
from kaoping_sql.tables import OWN


@dataclass(frozen=True)
class Lane:
    """Where a count stands: so many bits of a word from `shift` on."""

    name: str
    word: int
    shift: int
    bits: int


class Gathering(Statement):
    """Gathers rows that have the counts of some groups (`ready`, by their ids) already."""

    ready: frozenset[int]

    def gathering(self, row: Row, own: tuple[str, ...] = ()) -> exp.Select:
        """The query behind `gather`; what is ready is a column of the table."""
        others = {key: group for key, group in row.groups.items() if id(group) not in self.ready}
        query = super().gathering(replace(row, groups=others), own)
        made = {found.alias_or_name: found for found in query.selects}
        names = [KEY, *own, *sorted(row.columns), *(name for group in row.groups.values() for name in group.columns)]
        query.set("expressions", [made.get(name) or column_of(name, "o") for name in names])
        return query


@dataclass
class BlockPlan:
    """Plans the work; the tables that `LogTables` made are what the statement reads.

    Attributes:
        most: gives how many records of a type one subject has at most.
    """

    tables: LogTables
    row: Row
    builder: Builder
    most: Callable[[str], int]
    counts: list[str] = field(default_factory=list)
    ready: set[int] = field(default_factory=set)

    def work(self, shape: str, insert: Callable[[Statement], str]) -> Work:
        """The work; `shape` makes the table of rows, and `insert` says how to append what a statement gathers."""
        tables, own = self.tables, self.tables.own
        by_table: dict[str, dict[str, Column]] = {}
        for row in self.row.all():
            by_table.setdefault(row.table, {}).update(row.columns)
        sources = self._sources(own, [column for column in by_table.pop(own).values() if column not in OWN])
        records = tuple(self._records(name, found) for name, found in by_table.items())
        names = [name for source in sources for name in source.names]
        declared = ["key INTEGER PRIMARY KEY", *map(name_of, names)]
        declared += [name_of(name) for one in records for name in one.places()]
        read = "".join(f", {found}" for found in [*(f"c.{name_of(name)}" for name in names), *self.counts])
        of_types = f"type IN ({listed(tables.plan.catalogue.members(own))})"
        create = [
            f"CREATE TEMP TABLE {COLUMNS} ({', '.join(declared)})",
            f"CREATE TEMP VIEW {name_of(own)} AS SELECT s.key AS key, s.id, s.since, s.until{read} "
            f"FROM {SUBJECTS} AS s JOIN {COLUMNS} AS c ON c.key = s.key WHERE s.{of_types}",
        ]
        gathering = Gathering(self.builder)
        gathering.ready = frozenset(self.ready)
        return Work(
            size=blocks.BLOCK,
            attach=tables.log.attachment,
            own=of_types,
            subjects=tables.fill_subjects,
            tables=tuple(tables.created[name] for name in (SUBJECTS, *by_table)),
            create=tuple(create),
            shape=shape,
            insert=insert(gathering),
            sources=sources,
            records=records,
            moments=self._moments() if any("known_at" in one.further for one in records) else {},
        )

    def _moments(self) -> dict[int, str]:
        return dict(self.tables.connection.execute(self.tables.log.moments()).fetchall())

    # --- facts

    def _sources(self, table: str, columns: list[Column]) -> tuple[Source, ...]:
        by_source: dict[tuple[str, str], list[Column]] = {}
        for column in columns:
            by_source.setdefault((column.kind, column.fact.id if column.fact else column.record), []).append(column)
        return tuple(self._source(table, kind, name, some) for (kind, name), some in by_source.items())

    def _source(self, table: str, kind: str, name: str, some: list[Column]) -> Source:
        log, names = self.tables.log, tuple(column.name for column in some)
        if kind == "through":
            rows = f"SELECT key - :low, complete_through FROM ({log.rows('register', name)})"
            # of several statements the last day counts
            return Source("through", names, f"{rows} ORDER BY key, complete_through")
        fact = some[0].fact
        assert fact is not None
        if kind == "fed":
            return Source("fed", names)
        reading = Reading(_plain(fact.type), fact.title, self.tables.scale(table, some[0]))
        query, order = log.blocks("value", name), "ORDER BY at, item, batch"
        if fact.holds:
            columns = tuple((column.item, column.as_of) for column in some)
            return Source("held", names, f"{query} {order}", columns, reading)
        ats = listed({column.at for column in some})
        columns = tuple((column.at, column.item) for column in some)
        return Source("value", names, f"SELECT * FROM ({query}) WHERE at IN ({ats}) {order}", columns, reading)

    # --- records

    def _records(self, table: str, known: Mapping[str, Column]) -> Records:
        tables = self.tables
        owner, _, name = table.partition(".")
        kind = tables.plan.catalogue.record(owner, name)
        assert kind is not None
        groups = [group for group in self.row.groups.values() if group.source.table == table]
        columns = [known[name] for name in sorted(_read_by(groups) & known.keys())]
        further = tuple(column.kind for column in columns if column.kind != "field")
        fields = [
            (column.name, Reading(_plain(column.type), kind.field_titles.get(column.name, Title(column.name)), scale))
            for column in columns
            if column.kind == "field" and column.type
            for scale in [tables.scale(table, column)]
        ]
        unique = bool(kind.unique) and "first" in further
        if unique:
            fields.append((kind.unique, Reading(_plain(kind.fields[kind.unique]), Title(kind.unique), same=True)))
        laid, words = _lanes([group for group in groups if addable(group)], self.most(name))
        places = words_of(table, words)
        for group, lanes in laid:
            self.ready.add(id(group))
            self.counts += [
                f"(c.{name_of(places[lane.word])} >> {lane.shift}) & {(1 << lane.bits) - 1} AS {name_of(lane.name)}"
                for lane in lanes
            ]
        return Records(
            table,
            f"{tables.log.blocks('record', name)} ORDER BY batch",
            tuple(fields),
            further,
            unique,
            words,
            tuple(_counting(table, group, lanes, words) for group, lanes in laid),
            apart=len(laid) < len(groups),
        )


def addable(group: Group) -> bool:
    """Can what is counted in a group be added record by record, each for itself?"""
    alone = group.link == "record" and not group.lifted and not group.source.groups
    return alone and all(how == "sum" and what.kind == "int" and what.low >= 0 for how, what in group.columns.values())


def _lanes(groups: Iterable[Group], most: int) -> tuple[list[tuple[Group, list[Lane]]], int]:
    """Lanes for the counts of groups, those left out that have one too wide for a word; and how many words that is."""
    found, word, used = [], 0, 0
    for group in groups:
        bits = {name: max((what.high * most).bit_length(), 1) for name, (_, what) in group.columns.items()}
        if any(each > WORD for each in bits.values()):
            continue
        lanes = []
        for name, each in bits.items():
            if used + each > WORD:
                word, used = word + 1, 0
            lanes.append(Lane(name, word, used, each))
            used += each
        found.append((group, lanes))
    return found, word + 1 if found else 0


def _counting(table: str, group: Group, lanes: list[Lane], words: int) -> str:
    """The query that counts for each row of a table by itself: its key, and the words its counts stand in."""
    stages = Stages(SQLITE, table, f"{table}>")
    found = stages.run({name: what for name, (_, what) in group.columns.items()})
    ctes = [
        f"{name_of(name)} AS ({query.sql(dialect='sqlite')})" for name, query in [*stages.ctes, ("counted>", found)]
    ]
    sums = [
        " + ".join(f"(coalesce({name_of(lane.name)}, 0) << {lane.shift})" for lane in lanes if lane.word == word) or "0"
        for word in range(words)
    ]
    return f'WITH {", ".join(ctes)} SELECT "key", {", ".join(sums)} FROM "counted>"'


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


def _plain(kind: ValueType | None) -> ValueType:
    """The type, so that it can be handed to another process."""
    assert kind is not None
    return replace(kind, choice_titles=dict(kind.choice_titles))
