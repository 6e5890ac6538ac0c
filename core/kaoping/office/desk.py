"""Where a use case is done, for whom, and when."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from kaoping.texts import Language, say

if TYPE_CHECKING:
    from kaoping.plugins import Plugins
    from kaoping.store.connection import Store

CHINA = timezone(timedelta(hours=8))  # no summer time since 1991: an offset is enough, and needs no time zone data


def loaded() -> Plugins:
    """The plugins of this installation, as this user allows them."""
    from kaoping.plugins import load_plugins  # noqa: PLC0415 - not every command needs them, and they are slow to start
    from kaoping.settings import load_settings  # noqa: PLC0415

    return load_plugins(load_settings())


def _silent(_step: str, _done: int, _total: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Desk:
    """What every use case needs to know.

    Attributes:
        database: the file; nothing opens it before a use case needs it.
        actor: who does it; kept with everything written.
        clock: the time now, in UTC; `today` is its day in China.
        language: of the sentences in what is returned.
        tell: hears what is being done: step, how many done, of how many (0 of 0 where that is not known).
    """

    database: Path
    actor: str
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    language: Language = "zh"
    tell: Callable[[str, int, int], None] = _silent

    @cached_property
    def plugins(self) -> Plugins:
        """The plugins as they are when first asked for: loaded once, however many things are done at the desk."""
        return loaded()

    @property
    def today(self) -> date:
        """The day now, where the office is."""
        return self.clock().astimezone(CHINA).date()

    def say(self, key: str, /, **facts: object) -> str:
        """A sentence in the language of the desk."""
        return say(key, self.language, **facts)

    def opened(self, *, read_only: bool = False) -> Store:
        """The database; that one of an older program is brought up to date is told.

        Raises:
            EnvironmentError: there is none, it is no database of ours, or it cannot be used; the text says which.
        """
        from kaoping.store.connection import open_store  # noqa: PLC0415 - not every command opens it

        step = self.say("office.bringing-up-to-date", path=self.database)
        return open_store(self.database, read_only=read_only, tell=lambda done, total: self.tell(step, done, total))

    def step(self, key: str, /, **facts: object) -> None:
        """Tell what is being done now."""
        self.tell(self.say(key, **facts), 0, 0)

    def steps(self, key: str, /, **facts: object) -> Callable[[int, int], None]:
        """Tell what is being done now; gives what hears how many of how many are done."""
        step = self.say(key, **facts)
        self.tell(step, 0, 0)
        return lambda done, total: self.tell(step, done, total)
