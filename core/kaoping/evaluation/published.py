"""What was published earlier, as values: results of other periods, windows that stay as they were, the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from kaoping.evaluation import values as sets
from kaoping.evaluation.entered import fed_value
from kaoping.evaluation.values import FIRST_DAY, MAYBE, NEVER_DAY, NO_VALUE, Range, Value
from kaoping.facts.frame import Earlier, Remaining, Standing
from kaoping.facts.periods import Period
from kaoping.facts.types import ValueType
from kaoping.scheme.passages import EARLIER
from kaoping.scheme.typed import Collection, Type

if TYPE_CHECKING:
    from kaoping.evaluation.context import Context
    from kaoping.evaluation.reference import Machine


@dataclass(frozen=True)
class EarlierPart:
    """An earlier result of a subject, as a member of a passage."""

    machine: Machine
    earlier: Earlier

    @property
    def id(self) -> str:
        """The period."""
        return self.earlier.period

    @property
    def day(self) -> date:
        """The last day of its period, by which results stand in order."""
        return self.earlier.end

    def value(self, name: str, kind: Type) -> Value:
        """What was published; what had no value then has none."""
        if name == "period_end":
            return self.earlier.end.toordinal()
        return left(self.earlier.values.get(name), kind)


@dataclass(frozen=True)
class EntryPart:
    """An entry of a subject's ledger, as a member of a passage."""

    entry: Standing

    @property
    def id(self) -> str:
        """Its number."""
        return self.entry.id

    @property
    def day(self) -> date:
        """The day it started."""
        return self.entry.started_on

    def value(self, name: str, _: Type) -> Value:
        """A field of the entry."""
        found = getattr(self.entry, name)
        if name == "ended_on" and found is None:
            return NEVER_DAY
        return found.toordinal() if isinstance(found, date) else found


def wide_of(kind: Type) -> Value:
    """Everything a value of this type may be, whatever was declared when it was published."""
    if kind.kind == "choice" and kind.choices is not None:
        return sets.choices_of(kind.choices)
    if kind.kind == "date":
        return Range(FIRST_DAY, NEVER_DAY)
    if kind.kind == "boolean":
        return MAYBE
    return Range(None, None) if kind.kind in ("number", "time") else sets.ANY_TEXT


def left(remaining: Remaining | None, kind: Type) -> Value:
    """What a published result leaves possible of a value; none where it had no such part."""
    return NO_VALUE if remaining is None else fed_value(remaining, ValueType(kind.kind), wide_of(kind))


def part_members(
    machine: Machine, collection: Collection, context: Context, span: tuple[date, date]
) -> Iterator[Context]:
    """The earlier results, or the entries, of a subject whose day lies within the span."""
    subject, (start, end) = context.subjects[collection.of] or "", span
    frame = machine.frame
    parts: list[EarlierPart] | list[EntryPart] = (
        [EarlierPart(machine, one) for one in frame.earlier.get(subject, ())]
        if collection.kind == EARLIER
        else [EntryPart(one) for one in frame.entries.get(subject, ())]
    )
    return (context.of_part(collection.name, part) for part in parts if start <= part.day <= end)


def published_then(machine: Machine, subject: str | None, name: str, period: Period | None, kind: Type) -> Value:
    """A part of the result published for another period; none where none was."""
    for earlier in machine.frame.earlier.get(subject or "", ()):
        if period is not None and earlier.period == period.text:
            return left(earlier.values.get(name), kind)
    return NO_VALUE
