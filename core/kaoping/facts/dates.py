"""Exact civil-date arithmetic, the same in every engine.

n months after the 31st is the last day of a month that has no 31st. ``NEVER`` is later than every date: nothing
added to it or taken from it makes it a day, and a sum that runs past the calendar is never reached.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

from kaoping.facts.frame import NEVER


def plus(day: date, *, years: int = 0, months: int = 0, days: int = 0) -> date:
    """The day so many years and months later, clipped to the month's end, and then so many days later.

    Negative amounts go back; a sum before year 1 is the calendar's first day.
    """
    if day == NEVER:
        return NEVER
    moved = _months_later(day, years * 12 + months)
    if moved == NEVER:
        return NEVER
    try:
        return moved + timedelta(days=days)
    except OverflowError:
        return NEVER if days > 0 else date.min


def full_months(start: date, end: date) -> int:
    """The largest n with ``plus(start, months=n) <= end``; below zero where `end` lies before `start`.

    ``NEVER`` counts as the last day of the calendar, so that a later end never gives fewer months.
    """
    months = (end.year - start.year) * 12 + end.month - start.month
    anniversary = min(start.day, monthrange(end.year, end.month)[1])
    return months if anniversary <= end.day else months - 1


def full_years(start: date, end: date) -> int:
    """The largest n with ``plus(start, years=n) <= end``; below zero where `end` lies before `start`."""
    return full_months(start, end) // 12


def days(start: date, end: date) -> int:
    """How many days `end` lies after `start`; below zero where it lies before."""
    return (end - start).days


def _months_later(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > NEVER.year:
        return NEVER
    if year < date.min.year:
        return date.min
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
