"""Whom rules reach: groups that are ranked by themselves, addressees as of a day, steps that grow with what counts."""

from dataclasses import replace
from datetime import date

import pytest
from small_schemes import HEAD, TITLE, frame_of, plan_of

from kaoping.cases import read_cases, run_case
from kaoping.consequences.ledger import ledger_on
from kaoping.consequences.model import Entry, Publication
from kaoping.errors import Problems
from kaoping.evaluation.opinions import second_opinions
from kaoping.evaluation.result import Consequence, consequence_data, consequence_from
from kaoping.evaluation.run import Evaluation, evaluate
from kaoping.facts.frame import Edge, Record, Subject
from kaoping.insight.explain import explain
from kaoping.scheme.model import Duration
from kaoping.scheme.official import official_days
from kaoping.scheme.prose import prose

# --- groups

PARTED = f"""\
{HEAD}
facts:
  score: {{type: number, min: 0, max: 100, {TITLE}}}
measures:
  total: {{value: score, {TITLE}}}
  firsts: {{value: first_of_its_community, {TITLE}}}
cohort:
  first_of_its_community: {{by: total, among: estate_community, top: 1, title: {{zh: 本社区第一, en: First here}}}}
  half: {{by: total, among: estate_community, top: ceil(cohort_size / 2), {TITLE}}}
  best: {{by: total, top: 1, {TITLE}}}
"""
PLACED = {"a": ("x", 90), "b": ("x", 80), "c": ("x", 70), "d": ("y", 60), "f": ("y", 50), "g": ("", 99)}


def parted(scores=PLACED):
    subjects = {name: Subject(name, "estate", name) for name in scores}
    subjects |= {name: Subject(name, "community", name) for name in ("x", "y")}
    edges = {("estate_community", name): (Edge(where),) for name, (where, _) in scores.items() if where}
    values = {(name, "score"): {("2025", ""): score} for name, (_, score) in scores.items() if score is not None}
    return replace(frame_of({}), subjects=subjects, edges=edges, values=values)


def won(result, rule):
    return {one.subject for one in result.results if one.cohort[rule][""] is True}


def test_each_group_is_ranked_by_itself_and_who_is_in_none_is_not_ranked():
    result = evaluate(plan_of(PARTED), parted())
    assert won(result, "first_of_its_community") == {"a", "d"}
    assert won(result, "half") == {"a", "b", "d"}  # half of three, rounded up, and half of two
    assert won(result, "best") == {"g"}
    ranks = {one.subject: one.ranks.get("half", {}).get("") for one in result.results}
    assert ranks == {"a": 1, "b": 2, "c": 3, "d": 1, "f": 2, "g": None}


def test_who_is_open_keeps_only_its_own_group_waiting():
    result = evaluate(plan_of(PARTED), parted({**PLACED, "c": ("x", None)}))
    open_ = {one.subject for one in result.results if isinstance(one.cohort["first_of_its_community"][""], dict)}
    assert (open_, won(result, "first_of_its_community")) == ({"a", "b", "c"}, {"d"})


def test_a_tie_in_one_group_asks_for_lots_there_and_nowhere_else():
    tied = {**PLACED, "b": ("x", 90), "d": ("y", 60), "f": ("y", 60)}
    evaluation = Evaluation(plan_of(PARTED), parted(tied))
    places = evaluation.cohort.places("first_of_its_community", "")
    assert (places.draws, places.doubtful, places.waiting) == (("a", "b", "d", "f"), (), ())
    assert evaluation.cohort.among("first_of_its_community", "", "a").draws == ("a", "b")
    assert evaluation.cohort.among("first_of_its_community", "", "g").draws == ()


def test_the_explanation_counts_those_of_the_group():
    plan = plan_of(PARTED)
    data = explain(Evaluation(plan, parted()), plan.main, "b")
    assert [(rule["id"], rule["rank"], rule["of"]) for rule in data["cohort"]] == [
        ("first_of_its_community", 2, 3),
        ("half", 2, 3),
        ("best", 3, 6),
    ]
    zh = prose(plan.scheme, plan.catalogue, "zh")
    assert "- **本社区第一**：小区所属社区相同的对象之间排名；按“试”从高到低排名" in zh


def engines():
    from kaoping_durable import kaoping_engines

    return [engine for engine in kaoping_engines() if engine.unavailable() is None]


def test_every_engine_agrees_on_what_rests_on_groups():
    text = (
        PARTED
        + """\
grade:
  bands: {first: first_of_its_community, other: otherwise}
  titles: {first: {zh: 第一, en: First}, other: {zh: 其他, en: Other}}
"""
    )
    evaluation = Evaluation(plan_of(text), parted())
    assert second_opinions(evaluation, evaluation.result(), engines()).opinions == 1 + len(engines())


# --- addressees as of a day

MOVED = f"""\
{HEAD}
facts:
  bad: {{type: boolean, {TITLE}}}
records:
  fire: {{fields: {{on: date, told_on: date, grave: boolean}}, placed_by: on, complete: assumed, {TITLE}}}
consequences:
  now: {{when: bad, to: estate_community, kind: notice, {TITLE}}}
  at_first: {{when: bad, to: estate_community, as_of: period_start, kind: notice, {TITLE}}}
  on_a_day: {{when: bad, to: estate_community, as_of: 2025-05-01, kind: notice, {TITLE}}}
  then: {{for_each: fire, when: grave, to: estate_community, as_of: fire.on, kind: sanction, {TITLE}}}
  of_quarter: {{for_each: quarters, when: bad, to: estate_community, kind: notice, {TITLE}}}
  of_quarters_start:
    {{for_each: quarters, when: bad, to: estate_community, as_of: window_start, kind: notice, {TITLE}}}
"""


def moved(fires):
    subjects = {"e": Subject("e", "estate", "e")} | {n: Subject(n, "community", n) for n in ("old", "new")}
    edges = {("estate_community", "e"): (Edge("old", None, date(2025, 6, 1)), Edge("new", date(2025, 6, 1)))}
    records = {("e", "fire"): tuple(Record(str(n), {"grave": True, **fields}) for n, fields in enumerate(fires))}
    return replace(frame_of({"bad": True}), subjects=subjects, edges=edges, records=records)


def test_relations_lead_to_whom_they_led_to_on_that_day():
    fires = [{"on": date(2025, 3, 1)}, {"on": date(2025, 6, 1)}]
    found = evaluate(plan_of(MOVED), moved(fires)).results[0].consequences
    to = {}
    for consequence in found:
        to.setdefault(consequence.id, []).append(*consequence.to)
    assert to == {
        "now": ["new"],
        "at_first": ["old"],
        "on_a_day": ["old"],
        "then": ["old", "new"],
        "of_quarter": ["old", "new", "new", "new"],
        "of_quarters_start": ["old", "old", "new", "new"],
    }


def test_the_day_is_said_in_words():
    plan = plan_of(MOVED)
    en = prose(plan.scheme, plan.catalogue, "en")
    assert "(as related on the first day of the period)" in en
    assert "(as related on the first day of the quarter)" in en


@pytest.mark.parametrize("day", ["fire.grave", "fire.onn", "drill.on", "period_ende", "2025-13-01"])
def test_a_day_that_is_none_is_refused(day):
    with pytest.raises(Problems) as caught:
        plan_of(MOVED.replace("as_of: fire.on", f"as_of: {day}"))
    assert [error.key for error in caught.value.errors] == ["scheme.unknown-day"]


@pytest.mark.parametrize("key", ["from", "until"])
def test_a_day_of_a_record_that_it_has_not_is_refused_wherever_it_stands(key):
    with pytest.raises(Problems) as caught:
        plan_of(MOVED.replace("as_of: fire.on", f"{key}: fire.told"))
    assert [(error.key, error.facts["near"]) for error in caught.value.errors] == [
        ("scheme.unknown-day", "fire.told_on")
    ]


# --- ladders

STEPS = tuple({"zh": name, "en": name} for name in ("talk", "notice", "ban"))
WARNED = Consequence("warned", "e", ("e",), "sanction", lasts=Duration(months=24), ladder=STEPS, stacks="always")


def entries(*days, rule=WARNED):
    found, publications = [], []
    for number, day in enumerate(days, 1):
        period = str(day.year - 1)
        found.append(Entry(number, "s", period, number, "e", day, rule))
        publications.append(Publication("s", period, "year", day, number))
    return found, publications


def steps(day, *days, rule=WARNED):
    found, publications = entries(*days, rule=rule)
    return {state.entry.id: state.step for state in ledger_on(found, [], publications, day, official_days())}


YEARLY = [date(year, 2, 1) for year in (2022, 2023, 2024, 2025, 2026)]


def test_each_entry_is_one_step_further_for_each_earlier_one_that_still_counts():
    assert steps(date(2026, 6, 1), *YEARLY) == {1: 1, 2: 2, 3: 2, 4: 2, 5: 2}  # two years: one earlier counts
    long = replace(WARNED, lasts=Duration(months=120))
    assert steps(date(2026, 6, 1), *YEARLY, rule=long) == {1: 1, 2: 2, 3: 3, 4: 3, 5: 3}
    assert steps(date(2022, 1, 31), *YEARLY) == {1: 0, 2: 0, 3: 0, 4: 0, 5: 0}


def test_an_entry_that_is_renewed_still_counts_for_its_own_length():
    assert steps(date(2026, 6, 1), *YEARLY, rule=replace(WARNED, stacks="per subject"))[2] == 2


def test_a_corrected_publication_is_no_second_step():
    first, (publication,) = entries(date(2025, 2, 1))
    again = [*first, replace(first[0], id=2, evaluation=2, published_on=date(2025, 3, 1))]
    both = [publication, replace(publication, on=date(2025, 3, 1), evaluation=2)]
    assert [state.step for state in ledger_on(again, [], both, date(2025, 6, 1), official_days())] == [1, 1]


def test_causes_of_several_subjects_climb_the_addressees_one_ladder():
    found, publications = entries(date(2025, 2, 1))
    other = replace(found[0], id=2, consequence=replace(WARNED, subject="f"))
    states = ledger_on([*found, other], [], publications, date(2025, 6, 1), official_days())
    assert [(state.entry.consequence.subject, state.step) for state in states] == [("e", 1), ("f", 2)]


def test_a_ladder_comes_back_as_it_was_and_none_changes_no_digest():
    assert consequence_from(consequence_data(WARNED)) == WARNED
    plan = plan_of(MOVED)
    assert '"ladder"' not in str(evaluate(plan, moved([])).essence())


LADDER = f"""\
{HEAD}
facts:
  bad: {{type: boolean, {TITLE}}}
parameters:
  counts_for: {{value: 2 years, source: 一, {TITLE}}}
consequences:
  warned:
    when: bad
    to: subject
    kind: sanction
    lasts: counts_for
    ladder: [{{zh: 约谈, en: A talk}}, {{zh: 通报批评, en: Named in public}}]
    title: {{zh: 逐级处理, en: Step by step}}
"""
CASES = """\
scheme: small
cases:
- case: first-step
  period: "2025"
  subjects: {e: {values: {bad: true}}}
  publish_on: 2026-01-15
  expect: {e: {consequences: [warned]}}
  ledger:
    - {of: e, on: 2026-01-15, active: [warned], steps: {warned: 1}}
    - {of: e, on: 2028-01-15, steps: {warned: none}}
"""


def test_pages_and_cases_say_the_step():
    plan = plan_of(LADDER)
    zh = prose(plan.scheme, plan.catalogue, "zh")
    assert "逐级加重：约谈→通报批评（此前仍在有效期的每多一条，加重一级）" in zh
    (case,) = read_cases(CASES, "small.cases.yaml")
    assert run_case(plan, case, engines()).differences == ()
