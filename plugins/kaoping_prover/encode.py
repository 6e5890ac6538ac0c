"""The rules of a plan as z3 terms, as the reference engine means them once everything is entered and closed.

What reads nothing free is reckoned by the reference engine itself. A construct that is not known here raises
`NotUnderstoodError` with its name, so that a question ends undecided and never wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from kaoping.evaluation.context import Context
from kaoping.evaluation.plan import Section
from kaoping.evaluation.run import Evaluation
from kaoping.evaluation.values import NO_VALUE, decided
from kaoping.scheme.typed import FactRef, NameRef, Typed
from kaoping_prover import names, operators, passages
from kaoping_prover.free import NotUnderstoodError, World
from kaoping_prover.grades import graded
from kaoping_prover.measures import measured
from kaoping_prover.terms import (
    FALSE,
    LOST,
    NONE,
    OPEN,
    TRUE,
    Bit,
    Sym,
    Truth,
    choose,
    either,
    negate,
)


class Encoder:
    """Terms of one section's rules for one subject."""

    def __init__(
        self, evaluation: Evaluation, section: Section, subject: str, world: World, *, hopeful: bool = False
    ) -> None:
        self.machine = evaluation.machine
        self.plan = evaluation.plan
        self.grader = evaluation.grader
        self.section = section
        self.subject = subject
        self.world = world
        self.home = evaluation.context(section, subject)
        self.hopeful = hopeful  # what is unknown may be whatever helps: if even that fails, it is proved to fail
        self.unknown = False  # something unknown was met
        self._done: dict[tuple[int, int], Sym | Truth] = {}
        self._kept: list[object] = []
        self._touched: dict[int, bool] = {}
        self._measures: dict[tuple[str, str], bool] = {}

    # --- what reads something free

    def touches(self, node: Typed) -> bool:
        """Does the expression read anything free?"""
        found = self._touched.get(id(node))
        if found is None:
            self._kept.append(node)
            self._touched[id(node)] = False  # what reads itself is no measure of a plan
            found = self._touched[id(node)] = any(self._free(one) for one in node.walk())
        return found

    def _free(self, node: Typed) -> bool:
        if isinstance(node.data, FactRef):
            return node.data.fact.id in self.world.names
        if node.op == "field":
            return self.world.registers
        if node.collection is not None and node.collection.kind in ("record", "relation"):
            return self.world.registers
        if node.op == "part" or (node.collection is not None and node.collection.kind == "criteria"):
            return any(self.touches(tree) for one in self.section.criteria for tree in one.parts())
        if isinstance(node.data, NameRef):
            return self._names_free(node.data)
        return False

    def _names_free(self, ref: NameRef) -> bool:
        key = (ref.section, ref.name)
        if key in self._measures:
            return self._measures[key]
        self._measures[key] = False
        if ref.kind == "measure":
            found = any(self.touches(part) for part in self.plan.measures[key].parts())
        elif ref.kind == "cohort":
            found = any(self.touches(part) for part in self.plan.cohort[ref.name].parts())
        else:
            section = self.plan.section(ref.section)
            trees = [tree for one in section.criteria for tree in one.parts()]
            trees += [needs for _, needs in section.gates] + [when for _, when in section.vetoes]
            trees += [when for _, when in section.bands if when is not None]
            score = section.grade.score if section.grade else ""
            trees += self.plan.measures[ref.section, score].parts() if score else ()
            found = any(self.touches(tree) for tree in trees)
        self._measures[key] = found
        return found

    # --- expressions

    def truth(self, node: Typed, context: Context) -> Truth:
        """A truth."""
        found = self.get(node, context)
        if isinstance(found, Sym):
            raise NotUnderstoodError(node.op)
        return found

    def number(self, node: Typed, context: Context) -> Sym:
        """A number, a day, or the code of a text."""
        found = self.get(node, context)
        if isinstance(found, Truth):
            there = either((found.yes, found.no))
            return Sym(choose(found.yes, 1, 0), True, negate(there))
        if found.more:
            return Sym(found.value, found.there, lost=True)
        return found

    def get(self, node: Typed, context: Context) -> Sym | Truth:
        """The term of an expression where it stands; made once."""
        key = (id(node), id(context))
        if key not in self._done:
            self._kept += [node, context]
            if self.touches(node):
                self._done[key] = self._made(node, context)
            else:
                self._done[key] = self.constant(node.type.kind, self.machine.closure(node)(context))
        return self._done[key]

    def constant(self, kind: str, value: Any) -> Sym | Truth:
        """A value the reference engine found."""
        if kind == "boolean":
            known = TRUE if value is True else FALSE if value is False else None
            self.unknown = self.unknown or known is None
            return known or (Truth(True, True) if self.hopeful else OPEN)
        if value is NO_VALUE:
            return NONE
        if not decided(value):
            self.unknown = True
            return LOST
        return Sym(self.code(value) if isinstance(value, str) else Fraction(value))

    def code(self, text: Any) -> int:
        """The number that stands for a text."""
        return self.world.codes.setdefault(text, len(self.world.codes))

    def _made(self, node: Typed, context: Context) -> Sym | Truth:
        operation = OPERATIONS.get(node.op)
        if operation is None:
            raise NotUnderstoodError(node.op)
        return operation(self, node, context)

    def measure(self, ref: NameRef, subject: str | None, context: Context) -> Sym | Truth:
        """A measure where it stands."""
        measure = self.plan.measures[ref.section, ref.name]
        inner = self.machine.instance(ref.section, subject, measure.rule.for_each, context)
        key = (id(measure), id(inner))
        if key not in self._done:
            self._kept += [measure, inner]
            self._done[key] = measured(self, measure, inner)
        return self._done[key]

    def graded(self, *, raw: bool = False) -> tuple[Any, Bit]:
        """The index of the grade in the order of merit, and whether it is decided and given."""
        key = (id(self.section), int(raw))
        if key not in self._done:
            value, sure = graded(self, raw=raw)
            self._done[key] = Sym(value, True, negate(sure))
        found = self._done[key]
        assert isinstance(found, Sym)
        return found.value, negate(found.lost)


OPERATIONS: dict[str, Callable[[Encoder, Typed, Context], Sym | Truth]] = {
    "fact": names.fact,
    "shifted": names.shifted,
    "field": names.field,
    "part": names.part,
    "named": names.named,
    "negative": operators.negative,
    "chain": operators.chain,
    "compare": operators.compare,
    "same": operators.same,
    "among": operators.among,
    "and": operators.and_,
    "or": operators.or_,
    "not": operators.not_,
    "if": operators.if_,
    "known": operators.known,
    "or_else": operators.or_else,
    "ratio": operators.ratio,
    "plus": operators.plus,
    "call": operators.call,
    "aggregate": passages.aggregate,
}
