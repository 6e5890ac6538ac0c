"""Periods: the spans facts hold for and schemes judge.

Written ``2025`` · ``2025H1`` · ``2025Q3`` · ``2025-03`` · ``2025W07``. A week begins on Monday and belongs to the
period its Monday lies in.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from kaoping.errors import UsageError

KINDS = ("year", "half_year", "quarter", "month", "week")
WINDOWS = {
    "years": "year",
    "half_years": "half_year",
    "quarters": "quarter",
    "months": "month",
    "weeks": "week",
}
_FORM = re.compile(r"(\d{4})(?:H([12])|Q([1-4])|-(0[1-9]|1[0-2])|W(0[1-9]|[1-4]\d|5[0-3]))?")


@dataclass(frozen=True, order=True)
class Period:
    """A span of whole days; `end` is its last day."""

    start: date
    end: date
    text: str
    kind: str

    def parts(self, windows: str) -> tuple[Period, ...]:
        """The windows of a kind (``quarters``, ``months`` …) that start in this period, in order."""
        return _parts(self, WINDOWS[windows])

    def previous(self) -> Period:
        """The period of the same kind just before."""
        return period_holding(self.start - timedelta(days=1), self.kind)

    def contains(self, day: date) -> bool:
        """Does this day lie in the period?"""
        return self.start <= day <= self.end

    def __str__(self) -> str:
        return self.text


@cache
def parse_period(text: str) -> Period:
    """The period a text names.

    Raises:
        UsageError: the text names no period.
    """
    match = _FORM.fullmatch(text)
    if not match or match[1] == "0000":
        raise UsageError("facts.not-a-period", text=text)
    year = int(match[1])
    if match[2]:
        return _months(year, int(match[2]) * 6 - 5, 6, text, "half_year")
    if match[3]:
        return _months(year, int(match[3]) * 3 - 2, 3, text, "quarter")
    if match[4]:
        return _months(year, int(match[4]), 1, text, "month")
    if match[5]:
        try:
            monday = date.fromisocalendar(year, int(match[5]), 1)
        except ValueError:
            raise UsageError("facts.not-a-period", text=text) from None
        return Period(monday, monday + timedelta(days=6), text, "week")
    return _months(year, 1, 12, text, "year")


@cache
def period_holding(day: date, kind: str) -> Period:
    """The period of a kind (``year`` … ``week``) in which a day lies."""
    if kind == "year":
        return parse_period(f"{day.year:04}")
    if kind == "half_year":
        return parse_period(f"{day.year:04}H{1 if day.month <= 6 else 2}")
    if kind == "quarter":
        return parse_period(f"{day.year:04}Q{(day.month + 2) // 3}")
    if kind == "month":
        return parse_period(f"{day.year:04}-{day.month:02}")
    year, week, _ = day.isocalendar()
    return parse_period(f"{year:04}W{week:02}")


def _months(year: int, first: int, count: int, text: str, kind: str) -> Period:
    last = first + count - 1
    return Period(date(year, first, 1), date(year, last, calendar.monthrange(year, last)[1]), text, kind)


@cache
def _parts(period: Period, kind: str) -> tuple[Period, ...]:
    found = []
    part = period_holding(period.start, kind)
    if part.start < period.start:
        part = period_holding(part.end + timedelta(days=1), kind)
    while part.start <= period.end:
        found.append(part)
        part = period_holding(part.end + timedelta(days=1), kind)
    return tuple(found)
