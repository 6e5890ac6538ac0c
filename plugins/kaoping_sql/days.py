"""Days by formula: months, years and month ends of day numbers, by whole-number arithmetic that every database has."""

from __future__ import annotations

from datetime import date

from kaoping.evaluation.values import FIRST_DAY, NEVER_DAY
from kaoping.facts import dates
from kaoping_sql.nodes import Builder, Node

BEFORE = 305
"""Days from 1 March of the year 0 to the day before 1 January of the year 1."""
CYCLE = 146_097
"""Days in 400 years."""
LAST_MONTH = 12 * 9999 + 9


def month_and_day(b: Builder, day: Node) -> tuple[Node, Node]:
    """The month (counted from March of the year 0) and the day in it."""
    if day.op == "const":
        found = date.fromordinal(day.low)
        return b.const(found.year * 12 + found.month - 3), b.const(found.day)
    c = b.const
    since = b.add(day, c(BEFORE))
    cycle, rest = b.quotient(since, c(CYCLE)), b.remainder(since, c(CYCLE))
    leap = b.add(
        rest,
        b.negative(b.quotient(rest, c(1460))),
        b.quotient(rest, c(36524)),
        b.negative(b.quotient(rest, c(146096))),
    )
    year = b.within(b.quotient(b.within(leap, 0, CYCLE), c(365)), 0, 399)
    year_days = b.add(b.times(year, c(365)), b.quotient(year, c(4)), b.negative(b.quotient(year, c(100))))
    in_year = b.within(b.subtract(rest, year_days), 0, 365)
    month = b.within(b.quotient(b.add(b.times(in_year, c(5)), c(2)), c(153)), 0, 11)
    before = b.quotient(b.add(b.times(month, c(153)), c(2)), c(5))
    number = b.within(b.add(in_year, b.negative(before), b.one), 1, 31)
    whole = b.add(b.times(b.add(year, b.times(cycle, c(400))), c(12)), month)
    return b.within(whole, 0, LAST_MONTH), number


def first_of(b: Builder, month: Node) -> Node:
    """The first day of a month."""
    c = b.const
    year, rest = b.quotient(month, c(12)), b.remainder(month, c(12))
    return b.add(
        b.times(year, c(365)),
        b.quotient(year, c(4)),
        b.negative(b.quotient(year, c(100))),
        b.quotient(year, c(400)),
        b.quotient(b.add(b.times(rest, c(153)), c(2)), c(5)),
        c(-BEFORE),
    )


def plus(b: Builder, day: Node, months: Node, days: Node) -> Node:
    """So many months later, at most the month's last day, and then so many days; never stays never."""
    if all(part.op == "const" for part in (day, months, days)):
        return b.const(dates.plus(date.fromordinal(day.low), months=months.low, days=days.low).toordinal())
    moved = day
    if months is not b.zero:
        month, number = month_and_day(b, day)
        target = b.add(month, _between(b, months, LAST_MONTH))
        inside = b.within(b.greatest(b.least(target, b.const(LAST_MONTH)), b.const(10)), 10, LAST_MONTH)
        first = first_of(b, inside)
        length = b.within(b.subtract(first_of(b, b.add(inside, b.one)), first), 28, 31)
        moved = b.within(b.add(first, b.least(number, length), b.const(-1)), FIRST_DAY, NEVER_DAY)
        moved = b.case(b.less(b.const(LAST_MONTH), target), b.const(NEVER_DAY), moved)
        moved = b.case(b.less(target, b.const(10)), b.const(FIRST_DAY), moved)
    if days is not b.zero:
        later = b.add(moved, _between(b, days, NEVER_DAY))
        later = b.greatest(b.least(later, b.const(NEVER_DAY)), b.const(FIRST_DAY))
        moved = later if months is b.zero else b.case(b.equal(moved, b.const(NEVER_DAY)), moved, later)
    return b.case(b.equal(day, b.const(NEVER_DAY)), day, moved)


def _between(b: Builder, length: Node, most: int) -> Node:
    """A length, or the greatest one that is not out of the calendar from every day."""
    return b.greatest(b.least(length, b.const(most)), b.const(-most))


def full_months(b: Builder, start: Node, end: Node) -> Node:
    """The largest n with start plus n months not after the end."""
    (start_month, start_day), (end_month, end_day) = month_and_day(b, start), month_and_day(b, end)
    first = first_of(b, end_month)
    length = b.within(b.subtract(first_of(b, b.add(end_month, b.one)), first), 28, 31)
    full = b.negation(b.less(end_day, b.least(start_day, length)))
    return b.add(end_month, b.negative(start_month), b.case(full, b.zero, b.const(-1)))


def year(b: Builder, day: Node) -> Node:
    """The year it lies in."""
    month, _ = month_and_day(b, day)
    return b.quotient(b.add(month, b.const(2)), b.const(12))


def later(b: Builder, day: Node, months: Node, more: Node, endless: int) -> Node:
    """A day so much later; where it is missing, the calendar's end."""
    return plus(b, b.within(b.filled(day, endless), FIRST_DAY, NEVER_DAY), months, more)
