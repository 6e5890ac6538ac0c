"""From named values to gates, criteria, grades: the reference engine's account of one subject."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from kaoping.evaluation import values as sets
from kaoping.evaluation.context import Context
from kaoping.evaluation.criteria import all_points
from kaoping.evaluation.plan import Plan, Section, TypedCriterion
from kaoping.evaluation.reference import Machine
from kaoping.evaluation.values import MAYBE, Value, truth
from kaoping.scheme.typed import Typed


@dataclass(frozen=True)
class Grading:
    """What is found of a subject before cohorts: sets of outcomes still possible.

    Attributes:
        raw, final: possible grades before and after vetoes, gate outcomes included; empty where none is given.
        gate: the first gate not passed for sure, or "".
        vetoes: veto id to true, false or undecided.
        overlap: the bands that surely fit together where one alone is to fit; no grade is given.
    """

    raw: frozenset[str] = frozenset()
    final: frozenset[str] = frozenset()
    gate: str = ""
    gates: dict[str, Value] = field(default_factory=dict)
    bands: dict[str, Value] = field(default_factory=dict)
    vetoes: dict[str, Value] = field(default_factory=dict)
    overlap: tuple[str, ...] = ()


class Grader:
    """Grades subjects of any section, each once."""

    def __init__(self, plan: Plan, machine: Machine) -> None:
        self.plan = plan
        self.machine = machine
        self._sections = {section.type: section for section in plan.sections()}
        self._done: dict[tuple[str, str | None], Grading] = {}
        machine.result_value = self.value

    def context(self, section: str, subject: str | None) -> Context:
        """The subject in the whole period."""
        return self.machine.home(section, subject)

    def grading(self, section: str, subject: str | None) -> Grading:
        """Gates, bands and vetoes of a subject."""
        key = (section, subject)
        found = self._done.get(key)
        if found is None:
            found = self._done[key] = self._grade(self._sections[section], subject)
        return found

    def value(self, section: str, name: str, subject: str | None) -> Value:
        """``grade``, ``raw_grade``, ``score`` or ``meets_all`` as expressions read them."""
        if name == "meets_all":
            return self.meets_all(self._sections[section], subject)
        if name == "points":
            return all_points(self.machine, self._sections[section], subject)
        if name == "score":
            rules = self._sections[section].grade
            assert rules is not None
            return self.machine.measure(section, rules.score, subject, self.context(section, subject))
        grading = self.grading(section, subject)
        found = grading.final if name == "grade" else grading.raw
        return sets.choices_of(found) if found else sets.NO_VALUE

    def outcomes(self, criterion: TypedCriterion, section: str, subject: str | None) -> Iterator[tuple[str, Value]]:
        """(window or item or "", met / not met / undecided / None for not applicable) of a criterion."""
        return ((one.at, one.outcome) for one in self.machine.judged(criterion, section, subject))

    def instances(self, grain: tuple[str, ...], context: Context) -> Iterable[tuple[str, Context]]:
        """The contexts a rule ``for_each`` stands in, with the name of each."""
        return self.machine.instances(grain, context)

    def meets_all(self, section: Section, subject: str | None) -> Value:
        """All required criteria are met; those that do not apply do not count."""
        result: Value = True
        for criterion in section.criteria:
            if criterion.rule.severity != "required":
                continue
            for _, outcome in self.outcomes(criterion, section.type, subject):
                if outcome is False:
                    return False
                if outcome is MAYBE:
                    result = MAYBE
        return result

    def keep(self, section: str, subject: str | None, grading: Grading) -> None:
        """What another engine found of a subject stands for what would be found here."""
        self._done[section, subject] = grading

    def _grade(self, section: Section, subject: str | None) -> Grading:
        context = self.context(section.type, subject)
        return graded(section, lambda _, node: truth(self.machine.closure(node)(context)))

    def bands(self, section: Section, context: Context) -> dict[str, Value]:
        """Whether each band fits: down to the first that surely does, or all of them where one alone is to fit."""
        return fitting(section, lambda _, node: truth(self.machine.closure(node)(context)))


Ask = Callable[[str, Typed], Value]
"""Whether a rule (``gate:…``, ``band:…``, ``veto:…``) holds, by its name and its expression."""


def graded(section: Section, ask: Ask) -> Grading:
    """The grades that remain, from whether each gate, band and veto holds."""
    outcomes: set[str] = set()
    gate, gates = "", {}
    for rule, needs in section.gates:
        gates[rule.id] = passed = ask(f"gate:{rule.id}", needs)
        if passed is True:
            continue
        outcomes.add(rule.otherwise)
        if passed is False:
            gate = gate or rule.id
            return Grading(frozenset(outcomes), frozenset(outcomes), gate, gates)
        gate = gate or rule.id
    bands = fitting(section, ask)
    raw = [grade for grade, fits in bands.items() if fits is not False]
    sure = [grade for grade in raw if bands[grade] is True]
    vetoes = {veto.id: ask(f"veto:{veto.id}", when) for veto, when in section.vetoes}
    final = set(raw)
    merit = section.grade.merit if section.grade else ()
    for veto, _ in section.vetoes:
        if veto.at_most and vetoes[veto.id] is not False:
            cap = merit.index(veto.at_most)
            capped = {merit[max(cap, merit.index(grade))] for grade in final}
            final = capped if vetoes[veto.id] is True else final | capped
    for veto, _ in section.vetoes:
        if veto.becomes and vetoes[veto.id] is not False and final:
            final = {veto.becomes} if vetoes[veto.id] is True else final | {veto.becomes}
    overlap = tuple(sure) if len(sure) > 1 and len(final) > 1 else ()
    possible = (frozenset(raw) | outcomes, frozenset(final) | outcomes)
    return Grading(*possible, gate if outcomes else "", gates, bands, vetoes, overlap)


def fitting(section: Section, ask: Ask) -> dict[str, Value]:
    """Whether each band fits: down to the first that surely does, or all of them where one alone is to fit."""
    unique = section.grade is not None and section.grade.hit == "unique"
    bands: dict[str, Value] = {}
    for grade, when in section.bands:
        if when is None:
            others = sets.either(bands.values()) if unique else False
            bands[grade] = sets.negation(others)
        else:
            bands[grade] = ask(f"band:{grade}", when)
        if bands[grade] is True and not unique:
            break
    return bands
