"""Passages through collections: counts, sums, means and the like over members that are certain, maybe or yet to come.

An *open* collection may have more members than are known: a count of it has no upper end, "all" of it is never
sure, "any" of it never refuted. A *maybe* member (its date is unknown) may or may not be there.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce

from kaoping.evaluation import values as sets
from kaoping.evaluation.context import Context, Run
from kaoping.evaluation.reference import Machine
from kaoping.evaluation.sequences import SEQUENCES
from kaoping.evaluation.values import (
    MAYBE,
    NO_VALUE,
    NUMBERS,
    Perhaps,
    Range,
    Value,
    decided,
    ends,
    hull,
    negation,
    perhaps,
    present,
    range_of,
)
from kaoping.scheme.typed import Collection, Passage, Typed


class PassageRun:
    """One aggregate's parts as closures."""

    def __init__(self, machine: Machine, node: Typed) -> None:
        asks: Passage = node.data
        kids = [machine.closure(kid) if kid.data is not None or kid.op != "const" else None for kid in node.kids]
        assert node.collection is not None
        self.machine = machine
        self.name = asks.function
        self.ends = asks.ends
        self.collection: Collection = node.collection
        self.what: Run | None = kids[0] if asks.what else None
        self.where: Run | None = kids[asks.what] if asks.where else None
        self.none: Run | None = kids[asks.asks] if asks.none else None
        self.none_unknown = asks.none and self.none is None
        self._asks: Typed | None = node.kids[0] if asks.what else None
        self._static: dict[tuple[str, ...], Value] = {}

    def rows(self, context: Context) -> tuple[list[tuple[Context, Value]], bool]:
        """Members that may count, each with whether it does (True or MAYBE), and whether there may be more."""
        members, is_open = self.machine.members(self.collection, context)
        where = self.where
        if where is None:
            return [(inner, True if certain else MAYBE) for inner, certain in members], is_open
        rows = []
        for inner, certain in members:
            counts = where(inner)
            if counts is not False:
                rows.append((inner, counts if certain else MAYBE))
        return rows, is_open

    def static(self, context: Context) -> Value:
        """What is asked of a member of whom nothing is known."""
        assert self._asks is not None
        if context.outer is not None:  # it may also hang on the record or part gone through around it
            return self.machine.static(self._asks, self.collection, context)
        key = (context.window.text, *context.at.values())
        if key not in self._static:
            self._static[key] = self.machine.static(self._asks, self.collection, context)
        return self._static[key]

    def span(self, context: Context) -> tuple[int, int]:
        """The first and last day gone through."""
        start, end = self.machine.span(self.collection, context)
        return start.toordinal(), end.toordinal()

    def days(self, inner: Context, context: Context) -> tuple[int, int]:
        """The days a member may lie on: its own, or any where it is not known."""
        if self.collection.kind == "window":
            return inner.window.start.toordinal(), inner.window.start.toordinal()
        if inner.part is not None and inner.part.day is not None:
            return inner.part.day.toordinal(), inner.part.day.toordinal()
        day = self.machine.place(inner.record, self.collection) if inner.record is not None else None
        return self.span(context) if day is None else (day.toordinal(), day.toordinal())

    def unseen(self, context: Context) -> tuple[int, int] | None:
        """The days on which members may lie that nobody knows yet, or None."""
        if self.collection.kind == "window":
            return None
        start, end = self.span(context)
        known = self.machine.complete_through(self.collection, context).toordinal()
        return None if known >= end else (max(start, known + 1), end)

    def nothing(self, context: Context) -> Value:
        """What emptiness gives."""
        if self.none is not None:
            return self.none(context)
        if not self.none_unknown:
            return NO_VALUE  # a list or window is never empty: all its members have no value
        return Range(0, 100) if self.name == "percent_of" else self.static(context)


def aggregate(machine: Machine, node: Typed) -> Run:
    """The closure of an aggregate node."""
    passage = PassageRun(machine, node)
    function = _FUNCTIONS[passage.name]
    return lambda context: function(passage, context)


def _sure(_: Context) -> Value:
    return True


def _count(passage: PassageRun, context: Context) -> Value:
    rows, is_open = passage.rows(context)
    what = passage.what or _sure
    surely = possibly = 0
    for inner, counts in rows:
        holds = what(inner)
        if holds is False:
            continue
        possibly += 1
        surely += holds is True and counts is True
    return range_of(surely, None if is_open else possibly)


def _any(passage: PassageRun, context: Context) -> Value:
    rows, is_open = passage.rows(context)
    what = passage.what or _sure
    result: Value = MAYBE if is_open else False
    for inner, counts in rows:
        holds = what(inner)
        if holds is True and counts is True:
            return True
        if holds is not False:
            result = MAYBE
    return result


def _all(passage: PassageRun, context: Context) -> Value:
    rows, is_open = passage.rows(context)
    what = passage.what or _sure
    result: Value = MAYBE if is_open else True
    for inner, counts in rows:
        holds = what(inner)
        if holds is False and counts is True:
            return False
        if holds is not True:
            result = MAYBE
    return result


def _sum(passage: PassageRun, context: Context) -> Value:
    rows, is_open = passage.rows(context)
    assert passage.what is not None
    values = []
    for inner, counts in rows:
        value = passage.what(inner)
        if value is not NO_VALUE:
            there = counts is True and value.__class__ is not Perhaps
            values.append(value if there else hull(0, present(value)))
    total = _sum_of(values)
    if is_open:
        static = passage.static(context)
        low, high = (0, 0) if static is NO_VALUE else ends(present(static))
        first, last = ends(total)
        total = range_of(
            first if low is not None and low >= 0 else None,
            last if high is not None and high <= 0 else None,
        )
    return total


def _values(passage: PassageRun, context: Context) -> tuple[list[Value], list[Value], bool]:
    rows, is_open = passage.rows(context)
    certain: list[Value] = []
    maybe: list[Value] = []
    assert passage.what is not None
    for inner, counts in rows:
        value = passage.what(inner)
        if value is not NO_VALUE:
            there = counts is True and value.__class__ is not Perhaps
            (certain if there else maybe).append(present(value))
    return certain, maybe, is_open


def _over(pick: Callable[[list[Value]], Value], passage: PassageRun, context: Context) -> Value:
    """A mean or extreme: exact over certain members; others widen it as far as they may, each there or not."""
    certain, maybe, is_open = _values(passage, context)
    if is_open and (static := passage.static(context)) is not NO_VALUE:
        maybe.append(present(static))
    if not maybe:
        return pick(certain) if certain else passage.nothing(context)
    return pick([*certain, *map(perhaps, maybe)]) if certain else reduce(hull, maybe, passage.nothing(context))


def _mean(passage: PassageRun, context: Context) -> Value:
    return _over(_mean_of, passage, context)


def _sum_of(values: list[Value]) -> Value:
    if {value.__class__ for value in values} <= NUMBERS:
        return sets.exact(*sets.total(values))
    return reduce(sets.add, values, 0)


def _mean_of(values: list[Value]) -> Value:
    certain = [value for value in values if value.__class__ is not Perhaps]
    mean = sets.divide(_sum_of(certain), len(certain))
    return reduce(hull, [present(value) for value in values if value.__class__ is Perhaps], mean)


def _lowest(passage: PassageRun, context: Context) -> Value:
    return _over(sets.least, passage, context)


def _highest(passage: PassageRun, context: Context) -> Value:
    return _over(sets.greatest, passage, context)


def _percent_of(passage: PassageRun, context: Context) -> Value:
    rows, is_open = passage.rows(context)
    if is_open:
        some = any(counts is True for _, counts in rows)
        return Range(0, 100) if some else hull(Range(0, 100), passage.nothing(context))
    what = passage.what or _sure
    counted = surely = possibly = maybe_bad = maybe_good = 0
    for inner, counts in rows:
        holds = what(inner)
        if counts is True:
            counted += 1
            surely += holds is True
            possibly += holds is not False
        else:
            maybe_good += holds is not False
            maybe_bad += negation(holds) is not False
    if counted:
        low = sets.exact(100 * surely, counted + maybe_bad)
        return range_of(low, sets.exact(100 * (possibly + maybe_good), counted + maybe_good))
    if not maybe_bad and not maybe_good:
        return passage.nothing(context)
    share = range_of(0 if maybe_bad else 100, 100 if maybe_good else 0)
    return hull(share, passage.nothing(context))


def _distinct(passage: PassageRun, context: Context) -> Value:
    certain, maybe, is_open = _values(passage, context)
    known = {value for value in certain if decided(value)}
    undecided = sum(not decided(value) for value in certain)
    least = max(len(known), 1 if certain else 0)
    more = len({value for value in maybe if decided(value)} - known) + sum(not decided(value) for value in maybe)
    return range_of(least, None if is_open else len(known) + undecided + more)


_FUNCTIONS: dict[str, Callable[[PassageRun, Context], Value]] = {
    "count": _count,
    "any": _any,
    "all": _all,
    "sum": _sum,
    "mean": _mean,
    "lowest": _lowest,
    "highest": _highest,
    "percent_of": _percent_of,
    "distinct": _distinct,
    **SEQUENCES,
}
