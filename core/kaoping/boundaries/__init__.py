"""Cases that stand on the lines a scheme draws, made from the scheme itself.

Around one subject that passes: just below each limit, on it and just above it, each truth and choice otherwise, each
veto alone and all of them together, each fact missing alone. What is found there is not thereby right: that a person
says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from kaoping.boundaries.base import Base, bases, pool, ranked
from kaoping.boundaries.edges import edges, reads, rules_of
from kaoping.boundaries.moves import Pool, adding, others, patterns, placed, places
from kaoping.boundaries.probes import Probe, Unreached, beside, elsewhere, machine_of, shown_by
from kaoping.cases import Case
from kaoping.evaluation.blind import blind_machine
from kaoping.evaluation.context import Context
from kaoping.evaluation.plan import Plan
from kaoping.facts.types import FactType
from kaoping.insight.proving import Every, Prover, Sure
from kaoping.insight.suppose import Adding, Change, Removing, Setting, Unstating
from kaoping.scheme.model import VetoRule
from kaoping.scheme.typed import FactRef, Typed

__all__ = ["Base", "Boundaries", "Probe", "Unreached", "boundaries"]
Progress = Callable[[str, int, int], None]
MOST_OTHERS = 8
"""So many others of the cases are moved where the one that passes does not get to a line."""


@dataclass(frozen=True)
class Boundaries:
    """What was made: the bases, the subjects around them, and the lines nothing was found for."""

    bases: tuple[Base, ...]
    probes: tuple[Probe, ...]
    unreached: tuple[Unreached, ...]


def boundaries(
    plan: Plan,
    cases: Sequence[Case],
    prover: Prover | None = None,
    seconds: int = 2,
    tell: Progress = lambda *_: None,
) -> Boundaries:
    """Every boundary of a plan around subjects of its cases; without a case that passes a prover is asked for one."""
    chosen, known = bases(plan, cases, prover, seconds)
    probes: list[Probe] = []
    unreached: list[Unreached] = []
    for base in chosen:
        work = _Around(plan, base, known, pool(plan, known, base), prover, seconds, tell)
        probes += work.probes()
        unreached += work.unreached
    return Boundaries(tuple(chosen), tuple(_once(probes)), tuple(dict.fromkeys(unreached)))


def _once(probes: Iterable[Probe]) -> Iterator[Probe]:
    """Without those that change the same as one before; a veto is shown as such all the same."""
    seen: set[str] = set()
    for probe in probes:
        key = f"{id(probe.base)} {probe.kind.startswith('veto')} {probe.changes}"
        if key not in seen:
            seen.add(key)
            yield probe


class _Around:
    def __init__(
        self,
        plan: Plan,
        base: Base,
        known: Sequence[Base],
        taken: Pool,
        prover: Prover | None,
        seconds: int,
        tell: Progress,
    ) -> None:
        self.plan = plan
        self.base = base
        self.known = known
        self.pool = taken
        self.prover = prover
        self.seconds = seconds
        self.tell = tell
        self.frame = base.evaluation.frame
        self.blind = blind_machine(plan)
        self.others = [one for one in ranked(known, base.section) if one is not base]
        self.kinds = plan.catalogue.families(self.frame.subjects[base.subject].type)
        self.unreached: list[Unreached] = []

    def probes(self) -> list[Probe]:
        """Everything around the base."""
        of = self.base.section.type
        lines = [edge for edge in edges(self.plan) if edge.section == of]
        found: list[Probe] = []
        for done, edge in enumerate(lines):
            self.tell(edge.rule, done, len(lines))
            wanted = edge.positions(self.blind)
            probes, left = beside(self.plan, self.base, edge, self.pool, wanted)
            found += probes
            for other in self.others[:MOST_OTHERS]:
                if left is None:
                    break
                more, left = elsewhere(self.plan, other, edge, pool(self.plan, self.known, other), left)
                found += more
            self.unreached += [shown_by(left, edge, self.others)] if left else []
        found += self.otherwise()
        found += self.vetoes(found)
        found += self.blanks()
        return found

    # --- truths and choices

    def otherwise(self) -> Iterator[Probe]:
        """Each truth the other way, and each other choice, of the facts that rules read."""
        seen: set[str] = set()
        for kind, rule, of, _, tree in rules_of(self.plan):
            for node in tree.walk() if of == self.base.section.type else ():
                if node.op == "fact" and isinstance(node.data, FactRef) and node.data.fact.id not in seen:
                    seen.add(node.data.fact.id)
                    for change in self.turned(node.data.fact):
                        yield Probe("other", kind, rule, node.place, self.base, (change,))

    def turned(self, fact: FactType) -> Iterator[Setting]:
        """A truth or choice of the base's subject otherwise, at the first place where it is known."""
        if fact.of in self.kinds:
            spots = places(self.plan, self.frame, self.base.subject, fact)
            spot = next((one for one in spots if one.value is not None), None)
            if spot is not None and spot.value is not None:
                yield from (placed(spot, value) for value in others(fact, spot.value))

    # --- vetoes

    def vetoes(self, found: Sequence[Probe]) -> Iterator[Probe]:
        """Each veto alone, as far as it comes alone, and all of them together."""
        together: list[Change] = []
        holding = 0
        for veto, when in self.base.section.vetoes:
            own = [probe.changes for probe in found if probe.of == "veto" and probe.rule == veto.id]
            changes = self.brought(veto, [*own, *self.single(when), *self.borrowed(veto, when)])
            changes = changes if changes is not None else self.proved(veto, when)
            if changes is None:
                self.unreached.append(Unreached("veto", "veto", veto.id, veto.place))
                continue
            holding += 1
            together += [change for change in changes if change not in together]
            yield Probe("veto", "veto", veto.id, veto.place, self.base, changes)
        if holding > 1:
            yield Probe("vetoes", "veto", "", None, self.base, _numbered(together))

    def brought(self, veto: VetoRule, ways: Iterable[tuple[Change, ...]]) -> tuple[Change, ...] | None:
        """The first of some ways by which this veto alone holds, or else the first by which it does."""
        held = None
        for changes in ways:
            _, grader = machine_of(self.plan, self.base, changes)
            vetoes = grader.grading(self.base.section.type, self.base.subject).vetoes
            if vetoes.get(veto.id) is True:
                if sum(holds is True for holds in vetoes.values()) == 1:
                    return changes
                held = held or changes
        return held

    def single(self, when: Typed) -> Iterator[tuple[Change, ...]]:
        """One truth, choice or entry other than it is, of what a condition reads."""
        for source in reads(self.plan, when):
            if isinstance(source, FactType):
                yield from ((change,) for change in self.turned(source))
            elif source.of in self.kinds:
                for fields in patterns(self.frame, source, self.pool):
                    yield (adding(source, self.base.subject, 1, fields),)

    def borrowed(self, veto: VetoRule, when: Typed) -> Iterator[tuple[Change, ...]]:
        """What a condition reads, as it is of somebody in a case of whom it holds."""
        for one in self.known:
            holds = any(found.veto == veto.id and found.holds for found in one.result.vetoes)
            if holds and one.section is self.base.section:
                yield self.as_of(one, when)

    def as_of(self, other: Base, when: Typed) -> tuple[Change, ...]:
        """The changes that make what a condition reads of the base's subject what it is of another one's."""
        changes: dict[str, Change] = {}
        mine, theirs = self.base.subject, other.subject
        frame = other.evaluation.frame
        shift = self.frame.period.start - frame.period.start
        for source in reads(self.plan, when):
            if source.of not in self.kinds:
                continue
            if isinstance(source, FactType):
                here, there = (places(self.plan, *whose, source) for whose in ((self.frame, mine), (frame, theirs)))
                for spot, like in zip(here, there, strict=False):
                    if spot.value != like.value:
                        changes[f"{spot}"] = placed(spot, like.value)
            elif records := frame.records.get((theirs, source.id), ()) if not shift else ():
                for gone in self.frame.records.get((mine, source.id), ()):
                    changes[f"{source.id} -{gone.no}"] = Removing(mine, source.id, gone.no)
                for number, record in enumerate(records, 1):
                    changes[f"{source.id} {number}"] = Adding(mine, source.id, f"+{number}", record.fields)
        return tuple(changes.values())

    def proved(self, veto: VetoRule, when: Typed) -> tuple[Change, ...] | None:
        """What a prover finds for a veto nothing else brings about."""
        if self.prover is None or not self.base.proved:
            return None
        session = self.prover.session(self.base.evaluation, self.base.section, self.base.subject)
        home: Context = self.base.evaluation.context(self.base.section, self.base.subject)
        answer = session.find(Every((Sure(when, home),)), self.seconds)
        if answer.frame is None:
            return None
        evaluation = type(self.base.evaluation)(self.plan, answer.frame)
        other = Base(self.base.section, self.base.case, self.base.subject, evaluation, self.base.result, passes=False)
        return self.brought(veto, [self.as_of(other, when)])

    # --- blanks

    def blanks(self) -> Iterator[Probe]:
        """Each fact missing alone, at its first place; each register that was stated complete no longer so."""
        scheme, mine = self.plan.scheme, self.base.subject
        for name, use in scheme.facts.items():
            fact = next((found for of in self.kinds if (found := self.plan.catalogue.facts.get((of, name)))), None)
            spots = places(self.plan, self.frame, mine, fact) if fact else []
            spot = next((one for one in spots if one.value is not None), None)
            if spot is not None:
                yield Probe("blank", "fact", name, use.place, self.base, (placed(spot, None),))
        for of, name in self.frame.complete_through:
            if of == mine and name in scheme.records:
                place = scheme.records[name][2]
                yield Probe("blank", "register", name, place, self.base, (Unstating(mine, name),))


def _numbered(changes: Iterable[Change]) -> tuple[Change, ...]:
    """The same, entries that are added numbered anew so that none has another's number."""
    found: list[Change] = []
    for change in changes:
        if isinstance(change, Adding):
            before = sum(isinstance(one, Adding) and one.record == change.record for one in found)
            found.append(Adding(change.subject, change.record, f"+{before + 1}", change.fields))
        else:
            found.append(change)
    return tuple(found)
