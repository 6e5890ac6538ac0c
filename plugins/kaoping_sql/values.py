"""Sets of possible values as expressions: what `kaoping.evaluation.values` does with values, done with columns.

Where one value is sure to remain, both ends are the same node, and what is built from it is as plain as hand-written
SQL; so rows without blanks cost what they should, and the others get the ranges that the language says.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import reduce

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


class Sets:
    """The operations on possible values."""

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

    # --- numbers

    def strict(self, operation: Callable[..., Number], *values: Number) -> Number:
        """An operation on values of which some are none, or may be: then so is the result."""
        found = operation(*values)
        none = self.b.either(*(value.none for value in values))
        maybe = self.b.both(self.b.negation(none), self.b.either(*(value.maybe for value in values)))
        return replace(found, none=none, maybe=maybe)

    def negative(self, value: Number) -> Number:
        """``-x``."""
        low = self.ends.negative(value.high)
        return Number(low, low if value.low == value.high else self.ends.negative(value.low), value.none, value.maybe)

    def add(self, *values: Number) -> Number:
        """``a + b``."""
        return self.strict(self._add, *values) if len(values) > 1 else values[0]

    def _add(self, *values: Number) -> Number:
        low = self.ends.add(*(value.low for value in values))
        if all(value.low == value.high for value in values):
            return self.number(low)
        return self.number(low, self.ends.add(*(value.high for value in values)))

    def times(self, first: Number, second: Number) -> Number:
        """``a * b``; nothing times anything unbounded is nothing."""
        return self.strict(self._times, first, second)

    def _times(self, first: Number, second: Number) -> Number:
        ends, b = self.ends, self.b
        if first.low == first.high and second.low == second.high and not first.low.open and not second.low.open:
            return self.number(ends.times(first.low, second.low))
        if self._never_below(first) and self._never_below(second):
            low = ends.times(first.low, second.low)
            nothing = b.either(self._is(first.high, 0), self._is(second.high, 0))
            return self.number(low, ends.case(nothing, ends.constant(0), ends.times(first.high, second.high)))
        return self._corners(first, second)

    def _is(self, end: End, number: int) -> Node:
        return self.ends.equal(end, self.ends.constant(number))

    def _never_below(self, value: Number) -> bool:
        return not value.low.open and value.low.low >= 0

    def _corners(self, first: Number, second: Number) -> Number:
        b, ends = self.b, self.ends
        nothing = b.either(
            b.both(self._is(first.low, 0), self._is(first.high, 0)),
            b.both(self._is(second.low, 0), self._is(second.high, 0)),
        )
        low = high = None
        down = up = b.false
        skipped_low = skipped_high = b.true
        for one, one_low in ((first.low, True), (first.high, False)):
            for two, two_low in ((second.low, True), (second.high, False)):
                gone = b.either(ends.missing(one), ends.missing(two))
                product = ends.times(one, two)
                above = b.either(
                    b.both(self._above(one, one_low), self._above(two, two_low)),
                    b.both(self._below(one, one_low), self._below(two, two_low)),
                )
                below = b.either(
                    b.both(self._above(one, one_low), self._below(two, two_low)),
                    b.both(self._below(one, one_low), self._above(two, two_low)),
                )
                corner = ends.case(gone, ends.constant(0), product)
                down, up = b.either(down, b.both(gone, below)), b.either(up, b.both(gone, above))
                away_low, away_high = b.both(gone, above), b.both(gone, below)
                low = corner if low is None else ends.case(
                    skipped_low, corner, ends.case(away_low, low, ends.least(low, corner))
                )  # fmt: skip
                high = corner if high is None else ends.case(
                    skipped_high, corner, ends.case(away_high, high, ends.greatest(high, corner))
                )  # fmt: skip
                skipped_low, skipped_high = b.both(skipped_low, away_low), b.both(skipped_high, away_high)
        assert low is not None
        assert high is not None
        zero = ends.constant(0)
        return self.number(
            ends.case(nothing, zero, ends.case(down, ends.none, low)),
            ends.case(nothing, zero, ends.case(up, ends.none, high)),
        )

    def _above(self, end: End, low_side: bool) -> Node:
        """Is the end above 0? A missing one is endlessly far on its side."""
        surely = self.ends.less(self.ends.constant(0), end)
        return surely if low_side else self.b.either(surely, self.ends.missing(end))

    def _below(self, end: End, low_side: bool) -> Node:
        surely = self.ends.less(end, self.ends.constant(0))
        return self.b.either(surely, self.ends.missing(end)) if low_side else surely

    def divide(self, first: Number, second: Number) -> Number:
        """``a / b`` where b is never 0."""
        if not second.low.open and second.low.low >= 0:
            return self.strict(self._divide, first, second)
        if not second.high.open and second.high.high <= 0:
            return self.strict(self._divide, self.negative(first), self.negative(second))
        raise UnknownFormError("a divisor that may lie on either side of 0")

    def _divide(self, first: Number, second: Number) -> Number:
        high = self.ends.inverse(second.low)
        low = high if second.low == second.high else self.ends.inverse(second.high)
        return self._times(first, self.number(low, high))

    def monotone(self, function: Callable[[End], End], value: Number) -> Number:
        """A rising function of one number."""
        low = function(value.low)
        return Number(low, low if value.low == value.high else function(value.high), value.none, value.maybe)

    def absolute(self, value: Number) -> Number:
        """``abs``."""
        ends = self.ends
        zero = ends.constant(0)
        if self._never_below(value):
            return value
        turned = self.negative(value)
        above, below = ends.less(zero, value.low, True), ends.less(value.high, zero, True)
        top = ends.case(
            self.b.either(ends.missing(value.low), ends.missing(value.high)),
            ends.none,
            ends.greatest(turned.high, value.high),
        )
        if value.low == value.high and not value.low.open:
            point = ends.case(above, value.low, turned.low)
            return Number(point, point, value.none, value.maybe)
        low = ends.case(above, value.low, ends.case(below, turned.low, zero))
        high = ends.case(above, value.high, ends.case(below, turned.high, top))
        return Number(low, high, value.none, value.maybe)

    def extreme(self, values: Sequence[Number], lowest: bool) -> Number:
        """``min`` or ``max``; those without a value are passed over."""
        b, ends = self.b, self.ends
        sure = [self.there(value) for value in values]
        points = all(value.low == value.high and not value.low.open for value in values)
        if points and all(one is b.true for one in sure):
            pick = ends.least if lowest else ends.greatest
            return self.number(reduce(pick, (value.low for value in values)))
        if not lowest:
            return self.negative(self.extreme([self.negative(value) for value in values], True))
        known = [b.negation(value.none) for value in values]
        low = self._least([value.low for value in values], known, gone_counts=True)
        least_sure = self._least([value.high for value in values], sure, gone_counts=False)
        any_sure = b.either(*sure)
        highest = self.hull_of([self.number(value.high) for value in values], known).high
        high = ends.case(any_sure, least_sure, highest)
        none = b.negation(b.either(*known))
        if any_sure is b.true and all(one is b.true for one in known):
            certain = [value for value, one in zip(values, sure, strict=True) if one is b.true]
            top = [value.high.high for value in certain if not value.high.open]
            bottom = [value.low.low for value in values if not value.low.open]
            least = min(bottom) if len(bottom) == len(values) else None
            low, high = (ends.end(end.num, end.den, least, min(top, default=None)) for end in (low, high))
        return Number(low, high, none, b.both(b.negation(any_sure), b.negation(none)))

    def _least(self, items: Sequence[End], counted: Sequence[Node], gone_counts: bool) -> End:
        """The least of those counted; a missing one makes it missing, or is passed over."""
        b, ends = self.b, self.ends
        found, some, gone = ends.constant(0), b.false, b.false
        for item, counts in zip(items, counted, strict=True):
            missing = ends.missing(item)
            here = b.both(counts, b.negation(missing))
            gone = b.either(gone, b.both(counts, missing))
            there = self._surely(item)
            both = ends.least(found, there) if some is not b.false else there
            found = ends.case(here, ends.case(some, both, there), found) if some is not b.false else ends.case(
                here, there, found
            )  # fmt: skip
            some = b.either(some, here)
        return ends.case(gone if gone_counts else b.negation(some), ends.none, found)

    def _surely(self, end: End) -> End:
        """The end where it is known to be there."""
        return replace(end, num=self.b.filled(end.num, end.num.low)) if end.open else end

    def hull_of(self, values: Sequence[Number], counted: Sequence[Node]) -> Number:
        """Everything those counted may be; at least one should be."""
        low = self._least([value.low for value in values], counted, gone_counts=True)
        turned = self._least([self.ends.negative(value.high) for value in values], counted, gone_counts=True)
        return self.number(low, self.ends.negative(turned))

    # --- comparing

    def compare(self, op: str, first: Number, second: Number) -> Truth:
        """True if for all pairs, false if for none."""
        ends, b = self.ends, self.b
        if op in (">", ">="):
            return self.compare("<" if op == ">" else "<=", second, first)
        points = first.low == first.high and second.low == second.high
        closed = not first.low.open and not second.low.open
        if op in ("<", "<="):
            yes = ends.less(first.high, second.low, op == "<=")
            no = b.negation(yes) if points and closed else ends.less(second.high, first.low, op == "<")
        else:
            if points and closed:
                yes = ends.equal(first.low, second.low)
                no = b.negation(yes)
            else:
                yes = b.both(
                    ends.equal(first.low, first.high),
                    ends.equal(second.low, second.high),
                    ends.equal(first.low, second.low),
                )
                no = b.either(ends.less(first.high, second.low), ends.less(second.high, first.low))
            if op == "!=":
                yes, no = no, yes
        there = b.both(self.there(first), self.there(second))
        return self.truth(b.both(there, yes), b.both(there, no))

    def same(self, first: Value, second: Value) -> Truth:
        """``a == b`` over truths and texts."""
        b = self.b
        there = b.both(self.there(first), self.there(second))
        if isinstance(first, Truth) and isinstance(second, Truth):
            yes = b.either(b.both(first.yes, second.yes), b.both(first.no, second.no))
            no = b.either(b.both(first.yes, second.no), b.both(first.no, second.yes))
        elif isinstance(first, Choice) and isinstance(second, Choice):
            if len(second.options) == 1:
                return self.among(first, frozenset(second.options), self.there(second))
            if len(first.options) == 1:
                return self.among(second, frozenset(first.options), self.there(first))
            _, (one, two) = self.shared(first, second)
            no = b.equal(b.shared_bits(one, two), b.zero)
            yes = b.both(b.equal(one, two), self.single(one))
        else:
            one, two = self.worded(first), self.worded(second)
            yes = b.equal(one, two)
            no = b.both(b.negation(b.is_null(one)), b.negation(b.is_null(two)), b.negation(yes))
        return self.truth(b.both(there, yes), b.both(there, no))

    def worded(self, value: Value) -> Node:
        """A text, NULL where several are left."""
        if isinstance(value, Words):
            return value.text
        if isinstance(value, Choice) and len(value.options) == 1:
            return self.b.text(value.options[0])
        raise UnknownFormError("a choice beside any text")

    def among(self, value: Value, options: frozenset[str], there: Node | None = None) -> Truth:
        """``x in set``."""
        b = self.b
        surely = b.both(self.there(value), there or b.true)
        if isinstance(value, Choice):
            bits = sum(1 << place for place, option in enumerate(value.options) if option in options)
            every = (1 << len(value.options)) - 1
            yes = self._outside(value.mask, every & ~bits)
            no = self._outside(value.mask, bits)
        elif isinstance(value, Words):
            yes = b.either(*(b.equal(value.text, b.text(option)) for option in sorted(options)))
            no = b.both(b.negation(b.is_null(value.text)), b.negation(yes))
        else:
            raise UnknownFormError("a set of texts beside something else")
        return self.truth(b.both(surely, yes), b.both(surely, no))

    def _outside(self, mask: Node, bits: int) -> Node:
        """Is none of these possible?"""
        b = self.b
        if choices := b.choices(mask):
            out = [choice for choice in choices if not choice & bits]
            within = [choice for choice in choices if choice & bits]
            if not out or not within:
                return b.truth(not within)
            if len(out) == 1:
                return b.equal(mask, b.const(out[0]))
            if len(within) == 1:
                return b.negation(b.equal(mask, b.const(within[0])))
        elif mask.op == "case":
            return b.case(mask.args[0], self._outside(mask.args[1], bits), self._outside(mask.args[2], bits))
        return b.equal(b.shared_bits(mask, b.const(bits)), b.zero)

    # --- truths

    def negation(self, value: Truth) -> Truth:
        """``not``."""
        read = self.read(value)
        return self.truth(read.no, read.yes)

    def both(self, values: Sequence[Truth]) -> Truth:
        """``and``."""
        read = [self.read(value) for value in values]
        return self.truth(self.b.both(*(v.yes for v in read)), self.b.either(*(v.no for v in read)))

    def either(self, values: Sequence[Truth]) -> Truth:
        """``or``."""
        read = [self.read(value) for value in values]
        return self.truth(self.b.either(*(v.yes for v in read)), self.b.both(*(v.no for v in read)))
