"""What is wrong with a scheme that compiles, as far as reading it tells: no prover is needed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from kaoping.errors import Place
from kaoping.evaluation.context import Context
from kaoping.evaluation.plan import Plan, Section
from kaoping.evaluation.reference import Machine
from kaoping.evaluation.values import ends, present
from kaoping.facts.frame import Frame
from kaoping.facts.periods import Period
from kaoping.facts.values import number_text
from kaoping.scheme.model import Duration
from kaoping.scheme.typed import FactRef, NameRef, Typed


@dataclass(frozen=True)
class Finding:
    """Something wrong with a scheme.

    Attributes:
        code: ``proofs.…``, the key of its text.
        rule: the name of the rule it is about.
        facts: what its text says.
        witness: a world that shows it; `other`: a second one beside it.
    """

    code: str
    rule: str
    place: Place
    facts: dict[str, Any] = field(default_factory=dict)
    witness: Frame | None = None
    other: Frame | None = None


def trial_period(plan: Plan) -> Period:
    """A period in which the newest of every parameter is in force."""
    force = plan.scheme.in_force[0] or date(2025, 1, 1)
    newest = max([since for p in plan.scheme.parameters.values() for since, _ in p.values if since], default=force)
    return plan.scheme.period_holding(max(force, newest))


def faults(plan: Plan) -> Iterator[Finding]:
    """Everything that reading finds."""
    yield from _unused(plan)
    yield from _weights(plan)
    yield from _endless(plan)
    yield from _limits(plan)


def all_trees(plan: Plan) -> Iterator[Typed]:
    """Every expression of a plan."""
    for measure in plan.measures.values():
        yield from measure.parts()
    for section in plan.sections():
        yield from (needs for _, needs in section.gates)
        for criterion in section.criteria:
            yield from criterion.parts()
        yield from (when for _, when in section.bands if when)
        yield from (when for _, when in section.vetoes)
        for consequence in section.consequences:
            yield from (part for part in (consequence.when, *(points for _, points in consequence.points)) if part)
    for rule in plan.cohort.values():
        yield from rule.parts()


def _nodes(plan: Plan) -> Iterator[Typed]:
    for tree in all_trees(plan):
        for node in tree.walk():
            yield node
            for more in (node.collection.trailing, node.collection.past, node.collection.on) if node.collection else ():
                if more is not None:
                    yield from more.walk()


def _unused(plan: Plan) -> Iterator[Finding]:
    """Facts, registers, measures and parameters that nothing reads."""
    scheme = plan.scheme
    nodes = list(_nodes(plan))
    facts = {node.data.fact.id for node in nodes if isinstance(node.data, FactRef)}
    registers = {node.collection.name for node in nodes if node.collection and node.collection.kind == "record"}
    named = {node.data.name for node in nodes if isinstance(node.data, NameRef)}
    parameters = {node.data for node in nodes if node.op == "parameter"}
    rules = [*scheme.consequences.values()]
    for roll_up in scheme.roll_ups.values():
        rules += roll_up.consequences.values()
    parameters |= {name for rule in rules for name in (rule.lasts, rule.within)}
    registers |= {rule.for_each for rule in rules}
    draws = {f"{rule.rule.id}_draw" for rule in plan.cohort.values()}
    sections = [(section.grade.score if section.grade else "") for section in plan.sections()]
    shown = {*sections, *scheme.publishes.values()}
    for name, use in scheme.facts.items():
        if name not in facts | draws and use.type is not None and not use.cited:  # what is cited is asked for as it is
            yield Finding("proofs.fact-unused", name, use.place, {"name": name})
    for name, (_, _, place) in scheme.records.items():
        if name not in registers:
            yield Finding("proofs.record-unused", name, place, {"name": name})
    for name, parameter in scheme.parameters.items():
        if name not in parameters:
            yield Finding("proofs.parameter-unused", name, parameter.place, {"name": name})
    for (_, name), measure in plan.measures.items():
        reads = name in named or name in shown or name.partition(".")[0] in shown
        cited = measure.rule.clause.source or measure.rule.clause.decisions
        if not reads and not cited and measure.rule.table is None:
            yield Finding("proofs.measure-unused", name, measure.rule.place, {"name": name})


def _weights(plan: Plan) -> Iterator[Finding]:
    """Weights below 0, of nothing, or in hundredths that are not a hundred together."""
    for measure in plan.measures.values():
        rule = measure.rule
        values: list[Fraction] = []
        units: set[str] = set()
        for _, _, weight in measure.weigh:
            parameter = plan.scheme.parameters.get(weight.data) if weight.op == "parameter" else None
            value = parameter.values[-1][1] if parameter else weight.data if weight.op == "const" else None
            if not isinstance(value, int | Fraction):
                values = []
                break
            values.append(Fraction(value))
            units.add(parameter.unit if parameter else "")
        facts = {"name": rule.id, "sum": number_text(sum(values, Fraction(0)))}
        if any(value < 0 for value in values) or (values and not any(values)):
            yield Finding("proofs.weight-below-zero", rule.id, rule.place, facts)
        elif values and rule.total is None and units == {"%"} and sum(values) != 100:
            yield Finding("proofs.weights-sum", rule.id, rule.place, facts)


def _endless(plan: Plan) -> Iterator[Finding]:
    """Points, blocks and bars that never end."""
    for section in plan.sections():
        for typed in section.consequences:
            rule = typed.rule
            counts = rule.points or rule.blocks or rule.bars
            if counts and not (rule.lasts or rule.until or rule.within or rule.closed_by or rule.ends_on):
                yield Finding("proofs.endless", rule.id, rule.place, {"name": rule.id})


# --- limits nobody can reach


def _limits(plan: Plan) -> Iterator[Finding]:
    """Comparisons of a fact, field or measure with a limit outside of all it may be."""
    period = trial_period(plan)
    machine = Machine(plan, Frame(period, period.end, {}), blind=True)
    seen: set[Place] = set()
    for section, grain, tree in _standing(plan):
        for _, context in machine.instances(grain, machine.home(section, None)):
            for finding in _constant(machine, tree, context):
                if finding.place not in seen:
                    seen.add(finding.place)
                    yield finding
            break


def _standing(plan: Plan) -> Iterator[tuple[str, tuple[str, ...], Typed]]:
    for (of, _), measure in plan.measures.items():
        yield from ((of, measure.rule.for_each, part) for part in measure.parts())
    for section in plan.sections():
        yield from ((section.type, (), tree) for tree in _of_section(section))
        for criterion in section.criteria:
            yield from ((section.type, criterion.rule.for_each, tree) for tree in criterion.parts())


def _of_section(section: Section) -> Iterator[Typed]:
    yield from (needs for _, needs in section.gates)
    yield from (when for _, when in section.bands if when)
    yield from (when for _, when in section.vetoes)


def _constant(machine: Machine, node: Typed, context: Context) -> Iterator[Finding]:
    if node.op == "compare":
        found = _beyond(machine, node, context)
        if found:
            yield found
    inner = context
    asks = 0
    if node.collection is not None:
        asks = node.data.asks
        inner = machine.blank_member(node.collection, context) if asks else context
    for number, kid in enumerate(node.kids):
        yield from _constant(machine, kid, inner if number < asks else context)


def _beyond(machine: Machine, node: Typed, context: Context) -> Finding | None:
    """A comparison that holds always or never, of something with ends beside a number or parameter."""
    left, right = node.kids
    op = node.data
    if right.op in ("fact", "field", "named"):
        left, right, op = right, left, {"<": ">", "<=": ">=", ">": "<", ">=": "<="}.get(op, op)
    if left.op not in ("fact", "field", "named") or right.op not in ("const", "parameter"):
        return None
    if left.type.kind != "number" or (isinstance(left.data, NameRef) and left.data.kind == "cohort"):
        return None
    low, high = ends(present(machine.closure(left)(context)))
    limit = machine.closure(right)(context)
    if not isinstance(limit, int | Fraction) or isinstance(limit, Duration):
        return None
    outside = (low is not None and limit < low) or (high is not None and limit > high)
    at_end = (op == ">" and limit == high) or (op == "<" and limit == low)
    if not outside and not at_end:
        return None
    name = left.data[0] if left.op == "field" else left.data.fact.id if left.op == "fact" else left.data.name
    facts = {
        "name": name,
        "limit": number_text(limit),
        "low": "-∞" if low is None else number_text(low),
        "high": "∞" if high is None else number_text(high),
    }
    return Finding("proofs.limit-outside", name, node.place, facts)
