"""Everybody judged at once by SQL: every stored row is the one that the reference engine would have stored."""

import json
import os
import sqlite3
import tempfile
from contextlib import closing, contextmanager
from dataclasses import replace
from fractions import Fraction
from random import Random

import pytest
from cli_world import Office
from county_world import example_county
from small_schemes import frame_of, plan_of, scheme_text
from sql_schemes import facts, random_plan
from sql_world import bundled_plans
from test_sql_oracle import refused

from kaoping.cases import case_evaluation, read_cases
from kaoping.errors import EnvironmentError, RefusedError
from kaoping.evaluation import again as at_once
from kaoping.evaluation.again import DRAWN, judged_again
from kaoping.evaluation.everybody import WholeEvaluation
from kaoping.evaluation.keeping import KeptFrame
from kaoping.evaluation.rulebook import EngineFailedError
from kaoping.evaluation.run import Evaluation
from kaoping.office import at_once as office_at_once
from kaoping.settings import AT_ONCE_FROM, at_once_from
from kaoping.store.encoding import to_json
from kaoping_sql import frames
from kaoping_sql.engine import SqlEngine
from kaoping_sql.words import NoFormError

SLOW = bool(os.environ.get("KAOPING_SLOW"))
PLANS = bundled_plans()
IN_SQL = sorted(PLANS)
SOME = ("property-abcd", "drug-free-community", "safe-community", "civilised-campus-sixiao", "role-model-selection")
"""Between them: places, what hangs on them, tiers, draws, roll-ups, points, windows, gates, single records."""


def rows(result):
    """Every row as it would be stored."""
    return [to_json(one) for one in (*result.results, *result.rolled_up)]


def same_as_the_reference(plan, frame):
    """Nothing differs, places, consequences and what is missing included."""
    expected = Evaluation(plan, frame).result()
    with SqlEngine().everybody(plan, frame) as everybody:
        evaluation = WholeEvaluation(plan, frame, everybody)
        found = evaluation.result()
        assert rows(found) == rows(expected)
        assert found.digest() == expected.digest()
        assert judged_again(evaluation, found, "sql") >= min(DRAWN, len(rows(found)))


@pytest.mark.parametrize("scheme", IN_SQL if SLOW else [name for name in IN_SQL if name in SOME])
def test_every_row_of_every_bundled_scheme_is_the_reference_s(scheme):
    plan = PLANS[scheme]
    cases = [one for one in read_cases(plan.scheme.cases_text, plan.scheme.cases_file) if not refused(one)]
    for case in cases if SLOW else cases[len(cases) // 2 :][:1]:
        one = case_evaluation(plan, case)
        if not one.machine.changed:
            same_as_the_reference(plan, one.frame)


@pytest.mark.parametrize("seed", range(200 if SLOW else 4))
def test_every_row_of_random_schemes_is_the_reference_s(seed):
    rng = Random(seed)
    while (plan := random_plan(rng)) is None:
        pass
    same_as_the_reference(plan, facts(rng, 40, 0.1))


NUMBER = {"a": "type: number, min: 0, max: 9"}


class Wrong:
    """What was found, but for the score of one subject."""

    def __init__(self, everybody, score="it"):
        self.everybody = everybody
        self.score = score

    def accounts(self, section, placed=()):
        for number, account in enumerate(self.everybody.accounts(section, placed)):
            found = account.measures
            if number == 0 and (self.score, "") in found:
                found = {**found, (self.score, ""): found[self.score, ""] + 1}
            yield replace(account, measures=found)

    def measure(self, section, name, at):
        return self.everybody.measure(section, name, at)

    def asked(self, what):
        return self.everybody.asked(what)

    def places(self, rule, window, of=None):
        return self.everybody.places(rule, window, of)

    def place(self, rule, window, subject):
        return self.everybody.place(rule, window, subject)


def test_subject_judged_otherwise_by_the_reference_refuses_the_run_with_rule_and_both_values():
    plan, frame = plan_of(scheme_text("a + 1", NUMBER)), frame_of({"a": 1})
    with SqlEngine().everybody(plan, frame) as everybody:
        evaluation = WholeEvaluation(plan, frame, Wrong(everybody))
        with pytest.raises(RefusedError) as refusal:
            judged_again(evaluation, evaluation.result(), "sql")
    assert refusal.value.facts == {
        "subject": "e", "rule": "measure:it", "engine": "sql", "ours": '{"":"2"}', "theirs": '{"":"3"}',
    }  # fmt: skip


def test_ends_of_a_score_are_the_same_numbers_however_they_are_held():
    plan, frame = plan_of(scheme_text("a + 1", NUMBER)), frame_of({"a": 1})
    (one,) = Evaluation(plan, frame).result().results
    whole, over_one = (replace(one, score=None, score_range=ends) for ends in ((24, 34), (Fraction(24), Fraction(34))))
    assert list(at_once._told(whole, one)) == list(at_once._told(over_one, one))


def test_engine_that_leaves_somebody_out_ends_the_run():
    class Short(Wrong):
        def accounts(self, section, placed=()):
            return iter(())

    plan, frame = plan_of(scheme_text("a + 1", NUMBER)), frame_of({"a": 1})
    with (
        SqlEngine().everybody(plan, frame) as everybody,
        pytest.raises(EngineFailedError, match="estate e: -"),
    ):
        WholeEvaluation(plan, frame, Short(everybody)).result()


def test_expression_without_sql_form_is_named_before_anybody_is_judged():
    plan = plan_of(scheme_text("a * a * a", {"a": "type: integer, min: 0, max: 1000000000"}))
    with pytest.raises(NoFormError) as refusal, SqlEngine().everybody(plan, frame_of({"a": 1})):
        pass
    assert refusal.value.place.line


def test_who_is_looked_at_are_those_drawn_by_the_result_and_the_nearest_to_each_boundary(monkeypatch):
    monkeypatch.setattr(at_once, "DRAWN", 3)
    monkeypatch.setattr(at_once, "NEAREST", 1)
    rng = Random(5)
    while (plan := random_plan(rng)) is None:
        pass
    results = list(Evaluation(plan, facts(rng, 60, 0.1)).result(trace=False).results)
    chosen = at_once._looked_at(results, "seed")
    assert 3 <= len(chosen) < len(results)
    assert [one.subject for one in at_once._looked_at(results, "other")] != [one.subject for one in chosen]
    for grades in {one.possible_grades for one in results if one.score is not None}:
        scored = [one for one in results if one.score is not None]
        alike = sorted((one.score, one.subject) for one in scored if one.possible_grades == grades)
        assert {alike[0][1], alike[-1][1]} <= {one.subject for one in chosen}


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    """The example county, imported and evaluated by both."""
    made = Office(tmp_path_factory.mktemp("office"))
    example_county(tmp_path_factory, made.folder)
    made.json("evaluate", "property-abcd", "-p", "2025", "--engine", "reference")
    made.json("evaluate", "property-abcd", "-p", "2025", "--engine", "sql", "--trace", "all")
    made.json("evaluate", "property-abcd", "-p", "2025", "--engine", "sql")
    return made


def stored(office, evaluation):
    """The rows of an evaluation, its results as data."""
    with sqlite3.connect(office.folder / "kaoping.db") as database:
        database.row_factory = sqlite3.Row
        rows = database.execute(
            "SELECT section, ordinal, subject, status, score, raw_grade, grade, possible_grades, data "
            "FROM subject_result WHERE evaluation = ? ORDER BY section, ordinal",
            (evaluation,),
        ).fetchall()
    return [{**row, "data": json.loads(row["data"])} for row in rows]


def test_stored_rows_and_digest_of_the_example_county_are_the_reference_s(office):
    listed = office.json("evaluation", "list")["evaluations"]
    assert [one["engines"] for one in listed] == [["reference"], ["reference", "sql"], ["reference", "sql"]]
    assert len({one["result_digest"] for one in listed}) == 1
    reference, whole, short = (stored(office, number) for number in (1, 2, 3))
    assert whole == reference
    for ours, theirs in zip(reference, short, strict=True):
        kept, less = ours["data"].pop("values"), theirs["data"].pop("values")
        assert less.items() < kept.items()
        assert ours == theirs
    assert (
        office.json("report", "rank", "property-abcd", "-p", "2025", "--evaluation", "1")["ranking"]
        == (office.json("report", "rank", "property-abcd", "-p", "2025", "--evaluation", "3")["ranking"])
    )
    assert office.json("evaluation", "verify", "3")["same"] is True


def test_explanation_of_somebody_is_made_when_asked_for_and_says_whose_facts_have_changed_since(office):
    found = [
        office.json("explain", "e001", "-p", "2025", "-s", "property-abcd", "--evaluation", str(number))
        for number in (1, 3)
    ]
    for one in found:
        [data] = one["explanations"]
        assert data["changed_since"] == []
        del one["explanations"], one["evaluation"], one["known_at"], one["engines"], one["opinions"], one["notes"]
    assert found[0] == found[1]
    corrected = office.json("import", "d/correction", "--correct", "核对原始评分表")
    asked = ("explain", "e033", "-p", "2025", "-s", "property-abcd", "--evaluation", "3")
    assert [one["subject"] for one in office.json(*asked)["changed_since"]] == ["e033"]
    assert "的数据有变，重新测算后才会计入" in "".join(office.page(*asked).split())
    office.json("fact", "void", "--batch", str(corrected["batch"]), "--reason", "更正有误")
    assert office.json(*asked)["changed_since"] == []


def test_doctor_says_from_how_many_subjects_on_everybody_is_judged_at_once_and_who_judges_what(office):
    data = office.json("doctor")
    assert data["at_once"] == {
        "engine": "sql",
        "many": 10_000,
        "setting": "KAOPING_AT_ONCE_FROM",
        "drawn": 200,
        "below": "reference = durable",
    }
    assert any("10000 个及以上由 sql 一次判定" in one["text"] for one in data["findings"])


def test_everybody_is_judged_at_once_from_so_many_subjects_on_and_the_result_says_who_looked_again(office, monkeypatch):
    monkeypatch.setattr(at_once, "DRAWN", 5)
    monkeypatch.setattr(at_once, "NEAREST", 1)
    monkeypatch.setattr(office_at_once, "at_once_from", lambda: 92)
    ran = office.json("evaluate", "property-abcd", "-p", "2025", "--dry-run")
    assert ran["engines"] == ["sql"]
    assert ran["covers"]["reference"] == ["consequences", "missing"]
    assert ran["covers"]["sql"][-1] == "cohort"
    assert any(note.startswith("仅一种引擎（one opinion）：sql 一次判定了全部") for note in ran["notes"])
    [whole] = [one for one in office.json("evaluation", "list")["evaluations"] if one["evaluation"] == 1]
    kept = office.json("evaluate", "property-abcd", "-p", "2025")
    assert kept["result_digest"] == ran["result_digest"] == whole["result_digest"]
    assert sorted(path.name for path in (office.folder / "kaoping.db.frames").iterdir()) == ["property-abcd@2025.db"]
    monkeypatch.setattr(office_at_once, "at_once_from", lambda: 93)
    ran = office.json("evaluate", "property-abcd", "-p", "2025", "--dry-run", "--engine", "reference")
    assert ran["engines"] == ["reference"]


def test_bad_size_is_told_with_the_usual_one():
    assert at_once_from({}) == AT_ONCE_FROM
    assert at_once_from({"KAOPING_AT_ONCE_FROM": "7"}) == 7
    for text in ("0", "-1", "many", "1.5", "٣"):
        with pytest.raises(EnvironmentError) as refusal:
            at_once_from({"KAOPING_AT_ONCE_FROM": text})
        assert refusal.value.facts["text"] == text


def test_full_disk_is_said_with_the_folder_that_is_full(monkeypatch):
    connect = sqlite3.connect

    def small(path, *more, **named):
        connection = connect(path, *more, **named)
        connection.execute("PRAGMA temp.max_page_count = 2")
        return connection

    plan, frame = plan_of(scheme_text("a + 1", NUMBER)), frame_of({"a": 1})
    monkeypatch.setattr(sqlite3, "connect", small)
    with pytest.raises(EnvironmentError) as refusal, SqlEngine().everybody(plan, frame):
        pass
    assert refusal.value.key == "sql.disk-full"
    assert refusal.value.facts == {"folder": tempfile.gettempdir()}


def test_frame_that_another_program_moved_on_is_not_judged(tmp_path):
    plan, frame = plan_of(scheme_text("a + 1", NUMBER)), frame_of({"a": 1})
    path = tmp_path / "frame.db"
    frames.build(plan, frame, path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE kept (text)")
        connection.execute("""INSERT INTO kept VALUES ('{"known_at": "later"}')""")
        connection.commit()
    kept = {"estate": KeptFrame(str(path), "estate", 1, "then", "current")}
    with (
        pytest.raises(EngineFailedError, match=r"evaluate again|请再测算一次"),
        SqlEngine().everybody(plan, frame, kept=kept),
    ):
        pass


def test_difference_stores_nothing(office, monkeypatch):
    before = len(office.json("evaluation", "list")["evaluations"])
    judge = SqlEngine.everybody

    @contextmanager
    def wrongly(engine, *asked):
        with judge(engine, *asked) as everybody:
            yield Wrong(everybody, "composite")

    monkeypatch.setattr(SqlEngine, "everybody", wrongly)
    with pytest.raises(AssertionError, match=r"e001.*measure:composite"):
        office.page("evaluate", "property-abcd", "-p", "2025", "--engine", "sql")
    assert len(office.json("evaluation", "list")["evaluations"]) == before
