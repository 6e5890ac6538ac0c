"""Typed expressions to sets of possible values over a row's columns; what has no SQL form is refused by its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from kaoping.errors import Place
from kaoping.evaluation import values as reference
from kaoping.evaluation.context import Context
from kaoping.evaluation.plan import Plan, TypedCriterion, TypedMeasure
from kaoping.evaluation.reference import Machine
from kaoping.facts.frame import Frame
from kaoping.facts.periods import Period
from kaoping.facts.types import ValueType
from kaoping.scheme.model import ParameterValue
from kaoping.scheme.typed import Collection, NameRef, Type, Typed
from kaoping_sql.constants import constant
from kaoping_sql.nodes import Builder, Node, TooWideError, leaves_of
from kaoping_sql.rows import Group, Known, Row
from kaoping_sql.settled import is_short, may_be_blank, may_be_unknown
from kaoping_sql.values import Number, Sets, Truth, UnknownFormError, Value
from kaoping_sql.words import NoFormError, no_form, too_wide

MOST_WINDOWS = 400
"""Windows that are written out one by one: the days of a year, and some more."""


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
    """Compiles the expressions of a plan for one period and one way of entry (what is closed, what was published).

    Attributes:
        among_all: may places among all be read, since they are found before? Otherwise they have no SQL form.
        placed: the columns they are read from: which rule's, and in which window.
    """

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
        self.among_all = False
        self.placed: dict[str, tuple[str, str]] = {}
        self.kept: list[Typed] = []
        self._values: dict[Any, Value] = {}
        self._measures: dict[Any, Value] = {}
        self._doing: list[Any] = []
        self.named: Callable[[NameRef, Spot], Value | None] = lambda ref, spot: None
        self.part: Callable[[str, Judged], Value] = self._no_part
        self.judged: Callable[[str, Spot], list[Judged]] = lambda section, spot: []
        self.special: Callable[[NameRef, Spot], Value] = self._no_special
        self.unsettled = may_be_blank(plan)
        self.unsettled_measures = may_be_unknown(plan)

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
        if not spot.row.points or truth is self.b.false or self._hangs_on_places(truth):
            return False
        if truth not in spot.row.settled:
            spot.row.settled.append(truth)
        return True

    def _hangs_on_places(self, truth: Node) -> bool:
        """Does it read what is won among all? That stands in no frame."""
        return bool(self.placed) and any(leaf.args[0] in self.placed for leaf in leaves_of([truth]))

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
        return constant(self.sets, value, kind)

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
        if not is_short(one) or not self.settle(spot, one):
            return value
        low = value.low
        return self.sets.number(replace(low, num=b.filled(b.given(low.num, frozenset((one,))), 0)))

    def static(self, node: Typed, collection: Collection, spot: Spot) -> Value:
        """Everything that may be asked of a member of whom nothing is known."""
        context = Context({spot.frame: None, collection.of: None}, spot.window, dict(spot.at))
        found = self.blind.closure(node)(self.blind.blank_member(collection, context))
        return self.constant(found, node.type)
