"""Everybody under two sets of rules, counted where results are kept: by engines that need not make them whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Protocol, runtime_checkable

from kaoping.errors import Place
from kaoping.evaluation.accounts import Account
from kaoping.evaluation.keeping import FactLog, FrameKeeper, Tell
from kaoping.evaluation.plan import Plan, Section, TypedConsequence, section_trees
from kaoping.facts.frame import Frame
from kaoping.scheme.typed import NameRef, Typed

UNDECIDED = "undecided"


@dataclass(frozen=True)
class Turned:
    """A subject whose grade or consequences are others: what it had and has, ids of consequences gained and lost."""

    subject: str
    before: str
    after: str
    score_before: str
    score_after: str
    gained: tuple[str, ...]
    lost: tuple[str, ...]


@dataclass(frozen=True)
class Moves:
    """How everybody moved from one set of rules to another.

    Attributes:
        grades: (before, after) to how many moved so, and how many consequences these gained and lost.
        consequences: id to how many were gained and lost, in the order of the scheme.
        turned: some of those who moved, those whose grade is another first, by id; `many_turned`: how many moved.
    """

    grades: Mapping[tuple[str, str], tuple[int, int, int]]
    consequences: Mapping[str, tuple[int, int]]
    turned: tuple[Turned, ...] = ()
    many_turned: int = 0


class Weighing(Protocol):
    """What an engine found of everybody under some sets of rules; gone when it is closed."""

    def judge(self, plan: Plan, path: str, tell: Tell) -> int:
        """Judge everybody by the rules of a plan; gives the number under which that is kept.

        `path` is that of a frame of the plan.

        Raises:
            EngineFailedError: it could not finish.
        """

    def forget(self, side: int) -> None:
        """Keep that no longer."""

    def compare(self, before: int, after: int, most: int) -> Moves:
        """From one set of rules to another; `most` says how many of those who moved are named."""

    def groups(self) -> Iterator[tuple[str, str, str, str, int, int, int]]:
        """The last comparison by group: relation, to whom it leads, before, after, how many, gained, lost."""

    def chosen(self, side: int, draw: int, nearest: int, named: Sequence[str]) -> Iterator[Account]:
        """Accounts of those to be judged again: so many drawn, one of every way to be graded, the nearest, the named.

        With measures only the score is told.
        """


@runtime_checkable
class WeighingEngine(FrameKeeper, Protocol):
    """An engine that keeps frames and can weigh sets of rules against each other over them."""

    def unavailable(self) -> str | None:
        """Why the engine cannot run here, or None; must be cheap and must not raise."""

    def weighing(
        self, plan: Plan, log: FactLog, relations: Sequence[str], some: Callable[[Plan, Sequence[str]], Frame]
    ) -> AbstractContextManager[Weighing]:
        """Begin with the rules as they are.

        Args:
            plan: the compiled scheme.
            log: the log of facts; its needs hold the relations.
            relations: by which everybody is grouped, each from subjects or from whom an earlier one leads to.
            some: the facts about some subjects that a plan reads, for what the reference engine must say, and the bars
                of everybody.
        """

    def same_frame(self, plan: Plan, path: str) -> bool:
        """Does the frame at a path, made for other rules, hold all that these read?"""


def alike(one: Plan, rule: TypedConsequence, other: Plan, its: TypedConsequence) -> bool:
    """Is a consequence due in the same places under both, as far as that hangs on its own rule?"""
    if (rule.rule.to, rule.rule.as_of, rule.rule.kind) != (its.rule.to, its.rule.as_of, its.rule.kind):
        return False
    return same(rule.each, its.each) and _same_trees(one, _trees(rule), other, _trees(its), set())


def _trees(rule: TypedConsequence) -> list[Typed]:
    return [*([rule.when] if rule.when else []), *typed_in(rule.each)]


def _same_trees(one: Plan, trees: list[Typed], other: Plan, others: list[Typed], seen: set[tuple[str, str]]) -> bool:
    """Do expressions say the same, with all that they read?"""
    if not same(trees, others):
        return False
    for node in (node for tree in trees for node in typed_in(tree)):
        if node.op == "parameter" and not _same_parameter(one, other, str(node.data)):
            return False
        if isinstance(node.data, NameRef) or (node.collection and node.collection.kind == "criteria"):
            ref = node.data
            if not isinstance(ref, NameRef) or ref.kind != "measure":
                return one is other  # a grade, points or a place: all rules come into it
            if (key := (ref.section, ref.name)) in seen:
                continue
            seen.add(key)
            this, that = one.measures.get(key), other.measures.get(key)
            if this is None or that is None or not same(this, that):
                return False
            if not _same_trees(one, list(this.parts()), other, list(that.parts()), seen):
                return False
    return True


def _same_parameter(one: Plan, other: Plan, name: str) -> bool:
    this, that = one.scheme.parameters.get(name), other.scheme.parameters.get(name)
    return this is not None and that is not None and this.values == that.values


def typed_in(value: Any) -> Iterator[Typed]:
    """Every node of an expression, those inside of scales and collections included."""
    if isinstance(value, Typed):
        yield value
    if isinstance(value, tuple | list):
        for each in value:
            yield from typed_in(each)
    elif is_dataclass(value):
        for each in fields(value):
            if each.name not in ("type", "place", "fact", "record"):
                yield from typed_in(getattr(value, each.name))


def same(one: Any, other: Any) -> bool:
    """Are two things equal, wherever in their files they stand?"""
    if isinstance(one, Place) and isinstance(other, Place):
        return True
    if one.__class__ is not other.__class__:
        return False
    if isinstance(one, tuple | list):
        return len(one) == len(other) and all(map(same, one, other))
    if is_dataclass(one) and not isinstance(one, type):
        return one is other or all(same(getattr(one, f.name), getattr(other, f.name)) for f in fields(one))
    return bool(one == other)


def reach_of(plan: Plan, section: Section | None = None) -> tuple[frozenset[str], int]:
    """The relations gone along from a section's subjects by their names, and how many in a row at most."""
    section = section or plan.main
    trees = [*section_trees(section), *(part for typed in plan.cohort.values() for part in typed.parts())]
    trees += [part for (of, _), measure in plan.measures.items() if of == section.type for part in measure.parts()]
    names = set[str]()
    known: dict[tuple[str, str], int] = {}
    steps = max((_steps(plan, tree, names, known) for tree in trees), default=0)
    paths = [path for rule in section.consequences for path in rule.rule.to if path not in ("subject", "public")]
    for path in (*paths, *(typed.rule.among for typed in plan.cohort.values() if typed.rule.among)):
        names |= {*path.split(".")}
        steps = max(steps, len(path.split(".")))
    return frozenset(names), steps


def _steps(plan: Plan, node: Typed, names: set[str], known: dict[tuple[str, str], int]) -> int:
    own = 0
    if node.collection is not None and node.collection.kind == "relation":
        names.add(node.collection.name)
        own = 1
    deepest = max((_steps(plan, kid, names, known) for kid in node.kids), default=0)
    if isinstance(node.data, NameRef):
        key = (node.data.section, node.data.name)
        if key not in known:
            known[key] = 0
            measure = plan.measures.get(key)
            inside = measure.parts() if measure else section_trees(plan.section(node.data.section))
            known[key] = max((_steps(plan, part, names, known) for part in inside), default=0)
        deepest = max(deepest, known[key])
    return own + deepest


__all__ = ["UNDECIDED", "Moves", "Turned", "Weighing", "WeighingEngine", "alike", "reach_of", "same", "typed_in"]
