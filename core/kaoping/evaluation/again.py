"""Some of everybody who was judged at once, judged again: who, and whether the reference engine finds the same."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Iterator
from hashlib import sha256
from heapq import nsmallest
from typing import Any, TypeVar

from kaoping.errors import RefusedError
from kaoping.evaluation.everybody import WholeEvaluation
from kaoping.evaluation.plan import Section
from kaoping.evaluation.result import Result, SubjectResult, canonical, consequence_data, ends_text
from kaoping.evaluation.run import Evaluation, Progress

T = TypeVar("T")
DRAWN = 200
"""How many subjects of a section are drawn to be judged again."""
NEAREST = 20
"""How many on either end of the scores of each grade are judged again: those nearest to the next."""


def judged_again(evaluation: WholeEvaluation, result: Result, engine: str, progress: Progress | None = None) -> int:
    """How many subjects the reference engine judged again and found the same: all it looked at.

    Raises:
        RefusedError: one was judged otherwise; names subject, rule and both values.
    """
    again = Evaluation(evaluation.plan, evaluation.frame)
    digest = result.digest()
    chosen = []
    for section in evaluation.plan.sections():
        results = result.results if section is evaluation.plan.main else result.rolled_up
        types = evaluation.plan.catalogue.members(section.type)
        chosen += [(section, one) for one in _looked_at([one for one in results if one.type in types], digest)]
    if len(chosen) < len(result.results) + len(result.rolled_up):
        again.cohort = evaluation.cohort  # places among all are what they are among all
        again.machine.cohort_value = evaluation.cohort.value
    for done, (section, theirs) in enumerate(chosen):
        if progress:
            progress(done, len(chosen))
        same_again(again, section, theirs, engine)
    return len(chosen)


def same_again(again: Evaluation, section: Section, theirs: SubjectResult, engine: str) -> None:
    """The reference engine finds the same of a subject.

    Raises:
        RefusedError: it does not; names subject, rule and both values.
    """
    ours = again.subject(section, again.frame.subjects[theirs.subject])
    if found := _difference(ours, theirs):
        who, (rule, one, other) = theirs.subject, found
        raise RefusedError("engines.differ", subject=who, rule=rule, engine=engine, ours=one, theirs=other)


def _looked_at(results: Iterable[SubjectResult], digest: str) -> list[SubjectResult]:
    """Those of some results that are judged again."""
    results = list(results)
    chosen = looked_at(((one.subject, way(one), one.possible_grades, one.score) for one in results), digest)
    return [one for one in results if one.subject in chosen]


def way(one: SubjectResult) -> str:
    """How a subject was graded; one of every way is judged again."""
    graded = (one.status, one.gate, one.raw_grade, one.possible_grades, [(v.veto, v.holds) for v in one.vetoes])
    return canonical(graded)


def looked_at(rows: Iterable[tuple[str, str, tuple[str, ...], Any]], digest: str) -> set[str]:
    """Whom of (subject, way, grades still possible, score or None) the reference engine judges again.

    Some are drawn by the result itself, so that nobody chooses them; one of every way; the nearest to other grades.
    """
    ways: dict[str, tuple[bytes, str]] = {}
    ends: dict[tuple[str, ...], tuple[list[tuple[Any, str]], list[tuple[Any, str]]]] = {}

    def lots() -> Iterator[tuple[bytes, str]]:
        for subject, how, possible, score in rows:
            drawn = lot(digest, subject)
            yield drawn
            if how not in ways or drawn < ways[how]:
                ways[how] = drawn
            if score is not None:
                _note(ends.setdefault(possible, ([], [])), (score, subject))

    chosen = {subject for _, subject in nsmallest(DRAWN, lots())}
    chosen |= {subject for _, subject in nsmallest(DRAWN, ways.values())}
    return chosen | {subject for both in ends.values() for some in both for _, subject in some}


def lot(seed: str, key: T) -> tuple[bytes, T]:
    """The lot of somebody, which a result gives by itself: the smallest are drawn."""
    return sha256(f"{seed} {key}".encode()).digest(), key


def _note(ends: tuple[list[tuple[Any, str]], list[tuple[Any, str]]], one: tuple[Any, str]) -> None:
    """Keep somebody who is among the lowest, or the highest."""
    lowest, highest = ends
    if len(lowest) < NEAREST or one < lowest[-1]:
        insort(lowest, one)
        del lowest[NEAREST:]
    if len(highest) < NEAREST or one > highest[0]:
        insort(highest, one)
        del highest[:-NEAREST]


def _difference(ours: SubjectResult, theirs: SubjectResult) -> tuple[str, str, str] | None:
    """The first thing two results say differently: what, and both values as text; measures first."""
    for (rule, one), (other_rule, other) in zip(_told(ours, theirs), _told(theirs, theirs), strict=True):
        if (rule, one) != (other_rule, other):
            return rule if rule == other_rule else f"{rule} / {other_rule}", canonical(one), canonical(other)
    return None


def _told(found: SubjectResult, named: SubjectResult) -> Iterator[tuple[str, Any]]:
    """Everything a result says, under the names of rules; of named values those that `named` has."""
    for name in named.values:
        yield f"measure:{name}", found.values.get(name)
    yield "criteria", [(one.criterion, one.at) for one in found.findings]
    for finding in found.findings:
        name = f"criterion:{finding.criterion}" + (f"@{finding.at}" if finding.at else "")
        yield name, [finding.outcome, finding.points, finding.full_points]
    yield "vetoes", [one.veto for one in found.vetoes]
    for veto in found.vetoes:
        yield f"veto:{veto.veto}", veto.holds
    yield "raw_grade", found.raw_grade
    yield "grade", [found.grade, found.possible_grades, found.gate, found.overlap]
    yield "score", [str(found.score), ends_text(found.score_range), found.score_open]
    yield "status", found.status
    yield "cohort", [found.cohort, found.ranks]
    yield "consequences", [consequence_data(one) for one in found.consequences]
    yield "withheld", [vars(one) for one in (*found.withheld, *found.bars)]
    yield "missing", [vars(one) for one in found.missing]
