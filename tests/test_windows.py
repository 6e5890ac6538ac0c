"""Schemes of every kind of period and window: compiled, asked for, filled in, read back, evaluated, told in words."""

from datetime import date

import pytest
from small_schemes import TITLE, plan_of

from kaoping.errors import Problems, UsageError
from kaoping.evaluation.run import Evaluation
from kaoping.facts.frame import Frame, Record, Subject
from kaoping.facts.periods import WINDOWS, parse_period
from kaoping.intake.reader import read_folder
from kaoping.intake.template import Needs, table_text, templates
from kaoping.office.periods import read_period
from kaoping.scheme.prose import prose

YARD = Subject("e", "estate", "一号院")


def scheme(period, facts="", measures="", more=""):
    """A plan of estates judged by a kind of period; facts and measures as lines."""
    head = f'scheme: small\nedition: "1"\n{TITLE}\nsource: {{document: 试}}\nsubject: estate\nperiod: {period}\n'
    inside = [f"{key}:\n{lines}" for key, lines in (("facts", facts), ("measures", measures)) if lines]
    return plan_of(head + more + "".join(inside))


def fact(name, each="", kind="integer, min: 0, max: 9"):
    """A line of a fact."""
    return f"  {name}: {{type: {kind}, {f'for_each: {each}, ' if each else ''}{TITLE}}}\n"


def measure(name, value):
    """A line of a measure."""
    return f'  {name}: {{value: "{value}", {TITLE}}}\n'


def value_of(plan, period, values, records=None):
    """The measure `it` of the one estate in a closed period."""
    span = parse_period(period)
    complete = {("e", name): span.end for name in records or {}}
    registers = {("e", name): tuple(found) for name, found in (records or {}).items()}
    entered = {("e", name): {(at, ""): value for at, value in found.items()} for name, found in values.items()}
    closed = frozenset({period})
    frame = Frame(span, date(2030, 1, 1), {"e": YARD}, entered, registers, complete, closed=closed)
    evaluation = Evaluation(plan, frame)
    return evaluation.machine.measure("estate", "it", "e", evaluation.context(plan.main, "e"))


def filled(tmp_path, plan, period, fill="1"):
    """The rows read from the template of a scheme with every value filled in."""
    needs = Needs(list(plan.catalogue.facts.values()), schemes=[plan.scheme], subjects=[YARD])
    tables = templates(needs, plan.catalogue, parse_period(period))
    for name, table in tables.items():
        header, *rows = table
        lines = [[cell or fill for cell in row] for row in rows]
        lines = [[*row[: len(header) - 2], "", ""] if name.startswith("数据") else row for row in lines]
        (tmp_path / f"{name}.csv").write_text(table_text([header, *lines]), encoding="utf-8")
    (tmp_path / "对象.csv").unlink()
    return read_folder([tmp_path], plan.catalogue, {"e": YARD}, {"small": plan.scheme}).rows


@pytest.mark.parametrize("window", WINDOWS)
def test_a_fact_with_a_value_in_each_window_is_asked_for_read_back_and_summed(tmp_path, window):
    plan = scheme("year", fact("visits", window), measure("it", f"sum({window}, visits)"))
    rows = [row for row in filled(tmp_path, plan, "2025") if hasattr(row, "fact")]
    windows = [part.text for part in parse_period("2025").parts(window)]
    assert [(row.at, row.value) for row in rows] == [(text, 1) for text in windows]
    assert value_of(plan, "2025", {"visits": {row.at: row.value for row in rows}}) == len(windows)


@pytest.mark.parametrize(
    ("kind", "period", "before"),
    [
        ("school_year", "2025S", "2024S"),
        ("two_months", "2025B1", "2024B6"),
        ("xun", "2025-03X1", "2025-02X3"),
        ("week", "2025W01", "2024W52"),
        ("day", "2025-03-01", "2025-02-28"),
    ],
)
def test_a_scheme_of_any_period_has_facts_of_that_period_and_of_the_one_before(tmp_path, kind, period, before):
    plan = scheme(kind, fact("visits"), measure("it", "visits - previous(visits, if_none=0)"))
    rows = filled(tmp_path, plan, period, fill="5")
    assert {getattr(row, "at", "") or row.period for row in rows} == {period}
    assert value_of(plan, period, {"visits": {period: 5, before: 2}}) == 3


def test_a_closing_of_a_day_may_be_written_as_days_are(tmp_path):
    plan = scheme("day", fact("visits"))
    (tmp_path / "结束填报.csv").write_text("方案,周期,结束人\nsmall,2025/3/5,王芳\n", encoding="utf-8")
    rows = read_folder([tmp_path], plan.catalogue, {"e": YARD}, {"small": plan.scheme}).rows
    assert [row.period for row in rows] == ["2025-03-05"]


def test_the_year_of_a_school_years_baseline_is_the_school_year_that_begins_in_it():
    plan = scheme("school_year", fact("visits"), measure("it", "visits - baseline(visits, 2023, if_none=0)"))
    assert value_of(plan, "2025S", {"visits": {"2025S": 7, "2023S": 4, "2023": 1}}) == 3


# --- campaigns

TWICE = "campaign: [{from: 2023-06-27, through: 2023-12-31}, {from: 2024-06-20, through: 2024-11-30}]\n"
FIRST, SECOND = "2023-06-27..2023-12-31", "2024-06-20..2024-11-30"


def test_a_campaign_is_judged_from_its_first_through_its_last_day():
    plan = scheme(
        "campaign",
        measures=measure("it", "count(check)"),
        more=f"{TWICE}records:\n  check: {{fields: {{on: date}}, placed_by: on, {TITLE}}}\n",
    )
    days = [date(2023, 6, 26), date(2023, 6, 27), date(2023, 12, 31), date(2024, 1, 1)]
    checks = [Record(str(number), {"on": day}) for number, day in enumerate(days)]
    assert value_of(plan, FIRST, {}, {"check": checks}) == 2


def test_facts_of_a_campaign_and_of_the_one_before_it(tmp_path):
    plan = scheme("campaign", fact("visits"), measure("it", "visits - previous(visits, if_none=unknown)"), TWICE)
    assert {row.at for row in filled(tmp_path, plan, SECOND, fill="5") if hasattr(row, "at")} == {SECOND}
    assert value_of(plan, SECOND, {"visits": {SECOND: 5, FIRST: 2}}) == 3
    unknown = value_of(plan, FIRST, {"visits": {FIRST: 5}})
    assert (unknown.low, unknown.high) == (-4, 5)


def test_the_windows_of_a_campaign_are_those_that_begin_in_it():
    plan = scheme("campaign", fact("visits", "months"), measure("it", "count(months, visits > 0)"), TWICE)
    visits = {"2023-06": 9, "2024-01": 9} | {f"2023-{month:02}": month % 2 for month in range(7, 13)}
    assert value_of(plan, FIRST, {"visits": visits}) == 3


def test_a_campaign_may_be_written_as_people_write_it_and_must_be_one_of_the_schemes(tmp_path):
    plan = scheme("campaign", fact("visits"), more=TWICE)
    header = "对象编号,周期,visits\n"
    (tmp_path / "a.csv").write_text(f"{header}e,2023年6月27日至12月31日,3\n", encoding="utf-8")
    rows = read_folder([tmp_path], plan.catalogue, {"e": YARD}, {"small": plan.scheme}).rows
    assert [row.at for row in rows] == [FIRST]
    (tmp_path / "a.csv").write_text(f"{header}e,2023-06-27..2023-12-30,3\ne,2023,3\n", encoding="utf-8")
    with pytest.raises(Problems) as caught:
        read_folder([tmp_path], plan.catalogue, {"e": YARD}, {"small": plan.scheme})
    assert [error.text("zh") for error in caught.value.errors] == [
        f"a.csv:2:3 (C2): “试”按专项行动期填写，例如 {FIRST}、{SECOND}；这一行的周期是 2023-06-27..2023-12-30",
        f"a.csv:3:3 (C3): “试”按专项行动期填写，例如 {FIRST}、{SECOND}；这一行的周期是 2023",
    ]


def test_a_command_may_name_a_campaign_by_the_year_it_begins_in():
    plan = scheme("campaign", more=TWICE)
    assert read_period(plan.scheme, "2024").text == SECOND
    assert read_period(plan.scheme, FIRST).text == FIRST
    for text in ("2025", "2024-06-20..2024-11-29", "2024Q3"):
        with pytest.raises(UsageError) as caught:
            read_period(plan.scheme, text)
        assert caught.value.hint("en") == f"periods it can use, for example: {FIRST}, {SECOND}"


def test_the_page_of_a_scheme_says_when_its_campaigns_are():
    plan = scheme("campaign", fact("visits"), more=TWICE)
    assert "每个专项行动期一次；专项行动期 2023-06-27 至 2023-12-31；专项行动期 2024-06-20" in prose(
        plan.scheme, plan.catalogue, "zh"
    )
    assert "the campaign from 2024-06-20 to 2024-11-30" in prose(plan.scheme, plan.catalogue, "en")
