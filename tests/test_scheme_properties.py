"""What must hold of every bundled scheme over random facts, missing ones too."""

import os
from dataclasses import replace
from datetime import date, time, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from kaoping.evaluation.compile import compile_scheme
from kaoping.evaluation.opinions import second_opinions
from kaoping.evaluation.run import Evaluation
from kaoping.evaluation.windows import trial_windows
from kaoping.facts.frame import NEVER, Edge, Frame, Record, Subject
from kaoping.facts.periods import WINDOWS, parse_period
from kaoping.scheme.catalogue import base_catalogue, merge_catalogue
from kaoping.scheme.reader import read_schemes

SLOW = bool(os.environ.get("KAOPING_SLOW"))
PERIOD = parse_period("2025")
LIMITS = settings(
    max_examples=400 if SLOW else 25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)


def load():
    found = {}
    for folder in sorted((Path(__file__).parents[1] / "schemes").glob("kaoping_*")):
        for scheme in read_schemes(folder):
            found[scheme.id] = compile_scheme(scheme, merge_catalogue(base_catalogue(), [scheme]))
    return found


PLANS = load()
DAYS = st.integers(0, 900).map(lambda n: date(2024, 1, 1) + timedelta(days=n))


def durable():
    from kaoping_durable import kaoping_engines

    return [engine for engine in kaoping_engines() if engine.unavailable() is None]


def plain_values(kind):
    if kind.kind in ("number", "integer"):
        low = int(kind.minimum) if kind.minimum is not None else 0
        high = int(kind.maximum) if kind.maximum is not None else 30
        steps = 1 if kind.kind == "integer" else 4
        return st.integers(low * steps, min(high, 1000) * steps).map(lambda n: Fraction(n, steps))
    if kind.kind == "boolean":
        return st.booleans()
    if kind.kind == "choice":
        return st.sampled_from([*kind.choices, *(["undetermined"] if kind.undetermined else [])])
    if kind.kind == "date":
        return st.one_of(DAYS, st.just(NEVER)) if kind.never else DAYS
    if kind.kind == "time":
        return st.builds(time, st.integers(0, 23), st.integers(0, 59), st.integers(0, 59))
    assert kind.kind == "text", kind.kind
    return st.just("某")


@st.composite
def worlds(draw, plan, blanks=True, subjects=3):
    """A few subjects of the scheme's type with everything they are related to, and random facts of them all."""
    catalogue = plan.catalogue
    everybody, edges = {}, {}

    def add(kind, name):
        everybody[name] = Subject(name, kind, name)

    main = [f"s{number}" for number in range(draw(st.integers(1, subjects)))]
    for name in main:
        add(draw(st.sampled_from(catalogue.members(plan.main.type))), name)
    for section in plan.parents:
        add(section.type, "parent")
    for relation in catalogue.relations.values():
        if relation.id not in plan.needs.relations:
            continue
        for name in list(everybody):
            kind = everybody[name].type
            if relation.of in catalogue.families(kind):
                others = [s.id for s in everybody.values() if s.type == relation.to]
                if not others:
                    add(relation.to, f"{relation.to}0")
                    others = [f"{relation.to}0"]
                edges.setdefault((relation.id, name), []).append(Edge(others[0]))
                edges.setdefault((relation.inverse, others[0]), []).append(Edge(name))
            elif relation.to in catalogue.families(kind) and not name.startswith("parent"):
                for number in range(draw(st.integers(0, 2))):
                    other = f"{name}-{relation.id}{number}"
                    add(relation.of, other)
                    edges.setdefault((relation.id, other), []).append(Edge(name))
                    edges.setdefault((relation.inverse, name), []).append(Edge(other))
    values, records, complete = {}, {}, {}
    entered = trial_windows(catalogue, plan.needs.calendars, PERIOD)
    calendars = catalogue.windows(entered)
    for subject in everybody.values():
        for (of, name), fact in catalogue.facts.items():
            if of not in catalogue.families(subject.type) or fact.fed_from:
                continue
            periods = ["2025", "2024", "2016"]
            for step in fact.for_each:
                if step in WINDOWS:
                    periods = [part.text for part in PERIOD.parts(step)]
                elif step in calendars:
                    periods = [window.text for window in calendars[step]]
            items = [list(catalogue.lists[step].items) for step in fact.for_each if step in catalogue.lists]
            for period in ["2024-01-01"] if fact.holds else periods:
                for item in items[0] if items else [""]:
                    if not blanks or draw(st.integers(0, 9)):
                        values.setdefault((subject.id, name), {})[period, item] = draw(plain_values(fact.type))
        for (of, name), kind in catalogue.records.items():
            if of not in catalogue.families(subject.type):
                continue
            found = []
            for number in range(draw(st.integers(0, 2))):
                fields = {
                    field: draw(plain_values(declared))
                    for field, declared in kind.fields.items()
                    if field in kind.placed_by or not blanks or draw(st.integers(0, 9))
                }
                found.append(Record(str(number), fields))
            records[subject.id, name] = tuple(found)
            if not blanks or draw(st.booleans()):
                complete[subject.id, name] = PERIOD.end
    closed = frozenset({"2025"}) if not blanks or draw(st.booleans()) else frozenset()
    return Frame(
        PERIOD,
        date(2026, 6, 1),
        everybody,
        values,
        records,
        complete,
        {key: tuple(found) for key, found in edges.items()},
        closed,
        calendars=entered,
    )


@pytest.mark.parametrize("scheme", sorted(PLANS))
@LIMITS
@given(st.data())
def test_both_engines_find_the_same_sets_of_possible_grades(scheme, data):
    plan = PLANS[scheme]
    engines = durable()
    assume(engines)
    evaluation = Evaluation(plan, data.draw(worlds(plan)))
    opinions = second_opinions(evaluation, evaluation.result(), engines)
    assert opinions.engines == ("reference", "durable")
    assert opinions.notes == ()


@pytest.mark.parametrize("scheme", sorted(PLANS))
@LIMITS
@given(st.data())
def test_a_missing_fact_entered_never_adds_a_possible_grade(scheme, data):
    plan = PLANS[scheme]
    frame = data.draw(worlds(plan, blanks=False, subjects=1))
    keys = sorted((key, inner) for key, found in frame.values.items() for inner in found)
    hidden = data.draw(st.sets(st.sampled_from(keys), max_size=4)) if keys else set()
    values = {
        key: {inner: value for inner, value in found.items() if (key, inner) not in hidden}
        for key, found in frame.values.items()
    }
    partial = replace(frame, values=values, complete_through={}, closed=frozenset())
    whole = {r.subject: r for r in Evaluation(plan, frame).result().results}
    for early in Evaluation(plan, partial).result().results:
        assert set(whole[early.subject].possible_grades) <= set(early.possible_grades)


def improves(plan):
    facts = plan.catalogue.facts.items()
    return plan.main.grade and any(f.better and of in plan.catalogue.families(plan.main.type) for (of, _), f in facts)


@pytest.mark.parametrize("scheme", [name for name in sorted(PLANS) if improves(PLANS[name])])
@LIMITS
@given(st.data())
def test_improving_a_fact_never_lowers_the_grade(scheme, data):
    plan = PLANS[scheme]
    frame = data.draw(worlds(plan, blanks=False, subjects=1))
    improvable = [
        (subject, name)
        for subject, name in frame.values
        if (fact := plan.catalogue.fact(frame.subjects[subject].type, name)) and fact.better
    ]
    assume(improvable)
    subject, name = data.draw(st.sampled_from(sorted(improvable)))
    fact = plan.catalogue.fact(frame.subjects[subject].type, name)
    key = data.draw(st.sampled_from(sorted(k for k in frame.values[subject, name] if k[0].startswith("2025"))))
    before = frame.values[subject, name][key]
    limit = fact.type.maximum if fact.better == "higher" else fact.type.minimum
    step = data.draw(st.integers(0, 40)) * (1 if fact.better == "higher" else -1)
    after = before + step
    if limit is not None:
        after = min(after, limit) if fact.better == "higher" else max(after, limit)
    values = {**frame.values, (subject, name): {**frame.values[subject, name], key: after}}
    better = replace(frame, values=values)
    merit = plan.main.grade.merit
    old, new = Evaluation(plan, frame).result(), Evaluation(plan, better).result()
    for one, other in zip(old.results, new.results, strict=True):
        if one.grade and other.grade:
            assert merit.index(other.grade) <= merit.index(one.grade), (subject, name, key, before, after)


@LIMITS
@given(st.data())
def test_a_set_grade_beats_a_cap_and_a_cap_never_raises(data):
    plan = PLANS["property-abcd"]
    frame = data.draw(worlds(plan, subjects=2))
    for one in Evaluation(plan, frame).result().results:
        holds = {veto.veto: veto.holds for veto in one.vetoes}
        if holds.get("force") is True:
            assert one.possible_grades == ("D",)
        elif holds.get("cap") is True:
            assert "A" not in one.possible_grades
            if one.raw_grade in ("C", "D") and holds.get("force") is False:
                assert one.grade == one.raw_grade
