"""Who hangs by a thread: the subjects whose grade a very small change of one entered number would turn.

Every number is moved up and down by the smallest step and by as much as counts as small; where the grade turns, the
smallest change that turns it is looked for by halves, and what is reported was evaluated as it stands. A rule that
turns twice within so small a change is not seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from kaoping.evaluation.cohort import Cohort
from kaoping.evaluation.grading import Grader
from kaoping.evaluation.graph import dependencies
from kaoping.evaluation.plan import Plan, Section, section_trees
from kaoping.evaluation.reference import Machine
from kaoping.evaluation.run import Evaluation
from kaoping.evaluation.values import NUMBERS, Number
from kaoping.evaluation.windows import Windows
from kaoping.facts.frame import Frame, Plain
from kaoping.facts.types import FactType

PERCENT = Fraction(1)
FINEST = Fraction(1, 100)
Address = tuple[str, str, str]
"""A fact, the period, window or day it is of, and its item."""
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Flip:
    """The smallest change of one number that turns a grade.

    Attributes:
        value, becomes: the number as entered, and the nearest one with another grade.
        change: by how much they differ; `share`: in hundredths of the fact's range (of the number itself where the
            fact has no range).
        grade, to: the grade now, and those possible then.
        ranged: has the fact a range?
    """

    subject: str
    title: str
    fact: str
    at: str
    item: str
    value: Number
    becomes: Number
    change: Number
    share: Number
    grade: str
    to: tuple[str, ...]
    ranged: bool


@dataclass(frozen=True)
class Fragility:
    """What was found: the flips, whoever hangs by the thinnest thread first, and how much was looked at."""

    flips: tuple[Flip, ...]
    subjects: int
    undecided: int
    numbers: int


def fragility(plan: Plan, frame: Frame, percent: Number = PERCENT, progress: Progress | None = None) -> Fragility:
    """The subjects of a scheme whose grade a change under `percent` of a fact's range would turn."""
    search = _Search(plan, frame, Fraction(percent))
    flips: list[Flip] = []
    addresses = search.addresses()
    numbers = 0
    for done, address in enumerate(addresses):
        if progress:
            progress(done, len(addresses))
        numbers += len(search.holders(address))
        flips += search.flips(address)
    best: dict[tuple[str, str, str, str], Flip] = {}
    for flip in sorted(flips, key=lambda one: (one.share, one.subject, one.fact, one.at, one.item, one.becomes)):
        best.setdefault((flip.subject, flip.fact, flip.at, flip.item), flip)
    thinnest = {flip.subject: flip.share for flip in reversed(best.values())}
    found = tuple(sorted(best.values(), key=lambda one: (thinnest[one.subject], one.subject, one.share)))
    return Fragility(found, len(search.graded), search.undecided, numbers)


class _Search:
    def __init__(self, plan: Plan, frame: Frame, percent: Fraction) -> None:
        self.plan = plan
        self.frame = frame
        self.percent = percent
        self.section: Section = plan.main
        base = Evaluation(plan, frame)
        subjects = base.subjects(self.section)
        merit = self.section.grade.merit if self.section.grade else ()
        self.titles = {one.id: one.title for one in subjects}
        found = {one.id: base.grader.grading(self.section.type, one.id).final for one in subjects}
        self.graded = {
            name: next(iter(final)) for name, final in found.items() if len(final) == 1 and final <= {*merit}
        }
        self.undecided = sum(len(final) > 1 for final in found.values())
        self.apart = _stand_apart(plan)

    def fact(self, name: str) -> FactType | None:
        """The fact of this name, where it is an entered number of the subjects assessed."""
        fact = self.plan.catalogue.fact(self.section.type, name)
        numeric = fact is not None and fact.type.kind in ("number", "integer") and not fact.type.one_of
        return fact if fact and numeric and not fact.fed_from else None

    def addresses(self) -> list[Address]:
        """Every place of a number that is of the period: each window and item, and what holds on its last day."""
        base = self.plan.scheme.period_holding(self.frame.period.start)
        found: dict[Address, None] = {}
        known = Windows(self.plan.catalogue, self.frame.calendars)
        for subject, name in self.frame.values:
            fact = self.fact(name)
            if fact is None or subject not in self.graded or name not in self.plan.scheme.facts:
                continue
            windows = {base.text}
            for step in fact.for_each:
                windows = {part.text for part in known.parts(base, step)} if known.has(step) else windows
            for at, item in self.frame.values[subject, name]:
                if fact.holds or at in windows:
                    found[name, "" if fact.holds else at, item] = None
        return sorted(found)

    def holders(self, address: Address) -> dict[str, tuple[str, Number]]:
        """Who has an entered number there: subject to the key it stands under and the number."""
        name, at, item = address
        last = self.frame.period.end.isoformat()
        found: dict[str, tuple[str, Number]] = {}
        for subject in self.graded:
            entered = self.frame.values.get((subject, name), {})
            key = at or max((day for day, one in entered if one == item and day <= last), default="")
            value = entered.get((key, item))
            if value.__class__ in NUMBERS:
                found[subject] = (key, value)  # type: ignore[assignment]  # a number, as just seen
        return found

    def flips(self, address: Address) -> Iterator[Flip]:
        """Everybody whose grade a small change of this number turns."""
        name, _, item = address
        fact = self.fact(name)
        assert fact is not None
        threads = [
            thread
            for subject, (key, value) in self.holders(address).items()
            for thread in self.threads(fact, subject, (key, item), value)
        ]
        for sign in (1, -1):
            some = [thread for thread in threads if thread.sign == sign]
            near = dict(self.turned((thread, 1) for thread in some))
            far = dict(self.turned((thread, thread.most) for thread in some if thread not in near))
            for thread in some:
                if thread in near:
                    yield self.flip(fact, thread, 1, near[thread])
                elif thread in far:
                    yield self.flip(fact, thread, *self.halved(thread, far[thread]))

    def threads(self, fact: FactType, subject: str, key: tuple[str, str], value: Number) -> Iterator[Thread]:
        """The ways up and down from a number, as far as they go."""
        low, high = fact.type.minimum, fact.type.maximum
        whole = Fraction(high - low) if low is not None and high is not None else abs(Fraction(value))
        step = Fraction(1) if fact.type.kind == "integer" else min(FINEST, Fraction(1, Fraction(value).denominator))
        for sign, end in ((1, high), (-1, low)):
            reach = whole * self.percent / 100
            room = reach if end is None else min(reach, abs(end - value))
            if room >= step:
                yield Thread(subject, fact.id, key, value, sign, step, int(room // step), whole)

    def turned(self, asked: Iterable[tuple[Thread, int]]) -> Iterator[tuple[Thread, frozenset[str]]]:
        """Of the threads those whose grade is another after so many steps, with the grades then possible."""
        chosen = list(asked)
        if self.apart:  # nobody's grade looks at anybody else: all are moved at once
            grader = self.grader(dict(chosen))
            found = [(thread, grader.grading(self.section.type, thread.subject).final) for thread, _ in chosen]
        else:
            found = [(thread, self.after(thread, count)) for thread, count in chosen]
        yield from ((thread, final) for thread, final in found if final != {self.graded[thread.subject]})

    def after(self, thread: Thread, count: int) -> frozenset[str]:
        """The grades possible after so many steps, everything else as it is."""
        return self.grader({thread: count}).grading(self.section.type, thread.subject).final

    def grader(self, moved: Mapping[Thread, int]) -> Grader:
        values: dict[tuple[str, str], Mapping[tuple[str, str], Plain]] = dict(self.frame.values)
        for thread, count in moved.items():
            place = (thread.subject, thread.fact)
            values[place] = {**self.frame.values[place], thread.key: thread.after(count)}
        machine = Machine(self.plan, replace(self.frame, values=values))
        grader = Grader(self.plan, machine)
        Cohort(self.plan, machine)
        return grader

    def halved(self, thread: Thread, final: frozenset[str]) -> tuple[int, frozenset[str]]:
        """The fewest steps that turn the grade, between one that do not and all that do."""
        stays, turns = 1, thread.most
        while turns - stays > 1:
            middle = (stays + turns) // 2
            found = self.after(thread, middle)
            if found == {self.graded[thread.subject]}:
                stays = middle
            else:
                turns, final = middle, found
        return turns, final

    def flip(self, fact: FactType, thread: Thread, count: int, to: frozenset[str]) -> Flip:
        change = count * thread.step
        order = tuple(grade for grade in self.plan.world.grades[self.section.type] if grade in to)
        return Flip(
            subject=thread.subject,
            title=self.titles[thread.subject],
            fact=fact.id,
            at="" if fact.holds else thread.key[0],
            item=thread.key[1],
            value=thread.value,
            becomes=thread.after(count),
            change=_plain(change),
            share=_plain(100 * change / thread.whole) if thread.whole else 100,
            grade=self.graded[thread.subject],
            to=order,
            ranged=None not in (fact.type.minimum, fact.type.maximum),
        )


@dataclass(frozen=True)
class Thread:
    """A number and a way to move it: `most` steps of a size, up (1) or down (-1)."""

    subject: str
    fact: str
    key: tuple[str, str]
    value: Number
    sign: int
    step: Fraction
    most: int
    whole: Fraction

    def after(self, count: int) -> Number:
        """The number after so many steps."""
        return _plain(self.value + self.sign * count * self.step)


def _stand_apart(plan: Plan) -> bool:
    """Does nobody's grade read places among all, or anything of another subject assessed?"""
    graph = dependencies(plan)
    seen: set[tuple[str, str]] = set()
    waiting = [(plan.main.type, "grade")]
    while waiting:
        node = waiting.pop()
        if node not in seen:
            seen.add(node)
            waiting += graph.get(node, ())
    if any(name in plan.cohort for _, name in seen):
        return False
    assessed = {*plan.catalogue.members(plan.main.type), *plan.catalogue.families(plan.main.type)}
    trees = [tree for key, measure in plan.measures.items() if key in seen for tree in measure.parts()]
    trees += section_trees(plan.main)
    passed = [node.collection for tree in trees for node in tree.walk() if node.collection]
    return not any(one.kind == "relation" and one.to in assessed for one in passed)


def _plain(number: Number) -> Number:
    return number.numerator if number.denominator == 1 else number
