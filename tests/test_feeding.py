"""Schemes that feed each other: what may be taken, circles, and what a result that is still open leaves possible."""

from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction
from itertools import pairwise, product

import pytest
from small_schemes import TITLE, frame_of

from kaoping.cases import case_evaluation, read_cases, run_case
from kaoping.errors import Problems
from kaoping.evaluation.compile import compile_scheme
from kaoping.evaluation.feeding import feeding_problems, wrong_kinds
from kaoping.evaluation.run import evaluate
from kaoping.facts.frame import Remaining
from kaoping.facts.periods import parse_period
from kaoping.facts.rows import NewSubject
from kaoping.insight.suppose import Reading, before, suppose
from kaoping.scheme.catalogue import base_catalogue, merge_catalogue
from kaoping.scheme.reader import read_scheme
from kaoping.store.batches import Act
from kaoping.store.connection import create
from kaoping.store.evaluations import NewEvaluation, store_evaluation
from kaoping.store.facts import append
from kaoping.store.frames import load_frame

NOW = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
TODAY = date(2026, 1, 5)
HEAD = f'edition: "1"\n{TITLE}\nsource: {{document: 试}}\nsubject: estate\nperiod: year\n'
SOURCE = f"""\
scheme: first
{HEAD}
facts:
  a: {{type: number, min: 0, max: 100, {TITLE}}}
  counted: {{type: boolean, {TITLE}}}
  told: {{type: boolean, {TITLE}}}
  q: {{type: number, min: 0, max: 10, for_each: quarters, {TITLE}}}
measures:
  total: {{value: a, applies_when: counted, {TITLE}}}
  half: {{value: a / 2, {TITLE}}}
  high: {{value: a >= 50, {TITLE}}}
  of_quarter: {{value: q * 2, for_each: quarters, {TITLE}}}
gates:
  told: {{needs: told, otherwise: not_assessed, {TITLE}}}
grade:
  score: half
  bands: {{good: half >= 25, bad: otherwise}}
  titles: {{good: {{zh: 好, en: Good}}, bad: {{zh: 差, en: Bad}}}}
"""


def fed(name, what, kind="type: number, min: 0, max: 100"):
    return f"  {name}: {{{kind}, from: {what}, {TITLE}}}\n"


def scheme(name, facts, more=""):
    return read_scheme(f"scheme: {name}\n{HEAD}facts:\n{facts}{more}", f"{name}.yaml")


def problems(*schemes, known=()):
    return feeding_problems(schemes, known, merge_catalogue(base_catalogue(), [*schemes, *known]))


FIRST = read_scheme(SOURCE, "first.yaml")
CHOICES = "type: [good, bad, not_assessed]"


# --- circles


def chain(*names, at="same"):
    return [
        scheme(name, fed(f"of_{source}", f"{source}.score", f"type: number, at: {at}"))
        for name, source in zip(names, (*names[1:], names[0]), strict=True)
    ]


@pytest.mark.parametrize(("names", "path"), [("a", "a → a"), ("ab", "a → b → a"), ("abc", "a → b → c → a")])
def test_schemes_that_feed_each_other_in_a_circle_are_refused_with_the_path(names, path):
    found = [error for error in problems(*chain(*names)) if error.key == "scheme.feed-circle"]
    assert [(error.facts["path"], str(error.place)) for error in found] == [(path, "a.yaml:8:9")]


def test_what_takes_the_period_before_closes_no_circle():
    first, second = chain("a", "b")[0], chain("a", "b", at="previous")[1]
    assert [error.key for error in problems(first, second) if error.key == "scheme.feed-circle"] == []


def test_a_scheme_that_closes_a_circle_is_blamed_when_the_others_are_known():
    a, b = chain("a", "b")
    found = problems(b, known=[a])
    assert [error.text("zh") for error in found if error.key == "scheme.feed-circle"] == [
        "b.yaml:8:9: 方案互相取用结果，绕成了圈：b → a → b"
    ]


PLUGIN = """\
from importlib.resources import files

from kaoping.hookspecs import hookimpl
from kaoping.scheme.reader import read_schemes


@hookimpl
def kaoping_schemes():
    return read_schemes(files(__name__))
"""


def test_a_plugin_that_closes_a_circle_is_set_aside_and_the_others_stay(shelf):
    for one in chain("a", "b"):
        files = {f"pack_{one.id}/__init__.py": PLUGIN, f"pack_{one.id}/{one.id}.yaml": one.text}
        shelf.add(f"dist-{one.id}", {one.id: f"pack_{one.id}"}, files)
        shelf.enable(one.id)
    plugins = shelf.load()
    assert {one.name: one.status for one in plugins.found} == {"a": "active", "b": "set_aside"}
    assert "scheme.feed-circle" in [error.key for error in plugins.plugin("b").problem.errors]


# --- what may be taken


@pytest.mark.parametrize(
    ("fact", "key"),
    [
        (fed("x", "first.grade", CHOICES), None),
        (fed("x", "first.grade", "type: [good, bad]"), "scheme.feed-choices"),
        (fed("x", "first.grade"), "scheme.feed-form"),
        (fed("x", "first.score"), None),
        (fed("x", "first.half"), None),
        (fed("x", "first.halves"), "scheme.feed-item"),
        (fed("x", "first.of_quarter"), "scheme.feed-form"),
        (fed("x", "first.of_quarter", "type: number, for_each: quarters"), None),
        (fed("x", "first.score", "type: number, for_each: quarters"), None),
        (fed("x", "first.score", "type: number, for_each: quarters, at: previous"), "scheme.feed-form"),
        (fed("x", "first.half", "type: number, of: school"), "scheme.feed-subject"),
        (fed("x", "later.grade", CHOICES), None),
    ],
)
def test_what_a_fact_takes_is_there_and_declared_alike(fact, key):
    assert [error.key for error in problems(scheme("second", fact), known=[FIRST])] == ([key] if key else [])


def test_a_misspelt_measure_is_told_with_the_nearest_and_with_all_there_are():
    (error,) = problems(scheme("second", fed("x", "first.totl")), known=[FIRST])
    assert (error.hint_key, error.facts["near"]) == ("common.did-you-mean", "total")
    assert error.facts["known"] == "grade, score, total, half, high, of_quarter"


def test_the_type_of_a_measure_is_held_once_both_schemes_are_compiled():
    second = scheme("second", fed("x", "first.high") + fed("y", "first.high", "type: boolean"))
    catalogue = merge_catalogue(base_catalogue(), [FIRST, second])
    plans = {one.id: compile_scheme(one, catalogue) for one in (FIRST, second)}
    assert [(error.key, error.facts["name"]) for error in wrong_kinds(plans["second"], plans)] == [
        ("scheme.feed-kind", "x")
    ]


def test_the_period_before_of_a_fed_fact_is_a_fact_of_its_own():
    with pytest.raises(Problems) as caught:
        compiled("second", fed("x", "first.score"), f"measures:\n  it: {{value: 'previous(x, if_none=0)', {TITLE}}}\n")
    assert [error.key for error in caught.value.errors] == ["scheme.shifted-fed"]


# --- what is taken


def compiled(name, facts, more=""):
    second = scheme(name, facts, more)
    return compile_scheme(second, merge_catalogue(base_catalogue(), [FIRST, second]))


TAKEN = {
    "grade_then": ("first.grade", CHOICES),
    "score_then": ("first.score", "type: number, min: 0, max: 60"),
    "total_then": ("first.total", "type: number, min: 0, max: 100"),
    "high_then": ("first.high", "type: boolean"),
    "quarter_then": ("first.of_quarter", "type: number, for_each: quarters"),
}
SECOND = compiled("second", "".join(fed(name, *what) for name, what in TAKEN.items()))


@pytest.fixture
def store(tmp_path):
    with create(tmp_path / "k.db") as store:
        append(store, [NewSubject("e", "estate", "e")], Act("李芳", "import", "f.csv", "ab" * 32), NOW)
        yield store


def keep(store, values, closed=True, period="2025"):
    frame = frame_of(values, closed=closed)
    result = evaluate(compile_scheme(FIRST, merge_catalogue(base_catalogue(), [FIRST])), frame)
    store_evaluation(store, NewEvaluation(result, "s", "a.yaml", "c", "", TODAY, "李芳"), NOW)
    return result


def taken(store, plan=SECOND):
    frame = load_frame(store, plan.needs, parse_period("2025"), TODAY)
    return {name: found for (_, name), found in frame.fed.items()}


ALL = {"a": 80, "counted": True, "told": True}


def test_a_decided_result_is_taken_as_it_is(store):
    keep(store, ALL)
    assert taken(store) == {
        "grade_then": {"": Remaining(frozenset({"good"}))},
        "score_then": {"": Remaining(frozenset({40}))},
        "total_then": {"": Remaining(frozenset({80}))},
        "high_then": {"": Remaining(frozenset({True}))},
        "quarter_then": {f"2025Q{n}": Remaining(span=(0, 20)) for n in (1, 2, 3, 4)},
    }


def test_an_open_result_leaves_what_it_leaves(store):
    keep(store, {}, closed=False)
    found = taken(store)
    assert found["grade_then"] == {"": Remaining(frozenset({"good", "bad", "not_assessed"}))}
    assert found["score_then"] == {"": Remaining(span=(0, 50), none=True)}
    assert found["total_then"] == {"": Remaining(span=(0, 100), none=True)}
    assert found["high_then"] == {"": Remaining(frozenset({True, False}))}


def test_who_is_not_assessed_has_no_score_and_what_does_not_apply_no_value(store):
    keep(store, {"a": 80, "counted": False, "told": False})
    found = taken(store)
    assert found["score_then"] == found["total_then"] == {"": Remaining(none=True)}
    assert found["grade_then"] == {"": Remaining(frozenset({"not_assessed"}))}


def test_a_result_outside_of_what_the_fact_allows_is_refused_and_named(store):
    narrow = compiled("narrow", fed("small", "first.score", "type: number, max: 30"))
    keep(store, ALL)
    with pytest.raises(Problems) as caught:
        taken(store, narrow)
    told = "e first.score is '40'; test must be at most 30, got 40"
    assert [error.text("en") for error in caught.value.errors] == [
        f"'small', which another scheme feeds, does not fit: {told}"
    ]


def test_facts_arriving_at_the_first_scheme_only_shrink_what_the_second_may_find(tmp_path):
    """Sound and monotone across schemes: each stage of knowledge of the first, with the truth inside."""
    second = compiled(
        "judge",
        "".join(fed(name, *what) for name, what in TAKEN.items()),
        f"""measures:
  it: {{value: "or_else(score_then, 7) + (3 if high_then else 1)", {TITLE}}}
grade:
  bands: {{A: "grade_then == 'good' and score_then >= 30", B: known(total_then), C: otherwise}}
  titles: {{A: {{zh: 甲, en: A}}, B: {{zh: 乙, en: B}}, C: {{zh: 丙, en: C}}}}
""",
    )
    for a, counted, told in product((20, 80), (True, False), (True, False)):
        truth = {"a": a, "counted": counted, "told": told}
        seen = []
        for number in range(4):
            folder = tmp_path / f"{a}{counted}{told}{number}.db"
            with create(folder) as store:
                append(store, [NewSubject("e", "estate", "e")], Act("李芳", "import", "f.csv", "ab" * 32), NOW)
                keep(store, dict(list(truth.items())[:number]), closed=number == 3)
                frame = load_frame(store, second.needs, parse_period("2025"), TODAY)
                found = evaluate(second, frame).results[0]
                seen.append((set(found.possible_grades), found.values["it"][""]))
        for (earlier, _), (later, _) in pairwise(seen):
            assert later <= earlier, (truth, seen)
        final = Fraction(seen[-1][1]) if isinstance(seen[-1][1], str) else None
        for _, span in seen:
            if final is not None and isinstance(span, dict) and "from" in span:
                assert Fraction(span["from"]) <= final <= Fraction(span["to"]), (truth, seen)


CASES = """\
scheme: second
cases:
- case: what-others-leave
  period: "2025"
  subjects: {e: {}}
  fed:
    e:
      grade_then: [good, bad]
      score_then: {from: 20, to: 30.5, none: true}
      total_then: none
      high_then: true
      quarter_then: {2025Q1: 4, 2025Q2: {to: 6}}
  expect:
    e:
      measures:
        grade_then: bad/good
        score_then: {from: 20, to: 30.5}
        total_then: none
        high_then: true
        quarter_then: {2025Q1: 4}
"""


def test_a_worked_case_says_what_other_schemes_leave():
    (case,) = read_cases(CASES, "second.cases.yaml")
    assert run_case(SECOND, case).differences == ()
    given = case_evaluation(SECOND, case).frame
    assert given.fed["e", "score_then"] == {"": Remaining(span=(20, Fraction("30.5")), none=True)}
    assert given.fed["e", "quarter_then"]["2025Q2"] == Remaining(span=(None, 6))


@pytest.mark.parametrize(
    ("wrong", "name"),
    [("score_then: {2025Q1: 4}", "score_then.2025Q1"), ("score: 4", "e.score"), ("a: 4", "e.a")],
)
def test_a_worked_case_feeds_only_what_is_fed(wrong, name):
    (case,) = read_cases(
        CASES.replace("grade_then: [good, bad]", wrong).replace(
            "      score_then: {from: 20, to: 30.5, none: true}\n", ""
        ),
        "second.cases.yaml",
    )
    found = run_case(SECOND, case).differences
    assert [one.found for one in found if name in one.found] != []


def test_it_may_be_supposed_that_another_scheme_found_something_else():
    frame = replace(frame_of({}), fed={("e", "score_then"): {"": Remaining(span=(20, 30))}})
    reading = Reading(SECOND, frame, "e")
    other = suppose(frame, [*reading.settings("score_then=40"), *reading.settings("quarter_then@2025Q2=7")])
    assert other.fed == {
        ("e", "score_then"): {"": Remaining(frozenset({40}))},
        ("e", "quarter_then"): {"2025Q2": Remaining(frozenset({7}))},
    }
    assert suppose(other, reading.settings("score_then=")).fed["e", "score_then"] == {}
    assert [before(one, reading.settings("score_then=1")[0]) for one in (frame, other)] == [None, 40]
