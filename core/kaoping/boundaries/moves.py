"""Ways to bring a number to a line: one fact moved over all it may be, or a register given more entries or fewer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from functools import partial

from kaoping.evaluation.plan import Plan
from kaoping.evaluation.windows import Windows
from kaoping.facts.clock import time_at
from kaoping.facts.frame import NEVER, Frame, Plain, Record, Subject
from kaoping.facts.types import FactType, RecordType, ValueType
from kaoping.insight.suppose import Adding, Change, Removing, Setting

ALONE, WHO, PATTERNS = 3, 3, 6
MOST_ENTRIES = 40
UNBOUNDED = 1_000_000
FINEST = Fraction(1, 100)
YEARS_BEFORE, YEARS_AFTER = 11, 3
ALWAYS = "1900-01-01"
Pool = Mapping[str, tuple[Record, ...]]
"""Entries of each register to take as patterns."""


@dataclass(frozen=True)
class Move:
    """A way to move, by whole steps from the lowest to the highest; `to` says what is supposed at a step."""

    low: int
    high: int
    to: Callable[[int], tuple[Change, ...]]


def moves(
    plan: Plan,
    frame: Frame,
    written: Sequence[str],
    read: Iterable[FactType | RecordType],
    pool: Pool,
    field: str = "",
) -> Iterator[Move]:
    """Every way to move what is read, in its order, of those written down in theirs; of entries `field` first."""
    for source in read:
        for one in _who(plan, frame, written, source.of):
            if isinstance(source, FactType):
                yield from _of_fact(plan, frame, one.id, source)
            else:
                yield from _of_register(frame, one.id, source, pool, field)
        if isinstance(source, FactType):
            yield from _of_many(plan, frame, written, source)


def places(plan: Plan, frame: Frame, subject: str, fact: FactType) -> list[Setting]:
    """Every place of a fact in the period, and where it is entered beside them, as it stands (None: blank)."""
    base = plan.scheme.period_holding(frame.period.start)
    entered = frame.values.get((subject, fact.id), {})
    windows, items = [base.text], [""]
    known = Windows(plan.catalogue, frame.calendars)
    for step in fact.for_each:
        if known.has(step):
            windows = [part.text for part in known.parts(base, step)]
        else:
            items = list(plan.catalogue.lists[step].items)
    keys = [(window, item) for window in windows for item in items]
    if fact.holds:
        last = frame.period.end.isoformat()
        held = {
            item: max((day for day, one in entered if one == item and day <= last), default=ALWAYS) for item in items
        }
        keys = [(held[item], item) for item in items]
    found = []
    for at, item in dict.fromkeys([*keys, *(() if fact.fed_from or fact.holds else entered)]):
        part = "/".join(at if known.has(step) else item for step in fact.for_each) if fact.fed_from else ""
        left = frame.fed.get((subject, fact.id), {}).get(part) if fact.fed_from else None
        fed = next(iter(left.values)) if left and len(left.values) == 1 and not left.none else None
        value = fed if fact.fed_from else entered.get((at, item))
        found.append(Setting(subject, fact.id, at, item, value, bool(fact.fed_from), fact.holds, part))
    return found


def placed(spot: Setting, value: Plain | None) -> Setting:
    """The same place with another value."""
    return replace(spot, value=value)


def others(fact: FactType, value: Plain) -> list[Plain]:
    """What else a truth or choice may be."""
    if fact.type.kind == "boolean":
        return [not value]
    return [one for one in fact.type.choices if one != value] if fact.type.kind == "choice" else []


def patterns(frame: Frame, kind: RecordType, pool: Pool) -> list[dict[str, Plain]]:
    """Entries a register may be given: those of the worked cases, else some of each kind."""
    found: list[dict[str, Plain]] = []
    for record in pool.get(kind.id, ()):
        if dict(record.fields) not in found:
            found.append(dict(record.fields))
    return (found or list(_made(frame, kind)))[:PATTERNS]


def adding(kind: RecordType, subject: str, number: int, fields: Mapping[str, Plain]) -> Adding:
    """One entry more; where entries of one kind count once each, unlike the ones before."""
    own = dict(fields)
    if kind.unique and (value := own.get(kind.unique)) is not None and not isinstance(value, bool):
        if isinstance(value, str) and kind.fields[kind.unique].kind == "text":
            own[kind.unique] = f"{value}-{number}"
        elif isinstance(value, int):
            own[kind.unique] = value + number
    return Adding(subject, kind.id, f"+{number}", own)


def _who(plan: Plan, frame: Frame, written: Sequence[str], kind: str) -> list[Subject]:
    """Who has what subjects of a type have: the first alone where that is the subject itself, else some."""
    members = plan.catalogue.members(kind)
    found = [frame.subjects[name] for name in written if frame.subjects[name].type in members]
    return found[:1] if found and found[0].id == written[0] else found[:WHO]


def _of_fact(plan: Plan, frame: Frame, subject: str, fact: FactType) -> Iterator[Move]:
    spots = places(plan, frame, subject, fact)
    if fact.type.kind == "boolean" and len(spots) > 1:
        yield Move(0, len(spots), lambda n: tuple(placed(spot, k < n) for k, spot in enumerate(spots)))
        return
    scale = _scale(fact.type, frame.period.start)
    if scale is None:
        return
    low, high, value = scale
    for spot in spots[:ALONE]:
        yield Move(low, high, partial(_alone, spot, value))
    if len(spots) > 1:
        yield Move(low, high, lambda n: tuple(placed(spot, value(n)) for spot in spots))
        for end in (low, high):  # so many of them as bad, or as good, as can be
            yield Move(0, len(spots), partial(_some, spots, value(end)))


def _of_many(plan: Plan, frame: Frame, written: Sequence[str], fact: FactType) -> Iterator[Move]:
    """A fact of several others, such as the buildings of a community: of all alike, or true of so many of them."""
    members = plan.catalogue.members(fact.of)
    others_ = [name for name in written if frame.subjects[name].type in members]
    if len(others_) < 2 or others_[0] == written[0]:
        return
    spots = [spot for name in others_ for spot in places(plan, frame, name, fact)[:1]]
    scale = _scale(fact.type, frame.period.start)
    if fact.type.kind == "boolean":
        yield Move(0, len(spots), lambda n: tuple(placed(spot, k < n) for k, spot in enumerate(spots)))
    elif scale is not None:
        low, high, value = scale
        yield Move(low, high, lambda n: tuple(placed(spot, value(n)) for spot in spots))
        for end in (low, high):
            yield Move(0, len(spots), partial(_some, spots, value(end)))


def _alone(spot: Setting, value: Callable[[int], Plain], n: int) -> tuple[Change, ...]:
    return (placed(spot, value(n)),)


def _some(spots: Sequence[Setting], value: Plain, n: int) -> tuple[Change, ...]:
    return tuple(placed(spot, value) for spot in spots[:n])


def _scale(kind: ValueType, start: date) -> tuple[int, int, Callable[[int], Plain]] | None:
    """The lowest and highest step of an ordered type, and the value at a step."""
    if kind.kind in ("number", "integer"):
        if kind.one_of:
            few = sorted(kind.one_of)
            return 0, len(few) - 1, lambda n: _plain(few[n])
        step = Fraction(1) if kind.kind == "integer" else FINEST
        low = Fraction(-UNBOUNDED if kind.minimum is None else kind.minimum)
        high = Fraction(UNBOUNDED if kind.maximum is None else kind.maximum)
        return -int(-low // step), int(high // step), lambda n: _plain(n * step)
    if kind.kind == "date":
        first, last = start.toordinal() - YEARS_BEFORE * 366, start.toordinal() + YEARS_AFTER * 366
        return first, last + kind.never, lambda n: NEVER if n > last else date.fromordinal(n)
    if kind.kind == "time":
        return 0, 24 * 60 - 1, lambda n: time_at(60 * n)
    return None


def _of_register(frame: Frame, subject: str, kind: RecordType, pool: Pool, field: str) -> Iterator[Move]:
    there = frame.records.get((subject, kind.id), ())
    known = patterns(frame, kind, pool)
    fields = [name for name in kind.fields if name == field] or list(kind.fields)
    moved = [_entry_moved(frame, subject, kind, there, name, known) for name in fields]
    counted = [_entries(subject, kind, there, pattern) for pattern in known]
    for ways in (moved, [counted]) if field in kind.fields else ([counted], moved):
        for some in ways:
            yield from some


def _entries(subject: str, kind: RecordType, there: tuple[Record, ...], pattern: Mapping[str, Plain]) -> Move:
    """So many entries of a pattern more, or so many of those there are fewer."""

    def to(n: int) -> tuple[Change, ...]:
        if n < 0:
            return tuple(Removing(subject, kind.id, one.no) for one in there[n:])
        return tuple(adding(kind, subject, number, pattern) for number in range(1, n + 1))

    return Move(-len(there), MOST_ENTRIES, to)


def _entry_moved(
    frame: Frame,
    subject: str,
    kind: RecordType,
    there: tuple[Record, ...],
    name: str,
    known: Sequence[dict[str, Plain]],
) -> Iterator[Move]:
    """One field of an entry moved: of the first there is, and of one put in its place (or added)."""
    scale = _scale(kind.fields[name], frame.period.start)
    if scale is None:
        return
    low, high, value = scale
    if name in kind.placed_by:  # outside of the period it would be nobody's
        low, high = frame.period.start.toordinal(), frame.period.end.toordinal()
    gone = (Removing(subject, kind.id, there[0].no),) if there else ()
    for pattern in [*(dict(one.fields) for one in there[:1]), *known][:PATTERNS]:

        def to(n: int, pattern: Mapping[str, Plain] = pattern) -> tuple[Change, ...]:
            return (*gone, Adding(subject, kind.id, "+1", {**pattern, name: value(n)}))

        yield Move(low, high, to)


def _made(frame: Frame, kind: RecordType) -> Iterator[dict[str, Plain]]:
    """Entries of a register of which no case has any: with every truth yes and no, and each choice once."""
    day = frame.period.start + timedelta(days=min(30, (frame.period.end - frame.period.start).days))
    plain: dict[str, Plain] = {}
    for name, declared in kind.fields.items():
        if declared.kind == "date":
            plain[name] = day
        elif declared.kind in ("number", "integer"):
            most = declared.one_of[-1] if declared.one_of else declared.maximum
            plain[name] = _plain(Fraction(1 if most is None else most))
        elif declared.kind == "choice" and declared.choices:
            plain[name] = declared.choices[0]
        elif declared.kind == "text":
            plain[name] = name
    truths = [name for name, declared in kind.fields.items() if declared.kind == "boolean"]
    for truth in (True, False) if truths else (True,):
        yield plain | dict.fromkeys(truths, truth)
    for name, declared in kind.fields.items():
        yield from (plain | dict.fromkeys(truths, True) | {name: choice} for choice in declared.choices[1:])


def _plain(number: Fraction) -> int | Fraction:
    return number.numerator if number.denominator == 1 else number
