"""Results: what an evaluation found for each subject, as plain data, and the digest two runs must share."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any

from kaoping.facts.values import number_text
from kaoping.scheme.model import Duration

STATUSES = ("final", "provisional", "incomplete", "not_assessed")
OUTCOMES = ("met", "not_met", "not_applicable", "unknown")

Shown = bool | str | int | list[Any] | dict[str, Any] | None
"""A value as results show it: a decided one as itself (numbers as exact text), an undecided number as
``{"from": low, "to": high}`` (with ``"none": true`` where there may be none), an undecided set as
``{"possible": [...]}``; None: there is no value."""


@dataclass(frozen=True)
class Consequence:
    """What follows for a subject once the result is published.

    Attributes:
        id: the scheme's name of it, such as ``bid_bonus``.
        subject: the subject it follows from; `at` the window or record it follows from, or "".
        window: where `at` is a window its kind, first and last day; they follow from `at` and are not in the digest.
        to: addressee subject ids, or ``("public",)``.
        kind: ``incentive`` · ``sanction`` · ``rectification`` · ``notice``.
        starts: ``publication``, an event id, or an ISO date.
        lasts: half-open life from the start; `until`: an ISO date, an event id or ``next_result``.
        within: a duty's time; its due day is the last day on which one may still act.
        closed_by: the event of the subject that fulfils the duty.
        on_overdue: ``block_stays`` (until closed) or ``ends``.
        ends_on: (event, {field: value}): such an event of the addressee ends what is active that day.
        stacks: ``per subject``: for one cause renewed, never doubled; ``always``: each counts.
        ladder: what the steps are called, by language; which one it is follows from the entries that still count.
        possible: the trigger is not decided yet; not published.
    """

    id: str
    subject: str
    to: tuple[str, ...]
    kind: str
    at: str = ""
    window: tuple[str, ...] = ()
    title: Mapping[str, str] = field(default_factory=dict)
    points: Mapping[str, Fraction] = field(default_factory=dict)
    blocks: str = ""
    bars: str = ""
    document: str = ""
    amount: str = ""
    starts: str = "publication"
    lasts: Duration | None = None
    until: str = ""
    within: Duration | None = None
    closed_by: str = ""
    on_overdue: str = "block_stays"
    ends_on: tuple[str, Mapping[str, str]] | None = None
    stacks: str = "per subject"
    discretion: bool = False
    source: str = ""
    ladder: tuple[Mapping[str, str], ...] = ()


@dataclass(frozen=True)
class Finding:
    """The outcome of one criterion; `at` is the window or item it is for, or "".

    Attributes:
        points, full_points: what it earns of what it can earn, as results show numbers; None where it gives none.
    """

    criterion: str
    outcome: str
    severity: str = "required"
    at: str = ""
    points: Shown = None
    full_points: Shown = None


@dataclass(frozen=True)
class VetoFinding:
    """Whether a veto holds (None: undecided) and what it does."""

    veto: str
    holds: bool | None
    effect: str
    grade: str


@dataclass(frozen=True)
class Barred:
    """A bar that reaches the subject, or somebody its honours are addressed to (`of`).

    Attributes:
        tag: of the scheme; `scheme` and `consequence` are what the bar follows from, `title` what that is called.
        since, until: ISO days of its half-open life, "" where open.
    """

    of: str
    tag: str
    scheme: str
    consequence: str
    title: Mapping[str, str] = field(default_factory=dict)
    since: str = ""
    until: str = ""


@dataclass(frozen=True)
class Withheld:
    """An incentive that would be due but for a bar: whose, and for which window or record."""

    consequence: str
    to: str
    at: str = ""


@dataclass(frozen=True)
class Missing:
    """A fact that could still change the grade; `judgement` when it awaits a decision rather than an entry."""

    subject: str
    fact: str
    at: str = ""
    judgement: bool = False


@dataclass(frozen=True)
class SubjectResult:
    """What was found for one subject.

    Attributes:
        score: exact, None when there is none or it is not decided (then `score_range` holds its ends).
        score_open: there may be no score at all.
        raw_grade, grade: before and after vetoes; None when not decided or none is given.
        possible_grades: all that remain, best first; the gate's outcome when not assessed.
        overlap: grades whose bands both fit where the source gives only one: somebody has to decide.
        cohort: rule to {window or "": place won (true, a tier, "none") or None while open}.
        bars, withheld: what keeps the subject out of places and honours, and the honours it loses by it.
        ranks: rule to {window or "": place among the ranked}.
        values: trace of the named values: name to {window or item or "": shown}.
    """

    subject: str
    type: str
    title: str
    status: str
    score: int | Fraction | None = None
    score_range: tuple[int | Fraction | None, int | Fraction | None] | None = None
    score_open: bool = False
    raw_grade: str | None = None
    grade: str | None = None
    possible_grades: tuple[str, ...] = ()
    gate: str | None = None
    findings: tuple[Finding, ...] = ()
    vetoes: tuple[VetoFinding, ...] = ()
    cohort: Mapping[str, Mapping[str, Shown]] = field(default_factory=dict)
    ranks: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    consequences: tuple[Consequence, ...] = ()
    overlap: tuple[str, ...] = ()
    bars: tuple[Barred, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    missing: tuple[Missing, ...] = ()
    values: Mapping[str, Mapping[str, Shown]] = field(default_factory=dict)


@dataclass(frozen=True)
class Result:
    """One evaluation's results: the assessed subjects, and the parents they were rolled up to."""

    scheme: str
    edition: str
    period: str
    results: tuple[SubjectResult, ...]
    rolled_up: tuple[SubjectResult, ...] = ()

    def digest(self) -> str:
        """SHA-256 of the canonical JSON of what was found: never ids, times, engines, versions or traces."""
        return self._digest

    def essence(self) -> dict[str, Any]:
        """What the digest covers."""
        return {
            "scheme": self.scheme,
            "edition": self.edition,
            "period": self.period,
            "results": [essence(result, {}) for result in self.results],
            "rolled_up": [essence(result, {}) for result in self.rolled_up],
        }

    @cached_property
    def _digest(self) -> str:
        found = Digesting(self.scheme, self.edition, self.period)
        for result in self.results:
            found.add(result)
        found.rolled_up()
        for result in self.rolled_up:
            found.add(result)
        return found.digest()


class Digesting:
    """The digest of a result, subject by subject: the JSON of its essence takes much memory where there are many."""

    def __init__(self, scheme: str, edition: str, period: str) -> None:
        self._scheme = scheme
        self._known: dict[int, Any] = {}
        self._first = True
        self._found = hashlib.sha256()
        self._say(f'{canonical({"edition": edition, "period": period})[:-1]},"results":[')

    def add(self, result: SubjectResult) -> None:
        """The next subject's."""
        self.add_text(canonical(essence(result, self._known)))

    def add_text(self, text: str) -> None:
        """The next subject's, as the canonical JSON of its essence."""
        self._say(text if self._first else f",{text}")
        self._first = False

    def rolled_up(self) -> None:
        """What follows is of parents."""
        self._say('],"rolled_up":[')
        self._first = True

    def forget(self) -> None:
        """What several have in common is not kept in memory any more, and may be something else at the same place."""
        self._known.clear()

    def digest(self) -> str:
        """SHA-256 of all of it; nothing can be added after it."""
        self._say(f'],"scheme":{canonical(self._scheme)}}}')
        return self._found.hexdigest()

    def _say(self, text: str) -> None:
        self._found.update(text.encode())


def canonical(data: Any) -> str:
    """Canonical JSON: sorted keys, no spaces, numbers as ``p/q`` text."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)


def essence(result: SubjectResult, known: dict[int, Any]) -> dict[str, Any]:
    """What the digest covers of a subject; `known`: findings that several have in common, as they stand in it."""
    findings = known.get(id(result.findings))
    if findings is None:
        findings = known[id(result.findings)] = sorted(map(_finding, result.findings), key=canonical)
    rare: dict[str, Any] = {"score_open": True} if result.score_open else {}
    if result.overlap:
        rare["overlap"] = list(result.overlap)
    if result.bars:
        rare["bars"] = sorted([bar.of, bar.tag, bar.scheme, bar.consequence] for bar in result.bars)
        rare["withheld"] = sorted([one.consequence, one.to, one.at] for one in result.withheld)
    return rare | {
        "subject": result.subject,
        "score": None if result.score is None else number_text(result.score),
        "score_range": ends_text(result.score_range),
        "raw_grade": result.raw_grade,
        "grade": result.grade,
        "possible_grades": list(result.possible_grades),
        "status": result.status,
        "findings": findings,
        "vetoes": sorted([v.veto, str(v.holds)] for v in result.vetoes),
        "cohort": result.cohort,
        "consequences": sorted(canonical(named(c)) for c in result.consequences),
    }


def ends_text(ends: tuple[int | Fraction | None, int | Fraction | None] | None) -> list[str | None] | None:
    """The ends of a score that is not decided, as texts."""
    return None if ends is None else [None if end is None else number_text(end) for end in ends]


def named(consequence: Consequence) -> dict[str, Any]:
    """What the digest covers of a consequence."""
    data = consequence_data(consequence)
    return {name: value for name, value in data.items() if name != "window" and (name != "ladder" or value)}


def _finding(found: Finding) -> list[Any]:
    points = [] if found.points is None else [found.points, found.full_points]
    return [found.criterion, found.at, found.outcome, *points]


def consequence_data(consequence: Consequence) -> dict[str, Any]:
    """A consequence as JSON data; `consequence_from` is its inverse."""
    data: dict[str, Any] = {}
    for name, value in vars(consequence).items():
        if isinstance(value, Duration):
            data[name] = {"months": value.months, "days": value.days}
            data[name] |= {"workdays": value.workdays} if value.workdays else {}
        elif name == "points":
            data[name] = {account: number_text(points) for account, points in value.items()}
        elif name == "ends_on":
            data[name] = None if value is None else {"event": value[0], "where": dict(value[1])}
        else:
            data[name] = list(value) if isinstance(value, tuple) else dict(value) if name == "title" else value
    return data


def consequence_from(data: Mapping[str, Any]) -> Consequence:
    """The consequence that `consequence_data` wrote."""
    known = dict(data)
    known["to"], known["window"] = tuple(known["to"]), tuple(known.get("window", ()))
    known["points"] = {account: Fraction(points) for account, points in known["points"].items()}
    for name in ("lasts", "within"):
        known[name] = Duration(**known[name]) if known.get(name) else None
    known["ladder"] = tuple(known.get("ladder", ()))
    if known.get("ends_on"):
        known["ends_on"] = (known["ends_on"]["event"], known["ends_on"]["where"])
    return Consequence(**known)
