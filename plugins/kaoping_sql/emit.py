"""Nodes to SQL of a database: what is used more than once becomes a column of an earlier stage."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import reduce

from sqlglot import exp

from kaoping_sql.nodes import Node

DEEPEST = 75
"""How deep an expression may nest, in symbols that a parser keeps while it reads what is deepest in it.

SQLite's has room for 100, those of the statement around included.
"""
NESTING = {"not": 2, "is_null": 1, "within": 0, "sure": 3, "case": 5, "least": 5, "greatest": 5, "filled": 5}
"""The symbols before an operand: ``NOT (``, ``CASE WHEN … THEN``, ``MAX(…,``; of most ``(… +``, which are three."""
CHAINED = ("add", "times")
"""What is read from the left: its first operand needs no brackets of its own where it is of the same kind."""
KEY = "key"


@dataclass(frozen=True)
class Dialect:
    """How a database says a few things.

    Attributes:
        name: SQLGlot's name of it.
        limited: must a stage be kept from being folded into the next by a limit? SQLite would reckon each use of a
            column anew; with a limit it hands row after row from stage to stage and writes none of them down.
        wide: must whole numbers be said to have 64 bits?
        worth: operations that are worth a column of their own where they are used more than once. In SQLite each
            stage hands on, row by row, all that later ones read, which costs more than some reckoning done twice.
    """

    name: str
    limited: bool
    wide: bool
    worth: int


SQLITE = Dialect("sqlite", limited=True, wide=False, worth=60)
DUCKDB = Dialect("duckdb", limited=False, wide=True, worth=6)
SPARK = Dialect("spark", limited=False, wide=True, worth=10)


def quoted(name: str) -> exp.Identifier:
    """A name."""
    return exp.Identifier(this=name, quoted=True)


def column(name: str, of: str | None = None) -> exp.Column:
    """A column by its name."""
    return exp.Column(this=quoted(name), table=quoted(of)) if of else exp.Column(this=quoted(name))


def table(name: str, alias: str | None = None) -> exp.Table:
    """A table by its name."""
    return exp.Table(this=quoted(name), alias=exp.TableAlias(this=quoted(alias)) if alias else None)


def named(what: exp.Expr, name: str) -> exp.Alias:
    """An expression under a name."""
    return exp.Alias(this=what, alias=quoted(name))


def select(columns: list[exp.Expr], source: exp.Expr, where: exp.Expr | None = None) -> exp.Select:
    """A query over one table."""
    query = exp.Select(expressions=columns, from_=exp.From(this=source))
    if where is not None:
        query.set("where", exp.Where(this=where))
    return query


@dataclass
class Stages:
    """The stages that lead from a table to some expressions of its rows.

    Attributes:
        source: the table they start from.
        ctes: (name, query) in order.
    """

    dialect: Dialect
    source: str
    prefix: str
    ctes: list[tuple[str, exp.Select]] = field(default_factory=list)

    def run(self, outputs: Mapping[str, Node], where: Node | None = None, final: bool = False) -> exp.Select:
        """The query that gives the key and the outputs; `where` keeps some rows of the table.

        `final`: nothing is reckoned from it any more, so it needs no limit.
        """
        levels = _levels([*outputs.values()], self.dialect.worth)
        last = max(levels.values(), default=0)
        needed: list[set[str]] = [set() for _ in range(last + 2)]
        places = {node: f"{self.prefix}{number}" for number, node in enumerate(levels)}
        for node in levels:
            level = levels[node]
            for leaf in _leaves(node, levels, itself=True):
                self._need(needed, leaf, level, levels, places)
        for node in outputs.values():
            for leaf in _leaves(node, levels, itself=False):
                self._need(needed, leaf, last + 1, levels, places)
        source, condition = self.source, where
        for level in range(1, last + 1):
            new = [node for node in levels if levels[node] == level]
            carried = sorted(needed[level + 1])
            made = {places[node]: node for node in new}
            selected: list[exp.Expr] = [column(KEY)]
            selected += [column(name) for name in carried if name not in made]
            selected += [named(self.expression(node, levels, places, level), name) for name, node in made.items()]
            source = self._stage(source, selected, condition, levels, places)
            condition = None
        selected = [column(KEY)]
        for name, node in outputs.items():
            selected.append(named(self.expression(node, levels, places, last + 1), name))
        kept = None if condition is None else self.expression(condition, {}, {}, 1)
        query = select(selected, table(source), kept)
        return query if final else self._limited(query)

    def _limited(self, query: exp.Select) -> exp.Select:
        if self.dialect.limited:
            query.set("limit", exp.Limit(expression=exp.Neg(this=exp.Literal.number(1))))
        return query

    def _need(
        self,
        needed: list[set[str]],
        leaf: Node,
        level: int,
        levels: Mapping[Node, int],
        places: Mapping[Node, str],
    ) -> None:
        """A stage reads this: every stage from where it is made to that one carries it."""
        made = levels.get(leaf, 0)
        name = places[leaf] if leaf in levels else leaf.args[0]
        for stage in range(made + 1, level + 1):
            needed[stage].add(name)

    def _stage(
        self,
        source: str,
        selected: list[exp.Expr],
        where: Node | None,
        levels: Mapping[Node, int],
        places: Mapping[Node, str],
    ) -> str:
        kept = None if where is None else self.expression(where, {}, {}, 1)
        query = self._limited(select(selected, table(source), kept))
        name = f"{self.prefix}stage_{len(self.ctes) + 1}"
        self.ctes.append((name, query))
        return name

    def expression(self, node: Node, levels: Mapping[Node, int], places: Mapping[Node, str], level: int) -> exp.Expr:
        """The node as a tree; what an earlier stage made is read from it."""

        def of(part: Node) -> exp.Expr:
            if part in levels and levels[part] < level:
                return column(places[part])
            return build(part)

        def build(part: Node) -> exp.Expr:
            return _BUILD[part.op](self.dialect, part, of)

        return of(node)


def _levels(roots: Iterable[Node], worth: int) -> dict[Node, int]:
    """The nodes that become columns, and the stage that makes each."""
    uses: dict[Node, int] = {}
    order: list[Node] = []

    def visit(node: Node) -> None:
        uses[node] = uses.get(node, 0) + 1
        if uses[node] == 1:
            for kid in node.kids():
                visit(kid)
            order.append(node)

    for root in roots:
        visit(root)
    weight: dict[Node, int] = {}
    depth: dict[Node, int] = {}
    levels: dict[Node, int] = {}
    below: dict[Node, int] = {}
    for node in order:
        kids = list(node.kids())
        if not kids:
            weight[node] = depth[node] = below[node] = 0
            continue
        heavy = 1 + sum(weight[kid] for kid in kids)
        deep = max(
            depth[kid] + (1 if place == 0 and kid.op == node.op in CHAINED else NESTING.get(node.op, 3))
            for place, kid in enumerate(kids)
        )
        level = max(below[kid] for kid in kids)
        if (uses[node] > 1 and heavy * (uses[node] - 1) >= worth) or deep > DEEPEST:
            levels[node] = below[node] = level + 1
            weight[node] = depth[node] = 0
        else:
            weight[node], depth[node], below[node] = heavy, deep, level
    return levels


def _leaves(node: Node, levels: Mapping[Node, int], itself: bool) -> Iterable[Node]:
    """The columns and earlier-made nodes a node reads."""
    if not itself and (node in levels or node.op == "col"):
        yield node
        return
    for kid in node.kids():
        yield from _leaves(kid, levels, itself=False)


# --- one node

Of = Callable[[Node], exp.Expr]
Build = Callable[[Dialect, Node, Of], exp.Expr]


def _big(what: exp.Expr) -> exp.Expr:
    return exp.Cast(this=what, to=exp.DataType(this=exp.DataType.Type.BIGINT))


def _literal(value: int) -> exp.Expr:
    number: exp.Expr = exp.Literal.number(abs(value))
    return exp.Paren(this=exp.Neg(this=number)) if value < 0 else number


def _const(dialect: Dialect, node: Node, _: object) -> exp.Expr:
    value = node.args[0]
    if isinstance(value, str):
        return exp.Literal.string(value)
    return _big(_literal(value)) if dialect.wide else _literal(value)


def _beside(nodes: Iterable[Node], of: Of) -> list[exp.Expr]:
    """What stands beside each other: a constant has 64 bits where something else beside it has."""
    listed = list(nodes)
    alone = all(node.op == "const" for node in listed)
    plain = [not alone and node.op == "const" and node.kind == "int" for node in listed]
    return [_literal(node.low) if short else of(node) for node, short in zip(listed, plain, strict=True)]


def _binary(kind: type[exp.Binary]) -> Build:
    def build(_: Dialect, node: Node, of: Of) -> exp.Expr:
        first, *others = _beside(node.kids(), of)
        if node.op in CHAINED and isinstance(first, exp.Paren) and isinstance(first.this, kind):
            first = first.this
        return exp.Paren(this=reduce(lambda a, b: kind(this=a, expression=b), others, first))

    return build


def _quotient(dialect: Dialect, node: Node, of: Of) -> exp.Expr:
    first, second = _beside(node.kids(), of)
    if dialect.name == "sqlite":
        return exp.Paren(this=exp.Div(this=first, expression=second, typed=True, safe=True))
    return exp.Paren(this=exp.IntDiv(this=first, expression=second))


_COMPARED = {"<": exp.LT, "<=": exp.LTE, "=": exp.EQ, ">": exp.GT}


def _compare(_: Dialect, node: Node, of: Of) -> exp.Expr:
    first, second = _beside(node.kids(), of)
    return exp.Paren(this=_COMPARED[node.args[0]](this=first, expression=second))


def _picked(kind: type[exp.Func]) -> Build:
    def build(_: Dialect, node: Node, of: Of) -> exp.Expr:
        first, second = _beside(node.kids(), of)
        return kind(this=first, expressions=[second])

    return build


def _case(_: Dialect, node: Node, of: Of) -> exp.Expr:
    when = node.args[0]
    then, other = _beside(node.args[1:], of)
    blank = when.op == "is_null" and node.args[1].op == "const" and node.args[2].op == "col"
    if blank and node.args[2].args == when.args[0].args:
        return exp.Coalesce(this=other, expressions=[then])
    return exp.Case().when(of(when), then, copy=False).else_(other, copy=False)


_BUILD: dict[str, Build] = {
    "const": _const,
    "true": lambda d, n, of: exp.true(),
    "false": lambda d, n, of: exp.false(),
    "null": lambda d, n, of: _big(exp.null()) if d.wide else exp.null(),
    "col": lambda d, n, of: column(n.args[0]),
    "add": _binary(exp.Add),
    "times": _binary(exp.Mul),
    "quotient": _quotient,
    "remainder": _binary(exp.Mod),
    "bit_or": _binary(exp.BitwiseOr),
    "bit_and": _binary(exp.BitwiseAnd),
    "least": _picked(exp.Least),
    "greatest": _picked(exp.Greatest),
    "within": lambda d, n, of: of(n.args[0]),
    "filled": _picked(exp.Coalesce),
    "is_null": lambda d, n, of: exp.Paren(this=exp.Is(this=of(n.args[0]), expression=exp.null())),
    "compare": _compare,
    "sure": lambda d, n, of: exp.Coalesce(this=of(n.args[0]), expressions=[exp.false()]),
    "not": lambda d, n, of: exp.Not(this=exp.Paren(this=of(n.args[0]))),
    "and": _binary(exp.And),
    "or": _binary(exp.Or),
    "case": _case,
}
