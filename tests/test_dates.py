import calendar
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaoping.facts.dates import days, full_months, full_years, plus
from kaoping.facts.frame import NEVER

DAYS = st.dates(date(1800, 1, 1), date(2200, 12, 31))
MONTH_ENDS = DAYS.map(lambda d: d.replace(day=calendar.monthrange(d.year, d.month)[1]))
TRICKY = st.one_of(DAYS, MONTH_ENDS)


def naive_plus(day, months):
    """Go month by month, keeping the day of the month that was asked for."""
    year, month = day.year, day.month
    for _ in range(abs(months)):
        month += 1 if months > 0 else -1
        if month == 13:
            year, month = year + 1, 1
        if month == 0:
            year, month = year - 1, 12
    for number in range(day.day, 27, -1):
        try:
            return date(year, month, number)
        except ValueError:
            continue
    return date(year, month, day.day)


def naive_full_months(start, end):
    """Search from far below upwards."""
    months = (end.year - start.year) * 12 - 14
    while naive_plus(start, months + 1) <= end:
        months += 1
    return months


@pytest.mark.parametrize(
    ("day", "step", "expected"),
    [
        (date(2025, 1, 31), {"months": 1}, date(2025, 2, 28)),
        (date(2024, 1, 31), {"months": 1}, date(2024, 2, 29)),
        (date(2025, 3, 31), {"months": -1}, date(2025, 2, 28)),
        (date(2025, 8, 31), {"months": 6}, date(2026, 2, 28)),
        (date(2024, 2, 29), {"years": 3}, date(2027, 2, 28)),
        (date(2024, 2, 29), {"years": 4}, date(2028, 2, 29)),
        (date(2025, 2, 28), {"months": 1}, date(2025, 3, 28)),
        (date(2024, 1, 20), {"months": 24}, date(2026, 1, 20)),
        (date(2025, 12, 31), {"days": 10}, date(2026, 1, 10)),
        (date(2025, 1, 31), {"months": 1, "days": 1}, date(2025, 3, 1)),
        (date(2025, 11, 30), {"months": 3}, date(2026, 2, 28)),
    ],
)
def test_months_after_the_31st_end_on_the_last_day_of_the_month(day, step, expected):
    assert plus(day, **step) == expected


def test_months_are_added_before_days():
    assert plus(date(2025, 1, 31), months=1, days=3) == date(2025, 3, 3)


def test_adding_a_month_twice_may_differ_from_adding_two_months():
    assert plus(plus(date(2025, 1, 31), months=1), months=1) == date(2025, 3, 28)
    assert plus(date(2025, 1, 31), months=2) == date(2025, 3, 31)


@pytest.mark.parametrize("step", [{"years": 9000}, {"months": 99999}, {"days": 4_000_000}, {"years": 9000, "days": -9}])
def test_a_sum_past_the_calendar_is_never(step):
    assert plus(date(2025, 6, 30), **step) == NEVER


@pytest.mark.parametrize("step", [{"years": -9000}, {"months": -99999}, {"days": -4_000_000}])
def test_a_sum_before_the_calendar_is_its_first_day(step):
    assert plus(date(2025, 6, 30), **step) == date.min


@pytest.mark.parametrize("step", [{}, {"days": -1}, {"months": -1}, {"years": -1000}, {"days": 1}])
def test_never_stays_never_whatever_is_added(step):
    assert plus(NEVER, **step) == NEVER


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (date(2021, 12, 31), date(2024, 12, 30), 2),
        (date(2021, 12, 31), date(2024, 12, 31), 3),
        (date(2024, 2, 29), date(2027, 2, 27), 2),
        (date(2024, 2, 29), date(2027, 2, 28), 3),
        (date(2024, 2, 29), date(2028, 2, 28), 3),
        (date(2024, 2, 29), date(2028, 2, 29), 4),
        (date(2025, 5, 1), date(2025, 5, 1), 0),
        (date(2025, 5, 1), date(2025, 4, 30), -1),
        (date(2025, 5, 1), date(2024, 5, 1), -1),
        (date(2025, 5, 1), date(2024, 4, 30), -2),
    ],
)
def test_full_years_turn_on_the_anniversary(start, end, expected):
    assert full_years(start, end) == expected


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (date(2025, 1, 31), date(2025, 2, 27), 0),
        (date(2025, 1, 31), date(2025, 2, 28), 1),
        (date(2025, 1, 31), date(2025, 3, 30), 1),
        (date(2025, 1, 31), date(2025, 3, 31), 2),
        (date(2025, 3, 31), date(2025, 3, 30), -1),
        (date(2025, 3, 31), date(2025, 2, 28), -1),
        (date(2025, 3, 31), date(2025, 2, 27), -2),
    ],
)
def test_full_months_turn_on_the_same_day_or_the_months_end(start, end, expected):
    assert full_months(start, end) == expected


def test_days_count_from_one_day_to_another():
    assert days(date(2024, 8, 15), date(2024, 8, 30)) == 15
    assert days(date(2024, 8, 30), date(2024, 8, 15)) == -15


@given(TRICKY, st.integers(-600, 600))
def test_adding_months_agrees_with_going_month_by_month(day, months):
    assert plus(day, months=months) == naive_plus(day, months)


@given(TRICKY, st.integers(-60, 60), st.integers(-20, 20), st.integers(-400, 400))
def test_years_are_twelve_months_and_days_come_last(day, years, months, extra):
    step = plus(day, years=years, months=months, days=extra)
    assert step == naive_plus(day, 12 * years + months) + timedelta(days=extra)


@given(TRICKY, st.integers(-1500, 1500))
def test_full_months_agree_with_a_search(start, apart):
    end = start + timedelta(days=apart)
    assert full_months(start, end) == naive_full_months(start, end)


@given(TRICKY, TRICKY)
def test_full_months_and_years_are_the_largest_that_do_not_pass_the_end(start, end):
    months, years = full_months(start, end), full_years(start, end)
    assert plus(start, months=months) <= end < plus(start, months=months + 1)
    assert plus(start, years=years) <= end < plus(start, years=years + 1)


@given(TRICKY, TRICKY, TRICKY, st.integers(-40, 40))
def test_a_later_day_never_gives_an_earlier_sum_or_fewer_months(first, second, other, months):
    early, late = sorted((first, second))
    assert plus(early, months=months) <= plus(late, months=months) <= plus(NEVER, months=months)
    assert full_months(other, early) <= full_months(other, late) <= full_months(other, NEVER)
    assert full_months(early, other) >= full_months(late, other) >= full_months(NEVER, other)


@given(TRICKY, TRICKY)
def test_days_are_what_must_be_added(start, end):
    assert plus(start, days=days(start, end)) == end
