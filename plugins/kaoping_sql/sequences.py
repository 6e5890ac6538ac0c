"""The first and the last member that counts, in the order of their days; the counterpart of `evaluation.sequences`.

Every one that may be the foremost leaves what it gives possible: those not after the foremost sure one, and those of
whom more may come. Days of records are compared within each subject: what is settled for it stands beside its records.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from kaoping_sql.aggregates import Question
from kaoping_sql.compiler import Spot
from kaoping_sql.ends import End
from kaoping_sql.nodes import Node
from kaoping_sql.passages import Grouped, Span, Written, passage, stated_through
from kaoping_sql.rows import Row
from kaoping_sql.values import Choice, Number, Truth, UnknownFormError, Value

Possible = list[tuple[Node, Value]]
"""What may be given, each where a truth holds."""


def foremost(q: Question, sign: int) -> Value:
    """What is asked of the first member (`sign` 1) or the last one (-1)."""
    assert q.node.collection is not None
    if isinstance(q.members, Written) and q.node.collection.kind == "window":
        return _in_order(q, list(q.members.members)[::-sign])
    if isinstance(q.members, Grouped) and q.members.span:
        return _either(q, _of_records(q, q.members, q.members.span, sign))
    raise UnknownFormError(q.name)


def _in_order(q: Question, members: list[Spot]) -> Value:
    """Of windows, whose days are known; from the one that comes into question last."""
    sets = q.c.sets
    found = q.nothing()
    for member in members:
        here = sets.present(q.value(member))
        open_yet = sets.case(q.possibly(member), sets.hull(here, found), found)
        found = sets.case(q.certainly(member), here, open_yet)
    return found


def _of_records(q: Question, members: Grouped, span: Span, sign: int) -> Possible:
    c, b = q.c, q.c.b

    def bound(day: Node, latest: bool) -> Node:
        """A day as it is compared; the nearest or the farthest one where it is unknown."""
        unknown = span.end if latest == (sign > 0) else span.start
        return b.times(b.case(b.is_null(day), b.const(unknown), day), b.const(sign))

    def settled(asked: Question, gone_through: Grouped, through: Span) -> Node:
        """The day by which one is surely there, NULL where none is."""
        found = gone_through.least(
            lambda member: (asked.certainly(member), c.sets.ends.end(bound(through.day, latest=True), b.one))
        )
        return found.num

    beside = _lifted(q, members, settled)
    nearest = bound(span.day, latest=False)
    here = settled(q, members, span)

    def possible(member: Spot) -> Node:
        return b.both(q.possibly(member), b.either(b.is_null(beside), b.less(nearest, beside, True)))

    none_sure = b.is_null(here)
    found: Possible = [(members.some(possible), _gathered(q, members, possible))]
    if members.open is not b.false:
        first = b.times(unseen(q, span) if sign > 0 else b.const(span.end), b.const(sign))
        more = b.both(members.open, b.either(none_sure, b.less(first, here, True)))
        static = q.static()
        if static.none is not b.true:
            found.append((more, c.sets.present(static)))
    found.append((none_sure, q.nothing()))
    return found


def _lifted(q: Question, members: Grouped, settled: Callable[[Question, Grouped, Span], Node]) -> Node:
    """What is settled for a subject, read beside each of its records."""
    group = members.group
    if group.parent is None:
        group.parent = Row(q.spot.row.table)
    assert q.node.collection is not None
    spot = replace(q.spot, row=group.parent)
    gone_through = passage(q.c, q.node.collection, spot)
    assert isinstance(gone_through, Grouped)
    assert gone_through.span is not None
    asked = Question(q.c, q.node, spot, gone_through, q.what, q.where, q.none, q.asks)
    return group.lift(q.c.b, settled(asked, gone_through, gone_through.span))


def unseen(q: Question, span: Span) -> Node:
    """The first day on which a record may lie that nobody knows yet, where the register is open."""
    c, b = q.c, q.c.b
    collection, window = q.node.collection, q.spot.window
    assert collection is not None
    assert collection.record is not None
    today = c.frame.today.toordinal()
    if collection.record.complete == "stated":
        known = b.least(b.filled(stated_through(c, collection, q.spot), 1), b.const(today))
    else:
        known = b.const(min(span.end, today) if c.machine.closed(window) else 1)
    return b.greatest(b.const(span.start), b.add(known, b.one))


def _gathered(q: Question, members: Grouped, possible: Callable[[Spot], Node]) -> Value:
    """Everything that the possible ones give."""
    b, sets, ends = q.c.b, q.c.sets, q.c.sets.ends
    value = q.value(members.inner)
    if isinstance(value, Truth):
        true = members.some(lambda m: b.both(possible(m), b.negation(value.no)))
        false = members.some(lambda m: b.both(possible(m), b.negation(value.yes)))
        return sets.truth(b.negation(false), b.negation(true))
    if isinstance(value, Choice):
        mask = b.zero
        for place in range(len(value.options)):
            bit = b.const(1 << place)
            there = b.negation(b.equal(b.shared_bits(value.mask, bit), b.zero))
            some = members.some(lambda m, there=there: b.both(possible(m), there))  # type: ignore[misc]
            mask = b.either_bits(mask, b.case(some, bit, b.zero))
        return sets.choice(value.options, mask)
    if not isinstance(value, Number):
        raise UnknownFormError(f"{q.name} of any text")

    def outermost(end: End) -> End:
        found = members.least(lambda m: (b.both(possible(m), b.negation(ends.missing(end))), end))
        there = replace(found, num=b.filled(found.num, found.num.low))  # read only where there is one
        endless = members.some(lambda m: b.both(possible(m), ends.missing(end)))
        return ends.case(endless, ends.none, there)

    low, turned = outermost(value.low), outermost(ends.negative(value.high))
    return sets.number(low, ends.negative(turned))


def _either(q: Question, possible: Possible) -> Value:
    """The hull of what may be given; something always is."""
    b, sets = q.c.b, q.c.sets
    some, found = possible[0]
    for here, value in possible[1:]:
        found = sets.case(b.both(some, here), sets.hull(found, value), sets.case(here, value, found))
        some = b.either(some, here)
    return found
