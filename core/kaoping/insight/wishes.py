"""Wishes that are put to a prover: what they read, and whether one comes true where facts are known.

A wish that is to come true somewhere may do so in a worked case: then it is decided, whatever a prover makes of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from kaoping.evaluation.context import Context
from kaoping.evaluation.plan import Plan, Section
from kaoping.evaluation.run import Evaluation
from kaoping.insight.proving import Every, Graded, Some, Sure, Wish
from kaoping.insight.witness import SUBJECT
from kaoping.scheme.typed import FactRef, NameRef, Passage, Typed

_COUNTING = ("any", "all", "count", "percent_of")
"""Passages through a register of which the few entries of a world say all."""


def shown_in(worlds: Iterable[Evaluation], section: Section, wish: Wish) -> bool:
    """Does a wish come true of somebody in one of these worlds, in some window or for some item it may stand in?"""
    for world in worlds:
        for subject in world.subjects(section):
            home = world.context(section, subject.id)
            for grain in dict.fromkeys(_grains(wish)):
                for _, context in world.grader.instances(grain, home):
                    if comes_true(world, section, _placed(wish, home, context), subject.id):
                        return True
    return False


def _grains(wish: Wish) -> Iterator[tuple[str, ...]]:
    """For each of what the parts of a wish stand; nothing else where one stands so."""
    parts = [wish] if isinstance(wish, Sure | Graded) else list(wish.parts)
    if parts == [wish]:
        yield tuple(wish.context.at) if isinstance(wish, Sure) else ()
        return
    inner = [grain for part in parts for grain in _grains(part)]
    yield max(inner, key=len, default=())


def _placed(wish: Wish, home: Context, context: Context) -> Wish:
    """The wish where it stands in another world."""
    if isinstance(wish, Sure):
        return replace(wish, context=context if wish.context.at else home)
    if isinstance(wish, Graded):
        return wish
    return replace(wish, parts=tuple(_placed(part, home, context) for part in wish.parts))


def comes_true(evaluation: Evaluation, section: Section, wish: Wish, subject: str = SUBJECT) -> bool:
    """Does a wish come true of a subject, by the reference engine?"""
    if isinstance(wish, Sure):
        return evaluation.machine.closure(wish.node)(wish.context) is wish.wanted
    if isinstance(wish, Graded):
        grading = evaluation.grader.grading(section.type, subject)
        found = grading.raw if wish.raw else grading.final
        return len(found) == 1 and found <= wish.grades
    parts = (comes_true(evaluation, section, part, subject) for part in wish.parts)
    return all(parts) if isinstance(wish, Every) else any(parts)


def trees_of(section: Section, wish: Wish) -> Iterator[Typed]:
    """The expressions a wish reads, those of its names not."""
    if isinstance(wish, Sure):
        yield wish.node
    elif isinstance(wish, Graded):
        yield from (needs for _, needs in section.gates)
        yield from (when for _, when in section.bands if when)
        yield from (when for _, when in section.vetoes)
        for criterion in section.criteria:
            yield from criterion.parts()
    else:
        assert isinstance(wish, Every | Some)
        for part in wish.parts:
            yield from trees_of(section, part)


def _through(plan: Plan, node: Typed, asked: Callable[[Typed], bool], seen: set[tuple[str, str]]) -> bool:
    """Is it so of the expression or of anything it names?"""
    for one in node.walk():
        if asked(one):
            return True
        if isinstance(one.data, NameRef) and (one.data.section, one.data.name) not in seen:
            seen.add((one.data.section, one.data.name))
            measure = plan.measures.get((one.data.section, one.data.name))
            trees = list(measure.parts()) if measure else []
            if one.data.kind == "special":
                trees = list(trees_of(plan.section(one.data.section), Graded(frozenset())))
            if any(_through(plan, tree, asked, seen) for tree in trees):
                return True
    return False


def is_switched(plan: Plan, node: Typed) -> bool:
    """Does it read a parameter by which a place chooses?"""
    return _through(
        plan, node, lambda one: one.op == "parameter" and bool(plan.scheme.parameters[one.data].one_of), set()
    )


def is_dated(plan: Plan, node: Typed) -> bool:
    """Does it hang on the period alone?"""
    facts = _through(plan, node, lambda one: isinstance(one.data, FactRef) or one.op in ("field", "part"), set())
    return not facts and _through(plan, node, lambda one: one.op == "built_in", set())


def reads_few(plan: Plan, node: Typed) -> bool:
    """Does it read related subjects, a register window by window or item by item, or of one more than counts?"""

    def register(one: Typed) -> bool:
        return one.collection is not None and one.collection.kind == "record"

    def few(one: Typed) -> bool:
        kind = one.collection.kind if one.collection is not None else ""
        if kind == "record" and isinstance(one.data, Passage) and one.data.function not in _COUNTING:
            return True
        by_window = kind in ("window", "list") and any(_through(plan, kid, register, set()) for kid in one.kids)
        entered = one.collection is not None and one.collection.calendar
        return kind == "relation" or by_window or entered

    return _through(plan, node, few, set())
