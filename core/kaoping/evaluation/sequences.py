"""Members in the order of their days: the first, the last, the longest run, the longest gap.

A *maybe* member whose day is unknown may lie anywhere in what is gone through; members of one day may stand in either
order. Of a register that is open, more members may come, but only after the day it is stated complete through.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import reduce
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from kaoping.evaluation.values import NO_VALUE, Perhaps, Value, hull, present, range_of

if TYPE_CHECKING:
    from kaoping.evaluation.aggregates import PassageRun
    from kaoping.evaluation.context import Context


@dataclass(frozen=True)
class _Member:
    """A member that may count: the days it may lie on, and whether it surely counts."""

    first: int
    last: int
    value: Value
    sure: bool

    @property
    def dated(self) -> bool:
        """Is its day known?"""
        return self.first == self.last


@dataclass(frozen=True)
class _Day:
    """The members of one day, as far as a run is concerned; `later`: more of that day may come."""

    holding: int = 0
    broken: int = 0
    later: bool = False


def first(passage: PassageRun, context: Context) -> Value:
    """What is asked of the first member that has it; several that may be the first leave all they give possible."""
    return _foremost(passage, context, 1)


def last(passage: PassageRun, context: Context) -> Value:
    """The same of the last one."""
    return _foremost(passage, context, -1)


def _foremost(passage: PassageRun, context: Context, sign: int) -> Value:
    members = [member for member in _members(passage, context) if member.value is not NO_VALUE]
    days = [(sign * member.first, sign * member.last) for member in members]
    settled = min((max(pair) for member, pair in zip(members, days, strict=True) if _surely(member)), default=None)
    possible = [
        present(member.value)
        for member, pair in zip(members, days, strict=True)
        if settled is None or min(pair) <= settled
    ]
    unseen = passage.unseen(context)
    if unseen and (settled is None or min(sign * day for day in unseen) <= settled):
        static = passage.static(context)
        possible += [] if static is NO_VALUE else [present(static)]
    if settled is None:
        possible.append(passage.nothing(context))
    return reduce(hull, possible)


def _surely(member: _Member) -> bool:
    return member.sure and member.value.__class__ is not Perhaps


# --- the longest run


def streak(passage: PassageRun, context: Context) -> Value:
    """The longest run of members of which it is so."""
    members = list(_members(passage, context))
    unseen = passage.unseen(context)
    return range_of(_shortest(members, unseen), None if unseen else _longest(members))


def _longest(members: list[_Member]) -> int:
    """Whoever may hold holds; of one day those that hold stand together, beside the run that goes on."""
    longest = running = 0
    for group in _by_day(members):
        holding = sum(member.value is not False for member in group)
        longest = max(longest, running + holding)
        broken = any(member.sure and member.value is False for member in group)
        running = holding if broken else running + holding
    return longest + sum(member.value is not False for member in members if not member.dated)


def _shortest(members: list[_Member], unseen: tuple[int, int] | None) -> int:
    """The least that the longest run can be: whoever may break one does, where it does most."""
    days = [
        _Day(
            sum(member.sure and member.value is True for member in group),
            sum(member.value is not True for member in group),
            unseen is not None and group[0].first >= unseen[0],
        )
        for group in _by_day(members)
    ]
    free = sum(member.value is not True for member in members if not member.dated)
    most = sum(day.holding for day in days)
    return next((limit for limit in range(1, most + 1) if _breaks(days, limit) <= free), 0)


def _breaks(days: list[_Day], limit: int) -> int:
    """How many more breaks are needed that no run is longer than `limit`."""
    running = breaks = 0
    for day in days:
        if not day.holding:
            running = 0 if day.broken or day.later else running
            continue
        if day.later:  # any number of others may stand between
            running = 0
            continue
        rest = running + day.holding
        for _ in range(day.broken):  # each ends a run that is as full as may be
            rest -= min(limit, rest)
        needed = max(0, -(-rest // limit) - 1)
        breaks += needed
        running = rest - needed * limit
    return breaks


def _by_day(members: Iterable[_Member]) -> Iterator[list[_Member]]:
    dated = sorted((member for member in members if member.dated), key=lambda member: member.first)
    for _, group in groupby(dated, key=lambda member: member.first):
        yield list(group)


# --- the longest gap


def longest_gap(passage: PassageRun, context: Context) -> Value:
    """The most days one after another without a member."""
    members = list(_members(passage, context))
    start, end = passage.span(context)
    unseen = passage.unseen(context)
    sure = [member.first for member in members if member.sure and member.dated]
    longest = max(_gaps(sure, start, end, passage.ends), default=0)
    if not passage.ends and (unseen or len(sure) < len(members)):
        longest = max(0, end - start - 1)  # who comes before all others opens a gap
    known = unseen[0] - 1 if unseen else end
    days = [member.first for member in members if member.dated and member.first <= known]
    if not passage.ends:  # a gap needs a member on either side that is surely there
        days = [day for day in days if sure and min(sure) <= day <= max(sure)]
        days += [known + 1] if sure and max(sure) > known else []
    free = sum(not member.dated for member in members)
    return range_of(_split(list(_gaps(days, start, known, passage.ends)), free), longest)


def _gaps(days: Iterable[int], start: int, end: int, ends: bool) -> Iterator[int]:
    """The days without a member between the days of some."""
    ordered = sorted(set(days))
    if not ends:
        yield from (after - before - 1 for before, after in pairwise(ordered))
        return
    for before, after in pairwise((start - 1, *ordered, end + 1)):
        yield max(0, after - before - 1)


def _split(gaps: list[int], members: int) -> int:
    """The least that the longest gap can be when so many more members may lie in them."""
    longest = max(gaps, default=0)
    if not members:
        return longest
    low, high = 0, longest
    while low < high:
        limit = (low + high) // 2
        needed = sum(gap // (limit + 1) for gap in gaps)  # each parts a gap, and fills a day of it
        low, high = (low, limit) if needed <= members else (limit + 1, high)
    return low


def _members(passage: PassageRun, context: Context) -> Iterator[_Member]:
    rows, _ = passage.rows(context)
    for inner, counts in rows:
        days = passage.days(inner, context)
        yield _Member(*days, True if passage.what is None else passage.what(inner), counts is True)


SEQUENCES: dict[str, Callable[[PassageRun, Context], Value]] = {
    "first": first,
    "last": last,
    "streak": streak,
    "longest_gap": longest_gap,
}
