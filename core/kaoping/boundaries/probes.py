"""One subject on each side of a line, and on it: what is found when one fact is moved until the line is crossed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from kaoping.boundaries.base import Base
from kaoping.boundaries.edges import POSITIONS, Edge, Key, hangs_on, sources
from kaoping.boundaries.moves import Move, Pool, moves
from kaoping.errors import KaopingError, Place
from kaoping.evaluation.cohort import Cohort
from kaoping.evaluation.grading import Grader
from kaoping.evaluation.plan import Plan
from kaoping.evaluation.reference import Machine
from kaoping.evaluation.run import shown
from kaoping.insight.suppose import Change, suppose

MOST_MOVES = 12
MOST_STEPS = 60


@dataclass(frozen=True)
class Probe:
    """The base with as little changed as puts it there.

    Attributes:
        kind: ``edge`` · ``other`` (another truth or choice) · ``veto`` · ``vetoes`` (all together) · ``blank``.
        of, rule, place: the kind of rule it is about, the rule, and where the line is written.
        position: of an edge ``below`` · ``on`` · ``above``; `value` and `limit` as results show them.
    """

    kind: str
    of: str
    rule: str
    place: Place | None
    base: Base
    changes: tuple[Change, ...]
    position: str = ""
    value: Any = None
    limit: Any = None


@dataclass(frozen=True)
class Unreached:
    """A line, veto or side of a line to which no change was found; `why` is what it hangs on that was not moved."""

    kind: str
    of: str
    rule: str
    place: Place
    positions: tuple[str, ...] = ()
    why: str = ""


def machine_of(plan: Plan, base: Base, changes: Sequence[Change]) -> tuple[Machine, Grader]:
    """The base with changes made, ready to be asked."""
    frame = suppose(base.evaluation.frame, changes)
    machine = Machine(plan, frame, base.evaluation.machine.changed)
    grader = Grader(plan, machine)
    Cohort(plan, machine)
    return machine, grader


def beside(
    plan: Plan, base: Base, edge: Edge, pool: Pool, wanted: tuple[str, ...] = POSITIONS
) -> tuple[list[Probe], Unreached | None]:
    """The base just below a line, on it and just above it, by the first way to move that gets to most of them.

    Of a line that hangs on the period alone nothing is said, nor of a side (not `wanted`) where no number can be.
    """
    read = sources(plan, edge)
    if not read:
        return [], None
    best: dict[str, tuple[Key, tuple[Change, ...]]] = {}
    whole = False
    field = next((side.data[0] for side in (edge.number, edge.limit) if side.op == "field"), "")
    ways = moves(plan, base.evaluation.frame, base.written, read, pool, field)
    for count, move in enumerate(ways):
        if count == MOST_MOVES or whole:
            break
        found, whole = _Crossing(plan, base, edge, move).positions()
        if len(found) > len(best):
            best = found
        whole = whole or all(position in best for position in wanted)
    probes = []
    for position in POSITIONS:
        if position in best:
            key, changes = best[position]
            machine, _ = machine_of(plan, base, changes)
            value, limit = (shown(one, edge.number.type.kind) for one in edge.at(machine, base.subject, key))
            probes.append(Probe("edge", edge.kind, edge.rule, edge.place, base, changes, position, value, limit))
    missing = tuple(position for position in wanted if position not in best)
    if not missing or whole:
        return probes, None
    left = Unreached("edge", edge.kind, edge.rule, edge.place, missing, hangs_on(plan, edge))
    return probes, left


def elsewhere(plan: Plan, other: Base, edge: Edge, pool: Pool, left: Unreached) -> tuple[list[Probe], Unreached | None]:
    """What somebody else gets to of a line that is left, and what is left then."""
    probes, _ = beside(plan, other, edge, pool, left.positions)
    gained = [probe for probe in probes if probe.position in left.positions]
    missing = tuple(position for position in left.positions if position not in {probe.position for probe in gained})
    return gained, replace(left, positions=missing) if missing else None


def shown_by(left: Unreached, edge: Edge, known: Sequence[Base]) -> Unreached:
    """What is left of a line, with whether worked cases stand there already."""
    there: set[str] = set()
    for one in known:
        distances = edge.distances(one.evaluation.machine, one.subject)
        there |= {POSITIONS[_sign(distance) + 1] for distance in distances.values()}
    return replace(left, why="shown") if there >= set(left.positions) else left


class _Crossing:
    """Where a line is crossed on a way."""

    def __init__(self, plan: Plan, base: Base, edge: Edge, move: Move) -> None:
        self.plan = plan
        self.base = base
        self.edge = edge
        self.move = move
        self.known: dict[int, dict[Key, Fraction]] = {}

    def all(self, step: int) -> dict[Key, Fraction]:
        """How far above the limit the number is at a step, at each place."""
        if step not in self.known:
            machine, _ = machine_of(self.plan, self.base, self.move.to(step))
            try:
                self.known[step] = self.edge.distances(machine, self.base.subject)
            except KaopingError:  # such as no whole number of months
                self.known[step] = {}
        return self.known[step]

    def positions(self) -> tuple[dict[str, tuple[Key, tuple[Change, ...]]], bool]:
        """Each position that is there with the changes that lead to it; is there no more on this way?"""
        low, high = self.move.low, self.move.high
        before, after = self.all(low), self.all(high)
        keys = [key for key in before if key in after and _sign(before[key]) != _sign(after[key])]
        if not keys:
            keys = [key for key in after if key not in before]  # an entry that is there only further up
            for key in keys:
                first = self.first(lambda step, key=key: key in self.all(step))  # type: ignore[misc]  # as it is now
                if _sign(self.all(first)[key]) != _sign(after[key]):
                    return self.along(key, first, high)
            return {}, False
        return self.along(keys[0], low, high)

    def along(self, key: Key, low: int, high: int) -> tuple[dict[str, tuple[Key, tuple[Change, ...]]], bool]:
        """The steps around the line, between one that lies on one side of it and one on another."""
        start, end = _sign(self.all(low)[key]), _sign(self.all(high)[key])
        rising = start < end

        def reached(step: int) -> bool:
            distance = self.all(step).get(key)
            return distance is not None and (distance >= 0 if rising else distance <= 0)

        def passed(step: int) -> bool:
            distance = self.all(step).get(key)
            return distance is not None and (distance > 0 if rising else distance < 0)

        found: dict[int, int] = {}
        if start:
            first = self.narrowed(key, reached, low, high)
            found[start] = first - 1
            if self.all(first).get(key) == 0:
                found[0] = first
        else:
            first = low
        if end:
            beyond = first if passed(first) else self.narrowed(key, passed, first, high)
            found[end] = beyond
            if self.all(beyond - 1).get(key) == 0:
                found.setdefault(0, beyond - 1)
        elif not start:
            found[0] = low
        else:
            found.setdefault(0, high)
        named = {POSITIONS[sign + 1]: (key, self.move.to(step)) for sign, step in found.items()}
        return named, len(named) == len(POSITIONS) or (0 in (start, end) and 0 in found)

    def narrowed(self, key: Key, beyond: Callable[[int], bool], low: int, high: int) -> int:
        """The first step beyond, between one that is not and one that is: by a straight line and by halves in turn."""
        straight = True
        for _ in range(MOST_STEPS):
            if high - low <= 1:
                break
            middle = (low + high) // 2
            one, other = self.all(low).get(key), self.all(high).get(key)
            if straight and one is not None and other is not None and one != other:
                guess = low + int(-one * (high - low) / (other - one))
                middle = min(max(guess, low + 1), high - 1)
                for near in (middle, middle + 1, middle - 1):  # mostly the line is right there
                    if low < near < high:
                        low, high = (low, near) if beyond(near) else (near, high)
            else:
                low, high = (low, middle) if beyond(middle) else (middle, high)
            straight = not straight
        return high

    def first(self, there: Callable[[int], bool]) -> int:
        """The first step at which something is there that is there at the last."""
        low, high = self.move.low, self.move.high
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if there(middle) else (middle, high)
        return high


def _sign(distance: Fraction) -> int:
    return (distance > 0) - (distance < 0)
