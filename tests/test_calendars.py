"""Windows of one's own: calendars of a scheme, of the catalogue, and what offices enter of them."""

from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction

import pytest
from small_schemes import TITLE, plan_of

from kaoping.cases import read_cases, run_case
from kaoping.errors import DataError, Problems
from kaoping.evaluation.run import Evaluation
from kaoping.evaluation.values import Range
from kaoping.facts.frame import Frame, Record, Subject
from kaoping.facts.periods import Period, parse_period
from kaoping.facts.rows import NewSubject, NewValue, NewWindow
from kaoping.insight.explain import explain
from kaoping.insight.suppose import Reading, Setting
from kaoping.intake.reader import read_folder
from kaoping.intake.template import Needs, table_text, templates
from kaoping.scheme.prose import prose
from kaoping.store.batches import Act
from kaoping.store.connection import create
from kaoping.store.facts import append
from kaoping.store.frames import load_frame
from kaoping.store.known import read_windows

YARD = Subject("e", "estate", "一号院")
SEMESTERS = """\
calendars:
  semesters:
    title: {zh: 学段, en: Semesters}
    windows:
      spring-2025: {from: 2025-02-17, through: 2025-07-04, zh: 二〇二四学年下学期, en: Spring term}
      autumn-2025: {from: 2025-09-01, through: 2026-01-30, zh: 二〇二五学年上学期, en: Autumn term}
"""
OWN = "calendars: {semesters: {title: {zh: 学段, en: Semesters}, entered: true}}\n"


def window(name, start, end, calendar="semesters"):
    return Period(date.fromisoformat(start), date.fromisoformat(end), name, calendar)


ENTERED = (window("spring-2025", "2025-02-17", "2025-07-04"), window("autumn-2025", "2025-09-01", "2026-01-30"))


def scheme(expression, calendars=SEMESTERS, facts="", measures="", period="year", more=""):
    """A plan whose measure `it` is the expression; facts and other measures as lines."""
    head = f'scheme: small\nedition: "1"\n{TITLE}\nsource: {{document: 试}}\nsubject: estate\nperiod: {period}\n'
    it = f'measures:\n{measures}  it: {{value: "{expression}", {TITLE}}}\n'
    return plan_of(head + calendars + more + (f"facts:\n{facts}" if facts else "") + it)


def evaluation(plan, values=None, calendars=None, period="2025", records=None, closed=True):
    """The evaluation of one estate: values by fact and window, records of `visit` by day."""
    span = parse_period(period)
    entered = {("e", name): {(at, ""): value for at, value in found.items()} for name, found in (values or {}).items()}
    registers = {("e", "visit"): tuple(Record(str(day), {"on": date.fromisoformat(day)}) for day in records or ())}
    complete = {("e", "visit"): date(2030, 1, 1)}
    return Evaluation(
        plan,
        Frame(
            span, date(2031, 1, 1), {"e": YARD}, entered, registers, complete,
            closed=frozenset({period}) if closed else frozenset(), calendars=calendars or {},
        ),
    )  # fmt: skip


def value_of(plan, *given, **more):
    found = evaluation(plan, *given, **more)
    return found.machine.measure("estate", "it", "e", found.context(plan.main, "e"))


EACH = f"  rate: {{type: number, min: 0, max: 100, for_each: semesters, {TITLE}}}\n"
VISITS = f"records:\n  visit: {{fields: {{on: date}}, placed_by: on, complete: stated, {TITLE}}}\n"


@pytest.mark.parametrize(("calendars", "entered"), [(SEMESTERS, {}), (OWN, {"semesters": ENTERED})])
@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("count(semesters)", 2),
        ("sum(semesters, rate)", 150),
        ("mean(semesters, rate, if_none=0)", 75),
        ("lowest(semesters, rate, if_none=0)", 70),
        ("last(semesters, rate, if_none=0)", 70),
        ("streak(semesters, rate >= 70)", 2),
        ("sum(past(semesters, 1), rate)", 70),
        ("sum(semesters, days(window_start, window_end))", 137 + 151),
        ("last(semesters, previous(rate), if_none=0)", 80),
    ],
)
def test_the_windows_of_a_calendar_are_gone_through(expression, expected, calendars, entered):
    plan = scheme(expression, calendars, EACH)
    assert value_of(plan, {"rate": {"spring-2025": 80, "autumn-2025": 70}}, entered) == expected


def test_a_window_belongs_to_the_period_its_first_day_lies_in():
    plan = scheme("count(semesters)", facts=EACH, period="school_year")
    assert value_of(plan, period="2024S") == 1
    assert value_of(plan, period="2025S") == 1


def test_a_period_between_two_windows_has_none_and_one_outside_all_is_refused():
    plan = scheme("lowest(semesters, rate, if_none=1)", facts=EACH, period="quarter")
    assert value_of(plan, period="2025Q2") == 1
    with pytest.raises(DataError) as refused:
        value_of(plan, period="2025Q4")
    assert refused.value.key == "engines.calendar-not-written"
    entered = scheme("count(semesters)", OWN, period="quarter")
    with pytest.raises(DataError) as refused:
        value_of(entered, calendars={"semesters": ENTERED}, period="2027Q4")
    assert refused.value.key == "engines.calendar-not-entered"
    assert "日历.csv" in refused.value.text("zh") + (refused.value.hint("zh") or "")


def test_a_calendar_that_is_not_used_need_not_be_entered():
    assert value_of(scheme("1", OWN)) == 1


def test_records_are_gone_through_inside_a_window():
    plan = scheme("count(semesters, count(visit) >= 2)", more=VISITS)
    assert value_of(plan, records=["2025-03-01", "2025-03-02", "2025-09-01", "2025-08-01"]) == 1
    gap = scheme("lowest(semesters, longest_gap(visit), if_none=0)", more=VISITS)
    assert value_of(gap, records=["2025-03-01", "2025-10-01"]) == 121  # from 2 October to 30 January


def test_looking_back_further_than_a_calendar_reaches_is_refused():
    plan = scheme("sum(past(semesters, 3), rate)", facts=EACH)
    with pytest.raises(DataError) as refused:
        value_of(plan)
    assert refused.value.key == "engines.calendar-too-short"


def test_a_value_of_a_window_that_nobody_entered_stays_open():
    plan = scheme("sum(semesters, rate)", facts=EACH)
    assert value_of(plan, {"rate": {"spring-2025": 80}}) == Range(80, 180)


def test_measures_and_criteria_have_one_value_for_each_window():
    measures = f"  doubled: {{value: rate * 2, for_each: semesters, {TITLE}}}\n"
    criteria = f"criteria:\n  fair: {{require: doubled >= 150, for_each: semesters, points: 5, {TITLE}}}\n"
    plan = scheme("points", facts=EACH, measures=measures, more=criteria)
    found = evaluation(plan, {"rate": {"spring-2025": 80, "autumn-2025": 70}})
    result = found.result().results[0]
    assert [(one.at, one.outcome) for one in result.findings] == [("spring-2025", "met"), ("autumn-2025", "not_met")]
    assert result.values["doubled"] == {"spring-2025": "160", "autumn-2025": "140"}
    assert result.values["it"][""] == "5"


def test_the_official_holidays_are_windows_and_what_is_entered_joins_them():
    plan = scheme("count(holidays)", "calendars: {holidays: shared}\n")
    assert value_of(plan) == 6  # New Year, Spring Festival, Qingming, Labour Day, Dragon Boat, National Day
    with pytest.raises(DataError):
        value_of(plan, period="2031")
    off = {"holidays": (window("2031-new_year", "2031-01-01", "2031-01-03", "holidays"),)}
    assert value_of(plan, calendars=off, period="2031") == 1


def test_days_off_that_are_entered_are_no_working_days():
    plan = scheme("workdays(starts, '2027-10-09')", "", f"  starts: {{type: date, {TITLE}}}\n")
    starts = {"starts": {"2027": date(2027, 9, 30)}}
    assert value_of(plan, starts, period="2027") == 6
    entered = {
        "holidays": (window("2027-national_day", "2027-10-01", "2027-10-07", "holidays"),),
        "make_up_workdays": (window("autumn", "2027-10-09", "2027-10-09", "make_up_workdays"),),
    }
    assert value_of(plan, starts, entered, "2027") == 2
    found = evaluation(plan, starts, entered, "2027")
    found.result()
    assert not found.machine.weekday_years


def test_a_calendar_may_have_no_window_so_emptiness_must_be_said():
    with pytest.raises(Problems) as refused:
        scheme("mean(semesters, rate)", facts=EACH)
    assert [error.key for error in refused.value.errors] == ["scheme.if-none-missing"]


# --- in words


def test_a_scheme_tells_its_calendars_in_both_languages():
    criteria = f"criteria:\n  fair: {{require: rate >= 60, for_each: semesters, {TITLE}}}\n"
    plan = scheme("lowest(semesters, days(window_start, window_end), if_none=0)", facts=EACH, more=criteria)
    chinese, english = (prose(plan.scheme, plan.catalogue, language) for language in ("zh", "en"))
    assert "- **试**：“学段”每个时段，“试”不低于60" in chinese
    assert "“学段”各时段的该时段第一天到该时段最后一天的天数" in chinese
    assert "- **Semesters (`semesters`)**: Spring term (`spring-2025`) 2025-02-17 to 2025-07-04; " in english
    entered = scheme("count(semesters) + count(holidays)", OWN.replace("{semesters", "{holidays: shared, semesters"))
    lines = prose(entered.scheme, entered.catalogue, "en").splitlines()
    assert "- **Semesters (`semesters`)**: entered by each office (calendars.csv)" in lines
    assert any(line.startswith("- **Official holidays (`holidays`)**: as the State Council") for line in lines)


# --- entered, kept, asked for


def read(folder, plan, windows=None, **files):
    """What files say, written in a folder by their names."""
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return read_folder([folder], plan.catalogue, {"e": YARD}, {"small": plan.scheme}, None, windows)


CALENDAR = "日历,时段,第一天,最后一天\n学段,2025秋,2025-9-1,2026-01-30\n学段,,,\n"


@pytest.fixture
def entered():
    return scheme("sum(semesters, rate)", OWN, EACH)


def test_windows_and_their_values_are_read_in_one_import_whatever_the_order(tmp_path, entered):
    rows = read(tmp_path, entered, 日历=CALENDAR, 一数据="对象编号,周期,试\ne,2025秋,80\n").rows
    assert [row for row in rows if isinstance(row, NewWindow)] == [
        NewWindow("semesters", "2025秋", date(2025, 9, 1), date(2026, 1, 30), "", "", rows[0].place)
    ]
    assert [(row.at, row.value) for row in rows if isinstance(row, NewValue)] == [("2025秋", 80)]


@pytest.mark.parametrize(("written", "at"), [("二〇二五学年上学期", "autumn-2025"), ("Autumn-2025", "autumn-2025")])
def test_a_window_is_named_by_its_title_too(tmp_path, written, at):
    plan = scheme("sum(semesters, rate)", facts=EACH)
    assert [row.at for row in read(tmp_path, plan, 数据=f"对象编号,周期,试\ne,{written},80\n").rows] == [at]


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("学期组,2025秋,2025-09-01,2026-01-30", "facts.unknown-calendar"),
        ("学段,2025,2025-09-01,2026-01-30", "facts.window-name"),
        ("学段,2025-1,2025-09-01,2026-01-30", "facts.window-name"),
        ("学段,秋 季,2025-09-01,2026-01-30", "facts.window-name"),
        ("学段,2025秋,2025-09-01,", "intake.missing-cell"),
        ("学段,,2025-09-01,2026-01-30", "intake.missing-cell"),
        ("学段,2025秋,2026-01-30,2025-09-01", "scheme.span-backwards"),
        ("法定节假日,2025-spring_festival,2025-01-28,2025-02-05", "intake.official-window"),
    ],
)
def test_a_wrong_line_of_a_calendar_is_told(tmp_path, entered, line, key):
    with pytest.raises(Problems) as refused:
        read(tmp_path, entered, 日历=f"日历,时段,第一天,最后一天\n{line}\n")
    assert [error.key for error in refused.value.errors] == [key]


def test_the_windows_a_scheme_writes_cannot_be_entered(tmp_path):
    with pytest.raises(Problems) as refused:
        read(tmp_path, scheme("count(semesters)"), 日历=CALENDAR)
    assert [error.key for error in refused.value.errors] == ["intake.calendar-written"]


def test_a_value_for_another_span_is_refused_with_the_windows_there_are(tmp_path, entered):
    for written, key in (("2025", "intake.other-grain"), ("秋季", "facts.not-a-period")):
        with pytest.raises(Problems) as refused:
            read(tmp_path, entered, {"semesters": ENTERED}, 数据=f"对象编号,周期,试\ne,{written},80\n")
        assert [error.key for error in refused.value.errors] == [key]
        assert key != "intake.other-grain" or "spring-2025" in str(refused.value.errors[0].text("zh"))
    plan = scheme("yearly + count(semesters)", OWN, f"  yearly: {{type: number, {TITLE}}}\n")
    with pytest.raises(Problems) as refused:
        read(tmp_path, plan, {"semesters": ENTERED}, 数据="对象编号,周期,试\ne,autumn-2025,80\n")
    assert [error.key for error in refused.value.errors] == ["intake.other-grain"]


def test_the_template_asks_for_windows_and_for_a_value_in_each(tmp_path, entered):
    def tables(windows):
        needs = Needs(list(entered.catalogue.facts.values()), schemes=[entered.scheme], subjects=[YARD],
                      calendars=["semesters"], windows=entered.catalogue.windows(windows))  # fmt: skip
        return templates(needs, entered.catalogue, parse_period("2025"))

    assert tables({})["日历"] == [["日历", "时段", "第一天", "最后一天"], ["学段", "", "", ""]]
    filled = tables({"semesters": ENTERED})
    assert [row[1:] for row in filled["日历"][1:]] == [
        ["spring-2025", "2025-02-17", "2025-07-04"],
        ["autumn-2025", "2025-09-01", "2026-01-30"],
    ]
    assert [row[:4] for row in filled["数据-学段"][1:]] == [
        ["e", "一号院", "spring-2025", ""],
        ["e", "一号院", "autumn-2025", ""],
    ]
    (tmp_path / "日历.csv").write_text(table_text(filled["日历"]), encoding="utf-8")
    assert [row.name for row in read(tmp_path, entered).rows] == ["spring-2025", "autumn-2025"]


def test_what_is_entered_is_kept_corrected_and_known_as_of_a_moment(tmp_path, entered):
    first, second = datetime(2025, 9, 1, tzinfo=UTC), datetime(2025, 10, 1, tzinfo=UTC)
    rows = [NewSubject("e", "estate", "一号院"), NewValue("e", "rate", "2025秋", "", Fraction(80))]
    autumn = NewWindow("semesters", "2025秋", date(2025, 9, 1), date(2026, 1, 30))
    later = replace(autumn, last=date(2026, 1, 23))
    with create(tmp_path / "k.db") as store:
        append(store, [*rows, autumn], Act("李", "import"), first)
        assert append(store, [autumn], Act("李", "import"), second).unchanged == 1
        assert append(store, [later], Act("李", "import"), second).conflicts[0].known == "2025-09-01 2026-01-30"
        append(store, [later], Act("李", "import"), second, correct="通知改了")
        assert read_windows(store) == {"semesters": (window("2025秋", "2025-09-01", "2026-01-23"),)}
        then = read_windows(store, "2025-09-15T00:00:00Z")["semesters"]
        assert [one.end for one in then] == [date(2026, 1, 30)]
        frame = load_frame(store, entered.needs, parse_period("2025"), date(2026, 2, 1))
        found = Evaluation(entered, frame)
        assert found.machine.measure("estate", "it", "e", found.context(entered.main, "e")) == 80


# --- elsewhere


CASE = """\
scheme: small
cases:
  - case: autumn
    title: {zh: 秋, en: autumn}
    period: 2025
    calendars:
      semesters: {2025秋: {from: 2025-09-01, through: 2026-01-30}}
    subjects:
      e: {values: {rate: {2025秋: 80}}}
    expect:
      e: {measures: {it: 80}}
"""


def test_a_worked_case_enters_windows(entered):
    (case,) = read_cases(CASE, "small.cases.yaml")
    assert run_case(entered, case).differences == ()
    (wrong,) = read_cases(CASE.replace("rate: {2025秋", "rate: {2025冬"), "small.cases.yaml")
    assert [one.what for one in run_case(entered, wrong).differences] == ["refused"]
    (unknown,) = read_cases(CASE.replace("      semesters", "      terrms"), "small.cases.yaml")
    assert "terrms" in run_case(entered, unknown).differences[0].found


def test_the_calendars_of_a_file_of_cases_hold_for_each_but_what_a_case_has_itself(entered):
    top = CASE.replace(
        "cases:\n", "calendars:\n  semesters: {2025春: {from: 2025-02-17, through: 2025-07-04}}\ncases:\n"
    )
    shared = top.replace("    calendars:\n      semesters: {2025秋: {from: 2025-09-01, through: 2026-01-30}}\n", "")
    spring = shared.replace("rate: {2025秋", "rate: {2025春")
    for text, passes in ((top, True), (spring, True), (shared, False)):
        (case,) = read_cases(text, "small.cases.yaml")
        assert (run_case(entered, case).differences == ()) is passes


def test_windows_are_tried_out_and_explained_by_their_names():
    plan = scheme("sum(semesters, rate)", facts=EACH)
    found = evaluation(plan, {"rate": {"spring-2025": Fraction(80), "autumn-2025": Fraction(70)}})
    reading = Reading(plan, found.frame, "e")
    for written in ("autumn-2025", "Autumn term"):
        (setting,) = reading.settings(f"rate@{written}=90")
        assert setting == Setting("e", "rate", "autumn-2025", "", 90)
    (told,) = explain(found, plan.main, "e")["measures"]
    assert [fact["period"] for fact in told["facts"]] == ["spring-2025", "autumn-2025"]
    assert told["values"]["rate@spring-2025"] == "80"
