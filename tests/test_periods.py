from datetime import date, timedelta
from itertools import pairwise

import pytest

from kaoping.errors import UsageError
from kaoping.facts.periods import WINDOWS, parse_period, period_holding


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2025", date(2025, 1, 1), date(2025, 12, 31)),
        ("2025H2", date(2025, 7, 1), date(2025, 12, 31)),
        ("2025Q1", date(2025, 1, 1), date(2025, 3, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2025W01", date(2024, 12, 30), date(2025, 1, 5)),
        ("2025S", date(2025, 9, 1), date(2026, 8, 31)),
        ("2025B1", date(2025, 1, 1), date(2025, 2, 28)),
        ("2025-02X2", date(2025, 2, 11), date(2025, 2, 20)),
        ("2024-02X3", date(2024, 2, 21), date(2024, 2, 29)),
        ("2025-01X3", date(2025, 1, 21), date(2025, 1, 31)),
        ("2025-03-05", date(2025, 3, 5), date(2025, 3, 5)),
        ("2025-06-27..2025-12-31", date(2025, 6, 27), date(2025, 12, 31)),
    ],
)
def test_a_period_runs_from_its_first_to_its_last_day(text, start, end):
    period = parse_period(text)
    assert (period.start, period.end) == (start, end)


WRONG = ["", "25", "2025Q5", "2025-13", "2025W54", "0000", "２０２５年", "2023W53", "2025B7", "2025-03X4", "2025-02-29"]


@pytest.mark.parametrize("text", [*WRONG, "2025-12-31..2025-06-27", "9999S", "9999W52"])
def test_what_is_not_a_period_is_refused_with_the_forms_to_use(text):
    with pytest.raises(UsageError) as caught:
        parse_period(text)
    assert caught.value.text("zh") == f"“{text}”不是考评周期"
    assert caught.value.hint("zh") == (
        "写法：2025、2025H1、2025Q3、2025-03、2025W07、2025-03-05，"
        "学年 2025S，双月 2025B2，旬 2025-03X1，专项行动期 2025-06-27..2025-12-31"
    )


def test_quarters_and_months_of_a_year_are_in_order_and_cover_it():
    year = parse_period("2025")
    assert [q.text for q in year.parts("quarters")] == ["2025Q1", "2025Q2", "2025Q3", "2025Q4"]
    assert [m.text for m in year.parts("months")][::11] == ["2025-01", "2025-12"]


def test_a_week_belongs_to_the_period_its_monday_lies_in():
    weeks = parse_period("2025").parts("weeks")
    assert weeks[0].text == "2025W02"
    assert weeks[-1].text == "2026W01"


@pytest.mark.parametrize("kind", WINDOWS)
def test_windows_of_a_kind_follow_each_other_without_gap_and_each_day_is_held_by_its_own(kind):
    windows = [one for year in ("2023", "2024", "2025") for one in parse_period(year).parts(kind)]
    assert all(one.end + timedelta(days=1) == after.start for one, after in pairwise(windows))
    assert all(after.previous() == one for one, after in pairwise(windows))
    for one in windows:
        assert parse_period(one.text) == one
        assert period_holding(one.start, one.kind) == period_holding(one.end, one.kind) == one


def test_a_school_year_has_its_own_two_calendar_years_of_windows():
    school_year = parse_period("2025S")
    two_months = ["2025B5", "2025B6", "2026B1", "2026B2", "2026B3", "2026B4"]
    assert [one.text for one in school_year.parts("two_months")] == two_months
    assert [one.text for one in school_year.parts("quarters")] == ["2025Q4", "2026Q1", "2026Q2", "2026Q3"]


def test_a_month_has_three_ten_days_to_its_end():
    assert [(one.start.day, one.end.day) for one in parse_period("2025-02").parts("xun")] == [
        (1, 10),
        (11, 20),
        (21, 28),
    ]


def test_the_period_before_the_first_quarter_is_last_years_fourth():
    assert parse_period("2025Q1").previous().text == "2024Q4"
    assert period_holding(date(2025, 5, 31), "half_year").text == "2025H1"
