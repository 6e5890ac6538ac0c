"""Working days: Monday to Friday, but for official holidays and weekend days that are worked instead.

Where no table is known for a year its days follow the week, and what comes of it is provisional.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from kaoping.facts.frame import NEVER
from kaoping.facts.periods import Period

if TYPE_CHECKING:
    from kaoping.facts.types import Title

HOLIDAYS, MADE_UP = "holidays", "make_up_workdays"
"""The calendars whose windows are days off, and weekend days worked."""
WEEKEND = 5
"""Saturday, counted from Monday as 0."""


@dataclass(frozen=True)
class Holiday:
    """Days off one after another, as a notice sets them."""

    span: Period
    title: Title


@dataclass(frozen=True)
class OfficialYear:
    """One year's notice: days off, and weekend days that are worked."""

    source: str
    holidays: tuple[Holiday, ...] = ()
    workdays: frozenset[date] = frozenset()


@dataclass(frozen=True)
class OfficialDays:
    """The notices known, by year, and days that were entered beside them."""

    years: Mapping[int, OfficialYear] = field(default_factory=dict)
    off: frozenset[date] = frozenset()
    worked: frozenset[date] = frozenset()

    def windows(self, calendar: str) -> tuple[Period, ...]:
        """What the notices set of a calendar: the holidays, or the weekend days worked."""
        if calendar == HOLIDAYS:
            return tuple(one.span for year in self.years.values() for one in year.holidays)
        days = [day for year in self.years.values() for day in year.workdays] if calendar == MADE_UP else []
        return tuple(Period(day, day, f"{day}-worked", MADE_UP) for day in days)

    def entered(self, calendars: Mapping[str, Sequence[Period]]) -> OfficialDays:
        """With what an office entered of the two calendars."""
        return self.joined(calendars.get(HOLIDAYS, ()), calendars.get(MADE_UP, ()))

    def joined(self, off: Sequence[Period] = (), worked: Sequence[Period] = ()) -> OfficialDays:
        """With days that an office entered; a year with days off has a table then."""
        if not off and not worked:
            return self
        more_off = {day for span in off for day in _days(span)}
        more_worked = {day for span in worked for day in _days(span)}
        years = {day.year: OfficialYear("") for day in more_off} | dict(self.years)
        return OfficialDays(years, self.off | more_off, self.worked | more_worked)

    def known(self, start: date, end: date) -> bool:
        """Is there a table for every year from one day to another?"""
        return all(year in self.years for year in range(start.year, end.year + 1))

    def works(self, day: date) -> bool:
        """Is it a working day?"""
        return self._upto(day.toordinal()) > self._upto(day.toordinal() - 1)

    def between(self, start: date, end: date) -> int:
        """How many working days after `start`, through `end`; below zero where `end` lies before."""
        return self._upto(end.toordinal()) - self._upto(start.toordinal())

    def after(self, day: date, count: int) -> date:
        """The working day so many after a day; below zero so many before it, at zero the day itself."""
        if day == NEVER or count == 0:
            return day
        first = day.toordinal()
        wanted = self._upto(first) + count if count > 0 else self._upto(first - 1) + count + 1
        low, high = (first + 1, _far(first + 2 * count + 60)) if count > 0 else (_far(first + 2 * count - 60), first)
        while low < high:
            middle = (low + high) // 2
            low, high = (low, middle) if self._upto(middle) >= wanted else (middle + 1, high)
        return date.fromordinal(low)

    def rolled(self, day: date) -> date:
        """The day, or the first working day after it."""
        return day if day == NEVER or self.works(day) else self.after(day, 1)

    def _upto(self, ordinal: int) -> int:
        """How many working days there are through a day."""
        weeks, rest = divmod(ordinal, 7)  # day 1 of the calendar is a Monday
        off, worked = self._exceptions
        return weeks * WEEKEND + min(rest, WEEKEND) - bisect_right(off, ordinal) + bisect_right(worked, ordinal)

    @cached_property
    def _exceptions(self) -> tuple[list[int], list[int]]:
        set_off = {day for year in self.years.values() for one in year.holidays for day in _days(one.span)}
        set_worked = {day for year in self.years.values() for day in year.workdays}
        worked = (set_worked - self.off) | self.worked  # what an office entered stands before a notice
        off = (set_off | self.off) - worked
        weekdays = sorted(day.toordinal() for day in off if day.weekday() < WEEKEND)
        return weekdays, sorted(day.toordinal() for day in worked if day.weekday() >= WEEKEND)


def _days(span: Period) -> Iterable[date]:
    return (span.start + timedelta(days=number) for number in range((span.end - span.start).days + 1))


def _far(ordinal: int) -> int:
    return max(1, min(ordinal, NEVER.toordinal()))
