"""The plan: a scheme with every name looked up, every type known and no cycle, ready for an engine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from kaoping.facts.needs import Needs
from kaoping.facts.types import Catalogue
from kaoping.scheme.model import (
    CohortRule,
    ConsequenceRule,
    Constant,
    Criterion,
    Gate,
    GradeRules,
    Measure,
    Scheme,
    VetoRule,
)
from kaoping.scheme.scope import World
from kaoping.scheme.typed import Collection, NameRef, Type, Typed


@dataclass(frozen=True)
class TypedMeasure:
    """A measure of a section (a subject type), typed."""

    section: str
    rule: Measure
    type: Type
    value: Typed | None = None
    weigh: tuple[tuple[str, Typed, Typed], ...] = ()
    steps: tuple[tuple[str, Typed, Typed | None], ...] = ()
    keep_within: tuple[Typed, Typed] | None = None
    applies: Typed | None = None
    rows: tuple[tuple[Typed | None, Constant], ...] = ()

    def parts(self) -> Iterator[Typed]:
        """Every expression in it."""
        yield from (part for part in (self.value, self.applies) if part)
        for _, what, weight in self.weigh:
            yield from (what, weight)
        for _, amount, when in self.steps:
            yield from (part for part in (amount, when) if part)
        yield from self.keep_within or ()
        yield from (when for when, _ in self.rows if when)


@dataclass(frozen=True)
class TypedCriterion:
    """A criterion, typed."""

    rule: Criterion
    require: Typed
    applies: Typed | None
    points: Typed | None = None
    earns: Typed | None = None

    def parts(self) -> Iterator[Typed]:
        """Every expression in it."""
        yield from (part for part in (self.require, self.applies, self.points, self.earns) if part)


@dataclass(frozen=True)
class TypedCohort:
    """A cohort rule, typed; a None key of `by` is a draw."""

    rule: CohortRule
    by: tuple[tuple[Typed | None, bool], ...]
    needs: Typed | None = None
    top: Typed | None = None
    bottom: Typed | None = None
    tiers: tuple[tuple[str, Typed], ...] = ()
    exclude: Typed | None = None

    def parts(self) -> Iterator[Typed]:
        """Every expression in it."""
        yield from (key for key, _ in self.by if key)
        yield from (part for part in (self.needs, self.top, self.bottom, self.exclude) if part)
        yield from (count for _, count in self.tiers)


@dataclass(frozen=True)
class TypedConsequence:
    """A consequence, typed; `each` is the collection it follows from one by one."""

    rule: ConsequenceRule
    when: Typed | None
    points: tuple[tuple[str, Typed], ...]
    each: Collection | None


@dataclass(frozen=True)
class Section:
    """What is found for subjects of one type: the scheme's own, or a parent it rolls up to.

    A grade that is `taken` from a number or choice has a band for each of its values.
    """

    type: str
    gates: tuple[tuple[Gate, Typed], ...] = ()
    criteria: tuple[TypedCriterion, ...] = ()
    grade: GradeRules | None = None
    bands: tuple[tuple[str, Typed | None], ...] = ()
    vetoes: tuple[tuple[VetoRule, Typed], ...] = ()
    consequences: tuple[TypedConsequence, ...] = ()
    over: str = ""
    taken: Typed | None = None


@dataclass(frozen=True)
class Feed:
    """A fact that is another scheme's result, of the ``same``, ``previous`` or ``latest`` period."""

    fact: str
    of: str
    scheme: str
    item: str
    at: str


@dataclass(frozen=True)
class Plan:
    """A compiled scheme; `needs` is what its frame must hold, `feeds` what other schemes must give it first."""

    scheme: Scheme
    catalogue: Catalogue
    world: World
    measures: Mapping[tuple[str, str], TypedMeasure]
    main: Section
    parents: tuple[Section, ...]
    cohort: Mapping[str, TypedCohort]
    needs: Needs
    feeds: tuple[Feed, ...] = ()

    def sections(self) -> tuple[Section, ...]:
        """The main section and the parents'."""
        return (self.main, *self.parents)

    def section(self, subject_type: str) -> Section:
        """The section of a type."""
        return next(section for section in self.sections() if section.type == subject_type)


def section_trees(section: Section) -> Iterator[Typed]:
    """Every expression of a section but its measures'."""
    yield from (needs for _, needs in section.gates)
    for criterion in section.criteria:
        yield from criterion.parts()
    yield from (when for _, when in section.bands if when)
    yield from (when for _, when in section.vetoes)
    for consequence in section.consequences:
        if consequence.when:
            yield consequence.when
        yield from (amount for _, amount in consequence.points)


def reads_places(plan: Plan) -> bool:
    """Does anything but places themselves and consequences hang on places among all?"""
    trees = [part for measure in plan.measures.values() for part in measure.parts()]
    for section in plan.sections():
        trees += section_trees(replace(section, consequences=()))
    return any(name in plan.cohort for of, name in named_in(trees) if of == plan.main.type)


def named_in(trees: Iterable[Typed]) -> Iterator[tuple[str, str]]:
    """(section, name) of every named thing read."""
    for tree in trees:
        for node in tree.walk():
            if isinstance(node.data, NameRef):
                yield node.data.section, node.data.name
            elif node.collection is not None and node.collection.kind == "criteria":
                yield node.collection.to, "criteria"
