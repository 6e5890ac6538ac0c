from datetime import date

import pytest

from kaoping.errors import UsageError
from kaoping.facts.periods import parse_period, period_holding


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2025", date(2025, 1, 1), date(2025, 12, 31)),
        ("2025H2", date(2025, 7, 1), date(2025, 12, 31)),
        ("2025Q1", date(2025, 1, 1), date(2025, 3, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2025W01", date(2024, 12, 30), date(2025, 1, 5)),
    ],
)
def test_a_period_runs_from_its_first_to_its_last_day(text, start, end):
    period = parse_period(text)
    assert (period.start, period.end) == (start, end)


@pytest.mark.parametrize("text", ["", "25", "2025Q5", "2025-13", "2025W54", "0000", "２０２５年", "2023W53"])
def test_what_is_not_a_period_is_refused_with_the_forms_to_use(text):
    with pytest.raises(UsageError) as caught:
        parse_period(text)
    assert caught.value.text("zh") == f"“{text}”不是考评周期"
    assert caught.value.hint("zh") == "写法：2025、2025H1、2025Q3、2025-03 或 2025W07"


def test_quarters_and_months_of_a_year_are_in_order_and_cover_it():
    year = parse_period("2025")
    assert [q.text for q in year.parts("quarters")] == ["2025Q1", "2025Q2", "2025Q3", "2025Q4"]
    assert [m.text for m in year.parts("months")][::11] == ["2025-01", "2025-12"]


def test_a_week_belongs_to_the_period_its_monday_lies_in():
    weeks = parse_period("2025").parts("weeks")
    assert weeks[0].text == "2025W02"
    assert weeks[-1].text == "2026W01"


def test_the_period_before_the_first_quarter_is_last_years_fourth():
    assert parse_period("2025Q1").previous().text == "2024Q4"
    assert period_holding(date(2025, 5, 31), "half_year").text == "2025H1"
