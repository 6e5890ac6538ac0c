"""Every past case under other rules: how grades move, who gains and loses what, summed up by group."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from kaoping.evaluation.result import SubjectResult
from kaoping.facts.values import number_text
from kaoping.insight.compare import consequences_moved
from kaoping.scheme.model import ParameterValue

UNDECIDED = "undecided"


@dataclass(frozen=True)
class PastCase:
    """A subject's result of one period under the rules as they are and under the others.

    Attributes:
        groups: relation to the subject it led to on the period's last day, such as its company.
    """

    period: str
    subject: str
    title: str
    before: str
    after: str
    score_before: str
    score_after: str
    gained: tuple[str, ...]
    lost: tuple[str, ...]
    groups: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Tally:
    """How many cases, and what became of them."""

    cases: int = 0
    better: int = 0
    worse: int = 0
    other: int = 0
    gained: int = 0
    lost: int = 0

    def add(self, case: PastCase, direction: int | None) -> None:
        """Count a case; `direction`: 1 better, -1 worse, 0 as before, None otherwise changed."""
        self.cases += 1
        self.better += direction == 1
        self.worse += direction == -1
        self.other += direction is None
        self.gained += len(case.gained)
        self.lost += len(case.lost)


def past_case(period: str, before: SubjectResult, after: SubjectResult, groups: Mapping[str, str]) -> PastCase:
    """Two results of a subject as one case."""
    gained, lost = consequences_moved(before, after)
    was, now = ("" if one.score is None else number_text(one.score) for one in (before, after))
    head = (period, before.subject, before.title)
    return PastCase(*head, standing(before), standing(after), was, now, tuple(gained), tuple(lost), groups)


def standing(result: SubjectResult) -> str:
    """The grade, a gate's outcome, or ``undecided`` while several are possible."""
    if result.grade is not None:
        return result.grade
    return result.possible_grades[0] if len(result.possible_grades) == 1 else UNDECIDED


def direction(case: PastCase, merit: Sequence[str]) -> int | None:
    """1: a better grade; -1: a worse one; 0: the same; None: from or to something that is no grade."""
    if case.before == case.after:
        return 0
    if case.before not in merit or case.after not in merit:
        return None
    return 1 if merit.index(case.after) < merit.index(case.before) else -1


def summary(cases: Sequence[PastCase], merit: Sequence[str]) -> dict[str, Any]:
    """Everything that is counted, as JSON data; the order of grades is that of merit, then what is no grade."""
    whole = Tally()
    by_period: dict[str, Tally] = {}
    groups: dict[str, dict[str, Tally]] = {}
    matrix: Counter[tuple[str, str]] = Counter()
    gained: Counter[str] = Counter()
    lost: Counter[str] = Counter()
    for case in cases:
        turned = direction(case, merit)
        tallies = [whole, by_period.setdefault(case.period, Tally())]
        tallies += [groups.setdefault(kind, {}).setdefault(of, Tally()) for kind, of in case.groups.items()]
        for tally in tallies:
            tally.add(case, turned)
        matrix[case.before, case.after] += 1
        gained.update(case.gained)
        lost.update(case.lost)
    order = [*merit, *sorted({name for pair in matrix for name in pair} - {*merit})]
    return {
        "total": vars(whole),
        "grades": order,
        "matrix": [[matrix[before, after] for after in order] for before in order],
        "consequences": [
            {"id": name, "gained": gained[name], "lost": lost[name]} for name in dict.fromkeys([*gained, *lost])
        ],
        "periods": [{"period": period, **vars(tally)} for period, tally in by_period.items()],
        "groups": {
            kind: [{"of": of, **vars(tally)} for of, tally in sorted(found.items(), key=_moved_most)]
            for kind, found in groups.items()
        },
        "moved": [
            {
                **{name: getattr(case, name) for name in ("period", "subject", "title", "before", "after")},
                "score_before": case.score_before,
                "score_after": case.score_after,
                "gained": list(case.gained),
                "lost": list(case.lost),
            }
            for case in cases
            if case.before != case.after or case.gained or case.lost
        ],
    }


def distribution(standings: Iterable[str], order: Sequence[str]) -> dict[str, int]:
    """How many of each, in an order."""
    counts = Counter(standings)
    names = [*order, *sorted(counts.keys() - {*order})]
    return {name: counts[name] for name in names if counts[name]}


def sweep_values(text: str) -> list[ParameterValue] | None:
    """``80..90`` or ``80..90/2`` (by twos) as the numbers in it, both ends included; None where it is no such range."""
    span, _, step_text = text.partition("/")
    low_text, dots, high_text = span.partition("..")
    try:
        low, high, step = Fraction(low_text), Fraction(high_text), Fraction(step_text or 1)
    except (ValueError, ZeroDivisionError):
        return None
    if not dots or step <= 0 or high < low:
        return None
    found = []
    while low <= high:
        found.append(low.numerator if low.denominator == 1 else low)
        low += step
    return list(found)


def _moved_most(entry: tuple[str, Tally]) -> tuple[int, str]:
    of, tally = entry
    return (-(tally.better + tally.worse + tally.other), of)
