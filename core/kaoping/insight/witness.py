"""A world a prover found, as a worked case: facts, and what the reference engine makes of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from kaoping.evaluation.plan import Plan, Section
from kaoping.evaluation.result import SubjectResult
from kaoping.evaluation.run import Evaluation
from kaoping.evaluation.windows import trial_windows
from kaoping.facts.frame import Frame, Plain, Subject
from kaoping.facts.values import number_text, value_text
from kaoping.insight.faults import trial_period

SUBJECT = "witness"
LATER = date(9000, 1, 1)
"""A day on which every entry is long done."""


def unknown_world(plan: Plan, section: Section) -> Evaluation:
    """The witness alone, entry closed and nothing entered: what a prover starts from."""
    period = trial_period(plan)
    kind = plan.catalogue.members(section.type)[0]
    frame = Frame(
        period,
        LATER,
        {SUBJECT: Subject(SUBJECT, kind, SUBJECT)},
        closed=frozenset({period.text}),
        calendars=trial_windows(plan.catalogue, plan.needs.calendars, period),
    )
    return Evaluation(plan, frame)


def judged(plan: Plan, section: Section, frame: Frame) -> SubjectResult:
    """The witness's result by the reference engine."""
    evaluation = Evaluation(plan, frame)
    subject = next(one for one in evaluation.subjects(section) if one.id == SUBJECT)
    return evaluation.subject(section, subject, trace=False)


def enterable(frame: Frame) -> bool:
    """Can every number in it be written as a decimal?"""
    values = [value for entered in frame.values.values() for value in entered.values()]
    values += [value for records in frame.records.values() for one in records for value in one.fields.values()]
    return not any(isinstance(value, Fraction) and "/" in number_text(value) for value in values)


def case_text(
    plan: Plan, name: str, title: Mapping[str, str], frame: Frame, result: SubjectResult, *, confirmed: bool = True
) -> str:
    """The world as a case of a file of worked cases: what was found stands as what is expected.

    Where it is not `confirmed` it counts nowhere until a person takes the mark out.
    """
    lines = [
        f"- case: {name}",
        *([] if confirmed else ["  confirmed: false"]),
        f"  title: {{zh: {_quoted(title['zh'])}, en: {_quoted(title['en'])}}}",
        f'  period: "{frame.period.text}"',
        "  subjects:",
    ]
    for subject in frame.subjects.values():
        inside = list(_subject(plan, frame, subject.id, subject.type))
        lines.append(f"    {subject.id}:" if inside else f"    {subject.id}: {{}}")
        lines += [f"      {line}" for line in inside]
    expected = [f"grade: {result.grade or 'none'}"]
    expected += [f"raw_grade: {result.raw_grade}"] if result.raw_grade else []
    expected += [f"status: {result.status}"]
    lines += ["  expect:", f"    {SUBJECT}: {{{', '.join(expected)}}}"]
    return "\n".join(lines) + "\n"


def witness_data(frame: Frame) -> dict[str, Any]:
    """The facts of a world as JSON data, subject by subject."""
    return {
        subject: {
            "type": frame.subjects[subject].type,
            "values": {
                fact: {
                    "/".join(part for part in at if part): value_text(value) for at, value in sorted(entered.items())
                }
                for (of, fact), entered in frame.values.items()
                if of == subject and entered
            },
            "records": {
                kind: [{name: value_text(value) for name, value in one.fields.items()} for one in records]
                for (of, kind), records in frame.records.items()
                if of == subject and records
            },
        }
        for subject in frame.subjects
    }


def _subject(plan: Plan, frame: Frame, subject: str, kind: str) -> Iterator[str]:
    if kind != plan.scheme.subject:
        yield f"type: {kind}"
    values = {fact: entered for (of, fact), entered in frame.values.items() if of == subject and entered}
    if values:
        yield "values:"
        for fact, entered in values.items():
            known = plan.catalogue.fact(kind, fact)
            if known is None or not known.for_each:
                yield f"  {fact}: {_written(next(iter(entered.values())))}"
            else:
                inside = ", ".join(f"{item or at}: {_written(value)}" for (at, item), value in sorted(entered.items()))
                yield f"  {fact}: {{{inside}}}"
    records = {kind_: found for (of, kind_), found in frame.records.items() if of == subject and found}
    if records:
        yield "records:"
        for name, found in records.items():
            counted: dict[str, int] = {}
            for one in found:
                inside = ", ".join(f"{field}: {_written(value)}" for field, value in one.fields.items())
                counted[inside] = counted.get(inside, 0) + 1
            rows = [
                f"{{{row}{f', count: {many}' if many > 1 else ''}}}".replace("{, ", "{")
                for row, many in counted.items()
            ]
            yield f"  {name}: [{', '.join(rows)}]"
    complete = sorted({name for of, name in frame.complete_through if of == subject})
    if complete:
        yield f"complete: [{', '.join(complete)}]"
    edges = {name: [edge.to for edge in found] for (name, of), found in frame.edges.items() if of == subject}
    onward = {name: to for name, to in edges.items() if name in plan.catalogue.relations}
    if onward:
        inside = ", ".join(f"{name}: [{', '.join(to)}]" for name, to in onward.items())
        yield f"relations: {{{inside}}}"


def _written(value: Plain) -> str:
    if isinstance(value, str):
        return _quoted(value) if not value.isidentifier() else value
    return value_text(value)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
