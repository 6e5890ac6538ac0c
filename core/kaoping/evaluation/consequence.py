"""Consequences that are due: triggers decided true, addressees found, lengths and points filled in."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from kaoping.evaluation.addressed import related
from kaoping.evaluation.context import Context
from kaoping.evaluation.plan import TypedConsequence
from kaoping.evaluation.reference import Machine
from kaoping.evaluation.result import Consequence
from kaoping.evaluation.values import NO_VALUE, decided
from kaoping.facts.periods import Period
from kaoping.facts.values import value_text
from kaoping.scheme.model import PERIOD_DAYS, Duration


class Trigger:
    """The rule of one consequence, ready to be asked of each subject."""

    def __init__(self, machine: Machine, typed: TypedConsequence) -> None:
        self.typed = typed
        self.machine = machine
        self.when = machine.closure(typed.when) if typed.when is not None else None
        self.points = [(account, machine.closure(amount)) for account, amount in typed.points]
        self.paths = [path.split(".") for path in typed.rule.to]
        self.always = _always(machine, typed)
        period = machine.frame.period
        after = (period.end + timedelta(days=1)).isoformat()
        starts, ends = period.start.isoformat(), period.end.isoformat()
        self.period_days = dict.fromkeys(PERIOD_DAYS, after) | {"period_start": starts, "period_end": ends}

    def due(self, subject: str, context: Context) -> list[Consequence]:
        """The consequences for a subject in its whole period: one, or one for each window or record."""
        return [self.consequence(subject, at, inner) for at, inner in self.where(context)]

    def where(self, context: Context) -> list[tuple[str, Context]]:
        """Where one is due: in the whole period (""), or in which windows or for which records."""
        each, when = self.typed.each, self.when
        if each is None:
            return [("", context)] if when is None or when(context) is True else []
        if each.kind == "record" and (context.subjects[each.of], each.name) not in self.machine.frame.records:
            return []
        members, _ = self.machine.members(each, context)
        return [
            (_member_name(inner, self.typed), inner)
            for inner, certain in members
            if certain and (when is None or when(inner) is True)
        ]

    def consequence(self, subject: str, at: str, context: Context) -> Consequence:
        """The consequence that is due there."""
        rule = self.typed.rule
        points = {}
        for account, amount in self.points:
            value = amount(context)
            if decided(value) and value is not NO_VALUE:
                points[account] = Fraction(value)
        return Consequence(
            subject=subject,
            to=self.addressees(subject, self.relations_on(context)),
            at=at,
            window=_window(context.window) if self.typed.each and self.typed.each.kind == "window" else (),
            points=points,
            starts=self.day(rule.starts, context),
            until=self.day(rule.until, context),
            **self.always,
        )

    def day(self, text: str, context: Context) -> str:
        """The record's day for ``finding.found_on`` (none entered: the publication's), the period's for its names."""
        if text in PERIOD_DAYS:
            return self.period_days[text]
        if "." not in text or context.record is None:
            return text
        value = context.record.fields.get(text.partition(".")[2])
        return value.isoformat() if isinstance(value, date) else ""

    def relations_on(self, context: Context) -> date:
        """The day on which relations lead to the addressees: the window's last, or what ``as_of`` says."""
        window = context.window
        text = {"window_start": window.start.isoformat(), "window_end": ""}.get(self.typed.rule.as_of)
        day = self.day(self.typed.rule.as_of, context) if text is None else text
        return date.fromisoformat(day) if day else window.end

    def addressees(self, subject: str, day: date) -> tuple[str, ...]:
        """The subjects a consequence is addressed to, as relations are on a day; ``public`` is itself."""
        found: list[str] = []
        for path in self.paths:
            if path == ["public"]:
                found.append("public")
            else:
                found += related(self.machine.frame, subject, path if path != ["subject"] else (), day)
        return tuple(dict.fromkeys(found))


def _always(machine: Machine, typed: TypedConsequence) -> dict[str, Any]:
    """What every consequence of a rule has in common."""
    rule = typed.rule
    return {
        "id": rule.id,
        "kind": rule.kind,
        "title": {"zh": rule.title.zh, "en": rule.title.en},
        "blocks": rule.blocks,
        "bars": rule.bars,
        "document": rule.document,
        "amount": _amount(machine, rule.amount),
        "lasts": _length(machine, rule.lasts),
        "within": _length(machine, rule.within),
        "closed_by": rule.closed_by,
        "on_overdue": rule.on_overdue,
        "ends_on": rule.ends_on,
        "stacks": rule.stacks,
        "ladder": tuple({"zh": step.zh, "en": step.text("en")} for step in rule.ladder),
        "discretion": rule.discretion,
        "source": rule.clause.source,
    }


def _member_name(context: Context, typed: TypedConsequence) -> str:
    assert typed.each is not None
    if context.part is not None:  # a criterion is another cause in each period
        return f"{context.part.id}@{context.window.text}"
    if typed.each.kind == "record" and context.record:
        return context.record.no
    return context.at.get(typed.each.name, "")


def _window(window: Period) -> tuple[str, ...]:
    return window.kind, window.start.isoformat(), window.end.isoformat()


def _length(machine: Machine, name: str) -> Duration | None:
    value = machine.parameters.get(name) if name else None
    return value if isinstance(value, Duration) else None


def _amount(machine: Machine, name: str) -> str:
    """The parameter's value with its unit, as ``600元``; what names none stands as written."""
    parameter, value = machine.plan.scheme.parameters.get(name), machine.parameters.get(name)
    if parameter is None or value is None or isinstance(value, Duration):
        return name
    return value if isinstance(value, str) else f"{value_text(value)}{parameter.unit}"
