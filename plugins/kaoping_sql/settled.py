"""What a row without blanks may lack all the same, and what may be asked of every row to find that it lacks nothing."""

from __future__ import annotations

from kaoping.evaluation.cohort import asked_of
from kaoping.evaluation.plan import Plan
from kaoping.scheme.typed import FactRef, NameRef, Typed
from kaoping_sql.nodes import Node

LONGEST_MARK = 100
"""Operations of a condition that marks rows without blanks."""


def may_be_blank(plan: Plan) -> frozenset[str]:
    """Facts that a row without blanks may lack: optional ones, those asked for by ``known``, those left out."""
    found = {fact.id for fact in plan.catalogue.facts.values() if fact.optional}
    for measure in plan.measures.values():
        found |= set(measure.rule.leave_out)
        for part in measure.parts():
            for node in part.walk():
                if node.op in ("known", "or_else") and isinstance(node.kids[0].data, FactRef):
                    found.add(node.kids[0].data.fact.id)
    return frozenset(found)


def is_short(node: Node, deepest: int = 20) -> bool:
    """Is it short enough to be asked of every row of a frame, where nothing is reckoned in stages?"""
    waiting, operations = [(node, 0)], 0
    while waiting:
        part, depth = waiting.pop()
        operations += 1
        if depth > deepest or operations > LONGEST_MARK:
            return False
        waiting += [(kid, depth + 1) for kid in part.kids()]
    return True


def may_be_unknown(plan: Plan) -> frozenset[tuple[str, str]]:
    """Measures that a row without blanks may lack: those asked for by ``known`` or ``or_else``, those left out."""
    found = set()
    trees: list[Typed] = []
    for measure in plan.measures.values():
        found |= {(measure.section, name) for name in measure.rule.leave_out}
        trees += measure.parts()
    for section in plan.sections():
        trees += [needs for _, needs in section.gates]
        trees += [part for criterion in section.criteria for part in criterion.parts()]
        trees += [when for _, when in (*section.bands, *section.vetoes) if when is not None]
        trees += [one.when for one in section.consequences if one.when is not None]
    for typed in plan.cohort.values():
        trees += [node for _, node in asked_of(typed)]
    for tree in trees:
        for node in tree.walk():
            if node.op in ("known", "or_else"):
                inner = [kid.data for kid in node.kids[0].walk() if isinstance(kid.data, NameRef)]
                found |= {(ref.section, ref.name) for ref in inner if ref.kind == "measure"}
    return frozenset(found)
