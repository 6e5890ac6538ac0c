"""Periods: the spans facts hold for and schemes judge.

Written ``2025`` · ``2025H1`` · ``2025Q3`` · ``2025B2`` (March and April) · ``2025-03`` · ``2025-03X1`` (a ten-day,
the last one to the month's end) · ``2025W07`` · ``2025-03-05`` · ``2025S`` (the school year from September) ·
``2025-06-27..2025-12-31`` (a campaign, to its last day). A week begins on Monday. A window belongs to the period its
first day lies in.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from kaoping.errors import UsageError

WINDOWS = {
    "years": "year",
    "school_years": "school_year",
    "half_years": "half_year",
    "quarters": "quarter",
    "two_months": "two_months",
    "months": "month",
    "xun": "xun",
    "weeks": "week",
    "days": "day",
}
CAMPAIGN = "campaign"
KINDS = (*WINDOWS.values(), CAMPAIGN)
SCHOOL_YEAR_BEGINS = 9
_MONTH = r"(?P<year>\d{4})-(?P<month>0[1-9]|1[0-2])"
_FORM = re.compile(
    rf"{_MONTH}(?:X(?P<xun>[123])|-(?P<day>\d\d))?"
    r"|(?P<of>\d{4})(?:(?P<school>S)|H(?P<half>[12])|Q(?P<quarter>[1-4])|B(?P<two>[1-6])|W(?P<week>\d\d))?",
    re.ASCII,
)
_WINDOW_NAME = re.compile(r"(?=.*[^\W\d_])\w[\w-]{0,39}")
_SPAN = re.compile(r"(\d{4}-\d\d-\d\d)\.\.(\d{4}-\d\d-\d\d)", re.ASCII)


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
        """The period of the same kind just before; what was before a campaign only its scheme knows."""
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
    try:
        if span := _SPAN.fullmatch(text):
            return campaign(date.fromisoformat(span[1]), date.fromisoformat(span[2]))
        if match := _FORM.fullmatch(text):
            return _named(text, match.groupdict())
    except (ValueError, OverflowError):  # there is no such day, week or year
        pass
    raise UsageError("facts.not-a-period", text=text)


def is_period(text: str) -> bool:
    """Does the text name a period?"""
    try:
        parse_period(text)
    except UsageError:
        return False
    return True


def check_window_name(name: str) -> str | None:
    """What is wrong with the name of a window of one's own, as the key of an error, or None."""
    return None if _WINDOW_NAME.fullmatch(name) and not is_period(name) else "facts.window-name"


def campaign(start: date, end: date) -> Period:
    """The period from a day to a last day.

    Raises:
        ValueError: it ends before it starts.
    """
    if end < start:
        raise ValueError
    return Period(start, end, f"{start}..{end}", CAMPAIGN)


@cache
def period_holding(day: date, kind: str) -> Period:
    """The period of a kind (``year`` … ``day``) in which a day lies; a campaign's days only its scheme knows."""
    year, month = f"{day.year:04}", f"{day.year:04}-{day.month:02}"
    match kind:
        case "year":
            return parse_period(year)
        case "school_year":
            return parse_period(f"{day.year - (day.month < SCHOOL_YEAR_BEGINS):04}S")
        case "half_year":
            return parse_period(f"{year}H{(day.month + 5) // 6}")
        case "quarter":
            return parse_period(f"{year}Q{(day.month + 2) // 3}")
        case "two_months":
            return parse_period(f"{year}B{(day.month + 1) // 2}")
        case "month":
            return parse_period(month)
        case "xun":
            return parse_period(f"{month}X{min((day.day + 9) // 10, 3)}")
        case "week":
            iso_year, week, _ = day.isocalendar()
            return parse_period(f"{iso_year:04}W{week:02}")
        case "day":
            return parse_period(day.isoformat())
    raise ValueError(kind)


def _named(text: str, part: dict[str, str | None]) -> Period:
    year = int(part["of"] or part["year"] or 0)
    if part["day"]:
        day = date.fromisoformat(text)
        return Period(day, day, text, "day")
    if part["xun"]:
        first = int(part["xun"]) * 10 - 9
        month = _months(year, int(part["month"] or 0), 1, text, "xun")
        end = month.end if first == 21 else month.start.replace(day=first + 9)
        return Period(month.start.replace(day=first), end, text, "xun")
    if part["month"]:
        return _months(year, int(part["month"]), 1, text, "month")
    if part["school"]:
        return _months(year, SCHOOL_YEAR_BEGINS, 12, text, "school_year")
    if part["half"]:
        return _months(year, int(part["half"]) * 6 - 5, 6, text, "half_year")
    if part["quarter"]:
        return _months(year, int(part["quarter"]) * 3 - 2, 3, text, "quarter")
    if part["two"]:
        return _months(year, int(part["two"]) * 2 - 1, 2, text, "two_months")
    if part["week"]:
        monday = date.fromisocalendar(year, int(part["week"]), 1)
        return Period(monday, monday + timedelta(days=6), text, "week")
    return _months(year, 1, 12, text, "year")


def _months(year: int, first: int, count: int, text: str, kind: str) -> Period:
    years, last = divmod(first + count - 2, 12)
    end = date(year + years, last + 1, monthrange(year + years, last + 1)[1])
    return Period(date(year, first, 1), end, text, kind)


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
