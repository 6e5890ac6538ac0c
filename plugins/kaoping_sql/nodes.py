"""Expressions of a database as a graph: equal ones are one node, and of every whole number it is known how big it gets.

A truth is never NULL here: a comparison with something that may be NULL is false where it is. A NULL whole number
stands for an end that is not there (a fact without a value, a range without a bound); its readers ask first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
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


class Builder:
    """Makes nodes, as simple as can be told while making them."""

    def __init__(self) -> None:
        self._made: dict[Any, Node] = {}
        self._choices: dict[Node, frozenset[int] | None] = {}
        self._marks: dict[Node, str] = {}
        self.true = self._node("true", (), "bool", 0, 1)
        self.false = self._node("false", (), "bool", 0, 1)
        self.null = self._node("null", (), "int", 0, 0, nullable=True)
        self.zero = self.const(0)
        self.one = self.const(1)

    def _node(self, op: str, args: tuple[Any, ...], kind: str, low: int, high: int, nullable: bool = False) -> Node:
        if low < -MOST or high > MOST:
            raise TooWideError(max(abs(low), abs(high)).bit_length() + 1)
        key = (op, *(id(arg) if isinstance(arg, Node) else (arg.__class__, arg) for arg in args))
        if op == "col":
            key = (*key, nullable, low, high)
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

    def scaled(self, node: Node, by: int) -> Node:
        """The product with a constant; of one of two constants it is one of two others."""
        if node.op == "case" and self.choices(node):
            when, then, other = node.args
            return self.case(when, self.scaled(then, by), self.scaled(other, by))
        return self.times(node, self.const(by))

    def choices(self, node: Node) -> frozenset[int] | None:
        """The constants that a number is chosen from, if it is."""
        if node not in self._choices:
            found: frozenset[int] | None = None
            if node.op == "const" and node.kind == "int":
                found = frozenset((node.low,))
            elif node.op == "case":
                then, other = self.choices(node.args[1]), self.choices(node.args[2])
                found = then | other if then and other else None
            self._choices[node] = found
        return self._choices[node]

    def exchanged(self, node: Node, by: Mapping[int, int]) -> Node:
        """A number chosen from constants, and others chosen in their place."""
        if node.op == "const":
            return self.const(by[node.low])
        when, then, other = node.args
        return self.case(when, self.exchanged(then, by), self.exchanged(other, by))

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

    def number(self, truth: Node) -> Node:
        """1 or 0."""
        return self.case(truth, self.one, self.zero)

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

    # --- truths

    def is_null(self, part: Node) -> Node:
        """Is it NULL?"""
        if not part.nullable:
            return self.false
        if part is self.null:
            return self.true
        if part.op == "case":
            when, then, other = part.args
            if not (then.nullable and other.nullable) or self.null in (then, other):
                return self.either(
                    self.both(when, self.is_null(then)), self.both(self.negation(when), self.is_null(other))
                )
        if part.op in ("add", "times", "within"):
            return self.either(*map(self.is_null, part.kids()))
        return self._node("is_null", (part,), "bool", 0, 1)

    def less(self, first: Node, second: Node, or_equal: bool = False) -> Node:
        """``first < second``; false where one is NULL."""
        if self.null in (first, second):
            return self.false
        if self._same_question(first, second):
            return self._by_case(first, second, lambda a, b: self.less(a, b, or_equal))
        if not first.nullable and not second.nullable:
            if first is second:
                return self.truth(or_equal)
            if first.high < second.low or (or_equal and first.high <= second.low):
                return self.true
            if first.low > second.high or (not or_equal and first.low >= second.high):
                return self.false
        return self._compared("<=" if or_equal else "<", first, second)

    def equal(self, first: Node, second: Node) -> Node:
        """``first == second``; false where one is NULL."""
        if self.null in (first, second):
            return self.false
        if self._same_question(first, second):
            return self._by_case(first, second, self.equal)
        if not first.nullable and not second.nullable:
            if first is second:
                return self.true
            if first.kind == "int" and (first.high < second.low or first.low > second.high):
                return self.false
            if first.op == second.op == "const":
                return self.truth(first.args == second.args)
        elif first is second:
            return self.negation(self.is_null(first))
        if first.kind == "int" and first.op == "const":
            first, second = second, first
        if second.op == "const" and (choices := self.choices(first)) and second.low not in choices:
            return self.false
        return self._compared("=", first, second)

    def later(self, first: Node, second: Node) -> Node:
        """Does the first text come after the second? False where one is NULL."""
        return self._compared(">", first, second)

    def _compared(self, op: str, first: Node, second: Node) -> Node:
        found = self._node("compare", (op, first, second), "bool", 0, 1)
        if first.nullable or second.nullable:
            return self._node("sure", (found,), "bool", 0, 1)
        return found

    def _same_question(self, first: Node, second: Node) -> bool:
        return first.op == second.op == "case" and first.args[0] is second.args[0]

    def _by_case(self, first: Node, second: Node, ask: Any) -> Node:
        return self.case(first.args[0], ask(first.args[1], second.args[1]), ask(first.args[2], second.args[2]))

    def negation(self, part: Node) -> Node:
        """Not so."""
        if part is self.true:
            return self.false
        if part is self.false:
            return self.true
        if part.op == "not":
            return part.args[0]
        if part.op == "compare" and part.args[0] in ("<", "<="):
            op, first, second = part.args
            return self._compared("<=" if op == "<" else "<", second, first)
        return self._node("not", (part,), "bool", 0, 1)

    def both(self, *parts: Node) -> Node:
        """All of them."""
        return self._joined("and", parts, self.true, self.false)

    def either(self, *parts: Node) -> Node:
        """Some of them."""
        return self._joined("or", parts, self.false, self.true)

    def _joined(self, op: str, parts: Iterable[Node], neutral: Node, final: Node) -> Node:
        found: list[Node] = []
        for part in parts:
            for one in part.args if part.op == op else (part,):
                if one is final or self.negation(one) in found:
                    return final
                if one is not neutral and one not in found:
                    found.append(one)
        other = "or" if op == "and" else "and"
        kept = [one for one in found if not (one.op == other and any(kid in found for kid in one.args))]
        if not kept:
            return neutral
        if len(kept) == 1:
            return kept[0]
        return self._node(op, tuple(kept), "bool", 0, 1)

    # --- choosing

    def case(self, when: Node, then: Node, other: Node) -> Node:
        """The one or the other."""
        if when is self.true or then is other:
            return then
        if when is self.false:
            return other
        if when.op == "not":
            when, then, other = when.args[0], other, then
        then = self.given(then, self._holds(when))
        other = self.given(other, self._holds(self.negation(when)))
        if then is other:
            return then
        if then.kind == "bool":
            return self.either(self.both(when, then), self.both(self.negation(when), other))
        known = [part for part in (then, other) if part is not self.null]
        low, high = min(part.low for part in known), max(part.high for part in known)
        kind = known[0].kind
        return self._node("case", (when, then, other), kind, low, high, then.nullable or other.nullable)

    def _holds(self, when: Node) -> frozenset[Node]:
        if when.op == "not" and when.args[0].op == "or":
            return frozenset(map(self.negation, when.args[0].args))
        return frozenset(when.args if when.op == "and" else (when,))

    def _told(self, node: Node, facts: frozenset[Node]) -> Node:
        """A comparison with a constant, where others of the same number leave no choice."""
        if node.op != "compare" or node.args[0] not in ("<", "<="):
            return node
        _, first, second = node.args
        moving, fixed = (second, first) if first.op == "const" else (first, second)
        if fixed.op != "const" or moving.nullable or moving.kind != "int":
            return node
        low, high = moving.low, moving.high
        for fact in facts:
            if fact.op == "compare" and fact.args[0] in ("<", "<="):
                op, one, other = fact.args
                strict = op == "<"
                if other is moving and one.op == "const":
                    low = max(low, one.low + strict)
                elif one is moving and other.op == "const":
                    high = min(high, other.low - strict)
        if (low, high) == (moving.low, moving.high) or low > high:
            return node
        strict = node.args[0] == "<"
        if moving is first:
            surely, never = high + strict <= fixed.low, low + strict > fixed.low
        else:
            surely, never = fixed.low + strict <= low, fixed.low + strict > high
        return self.true if surely else self.false if never else node

    def given(self, node: Node, facts: frozenset[Node], depth: int = 5) -> Node:
        """The node where these truths are known to hold."""
        if node.kind == "bool":
            if node in facts:
                return self.true
            if self.negation(node) in facts:
                return self.false
            if node.op in ("and", "or") and depth:
                parts = [self.given(part, facts, depth - 1) for part in node.args]
                return (self.both if node.op == "and" else self.either)(*parts)
            return self._told(node, facts)
        if not depth:
            return node
        if node.op == "case":
            when = self.given(node.args[0], facts, depth - 1)
            if when is self.true:
                return self.given(node.args[1], facts, depth - 1)
            if when is self.false:
                return self.given(node.args[2], facts, depth - 1)
            if when is not node.args[0]:
                return self.case(when, node.args[1], node.args[2])
        if node.op == "col" and node.nullable and node.kind == "int" and self.negation(self.is_null(node)) in facts:
            return self.column(node.args[0], node.low, node.high)
        if node.op == "add":
            return self.add(*(self.given(part, facts, depth - 1) for part in node.args))
        if node.op == "times":
            return self.times(*(self.given(part, facts, depth - 1) for part in node.args))
        if node.op == "within":
            return self.within(self.given(node.args[0], facts, depth - 1), *node.args[1:])
        if node.op == "filled":
            return self.filled(self.given(node.args[0], facts, depth - 1), node.args[1].low)
        return node
