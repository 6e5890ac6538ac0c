"""One statement: rows gathered, points and ranges apart, stage by stage, and together again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from kaoping_sql.emit import KEY, SQLITE, Dialect, Stages, column, named, quoted, select, table
from kaoping_sql.nodes import Builder, Node
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
        selected += [column(name, "o") for name in sorted(row.columns)]
        joins = []
        for number, group in enumerate(row.groups.values()):
            alias = f"g{number}"
            joins.append((self._grouped(row, group), alias))
            for name, (function, _) in group.columns.items():
                found: exp.Expr = column(name, alias)
                if function in ("sum", "distinct"):
                    found = exp.Coalesce(this=found, expressions=[exp.Literal.number(0)])
                selected.append(named(found, name))
        query = select(selected, table(row.table, "o"))
        for name, alias in joins:
            on = _equal((KEY, alias), (KEY, "o"))
            query.join(table(name, alias), on=on, join_type="left", copy=False)
        return query

    def _grouped(self, row: Row, group: Group) -> str:
        """A stage with what is counted for each row."""
        outputs = {name: what for name, (_, what) in group.columns.items()}
        source = self.gather(group.source)
        beside = self._lifted(group) if group.lifted else ""
        paired = bool(beside) and group.link != "record"
        if beside:
            source = self._beside(group, source, beside)
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
        """A stage with what is read of the rows that others belong to."""
        assert group.parent is not None
        stages = Stages(self.dialect, self.gather(group.parent), self.name(f"{group.name}^"))
        query = stages.run({name: node for node, name in group.lifted.items()})
        name = self.name(f"{group.name}^")
        self.ctes += [*stages.ctes, (name, query)]
        return name

    def _beside(self, group: Group, source: str, beside: str) -> str:
        """A stage with the rows and, beside each, what it reads of the one it belongs to."""
        owner = (KEY, "r") if group.link == "record" else ("from", "e")
        names = [*sorted(group.source.columns)]
        names += [name for inner in group.source.groups.values() for name in inner.columns]
        selected: list[exp.Expr] = [named(column(*owner), KEY)]
        selected += [column(name, "r") for name in names]
        selected += [column(name, "u") for name in group.lifted.values()]
        if group.link == "record":
            query = select(selected, table(source, "r"))
        else:
            query = select(selected, table(f"~{group.link}", "e"), exp.and_(*_on_day(group), copy=False))
            query.join(table(source, "r"), on=_equal((KEY, "r"), ("to", "e")), copy=False)
        query.join(table(beside, "u"), on=_equal((KEY, "u"), owner), copy=False)
        name = self.name(f"{group.name}+")
        self.ctes.append((name, query))
        return name

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


def _equal(first: tuple[str, str], second: tuple[str, str]) -> exp.Expr:
    return exp.EQ(this=column(*first), expression=column(*second))


def _on_day(group: Group) -> tuple[exp.Expr, exp.Expr]:
    """The relation holds on the day."""
    day = exp.Literal.number(group.day)
    return exp.LTE(this=column("since", "e"), expression=day), exp.LT(this=day.copy(), expression=column("until", "e"))
