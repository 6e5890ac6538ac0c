"""Criteria that earn points, and passages through criteria: counted, shared out, explained, judged by both engines."""

from dataclasses import replace

import pytest
from small_schemes import HEAD, TITLE, frame_of, plan_of

from kaoping.cases import read_cases, run_case
from kaoping.errors import Problems
from kaoping.evaluation.opinions import second_opinions
from kaoping.evaluation.run import Evaluation, evaluate
from kaoping.facts.frame import Edge, Subject
from kaoping.insight.explain import explain
from kaoping.insight.obstacles import obstacles, way_data
from kaoping.scheme.catalogue import base_catalogue
from kaoping.scheme.prose import Words, prose

SCHEME = f"""\
{HEAD}
parameters:
  worth_plan: {{value: 10, unit: 分, source: 一, {TITLE}}}
facts:
  plan: {{type: boolean, {TITLE}}}
  flats: {{type: boolean, {TITLE}}}
  defects: {{type: integer, min: 0, max: 99, {TITLE}}}
  meeting: {{type: boolean, for_each: quarters, {TITLE}}}
criteria:
  planned: {{require: plan, points: worth_plan, group: papers, title: {{zh: 有计划, en: Planned}}}}
  met_often: {{require: meeting, for_each: quarters, points: 5, title: {{zh: 每季开会, en: Meets each quarter}}}}
  clean: {{points: 20, earns: 20 - 2 * defects, group: ground, title: {{zh: 整洁, en: Clean}}}}
  lift_safe: {{require: plan, applies_when: flats, points: 15, severity: target, title: {{zh: 电梯, en: Lift}}}}
measures:
  share: {{value: "percent_of(criteria, met, where=severity == 'required', if_none=unknown)", round: 1, {TITLE}}}
  papers: {{value: "sum(criteria, points, where=group == 'papers')", {TITLE}}}
  total: {{value: points, {TITLE}}}
  most: {{value: "sum(criteria, full_points)", {TITLE}}}
"""
GRADE = """\
grade:
  score: total
  bands: {good: "total >= 40 and count(criteria, not met) <= 1", plain: otherwise}
  titles: {good: {zh: 好, en: Good}, plain: {zh: 一般, en: Plain}}
"""
FULL = {"plan": True, "flats": True, "defects": 0}
MEETINGS = ("2025Q1", "2025Q2", "2025Q3", "2025Q4")


def frame(values, meetings=MEETINGS, closed=True):
    found = frame_of(values, closed=closed)
    held = {(quarter, ""): quarter in meetings for quarter in MEETINGS}
    return replace(found, values={**found.values, ("e", "meeting"): held})


def found(values, meetings=MEETINGS, text=SCHEME, closed=True):
    return evaluate(plan_of(text), frame(values, meetings, closed)).results[0]


def measures(one):
    return {name: one.values[name][""] for name in ("share", "papers", "total", "most")}


def test_points_are_earned_when_met_or_by_degree():
    one = found(FULL | {"defects": 3}, meetings=MEETINGS[:3])
    assert {(f.criterion, f.at): (f.outcome, f.points, f.full_points) for f in one.findings} == {
        ("planned", ""): ("met", "10", "10"),
        ("met_often", "2025Q1"): ("met", "5", "5"),
        ("met_often", "2025Q2"): ("met", "5", "5"),
        ("met_often", "2025Q3"): ("met", "5", "5"),
        ("met_often", "2025Q4"): ("not_met", "0", "5"),
        ("clean", ""): ("not_met", "14", "20"),
        ("lift_safe", ""): ("met", "15", "15"),
    }
    # required: planned, four quarters, clean; four of six are met
    assert measures(one) == {"share": "66.7", "papers": "10", "total": "54", "most": "65"}


def test_points_by_degree_stay_between_nothing_and_all():
    assert measures(found(FULL | {"defects": 99}))["total"] == "45"
    assert measures(found(FULL))["total"] == "65"


def test_what_does_not_apply_neither_counts_nor_earns():
    one = found(FULL | {"flats": False})
    assert measures(one) == {"share": "100", "papers": "10", "total": "50", "most": "50"}
    assert [(f.points, f.full_points) for f in one.findings if f.criterion == "lift_safe"] == [(None, None)]


def test_while_facts_are_missing_points_and_shares_are_what_they_may_be():
    one = found({"flats": True}, closed=False)
    assert one.values["total"][""] == {"from": "20", "to": "65"}
    assert one.values["share"][""] == {"from": "66.7", "to": "100"}
    assert [(f.points, f.outcome) for f in one.findings if f.criterion == "clean"] == [
        ({"from": "0", "to": "20"}, "unknown")
    ]


def test_a_result_with_other_points_has_another_digest():
    plan = plan_of(SCHEME)
    digests = {evaluate(plan, frame(FULL | {"defects": defects})).digest() for defects in (1, 2, 2)}
    assert len(digests) == 2


def test_the_facts_that_points_and_counts_hang_on_are_missing():
    one = found({"flats": True}, text=SCHEME + GRADE, closed=False)
    assert one.possible_grades == ("good", "plain")
    assert sorted({missing.fact for missing in one.missing}) == ["defects", "plan"]
    applies = found({"plan": False, "defects": 0}, text=SCHEME + GRADE)
    assert [missing.fact for missing in applies.missing] == ["flats"]


def engines():
    from kaoping_durable import kaoping_engines

    return [engine for engine in kaoping_engines() if engine.unavailable() is None]


@pytest.mark.parametrize("values", [FULL, {"plan": True}, {"flats": True, "defects": 4}, {}])
def test_every_engine_agrees_on_grades_from_points_and_counts(values):
    evaluation = Evaluation(plan_of(SCHEME + GRADE), frame(values))
    assert second_opinions(evaluation, evaluation.result(), engines()).opinions == 1 + len(engines())


def test_the_explanation_says_what_was_earned_and_reads_each_criterion():
    plan = plan_of(SCHEME + GRADE)
    evaluation = Evaluation(plan, frame(FULL | {"defects": 3}))
    data = explain(evaluation, plan.main, "e")
    clean = next(rule for rule in data["criteria"] if rule["id"] == "clean")
    assert (clean["points"], clean["full_points"], clean["values"]) == ("14", "20", {"defects": "3"})
    good = data["bands"][0]["values"]
    assert good["count(criteria)"] == "1"
    assert {name: value for name, value in good.items() if name.startswith("met@")} == {
        "met@planned": True,
        **{f"met@met_often@{quarter}": True for quarter in MEETINGS},
        "met@clean": False,
        "met@lift_safe": True,
    }


def test_what_stands_in_the_way_are_the_criteria_not_met_whichever_way_they_are_counted():
    plan = plan_of(SCHEME + GRADE)
    evaluation = Evaluation(plan, frame({"plan": False, "flats": True, "defects": 3}))
    words = Words(plan.scheme, plan.catalogue, "en")
    (way,) = [way_data(way) for way in obstacles(evaluation, plan.main, "e", words)]
    assert [part.get("short") for part in way["obstacles"]] == ["6", "2"]
    failing = [part["id"] for one in way["obstacles"] for part in one["parts"] if part["kind"] == "criterion"]
    assert failing == ["planned", "clean", "lift_safe"]


def test_a_count_of_those_met_lists_those_that_are_not():
    text = SCHEME + GRADE.replace("count(criteria, not met) <= 1", "count(criteria, met) >= 7")
    plan = plan_of(text)
    evaluation = Evaluation(plan, frame({"plan": True, "flats": True, "defects": 3}))
    words = Words(plan.scheme, plan.catalogue, "en")
    (way,) = [way_data(way) for way in obstacles(evaluation, plan.main, "e", words)]
    assert [part["id"] for one in way["obstacles"] for part in one["parts"]] == ["clean"]


def test_the_scheme_read_aloud_says_what_criteria_are_worth():
    plan = plan_of(SCHEME)
    zh, en = (prose(plan.scheme, plan.catalogue, language).splitlines() for language in ("zh", "en"))
    assert "- **有计划**：“试”；达标得“试”（10分）" in zh
    assert "- **整洁**：满分20，得分为20 - 2 × “试”（不少于0，不超过满分）" in zh
    assert "- **试**：评分标准的得分之和（只计分组是“papers”的）" in zh
    assert "- **Meets each quarter**: each quarter, “test”; worth 5 when met" in en
    assert [line for line in en if "the percentage" in line] == [
        "- **test**: of criteria where its kind is “required”, the percentage where it is met (with none: unknown); "
        "rounded to 1 places"
    ]


FOLLOWS = f"""\
consequences:
  put_right: {{for_each: criteria, when: not met, to: subject, kind: rectification, title: {{zh: 整改, en: Put right}}}}
  points_known: {{for_each: quarters, when: "count(criteria, met) > 3", to: subject, kind: notice, {TITLE}}}
"""


def test_a_consequence_may_follow_from_each_criterion_that_is_not_met():
    one = found(FULL | {"defects": 3}, meetings=MEETINGS[1:], text=SCHEME + FOLLOWS)
    assert [c.at for c in one.consequences if c.id == "put_right"] == ["met_often@2025Q1@2025", "clean@2025"]
    assert [c.at for c in one.consequences if c.id == "points_known"] == list(MEETINGS)


def test_a_worked_case_expects_points():
    cases = """\
scheme: small
cases:
- case: points
  period: "2025"
  subjects: {e: {values: {plan: true, flats: false, defects: 4, meeting: {2025Q1: true}}}}
  expect: {e: {points: {planned: 10, met_often: {2025Q1: 5, 2025Q2: {from: 0, to: 5}}, clean: 11, lift_safe: none}}}
"""
    (case,) = read_cases(cases, "small.cases.yaml")
    told = [(one.what, one.expected, one.found) for one in run_case(plan_of(SCHEME), case).differences]
    assert told == [("points clean", "11", "12")]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("measures:\n  n: {value: count(criterias), TITLE}\n", "scheme.unknown-collection"),
        ("measures:\n  n: {value: points, TITLE}\n", "scheme.unknown-name"),
        ("measures:\n  n: {value: 'sum(criteria, points)', TITLE}\n", "scheme.unknown-name"),
        ("measures:\n  n: {value: \"count(criteria, severity == 'must')\", TITLE}\n", "scheme.unknown-choice"),
        ("measures:\n  n: {value: 'percent_of(criteria, met)', TITLE}\n", "scheme.if-none-missing"),
        ("measures:\n  n: {value: 'mean(criteria, met, if_none=0)', TITLE}\n", "scheme.wrong-type"),
        ("measures:\n  n: {value: criteria, TITLE}\n", "scheme.collection-as-value"),
    ],
)
def test_what_criteria_do_not_have_is_refused(text, key):
    with pytest.raises(Problems) as caught:
        plan_of(
            f"{HEAD}facts:\n  p: {{type: boolean, {TITLE}}}\ncriteria:\n  c: {{require: p, {TITLE}}}\n"
            + text.replace("TITLE", TITLE)
        )
    assert [error.key for error in caught.value.errors] == [key]


def test_a_criterion_that_counts_the_criteria_goes_round_in_a_circle():
    with pytest.raises(Problems) as caught:
        plan_of(f"{HEAD}criteria:\n  c: {{require: 'count(criteria, met) > 1', {TITLE}}}\n")
    assert [(error.key, error.facts["path"]) for error in caught.value.errors] == [
        ("scheme.cycle", "criteria → criteria")
    ]


def test_members_of_a_parent_are_passed_through_with_their_criteria():
    text = f"""{HEAD}
facts:
  p: {{type: boolean, {TITLE}}}
criteria:
  one: {{require: p, points: 3, {TITLE}}}
  two: {{require: not p, points: 4, {TITLE}}}
roll_up:
  community:
    over: estates
    measures:
      earned: {{value: "mean(estates, points, if_none=0)", {TITLE}}}
      all_met: {{value: "sum(estates, count(criteria, met))", {TITLE}}}
"""
    plan = plan_of(text.replace("over: estates", f"over: {inverse()}").replace("(estates,", f"({inverse()},"))
    base = frame_of({"p": True})
    subjects = {"e": Subject("e", "estate", "e"), "f": Subject("f", "estate", "f"), "c": Subject("c", "community", "c")}
    edges = {(inverse(), "c"): (Edge("e"), Edge("f"))}
    result = evaluate(plan, replace(base, subjects=subjects, edges=edges))
    assert result.rolled_up[0].values == {
        "earned": {"": {"from": "1.5", "to": "5"}},  # 3 of one, 0 to 7 of the other, whose fact is blank
        "all_met": {"": {"from": "1", "to": "3"}},
    }


def inverse():
    return next(
        r.inverse for r in base_catalogue().relations.values() if (r.of, r.to) == ("estate", "community") and r.inverse
    )
