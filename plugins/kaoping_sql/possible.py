"""Sets of possible values as expressions: what `kaoping.evaluation.values` does with values, done with columns.

Where one value is sure to remain, both ends are the same node, and what is built from it is as plain as hand-written
SQL; so rows without blanks cost what they should, and the others get the ranges that the language says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from kaoping_sql.ends import End, Ends
from kaoping_sql.nodes import Builder, Node


@dataclass(frozen=True)
class Number:
    """A number or day; `none`: there is no value; `maybe`: there may be none."""

    low: End
    high: End
    none: Node
    maybe: Node


@dataclass(frozen=True)
class Truth:
    """A truth: surely so, surely not."""

    yes: Node
    no: Node
    none: Node
    maybe: Node


@dataclass(frozen=True)
class Choice:
    """A text of a closed set: the bits of those still possible."""

    options: tuple[str, ...]
    mask: Node
    none: Node
    maybe: Node


@dataclass(frozen=True)
class Words:
    """Any text; NULL is undecided."""

    text: Node
    none: Node
    maybe: Node


Value = Number | Truth | Choice | Words


class UnknownFormError(Exception):
    """There is no SQL form of this; the message says of what."""


class Possible:
    """Makes sets of possible values, asks what is left of them, and chooses between them."""

    def __init__(self, builder: Builder) -> None:
        self.b = builder
        self.ends = Ends(builder)
        self.singles: set[Node] = set()
        self.maybe = Truth(builder.false, builder.false, builder.false, builder.false)

    # --- making

    def number(self, low: End, high: End | None = None) -> Number:
        """A number that is there."""
        return Number(low, low if high is None else high, self.b.false, self.b.false)

    def constant(self, number: int | Fraction) -> Number:
        """A known number."""
        return self.number(self.ends.constant(number))

    def anything(self) -> Number:
        """Any number."""
        return self.number(self.ends.none)

    def truth(self, yes: Node, no: Node | None = None) -> Truth:
        """A truth that is there; without `no` it is decided."""
        return Truth(yes, self.b.negation(yes) if no is None else no, self.b.false, self.b.false)

    def choice(self, options: Sequence[str], mask: Node) -> Choice:
        """A text of a set that is there."""
        return Choice(tuple(options), mask, self.b.false, self.b.false)

    def known_text(self, text: str) -> Choice:
        """A constant."""
        return self.choice((text,), self.b.one)

    # --- asking

    def present(self, value: Value) -> Value:
        """What it is where there is a value."""
        return replace(value, none=self.b.false, maybe=self.b.false)

    def there(self, value: Value) -> Node:
        """Is there surely a value?"""
        return self.b.negation(self.b.either(value.none, value.maybe))

    def one_left(self, value: Value) -> Node:
        """Does one value remain, where there is one?"""
        b = self.b
        if isinstance(value, Number):
            if value.low == value.high:
                return b.negation(self.ends.missing(value.low))
            return self.ends.equal(value.low, value.high)
        if isinstance(value, Truth):
            return b.either(value.yes, value.no)
        if isinstance(value, Words):
            return b.negation(b.is_null(value.text))
        return self.single(value.mask)

    def single(self, mask: Node) -> Node:
        """Has the set one member?"""
        b = self.b
        if mask.op == "const":
            return b.truth(mask.low.bit_count() == 1)
        if mask.op == "case":
            return b.case(mask.args[0], self.single(mask.args[1]), self.single(mask.args[2]))
        if mask.op == "within":
            return self.single(mask.args[0])
        if mask in self.singles:
            return b.true
        less = b.within(b.add(mask, b.const(-1)), 0, mask.high)
        return b.equal(b.shared_bits(mask, less), b.zero)

    def decided(self, value: Value) -> Node:
        """Does one value remain (having none counts)?"""
        b = self.b
        return b.either(value.none, b.both(b.negation(value.maybe), self.one_left(value)))

    def read(self, value: Truth) -> Truth:
        """A truth as it is read: without a value it is undecided."""
        if value.none is self.b.false and value.maybe is self.b.false:
            return value
        there = self.there(value)
        return self.truth(self.b.both(there, value.yes), self.b.both(there, value.no))

    # --- choosing

    def case(self, when: Node, then: Value, other: Value) -> Value:
        """The one or the other."""
        b = self.b
        if when is b.true or then == other:
            return then
        if when is b.false:
            return other
        none, maybe = b.case(when, then.none, other.none), b.case(when, then.maybe, other.maybe)
        if isinstance(then, Number) and isinstance(other, Number):
            low = self.ends.case(when, then.low, other.low)
            if then.low == then.high and other.low == other.high:
                return Number(low, low, none, maybe)
            return Number(low, self.ends.case(when, then.high, other.high), none, maybe)
        if isinstance(then, Truth) and isinstance(other, Truth):
            return Truth(b.case(when, then.yes, other.yes), b.case(when, then.no, other.no), none, maybe)
        if isinstance(then, Choice) and isinstance(other, Choice):
            options, (one, two) = self.shared(then, other)
            return Choice(options, b.case(when, one, two), none, maybe)
        if isinstance(then, Words) and isinstance(other, Words):
            return Words(b.case(when, then.text, other.text), none, maybe)
        raise UnknownFormError("text of a closed set beside any text")

    def shared(self, first: Choice, second: Choice) -> tuple[tuple[str, ...], tuple[Node, Node]]:
        """Two sets over the options of both."""
        if first.options == second.options:
            return first.options, (first.mask, second.mask)
        options = tuple(dict.fromkeys((*first.options, *second.options)))
        return options, (self.moved(first, options), self.moved(second, options))

    def moved(self, value: Choice, options: Sequence[str]) -> Node:
        """The set over other options, which hold all of its own."""
        b = self.b
        if len(options) > 60:
            raise UnknownFormError(f"a choice of {len(options)} values")
        if tuple(options[: len(value.options)]) == value.options:
            return value.mask
        if value.mask.op == "case":
            when, then, other = value.mask.args
            return b.case(
                when, self.moved(replace(value, mask=then), options), self.moved(replace(value, mask=other), options)
            )
        found = b.zero
        for place, option in enumerate(value.options):
            bit = b.shared_bits(value.mask, b.const(1 << place))
            found = b.either_bits(found, b.case(b.equal(bit, b.zero), b.zero, b.const(1 << options.index(option))))
        return found

    def hull(self, first: Value, second: Value) -> Value:
        """Everything either may be."""
        b = self.b
        if first == second:
            return first
        none = b.both(first.none, second.none)
        maybe = b.both(b.negation(none), b.either(first.none, second.none, first.maybe, second.maybe))
        wide = self._wide(first, second)
        found = self.case(first.none, self.present(second), self.case(second.none, self.present(first), wide))
        return replace(found, none=none, maybe=maybe)

    def _wide(self, first: Value, second: Value) -> Value:
        b = self.b
        if isinstance(first, Number) and isinstance(second, Number):
            return self.number(self.ends.least(first.low, second.low), self.ends.greatest(first.high, second.high))
        if isinstance(first, Truth) and isinstance(second, Truth):
            return self.truth(b.both(first.yes, second.yes), b.both(first.no, second.no))
        if isinstance(first, Choice) and isinstance(second, Choice):
            options, (one, two) = self.shared(first, second)
            return self.choice(options, b.either_bits(one, two))
        if isinstance(first, Words) and isinstance(second, Words):
            return Words(b.case(b.equal(first.text, second.text), first.text, b.null), b.false, b.false)
        raise UnknownFormError("text of a closed set beside any text")
