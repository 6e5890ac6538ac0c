"""Days of a year that are reckoned from its first one: read as the month and the day they are."""

from __future__ import annotations

from dataclasses import dataclass

from kaoping.scheme import expressions as tree


@dataclass(frozen=True)
class CalendarDay:
    """A day of the year; `form` says which of its month: a `day`, the `first`, the `last`, the first `after` it."""

    form: str
    month: tree.Name
    day: tree.Tree | None = None


def calendar_day(node: tree.Call) -> CalendarDay | None:
    """The day that ``plus(period_start, months=m - 1, days=d - 1)`` is; None where `plus` says something else."""
    start, keywords = node.args[0], dict(node.keywords)
    months, days = keywords.pop("months", None), keywords.pop("days", None)
    if not isinstance(start, tree.Name) or start.name != "period_start" or months is None or keywords:
        return None
    month, day = _less_one(months), _less_one(days)
    if month is None and isinstance(months, tree.Name):
        last = isinstance(days, tree.Negative) and _is_one(days.part)
        return CalendarDay("last" if last else "after", months) if last or days is None else None
    if not isinstance(month, tree.Name) or (days is not None and day is None):
        return None
    return CalendarDay("first" if day is None else "day", month, day)


def _less_one(node: tree.Tree | None) -> tree.Tree | None:
    """What stands before ``- 1``."""
    if not isinstance(node, tree.Chain) or len(node.parts) != 2:
        return None
    (_, whole), (sign, part) = node.parts
    return whole if sign == "-" and _is_one(part) else None


def _is_one(node: tree.Tree) -> bool:
    return isinstance(node, tree.Number) and node.value == 1


__all__ = ["CalendarDay", "calendar_day"]
