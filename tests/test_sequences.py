"""First, last, runs and gaps against every world that is still possible: nothing left out, hardly more let in."""

import os
from datetime import date, timedelta
from functools import cache
from itertools import pairwise, permutations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_schemes import AFTER, HEAD, TITLE, plan_of

from kaoping.errors import Problems
from kaoping.evaluation.run import Evaluation
from kaoping.evaluation.values import Range
from kaoping.facts.frame import Edge, Frame, Record, Subject
from kaoping.facts.periods import parse_period

WEEK = parse_period("2025W20")
DAYS = [WEEK.start + timedelta(days=number) for number in range(7)]
OUTSIDE = WEEK.start - timedelta(days=1)
MEMBERS = st.lists(st.tuples(st.none() | st.sampled_from(DAYS), st.none() | st.integers(0, 2)), max_size=3)
SLOW = bool(os.environ.get("KAOPING_SLOW"))
MANY = settings(max_examples=1000 if SLOW else 60, deadline=None)


@cache
def plan(expression):
    return plan_of(
        HEAD.replace("period: year", "period: week")
        + f"records:\n  r: {{fields: {{n: {{type: integer, min: 0, max: 2}}, on: date}}, placed_by: on, {TITLE}}}\n"
        + f'measures:\n  it: {{value: "{expression}", {TITLE}}}\n'
    )


def found(expression, members, complete=WEEK.end):
    """What the engine leaves possible: its lowest and its highest."""
    records = tuple(
        Record(str(number), {key: value for key, value in (("n", n), ("on", day)) if value is not None})
        for number, (day, n) in enumerate(members)
    )
    through = {("e", "r"): complete} if complete else {}
    frame = Frame(WEEK, AFTER, {"e": Subject("e", "estate", "e")}, {}, {("e", "r"): records}, through)
    evaluation = Evaluation(plan(expression), frame)
    value = evaluation.machine.measure("estate", "it", "e", evaluation.context(evaluation.plan.main, "e"))
    return (value.low, value.high) if isinstance(value, Range) else (value, value)


def worlds(members):
    """Every way in which blanks can be filled, and members of one day be ordered, as lists of (day, n)."""
    for days in product(*[[day] if day else [*DAYS, OUTSIDE] for day, _ in members]):
        for numbers in product(*[[n] if n is not None else [0, 1, 2] for _, n in members]):
            whole = [pair for pair in zip(days, numbers, strict=True) if pair[0] != OUTSIDE]
            yield from {
                order for order in permutations(whole) if all(one[0] <= other[0] for one, other in pairwise(order))
            }


def run(world):
    longest = running = 0
    for _, n in world:
        running = running + 1 if n else 0
        longest = max(longest, running)
    return longest


def gap(world, ends):
    days = sorted({day for day, _ in world})
    around = [WEEK.start - timedelta(days=1), *days, WEEK.end + timedelta(days=1)] if ends else days
    return max([(after - before).days - 1 for before, after in pairwise(around)], default=0)


@MANY
@given(MEMBERS)
def test_the_longest_run_is_from_the_shortest_to_the_longest_there_can_be(members):
    possible = {run(world) for world in worlds(members)}
    assert found("streak(r, n > 0)", members) == (min(possible), max(possible))


@MANY
@given(MEMBERS)
def test_the_longest_gap_is_from_the_shortest_to_the_longest_there_can_be(members):
    possible = {gap(world, ends=True) for world in worlds(members)}
    assert found("longest_gap(r)", members) == (min(possible), max(possible))


@MANY
@given(MEMBERS)
def test_a_gap_between_members_is_never_missed(members):
    possible = {gap(world, ends=False) for world in worlds(members)}
    low, high = found("longest_gap(r, ends=false)", members)
    assert low <= min(possible)
    assert max(possible) <= high
    if None not in [day for day, _ in members]:
        assert (low, high) == (min(possible), max(possible))


@MANY
@given(MEMBERS, st.sampled_from([("first", 0), ("last", -1)]))
def test_the_first_and_the_last_are_any_that_can_be(members, which):
    function, place = which
    possible = {world[place][1] if world else 9 for world in worlds(members)}
    assert found(f"{function}(r, n, if_none=9)", members) == (min(possible), max(possible))


@MANY
@given(MEMBERS, st.sampled_from(DAYS), MEMBERS)
def test_whatever_comes_after_the_day_of_completeness_was_possible(members, through, later):
    known = [(day, n) for day, n in members if day and n is not None and day <= through]
    later = [(day, n) for day, n in later if day and n is not None and day > through]
    for expression in ("streak(r, n > 0)", "longest_gap(r)", "first(r, n, if_none=9)", "last(r, n, if_none=9)"):
        low, high = found(expression, known, through)
        after = found(expression, [*known, *later])
        assert low <= after[0], expression
        assert high is None or after[1] <= high, expression


# --- windows, and relations on a day


def measured(measure, facts="", values=None, period="2025", **frame):
    """The measure of estate e over a frame."""
    more = frame.pop("more", "")
    compiled = plan_of(f'{HEAD}{more}{facts}measures:\n  it: {{value: "{measure}", {TITLE}}}\n')
    entered = {("e", name): {(at, ""): n for at, n in found.items()} for name, found in (values or {}).items()}
    everybody = {
        name: Subject(name, kind, name) for name, kind in (("e", "estate"), ("p", "company"), ("q", "company"))
    }
    whole = Frame(parse_period(period), AFTER, everybody, entered, closed=frozenset({"2024", "2025"}), **frame)
    evaluation = Evaluation(compiled, whole)
    return evaluation.machine.measure("estate", "it", "e", evaluation.context(compiled.main, "e"))


SCORES = f"facts:\n  s: {{type: integer, min: 0, max: 9, for_each: quarters, {TITLE}}}\n"
ENTERED = {"s": {"2024Q2": 1, "2024Q3": 2, "2024Q4": 3, "2025Q1": 4, "2025Q2": 5, "2025Q3": 6, "2025Q4": 7}}


@pytest.mark.parametrize(
    ("measure", "value"),
    [
        ("sum(past(quarters, 4), s)", 22),
        ("sum(past(quarters, 6), s)", 27),
        ("first(past(quarters, 6), s, where=s > 2, if_none=0)", 3),
        ("last(past(quarters, 6), s, where=s < 4, if_none=0)", 3),
        ("streak(past(quarters, 7), s in (2, 3, 4, 6))", 3),
        ("sum(quarters, sum(past(quarters, 2), s))", 3 + 4 + 4 + 5 + 5 + 6 + 6 + 7),
        ("count(past(years, 2), count(quarters, s > 3) > 2)", 1),
    ],
)
def test_past_windows_cross_the_period(measure, value):
    assert measured(measure, SCORES, ENTERED) == value


def test_the_windows_past_of_a_part_period_end_with_the_last_that_is_over():
    assert measured("sum(past(quarters, 2), s)", SCORES, ENTERED, period="2025Q2") == 9
    assert measured("sum(past(months, 2), count(past(quarters, 2), s == 4))", SCORES, ENTERED, period="2025Q2") == 2


def test_how_many_windows_may_be_a_parameter():
    parameters = f"parameters:\n  looked_at: {{value: 3, unit: 季, source: 一, {TITLE}}}\n"
    assert measured("sum(past(quarters, looked_at), s)", SCORES, ENTERED, more=parameters) == 18


def test_measures_of_windows_before_the_period_are_reckoned_as_those_of_it():
    half = f'measures:\n  half: {{value: "s / 2", for_each: quarters, {TITLE}}}\n'
    compiled = plan_of(f'{HEAD}{SCORES}{half}  it: {{value: "sum(past(quarters, 6), half)", {TITLE}}}\n')
    entered = {("e", "s"): {(at, ""): n for at, n in ENTERED["s"].items()}}
    frame = Frame(parse_period("2025"), AFTER, {"e": Subject("e", "estate", "e")}, entered)
    evaluation = Evaluation(compiled, frame)
    assert evaluation.machine.measure("estate", "it", "e", evaluation.context(compiled.main, "e")) * 2 == 27


COMPANIES = {
    ("company", "e"): (Edge("p", None, date(2025, 5, 1)), Edge("q", date(2025, 5, 1))),
}


@pytest.mark.parametrize(
    ("day", "value"),
    [
        (date(2025, 4, 30), 1),
        (date(2025, 5, 1), 2),
        (None, (1, 2)),
    ],
)
def test_a_relation_may_be_asked_for_as_it_was_on_the_day_of_a_record(day, value):
    more = (
        f"records:\n  fire: {{fields: {{happened_on: date}}, complete: assumed, {TITLE}}}\n"
        f"facts:\n  size: {{type: integer, min: 1, max: 2, of: company, {TITLE}}}\n"
    )
    records = {("e", "fire"): (Record("1", {"happened_on": day} if day else {}),)}
    compiled = "sum(fire, lowest(on(happened_on, company), size, if_none=unknown))"
    plan_ = plan_of(f'{HEAD}{more}measures:\n  it: {{value: "{compiled}", {TITLE}}}\n')
    everybody = {
        name: Subject(name, kind, name) for name, kind in (("e", "estate"), ("p", "company"), ("q", "company"))
    }
    values = {("p", "size"): {("2025", ""): 1}, ("q", "size"): {("2025", ""): 2}}
    closed = frozenset({"2025"})
    frame = Frame(parse_period("2025"), AFTER, everybody, values, records, {}, COMPANIES, closed)
    evaluation = Evaluation(plan_, frame)
    got = evaluation.machine.measure("estate", "it", "e", evaluation.context(plan_.main, "e"))
    assert ((got.low, got.high) if isinstance(got, Range) else got) == value


def test_fields_of_two_registers_gone_through_are_not_mixed_up():
    more = "records:\n" + "".join(
        f"  {name}: {{fields: {{on: date, n: integer}}, placed_by: on, complete: assumed, {TITLE}}}\n"
        for name in ("fire", "check")
    )
    records = {
        ("e", "fire"): (Record("1", {"on": date(2025, 3, 1), "n": 1}), Record("2", {"on": date(2025, 9, 1), "n": 2})),
        ("e", "check"): (Record("1", {"on": date(2025, 5, 1), "n": 9}),),
    }
    assert measured("count(fire, any(check, on > fire.on))", more=more, records=records) == 1
    assert measured("sum(fire, sum(check, fire.n))", more=more, records=records) == 3


@pytest.mark.parametrize(
    ("expression", "key"),
    [
        ("first(pets, n, if_none=0)", "no-order-of"),
        ("streak(company, true)", "no-order-of"),
        ("longest_gap(quarters)", "no-gaps"),
        ("longest_gap(ever(fire))", "no-gaps"),
        ("longest_gap(fire, ends=n)", "ends-form"),
        ("count(past(fire, 3))", "not-modified"),
        ("count(past(quarters, 0))", "whole-count"),
        ("count(past(quarters, share))", "whole-count"),
        ("count(trailing(fire))", "whole-count"),
        ("count(ever(quarters))", "not-modified"),
        ("count(on(period_end, fire))", "not-modified"),
        ("count(on(fire, company))", "collection-as-value"),
        ("first(fire, n)", "if-none-missing"),
        ("longest_gap(fire, n > 3)", "arity"),
    ],
)
def test_what_has_no_order_or_no_count_is_refused(expression, key):
    text = (
        f"{HEAD}parameters:\n  share: {{value: 0.5, source: 一, {TITLE}}}\n"
        f"records:\n  fire: {{fields: {{on: date, n: integer}}, placed_by: on, {TITLE}}}\n"
        f"  pets: {{fields: {{n: integer}}, {TITLE}}}\n"
        f'measures:\n  it: {{value: "{expression}", {TITLE}}}\n'
    )
    with pytest.raises(Problems) as caught:
        plan_of(text)
    assert [error.key for error in caught.value.errors] == [f"scheme.{key}"]


def test_records_of_one_day_that_would_make_a_difference_are_named():
    more = f"records:\n  fire: {{fields: {{on: date, n: integer}}, placed_by: on, {TITLE}}}\n"
    titles = "titles: {A: {zh: 甲, en: A}, D: {zh: 丁, en: D}}"
    grade = f'grade:\n  bands:\n    A: "last(fire, n, if_none=0) > 2"\n    D: otherwise\n  {titles}\n'
    compiled = plan_of(f"{HEAD}{more}{grade}")
    days = [(date(2025, 2, 1), 1), (date(2025, 5, 1), 1), (date(2025, 5, 1), 3)]
    records = {("e", "fire"): tuple(Record(str(no), {"on": day, "n": n}) for no, (day, n) in enumerate(days))}
    through = {("e", "fire"): date(2025, 12, 31)}
    frame = Frame(parse_period("2025"), AFTER, {"e": Subject("e", "estate", "e")}, {}, records, through)
    result = Evaluation(compiled, frame).result().results[0]
    assert result.possible_grades == ("A", "D")
    assert [(one.fact, one.at) for one in result.missing] == [("fire.on", "1"), ("fire.on", "2")]
