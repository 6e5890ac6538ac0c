"""Expressions of a database as a graph: equal ones are one node, and of every whole number it is known how big it gets.

A truth is never NULL here: a comparison with something that may be NULL is false where it is. A NULL whole number
stands for an end that is not there (a fact without a value, a range without a bound); its readers ask first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import Any

BITS = 63
MOST = 2**BITS - 1


class TooWideError(Exception):
    """A whole number could leave the 64 bits a database reckons with."""

    def __init__(self, bits: int) -> None:
        self.bits = bits
        super().__init__(str(bits))


class Node:
    """One expression; nodes of a builder are the same object when they are equal.

    Attributes:
        op: what it does with `args` (nodes, or plain data of leaves).
        kind: ``int`` · ``bool`` · ``text``.
        low, high: ends of a whole number where it is not NULL.
        nullable: may it be NULL?
    """

    __slots__ = ("args", "high", "kind", "low", "nullable", "op")

    def __init__(self, op: str, args: tuple[Any, ...], kind: str, low: int, high: int, nullable: bool) -> None:
        self.op = op
        self.args = args
        self.kind = kind
        self.low = low
        self.high = high
        self.nullable = nullable

    def kids(self) -> Iterator[Node]:
        """The nodes it reads."""
        return (arg for arg in self.args if isinstance(arg, Node))

    def __repr__(self) -> str:
        return f"{self.op}({', '.join(map(repr, self.args))})"


def leaves_of(nodes: Iterable[Node]) -> Iterator[Node]:
    """The columns that some nodes read, each once."""
    waiting = list(nodes)
    seen = set(waiting)
    while waiting:
        node = waiting.pop()
        if node.op == "col":
            yield node
        fresh = [kid for kid in node.kids() if kid not in seen]
        waiting += fresh
        seen.update(fresh)


class Whole:
    """Makes leaves and whole numbers, as simple as can be told while making them."""

    def __init__(self) -> None:
        self._made: dict[Any, Node] = {}
        self._marks: dict[Node, str] = {}
        self.true = self._node("true", (), "bool", 0, 1)
        self.false = self._node("false", (), "bool", 0, 1)
        self.null = self._node("null", (), "int", 0, 0, nullable=True)
        self.zero = self.const(0)
        self.one = self.const(1)

    def _node(self, op: str, args: tuple[Any, ...], kind: str, low: int, high: int, nullable: bool = False) -> Node:
        if low < -MOST or high > MOST:
            raise TooWideError(max(abs(low), abs(high)).bit_length() + 1)
        key: tuple[Any, ...] = (op, args)  # a node is equal to itself alone
        if op == "col":
            key = (op, args, nullable, low, high)
        elif op == "const":
            key = (op, args, args[0].__class__)
        found = self._made.get(key)
        if found is None:
            found = self._made[key] = Node(op, args, kind, low, high, nullable)
        return found

    def mark(self, node: Node) -> str:
        """A short text that is the same for the same expression, whatever else was made before it."""
        found = self._marks.get(node)
        if found is None:
            parts = [self.mark(arg) if isinstance(arg, Node) else repr(arg) for arg in node.args]
            told = "\x1f".join((node.op, *parts)).encode()
            found = self._marks[node] = blake2b(told, digest_size=5).hexdigest()
        return found

    # --- leaves

    def const(self, number: int) -> Node:
        """A whole number."""
        return self._node("const", (number,), "int", number, number)

    def text(self, text: str) -> Node:
        """A constant text."""
        return self._node("const", (text,), "text", 0, 0)

    def column(self, name: str, low: int, high: int, nullable: bool = False) -> Node:
        """A column of whole numbers."""
        return self._node("col", (name,), "int", low, high, nullable)

    def flag(self, name: str) -> Node:
        """A column of truths."""
        return self._node("col", (name,), "bool", 0, 1)

    def words(self, name: str) -> Node:
        """A column of texts, NULL where there is none."""
        return self._node("col", (name,), "text", 0, 0, nullable=True)

    def truth(self, value: bool) -> Node:
        """A constant truth."""
        return self.true if value else self.false

    # --- whole numbers

    def add(self, *parts: Node) -> Node:
        """The sum."""
        rest = [part for part in parts if part is not self.zero]
        constant = sum(part.low for part in rest if part.op == "const")
        moving = [part for part in rest if part.op != "const"]
        if constant or not moving:
            moving.append(self.const(constant))
        if len(moving) == 1:
            return moving[0]
        result = moving[0]
        for part in moving[1:]:
            result = self._node(
                "add",
                (result, part),
                "int",
                result.low + part.low,
                result.high + part.high,
                result.nullable or part.nullable,
            )
        return result

    def negative(self, part: Node) -> Node:
        """The opposite."""
        return self.times(part, self.const(-1))

    def subtract(self, first: Node, second: Node) -> Node:
        """The difference."""
        return self.add(first, self.negative(second))

    def times(self, first: Node, second: Node) -> Node:
        """The product."""
        if first.op == "const":
            first, second = second, first
        if second.op == "const":
            if second.low == 1:
                return first
            if first.op == "const":
                return self.const(first.low * second.low)
            if second.low == 0 and not first.nullable:
                return self.zero
            if first.op == "times" and first.args[1].op == "const":
                return self.times(first.args[0], self.const(first.args[1].low * second.low))
        ends = [a * b for a in (first.low, first.high) for b in (second.low, second.high)]
        return self._node("times", (first, second), "int", min(ends), max(ends), first.nullable or second.nullable)

    def quotient(self, first: Node, second: Node) -> Node:
        """The whole part of a quotient; neither is negative, the divisor never 0."""
        assert first.low >= 0, first
        assert second.low > 0, second
        if second is self.one:
            return first
        if first.op == second.op == "const":
            return self.const(first.low // second.low)
        return self._node(
            "quotient", (first, second), "int", first.low // second.high, first.high // second.low, first.nullable
        )

    def remainder(self, first: Node, second: Node) -> Node:
        """What is left of it; neither is negative, the divisor never 0."""
        assert first.low >= 0, first
        assert second.low > 0, second
        if first.op == second.op == "const":
            return self.const(first.low % second.low)
        return self._node("remainder", (first, second), "int", 0, second.high - 1, first.nullable)

    def least(self, first: Node, second: Node) -> Node:
        """The smaller of two that are never NULL."""
        assert not first.nullable
        assert not second.nullable
        if first is second or first.high <= second.low:
            return first
        if second.high <= first.low:
            return second
        return self._node(
            "least", (first, second), "int", min(first.low, second.low), min(first.high, second.high), False
        )

    def greatest(self, first: Node, second: Node) -> Node:
        """The greater of two that are never NULL."""
        assert not first.nullable
        assert not second.nullable
        if first is second or first.low >= second.high:
            return first
        if second.low >= first.high:
            return second
        return self._node(
            "greatest", (first, second), "int", max(first.low, second.low), max(first.high, second.high), False
        )

    def either_bits(self, first: Node, second: Node) -> Node:
        """The union of two sets."""
        if first is second or second is self.zero:
            return first
        if first is self.zero:
            return second
        if first.op == second.op == "const":
            return self.const(first.low | second.low)
        high = (1 << max(first.high.bit_length(), second.high.bit_length())) - 1
        return self._node("bit_or", (first, second), "int", max(first.low, second.low), high)

    def shared_bits(self, first: Node, second: Node) -> Node:
        """What two sets share."""
        if self.zero in (first, second):
            return self.zero
        if first.op == second.op == "const":
            return self.const(first.low & second.low)
        return self._node("bit_and", (first, second), "int", 0, min(first.high, second.high))

    def within(self, node: Node, low: int, high: int) -> Node:
        """The same number, known to lie within these ends."""
        if node.low >= low and node.high <= high:
            return node
        return self._node("within", (node, low, high), "int", max(low, node.low), min(high, node.high), node.nullable)

    def filled(self, node: Node, default: int) -> Node:
        """The same number, and this one where it is NULL."""
        if not node.nullable:
            return node
        low, high = min(node.low, default), max(node.high, default)
        return self._node("filled", (node, self.const(default)), "int", low, high)
