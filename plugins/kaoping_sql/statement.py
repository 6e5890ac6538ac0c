"""One statement: rows gathered, points and ranges apart, stage by stage, and together again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from kaoping_sql.emit import KEY, SQLITE, Dialect, Stages, column, named, quoted, select, table
from kaoping_sql.nodes import Builder, Node, leaves_of
from kaoping_sql.rows import Group, Row
from kaoping_sql.stretches import FUNCTIONS

PLAIN = "plain"
"""The column of a frame that says which rows have no blanks."""


@dataclass(frozen=True)
class Marked:
    """How a table says which rows have no blanks.

    Attributes:
        of: the marks of the truths that hold where it says so; others are asked of each row.
        blanks: the name by which the other rows are read, where there is another.
    """

    of: frozenset[str] = frozenset()
    blanks: str = ""


@dataclass
class Statement:
    """Builds the WITH clause.

    Attributes:
        ctes: (name, query) in order.
    """

    builder: Builder
    dialect: Dialect = SQLITE
    ctes: list[tuple[str, exp.Expr]] = field(default_factory=list)
    _gathered: dict[int, str] = field(default_factory=dict)
    _names: set[str] = field(default_factory=set)

    def name(self, wanted: str) -> str:
        """A name for a stage that no other has."""
        while wanted in self._names:
            wanted += "'"
        self._names.add(wanted)
        return wanted

    def gather(self, row: Row) -> str:
        """A stage with the rows of a table and all that is counted for each."""
        if not row.groups:
            return row.table
        if id(row) not in self._gathered:
            query = self.gathering(row)
            self._gathered[id(row)] = name = self.name(f"{row.table}*")
            self.ctes.append((name, query))
        return self._gathered[id(row)]

    def gathering(self, row: Row, own: tuple[str, ...] = ()) -> exp.Select:
        """The query behind `gather`; `own`: further columns of the table."""
        selected: list[exp.Expr] = [column(KEY, "o"), *(column(name, "o") for name in own)]
        selected += [column(name, "o") for name in row.kept(own)]
        joins = []
        for number, group in enumerate(row.groups.values()):
            alias = f"g{number}"
            joins.append((self._grouped(row, group), alias))
            for name, (function, _) in group.columns.items():
                selected.append(named(self._filled(function, column(name, alias)), name))
        query = select(selected, table(row.table, "o"))
        for name, alias in joins:
            on = _equal((KEY, alias), (KEY, "o"))
            query.join(table(name, alias), on=on, join_type="left", copy=False)
        return query

    def _grouped(self, row: Row, group: Group) -> str:
        """A stage with what is counted for each row."""
        outputs = {name: what for name, (_, what) in group.columns.items()}
        source = self.gather(group.source)
        paired = bool(group.lifted or group.across) and group.link != "record"
        if group.lifted or group.across:
            source = self._beside(group, source, self._lifted(group))
        if group.across:
            source = self._across(group, source)
        there = {*_names(group.source), *group.lifted.values()}
        there.update(name for one in group.across.values() for name in one.columns)
        missing = {leaf.args[0] for leaf in leaves_of(outputs.values())} - there
        assert not missing, missing  # SQLite would take their names for texts
        stages = Stages(self.dialect, source, self.name(f"{group.name}>"))
        rows = stages.run(outputs)
        self.ctes += stages.ctes
        inner = self.name(f"{row.table}.{group.name}>")
        self.ctes.append((inner, rows))
        by: exp.Expr = column(KEY, "i")
        if group.link != "record" and not paired:
            by = column("from", "e")
        selected: list[exp.Expr] = [named(by, KEY)]
        for name, (function, _) in group.columns.items():
            selected.append(named(self._aggregate(function, column(name, "i")), name))
        if group.link != "record" and not paired:
            query = select(selected, table(f"~{group.link}", "e"), exp.and_(*_on_day(group), copy=False))
            query.join(table(inner, "i"), on=_equal((KEY, "i"), ("to", "e")), copy=False)
        else:
            query = select(selected, table(inner, "i"))
        name = self.name(f"{row.table}.{group.name}*")
        self.ctes.append((name, query.group_by(by.copy(), copy=False)))
        return name

    def _lifted(self, group: Group) -> str:
        """A stage with what is read of the rows that others belong to, or no name where nothing is."""
        if not group.lifted:
            return ""
        assert group.parent is not None
        stages = Stages(self.dialect, self.gather(group.parent), self.name(f"{group.name}^"))
        query = stages.run({name: node for node, name in group.lifted.items()})
        name = self.name(f"{group.name}^")
        self.ctes += [*stages.ctes, (name, query)]
        return name

    def _beside(self, group: Group, source: str, beside: str) -> str:
        """A stage with the rows and, beside each, what it reads of the one it belongs to."""
        owner = (KEY, "r") if group.link == "record" else ("from", "e")
        selected: list[exp.Expr] = [named(column(*owner), KEY)]
        if group.across:
            selected = [named(column("rowid", "e"), KEY), column("from", "e")]
        selected += [column(name, "r") for name in _names(group.source)]
        selected += [column(name, "u") for name in group.lifted.values()]
        if group.link == "record":
            query = select(selected, table(source, "r"))
        else:
            query = select(selected, table(f"~{group.link}", "e"), exp.and_(*_on_day(group), copy=False))
            query.join(table(source, "r"), on=_equal((KEY, "r"), ("to", "e")), copy=False)
        if beside:
            query.join(table(beside, "u"), on=_equal((KEY, "u"), owner), copy=False)
        return self._add(f"{group.name}+", query)

    def _across(self, group: Group, pairs: str) -> str:
        """A stage with members and, beside each, what is counted of records of whom it was reached from."""
        names = [*_names(group.source), *group.lifted.values()]
        selected: list[exp.Expr] = [named(column("from", "p"), KEY), *(column(name, "p") for name in names)]
        query = select(selected, table(pairs, "p"))
        for number, one in enumerate(group.across.values()):
            alias = f"a{number}"
            query.join(
                table(self._counted_across(one, pairs), alias),
                on=_equal((KEY, alias), (KEY, "p")),
                join_type="left",
                copy=False,
            )
            found = [
                named(self._filled(function, column(name, alias)), name) for name, (function, _) in one.columns.items()
            ]
            query.set("expressions", [*query.expressions, *found])
        return self._add(f"{group.name}+across", query)

    def _counted_across(self, one: Group, pairs: str) -> str:
        """A stage with what is counted for each pair of a member and whom it was reached from."""
        read = Stages(self.dialect, pairs, self.name(f"{one.name}^"))
        lifted = read.run({name: node for node, name in one.lifted.items()})
        self.ctes += read.ctes
        beside = self._add(f"{one.name}^", lifted)
        selected: list[exp.Expr] = [column(KEY, "p"), *(column(name, "r") for name in _names(one.source))]
        selected += [column(name, "u") for name in one.lifted.values()]
        query = select(selected, table(pairs, "p"))
        query.join(table(self.gather(one.source), "r"), on=_equal((KEY, "r"), ("from", "p")), copy=False)
        query.join(table(beside, "u"), on=_equal((KEY, "u"), (KEY, "p")), copy=False)
        stages = Stages(self.dialect, self._add(f"{one.name}+", query), self.name(f"{one.name}>"))
        rows = stages.run({name: what for name, (_, what) in one.columns.items()})
        self.ctes += stages.ctes
        told = self._add(f"{one.name}>", rows)
        counted: list[exp.Expr] = [column(KEY, "i")]
        counted += [
            named(self._aggregate(function, column(name, "i")), name) for name, (function, _) in one.columns.items()
        ]
        return self._add(f"{one.name}*", select(counted, table(told, "i")).group_by(column(KEY, "i"), copy=False))

    def _add(self, wanted: str, query: exp.Select) -> str:
        name = self.name(wanted)
        self.ctes.append((name, query))
        return name

    def _filled(self, function: str, found: exp.Expr) -> exp.Expr:
        """What is counted where there may be none."""
        if function in ("sum", "distinct"):
            return exp.Coalesce(this=found, expressions=[exp.Literal.number(0)])
        return found

    def _aggregate(self, function: str, what: exp.Expr) -> exp.Expr:
        if function == "distinct":
            return exp.Count(this=exp.Distinct(expressions=[what]))
        name, *arguments = function.split()
        if name in FUNCTIONS:
            return exp.Anonymous(this=name, expressions=[what, *map(exp.Literal.number, arguments)])
        found = {"sum": exp.Sum, "min": exp.Min, "max": exp.Max}[function](this=what)
        return exp.cast(found, "BIGINT", copy=False) if self.dialect.wide and function == "sum" else found

    def split(
        self,
        source: str,
        ranges: Mapping[str, Node],
        points: Mapping[str, Node] | None,
        settled: list[Node],
        marked: Marked | None = None,
    ) -> exp.Query:
        """The query of key and outputs: of rows without blanks by the short way, of the others by the long one.

        `marked`: the table says itself which are which.
        """
        parts: list[tuple[Mapping[str, Node], Node | None, str, str]]
        if points is None or not settled:
            parts = [(ranges if points is None else points, None, "r", source)]
        elif marked is None:
            plain = self.builder.both(*settled)
            parts = [(points, plain, "p", source), (ranges, self.builder.negation(plain), "r", source)]
        else:
            b, mark = self.builder, self.builder.column(PLAIN, 0, 1)
            more = b.both(*(truth for truth in settled if b.mark(truth) not in marked.of))
            plain, rest = b.both(b.equal(mark, b.one), more), b.either(b.equal(mark, b.zero), b.negation(more))
            alone = marked.blanks if more is b.true else ""
            parts = [(points, plain, "p", source), (ranges, rest, "r", alone or source)]
        queries: list[exp.Query] = []
        for outputs, where, prefix, rows in parts:
            stages = Stages(self.dialect, rows, prefix)
            queries.append(stages.run({name: outputs[name] for name in ranges}, where, final=True))
            self.ctes += stages.ctes
        return queries[0] if len(queries) == 1 else exp.union(*queries, distinct=False, copy=False)

    def sql(self, final: exp.Query) -> str:
        """The whole text."""
        expressions = [
            exp.CTE(
                this=query,
                alias=exp.TableAlias(this=quoted(name)),
            )
            for name, query in self.ctes
        ]
        if expressions:
            final.set("with_", exp.With(expressions=expressions))
        return final.sql(dialect=self.dialect.name, copy=False)


def _names(row: Row) -> list[str]:
    """What stands in the rows of a table: its columns, and what is counted for each."""
    return [*sorted(row.columns), *(name for group in row.groups.values() for name in group.columns)]


def _equal(first: tuple[str, str], second: tuple[str, str]) -> exp.Expr:
    return exp.EQ(this=column(*first), expression=column(*second))


def _on_day(group: Group) -> tuple[exp.Expr, exp.Expr]:
    """The relation holds on the day."""
    day = exp.Literal.number(group.day)
    return exp.LTE(this=column("since", "e"), expression=day), exp.LT(this=day.copy(), expression=column("until", "e"))
