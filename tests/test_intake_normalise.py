"""What people write for numbers, days, periods and truths is taken for what they mean, or left alone."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaoping.facts.types import Title, ValueType
from kaoping.facts.values import number_text, read_value
from kaoping.intake.escape import escaped, unescaped
from kaoping.intake.normalise import narrow, tidy, tidy_date, tidy_period

NUMBER = ValueType("number")
HOUSEHOLDS = ValueType("integer", unit="户")
TRUTH = ValueType("boolean")
KIND = ValueType("choice", choices=("good", "PM2.5"), choice_titles={"good": Title("好（甲）", "Good")})


@pytest.mark.parametrize(
    ("written", "kind", "read"),
    [
        ("９．５分", NUMBER, "9.5"),
        ("1,234,567.5", NUMBER, "1234567.5"),
        ("１，２００户", HOUSEHOLDS, "1200"),
        ("95%", NUMBER, "95"),
        ("９５％", ValueType("number", unit="%"), "95"),
        ("600 户", HOUSEHOLDS, "600"),
        ("−3", NUMBER, "-3"),
        ("+3", NUMBER, "3"),
        (".5", NUMBER, "0.5"),
        ("5.", NUMBER, "5"),
        ("√", TRUTH, "true"),
        ("１", TRUTH, "true"),
        ("×", TRUTH, "false"),
        ("0", TRUTH, "false"),
        ("Ｙ", TRUTH, "true"),
        ("No", TRUTH, "false"),
        ("对", TRUTH, "true"),
        ("错", TRUTH, "false"),
        ("有", TRUTH, "true"),
        ("没有", TRUTH, "false"),
        ("2025.8.3", ValueType("date"), "2025-08-03"),
        ("２０２５/８/３", ValueType("date"), "2025-08-03"),
        ("2025年8月3日", ValueType("date"), "2025-08-03"),
        ("2025/8/3 0:00:00", ValueType("date"), "2025-08-03"),
        ("好(甲)", KIND, "good"),
        ("pm2.5", KIND, "PM2.5"),
    ],
)
def test_what_is_plainly_meant_is_brought_into_form(written, kind, read):
    assert tidy(written, kind) == read


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("八分", NUMBER),
        ("1e3", NUMBER),
        ("10²", NUMBER),
        ("①", NUMBER),
        ("1,20", NUMBER),
        ("12,34", NUMBER),
        ("600人", HOUSEHOLDS),
        ("95%", HOUSEHOLDS),
        (".", NUMBER),
        ("", NUMBER),
        ("٣", NUMBER),
        ("3/8/2025", ValueType("date")),
        ("25.8.3", ValueType("date")),
        ("2025.8/3", ValueType("date")),
        ("对错", TRUTH),
        ("很好", KIND),
        ("１２３", ValueType("text")),
    ],
)
def test_what_may_mean_something_else_is_left_as_it_is(written, kind):
    assert tidy(written, kind) == written


@pytest.mark.parametrize("title", ["无违法建设", "未发生案件", "没有投诉", "不存在隐患"])
@pytest.mark.parametrize("written", ["有", "无", "没有"])
def test_there_is_or_is_none_answers_no_title_that_denies(written, title):
    assert tidy(written, TRUTH, title) == written


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2025年", "2025"),
        ("２０２５年度", "2025"),
        ("2025年上半年", "2025H1"),
        ("2025h2", "2025H2"),
        ("2025年第一季度", "2025Q1"),
        ("2025年四季度", "2025Q4"),
        ("2025年第3季度", "2025Q3"),
        ("2025q3", "2025Q3"),
        ("2025年3月", "2025-03"),
        ("2025-3", "2025-03"),
        ("2025/12", "2025-12"),
        ("Mar-25", "2025-03"),
        ("2025年第7周", "2025W07"),
        ("2025W7", "2025W07"),
    ],
)
def test_a_period_is_read_as_people_write_it(written, read):
    assert tidy_period(written) == read


@pytest.mark.parametrize("written", ["2025.1", "2025.10", "20251", "今年", "2025年第五季度", "25年"])
def test_a_period_that_may_be_another_is_left_as_it_is(written):
    assert tidy_period(written) == written


def full_width(text: str) -> str:
    return "".join(chr(ord(character) + 0xFEE0) if "!" <= character <= "~" else character for character in text)


@given(
    st.integers(-(10**15), 10**15),
    st.integers(0, 6),
    st.sampled_from(["", "分", "%", "户", "人", " 分"]),
    st.booleans(),
    st.booleans(),
)
def test_any_number_in_full_width_with_a_unit_reads_as_the_same_number(whole, places, unit, wide, grouped):
    number = Fraction(whole, 10**places)
    text = number_text(number)
    if grouped:
        head, dot, tail = text.partition(".")
        text = f"{int(head):,}{dot}{tail}" if int(head) else text
    text += unit
    written = full_width(text) if wide else text
    assert read_value(tidy(written, NUMBER), NUMBER) == number


@given(st.dates(), st.sampled_from(["{}-{}-{}", "{}/{}/{}", "{}.{}.{}", "{}年{}月{}日"]), st.booleans())
def test_any_day_written_in_a_usual_form_is_that_day(day, form, wide):
    written = form.format(f"{day.year:04}", day.month, day.day)
    assert tidy_date(full_width(written) if wide else written) == day.isoformat()


@given(st.text())
def test_narrowing_twice_changes_nothing_more(text):
    assert narrow(narrow(text)) == narrow(text)


@given(st.text())
def test_an_escaped_cell_reads_back_and_begins_no_formula(cell):
    assert unescaped(escaped(cell)) == cell
    assert escaped(cell)[:1] not in tuple("=+-@\t\r＝＋－＠")
