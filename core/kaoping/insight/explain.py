"""Why a subject's result is what it is: each rule with its expression, values read, thresholds and clause."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from kaoping.evaluation.context import Context
from kaoping.evaluation.plan import Section
from kaoping.evaluation.run import Evaluation, shown
from kaoping.evaluation.values import MAYBE, Value
from kaoping.facts.frame import Plain
from kaoping.facts.types import Title
from kaoping.facts.values import value_text
from kaoping.scheme.model import Clause, Duration, Expr, GradeRules
from kaoping.scheme.typed import Collection, FactRef, Lookup, NameRef, Passage, Typed

MOST_RECORDS = 50
OPEN = " open"
"""Behind the name of a register: nobody has stated it complete through the last day asked for."""


@dataclass
class _Read:
    """What one rule read: values by name, thresholds, facts (to find where they came from), records looked through."""

    values: dict[str, Any] = field(default_factory=dict)
    thresholds: dict[str, Any] = field(default_factory=dict)
    facts: list[dict[str, Any]] = field(default_factory=list)
    records: list[dict[str, Any]] = field(default_factory=list)

    def data(self) -> dict[str, Any]:
        found: dict[str, Any] = {"values": self.values, "threshold": self.thresholds, "facts": self.facts}
        if self.records:
            found["records"] = self.records
        return found


def explain(evaluation: Evaluation, section: Section, subject: str) -> dict[str, Any]:
    """The explanation of one subject as JSON data.

    ``facts`` of a rule name the entries read as (subject, fact, period, item), for the caller to say where each came
    from; ``records`` do the same for register entries.
    """
    return _Explainer(evaluation, section, subject).data()


def grade_form(rules: GradeRules | None) -> str:
    """How bands give the grade: the ``first`` that fits, the ``unique`` one, or it is ``taken`` from a value."""
    return "first" if rules is None else "taken" if rules.taken else rules.hit


class _Explainer:
    def __init__(self, evaluation: Evaluation, section: Section, subject: str) -> None:
        self.evaluation = evaluation
        self.machine = evaluation.machine
        self.section = section
        self.subject = subject
        self.context = evaluation.context(section, subject)

    def data(self) -> dict[str, Any]:
        plan, section = self.evaluation.plan, self.section
        part = self.evaluation.part
        return {
            "measures": list(self.measures()),
            "gates": [] if part else [self.gate(rule, node) for rule, node in section.gates],
            "criteria": list(self.criteria()),
            "grade_form": grade_form(section.grade),
            "bands": [] if part else list(self.bands()),
            "vetoes": [] if part else list(self.vetoes()),
            "cohort": list(self.cohort()),
            "decisions": {
                name: {"zh": known.title.zh, "en": known.title.en, "why": _title(known.why)}
                for name, known in plan.scheme.decisions.items()
            },
        }

    def measures(self) -> Iterator[dict[str, Any]]:
        for (of, name), measure in self.evaluation.plan.measures.items():
            rule = measure.rule
            if of != self.section.type or (self.evaluation.part and not self.machine.windows.some(rule.for_each)):
                continue
            for at, context in self.evaluation.grader.instances(rule.for_each, self.context):
                read = _Read()
                for part in measure.parts():
                    self.read(part, context, read)
                value = self.machine.measure(of, name, self.subject, context)
                yield {
                    "id": name,
                    "at": at,
                    "title": _title(rule.title),
                    "value": shown(value, measure.type.kind),
                    "unit": rule.unit,
                    "expression": _expression(measure.rule),
                    "round": rule.round,
                    "frozen": self.machine.frozen(measure, self.subject, context) is not None,
                    **read.data(),
                    **_clause(rule.clause),
                }

    def gate(self, rule: Any, node: Typed) -> dict[str, Any]:
        value, read = self.evaluated(node, self.context)
        return {
            "id": rule.id,
            "title": _title(rule.title),
            "passed": _truth(value),
            "otherwise": rule.otherwise,
            "expression": rule.needs.text,
            **read.data(),
            **_clause(rule.clause),
        }

    def criteria(self) -> Iterator[dict[str, Any]]:
        for criterion in self.section.criteria:
            rule = criterion.rule
            if self.evaluation.part and not self.machine.windows.some(rule.for_each):
                continue
            for one in self.machine.judged(criterion, self.section.type, self.subject):
                _, read = self.evaluated(criterion.require, one.context)
                if criterion.earns:
                    self.read(criterion.earns, one.context, read)
                named = "not_applicable" if one.outcome is None else _OUTCOMES.get(_truth(one.outcome), "unknown")
                worth = criterion.points is not None and one.applies is not False
                yield {
                    "id": rule.id,
                    "at": one.at,
                    "title": _title(rule.title),
                    "outcome": named,
                    "points": shown(one.earned()) if worth else None,
                    "full_points": shown(one.full_points()) if worth else None,
                    "severity": rule.severity,
                    "expression": rule.require.text,
                    **read.data(),
                    **_clause(rule.clause),
                }

    def bands(self) -> Iterator[dict[str, Any]]:
        rules = self.section.grade
        if rules is None:
            return
        grading = self.evaluation.grader.grading(self.section.type, self.subject)
        for (grade, node), band in zip(self.section.bands, rules.bands, strict=True):
            title = rules.titles.get(grade, Title(grade))
            if node is None:
                holds = _truth(grading.bands.get(grade, True))
                yield {"grade": grade, "title": _title(title), "holds": holds, "expression": "otherwise"}
                continue
            value, read = self.evaluated(node, self.context)
            if rules.taken and value is False:
                continue
            text = band.when.text if band.when else ""
            yield {"grade": grade, "title": _title(title), "holds": _truth(value), "expression": text, **read.data()}

    def vetoes(self) -> Iterator[dict[str, Any]]:
        for rule, node in self.section.vetoes:
            value, read = self.evaluated(node, self.context)
            yield {
                "id": rule.id,
                "title": _title(rule.title),
                "holds": _truth(value),
                "effect": "at_most" if rule.at_most else "becomes",
                "grade": rule.at_most or rule.becomes,
                "expression": rule.when.text,
                **read.data(),
                **_clause(rule.clause),
            }

    def cohort(self) -> Iterator[dict[str, Any]]:
        for name, window in self.evaluation.cohort_windows(self.section):
            rule = self.evaluation.plan.cohort[name].rule
            places = self.evaluation.cohort.among(name, window, self.subject)
            value = self.evaluation.cohort.value(self.section.type, name, self.subject, window)
            yield {
                "id": name,
                "at": window,
                "title": _title(rule.title),
                "outcome": shown(value),
                "rank": places.ranks.get(self.subject),
                "of": len(places.ranks),
                "waiting_for": list(places.waiting),
                "draw_among": list(places.draws) if self.subject in places.draws else [],
                "expression": rule.by[0][0].text if rule.by[0][0] else "",
                **_clause(rule.clause),
            }

    # --- what a rule read

    def evaluated(self, node: Typed, context: Context) -> tuple[Value, _Read]:
        read = _Read()
        self.read(node, context, read)
        return self.machine.closure(node)(context), read

    def read(self, node: Typed, context: Context, read: _Read, suffix: str = "") -> None:
        if node.op == "parameter":
            parameter = self.evaluation.plan.scheme.parameters[node.data]
            read.thresholds[node.data] = {
                "value": _parameter(self.machine.parameters[node.data]),
                "unit": parameter.unit,
                "title": _title(parameter.title),
                **_clause(parameter.clause),
            }
        elif node.op == "fact":
            self.fact(node.data, context, read, suffix)
        elif node.op == "published":
            name = f"{node.data.shift}({node.data.ref.name}){suffix}"
            read.values[name] = shown(self.machine.closure(node)(context), node.type.kind)
        elif node.op == "shifted":
            value = self.machine.closure(node)(context)
            read.values[f"{node.data.shift}({node.data.fact.id}){suffix}"] = shown(value, node.type.kind)
        elif node.op == "named":
            ref: NameRef = node.data
            value = self.machine.closure(node)(context)
            at = "".join(f"@{context.at[g]}" for g in ref.grain)
            read.values[f"{ref.name}{at or suffix}"] = shown(value, node.type.kind)
        elif node.op == "part":
            value = self.machine.closure(node)(context)
            read.values[f"{node.data[0]}{suffix}"] = shown(value, node.type.kind)
        elif node.op == "built_in":
            read.values[node.data] = shown(self.machine.closure(node)(context), node.type.kind)
        elif node.collection is not None:
            self.passage(node, node.collection, context, read)
        elif node.op == "lookup":
            asked: Lookup = node.data
            value = self.machine.closure(node)(context)
            read.values[f"lookup({asked.scale.scale.id}){suffix}"] = shown(value, node.type.kind)
            for kid in node.kids[: asked.args]:
                self.read(kid, context, read, suffix)
            for kid in node.kids[asked.args :]:
                self.thresholds(kid, context, read)
        else:
            for kid in node.kids:
                self.read(kid, context, read, suffix)

    def fact(self, ref: FactRef, context: Context, read: _Read, suffix: str) -> None:
        fact = ref.fact
        windows, items = self.machine.windows.parted(fact.for_each, context.at)
        period = windows[0] if windows else self.machine.base.text
        name = "@".join([fact.id, *windows, *items])
        value = shown(self.machine.fact_value(ref, context), fact.type.kind)
        read.values[name if windows or items else f"{name}{suffix}"] = value
        subject = context.subjects[ref.frame] or ""
        entry = {"subject": subject, "fact": fact.id, "period": period, "item": "".join(items), "value": value}
        entry["title"] = _title(fact.title)
        entry["holds"] = fact.holds
        entry["fed_from"] = fact.fed_from
        if entry not in read.facts:
            read.facts.append(entry)

    def passage(self, node: Typed, collection: Collection, context: Context, read: _Read) -> None:
        members, is_open = self.machine.members(collection, context)
        asks: Passage = node.data
        value = self.machine.closure(node)(context)
        read.values[f"{asks.function}({collection.name})"] = shown(value, node.type.kind)
        if collection.kind == "record":
            subject = context.subjects[collection.of] or ""
            for inner, certain in members[:MOST_RECORDS]:
                assert inner.record is not None
                fields = {key: _plain(entered) for key, entered in inner.record.fields.items()}
                entry: dict[str, Any] = {"subject": subject, "record": collection.name, "no": inner.record.no}
                entry["fields"] = fields
                entry["counts"] = self.counts(node, inner, certain)
                if entry not in read.records:
                    read.records.append(entry)
            if is_open:
                read.values[f"{collection.name}{OPEN}"] = True
        for kid in node.kids[asks.asks + asks.none :]:
            self.read(kid, context, read)
        for kid in node.kids[: asks.asks]:
            for inner, _ in members[:MOST_RECORDS]:
                if collection.kind == "record":
                    self.thresholds(kid, inner, read)
                else:
                    self.read(kid, inner, read, self.suffix(collection, inner))

    def counts(self, node: Typed, inner: Context, certain: bool) -> bool | None:
        """Is this record one that the rule counts (None: undecided)?"""
        asks: Passage = node.data
        tests = [kid for kid in node.kids[: asks.asks] if kid.type.kind == "boolean"]
        values = [self.machine.closure(test)(inner) for test in tests] + [True if certain else MAYBE]
        return False if False in values else None if any(value is MAYBE for value in values) else True

    def thresholds(self, node: Typed, context: Context, read: _Read) -> None:
        for part in node.walk():
            if part.op == "parameter":
                self.read(part, context, read)

    def suffix(self, collection: Collection, inner: Context) -> str:
        if inner.part is not None and collection.kind not in ("relation", "window", "list"):
            return f"@{inner.part.id}"
        if collection.kind == "relation":
            return f"@{inner.subjects[collection.to]}"
        if collection.kind == "window":
            return f"@{inner.window.text}"
        return f"@{inner.at.get(collection.name, '')}"


_OUTCOMES = {True: "met", False: "not_met", None: "unknown"}


def _truth(value: Value) -> bool | None:
    return value if isinstance(value, bool) else None


def _title(title: Title) -> dict[str, str]:
    return {"zh": title.zh, "en": title.en}


def _clause(clause: Clause) -> dict[str, Any]:
    return {"clause": clause.source, "decisions": list(clause.decisions)}


def _parameter(value: Any) -> Any:
    if isinstance(value, Duration):
        return str(value)
    return value if isinstance(value, str) else value_text(value)


def _plain(value: Plain) -> Any:
    if isinstance(value, bool | str):
        return value
    return value_text(value)


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
