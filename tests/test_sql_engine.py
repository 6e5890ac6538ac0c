"""sql as an engine: a whole second account, asked where no other can judge, refusing where it differs."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest
from small_schemes import HEAD, TITLE, frame_of, plan_of, scheme_text

from kaoping.errors import RefusedError
from kaoping.evaluation.accounts import Account
from kaoping.evaluation.opinions import second_opinions
from kaoping.evaluation.rulebook import EngineFailedError
from kaoping.evaluation.run import Evaluation
from kaoping.evaluation.values import NO_VALUE, Range
from kaoping.facts.frame import Edge, Subject
from kaoping.facts.types import FactType
from kaoping.office.engines import asked
from kaoping.plugins import Plugins
from kaoping_sql import guard
from kaoping_sql.accounts import accounts
from kaoping_sql.engine import SqlEngine
from kaoping_sql.nodes import Builder, TooWideError
from kaoping_sql.words import NoFormError


def one(expression, facts, values, **frame):
    """What sql finds of the measure `it` of one estate."""
    plan = plan_of(scheme_text(expression, facts, ["r"]))
    (account,) = accounts(plan, frame_of(values, **frame), points=frame.get("points", False))
    return account.measures["it", ""]


def test_quotients_are_exact_and_not_cut_off():
    assert one(
        "a / b", {"a": "type: integer, min: 0, max: 9", "b": "type: integer, min: 1, max: 9"}, {"a": 7, "b": 2}
    ) == (Fraction(7, 2))


def test_blank_is_neither_zero_nor_false_nor_the_last_case():
    facts = {"a": "type: number, min: 0, max: 100"}
    assert one("1 if a >= 85 else 0", facts, {}) == Range(0, 1)
    assert one("a + 1", facts, {}) == Range(1, 101)


def test_half_is_rounded_away_from_zero():
    facts = {"a": "type: number, min: -9, max: 9"}
    assert one("round(a, 0)", facts, {"a": Fraction(-5, 2)}) == -3
    assert one("round(a, 0)", facts, {"a": Fraction(5, 2)}) == 3


def test_days_are_moved_by_formula_not_by_the_database():
    facts = {"d": "type: date"}
    assert one("days(d, plus(d, years=3))", facts, {"d": date(2024, 2, 29)}) == 1095
    assert one("days(d, plus(d, months=1))", facts, {"d": date(2025, 1, 31)}) == 28


def test_days_are_moved_by_lengths_that_are_entered():
    facts = {"d": "type: date", "n": "type: integer, min: 1, max: 3", "far": "type: integer, min: 0"}
    known = {"d": date(2024, 2, 29)}
    assert one("days(d, plus(d, years=n))", facts, {**known, "n": 3}) == 1095
    assert one("days(d, plus(d, months=-n, days=n))", facts, {**known, "n": 2}) == 2 - 62
    assert one("days(d, plus(d, years=n))", facts, known) == Range(365, 1095)
    assert one("year(plus(d, years=far))", facts, {**known, "far": 10000}) == 9999
    assert one("year(plus(d, months=far))", facts, known) == Range(2024, 9999)


def test_length_that_need_not_be_whole_is_refused():
    with pytest.raises(NoFormError) as refusal:
        one("plus(d, years=n / 2) <= d", {"d": "type: date", "n": "type: integer, min: 1, max: 3"}, {"n": 2})
    assert refusal.value.facts["what"] == "a length that need not be a whole number"


def test_number_that_could_leave_64_bits_is_refused_by_its_place():
    with pytest.raises(NoFormError) as refusal:
        one("a * a * a * a * a", {"a": "type: integer, min: 0, max: 100000"}, {"a": 2})
    assert refusal.value.key == "sql.too-wide"
    assert refusal.value.facts == {"bits": 68}
    assert "round:" in refusal.value.hint("en")


def test_sum_of_two_numbers_of_63_bits_is_refused_too():
    builder = Builder()
    big = builder.column("a", 0, 2**62)
    with pytest.raises(TooWideError):
        builder.add(big, builder.column("b", 0, 2**62))


def test_key_of_the_language_that_sql_does_not_know_is_refused_never_passed_over(monkeypatch):
    plan = plan_of(scheme_text("a + 1", {"a": "type: number, min: 0, max: 9"}))
    monkeypatch.setitem(guard.KNOWN, FactType, guard.KNOWN[FactType] - {"of"})
    with pytest.raises(NoFormError) as refusal:
        list(accounts(plan, frame_of({"a": 1})))
    assert refusal.value.facts["what"] == "a: of"


class Wrong(SqlEngine):
    """Gives another value for the measure."""

    def assess(self, plan, frame, parameters):
        for account in super().assess(plan, frame, parameters):
            yield replace(account, measures=dict.fromkeys(account.measures, NO_VALUE))


def test_difference_in_a_measure_refuses_the_run_and_names_subject_measure_and_both_values():
    evaluation = Evaluation(plan_of(scheme_text("a + 1", {"a": "type: number, min: 0, max: 9"})), frame_of({"a": 1}))
    result = evaluation.result()
    assert second_opinions(evaluation, result, [SqlEngine()]).covers["sql"][0] == "measures"
    with pytest.raises(RefusedError) as refusal:
        second_opinions(evaluation, result, [Wrong()])
    assert refusal.value.facts == {
        "subject": "e", "rule": "measure:it", "engine": "sql", "ours": "2", "theirs": "NO_VALUE",
    }  # fmt: skip


def test_account_of_somebody_nobody_asked_about_ends_the_opinion():
    class Chatty(SqlEngine):
        def assess(self, plan, frame, parameters):
            yield Account("estate", "nobody")

    evaluation = Evaluation(plan_of(scheme_text("a + 1", {"a": "type: number, min: 0, max: 9"})), frame_of({"a": 1}))
    opinions = second_opinions(evaluation, evaluation.result(), [Chatty()])
    assert opinions.engines == ("reference",)
    assert opinions.notes == ("sql: estate nobody: not asked",)


def test_expression_without_sql_form_ends_the_opinion_and_is_named():
    facts = {"a": "type: integer, min: 0, max: 1000000000"}
    evaluation = Evaluation(plan_of(scheme_text("a * a * a", facts)), frame_of({"a": 1}))
    with pytest.raises(EngineFailedError, match=r"small.yaml:\d+:\d+"):
        list(SqlEngine().assess(evaluation.plan, evaluation.frame, {}))
    opinions = second_opinions(evaluation, evaluation.result(), [SqlEngine()])
    assert opinions.engines == ("reference",)
    assert "small.yaml" in opinions.notes[0]


class Judge:
    """An engine of rulebooks."""

    name = "judge"

    def __init__(self, reason):
        self.reason = reason

    def unavailable(self):
        return self.reason

    def judge(self, book, rows):
        return iter(())


@pytest.mark.parametrize(("reason", "names"), [(None, ["judge"]), ("no compiler", ["judge", "sql"])])
def test_sql_is_asked_where_no_engine_of_rulebooks_can_run(monkeypatch, reason, names):
    engines = {"judge": Judge(reason), "sql": SqlEngine()}
    monkeypatch.setattr(Plugins, "engines", property(lambda _: engines))
    assert list(asked(Plugins((), None))) == names
    assert list(asked(Plugins((), None), "sql")) == ["sql"]
    assert asked(Plugins((), None), "reference") == {}


def test_relation_whose_members_lead_back_keeps_its_rows_for_the_next_question():
    """What members read of whom they belong to stood in other rows, and its column's name was taken for a text."""
    plan = plan_of(
        f"{HEAD}facts:\n"
        f"  a: {{type: integer, min: 0, max: 9, {TITLE}}}\n"
        f"  calm: {{type: boolean, of: community, {TITLE}}}\n"
        f'measures:\n  near: {{value: "any(estate_community, calm)", {TITLE}}}\n'
        "roll_up:\n  community:\n    over: community_estates\n    measures:\n"
        f'      calm_ones: {{value: "count(community_estates, near)", {TITLE}}}\n'
        f'      others: {{value: "count(community_estates, a > 3 and not near)", {TITLE}}}\n'
    )
    kinds = {"x": "community", "y": "community", **dict.fromkeys("bcde", "estate")}
    values = {(one, "a"): {("2025", ""): number * 2} for number, one in enumerate("bcde")}
    values |= {(one, "calm"): {("2025", ""): one == "x"} for one in "xy"}
    belongs = {"b": "x", "c": "x", "d": "y", "e": "y"}
    edges = {("estate_community", one): (Edge(to),) for one, to in belongs.items()}
    edges |= {("community_estates", to): tuple(Edge(one) for one in "bcde" if belongs[one] == to) for to in "xy"}
    subjects = {one: Subject(one, kind, one) for one, kind in kinds.items()}
    frame = replace(frame_of({}), subjects=subjects, values=values, edges=edges)
    found = {one.subject: one.measures for one in accounts(plan, frame) if one.section == "community"}
    assert found["x"] == {("calm_ones", ""): 2, ("others", ""): 0}
    assert found["y"] == {("calm_ones", ""): 0, ("others", ""): 2}
