from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaoping.errors import DataError
from kaoping.facts.frame import NEVER, UNDETERMINED
from kaoping.facts.types import Title, ValueType
from kaoping.facts.values import number_text, read_number, read_value, value_text, value_words

SCORE = ValueType("number", unit="分", minimum=Fraction(0), maximum=Fraction(100))
COUNT = ValueType("integer", unit="户", minimum=Fraction(1))
POINTS = ValueType("number", one_of=(Fraction(0), Fraction(5), Fraction(10)))
TRUTH = ValueType("boolean")
DAY = ValueType("date", never=True)
BLAME = ValueType(
    "choice",
    choices=("primary", "secondary", "none"),
    choice_titles={"primary": Title("主要责任"), "secondary": Title("次要责任"), "none": Title("无责任")},
    undetermined=True,
)
TITLE = Title("得分", "score")


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("8.5", SCORE, Fraction(17, 2)),
        ("85.00000000000000001", SCORE, Fraction(8500000000000000001, 10**17)),
        ("7.0", SCORE, 7),
        ("007", COUNT, 7),
        ("600.00", COUNT, 600),
        ("10", POINTS, 10),
        ("true", TRUTH, True),
        ("是", TRUTH, True),
        ("FALSE", TRUTH, False),
        ("否", TRUTH, False),
        ("2025-08-03", DAY, date(2025, 8, 3)),
        ("never", DAY, NEVER),
        ("未发生", DAY, NEVER),
        ("primary", BLAME, "primary"),
        ("主要责任", BLAME, "primary"),
        ("待定", BLAME, UNDETERMINED),
        ("八分", ValueType("text"), "八分"),
    ],
)
def test_a_text_is_read_as_the_value_its_type_says(text, kind, value):
    assert read_value(text, kind) == value


def test_a_number_that_is_whole_is_an_int_and_no_number_is_a_float():
    assert type(read_number("7.0")) is int
    assert type(read_number("7.5")) is Fraction


@pytest.mark.parametrize(
    ("text", "kind", "key", "zh", "en"),
    [
        (
            "101",
            SCORE,
            "facts.out-of-range",
            "“得分”应在 0～100 之间，现在是 101",
            "score must be from 0 to 100, got 101",
        ),
        ("0", COUNT, "facts.out-of-range", "“得分”应不小于 1，现在是 0", "score must be at least 1, got 0"),
        ("2.5", COUNT, "facts.not-an-integer", "“得分”应是整数，现在是 2.5", "score must be a whole number, got 2.5"),
        (
            "7",
            POINTS,
            "facts.not-a-choice",
            "“7”不在“得分”的可选项中，可选：0、5、10",
            "'7' is not one of the choices for score: 0, 5, 10",
        ),
        (
            "是的",
            TRUTH,
            "facts.not-a-boolean",
            "“得分”应填“是”或“否”，现在是“是的”",
            "score must be true or false, got '是的'",
        ),
        (
            "3月8日",
            DAY,
            "facts.not-a-date",
            "“得分”应是日期，现在是“3月8日”",
            "score must be a date, got '3月8日'",
        ),
        ("2025-02-30", DAY, "facts.no-such-day", "没有 2025-02-30 这一天", "there is no day 2025-02-30"),
        (
            "9999-12-31",
            DAY,
            "facts.year-out-of-range",
            "日期 9999-12-31 不在 1900 年至 2199 年之间",
            "the date 9999-12-31 is not within the years 1900 to 2199",
        ),
        (
            "主责",
            BLAME,
            "facts.not-a-choice",
            "“主责”不在“得分”的可选项中，可选：主要责任、次要责任、无责任、待定",
            "'主责' is not one of the choices for score: primary, secondary, none, undetermined",
        ),
        (
            "9" * 5000,
            SCORE,
            "facts.number-too-long",
            "“得分”的数字太长，最多 40 位",
            "the number for score is too long, at most 40 characters",
        ),
    ],
)
def test_what_is_not_of_the_type_is_refused_with_what_would_be(text, kind, key, zh, en):
    with pytest.raises(DataError) as caught:
        read_value(text, kind, title=TITLE)
    assert (caught.value.key, caught.value.text("zh"), caught.value.text("en")) == (key, zh, en)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("八分", "请写成 8"),
        ("十二户", "请写成 12"),
        ("三百零五", "请写成 305"),
        ("九点五分", "请写成 9.5"),
        ("1e3", "请写成 1000"),
        ("1.5E-2", "请写成 0.015"),
        ("NaN", "写阿拉伯数字，例如 8.5；不知道的留空"),
        ("inf", "写阿拉伯数字，例如 8.5；不知道的留空"),
        ("-", "写阿拉伯数字，例如 8.5；不知道的留空"),
        ("优秀", "写阿拉伯数字，例如 8.5；不知道的留空"),
    ],
)
def test_a_number_written_otherwise_is_refused_with_what_to_write(text, hint):
    with pytest.raises(DataError) as caught:
        read_value(text, SCORE, title=TITLE)
    assert caught.value.key == "facts.not-a-number"
    assert caught.value.hint("zh") == hint


def test_a_misspelt_choice_brings_the_nearest():
    with pytest.raises(DataError) as caught:
        read_value("主要责仼", BLAME, title=TITLE)
    assert caught.value.hint("zh") == "是不是“主要责任”？"
    assert caught.value.hint("en") == "did you mean 'primary'?"


@given(st.integers(-(10**12), 10**12), st.integers(0, 9))
def test_every_decimal_reads_back_exactly(whole, places):
    number = Fraction(whole, 10**places)
    assert read_number(number_text(number)) == number


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (True, TRUTH),
        (False, TRUTH),
        (NEVER, DAY),
        (date(2025, 1, 31), DAY),
        ("secondary", BLAME),
        (Fraction(1, 8), SCORE),
    ],
)
def test_what_is_written_in_either_language_reads_back(value, kind):
    assert read_value(value_text(value), kind) == value
    assert read_value(value_words(value, kind, "zh"), kind) == value
