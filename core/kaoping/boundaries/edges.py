"""Where a scheme draws a line: every comparison and every bound of a scale, with the rule it stands in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from kaoping.errors import Place
from kaoping.evaluation.context import Context
from kaoping.evaluation.plan import Plan, TypedMeasure
from kaoping.evaluation.reference import Machine
from kaoping.evaluation.values import NO_VALUE, NUMBERS, Range, ends, present
from kaoping.facts.types import FactType, RecordType
from kaoping.scheme.passages import EARLIER, ENTRIES
from kaoping.scheme.typed import Collection, FactRef, Lookup, NameRef, Passage, Typed

POSITIONS = ("below", "on", "above")
Number = int | Fraction
LIMITS = ("const", "parameter", "built_in")
MOST_MEMBERS = 60
Key = tuple[str, str, str]
"""A place an edge is judged at: windows and items, the record, the subjects gone through."""


@dataclass(frozen=True)
class Edge:
    """One line.

    Attributes:
        kind: ``gate`` · ``criterion`` · ``band`` · ``veto`` · ``row`` · ``measure`` · ``consequence`` · ``cohort``.
        rule: the rule it stands in; `section` and `grain`: whose rule that is, and for each of what.
        path: the collections gone through down to it.
        number, limit: what is compared, and with what.
        tree: the whole condition it is part of.
    """

    kind: str
    rule: str
    section: str
    grain: tuple[str, ...]
    path: tuple[Collection, ...]
    number: Typed
    limit: Typed
    tree: Typed
    place: Place

    def distances(self, machine: Machine, subject: str) -> dict[Key, Fraction]:
        """How far above the limit the number is, at each place where both are decided."""
        homes = machine.instances(self.grain, machine.home(self.section, subject))
        contexts = [context for _, context in homes]
        for collection in self.path:
            contexts = [inner for one in contexts for inner, _ in machine.members(collection, one)[0]][:MOST_MEMBERS]
        number, limit = machine.closure(self.number), machine.closure(self.limit)
        found = {}
        for context in contexts:
            one, other = number(context), limit(context)
            if one.__class__ in NUMBERS and other.__class__ in NUMBERS:
                found[_key(context)] = Fraction(one) - Fraction(other)
        return found

    def positions(self, blind: Machine) -> tuple[str, ...]:
        """On which sides of the limit the number can be at all, as far as its range tells."""
        if self.path:
            return POSITIONS
        homes = [context for _, context in blind.instances(self.grain, blind.home(self.section, None))]
        low, high = _span(blind, self.number, homes)
        least, most = _span(blind, self.limit, homes)
        never = ["below"] if low is not None and most is not None and low >= most else []
        never += ["above"] if high is not None and least is not None and high <= least else []
        return tuple(one for one in POSITIONS if one not in never)

    def at(self, machine: Machine, subject: str, key: Key) -> tuple[object, object]:
        """The number and the limit at a place."""
        contexts = [context for _, context in machine.instances(self.grain, machine.home(self.section, subject))]
        for collection in self.path:
            contexts = [inner for one in contexts for inner, _ in machine.members(collection, one)[0]][:MOST_MEMBERS]
        for context in contexts:
            if _key(context) == key:
                return machine.closure(self.number)(context), machine.closure(self.limit)(context)
        return NO_VALUE, NO_VALUE


def _span(blind: Machine, node: Typed, contexts: list[Context]) -> tuple[Number | None, Number | None]:
    """The range of a number over all it may be when it is decided; None is no bound."""
    function = node.data.function if isinstance(node.data, Passage) else ""
    if function in _SHARES:  # with none it may be unknown, which is on no side
        return _SHARES[function]
    if isinstance(node.data, NameRef) and node.data.kind == "measure":
        rule = blind.plan.measures[node.data.section, node.data.name]
        if rule.value is not None and isinstance(rule.value.data, Passage):
            return _span(blind, rule.value, contexts)
    values = [present(blind.closure(node)(context)) for context in contexts]
    if not values or any(value.__class__ not in (*NUMBERS, Range) for value in values):
        return None, None
    lows, highs = zip(*map(ends, values), strict=True)
    return None if None in lows else min(lows), None if None in highs else max(highs)


_SHARES: dict[str, tuple[Number | None, Number | None]] = {
    "percent_of": (0, 100),
    "count": (0, None),
    "distinct": (0, None),
}


def hangs_on(plan: Plan, edge: Edge) -> str:
    """What keeps one change from moving a number: ``earlier`` results, ``related`` subjects, ``windows``, or ""."""
    seen: set[tuple[str, str]] = set()
    waiting, kinds = [edge.number, edge.limit], {one.kind for one in edge.path}
    earlier = False
    while waiting:
        for node in waiting.pop(0).walk():
            kinds |= {node.collection.kind} if node.collection is not None else set()
            earlier = earlier or node.op in {"published", "shifted"}
            if isinstance(node.data, NameRef) and (node.data.section, node.data.name) not in seen:
                seen.add((node.data.section, node.data.name))
                waiting += _named(plan, node.data)
    if earlier or kinds & {EARLIER, ENTRIES}:
        return "earlier"
    return "related" if "relation" in kinds else "windows" if kinds & {"window", "list"} else ""


def _key(context: Context) -> Key:
    # a record that is moved may come into another window, and is the same one still
    at = "" if context.record else "/".join(context.at.values())
    subjects = "/".join(one or "" for one in context.subjects.values())
    return at, context.record.no if context.record else "", subjects


def rules_of(plan: Plan) -> Iterator[tuple[str, str, str, tuple[str, ...], Typed]]:
    """Every condition and number of a plan: kind, rule, section, for each of what, expression."""
    for section in plan.sections():
        of = section.type
        yield from (("gate", gate.id, of, (), needs) for gate, needs in section.gates)
        for criterion in section.criteria:
            rule = criterion.rule
            yield from (("criterion", rule.id, of, rule.for_each, part) for part in criterion.parts())
        yield from (("band", grade, of, (), when) for grade, when in section.bands if when is not None)
        yield from (("veto", veto.id, of, (), when) for veto, when in section.vetoes)
        for measure in plan.measures.values():
            if measure.section == of and measure.rule.column == 0:
                yield from _of_measure(measure)
        for one in section.consequences:
            if one.when is not None and (one.each is None or one.each.kind in ("window", "list")):
                grain = (one.each.name,) if one.each else ()
                yield "consequence", one.rule.id, of, grain, one.when
    for name, cohort in plan.cohort.items():
        grain = (cohort.rule.for_each,) if cohort.rule.for_each else ()
        yield from (("cohort", name, plan.main.type, grain, part) for part in (cohort.needs, cohort.exclude) if part)


def _of_measure(measure: TypedMeasure) -> Iterator[tuple[str, str, str, tuple[str, ...], Typed]]:
    rule, of = measure.rule, measure.section
    name = rule.id.partition(".")[0] if rule.table else rule.id
    rows = {id(when): number for number, (when, _) in enumerate(measure.rows, 1) if when is not None}
    for part in measure.parts():
        if number := rows.get(id(part)):
            yield "row", f"{name}[{number}]", of, rule.for_each, part
        else:
            yield "measure", name, of, rule.for_each, part


def edges(plan: Plan) -> Iterator[Edge]:
    """Every line a plan draws, those of one condition together."""
    for kind, rule, of, grain, tree in rules_of(plan):
        for path, number, limit, place in _lines(tree, ()):
            yield Edge(kind, rule, of, grain, path, number, limit, tree, place)


def _lines(node: Typed, path: tuple[Collection, ...]) -> Iterator[tuple[tuple[Collection, ...], Typed, Typed, Place]]:
    if node.op == "compare":
        left, right = node.kids
        turned = left.op in LIMITS and right.op not in LIMITS
        yield path, *((right, left) if turned else (left, right)), node.place
    asks = 0
    if node.collection is not None:
        asks = node.data.asks
    elif node.op == "lookup" and isinstance(node.data, Lookup) and node.data.scale.bounds:
        scale = node.data.scale
        if scale.scale.form != "line":
            bounds = node.kids[node.data.args : node.data.args + len(scale.bounds)]
            yield from ((path, node.kids[0], bound, bound.place) for bound in bounds)
    for number, kid in enumerate(node.kids):
        inside = (*path, node.collection) if node.collection is not None and number < asks else path
        yield from _lines(kid, inside)


def sources(plan: Plan, edge: Edge) -> list[FactType | RecordType]:
    """What a line hangs on: the registers gone through down to it, then what number and limit read."""
    registers = [one.record for one in edge.path if one.kind == "record" and one.record is not None]
    return [*reversed(registers), *reads(plan, edge.number, edge.limit)]


def reads(plan: Plan, *trees: Typed) -> list[FactType | RecordType]:
    """The facts and registers that the expressions and all they name read, in that order."""
    found: list[FactType | RecordType] = []
    seen: set[tuple[str, str]] = set()
    waiting = list(trees)
    while waiting:
        for node in waiting.pop(0).walk():
            if node.op == "fact" and isinstance(node.data, FactRef):
                found.append(node.data.fact)
            elif node.collection is not None and node.collection.kind == "record" and node.collection.record:
                found.append(node.collection.record)
            elif isinstance(node.data, NameRef) and (node.data.section, node.data.name) not in seen:
                seen.add((node.data.section, node.data.name))
                waiting += _named(plan, node.data)
    return list({f"{one.of}.{one.id}": one for one in found}.values())


def _named(plan: Plan, ref: NameRef) -> list[Typed]:
    if ref.kind == "measure":
        return list(plan.measures[ref.section, ref.name].parts())
    if ref.kind == "cohort":
        return list(plan.cohort[ref.name].parts())
    section = plan.section(ref.section)
    if ref.name == "score" and section.grade:
        return list(plan.measures[ref.section, section.grade.score].parts())
    trees = [part for criterion in section.criteria for part in criterion.parts()]
    if ref.name in ("grade", "raw_grade"):
        trees = [*(when for _, when in section.bands if when), *(when for _, when in section.vetoes), *trees]
    return trees
