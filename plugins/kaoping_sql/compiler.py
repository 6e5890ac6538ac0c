"""Typed expressions to sets of possible values over a row's columns; what has no SQL form is refused by its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil, floor
from typing import Any

from kaoping.errors import Place
from kaoping.evaluation import values as reference
from kaoping.evaluation.cohort import asked_of
from kaoping.evaluation.context import Context
from kaoping.evaluation.plan import Plan, TypedCriterion, TypedMeasure
from kaoping.evaluation.reference import Machine
from kaoping.evaluation.values import FIRST_DAY, NEVER_DAY
from kaoping.facts.clock import LAST_SECOND
from kaoping.facts.frame import Frame
from kaoping.facts.periods import Period
from kaoping.facts.types import FactType, ValueType
from kaoping.scheme.model import ParameterValue
from kaoping.scheme.typed import Collection, FactRef, NameRef, Type, Typed
from kaoping_sql import days
from kaoping_sql.ends import End
from kaoping_sql.nodes import Builder, Node, TooWideError
from kaoping_sql.rows import Column, Group, Known, Row
from kaoping_sql.values import Choice, Number, Sets, Truth, UnknownFormError, Value, Words
from kaoping_sql.words import NoFormError, no_form, too_wide

LONGEST_MARK = 100
"""Operations of a condition that marks rows without blanks."""
MOST_WINDOWS = 60
"""Windows that are written out one by one; a database takes 2,000 columns."""


@dataclass(frozen=True)
class Judged:
    """A criterion in a window or item: whether it applies, whether what it requires holds, and what it earns."""

    criterion: TypedCriterion
    at: str
    applies: Truth
    holds: Truth
    points: Number
    full_points: Number


@dataclass(frozen=True)
class Spot:
    """Where an expression stands: the row, the subject type in sight, the window, and the items gone into."""

    row: Row
    frame: str
    window: Period
    at: tuple[tuple[str, str], ...] = ()
    record: bool = False
    group: Group | None = None
    outer: Spot | None = None
    part: Judged | None = None

    def inside(self, step: str, name: str, window: Period) -> Spot:
        """In a window or item of it."""
        return replace(self, window=window, at=(*((s, n) for s, n in self.at if s != step), (step, name)))


class Compiler:
    """Compiles the expressions of a plan for one period and one way of entry (what is closed, what was published)."""

    def __init__(
        self,
        plan: Plan,
        frame: Frame,
        known: Known,
        parameters: Mapping[str, ParameterValue] | None = None,
    ) -> None:
        bare = Frame(
            frame.period, frame.today, {}, closed=frame.closed, published=frame.published, calendars=frame.calendars
        )
        self.plan = plan
        self.frame = bare
        self.known = known
        self.machine = Machine(plan, bare, parameters)
        self.blind = Machine(plan, bare, parameters, blind=True)
        self.b = Builder()
        self.sets = Sets(self.b)
        self.rows: dict[tuple[str, str, bool], Row] = {}
        self.apart: dict[tuple[int, str], Row] = {}
        self.points = False
        self.main = ""
        self.kept: list[Typed] = []
        self._values: dict[Any, Value] = {}
        self._measures: dict[Any, Value] = {}
        self._doing: list[Any] = []
        self.named: Callable[[NameRef, Spot], Value | None] = lambda ref, spot: None
        self.part: Callable[[str, Judged], Value] = self._no_part
        self.judged: Callable[[str, Spot], list[Judged]] = lambda section, spot: []
        self.special: Callable[[NameRef, Spot], Value] = self._no_special
        self.unsettled = _may_be_blank(plan)
        self.unsettled_measures = _may_be_unknown(plan)

    def _no_special(self, ref: NameRef, spot: Spot) -> Value:
        raise UnknownFormError(ref.name)

    def _no_part(self, name: str, part: Judged) -> Value:
        raise UnknownFormError(name)

    # --- rows and spots

    def row(self, subject_type: str, record: str = "") -> Row:
        """The rows of a subject type, or of one of its registers."""
        points = self.points and subject_type == self.main and not record
        key = (subject_type, record, points)
        if key not in self.rows:
            table = f"{subject_type}.{record}" if record else subject_type
            self.rows[key] = Row(table, record, points=points)
            if points and (twin := self.rows.get((subject_type, record, False))):
                self.rows[key].columns, self.rows[key].groups = twin.columns, twin.groups
        return self.rows[key]

    def members(self, row: Row, subject_type: str) -> Row:
        """The rows of a type as members of others; those that lead back to where they are counted are apart."""
        source = self.row(subject_type)
        if all(one is not row and one.table != row.table for one in source.all()):
            return source
        return self.apart.setdefault((id(row), subject_type), Row(subject_type))

    def home(self, subject_type: str) -> Spot:
        """Subjects of a type in the whole period."""
        return Spot(self.row(subject_type), subject_type, self.machine.period)

    def instances(self, grain: tuple[str, ...], spot: Spot, place: Place | None = None) -> list[tuple[str, Spot]]:
        """The spots a rule stands in, with the name of each; `place` is the rule's.

        Raises:
            NoFormError: its windows cannot be written out.
        """
        try:
            return self._instances(grain, spot)
        except UnknownFormError as problem:
            raise no_form(str(problem), place) from None

    def _instances(self, grain: tuple[str, ...], spot: Spot) -> list[tuple[str, Spot]]:
        if not grain:
            return [("", spot)]
        step, rest = grain[0], grain[1:]
        found = []
        for name, inner in self.inside(step, spot):
            for deeper, last in self._instances(rest, inner):
                found.append((f"{name}/{deeper}" if deeper else name, last))
        return found

    def inside(self, step: str, spot: Spot) -> list[tuple[str, Spot]]:
        """Each window of a kind, or item of a list."""
        if self.machine.windows.has(step):
            parts = self.machine.windows.parts(spot.window, step)
            if len(parts) > MOST_WINDOWS:
                raise UnknownFormError(f"{len(parts)} {step}")
            return [(part.text, spot.inside(step, part.text, part)) for part in parts]
        items = self.plan.catalogue.lists[step].items
        return [(name, spot.inside(step, name, spot.window)) for name in items]

    def settle(self, spot: Spot, truth: Node) -> bool:
        """For rows without blanks: from here on this holds, and rows in which it does not are taken elsewhere."""
        if truth is self.b.true:
            return True
        if not spot.row.points or truth is self.b.false:
            return False
        if truth not in spot.row.settled:
            spot.row.settled.append(truth)
        return True

    # --- values

    def value(self, node: Typed, spot: Spot) -> Value:
        """What the expression may be there.

        Raises:
            NoFormError: it has no SQL form, or could leave 64 bits.
        """
        key = (
            id(node),
            spot.frame,
            spot.at,
            (spot.window.text, spot.window.kind),
            id(spot.row),
            id(spot.group),
            id(spot.part),
        )
        found = self._values.get(key)
        if found is None:
            from kaoping_sql.operations import OPERATIONS  # noqa: PLC0415 - operations build on the compiler

            operation = OPERATIONS.get(node.op)
            if operation is None:
                raise self.refuse(node, node.op)
            try:
                found = operation(self, node, spot)
            except UnknownFormError as problem:
                raise self.refuse(node, str(problem)) from None
            except TooWideError as problem:
                raise too_wide(problem.bits, node.place) from None
            self._values[key] = found
            self.kept.append(node)
        return found

    def number(self, node: Typed, spot: Spot) -> Number:
        """A number or day."""
        found = self.value(node, spot)
        assert isinstance(found, Number), node
        return found

    def fixed(self, node: Typed, spot: Spot) -> Fraction:
        """A number that is the same in every row."""
        value = self.number(node, spot)
        if value.low.num.op != "const" or value.low != value.high or value.none is not self.b.false:
            raise UnknownFormError("a length that differs from subject to subject")
        return value.low.low

    def truth(self, node: Typed, spot: Spot) -> Truth:
        """A truth as it is read."""
        found = self.value(node, spot)
        assert isinstance(found, Truth), node
        return self.sets.read(found)

    def refuse(self, node: Typed, what: str) -> NoFormError:
        """The error that names an expression without SQL form."""
        return no_form(what, node.place)

    def constant(self, value: reference.Value, kind: Type | ValueType) -> Value:
        """A value of the reference engine, the same in every row."""
        sets, b = self.sets, self.b
        if value is reference.NO_VALUE:
            empty = self.constant(_something(kind), kind)
            return replace(empty, none=b.true)
        if isinstance(value, reference.Perhaps):
            return replace(self.constant(value.value, kind), maybe=b.true)
        if isinstance(value, reference.Range):
            low, high = (sets.ends.none if end is None else sets.ends.constant(end) for end in (value.low, value.high))
            return sets.number(low, high)
        if isinstance(value, bool):
            return sets.truth(b.truth(value))
        if value == reference.MAYBE:
            return sets.maybe
        if value == reference.ANY_TEXT:
            return Words(b.null, b.false, b.false)
        if isinstance(value, reference.Choices):
            options = getattr(kind, "choices", None) or tuple(sorted(value.values))
            options = (*options, *sorted(value.values - set(options)))
            mask = sum(1 << place for place, option in enumerate(options) if option in value.values)
            return sets.choice(options, b.const(mask))
        if isinstance(value, str):
            if kind.kind == "text" and isinstance(kind, ValueType):
                return Words(b.text(value), b.false, b.false)
            return sets.known_text(value)
        return sets.constant(value)

    # --- columns

    def stored(self, table: Row, column: Column, spot: Spot, blank: Value, settles: bool) -> Value:
        """A column's value: as stored, and where it is NULL what a blank may be."""
        b, sets = self.b, self.sets
        kind = column.type
        assert kind is not None
        node, found = self.raw(table, column)
        if kind.kind == "text":
            return found
        gone = b.is_null(node)
        if settles and self.settle(spot, b.negation(gone)):
            return self.of_column(b.column(node.args[0], node.low, node.high), column, found)
        full = self.of_column(b.column(node.args[0], node.low, node.high), column, found)
        return sets.case(gone, blank, full)

    def raw(self, table: Row, column: Column) -> tuple[Node, Value]:
        """The column as a node, and a value of its form."""
        b, kind = self.b, column.type
        assert kind is not None
        table.columns.setdefault(column.name, column)
        name = column.name
        if kind.kind == "text":
            words = b.words(name)
            return words, Words(words, b.false, b.false)
        if kind.kind == "boolean":
            return b.column(name, 0, 1, nullable=True), self.sets.maybe
        if kind.kind == "choice":
            if len(kind.choices) > 60:
                raise UnknownFormError(f"{column.name}: {len(kind.choices)} choices")
            high = (1 << len(kind.choices)) - 1
            return b.column(name, 1, high, nullable=True), self.sets.choice(kind.choices, b.one)
        if kind.kind == "date":
            return b.column(name, FIRST_DAY, NEVER_DAY, nullable=True), self.sets.constant(0)
        if kind.kind == "time":
            return b.column(name, 0, LAST_SECOND, nullable=True), self.sets.constant(0)
        bounds = self.known.bounds(table.table, column)
        low, high = bounds.low, bounds.high
        if kind.minimum is not None:
            low = ceil(kind.minimum * bounds.scale)
        if kind.maximum is not None:
            high = floor(kind.maximum * bounds.scale)
        if kind.one_of:
            low, high = ceil(min(kind.one_of) * bounds.scale), floor(max(kind.one_of) * bounds.scale)
        node = b.column(name, min(low, high), max(low, high), nullable=True)
        return node, self.sets.number(self.sets.ends.end(b.one, b.const(bounds.scale)))

    def of_column(self, node: Node, column: Column, form: Value) -> Value:
        """A column that is not NULL as a value."""
        kind = column.type
        assert kind is not None
        if kind.kind == "boolean":
            return self.sets.truth(self.b.equal(node, self.b.one))
        if isinstance(form, Choice):
            if not kind.undetermined:
                self.sets.singles.add(node)
            return self.sets.choice(kind.choices, node)
        assert isinstance(form, Number)
        den = form.low.den if kind.kind not in ("date", "time") else self.b.one
        return self.sets.number(self.sets.ends.end(node, den))

    def fact(self, ref: FactRef, spot: Spot, period: Period | None = None) -> Value:
        """A fact of the subject in sight; `period` instead of the window's own for shifted ones."""
        if ref.frame != spot.frame or spot.record:
            return self.lifted(ref.fact.id, ref.frame, spot, lambda outer: self.fact(ref, outer, period))
        fact, at = ref.fact, dict(spot.at)
        if fact.fed_from:
            return self.fed(fact, "/".join(at[step] for step in fact.for_each), spot)
        item, window, text = "", spot.window, self.machine.base.text
        for step in fact.for_each:
            if self.machine.windows.has(step):
                text = at[step]
                window = self.machine.windows.named(step, text)
            else:
                item = at[step]
        if period is not None:
            text = period.text
        as_of = ""
        if fact.holds:
            as_of, text = (period or spot.window).end.isoformat(), ""
        column = fact_column(fact, text, item, as_of)
        blank = self.constant(self.machine.blank(fact, window), fact.type)
        settles = fact.id not in self.unsettled or not self.machine.closed(window)
        return self.stored(spot.row, column, spot, blank, settles)

    def fed(self, fact: FactType, at: str, spot: Spot) -> Value:
        """What another scheme's result leaves possible of a fact, and whether there may be no value."""
        b, sets, kind = self.b, self.sets, fact.type
        state = fed_column(fact, at, "state")
        spot.row.columns.setdefault(state.name, state)
        found = b.column(state.name, 0, 2, nullable=True)
        value: Value
        if kind.kind in ("boolean", "choice"):
            options = ("false", "true") if kind.kind == "boolean" else kind.choices
            column = fed_column(fact, at, "mask")
            spot.row.columns.setdefault(column.name, column)
            mask = b.column(column.name, 0, (1 << len(options)) - 1)
            value = sets.choice(options, mask)
            if kind.kind == "boolean":
                value = sets.truth(b.equal(mask, b.const(2)), b.equal(mask, b.one))
        elif kind.kind == "text":
            raise UnknownFormError(fact.id)
        else:
            bounds = self.known.bounds(spot.row.table, state)
            ends = []
            for part in ("low", "high"):
                column = fed_column(fact, at, part)
                spot.row.columns.setdefault(column.name, column)
                ends.append(
                    sets.ends.end(b.column(column.name, bounds.low, bounds.high, nullable=True), b.const(bounds.scale))
                )
            value = sets.number(*ends)
        none, maybe = b.equal(found, b.one), b.equal(found, b.const(2))
        known = replace(value, none=none, maybe=maybe)
        return sets.case(b.is_null(found), self.constant(self.machine.wide(kind), kind), known)

    def lifted(self, name: str, frame: str, spot: Spot, read: Callable[[Spot], Value]) -> Value:
        """What is read, in rows that belong to others, of those others: a few columns beside them."""
        if spot.outer is None or spot.group is None:
            raise UnknownFormError(name)
        if spot.record and spot.frame != frame:
            raise UnknownFormError(name)
        if spot.group.parent is None:
            spot.group.parent = Row(spot.outer.row.table)
        group, b = spot.group, self.b
        value = read(replace(spot.outer, row=spot.group.parent))
        none, maybe = group.lift(b, value.none), group.lift(b, value.maybe)
        if isinstance(value, Number):
            ends = []
            for end in (value.low, value.high):
                ends.append(End(group.lift(b, end.num), group.lift(b, end.den), end.low, end.high))
            return Number(ends[0], ends[0] if value.low == value.high else ends[1], none, maybe)
        if isinstance(value, Truth):
            yes = group.lift(b, value.yes)
            no = b.negation(yes) if value.no is b.negation(value.yes) else group.lift(b, value.no)
            return Truth(yes, no, none, maybe)
        if isinstance(value, Choice):
            return Choice(value.options, group.lift(b, value.mask), none, maybe)
        return Words(group.lift(b, value.text), none, maybe)

    # --- measures

    def measure(self, section: str, name: str, spot: Spot) -> Value:
        """A measure of the subject in sight, in the windows and items its grain asks for."""
        measure = self.plan.measures[section, name]
        home = replace(spot, frame=section, window=self.machine.period, at=())
        at = dict(spot.at)
        for step in measure.rule.for_each:
            home = next(inner for item, inner in self.inside(step, home) if item == at[step])
        key = (section, name, home.at, id(spot.row))
        if key not in self._measures:
            from kaoping_sql.forms import measured  # noqa: PLC0415 - forms build on the compiler

            if key in self._doing:
                raise UnknownFormError(name)
            self._doing.append(key)
            try:
                self._measures[key] = self._settled(measure, measured(self, measure, home), home)
            except TooWideError as problem:
                raise too_wide(problem.bits, measure.rule.place) from None
            except UnknownFormError as problem:
                raise no_form(str(problem), measure.rule.place) from None
            self._doing.pop()
        return self._measures[key]

    def _settled(self, measure: TypedMeasure, value: Value, spot: Spot) -> Value:
        """For rows without blanks: a measure that nobody asks whether it is known is, or the row goes the other way."""
        b = self.b
        if not isinstance(value, Number) or (measure.section, measure.rule.id) in self.unsettled_measures:
            return value
        if value.none is not b.false or value.maybe is not b.false:
            return value
        if value.low == value.high and not value.low.open:
            return value
        one = self.sets.one_left(value)
        if not _short(one) or not self.settle(spot, one):
            return value
        low = value.low
        return self.sets.number(replace(low, num=b.filled(b.given(low.num, frozenset((one,))), 0)))

    def static(self, node: Typed, collection: Collection, spot: Spot) -> Value:
        """Everything that may be asked of a member of whom nothing is known."""
        context = Context({spot.frame: None, collection.of: None}, spot.window, dict(spot.at))
        found = self.blind.closure(node)(self.blind.blank_member(collection, context))
        return self.constant(found, node.type)


def fact_column(fact: FactType, at: str, item: str, as_of: str) -> Column:
    """The column of a fact."""
    name = fact.id
    if item:
        name += f"#{item}"
    if as_of:
        name += f"<={as_of}"
    elif at:
        name += f"@{at}"
    return Column(name, "fact", fact.type, fact, at, item, as_of)


def fed_column(fact: FactType, at: str, part: str) -> Column:
    """A column of what is left of a fed fact: its ``state``, and its ``mask`` or its ends ``low`` and ``high``."""
    return Column(f"{fact.id}@{at}:{part}" if at else f"{fact.id}:{part}", "fed", fact.type, fact, at, part)


def _something(kind: Type | ValueType) -> Any:
    if kind.kind == "boolean":
        return False
    if kind.kind in ("choice", "text"):
        choices = getattr(kind, "choices", None)
        return choices[0] if choices else ""
    return 0


def _may_be_blank(plan: Plan) -> frozenset[str]:
    """Facts that a row without blanks may lack: optional ones, those asked for by ``known``, those left out."""
    found = {fact.id for fact in plan.catalogue.facts.values() if fact.optional}
    for measure in plan.measures.values():
        found |= set(measure.rule.leave_out)
        for part in measure.parts():
            for node in part.walk():
                if node.op in ("known", "or_else") and isinstance(node.kids[0].data, FactRef):
                    found.add(node.kids[0].data.fact.id)
    return frozenset(found)


def _short(node: Node, deepest: int = 20) -> bool:
    """Is it short enough to be asked of every row of a frame, where nothing is reckoned in stages?"""
    waiting, operations = [(node, 0)], 0
    while waiting:
        part, depth = waiting.pop()
        operations += 1
        if depth > deepest or operations > LONGEST_MARK:
            return False
        waiting += [(kid, depth + 1) for kid in part.kids()]
    return True


def _may_be_unknown(plan: Plan) -> frozenset[tuple[str, str]]:
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


def moved_day(b: Builder, end: End, months: Node, more: Node, endless: int) -> Node:
    """A day so much later; where it is missing, the calendar's end."""
    node = b.within(b.filled(end.num, endless), FIRST_DAY, NEVER_DAY)
    return days.plus(b, node, months, more)
