"""The two laws of possible-value sets, sound and monotone, over random expressions, worlds and orders of arrival."""

import os
from dataclasses import replace
from datetime import date
from fractions import Fraction
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_schemes import frame_of, plan_of, read_results, scheme_text

from kaoping.evaluation.run import Evaluation
from kaoping.evaluation.values import NO_VALUE, Choices, Range

SLOW = bool(os.environ.get("KAOPING_SLOW"))
FACTS = {
    "a": "type: number, min: 0, max: 10",
    "b": "type: integer, min: -5, max: 5",
    "c": "type: integer, min: 1, max: 4",
    "p": "type: boolean",
    "q": "type: boolean",
    "k": "type: [x, y, z]",
    "s": "type: integer, min: 0, max: 9, for_each: quarters",
}
SCALES = {
    "steps": "from: [0, 3, 7], gives: [2, 9, 4, 5]",
    "falling": "below: [8, 5]",
    "line": "line: [[-2, 3], [4, 0], [5, 6]]",
}
CRITERIA = [
    "require: p, applies_when: q, points: 3",
    "require: a > 5, points: c, earns: a - 2",
    'require: "count(r, n > 5) <= 1", severity: target, applies_when: "k != \'y\'"',
    'points: 2, earns: "or_else(b, 1)", severity: noted',
]
QUARTERS = ["2024Q3", "2024Q4", "2025Q1", "2025Q2", "2025Q3", "2025Q4"]
NUMBERS = st.integers(-3, 12).map(str) | st.sampled_from(["0.5", "2.25", "a", "b", "c"])


def numeric(inner):
    numbers, truths = inner
    return st.one_of(
        st.tuples(numbers, st.sampled_from("+-*"), numbers).map(lambda t: f"({t[0]} {t[1]} ({t[2]}))"),
        numbers.map(lambda x: f"({x} / c)"),
        st.tuples(st.sampled_from(["min", "max"]), numbers, numbers).map(lambda t: f"{t[0]}({t[1]}, {t[2]})"),
        numbers.map(lambda x: f"round({x}, 1)"),
        numbers.map(lambda x: f"abs({x})"),
        st.tuples(numbers, truths, numbers).map(lambda t: f"({t[0]} if {t[1]} else {t[2]})"),
        st.tuples(st.sampled_from("ab"), numbers).map(lambda t: f"or_else({t[0]}, {t[1]})"),
        truths.map(lambda x: f"count(r, {x})"),
        st.tuples(st.sampled_from(["steps", "falling", "line"]), numbers).map(lambda t: f"lookup({t[0]}, {t[1]})"),
        st.tuples(st.sampled_from(["mean", "lowest", "highest"]), numbers).map(
            lambda t: f"{t[0]}(r, n + {t[1]}, where=n > 3, if_none=2)"
        ),
        numbers.map(lambda x: f"sum(r, n * {x})"),
        truths.map(lambda x: f"count(criteria, met and {x})"),
        numbers.map(lambda x: f"mean(criteria, points * {x}, where=met, if_none=1)"),
        st.sampled_from(["points", "sum(criteria, full_points)", "percent_of(criteria, met, if_none=30)"]),
        truths.map(lambda x: f"percent_of(r, n > 4, where={x}, if_none=50)"),
        st.tuples(st.sampled_from(["mean", "last", "lowest"]), numbers, truths).map(
            lambda t: f"{t[0]}(results, results.it + {t[1]}, where={t[2]}, if_none=2)"
        ),
        st.sampled_from(["previous(it, if_none=1)", "baseline(it, 2023, if_none=a)"]),
        st.tuples(numbers, st.sampled_from(["c", "count(r)", "sum(r, n)"])).map(
            lambda t: f"ratio({t[0]}, {t[1]}, if_none=7)"
        ),
        st.tuples(st.sampled_from(["first", "last"]), numbers, st.sampled_from(["n > 3", "true"])).map(
            lambda t: f"{t[0]}(r, n + {t[1]}, where={t[2]}, if_none=2)"
        ),
        truths.map(lambda x: f"streak(r, n > 4 or {x}, where=n != 3)"),
        st.sampled_from(["longest_gap(r)", "longest_gap(r, where=n > 3)", "longest_gap(r, where=n > 3, ends=false)"]),
        st.tuples(st.sampled_from(["quarters", "past(quarters, 6)"]), numbers).map(
            lambda t: f"streak({t[0]}, s > {t[1]})"
        ),
        st.sampled_from(
            [
                "sum(past(quarters, 5), s)",
                "last(past(quarters, 6), s, where=s > 4, if_none=1)",
                "streak(quarters, s > 3)",
            ]
        ),
    )


def truthy(inner):
    numbers, truths = inner
    return st.one_of(
        st.tuples(numbers, st.sampled_from(["<", "<=", "==", "!=", ">", ">="]), numbers).map(
            lambda t: f"({t[0]} {t[1]} {t[2]})"
        ),
        st.tuples(truths, st.sampled_from(["and", "or"]), truths).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        truths.map(lambda x: f"(not {x})"),
        st.sampled_from(["known(a)", "known(k)", "k == 'x'", "k in ('x', 'z')", "any(r, n > 5)", "all(r, n < 5)"]),
        st.sampled_from(["meets_all", "all(criteria, met)", "any(criteria, not met and severity == 'target')"]),
    )


def expressions(depth):
    numbers, truths = NUMBERS, st.sampled_from(["p", "q", "true", "k == 'y'"])
    for _ in range(depth):
        numbers, truths = (NUMBERS | numeric((numbers, truths))), (truths | truthy((numbers, truths)))
    return numbers, truths


def inside(small, large):
    """Is the set `small` within the set `large`?"""
    if small is NO_VALUE or large is NO_VALUE:
        return small is large
    if isinstance(large, Choices) or isinstance(small, Choices) or isinstance(large, bool | str):
        members = small.values if isinstance(small, Choices) else {small}
        return members <= (large.values if isinstance(large, Choices) else {large})
    low, high = (small.low, small.high) if isinstance(small, Range) else (small, small)
    low2, high2 = (large.low, large.high) if isinstance(large, Range) else (large, large)
    return (low2 is None or (low is not None and low2 <= low)) and (
        high2 is None or (high is not None and high <= high2)
    )


WORLDS = st.fixed_dictionaries(
    {
        "a": st.integers(0, 40).map(lambda n: Fraction(n, 4)),
        "b": st.integers(-5, 5),
        "c": st.integers(1, 4),
        "p": st.booleans(),
        "q": st.booleans(),
        "k": st.sampled_from("xyz"),
        **{f"s {quarter}": st.integers(0, 9) for quarter in QUARTERS},
    }
)
RECORDS = st.lists(
    st.tuples(st.integers(0, 10), st.integers(1, 12).map(lambda month: date(2025, month, 1))), max_size=4
)
LAWS = settings(
    max_examples=5000 if SLOW else 150,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@LAWS
@given(st.one_of(*expressions(3)), WORLDS, RECORDS, st.permutations(range(16)), st.data())
def test_facts_arriving_in_any_order_only_shrink_what_is_possible(expression, world, records, order, data):
    if len(expression) > 1500:
        return
    plan = plan_of(scheme_text(expression, FACTS, ["r"], criteria=CRITERIA, scales=SCALES))

    def value(values, found, complete, closed):
        frame = frame_of(values, {"r": found}, {"r": complete} if complete else {}, closed=closed)
        frame = replace(frame, earlier={"e": read_results("[3, -, 2..4]")})
        evaluation = Evaluation(plan, frame)
        return evaluation.machine.measure("estate", "it", "e", evaluation.context(plan.main, "e"))

    arrivals = [*world, "records", "numbers", "days", "half", "complete"]
    half, whole = date(2025, 6, 30), date(2025, 12, 31)
    values, known, complete = {}, set(), None
    late = data.draw(st.booleans())  # records of the second half come after the first half is stated complete

    def entries():
        for number, (n, day) in enumerate(records):
            if day <= half or not late or "complete" in known:
                yield (n if number % 2 or "numbers" in known else None, day if number % 3 or "days" in known else None)

    def entered():
        return list(entries()) if "records" in known else []

    seen = [value(values, [], None, closed=False)]
    for index in order:
        arrival = arrivals[index]
        if arrival in world:
            values[arrival] = world[arrival]
        elif arrival not in ("half", "complete"):
            known.add(arrival)
        elif "records" not in known or "days" not in known or complete == whole:
            continue  # a register is stated complete only after its records, with their days
        else:
            known.add(arrival)
            complete = half if arrival == "half" else whole
        seen.append(value(values, entered(), complete, closed=False))
    for before, after in pairwise(seen):
        assert inside(after, before), (expression, before, after)
    truth = value(world, list(records), whole, closed=True)
    for earlier in seen:
        assert inside(truth, earlier), (expression, earlier, truth)
    blank = data.draw(st.sets(st.sampled_from(sorted(world))))
    partial = {name: known for name, known in world.items() if name not in blank}
    closed_early = value(partial, list(records), whole, closed=True)
    assert inside(closed_early, value(partial, list(records), None, closed=False)), expression
