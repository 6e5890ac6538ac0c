"""What each node of a typed expression does, over columns; the counterpart of `kaoping.evaluation.operations`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import time
from fractions import Fraction

from kaoping.evaluation.values import FIRST_DAY, NEVER_DAY
from kaoping.facts.clock import seconds_of
from kaoping.facts.periods import parse_period
from kaoping.scheme.model import Duration
from kaoping.scheme.typed import FactRef, Lookup, NameRef, Typed
from kaoping_sql import columns, days
from kaoping_sql.aggregates import aggregate
from kaoping_sql.compiler import Compiler, Spot
from kaoping_sql.ends import End
from kaoping_sql.nodes import Node
from kaoping_sql.rows import Column
from kaoping_sql.values import Choice, Number, Truth, UnknownFormError, Value

Operation = Callable[[Compiler, Typed, Spot], Value]


def _const(c: Compiler, node: Typed, _: Spot) -> Value:
    return c.constant(node.data, node.type)


def _parameter(c: Compiler, node: Typed, _: Spot) -> Value:
    value = c.machine.parameters[node.data]
    if value is None or isinstance(value, Duration):
        raise UnknownFormError(node.data)
    return c.constant(seconds_of(value) if isinstance(value, time) else value, node.type)


def _built_in(c: Compiler, node: Typed, spot: Spot) -> Value:
    name, period = node.data, c.machine.period
    found = {
        "window_start": spot.window.start.toordinal(),
        "window_end": spot.window.end.toordinal(),
        "period_start": period.start.toordinal(),
        "period_end": period.end.toordinal(),
        "after_period": period.end.toordinal() + 1,
    }
    if name not in found:
        raise UnknownFormError(name)
    return c.sets.constant(found[name])


def _field(c: Compiler, node: Typed, spot: Spot) -> Value:
    name, kind, of = node.data
    if not spot.record or of != spot.row.record:
        raise UnknownFormError(f"{of}.{name}")
    column = Column(name, "field", kind, record=spot.row.record)
    blank = NEVER_DAY if kind.never and c.machine.closed(spot.window) else c.machine.wide(kind)
    return columns.stored(c, spot.row, column, spot, c.constant(blank, kind), False)


def _id(c: Compiler, node: Typed, spot: Spot) -> Value:
    """What the subject, window or item gone through is called."""
    kind, name = node.data
    if kind == "subject":
        return columns.called(c, name, spot)
    text = dict(spot.at).get(name) if kind in ("item", "window") else None
    if text is None:
        raise UnknownFormError(f"{name}.id")
    return c.sets.known_text(text)


def _lookup(c: Compiler, node: Typed, spot: Spot) -> Value:
    """What a scale gives for keys that are the same in every row: items, windows and constants."""
    asked: Lookup = node.data
    scale = asked.scale.scale
    keys = [c.value(kid, spot) for kid in node.kids[: asked.args]]
    known = tuple(key.options[0] for key in keys if isinstance(key, Choice) and len(key.options) == 1)
    rows = dict(zip((row.keys for row in scale.rows), asked.scale.gives, strict=False))
    gives = rows.get(known, asked.scale.none) if len(known) == len(keys) else None
    if scale.form != "by" or gives is None:
        raise UnknownFormError(f"lookup({scale.id})")
    return c.value(gives, spot)


def _part(c: Compiler, node: Typed, spot: Spot) -> Value:
    """A field of a criterion gone through."""
    name, _, of = node.data
    if spot.part is None or of != "criteria":
        raise UnknownFormError(f"{of}.{name}")
    return c.part(name, spot.part)


def _fact(c: Compiler, node: Typed, spot: Spot) -> Value:
    return columns.of_fact(c, node.data, spot)


def _named(c: Compiler, node: Typed, spot: Spot) -> Value:
    ref: NameRef = node.data
    if ref.frame != spot.frame or spot.record:
        return columns.lifted(c, ref.name, ref.frame, spot, lambda outer: _named(c, node, outer))
    found = c.named(ref, spot)
    if found is not None:
        return found
    if ref.kind == "measure":
        return c.measure(ref.section, ref.name, spot)
    if ref.kind == "cohort":
        return columns.won(c, ref, spot)
    if ref.kind != "special":
        raise UnknownFormError(ref.name)
    return c.special(ref, spot)


def _negative(c: Compiler, node: Typed, spot: Spot) -> Value:
    return c.sets.negative(c.number(node.kids[0], spot))


def _chain(c: Compiler, node: Typed, spot: Spot) -> Value:
    parts = [c.number(kid, spot) for kid in node.kids]
    value = parts[0]
    waiting = [value]
    for op, part in zip(node.data[1:], parts[1:], strict=True):
        if op in "+-":
            waiting.append(part if op == "+" else c.sets.negative(part))
            continue
        if len(waiting) > 1:
            waiting = [c.sets.add(*waiting)]
        value = c.sets.times(waiting[0], part) if op == "*" else c.sets.divide(waiting[0], part)
        waiting = [value]
    return c.sets.add(*waiting)


def _compare(c: Compiler, node: Typed, spot: Spot) -> Value:
    return c.sets.compare(node.data, c.number(node.kids[0], spot), c.number(node.kids[1], spot))


def _same(c: Compiler, node: Typed, spot: Spot) -> Value:
    found = c.sets.same(c.value(node.kids[0], spot), c.value(node.kids[1], spot))
    return found if node.data == "==" else c.sets.negation(found)


def _among(c: Compiler, node: Typed, spot: Spot) -> Value:
    return c.sets.among(c.value(node.kids[0], spot), node.data)


def _and(c: Compiler, node: Typed, spot: Spot) -> Value:
    return c.sets.both([c.truth(kid, spot) for kid in node.kids])


def _or(c: Compiler, node: Typed, spot: Spot) -> Value:
    return c.sets.either([c.truth(kid, spot) for kid in node.kids])


def _not(c: Compiler, node: Typed, spot: Spot) -> Value:
    return c.sets.negation(c.truth(node.kids[0], spot))


def chosen(c: Compiler, when: Truth, then: Value, other: Value) -> Value:
    """``then if when else other``: an undecided one is everything either may be."""
    if when.no is c.b.negation(when.yes):
        return c.sets.case(when.yes, then, other)
    return c.sets.case(when.yes, then, c.sets.case(when.no, other, c.sets.hull(then, other)))


def _if(c: Compiler, node: Typed, spot: Spot) -> Value:
    then, when, other = node.kids
    return chosen(c, c.truth(when, spot), c.value(then, spot), c.value(other, spot))


def _known(c: Compiler, node: Typed, spot: Spot) -> Value:
    b, value = c.b, c.value(node.kids[0], spot)
    decided = c.sets.decided(value)
    yes = b.both(decided, b.negation(value.none))
    if c.machine.closed(spot.window):
        return c.sets.truth(yes)
    return c.sets.truth(yes, value.none)


def _or_else(c: Compiler, node: Typed, spot: Spot) -> Value:
    sets = c.sets
    value, other = (c.value(kid, spot) for kid in node.kids)
    instead = other if c.machine.closed(spot.window) else sets.hull(sets.present(value), other)
    decided = sets.decided(value)
    sure = sets.present(value)
    if isinstance(sure, Number):
        sure = sets.number(sure.low)  # decided: both ends are one
    return sets.case(value.none, other, sets.case(decided, sure, instead))


def _ratio(c: Compiler, node: Typed, spot: Spot) -> Value:
    b, sets, ends = c.b, c.sets, c.sets.ends
    over, under = c.number(node.kids[0], spot), c.number(node.kids[1], spot)
    none = _none(c, node.kids[2], spot)
    scaled = sets.times(over, sets.constant(100 if node.data == "percent" else 1))
    if under.low.open or under.low.low < 0:
        if not (under.high.open or under.high.high >= 0):
            return sets.divide(scaled, under)
        raise UnknownFormError("a divisor that may lie on either side of 0")
    zero = ends.constant(0)
    above = b.less(b.zero, under.low.num)
    held = sets.present(under)
    assert isinstance(held, Number)
    least = _divisor(c, held)
    quotient = sets.present(sets.divide(scaled, least))
    assert isinstance(quotient, Number)
    found: Value = none
    if not (under.low == under.high and not under.low.open):
        top = sets.present(scaled)
        assert isinstance(top, Number)
        lowest = ends.case(
            b.either(ends.missing(top.low), ends.less(top.low, zero)),
            ends.none,
            ends.case(ends.missing(under.high), zero, _over(c, top.low, under.high)),
        )
        greatest = ends.case(ends.less(top.high, zero, True), zero, ends.none)
        found = sets.case(ends.equal(under.high, zero), none, sets.hull(sets.number(lowest, greatest), none))
    found = sets.case(above, quotient, found)
    gone = b.either(over.none, under.none)
    maybe = b.either(over.maybe, under.maybe)
    assert isinstance(found, Number)
    none_node = b.case(gone, b.true, found.none)
    return Number(found.low, found.high, none_node, b.both(b.negation(none_node), b.either(found.maybe, maybe)))


def _divisor(c: Compiler, value: Number) -> Number:
    """The divisor where it is surely above 0; it is read nowhere else."""
    low = _above(c, value.low)
    return c.sets.number(low, low if value.low == value.high else _above(c, value.high))


def _above(c: Compiler, end: End) -> End:
    num = c.sets.ends.at_least(end.num, 1)
    return End(num, end.den, max(end.low, Fraction(1, end.den.high)), max(end.high, Fraction(1, end.den.high)))


def _over(c: Compiler, top: End, under: End) -> End:
    ends = c.sets.ends
    return ends.times(top, ends.inverse(_above(c, under)))


def _none(c: Compiler, node: Typed, spot: Spot) -> Number:
    if node.op == "const" and node.data is None:
        return c.sets.anything()
    return c.number(node, spot)


def _shifted(c: Compiler, node: Typed, spot: Spot) -> Value:
    ref: FactRef = node.data
    sets = c.sets
    if ref.shift == "previous":
        at = dict(spot.at)
        known = c.machine.windows
        windows = [(step, at[step]) for step in ref.fact.for_each if known.has(step) and step in at]
        scheme = c.plan.scheme
        before = known.before(*windows[-1]) if windows else scheme.period_before(c.machine.base)
        rest = node.kids
    else:
        school = "S" if c.plan.scheme.period == "school_year" else ""
        before = parse_period(f"{int(c.fixed(node.kids[0], spot)):04}{school}")
        rest = node.kids[1:]
    blank = c.machine.blank(ref.fact, spot.window)
    value = columns.of_fact(c, ref, spot, before) if before else c.constant(blank, ref.fact.type)
    if not rest or rest[0].data is None:
        return value
    other = c.value(rest[0], spot)
    instead = other if c.machine.closed(spot.window) else sets.hull(value, other)
    return sets.case(sets.decided(value), value, instead)


def _plus(c: Compiler, node: Typed, spot: Spot) -> Value:
    if "workdays" in node.data:
        raise UnknownFormError("plus(workdays=)")
    value, lengths = c.number(node.kids[0], spot), [c.number(kid, spot) for kid in node.kids[1:]]
    if any(end.den is not c.b.one for length in lengths for end in (length.low, length.high)):
        raise UnknownFormError("a length that need not be a whole number")
    low = _later(c, value.low, dict(zip(node.data, (length.low for length in lengths), strict=True)), FIRST_DAY)
    high = low
    if any(part.low != part.high for part in (value, *lengths)):
        high = _later(c, value.high, dict(zip(node.data, (length.high for length in lengths), strict=True)), NEVER_DAY)
    first = c.sets.ends.end(low, c.b.one)
    found = c.sets.number(first, first if low is high else c.sets.ends.end(high, c.b.one))
    return c.sets.strict(lambda *_: found, value, *lengths)


def _later(c: Compiler, day: End, lengths: Mapping[str, End], endless: int) -> Node:
    """The end of a day that is so much later; where a length has no end, neither has that day."""
    b, ends = c.b, c.sets.ends
    years, months, more = (
        b.filled(lengths[unit].num, 0) if unit in lengths else b.zero for unit in ("years", "months", "days")
    )
    moved = days.later(b, day.num, b.add(b.times(years, b.const(12)), months), more, endless)
    return b.case(b.either(*(ends.missing(length) for length in lengths.values())), b.const(endless), moved)


def _between(c: Compiler, node: Typed, spot: Spot) -> Value:
    start, end = (c.number(kid, spot) for kid in node.kids)
    b, ends, name = c.b, c.sets.ends, node.data

    def count(first: End, second: End) -> Node:
        one, other = (b.within(b.filled(each.num, FIRST_DAY), FIRST_DAY, NEVER_DAY) for each in (first, second))
        if name == "days":
            return b.subtract(other, one)
        found = days.full_months(b, one, other)
        return found if name == "full_months" else ends._floor(found, b.const(12))

    points = start.low == start.high and end.low == end.high
    low = ends.end(count(start.high, end.low), b.one)
    high = low if points else ends.end(count(start.low, end.high), b.one)
    gone = b.either(*(ends.missing(each) for each in (start.low, start.high, end.low, end.high)))
    found = c.sets.case(gone, c.sets.anything(), c.sets.number(low, high))
    assert isinstance(found, Number)
    return c.sets.strict(lambda *_: found, start, end)


def _call(c: Compiler, node: Typed, spot: Spot) -> Value:
    name, sets, ends = node.data, c.sets, c.sets.ends
    if name in ("full_years", "full_months", "days"):
        return _between(c, node, spot)
    parts = [c.number(kid, spot) for kid in node.kids]
    if name in ("min", "max"):
        return sets.extreme(parts, name == "min")
    part = parts[0]
    if name == "abs":
        return sets.absolute(part)
    if name == "floor":
        return sets.monotone(ends.whole, part)
    if name == "ceil":
        return sets.monotone(lambda end: ends.whole(end, up=True), part)
    if name.startswith("round:"):
        places = int(name.removeprefix("round:"))
        return sets.monotone(lambda end: ends.rounded(end, places), part)
    if name == "year":
        return sets.monotone(lambda end: ends.end(days.year(c.b, end.num), c.b.one), part)
    raise UnknownFormError(name)


OPERATIONS: dict[str, Operation] = {
    "const": _const,
    "parameter": _parameter,
    "built_in": _built_in,
    "field": _field,
    "id": _id,
    "lookup": _lookup,
    "part": _part,
    "fact": _fact,
    "named": _named,
    "negative": _negative,
    "chain": _chain,
    "compare": _compare,
    "same": _same,
    "among": _among,
    "and": _and,
    "or": _or,
    "not": _not,
    "if": _if,
    "known": _known,
    "or_else": _or_else,
    "ratio": _ratio,
    "shifted": _shifted,
    "plus": _plus,
    "call": _call,
    "aggregate": aggregate,
}
