"""Counts, sums, means and extremes over the members of a passage; the counterpart of `kaoping.evaluation.aggregates`.

A *maybe* member may or may not be there; an *open* passage may have more than are known.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kaoping.evaluation.values import NO_VALUE
from kaoping.scheme.typed import Passage as PassageAsked
from kaoping.scheme.typed import Typed
from kaoping_sql.compiler import Compiler, Spot
from kaoping_sql.ends import End
from kaoping_sql.nodes import Node
from kaoping_sql.passages import Grouped, Passage, passage
from kaoping_sql.values import Number, Truth, UnknownFormError, Value, Words


@dataclass
class Question:
    """What is asked of the members."""

    c: Compiler
    node: Typed
    spot: Spot
    members: Passage
    what: Typed | None
    where: Typed | None
    none: Typed | None
    asks: PassageAsked

    @property
    def name(self) -> str:
        """Of the function."""
        return self.asks.function

    def wanted(self, member: Spot) -> Truth:
        """Does the member count?"""
        sets, b = self.c.sets, self.c.b
        found = sets.truth(b.true) if self.where is None else self.c.truth(self.where, member)
        within = self.members.within(member)
        certain = self.members.certain(member)
        return sets.truth(b.both(within, certain, found.yes), b.either(b.negation(within), found.no))

    def holds(self, member: Spot) -> Truth:
        """Is it so for the member?"""
        return self.c.sets.truth(self.c.b.true) if self.what is None else self.c.truth(self.what, member)

    def count(self, ask: Callable[[Truth, Truth], Node]) -> Node:
        """How many members meet what is asked of (does it count, is it so)."""
        number = self.c.b.number
        return self.members.total(lambda member: number(ask(self.wanted(member), self.holds(member))))

    def some(self, ask: Callable[[Truth, Truth], Node]) -> Node:
        """Is there one?"""
        return self.members.some(lambda member: ask(self.wanted(member), self.holds(member)))

    def asked(self, member: Spot) -> Number:
        """The number asked for."""
        assert self.what is not None
        return self.c.number(self.what, member)

    def nothing(self) -> Value:
        """What emptiness gives."""
        c = self.c
        if self.none is None:
            return c.constant(NO_VALUE, self.node.type)
        if self.none.op == "const" and self.none.data is None:
            if self.name == "percent_of":
                ends = c.sets.ends
                return c.sets.number(ends.constant(0), ends.constant(100))
            return self.static()
        return c.value(self.none, self.spot)

    def static(self) -> Value:
        """What is asked of a member of whom nothing is known."""
        assert self.what is not None
        assert self.node.collection is not None
        return self.c.static(self.what, self.node.collection, self.spot)

    # --- members with a value

    def value(self, member: Spot) -> Value:
        """What is asked for, of any kind."""
        assert self.what is not None
        return self.c.value(self.what, member)

    def certainly(self, member: Spot) -> Node:
        """Does the member surely count with a value?"""
        return self.c.b.both(self.wanted(member).yes, self.c.sets.there(self.value(member)))

    def possibly(self, member: Spot) -> Node:
        """May it count with a value?"""
        b = self.c.b
        return b.both(b.negation(self.wanted(member).no), b.negation(self.value(member).none))

    def perhaps(self, member: Spot) -> Node:
        """May it, without being sure?"""
        return self.c.b.both(self.possibly(member), self.c.b.negation(self.certainly(member)))


def aggregate(c: Compiler, node: Typed, spot: Spot) -> Value:
    """The value of an aggregate."""
    asks: PassageAsked = node.data
    name = asks.function
    if name not in _FUNCTIONS and name not in FOREMOST and name not in IN_A_ROW:
        raise UnknownFormError(name)
    assert node.collection is not None
    kids = list(node.kids)
    what = kids.pop(0) if asks.what else None
    where = kids.pop(0) if asks.where else None
    none = kids.pop(0) if asks.none else None
    if any(kid is not node.collection.trailing and kid is not node.collection.past for kid in kids):
        raise UnknownFormError(name)
    question = Question(c, node, spot, passage(c, node.collection, spot), what, where, none, asks)
    if name in FOREMOST:
        from kaoping_sql.sequences import foremost  # noqa: PLC0415 - sequences build on questions

        return foremost(question, FOREMOST[name])
    if name in IN_A_ROW:
        from kaoping_sql import runs  # noqa: PLC0415 - as above

        return runs.streak(question) if name == "streak" else runs.longest_gap(question)
    return _FUNCTIONS[name](question)


def _count(q: Question) -> Value:
    b, ends = q.c.b, q.c.sets.ends
    surely = q.count(lambda counts, holds: b.both(counts.yes, holds.yes))
    possibly = q.count(lambda counts, holds: b.both(b.negation(counts.no), b.negation(holds.no)))
    possibly = q.members.pair(surely, possibly)
    low, high = ends.end(surely, b.one), ends.end(possibly, b.one)
    return q.c.sets.number(low, ends.case(q.members.open, ends.none, high))


def _any(q: Question) -> Value:
    b = q.c.b
    surely = q.count(lambda counts, holds: b.both(counts.yes, holds.yes))
    possibly = q.count(lambda counts, holds: b.both(b.negation(counts.no), b.negation(holds.no)))
    possibly = q.members.pair(surely, possibly)
    yes, no = b.less(b.zero, surely), b.both(b.negation(q.members.open), b.negation(b.less(b.zero, possibly)))
    return q.c.sets.truth(yes, no)


def _all(q: Question) -> Value:
    b = q.c.b
    surely = q.count(lambda counts, holds: b.both(counts.yes, holds.no))
    possibly = q.count(lambda counts, holds: b.both(b.negation(counts.no), b.negation(holds.yes)))
    possibly = q.members.pair(surely, possibly)
    yes, no = b.both(b.negation(q.members.open), b.negation(b.less(b.zero, possibly))), b.less(b.zero, surely)
    return q.c.sets.truth(yes, no)


def _sum(q: Question) -> Value:
    b, sets, ends = q.c.b, q.c.sets, q.c.sets.ends
    zero = ends.constant(0)

    def part(member: Spot, highest: bool) -> End:
        asked = q.asked(member)
        end = asked.high if highest else asked.low
        hulled = (ends.greatest if highest else ends.least)(zero, end)
        perhaps = ends.case(q.perhaps(member), hulled, zero)
        return ends.case(q.certainly(member), end, perhaps)

    low, high = q.members.sum(lambda m: part(m, False)), q.members.sum(lambda m: part(m, True))
    if not low.open and not high.open and low.den is high.den:
        high = End(q.members.pair(low.num, high.num), high.den, high.low, high.high)
    if q.members.open is b.false:
        return sets.number(low, low if low.num is high.num else high)
    static = q.static()
    assert isinstance(static, Number)
    gone = static.none
    rises = b.either(gone, ends.less(zero, static.low, True))
    falls = b.either(gone, ends.less(static.high, zero, True))
    opened = q.members.open
    return sets.number(
        ends.case(b.both(opened, b.negation(rises)), ends.none, low),
        ends.case(b.both(opened, b.negation(falls)), ends.none, high),
    )


def _spread(q: Question) -> tuple[Number, Node]:
    """The hull of the maybe members and, in an open passage, of all that may follow; and whether there are any."""
    b, sets, ends = q.c.b, q.c.sets, q.c.sets.ends
    low = q.members.least(lambda m: (q.perhaps(m), q.asked(m).low))
    turned = q.members.least(lambda m: (q.perhaps(m), ends.negative(q.asked(m).high)))
    some = q.members.some(q.perhaps)
    if some is not b.false:
        no_low = q.members.some(lambda m: b.both(q.perhaps(m), ends.missing(q.asked(m).low)))
        no_high = q.members.some(lambda m: b.both(q.perhaps(m), ends.missing(q.asked(m).high)))
        low, turned = ends.case(no_low, ends.none, low), ends.case(no_high, ends.none, turned)
    found = sets.number(low, ends.negative(turned))
    if q.members.open is not b.false:
        static = q.static()
        assert isinstance(static, Number)
        if static.none is not b.true:
            wide = sets.present(static)
            joined = sets.case(some, sets.hull(found, wide), wide)
            result = sets.case(q.members.open, joined, found)
            assert isinstance(result, Number)
            return result, b.either(some, q.members.open)
    return found, some


def _over(q: Question, certain: Number, some_certain: Node, widened: Callable[[Number, Number], Number]) -> Value:
    """Exact over certain members; the others widen it as far as they may."""
    b, sets = q.c.b, q.c.sets
    maybe, some = _spread(q)
    if some is not b.false and q.c.settle(q.spot, b.negation(some)):
        some = b.false
    nothing = q.nothing()
    if some is b.false:
        return sets.case(some_certain, certain, nothing)
    with_maybe = sets.case(some_certain, widened(certain, maybe), sets.hull(maybe, nothing))
    return sets.case(some, with_maybe, sets.case(some_certain, certain, nothing))


def _mean(q: Question) -> Value:
    b, sets, ends = q.c.b, q.c.sets, q.c.sets.ends
    zero = ends.constant(0)
    many = q.members.total(lambda m: b.number(q.certainly(m)))
    low = q.members.sum(lambda m: ends.case(q.certainly(m), q.asked(m).low, zero))
    high = q.members.sum(lambda m: ends.case(q.certainly(m), q.asked(m).high, zero))
    if not low.open and not high.open and low.den is high.den:
        high = End(q.members.pair(low.num, high.num), high.den, high.low, high.high)
    over = ends.constant(1) if many is b.zero else ends.inverse(ends.end(many, b.one))
    total = sets.number(low, low if low.num is high.num else high)
    mean = sets.monotone(lambda end: ends.times(end, over), total)

    def widened(certain: Number, maybe: Number) -> Number:
        found = sets.hull(certain, maybe)
        assert isinstance(found, Number)
        return found

    return _over(q, mean, b.less(b.zero, many), widened)


def _lowest(q: Question) -> Value:
    return _outermost(q, lambda value: value)


def _highest(q: Question) -> Value:
    turned = _outermost(q, q.c.sets.negative)
    assert isinstance(turned, Number)
    return q.c.sets.negative(turned)


def _outermost(q: Question, turned: Callable[[Number], Number]) -> Value:
    """The least of the numbers, or of their opposites."""
    b, sets, ends = q.c.b, q.c.sets, q.c.sets.ends
    members = q.members
    low = members.least(lambda m: (q.certainly(m), turned(q.asked(m)).low))
    high = members.least(lambda m: (q.certainly(m), turned(q.asked(m)).high))
    no_low = members.some(lambda m: b.both(q.certainly(m), ends.missing(turned(q.asked(m)).low)))
    if high.den is low.den:
        high = End(members.pair(low.num, high.num), high.den, high.low, high.high)
    some = members.some(q.certainly)
    certain = sets.number(ends.case(no_low, ends.none, low), high if high != low else None)
    if no_low is b.false and high == low:
        certain = sets.number(low)

    def widened(surely: Number, maybe: Number) -> Number:
        return sets.number(ends.least(surely.low, maybe.low), surely.high)

    asked, static, nothing = q.asked, q.static, q.nothing()
    assert isinstance(nothing, Number)
    q.asked = lambda member: turned(asked(member))  # type: ignore[method-assign]  # the same question of the opposites
    q.nothing = lambda: turned(nothing)  # type: ignore[method-assign]  # a number, as it stands for one
    q.static = lambda: turned(static())  # type: ignore[method-assign, arg-type]  # as above
    return _over(q, certain, some, widened)


def _percent_of(q: Question) -> Value:
    b, sets, ends = q.c.b, q.c.sets, q.c.sets.ends
    counted = q.count(lambda counts, _: counts.yes)
    surely = q.count(lambda counts, holds: b.both(counts.yes, holds.yes))
    possibly = q.count(lambda counts, holds: b.both(counts.yes, b.negation(holds.no)))

    def maybe(counts: Truth) -> Node:
        return b.both(b.negation(counts.no), b.negation(counts.yes))

    good = q.count(lambda counts, holds: b.both(maybe(counts), b.negation(holds.no)))
    bad = q.count(lambda counts, holds: b.both(maybe(counts), b.negation(holds.yes)))
    possibly = q.members.pair(surely, possibly)
    good, bad = q.members.pair(b.zero, good), q.members.pair(b.zero, bad)
    hundred = b.const(100)
    nothing = q.nothing()

    def share(top: Node, under: Node) -> End:
        return ends.end(b.times(top, hundred), ends.at_least(under, 1), ends.constant(0).low, ends.constant(100).high)

    low = share(surely, b.add(counted, bad))
    high = share(b.add(possibly, good), b.add(counted, good))
    among = sets.number(low, low if low == high else high)
    some = b.less(b.zero, counted)
    found: Value = sets.case(some, among, nothing)
    uncertain = b.either(b.less(b.zero, good), b.less(b.zero, bad))
    if uncertain is not b.false:
        zero, full = ends.constant(0), ends.constant(100)
        either = sets.number(ends.case(b.less(b.zero, bad), zero, full), ends.case(b.less(b.zero, good), full, zero))
        found = sets.case(some, among, sets.case(uncertain, sets.hull(either, nothing), nothing))
    if q.members.open is not b.false:
        anything = sets.number(ends.constant(0), ends.constant(100))
        found = sets.case(q.members.open, sets.case(some, anything, sets.hull(anything, nothing)), found)
    return found


def _distinct(q: Question) -> Value:
    """How many different values: those decided are counted by the database, each other one may be like any."""
    c, b, sets, ends = q.c, q.c.b, q.c.sets, q.c.sets.ends
    if not isinstance(q.members, Grouped) or q.what is None:
        raise UnknownFormError("distinct")
    member = q.members
    found, there, certain = q.value(member.inner), q.possibly(member.inner), q.certainly(member.inner)
    number, decided = one_number(c, found), sets.one_left(found)
    known = member.different(b.case(b.both(certain, decided), number, b.null))
    every = member.different(b.case(b.both(there, decided), number, b.null))
    undecided = member.total(lambda _: b.number(b.both(there, b.negation(decided))))
    some = member.some(lambda _: certain)
    least = b.greatest(known, b.number(some))
    most = member.pair(least, b.add(every, undecided))
    return sets.number(ends.end(least, b.one), ends.case(member.open, ends.none, ends.end(most, b.one)))


def one_number(c: Compiler, value: Value) -> Node:
    """A decided value as one whole number or text, to be told apart from others."""
    if isinstance(value, Number):
        if value.low.den.op != "const":
            raise UnknownFormError("a quotient inside a passage")
        return value.low.num
    if isinstance(value, Truth):
        return c.b.number(value.yes)
    return value.text if isinstance(value, Words) else value.mask


FOREMOST = {"first": 1, "last": -1}
IN_A_ROW = ("streak", "longest_gap")
_FUNCTIONS: dict[str, Callable[[Question], Value]] = {
    "count": _count,
    "any": _any,
    "all": _all,
    "sum": _sum,
    "mean": _mean,
    "lowest": _lowest,
    "highest": _highest,
    "percent_of": _percent_of,
    "distinct": _distinct,
}
