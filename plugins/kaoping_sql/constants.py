"""Values of the reference engine as sets that are the same in every row."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kaoping.evaluation import values as reference
from kaoping.facts.types import ValueType
from kaoping.scheme.typed import Type
from kaoping_sql.values import Sets, Value, Words


def constant(sets: Sets, value: reference.Value, kind: Type | ValueType) -> Value:
    """A value of the reference engine, the same in every row."""
    b = sets.b
    if value is reference.NO_VALUE:
        empty = constant(sets, _something(kind), kind)
        return replace(empty, none=b.true)
    if isinstance(value, reference.Perhaps):
        return replace(constant(sets, value.value, kind), maybe=b.true)
    if isinstance(value, reference.Range):
        low, high = (sets.ends.none if end is None else sets.ends.constant(end) for end in (value.low, value.high))
        return sets.number(low, high)
    if isinstance(value, bool):
        return sets.truth(b.truth(value))
    if value == reference.MAYBE:
        return sets.maybe
    if value == reference.ANY_TEXT:
        return Words(b.null, b.false, b.false)
    if isinstance(value, reference.Choices):
        options = getattr(kind, "choices", None) or tuple(sorted(value.values))
        options = (*options, *sorted(value.values - set(options)))
        mask = sum(1 << place for place, option in enumerate(options) if option in value.values)
        return sets.choice(options, b.const(mask))
    if isinstance(value, str):
        if kind.kind == "text" and isinstance(kind, ValueType):
            return Words(b.text(value), b.false, b.false)
        return sets.known_text(value)
    return sets.constant(value)


def _something(kind: Type | ValueType) -> Any:
    if kind.kind == "boolean":
        return False
    if kind.kind in ("choice", "text"):
        choices = getattr(kind, "choices", None)
        return choices[0] if choices else ""
    return 0
