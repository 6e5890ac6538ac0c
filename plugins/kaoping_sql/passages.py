"""Passages: through windows and items, each written out; through records and relations, grouped once for each kind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from kaoping.facts import dates
from kaoping.facts.periods import CAMPAIGN, parse_period
from kaoping.scheme.typed import Collection
from kaoping_sql import columns
from kaoping_sql.compiler import Compiler, Spot
from kaoping_sql.ends import End
from kaoping_sql.nodes import Node
from kaoping_sql.rows import ACROSS, Column, Group, Row
from kaoping_sql.values import UnknownFormError

Ask = Callable[[Spot], Node]
AskEnd = Callable[[Spot], tuple[Node, End]]


class Passage(Protocol):
    """Members gone through."""

    @property
    def open(self) -> Node:
        """May there be more?"""

    def certain(self, member: Spot) -> Node:
        """Is the member surely one?"""

    def within(self, member: Spot) -> Node:
        """May it be one?"""

    def total(self, ask: Ask) -> Node:
        """The sum of whole numbers over the members."""

    def some(self, ask: Ask) -> Node:
        """Is it so for one of them?"""

    def least(self, ask: AskEnd) -> End:
        """The least end of those counted, missing where none is (or where one is missing: the caller asks)."""

    def sum(self, ask: Callable[[Spot], End]) -> End:
        """The sum of ends, missing where one is."""

    def pair(self, low: Node, high: Node) -> Node:
        """The second of two counts, which is the first where nothing is uncertain."""


@dataclass
class Written:
    """A passage whose members are known beforehand."""

    c: Compiler
    members: Sequence[Spot]

    @property
    def open(self) -> Node:
        """There are never more."""
        return self.c.b.false

    def certain(self, member: Spot) -> Node:
        """All are; a criterion where it applies."""
        return member.part.applies.yes if member.part else self.c.b.true

    def within(self, member: Spot) -> Node:
        """All may be, but criteria that do not apply."""
        return self.c.b.negation(member.part.applies.no) if member.part else self.c.b.true

    def total(self, ask: Ask) -> Node:
        """Added up."""
        return self.c.b.add(self.c.b.zero, *(ask(member) for member in self.members))

    def some(self, ask: Ask) -> Node:
        """Or."""
        return self.c.b.either(*(ask(member) for member in self.members))

    def least(self, ask: AskEnd) -> End:
        """One after the other."""
        asked = [ask(member) for member in self.members]
        return self.c.sets._least([end for _, end in asked], [counts for counts, _ in asked], gone_counts=False)

    def sum(self, ask: Callable[[Spot], End]) -> End:
        """Added up."""
        ends = [ask(member) for member in self.members]
        return self.c.sets.ends.add(self.c.sets.ends.constant(0), *ends)

    def pair(self, low: Node, high: Node) -> Node:
        """As it is."""
        return high


@dataclass(frozen=True)
class Span:
    """The days that records are gone through: the first, the last, and the node of each one's own (NULL: unknown)."""

    start: int
    end: int
    day: Node


@dataclass
class Grouped:
    """A passage through rows of another table."""

    c: Compiler
    group: Group
    inner: Spot
    sure: Node
    opened: Node
    most: int
    outside: Spot
    placed: Node | None = None
    span: Span | None = None

    @property
    def open(self) -> Node:
        """Where the register is not complete."""
        return self.opened

    def certain(self, member: Spot) -> Node:
        """Is its day known?"""
        return self.sure

    def within(self, member: Spot) -> Node:
        """May it lie in the window?"""
        return self.placed or self.c.b.true

    def total(self, ask: Ask) -> Node:
        """A sum."""
        what = ask(self.inner)
        if what is self.c.b.zero:
            return what
        return self.group.column(self.c.b, "sum", what, self.most)

    def different(self, what: Node) -> Node:
        """How many different values, NULL left out."""
        return self.group.column(self.c.b, "distinct", what, self.most)

    def some(self, ask: Ask) -> Node:
        """A count above 0."""
        return self.c.b.less(self.c.b.zero, self.total(lambda member: self.c.b.number(ask(member))))

    def least(self, ask: AskEnd) -> End:
        """A minimum."""
        counts, end = ask(self.inner)
        self.plain(end)
        b = self.c.b
        column = self.group.column(b, "min", b.case(counts, end.num, b.null), self.most)
        return self.c.sets.ends.end(column, end.den)

    def stretch(self, function: str, told: Node, most: int, *arguments: int) -> Node:
        """A run or gap up to so much, by a function over what each member tells (see `stretches`); NULL of none."""
        how = " ".join([function, *map(str, arguments)])
        return self.c.b.within(self.group.column(self.c.b, how, told, most), 0, most)

    def sum(self, ask: Callable[[Spot], End]) -> End:
        """A sum, missing where one is."""
        end, b = ask(self.inner), self.c.b
        self.plain(end)
        total = self.total(lambda _: b.filled(end.num, 0))
        found = self.c.sets.ends.end(total, end.den)
        if not end.open:
            return found
        gone = self.some(lambda _: self.c.sets.ends.missing(end))
        return self.c.sets.ends.case(gone, self.c.sets.ends.none, found)

    def plain(self, end: End) -> None:
        """Only numbers over one divisor can be added up by a database."""
        if end.den.op != "const":
            raise UnknownFormError("a quotient inside a passage")

    def pair(self, low: Node, high: Node) -> Node:
        """For rows without blanks nothing is uncertain."""
        return low if self.c.settle(self.outside, self.c.b.equal(low, high)) else high


def passage(c: Compiler, collection: Collection, spot: Spot) -> Passage:
    """The passage through a collection from a spot."""
    unknown = {name for name in vars(collection) if name not in _MODIFIERS and getattr(collection, name)}
    if unknown:
        raise UnknownFormError(f"{collection.name} ({', '.join(sorted(unknown))})")
    if collection.kind == "criteria" and collection.of == spot.frame and not spot.record:
        parts = c.judged(collection.to, spot)
        return Written(c, [replace(spot, part=part, outer=spot) for part in parts])
    if collection.past:
        many = int(c.fixed(collection.past, spot))
        windows = c.machine.windows.past(spot.window, collection.name, many)
        return Written(c, [spot.inside(collection.name, window.text, window) for window in windows])
    if collection.fixed:
        return Written(c, [inner for _, inner in c.inside(collection.name, spot)])
    if spot.record or collection.kind not in ("record", "relation") or not _in_reach(collection, spot):
        raise UnknownFormError(collection.name)
    most = max(1, c.known.most(collection.name))
    if collection.kind == "relation":
        day = spot.window.end.toordinal()
        known = spot.row.groups.get((f"{collection.name} {collection.to}", day))
        source = known.source if known else c.members(spot.row, collection.to)
        group = _group(c, spot.row, source, collection.name, day)
        inner = Spot(source, collection.to, spot.window, spot.at, group=group, outer=spot)
        return Grouped(c, group, inner, c.b.true, c.b.false, most, spot)
    return _records(c, collection, spot, most)


_MODIFIERS = frozenset({"kind", "name", "of", "to", "record", "ever", "trailing", "past", "calendar"})


def _in_reach(collection: Collection, spot: Spot) -> bool:
    """Are they of the subject in sight, or records of the one that this member was reached from?"""
    if collection.of == spot.frame:
        return True
    reached = spot.group is not None and spot.group.link not in ("record", ACROSS)
    return collection.kind == "record" and reached and spot.outer is not None and collection.of == spot.outer.frame


def _records(c: Compiler, collection: Collection, spot: Spot, most: int) -> Grouped:
    b, kind = c.b, collection.record
    assert kind is not None
    if across := collection.of != spot.frame:
        assert spot.outer is not None
        source = c.row(spot.outer.row.table, collection.name)
        group = _across(spot, source)
    else:
        source = c.row(spot.row.table, collection.name)
        group = _group(c, spot.row, source, "record", 0)
    inner = replace(spot, row=source, frame=collection.of, record=True, group=group, outer=spot)
    window = spot.window
    start = window.start.toordinal()
    if collection.ever or not kind.placed_by:
        start = 1
    elif collection.trailing:
        months = int(c.fixed(collection.trailing, spot))
        start = dates.plus(window.end, months=-months, days=1).toordinal()
    day = placing_day(c, source, inner, kind.placed_by)
    unplaced = b.is_null(day)
    within = b.either(
        unplaced, b.both(b.less(b.const(start), day, True), b.less(day, b.const(window.end.toordinal()), True))
    )
    certain = b.negation(unplaced) if kind.placed_by else b.true
    if kind.unique:
        source.columns.setdefault("first_of_its_kind", Column("first_of_its_kind", "first", record=collection.name))
        within = b.both(within, b.equal(b.column("first_of_its_kind", 0, 1), b.one))
    opened = _open_across(c, collection, spot) if across else is_open(c, collection, spot)
    if c.settle(spot, b.negation(opened)):
        opened = b.false
    span = None if across else Span(start, window.end.toordinal(), day)
    return Grouped(c, group, inner, certain, opened, most, spot, within, span)


def is_open(c: Compiler, collection: Collection, spot: Spot) -> Node:
    """May there be records that nobody entered yet?"""
    b, kind, window = c.b, collection.record, spot.window
    assert kind is not None
    if window.end > c.frame.today:
        return b.true
    if kind.complete == "stated":
        return b.negation(b.less(b.const(window.end.toordinal()), stated_through(c, collection, spot), True))
    return b.truth(not c.machine.closed(window))


def stated_through(c: Compiler, collection: Collection, spot: Spot) -> Node:
    """The day a register is stated complete through, NULL where nobody stated any."""
    name = f"{collection.name} through"
    spot.row.columns.setdefault(name, Column(name, "through", record=collection.name))
    return c.b.column(name, 1, 3_652_059, nullable=True)


def placing_day(c: Compiler, source: Row, inner: Spot, placed_by: tuple[str, ...]) -> Node:
    """The day that places a record: by the first date whose period was not published when it became known."""
    b = c.b
    found, waiting = b.null, b.true
    assert source.record
    kind = c.plan.catalogue.record(inner.frame, source.record)
    assert kind is not None
    published_periods = c.frame.published if len(placed_by) > 1 else {}
    if published_periods and c.plan.scheme.period == CAMPAIGN:
        raise UnknownFormError(f"{source.record}: placed_by")
    for field in placed_by:
        column = Column(field, "field", kind.fields[field], record=source.record)
        day, _ = columns.raw(c, source, column)
        found = b.case(waiting, day, found)
        taken = b.is_null(day)
        published = b.false
        for text, moment in published_periods.items():
            period = parse_period(text)
            known_at = Column("known_at", "known_at", record=source.record)
            source.columns.setdefault("known_at", known_at)
            here = b.both(
                b.less(b.const(period.start.toordinal()), day, True), b.less(day, b.const(period.end.toordinal()), True)
            )
            if c.plan.scheme.period_holding(period.start).text == text:
                published = b.either(published, b.both(here, b.later(b.words("known_at"), b.text(moment))))
        waiting = b.both(waiting, b.negation(b.either(taken, b.negation(published))))
    return found


def _across(spot: Spot, source: Row) -> Group:
    """What is counted, for each member, of the records of the one it was reached from."""
    assert spot.group is not None
    assert spot.outer is not None
    if spot.group.parent is None:
        spot.group.parent = Row(spot.outer.row.table)
    found = spot.group.across.get(source.record)
    if found is None:
        found = spot.group.across[source.record] = Group(source.record, source, ACROSS, parent=spot.row)
    return found


def _open_across(c: Compiler, collection: Collection, spot: Spot) -> Node:
    """May there be more of them, as read beside the member?"""
    assert spot.group is not None
    assert spot.group.parent is not None
    assert spot.outer is not None
    return spot.group.lift(c.b, is_open(c, collection, replace(spot.outer, row=spot.group.parent)))


def _group(c: Compiler, row: Row, source: Row, link: str, day: int) -> Group:
    key = (f"{link} {source.table}", day)
    if key not in row.groups:
        name = source.record or link
        taken = {group.name for group in row.groups.values()}
        while name in taken:
            name += "'"
        row.groups[key] = Group(name, source, link, day)
    return row.groups[key]
