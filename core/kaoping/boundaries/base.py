"""Whom the boundaries are drawn around: a subject of a worked case that passes, or of a world a prover found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from kaoping.cases import Case, case_evaluation, read_cases
from kaoping.errors import KaopingError
from kaoping.evaluation.plan import Plan, Section
from kaoping.evaluation.result import SubjectResult
from kaoping.evaluation.run import Evaluation
from kaoping.facts.frame import Plain, Record
from kaoping.insight.proving import Every, Graded, Prover, Sure, Wish
from kaoping.insight.witness import LATER, SUBJECT, case_text, enterable, judged, unknown_world
from kaoping.scheme.document import Table


@dataclass(frozen=True)
class Base:
    """A subject from which each boundary differs as little as can be.

    Attributes:
        case: the case it stands in; `proved`: it is a prover's world written as a case.
        passes: it gets the best there is: nothing it should meet is missed, and no veto holds.
    """

    section: Section
    case: Case
    subject: str
    evaluation: Evaluation
    result: SubjectResult
    passes: bool
    proved: bool = False

    @property
    def written(self) -> list[str]:
        """Those the case writes down one by one, the subject first."""
        subjects = self.case.table.get("subjects")
        names = subjects.entries if isinstance(subjects, Table) else {}
        known = [name for name in names if name in self.evaluation.frame.subjects]
        return sorted(known, key=lambda name: name != self.subject)


def bases(plan: Plan, cases: Sequence[Case], prover: Prover | None, seconds: int) -> tuple[list[Base], list[Base]]:
    """For each section the best base there is; and everybody else in the cases, whose facts can be borrowed."""
    everybody = [one for case in cases for one in _in_case(plan, case)]
    chosen = []
    for section in plan.sections():
        known = ranked(everybody, section)
        best = known[0] if known else None
        if (best is None or not best.passes) and prover is not None and section is plan.main:
            best = _proved(plan, section, prover, seconds) or best
        chosen += [best] if best else []
    return chosen, everybody


def ranked(known: Sequence[Base], section: Section) -> list[Base]:
    """Those of a section, who passes first."""
    return sorted((one for one in known if one.section is section), key=_rank)


def pool(plan: Plan, known: Sequence[Base], base: Base) -> dict[str, tuple[Record, ...]]:
    """The entries of registers in all cases, their days moved into the base's period."""
    found: dict[str, list[Record]] = {}
    start = base.evaluation.frame.period.start
    for frame in {id(one.evaluation): one.evaluation.frame for one in known}.values():
        shift = start - frame.period.start
        for (_, kind), records in frame.records.items():
            found.setdefault(kind, []).extend(_moved(record, shift) for record in records)
    return {kind: tuple(records) for kind, records in found.items()}


def _moved(record: Record, shift: timedelta) -> Record:
    fields: dict[str, Plain] = {}
    for name, value in record.fields.items():
        in_reach = isinstance(value, date) and date(1900, 1, 1) < value < LATER
        fields[name] = value + shift if in_reach and isinstance(value, date) else value
    return replace(record, fields=fields)


def _in_case(plan: Plan, case: Case) -> list[Base]:
    """Everybody assessed in a case, where it is of a whole period with entry closed."""
    if case.table.get("refused") or not case.confirmed:
        return []
    try:
        evaluation = case_evaluation(plan, case)
    except KaopingError:
        return []
    frame = evaluation.frame
    if evaluation.part or frame.period.text not in frame.closed or frame.today < frame.period.end:
        return []
    subjects = case.table.get("subjects")
    written = subjects.entries if isinstance(subjects, Table) else {}
    found = []
    for section in plan.sections():
        for subject in evaluation.subjects(section):
            if subject.id in written:
                result = evaluation.subject(section, subject, trace=False)
                found.append(Base(section, case, subject.id, evaluation, result, _passes(section, result)))
    return found


def _passes(section: Section, result: SubjectResult) -> bool:
    best = section.grade is None or not section.bands or result.grade == section.bands[0][0]
    return result.status == "final" and best and not _missed(result) and not any(one.holds for one in result.vetoes)


def _missed(result: SubjectResult) -> int:
    return sum(one.severity == "required" and one.outcome in ("not_met", "unknown") for one in result.findings)


def _rank(base: Base) -> tuple[object, ...]:
    """The smaller the better: who passes, then who comes nearest, in the case that is least to read."""
    result, frame = base.result, base.evaluation.frame
    merit = base.section.grade.merit if base.section.grade else ()
    grade = merit.index(result.grade) if result.grade in merit else len(merit)
    open_ = result.status != "final"
    vetoes = sum(one.holds is not False for one in result.vetoes)
    special = bool(base.evaluation.machine.changed) + bool(frame.bars)
    size = len(frame.subjects), sum(map(len, frame.records.values()))
    return not base.passes, open_, bool(result.gate), grade, vetoes, _missed(result), special, *size, base.case.id


def _proved(plan: Plan, section: Section, prover: Prover, seconds: int) -> Base | None:
    """A world in which the best grade is given and every criterion is met, as a case; None where none was found."""
    evaluation = unknown_world(plan, section)
    home = evaluation.context(section, SUBJECT)
    wishes: list[Wish] = [Sure(when, home, wanted=False) for _, when in section.vetoes]
    wishes += [Sure(needs, home) for _, needs in section.gates]
    if section.bands:
        wishes.append(Graded(frozenset({section.bands[0][0]})))
    for criterion in section.criteria:
        contexts = (one for _, one in evaluation.grader.instances(criterion.rule.for_each, home))
        wishes += [Sure(criterion.require, context) for context in contexts]
    session = prover.session(evaluation, section, SUBJECT)
    for wish in (Every(tuple(wishes)), Every(tuple(wishes[: len(section.vetoes) + len(section.gates) + 1]))):
        answer = session.find(wish, seconds)
        if answer.status == "found" and answer.frame is not None and enterable(answer.frame):
            title = {"zh": SUBJECT, "en": SUBJECT}
            text = case_text(plan, SUBJECT, title, answer.frame, judged(plan, section, answer.frame))
            (case,) = read_cases(f"scheme: {plan.scheme.id}\ncases:\n{text}", SUBJECT)
            found = next((one for one in _in_case(plan, case) if one.section is section), None)
            if found is not None:
                return replace(found, proved=True)
    return None
