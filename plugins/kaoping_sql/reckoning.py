"""Arithmetic on numbers of which several are possible: what `kaoping.evaluation.values` does with ranges."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import reduce

from kaoping_sql.ends import End
from kaoping_sql.nodes import Node
from kaoping_sql.possible import Number, Possible, UnknownFormError


class Reckoning(Possible):
    """Reckons with numbers."""

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
