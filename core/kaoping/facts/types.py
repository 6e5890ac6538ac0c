"""What may be known: subject types, relations, facts and records, declared once in a catalogue that schemes share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType

from kaoping.facts.periods import WINDOWS, Period
from kaoping.facts.workdays import OfficialDays


@dataclass(frozen=True)
class Title:
    """A name for people, in Chinese and English; English falls back to Chinese."""

    zh: str
    en: str = ""

    def text(self, language: str) -> str:
        """The title in a language."""
        return self.en if language == "en" and self.en else self.zh


@dataclass(frozen=True)
class ValueType:
    """What one value may be.

    Attributes:
        kind: ``number`` · ``integer`` · ``boolean`` · ``text`` · ``date`` · ``time`` (of day) · ``choice``.
        unit: as written after the number (``分``, ``%``, ``户``), or "".
        minimum, maximum: bounds of a number, both included; None is no bound.
        one_of: the few numbers allowed, or ().
        choices: the closed set of a choice.
        undetermined: a choice that may be "not yet decided" (entered as ``undetermined``).
        never: a date that may not have come (entered as ``never``; a blank says so too once entry is closed).
    """

    kind: str
    unit: str = ""
    minimum: Fraction | None = None
    maximum: Fraction | None = None
    one_of: tuple[Fraction, ...] = ()
    choices: tuple[str, ...] = ()
    choice_titles: Mapping[str, Title] = field(default_factory=lambda: MappingProxyType({}), compare=False)
    undetermined: bool = False
    never: bool = False


@dataclass(frozen=True)
class SubjectType:
    """A kind of subject; `is_a` names the family it belongs to (a village is a unit)."""

    id: str
    title: Title
    is_a: str | None = None


@dataclass(frozen=True)
class ItemList:
    """A fixed list of items, each with a title and the columns the scheme gives it; `title` is the list's own."""

    id: str
    items: Mapping[str, Title]
    title: Title = Title("")


@dataclass(frozen=True)
class Calendar:
    """A kind of window of its own: terms, teaching weeks, holidays.

    Attributes:
        windows: those a file writes, earliest first; the text of each is its name, its kind the calendar.
        entered: its windows are entered by each office instead.
    """

    id: str
    title: Title
    windows: tuple[Period, ...] = ()
    window_titles: Mapping[str, Title] = field(default_factory=lambda: MappingProxyType({}), compare=False)
    entered: bool = False


@dataclass(frozen=True)
class RelationType:
    """A dated relation from subjects of one type to subjects of another.

    Entered once, in the direction in which each subject has few: an estate's company. `inverse` is the name of the
    way back: a company's estates.
    """

    id: str
    of: str
    to: str
    title: Title
    inverse: str | None = None


@dataclass(frozen=True)
class FactType:
    """A value known of a subject for a period.

    Attributes:
        of: the subject type it belongs to.
        for_each: what it has one value for: a kind of window (``quarters``) or a list id; () is one a period.
        holds: it holds from its day until changed (a household count), instead of for one period.
        optional: it may stay blank for good.
        better: ``higher``, ``lower`` or "".
        cost: of a unit of it, for whoever asks for the cheapest way to a grade; None where nothing is said.
        fixed: it cannot be moved for a better grade.
        fed_from: ``scheme.item`` when another scheme's result is this fact.
        feed_at: ``same`` · ``previous`` · ``latest``: whose period a fed fact takes.
    """

    id: str
    of: str
    type: ValueType
    title: Title
    for_each: tuple[str, ...] = ()
    holds: bool = False
    optional: bool = False
    better: str = ""
    cost: Fraction | None = field(default=None, compare=False)
    fixed: bool = field(default=False, compare=False)
    fed_from: str = ""
    feed_at: str = "same"
    source: str = ""

    @property
    def fed_by(self) -> tuple[str, str]:
        """The scheme whose result it is, and which part of it: ``grade``, ``score`` or a measure."""
        scheme, _, item = self.fed_from.partition(".")
        return scheme, item


@dataclass(frozen=True)
class RecordType:
    """A kind of event or item with fields of its own: one complaint, one incident.

    Attributes:
        placed_by: the date fields that place a record in a period, first that applies; () is a thing on file.
        complete: ``stated`` (open until somebody states it complete through a day) or ``assumed`` (closing says so).
        unique: of records equal in this field the earliest counts, or "".
    """

    id: str
    of: str
    fields: Mapping[str, ValueType]
    title: Title
    field_titles: Mapping[str, Title] = field(default_factory=lambda: MappingProxyType({}), compare=False)
    placed_by: tuple[str, ...] = ()
    complete: str = "stated"
    unique: str = ""
    source: str = ""


@dataclass(frozen=True)
class Catalogue:
    """All that may be known; facts and records are keyed by (subject type, id)."""

    subject_types: Mapping[str, SubjectType] = field(default_factory=dict)
    relations: Mapping[str, RelationType] = field(default_factory=dict)
    lists: Mapping[str, ItemList] = field(default_factory=dict)
    facts: Mapping[tuple[str, str], FactType] = field(default_factory=dict)
    records: Mapping[tuple[str, str], RecordType] = field(default_factory=dict)
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    official: OfficialDays = field(default_factory=OfficialDays)

    def is_window(self, step: str) -> bool:
        """Is it a kind of window, or a calendar?"""
        return step in WINDOWS or step in self.calendars

    def windows(self, entered: Mapping[str, tuple[Period, ...]]) -> dict[str, tuple[Period, ...]]:
        """The windows of each calendar, earliest first: of a name that was entered, what was entered."""
        found = {}
        for name, calendar in self.calendars.items():
            known = (*self.official.windows(name), *calendar.windows, *entered.get(name, ()))
            found[name] = tuple(sorted({window.text: window for window in known}.values()))
        return found

    def families(self, subject_type: str) -> tuple[str, ...]:
        """The type itself and every family above it, nearest first."""
        found = [subject_type]
        while (known := self.subject_types.get(found[-1])) and known.is_a and known.is_a not in found:
            found.append(known.is_a)
        return tuple(found)

    def members(self, family: str) -> tuple[str, ...]:
        """Every subject type that is this one or belongs to it, sorted."""
        return tuple(sorted(name for name in self.subject_types if family in self.families(name)))

    def fact(self, subject_type: str, name: str) -> FactType | None:
        """The fact of this name that subjects of a type have, their families' included."""
        return next((f for t in self.families(subject_type) if (f := self.facts.get((t, name)))), None)

    def record(self, subject_type: str, name: str) -> RecordType | None:
        """The record type of this name that subjects of a type have, their families' included."""
        return next((r for t in self.families(subject_type) if (r := self.records.get((t, name)))), None)
