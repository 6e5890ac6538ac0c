"""The plan's rules over measures as a `RuleBook`, and the slots of each subject, for engines of another kind.

What an engine judges anew are gates, criteria, bands, vetoes and triggers; what a slot holds (a measure, a threshold,
a truth found by looking through records) is the reference engine's and so has one opinion.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from kaoping.evaluation.context import Context
from kaoping.evaluation.plan import Section, TypedConsequence
from kaoping.evaluation.rulebook import (
    And,
    Band,
    Compare,
    Condition,
    GradeRule,
    Holds,
    IsOneOf,
    IsTrue,
    Not,
    Or,
    Possible,
    Row,
    Rule,
    RuleBook,
    Span,
    Veto,
)
from kaoping.evaluation.run import Evaluation
from kaoping.evaluation.values import ANY_TEXT, NO_VALUE, Perhaps, Range, Value, members
from kaoping.scheme.typed import NameRef, Typed


@dataclass(frozen=True)
class Where:
    """A window or item by its name, and what it is one of: two lists may have items of one name."""

    grain: tuple[str, ...] = ()
    name: str = ""


WHOLE = Where()


@dataclass(frozen=True)
class Instance:
    """A rule as it stands in one window or item: the expression it comes from and where."""

    rule: str
    at: Where
    node: Typed | None


@dataclass
class Book:
    """A section's rulebook with what is needed to fill its slots and to compare opinions."""

    section: Section
    book: RuleBook
    slots: dict[str, tuple[Typed, Where]] = field(default_factory=dict)
    instances: list[Instance] = field(default_factory=list)

    def row(self, evaluation: Evaluation, subject: str) -> Row:
        """What the slots may hold for a subject."""
        places: dict[Where, Context] = {}
        slots: dict[str, Possible] = {}
        for name, (node, at) in self.slots.items():
            context = places.get(at)
            if context is None:
                context = places[at] = context_at(evaluation, self.section, subject, at)
            slots[name] = possible(evaluation.machine.closure(node)(context))
        return Row(subject, slots)


def context_at(evaluation: Evaluation, section: Section, subject: str, at: Where) -> Context:
    """The context of a subject in a window or item."""
    whole = evaluation.context(section, subject)
    return next(context for name, context in evaluation.grader.instances(at.grain, whole) if name == at.name)


def possible(value: Value) -> Possible:
    """A value as a slot holds it."""
    if value is NO_VALUE or isinstance(value, Perhaps) or value == ANY_TEXT:
        return None
    if isinstance(value, Range):
        return Span(value.low, value.high)
    if isinstance(value, bool | str) or hasattr(value, "values"):
        return members(value)
    return Span(value, value)


def rulebooks(evaluation: Evaluation) -> list[Book]:
    """One book for each section that is evaluated."""
    sections = [evaluation.plan.main] if evaluation.part else list(evaluation.plan.sections())
    return [_Writer(evaluation, section).write() for section in sections]


class _Writer:
    def __init__(self, evaluation: Evaluation, section: Section) -> None:
        self.evaluation = evaluation
        self.section = section
        scheme = evaluation.plan.scheme.id
        self.found = Book(section, RuleBook(scheme, (), None))
        self.graded = False

    def write(self) -> Book:
        section, part = self.section, self.evaluation.part
        first = [self.rule(f"gate:{gate.id}", needs) for gate, needs in section.gates] if not part else []
        for criterion in section.criteria:
            grain = criterion.rule.for_each
            if part and not self.evaluation.machine.windows.some(grain):
                continue
            for at in self.places(grain):
                condition = self.condition(criterion.require, at)
                if criterion.applies:
                    condition = Or((Not(self.condition(criterion.applies, at)), condition))
                first.append(self.named(f"criterion:{criterion.rule.id}", at, condition, None))
        second: list[Rule] = []
        grade = None
        if section.grade and not part:
            bands = []
            for name, when in section.bands:
                if when is not None:
                    second.append(self.rule(f"band:{name}", when))
                bands.append(Band(name, f"band:{name}" if when is not None else None))
            vetoes = []
            for veto, when in section.vetoes:
                second.append(self.rule(f"veto:{veto.id}", when))
                vetoes.append(Veto(f"veto:{veto.id}", veto.at_most or None, veto.becomes or None))
            gates = tuple((f"gate:{gate.id}", gate.otherwise) for gate, _ in section.gates)
            grade = GradeRule(tuple(bands), tuple(vetoes), section.grade.merit, gates, section.grade.hit)
        self.graded = grade is not None
        triggers = [rule for consequence in section.consequences for rule in self.triggers(consequence)]
        before = tuple(tuple(stratum) for stratum in (first, second) if stratum)
        self.found.book = RuleBook(self.found.book.scheme, before, grade, (tuple(triggers),) if triggers else ())
        return self.found

    def triggers(self, typed: TypedConsequence) -> Iterator[Rule]:
        """Triggers of subjects and windows; what follows from single records is no rule over measures."""
        if typed.when is None or (typed.each and typed.each.kind not in ("window", "list")):
            return
        of_window = typed.each is not None and typed.each.kind == "window"
        if self.evaluation.part and not of_window:
            return
        for at in self.places((typed.each.name,) if typed.each else ()):
            yield self.named(f"trigger:{typed.rule.id}", at, self.condition(typed.when, at), typed.when)

    def places(self, grain: tuple[str, ...]) -> list[Where]:
        whole = self.evaluation.context(self.section, None)
        return [Where(grain, name) for name, _ in self.evaluation.grader.instances(grain, whole)]

    def rule(self, name: str, node: Typed) -> Rule:
        return self.named(name, WHOLE, self.condition(node, WHOLE), node)

    def named(self, name: str, at: Where, condition: Condition, node: Typed | None) -> Rule:
        rule = _at(name, at)
        self.found.instances.append(Instance(rule, at, node))
        return Rule(rule, condition)

    def slot(self, node: Typed, at: Where) -> str:
        if isinstance(node.data, NameRef) and node.data.frame == self.section.type:
            name = _at(node.data.name, at)
        elif node.op == "parameter":
            name = f"parameter {node.data}"
        else:
            name = _at(f"{node.op} {node.place.line}:{node.place.column}", at)
        while (
            name in self.found.slots
            and self.found.slots[name] != (node, at)
            and node.op
            not in (
                "parameter",
                "named",
            )
        ):
            name += "'"
        self.found.slots[name] = (node, at)
        return name

    def condition(self, node: Typed, at: Where) -> Condition:
        if node.op in ("and", "or"):
            parts = tuple(self.condition(kid, at) for kid in node.kids)
            return And(parts) if node.op == "and" else Or(parts)
        if node.op == "not":
            return Not(self.condition(node.kids[0], at))
        if node.op == "const":
            return And(()) if node.data else Or(())
        if node.op == "if" and node.type.kind == "boolean":
            then, when, other = (self.condition(kid, at) for kid in node.kids)
            # the third part is the hull: undecided which, but both say yes
            return Or((And((when, then)), And((Not(when), other)), And((then, other))))
        if node.op == "compare":
            return Compare(node.data, *(self.slot(kid, at) for kid in node.kids))
        if node.op == "among":
            return IsOneOf(self.text_slot(node.kids[0], at), frozenset(node.data))
        if node.op == "same":
            return self.same(node, at)
        if node.op == "named" and node.data.kind == "special" and node.data.name == "meets_all" and self.own(node):
            required = [c.rule for c in self.section.criteria if c.rule.severity == "required"]
            rules = [_at(f"criterion:{r.id}", place) for r in required for place in self.places(r.for_each)]
            return And(tuple(Holds(rule) for rule in rules))
        return IsTrue(self.slot(node, at))

    def same(self, node: Typed, at: Where) -> Condition:
        left, right = node.kids
        if left.op == "const":
            left, right = right, left
        if right.op != "const":
            return IsTrue(self.slot(node, at))
        if left.type.kind == "boolean":
            condition = self.condition(left, at)
            positive = bool(right.data) == (node.data == "==")
            return condition if positive else Not(condition)
        one = IsOneOf(self.text_slot(left, at), frozenset((right.data,)))
        return one if node.data == "==" else Not(one)

    def own(self, node: Typed) -> bool:
        return node.data.section == self.section.type and node.data.frame == self.section.type

    def text_slot(self, node: Typed, at: Where) -> str:
        """``grade`` and ``raw_grade`` after the grade are what the engine itself found."""
        is_grade = node.op == "named" and node.data.kind == "special" and node.data.name in ("grade", "raw_grade")
        if self.graded and is_grade and self.own(node):
            return str(node.data.name)
        return self.slot(node, at)


def _at(name: str, at: Where) -> str:
    return f"{name}@{at.name}" if at.name else name
