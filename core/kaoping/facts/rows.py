"""Rows on their way into the store: what a file, a form or a worked case says, checked but not yet known.

Reading makes them, the store appends them as one batch; nothing else passes between the two. Each says where it was
written (`place`), and what supports it: `source` names where the office has it from, `evidence` the document, photo
or file behind it; both are free text, "" when not said.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from kaoping.errors import Place
from kaoping.facts.frame import Plain


@dataclass(frozen=True, slots=True)
class NewSubject:
    """A subject to be on file from a day until a day (half-open; None is no limit)."""

    id: str
    type: str
    title: str
    since: date | None = None
    until: date | None = None
    source: str = ""
    evidence: str = ""
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class NewEdge:
    """A relation from one subject to another, in the direction the catalogue declares, over half-open days."""

    relation: str
    subject: str
    to: str
    since: date | None = None
    until: date | None = None
    source: str = ""
    evidence: str = ""
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class NewValue:
    """A value of one fact.

    Attributes:
        at: text of the period it is true for; for a fact that holds until changed, the ISO day it holds from.
        item: the item of the fact's list it belongs to, or "".
    """

    subject: str
    fact: str
    at: str
    item: str
    value: Plain
    source: str = ""
    evidence: str = ""
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class NewRecord:
    """One entry of a register; fields that were left blank are not in `fields`."""

    subject: str
    record: str
    no: str
    fields: Mapping[str, Plain]
    source: str = ""
    evidence: str = ""
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class NewRegister:
    """Somebody states a subject's register complete through a day (that day included)."""

    subject: str
    record: str
    complete_through: date
    stated_by: str
    source: str = ""
    evidence: str = ""
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class NewClosing:
    """Somebody closes entry for a scheme and a period."""

    scheme: str
    period: str
    closed_by: str
    source: str = ""
    evidence: str = ""
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class NewWindow:
    """A window of a calendar, from a day through a last one."""

    calendar: str
    name: str
    first: date
    last: date
    source: str = ""
    evidence: str = ""
    place: Place | None = None


NewRow = NewSubject | NewEdge | NewValue | NewRecord | NewRegister | NewClosing | NewWindow
