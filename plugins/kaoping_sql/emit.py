"""Nodes to SQL of a database: what is used more than once becomes a column of an earlier stage."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

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
        quotient: between two whole numbers whose whole quotient is asked for.
        least, greatest: of two numbers.
    """

    name: str
    limited: bool
    wide: bool
    worth: int
    quotient: str
    least: str = "LEAST"
    greatest: str = "GREATEST"


SQLITE = Dialect("sqlite", limited=True, wide=False, worth=60, quotient="/", least="MIN", greatest="MAX")
DUCKDB = Dialect("duckdb", limited=False, wide=True, worth=6, quotient="//")
SPARK = Dialect("spark", limited=False, wide=True, worth=10, quotient="DIV")


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
        writer = Writer(self.dialect, levels, places)
        for level in range(1, last + 1):
            new = [node for node in levels if levels[node] == level]
            carried = sorted(needed[level + 1])
            made = {places[node]: node for node in new}
            selected: list[exp.Expr] = [column(KEY)]
            selected += [column(name) for name in carried if name not in made]
            writer.begin(level)
            selected += [named(writer.expression(node), name) for name, node in made.items()]
            source = self._stage(source, selected, condition)
            condition = None
        writer.begin(last + 1)
        selected = [column(KEY), *(named(writer.expression(node), name) for name, node in outputs.items())]
        query = select(selected, table(source), self._condition(condition))
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

    def _stage(self, source: str, selected: list[exp.Expr], where: Node | None) -> str:
        query = self._limited(select(selected, table(source), self._condition(where)))
        name = f"{self.prefix}stage_{len(self.ctes) + 1}"
        self.ctes.append((name, query))
        return name

    def _condition(self, where: Node | None) -> exp.Expr | None:
        return None if where is None else Writer(self.dialect).expression(where)


class Writer:
    """Writes what the columns of a stage hold, each node once; what an earlier stage made is read from it.

    The texts are written straight away: trees of the tens of thousands of nodes of a statement take most of the time
    of making it. Names and texts are SQLGlot's to write, as are the queries around.

    Attributes:
        levels, places: the stage that makes a node, and the name of its column there.
        names: what stands for columns of these names.
    """

    def __init__(
        self,
        dialect: Dialect,
        levels: Mapping[Node, int] | None = None,
        places: Mapping[Node, str] | None = None,
        names: Mapping[str, str] | None = None,
    ) -> None:
        self.dialect = dialect
        self.levels = levels or {}
        self.places = places or {}
        self._names = dict(names or {})
        self.begin(1)

    def begin(self, level: int) -> None:
        """From here on for the stage of this level."""
        self.level = level
        self._texts: dict[Node, str] = {}

    def expression(self, node: Node) -> exp.Expr:
        """A node as it stands in a query."""
        return exp.Var(this=self.text(node))

    def text(self, node: Node) -> str:
        """A node as text."""
        found = self._texts.get(node)
        if found is None:
            found = self.name(self.places[node]) if self.is_made(node) else _WRITTEN[node.op](self, node)
            self._texts[node] = found
        return found

    def is_made(self, node: Node) -> bool:
        """Is it read from an earlier stage?"""
        return self.levels.get(node, self.level) < self.level

    def name(self, name: str) -> str:
        """A column's name."""
        found = self._names.get(name)
        if found is None:
            found = self._names[name] = quoted(name).sql(dialect=self.dialect.name)
        return found

    def big(self, text: str) -> str:
        """A number of 64 bits."""
        return f"CAST({text} AS BIGINT)" if self.dialect.wide else text

    def beside(self, nodes: Sequence[Node]) -> list[str]:
        """What stands beside each other: a constant has 64 bits where something else beside it has."""
        if all(node.op == "const" for node in nodes):
            return [self.text(node) for node in nodes]
        return [_literal(node.low) if node.op == "const" and node.kind == "int" else self.text(node) for node in nodes]


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
    """The columns and earlier-made nodes a node reads, each once."""
    waiting = [*node.kids()] if itself else [node]
    seen: set[Node] = set()
    while waiting:
        one = waiting.pop()
        if one in seen:
            continue
        seen.add(one)
        if one in levels or one.op == "col":
            yield one
        else:
            waiting += one.kids()


# --- one node

Write = Callable[[Writer, Node], str]


def _literal(value: int) -> str:
    return f"({value})" if value < 0 else str(value)


def _const(writer: Writer, node: Node) -> str:
    value = node.args[0]
    if isinstance(value, str):
        return exp.Literal.string(value).sql(dialect=writer.dialect.name)
    return writer.big(_literal(value))


def _binary(sign: str) -> Write:
    def write(writer: Writer, node: Node) -> str:
        parts = list(node.kids())
        first, *others = writer.beside(parts)
        if node.op in CHAINED and _is_written(writer, parts[0], node.op):
            first = first[1:-1]
        return f"({f' {sign} '.join((first, *others))})"

    return write


def _is_written(writer: Writer, node: Node, op: str) -> bool:
    """Does an operation of this kind stand there itself, in brackets of its own?"""
    while node.op == "within" and not writer.is_made(node):
        node = node.args[0]
    return node.op == op and not writer.is_made(node)


def _quotient(writer: Writer, node: Node) -> str:
    first, second = writer.beside(node.args)
    return f"({first} {writer.dialect.quotient} {second})"


def _compare(writer: Writer, node: Node) -> str:
    first, second = writer.beside(node.args[1:])
    return f"({first} {node.args[0]} {second})"


def _picked(function: Callable[[Dialect], str]) -> Write:
    def write(writer: Writer, node: Node) -> str:
        first, second = writer.beside(node.args)
        return f"{function(writer.dialect)}({first}, {second})"

    return write


def _case(writer: Writer, node: Node) -> str:
    when = node.args[0]
    then, other = writer.beside(node.args[1:])
    blank = when.op == "is_null" and node.args[1].op == "const" and node.args[2].op == "col"
    if blank and node.args[2].args == when.args[0].args:
        return f"COALESCE({other}, {then})"
    return f"CASE WHEN {writer.text(when)} THEN {then} ELSE {other} END"


_WRITTEN: dict[str, Write] = {
    "const": _const,
    "true": lambda w, n: "TRUE",
    "false": lambda w, n: "FALSE",
    "null": lambda w, n: w.big("NULL"),
    "col": lambda w, n: w.name(n.args[0]),
    "add": _binary("+"),
    "times": _binary("*"),
    "quotient": _quotient,
    "remainder": _binary("%"),
    "bit_or": _binary("|"),
    "bit_and": _binary("&"),
    "least": _picked(lambda dialect: dialect.least),
    "greatest": _picked(lambda dialect: dialect.greatest),
    "within": lambda w, n: w.text(n.args[0]),
    "filled": _picked(lambda dialect: "COALESCE"),
    "is_null": lambda w, n: f"({w.text(n.args[0])} IS NULL)",
    "compare": _compare,
    "sure": lambda w, n: f"COALESCE({w.text(n.args[0])}, FALSE)",
    "not": lambda w, n: f"NOT ({w.text(n.args[0])})",
    "and": _binary("AND"),
    "or": _binary("OR"),
    "case": _case,
}
