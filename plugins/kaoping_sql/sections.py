"""A section over columns: gates, criteria, bands, vetoes; the counterpart of `kaoping.evaluation.grading`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from kaoping.evaluation.plan import Section, TypedCriterion
from kaoping.scheme.typed import NameRef
from kaoping_sql.compiler import Compiler, Judged, Spot
from kaoping_sql.nodes import Node
from kaoping_sql.operations import chosen
from kaoping_sql.values import Choice, Number, Truth, UnknownFormError, Value


@dataclass(frozen=True)
class Outcome:
    """The outcome of a criterion in a window or item."""

    criterion: str
    at: str
    severity: str
    met: Node
    not_met: Node
    not_applicable: Node


@dataclass
class Graded:
    """What is found of a subject: the bits of the grades still possible, and what they follow from."""

    options: tuple[str, ...] = ()
    raw: Node | None = None
    final: Node | None = None
    stopped: Node | None = None
    gates: dict[str, Truth] = field(default_factory=dict)
    bands: dict[str, Truth] = field(default_factory=dict)
    vetoes: dict[str, Truth] = field(default_factory=dict)


class Sections:
    """Finds what results say of the subjects of a section."""

    def __init__(self, c: Compiler) -> None:
        self.c = c
        self.sections = {section.type: section for section in c.plan.sections()}
        self._graded: dict[tuple[str, int], Graded] = {}
        c.special = self.special
        c.judged = self.judged
        c.part = self.part
        self._judged: dict[tuple[str, int], list[Judged]] = {}

    def special(self, ref: NameRef, spot: Spot) -> Value:
        """``grade``, ``raw_grade``, ``score`` or ``meets_all``."""
        section = self.sections[ref.section]
        home = replace(spot, frame=ref.section, window=self.c.machine.period, at=())
        if ref.name == "meets_all":
            return self.meets_all(section, home)
        if ref.name == "points":
            return self.points(section, home)
        if ref.name == "score":
            assert section.grade is not None
            return self.c.measure(section.type, section.grade.score, home)
        found = self.graded(section, home)
        mask = found.final if ref.name == "grade" else found.raw
        if mask is None:
            raise UnknownFormError(ref.name)
        return Choice(found.options, mask, self.c.b.equal(mask, self.c.b.zero), self.c.b.false)

    def outcomes(self, criterion: TypedCriterion, spot: Spot) -> Iterator[Outcome]:
        """Met, not met, not applicable or none of them: unknown."""
        b = self.c.b
        for one in self.judge(criterion, spot):
            met = b.both(b.negation(one.applies.no), one.holds.yes)
            not_met = b.both(one.applies.yes, one.holds.no)
            yield Outcome(criterion.rule.id, one.at, criterion.rule.severity, met, not_met, one.applies.no)

    def judge(self, criterion: TypedCriterion, spot: Spot) -> Iterator[Judged]:
        """A criterion in each of its windows and items."""
        c, sets = self.c, self.c.sets
        nothing = sets.constant(0)
        for at, inner in c.instances(criterion.rule.for_each, spot, criterion.rule.place):
            applies = sets.truth(c.b.true) if criterion.applies is None else c.truth(criterion.applies, inner)
            holds = c.truth(criterion.require, inner)
            most = nothing if criterion.points is None else self._amount(c.number(criterion.points, inner))
            if criterion.earns is None:
                earned: Value = chosen(c, holds, most, nothing)
            else:
                amount = self._amount(c.number(criterion.earns, inner))
                earned = sets.extreme([sets.extreme([amount, most], True), nothing], False)
            assert isinstance(earned, Number)
            yield Judged(criterion, at, applies, holds, earned, most)

    def _amount(self, value: Number) -> Number:
        """Points as an amount: what has no value is none of them."""
        sets, b = self.c.sets, self.c.b
        nothing = sets.constant(0)
        found = sets.case(value.maybe, sets.hull(nothing, sets.present(value)), sets.present(value))
        found = sets.case(value.none, nothing, found)
        assert isinstance(found, Number)
        return Number(found.low, found.high, b.false, b.false)

    def judged(self, section: str, spot: Spot) -> list[Judged]:
        """Every criterion of a section in every window; of a part period only those of its own windows."""
        home = replace(spot, frame=section, window=self.c.machine.period, at=(), part=None)
        key = (section, id(spot.row))
        if key not in self._judged:
            part = self.c.machine.period.kind != self.c.plan.scheme.period
            self._judged[key] = [
                one
                for criterion in self.sections[section].criteria
                if not part or self.c.machine.windows.some(criterion.rule.for_each)
                for one in self.judge(criterion, home)
            ]
        return self._judged[key]

    def part(self, name: str, one: Judged) -> Value:
        """A field of a criterion gone through."""
        if name == "met":
            return one.holds
        if name in ("points", "full_points"):
            return one.points if name == "points" else one.full_points
        if name not in ("group", "severity"):
            raise UnknownFormError(name)
        return self.c.sets.known_text(one.criterion.rule.group if name == "group" else one.criterion.rule.severity)

    def points(self, section: Section, spot: Spot) -> Number:
        """What all criteria earn together."""
        c, sets = self.c, self.c.sets
        nothing = sets.constant(0)
        return c.sets.add(nothing, *(earned for _, earned, _ in self.earned(section, spot)))

    def earned(self, section: Section, spot: Spot) -> Iterator[tuple[tuple[str, str], Number, Number]]:
        """(criterion, window or item) with what it earns, nothing while it may not apply included, and can earn."""
        sets = self.c.sets
        nothing = sets.constant(0)
        for one in self.judged(section.type, spot):
            if one.criterion.points is not None:
                open_yet = sets.hull(nothing, one.points)
                earned = sets.case(one.applies.yes, one.points, sets.case(one.applies.no, nothing, open_yet))
                assert isinstance(earned, Number)
                yield (one.criterion.rule.id, one.at), earned, one.full_points

    def meets_all(self, section: Section, spot: Spot) -> Truth:
        """All required criteria are met; those that do not apply do not count."""
        b = self.c.b
        required = [one for one in section.criteria if one.rule.severity == "required"]
        found = [outcome for one in required for outcome in self.outcomes(one, spot)]
        yes = b.both(*(b.either(one.met, one.not_applicable) for one in found))
        return self.c.sets.truth(yes, b.either(*(one.not_met for one in found)))

    def graded(self, section: Section, spot: Spot) -> Graded:
        """Gates, bands and vetoes of a subject."""
        key = (section.type, id(spot.row))
        if key not in self._graded:
            self._graded[key] = self._grade(section, spot)
        return self._graded[key]

    def _grade(self, section: Section, spot: Spot) -> Graded:
        c, b = self.c, self.c.b
        options = tuple(c.plan.world.grades[section.type])
        bit = {option: b.const(1 << place) for place, option in enumerate(options)}
        found = Graded(options)
        stopped, outcomes = b.false, b.zero
        for gate, needs in section.gates:
            found.gates[gate.id] = passed = c.truth(needs, spot)
            reached = b.both(b.negation(stopped), b.negation(passed.yes))
            outcomes = b.either_bits(outcomes, b.case(reached, bit[gate.otherwise], b.zero))
            stopped = b.either(stopped, passed.no)
        reach, raw = b.true, b.zero
        unique = section.grade is not None and section.grade.hit == "unique"
        for grade, when in section.bands:
            if when is not None:
                fits = c.truth(when, spot)
            elif unique:  # the rest: who fits no other band
                others = found.bands.values()
                fits = c.sets.truth(b.both(*(one.no for one in others)), b.either(*(one.yes for one in others)))
            else:
                fits = c.sets.truth(b.true)
            found.bands[grade] = fits
            raw = b.either_bits(raw, b.case(b.both(reach, b.negation(fits.no)), bit[grade], b.zero))
            if not unique:
                reach = b.both(reach, b.negation(fits.yes))
        if not unique and all(one.no is b.negation(one.yes) for one in found.bands.values()):
            raw = b.zero  # each band decided: the first that fits, nothing else
            for grade, fits in reversed(found.bands.items()):
                raw = b.case(fits.yes, bit[grade], raw)
        final = self._vetoed(section, spot, found, raw, bit)
        found.stopped = stopped
        found.raw = b.case(stopped, outcomes, b.either_bits(raw, outcomes))
        found.final = b.case(stopped, outcomes, b.either_bits(final, outcomes))
        return found

    def _vetoed(self, section: Section, spot: Spot, found: Graded, raw: Node, bit: dict[str, Node]) -> Node:
        c, b = self.c, self.c.b
        merit = section.grade.merit if section.grade else ()
        final = raw
        for veto, when in section.vetoes:
            found.vetoes[veto.id] = c.truth(when, spot)
        for veto, _ in section.vetoes:
            if veto.at_most:
                holds = found.vetoes[veto.id]
                better = sum(bit[grade].low for grade in merit[: merit.index(veto.at_most)])
                final = self._held(holds, self._capped(final, better, bit[veto.at_most]), final)
        for veto, _ in section.vetoes:
            if veto.becomes:
                holds = found.vetoes[veto.id]
                moved = b.case(b.equal(final, b.zero), b.zero, bit[veto.becomes])
                final = self._held(holds, moved, final)
        return final

    def _capped(self, mask: Node, better: int, cap: Node) -> Node:
        """The grades with the best one in place of those better."""
        b = self.c.b
        if choices := b.choices(mask):
            return b.exchanged(mask, {bits: bits & ~better | (cap.low if bits & better else 0) for bits in choices})
        above = b.negation(b.equal(b.shared_bits(mask, b.const(better)), b.zero))
        rest = b.shared_bits(mask, b.const((1 << mask.high.bit_length()) - 1 & ~better))
        return b.either_bits(rest, b.case(above, cap, b.zero))

    def _held(self, holds: Truth, moved: Node, before: Node) -> Node:
        """The mask after a veto: moved where it holds, both where it is undecided."""
        b = self.c.b
        return b.case(holds.yes, moved, b.case(holds.no, before, b.either_bits(before, moved)))

    def score(self, section: Section) -> Number | None:
        """The score, where the section has one."""
        if not section.grade or not section.grade.score:
            return None
        measure = self.c.plan.measures.get((section.type, section.grade.score))
        if measure is None:
            return None
        for _, spot in self.c.instances(measure.rule.for_each, self.c.home(section.type)):
            found = self.c.measure(section.type, measure.rule.id, spot)
            return found if isinstance(found, Number) else None
        return None
