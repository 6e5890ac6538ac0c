"""The scheme evaluated with nothing known: what can be said to be wrong before any subject exists.

Every fact is as wide as declared and every register open, so each expression gives its static range. A divisor that
may be 0, an optional fact read where a blank would spoil the result, and bands with constant limits that leave out or
share a value are told here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import pairwise

from kaoping.errors import DataError, Place
from kaoping.evaluation.grading import Grader
from kaoping.evaluation.plan import Plan, Section, section_trees
from kaoping.evaluation.reference import Machine
from kaoping.evaluation.values import decided, ends
from kaoping.facts.frame import Frame
from kaoping.facts.values import number_text
from kaoping.scheme.typed import FactRef, NameRef, Typed


def blind_problems(plan: Plan) -> list[DataError]:
    """Everything that blind evaluation finds, by place."""
    force = plan.scheme.in_force[0] or date(2025, 1, 1)
    newest = max([since for p in plan.scheme.parameters.values() for since, _ in p.values if since], default=force)
    period = plan.scheme.period_holding(max(force, newest))
    machine = Machine(plan, Frame(period, period.end, {}), blind=True)
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
        errors += list(_bands(plan, machine, grader, section))
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


# --- bands


@dataclass(frozen=True)
class _Span:
    low: int | Fraction | None = None
    high: int | Fraction | None = None
    low_in: bool = True
    high_in: bool = True

    def meet(self, other: _Span) -> _Span:
        low, low_in = self.low, self.low_in
        if other.low is not None and (low is None or other.low > low or (other.low == low and not other.low_in)):
            low, low_in = other.low, other.low_in
        high, high_in = self.high, self.high_in
        if other.high is not None and (high is None or other.high < high or (other.high == high and not other.high_in)):
            high, high_in = other.high, other.high_in
        return _Span(low, high, low_in, high_in)


def _bands(plan: Plan, machine: Machine, grader: Grader, section: Section) -> Iterator[DataError]:
    """Bands with constant limits on one number: floors must fall, two-sided ones must meet without sharing."""
    found: list[tuple[str, _Span, Place]] = []
    over: set[NameRef | FactRef] = set()
    for grade, when in section.bands:
        if when is None:
            continue
        span = _limits(when, machine, grader, section, over)
        if span is None:
            return
        found.append((grade, span, when.place))
    if len(over) != 1:
        return
    step = _step(plan, next(iter(over)))
    for (better, above, _), (grade, below, place) in pairwise(found):
        if below.high is None:
            if above.low is not None and below.low is not None and (below.low, not below.low_in) >= (above.low, False):
                yield DataError(
                    "scheme.band-never", place=place, grade=grade, better=better, limit=number_text(below.low)
                )
            continue
        if above.low is None:
            continue
        if below.high > above.low or (below.high == above.low and below.high_in and above.low_in):
            witness = above.low if above.low_in else (above.low + below.high) / Fraction(2)
            yield DataError("scheme.bands-share", place=place, grade=grade, better=better, witness=number_text(witness))
        elif (gap := _gap(below, above, step)) is not None:
            yield DataError("scheme.bands-gap", place=place, grade=grade, better=better, witness=number_text(gap))


def _gap(below: _Span, above: _Span, step: Fraction | None) -> int | Fraction | None:
    assert below.high is not None
    assert above.low is not None
    if step is None:
        if below.high < above.low:
            return (below.high + above.low) / Fraction(2)
        return None if below.high_in or above.low_in else below.high
    first = (below.high // step) * step
    while first < below.high or (first == below.high and below.high_in):
        first += step
    return first if first < above.low or (first == above.low and not above.low_in) else None


def _limits(
    node: Typed, machine: Machine, grader: Grader, section: Section, over: set[NameRef | FactRef]
) -> _Span | None:
    if node.op == "and":
        span = _Span()
        for kid in node.kids:
            part = _limits(kid, machine, grader, section, over)
            if part is None:
                return None
            span = span.meet(part)
        return span
    if node.op != "compare" or node.data == "!=":
        return None
    (left, right), op = node.kids, node.data
    if not isinstance(left.data, NameRef | FactRef):
        left, right = right, left
        op = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "=="}[op]
    if not isinstance(left.data, NameRef | FactRef) or any(
        isinstance(part.data, NameRef | FactRef) for part in right.walk()
    ):
        return None
    limit = machine.closure(right)(grader.context(section.type, None))
    if not decided(limit):
        return None
    over.add(left.data)
    if op == "==":
        return _Span(limit, limit)
    return _Span(low=limit, low_in=op == ">=") if op in (">", ">=") else _Span(high=limit, high_in=op == "<=")


def _step(plan: Plan, ref: NameRef | FactRef) -> Fraction | None:
    """The distance between neighbouring values of what the bands look at; None where it is continuous."""
    if isinstance(ref, FactRef):
        return Fraction(1) if ref.fact.type.kind == "integer" else None
    name = ref.name
    if ref.kind == "special":
        grade = plan.section(ref.section).grade
        name = grade.score if grade else ""
    measure = plan.measures.get((ref.section, name))
    if measure is None:
        return None
    if measure.rule.round is not None:
        return Fraction(1, 10**measure.rule.round)
    if measure.rows and all(isinstance(gives, int) for _, gives in measure.rows):
        return Fraction(1)
    value = measure.value
    whole = (
        value is not None
        and value.op == "aggregate"
        and value.data.function in ("count", "distinct", "streak", "longest_gap")
    )
    return Fraction(1) if whole else None
