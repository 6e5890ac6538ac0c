"""Everybody judged at once and made whole some at a time: the rows and digest of the reference engine."""

import json
import os
from contextlib import suppress
from dataclasses import replace
from datetime import date
from random import Random
from types import SimpleNamespace

import pytest
import test_bars
from log_world import NOW, database
from small_schemes import AFTER, PERIOD, TITLE, plan_of
from sql_schemes import Schemes, facts, random_plan
from sql_world import bundled_plans
from test_impact_at_once import SCHEME, county
from test_sql_oracle import refused

from kaoping.cases import case_evaluation, read_cases
from kaoping.errors import KaopingError, RefusedError
from kaoping.evaluation import again as at_once
from kaoping.evaluation.result import SubjectResult
from kaoping.evaluation.run import Evaluation
from kaoping.facts.periods import parse_period
from kaoping.facts.rows import NewClosing, NewSubject, NewValue
from kaoping.office import in_parts
from kaoping.office.desk import Desk
from kaoping.store.connection import create
from kaoping.store.encoding import Encoder, from_json, to_json
from kaoping.store.facts import append
from kaoping.store.frames import load_frame
from kaoping.store.moments import last_moment
from kaoping.store.some import SomeFacts
from kaoping.store.spilled import Lazily, row_of
from kaoping_sql.engine import SqlEngine
from kaoping_sql.everybody import Everybody

MAPPINGS = ("measures", "outcomes", "rules", "points", "due", "won", "ranks")
SLOW = bool(os.environ.get("KAOPING_SLOW"))
PLANS = bundled_plans()
PARTED = ("property-abcd", "drug-free-community", "happy-community", "property-model-city", "role-model-selection")
"""Between them: places with draws and what hangs on places, single records, roll-ups, sections without grades."""


def made(store, plan, span=PERIOD, today=AFTER, trace=False):
    """An evaluation in parts."""
    desk = Desk(store.path, "李芳", lambda: NOW, "en", lambda *_: None)
    plugins = SimpleNamespace(engines={"sql": SqlEngine()})
    moment = last_moment(store.connection)
    return in_parts.InParts(desk, plugins, store, SqlEngine(), plan, span, today, moment, False, trace)


def same_as_the_reference(store, plan, span=PERIOD, today=AFTER, trace=True):
    """Every row, byte for byte; without a trace the facts of subjects are left out."""
    expected = Evaluation(plan, load_frame(store, plan.needs, span, today)).result()
    with made(store, plan, span, today, trace).results() as (spilled, opinions):
        found = {section: list(spilled.rows(section)) for section in ("subject", "rolled_up")}
        stored = list(spilled.stored())
        assert spilled.digest() == expected.digest()
    rows = []
    for (section, theirs), ours in zip(found.items(), (expected.results, expected.rolled_up), strict=True):
        for number, (one, other) in enumerate(zip(ours, theirs, strict=True)):
            kept = one if trace else replace(one, values={name: one.values[name] for name in other.values})
            rows.append(row_of(section, number, kept))
    assert stored == rows
    return opinions


@pytest.fixture(autouse=True)
def few_at_once(monkeypatch):
    """Parts of a few subjects, of whom a few are judged again."""
    monkeypatch.setattr(in_parts, "AT_ONCE", 5)
    monkeypatch.setattr(at_once, "DRAWN", 3)
    monkeypatch.setattr(at_once, "NEAREST", 1)


@pytest.mark.parametrize("trace", [True, False])
def test_results_in_parts_are_the_reference_s_and_say_who_found_what(tmp_path, trace):
    plan = plan_of(SCHEME)
    store = database(tmp_path / "k.db", county(Random(1)), plan)
    opinions = same_as_the_reference(store, plan, trace=trace)
    assert opinions.engines == ("sql",)
    assert (opinions.covers["sql"][-1], opinions.covers["reference"]) == ("cohort", ("consequences", "missing"))
    store.close()


@pytest.mark.parametrize("seed", range(2))
def test_results_in_parts_of_random_schemes_are_the_reference_s(tmp_path, seed):
    rng = Random(seed)
    while (plan := random_plan(rng)) is None:
        pass
    store = database(tmp_path / "k.db", facts(rng, 12, 0.1), plan)
    same_as_the_reference(store, plan, trace=False)
    store.close()


def follows(rng):
    """Places and consequences by chance, of the subject, its quarters and its records."""
    made = Schemes(rng)
    made.numbers, made.truths = ["v0", "v1"], ["grade == 'A'", "raw_grade != 'C'", "best", "v1 > v0"]
    quarterly = rng.choice(["q < 3", "known(q) and q > v0", "flag", "flag or grade == 'B'"])
    points = rng.choice(["2", "v0", "round(v1 / 3, 1)", "0 - 1"])
    of_record = rng.choice(["true", "n > 4", "n > v0 and flag", "grade == 'B' or n == 1", made.truth(1, "r")])
    return f"""\
accounts:
  merit: {{of: estate, unit: 分, {TITLE}}}
cohort:
  flag_: {{for_each: quarters, needs: known(q), by: {rng.choice(["q", "2 * q", "2 * q"])}, top: 3, {TITLE}}}
  best: {{by: v0, then: [low v1], top: 4, ties: include, exclude: grade == 'C', {TITLE}}}
consequences:
  plain:
    {{when: {json.dumps(made.truth(2))}, to: [subject, group], kind: incentive, points: {{merit: {points}}}, {TITLE}}}
  always: {{to: public, kind: notice, from: period_start, until: after_period, {TITLE}}}
  placed: {{when: {rng.choice(["best", "not best", "best and grade == 'A'"])}, to: group, kind: notice, {TITLE}}}
  quarterly:
    {{for_each: quarters, when: {json.dumps(quarterly.replace("flag", "flag_"))}, to: [group, subject], kind: sanction,
      as_of: {rng.choice(["window_start", "period_end"])}, {TITLE}}}
  recorded:
    {{for_each: r, when: {json.dumps(of_record)}, to: [group, subject], kind: sanction, as_of: r.on_day, from: r.then,
      until: r.on_day, points: {{merit: {rng.choice(["1", "n", "v0"])}}}, {TITLE}}}
  noted: {{for_each: r, to: subject, kind: notice, {TITLE}}}
"""


@pytest.mark.parametrize("seed", range(100 if SLOW else 3))
def test_rows_of_random_schemes_with_places_and_consequences_are_the_reference_s(tmp_path, seed):
    rng = Random(1000 + seed)
    plan = None
    while plan is None:
        with suppress(KaopingError):
            plan = plan_of(Schemes(rng).text() + follows(rng))
    store = database(tmp_path / "k.db", facts(rng, 15, rng.choice([0.0, 0.05])), plan)
    same_as_the_reference(store, plan, trace=False)
    store.close()


@pytest.mark.parametrize("scheme", PARTED)
def test_results_in_parts_of_bundled_schemes_are_the_reference_s(tmp_path, scheme):
    plan = PLANS[scheme]
    cases = [one for one in read_cases(plan.scheme.cases_text, plan.scheme.cases_file) if not refused(one)]
    frame = case_evaluation(plan, cases[len(cases) // 2]).frame
    store = database(tmp_path / "k.db", frame, plan)
    same_as_the_reference(store, plan, frame.period, frame.today, trace=False)
    store.close()


def test_quarter_of_a_yearly_scheme_in_parts_is_the_reference_s(tmp_path):
    plan = PLANS["property-abcd"]
    cases = [one for one in read_cases(plan.scheme.cases_text, plan.scheme.cases_file) if not refused(one)]
    frame = case_evaluation(plan, cases[len(cases) // 2]).frame
    store = database(tmp_path / "k.db", frame, plan)
    same_as_the_reference(store, plan, parse_period(f"{frame.period.text}Q1"), frame.today, trace=False)
    store.close()


def test_who_is_barred_wins_nothing_in_parts_either(tmp_path):
    with create(tmp_path / "k.db") as store:
        rows = [NewSubject(name, "estate", name) for name in ("a", "b")]
        rows += [NewValue(name, "score", "2025", "", score) for name, score in (("a", 90), ("b", 80))]
        append(store, [*rows, NewClosing("best", "2025", "李")], test_bars.LI, test_bars.NOW)
        test_bars.bar(store, {"a"}, date(2026, 1, 10))
        same_as_the_reference(store, test_bars.PLAN, PERIOD, date(2026, 1, 20))
        with made(store, test_bars.PLAN, PERIOD, date(2026, 1, 20)).results() as (spilled, _):
            first, second = spilled.rows("subject")
        assert (first.bars[0].of, first.cohort["first"], second.cohort["first"]) == ("a", {"": False}, {"": True})


def test_engine_that_tells_each_subject_s_things_anew_gives_the_same_rows(tmp_path, monkeypatch):
    plan = plan_of(SCHEME)
    store = database(tmp_path / "k.db", county(Random(5)), plan)
    accounts = Everybody.accounts

    def anew(everybody, section, placed=()):
        for account in accounts(everybody, section, placed):
            yield replace(account, **{name: dict(getattr(account, name)) for name in MAPPINGS})

    monkeypatch.setattr(Everybody, "accounts", anew)
    same_as_the_reference(store, plan, trace=False)
    store.close()


def test_facts_are_read_of_those_alone_of_whom_something_is_not_told(tmp_path, monkeypatch):
    plan = plan_of(SCHEME.replace("by: score", "by: 2 * score"))  # facts that are ranked by are shown
    store = database(tmp_path / "k.db", county(Random(2), many=40), plan)
    read = []
    frame = SomeFacts.frame

    def counted(some, needs, span, today, subjects, reach):
        if needs.facts:
            read.append(list(subjects))
        return frame(some, needs, span, today, subjects, reach)

    monkeypatch.setattr(SomeFacts, "frame", counted)
    with made(store, plan).results() as (spilled, _):
        results = list(spilled.rows("subject"))
    whole = load_frame(store, plan.needs, PERIOD, AFTER)
    needy = {one.subject for one in results if one.missing}
    asked = {one for some in read for one in some} & {one.subject for one in results}
    burnt = {one.subject for one in results if whole.records.get((one.subject, "fire"))}
    assert needy <= asked
    assert burnt - asked  # what follows from a fire hangs on the fire alone
    store.close()


FROM_RECORDS = f"""\
  by_fact: {{for_each: fire, when: cost >= heavy and runs, to: subject, kind: notice, {TITLE}}}
  by_measure:
    {{for_each: fire, when: cost > usual or cost > top, to: subject, kind: notice, points: {{merit: usual}}, {TITLE}}}
  by_grade:
    {{for_each: fire, when: "raw_grade == 'D' or cost > 5", to: subject, kind: notice, as_of: fire.on, {TITLE}}}
  by_place: {{for_each: fire, when: "best == 'gold' and cost >= 0", to: subject, kind: notice, {TITLE}}}
  both:
    {{when: "best != 'none' and grade == 'A'", to: subject, kind: incentive, points: {{merit: usual - fires}}, {TITLE}}}
  paid: {{when: known(grade), to: public, kind: notice, points: {{merit: extra}}, {TITLE}}}
"""


def test_what_follows_from_records_is_the_reference_s_whatever_else_it_hangs_on(tmp_path):
    text = SCHEME.replace("consequences:\n", f"accounts:\n  merit: {{of: estate, unit: 分, {TITLE}}}\nconsequences:\n")
    text = text.replace("parameters:\n", f"parameters:\n  top: {{value: 7, source: 一, {TITLE}}}\n")
    text = text.replace("measures:\n", f"measures:\n  extra: {{value: 2, applies_when: fires > 0, {TITLE}}}\n")
    for rest in (FROM_RECORDS, FROM_RECORDS.partition("\n")[2]):
        plan = plan_of(text + rest)
        store = database(tmp_path / f"{len(rest)}.db", county(Random(6), many=12), plan)
        same_as_the_reference(store, plan, trace=False)
        store.close()
    results = Evaluation(plan, county(Random(6), many=12)).result().results
    paid = {tuple(one.points.items()) for found in results for one in found.consequences if one.id == "paid"}
    assert paid == {(), (("merit", 2),)}  # what does not apply gives no points


def test_subject_judged_otherwise_by_the_reference_refuses_the_parts(tmp_path, monkeypatch):
    plan = plan_of(SCHEME)
    store = database(tmp_path / "k.db", county(Random(3)), plan)
    accounts = Everybody.accounts

    def wrongly(everybody, section, placed=()):
        for account in accounts(everybody, section, placed):
            yield replace(account, measures={**account.measures, ("fires", ""): 99})

    monkeypatch.setattr(Everybody, "accounts", wrongly)
    with pytest.raises(RefusedError) as refusal, made(store, plan).results():
        pass
    assert refusal.value.facts["rule"] == "measure:fires"
    store.close()


def test_encoder_writes_what_is_written_one_by_one():
    plan = plan_of(SCHEME)
    results = Evaluation(plan, county(Random(4))).result().results
    encode = Encoder().to_json
    assert [*map(encode, results)] == [*map(to_json, results)]
    assert [from_json(SubjectResult, encode(one)) for one in results] == list(results)


def test_what_is_read_lazily_is_a_sequence():
    found = Lazily(3, lambda: iter("abc"))
    assert (len(found), [*found], found[1], found[-1], found[:2]) == (3, ["a", "b", "c"], "b", "c", ["a", "b"])
