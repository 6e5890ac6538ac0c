"""The windows a machine goes through: those that every date lies in, and those of calendars.

A window belongs to the period its first day lies in. Blind, a calendar has one window of which only the name is known
to be none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta

from kaoping.errors import DataError
from kaoping.facts.periods import WINDOWS, Period, parse_period, period_holding
from kaoping.facts.types import Catalogue


def check_covered(
    catalogue: Catalogue, entered: Mapping[str, tuple[Period, ...]], used: Iterable[str], period: Period
) -> None:
    """See that calendars say something of a period.

    Raises:
        DataError: one has no window that begins in it, and none on either side.
    """
    known = catalogue.windows(entered)
    for name in sorted(used):
        starts = [window.start for window in known[name]]
        inside = any(period.contains(day) for day in starts)
        around = bool(starts) and starts[0] < period.start and starts[-1] > period.end
        if not (inside or around):
            calendar = catalogue.calendars[name]
            key = "calendar-not-written" if calendar.windows else "calendar-not-entered"
            raise DataError(f"engines.{key}", name=name, period=period.text, calendar=calendar.title)


def trial_windows(catalogue: Catalogue, used: Iterable[str], period: Period) -> dict[str, tuple[Period, ...]]:
    """For calendars of which nothing is written for a period: the halves of the period as windows, to try rules on."""
    known = catalogue.windows({})
    found: dict[str, tuple[Period, ...]] = {}
    for name in sorted(used):
        if not any(period.contains(window.start) for window in known[name]):
            middle = period.start + (period.end - period.start) // 2
            first = Period(period.start, middle, f"{name}-1", name)
            second = Period(middle + timedelta(days=1), period.end, f"{name}-2", name)
            found[name] = (first, second) if second.start <= period.end else (first,)
    return found


class Windows:
    """What windows there are."""

    def __init__(self, catalogue: Catalogue, entered: Mapping[str, tuple[Period, ...]], blind: bool = False) -> None:
        self._blind = blind
        self._calendars = catalogue.windows(entered)
        self.has: Callable[[str], bool] = frozenset((*WINDOWS, *self._calendars)).__contains__
        """Is it a kind of window, and no list?"""

    def some(self, steps: Iterable[str]) -> bool:
        """Is one of them a kind of window? Of a part period only what stands in its own windows is found."""
        return any(map(self.has, steps))

    def parted(self, steps: Iterable[str], at: Mapping[str, str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The names of the windows one stands in, and those of the items."""
        windows: list[str] = []
        items: list[str] = []
        for step in steps:
            (windows if self.has(step) else items).append(at[step])
        return tuple(windows), tuple(items)

    def parts(self, within: Period, step: str) -> tuple[Period, ...]:
        """The windows of a kind that start in a period, in order."""
        if step in WINDOWS:
            return within.parts(step)
        if self._blind:
            return (Period(within.start, within.end, "", step),)
        return tuple(window for window in self._calendars[step] if within.contains(window.start))

    def named(self, step: str, name: str) -> Period:
        """The window of this name."""
        if step in WINDOWS:
            return parse_period(name)
        return next(window for window in self._calendars[step] if window.text == name)

    def before(self, step: str, name: str) -> Period | None:
        """The window before one; of a calendar there may be none."""
        if step in WINDOWS:
            return parse_period(name).previous()
        earlier = [window for window in self._calendars[step] if name and window < self.named(step, name)]
        return earlier[-1] if earlier else None

    def past(self, within: Period, step: str, count: int) -> list[Period]:
        """So many windows, the last of them the period's last one, or the last one over by its end.

        Raises:
            DataError: a calendar does not reach so far back.
        """
        own = self.parts(within, step)
        if step not in WINDOWS:
            known = [window for window in self._calendars[step] if window.end <= within.end or window in own]
            if len(known) < count:
                raise DataError("engines.calendar-too-short", name=step, count=count, period=within.text)
            return known[-count:]
        window = own[-1] if own else period_holding(within.end, WINDOWS[step])
        if not own and window.end > within.end:
            window = window.previous()
        found = [window]
        while len(found) < count:
            found.append(found[-1].previous())
        return found[::-1]
