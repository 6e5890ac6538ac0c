"""Values as sets of what is still possible: a decided value is plain Python, an undecided one a `Range` or `Choices`.

Numbers are `int` or `Fraction`; dates are day ordinals, ``NEVER_DAY`` later than every date; truths, texts and
grades are themselves. Two laws hold of every operation: *sound* (the true value is always inside) and *monotone*
(smaller inputs never give a larger output); the tests in ``tests/test_semantics.py`` hold them over random inputs.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Collection, Iterable
from datetime import date
from fractions import Fraction
from functools import reduce
from math import lcm
from typing import Any

Number = int | Fraction
NEVER_DAY = date.max.toordinal()
FIRST_DAY = 1


class Range:
    """A number that may be anything from `low` to `high`, both included; None is no bound."""

    __slots__ = ("high", "low")

    def __init__(self, low: Number | None, high: Number | None) -> None:
        self.low = low
        self.high = high

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Range) and self.low == other.low and self.high == other.high

    def __hash__(self) -> int:
        return hash((self.low, self.high))

    def __repr__(self) -> str:
        return f"Range({self.low}, {self.high})"


class Choices:
    """A truth, text or grade that may be any of `values` (two or more)."""

    __slots__ = ("values",)

    def __init__(self, values: frozenset[Any]) -> None:
        self.values = values

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Choices) and self.values == other.values

    def __hash__(self) -> int:
        return hash(self.values)

    def __repr__(self) -> str:
        return f"Choices({sorted(self.values, key=str)})"


class NoValue:
    """There is no value: the measure does not apply. Anything reckoned with it has no value either."""

    def __repr__(self) -> str:
        return "NO_VALUE"


class Perhaps:
    """No value, or one of `value`: it is open whether the measure applies."""

    __slots__ = ("value",)

    def __init__(self, value: Value) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Perhaps) and self.value == other.value

    def __hash__(self) -> int:
        return hash((Perhaps, self.value))

    def __repr__(self) -> str:
        return f"Perhaps({self.value!r})"


class AnyText:
    """Stands in a set of texts for all the texts there are."""

    def __repr__(self) -> str:
        return "…"


Value = Any
"""int · Fraction · bool · str · Range · Choices · NO_VALUE · Perhaps."""
NO_VALUE = NoValue()
MAYBE = Choices(frozenset({True, False}))
_EVERY_TEXT = AnyText()
ANY_TEXT = Choices(frozenset({_EVERY_TEXT}))
NUMBERS: frozenset[Any] = frozenset({int, Fraction})
"""The classes of a decided number; most values are, so each operation looks for them first."""
_OPEN: frozenset[Any] = frozenset({Range, Choices, Perhaps})
_ABSENT: frozenset[Any] = frozenset({NoValue, Perhaps})


def decided(value: Value) -> bool:
    """Does one value remain (having none counts as decided)?"""
    return value.__class__ not in _OPEN


def range_of(low: Number | None, high: Number | None) -> Value:
    """The range, or the number itself where one remains."""
    return low if low is not None and low == high else Range(low, high)


def choices_of(values: Iterable[Any]) -> Value:
    """The set, or its only member."""
    found = frozenset(values)
    if _EVERY_TEXT in found:
        return ANY_TEXT
    if len(found) == 1:
        return next(iter(found))
    return MAYBE if found == MAYBE.values else Choices(found)


def perhaps(value: Value) -> Value:
    """The value, or none."""
    return value if value is NO_VALUE or value.__class__ is Perhaps else Perhaps(value)


def present(value: Value) -> Value:
    """What it is where there is a value."""
    return value.value if value.__class__ is Perhaps else value


def truth(value: Value) -> Value:
    """True, false or undecided: a truth that has no value is read as undecided."""
    return value if value is True or value is False else MAYBE


def ends(value: Value) -> tuple[Number | None, Number | None]:
    """Low and high of a number."""
    return (value.low, value.high) if value.__class__ is Range else (value, value)


def members(value: Value) -> frozenset[Any]:
    """What a truth, text or grade may be."""
    return value.values if value.__class__ is Choices else frozenset((value,))


def hull(first: Value, second: Value) -> Value:
    """Everything either may be."""
    if first is second:
        return first
    if first is NO_VALUE or second is NO_VALUE:
        return perhaps(first if second is NO_VALUE else second)
    if first.__class__ is Perhaps or second.__class__ is Perhaps:
        return perhaps(hull(present(first), present(second)))
    if isinstance(first, Choices | str | bool) or isinstance(second, Choices | str | bool):
        return choices_of(members(first) | members(second))
    (low, high), (low2, high2) = ends(first), ends(second)
    return range_of(
        None if low is None or low2 is None else min(low, low2),
        None if high is None or high2 is None else max(high, high2),
    )


def _with_none(operation: Callable[..., Value], *values: Value) -> Value:
    """An operation on values of which some are none, or may be: then so is the result."""
    if NO_VALUE in values:
        return NO_VALUE
    return perhaps(operation(*(present(value) for value in values)))


def exact(top: int, under: int) -> Number:
    """``top / under``; a whole one is an int: later steps are faster and print the same."""
    whole, rest = divmod(top, under)
    return Fraction(top, under) if rest else whole


def negative(value: Value) -> Value:
    """``-x``."""
    if value.__class__ is Range:
        return Range(None if value.high is None else -value.high, None if value.low is None else -value.low)
    return _with_none(negative, value) if value.__class__ in _ABSENT else -value


def add(first: Value, second: Value) -> Value:
    """``a + b``."""
    if first.__class__ in NUMBERS and second.__class__ in NUMBERS:
        return first + second
    if first.__class__ in _ABSENT or second.__class__ in _ABSENT:
        return _with_none(add, first, second)
    (low, high), (low2, high2) = ends(first), ends(second)
    return range_of(
        None if low is None or low2 is None else low + low2, None if high is None or high2 is None else high + high2
    )


def total(numbers: Collection[Number]) -> tuple[int, int]:
    """The sum of decided numbers over their common divisor: fractions added one by one are reduced each time."""
    common = lcm(*[number.denominator for number in numbers])
    return sum([number.numerator * (common // number.denominator) for number in numbers]), common


def subtract(first: Value, second: Value) -> Value:
    """``a - b``."""
    if first.__class__ in NUMBERS and second.__class__ in NUMBERS:
        return first - second
    return add(first, negative(second))


def multiply(first: Value, second: Value) -> Value:
    """``a * b``; nothing times anything unbounded is nothing."""
    if first.__class__ in NUMBERS and second.__class__ in NUMBERS:
        return first * second
    if first.__class__ in _ABSENT or second.__class__ in _ABSENT:
        return _with_none(multiply, first, second)
    if first == 0 or second == 0:
        return 0
    if decided(first):
        first, second = second, first
    if decided(second):
        low, high = ends(first)
        if second < 0:
            low, high = high, low
        return range_of(None if low is None else low * second, None if high is None else high * second)
    return _corners(ends(first), ends(second))


def _corners(first: tuple[Number | None, Number | None], second: tuple[Number | None, Number | None]) -> Value:
    lows: list[Number | None] = []
    highs: list[Number | None] = []
    for low_side, a in ((True, first[0]), (False, first[1])):
        for low_side2, b in ((True, second[0]), (False, second[1])):
            if a is not None and b is not None:
                lows.append(a * b)
                highs.append(a * b)
                continue
            # an unbounded corner: its sign tells which end it opens; a corner at 0 opens neither
            sign = _sign(a, low_side) * _sign(b, low_side2)
            if sign == 0:
                lows.append(0)
                highs.append(0)
            elif sign < 0:
                lows.append(None)
            else:
                highs.append(None)
    low = None if None in lows or not lows else min(n for n in lows if n is not None)
    high = None if None in highs or not highs else max(n for n in highs if n is not None)
    return range_of(low, high)


def _sign(number: Number | None, low_side: bool) -> int:
    if number is None:
        return -1 if low_side else 1
    return (number > 0) - (number < 0)


def divide(first: Value, second: Value) -> Value:
    """``a / b`` where the range of b excludes 0."""
    if first.__class__ in NUMBERS and second.__class__ in NUMBERS:
        return exact(first.numerator * second.denominator, first.denominator * second.numerator)
    if first.__class__ in _ABSENT or second.__class__ in _ABSENT:
        return _with_none(divide, first, second)
    if decided(second):
        return multiply(first, Fraction(1, 1) / second)
    low, high = ends(second)
    one = Fraction(1, 1)
    return multiply(first, range_of(0 if high is None else one / high, 0 if low is None else one / low))


def excludes_zero(value: Value) -> bool:
    """Is 0 impossible? Nothing is divided by what has no value."""
    if value.__class__ in NUMBERS:
        return bool(value)
    if value is NO_VALUE:
        return True
    low, high = ends(present(value))
    return (low is not None and low > 0) or (high is not None and high < 0)


def monotone(function: Callable[[Number], Number], value: Value) -> Value:
    """A rising function of one number."""
    if value.__class__ is Range:
        low, high = ends(value)
        return range_of(None if low is None else function(low), None if high is None else function(high))
    if value.__class__ in _ABSENT:
        return _with_none(lambda inner: monotone(function, inner), value)
    return function(value)


def round_half_away(number: Number, places: int = 0) -> Number:
    """Rounded to places, half away from zero: 84.995 to 85.00, -2.5 to -3."""
    if number.__class__ is int:
        return number
    scale = 10**places
    top, under = number.numerator * scale, number.denominator
    whole = (2 * abs(top) + under) // (2 * under)
    return exact(whole if top >= 0 else -whole, scale)


def absolute(value: Value) -> Value:
    """``abs``."""
    if value.__class__ is not Range:
        return _with_none(absolute, value) if value.__class__ in _ABSENT else abs(value)
    low, high = ends(value)
    if low is not None and low >= 0:
        return value
    if high is not None and high <= 0:
        return negative(value)
    top = None if low is None or high is None else max(-low, high)
    return range_of(0, top)


def least(values: Iterable[Value]) -> Value:
    """``min``; those without a value are passed over."""
    return _extreme(values, low_first=True)


def greatest(values: Iterable[Value]) -> Value:
    """``max``; those without a value are passed over."""
    return _extreme(values, low_first=False)


def _extreme(values: Iterable[Value], low_first: bool) -> Value:
    known = [value for value in values if value is not NO_VALUE]
    if not known:
        return NO_VALUE
    if {value.__class__ for value in known} <= NUMBERS:
        return min(known) if low_first else max(known)
    sure = [value for value in known if value.__class__ is not Perhaps]
    if not sure:
        return perhaps(reduce(hull, map(present, known)))
    pairs = [ends(present(value)) for value in known]
    lows, highs = [low for low, _ in pairs], [high for _, high in pairs]
    # the end that only falls (or rises) counts everybody who may be there, the other one those who surely are
    if low_first:
        bounded = [high for _, high in map(ends, sure) if high is not None]
        low = None if None in lows else min(n for n in lows if n is not None)
        return range_of(low, min(bounded) if bounded else None)
    bounded = [low for low, _ in map(ends, sure) if low is not None]
    high = None if None in highs else max(n for n in highs if n is not None)
    return range_of(max(bounded) if bounded else None, high)


def compare(op: str, first: Value, second: Value) -> Value:
    """``a op b`` over numbers or dates: true if for all pairs, false if for none, else undecided."""
    if first.__class__ in NUMBERS and second.__class__ in NUMBERS:
        return ORDER[op](first, second)
    if first.__class__ in _ABSENT or second.__class__ in _ABSENT:
        return MAYBE
    if op in (">", ">="):
        return compare("<" if op == ">" else "<=", second, first)
    (low, high), (low2, high2) = ends(first), ends(second)
    if op == "<":
        if high is not None and low2 is not None and high < low2:
            return True
        return False if low is not None and high2 is not None and low >= high2 else MAYBE
    if op == "<=":
        if high is not None and low2 is not None and high <= low2:
            return True
        return False if low is not None and high2 is not None and low > high2 else MAYBE
    apart = (high is not None and low2 is not None and high < low2) or (
        low is not None and high2 is not None and low > high2
    )
    same = None not in (low, low2) and low == high == low2 == high2
    if op == "==":
        return True if same else False if apart else MAYBE
    return False if same else True if apart else MAYBE


ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}


_WORDS = frozenset({bool, str})


def same(first: Value, second: Value) -> Value:
    """``a == b`` over truths, texts and grades."""
    if first.__class__ in _WORDS and second.__class__ in _WORDS:
        return bool(first == second)
    if first.__class__ in _ABSENT or second.__class__ in _ABSENT or ANY_TEXT in (first, second):
        return MAYBE
    left, right = members(first), members(second)
    if left.isdisjoint(right):
        return False
    return True if len(left) == 1 and len(right) == 1 else MAYBE


def among(value: Value, options: frozenset[Any]) -> Value:
    """``x in set`` over texts and grades."""
    if value.__class__ in _ABSENT or value == ANY_TEXT:
        return MAYBE
    found = members(value)
    return True if found <= options else False if found.isdisjoint(options) else MAYBE


def negation(value: Value) -> Value:
    """``not``, by Kleene."""
    return not value if value is True or value is False else MAYBE


def both(values: Iterable[Value]) -> Value:
    """``and``, by Kleene; stops at the first false."""
    result: Value = True
    for value in values:
        if value is False:
            return False
        if value is not True:
            result = MAYBE
    return result


def either(values: Iterable[Value]) -> Value:
    """``or``, by Kleene; stops at the first true."""
    result: Value = False
    for value in values:
        if value is True:
            return True
        if value is not False:
            result = MAYBE
    return result
