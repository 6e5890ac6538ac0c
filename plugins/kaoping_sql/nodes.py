"""Truths and choices of a database as a graph, made as simple as can be told while making them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kaoping_sql.whole import MOST, Node, TooWideError, Whole, leaves_of


class Builder(Whole):
    """Makes nodes."""

    def __init__(self) -> None:
        super().__init__()
        self._choices: dict[Node, frozenset[int] | None] = {}

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

    # --- numbers chosen from a few

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

    def number(self, truth: Node) -> Node:
        """1 or 0."""
        return self.case(truth, self.one, self.zero)


__all__ = ["MOST", "Builder", "Node", "TooWideError", "leaves_of"]
