"""Times of day: read, kept, compared, shown and told, in facts, fields of records and parameters."""

import re
from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_schemes import AFTER, HEAD, TITLE, frame_of, plan_of

from kaoping.errors import DataError, Problems
from kaoping.evaluation.run import Evaluation
from kaoping.evaluation.values import Choices, Range
from kaoping.facts.clock import read_time, seconds_of, time_at, time_text
from kaoping.facts.frame import Frame, Record, Subject
from kaoping.facts.periods import parse_period
from kaoping.facts.types import ValueType
from kaoping.facts.values import read_value, value_text
from kaoping.insight.explain import explain
from kaoping.intake.reader import read_folder
from kaoping.scheme.prose import prose

TIMES = st.integers(0, 86399).map(time_at)

# A street's report of each day is in time until four in the afternoon.
DAILY = f"""\
{HEAD}
parameters:
  due: {{value: 16:00, source: 四, title: {{zh: 报送时限, en: Due}}}}
records:
  report:
    title: {{zh: 日报, en: Daily report}}
    fields:
      on: {{type: date, title: {{zh: 日期, en: Day}}}}
      sent_at: {{type: time, title: {{zh: 报送时刻, en: Sent at}}}}
    placed_by: on
facts:
  opens: {{type: time, title: {{zh: 开门时刻, en: Opens at}}}}
measures:
  late: {{value: "count(report, sent_at > due)", title: {{zh: 迟报次数, en: Late reports}}}}
  latest: {{value: "highest(report, sent_at, if_none='00:00')", title: {{zh: 最晚一次, en: Latest}}}}
  first: {{value: "first(report, sent_at, if_none=unknown)", title: {{zh: 首次, en: First}}}}
  early: {{value: "opens <= '08:30'", title: {{zh: 开门早, en: Opens early}}}}
grade:
  bands: {{A: late == 0, D: otherwise}}
  titles: {{A: {{zh: 甲, en: A}}, D: {{zh: 丁, en: D}}}}
"""


def evaluated(sent, opens=time(8, 30), closed=True):
    records = {
        ("e", "report"): tuple(
            Record(str(number), {"on": date(2025, 3, number)} | ({"sent_at": moment} if moment else {}))
            for number, moment in enumerate(sent, 1)
        )
    }
    values = {("e", "opens"): {("2025", ""): opens}} if opens else {}
    through = {("e", "report"): date(2025, 12, 31)}
    whole = frozenset({"2025"}) if closed else frozenset()
    frame = Frame(parse_period("2025"), AFTER, {"e": Subject("e", "estate", "e")}, values, records, through, {}, whole)
    return Evaluation(plan_of(DAILY), frame)


def measure(evaluation, name):
    return evaluation.machine.measure("estate", name, "e", evaluation.context(evaluation.plan.main, "e"))


@given(TIMES)
def test_a_time_is_read_back_as_it_is_written_and_reckoned(moment):
    assert read_time(time_text(moment)) == moment
    assert time_at(seconds_of(moment)) == moment
    assert read_value(value_text(moment), ValueType("time")) == moment


@pytest.mark.parametrize("text", ["24:00", "16:60", "4pm", "16", "16:0", "１６:００", "16:00:60", ""])
def test_what_is_no_time_of_day_is_refused(text):
    assert read_time(text) is None
    with pytest.raises(DataError) as caught:
        read_value(text, ValueType("time"))
    assert caught.value.hint("en") == "write 16:00 or 16:00:30, from 00:00 to 23:59:59; leave blank what is not known"


@pytest.mark.parametrize(
    ("sent", "late"),
    [
        ([time(16)], 0),
        ([time(16, 0, 1)], 1),
        ([time(15, 59, 59), time(17), time(23)], 2),
        ([None], Range(0, 1)),
    ],
)
def test_a_report_on_the_stroke_is_in_time(sent, late):
    assert measure(evaluated(sent), "late") == late


def test_the_latest_and_the_first_time_are_times_and_shown_as_such():
    evaluation = evaluated([time(9, 5), time(16, 30, 20)])
    values = evaluation.result().results[0].values
    assert values["latest"] == {"": "16:30:20"}
    assert values["first"] == {"": "09:05"}
    assert values["opens"] == {"": "08:30"}


def test_a_blank_time_may_be_any_of_the_day():
    evaluation = evaluated([None], opens=None, closed=False)
    assert measure(evaluation, "early") == Choices(frozenset({True, False}))
    assert evaluation.result().results[0].values["opens"] == {"": {"from": "00:00", "to": "23:59:59"}}


def test_an_explanation_shows_the_limit_and_the_times_that_were_read():
    evaluation = evaluated([time(17)])
    found = {one["id"]: one for one in explain(evaluation, evaluation.plan.main, "e")["measures"]}
    assert found["late"]["threshold"]["due"]["value"] == "16:00"
    assert found["late"]["records"][0]["fields"]["sent_at"] == "17:00"
    assert found["early"]["values"]["opens"] == "08:30"


def test_a_clerk_writes_times_as_clerks_do_and_each_is_noted(tmp_path):
    plan = plan_of(DAILY)
    file = tmp_path / "日报.csv"
    file.write_text(
        "对象编号,编号,日期,报送时刻\ne,1,2025-03-01,下午4点\ne,2,2025-03-02,16:00\ne,3,2025-03-03,9:30 AM\n",
        encoding="utf-8",
    )
    known = {"e": Subject("e", "estate", "一号院")}
    found = read_folder([file], plan.catalogue, known, {"small": plan.scheme})
    assert [row.fields["sent_at"] for row in found.rows] == [time(16), time(16), time(9, 30)]
    assert [note.text("zh") for note in found.notes] == [
        "日报.csv:2:4 (D2): 已将“下午4点”识别为 16:00",
        "日报.csv:4:4 (D4): 已将“9:30 AM”识别为 09:30",
    ]
    file.write_text("对象编号,编号,日期,报送时刻\ne,1,2025-03-01,下午12点\n", encoding="utf-8")
    with pytest.raises(Problems) as caught:
        read_folder([file], plan.catalogue, known, {"small": plan.scheme})
    assert caught.value.errors[0].text("zh") == "日报.csv:2:4 (D2): “报送时刻”应是时刻，现在是“下午12点”"


def test_the_page_of_a_scheme_tells_times():
    plan = plan_of(DAILY)
    chinese, english = (prose(plan.scheme, plan.catalogue, language) for language in ("zh", "en"))
    assert "“日报”中“报送时刻”晚于“报送时限”（16:00）的个数" in chinese
    assert "“Opens at” is no later than 08:30" in english
    assert re.search(r"开门时刻 \| 住宅小区 \| 时刻", chinese)


@pytest.mark.parametrize(
    ("expression", "key"),
    [
        ("opens <= '4pm'", "not-a-time"),
        ("opens <= '2025-01-01'", "not-a-time"),
        ("opens + 1", "wrong-type"),
        ("opens <= 16", "types-differ"),
        ("opens <= period_end", "types-differ"),
        ("mean(report, sent_at, if_none=unknown)", "wrong-type"),
    ],
)
def test_a_time_is_compared_with_times_only(expression, key):
    with pytest.raises(Problems) as caught:
        plan_of(DAILY.replace("opens <= '08:30'", expression))
    assert [error.key for error in caught.value.errors] == [f"scheme.{key}"]


def test_a_decision_table_may_have_times_in_its_cells():
    text = f"""{HEAD}
facts:
  t: {{type: time, {TITLE}}}
measures:
  it:
    {TITLE}
    table: |
      t            || part
      < 12:00      || morning
      12:00..18:00 || afternoon
      > 18:00      || evening
"""
    evaluation = Evaluation(plan_of(text), frame_of({"t": time(18)}))
    assert evaluation.machine.measure("estate", "it", "e", evaluation.context(evaluation.plan.main, "e")) == "afternoon"
