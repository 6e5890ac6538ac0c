"""The schemes that ship: their worked cases hold, every rule says where it comes from, and both languages are there."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kaoping.cases import read_cases, run_case
from kaoping.evaluation.blind import blind_problems
from kaoping.evaluation.compile import compile_scheme
from kaoping.evaluation.plan import Plan
from kaoping.facts.types import Title
from kaoping.office.titles import lists_of
from kaoping.scheme.catalogue import base_catalogue, merge_catalogue
from kaoping.scheme.model import Clause, Scheme
from kaoping.scheme.reader import read_schemes

FOLDERS = sorted((Path(__file__).parents[1] / "schemes").glob("kaoping_*"))
SCHEMES = [scheme for folder in FOLDERS for scheme in read_schemes(folder)]
CATALOGUE = merge_catalogue(base_catalogue(), SCHEMES)
PLANS = {scheme.id: compile_scheme(scheme, CATALOGUE) for scheme in SCHEMES}
CASES = [(scheme.id, case) for scheme in SCHEMES for case in read_cases(scheme.cases_text, scheme.cases_file)]


def test_these_schemes_ship() -> None:
    assert sorted(PLANS) == [
        "anti-drug-work-targets",
        "city-creation-street",
        "civic-school-five-haves",
        "civilised-campus-chengguan",
        "civilised-campus-sixiao",
        "civilised-city-community",
        "civilised-city-sprint-ten-ones",
        "civilised-city-street-stages",
        "civilised-community-leling",
        "civilised-community-lijianglu",
        "civilised-community-youyi",
        "civilised-estate-six-ones",
        "civilised-harmonious-advanced-community",
        "civilised-unit-aid-pairing",
        "civilised-unit-county-school",
        "civilised-unit-design-institute",
        "civilised-unit-five-ones-recheck",
        "civilised-unit-provincial-school",
        "community-activity-kpis",
        "community-spiritual-civilisation-plans",
        "county-creation-supervision",
        "drug-free-community",
        "estate-public-ads",
        "family-and-building-honours",
        "field-inspection-points",
        "green-community-creation",
        "happy-community",
        "happy-growth-rural-school",
        "harmonious-community-six-star",
        "harmonious-community-ten-star",
        "health-education-community",
        "health-education-school",
        "health-education-service",
        "healthy-community",
        "integrity-household",
        "named-activity-sets",
        "new-wind-seven-series",
        "our-festivals",
        "party-volunteering",
        "property-abcd",
        "property-model-city",
        "provincial-civilised-county-community",
        "public-health-catering",
        "role-model-selection",
        "rule-of-law-demo-community",
        "safe-civilised-living-quarter",
        "safe-community",
        "school-civility-contest",
        "township-inspection",
        "volunteer-plaza-nine-haves",
    ]


@pytest.mark.parametrize(("scheme", "case"), CASES, ids=[f"{scheme}:{case.id}" for scheme, case in CASES])
def test_worked_case_holds(scheme: str, case) -> None:
    assert run_case(PLANS[scheme], case).differences == ()


@pytest.mark.parametrize("scheme", SCHEMES, ids=lambda scheme: scheme.id)
def test_case_ids_are_unique_and_titles_in_both_languages(scheme: Scheme) -> None:
    cases = [case for owner, case in CASES if owner == scheme.id]
    assert len({case.id for case in cases}) == len(cases) > 10
    assert [case.id for case in cases if not (case.title["zh"] and case.title["en"])] == []


@pytest.mark.parametrize("plan", PLANS.values(), ids=lambda plan: plan.scheme.id)
def test_blind_evaluation_finds_nothing_wrong(plan: Plan) -> None:
    assert blind_problems(plan) == []


@pytest.mark.parametrize("scheme", SCHEMES, ids=lambda scheme: scheme.id)
def test_every_decision_is_used_and_every_decision_used_is_there(scheme: Scheme) -> None:
    used = {decision for _, clause in clauses(scheme) for decision in clause.decisions}
    declared = set(scheme.decisions)
    assert used <= declared
    assert sorted(name for name in declared - used if name not in scheme.text.partition("parameters:")[2]) == []


@pytest.mark.parametrize("scheme", SCHEMES, ids=lambda scheme: scheme.id)
def test_every_rule_that_bears_on_a_grade_names_its_clause_or_decision(scheme: Scheme) -> None:
    bare = [name for name, clause in clauses(scheme) if not clause.source and not clause.decisions]
    assert bare == (["quarters_scored", "valid_complaints"] if scheme.id == "property-abcd" else [])


@pytest.mark.parametrize("scheme", SCHEMES, ids=lambda scheme: scheme.id)
def test_everything_has_a_title_in_both_languages(scheme: Scheme) -> None:
    assert [name for name, title in titles(scheme) if not (title.zh and title.en)] == []


@pytest.mark.parametrize("scheme", SCHEMES, ids=lambda scheme: scheme.id)
def test_no_two_lists_of_a_scheme_share_an_item(scheme: Scheme) -> None:
    named = [item for known in lists_of(scheme, CATALOGUE) for item in known.items]
    assert sorted({item for item in named if named.count(item) > 1}) == []


def test_no_two_columns_of_one_kind_of_subject_share_a_title() -> None:
    for kind in CATALOGUE.subject_types:
        families = CATALOGUE.families(kind)
        found = [fact.title.zh for (of, _), fact in CATALOGUE.facts.items() if of in families]
        assert len(found) == len(set(found)), kind


def clauses(scheme: Scheme) -> Iterator[tuple[str, Clause]]:
    groups = (scheme.parameters, scheme.measures, scheme.gates, scheme.criteria, scheme.cohort, scheme.consequences)
    for group in groups:
        yield from ((name, rule.clause) for name, rule in group.items())
    for roll_up in scheme.roll_ups.values():
        for inner in (roll_up.measures, roll_up.criteria, roll_up.consequences):
            yield from ((name, rule.clause) for name, rule in inner.items())
    if scheme.grade:
        yield from ((veto.id, veto.clause) for veto in scheme.grade.vetoes)


def titles(scheme: Scheme) -> Iterator[tuple[str, Title]]:
    yield scheme.id, scheme.title
    for group in (scheme.decisions, scheme.parameters, scheme.measures, scheme.gates, scheme.criteria, scheme.cohort):
        yield from ((name, rule.title) for name, rule in group.items())
    for name, one in scheme.parameters.items():
        yield from ((f"{name}={choice}", one.titles.get(choice, Title(""))) for choice in one.one_of)
    for group in (scheme.accounts, scheme.events, scheme.consequences):
        yield from ((name, rule.title) for name, rule in group.items())
    for items in CATALOGUE.lists.values():
        yield items.id, items.title
        yield from items.items.items()
    yield from ((name, decision.why) for name, decision in scheme.decisions.items())
    yield from ((fact.id, fact.title) for fact in CATALOGUE.facts.values())
    for record in CATALOGUE.records.values():
        yield record.id, record.title
        yield from ((f"{record.id}.{field}", record.field_titles.get(field, Title(""))) for field in record.fields)
        for field, kind in record.fields.items():
            yield from ((f"{field}={choice}", kind.choice_titles.get(choice, Title(""))) for choice in kind.choices)
    if scheme.grade:
        yield from scheme.grade.titles.items()
