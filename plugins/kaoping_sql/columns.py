"""Columns of a frame as values: facts, fields, what other schemes left possible, and what is read of an owner."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import ceil, floor

from kaoping.evaluation.values import FIRST_DAY, NEVER_DAY
from kaoping.facts.clock import LAST_SECOND
from kaoping.facts.periods import Period
from kaoping.facts.types import FactType, ValueType
from kaoping.scheme.typed import FactRef, NameRef
from kaoping_sql.compiler import Compiler, Spot
from kaoping_sql.ends import End
from kaoping_sql.nodes import Node
from kaoping_sql.prizes import prizes_of
from kaoping_sql.rows import Column, Row
from kaoping_sql.values import Choice, Number, Truth, UnknownFormError, Value, Words

OWN_ID = Column("id", "own", ValueType("text"))


def stored(c: Compiler, table: Row, column: Column, spot: Spot, blank: Value, settles: bool) -> Value:
    """A column's value: as stored, and where it is NULL what a blank may be."""
    b, sets = c.b, c.sets
    kind = column.type
    assert kind is not None
    node, found = raw(c, table, column)
    if kind.kind == "text":
        return found
    gone = b.is_null(node)
    if settles and c.settle(spot, b.negation(gone)):
        return of_column(c, b.column(node.args[0], node.low, node.high), column, found)
    full = of_column(c, b.column(node.args[0], node.low, node.high), column, found)
    return sets.case(gone, blank, full)


def raw(c: Compiler, table: Row, column: Column) -> tuple[Node, Value]:
    """The column as a node, and a value of its form."""
    b, kind = c.b, column.type
    assert kind is not None
    table.columns.setdefault(column.name, column)
    name = column.name
    if kind.kind == "text":
        words = b.words(name)
        return words, Words(words, b.false, b.false)
    if kind.kind == "boolean":
        return b.column(name, 0, 1, nullable=True), c.sets.maybe
    if kind.kind == "choice":
        if len(kind.choices) > 60:
            raise UnknownFormError(f"{column.name}: {len(kind.choices)} choices")
        high = (1 << len(kind.choices)) - 1
        return b.column(name, 1, high, nullable=True), c.sets.choice(kind.choices, b.one)
    if kind.kind == "date":
        return b.column(name, FIRST_DAY, NEVER_DAY, nullable=True), c.sets.constant(0)
    if kind.kind == "time":
        return b.column(name, 0, LAST_SECOND, nullable=True), c.sets.constant(0)
    bounds = c.known.bounds(table.table, column)
    low, high = bounds.low, bounds.high
    if kind.minimum is not None:
        low = ceil(kind.minimum * bounds.scale)
    if kind.maximum is not None:
        high = floor(kind.maximum * bounds.scale)
    if kind.one_of:
        low, high = ceil(min(kind.one_of) * bounds.scale), floor(max(kind.one_of) * bounds.scale)
    node = b.column(name, min(low, high), max(low, high), nullable=True)
    return node, c.sets.number(c.sets.ends.end(b.one, b.const(bounds.scale)))


def of_column(c: Compiler, node: Node, column: Column, form: Value) -> Value:
    """A column that is not NULL as a value."""
    kind = column.type
    assert kind is not None
    if kind.kind == "boolean":
        return c.sets.truth(c.b.equal(node, c.b.one))
    if isinstance(form, Choice):
        if not kind.undetermined:
            c.sets.singles.add(node)
        return c.sets.choice(kind.choices, node)
    assert isinstance(form, Number)
    den = form.low.den if kind.kind not in ("date", "time") else c.b.one
    return c.sets.number(c.sets.ends.end(node, den))


def of_fact(c: Compiler, ref: FactRef, spot: Spot, period: Period | None = None) -> Value:
    """A fact of the subject in sight; `period` instead of the window's own for shifted ones."""
    if ref.frame != spot.frame or spot.record:
        return lifted(c, ref.fact.id, ref.frame, spot, lambda outer: of_fact(c, ref, outer, period))
    fact, at = ref.fact, dict(spot.at)
    if fact.fed_from:
        return fed(c, fact, "/".join(at[step] for step in fact.for_each), spot)
    item, window, text = "", spot.window, c.machine.base.text
    for step in fact.for_each:
        if c.machine.windows.has(step):
            text = at[step]
            window = c.machine.windows.named(step, text)
        else:
            item = at[step]
    if period is not None:
        text = period.text
    as_of = ""
    if fact.holds:
        as_of, text = (period or spot.window).end.isoformat(), ""
    column = fact_column(fact, text, item, as_of)
    blank = c.constant(c.machine.blank(fact, window), fact.type)
    settles = fact.id not in c.unsettled or not c.machine.closed(window)
    return stored(c, spot.row, column, spot, blank, settles)


def fed(c: Compiler, fact: FactType, at: str, spot: Spot) -> Value:
    """What another scheme's result leaves possible of a fact, and whether there may be no value."""
    b, sets, kind = c.b, c.sets, fact.type
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
        bounds = c.known.bounds(spot.row.table, state)
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
    return sets.case(b.is_null(found), c.constant(c.machine.wide(kind), kind), known)


def called(c: Compiler, subject_type: str, spot: Spot) -> Value:
    """What the subject of a frame in sight is called."""
    if spot.frame != subject_type or spot.record:
        return lifted(c, f"{subject_type}.id", subject_type, spot, lambda outer: called(c, subject_type, outer))
    _, found = raw(c, spot.row, OWN_ID)
    return found


def won(c: Compiler, ref: NameRef, spot: Spot) -> Value:
    """What the subject in sight wins among all: a column that is found before the rest is judged."""
    b, prizes = c.b, prizes_of(c.plan.cohort[ref.name])
    own = [row for key, row in c.rows.items() if key[:2] == (c.main, "")]
    if not c.among_all or (c.main == c.plan.main.type and all(row is not spot.row for row in own)):
        raise UnknownFormError(ref.name)
    at = dict(spot.at)[ref.grain[0]] if ref.grain else ""
    column = Column(f"~{ref.name}@{at}" if at else f"~{ref.name}", "placed", at=at, record=ref.name)
    spot.row.columns.setdefault(column.name, column)
    c.placed[column.name] = (ref.name, at)
    mask = b.column(column.name, 1, prizes.undecided)
    if c.plan.cohort[ref.name].rule.tiers:
        return c.sets.choice(tuple(map(str, prizes.all)), mask)
    return c.sets.truth(b.equal(mask, b.one), b.equal(mask, b.const(prizes.nothing)))


def lifted(c: Compiler, name: str, frame: str, spot: Spot, read: Callable[[Spot], Value]) -> Value:
    """What is read, in rows that belong to others, of those others: a few columns beside them."""
    if spot.outer is None or spot.group is None:
        raise UnknownFormError(name)
    if spot.record and frame not in (spot.frame, spot.outer.frame):
        raise UnknownFormError(name)
    if spot.group.parent is None:
        spot.group.parent = Row(spot.outer.row.table)
    group, b = spot.group, c.b
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
