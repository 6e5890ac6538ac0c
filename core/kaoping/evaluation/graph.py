"""What reads what: the graph of a plan's named things, and a cycle in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from kaoping.evaluation.plan import Plan, named_in

_Node = TypeVar("_Node", str, tuple[str, str])


def dependencies(plan: Plan) -> dict[tuple[str, str], set[tuple[str, str]]]:
    """What each named thing reads, by (section, name)."""
    graph: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for key, measure in plan.measures.items():
        graph[key] = set(named_in(measure.parts()))
    for name, rule in plan.cohort.items():
        graph[plan.main.type, name] = set(named_in(rule.parts()))
    for section in plan.sections():
        of = section.type
        required = [c for c in section.criteria if c.rule.severity == "required"]
        trees = [tree for c in required for tree in (c.require, c.applies) if tree]
        graph[of, "meets_all"] = set(named_in(trees))
        graph[of, "criteria"] = set(named_in(tree for c in section.criteria for tree in c.parts()))
        graph[of, "points"] = set(named_in(tree for c in section.criteria if c.points for tree in c.parts()))
        graph[of, "raw_grade"] = set(named_in(when for _, when in section.bands if when))
        graph[of, "grade"] = {(of, "raw_grade"), *named_in(when for _, when in section.vetoes)}
        graph[of, "grade"] |= set(named_in(needs for _, needs in section.gates))
        graph[of, "score"] = {(of, section.grade.score)} if section.grade and section.grade.score else set()
    return graph


def find_cycle(
    graph: Mapping[_Node, Iterable[_Node]], node: _Node, path: list[_Node], done: set[_Node]
) -> list[_Node] | None:
    """The first way from a node back to a node on the path, or None; `done` keeps what is known to lead nowhere."""
    if node in path:
        found = path[path.index(node) :]
        found.append(node)
        return found
    if node in done:
        return None
    path.append(node)
    for following in sorted(graph.get(node, ())):
        if cycle := find_cycle(graph, following, path, done):
            return cycle
    path.pop()
    done.add(node)
    return None
