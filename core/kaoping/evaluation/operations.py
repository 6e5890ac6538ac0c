"""What each node of a typed expression does, as closures over the machine."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import date, time
from fractions import Fraction

from kaoping.evaluation import values as sets
from kaoping.evaluation.aggregates import aggregate
from kaoping.evaluation.context import Context, Run
from kaoping.evaluation.entered import plain_value
from kaoping.evaluation.published import published_then, wide_of
from kaoping.evaluation.reference import Machine
from kaoping.evaluation.scales import lookup
from kaoping.evaluation.values import (
    FIRST_DAY,
    MAYBE,
    NEVER_DAY,
    NO_VALUE,
    NUMBERS,
    Perhaps,
    Value,
    decided,
    ends,
    hull,
    perhaps,
    present,
    range_of,
)
from kaoping.facts import dates
from kaoping.facts.clock import seconds_of
from kaoping.facts.periods import Period, parse_period
from kaoping.facts.workdays import OfficialDays
from kaoping.scheme.model import Scheme
from kaoping.scheme.typed import DATE, FactRef, Published, Typed

_MOST_KNOWN = 5000


def _const(_: Machine, node: Typed) -> Run:
    value = node.data
    return lambda context: value


def _parameter(machine: Machine, node: Typed) -> Run:
    value: Value = machine.parameters[node.data]
    if isinstance(value, time):
        value = seconds_of(value)
    return lambda context: value


def _built_in(machine: Machine, node: Typed) -> Run:
    name = node.data
    if name == "cohort_size":
        return lambda context: context.size
    if name in ("window_start", "window_end"):
        return _window_day(name, wide_of(DATE))
    days = {
        "period_start": machine.period.start.toordinal(),
        "period_end": machine.period.end.toordinal(),
        "after_period": machine.period.end.toordinal() + 1,
    }
    day = days[name]
    return lambda context: day


def _window_day(name: str, any_day: Value) -> Run:
    """A window's day; of a calendar's, in which nothing is known, any."""
    first = name == "window_start"

    def run(context: Context) -> Value:
        window = context.window
        return (window.start if first else window.end).toordinal() if window.text else any_day

    return run


def _field(machine: Machine, node: Typed) -> Run:
    name, kind, of = node.data
    wide = machine.wide(kind)
    may_not_come = kind.never and not machine.blind
    as_entered = kind.kind not in ("date", "time", "choice")

    def run(context: Context) -> Value:
        found = context if context.passing == of else context.passed(of)
        raw = found.record.fields.get(name) if found and found.record else None
        if raw is None:
            return NEVER_DAY if may_not_come and machine.closed(context.window) else wide
        return raw if as_entered else plain_value(raw, kind, wide)

    return run


def _part(machine: Machine, node: Typed) -> Run:
    """A field of a part of a result, such as whether a criterion is met."""
    name, _, of = node.data
    kind, wide = node.type, wide_of(node.type)

    def run(context: Context) -> Value:
        found = context.passed(of)
        return found.part.value(name, kind) if found and found.part else wide

    return run


def _id(machine: Machine, node: Typed) -> Run:
    """What the member gone through is called: a subject, window, item, record or criterion."""
    kind, name = node.data
    wide = sets.choices_of(node.type.choices) if node.type.choices else sets.ANY_TEXT

    def run(context: Context) -> Value:
        if kind == "subject":
            return context.subjects.get(name) or wide
        if kind in ("item", "window"):
            return context.at.get(name, wide)
        found = context.passed(name)
        member = found and (found.part.id if found.part else found.record.no if found.record else "")
        return member or wide

    return run


def _fact(machine: Machine, node: Typed) -> Run:
    """The two commonest kinds of fact, a number or day of a period or a window, are looked up straight away."""
    ref: FactRef = node.data
    fact, frame = ref.fact, ref.frame
    simple = not fact.fed_from and not fact.holds and len(fact.for_each) <= 1
    if not simple or (fact.for_each and not machine.windows.has(fact.for_each[0])):
        return lambda context: machine.fact_value(ref, context)
    step = fact.for_each[0] if fact.for_each else ""
    values, name, base = machine.frame.values, fact.id, (machine.base.text, "")

    def run(context: Context) -> Value:
        entered = values.get((context.subjects[frame], name))  # type: ignore[arg-type]  # nobody has no values
        if entered is not None:
            raw = entered.get((context.at[step], "") if step else base)
            if raw.__class__ is int or raw.__class__ is Fraction:
                return raw
            if raw.__class__ is date:
                return raw.toordinal()
        return machine.fact_value(ref, context)

    return run


def _named(machine: Machine, node: Typed) -> Run:
    ref, frame = node.data, node.data.frame
    if ref.kind == "cohort" and not machine.blind:
        section, name, grain = ref.section, ref.name, ref.grain[0] if ref.grain else ""
        return lambda context: machine.cohort_value(
            section, name, context.subjects[frame], context.at[grain] if grain else ""
        )
    if ref.kind != "measure":
        return lambda context: machine.named(ref, context)
    asked = machine.asked(ref.section, ref.name)
    return lambda context: asked(context.subjects[frame], context)


def _negative(machine: Machine, node: Typed) -> Run:
    part = machine.closure(node.kids[0])
    return lambda context: sets.negative(part(context))


def _chain(machine: Machine, node: Typed) -> Run:
    steps = [
        ({"+": sets.add, "-": sets.subtract, "*": sets.multiply, "/": sets.divide}[op], machine.closure(kid))
        for op, kid in zip(node.data, node.kids, strict=True)
    ]
    (_, first), rest = steps[0], steps[1:]

    def run(context: Context) -> Value:
        value = first(context)
        for step, part in rest:
            value = step(value, part(context))
        return value

    def blind(context: Context) -> Value:
        value = first(context)
        for step, part in rest:
            operand = part(context)
            if step is sets.divide and not sets.excludes_zero(operand):
                machine.zero_divisors.add(node.place)
                return sets.Range(None, None)
            value = step(value, operand)
        return value

    return blind if machine.blind else run


def _compare(machine: Machine, node: Typed) -> Run:
    left, right = (machine.closure(kid) for kid in node.kids)
    op, order = node.data, sets.ORDER[node.data]

    def run(context: Context) -> Value:
        first, second = left(context), right(context)
        if first.__class__ in NUMBERS and second.__class__ in NUMBERS:
            return order(first, second)
        return sets.compare(op, first, second)

    return run


def _same(machine: Machine, node: Typed) -> Run:
    left, right = (machine.closure(kid) for kid in node.kids)
    if node.data == "==":
        return lambda context: sets.same(left(context), right(context))
    return lambda context: sets.negation(sets.same(left(context), right(context)))


def _among(machine: Machine, node: Typed) -> Run:
    part, options = machine.closure(node.kids[0]), node.data
    return lambda context: sets.among(part(context), options)


def _and(machine: Machine, node: Typed) -> Run:
    parts = [machine.closure(kid) for kid in node.kids]
    return lambda context: sets.both(part(context) for part in parts)


def _or(machine: Machine, node: Typed) -> Run:
    parts = [machine.closure(kid) for kid in node.kids]
    return lambda context: sets.either(part(context) for part in parts)


def _not(machine: Machine, node: Typed) -> Run:
    part = machine.closure(node.kids[0])
    return lambda context: sets.negation(part(context))


def _if(machine: Machine, node: Typed) -> Run:
    then, when, other = (machine.closure(kid) for kid in node.kids)

    def run(context: Context) -> Value:
        holds = when(context)
        if holds is True:
            return then(context)
        return other(context) if holds is False else hull(then(context), other(context))

    return run


def _known(machine: Machine, node: Typed) -> Run:
    part = machine.closure(node.kids[0])

    def run(context: Context) -> Value:
        value = part(context)
        if decided(value):
            return value is not NO_VALUE
        return False if not machine.blind and machine.closed(context.window) else MAYBE

    return run


def _or_else(machine: Machine, node: Typed) -> Run:
    first, second = (machine.closure(kid) for kid in node.kids)

    def run(context: Context) -> Value:
        value = first(context)
        if value is NO_VALUE:
            return second(context)
        if decided(value):
            return value
        other = second(context)
        return other if not machine.blind and machine.closed(context.window) else hull(present(value), other)

    return run


def _ratio(machine: Machine, node: Typed) -> Run:
    top, bottom = (machine.closure(kid) for kid in node.kids[:2])
    none = _none(machine, node.kids[2])
    scale = 100 if node.data == "percent" else 1

    def run(context: Context) -> Value:
        over, under = top(context), bottom(context)
        if over is NO_VALUE or under is NO_VALUE:
            return NO_VALUE
        if sets.excludes_zero(under):
            return sets.divide(sets.multiply(over, scale), under)
        if under == 0:
            found = none(context)
        else:
            found = hull(_around_zero(sets.multiply(present(over), scale), present(under)), none(context))
        return perhaps(found) if Perhaps in (over.__class__, under.__class__) else found

    return run


def _around_zero(over: Value, under: Value) -> Value:
    """What a quotient may be when its divisor may be 0 but is no negative number: counts and populations."""
    (low, high), (top_low, top_high) = ends(under), ends(over)
    if low is None or low < 0:
        return range_of(None, None) if (top_low, top_high) != (0, 0) else 0
    least = None if top_low is None or top_low < 0 else (0 if high is None else sets.divide(top_low, high))
    greatest = 0 if top_high is not None and top_high <= 0 else None
    return range_of(least, greatest)


def _none(machine: Machine, node: Typed) -> Run:
    """What emptiness gives; ``unknown`` is any number."""
    if node.op == "const" and node.data is None:
        return lambda context: sets.Range(None, None)
    return machine.closure(node)


def _shifted(machine: Machine, node: Typed) -> Run:
    ref: FactRef = node.data
    previous, scheme = ref.shift == "previous", machine.plan.scheme
    years = None if previous else machine.closure(node.kids[0])
    rest = node.kids[0 if previous else 1 :]
    none = machine.closure(rest[0]) if rest and rest[0].data is not None else None

    def run(context: Context) -> Value:
        if years is None:
            steps = [step for step in ref.fact.for_each if machine.windows.has(step) and step in context.at]
            before = (
                machine.windows.before(steps[-1], context.at[steps[-1]])
                if steps
                else scheme.period_before(machine.base)
            )
        else:
            before = _year(scheme, years(context))
        value = machine.fact_value(ref, context, before) if before else machine.blank(ref.fact, context.window)
        if none is None or decided(value):
            return value
        other = none(context)
        return other if not machine.blind and machine.closed(context.window) else hull(value, other)

    return run


def _published(machine: Machine, node: Typed) -> Run:
    """A measure, score or grade as published for the period before, or for a year."""
    asked: Published = node.data
    ref, kind, scheme = asked.ref, asked.type, machine.plan.scheme
    previous = asked.shift == "previous"
    years = None if previous else machine.closure(node.kids[0])
    rest = node.kids[0 if previous else 1]
    unknown = wide_of(kind)
    none = machine.closure(rest) if rest.op != "const" or rest.data is not None else lambda _: unknown

    def run(context: Context) -> Value:
        if machine.blind:
            return hull(unknown, none(context))
        before = scheme.period_before(machine.base) if years is None else _year(scheme, years(context))
        found = published_then(machine, context.subjects[ref.frame], ref.name, before, kind)
        if found is NO_VALUE:
            return none(context)
        return found if found is present(found) else hull(present(found), none(context))

    return run


def _year(scheme: Scheme, year: Value) -> Period:
    return parse_period(f"{int(year):04}{'S' if scheme.period == 'school_year' else ''}")


def _plus(machine: Machine, node: Typed) -> Run:
    day = machine.closure(node.kids[0])
    steps = [machine.closure(kid) for kid in node.kids[1:]]
    units: tuple[str, ...] = node.data
    official = machine.official
    known: dict[tuple[Value, ...], Value] = {}  # the days of windows, and lengths: the same for everybody

    def run(context: Context) -> Value:
        asked = (day(context), *[step(context) for step in steps])
        found = known.get(asked)
        if found is None:
            found = later(*asked)
            if len(known) < _MOST_KNOWN:
                known[asked] = found
        return found

    def later(start: Value, *lengths: Value) -> Value:
        if NO_VALUE in (start, *lengths):
            return NO_VALUE
        low, high = ends(present(start))
        pairs = [ends(present(length)) for length in lengths]
        earliest = _moved(official, low, units, [least for least, _ in pairs], FIRST_DAY)
        found = range_of(earliest, _moved(official, high, units, [most for _, most in pairs], NEVER_DAY))
        if "workdays" in units:
            machine.rest_on(start, found)
        return perhaps(found) if any(part.__class__ is Perhaps for part in (start, *lengths)) else found

    return run


def _moved(
    official: OfficialDays,
    day: sets.Number | None,
    units: Sequence[str],
    lengths: Sequence[sets.Number | None],
    endless: int,
) -> int:
    """The day so much later; where the day or a length has no end, neither has the sum."""
    if day is None or None in lengths:
        return endless
    amounts = {unit: int(length) for unit, length in zip(units, lengths, strict=True) if length is not None}
    workdays = amounts.pop("workdays", 0)
    moved = dates.plus(date.fromordinal(max(FIRST_DAY, min(int(day), NEVER_DAY))), **amounts)
    return official.after(moved, workdays).toordinal()


def _between(function: Callable[[date, date], int]) -> Callable[[Value, Value], Value]:
    """A count of whole units from one day to another: rises with the end, falls with the start."""

    def count(start: Value, end: Value) -> Value:
        if start is NO_VALUE or end is NO_VALUE:
            return NO_VALUE
        if start.__class__ is Perhaps or end.__class__ is Perhaps:
            return perhaps(count(present(start), present(end)))
        (start_low, start_high), (end_low, end_high) = ends(start), ends(end)
        if start_low is None or start_high is None or end_low is None or end_high is None:
            return range_of(None, None)
        a, b, c, d = (date.fromordinal(int(day)) for day in (start_low, start_high, end_low, end_high))
        return range_of(function(b, c), function(a, d))

    return count


def _call(machine: Machine, node: Typed) -> Run:
    parts = [machine.closure(kid) for kid in node.kids]
    name = node.data
    if name in ("min", "max"):
        pick = sets.least if name == "min" else sets.greatest
        return lambda context: pick([part(context) for part in parts])
    if name == "workdays":
        working = _between(machine.official.between)

        def count_working(context: Context) -> Value:
            start, end = parts[0](context), parts[1](context)
            machine.rest_on(start, end)
            return working(start, end)

        return count_working
    if name in _TWO_DATES:
        count = _TWO_DATES[name]
        return lambda context: count(parts[0](context), parts[1](context))
    part = parts[0]
    if name == "abs":
        return lambda context: sets.absolute(part(context))
    if name == "year":
        return lambda context: sets.monotone(lambda day: date.fromordinal(int(day)).year, part(context))
    if name.startswith("round:"):
        places = int(name.removeprefix("round:"))
        return lambda context: sets.monotone(lambda number: sets.round_half_away(number, places), part(context))
    whole = math.floor if name == "floor" else math.ceil
    return lambda context: sets.monotone(whole, part(context))


_TWO_DATES = {
    "full_years": _between(dates.full_years),
    "full_months": _between(dates.full_months),
    "days": _between(dates.days),
}

OPERATIONS: dict[str, Callable[[Machine, Typed], Run]] = {
    "const": _const,
    "parameter": _parameter,
    "built_in": _built_in,
    "field": _field,
    "id": _id,
    "part": _part,
    "published": _published,
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
    "lookup": lookup,
    "plus": _plus,
    "call": _call,
    "aggregate": aggregate,
}
