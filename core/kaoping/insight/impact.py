"""Every past case under other rules: how grades move, who gains and loses what, summed up by group."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import islice
from typing import Any

from kaoping.evaluation.result import SubjectResult
from kaoping.evaluation.weighing import UNDECIDED, Moves
from kaoping.facts.values import number_text
from kaoping.insight.compare import consequences_moved
from kaoping.scheme.model import ParameterValue

MOST_MOVED, MOST_GROUPS = 1000, 1000
"""How many are named of those who moved, and of the groups by each relation; all are counted."""


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

    def add(self, turned: int | None, cases: int, gained: int, lost: int) -> None:
        """Count some cases; `turned`: 1 better, -1 worse, 0 as before, None otherwise changed."""
        self.cases += cases
        self.better += cases if turned == 1 else 0
        self.worse += cases if turned == -1 else 0
        self.other += cases if turned is None else 0
        self.gained += gained
        self.lost += lost

    @property
    def moved(self) -> bool:
        """Did anybody's grade or consequences change?"""
        return bool(self.better or self.worse or self.other or self.gained or self.lost)


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


def turn(before: str, after: str, merit: Sequence[str]) -> int | None:
    """1: a better grade; -1: a worse one; 0: the same; None: from or to something that is no grade."""
    if before == after:
        return 0
    if before not in merit or after not in merit:
        return None
    return 1 if merit.index(after) < merit.index(before) else -1


@dataclass
class Weighed:
    """Everything that is counted of past cases.

    Attributes:
        merit: the grades of both sets of rules, best first.
        order: the consequences of both, as they are listed.
        moved: some of those whose grade or consequences are others, of each period those of another grade first;
            `many_moved`: how many there are.
    """

    merit: Sequence[str]
    order: Sequence[str] = ()
    whole: Tally = field(default_factory=Tally)
    periods: dict[str, Tally] = field(default_factory=dict)
    groups: dict[str, dict[str, Tally]] = field(default_factory=dict)
    matrix: Counter[tuple[str, str]] = field(default_factory=Counter)
    gained: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    moved: list[PastCase] = field(default_factory=list)
    many_moved: int = 0

    def add(self, cases: Sequence[PastCase]) -> None:
        """Count the cases of a period."""
        for case in cases:
            where = (case.before, case.after)
            many = (1, len(case.gained), len(case.lost))
            self.count(case.period, where, many)
            for kind, of in case.groups.items():
                self.count_in(kind, of, where, many)
            self.gained.update(case.gained)
            self.lost.update(case.lost)
        moved = [case for case in cases if case.before != case.after or case.gained or case.lost]
        self.name(sorted(moved, key=lambda case: (case.before == case.after, case.subject)), len(moved))

    def add_moves(self, period: str, moves: Moves) -> None:
        """Count what an engine counted of a period; those who moved are named by their ids."""
        for where, many in moves.grades.items():
            self.count(period, where, many)
        for name, (gained, lost) in moves.consequences.items():
            self.gained[name] += gained
            self.lost[name] += lost
        named = [
            PastCase(period, o.subject, "", o.before, o.after, o.score_before, o.score_after, o.gained, o.lost)
            for o in moves.turned
        ]
        self.name(named, moves.many_turned)

    def count(self, period: str, where: tuple[str, str], many: tuple[int, int, int]) -> None:
        """So many cases of a period moved between two grades, and gained and lost so many consequences."""
        turned = turn(*where, self.merit)
        for tally in (self.whole, self.periods.setdefault(period, Tally())):
            tally.add(turned, *many)
        self.matrix[where] += many[0]

    def count_in(self, kind: str, of: str, where: tuple[str, str], many: tuple[int, int, int]) -> None:
        """The same of a group."""
        self.groups.setdefault(kind, {}).setdefault(of, Tally()).add(turn(*where, self.merit), *many)

    def name(self, moved: Iterable[PastCase], many: int) -> None:
        """Name some who moved, as long as there are not too many; `many` moved."""
        self.many_moved += many
        self.moved += islice(moved, max(0, MOST_MOVED - len(self.moved)))

    def after(self) -> dict[str, int]:
        """How many have which grade in the end."""
        found: Counter[str] = Counter()
        for (_, after), many in self.matrix.items():
            found[after] += many
        return dict(found)

    def data(self) -> dict[str, Any]:
        """As JSON data; the order of grades is that of merit, then what is no grade."""
        matrix, gained, lost = self.matrix, self.gained, self.lost
        order = [*self.merit, *sorted({name for pair in matrix for name in pair} - {*self.merit})]
        listed = [name for name in dict.fromkeys([*self.order, *gained, *lost]) if gained[name] or lost[name]]
        return {
            "total": vars(self.whole),
            "grades": order,
            "matrix": [[matrix[before, after] for after in order] for before in order],
            "consequences": [{"id": name, "gained": gained[name], "lost": lost[name]} for name in listed],
            "periods": [{"period": period, **vars(tally)} for period, tally in self.periods.items()],
            "groups": {kind: _groups(found) for kind, found in self.groups.items() if self._says_something(found)},
            "moved": [
                {
                    **{name: getattr(case, name) for name in ("period", "subject", "title", "before", "after")},
                    "score_before": case.score_before,
                    "score_after": case.score_after,
                    "gained": list(case.gained),
                    "lost": list(case.lost),
                }
                for case in self.moved
            ],
            "moved_more": self.many_moved - len(self.moved),
        }

    def _says_something(self, found: Mapping[str, Tally]) -> bool:
        """Where everybody is a group of their own it says nothing."""
        return len(found) < max(2, self.whole.cases)


def _groups(found: Mapping[str, Tally]) -> dict[str, Any]:
    """Those that moved most, and how many groups are not named of which somebody moved."""
    listed = sorted(found.items(), key=_moved_most)
    moved = sum(1 for tally in found.values() if tally.moved)
    rows = [{"of": of, **vars(tally)} for of, tally in listed[:MOST_GROUPS]]
    return {"rows": rows, "more": moved - sum(1 for _, tally in listed[:MOST_GROUPS] if tally.moved)}


def distribution(counts: Mapping[str, int], order: Sequence[str]) -> dict[str, int]:
    """How many of each, in an order."""
    names = [*order, *sorted(counts.keys() - {*order})]
    return {name: counts[name] for name in names if counts.get(name)}


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
