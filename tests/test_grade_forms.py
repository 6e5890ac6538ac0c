"""Grades taken from a value, bands of which one alone is to fit, and grades that only a veto gives."""

from itertools import permutations, product

import pytest
from small_schemes import HEAD, TITLE, frame_of, plan_of

from kaoping.cases import read_cases, run_case
from kaoping.errors import Problems
from kaoping.evaluation.bands import band_overlaps
from kaoping.evaluation.blind import blind_machine
from kaoping.evaluation.opinions import second_opinions
from kaoping.evaluation.run import Evaluation
from kaoping.insight.explain import explain
from kaoping.scheme.prose import prose

STARS = f"""\
{HEAD}
facts:
  a: {{type: integer, min: 0, max: 2, {TITLE}}}
  b: {{type: integer, min: 0, max: 1, {TITLE}}}
  bad: {{type: boolean, {TITLE}}}
measures:
  stars: {{value: a + b, round: 0, title: {{zh: 星数, en: Stars}}}}
grade:
  score: stars
  is: stars
  values: [3, 2, 1, 0, struck_off]
  titles:
    0: {{zh: 无星, en: No star}}
    1: {{zh: 一星, en: One star}}
    2: {{zh: 二星, en: Two stars}}
    3: {{zh: 三星, en: Three stars}}
    struck_off: {{zh: 摘牌, en: Struck off}}
  vetoes:
    - {{id: bad, when: bad, becomes: struck_off, {TITLE}}}
"""
BY_TABLE = f"""\
{HEAD}
facts:
  score: {{type: number, min: 0, max: 100, {TITLE}}}
measures:
  level:
    {TITLE}
    hit: first
    default: low
    table: |
      score || level
      >= 85 || high
      >= 60 || middle
grade:
  is: level
  titles: {{high: {{zh: 高, en: High}}, middle: {{zh: 中, en: Middle}}, low: {{zh: 低, en: Low}}}}
"""
TOUCHING = f"""\
{HEAD}
facts:
  score: {{type: number, min: 0, max: 150, {TITLE}}}
  known_bad: {{type: boolean, {TITLE}}}
measures:
  total: {{value: score, {TITLE}}}
grade:
  score: total
  hit: unique
  bands:
    AAA: total >= 100
    AA: 90 <= total <= 100
    A: 80 <= total <= 90
    none: total <= 80
    black: by_veto
  titles:
    AAA: {{zh: 三A, en: AAA}}
    AA: {{zh: 二A, en: AA}}
    A: {{zh: 一A, en: A}}
    none: {{zh: 不列, en: Unlisted}}
    black: {{zh: 黑名单, en: Black list}}
  vetoes:
    - {{id: bad, when: known_bad, becomes: black, {TITLE}}}
consequences:
  red_list: {{when: grade == 'AAA', to: subject, kind: incentive, {TITLE}}}
  some_list: {{when: "grade in ('AAA', 'AA')", to: subject, kind: notice, {TITLE}}}
"""


def engines():
    from kaoping_durable import kaoping_engines
    from kaoping_sql.engine import SqlEngine

    return [engine for engine in (*kaoping_engines(), SqlEngine()) if engine.unavailable() is None]


def found(text, values, closed=True):
    """The result, on which every engine agrees."""
    evaluation = Evaluation(plan_of(text), frame_of(values, closed=closed))
    result = evaluation.result()
    assert second_opinions(evaluation, result, engines()).opinions == 1 + len(engines())
    return result.results[0]


@pytest.mark.parametrize(("a", "b"), list(product((0, 1, 2), (0, 1))))
def test_a_grade_is_the_number_it_is_taken_from(a, b):
    one = found(STARS, {"a": a, "b": b, "bad": False})
    assert (one.grade, one.raw_grade, one.score) == (str(a + b), str(a + b), a + b)


def test_a_grade_taken_from_a_number_is_capped_and_set_like_any_other():
    assert found(STARS, {"a": 2, "b": 1, "bad": True}).grade == "struck_off"
    one = found(STARS, {"a": 2, "bad": False})
    assert (one.grade, one.possible_grades, [m.fact for m in one.missing]) == (None, ("3", "2"), ["b"])


@pytest.mark.parametrize(("score", "grade"), [(85, "high"), (84, "middle"), (60, "middle"), (59, "low")])
def test_a_grade_is_the_choice_a_table_gives(score, grade):
    assert found(BY_TABLE, {"score": score}).grade == grade


def test_an_open_value_leaves_the_grades_it_may_be():
    assert found(BY_TABLE, {}, closed=False).possible_grades == ("high", "middle", "low")


@pytest.mark.parametrize(
    ("score", "grade", "possible", "overlap", "status"),
    [
        (101, "AAA", ("AAA",), (), "final"),
        (100, None, ("AAA", "AA"), ("AAA", "AA"), "provisional"),
        (95, "AA", ("AA",), (), "final"),
        (90, None, ("AA", "A"), ("AA", "A"), "provisional"),
        (80, None, ("A", "none"), ("A", "none"), "provisional"),
        (79, "none", ("none",), (), "final"),
    ],
)
def test_who_is_on_two_bands_gets_no_grade_but_both_names(score, grade, possible, overlap, status):
    one = found(TOUCHING, {"score": score, "known_bad": False})
    assert (one.grade, one.possible_grades, one.overlap, one.status) == (grade, possible, overlap, status)


def test_what_two_bands_have_in_common_still_follows_and_what_sets_the_grade_settles_it():
    one = found(TOUCHING, {"score": 100, "known_bad": False})
    assert [consequence.id for consequence in one.consequences] == ["some_list"]
    settled = found(TOUCHING, {"score": 100, "known_bad": True})
    assert (settled.grade, settled.overlap, settled.raw_grade) == ("black", (), None)


def test_a_score_that_is_missing_is_not_an_overlap():
    one = found(TOUCHING, {"known_bad": False})
    assert (one.possible_grades, one.overlap, one.status) == (("AAA", "AA", "A", "none"), (), "incomplete")


def test_the_check_tells_each_value_that_two_bands_share():
    plan = plan_of(TOUCHING)
    told = [(e.facts["better"], e.facts["grade"], e.facts["witness"]) for e in band_overlaps(plan, blind_machine(plan))]
    assert told == [("AAA", "AA", "100"), ("AA", "A", "90"), ("A", "none", "80")]
    wide = plan_of(TOUCHING.replace("80 <= total <= 90", "80 <= total <= 95"))
    assert [e.facts["witness"] for e in band_overlaps(wide, blind_machine(wide))] == ["100", "90..95", "80"]
    assert band_overlaps(plan_of(BY_TABLE), blind_machine(plan_of(BY_TABLE))) == []


def test_the_rest_is_who_fits_no_other_band():
    text = TOUCHING.replace("none: total <= 80", "none: otherwise")
    assert found(text, {"score": 50, "known_bad": False}).grade == "none"
    assert found(text, {"score": 100, "known_bad": False}).overlap == ("AAA", "AA")
    assert found(text, {"known_bad": False}).possible_grades == ("AAA", "AA", "A", "none")


def test_explanations_and_pages_say_how_the_grade_follows():
    plan = plan_of(STARS)
    evaluation = Evaluation(plan, frame_of({"a": 1, "b": 1, "bad": False}))
    data = explain(evaluation, plan.main, "e")
    assert data["grade_form"] == "taken"
    assert [(band["grade"], band["holds"], band["values"]) for band in data["bands"]] == [("2", True, {"stars": "2"})]
    zh = prose(plan.scheme, plan.catalogue, "zh")
    assert "等级即“星数”，由好到差：三星、二星、一星、无星、摘牌。" in zh
    touching = plan_of(TOUCHING)
    en = prose(touching.scheme, touching.catalogue, "en").splitlines()
    assert "One alone is to fit; where two fit no grade is given, and both are named:" in en
    assert "| Black list | only by a veto |" in en


def test_a_worked_case_expects_an_overlap():
    cases = """\
scheme: small
cases:
- case: on-the-edge
  period: "2025"
  subjects: {e: {values: {score: 100, known_bad: false}}}
  expect: {e: {grade: none, overlap: [AAA, AA], possible_grades: [AA, AAA], status: provisional}}
"""
    (case,) = read_cases(cases, "small.cases.yaml")
    assert run_case(plan_of(TOUCHING), case, engines()).differences == ()
    (other,) = read_cases(cases.replace("[AAA, AA], p", "[], p"), "small.cases.yaml")
    assert [d.what for d in run_case(plan_of(TOUCHING), other).differences] == ["overlap"]


def refused(grade, measures="  m: {value: a, round: 0, T}\n", facts="  a: {type: integer, min: 0, max: 2, T}\n"):
    with pytest.raises(Problems) as caught:
        plan_of(f"{HEAD}facts:\n{facts}measures:\n{measures}grade:\n{grade}".replace("T}", f"{TITLE}}}"))
    return [(error.key, error.facts.get("witness")) for error in caught.value.errors]


NAMED = "titles: {0: {zh: 无, en: None}, 1: {zh: 一, en: One}"


def test_a_grade_nobody_named_is_refused_with_a_witness():
    two = "  titles: {0: {zh: 无, en: None}, 1: {zh: 一, en: One}}\n"
    assert refused("  is: m\n" + two) == [("scheme.grade-unnamed", "2")]
    assert refused("  is: a / 2\n" + two) == [("scheme.grade-unnamed", "0.5")]
    many = "  c: {value: 'count(months, known(a))', T}\n"
    assert refused("  is: c\n" + two, many) == [("scheme.grade-unnamed", "2")]
    table = "  t:\n    hit: first\n    default: z\n    table: |\n      a || t\n      1 || x\n    T\n".replace(
        "T\n", TITLE + "\n"
    )
    letters = "  is: t\n  titles: {x: {zh: 无, en: None}}\n"
    assert refused(letters, table) == [("scheme.grade-unnamed", "z")]


def test_a_grade_without_a_value_is_refused():
    table = "  t:\n    hit: first\n    table: |\n      a || t\n      1 || x\n    T\n".replace("T\n", TITLE + "\n")
    assert refused("  is: t\n  titles: {x: {zh: 无, en: None}}\n", table) == [("scheme.grade-may-lack", None)]
    applied = "  m: {value: a, applies_when: a > 0, round: 0, T}\n"
    three = "  titles: {0: {zh: 无, en: None}, 1: {zh: 一, en: One}, 2: {zh: 二, en: Two}}\n"
    assert refused("  is: m\n" + three, applied) == [("scheme.grade-may-lack", None)]


def test_bands_that_leave_a_gap_are_refused_also_where_one_alone_is_to_fit():
    bands = "  hit: unique\n  bands: {x: m >= 2, y: m <= 0}\n  titles: {x: {zh: 高, en: X}, y: {zh: 低, en: Y}}\n"
    assert refused(bands) == [("scheme.bands-gap", "1")]


@pytest.mark.parametrize("text", [STARS, TOUCHING, TOUCHING.replace("none: total <= 80", "none: otherwise")])
def test_facts_arriving_in_any_order_only_shrink_the_grades(text):
    world = {"a": 2, "b": 0, "bad": True} if "stars" in text else {"score": 90, "known_bad": False}
    plan = plan_of(text)
    for order in permutations(world):
        before = None
        for count in range(len(order) + 1):
            values = {name: world[name] for name in order[:count]}
            possible = set(Evaluation(plan, frame_of(values, closed=False)).result().results[0].possible_grades)
            assert before is None or possible <= before, (order, count)
            before = possible
