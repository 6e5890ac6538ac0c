"""Criteria judged and counted: outcomes, the points they earn, and the criteria as a collection to pass through.

A criterion that surely does not apply is none of them; one of which that is open may or may not be there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

from kaoping.evaluation import values as sets
from kaoping.evaluation.plan import Section, TypedCriterion
from kaoping.evaluation.values import MAYBE, NO_VALUE, Range, Value, ends, hull, present, truth
from kaoping.scheme.model import SEVERITIES
from kaoping.scheme.typed import Collection, Type

if TYPE_CHECKING:
    from kaoping.evaluation.context import Context, Member
    from kaoping.evaluation.reference import Machine


@dataclass(frozen=True)
class Judged:
    """One criterion in one of its windows or items.

    Attributes:
        context: where its expressions stand.
        applies, holds: does it apply (true or undecided), and does what it requires hold.
        outcome: met or not, undecided, or None where it does not apply.
    """

    machine: Machine
    criterion: TypedCriterion
    at: str
    context: Context
    applies: Value
    holds: Value

    @property
    def outcome(self) -> Value:
        """Met, not met, undecided; None where it does not apply."""
        if self.applies is False:
            return None
        return self.holds if self.applies is True or self.holds is True else MAYBE

    @property
    def id(self) -> str:
        """Its name, with the window or item."""
        return f"{self.criterion.rule.id}@{self.at}" if self.at else self.criterion.rule.id

    @property
    def day(self) -> None:
        """Criteria are in no order of days."""

    def full_points(self) -> Value:
        """What it can earn; 0 where it gives no points."""
        worth = self.criterion.points
        return 0 if worth is None else _amount(self.machine.closure(worth)(self.context))

    def points(self) -> Value:
        """What it earns: all when met, or what is said to be earned, between nothing and all."""
        most = self.full_points()
        if self.criterion.earns is None:
            return most if self.holds is True else 0 if self.holds is False else hull(0, most)
        earned = _amount(self.machine.closure(self.criterion.earns)(self.context))
        return sets.greatest((sets.least((earned, most)), 0))

    def earned(self) -> Value:
        """What it earns, nothing while it may not apply included."""
        return self.points() if self.applies is True else hull(0, self.points())

    def value(self, name: str, _: Type) -> Value:
        """A field of the criterion, for a passage through criteria."""
        if name == "met":
            return self.holds
        if name in ("points", "full_points"):
            return self.points() if name == "points" else self.full_points()
        return self.criterion.rule.group if name == "group" else self.criterion.rule.severity


class AnyCriterion:
    """Some criterion of a section, nobody knows which: what may be asked of any of them."""

    id = ""
    day = None

    def __init__(self, machine: Machine, section: Section) -> None:
        self.machine = machine
        self.section = section

    def value(self, name: str, _: Type) -> Value:
        """Everything a field may be."""
        if name == "met":
            return MAYBE
        if name in ("points", "full_points"):
            most = [one.full_points() for one in _all(self.machine, self.section, None)]
            return hull(0, reduce(hull, most, 0))
        rules = [criterion.rule for criterion in self.section.criteria]
        return sets.choices_of([rule.group for rule in rules] if name == "group" else SEVERITIES)


def _amount(value: Value) -> Value:
    """Points as an amount: what has no value is none of them."""
    if value is NO_VALUE:
        return 0
    return value if value is present(value) else hull(0, present(value))


def judge(machine: Machine, criterion: TypedCriterion, home: Context) -> Iterator[Judged]:
    """The criterion in each window and item it is for."""
    require = machine.closure(criterion.require)
    applies = machine.closure(criterion.applies) if criterion.applies else None
    for at, context in machine.instances(criterion.rule.for_each, home):
        wanted = True if applies is None else truth(applies(context))
        holds = MAYBE if wanted is False else truth(require(context))
        yield Judged(machine, criterion, at, context, wanted, holds)


def criteria_members(machine: Machine, collection: Collection, context: Context) -> list[Member]:
    """The criteria of a subject in sight, as members of a passage."""
    section = machine.plan.section(collection.to)
    found = _all(machine, section, context.subjects[collection.of])
    return [(context.of_part(collection.name, one), one.applies is True) for one in found if one.applies is not False]


def all_points(machine: Machine, section: Section, subject: str | None) -> Value:
    """What all criteria of a subject earn together."""
    total: Value = 0
    for one in _all(machine, section, subject):
        if one.criterion.points is not None and one.applies is not False:
            total = sets.add(total, one.earned())
    return total


def most_points(machine: Machine, section: Section) -> Value:
    """Everything that criteria may earn together, of a subject of whom nothing is known."""
    most = [ends(one.full_points())[1] for one in _all(machine, section, None)]
    return Range(0, None if None in most else sum(number for number in most if number is not None))


def _all(machine: Machine, section: Section, subject: str | None) -> Iterator[Judged]:
    """Every criterion in every window; of a part period only those of its own windows."""
    part = machine.period.kind != machine.plan.scheme.period
    for criterion in section.criteria:
        if not part or machine.windows.some(criterion.rule.for_each):
            yield from machine.judged(criterion, section.type, subject)
