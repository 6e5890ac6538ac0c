"""A scheme without a grade reports its criteria; what they leave open is named, and nothing else is made up."""

from datetime import date

from kaoping.evaluation.compile import compile_scheme
from kaoping.evaluation.plan import Plan
from kaoping.evaluation.run import evaluate
from kaoping.facts.frame import Frame, Plain, Subject
from kaoping.facts.periods import parse_period
from kaoping.scheme.catalogue import base_catalogue, merge_catalogue
from kaoping.scheme.reader import read_scheme

SCHEME = """
scheme: two-duties
edition: "1"
title: {zh: 两项要求, en: Two duties}
source: {document: 测试, plan: "1"}
subject: estate
period: year
decisions:
  d: {zh: 决定, en: decision, why: {zh: 因为, en: because}}
facts:
  board:  {type: boolean, title: {zh: 公示栏, en: Board}}
  gate:   {type: boolean, title: {zh: 有大门, en: Has a gate}}
  locked: {type: boolean, title: {zh: 大门上锁, en: Gate locked}}
  lamp:   {type: boolean, title: {zh: 路灯, en: Lamp}}
measures:
  all_met: {value: meets_all, decision: d, title: {zh: 全部达标, en: Meets all}}
criteria:
  has_board: {require: board, source: 一, title: {zh: 公示栏, en: Board}}
  gate_locked: {require: locked, applies_when: gate, source: 一, title: {zh: 大门上锁, en: Gate locked}}
  has_lamp: {require: lamp, severity: target, source: 一, title: {zh: 路灯, en: Lamp}}
"""


GATED = (
    SCHEME.replace("facts:\n", "facts:\n  wall: {type: boolean, title: {zh: 有围墙, en: Is walled}}\n")
    + """
gates:
  walled: {needs: wall, otherwise: not_applicable, source: 一, title: {zh: 有围墙, en: Is walled}}
"""
)


def plan(text: str = SCHEME) -> Plan:
    scheme = read_scheme(text, "two-duties.yaml")
    return compile_scheme(scheme, merge_catalogue(base_catalogue(), [scheme]))


def found(text: str = SCHEME, **values: Plain):  # type: ignore[no-untyped-def]  # a SubjectResult
    period = parse_period("2025")
    facts = {("e", name): {("2025", ""): value} for name, value in values.items()}
    frame = Frame(period, date(2026, 1, 1), {"e": Subject("e", "estate", "e")}, facts, closed=frozenset({"2025"}))
    return evaluate(plan(text), frame).results[0]


def test_with_every_requirement_decided_the_result_is_final_and_has_no_grade() -> None:
    result = found(board=True, gate=True, locked=False)
    assert (result.status, result.grade, result.possible_grades, result.missing) == ("final", None, (), ())
    assert [(one.criterion, one.outcome) for one in result.findings] == [
        ("has_board", "met"),
        ("gate_locked", "not_met"),
        ("has_lamp", "unknown"),
    ]


def test_an_open_requirement_leaves_it_incomplete_and_names_the_facts() -> None:
    result = found(board=True)
    assert result.status == "incomplete"
    assert [one.fact for one in result.missing] == ["gate", "locked"]


def test_an_open_requirement_is_named_although_another_is_surely_missed() -> None:
    result = found(board=False)
    assert result.status == "incomplete"
    assert result.values["all_met"] == {"": False}
    assert [one.fact for one in result.missing] == ["gate", "locked"]


def test_a_requirement_that_does_not_apply_leaves_nothing_open() -> None:
    result = found(board=True, gate=False)
    assert (result.status, result.missing) == ("final", ())
    assert result.values["all_met"] == {"": True}


def test_a_target_that_is_open_does_not_hold_the_result_up() -> None:
    assert found(board=True, gate=False).findings[-1].outcome == "unknown"


def test_who_does_not_pass_a_gate_is_not_assessed_and_lacks_nothing() -> None:
    result = found(GATED, wall=False, board=True)
    assert (result.status, result.gate, result.missing) == ("not_assessed", "walled", ())


def test_a_gate_that_is_open_leaves_the_result_open_and_names_its_fact() -> None:
    result = found(GATED, board=True, gate=False)
    assert (result.status, [one.fact for one in result.missing]) == ("incomplete", ["wall"])
    result = found(GATED, gate=False)
    assert (result.status, [one.fact for one in result.missing]) == ("incomplete", ["board", "wall"])


def test_behind_a_gate_that_is_passed_the_criteria_decide() -> None:
    result = found(GATED, wall=True, board=True, gate=False)
    assert (result.status, result.gate, result.grade, result.missing) == ("final", None, None, ())
