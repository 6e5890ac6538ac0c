"""When a condition is surely true, and when surely false: formulas without negation over what a fact says.

durable-rules has no NOT, and no third truth value. So each condition becomes two formulas, one for each verdict,
by pushing negation inward until only comparisons are left, each with a form of its own for either verdict. Where
neither formula holds, the condition is undecided. Both agree with Kleene's logic, connective by connective.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from kaoping.evaluation.rulebook import And, Compare, Condition, Holds, IsOneOf, IsTrue, Not, Or

REFUTED, UNDECIDED, SURE = 0, 1, 2
"""A rule's verdict, as a later fact states it."""

NO, YES = 0, 1
"""A grade's or a helper's finding, and a truth, as facts state them."""


@dataclass(frozen=True)
class End:
    """One of the four ends two compared spans have: side ``left`` or ``right``, end ``low`` or ``high``."""

    left: str
    right: str
    side: str
    end: str


@dataclass(frozen=True)
class Truth:
    """A truth slot, once decided."""

    slot: str


@dataclass(frozen=True)
class Text:
    """A text slot, once one value is left."""

    slot: str


@dataclass(frozen=True)
class Within:
    """Of the several texts a slot may hold, all are among these (yes) or none is (no)."""

    slot: str
    values: frozenset[str]


@dataclass(frozen=True)
class Found:
    """What was found earlier, by its number."""

    output: int


Source = End | Truth | Text | Within | Found
"""Where a property of a fact comes from."""


@dataclass(frozen=True)
class Meets:
    """A property of the fact compared with another, or with a constant."""

    left: Source
    op: str
    right: Source | int | str


@dataclass(frozen=True)
class Every:
    """All parts hold."""

    parts: tuple[Formula, ...]


@dataclass(frozen=True)
class Some:
    """At least one part holds."""

    parts: tuple[Formula, ...]


Formula = Meets | Every | Some


def every(parts: Iterable[Formula]) -> Every:
    """All of these."""
    return Every(tuple(parts))


def some(parts: Iterable[Formula]) -> Some:
    """One of these."""
    return Some(tuple(parts))


def verdict(
    condition: Condition,
    holds: bool,
    rule: Callable[[str], int],
    grade: Callable[[str, frozenset[str], bool], Formula | None],
) -> Formula:
    """The formula under which the condition surely holds, or surely does not.

    Args:
        condition: what is judged.
        holds: which verdict.
        rule: the number of an earlier rule's finding.
        grade: the formula of "the grade is one of these" where the slot is a grade, else None.
    """

    def of(part: Condition, wanted: bool) -> Formula:
        match part:
            case Not(inner):
                return of(inner, not wanted)
            case And(parts):
                return (every if wanted else some)(of(each, wanted) for each in parts)
            case Or(parts):
                return (some if wanted else every)(of(each, wanted) for each in parts)
            case Compare():
                return _compared(part, wanted)
            case IsTrue(slot):
                return Meets(Truth(slot), "==", YES if wanted else NO)
            case Holds(earlier):
                return Meets(Found(rule(earlier)), "==", SURE if wanted else REFUTED)
            case IsOneOf(slot, values):
                found = grade(slot, values, wanted)
                return _among(slot, values, wanted) if found is None else found

    return of(condition, holds)


OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}


def _compared(compare: Compare, wanted: bool) -> Formula:
    """Over every pair of possible values: the nearest ends decide."""

    def margin(left: str, op: str, right: str) -> Meets:
        left_end = End(compare.left, compare.right, "left", left)
        return Meets(left_end, op, End(compare.left, compare.right, "right", right))

    match compare.op if wanted else OPPOSITE[compare.op]:
        case "==":  # as low <= high on either side, this leaves one and the same value
            return every((margin("low", ">=", "high"), margin("high", "<=", "low")))
        case "!=":
            return some((margin("high", "<", "low"), margin("low", ">", "high")))
        case ("<" | "<=") as op:
            return margin("high", op, "low")
        case op:
            return margin("low", op, "high")


def _among(slot: str, values: frozenset[str], wanted: bool) -> Formula:
    """By comparing text where one value is left, else by whether all or none of them are among the values."""
    several = Meets(Within(slot, values), "==", YES if wanted else NO)
    listed = comparable(values)
    if not listed:
        return several
    if wanted:
        return some((*(Meets(Text(slot), "==", value) for value in listed), several))
    return some((every(Meets(Text(slot), "!=", value) for value in listed), several))


LONGEST_TEXT = 1000


def comparable(values: Iterable[str]) -> list[str]:
    """The texts short enough to be compared, sorted: durable-rules keeps 16 bits of a length."""
    return sorted(value for value in values if len(value.encode("utf-16-le", "surrogatepass")) <= LONGEST_TEXT)
