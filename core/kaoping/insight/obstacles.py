"""What stands between a subject and each better grade: gates, conditions with by how much they are missed, vetoes.

A condition is taken apart down to what can be mended: of ``a and b`` what is not so, of ``a or b`` every way there
is, of ``meets_all`` the requirements that are not met, of ``all(list, …)`` the items that fail.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from kaoping.evaluation.context import Context
from kaoping.evaluation.criteria import Judged
from kaoping.evaluation.plan import Section
from kaoping.evaluation.run import Evaluation, shown
from kaoping.evaluation.values import NO_VALUE, Value, decided, ends, present, truth
from kaoping.facts.values import number_text
from kaoping.scheme import expressions as tree
from kaoping.scheme.model import Clause, Expr
from kaoping.scheme.prose import Words
from kaoping.scheme.typed import Passage, Typed

_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}
MOST_PARTS = 40


@dataclass(frozen=True)
class Obstacle:
    """One thing in the way.

    Attributes:
        kind: ``gate`` · ``condition`` · ``criterion`` · ``veto`` · ``record`` · ``any_of`` (one of its parts would
            do) · ``all_of`` (one of those ways: all its parts).
        id, at: of a gate, criterion or veto; the window, item or subject a condition is about.
        words: what would have to be so; for a veto what holds.
        open: not decided yet: a fact that is missing may clear it.
        value, limit, short: of a comparison what it is, what it is compared with, and by how much it is missed
            (to be exact text, at best while the value is open); `strict`: even equal does not do.
        effect: of a veto ``at_most`` or ``becomes`` and the grade.
        parts: what it consists of.
    """

    kind: str
    words: str = ""
    id: str = ""
    at: str = ""
    open: bool = False
    value: Any = None
    limit: Any = None
    short: str = ""
    strict: bool = False
    unit: str = ""
    effect: tuple[str, str] | None = None
    clause: Clause = field(default_factory=Clause)
    parts: tuple[Obstacle, ...] = ()


@dataclass(frozen=True)
class Way:
    """What is in the way of one grade; with nothing in the way only better or undecided grades stand before it."""

    grade: str
    obstacles: tuple[Obstacle, ...]


def obstacles(evaluation: Evaluation, section: Section, subject: str, words: Words) -> list[Way]:
    """For each grade better than the worst the subject may still get: what is in its way, best grade first."""
    if section.grade is None or evaluation.part:
        return []
    merit = section.grade.merit
    grading = evaluation.grader.grading(section.type, subject)
    possible = [merit.index(grade) for grade in grading.final if grade in merit]
    worst = max(possible) if possible and not grading.final - set(merit) else len(merit)
    search = _Search(evaluation, section, subject, words)
    return [Way(grade, tuple(search.grade(grade))) for grade in merit[:worst]]


class _Search:
    def __init__(self, evaluation: Evaluation, section: Section, subject: str, words: Words) -> None:
        self.evaluation = evaluation
        self.machine = evaluation.machine
        self.section = section
        self.subject = subject
        self.words = words
        self.context = evaluation.context(section, subject)
        self.doing: list[tuple[str, str]] = []

    def grade(self, grade: str) -> Iterator[Obstacle]:
        rules = self.section.grade
        assert rules is not None
        for gate, needs in self.section.gates:
            yield from self._named("gate", gate, "", gate.needs, needs, self.context, ())
        bands = {band.grade: band.when for band in rules.bands}
        for name, when in self.section.bands:
            expr = bands[name]
            if name == grade and when is not None and expr is not None:
                yield from self.parts(expr, expr.tree, when, self.context, ())
        for veto, when in self.section.vetoes:
            held = truth(self.machine.closure(when)(self.context))
            set_to = veto.at_most or veto.becomes
            if held is not False and rules.merit.index(set_to) > rules.merit.index(grade):
                effect = ("at_most" if veto.at_most else "becomes", set_to)
                said = self.words.expression(veto.when, self.section.type)
                inner = tuple(self.parts(veto.when, veto.when.tree, when, self.context, (), wanted=False))
                open_ = held is not True
                yield Obstacle("veto", said, veto.id, open=open_, effect=effect, clause=veto.clause, parts=inner)

    def _named(
        self, kind: str, rule: Any, at: str, expr: Expr, node: Typed, context: Context, grain: tuple[str, ...]
    ) -> Iterator[Obstacle]:
        """A gate or criterion that is not passed, with what is missing in it."""
        holds = truth(self.machine.closure(node)(context))
        if holds is not True:
            said = self.words.expression(expr, self.section.type, grain)
            inner = tuple(self.parts(expr, expr.tree, node, context, grain))
            yield Obstacle(kind, said, rule.id, at, holds is not False, clause=rule.clause, parts=inner)

    def parts(
        self,
        expr: Expr,
        written: tree.Tree,
        node: Typed,
        context: Context,
        grain: tuple[str, ...],
        *,
        wanted: bool = True,
    ) -> Iterator[Obstacle]:
        """What keeps a condition from being as wanted."""
        value = truth(self.machine.closure(node)(context))
        if value is wanted:
            return
        open_ = value is not (not wanted)
        if isinstance(written, tree.Negation) and node.op == "not":
            yield from self.parts(expr, written.part, node.kids[0], context, grain, wanted=not wanted)
        elif isinstance(written, tree.Logic) and node.op == written.op:
            found = [
                tuple(self.parts(expr, part, kid, context, grain, wanted=wanted))
                for part, kid in zip(written.parts, node.kids, strict=True)
            ]
            if (written.op == "and") is wanted:
                for one in found:
                    yield from one
            else:
                ways = tuple(one[0] if len(one) == 1 else Obstacle("all_of", parts=one) for one in found if one)
                yield Obstacle("any_of", self._say(expr, written, grain, wanted), open=open_, parts=ways)
        elif node.op == "named" and node.data.kind == "special" and node.data.name == "meets_all" and wanted:
            yield from self._requirements()
        elif node.op == "named" and node.data.kind == "measure" and node.type.kind == "boolean":
            yield from self._measure(expr, written, node, context, grain, wanted)
        elif isinstance(written, tree.Choice) and node.op == "if":
            yield from self._choice(expr, written, node, context, grain, wanted, open_)
        elif node.op == "compare":
            yield self._comparison(expr, written, node, context, grain, wanted, open_)
        elif node.op == "part" and wanted and (judged := self._criterion(node, context)):
            yield from self._required(judged)
        elif node.op == "aggregate" and isinstance(written, tree.Call):
            yield self._passage(expr, written, node, context, grain, wanted, open_)
        else:
            yield Obstacle("condition", self._say(expr, written, grain, wanted), at=self._at(context), open=open_)

    def _criterion(self, node: Typed, context: Context) -> Judged | None:
        """The criterion of this section whose outcome is asked for in a passage through criteria."""
        found = context.passed(node.data[2])
        part = found.part if found else None
        own = isinstance(part, Judged) and node.data[0] == "met" and self.section.type in part.context.subjects
        return part if own and isinstance(part, Judged) and part.criterion in self.section.criteria else None

    def _requirements(self) -> Iterator[Obstacle]:
        for criterion in self.section.criteria:
            rule = criterion.rule
            if rule.severity != "required":
                continue
            for one in self.machine.judged(criterion, self.section.type, self.subject):
                if one.outcome is not None and one.outcome is not True:
                    yield from self._required(one)

    def _required(self, one: Judged) -> Iterator[Obstacle]:
        rule, require = one.criterion.rule, one.criterion.require
        yield from self._named("criterion", rule, one.at, rule.require, require, one.context, rule.for_each)

    def _measure(
        self, expr: Expr, written: tree.Tree, node: Typed, context: Context, grain: tuple[str, ...], wanted: bool
    ) -> Iterator[Obstacle]:
        """A truth that is a measure: what is missing in it, where it is an expression."""
        ref = node.data
        measure = self.evaluation.plan.measures[ref.section, ref.name]
        value, key = measure.rule.value, (ref.section, ref.name)
        open_ = not decided(self.machine.closure(node)(context))
        inner: tuple[Obstacle, ...] = ()
        own = ref.section == self.section.type and key not in self.doing
        if value is not None and measure.value is not None and own:
            self.doing.append(key)
            home = self.machine.instance(ref.section, context.subjects[ref.frame], ref.grain, context)
            inner = tuple(self.parts(value, value.tree, measure.value, home, ref.grain, wanted=wanted))
            self.doing.pop()
        said = self._say(expr, written, grain, wanted)
        yield Obstacle("condition", said, at=self._at(context), open=open_, parts=inner, clause=measure.rule.clause)

    def _choice(
        self,
        expr: Expr,
        written: tree.Choice,
        node: Typed,
        context: Context,
        grain: tuple[str, ...],
        wanted: bool,
        open_: bool,
    ) -> Iterator[Obstacle]:
        """``x if c else y`` whose c is decided: only that side counts."""
        then, when, other = node.kids
        holds = self.machine.closure(when)(context)
        if decided(holds) and holds is not NO_VALUE:
            side, part = (written.then, then) if holds is True else (written.other, other)
            yield from self.parts(expr, side, part, context, grain, wanted=wanted)
        else:
            yield Obstacle("condition", self._say(expr, written, grain, wanted), at=self._at(context), open=open_)

    def _comparison(
        self,
        expr: Expr,
        written: tree.Tree,
        node: Typed,
        context: Context,
        grain: tuple[str, ...],
        wanted: bool,
        open_: bool,
    ) -> Obstacle:
        left, right = (self.machine.closure(kid)(context) for kid in node.kids)
        op = node.data if wanted else _OPPOSITE[node.data]
        kind = node.kids[0].type.kind
        days = kind in ("date", "time")
        unit = node.kids[0].type.unit or node.kids[1].type.unit or ""
        found = Obstacle(
            "condition",
            self._say(expr, written, grain, wanted),
            at=self._at(context),
            open=open_,
            value=shown(left, kind),
            limit=shown(right, kind),
            short="" if (days and open_) or kind == "time" else _short(op, left, right),
            strict=op in ("<", ">", "!="),
            unit="" if days else unit,
        )
        if isinstance(written, tree.Comparison):
            counted, call, source, home, inside = self._counted(expr, written.left, node.kids[0], context, grain)
            passed = counted.collection if counted.op == "aggregate" else None
            sure = passed is not None and (passed.sure or passed.kind == "criteria")
            if sure and counted.data.function in ("count", "percent_of") and isinstance(call, tree.Call):
                failing = tuple(self._members(source, call, counted, home, inside, op in (">", ">=", "==")))
                return replace(found, parts=failing)
        return found

    def _counted(
        self, expr: Expr, written: tree.Tree, node: Typed, context: Context, grain: tuple[str, ...]
    ) -> tuple[Typed, tree.Tree, Expr, Context, tuple[str, ...]]:
        """What a comparison counts: the expression of the measure it names, where it names one of this section."""
        if node.op != "named" or node.data.kind not in ("measure", "special") or node.data.frame != self.section.type:
            return node, written, expr, context, grain
        rules = self.section.grade
        name = node.data.name if node.data.kind == "measure" else rules.score if rules else ""
        measure = self.evaluation.plan.measures.get((self.section.type, name))
        if measure is None or measure.value is None or measure.rule.value is None:
            return node, written, expr, context, grain
        home = self.machine.instance(self.section.type, self.subject, node.data.grain, context)
        return measure.value, measure.rule.value.tree, measure.rule.value, home, measure.rule.for_each

    def _passage(
        self,
        expr: Expr,
        written: tree.Call,
        node: Typed,
        context: Context,
        grain: tuple[str, ...],
        wanted: bool,
        open_: bool,
    ) -> Obstacle:
        """``all`` or ``any`` of a collection: the members that are not as wanted."""
        assert node.collection is not None
        said = self._say(expr, written, grain, wanted)
        inner: tuple[Obstacle, ...] = ()
        if node.collection.kind != "record":
            inner = tuple(self._members(expr, written, node, context, grain, wanted))
        elif not wanted and node.data.function == "any":
            members, _ = self.machine.members(node.collection, context)
            asks = [self.machine.closure(kid) for kid in node.kids if kid.type.kind == "boolean"]
            held = [one for one, _ in members if one.record and all(ask(one) is not False for ask in asks)]
            inner = tuple(Obstacle("record", at=one.record.no) for one in held[:MOST_PARTS] if one.record)
        return Obstacle("condition", said, at=self._at(context), open=open_, parts=inner)

    def _members(
        self, expr: Expr, written: tree.Call, node: Typed, context: Context, grain: tuple[str, ...], wanted: bool
    ) -> Iterator[Obstacle]:
        """The members of a passage of which what is asked is not as wanted, at most so many."""
        assert node.collection is not None
        asks: Passage = node.data
        if not asks.what or node.kids[0].type.kind != "boolean":
            return
        members, _ = self.machine.members(node.collection, context)
        inside = (*grain, node.collection.name)
        where: Callable[[Context], Value] | None = self.machine.closure(node.kids[1]) if asks.where else None
        count = 0
        for inner, _ in members:
            if count == MOST_PARTS or (where is not None and where(inner) is False):
                continue
            for found in self.parts(expr, written.args[1], node.kids[0], inner, inside, wanted=wanted):
                count += 1
                yield found

    def _say(self, expr: Expr, written: tree.Tree, grain: tuple[str, ...], wanted: bool) -> str:
        """What would have to be so, in words."""
        said = written
        if not wanted:
            if isinstance(written, tree.Comparison):
                said = tree.Comparison(_OPPOSITE[written.op], written.left, written.right, written.at)
            else:
                said = tree.Negation(written, getattr(written, "at", 0))
        return self.words.expression(Expr(expr.text, said, expr.place), self.section.type, grain)

    def _at(self, context: Context) -> str:
        related = [one for kind, one in context.subjects.items() if kind != self.section.type and one]
        return "/".join([*context.at.values(), *related])


def _short(op: str, left: Value, right: Value) -> str:
    """By how much a comparison is missed, at best; "" where nothing can be said."""
    if left is NO_VALUE or right is NO_VALUE:
        return ""
    (low, high), (low2, high2) = ends(present(left)), ends(present(right))
    if op in (">", ">="):
        return "" if high is None or low2 is None else _amount(low2 - high)
    if op in ("<", "<="):
        return "" if low is None or high2 is None else _amount(low - high2)
    if op == "==" and None not in (low, high, low2, high2) and low == high and low2 == high2:
        return _amount(abs(low - low2))  # type: ignore[operator]  # none of them is None
    return ""


def _amount(number: int | Fraction) -> str:
    return number_text(max(number, 0))


def way_data(way: Way) -> dict[str, Any]:
    """A way as JSON data."""
    return {"grade": way.grade, "obstacles": [_data(one) for one in way.obstacles]}


def _data(one: Obstacle) -> dict[str, Any]:
    found: dict[str, Any] = {"kind": one.kind, "id": one.id, "at": one.at, "open": one.open, "words": one.words}
    if one.short:
        found |= {"value": one.value, "limit": one.limit, "short": one.short, "strict": one.strict, "unit": one.unit}
    if one.effect:
        found |= {"effect": one.effect[0], "grade": one.effect[1]}
    if one.kind in ("gate", "criterion", "veto"):
        found |= {"clause": one.clause.source, "decisions": list(one.clause.decisions)}
    return {**found, "parts": [_data(part) for part in one.parts]}
