"""Scales looked up over possible-value sets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from math import prod
from typing import Any

from kaoping.evaluation import values as sets
from kaoping.evaluation.context import Context, Run
from kaoping.evaluation.reference import Machine
from kaoping.evaluation.values import NO_VALUE, Number, Perhaps, Range, Value, ends, hull, members, perhaps, present
from kaoping.scheme.typed import Lookup, Typed, TypedScale

Ask = Callable[[Sequence[Value]], Value]


def lookup(machine: Machine, node: Typed) -> Run:
    """The closure of a look-up."""
    found: Lookup = node.data
    args = [machine.closure(kid) for kid in node.kids[: found.args]]
    constant = iter([machine.closure(kid) for kid in node.kids[found.args :]])
    nowhere = Context({}, machine.period)  # constants and parameters are the same everywhere
    scale = found.scale
    bounds = [next(constant)(nowhere) for _ in scale.bounds]
    gives = [next(constant)(nowhere) for _ in scale.gives]
    none = next(constant)(nowhere) if scale.none else reduce(hull, gives)
    ask = _FORMS.get(scale.scale.form, _steps)(scale, bounds, gives, none)

    def run(context: Context) -> Value:
        asked = [arg(context) for arg in args]
        if any(value is NO_VALUE for value in asked):
            return NO_VALUE
        value = ask([present(one) for one in asked])
        return perhaps(value) if any(one.__class__ is Perhaps for one in asked) else value

    return run


def _steps(scale: TypedScale, bounds: list[Number], gives: list[Value], _: Value) -> Ask:
    """What stands at as many bounds as are passed; of a number not decided, at all it may pass."""
    passes = _PASSES[scale.scale.form, scale.falling]

    def passed(number: Number | None, none: int) -> int:
        return none if number is None else sum(passes(number, bound) for bound in bounds)

    def ask(asked: Sequence[Value]) -> Value:
        low, high = ends(asked[0])
        few, all_ = (len(bounds), 0) if scale.falling else (0, len(bounds))
        first, last = sorted((passed(low, few), passed(high, all_)))
        return reduce(hull, gives[first : last + 1])

    return ask


_PASSES: dict[tuple[str, bool], Callable[[Number, Number], bool]] = {
    ("over", False): lambda number, bound: number > bound,
    ("upto", False): lambda number, bound: number > bound,
    ("from", False): lambda number, bound: number >= bound,
    ("below", False): lambda number, bound: number >= bound,
    ("upto", True): lambda number, bound: number <= bound,
    ("below", True): lambda number, bound: number < bound,
}


def _line(_: TypedScale, xs: list[Number], ys: list[Number], __: Value) -> Ask:
    """Straight between two points, level before the first and after the last."""

    def at(x: Number | None, end: Number) -> Number:
        if x is None or x <= xs[0] or x >= xs[-1]:
            return end if x is None else ys[0] if x <= xs[0] else ys[-1]
        after = next(place for place, bound in enumerate(xs) if bound >= x)
        (x1, y1), (x2, y2) = (xs[after - 1], ys[after - 1]), (xs[after], ys[after])
        return sets.add(y1, sets.divide((x - x1) * (y2 - y1), x2 - x1))

    def ask(asked: Sequence[Value]) -> Value:
        low, high = ends(asked[0])
        between = [
            y for x, y in zip(xs, ys, strict=True) if (low is None or low < x) and (high is None or x < high)
        ]  # fmt: skip
        return reduce(hull, [at(low, ys[0]), *between, at(high, ys[-1])])

    return ask


def _by(scale: TypedScale, _: list[Number], gives: list[Value], none: Value) -> Ask:
    """What the rows give that may be meant; where other keys may be, also what stands for the rest."""
    rows = [(row.keys, value) for row, value in zip(scale.scale.rows, gives, strict=True)]
    exact = dict(rows)

    def ask(asked: Sequence[Value]) -> Value:
        if all(sets.decided(one) for one in asked):
            return exact.get(tuple(asked), none)
        fitting = [value for keys, value in rows if all(map(_may_be, asked, keys))]
        finite = not any(isinstance(one, Range) or one == sets.ANY_TEXT for one in asked)
        complete = finite and prod(len(members(one)) for one in asked) == len(fitting)
        return reduce(hull, fitting if complete else [*fitting, none])

    return ask


def _may_be(value: Value, key: Any) -> bool:
    if isinstance(value, Range):
        low, high = ends(value)
        return (low is None or low <= key) and (high is None or key <= high)
    return value == sets.ANY_TEXT or key in members(value)


_FORMS: dict[str, Callable[[TypedScale, list[Number], list[Value], Value], Ask]] = {"line": _line, "by": _by}
