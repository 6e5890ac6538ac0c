"""What columns hold for values: whole numbers, and texts as they are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from kaoping.facts.clock import seconds_of
from kaoping.facts.frame import UNDETERMINED
from kaoping.facts.types import ValueType

FIRST, LAST = date.min.toordinal(), date.max.toordinal()
NUMBERS = ("number", "integer")
MOST_DECIMALS = 40


def encoder(kind: ValueType | None, scale: int) -> Callable[[Any], Any]:
    """What a column of a type holds for a value: whole numbers, texts as they are, None for none."""
    assert kind is not None
    if kind.kind in NUMBERS:
        return lambda raw: None if raw is None else raw.numerator * scale // raw.denominator
    if kind.kind == "choice":
        return lambda raw: None if raw is None else _mask(kind, (raw,))
    if kind.kind == "date":
        return lambda raw: day_number(raw, None)
    if kind.kind == "time":
        return lambda raw: None if raw is None else seconds_of(raw)
    return lambda raw: raw


def _mask(kind: ValueType, texts: Any) -> int | None:
    if not texts:
        return None
    if UNDETERMINED in texts and UNDETERMINED not in kind.choices:
        return (1 << len(kind.choices)) - 1
    unknown = [text for text in texts if text not in kind.choices]
    if unknown:
        from kaoping_sql.values import UnknownFormError  # noqa: PLC0415 - most of the compiler comes with it

        raise UnknownFormError(str(unknown[0]))
    return sum(1 << kind.choices.index(text) for text in texts)


def day_number(day: Any, otherwise: int | None) -> int | None:
    """The number of a day, or what stands for none."""
    return otherwise if day is None else day.toordinal()
