"""The scheme evaluated with nothing known: what can be said to be wrong before any subject exists.

Every fact is as wide as declared and every register open, so each expression gives its static range. A divisor that
may be 0, an optional fact read where a blank would spoil the result, and bands with constant limits that leave out or
share a value are told here.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from kaoping.errors import DataError
from kaoping.evaluation.bands import band_problems
from kaoping.evaluation.grading import Grader
from kaoping.evaluation.plan import Plan, Section, section_trees
from kaoping.evaluation.reference import Machine
from kaoping.evaluation.values import ends
from kaoping.facts.frame import Frame
from kaoping.scheme.typed import FactRef, Typed


def blind_machine(plan: Plan) -> Machine:
    """The plan with nothing known, in a period in which every parameter has its newest value."""
    force = plan.scheme.in_force[0] or date(2025, 1, 1)
    newest = max([since for p in plan.scheme.parameters.values() for since, _ in p.values if since], default=force)
    period = plan.scheme.period_holding(max(force, newest))
    return Machine(plan, Frame(period, period.end, {}), blind=True)


def blind_problems(plan: Plan) -> list[DataError]:
    """Everything that blind evaluation finds, by place."""
    machine = blind_machine(plan)
    grader = Grader(plan, machine)
    for (of, name), measure in plan.measures.items():
        for _, context in grader.instances(measure.rule.for_each, grader.context(of, None)):
            machine.measure(of, name, None, context)
    for section in plan.sections():
        for _, when in section.bands:
            if when is not None:
                machine.closure(when)(grader.context(section.type, None))
        for criterion in section.criteria:
            for one in machine.judged(criterion, section.type, None):
                one.points()
    errors = [DataError("scheme.divisor-zero", place=place) for place in sorted(machine.zero_divisors)]
    errors += list(_unguarded(plan))
    for section in plan.sections():
        errors += list(_points(machine, section))
        errors += list(band_problems(plan, machine, section))
    return errors


def _points(machine: Machine, section: Section) -> Iterator[DataError]:
    """Criteria that may be worth less than nothing."""
    for criterion in section.criteria:
        worth = [ends(one.full_points())[0] for one in machine.judged(criterion, section.type, None)]
        if criterion.points and any(low is None or low < 0 for low in worth):
            yield DataError("scheme.points-negative", place=criterion.points.place, name=criterion.rule.id)


# --- optional facts


def _unguarded(plan: Plan) -> Iterator[DataError]:
    for measure in plan.measures.values():
        left_out = set(measure.rule.leave_out)
        for name, what, weight in measure.weigh:
            for tree in (weight,) if name in left_out else (what, weight):
                yield from _exposed(tree, frozenset())
        weighed = {id(what) for _, what, _ in measure.weigh} | {id(weight) for _, _, weight in measure.weigh}
        for tree in measure.parts():
            if id(tree) not in weighed:
                yield from _exposed(tree, frozenset())
    for section in plan.sections():
        for tree in section_trees(section):
            yield from _exposed(tree, frozenset())
    for rule in plan.cohort.values():
        for tree in rule.parts():
            yield from _exposed(tree, frozenset())


def _exposed(node: Typed, known: frozenset[str]) -> Iterator[DataError]:
    """Optional facts read outside known(), or_else() and conditions that ask known() first."""
    if node.op == "known":
        return
    if node.op == "fact" and isinstance(node.data, FactRef):
        fact = node.data.fact
        if fact.optional and fact.id not in known:
            yield DataError("scheme.optional-unguarded", place=node.place, name=fact.id)
        return
    if node.op == "or_else":
        yield from _exposed(node.kids[1], known)
        return
    if node.op == "and":
        known |= {name for kid in node.kids for name in _asks(kid)}
    if node.op == "if":
        then, when, other = node.kids
        yield from _exposed(when, known)
        yield from _exposed(then, known | set(_asks(when)))
        yield from _exposed(other, known)
        return
    if node.op == "aggregate" and node.data.where:
        known |= set(_asks(node.kids[node.data.what]))
    for kid in node.kids:
        yield from _exposed(kid, known)


def _asks(node: Typed) -> Iterator[str]:
    if node.op == "known" and isinstance(node.kids[0].data, FactRef):
        yield node.kids[0].data.fact.id
    elif node.op == "and":
        for kid in node.kids:
            yield from _asks(kid)
