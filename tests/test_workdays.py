"""Working days: the official calendar, counted and gone on by; due days that roll over days off."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_schemes import HEAD, TITLE, frame_of, plan_of

from kaoping.consequences.ledger import ledger_on
from kaoping.consequences.model import Entry
from kaoping.evaluation.result import Consequence
from kaoping.evaluation.run import Evaluation
from kaoping.evaluation.values import Range
from kaoping.facts.frame import NEVER
from kaoping.facts.periods import campaign
from kaoping.facts.workdays import OfficialDays
from kaoping.scheme.model import Duration
from kaoping.scheme.official import official_days
from kaoping.scheme.prose import Words
from kaoping.scheme.reading import duration

OFFICIAL = official_days()
DAYS = st.dates(date(2022, 6, 1), date(2027, 6, 30))
OFF_WEEKDAYS = {2023: 18, 2024: 19, 2025: 18, 2026: 19}
WORKED_WEEKENDS = {2023: 7, 2024: 8, 2025: 5, 2026: 6}


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2023, 1, 20), True),  # a Friday
        (date(2023, 1, 21), False),  # Spring Festival
        (date(2023, 1, 28), True),  # a Saturday that makes up for it
        (date(2023, 1, 2), False),  # New Year, of the year before by its first day
        (date(2024, 2, 9), True),  # the eve: leave is recommended, the day is no holiday
        (date(2024, 4, 7), True),
        (date(2024, 9, 14), True),
        (date(2025, 10, 8), False),
        (date(2025, 10, 11), True),
        (date(2026, 2, 23), False),
        (date(2026, 2, 14), True),
        (date(2026, 10, 10), True),
        (date(2027, 10, 1), True),  # nobody has set it yet: a Friday
        (date(2027, 10, 2), False),
    ],
)
def test_a_day_is_worked_as_the_notices_say(day, works):
    assert OFFICIAL.works(day) is works


@pytest.mark.parametrize("year", OFF_WEEKDAYS)
def test_a_year_has_so_many_days_off_and_made_up(year):
    days = [date(year, 1, 1) + timedelta(days=number) for number in range(365 + (year % 4 == 0))]
    assert sum(day.weekday() < 5 and not OFFICIAL.works(day) for day in days) == OFF_WEEKDAYS[year]
    assert sum(day.weekday() >= 5 and OFFICIAL.works(day) for day in days) == WORKED_WEEKENDS[year]
    assert sum(OFFICIAL.works(day) for day in days) == OFFICIAL.between(date(year - 1, 12, 31), date(year, 12, 31))


@given(DAYS, DAYS, DAYS)
def test_working_days_between_two_days_add_up_and_turn_their_sign(a, b, c):
    assert OFFICIAL.between(a, b) + OFFICIAL.between(b, c) == OFFICIAL.between(a, c)
    assert OFFICIAL.between(a, b) == -OFFICIAL.between(b, a)
    low, high = sorted((a, b))
    each = [low + timedelta(days=number) for number in range(1, (high - low).days + 1)]
    assert OFFICIAL.between(low, high) == sum(map(OFFICIAL.works, each))


@given(DAYS, st.integers(-400, 400))
def test_so_many_working_days_later_is_a_working_day_with_so_many_between(day, count):
    found = OFFICIAL.after(day, count)
    if count == 0:
        assert found == day
        return
    assert OFFICIAL.works(found)
    first, last = (day, found) if count > 0 else (found - timedelta(days=1), day - timedelta(days=1))
    assert OFFICIAL.between(first, last) == abs(count)


@given(DAYS)
def test_a_day_off_rolls_to_the_first_working_day_after_it(day):
    rolled = OFFICIAL.rolled(day)
    assert OFFICIAL.works(rolled)
    assert all(not OFFICIAL.works(day + timedelta(days=number)) for number in range((rolled - day).days))


def test_the_day_that_never_comes_is_no_working_day_later():
    assert OFFICIAL.after(NEVER, 3) == OFFICIAL.rolled(NEVER) == NEVER


def test_days_that_an_office_entered_stand_before_the_notices_and_make_a_year_known():
    festival = campaign(date(2026, 4, 1), date(2026, 4, 2))
    made_up = campaign(date(2027, 1, 2), date(2027, 1, 2))
    joined = OFFICIAL.joined([festival, campaign(date(2027, 1, 1), date(2027, 1, 1))], [made_up])
    assert not joined.works(date(2026, 4, 1))
    assert joined.works(date(2027, 1, 2))
    assert not OFFICIAL.known(date(2026, 12, 31), date(2027, 1, 4))
    assert joined.known(date(2026, 12, 31), date(2027, 1, 4))
    assert not joined.known(date(2026, 12, 31), date(2028, 1, 4))


# --- in expressions


def measure(expression, facts=None, low=None):
    declared = f"facts:\n  d: {{type: date or never, {TITLE}}}\n"
    plan = plan_of(f'{HEAD}{declared}measures:\n  it: {{value: "{expression}", {TITLE}}}\n')
    evaluation = Evaluation(plan, frame_of(facts or {}, closed=low is None))
    return evaluation.machine.measure("estate", "it", "e", evaluation.context(plan.main, "e")), evaluation


def test_a_defect_reported_before_a_holiday_is_mended_in_time_three_working_days_later():
    found = [measure("workdays(d, '2025-10-11') <= 3", {"d": day})[0] for day in (date(2025, 9, 30), date(2025, 9, 29))]
    assert found == [True, False]


def test_working_days_of_a_day_not_known_are_within_those_of_the_days_it_may_be():
    value, _ = measure("workdays(max(min(d, '2025-10-09'), '2025-09-30'), '2025-10-11')", low=0)
    assert value == Range(2, 3)


def test_an_evaluation_notes_the_years_whose_working_days_it_counted_by_the_week():
    _, evaluation = measure("workdays(d, '2027-01-04') + workdays(d, '2026-12-31')", {"d": date(2026, 12, 1)})
    assert evaluation.machine.weekday_years == {2027}
    _, evaluation = measure("workdays(d, '2026-12-31')", {"d": date(2026, 12, 1)})
    assert evaluation.machine.weekday_years == set()
    _, evaluation = measure("plus(d, workdays=5) < '2029-01-01'", {"d": date(2027, 12, 30)})
    assert evaluation.machine.weekday_years == {2027, 2028}


def test_working_days_are_read_aloud():
    text = (
        f"{HEAD}parameters:\n  rest: {{value: 3, unit: 个工作日, source: 一, title: {{zh: 宽限, en: Grace}}}}\n"
        f"  soon: {{value: 3 workdays, source: 一, title: {{zh: 限期, en: Term}}}}\n"
        f"facts:\n  d: {{type: date, title: {{zh: 发现日期, en: Found on}}}}\n"
        f'measures:\n  it: {{value: "workdays(d, plus(d, workdays=rest))", {TITLE}}}\n'
    )
    plan = plan_of(text)
    words = [Words(plan.scheme, plan.catalogue, language) for language in ("zh", "en")]
    value = plan.scheme.measures["it"].value
    assert [one.expression(value, "estate") for one in words] == [
        "“发现日期”之后到“发现日期”之后“宽限”（3个工作日）的工作日数",
        "the working days after “Found on” through “Grace” (3 working days) after “Found on”",
    ]
    assert [one.parameter(plan.scheme.parameters["soon"]) for one in words] == ["3个工作日", "3 working days"]


# --- due days


def due(start, within, official=OFFICIAL):
    consequence = Consequence("mend", "e", ("e",), "rectification", within=within, closed_by="mended")
    entry = Entry(1, "small", "2025", 1, "e", start, consequence)
    [state] = ledger_on([entry], [], [], start, official)
    return state.due, state.due_provisional


@pytest.mark.parametrize(
    ("start", "within", "last"),
    [
        (date(2025, 3, 3), Duration(days=15), date(2025, 3, 18)),  # the day of the start is not counted
        (date(2025, 3, 1), Duration(days=7), date(2025, 3, 10)),  # 8 March, a Saturday
        (date(2025, 1, 20), Duration(days=6), date(2025, 1, 26)),  # a Sunday that is worked
        (date(2025, 9, 20), Duration(days=15), date(2025, 10, 9)),  # in the middle of National Day
        (date(2025, 1, 31), Duration(months=1), date(2025, 2, 28)),  # no 31 February: the month's end
        (date(2024, 12, 31), Duration(months=2), date(2025, 2, 28)),
        (date(2025, 4, 1), Duration(months=1), date(2025, 5, 6)),  # 1 May to 5 May are off
        (date(2025, 9, 30), Duration(workdays=3), date(2025, 10, 11)),
        (date(2025, 10, 1), Duration(workdays=1), date(2025, 10, 9)),
    ],
)
def test_a_duty_is_due_by_the_civil_code(start, within, last):
    assert due(start, within) == (last, False)


def test_a_due_day_that_hangs_on_a_year_without_a_notice_is_provisional():
    assert due(date(2026, 12, 20), Duration(days=15)) == (date(2027, 1, 4), True)
    assert due(date(2026, 12, 28), Duration(workdays=5)) == (date(2027, 1, 4), True)
    entered = OFFICIAL.joined([campaign(date(2027, 1, 1), date(2027, 1, 4))], [])
    assert due(date(2026, 12, 20), Duration(days=15), entered) == (date(2027, 1, 5), False)


def test_what_lasts_ends_on_its_day_whatever_day_that_is():
    honour = Consequence("plaque", "e", ("e",), "incentive", lasts=Duration(months=1))
    entry = Entry(1, "small", "2025", 1, "e", date(2025, 4, 1), honour)
    [state] = ledger_on([entry], [], [], date(2025, 4, 1), OFFICIAL)
    assert state.until == date(2025, 5, 1)


def test_a_date_that_is_stated_as_the_last_stays_as_it_is():
    stated = Consequence("mend", "e", ("e",), "rectification", until="2025-05-01", closed_by="mended")
    entry = Entry(1, "small", "2025", 1, "e", date(2025, 4, 1), stated)
    [state] = ledger_on([entry], [], [], date(2025, 4, 1), OFFICIAL)
    assert (state.due, state.due_provisional) == (date(2025, 5, 1), False)
    assert ledger_on([replace(entry)], [], [], date(2025, 5, 2), OfficialDays())[0].status == "overdue"


@pytest.mark.parametrize(
    ("text", "length"),
    [("3 workdays", Duration(workdays=3)), ("1 workday", Duration(workdays=1)), ("3 work days", None)],
)
def test_a_length_may_be_so_many_working_days(text, length):
    assert duration(text) == length
    assert length is None or str(length) == f"{length.workdays} workdays"
