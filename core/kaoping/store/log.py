"""The log of facts as known at a moment, for those who make tables of their own from it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from kaoping.facts.frame import Frame
from kaoping.facts.needs import Needs
from kaoping.facts.periods import Period
from kaoping.store.connection import Store
from kaoping.store.frames import load_bare, load_frame
from kaoping.store.moments import last_moment


@dataclass(frozen=True)
class Log:
    """What one scheme reads of the log, for a period and a day."""

    store: Store
    needs: Needs
    period: Period
    today: date
    known_at: str

    @cached_property
    def bare(self) -> Frame:
        """The frame of an evaluation without its facts: closings and publications alone."""
        return load_bare(self.store, self.needs, self.period, self.today, self.known_at)

    def frame(self) -> Frame:
        """The facts an evaluation reads, in memory."""
        return load_frame(self.store, self.needs, self.period, self.today, self.known_at)


def log_now(store: Store, needs: Needs, period: Period, today: date, known_at: str | None = None) -> Log:
    """The log as known at a moment (UTC text), or now: then, and only then, all that is written so far counts."""
    with store.reading() as connection:
        return Log(store, needs, period, today, last_moment(connection) if known_at is None else known_at)


def before(log: Log, known_at: str) -> Log:
    """The same as known at another moment."""
    return replace(log, known_at=known_at)
