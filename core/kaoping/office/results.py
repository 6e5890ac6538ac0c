"""Results as plain data: what ``--json`` prints and pages are made from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from kaoping.evaluation.result import Result, SubjectResult, consequence_data
from kaoping.facts.types import Catalogue, Title
from kaoping.facts.values import number_text
from kaoping.office.schemes import title_data
from kaoping.scheme.model import GradeRules, Scheme


def subject_data(found: SubjectResult) -> dict[str, Any]:
    """One subject's result; numbers are exact text."""
    span = found.score_range
    return {
        "subject": found.subject,
        "type": found.type,
        "title": found.title,
        "status": found.status,
        "score": None if found.score is None else number_text(found.score),
        "score_range": None if span is None else [None if end is None else number_text(end) for end in span],
        "raw_grade": found.raw_grade,
        "grade": found.grade,
        "possible_grades": list(found.possible_grades),
        "gate": found.gate,
        "findings": [vars(finding) for finding in found.findings],
        "vetoes": [vars(veto) for veto in found.vetoes],
        "cohort": {rule: dict(places) for rule, places in found.cohort.items()},
        "ranks": {rule: dict(ranks) for rule, ranks in found.ranks.items()},
        "consequences": [consequence_data(consequence) for consequence in found.consequences],
        "missing": [vars(missing) for missing in found.missing],
    }


def results_data(result: Result) -> dict[str, Any]:
    """Every result of an evaluation, and how many got which grade."""
    return {
        "grades": distribution(result.results),
        "results": [subject_data(found) for found in result.results],
        "rolled_up": [subject_data(found) for found in result.rolled_up],
    }


def distribution(found: Iterable[SubjectResult]) -> dict[str, int]:
    """How many subjects got each grade (or a gate's outcome); ``undecided`` where several are still possible.

    Of a part period, which gives no grade: how many are ``scored``.
    """
    return dict(Counter(standing(result) for result in found))


def standing(result: SubjectResult) -> str:
    """The grade, a gate's outcome, ``scored`` or ``undecided``."""
    if result.grade is not None:
        return result.grade
    if len(result.possible_grades) == 1:
        return result.possible_grades[0]
    return "scored" if result.score is not None and not result.possible_grades else "undecided"


def titles(scheme: Scheme, catalogue: Catalogue) -> dict[str, Any]:
    """What the names in results are called, by kind; grades in their order of merit."""
    found: dict[str, dict[str, Title]] = {
        "grades": _grades(scheme.grade),
        "criteria": {name: rule.title for name, rule in scheme.criteria.items()},
        "vetoes": {veto.id: veto.title for veto in (scheme.grade.vetoes if scheme.grade else ())},
        "cohort": {name: rule.title for name, rule in scheme.cohort.items()},
        "consequences": {name: rule.title for name, rule in scheme.consequences.items()},
        "gates": {name: gate.title for name, gate in scheme.gates.items()},
        "facts": {name: fact.title for (_, name), fact in catalogue.facts.items() if name in scheme.facts},
        "items": {name: title for known in catalogue.lists.values() for name, title in known.items.items()},
        "types": {name: catalogue.subject_types[name].title for name in (scheme.subject, *scheme.roll_ups)},
    }
    found["facts"] |= {name: kind.title for (_, name), kind in catalogue.records.items() if name in scheme.records}
    for roll_up in scheme.roll_ups.values():
        found["grades"] |= _grades(roll_up.grade)
        found["criteria"] |= {name: rule.title for name, rule in roll_up.criteria.items()}
        found["consequences"] |= {name: rule.title for name, rule in roll_up.consequences.items()}
    return {kind: {name: title_data(title) for name, title in known.items()} for kind, known in found.items()}


def _grades(rules: GradeRules | None) -> dict[str, Title]:
    return {grade: rules.titles.get(grade, Title(grade)) for grade in rules.merit} if rules else {}
