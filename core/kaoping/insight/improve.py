"""The cheapest way to a grade: what may move, what stands against it; every proposal is evaluated before it is made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from kaoping.evaluation.plan import Section
from kaoping.evaluation.run import Evaluation
from kaoping.facts.frame import Frame, Plain
from kaoping.facts.types import FactType
from kaoping.insight.compare import moved
from kaoping.insight.proving import Address, Every, Graded, Move, Number, Proposal, Prover, Question, Sure, Wish
from kaoping.insight.suppose import Setting, suppose
from kaoping.scheme import expressions as tree
from kaoping.scheme.model import Expr
from kaoping.scheme.prose import Words
from kaoping.scheme.typed import Typed

FINEST = Fraction(1, 100)


@dataclass(frozen=True)
class Terms:
    """What whoever asks says of a fact.

    Attributes:
        costs: of a unit, by fact or ``fact@place``; what is not named costs what the scheme says, else 1.
        fixed: what may not move.
        limits: how far it may go, both ends.
        only: nothing else moves, where it is given.
    """

    costs: Mapping[str, Number]
    fixed: frozenset[str]
    limits: Mapping[str, tuple[Number | None, Number | None]]
    only: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Way:
    """A proposal that was evaluated: what it moves, and the result it gives."""

    proposal: Proposal
    grade: str
    moved: Mapping[str, Any]


@dataclass(frozen=True)
class Hindrance:
    """A rule that no move can satisfy: kind ``gate`` · ``condition`` · ``veto``, its id, and what it asks in words."""

    kind: str
    id: str
    words: str


@dataclass(frozen=True)
class Improvement:
    """What was found.

    Attributes:
        status: ``there`` (the grade is as good already) · ``found`` · ``none`` · ``open``.
        ways: the cheapest first, each leaving one of the facts of those before it as they are.
        against: of ``none`` what forbids it; empty where only rules together do.
        why: of ``open`` why it is not decided.
    """

    status: str
    grade: str | None
    moves: tuple[Move, ...]
    ways: tuple[Way, ...] = ()
    against: tuple[Hindrance, ...] = ()
    why: str = ""


def settled(frame: Frame) -> Frame:
    """The frame as if its period ended as things stand: entry closed, every register complete."""
    period = frame.period
    kinds = {kind for _, kind in frame.records} | {kind for _, kind in frame.complete_through}
    complete = dict.fromkeys(((subject, kind) for subject in frame.subjects for kind in kinds), period.end)
    return replace(
        frame,
        today=max(frame.today, period.end),
        closed=frame.closed | {period.text},
        complete_through={**frame.complete_through, **complete},
    )


def moves_of(evaluation: Evaluation, section: Section, subject: str, terms: Terms) -> list[Move]:
    """The entered numbers and truths of the subject that may move, on the grid of what may be entered.

    A fact of which the scheme says which way is better moves that way only; what holds until changed moves only when
    it is named. A blank moves where the grade waits for it, or when it is given a limit or named as the only one; it
    is reckoned from its worst value.
    """
    machine = evaluation.machine
    grading = evaluation.grader.grading(section.type, subject)
    missing = evaluation.missing(section, subject, grading, evaluation.score(section, subject))
    waited_for = {(one.fact, one.at) for one in missing if one.subject == subject}
    families = evaluation.plan.catalogue.families(section.type)
    found = []
    for (of, name), fact in sorted(evaluation.plan.catalogue.facts.items()):
        if of not in families or name not in evaluation.plan.scheme.facts or fact.fed_from:
            continue
        if fact.type.kind not in ("number", "integer", "boolean") or fact.type.one_of:
            continue
        for at, context in machine.instances(fact.for_each, evaluation.context(section, subject)):
            names = (name, f"{name}@{at.replace('/', '@')}") if at else (name,)
            if _stays(fact, names, terms):
                continue
            windows, items = machine.windows.parted(fact.for_each, context.at)
            window, item = (windows[0] if windows else machine.base.text), "".join(items)
            window = machine.period.start.isoformat() if fact.holds else window
            entered = machine.frame.values.get((subject, name), {})
            days = [day for day, one in entered if one == item and day <= machine.period.end.isoformat()]
            value = entered.get((max(days, default="") if fact.holds else window, item))
            named = {*terms.limits, *terms.only} & {*names}
            if value is None and not named and not any(waiting == name for waiting, _ in waited_for):
                continue
            if move := _move(fact, (subject, name, window, item), value, names, terms):
                found.append(move)
    return found


def _stays(fact: FactType, names: Sequence[str], terms: Terms) -> bool:
    named = {*terms.costs, *terms.limits, *terms.only}
    if terms.fixed & {*names} or (terms.only and not terms.only & {*names}):
        return True
    return (fact.fixed or fact.holds) and not named & {*names}


def _move(fact: FactType, address: Address, value: Plain | None, names: Sequence[str], terms: Terms) -> Move | None:
    truth = fact.type.kind == "boolean"
    low, high = (Fraction(0), Fraction(1)) if truth else (fact.type.minimum, fact.type.maximum)
    for name in names:
        least, most = terms.limits.get(name, (None, None))
        low = low if least is None else Fraction(least) if low is None else max(low, Fraction(least))
        high = high if most is None else Fraction(most) if high is None else min(high, Fraction(most))
    worst = high if fact.better == "lower" else low
    start = Fraction(value) if isinstance(value, bool | int | Fraction) else worst
    if start is None:
        return None
    low, high = _around(start, low, high)
    if fact.better == "higher":
        low = start
    elif fact.better == "lower":
        high = start
    cost = next((terms.costs[name] for name in reversed(names) if name in terms.costs), None)
    step = Fraction(1) if fact.type.kind != "number" else min(FINEST, Fraction(1, start.denominator))
    low, high = start - (start - low) // step * step, start + (high - start) // step * step
    if high <= low and value is not None:
        return None
    price = cost if cost is not None else fact.cost if fact.cost is not None else 1
    return Move(address, fact.type.kind, _plain(start), low, high, step, price, blank=value is None)


def _around(start: Fraction, low: Fraction | None, high: Fraction | None) -> tuple[Fraction, Fraction]:
    """Ends for a number that has none: so far that no rule looks further."""
    far = 10**6
    return min(start, start - far if low is None else low), max(start, start + far if high is None else high)


def improve(
    prover: Prover,
    evaluation: Evaluation,
    section: Section,
    subject: str,
    target: str,
    moves: Sequence[Move],
    words: Words,
    *,
    alternatives: int = 3,
    seconds: int = 10,
) -> Improvement:
    """The cheapest ways to a grade or a better one; `evaluation` is of a settled frame."""
    rules = section.grade
    assert rules is not None
    goal = frozenset(rules.merit[: rules.merit.index(target) + 1])
    grading = evaluation.grader.grading(section.type, subject)
    grade = next(iter(grading.final)) if len(grading.final) == 1 else None
    if grade in goal:
        return Improvement("there", grade, tuple(moves))
    ways: list[Way] = []
    barred: list[frozenset[Address]] = []
    status, why = "none", ""
    for _ in range(max(1, alternatives)):
        status, proposal, why = prover.cheapest(
            Question(evaluation, section, subject, Graded(goal), tuple(moves), tuple(barred), seconds)
        )
        if status != "found" or proposal is None:
            break
        way = _tried(evaluation, section, subject, proposal, moves)
        if way is None or way.grade not in goal:
            return Improvement("open", grade, tuple(moves), tuple(ways), why="reference")
        ways.append(way)
        barred.append(frozenset(proposal.values))
    if ways:
        return Improvement("found", grade, tuple(moves), tuple(ways))
    if status == "open":
        return Improvement("open", grade, tuple(moves), why=why)
    search = _Against(prover, evaluation, section, subject, list(moves), words, seconds)
    return Improvement("none", grade, tuple(moves), against=tuple(search.found(goal)))


def _tried(
    evaluation: Evaluation, section: Section, subject: str, proposal: Proposal, moves: Sequence[Move]
) -> Way | None:
    """The proposal evaluated by the reference engine, everything else as it is."""
    kinds = {move.address: move.kind for move in moves}
    facts = {name: fact for (_, name), fact in evaluation.plan.catalogue.facts.items()}
    changes = [
        Setting(
            key[0],
            key[1],
            key[2],
            key[3],
            bool(value) if kinds[key] == "boolean" else value,
            False,
            facts[key[1]].holds,
        )
        for key, value in proposal.values.items()
    ]
    blank = [move for move in moves if move.blank and move.address not in proposal.values]
    changes += [
        Setting(
            *move.address,
            bool(move.value) if move.kind == "boolean" else move.value,
            False,
            facts[move.address[1]].holds,
        )
        for move in blank
    ]
    after = Evaluation(evaluation.plan, suppose(evaluation.frame, changes), evaluation.machine.changed)
    own = next((one for one in evaluation.subjects(section) if one.id == subject), None)
    if own is None:
        return None
    was, now = evaluation.subject(section, own), after.subject(section, own)
    return Way(proposal, now.grade or "", moved(replace(was, values={}), replace(now, values={})))


class _Against:
    """What forbids a grade: every rule asked by itself."""

    def __init__(
        self,
        prover: Prover,
        evaluation: Evaluation,
        section: Section,
        subject: str,
        moves: list[Move],
        words: Words,
        seconds: int,
    ) -> None:
        self.prover = prover
        self.evaluation = evaluation
        self.section = section
        self.subject = subject
        self.moves = moves
        self.words = words
        self.seconds = seconds
        self.home = evaluation.context(section, subject)

    def found(self, goal: frozenset[str]) -> Iterator[Hindrance]:
        """The gates, conditions and vetoes that no move can satisfy."""
        rules = self.section.grade
        assert rules is not None
        for gate, needs in self.section.gates:
            if self.never(Sure(needs, self.home)):
                yield Hindrance("gate", gate.id, self.words.expression(gate.needs, self.section.type))
        written = {band.grade: band.when for band in rules.bands}
        for grade, when in self.section.bands:
            expr = written[grade]
            if grade in goal and when is not None and expr is not None and self.never(Sure(when, self.home)):
                parts = [
                    (part, node) for part, node in _conjuncts(expr.tree, when) if self.never(Sure(node, self.home))
                ]
                for part, _ in parts or [(expr.tree, when)]:
                    said = self.words.expression(Expr(expr.text, part, expr.place), self.section.type)
                    yield Hindrance("condition", grade, said)
        worst = max(rules.merit.index(grade) for grade in goal)
        for veto, when in self.section.vetoes:
            cap = rules.merit.index(veto.at_most or veto.becomes)
            if cap > worst and self.never(Sure(when, self.home, wanted=False)):
                yield Hindrance("veto", veto.id, self.words.expression(veto.when, self.section.type))

    def never(self, wish: Wish) -> bool:
        """Is it proved that no move makes it so?"""
        status, _, _ = self.prover.cheapest(
            Question(self.evaluation, self.section, self.subject, Every((wish,)), tuple(self.moves), (), self.seconds)
        )
        return status == "none"


def _conjuncts(written: tree.Tree, node: Typed) -> Iterator[tuple[tree.Tree, Typed]]:
    if isinstance(written, tree.Logic) and written.op == node.op == "and":
        for part, kid in zip(written.parts, node.kids, strict=True):
            yield from _conjuncts(part, kid)
    else:
        yield written, node


def _plain(number: Fraction) -> Number:
    return number.numerator if number.denominator == 1 else number
