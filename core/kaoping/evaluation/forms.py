"""The forms of a measure besides an expression and a table: weighted means and steps, over possible-value sets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import TYPE_CHECKING

from kaoping.evaluation import values as sets
from kaoping.evaluation.plan import TypedMeasure
from kaoping.evaluation.values import NO_VALUE, NUMBERS, Number, Perhaps, Value, decided, hull, perhaps, present

if TYPE_CHECKING:
    from kaoping.evaluation.context import Context, Run
    from kaoping.evaluation.reference import Machine

Pair = tuple[Value, Value]
"""A value and its weight."""
_MOST_SUBSETS = 10


def steps_closure(machine: Machine, measure: TypedMeasure) -> Run:
    """Start, then add or bound, each when its condition holds, kept within its ends after every step."""
    steps = [
        (kind, machine.closure(amount), machine.closure(when) if when else None) for kind, amount, when in measure.steps
    ]
    within = tuple(machine.closure(end) for end in measure.keep_within) if measure.keep_within else None

    def run(context: Context) -> Value:
        value: Value = 0
        for kind, amount, when in steps:
            holds = True if when is None else when(context)
            if holds is False:
                continue
            size = amount(context)
            if kind == "start":
                moved = size
            elif kind == "add":
                moved = sets.add(value, size)
            else:
                moved = _bounded(sets.least if kind == "at_most" else sets.greatest, value, size)
            if within:
                moved = _bounded(sets.greatest, _bounded(sets.least, moved, within[1](context)), within[0](context))
            value = moved if holds is True else hull(value, moved)
        return value

    return run


def _bounded(pick: Callable[[Sequence[Value]], Value], value: Value, limit: Value) -> Value:
    """The value kept to a limit: one without a limit stays as it is, none stays none."""
    if value is NO_VALUE:
        return NO_VALUE
    found = pick((present(value), limit))
    return perhaps(found) if value.__class__ is Perhaps else found


def weigh_closure(machine: Machine, measure: TypedMeasure) -> Run:
    """The weighted mean; what has no value is left out with its weight, as is what may be left out while unknown."""
    parts = [
        (machine.closure(what), machine.closure(weight), name in measure.rule.leave_out)
        for name, what, weight in measure.weigh
    ]

    def closed(context: Context) -> bool:
        return machine.closed(context.window) and not machine.blind

    def run(context: Context) -> Value:
        sure: list[Pair] = []
        maybe: list[Pair] = []
        for what, weight, may_leave in parts:
            value = what(context)
            if value.__class__ in NUMBERS:
                sure.append((value, weight(context)))
                continue
            if value is NO_VALUE or (may_leave and not decided(value) and closed(context)):
                continue
            there = decided(value) or not (may_leave or value.__class__ is Perhaps)
            (sure if there else maybe).append((present(value), weight(context)))
        return weighted(sure, maybe)

    return run


def weighted(sure: list[Pair], maybe: list[Pair]) -> Value:
    """Everything the weighted mean of the sure ones and any of the others may be."""
    weights = [weight for _, weight in (*sure, *maybe)]
    if all(weight.__class__ in NUMBERS and weight > 0 for weight in weights):
        if not maybe and all(value.__class__ in NUMBERS for value, _ in sure):
            return _mean(sure) if sure else NO_VALUE
        if not weights:
            return NO_VALUE
        found = sets.range_of(_lowest(sure, maybe, 1), _negative(_lowest(sure, maybe, -1)))
        return found if sure else perhaps(found)
    if len(maybe) > _MOST_SUBSETS or NO_VALUE in weights:
        return NO_VALUE if NO_VALUE in weights else sets.Range(None, None)
    return reduce(hull, (_quotient(chosen) for chosen in _subsets(sure, maybe)))


def _mean(pairs: Sequence[tuple[Number, Number]]) -> Number:
    """The weighted mean of decided numbers, reduced once at the end."""
    top, bottom, weights_top, weights_bottom = 0, 1, 0, 1
    for value, weight in pairs:
        share, over = weight.numerator, weight.denominator
        under = value.denominator * over
        top = top * under + value.numerator * share * bottom
        bottom *= under
        weights_top = weights_top * over + share * weights_bottom
        weights_bottom *= over
    return sets.exact(top * weights_bottom, bottom * weights_top)


def _lowest(sure: list[Pair], maybe: list[Pair], sign: int) -> Number | None:
    """The lowest mean there may be; with sign -1 that of the opposites."""

    def low(value: Value) -> Number | None:
        return sets.ends(value)[0] if sign > 0 else _negative(sets.ends(value)[1])

    lows = [(low(value), weight) for value, weight in sure]
    others = [(low(value), weight) for value, weight in maybe]
    if any(end is None for end, _ in (*lows, *others)):
        return None
    chosen: list[tuple[Number, Number]] = [(end, weight) for end, weight in lows if end is not None]
    for end, weight in sorted((end, weight) for end, weight in others if end is not None):
        if chosen and end >= _mean(chosen):
            break  # whoever follows raises the mean
        chosen.append((end, weight))
    return _mean(chosen)


def _negative(number: Number | None) -> Number | None:
    return None if number is None else -number


def _subsets(sure: list[Pair], maybe: list[Pair]) -> list[list[Pair]]:
    return [
        sure + [pair for bit, pair in enumerate(maybe) if mask >> bit & 1] for mask in range(1 << len(maybe))
    ]  # fmt: skip


def _quotient(pairs: list[Pair]) -> Value:
    total: Value = 0
    weights: Value = 0
    for value, weight in pairs:
        total = sets.add(total, sets.multiply(value, weight))
        weights = sets.add(weights, weight)
    return sets.divide(total, weights) if sets.excludes_zero(weights) else NO_VALUE
