"""What was published before: earlier results, the period before, windows that stay as they were, the ledger."""

from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction

import pytest
from small_schemes import TITLE, plan_of

from kaoping.cases import case_evaluation, read_cases, run_case
from kaoping.consequences.ledger import opened
from kaoping.consequences.model import Publication
from kaoping.errors import Problems
from kaoping.evaluation.opinions import second_opinions
from kaoping.evaluation.run import Evaluation, evaluate
from kaoping.facts.frame import Earlier, Frame, Remaining, Standing, Subject
from kaoping.facts.periods import parse_period
from kaoping.facts.rows import NewClosing, NewSubject, NewValue
from kaoping.insight.explain import explain
from kaoping.scheme.prose import prose
from kaoping.store.batches import Act
from kaoping.store.connection import create
from kaoping.store.evaluations import NewEvaluation, store_evaluation
from kaoping.store.facts import append
from kaoping.store.frames import load_frame
from kaoping.store.moments import last_moment
from kaoping.store.publications import publish

NOW = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
LI = Act("李芳", "import", "f.csv", "ab" * 32)
TEXT = f"""\
scheme: yearly
edition: "1"
{TITLE}
source: {{document: 试}}
subject: estate
period: year
publishes: {{quarters: of_quarter}}
facts:
  points: {{type: number, min: 0, max: 100, {TITLE}}}
  q: {{type: number, min: 0, max: 100, for_each: quarters, {TITLE}}}
parameters:
  counts: {{value: 24 months, source: 一, {TITLE}}}
measures:
  total: {{value: points, unit: 分, title: {{zh: 总分, en: Total}}}}
  best_before: {{value: "highest(results, score, if_none=0)", {TITLE}}}
  good_before: {{value: "count(results, grade == 'good')", {TITLE}}}
  run: {{value: "streak(results, grade != 'bad')", {TITLE}}}
  newest: {{value: "last(results, results.total, if_none=unknown)", {TITLE}}}
  of_two_years: {{value: "count(trailing(results, months=24))", {TITLE}}}
  gain: {{value: "total - previous(total, if_none=0)", {TITLE}}}
  against_2022: {{value: "total - baseline(score, 2022, if_none=unknown)", {TITLE}}}
  kept: {{value: "previous(grade, if_none='bad') == 'good'", {TITLE}}}
  of_quarter: {{value: q, for_each: quarters, frozen: true, {TITLE}}}
  sum_of_quarters: {{value: "sum(quarters, of_quarter)", {TITLE}}}
grade:
  score: total
  bands: {{good: total >= 80, fair: total >= 60, bad: otherwise}}
  titles: {{good: {{zh: 好, en: Good}}, fair: {{zh: 中, en: Fair}}, bad: {{zh: 差, en: Bad}}}}
consequences:
  warned: {{when: grade == 'bad', to: subject, kind: sanction, lasts: counts, stacks: always, {TITLE}}}
  struck_off:
    {{when: "grade == 'bad' and count(entries, consequence == 'warned' and in_force) >= 1", to: subject, kind: sanction,
     {TITLE}}}
"""
PLAN = plan_of(TEXT)


def result(year, **values):
    sets = {name: Remaining(frozenset({value})) for name, value in values.items()}
    return Earlier(str(year), date(year, 12, 31), sets)


def frame(points=70, earlier=(), **more):
    values = {("e", "points"): {("2025", ""): points}} if points is not None else {}
    return Frame(
        parse_period("2025"), date(2026, 6, 1), {"e": Subject("e", "estate", "e")}, values,
        closed=frozenset({"2025"}), earlier={"e": tuple(earlier)}, **more,
    )  # fmt: skip


THREE = [
    result(2022, grade="good", score=85, total=85),
    result(2023, grade="bad", score=40, total=40),
    result(2024, grade="fair", score=65, total=65),
]


def found(points=70, earlier=THREE, **more):
    return evaluate(PLAN, frame(points, earlier, **more)).results[0]


def values(one, *names):
    return [one.values[name][""] for name in names]


def test_earlier_results_are_gone_through_in_the_order_of_their_periods():
    one = found()
    assert values(one, "best_before", "good_before", "run", "newest", "of_two_years") == ["85", "1", "1", "65", "1"]
    assert values(one, "gain", "against_2022", "kept") == ["5", "-15", False]


def test_where_nothing_was_published_emptiness_says_what_counts():
    one = found(earlier=[])
    assert values(one, "best_before", "good_before", "run", "of_two_years", "gain", "kept") == [
        "0", "0", "0", "0", "70", False,
    ]  # fmt: skip
    assert values(one, "newest", "against_2022") == [{"from": None, "to": None}] * 2
    assert found(earlier=THREE[:2]).values["gain"][""] == "70"  # nothing was published for 2024


def test_a_result_that_was_open_when_it_was_published_leaves_what_it_left():
    grade, score = Remaining(frozenset({"good", "fair"})), Remaining(span=(60, 90))
    open_ = Earlier("2024", date(2024, 12, 31), {"grade": grade, "score": score, "total": Remaining(none=True)})
    one = found(earlier=[*THREE[:2], open_])
    assert values(one, "best_before", "good_before", "run", "newest") == [
        {"from": "85", "to": "90"}, {"from": "1", "to": "2"}, "1", "40",
    ]  # fmt: skip
    assert values(one, "gain", "kept") == ["70", {"possible": [False, True]}]


def engines():
    from kaoping_durable import kaoping_engines
    from kaoping_sql.engine import SqlEngine

    return [engine for engine in (*kaoping_engines(), SqlEngine()) if engine.unavailable() is None]


def test_engines_judge_what_rests_on_earlier_results_or_say_that_they_do_not():
    text = TEXT.replace("fair: total >= 60", "fair: total >= 60 and good_before >= 1")
    evaluation = Evaluation(plan_of(text), frame(70, THREE))
    opinions = second_opinions(evaluation, evaluation.result(), engines())
    assert "durable" in opinions.engines
    assert all(note.startswith("sql") for note in opinions.notes)


def test_the_explanation_reads_each_period():
    data = explain(Evaluation(PLAN, frame(70, THREE)), PLAN.main, "e")
    read = {rule["id"]: rule["values"] for rule in data["measures"]}
    assert read["good_before"] == {
        "count(results)": "1", "grade@2022": "good", "grade@2023": "bad", "grade@2024": "fair",
    }  # fmt: skip
    assert read["gain"] == {"total": "70", "previous(total)": "65"}


def test_what_was_published_is_said_in_words():
    zh, en = (prose(PLAN.scheme, PLAN.catalogue, language) for language in ("zh", "en"))
    assert "- **试**：以往各期公布的结果的当期得分的最大值（一个也没有时取0）" in zh
    assert "已公布的时段按公布时的值，不再重算" in zh
    assert "台账里已开始的条目" in zh
    assert "its “Total”" in en


# --- windows that stay as published


def test_a_window_that_was_published_stays_as_it_was():
    frozen = {("e", "of_quarter"): {"2025Q1": Remaining(frozenset({40})), "2025Q2": Remaining(span=(10, 20))}}
    entered = {("e", "q"): {(f"2025Q{n}", ""): 50 for n in (1, 2, 3, 4)}}
    base = frame(70, THREE)
    one = evaluate(PLAN, replace(base, values={**base.values, **entered}, frozen=frozen)).results[0]
    assert one.values["of_quarter"] == {
        "2025Q1": "40", "2025Q2": {"from": "10", "to": "20"}, "2025Q3": "50", "2025Q4": "50",
    }  # fmt: skip
    assert values(one, "sum_of_quarters") == [{"from": "150", "to": "160"}]


# --- the ledger


def entry(number, start, until=None, consequence="warned", force=True):
    return Standing(str(number), "yearly", consequence, "sanction", start, until, force)


@pytest.mark.parametrize(
    ("entries", "due"),
    [
        ((), ["warned"]),
        ((entry(1, date(2025, 1, 20), date(2027, 1, 20)),), ["warned", "struck_off"]),
        ((entry(1, date(2022, 1, 20), date(2024, 1, 20), force=False),), ["warned"]),
        ((entry(1, date(2025, 1, 20), consequence="praised"),), ["warned"]),
    ],
)
def test_a_consequence_looks_at_what_stands_in_the_ledger(entries, due):
    one = found(points=10, entries={"e": entries})
    assert [consequence.id for consequence in one.consequences] == due


@pytest.mark.parametrize(
    ("wrong", "key"),
    [
        ("total: {value: points", "total: {value: points + count(entries)"),
        ("previous(grade, if_none='bad')", "previous(grade)"),
        ("previous(total, if_none=0)", "previous(raw_grade, if_none='bad')"),
        ("previous(total, if_none=0)", "sum(quarters, previous(of_quarter, if_none=0))"),
        ("for_each: quarters, frozen: true", "for_each: months, frozen: true"),
        ("results.total", "results.of_quarter"),
        ("consequence == 'warned'", "kind == 'warned'"),
        ("grade == 'good')", "grade == 'godo')"),
        ("streak(results, grade != 'bad')", "longest_gap(ever(results))"),
    ],
)
def test_what_was_not_published_so_is_refused(wrong, key):
    refused = {
        "total: {value: points": "scheme.entries-elsewhere",
        "previous(grade, if_none='bad')": "scheme.if-none-missing",
        "results.total": "scheme.unknown-name",
        "consequence == 'warned'": "scheme.unknown-choice",
        "grade == 'good')": "scheme.unknown-choice",
        "streak(results, grade != 'bad')": "scheme.not-modified",
    }
    with pytest.raises(Problems) as caught:
        plan_of(TEXT.replace(wrong, key))
    keys = {error.key for error in caught.value.errors}
    wanted = refused.get(wrong) or ("scheme.frozen-unpublished" if "frozen" in key else "scheme.shifted-grain")
    assert wanted in keys


# --- what the frame holds


@pytest.fixture
def store(tmp_path):
    with create(tmp_path / "k.db") as store:
        rows = [NewSubject("e", "estate", "e"), NewSubject("f", "estate", "f")]
        for year, points in ((2022, 85), (2023, 40), (2024, 30)):
            rows += [NewValue("e", "points", str(year), "", points), NewClosing("yearly", str(year), "李")]
        rows.append(NewValue("e", "q", "2025Q1", "", 40))
        append(store, rows, LI, NOW)
        yield store


def keep(store, period, on, supersede=False):
    today = date.fromisoformat(on)
    known = load_frame(store, PLAN.needs, parse_period(period), today)
    done = evaluate(PLAN, replace(known, closed=frozenset({period})))
    new = NewEvaluation(done, TEXT, "a.yaml", "c", last_moment(store.connection), today, "李芳")
    number = store_evaluation(store, new, NOW)
    publication = Publication("yearly", period, parse_period(period).kind, today, number)
    publish(store, number, today, opened(done, PLAN.scheme, period, publication), "李", NOW, supersede=supersede)
    return done


def loaded(store, today="2026-01-10", known_at=None, period="2025"):
    return load_frame(store, PLAN.needs, parse_period(period), date.fromisoformat(today), known_at)


def test_the_frame_holds_what_was_published_and_nothing_that_was_only_evaluated(store):
    keep(store, "2022", "2023-01-20")
    known = loaded(store)
    evaluated = evaluate(PLAN, loaded(store, period="2023"))
    store_evaluation(store, NewEvaluation(evaluated, TEXT, "a.yaml", "c", "", NOW.date(), "李芳"), NOW)
    assert loaded(store).earlier == known.earlier
    (one,) = known.earlier["e"]
    assert (one.period, one.end, one.values["score"]) == ("2022", date(2022, 12, 31), Remaining(frozenset({85})))
    assert known.earlier["f"][0].values["grade"] == Remaining(frozenset({"good", "fair", "bad"}))


def test_the_last_publication_of_a_period_counts_and_what_was_known_then(store):
    keep(store, "2022", "2023-01-20")
    before = last_moment(store.connection)
    append(store, [NewValue("e", "points", "2022", "", 90)], LI, NOW, correct="入错")
    keep(store, "2022", "2023-03-01", supersede=True)
    assert loaded(store).earlier["e"][0].values["score"] == Remaining(frozenset({90}))
    assert loaded(store, known_at=before).earlier["e"][0].values["score"] == Remaining(frozenset({85}))
    assert loaded(store, today="2023-02-01").earlier["e"][0].values["score"] == Remaining(frozenset({85}))


def test_only_periods_that_ended_before_count(store):
    for period, on in (("2022", "2023-01-20"), ("2023", "2024-01-20"), ("2024", "2025-01-20")):
        keep(store, period, on)
    assert [one.period for one in loaded(store).earlier["e"]] == ["2022", "2023", "2024"]
    assert [one.period for one in loaded(store, period="2023").earlier["e"]] == ["2022"]
    assert [one.period for one in loaded(store, period="2025Q2").earlier["e"]] == ["2022", "2023", "2024"]


def test_the_ledger_of_a_period_leaves_out_what_that_period_opened(store):
    keep(store, "2023", "2024-01-20")
    keep(store, "2024", "2025-01-20")
    seen = {year: [(s.consequence, s.started_on, s.in_force) for s in loaded(store, period=year).entries.get("e", ())]
            for year in ("2023", "2024", "2025")}  # fmt: skip
    first = ("warned", date(2024, 1, 20), True)
    assert seen["2024"] == [first]  # as on the day 2024 was published
    assert [name for name, _, _ in seen["2025"]] == ["warned", "warned", "struck_off"]
    assert [force for _, _, force in seen["2025"]] == [True, True, True]
    assert "e" not in loaded(store, period="2023").entries or first not in seen["2023"]


def test_a_quarter_that_was_published_stays_for_the_year_and_is_reckoned_anew_for_itself(store):
    keep(store, "2025Q1", "2025-04-20")
    append(store, [NewValue("e", "q", "2025Q1", "", 99)], LI, NOW, correct="入错")
    assert loaded(store).frozen["e", "of_quarter"] == {"2025Q1": Remaining(frozenset({40}))}
    assert loaded(store, period="2025Q1").frozen == {}
    assert loaded(store, period="2025Q2").frozen == {}
    year = evaluate(PLAN, loaded(store)).results[0]
    assert year.values["of_quarter"]["2025Q1"] == "40"
    quarter = evaluate(PLAN, loaded(store, period="2025Q1")).results[0]
    assert quarter.score == Fraction(99)


def test_a_scheme_that_looks_back_at_nothing_reads_nothing(store):
    keep(store, "2022", "2023-01-20")
    needs = replace(PLAN.needs, earlier=None, frozen={}, entries=False)
    bare = load_frame(store, needs, parse_period("2025"), date(2026, 1, 10))
    assert (bare.earlier, bare.frozen, bare.entries) == ({}, {}, {})


# --- worked cases

CASES = """\
scheme: yearly
cases:
- case: looks-back
  period: "2025"
  subjects: {e: {values: {points: 10, q: {2025Q1: 50, 2025Q2: 50}}}}
  earlier:
    2023: {e: {grade: bad, score: 40, total: 40}}
    2024: {e: {grade: [good, fair], score: {from: 60, to: 90}, total: none}}
    2025Q1: {e: {of_quarter: 40}}
  entries:
    e:
      - {consequence: warned, kind: sanction, from: 2025-01-20, until: 2027-01-20}
      - {consequence: warned, kind: sanction, from: 2021-01-20, until: 2023-01-20}
  publish_on: 2026-01-15
  expect:
    e:
      measures: {good_before: {from: 0, to: 1}, newest: 40, of_quarter: {2025Q1: 40, 2025Q2: 50}}
      consequences: [warned, struck_off]
"""


def test_a_worked_case_says_what_was_published_before():
    (case,) = read_cases(CASES, "yearly.cases.yaml")
    assert run_case(PLAN, case, engines()[:1]).differences == ()
    frame = case_evaluation(PLAN, case).frame
    assert [one.in_force for one in frame.entries["e"]] == [True, False]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("2023: {e: {grade: bad, score", "2023: {e: {grde: bad, score"),
        ("2023: {e: {", "2023: {nobody: {"),
        ("    e:\n      - {", "    nobody:\n      - {"),
    ],
)
def test_a_worked_case_names_only_what_is_there(wrong, told):
    (case,) = read_cases(CASES.replace(wrong, told), "yearly.cases.yaml")
    (difference,) = run_case(PLAN, case).differences
    assert "which the scheme does not have" in difference.found
