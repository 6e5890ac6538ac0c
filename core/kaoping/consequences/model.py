"""Entries and events as the ledger keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from kaoping.evaluation.result import Consequence


@dataclass(frozen=True)
class Entry:
    """A consequence for one addressee, opened by a publication; never changed afterwards."""

    id: int
    scheme: str
    period: str
    evaluation: int
    addressee: str
    published_on: date
    consequence: Consequence


@dataclass(frozen=True)
class Event:
    """Something that happened later: a bid won, a re-inspection passed; `of` is the subject, "" is the scheme's own."""

    id: int
    kind: str
    of: str
    on: date
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Publication:
    """A scheme's results for a period were published on a day."""

    scheme: str
    period: str
    period_kind: str
    on: date
    evaluation: int = 0


@dataclass(frozen=True)
class EntryState:
    """An entry as it stands on a day.

    Attributes:
        status: ``pending`` (not started) · ``active`` · ``overdue`` (duty not fulfilled by its due day) · ``ended``.
        start, until: half-open days it is in force, None where not known yet or open.
        due: last day on which the duty may be fulfilled.
        due_provisional: that day hangs on a year whose holidays nobody has set yet.
        step: which step of the ladder it is, from 1; 0 where it has none or has not started.
        ended_by: why it ended or will end (``lasts``, ``until``, ``due``, ``next_result``, ``renewed``,
            ``superseded``, ``event <kind>``).
    """

    entry: Entry
    status: str
    start: date | None
    until: date | None
    due: date | None = None
    ended_by: str = ""
    step: int = 0
    due_provisional: bool = False
