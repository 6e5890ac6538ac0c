"""Arithmetic and logic over z3 terms and plain Python values: what is known is reckoned at once, exactly."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import z3

Bit = Any
"""A Python truth or a z3 one."""
Amount = Any
"""A Python number or a z3 one."""


@dataclass(frozen=True)
class Truth:
    """Surely true, surely false; an undecided truth is neither."""

    yes: Bit
    no: Bit


@dataclass(frozen=True)
class Sym:
    """A number, day or text (by its code).

    Attributes:
        value: what it is, where it is there and not lost.
        there: there is a value.
        lost: it is not known and nothing will make it known: whatever rests on it stays undecided.
        more: of a count how many more there may be, which nothing will make known.
    """

    value: Amount
    there: Bit = True
    lost: Bit = False
    more: int = 0


TRUE, FALSE, OPEN = Truth(True, False), Truth(False, True), Truth(False, False)
NONE, LOST = Sym(0, there=False), Sym(0, lost=True)


def both(parts: Iterable[Bit]) -> Bit:
    """And."""
    rest = []
    for part in parts:
        if part is False:
            return False
        if part is not True:
            rest.append(part)
    return True if not rest else rest[0] if len(rest) == 1 else z3.And(rest)


def either(parts: Iterable[Bit]) -> Bit:
    """Or."""
    rest = []
    for part in parts:
        if part is True:
            return True
        if part is not False:
            rest.append(part)
    return False if not rest else rest[0] if len(rest) == 1 else z3.Or(rest)


def negate(bit: Bit) -> Bit:
    """Not."""
    return not bit if isinstance(bit, bool) else z3.Not(bit)


def choose(when: Bit, then: Amount, other: Amount) -> Amount:
    """If."""
    if isinstance(when, bool):
        return then if when else other
    if plain(then) and plain(other) and then == other:
        return then
    return z3.If(when, real(then), real(other))


def pick(when: Bit, then: Bit, other: Bit) -> Bit:
    """If, of truths."""
    return either((both((when, then)), both((negate(when), other))))


def plain(value: Amount) -> bool:
    """Is it a Python number?"""
    return isinstance(value, int | Fraction)


def real(value: Amount) -> Any:
    """As a z3 real."""
    if plain(value):
        fraction = Fraction(value)
        return z3.RealVal(f"{fraction.numerator}/{fraction.denominator}")
    return z3.ToReal(value) if z3.is_int(value) else value


def add(values: Iterable[Amount]) -> Amount:
    """The sum."""
    known: Fraction = Fraction(0)
    terms = []
    for value in values:
        if plain(value):
            known += value
        else:
            terms.append(real(value))
    if not terms:
        return known
    return z3.Sum([*terms, real(known)]) if known else z3.Sum(terms) if len(terms) > 1 else terms[0]


def times(first: Amount, second: Amount) -> Amount:
    """The product."""
    if plain(first) and plain(second):
        return Fraction(first) * second
    for one, other in ((first, second), (second, first)):
        if plain(one):
            return Fraction(0) if one == 0 else other if one == 1 else real(one) * real(other)
    return real(first) * real(second)


def over(first: Amount, second: Amount) -> Amount:
    """The quotient; the divisor is not 0 where it counts."""
    if plain(second):
        return times(first, Fraction(1) / Fraction(second)) if second else Fraction(0)
    return real(first) / real(second)


def compare(op: str, first: Amount, second: Amount) -> Bit:
    """``a < b`` and the like."""
    if plain(first) and plain(second):
        return _COMPARE[op](first, second)
    return _COMPARE[op](real(first), real(second))


def rounded(value: Amount, places: int) -> Amount:
    """To places, half away from zero."""
    scale, half = 10**places, Fraction(1, 2)
    if plain(value):
        scaled = abs(Fraction(value) * scale) + half
        whole = scaled.numerator // scaled.denominator
        return Fraction(whole if value >= 0 else -whole, scale)
    scaled = real(value) * scale
    up, down = z3.ToReal(z3.ToInt(scaled + real(half))), -z3.ToReal(z3.ToInt(-scaled + real(half)))
    return z3.If(scaled >= 0, up, down) / scale


def floor(value: Amount) -> Amount:
    """Rounded down."""
    if plain(value):
        fraction = Fraction(value)
        return Fraction(fraction.numerator // fraction.denominator)
    return z3.ToReal(z3.ToInt(real(value)))


def least(values: Sequence[Sym], *, smallest: bool = True) -> Sym:
    """The smallest, or the greatest, of those there are."""
    found = values[0]
    for value in values[1:]:
        better = compare("<" if smallest else ">", value.value, found.value)
        takes = both((value.there, either((negate(found.there), better))))
        there = either((found.there, value.there))
        found = Sym(choose(takes, value.value, found.value), there, either((found.lost, value.lost)))
    return found


_COMPARE: dict[str, Any] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}
