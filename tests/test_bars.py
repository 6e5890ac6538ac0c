"""Bars: an entry of one scheme in force keeps its addressee out of the honours of every scheme with a tag."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from cli_world import Office
from small_schemes import TITLE, frame_of

from kaoping.cases import read_cases, run_case
from kaoping.consequences.ledger import opened
from kaoping.consequences.model import Publication
from kaoping.evaluation.compile import compile_scheme
from kaoping.evaluation.opinions import second_opinions
from kaoping.evaluation.run import Evaluation, evaluate
from kaoping.facts.frame import Bar, Edge, Subject
from kaoping.facts.periods import parse_period
from kaoping.facts.rows import NewClosing, NewSubject, NewValue
from kaoping.scheme.bars import bars_reaching, idle_bars
from kaoping.scheme.catalogue import base_catalogue, merge_catalogue
from kaoping.scheme.prose import prose
from kaoping.scheme.reader import read_scheme
from kaoping.store.batches import Act
from kaoping.store.connection import create
from kaoping.store.evaluations import NewEvaluation, store_evaluation
from kaoping.store.facts import append
from kaoping.store.frames import load_frame
from kaoping.store.moments import last_moment
from kaoping.store.publications import add_event, publish

NOW = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
LI = Act("李芳", "import", "f.csv", "ab" * 32)
HEAD = f'edition: "1"\n{TITLE}\nsource: {{document: 试}}\nsubject: estate\nperiod: year\n'
LATE = f"""\
scheme: late
{HEAD}
facts:
  late: {{type: boolean, {TITLE}}}
parameters:
  a_year: {{value: 12 months, source: 一, {TITLE}}}
events:
  pardoned: {{of: estate, {TITLE}}}
consequences:
  no_honours:
    when: late
    to: subject
    kind: sanction
    bars: honours
    lasts: a_year
    ends_on: {{event: pardoned}}
    title: {{zh: 取消评先资格, en: No honours for a year}}
"""
BEST = f"""\
scheme: best
{HEAD}
tags: [honours, prizes]
facts:
  score: {{type: number, min: 0, max: 100, {TITLE}}}
measures:
  total: {{value: score, {TITLE}}}
grade:
  score: total
  bands: {{good: total >= 60, plain: otherwise}}
  titles: {{good: {{zh: 好, en: Good}}, plain: {{zh: 一般, en: Plain}}}}
cohort:
  first: {{by: total, top: 1, {TITLE}}}
consequences:
  prize: {{when: first, to: subject, kind: incentive, title: {{zh: 奖金, en: Prize}}}}
  thanks: {{when: grade == 'good', to: [subject, estate_community], kind: incentive, title: {{zh: 表扬, en: Thanks}}}}
  list: {{when: grade == 'good', to: public, kind: notice, {TITLE}}}
"""


def read(text):
    return read_scheme(text, "small.yaml")


def compiled(text):
    scheme = read(text)
    return compile_scheme(scheme, merge_catalogue(base_catalogue(), [scheme]))


PLAN, LATE_PLAN = compiled(BEST), compiled(LATE)
BAR = Bar("honours", "late", "no_honours", (("en", "No honours for a year"),), date(2025, 3, 1), date(2026, 3, 1))


def frame(scores, bars=None):
    base = frame_of({})
    subjects = {name: Subject(name, "estate", name) for name in scores} | {"c": Subject("c", "community", "c")}
    values = {(name, "score"): {("2025", ""): score} for name, score in scores.items()}
    edges = {("estate_community", name): (Edge("c"),) for name in scores}
    return replace(base, subjects=subjects, values=values, edges=edges, bars=bars or {})


def due(one):
    return {consequence.id: consequence.to for consequence in one.consequences}


def test_who_is_barred_has_no_place_and_no_incentive_but_keeps_score_grade_and_notices():
    free = {one.subject: one for one in evaluate(PLAN, frame({"a": 90, "b": 80})).results}
    barred = {one.subject: one for one in evaluate(PLAN, frame({"a": 90, "b": 80}, {"a": (BAR,)})).results}
    assert due(free["a"]) == {"prize": ("a",), "thanks": ("a", "c"), "list": ("public",)}
    assert (barred["a"].grade, barred["a"].score, barred["a"].ranks) == ("good", 90, {})
    assert barred["a"].cohort == {"first": {"": False}}
    assert due(barred["a"]) == {"thanks": ("c",), "list": ("public",)}
    assert [(bar.of, bar.tag, bar.scheme, bar.since, bar.until) for bar in barred["a"].bars] == [
        ("a", "honours", "late", "2025-03-01", "2026-03-01")
    ]
    assert [(one.consequence, one.to) for one in barred["a"].withheld] == [("thanks", "a")]
    assert (barred["b"].cohort, barred["b"].ranks) == ({"first": {"": True}}, {"first": {"": 1}})
    assert (barred["b"].bars, barred["b"].withheld) == ((), ())


def test_an_addressee_that_is_barred_loses_the_honour_and_the_result_says_whose_bar_it_is():
    (one,) = evaluate(PLAN, frame({"a": 90}, {"c": (BAR,)})).results
    assert due(one)["thanks"] == ("a",)
    assert ([bar.of for bar in one.bars], [lost.to for lost in one.withheld]) == (["c"], ["c"])


def test_the_digest_says_who_is_barred_and_is_that_of_always_where_nobody_is():
    free = evaluate(PLAN, frame({"a": 10, "b": 5})).digest()
    assert evaluate(PLAN, frame({"a": 10, "b": 5}, {})).digest() == free
    assert evaluate(PLAN, frame({"a": 10, "b": 5}, {"b": (BAR,)})).digest() != free


def engines():
    from kaoping_durable import kaoping_engines

    return [engine for engine in kaoping_engines() if engine.unavailable() is None]


def test_every_engine_agrees_on_results_with_bars():
    evaluation = Evaluation(PLAN, frame({"a": 90, "b": 80, "d": 30}, {"a": (BAR,), "c": (BAR,)}))
    assert second_opinions(evaluation, evaluation.result(), engines()).opinions == 1 + len(engines())


# --- what the frame holds


@pytest.fixture
def store(tmp_path):
    with create(tmp_path / "k.db") as store:
        rows = [NewSubject(name, "estate", name) for name in ("a", "b")]
        rows += [NewValue(name, "score", "2025", "", score) for name, score in (("a", 90), ("b", 80))]
        append(store, [*rows, NewClosing("best", "2025", "李")], LI, NOW)
        yield store


def keep(store, plan, frame):
    result = evaluate(plan, frame)
    new = NewEvaluation(result, plan.scheme.text, "a.yaml", "c", last_moment(store.connection), frame.today, "李芳")
    return result, store_evaluation(store, new, NOW)


def bar(store, late, on, period="2024", supersede=False, names=("a", "b"), edges=None, plan=LATE_PLAN):
    """Publish the results of the barring scheme: who was late."""
    base = replace(frame_of({}), edges=edges or {})
    subjects = {name: Subject(name, "estate", name) for name in names}
    values = {(name, "late"): {(period, ""): name in late} for name in subjects}
    given = replace(base, period=parse_period(period), subjects=subjects, values=values, closed=frozenset({period}))
    result, number = keep(store, plan, given)
    publication = Publication("late", period, "year", on, number)
    publish(store, number, on, opened(result, plan.scheme, period, publication), "李", NOW, supersede=supersede)


def winners(store, day, known_at=None):
    found = evaluate(PLAN, load_frame(store, PLAN.needs, parse_period("2025"), day, known_at))
    return {one.subject for one in found.results if one.cohort["first"][""] is True}


@pytest.mark.parametrize(
    ("day", "won"),
    [(date(2026, 1, 9), "a"), (date(2026, 1, 10), "b"), (date(2027, 1, 9), "b"), (date(2027, 1, 10), "a")],
)
def test_a_bar_counts_while_its_entry_is_in_force(store, day, won):
    bar(store, {"a"}, date(2026, 1, 10))
    assert winners(store, day) == {won}


def test_a_bar_that_an_event_ends_or_a_correction_takes_back_counts_no_more(store):
    bar(store, {"a"}, date(2026, 1, 10))
    add_event(store, "pardoned", "a", date(2026, 2, 1), {}, LI, NOW)
    assert (winners(store, date(2026, 1, 31)), winners(store, date(2026, 2, 1))) == ({"b"}, {"a"})
    bar(store, {"b"}, date(2026, 2, 10), supersede=True)
    assert winners(store, date(2026, 2, 10)) == {"a"}
    frame = load_frame(store, PLAN.needs, parse_period("2025"), date(2026, 2, 10))
    assert list(frame.bars) == ["b"]


def test_what_was_known_then_is_what_counts_then(store):
    before = last_moment(store.connection)
    bar(store, {"a"}, date(2026, 1, 10))
    day = date(2026, 1, 20)
    assert (winners(store, day, before), winners(store, day)) == ({"a"}, {"b"})
    assert winners(store, day, last_moment(store.connection)) == {"b"}


def test_once_published_the_day_of_the_first_publication_counts(store):
    bar(store, {"a"}, date(2026, 1, 10))
    first = load_frame(store, PLAN.needs, parse_period("2025"), date(2026, 1, 20))
    result, number = keep(store, PLAN, first)
    publication = Publication("best", "2025", "year", date(2026, 1, 20), number)
    publish(store, number, date(2026, 1, 20), opened(result, PLAN.scheme, "2025", publication), "李", NOW)
    assert winners(store, date(2028, 1, 1)) == {"b"}  # the bar is long over, the prize was decided while it stood
    later = replace(PLAN.needs, scheme="another")
    assert load_frame(store, later, parse_period("2025"), date(2028, 1, 1)).bars == {}


def test_a_scheme_without_the_tag_reads_no_bars(store):
    bar(store, {"a"}, date(2026, 1, 10))
    needs = replace(PLAN.needs, tags=frozenset({"prizes"}))
    assert load_frame(store, needs, parse_period("2025"), date(2026, 1, 20)).bars == {}


# --- what schemes say of each other


def test_a_scheme_knows_what_can_reach_it_and_a_check_which_bars_reach_nobody():
    late, best = read(LATE), read(BEST)
    assert [(r.scheme.id, r.rule.id, r.tag) for r in bars_reaching(best, [late])] == [("late", "no_honours", "honours")]
    assert bars_reaching(late, [best]) == []
    assert idle_bars(late, [best]) == []
    assert [reach.tag for reach in idle_bars(late, [])] == ["honours"]


def test_the_scheme_read_aloud_says_what_its_honours_count_as():
    zh, en = (prose(PLAN.scheme, PLAN.catalogue, language) for language in ("zh", "en"))
    assert "属于 `honours`、`prizes` 类评选（受限的对象不参加排名、不予激励）" in zh
    assert "counts as `honours`, `prizes`: who is barred from it is neither ranked nor rewarded" in en


CASES = """\
scheme: best
cases:
- case: barred
  period: "2025"
  subjects: {a: {values: {score: 90}, relations: {estate_community: c}}, b: {values: {score: 80}}, c: {type: community}}
  barred: {a: [honours]}
  expect:
    a: {grade: good, cohort: {first: false}, barred: honours, withheld: [thanks], no_consequences: [prize]}
    b: {cohort: {first: true}, consequences: [prize, thanks], barred: []}
"""


def test_a_worked_case_says_who_is_barred_and_what_is_withheld():
    (case,) = read_cases(CASES, "best.cases.yaml")
    assert run_case(PLAN, case, engines()).differences == ()
    (wrong,) = read_cases(CASES.replace("barred: {a: [honours]}", "barred: {a: [medals]}"), "best.cases.yaml")
    assert [found.found for found in run_case(PLAN, wrong).differences] == [
        "best.cases.yaml:6:15: the case names 'a: medals', which the scheme does not have"
    ]


# --- the commands


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    """A place whose barring scheme is in a file; what ships is installed."""
    office = Office(tmp_path_factory.mktemp("bars"))
    (office.folder / "late.yaml").write_text(LATE, encoding="utf-8")
    return office


def test_a_scheme_that_counts_as_an_honour_lists_what_can_bar_from_it(office):
    data = office.json("scheme", "show", "role-model-selection")
    assert ("civilised-harmonious-advanced-community", "lose_honours") in [
        (bar["scheme"], bar["consequence"]) for bar in data["bars_from"]
    ]
    page = office.run("scheme", "show", "role-model-selection").out
    assert "取消本年度各项精神文明评先资格" in page


def test_a_tag_that_no_scheme_has_is_a_note_of_the_check(office):
    data = office.json("scheme", "check", "late.yaml")
    assert data["notes"] == ["“no_honours”限制参加 honours 类评选，现在没有方案带这个标签，限制不了谁"]
    assert office.run("scheme", "check", "late.yaml").code == 0


PLUGIN = """\
from importlib.resources import files

from kaoping.hookspecs import hookimpl
from kaoping.scheme.reader import read_schemes


@hookimpl
def kaoping_schemes():
    return read_schemes(files(__name__))
"""
FACTS = {
    "subjects.csv": "subject,type,title,since\ncuiyuan,estate,翠园,2020-01-01\nlonghu,estate,龙湖,2020-01-01\n"
    "east,community,东社区,2020-01-01\n",
    "relations.csv": "relation,subject,to,since\nestate_community,cuiyuan,east,2020-01-01\n",
    "values.csv": "subject,period,score,late\ncuiyuan,2025,90,true\nlonghu,2025,80,false\n",
    "closings.csv": "scheme,period,closed_by\nlate,2025,李\nbest,2025,李\n",
}


def test_from_a_published_bar_to_the_page_that_explains_it(shelf, tmp_path):
    package = {"pack/__init__.py": PLUGIN, "pack/late.yaml": LATE.replace("lasts: a_year", "until: next_result")}
    package["pack/best.yaml"] = BEST
    shelf.add("dist-honours", {"honours-here": "pack"}, package)
    here = Office(tmp_path)
    (tmp_path / "facts").mkdir()
    for name, text in FACTS.items():
        (tmp_path / "facts" / name).write_text(text, encoding="utf-8")
    here.json("plugin", "enable", "honours-here")
    here.json("db", "init")
    here.json("import", "facts")
    here.json("evaluate", "late", "-p", "2025")
    early = here.json("evaluate", "best", "-p", "2025")
    here.json("publish", "1", "--on", "2026-01-10")
    data = here.json("publish", str(early["evaluation"]), "--on", "2026-01-20", "--dry-run")
    assert [(one["subject"], one["consequence"]) for one in data["barred_since"]] == [("cuiyuan", "no_honours")]
    again = here.json("evaluate", "best", "-p", "2025")
    assert [one["withheld"] for one in again["results"]] == [
        [{"consequence": "thanks", "to": "cuiyuan", "at": ""}],
        [],
    ]
    assert here.json("evaluation", "verify", str(again["evaluation"]))["same"] is True
    assert here.json("publish", str(again["evaluation"]), "--on", "2026-01-20")["barred_since"] == []
    assert "受限、不参加排名、不予激励的对象 1 个：" in here.page("evaluation", "show", str(again["evaluation"]))
    page = here.page("explain", "cuiyuan", "-p", "2025", "--scheme", "best")
    assert "● 取消评先资格（方案 late），自 2026-01-10 起" in page
    assert "因此不予：表扬" in page
