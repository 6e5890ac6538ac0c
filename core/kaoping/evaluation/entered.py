"""What was entered or fed as values that engines reckon with, and what a blank may be."""

from __future__ import annotations

from typing import Any

from kaoping.evaluation import values as sets
from kaoping.evaluation.values import MAYBE, NEVER_DAY, NO_VALUE, Range, Value, ends, perhaps, range_of
from kaoping.facts.clock import LAST_SECOND, seconds_of
from kaoping.facts.frame import UNDETERMINED, Remaining
from kaoping.facts.types import ValueType
from kaoping.facts.values import read_value


def plain_value(raw: Any, kind: ValueType, wide: Value) -> Value:
    """An entered value as engines reckon with it: a date by its day, a time by its second, undetermined as wide."""
    if kind.kind == "date":
        return raw.toordinal()
    if kind.kind == "time":
        return seconds_of(raw)
    if raw == UNDETERMINED and kind.kind == "choice":
        return wide
    return raw


def read_assumed(text: str, kind: ValueType) -> Any:
    """What a scheme writes for a blank."""
    return read_value(text, kind)


def widest(kind: ValueType) -> Value:
    """Everything a value of this type may be."""
    if kind.kind in ("number", "integer"):
        if kind.one_of:
            return range_of(min(kind.one_of), max(kind.one_of))
        return Range(_whole(kind.minimum), _whole(kind.maximum))
    if kind.kind == "boolean":
        return MAYBE
    if kind.kind == "choice":
        return sets.choices_of(kind.choices)
    if kind.kind == "date":
        return Range(sets.FIRST_DAY, NEVER_DAY if kind.never else NEVER_DAY - 1)
    return Range(0, LAST_SECOND) if kind.kind == "time" else sets.ANY_TEXT


def fed_value(remaining: Remaining | None, kind: ValueType, wide: Value) -> Value:
    """What another result leaves possible, kept within what the type allows; nothing known of it is anything."""
    if remaining is None:
        return wide
    found = NO_VALUE
    if remaining.span is not None:
        low, high = (None if end is None else plain_value(end, kind, wide) for end in remaining.span)
        least, most = ends(wide)
        found = range_of(
            low if least is None or (low is not None and low > least) else least,
            high if most is None or (high is not None and high < most) else most,
        )
    elif remaining.values:
        values = [plain_value(value, kind, wide) for value in remaining.values]
        found = sets.choices_of(values) if kind.kind in ("boolean", "choice", "text") else values[0]
    return perhaps(found) if remaining.none else found


def _whole(bound: Any) -> Any:
    return bound.numerator if bound is not None and bound.denominator == 1 else bound
