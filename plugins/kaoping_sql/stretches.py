"""Runs and gaps as aggregates of SQLite: what is told of one member is one whole number, in which these lie apart.

No database has them, and frames are gathered by SQLite alone; every other database reads what was counted there.
"""

from __future__ import annotations

import sqlite3
from bisect import bisect_left
from collections import defaultdict
from heapq import nlargest
from itertools import pairwise

DAY = 1 << 22
"""More than the last day there is."""
SO, NOT_SO, SURE, LATER = 1, 2, 4, 8
"""Of a member of a run: it is so, it is not so, it surely counts, and others may come of its day or stand before it."""
FLAGS = 16
HOLDS = SO | SURE


class Streak:
    """Members of a run: ``day * FLAGS + flags``, the day 0 where it is unknown; NULL does not count."""

    def __init__(self) -> None:
        self.days: defaultdict[int, list[int]] = defaultdict(list)

    def step(self, told: int | None) -> None:
        """One member more."""
        if told is not None:
            self.days[told // FLAGS].append(told % FLAGS)

    def undated(self) -> list[int]:
        """Those that may lie anywhere; the others stay."""
        return self.days.pop(0, [])


class MostInARow(Streak):
    """The longest run there may be: whoever may hold does, and of one day those that hold stand together."""

    def finalize(self) -> int:
        """As many."""
        anywhere = sum(not one & NOT_SO for one in self.undated())
        longest = running = 0
        for day in sorted(self.days):
            members = self.days[day]
            holding = sum(not one & NOT_SO for one in members)
            running += holding
            longest = max(longest, running)
            if any(one & NOT_SO and one & SURE for one in members):
                running = holding
        return longest + anywhere


class FewestInARow(Streak):
    """The longest run there is at least: whoever may break one does where it does most."""

    def finalize(self) -> int:
        """As many."""
        anywhere = sum(not one & SO for one in self.undated())
        days: list[tuple[int, int, bool]] = [
            (
                sum(one & HOLDS == HOLDS for one in members),
                sum(not one & SO for one in members),
                any(one & LATER for one in members),
            )
            for _, members in sorted(self.days.items())
        ]
        most = sum(holding for holding, _, _ in days)
        if not most:
            return 0
        limits = range(1, most + 1)
        return limits[bisect_left(limits, True, key=lambda limit: _breaks(days, limit) <= anywhere)]


def _breaks(days: list[tuple[int, int, bool]], limit: int) -> int:
    """How many must be broken besides that no run is longer than a limit."""
    running = breaks = 0
    for holding, broken, later in days:
        if later or not holding:
            running = 0 if later or broken else running
            continue
        rest = running + holding
        rest -= min(rest, broken * limit)  # each that breaks ends a run as long as it may be
        more = max(0, (rest - 1) // limit)
        breaks += more
        running = rest - more * limit
    return breaks


class Gap:
    """Members between which gaps lie: ``(day * DAY + last) * 2 + sure``, the day 0 where it is unknown.

    `last` is the day through which all are known; `ends`: does a gap reach to the first and the last day?
    """

    def __init__(self) -> None:
        self.members: list[tuple[int, bool]] = []
        self.first = self.end = self.known = 0
        self.ends = False

    def step(self, told: int | None, first: int, end: int, ends: int) -> None:
        """One member more, and the days gone through."""
        if told is not None:
            self.first, self.end, self.ends = first, end, bool(ends)
            both, sure = divmod(told, 2)
            day, self.known = divmod(both, DAY)
            self.members.append((day, bool(sure)))

    def gaps(self, days: set[int], last: int) -> list[int]:
        """The days between those of some."""
        around = sorted(days)
        if self.ends:
            around = [self.first - 1, *around, last + 1]
        return [max(0, after - before - 1) for before, after in pairwise(around)]


class WidestGap(Gap):
    """The longest gap there may be: only those that are surely there part one."""

    def finalize(self) -> int | None:
        """As many days; None: there are no members."""
        if not self.members:
            return None
        days = {day for day, sure in self.members if sure and day}
        if not self.ends and (
            self.known < self.end or sum(bool(sure and day) for day, sure in self.members) < len(self.members)
        ):
            return max(0, self.end - self.first - 1)  # who comes before all others opens a gap
        return max(self.gaps(days, self.end), default=0)


class NarrowestGap(Gap):
    """The longest gap there is at least: whoever may be there is, where it parts most."""

    def finalize(self) -> int | None:
        """As many days; None: there are no members."""
        if not self.members:
            return None
        days = {day for day, _ in self.members if day and day <= self.known}
        if not self.ends:  # a gap needs a member on either side that is surely there
            sure = [day for day, one in self.members if one and day]
            days = {day for day in days if sure and min(sure) <= day <= max(sure)}
            days |= {self.known + 1} if sure and max(sure) > self.known else set()
        free = sum(not day for day, _ in self.members)
        # a gap that is parted by n leaves so many days; of all that may be left the one that is next is parted
        parts = [gap // (n + 1) for gap in self.gaps(days, self.known) for n in range(free + 1)]
        return nlargest(free + 1, [*parts, *[0] * (free + 1)])[-1]


FUNCTIONS: dict[str, tuple[type, int]] = {
    "fewest_in_a_row": (FewestInARow, 1),
    "most_in_a_row": (MostInARow, 1),
    "narrowest_gap": (NarrowestGap, 4),
    "widest_gap": (WidestGap, 4),
}
"""What they are called in SQL, and how many arguments they have."""


def functions(connection: sqlite3.Connection) -> None:
    """Have them on a connection that gathers."""
    for name, (made, arguments) in FUNCTIONS.items():
        connection.create_aggregate(name, arguments, made)
