"""Results as plain data: what ``--json`` prints and pages are made from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from kaoping.evaluation.result import Result, SubjectResult, consequence_data
from kaoping.facts.values import number_text


def subject_data(found: SubjectResult) -> dict[str, Any]:
    """One subject's result; numbers are exact text."""
    span = found.score_range
    return {
        "subject": found.subject,
        "type": found.type,
        "title": found.title,
        "status": found.status,
        "standing": standing(found),
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
        "overlap": list(found.overlap),
        "bars": [vars(bar) for bar in found.bars],
        "withheld": [vars(one) for one in found.withheld],
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
    """The grade, a gate's outcome, ``scored`` or ``undecided``; without grades ``all_met`` or ``not_all_met``.

    Of a scheme that requires nothing, such as a registry: ``recorded``.
    """
    if result.grade is not None:
        return result.grade
    if len(result.possible_grades) == 1:
        return result.possible_grades[0]
    if result.score is not None and not result.possible_grades:
        return "scored"
    required = {one.outcome for one in result.findings if one.severity == "required"}
    if not required and result.status == "final":
        return "recorded"
    if result.possible_grades or result.score_range or not required:
        return "undecided"
    return "not_all_met" if "not_met" in required else "undecided" if "unknown" in required else "all_met"
