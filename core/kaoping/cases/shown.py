"""What the worked cases of a scheme show: which outcomes of its rules come about in some case, and which in none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from kaoping.cases import Case, case_evaluation
from kaoping.errors import KaopingError
from kaoping.evaluation.plan import Plan, Section, TypedMeasure
from kaoping.evaluation.result import SubjectResult
from kaoping.evaluation.run import Evaluation

Outcome = tuple[str, str, str]
"""The kind of rule, the rule, and what comes about."""


@dataclass(frozen=True)
class Shown:
    """The outcomes that come about in some case, and those that never do."""

    happens: tuple[Outcome, ...]
    never: tuple[Outcome, ...]


def shown(plan: Plan, cases: Sequence[Case]) -> Shown:
    """Which outcomes of gates, criteria, bands, grades, vetoes, table rows and consequences the cases show."""
    wanted = dict.fromkeys(one for section in plan.sections() for one in _of_section(section))
    wanted |= dict.fromkeys(one for measure in _tables(plan) for one in _of_table(measure))
    happens: set[Outcome] = set()
    for case in cases:
        try:
            evaluation = case_evaluation(plan, case)
            result = evaluation.result(trace=False)
        except KaopingError:  # its facts are refused, as it says
            continue
        for one in (*result.results, *result.rolled_up):
            happens.update(_found(one))
        happens.update(_gates(evaluation))
        happens.update(_rows(evaluation))
    there = tuple(one for one in wanted if one in happens)
    return Shown(there, tuple(one for one in wanted if one not in happens))


def _of_section(section: Section) -> Iterator[Outcome]:
    for gate, _ in section.gates:
        yield from (("gate", gate.id, outcome) for outcome in ("passed", "not_passed"))
    for criterion in section.criteria:
        yield from (("criterion", criterion.rule.id, outcome) for outcome in ("met", "not_met", "unknown"))
        if criterion.applies is not None:
            yield "criterion", criterion.rule.id, "not_applicable"
    if section.grade is not None:
        yield from (("band", grade, "fits") for grade, _ in section.bands)
        yield from (("grade", grade, "given") for grade in section.grade.merit)
    for veto, _ in section.vetoes:
        yield from (("veto", veto.id, outcome) for outcome in ("holds", "does_not"))
    yield from (("consequence", consequence.rule.id, "due") for consequence in section.consequences)


def _found(one: SubjectResult) -> Iterator[Outcome]:
    yield from (("criterion", found.criterion, found.outcome) for found in one.findings)
    yield from (("veto", v.veto, "holds" if v.holds else "does_not") for v in one.vetoes if v.holds is not None)
    yield from (("consequence", due.id, "due") for due in one.consequences)
    if one.raw_grade:
        yield "band", one.raw_grade, "fits"
    if one.grade:
        yield "grade", one.grade, "given"


def _gates(evaluation: Evaluation) -> Iterator[Outcome]:
    for section in evaluation.plan.sections() if not evaluation.part else ():
        for subject in evaluation.subjects(section):
            gates = evaluation.grader.grading(section.type, subject.id).gates
            yield from (("gate", name, "passed") for name, passed in gates.items() if passed is True)
            yield from (("gate", name, "not_passed") for name, passed in gates.items() if passed is False)


# --- decision tables


def _tables(plan: Plan) -> Iterable[TypedMeasure]:
    return [measure for measure in plan.measures.values() if measure.rows and measure.rule.column == 0]


def _of_table(measure: TypedMeasure) -> Iterator[Outcome]:
    yield from (("row", row, "fits") for row in _names(measure))
    if measure.rule.table is not None and measure.rule.table.default is not None:
        yield "row", f"{_table(measure)}[-]", "fits"


def _names(measure: TypedMeasure) -> list[str]:
    return [f"{_table(measure)}[{number}]" for number in range(1, len(measure.rows) + 1)]


def _table(measure: TypedMeasure) -> str:
    return measure.rule.id.partition(".")[0]


def _rows(evaluation: Evaluation) -> Iterator[Outcome]:
    """The rows that surely count for somebody, at some window or item; ``[-]``: none does."""
    plan, frame, machine = evaluation.plan, evaluation.frame, evaluation.machine
    for measure in _tables(plan):
        assert measure.rule.table is not None
        first = measure.rule.table.hit == "first"
        closures = [machine.closure(when) if when is not None else None for when, _ in measure.rows]
        names = _names(measure)
        for subject in frame.of_type(plan.catalogue.members(measure.section), frame.period.end):
            home = machine.home(measure.section, subject.id)
            for _, context in machine.instances(measure.rule.for_each, home):
                fits = [True if closure is None else closure(context) for closure in closures]
                for number, name in enumerate(names):
                    if fits[number] is True and not (first and any(fit is not False for fit in fits[:number])):
                        yield "row", name, "fits"
                if all(fit is False for fit in fits):
                    yield "row", f"{_table(measure)}[-]", "fits"
