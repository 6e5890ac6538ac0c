"""How much the worked cases of a scheme notice: each rule changed a little in turn, and which changes no case sees.

A change is *noticed* when some case no longer holds. What is changed: every number, choice and length that is a
parameter, every comparison (its edge and its direction), every ``and`` and ``or``, every number in an expression but 0,
1 and 100, ``any`` and ``all``; and every veto, criterion, gate and consequence is left out once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from fractions import Fraction
from typing import Any

from kaoping.cases import Case, run_case
from kaoping.errors import KaopingError, Place
from kaoping.evaluation.plan import Plan, Section
from kaoping.facts.values import number_text
from kaoping.scheme.model import Duration, Parameter, ParameterValue
from kaoping.scheme.typed import Passage, Typed

_EDGE = {">=": ">", ">": ">=", "<=": "<", "<": "<=", "==": "!=", "!=": "=="}
_TURNED = {">=": "<", ">": "<=", "<=": ">", "<": ">="}
_PLAIN = (0, 1, 100)
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Mutant:
    """A plan with one thing changed.

    Attributes:
        kind: ``parameter`` · ``edge`` · ``direction`` · ``connective`` · ``number`` · ``function`` · ``left_out``.
        rule: the parameter or rule that is changed; `was`, `becomes`: what is written, and what is put there.
    """

    kind: str
    rule: str
    place: Place
    was: str
    becomes: str
    plan: Plan


@dataclass(frozen=True)
class Sensitivity:
    """How many changes there are and which no case notices."""

    changes: int
    survivors: tuple[Mutant, ...]

    @property
    def percent(self) -> int | Fraction:
        """How many in a hundred are noticed; 100 where nothing can be changed."""
        noticed = self.changes - len(self.survivors)
        return Fraction(100 * noticed, self.changes) if self.changes else 100


def sensitivity(plan: Plan, cases: Sequence[Case], progress: Progress | None = None) -> Sensitivity:
    """Every change tried against the cases until one notices."""
    every = list(mutants(plan))
    survivors = []
    order = list(cases)
    for done, mutant in enumerate(every):
        if progress:
            progress(done, len(every))
        noticing = next((case for case in order if _notices(mutant.plan, case)), None)
        if noticing is None:
            survivors.append(mutant)
        else:  # a case that notices one change is likely to notice the next one beside it
            order.remove(noticing)
            order.insert(0, noticing)
    return Sensitivity(len(every), tuple(survivors))


def _notices(plan: Plan, case: Case) -> bool:
    try:
        return bool(run_case(plan, case).differences)
    except (KaopingError, ArithmeticError):  # such as a divisor that is 0 now: the case does not hold
        return True


def mutants(plan: Plan) -> Iterator[Mutant]:
    """Every plan with one thing changed, in the order of the file."""
    yield from _parameters(plan)
    for rule, tree in _rules(plan):
        seen: set[int] = set()
        for node in tree.walk():
            if id(node) not in seen:
                seen.add(id(node))
                for kind, was, becomes, other in _changed(node):
                    yield Mutant(kind, rule, node.place, was, becomes, _put(plan, node, other))
    yield from _left_out(plan)


def _parameters(plan: Plan) -> Iterator[Mutant]:
    for name, parameter in plan.scheme.parameters.items():
        for becomes in _other_values(parameter):
            values = tuple((since, becomes(value)) for since, value in parameter.values)
            changed = {**plan.scheme.parameters, name: replace(parameter, values=values)}
            was, now = _told(parameter.values[-1][1]), _told(values[-1][1])
            other = replace(plan, scheme=replace(plan.scheme, parameters=changed))
            yield Mutant("parameter", name, parameter.place, was, now, other)


def _other_values(parameter: Parameter) -> Iterator[Callable[[ParameterValue], ParameterValue]]:
    value = parameter.values[-1][1]
    if isinstance(value, Duration):
        yield _longer
    elif isinstance(value, str):
        for choice in parameter.one_of:
            if choice != value:
                yield lambda _, choice=choice: choice  # type: ignore[misc]  # bound now
    elif isinstance(value, int | Fraction):
        step = Fraction(1) if isinstance(value, int) else Fraction(1, value.denominator)
        yield lambda one: _plain(Fraction(one) + step) if isinstance(one, int | Fraction) else one
        yield lambda one: _plain(Fraction(one) - step) if isinstance(one, int | Fraction) else one


def _longer(value: ParameterValue) -> ParameterValue:
    assert isinstance(value, Duration)
    return Duration(days=value.days + 1) if value.days else Duration(months=value.months + 1)


def _rules(plan: Plan) -> Iterator[tuple[str, Typed]]:
    """Every expression with the rule it stands in."""
    for (_, name), measure in plan.measures.items():
        if measure.rule.column == 0:
            yield from ((name, part) for part in measure.parts())
    for section in plan.sections():
        yield from ((gate.id, needs) for gate, needs in section.gates)
        for criterion in section.criteria:
            yield from ((criterion.rule.id, part) for part in criterion.parts())
        yield from ((grade, when) for grade, when in section.bands if when is not None)
        yield from ((veto.id, when) for veto, when in section.vetoes)
        for consequence in section.consequences:
            if consequence.when is not None:
                yield consequence.rule.id, consequence.when
            yield from ((consequence.rule.id, amount) for _, amount in consequence.points)
    for name, rule in plan.cohort.items():
        yield from ((name, part) for part in rule.parts())


def _changed(node: Typed) -> Iterator[tuple[str, str, str, Typed]]:
    """(kind, what is written, what is put there, the other node)."""
    if node.op in ("compare", "same"):
        if node.data in _EDGE:
            yield "edge", node.data, _EDGE[node.data], replace(node, data=_EDGE[node.data])
        if node.data in _TURNED:
            yield "direction", node.data, _TURNED[node.data], replace(node, data=_TURNED[node.data])
    elif node.op in ("and", "or"):
        other = "or" if node.op == "and" else "and"
        yield "connective", node.op, other, replace(node, op=other)
    elif node.op == "const" and node.type.kind == "number" and node.data is not None and node.data not in _PLAIN:
        more = _plain(Fraction(node.data) + 1)
        yield "number", number_text(node.data), number_text(more), replace(node, data=more)
    elif node.op == "aggregate" and isinstance(node.data, Passage) and node.data.function in ("any", "all"):
        other = "all" if node.data.function == "any" else "any"
        if node.data.what:
            changed = replace(node, data=replace(node.data, function=other))
            yield "function", node.data.function, other, changed


def _left_out(plan: Plan) -> Iterator[Mutant]:
    """Every gate, criterion, veto and consequence taken out once."""
    for index, section in enumerate(plan.sections()):
        for kind in ("gates", "criteria", "vetoes", "consequences"):
            rules: tuple[Any, ...] = getattr(section, kind)
            for number, rule in enumerate(rules):
                named = rule[0] if isinstance(rule, tuple) else rule.rule
                without: dict[str, Any] = {kind: (*rules[:number], *rules[number + 1 :])}
                rest = replace(section, **without)
                yield Mutant("left_out", named.id, named.place, kind, "", _with_section(plan, index, rest))


def _with_section(plan: Plan, index: int, section: Section) -> Plan:
    if index == 0:
        return replace(plan, main=section)
    parents = list(plan.parents)
    parents[index - 1] = section
    return replace(plan, parents=tuple(parents))


def _put(plan: Plan, old: Typed, new: Typed) -> Plan:
    """The plan with one node in place of another."""
    measures = {key: _rebuilt(measure, old, new) for key, measure in plan.measures.items()}
    cohort = {key: _rebuilt(rule, old, new) for key, rule in plan.cohort.items()}
    main, parents = _rebuilt(plan.main, old, new), _rebuilt(plan.parents, old, new)
    return replace(plan, measures=measures, cohort=cohort, main=main, parents=parents)


def _rebuilt(part: Any, old: Typed, new: Typed) -> Any:
    """The same, with one node in place of another; what does not hold it stays itself."""
    if part is old:
        return new
    if isinstance(part, tuple):
        rebuilt = tuple(_rebuilt(one, old, new) for one in part)
        return rebuilt if any(a is not b for a, b in zip(part, rebuilt, strict=True)) else part
    if isinstance(part, Typed):
        kids = _rebuilt(part.kids, old, new)
        return part if kids is part.kids else replace(part, kids=kids)
    if is_dataclass(part) and not isinstance(part, type) and type(part).__name__ in _HOLDERS:
        changes = {}
        for one in fields(part):
            was = getattr(part, one.name)
            now = _rebuilt(was, old, new)
            if now is not was:
                changes[one.name] = now
        return replace(part, **changes) if changes else part
    return part


_HOLDERS = frozenset({"TypedMeasure", "TypedCriterion", "TypedCohort", "TypedConsequence", "Section"})


def _told(value: ParameterValue) -> str:
    if isinstance(value, Duration):
        return f"{value.days} days" if value.days else f"{value.months} months"
    return number_text(value) if isinstance(value, int | Fraction) else str(value)


def _plain(number: Fraction) -> int | Fraction:
    return number.numerator if number.denominator == 1 else number
