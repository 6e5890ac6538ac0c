"""The forms of a measure, over columns; the counterpart of `kaoping.evaluation.forms` and `tables`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import reduce
from itertools import combinations

from kaoping.evaluation.plan import TypedMeasure
from kaoping.evaluation.values import NO_VALUE
from kaoping_sql.compiler import Compiler, Spot
from kaoping_sql.ends import End
from kaoping_sql.nodes import Node
from kaoping_sql.operations import chosen
from kaoping_sql.values import Number, Truth, UnknownFormError, Value

MOST_LEFT_OUT = 6


def measured(c: Compiler, measure: TypedMeasure, spot: Spot) -> Value:
    """What a measure may be: its form, rounded once, where it applies."""
    b = c.b
    value = _form(c, measure, spot)
    if measure.rule.round is not None:
        places = measure.rule.round
        assert isinstance(value, Number)
        value = c.sets.monotone(lambda end: c.sets.ends.rounded(end, places), value)
    if measure.applies is None:
        return value
    holds = c.truth(measure.applies, spot)
    away = b.negation(holds.yes) if c.machine.closed(spot.window) else holds.no
    none = b.either(away, value.none)
    open_yet = b.negation(b.either(holds.yes, holds.no))
    return replace(value, none=none, maybe=b.both(b.negation(none), b.either(value.maybe, open_yet)))


def _form(c: Compiler, measure: TypedMeasure, spot: Spot) -> Value:
    if measure.value is not None:
        return c.value(measure.value, spot)
    if measure.weigh:
        return _weighed(c, measure, spot)
    return _table(c, measure, spot) if measure.rule.table else _stepped(c, measure, spot)


# --- steps


def _stepped(c: Compiler, measure: TypedMeasure, spot: Spot) -> Value:
    sets = c.sets
    value: Value = sets.constant(0)
    for kind, amount, when in measure.steps:
        size = c.number(amount, spot)
        assert isinstance(value, Number)
        if kind == "start":
            moved: Number = size
        elif kind == "add":
            moved = sets.add(value, size)
        else:
            moved = _bounded(c, value, size, lowest=kind == "at_most")
        if measure.keep_within:
            low, high = (c.number(end, spot) for end in measure.keep_within)
            moved = _bounded(c, _bounded(c, moved, high, lowest=True), low, lowest=False)
        value = moved if when is None else chosen(c, c.truth(when, spot), moved, value)
    return value


def _bounded(c: Compiler, value: Number, limit: Number, lowest: bool) -> Number:
    """The value kept to a limit: one without a limit stays as it is, none stays none."""
    present = c.sets.present(value)
    assert isinstance(present, Number)
    found = c.sets.extreme([present, limit], lowest)
    return replace(found, none=value.none, maybe=value.maybe)


# --- weighted means


def _weighed(c: Compiler, measure: TypedMeasure, spot: Spot) -> Value:
    """The weighted mean; what has no value is left out with its weight, as is what may be left out while unknown."""
    b, sets, ends = c.b, c.sets, c.sets.ends
    closed = c.machine.closed(spot.window)
    parts: list[tuple[Number, int]] = []
    weights: list[Fraction] = []
    sure: list[Node] = []
    maybe: list[Node] = []
    for name, what, weight in measure.weigh:
        value = c.number(what, spot)
        held = c.number(weight, spot)
        if held.low.num.op != "const" or held.low != held.high or held.none is not b.false or held.low.low <= 0:
            raise UnknownFormError(f"{measure.rule.id}: {weight.op}")
        may_leave = name in measure.rule.leave_out
        decided = sets.decided(value)
        left = b.either(value.none, b.both(b.truth(may_leave and closed), b.negation(decided)))
        there = b.either(decided, b.truth(not may_leave))
        there = b.both(there, b.negation(b.both(value.maybe, b.negation(decided))))
        weights.append(held.low.low)
        sure.append(b.both(b.negation(left), there))
        maybe.append(b.both(b.negation(left), b.negation(there)))
        if maybe[-1] is b.false and may_leave:
            value = replace(value, high=value.low)  # it counts where it is decided, and there both ends are one
        parts.append((value, 0))
    scale = reduce(lambda a, w: a * w.denominator, weights, 1)
    scaled = [int(weight * scale) for weight in weights]
    some_sure, some = b.either(*sure), b.either(*sure, *maybe)
    lows = _lowest(c, [value.low for value, _ in parts], scaled, sure, maybe)
    if all(value.low == value.high for value, _ in parts) and all(one is b.false for one in maybe):
        return Number(lows, lows, b.negation(some), b.false)
    turned = _lowest(c, [ends.negative(value.high) for value, _ in parts], scaled, sure, maybe)
    none = b.negation(some)
    return Number(lows, ends.negative(turned), none, b.both(some, b.negation(some_sure)))


def _lowest(
    c: Compiler, values: Sequence[End], weights: Sequence[int], sure: Sequence[Node], maybe: Sequence[Node]
) -> End:
    """The lowest mean there may be: of the sure ones with any of the others."""
    b, ends = c.b, c.sets.ends
    uncertain = [place for place, one in enumerate(maybe) if one is not b.false]
    if len(uncertain) > MOST_LEFT_OUT:
        raise UnknownFormError(f"a mean of {len(uncertain)} parts that may be left out")
    low, high = min(value.low for value in values), max(value.high for value in values)
    gone = b.either(
        *(
            b.both(b.either(one, other), ends.missing(value))
            for value, one, other in zip(values, sure, maybe, strict=True)
        )
    )
    nums, den = ends.common([replace(v, num=b.filled(v.num, v.num.low)) for v in values])
    found: End | None = None
    some = b.false
    for size in range(len(uncertain) + 1):
        for chosen_ones in combinations(uncertain, size):
            counted = [b.either(one, maybe[place]) if place in chosen_ones else one for place, one in enumerate(sure)]
            total = b.add(
                b.zero,
                *(b.case(k, b.times(n, b.const(w)), b.zero) for k, n, w in zip(counted, nums, weights, strict=True)),
            )
            weight = b.add(b.zero, *(b.case(k, b.const(w), b.zero) for k, w in zip(counted, weights, strict=True)))
            here = b.either(*counted)
            if here is b.false:
                continue
            weight = ends.at_least(weight, min(weights)) if weight.low < min(weights) else weight
            mean = ends.end(total, b.times(weight, den), low, high)
            if found is None:
                found, some = mean, here
                continue
            found = ends.case(here, ends.case(some, ends.least(found, mean), mean), found)
            some = b.either(some, here)
    assert found is not None or not values
    return ends.case(gone, ends.none, found or ends.constant(0))


# --- decision tables


def _table(c: Compiler, measure: TypedMeasure, spot: Spot) -> Value:
    table, column = measure.rule.table, measure.rule.column
    assert table is not None
    rows = [
        (c.truth(when, spot) if when else c.sets.truth(c.b.true), c.constant(gives, measure.type), row.gives[0])
        for (when, gives), row in zip(measure.rows, table.rows, strict=True)
    ]
    if table.hit in ("priority", "output_order"):
        rows.sort(key=lambda row: table.order.index(row[2]))
    policy = _POLICIES.get(table.hit)
    if policy is None:
        raise UnknownFormError(f"{measure.rule.id}: {table.hit}")
    if table.default is not None:
        default = c.constant(table.default[column], measure.type)
    else:
        default = c.constant(NO_VALUE, measure.type)
    return policy(c, [(when, gives) for when, gives, _ in rows], default)


Hits = list[tuple[Truth, Value]]


def _first(c: Compiler, hits: Hits, default: Value) -> Value:
    """Down the rows: everything that may be the first to fit."""
    found = default
    for when, gives in reversed(hits):
        found = chosen(c, when, gives, found)
    return found


def _unique(c: Compiler, hits: Hits, default: Value) -> Value:
    """The one row that fits; two that surely fit give no value."""
    return _one(c, hits, default, differ=False)


def _agreeing(c: Compiler, hits: Hits, default: Value) -> Value:
    """Rows that fit together must say the same; else there is no value."""
    return _one(c, hits, default, differ=True)


def _one(c: Compiler, hits: Hits, default: Value, differ: bool) -> Value:
    b, sets = c.b, c.sets
    sure: Value = default
    several, some = b.false, b.false
    for when, gives in hits:
        clash = b.both(when.yes, some)
        if differ:
            clash = b.both(clash, b.negation(_equal(c, sure, gives)))
        several = b.either(several, clash)
        sure = sets.case(b.both(when.yes, b.negation(some)), gives, sure)
        some = b.either(some, when.yes)
    wide = default
    for when, gives in hits:
        wide = sets.case(when.no, wide, sets.hull(gives, wide))
    found = sets.case(some, sure, wide)
    return replace(found, none=b.either(several, found.none), maybe=b.both(b.negation(several), found.maybe))


def _equal(c: Compiler, first: Value, second: Value) -> Node:
    if isinstance(first, Number) and isinstance(second, Number):
        return c.sets.compare("==", first, second).yes
    return c.sets.same(first, second).yes


def _counted(c: Compiler, hits: Hits, _: Value) -> Value:
    b, ends = c.b, c.sets.ends
    low = b.add(b.zero, *(b.number(when.yes) for when, _ in hits))
    high = b.add(b.zero, *(b.number(b.negation(when.no)) for when, _ in hits))
    return c.sets.number(ends.end(low, b.one), ends.end(high, b.one))


def _summed(c: Compiler, hits: Hits, _: Value) -> Value:
    zero = c.sets.constant(0)
    parts = [zero]
    for when, gives in hits:
        part = chosen(c, when, gives, zero)
        assert isinstance(part, Number)
        parts.append(part)
    return c.sets.add(*parts)


def _extreme(lowest: bool) -> Callable[[Compiler, Hits, Value], Value]:
    def pick(c: Compiler, hits: Hits, default: Value) -> Value:
        """The extreme of the rows that surely fit, and what it becomes with each of the others."""
        b, sets = c.b, c.sets
        sure: Value = default
        some = b.false
        for when, gives in hits:
            both = sets.extreme([_number(sure), _number(gives)], lowest)
            sure = sets.case(when.yes, sets.case(some, both, gives), sure)
            some = b.either(some, when.yes)
        found = sure
        for when, gives in hits:
            moved = sets.case(some, sets.extreme([_number(sure), _number(gives)], lowest), gives)
            undecided = b.negation(b.either(when.yes, when.no))
            found = sets.case(undecided, sets.hull(found, moved), found)
        return found

    return pick


def _number(value: Value) -> Number:
    if not isinstance(value, Number):
        raise UnknownFormError("an extreme of what is no number")
    return value


_POLICIES: dict[str, Callable[[Compiler, Hits, Value], Value]] = {
    "unique": _unique,
    "any": _agreeing,
    "first": _first,
    "priority": _first,
    "collect sum": _summed,
    "collect min": _extreme(True),
    "collect max": _extreme(False),
    "collect count": _counted,
}
