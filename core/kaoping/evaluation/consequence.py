"""Consequences that are due: triggers decided true, addressees found, lengths and points filled in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING

from kaoping.evaluation.plan import Section, TypedConsequence
from kaoping.evaluation.reference import Context
from kaoping.evaluation.result import Consequence
from kaoping.evaluation.values import decided
from kaoping.facts.frame import Subject
from kaoping.facts.periods import Period
from kaoping.scheme.model import Duration
from kaoping.scheme.scope import Frame, Scope

if TYPE_CHECKING:
    from kaoping.evaluation.run import Evaluation


def due(evaluation: Evaluation, section: Section, typed: TypedConsequence, subject: Subject) -> Iterator[Consequence]:
    """The consequences of one rule for one subject: one, or one for each window or record."""
    machine, rule = evaluation.machine, typed.rule
    context = evaluation.context(section, subject.id)
    contexts: list[tuple[str, Context]] = [("", context)]
    if typed.each is not None:
        members, _ = machine.members(typed.each, context)
        contexts = [(_member_name(inner, typed), inner) for inner, certain in members if certain]
    for at, inner in contexts:
        if typed.when is not None and machine.closure(typed.when)(inner) is not True:
            continue
        to = addressees(evaluation, section.type, subject.id, rule.to, inner.window)
        points = {}
        for account, amount in typed.points:
            value = machine.closure(amount)(inner)
            if decided(value):
                points[account] = Fraction(value)
        yield Consequence(
            id=rule.id,
            subject=subject.id,
            to=to,
            kind=rule.kind,
            at=at,
            title={"zh": rule.title.zh, "en": rule.title.en},
            points=points,
            blocks=rule.blocks,
            bars=rule.bars,
            document=rule.document,
            amount=rule.amount,
            starts=_day(rule.starts, inner),
            lasts=_length(evaluation, rule.lasts),
            until=_day(rule.until, inner),
            within=_length(evaluation, rule.within),
            closed_by=rule.closed_by,
            on_overdue=rule.on_overdue,
            ends_on=rule.ends_on,
            stacks=rule.stacks,
            discretion=rule.discretion,
            source=rule.clause.source,
        )


def addressees(
    evaluation: Evaluation, section: str, subject: str, paths: tuple[str, ...], window: Period
) -> tuple[str, ...]:
    """The subjects a consequence is addressed to, on the window's last day; ``public`` is itself."""
    found: list[str] = []
    for path in paths:
        if path == "public":
            found.append("public")
            continue
        current, kind = [subject], section
        for step in path.split(".") if path != "subject" else ():
            collection = Scope(evaluation.plan.world, (Frame("subject", kind),)).collection(step)
            if collection is None:
                current = []
                break
            edges = [edge for one in current for edge in evaluation.frame.edges.get((step, one), ())]
            current, kind = [edge.to for edge in edges if edge.holds(window.end)], collection.to
        found += current
    return tuple(dict.fromkeys(found))


def _member_name(context: Context, typed: TypedConsequence) -> str:
    assert typed.each is not None
    if typed.each.kind == "record" and context.record:
        return context.record.no
    if typed.each.kind == "window":
        return context.window.text
    return context.items.get(typed.each.name, "")


def _length(evaluation: Evaluation, name: str) -> Duration | None:
    value = evaluation.machine.parameters.get(name) if name else None
    return value if isinstance(value, Duration) else None


def _day(text: str, context: Context) -> str:
    """``finding.found_on`` becomes the record's day (no day entered: the publication's); others stay as written."""
    if "." not in text or context.record is None:
        return text
    value = context.record.fields.get(text.partition(".")[2])
    return value.isoformat() if isinstance(value, date) else ""
