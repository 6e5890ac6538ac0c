"""The frame: everything one evaluation reads, frozen before it starts.

Values in it are plain Python: a number is `int` or `fractions.Fraction` (never float), a date is `datetime.date`,
a time of day `datetime.time`,
a choice or text is `str`, a truth is `bool`; ``NEVER`` is a date that has not come, ``UNDETERMINED`` a choice that
is not decided yet. What is not in the frame is not known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from fractions import Fraction

from kaoping.facts.periods import Period

Plain = int | Fraction | date | time | str | bool
NEVER = date.max
UNDETERMINED = "undetermined"


@dataclass(frozen=True)
class Subject:
    """Who may be assessed, on file from a day until a day (half-open; None is no limit)."""

    id: str
    type: str
    title: str
    since: date | None = None
    until: date | None = None

    def on_file(self, day: date) -> bool:
        """Is the subject on file on this day?"""
        return (self.since is None or self.since <= day) and (self.until is None or day < self.until)


@dataclass(frozen=True)
class Record:
    """One entry of a register; `known_at` is the UTC time (ISO text) at which it became known."""

    no: str
    fields: Mapping[str, Plain]
    known_at: str = ""


@dataclass(frozen=True)
class Edge:
    """A relation to a subject over half-open days; None is no limit."""

    to: str
    since: date | None = None
    until: date | None = None

    def holds(self, day: date) -> bool:
        """Does the relation hold on this day?"""
        return (self.since is None or self.since <= day) and (self.until is None or day < self.until)


@dataclass(frozen=True)
class Remaining:
    """What an earlier result leaves possible of a value.

    Attributes:
        values: one that is decided, or all the truths, choices or grades that remain.
        span: instead of them, the lowest and highest of a number or day that is not decided; None is no end.
        none: there may be no value; where nothing else remains, there is none.
    """

    values: frozenset[Plain] = frozenset()
    span: tuple[Plain | None, Plain | None] | None = None
    none: bool = False


@dataclass(frozen=True)
class Bar:
    """An entry of the ledger in force that keeps its addressee out of places and honours of schemes with a tag.

    Attributes:
        scheme, consequence: what it follows from; `title` is what that is called, by language.
        since, until: its half-open life as far as it is known; None is not known yet or open.
    """

    tag: str
    scheme: str
    consequence: str
    title: tuple[tuple[str, str], ...] = ()
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class Earlier:
    """What was published of a subject for an earlier period: the parts of the result that are asked for."""

    period: str
    end: date
    values: Mapping[str, Remaining]


@dataclass(frozen=True)
class Standing:
    """An entry of a subject's ledger that has started, as it stands on the day honours are decided.

    Attributes:
        scheme, consequence: what it follows from.
        started_on, ended_on: its half-open life as known on that day; None has no end yet.
        in_force: on that day.
    """

    id: str
    scheme: str
    consequence: str
    kind: str
    started_on: date
    ended_on: date | None
    in_force: bool


@dataclass(frozen=True)
class Frame:
    """The facts of one evaluation.

    Attributes:
        period: the period judged.
        today: the day of the evaluation: nothing is complete beyond it.
        subjects: every subject by id.
        values: (subject id, fact id) to {(period text, item or ""): value}; a value that holds until changed stands
            under the ISO day it holds from.
        records: (subject id, record type id) to its records.
        complete_through: (subject id, record type id) to the day its register is stated complete through.
        edges: (relation id, subject id) to its edges, inverse relations filled in under their own names.
        closed: texts of the periods for which entry is closed for the scheme.
        published: text of a period to the UTC time at which the scheme's results for it were published.
        bars: subject id to the bars that reach it on the day its honours are decided.
        earlier: subject id to what was published of it for periods that ended before this one began, the oldest first.
        frozen: (subject id, measure) to {window or item: what it was when that part of the period was published}.
        entries: subject id to the entries of its ledger, the oldest first.
        calendars: the windows that were entered of each calendar, earliest first.
        fed: (subject id, fact id) to {window or item or "": what another scheme's result leaves possible}.
    """

    period: Period
    today: date
    subjects: Mapping[str, Subject]
    values: Mapping[tuple[str, str], Mapping[tuple[str, str], Plain]] = field(default_factory=dict)
    records: Mapping[tuple[str, str], tuple[Record, ...]] = field(default_factory=dict)
    complete_through: Mapping[tuple[str, str], date] = field(default_factory=dict)
    edges: Mapping[tuple[str, str], tuple[Edge, ...]] = field(default_factory=dict)
    closed: frozenset[str] = frozenset()
    published: Mapping[str, str] = field(default_factory=dict)
    calendars: Mapping[str, tuple[Period, ...]] = field(default_factory=dict)
    fed: Mapping[tuple[str, str], Mapping[str, Remaining]] = field(default_factory=dict)
    bars: Mapping[str, tuple[Bar, ...]] = field(default_factory=dict)
    earlier: Mapping[str, tuple[Earlier, ...]] = field(default_factory=dict)
    frozen: Mapping[tuple[str, str], Mapping[str, Remaining]] = field(default_factory=dict)
    entries: Mapping[str, tuple[Standing, ...]] = field(default_factory=dict)

    def of_type(self, types: tuple[str, ...], day: date) -> tuple[Subject, ...]:
        """The subjects of some types on file on a day, sorted by id."""
        found = [s for s in self.subjects.values() if s.type in types and s.on_file(day)]
        return tuple(sorted(found, key=lambda subject: subject.id))
