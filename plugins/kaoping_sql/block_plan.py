"""What is to be done to make the rows of a statement from blocks of a log."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlglot import exp

from kaoping.facts import blocks
from kaoping.facts.types import Title, ValueType
from kaoping_sql import frames
from kaoping_sql.block_work import (
    Members,
    Reading,
    Records,
    Source,
    Work,
    counting_table,
    marks_of,
    name_of,
)
from kaoping_sql.counted import listed
from kaoping_sql.emit import KEY, SQLITE, Stages
from kaoping_sql.emit import column as column_of
from kaoping_sql.lanes import size_of
from kaoping_sql.log_tables import LogTables
from kaoping_sql.nodes import Builder, leaves_of
from kaoping_sql.opinion import SectionStatement
from kaoping_sql.rows import Column, Group, Row
from kaoping_sql.statement import PLAIN, Statement

FIXED = (("key", "INTEGER PRIMARY KEY"), ("id", "TEXT"), ("since", ""), ("until", ""))
"""What is handed over of every subject before its columns."""


class Gathering(Statement):
    """Gathers rows that have the counts of some groups (`ready`, by their ids) already."""

    ready: frozenset[int]

    def gathering(self, row: Row, own: tuple[str, ...] = ()) -> exp.Select:
        """The query behind `gather`; what is ready is a column of the table."""
        others = {key: group for key, group in row.groups.items() if id(group) not in self.ready}
        query = super().gathering(replace(row, groups=others), own)
        made = {found.alias_or_name: found for found in query.selects}
        names = [
            KEY,
            *own,
            *row.kept(own),
            *(name for group in row.groups.values() for name in group.columns),
        ]
        query.set("expressions", [made.get(name) or column_of(name, "o") for name in names])
        return query


@dataclass
class BlockPlan:
    """Plans the work; what `LogTables` would read row by row is made from blocks.

    Attributes:
        most: gives how many records of a type one subject has at most.
        ready: the groups that are counted, by their ids.
    """

    tables: LogTables
    row: Row
    builder: Builder
    most: Callable[[str], int]
    ready: set[int] = field(default_factory=set)
    _create: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Put together what is read of each table, and what is counted in it."""
        self.columns: dict[str, dict[str, Column]] = {}
        self.groups: dict[str, list[Group]] = {}
        for row in self.row.all():
            self.columns.setdefault(row.table, {}).update(row.columns)
            for group in row.groups.values():
                for read in (group, *group.across.values()):
                    found = self.groups.setdefault(read.source.table, [])
                    if not any(read is one for one in found):
                        found.append(read)

    def work(self, statement: SectionStatement, declared: str, end: int) -> Work:
        """The work that makes rows which read nothing of related subjects; where it can, it hands them to their table.

        Args:
            statement: is what rows are gathered for.
            declared: the columns of their table, which is named after their type.
            end: the number of the day they are on file.
        """
        own = self.tables.own
        members = self._members(own)
        kept = [one.table for one in members.records if one.keep]
        names = [*(name for name, _ in FIXED), *members.columns]
        if not kept:
            places = {name: f"?{place}" for place, name in enumerate(names, 1)}
            into = f"main.{name_of(own)} ({', '.join(map(name_of, (*names, PLAIN)))})"
            plain = f"CASE WHEN {statement.plain_sql(places=places)} THEN 1 ELSE 0 END"
            append = f"INSERT INTO {into} VALUES ({', '.join(places.values())}, {plain})"
            return self._work({own: declared}, [replace(members, append=append, on_file=end)])
        self._anew(own, self._declared(members))
        for name in kept:
            self._anew(name, self.tables.declared[name])
        append = f"INSERT INTO temp.{name_of(own)} VALUES ({marks_of(names)})"
        return replace(
            self._work({own: declared}, [replace(members, append=append)]),
            clear=tuple(f"DELETE FROM temp.{name_of(name)}" for name in (own, *kept)),
            gather=f"INSERT INTO main.{name_of(own)} {frames.gathered(statement, end, self.maker())}",
        )

    def beside(self) -> Work:
        """The work that makes tables of everybody whom rows read, for them to be gathered from."""
        found: list[Members] = []
        made: dict[str, str] = {}
        for table in (name for name in self.columns if "." not in name):
            members = self._members(table)
            made[table] = self._declared(members)
            made |= {one.table: self.tables.declared[one.table] for one in members.records if one.keep}
            marks = marks_of([*FIXED, *members.columns])
            kept = [replace(one, keep=one.keep and one.insert(f"main.{name_of(one.table)}")) for one in members.records]
            append = f"INSERT INTO main.{name_of(table)} VALUES ({marks})"
            found.append(replace(members, append=append, records=tuple(kept)))
        return self._work(made, found)

    def maker(self) -> Gathering:
        """Gathers rows from tables that have the counts already."""
        found = Gathering(self.builder)
        found.ready = frozenset(self.ready)
        return found

    def _work(self, made: Mapping[str, str], members: Sequence[Members]) -> Work:
        asked = any("known_at" in dict(one.further) for each in members for one in each.records)
        log, connection = self.tables.log, self.tables.connection
        return Work(
            size=blocks.BLOCK,
            attach=log.attachment,
            made=tuple(made.items()),
            create=tuple(self._create),
            clear=(),
            members=tuple(members),
            moments=dict(connection.execute(log.moments()).fetchall()) if asked else {},
        )

    def _anew(self, name: str, columns: str) -> None:
        """A temporary table, whatever there was of its name."""
        self._create += [
            f"DROP TABLE IF EXISTS temp.{name_of(name)}",
            f"CREATE TEMP TABLE {name_of(name)} ({columns})",
        ]

    # --- subjects

    def _members(self, table: str) -> Members:
        log, own = self.tables.log, self.columns[table].values()
        records = [name for name in self.columns if name.startswith(f"{table}.")]
        return Members(
            table,
            f"SELECT r.key, s.id, r.since, r.until, r.type IN ({listed(self.tables.plan.catalogue.members(table))}) "
            f"FROM ({log.rows('registration')}) AS r JOIN ({log.ids()}) AS s ON s.key = r.key ORDER BY r.key, r.batch",
            "",
            self._sources(table, [column for column in own if column.kind not in ("own", "placed")]),
            tuple(map(self._records, records)),
        )

    def _declared(self, members: Members) -> str:
        """The columns of a table of what is handed over."""
        return ", ".join([*(f"{name} {kind}" for name, kind in FIXED), *map(name_of, members.columns)])

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

    def _records(self, table: str) -> Records:
        tables, known = self.tables, self.columns[table]
        owner, _, name = table.partition(".")
        kind = tables.plan.catalogue.record(owner, name)
        assert kind is not None
        groups = self.groups[table]
        columns = [known[name] for name in sorted(_read_by(groups) & known.keys())]
        further = tuple((column.kind, column.name) for column in columns if column.kind != "field")
        fields = [
            (column.name, Reading(_plain(column.type), kind.field_titles.get(column.name, Title(column.name)), scale))
            for column in columns
            if column.kind == "field" and column.type
            for scale in [tables.scale(table, column)]
        ]
        unique = bool(kind.unique) and "first" in dict(further)
        if unique:
            fields.append((kind.unique, Reading(_plain(kind.fields[kind.unique]), Title(kind.unique), same=True)))
        alone, most = [group for group in groups if addable(group)], self.most(name)
        self.ready |= set(map(id, alone))
        found = Records(
            table,
            f"{tables.log.blocks('record', name)} ORDER BY batch",
            tuple(fields),
            further,
            unique,
            tuple((column, size_of(what.high * most)) for one in alone for column, (_, what) in one.columns.items()),
            tuple(_counting(counting_table(table), group) for group in alone),
            cuts=tuple(_cuts(alone, field) for field, _ in fields),
        )
        if alone:
            self._anew(counting_table(table), tables.declared[table])
        return found if len(alone) == len(groups) else replace(found, keep=found.insert(f"temp.{name_of(table)}"))


def addable(group: Group) -> bool:
    """Can what is counted in a group be added record by record, each for itself?"""
    alone = group.link == "record" and not group.lifted and not group.source.groups
    return alone and all(how == "sum" and what.kind == "int" and what.low >= 0 for how, what in group.columns.values())


def _counting(table: str, group: Group) -> str:
    """The query that counts for each row of a table by itself: its key, and what is counted."""
    stages = Stages(SQLITE, table, f"{table}>")
    found = stages.run({name: what for name, (_, what) in group.columns.items()})
    ctes = [
        f"{name_of(name)} AS ({query.sql(dialect='sqlite')})" for name, query in [*stages.ctes, ("counted>", found)]
    ]
    counts = ", ".join(f"coalesce({name_of(name)}, 0)" for name in group.columns)
    return f'WITH {", ".join(ctes)} SELECT "key", {counts} FROM "counted>"'


def _cuts(groups: Iterable[Group], name: str) -> tuple[int, ...] | None:
    """The numbers that a column is compared with; None where anything else is asked of it but whether it is NULL."""
    found: set[int] = set()
    waiting = [what for group in groups for _, what in group.columns.values()]
    if any(what.op == "col" and what.args[0] == name for what in waiting):
        return None
    seen = set(waiting)
    while waiting:
        node = waiting.pop()
        kids = list(node.kids())
        others = [kid for kid in kids if kid.op != "col" or kid.args[0] != name]
        if len(others) < len(kids):
            if node.op == "compare" and all(kid.op == "const" and kid.kind == "int" for kid in others):
                found.update(kid.low for kid in others)
            elif node.op != "is_null":
                return None
        fresh = [kid for kid in kids if kid not in seen]
        waiting += fresh
        seen.update(fresh)
    return tuple(sorted(found))


def _read_by(groups: Iterable[Group]) -> set[str]:
    """The columns that what is counted reads."""
    return {leaf.args[0] for leaf in leaves_of(what for group in groups for _, what in group.columns.values())}


def _plain(kind: ValueType | None) -> ValueType:
    """The type, so that it can be handed to another process."""
    assert kind is not None
    return replace(kind, choice_titles=dict(kind.choice_titles))
