"""Why a subject's result is what it is: each rule with its expression, values read, thresholds and clause."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from kaoping.evaluation.context import Context
from kaoping.evaluation.plan import Section
from kaoping.evaluation.run import Evaluation, shown
from kaoping.evaluation.values import Value
from kaoping.facts.types import Title
from kaoping.insight.reading import OPEN, Read, Reading, clause_data, title_data, truth_data
from kaoping.scheme.model import Expr, GradeRules
from kaoping.scheme.typed import Typed

__all__ = ["OPEN", "Explainer", "explain", "grade_form"]


def explain(evaluation: Evaluation, section: Section, subject: str) -> dict[str, Any]:
    """The explanation of one subject as JSON data.

    ``facts`` of a rule name the entries read as (subject, fact, period, item), for the caller to say where each came
    from; ``records`` do the same for register entries.
    """
    return Explainer(evaluation).explain(section, subject)


def grade_form(rules: GradeRules | None) -> str:
    """How bands give the grade: the ``first`` that fits, the ``unique`` one, or it is ``taken`` from a value."""
    return "first" if rules is None else "taken" if rules.taken else rules.hit


class Explainer:
    """Explains subjects of an evaluation; what is the same for all of them is made ready once."""

    def __init__(self, evaluation: Evaluation) -> None:
        self.evaluation = evaluation
        self.machine = evaluation.machine
        self.reading = Reading(evaluation)
        self._ready: dict[str, _Ready] = {}

    def explain(self, section: Section, subject: str) -> dict[str, Any]:
        """The explanation of one subject; what `explain` says of it holds here too."""
        ready = self._ready.get(section.type)
        if ready is None:
            ready = self._ready[section.type] = _Ready(self, section)
        return ready.data(subject)


class _Ready:
    """The rules of a section, ready to be explained for one subject after another."""

    def __init__(self, explainer: Explainer, section: Section) -> None:
        self.evaluation = evaluation = explainer.evaluation
        self.machine = explainer.machine
        self.reading = explainer.reading
        self.section = section
        some = self.machine.windows.some
        used = [measure for (of, _), measure in evaluation.plan.measures.items() if of == section.type]
        self.of_measures = [
            (measure, self.read_by(*measure.parts()), _always(measure.rule), _expression(measure.rule))
            for measure in used
            if not evaluation.part or some(measure.rule.for_each)
        ]
        self.of_criteria = [
            (
                criterion,
                self.read_by(*(part for part in (criterion.require, criterion.earns) if part)),
                _always(criterion.rule),
            )
            for criterion in section.criteria
            if not evaluation.part or some(criterion.rule.for_each)
        ]
        self.decisions = {
            name: {"zh": known.title.zh, "en": known.title.en, "why": title_data(known.why)}
            for name, known in evaluation.plan.scheme.decisions.items()
        }

    def read_by(self, *nodes: Typed) -> Callable[[Context], Read]:
        """What some expressions read in a context."""
        readers = [self.reading.of(node) for node in nodes]

        def read(context: Context) -> Read:
            found = Read()
            for reader in readers:
                reader(context, found, "")
            return found

        return read

    def evaluated(self, node: Typed, context: Context) -> tuple[Value, Read]:
        return self.machine.closure(node)(context), self.read_by(node)(context)

    def data(self, subject: str) -> dict[str, Any]:
        self.reading.begin()
        context = self.evaluation.context(self.section, subject)
        part = self.evaluation.part
        return {
            "measures": list(self.measures(subject, context)),
            "gates": [] if part else [self.gate(rule, node, context) for rule, node in self.section.gates],
            "criteria": list(self.criteria(subject)),
            "grade_form": grade_form(self.section.grade),
            "bands": [] if part else list(self.bands(subject, context)),
            "vetoes": [] if part else list(self.vetoes(context)),
            "cohort": list(self.cohort(subject)),
            "decisions": {name: dict(known) for name, known in self.decisions.items()},
        }

    def measures(self, subject: str, context: Context) -> Iterator[dict[str, Any]]:
        instances, machine = self.evaluation.grader.instances, self.machine
        for measure, reader, always, expression in self.of_measures:
            rule = measure.rule
            ask, kind = machine.asked(measure.section, rule.id), measure.type.kind
            for at, inner in instances(rule.for_each, context):
                read = reader(inner)
                yield {
                    "id": rule.id,
                    "at": at,
                    "title": always["title"],
                    "value": shown(ask(subject, inner), kind),
                    "unit": rule.unit,
                    "expression": expression,
                    "round": rule.round,
                    "frozen": machine.frozen(measure, subject, inner) is not None,
                    **read.data(),
                    **always,
                }

    def gate(self, rule: Any, node: Typed, context: Context) -> dict[str, Any]:
        value, read = self.evaluated(node, context)
        return {
            "id": rule.id,
            "title": title_data(rule.title),
            "passed": truth_data(value),
            "otherwise": rule.otherwise,
            "expression": rule.needs.text,
            **read.data(),
            **clause_data(rule.clause),
        }

    def criteria(self, subject: str) -> Iterator[dict[str, Any]]:
        for criterion, reader, always in self.of_criteria:
            rule = criterion.rule
            for one in self.machine.judged(criterion, self.section.type, subject):
                read = reader(one.context)
                named = "not_applicable" if one.outcome is None else _OUTCOMES.get(truth_data(one.outcome), "unknown")
                worth = criterion.points is not None and one.applies is not False
                yield {
                    "id": rule.id,
                    "at": one.at,
                    "title": always["title"],
                    "outcome": named,
                    "points": shown(one.earned()) if worth else None,
                    "full_points": shown(one.full_points()) if worth else None,
                    "severity": rule.severity,
                    "expression": rule.require.text,
                    **read.data(),
                    **always,
                }

    def bands(self, subject: str, context: Context) -> Iterator[dict[str, Any]]:
        rules = self.section.grade
        if rules is None:
            return
        grading = self.evaluation.grader.grading(self.section.type, subject)
        for (grade, node), band in zip(self.section.bands, rules.bands, strict=True):
            title = rules.titles.get(grade, Title(grade))
            if node is None:
                holds = truth_data(grading.bands.get(grade, True))
                yield {"grade": grade, "title": title_data(title), "holds": holds, "expression": "otherwise"}
                continue
            value, read = self.evaluated(node, context)
            if rules.taken and value is False:
                continue
            told: dict[str, Any] = {"grade": grade, "title": title_data(title), "holds": truth_data(value)}
            yield {**told, "expression": band.when.text if band.when else "", **read.data()}

    def vetoes(self, context: Context) -> Iterator[dict[str, Any]]:
        for rule, node in self.section.vetoes:
            value, read = self.evaluated(node, context)
            yield {
                "id": rule.id,
                "title": title_data(rule.title),
                "holds": truth_data(value),
                "effect": "at_most" if rule.at_most else "becomes",
                "grade": rule.at_most or rule.becomes,
                "expression": rule.when.text,
                **read.data(),
                **clause_data(rule.clause),
            }

    def cohort(self, subject: str) -> Iterator[dict[str, Any]]:
        for name, window in self.evaluation.cohort_windows(self.section):
            rule = self.evaluation.plan.cohort[name].rule
            places = self.evaluation.cohort.among(name, window, subject)
            value = self.evaluation.cohort.value(self.section.type, name, subject, window)
            yield {
                "id": name,
                "at": window,
                "title": title_data(rule.title),
                "outcome": shown(value),
                "rank": places.ranks.get(subject),
                "of": len(places.ranks),
                "waiting_for": list(places.waiting),
                "draw_among": list(places.draws) if subject in places.draws else [],
                "expression": rule.by[0][0].text if rule.by[0][0] else "",
                **clause_data(rule.clause),
            }


_OUTCOMES = {True: "met", False: "not_met", None: "unknown"}


def _always(rule: Any) -> Mapping[str, Any]:
    """What a rule says of itself whoever is judged."""
    return MappingProxyType({"title": title_data(rule.title), **clause_data(rule.clause)})


def _expression(rule: Any) -> str:
    """A measure as one text, whatever its form."""
    if rule.value is not None:
        return _text(rule.value)
    if rule.weigh:
        parts = ", ".join(f"{what.text}: {weight.text}" for what, weight in rule.weigh)
        left = f"; leave_out {', '.join(rule.leave_out)}" if rule.leave_out else ""
        return f"weigh {{{parts}}}{left}"
    return "; ".join(
        f"{kind} {_text(amount)}" + (f" when {_text(when)}" if when else "") for kind, amount, when in rule.steps
    )


def _text(expr: Expr) -> str:
    return " ".join(expr.text.split())
