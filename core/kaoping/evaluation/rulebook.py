"""The rules over measures in a form every engine can read: no expressions, no facts, only slots and conditions.

The plan's criteria, bands, vetoes and triggers become *rules* in strata; what they read (a measure, a threshold, a
truth found by looking through records) becomes a *slot* whose possible values a `Row` gives for one subject.
An engine judges each rule true (True), false (False) or undecided (None) by Kleene's three-valued logic, and the
sets of grades that remain possible. It computes no measure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Protocol


@dataclass(frozen=True)
class Span:
    """A number or day that may be anything from `low` to `high`; None is no bound; a decided one has low == high."""

    low: int | Fraction | None
    high: int | Fraction | None


Possible = Span | frozenset[bool] | frozenset[str] | None
"""What a slot may hold: a number, a set of truths, a set of texts; None: there is no value (every reading of it is
undecided)."""


@dataclass(frozen=True)
class Compare:
    """`left` op `right`, both number slots; op is one of ``== != < <= > >=``."""

    op: str
    left: str
    right: str


@dataclass(frozen=True)
class IsTrue:
    """A truth slot holds."""

    slot: str


@dataclass(frozen=True)
class IsOneOf:
    """A text slot has one of these values. The slots ``raw_grade`` and ``grade`` are what the engine itself found."""

    slot: str
    values: frozenset[str]


@dataclass(frozen=True)
class Holds:
    """A rule of an earlier stratum is true (undecided when that rule is)."""

    rule: str


@dataclass(frozen=True)
class Not:
    """The condition does not hold."""

    part: Condition


@dataclass(frozen=True)
class And:
    """All parts hold; no parts: true."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class Or:
    """Some part holds; no parts: false."""

    parts: tuple[Condition, ...]


Condition = Compare | IsTrue | IsOneOf | Holds | Not | And | Or


@dataclass(frozen=True)
class Rule:
    """A named condition, such as ``criterion:no_new_users``, ``band:A``, ``veto:cap`` or ``trigger:bid_bonus``."""

    id: str
    condition: Condition


@dataclass(frozen=True)
class Band:
    """A grade and the rule under which it is given; rule None is ``otherwise``."""

    grade: str
    rule: str | None


@dataclass(frozen=True)
class Veto:
    """When `rule` holds, ``at_most`` caps the grade and ``becomes`` sets it."""

    rule: str
    at_most: str | None = None
    becomes: str | None = None


@dataclass(frozen=True)
class GradeRule:
    """How the grade follows.

    Bands in order, collecting every one that may fit until one surely fits; then every ``at_most``, then every
    ``becomes``; an undecided veto leaves both results possible. Where `hit` is ``unique``, every band that may fit is
    collected, also after one that surely fits; ``otherwise`` then may fit unless another surely does.

    Attributes:
        hit: ``first`` or ``unique``.
        merit: grades from best to worst, the order ``at_most`` compares by.
        gates: (rule, outcome) in order: where the rule fails the outcome stands instead of a grade; while it is
            undecided the outcome joins the possible grades.
    """

    bands: tuple[Band, ...]
    vetoes: tuple[Veto, ...]
    merit: tuple[str, ...]
    gates: tuple[tuple[str, str], ...] = ()
    hit: str = "first"


@dataclass(frozen=True)
class RuleBook:
    """The rules of one scheme, edition and period.

    Attributes:
        before: strata of rules that come before the grade; a stratum may read those before it.
        grade: how the grade follows, or None.
        after: strata of rules that may read ``raw_grade`` and ``grade``.
    """

    scheme: str
    before: tuple[tuple[Rule, ...], ...]
    grade: GradeRule | None
    after: tuple[tuple[Rule, ...], ...] = ()


@dataclass(frozen=True)
class Row:
    """What the slots may hold for one subject."""

    subject: str
    slots: Mapping[str, Possible]


@dataclass(frozen=True)
class Opinion:
    """What an engine found for one subject.

    Attributes:
        rules: rule id to true, false or undecided (None).
        raw_grades, grades: the grades still possible before and after vetoes (gate outcomes included in both);
            None where the rulebook has no grade.
        abstained: why the engine gives no opinion on this subject, or None.
    """

    subject: str
    rules: Mapping[str, bool | None] = field(default_factory=dict)
    raw_grades: frozenset[str] | None = None
    grades: frozenset[str] | None = None
    abstained: str | None = None


class Engine(Protocol):
    """A second engine, offered by a plugin through ``kaoping_engines``."""

    name: str

    def unavailable(self) -> str | None:
        """Why the engine cannot run here, or None; must be cheap and must not raise."""

    def judge(self, book: RuleBook, rows: Sequence[Row]) -> Iterator[Opinion]:
        """One opinion for each row, in order.

        Raises:
            EngineFailedError: the engine could not finish (crashed, hung, refused the rulebook).
        """


class EngineFailedError(Exception):
    """An engine could not finish; the message says why. The run goes on without its opinion and says so."""
