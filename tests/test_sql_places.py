"""Places among all by window functions are those that the core finds, member by member."""

import os
from dataclasses import replace
from datetime import date
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st
from small_schemes import HEAD, TITLE, frame_of, plan_of
from sql_world import differences

from kaoping.evaluation.everybody import WholeEvaluation
from kaoping.evaluation.run import Evaluation
from kaoping.evaluation.values import MAYBE
from kaoping.facts.frame import Bar, Edge, Subject
from kaoping_sql.engine import SqlEngine

SLOW = bool(os.environ.get("KAOPING_SLOW"))
QUARTERS = ("2025Q1", "2025Q2", "2025Q3", "2025Q4")
FACTS = f"""\
facts:
  a: {{type: number, min: 0, max: 9, {TITLE}}}
  b: {{type: integer, min: 0, max: 3, {TITLE}}}
  c: {{type: integer, min: 1, max: 3, {TITLE}}}
  q: {{type: integer, min: 0, max: 4, for_each: quarters, {TITLE}}}
  p: {{type: boolean, {TITLE}}}
  off: {{type: boolean, optional: true, {TITLE}}}
measures:
  share: {{value: a / c, {TITLE}}}
  usual: {{value: "mean(quarters, q, where=known(q), if_none=unknown)", {TITLE}}}
  total: {{value: "sum(quarters, q, where=known(q))", {TITLE}}}
"""
PRIZES = (
    "top: {n}",
    "bottom: {n}",
    "top: floor(cohort_size / 2)",
    "tiers: {{gold: 1, silver: {n}, bronze: cohort_size}}",
)
KEYS = ("a", "b", "share", "usual", "total", "low a", "low b", "low share", "draw")
EXCLUDES = ("", "exclude: p", "exclude: not p", "exclude: 'or_else(off, false)'")


@st.composite
def rules(draw, name, prizes=PRIZES, more=()):
    """The text of one rule of places."""
    windows = draw(st.booleans())
    keys = ["q"] if windows else []
    keys += draw(st.lists(st.sampled_from(KEYS[:-1]), min_size=0 if windows else 1, max_size=2, unique=True))
    keys += draw(st.sampled_from([[], ["draw"]]))
    parts = [f"by: {keys[0]}", f"then: [{', '.join(keys[1:])}]"] if keys[1:] else [f"by: {keys[0]}"]
    if keys[0].startswith("low "):
        parts[0] = f"by: {keys[0][4:]}"
    parts += ["for_each: quarters"] if windows else []
    parts.append(draw(st.sampled_from(prizes)).format(n=draw(st.integers(0, 3))))
    parts.append(draw(st.sampled_from(("", "needs: known(a)", "needs: p", "needs: b > 0"))))
    parts.append(draw(st.sampled_from((*EXCLUDES, *(more if windows else ())))))
    parts += [f"ties: {draw(st.sampled_from(('include', 'strict')))}"]
    parts += [f"backfill: {draw(st.sampled_from(('true', 'false')))}"]
    parts += [f"incomplete: {draw(st.sampled_from(('wait', 'leave_out')))}"]
    parts += draw(st.sampled_from(([], ["among: estate_community"])))
    return windows, f"  {name}: {{{', '.join(part for part in parts if part)}, {TITLE}}}\n"


@st.composite
def schemes(draw):
    """A scheme with two rules, the second of which may exclude by the places of the first."""
    windows, first = draw(rules("first", PRIZES[:3]))
    _, second = draw(rules("second", more=("exclude: first",) if windows else ()))
    return f"{HEAD}{FACTS}cohort:\n{first}{second}"


def county(rng):
    """A few estates, with blanks, ties, lots and bars, some of them on file only for a time."""
    subjects = {one: Subject(one, "community", one) for one in ("x", "y")}
    values, edges = {}, {}
    blanks = rng.choice((0, 0.1, 0.3))
    options = {
        "a": (0, 1, 1, Fraction(1, 2)),
        "b": (0, 1, 1),
        "c": (1, 1, 2, 3),
        "p": (True, False, False),
        "off": (True,),
    }
    names = "abcdefghijkl"[: rng.randrange(13)]
    for name in names:
        since, until = rng.choices((None, date(2025, 2, 1), date(2025, 8, 1)), (8, 1, 1), k=2)
        subjects[name] = Subject(name, "estate", name, since, until and date(2025, 10, 1))
        for fact, some in options.items():
            if rng.random() >= blanks:
                values[name, fact] = {("2025", ""): rng.choice(some)}
        values[name, "q"] = {(one, ""): rng.choice((1, 2, 2)) for one in QUARTERS if rng.random() >= blanks}
        if rng.random() < 0.8:
            edges["estate_community", name] = (Edge(rng.choice("xy")),)
    for rule in ("first", "second"):
        for at in (*QUARTERS, "2025"):
            lots = rng.sample(range(1, 20), len(names)) if rng.random() < 0.7 else [1] * len(names)
            for name, lot in zip(names, lots, strict=True):
                values.setdefault((name, f"{rule}_draw"), {})[at, ""] = lot
    bars = {name: (Bar("t", "s", "c"),) for name in names if rng.random() < 0.1}
    closed = frozenset(["2025"] if rng.random() < 0.5 else [])
    return replace(frame_of({}), subjects=subjects, values=values, edges=edges, bars=bars, closed=closed)


def known(parts):
    """Places of all groups, in an order of their own."""
    return sorted(
        (sorted(map(str, one.outcomes.items())), one.ranks, sorted(one.waiting), one.doubtful, one.draws)
        for one in parts
        if one.outcomes or one.waiting
    )


def same_places(plan, frame):
    """Every rule in every window by both."""
    cohort = Evaluation(plan, frame).cohort
    with SqlEngine().everybody(plan, frame) as everybody:
        for rule in plan.cohort:
            for window in cohort.windows(rule):
                at = window.text if plan.cohort[rule].rule.for_each else ""
                cohort.places(rule, at)
                parts = {id(part): part for part in cohort._parts[rule, at].values()}
                assert known(everybody.places(rule, at)) == known(parts.values()), (rule, at)
    return cohort


@settings(max_examples=2000 if SLOW else 30, deadline=None)
@given(schemes(), st.randoms(use_true_random=False))
def test_places_by_window_functions_are_those_of_the_core(text, rng):
    same_places(plan_of(text), county(rng))


@st.composite
def schemes_that_read_places(draw):
    """A scheme whose measures, criteria and roll-ups read places, and a third rule that ranks by one of those."""
    windows, first = draw(rules("first", PRIZES[:3]))
    second_windows, second = draw(rules("second"))
    _, third = draw(rules("third", PRIZES[:3]))
    third = third.replace("for_each: quarters, ", "").replace("by: q", "by: after").replace("by: a,", "by: after,")
    one = "count(quarters, first) >= 1" if windows else "first"
    other = "second == 'gold'" if "tiers:" in second else "second"
    other = f"count(quarters, {other}) >= 2" if second_windows else other
    return (
        f"{HEAD}{FACTS}"
        f'  after: {{value: "(a if {one} else 1) + (2 if {other} else share)", {TITLE}}}\n'
        f'  last: {{value: "after if third else 0", {TITLE}}}\n'
        f'criteria:\n  good: {{require: "{one} or ({other} and p)", {TITLE}}}\n'
        f"grade:\n  bands: {{A: third or meets_all, B: otherwise}}\n"
        "  titles: {A: {zh: 甲, en: A}, B: {zh: 乙, en: B}}\n"
        f"roll_up:\n  community:\n    over: community_estates\n    measures:\n"
        f'      many: {{value: "count(community_estates, {one})", {TITLE}}}\n'
        f"""      graded: {{value: "count(community_estates, grade == 'A')", {TITLE}}}\n"""
        f"cohort:\n{first}{second}{third}"
    )


@settings(max_examples=500 if SLOW else 3, deadline=None)
@given(schemes_that_read_places(), st.randoms(use_true_random=False), st.booleans())
def test_what_reads_places_is_judged_after_them_as_the_core_does(text, rng, points):
    plan, frame = plan_of(text), county(rng)
    lines, _ = differences(plan, frame, points)
    assert not lines
    with SqlEngine().everybody(plan, frame) as everybody:
        found = WholeEvaluation(plan, frame, everybody).result()
    assert found.digest() == Evaluation(plan, frame).result().digest()


def test_tie_whose_next_key_is_not_decided_stays_open_across_an_edge_and_is_no_matter_of_lots():
    rule = f"cohort:\n  first: {{by: a, then: [b, draw], top: 1, ties: include, {TITLE}}}\n"
    subjects = {name: Subject(name, "estate", name) for name in "xyz"}
    values = {(name, "a"): {("2025", ""): 5} for name in "xyz"} | {("x", "b"): {("2025", ""): 1}}
    values |= {(name, "first_draw"): {("2025", ""): lot} for lot, name in enumerate("xyz", 1)}
    frame = replace(frame_of({}), subjects=subjects, values=values)
    cohort = same_places(plan_of(f"{HEAD}{FACTS}{rule}"), frame)
    assert cohort.places("first", "").outcomes == dict.fromkeys("xyz", MAYBE)


def test_numbers_without_a_common_denominator_in_64_bits_are_left_to_the_core():
    rule = f"cohort:\n  first: {{by: a / big, top: 1, {TITLE}}}\n"
    facts = FACTS.replace("measures:", f"  big: {{type: integer, min: 1, max: 4000000000, {TITLE}}}\nmeasures:")
    subjects = {name: Subject(name, "estate", name) for name in "xyz"}
    values = {(name, "a"): {("2025", ""): 5} for name in "xyz"}
    values |= {(name, "big"): {("2025", ""): 3_999_999_979 - 2 * number} for number, name in enumerate("xyz")}
    plan, frame = plan_of(f"{HEAD}{facts}{rule}"), replace(frame_of({}), subjects=subjects, values=values)
    with SqlEngine().everybody(plan, frame) as everybody:
        assert everybody.places("first", "") is None
        found = WholeEvaluation(plan, frame, everybody).result()
    assert found.digest() == Evaluation(plan, frame).result().digest()
