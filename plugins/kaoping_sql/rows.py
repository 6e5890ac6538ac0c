"""Rows that expressions read: of subjects, of records, of members; and what is counted of some in others."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from kaoping.facts.types import FactType, ValueType
from kaoping_sql.nodes import Builder, Node


@dataclass(frozen=True)
class Column:
    """A column of a frame.

    Attributes:
        name: as the frame has it, such as ``group_score@2025Q1``, ``household_count<=2025-03-31``.
        kind: ``fact`` · ``field`` · ``through`` (the day a register is complete through) · ``known_at`` · ``own`` ·
            ``placed`` (what a subject wins among all, as bits).
        fact, type: what it holds, of a fact or a field.
        at, item, as_of: period text, item and, of a fact that holds until changed, the day it is asked on.
        record: the record type, of a field and of ``through``; the rule whose places it has.
    """

    name: str
    kind: str
    type: ValueType | None = None
    fact: FactType | None = None
    at: str = ""
    item: str = ""
    as_of: str = ""
    record: str = ""


@dataclass(frozen=True)
class Bounds:
    """A column's whole numbers: the number itself is so many `scale`-ths, from `low` to `high`."""

    scale: int
    low: int
    high: int


class Known(Protocol):
    """What a frame says of itself before anything is compiled for it."""

    def bounds(self, table: str, column: Column) -> Bounds:
        """The scale and the ends of a column of numbers."""

    def most(self, name: str) -> int:
        """How many records of a type, or members of a relation, one subject has at most."""


ACROSS = "across"


@dataclass
class Group:
    """What is counted and summed of some rows for each subject they belong to.

    Attributes:
        source: the rows.
        link: ``record``, the relation that leads to them, or `ACROSS`: the records of whom a member was reached from,
            counted for each member; `day`: the day the relation must hold on (ordinal).
        columns: name to (``sum`` · ``min`` · ``max`` · ``distinct`` · a function of `stretches` and what else it is
            given, what).
        parent, lifted: the rows they belong to, and what of those is read in them: a column for each node.
        across: what is counted for each member of the records of whom it was reached from.
    """

    name: str
    source: Row
    link: str
    day: int = 0
    columns: dict[str, tuple[str, Node]] = field(default_factory=dict)
    parent: Row | None = None
    lifted: dict[Node, str] = field(default_factory=dict)
    across: dict[str, Group] = field(default_factory=dict)

    def lift(self, builder: Builder, node: Node) -> Node:
        """A node of the rows they belong to, as a column beside them."""
        if not list(node.kids()) and node.op != "col":
            return node
        name = self.lifted.setdefault(node, f"^{builder.mark(node)}")
        if node.kind == "bool":
            return builder.flag(name)
        if node.kind == "text":
            return builder.words(name)
        return builder.column(name, node.low, node.high, node.nullable)

    def column(self, builder: Builder, function: str, what: Node, most: int) -> Node:
        """The column of an aggregate; the same one for the same question, of whoever asks it."""
        name = f"{self.source.record or self.link}~{builder.mark(what)}"
        name = f"{self.link} {name}" if self.link == ACROSS else name
        name += "" if function == "sum" else f" {function}"
        name += f" {self.day}" if self.day else ""
        self.columns.setdefault(name, (function, what))
        if function in ("min", "max"):
            return builder.column(name, what.low, what.high, nullable=True)
        if function == "distinct":
            return builder.column(name, 0, most)
        if function != "sum":
            return builder.column(name, 0, most, nullable=True)
        return builder.column(name, min(0, what.low * most), max(0, what.high * most))


@dataclass
class Row:
    """The rows of one kind, with what they need.

    Attributes:
        table: the frame's table of them: a subject type, or ``type.record`` for the records of its subjects.
        record: the record type, or "".
        columns: what is read of the table.
        groups: by (link, day, record name): what is counted in them.
        settled: truths that hold of the rows without blanks.
        points: is it compiled for rows without blanks?
    """

    table: str
    record: str = ""
    columns: dict[str, Column] = field(default_factory=dict)
    groups: dict[tuple[str, int], Group] = field(default_factory=dict)
    settled: list[Node] = field(default_factory=list)
    points: bool = False

    def kept(self, own: Collection[str] = ()) -> list[str]:
        """What a frame keeps of the table, but for some columns: places among all come beside it."""
        return sorted(
            name for name, column in self.columns.items() if name not in own and not (own and column.kind == "placed")
        )

    def all(self) -> Iterator[Row]:
        """The rows, and all that are counted for them."""
        yield self
        for group in self.groups.values():
            yield from group.source.all()
            for one in group.across.values():
                yield from one.source.all()
            if group.parent:
                yield from group.parent.all()
