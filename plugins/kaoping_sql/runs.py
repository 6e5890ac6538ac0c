"""The longest run of members and the longest gap between them; the counterpart of `evaluation.sequences`.

Of windows a run is reckoned step by step. Of records it is counted where frames are gathered: each tells its day, from
which day on others may come, and what it is; see `stretches`.
"""

from __future__ import annotations

from dataclasses import replace

from kaoping_sql.aggregates import Question
from kaoping_sql.nodes import Node
from kaoping_sql.passages import Grouped, Span, Written, is_open
from kaoping_sql.rows import Row
from kaoping_sql.sequences import unseen
from kaoping_sql.stretches import DAY, FLAGS, LATER, NOT_SO, SO, SURE
from kaoping_sql.values import Number, UnknownFormError, Value


def streak(q: Question) -> Value:
    """How many in a row at most of which it is so."""
    assert q.node.collection is not None
    b, members = q.c.b, q.members
    if isinstance(members, Written) and q.node.collection.kind == "window":
        return _of_windows(q, members)
    if not (isinstance(members, Grouped) and members.span):
        raise UnknownFormError(q.name)
    wanted, holds = q.wanted(members.inner), q.holds(members.inner)
    day = members.span.day
    later = b.less(_unseen(q, members, members.span), b.filled(day, 0), True)
    marks = ((holds.yes, SO), (holds.no, NOT_SO), (wanted.yes, SURE), (later, LATER))
    flags = b.add(*(b.case(truth, b.const(mark), b.zero) for truth, mark in marks))
    told = b.add(b.times(b.filled(day, 0), b.const(FLAGS)), flags)
    told = b.case(wanted.no, b.null, told)
    least = b.filled(members.stretch("fewest_in_a_row", told, members.most), 0)
    most = members.pair(least, b.filled(members.stretch("most_in_a_row", told, members.most), 0))
    return _number(q, members, least, most)


def longest_gap(q: Question) -> Value:
    """The most days one after another without a member."""
    b, members = q.c.b, q.members
    if not (isinstance(members, Grouped) and members.span):
        raise UnknownFormError(q.name)
    span, ends = members.span, q.asks.ends
    wanted = q.wanted(members.inner)
    known = b.add(_unseen(q, members, span), b.const(-1))
    sure = b.number(wanted.yes)
    told = b.add(b.times(b.add(b.times(b.filled(span.day, 0), b.const(DAY)), known), b.const(2)), sure)
    told = b.case(wanted.no, b.null, told)
    days = span.end - span.start + 1
    arguments = (span.start, span.end, int(ends))
    least = members.stretch("narrowest_gap", told, days, *arguments)
    most = members.stretch("widest_gap", told, days, *arguments)
    if ends:
        here = b.add(unseen(q, span), b.const(-span.start)) if members.open is not b.false else b.const(days)
        alone = b.case(members.open, b.within(here, 0, days), b.const(days))
        least, most = b.case(b.is_null(least), alone, least), b.case(b.is_null(most), b.const(days), most)
    else:
        opened = b.case(members.open, b.const(max(0, days - 2)), b.zero)
        least, most = b.filled(least, 0), b.case(b.is_null(most), opened, most)
    most = members.pair(least, most)
    return q.c.sets.number(*(q.c.sets.ends.end(each, b.one) for each in (least, most)))


def _number(q: Question, members: Grouped, least: Node, most: Node) -> Number:
    ends, b = q.c.sets.ends, q.c.b
    return q.c.sets.number(ends.end(least, b.one), ends.case(members.open, ends.none, ends.end(most, b.one)))


def _unseen(q: Question, members: Grouped, span: Span) -> Node:
    """The first day on which others may come, as read beside each record; the day after the last where none may."""
    c, collection, group = q.c, q.node.collection, members.group
    assert collection is not None
    if group.parent is None:
        group.parent = Row(q.spot.row.table)
    spot = replace(q.spot, row=group.parent)
    after = c.b.const(span.end + 1)
    opened = is_open(c, collection, spot)
    return group.lift(c.b, c.b.case(opened, unseen(replace(q, spot=spot), span), after))


def _of_windows(q: Question, members: Written) -> Number:
    """Each is of one day, and whether it counts is all that may be open."""
    b = q.c.b
    longest = shortest = most = least = b.zero
    for member in members.members:
        wanted, holds = q.wanted(member), q.holds(member)
        counts, sure = b.negation(wanted.no), wanted.yes
        goes_on = b.both(counts, b.negation(holds.no))
        running = b.case(goes_on, b.add(most, b.one), most)
        most = b.case(b.both(sure, holds.no), b.zero, running)
        longest = b.greatest(longest, most)
        held = b.case(b.both(sure, holds.yes), b.add(least, b.one), least)
        least = b.case(b.both(counts, b.negation(holds.yes)), b.zero, held)
        shortest = b.greatest(shortest, least)
    ends = q.c.sets.ends
    low = ends.end(shortest, b.one)
    return q.c.sets.number(low, low if longest is shortest else ends.end(longest, b.one))
