"""The ledger: which consequences are in force on a day, and what they add up to.

Nothing is stored but the entries as published and what happened since. How an entry stands on a day is worked out
from what had happened by that day, so that a question about the past is answered as it would have been then.

- Effects are half-open, ``[start, until)``. Nothing is in force before it is published, whatever day it counts from.
- A *cause* is a scheme's consequence for one subject, addressee and period (or window, or record). Published again,
  it still counts once: the later publication's entry takes the earlier one's place from its own date, but its life
  runs from the first publication, so that correcting a result neither lengthens a term nor revives what was used up.
  A cause the later publication no longer has ends on that date.
- ``stacks: per subject``: the next period's entry for the same subject and addressee renews the earlier one when it
  starts; they never add up. What follows from single records is not renewed, each record being a cause of its own.
- A ``ladder`` grows with the earlier causes of the same rule and addressee that are in force when an entry starts.
- An event that ends entries ends those of its addressee that are in force on that day, one that starts the same day
  included; it leaves alone what starts later.
- What is `closed_by` an event is a duty: `within`, or a date in `until`, gives its due day, the last day on which one
  may still act. A time that ends on a day off ends on the next working day (Civil Code 201 to 203); a date stays. It
  is over from the day it is fulfilled, however late; an event that names a ``record_no`` fulfils the duty from that
  record only.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import TypeVar

from kaoping.consequences.model import Entry, EntryState, Event, Publication
from kaoping.evaluation.result import Consequence, Result
from kaoping.facts.dates import plus
from kaoping.facts.frame import NEVER
from kaoping.facts.periods import Period, parse_period
from kaoping.facts.workdays import OfficialDays
from kaoping.scheme.model import Duration, Scheme

_Member = TypeVar("_Member")
_Key = TypeVar("_Key", bound=Hashable)

IN_FORCE = ("active", "overdue")


def ledger_on(
    entries: Iterable[Entry],
    events: Iterable[Event],
    publications: Iterable[Publication],
    day: date,
    official: OfficialDays,
) -> list[EntryState]:
    """How every entry stands on a day, sorted by id; what is published later is still pending."""
    ordered = sorted(entries, key=_order)
    known = _Known(
        tuple(event for event in sorted(events, key=lambda e: (e.on, e.id)) if event.on <= day),
        tuple(p for p in sorted(publications, key=lambda p: (p.on, p.evaluation)) if p.on <= day),
        official,
    )
    published = [entry for entry in ordered if entry.published_on <= day]
    lives = [
        _superseded(_life(entry, chain[0].published_on, known), chain[place + 1 :], known)
        for chain in _grouped(published, _cause).values()
        for place, entry in enumerate(chain)
    ]
    lives = _stepped(lives)
    lives = [life for key, chain in _grouped(lives, _renewing).items() for life in (_renewed(chain) if key else chain)]
    states = [_state(life, day) for life in lives]
    states += [_unpublished(entry) for entry in ordered if entry.published_on > day]
    return sorted(states, key=lambda state: _order(state.entry))


def net(states: Iterable[EntryState]) -> dict[str, Fraction]:
    """What the entries in force add up to in each account; of one addressee, when given one addressee's states."""
    return {account: added + taken for account, (added, taken) in points(states).items()}


def points(states: Iterable[EntryState]) -> dict[str, tuple[Fraction, Fraction]]:
    """In each account, what the entries in force add and what they take away (zero or less)."""
    sums: dict[str, tuple[Fraction, Fraction]] = {}
    for state in states:
        if state.status in IN_FORCE:
            for account, amount in state.entry.consequence.points.items():
                added, taken = sums.get(account, (Fraction(0), Fraction(0)))
                sums[account] = (added + max(amount, Fraction(0)), taken + min(amount, Fraction(0)))
    return sums


def opened(
    result: Result,
    scheme: Scheme,
    period: str,
    publication: Publication,
    earlier: Sequence[Publication] = (),
    entries: Iterable[Entry] = (),
) -> list[tuple[str, Consequence]]:
    """What a publication opens, for whom, in the order of the results.

    A part period (a quarter of a yearly scheme) opens what follows from that window and from its records; the whole
    period opens the rest, but not what follows from a window that was published by itself (in `earlier`), and nothing
    that stands just so in `entries` of another period's last publication: a finding's duty is opened once.
    """
    part = publication.period_kind != scheme.period
    apart = {p.period for p in earlier if p.scheme == publication.scheme and p.on <= publication.on} - {period}
    standing = _standing(entry for entry in entries if entry.scheme == scheme.id and entry.period != period)
    return [
        (addressee, consequence)
        for found in (*result.results, *result.rolled_up)
        for consequence in found.consequences
        if (_belongs_to_part(consequence, period) if part else consequence.at not in apart)
        for addressee in dict.fromkeys(consequence.to)
        if not consequence.at or (addressee, consequence) not in standing.get(consequence.at, ())
    ]


@dataclass(frozen=True)
class _Known:
    """What had happened by the day asked about, in order of time; and which days are worked."""

    events: tuple[Event, ...]
    publications: tuple[Publication, ...]
    official: OfficialDays


@dataclass(frozen=True)
class _Life:
    """When an entry begins and ends, as far as it is known."""

    entry: Entry
    start: date | None = None
    until: date | None = None
    ended_by: str = ""
    due: date | None = None
    provisional: bool = False
    step: int = 0

    def ending(self, until: date | None, by: str) -> _Life:
        """The life that ends on this day unless it ends before; what has not started by then never does."""
        if until is None or (self.until is not None and self.until <= until):
            return self
        return replace(self, until=until, ended_by=by)

    @property
    def comes_to_pass(self) -> bool:
        """Is there a day on which it is in force?"""
        return self.start is not None and (self.until is None or self.start < self.until)


def _life(entry: Entry, first_published: date, known: _Known) -> _Life:
    rule = entry.consequence
    start = _start(entry, first_published, known)
    fixed = _iso(rule.until)
    life = _Life(entry, start)
    if rule.until == "next_result":
        life = life.ending(_next_result(entry, first_published, known), "next_result")
    elif fixed is not None and not rule.closed_by:
        life = life.ending(fixed, "until")
    if start is None:
        return life
    own = {entry.consequence.subject, entry.addressee, ""}
    if rule.lasts is not None:
        life = life.ending(_after(start, rule.lasts, known.official), "lasts")
    if rule.until not in ("", "next_result") and fixed is None:
        life = _ended_by_event(life, (e for e in known.events if e.kind == rule.until and e.of in own), start)
    if rule.closed_by:
        closing = (e for e in known.events if e.kind == rule.closed_by and e.of == rule.subject and _of_record(e, rule))
        life = _ended_by_event(life, closing, start)
    if rule.ends_on is not None:
        kind, where = rule.ends_on
        ending = (e for e in known.events if e.kind == kind and e.of == entry.addressee and _matches(e, where))
        life = _ended_by_event(life, ending, start)
    due, provisional = fixed if rule.closed_by else None, False
    if rule.within is not None:
        last = _after(start, rule.within, known.official)
        due = known.official.rolled(last)
        provisional = due != NEVER and not known.official.known(start if rule.within.workdays else last, due)
    if due is not None and due != NEVER and rule.on_overdue == "ends":
        life = life.ending(due + timedelta(days=1), "due")
    return replace(life, due=due, provisional=provisional)


def _start(entry: Entry, first_published: date, known: _Known) -> date | None:
    rule = entry.consequence
    if rule.starts in ("publication", ""):  # "": a day that was to be entered and was not
        return first_published
    if (fixed := _iso(rule.starts)) is not None:
        return fixed
    own = {rule.subject, entry.addressee, ""}
    return next(
        (
            event.on
            for event in known.events
            if event.kind == rule.starts and event.of in own and event.on >= first_published and _of_record(event, rule)
        ),
        None,
    )


def _ended_by_event(life: _Life, events: Iterator[Event], start: date) -> _Life:
    first = next((event for event in events if event.on >= start), None)
    return life.ending(first.on, f"event {first.kind}") if first else life


def _next_result(entry: Entry, first_published: date, known: _Known) -> date | None:
    """When the next result of the kind came; a year's publication brings the results of all its quarters."""
    span = _span(entry)
    for publication in known.publications:
        if publication.scheme != entry.scheme or publication.on < first_published:
            continue
        period = parse_period(publication.period)
        next_one = period.kind == span.kind and period.start > span.start
        holds_next = period.kind != span.kind and period.start <= span.start and period.end > span.end
        if next_one or holds_next:
            return publication.on
    return None


def _superseded(life: _Life, later: Sequence[Entry], known: _Known) -> _Life:
    """Ends with the next entry of the same cause, or with the next publication of the same period without one."""
    entry = life.entry
    if later:
        life = life.ending(later[0].published_on, "superseded")
    again = (
        publication.on
        for publication in known.publications
        if (publication.scheme, publication.period) == (entry.scheme, entry.period)
        and (publication.on, publication.evaluation) > (entry.published_on, entry.evaluation)
        and publication.evaluation != entry.evaluation
    )
    return life.ending(next(again, None), "superseded")


def _stepped(lives: Sequence[_Life]) -> list[_Life]:
    """The lives with the step of the ladder each is on: one more than the earlier causes that still count then.

    What a corrected publication has withdrawn counts no more; that the next one renews it does not end its counting.
    """
    found = []
    for life in lives:
        rule, start = life.entry.consequence, life.start
        if not rule.ladder or start is None:
            found.append(life)
            continue
        counted = {
            _cause(other.entry)
            for other in lives
            if _climbing(other.entry) == _climbing(life.entry)
            and _cause(other.entry) != _cause(life.entry)
            and other.ended_by != "superseded"
            and other.start is not None
            and (other.start, _order(other.entry)) < (start, _order(life.entry))
            and (other.until is None or other.until > start)
        }
        found.append(replace(life, step=min(len(counted) + 1, len(rule.ladder))))
    return found


def _renewed(chain: Sequence[_Life]) -> list[_Life]:
    """The same lives, where each ends when the next one starts.

    One that a corrected publication has withdrawn renews nothing: what it had renewed goes on.
    """
    standing = [life for life in chain if life.comes_to_pass and life.ended_by != "superseded"]
    standing.sort(key=lambda life: (life.start, _span(life.entry).start, _order(life.entry)))
    renewed = [life.ending(after.start, "renewed") for life, after in pairwise(standing)]
    return renewed + standing[-1:] + [life for life in chain if life not in standing]


def _state(life: _Life, day: date) -> EntryState:
    if life.until is not None and life.until <= day:
        status = "ended"
    elif life.start is None or day < life.start:
        status = "pending"
    elif life.due is not None and life.due < day:
        status = "overdue"
    else:
        status = "active"
    return EntryState(life.entry, status, life.start, life.until, life.due, life.ended_by, life.step, life.provisional)


def _unpublished(entry: Entry) -> EntryState:
    start = entry.published_on if entry.consequence.starts in ("publication", "") else _iso(entry.consequence.starts)
    return EntryState(entry, "pending", start, None)


def _order(entry: Entry) -> tuple[object, ...]:
    return entry.published_on, entry.evaluation, entry.id


def _cause(entry: Entry) -> tuple[str, ...]:
    rule = entry.consequence
    return entry.scheme, rule.id, rule.subject, entry.addressee, rule.at or entry.period


def _renewing(life: _Life) -> tuple[str, ...] | None:
    rule = life.entry.consequence
    if rule.stacks != "per subject" or (rule.at and not rule.window):
        return None
    return life.entry.scheme, rule.id, rule.subject, life.entry.addressee


def _climbing(entry: Entry) -> tuple[str, ...]:
    """Entries that climb one ladder together: those of one rule for one addressee."""
    return entry.scheme, entry.consequence.id, entry.addressee


def _span(entry: Entry) -> Period:
    rule = entry.consequence
    if not rule.window:
        return parse_period(entry.period)
    kind, start, end = rule.window
    return Period(date.fromisoformat(start), date.fromisoformat(end), rule.at, kind)


def _standing(entries: Iterable[Entry]) -> dict[str, list[tuple[str, Consequence]]]:
    """What each period's last publication opened for windows and records."""
    found: dict[str, list[tuple[str, Consequence]]] = {}
    for of_period in _grouped(entries, lambda entry: entry.period).values():
        last = max((entry.published_on, entry.evaluation) for entry in of_period)
        for entry in of_period:
            if (entry.published_on, entry.evaluation) == last:
                found.setdefault(entry.consequence.at, []).append((entry.addressee, entry.consequence))
    return found


def _belongs_to_part(consequence: Consequence, part: str) -> bool:
    return consequence.at == part or (consequence.at != "" and not consequence.window)


def _of_record(event: Event, rule: Consequence) -> bool:
    """Does the event concern what the entry is for? One that names a record concerns that record only."""
    return event.fields.get("record_no", rule.at) in ("", rule.at)


def _matches(event: Event, where: Mapping[str, str]) -> bool:
    return all(event.fields.get(name, "").lower() == value.lower() for name, value in where.items())


def _after(start: date, length: Duration, official: OfficialDays) -> date:
    """So long after a day, which is not itself counted."""
    return official.after(plus(start, months=length.months, days=length.days), length.workdays)


def _iso(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == len("2025-01-01") else None
    except ValueError:
        return None


def _grouped(members: Iterable[_Member], key: Callable[[_Member], _Key]) -> dict[_Key, list[_Member]]:
    found: dict[_Key, list[_Member]] = {}
    for member in members:
        found.setdefault(key(member), []).append(member)
    return found
