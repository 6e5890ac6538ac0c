"""Ends of ranges: exact numbers as a numerator over a divisor that is always above 0, NULL where there is no end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor, lcm

from kaoping_sql.nodes import Builder, Node

FEW = 6
"""Divisors up to this are brought over one number that all of them divide."""


@dataclass(frozen=True)
class End:
    """``num / den``; where `num` is NULL there is no end. `low` and `high` hold it where there is one."""

    num: Node
    den: Node
    low: Fraction
    high: Fraction

    @property
    def open(self) -> bool:
        """May it be missing?"""
        return self.num.nullable


class Ends:
    """Arithmetic on ends; an end that is missing makes the result missing."""

    def __init__(self, builder: Builder) -> None:
        self.b = builder
        self.none = End(builder.null, builder.one, Fraction(0), Fraction(0))

    def constant(self, number: int | Fraction) -> End:
        """A known number."""
        fraction = Fraction(number)
        return End(self.b.const(fraction.numerator), self.b.const(fraction.denominator), fraction, fraction)

    def end(self, num: Node, den: Node, low: Fraction | None = None, high: Fraction | None = None) -> End:
        """An end, held by what its numerator and divisor allow, and by what is known besides."""
        least = Fraction(num.low, den.high if num.low >= 0 else den.low)
        most = Fraction(num.high, den.low if num.high >= 0 else den.high)
        if low is not None and low > least:
            least = low
        if high is not None and high < most:
            most = high
        if den.op == "const" and not num.nullable and num.op == "const":
            return self.constant(Fraction(num.low, den.low))
        bottom = floor(least * (den.low if least >= 0 else den.high))
        top = ceil(most * (den.high if most >= 0 else den.low))
        if bottom > num.low or top < num.high:
            num = self.b.within(num, bottom, top)
        return End(num, den, least, most)

    def missing(self, end: End) -> Node:
        """Is it missing?"""
        return self.b.is_null(end.num)

    def common(self, ends: Sequence[End]) -> tuple[list[Node], Node]:
        """The numerators over one divisor."""
        split = [self._factors(end.den) for end in ends]
        constant = lcm(*(number for _, number in split))
        moving: Counter[Node] = Counter()
        for factors, _ in split:
            moving |= factors
        common = self.b.const(constant)
        for factor in moving.elements():
            common = self.b.times(factor, common)
        nums = []
        for end, (factors, number) in zip(ends, split, strict=True):
            by = self.b.const(constant // number)
            for factor in (moving - factors).elements():
                by = self.b.times(factor, by)
            nums.append(self.b.times(end.num, by))
        return nums, common

    def _factors(self, den: Node) -> tuple[Counter[Node], int]:
        """A divisor as factors that differ from row to row, and the one that does not."""
        if den.op == "const":
            return Counter(), den.low
        if den.op != "times":
            return Counter((den,)), 1
        (one, first), (other, second) = map(self._factors, den.args)
        return one + other, first * second

    def add(self, *ends: End) -> End:
        """The sum."""
        nums, den = self.common(ends)
        return self.end(self.b.add(*nums), den, sum(end.low for end in ends), sum(end.high for end in ends))  # type: ignore[arg-type]  # sum of fractions

    def negative(self, end: End) -> End:
        """The opposite."""
        return self.end(self.b.negative(end.num), end.den, -end.high, -end.low)

    def times(self, first: End, second: End) -> End:
        """The product."""
        products = [a * b for a in (first.low, first.high) for b in (second.low, second.high)]
        num, den = self.b.times(first.num, second.num), self.b.times(first.den, second.den)
        return self.end(num, den, min(products), max(products))

    def inverse(self, end: End) -> End:
        """One over a number that is above 0; a missing end, one that is endlessly far, gives 0."""
        b = self.b
        if end.den is b.one and not end.open and 0 < end.num.high <= FEW:
            every = lcm(*range(1, end.num.high + 1))
            return self.end(b.quotient(b.const(every), self.at_least(end.num, 1)), b.const(every))
        gone = self.missing(end)
        num, over = b.case(gone, b.zero, end.den), self.at_least(b.filled(end.num, 1), 1)
        return self.end(num, over)

    def less(self, first: End, second: End, or_equal: bool = False) -> Node:
        """Is it surely less? Not where one is missing."""
        if not first.open and not second.open:
            if first.high < second.low or (or_equal and first.high <= second.low):
                return self.b.true
            if first.low > second.high or (not or_equal and first.low >= second.high):
                return self.b.false
        (one, other), _ = self.common((first, second))
        return self.b.less(one, other, or_equal)

    def equal(self, first: End, second: End) -> Node:
        """Are both there and equal?"""
        if not first.open and not second.open and (first.high < second.low or first.low > second.high):
            return self.b.false
        (one, other), _ = self.common((first, second))
        return self.b.equal(one, other)

    def case(self, when: Node, then: End, other: End) -> End:
        """The one or the other."""
        if when is self.b.true or then == other:
            return then
        if when is self.b.false:
            return other
        ends = [end for end in (then, other) if end.num is not self.b.null]
        low = min((end.low for end in ends), default=Fraction(0))
        high = max((end.high for end in ends), default=Fraction(0))
        if then.num is self.b.null or other.num is self.b.null:
            den = other.den if then.num is self.b.null else then.den
            return self.end(self.b.case(when, then.num, other.num), den, low, high)
        if then.den.op == other.den.op == "const":
            (one, two), den = self.common((then, other))
            return self.end(self.b.case(when, one, two), den, low, high)
        return self.end(self.b.case(when, then.num, other.num), self.b.case(when, then.den, other.den), low, high)

    def least(self, first: End, second: End) -> End:
        """The smaller; missing where one is."""
        return self._extreme(first, second, self.less(second, first), self.less(first, second, True), self.b.least)

    def greatest(self, first: End, second: End) -> End:
        """The greater; missing where one is."""
        return self._extreme(first, second, self.less(first, second), self.less(second, first, True), self.b.greatest)

    def _extreme(self, first: End, second: End, moves: Node, stays: Node, pick: object) -> End:
        b = self.b
        if first == second:
            return first
        if not first.open and not second.open:
            if stays is b.true:
                return first
            if moves is b.true:
                return second
            choose = min if pick == b.least else max
            low, high = choose(first.low, second.low), choose(first.high, second.high)
            (one, other), den = self.common((first, second))
            if den.op == "const" or den in (first.den, second.den):
                return self.end(pick(one, other), den, low, high)  # type: ignore[operator]  # b.least or b.greatest
            found = self.case(moves, second, first)
            return self.end(found.num, found.den, low, high)
        gone = b.either(self.missing(first), self.missing(second))
        return self.case(gone, self.none, self.case(moves, second, first))

    def whole(self, end: End, up: bool = False) -> End:
        """Rounded down, or up, to a whole number."""
        if end.den is self.b.one:
            return end
        num = self.b.negative(end.num) if up else end.num
        found = self._floor(num, end.den)
        return self.end(self.b.negative(found) if up else found, self.b.one)

    def _floor(self, num: Node, den: Node) -> Node:
        b = self.b
        down = self.at_least(num, 0)
        up = self.at_least(b.add(b.negative(num), den, b.const(-1)), 0)
        plain = b.quotient(down, den)
        if num.low >= 0:
            return plain
        below = b.negative(b.quotient(up, den))
        if num.high < 0:
            return below
        return b.case(b.less(num, b.zero), below, plain)

    def at_least(self, node: Node, least: int) -> Node:
        """The same number where it is at least so much, else that; NULL stays NULL."""
        if node.low >= least:
            return node
        held = self.b.case(self.b.less(node, self.b.const(least)), self.b.const(least), node)
        return self.b.within(held, least, max(least, node.high))

    def rounded(self, end: End, places: int) -> End:
        """Rounded half away from 0."""
        b = self.b
        scale = 10**places
        if end.den.op == "const" and scale % end.den.low == 0:
            return end
        num, den = b.times(end.num, b.const(2 * scale)), end.den
        below = self.at_least(b.add(b.negative(num), den), 0)
        above = self.at_least(b.add(num, den), 0)
        twice = b.times(den, b.const(2))
        up = b.quotient(above, twice)
        if num.low < 0:
            up = b.case(b.less(num, b.zero), b.negative(b.quotient(below, twice)), up)
        low = Fraction(round_half(end.low * scale), scale)
        high = Fraction(round_half(end.high * scale), scale)
        up = self.b.within(up, int(low * scale), int(high * scale))
        return self.end(up, b.const(scale), low, high)


def round_half(number: Fraction) -> int:
    """The whole number next to it, halves away from 0."""
    whole = (2 * abs(number.numerator) + number.denominator) // (2 * number.denominator)
    return whole if number >= 0 else -whole
