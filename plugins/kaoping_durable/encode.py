"""Rows as columns of integers and short texts: what a fact may carry without being misread.

durable-rules reads numbers as 64-bit integers or binary floats. So the two sides of a comparison cross as integers
over their common denominator, of at most 53 bits; where they do not fit, or a slot holds something its rules cannot
read, there is no opinion on that subject, and it is said why.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import lcm

from kaoping.evaluation.rulebook import Possible, Row, Span
from kaoping_durable.formula import NO, YES, End, Text, Truth, Within, comparable
from kaoping_durable.rules import Program
from kaoping_durable.words import text

LARGEST = 2**53 - 1
"""The largest integer that every reader of numbers keeps exactly."""

Column = int | str | None
"""What crosses: None is left out of the fact, so that no rule that needs it fires."""

NUMBER = int | Fraction | None
ENDS = (("left", "low"), ("left", "high"), ("right", "low"), ("right", "high"))


class CannotCrossError(Exception):
    """A row cannot be told to durable-rules; the message says which rule and slot."""


@dataclass(frozen=True)
class Pair:
    """Two number slots that are compared, the columns of their four ends, and the first rule that does so."""

    left: str
    right: str
    places: tuple[int | None, ...]
    rule: str

    def ends(self, row: Row) -> tuple[int | None, ...]:
        """Low and high of the left side and of the right, over one denominator."""
        left, right = _held(row, self.left, self.rule), _held(row, self.right, self.rule)
        if left is None or right is None:
            return (None,) * 4
        first, second = _span(left, self.left, self.rule), _span(right, self.right, self.rule)
        ends = (first.low, first.high, second.low, second.high)
        scale = lcm(*[end.denominator for end in ends if end is not None])
        numbers = tuple([None if end is None else end.numerator * (scale // end.denominator) for end in ends])
        for number in numbers:
            if number is not None and not -LARGEST <= number <= LARGEST:
                raise _cannot("number-too-long", rule=self.rule, left=self.left, right=self.right)
        return numbers


@dataclass(frozen=True)
class Encoder:
    """Turns rows into the columns of one program."""

    width: int
    pairs: tuple[Pair, ...]
    others: tuple[tuple[Truth | Text | Within, int, str], ...]

    def columns(self, row: Row) -> list[Column]:
        """What crosses for this subject.

        Raises:
            CannotCrossError: the row cannot be told exactly.
        """
        columns: list[Column] = [None] * self.width
        for pair in self.pairs:
            for place, number in zip(pair.places, pair.ends(row), strict=True):
                if place is not None:
                    columns[place] = number
        for source, place, rule in self.others:
            held = _held(row, source.slot, rule)
            if held is not None:
                columns[place] = _decided(source, held, rule)
        return columns


def encoder(program: Program) -> Encoder:
    """The encoder of a program."""
    places = {source: place for place, source in enumerate(program.columns)}
    pairs: dict[tuple[str, str], str] = {}
    for source in places:
        if isinstance(source, End):
            pairs.setdefault((source.left, source.right), program.first_use[source])
    return Encoder(
        width=len(places),
        pairs=tuple(
            Pair(left, right, tuple(places.get(End(left, right, side, end)) for side, end in ENDS), rule)
            for (left, right), rule in pairs.items()
        ),
        others=tuple(
            (source, place, program.first_use[source])
            for source, place in places.items()
            if isinstance(source, Truth | Text | Within)
        ),
    )


def _held(row: Row, slot: str, rule: str) -> Possible:
    if slot not in row.slots:
        raise _cannot("no-slot", rule=rule, slot=slot)
    return row.slots[slot]


def _span(held: Possible, slot: str, rule: str) -> Span:
    if not isinstance(held, Span) or not isinstance(held.low, NUMBER) or not isinstance(held.high, NUMBER):
        raise _cannot("not-a-number", rule=rule, slot=slot)
    if held.low is not None and held.high is not None and held.low > held.high:
        raise _cannot("upside-down", rule=rule, slot=slot)
    return held


def _decided(source: Truth | Text | Within, held: Possible, rule: str) -> Column:
    kind = bool if isinstance(source, Truth) else str
    if not isinstance(held, frozenset) or not held or not all(isinstance(each, kind) for each in held):
        raise _cannot("not-a-truth" if kind is bool else "not-a-text", rule=rule, slot=source.slot)
    if isinstance(source, Within):
        if len(held) == 1 and comparable(source.values):
            return None  # compared as text
        return YES if held <= source.values else NO if held.isdisjoint(source.values) else None
    if len(held) > 1:
        return None
    (value,) = held
    if isinstance(value, str) and not comparable([value]):
        raise _cannot("text-too-long", rule=rule, slot=source.slot)
    return value if isinstance(value, str) else int(value)


def _cannot(key: str, **facts: str) -> CannotCrossError:
    return CannotCrossError(text(key, **facts))
