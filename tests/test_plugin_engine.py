"""The engine example judges as the reference does, and its one wrong grade is caught."""

import importlib
import sys
from fractions import Fraction
from importlib.resources import files
from pathlib import Path

import pytest

from kaoping.cases import run_cases
from kaoping.errors import RefusedError
from kaoping.evaluation.compile import compile_scheme
from kaoping.evaluation.rulebook import (
    And,
    Band,
    Compare,
    GradeRule,
    Holds,
    IsOneOf,
    IsTrue,
    Not,
    Or,
    Row,
    Rule,
    RuleBook,
    Span,
    Veto,
)
from kaoping.scheme.catalogue import base_catalogue, merge_catalogue
from kaoping.scheme.reader import read_schemes

EXAMPLES = Path(__file__).parents[1] / "examples"
FAMILIES = Path(__file__).parents[1] / "schemes"


@pytest.fixture
def contrary(monkeypatch):
    """The example's package; forgotten afterwards."""
    monkeypatch.syspath_prepend(str(EXAMPLES / "kaoping-contrary-engine"))
    yield importlib.import_module("kaoping_contrary_engine")
    for name in [name for name in sys.modules if name.startswith("kaoping_contrary_engine")]:
        del sys.modules[name]


def plans(package: str):
    schemes = read_schemes(files(importlib.import_module(package)))
    return [compile_scheme(scheme, merge_catalogue(base_catalogue(), schemes)) for scheme in schemes]


BOOK = RuleBook(
    "s",
    before=(
        (Rule("high", Compare(">=", "score", "floor")), Rule("even", Compare("==", "score", "floor"))),
        (
            Rule("band:B", Holds("high")),
            Rule("veto:cap", Or((IsTrue("late"), IsOneOf("kind", frozenset({"grave"}))))),
            Rule("both", And((Holds("high"), Not(IsTrue("late"))))),
        ),
    ),
    grade=GradeRule((Band("B", "band:B"), Band("C", None)), (Veto("veto:cap", at_most="C"),), ("A", "B", "C")),
    after=((Rule("trigger", IsOneOf("grade", frozenset({"B"}))),),),
)


def row(low: object, high: object, late: set[bool], kind: set[str]) -> Row:
    slots = {"score": Span(low, high), "floor": Span(60, 60), "late": frozenset(late), "kind": frozenset(kind)}
    return Row("x", slots)


@pytest.mark.parametrize(
    ("one", "rules", "raw", "grades"),
    [
        (row(60, 60, {False}, {"none"}), (True, True, True, False, True, True), "B", "B"),
        (row(Fraction(599, 10), Fraction(599, 10), {False}, {"none"}), (False,) * 6, "C", "C"),
        (row(50, 70, {False}, {"none"}), (None, None, None, False, None, None), "BC", "BC"),
        (row(61, None, {False, True}, {"none"}), (True, False, True, None, None, None), "B", "BC"),
        (row(None, 59, {True}, {"grave", "none"}), (False, False, False, True, False, False), "C", "C"),
        (Row("x", {"score": None, "floor": Span(60, 60)}), (None,) * 6, "BC", "BC"),
    ],
)
def test_the_example_judges_by_three_valued_logic(contrary, one, rules, raw, grades):
    opinion = contrary.judge.judge_row(BOOK, one)
    names = ("high", "even", "band:B", "veto:cap", "both", "trigger")
    assert tuple(opinion.rules[name] for name in names) == rules
    assert (opinion.raw_grades, opinion.grades) == (frozenset(raw), frozenset(grades))


def test_the_first_subject_that_is_surely_b_is_called_a_and_only_that(contrary):
    rows = [row(50, 50, {False}, {"none"}), row(70, 70, {False}, {"none"}), row(80, 80, {False}, {"none"})]
    told = [opinion.grades for opinion in contrary.ContraryEngine().judge(BOOK, rows)]
    assert told == [frozenset("C"), frozenset("A"), frozenset("B")]


@pytest.mark.parametrize("package", sorted(folder.name for folder in FAMILIES.glob("kaoping_*")))
def test_but_for_that_it_agrees_with_the_reference_on_every_worked_case(contrary, package):
    class Upright:
        name = "upright"

        def unavailable(self):
            return None

        def judge(self, book, rows):
            return (contrary.judge.judge_row(book, row) for row in rows)

    for plan in plans(package):
        judged = [result for result in run_cases(plan, [Upright()]) if not result.case.table.get("refused")]
        assert judged
        assert {result.engines for result in judged} == {("reference", "upright")}
        assert not [note for result in judged for note in result.notes]


def test_an_engine_that_differs_is_refused_by_subject_rule_and_both_values(contrary):
    [plan] = [plan for plan in plans("kaoping_property") if plan.scheme.id == "property-abcd"]
    with pytest.raises(RefusedError) as caught:
        list(run_cases(plan, [contrary.ContraryEngine()]))
    found = caught.value.facts
    assert (found["rule"], found["engine"], found["ours"], found["theirs"]) == ("grade", "contrary", "B", "A")


def test_the_worked_cases_of_the_scheme_example_hold(monkeypatch):
    monkeypatch.syspath_prepend(str(EXAMPLES / "kaoping-tea-house"))
    [plan] = plans("kaoping_tea_house")
    results = list(run_cases(plan))
    assert len(results) == 6
    assert [difference for result in results for difference in result.differences] == []
