"""Why not a better grade: what is in the way, by how much, and what could still clear it."""

import pytest
from insight_world import evaluation_of, plan_of, words_of

from kaoping.insight.obstacles import obstacles, way_data

GOOD = (
    "yard: {values: {score: {2025Q1: 90}, clean: {gate: true, bins: true, lawn: false}, plan: true, "
    "applied_on: 2025-01-05}}"
)


def ways(subjects, closed=True, language="en", plan=None):
    evaluation = evaluation_of(subjects, plan, closed)
    found = obstacles(evaluation, evaluation.plan.main, "yard", words_of(evaluation, language))
    return {way.grade: way.obstacles for way in found}


def test_nothing_stands_in_the_way_of_the_best_grade():
    assert ways(GOOD) == {}


def test_a_missed_limit_is_told_with_by_how_much():
    found = ways(GOOD.replace("90", "81.5"))
    assert list(found) == ["good"]
    (one,) = found["good"]
    assert (one.kind, one.value, one.limit, one.short, one.unit, one.open) == (
        "condition",
        "81.5",
        "85",
        "3.5",
        "分",
        False,
    )
    assert one.words == "“Score of the year” is at least “Lowest good score” (85 points)"


def test_requirements_not_met_are_named_with_the_items_that_fail():
    found = ways(GOOD.replace("bins: true", "bins: false").replace("plan: true", "plan: false"))
    planned, tidy = found["good"]
    assert (planned.kind, planned.id, planned.clause.source) == ("criterion", "planned", "三")
    assert (tidy.id, tidy.parts[0].value, tidy.parts[0].short) == ("tidy", "1", "1")
    assert [part.at for part in tidy.parts[0].parts] == ["bins", "lawn"]


def test_of_an_or_every_way_is_told():
    found = ways(GOOD.replace("90", "50").replace("plan: true", "plan: false"))
    assert list(found) == ["good", "fair"]
    (either,) = found["fair"]
    assert either.kind == "any_of"
    assert [part.short for part in either.parts] == ["10", ""]


def test_a_veto_stands_in_the_way_of_the_grades_above_its_cap_only():
    burnt = GOOD[:-1] + ", records: {fire: [{on: 2025-03-01, grave: true}]}}"
    found = ways(burnt)
    assert list(found) == ["good"]
    (veto,) = found["good"]
    assert (veto.kind, veto.id, veto.effect, veto.open) == ("veto", "fires", ("at_most", "fair"), False)


def test_a_gate_not_passed_stands_before_every_grade():
    found = ways(GOOD.replace("2025-01-05", "2026-01-05"))
    assert list(found) == ["good", "fair", "poor"]
    (gate,) = found["poor"]
    assert (gate.kind, gate.id) == ("gate", "applied")
    assert gate.parts[0].short == "5"


def test_what_is_not_decided_is_open_and_told_at_best():
    plan = plan_of()
    open_score = "yard: {values: {clean: {gate: true, bins: true, lawn: true}, plan: true, applied_on: 2025-01-05}}"
    (one, veto) = ways(open_score, closed=False, plan=plan)["good"]
    assert (one.open, one.value, one.short) == (True, {"from": "0", "to": "100"}, "0")
    assert (veto.kind, veto.open) == ("veto", True)


@pytest.mark.parametrize(("language", "said"), [("zh", "“有计划”"), ("en", "“Has a plan”")])
def test_it_is_told_in_the_language_asked_for(language, said):
    found = ways(GOOD.replace("plan: true", "plan: false"), language=language)
    assert found["good"][0].words == said


def test_the_data_holds_every_part():
    evaluation = evaluation_of(GOOD.replace("90", "81.5"))
    (way,) = obstacles(evaluation, evaluation.plan.main, "yard", words_of(evaluation))
    assert way_data(way) == {
        "grade": "good",
        "obstacles": [
            {
                "kind": "condition",
                "id": "",
                "at": "",
                "open": False,
                "words": "“Score of the year” is at least “Lowest good score” (85 points)",
                "value": "81.5",
                "limit": "85",
                "short": "3.5",
                "strict": False,
                "unit": "分",
                "parts": [],
            }
        ],
    }
