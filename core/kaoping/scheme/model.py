"""What a scheme says, as its file says it: names, expressions with their places, nothing looked up yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from fractions import Fraction
from types import MappingProxyType
from typing import TYPE_CHECKING

from kaoping.errors import Place
from kaoping.facts.periods import CAMPAIGN, Period, period_holding
from kaoping.facts.types import Calendar, FactType, ItemList, RecordType, RelationType, SubjectType, Title
from kaoping.scheme.expressions import Tree

if TYPE_CHECKING:  # a tailoring is read with what stands here
    from kaoping.scheme.tailoring import Tailoring

SEVERITIES = ("required", "target", "noted")
PERIOD_DAYS = ("period_start", "period_end", "after_period")
WINDOW_DAYS = ("window_start", "window_end")


@dataclass(frozen=True)
class Duration:
    """A length of time: months (years are twelve), days or working days, only one of them."""

    months: int = 0
    days: int = 0
    workdays: int = 0

    def __str__(self) -> str:
        units = {"months": self.months, "days": self.days, "workdays": self.workdays}
        return next((f"{count} {unit}" for unit, count in units.items() if count), "0 days")


@dataclass(frozen=True)
class Expr:
    """An expression, its tree and where its text begins."""

    text: str
    tree: Tree
    place: Place

    def at(self, offset: int) -> Place:
        """The place of an offset in the text."""
        column = self.place.column
        return Place(self.place.file, self.place.line, None if column is None else column + offset)


@dataclass(frozen=True)
class Clause:
    """Where a rule comes from: the heading in the source, or the decisions taken where it is silent."""

    source: str = ""
    decisions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Decision:
    """What was decided where the source is silent, and why; a place settles it otherwise by changing `parameters`."""

    id: str
    title: Title
    why: Title
    place: Place
    parameters: tuple[str, ...] = ()


ParameterValue = int | Fraction | str | Duration | time


@dataclass(frozen=True)
class Parameter:
    """A dated number, choice, time of day or length of time; `values` from a date on, earliest first (None: always).

    Where a tailoring changed them, `own` are the scheme's. `titles` say what the texts of `one_of` are called.
    """

    id: str
    values: tuple[tuple[date | None, ParameterValue], ...]
    title: Title
    clause: Clause
    place: Place
    unit: str = ""
    one_of: tuple[str, ...] = ()
    own: tuple[tuple[date | None, ParameterValue], ...] = ()
    titles: Mapping[str, Title] = field(default_factory=lambda: MappingProxyType({}))

    def on(self, day: date) -> ParameterValue | None:
        """The value in force on a day, or None before the first."""
        found = None
        for since, value in self.values:
            if since is None or since <= day:
                found = value
        return found


Constant = int | Fraction | str | bool


@dataclass(frozen=True)
class ScaleRow:
    """What a scale gives for some keys."""

    keys: tuple[Constant, ...]
    gives: Expr
    place: Place


@dataclass(frozen=True)
class Scale:
    """A scale as written; its values are constants or parameters.

    Attributes:
        form: how it is looked up: ``over`` · ``from`` · ``upto`` · ``below`` bounds, along a ``line``, ``by`` keys.
        bounds, gives: what is given is the value at as many as are passed.
        points: of a line, (x, y).
        keys, rows: what keys are called, and what is given for them; `no_row`: for others (``unknown``: anything).
    """

    id: str
    title: Title
    clause: Clause
    place: Place
    form: str
    bounds: tuple[Expr, ...] = ()
    gives: tuple[Expr, ...] = ()
    points: tuple[tuple[Expr, Expr], ...] = ()
    keys: tuple[str, ...] = ()
    rows: tuple[ScaleRow, ...] = ()
    no_row: Expr | str = ""
    unit: str = ""


@dataclass(frozen=True)
class TableRow:
    """One row of a decision table: what must hold (None: nothing) and the constant each result gets."""

    when: Expr | None
    gives: tuple[Constant, ...]
    place: Place


@dataclass(frozen=True)
class DecisionTable:
    """A decision table as written.

    Attributes:
        inputs, results: the heads of its columns.
        hit: the hit policy; `order`: results best first, for ``priority`` and ``output_order``.
        default: the results where no row fits, or None.
    """

    inputs: tuple[str, ...]
    results: tuple[str, ...]
    rows: tuple[TableRow, ...]
    hit: str = "unique"
    order: tuple[Constant, ...] = ()
    default: tuple[Constant, ...] | None = None


@dataclass(frozen=True)
class Measure:
    """A value derived from facts.

    Attributes:
        of: subject type, "" is the section's own.
        form: ``value`` · ``weigh`` · ``steps`` · ``table``.
        table, column: the decision table and which of its results this is (``name.result`` where it has several).
        weigh: (what, weight) pairs; `leave_out` names those left out with their weight while not decided.
        steps: (start) and then (kind, amount, condition) with kind ``add`` · ``at_most`` · ``at_least``.
        round: decimal places, half away from zero, once; None is not rounded.
        frozen: what was published of a window stays as it was then.
    """

    id: str
    title: Title
    clause: Clause
    place: Place
    of: str = ""
    for_each: tuple[str, ...] = ()
    form: str = "value"
    value: Expr | None = None
    weigh: tuple[tuple[Expr, Expr], ...] = ()
    leave_out: tuple[str, ...] = ()
    total: int | Fraction | None = None
    steps: tuple[tuple[str, Expr, Expr | None], ...] = ()
    keep_within: tuple[Expr, Expr] | None = None
    table: DecisionTable | None = None
    column: int = 0
    applies_when: Expr | None = None
    round: int | None = None
    unit: str = ""
    better: str = ""
    frozen: bool = False


@dataclass(frozen=True)
class Gate:
    """A stage that must be passed; while it is not, `otherwise` stands instead of a grade."""

    id: str
    needs: Expr
    otherwise: str
    title: Title
    clause: Clause
    place: Place


@dataclass(frozen=True)
class Criterion:
    """One testable requirement.

    Attributes:
        points: what it is worth, earned when met; `earns`: instead what it earns, between nothing and all of them.
    """

    id: str
    require: Expr
    title: Title
    clause: Clause
    place: Place
    for_each: tuple[str, ...] = ()
    applies_when: Expr | None = None
    severity: str = "required"
    group: str = ""
    points: Expr | None = None
    earns: Expr | None = None


@dataclass(frozen=True)
class BandRule:
    """A grade and the condition under which it is given; None is ``otherwise``."""

    grade: str
    when: Expr | None
    place: Place


@dataclass(frozen=True)
class VetoRule:
    """A rule that caps the grade (`at_most`) or sets it (`becomes`)."""

    id: str
    when: Expr
    title: Title
    clause: Clause
    place: Place
    at_most: str = ""
    becomes: str = ""


@dataclass(frozen=True)
class GradeRules:
    """How the grade follows.

    Attributes:
        merit: grades best first.
        hit: the ``first`` band that fits gives the grade, or the ``unique`` one.
        by_veto: grades that only a veto gives.
        taken: instead of bands, the number or choice that is the grade.
    """

    bands: tuple[BandRule, ...]
    merit: tuple[str, ...]
    titles: Mapping[str, Title]
    place: Place
    score: str = ""
    score_place: Place | None = None
    vetoes: tuple[VetoRule, ...] = ()
    hit: str = "first"
    by_veto: tuple[str, ...] = ()
    taken: Expr | None = None


@dataclass(frozen=True)
class CohortRule:
    """A place among all subjects assessed together.

    Attributes:
        by, then: what they are ranked by, and then; (expression, smaller is better); None expression is a draw.
        top, bottom: how many; or tiers: (tier, how many) best first.
        ties: ``include`` everybody equal to the last, or ``strict``.
        exclude: who is not given a place; with `backfill` they are taken out before ranking.
        incomplete: ``wait`` while a member could still move, or ``leave_out``.
        among: a path of relations that parts the subjects: each group is ranked by itself.
    """

    id: str
    title: Title
    clause: Clause
    place: Place
    by: tuple[tuple[Expr | None, bool], ...]
    for_each: str = ""
    needs: Expr | None = None
    top: Expr | None = None
    bottom: Expr | None = None
    tiers: tuple[tuple[str, Expr], ...] = ()
    ties: str = "strict"
    exclude: Expr | None = None
    backfill: bool = False
    incomplete: str = "wait"
    among: str = ""


@dataclass(frozen=True)
class ConsequenceRule:
    """What follows, when, for whom; see `kaoping.evaluation.result.Consequence` for the life of it.

    Attributes:
        as_of: the day on which relations lead to the addressees; "" is the last day of the window.
        ladder: steps that grow with the number of earlier entries that still count.
    """

    id: str
    to: tuple[str, ...]
    kind: str
    title: Title
    clause: Clause
    place: Place
    when: Expr | None = None
    for_each: str = ""
    points: tuple[tuple[str, Expr], ...] = ()
    blocks: str = ""
    bars: str = ""
    document: str = ""
    amount: str = ""
    starts: str = "publication"
    lasts: str = ""
    until: str = ""
    within: str = ""
    closed_by: str = ""
    on_overdue: str = "block_stays"
    ends_on: tuple[str, Mapping[str, str]] | None = None
    stacks: str = "per subject"
    discretion: bool = False
    as_of: str = ""
    ladder: tuple[Title, ...] = ()


@dataclass(frozen=True)
class RollUp:
    """What the members' results give for a parent."""

    parent: str
    over: str
    place: Place
    measures: Mapping[str, Measure] = field(default_factory=dict)
    criteria: Mapping[str, Criterion] = field(default_factory=dict)
    grade: GradeRules | None = None
    consequences: Mapping[str, ConsequenceRule] = field(default_factory=dict)


@dataclass(frozen=True)
class Account:
    """Points of a kind that add up by day for subjects of a type."""

    id: str
    of: str
    title: Title
    unit: str = ""


@dataclass(frozen=True)
class EventType:
    """Something that may happen after publication; `of` is a subject type or ``scheme``."""

    id: str
    of: str
    title: Title
    fields: tuple[str, ...] = ()


@dataclass(frozen=True)
class FactUse:
    """A fact as a scheme declares it: its type (None: ``shared``, the catalogue's) and what it assumes for a blank."""

    id: str
    of: str
    place: Place
    type: FactType | None = None
    assume: str = ""
    cited: bool = False


@dataclass(frozen=True)
class Scheme:
    """One edition of a published set of criteria, bands and consequences.

    Attributes:
        family: what the schemes of its package are called together.
        tailoring, left_out: a place's changes that are in it, and the criteria it left out.
    """

    id: str
    edition: str
    title: Title
    subject: str
    period: str
    source: Mapping[str, str]
    file: str
    text: str
    digest: str
    place: Place
    in_force: tuple[date | None, date | None] = (None, None)
    campaigns: tuple[Period, ...] = ()
    publishes: Mapping[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    decisions: Mapping[str, Decision] = field(default_factory=dict)
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    lists: Mapping[str, ItemList] = field(default_factory=dict)
    calendars: Mapping[str, tuple[Calendar | None, Place]] = field(default_factory=dict)
    subject_types: Mapping[str, SubjectType] = field(default_factory=dict)
    relations: Mapping[str, RelationType] = field(default_factory=dict)
    facts: Mapping[str, FactUse] = field(default_factory=dict)
    records: Mapping[str, tuple[str, RecordType | None, Place]] = field(default_factory=dict)
    scales: Mapping[str, Scale] = field(default_factory=dict)
    measures: Mapping[str, Measure] = field(default_factory=dict)
    gates: Mapping[str, Gate] = field(default_factory=dict)
    criteria: Mapping[str, Criterion] = field(default_factory=dict)
    groups: Mapping[str, Title] = field(default_factory=dict)
    grade: GradeRules | None = None
    roll_ups: Mapping[str, RollUp] = field(default_factory=dict)
    cohort: Mapping[str, CohortRule] = field(default_factory=dict)
    accounts: Mapping[str, Account] = field(default_factory=dict)
    events: Mapping[str, EventType] = field(default_factory=dict)
    consequences: Mapping[str, ConsequenceRule] = field(default_factory=dict)
    cases_text: str = ""
    cases_file: str = ""
    family: Title | None = None
    tailoring: Tailoring | None = None
    left_out: Mapping[str, Criterion] = field(default_factory=dict)

    @property
    def parts(self) -> tuple[str, ...]:
        """Kinds of window it also publishes (``quarters``)."""
        return tuple(self.publishes)

    def period_holding(self, day: date) -> Period:
        """The period it judges in which a day lies; of campaigns the last one begun by then, or the first."""
        if self.period != CAMPAIGN:
            return period_holding(day, self.period)
        begun = [campaign for campaign in self.campaigns if campaign.start <= day]
        return begun[-1] if begun else self.campaigns[0]

    def period_before(self, period: Period) -> Period | None:
        """The period before one it judges; None before its first campaign."""
        if period.kind != CAMPAIGN:
            return period.previous()
        return next((one for one in reversed(self.campaigns) if one.start < period.start), None)
