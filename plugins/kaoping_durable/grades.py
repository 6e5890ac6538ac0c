"""How the grade follows, as formulas over what was found: closed forms for which grades remain possible.

The reference walks: band after band, then veto after veto, over a set of grades. Here each grade asks for itself
whether it can still be the one, so that a mistake in either shows as a difference.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from kaoping.evaluation.rulebook import GradeRule, Veto
from kaoping_durable.formula import NO, UNDECIDED, YES, Every, Formula, Found, Meets, Some, every, some

Define = Callable[[Formula], int]
"""Makes a finding of a formula and gives its number."""


@dataclass(frozen=True)
class GradesFound:
    """Where the possible grades are found.

    Attributes:
        raw, final: the findings under which each grade, or outcome of a gate, is still possible before and after
            vetoes; one is enough.
        anything: the finding that any is possible at all.
    """

    raw: Mapping[str, tuple[int, ...]]
    final: Mapping[str, tuple[int, ...]]
    anything: int


def grade_findings(grade: GradeRule, rule: Callable[[str], int], define: Define) -> GradesFound:
    """Define a finding for every grade that may be given, before and after vetoes."""

    def may_hold(name: str) -> Meets:
        return Meets(Found(rule(name)), ">=", UNDECIDED)

    def may_fail(name: str) -> Meets:
        return Meets(Found(rule(name)), "<=", UNDECIDED)

    passed = [may_hold(gate) for gate, _ in grade.gates]
    outcomes: dict[str, list[Formula]] = {}
    for place, (gate, outcome) in enumerate(grade.gates):
        outcomes.setdefault(outcome, []).append(every((*passed[:place], may_fail(gate))))

    bands: dict[str, list[Formula]] = {}
    reached: list[Formula] = list(passed)
    fits: list[Formula] = []
    for band in grade.bands:
        if band.rule is None:
            others = [may_fail(other.rule) for other in grade.bands if other.rule is not None]
            left = [*passed, *others] if grade.hit == "unique" else reached
            bands.setdefault(band.grade, []).append(every(left))
            fits.append(every(others if grade.hit == "unique" else ()))
            if grade.hit == "first":
                break
            continue
        fits.append(may_hold(band.rule))
        bands.setdefault(band.grade, []).append(every((*reached, may_hold(band.rule))))
        if grade.hit == "first":
            reached.append(may_fail(band.rule))

    given = {name: define(some(ways)) for name, ways in bands.items()}
    stopped = {name: define(some(ways)) for name, ways in outcomes.items()}
    anything = define(some((*(may_fail(gate) for gate, _ in grade.gates), *fits)))
    graded = every((*passed, some(fits)))
    settled = _vetoed(grade, given, graded, may_hold, may_fail, define)
    return GradesFound(_together(given, stopped), _together(settled, stopped), anything)


def among_grades(found: Mapping[str, tuple[int, ...]], values: frozenset[str], wanted: bool, anything: int) -> Formula:
    """The formula of "the grade is one of these", or of "it is none of these": the others are no longer possible."""
    ruled_out = [outputs for name, outputs in sorted(found.items()) if (name in values) is not wanted]
    none_left = [Meets(Found(output), "==", NO) for outputs in ruled_out for output in outputs]
    return every((Meets(Found(anything), "==", YES), *none_left))


def _vetoed(
    grade: GradeRule,
    given: Mapping[str, int],
    graded: Every,
    may_hold: Callable[[str], Meets],
    may_fail: Callable[[str], Meets],
    define: Define,
) -> dict[str, int]:
    """Findings of the grades possible once every cap and then every ``becomes`` is applied."""
    caps = [veto for veto in grade.vetoes if veto.at_most is not None]
    sets = [veto for veto in grade.vetoes if veto.becomes is not None]
    if not grade.vetoes:
        return dict(given)
    names = dict.fromkeys((*given, *(veto.at_most or "" for veto in caps), *(veto.becomes or "" for veto in sets)))
    not_set = [may_fail(veto.rule) for veto in sets]
    graded_at_all = Meets(Found(define(graded)), "==", YES) if sets else None
    settled = {}
    for name in names:
        ways: list[Formula] = [every((*not_set, _capped(name, caps, grade.merit, given, may_hold, may_fail)))]
        for place, veto in enumerate(sets):
            if veto.becomes == name and graded_at_all:
                ways.append(every((graded_at_all, may_hold(veto.rule), *not_set[place + 1 :])))
        settled[name] = define(some(ways))
    return settled


def _capped(
    name: str,
    caps: list[Veto],
    merit: tuple[str, ...],
    given: Mapping[str, int],
    may_hold: Callable[[str], Meets],
    may_fail: Callable[[str], Meets],
) -> Formula:
    """The grade was given, or a cap brings a better one down to it; and no lower cap surely holds."""
    rank = {each: place for place, each in enumerate(merit)}
    own: list[Formula] = [Meets(Found(given[name]), "==", YES)] if name in given else []
    if not caps or name not in rank:
        return Some(tuple(own))
    better = [Meets(Found(given[each]), "==", YES) for each in given if rank.get(each, len(rank)) < rank[name]]
    here = [may_hold(veto.rule) for veto in caps if veto.at_most == name]
    lower = [may_fail(veto.rule) for veto in caps if rank[veto.at_most or ""] > rank[name]]
    return every((*lower, some((*own, every((some(here), some(better)))))))


def _together(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, tuple[int, ...]]:
    names = dict.fromkeys((*one, *other))
    return {name: tuple(each[name] for each in (one, other) if name in each) for name in names}
