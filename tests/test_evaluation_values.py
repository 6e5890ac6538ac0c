"""Possible-value sets: every operation holds the true value, also where there may be none, no end or any text."""

from datetime import date
from fractions import Fraction
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_schemes import HEAD, TITLE, frame_of, plan_of, scheme_text

from kaoping.evaluation import values as sets
from kaoping.evaluation.run import Evaluation
from kaoping.evaluation.values import ANY_TEXT, MAYBE, NO_VALUE, Choices, Perhaps, Range, decided

NUMBERS = st.fractions(-20, 20, max_denominator=4).map(lambda n: n.numerator if n.denominator == 1 else n)


@st.composite
def held(draw):
    """(a number or NO_VALUE, a set that holds it)."""
    number = draw(NUMBERS)
    low = draw(st.none() | NUMBERS.map(lambda n: number - abs(n)))
    high = draw(st.none() | NUMBERS.map(lambda n: number + abs(n)))
    around = draw(st.sampled_from([number, sets.range_of(low, high)]))
    return draw(
        st.sampled_from(
            [(number, around), (number, sets.perhaps(around)), (NO_VALUE, sets.perhaps(around)), (NO_VALUE, NO_VALUE)]
        )
    )


def holds(value, of):
    """Is this decided value one that the set holds?"""
    if isinstance(of, Perhaps):
        return value is NO_VALUE or holds(value, of.value)
    if value is NO_VALUE or of is NO_VALUE:
        return value is of
    if isinstance(of, Choices):
        return value in of.values
    low, high = sets.ends(of)
    return (low is None or low <= value) and (high is None or value <= high)


def truthful(value, of):
    """A truth: where there is no value its reading is undecided."""
    return of is MAYBE or of is value


@given(held(), held())
def test_sums_differences_and_products_hold_the_true_one(first, second):
    (a, some), (b, other) = first, second
    for operation in (sets.add, sets.subtract, sets.multiply):
        assert holds(operation(a, b), operation(some, other)), operation


@given(held(), held())
def test_a_quotient_holds_the_true_one_wherever_its_divisor_is_not_zero(first, second):
    (a, some), (b, other) = first, second
    if sets.excludes_zero(other):
        assert holds(sets.divide(a, b), sets.divide(some, other))


@given(held(), held(), st.sampled_from(["<", "<=", ">", ">=", "==", "!="]))
def test_a_comparison_never_says_what_the_true_values_deny(first, second, op):
    (a, some), (b, other) = first, second
    assert truthful(sets.compare(op, a, b), sets.compare(op, some, other))


@given(held())
def test_functions_of_one_number_hold_the_true_one(one):
    a, some = one
    assert holds(sets.negative(a), sets.negative(some))
    assert holds(sets.absolute(a), sets.absolute(some))
    for places in (0, 1):
        assert holds(
            sets.monotone(partial(sets.round_half_away, places=places), a),
            sets.monotone(partial(sets.round_half_away, places=places), some),
        )


@given(st.lists(held(), min_size=1, max_size=4))
def test_least_and_greatest_hold_the_true_one(several):
    for pick in (sets.least, sets.greatest):
        assert holds(pick([a for a, _ in several]), pick([some for _, some in several]))


@given(held(), held())
def test_a_hull_holds_both(first, second):
    (a, some), (b, other) = first, second
    assert holds(a, sets.hull(some, other))
    assert holds(b, sets.hull(some, other))


def test_what_may_have_no_value_is_not_decided():
    assert sets.hull(5, NO_VALUE) == Perhaps(5)
    assert not decided(Perhaps(5))
    assert sets.hull(NO_VALUE, NO_VALUE) is NO_VALUE
    assert sets.compare(">=", Perhaps(5), 3) is MAYBE
    assert sets.least([Perhaps(2), 5]) == Range(2, 5)
    assert sets.least([Perhaps(9), 5]) == 5
    assert sets.greatest([Perhaps(2), Perhaps(5)]) == Perhaps(Range(2, 5))


def test_the_opposite_of_no_value_is_undecided():
    assert sets.negation(NO_VALUE) is MAYBE
    assert sets.negation(Perhaps(True)) is MAYBE


def test_nothing_is_said_of_a_text_that_nobody_entered():
    assert sets.same(ANY_TEXT, "某") is MAYBE
    assert sets.same(ANY_TEXT, ANY_TEXT) is MAYBE
    assert sets.among(ANY_TEXT, frozenset({"a", "b"})) is MAYBE
    assert sets.same(sets.hull(ANY_TEXT, "a"), "b") is MAYBE


# --- through whole schemes


def it(text, closed=True, **values):
    plan = plan_of(text)
    evaluation = Evaluation(plan, frame_of(values, closed=closed))
    return evaluation.machine.measure("estate", "it", "e", evaluation.context(plan.main, "e"))


def with_measure(expression, measure, facts):
    text = scheme_text(expression, facts)
    return text.replace("measures:\n", f"measures:\n  m: {{{measure}, {TITLE}}}\n")


FACTS = {"a": "type: number, min: 0, max: 10", "p": "type: boolean", "q": "type: boolean"}


@pytest.mark.parametrize(
    ("expression", "open_", "when_true", "when_false"),
    [
        ("known(m)", MAYBE, True, False),
        ("m >= 3", MAYBE, True, MAYBE),
        ("m + 1", Perhaps(6), 6, NO_VALUE),
        ("or_else(m, 9)", Range(5, 9), 5, 9),
        ("max(m, 2)", Range(2, 5), 5, 2),
    ],
)
def test_while_it_is_open_whether_a_measure_applies_it_may_have_a_value_or_none(
    expression, open_, when_true, when_false
):
    text = with_measure(expression, "value: a, applies_when: p", FACTS)
    assert it(text, closed=False, a=5) == open_
    assert it(text, closed=False, a=5, p=True) == when_true
    assert it(text, closed=False, a=5, p=False) == when_false


def test_once_entry_is_closed_a_measure_that_nobody_said_applies_does_not():
    assert it(with_measure("known(m)", "value: a, applies_when: p", FACTS), a=5) is False


def test_the_opposite_of_a_truth_that_does_not_apply_is_undecided():
    assert it(with_measure("not m", "value: q, applies_when: p", FACTS), p=False, q=True) is MAYBE


def test_a_blank_text_is_neither_equal_nor_different():
    facts = {"t": "type: text"}
    assert it(scheme_text("t == 'x'", facts), closed=False) is MAYBE
    assert it(scheme_text("t in ('x', 'y')", facts), closed=False) is MAYBE
    assert it(scheme_text("t == 'x'", facts), t="y") is False


def test_a_measure_that_may_not_apply_can_be_a_divisor():
    text = with_measure("a / m", "value: 2, applies_when: p", FACTS)
    assert it(text, a=5, p=True) == Fraction(5, 2)
    assert it(text, a=5, p=False) is NO_VALUE


@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        ("plus(d, days=n) >= '2030-01-01'", MAYBE),
        ("plus(d, days=-n) <= '2000-01-01'", MAYBE),
        ("plus(d, days=n) < '2025-01-01'", False),
    ],
)
def test_a_length_of_time_without_an_end_moves_a_day_without_an_end(expression, wanted):
    facts = {"d": "type: date", "n": "type: integer, min: 0"}
    assert it(scheme_text(expression, facts), closed=False, d=date(2025, 1, 1)) is wanted


def test_steps_from_a_measure_without_a_value_have_none():
    steps = "steps: [{start: m}, {at_most: 5}], keep_within: [0, 100]"
    text = with_measure("or_else(s, -1)", f"value: a, applies_when: p, {TITLE}}}\n  s: {{{steps}", FACTS)
    assert it(text, a=50, p=False) == -1
    assert it(text, a=50, p=True) == 5


@pytest.mark.parametrize(("closed", "holds_for"), [(True, 1), (False, sets.range_of(0, 1))])
def test_a_blank_day_of_a_record_has_not_come_once_entry_is_closed(closed, holds_for):
    fields = "fields: {on: date, ended_on: date or never}, placed_by: on, complete: stated"
    records = f"records:\n  notice: {{{fields}, {TITLE}}}\n"
    plan = plan_of(f"{HEAD}{records}measures:\n  it: {{value: 'count(notice, ended_on == never)', {TITLE}}}\n")
    frame = frame_of({}, {"notice": [None]}, ["notice"], closed=closed)
    assert Evaluation(plan, frame).machine.measure("estate", "it", "e") == holds_for


@pytest.mark.parametrize(("today", "weeks"), [(date(2026, 1, 3), sets.range_of(50, 51)), (date(2026, 1, 4), 51)])
def test_the_last_week_of_a_year_closes_with_it_once_it_is_over(today, weeks):
    records = f"records:\n  round: {{fields: {{on: date}}, placed_by: on, complete: assumed, {TITLE}}}\n"
    plan = plan_of(f"{HEAD}{records}measures:\n  it: {{value: 'count(weeks, not any(round))', {TITLE}}}\n")
    machine = Evaluation(plan, frame_of({}, {"round": [None]}, today=today)).machine
    assert machine.measure("estate", "it", "e") == weeks  # of the 52 Mondays of 2025 the last is 29 December
