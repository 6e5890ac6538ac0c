"""Frames that are kept: the log of facts as one wide table for a scheme and period, for engines that read those."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from kaoping.evaluation.plan import Plan, Section
from kaoping.facts.frame import Frame

Tell = Callable[[int, int], None]
"""Hears how many of how many subjects are done."""


def silent(_done: int, _total: int) -> None:
    """Tell nobody."""


class FactLog(Protocol):
    """The log of facts of a database as known at a moment, for one scheme, period and day."""

    @property
    def known_at(self) -> str:
        """The moment (UTC text)."""

    @property
    def bare(self) -> Frame:
        """The frame of an evaluation without its facts."""

    def frame(self) -> Frame:
        """The facts an evaluation reads, in memory."""


@dataclass(frozen=True)
class KeptFrame:
    """A frame in a file, up to date with the log.

    Attributes:
        path: the file.
        section: the subject type whose rows it has; `subjects`: how many.
        known_at: the moment of the log it shows.
        how: ``built`` from nothing, ``updated`` in some rows, ``current`` where nothing was to be done.
        written: rows written for it now.
        why: the key of the text that says why it was built from nothing; "" where it was not.
    """

    path: str
    section: str
    subjects: int
    known_at: str
    how: str
    written: int = 0
    why: str = ""


@runtime_checkable
class FrameKeeper(Protocol):
    """An engine that keeps frames."""

    name: str

    def keep(
        self,
        plan: Plan,
        log: FactLog,
        path: str,
        *,
        section: Section | None = None,
        anew: bool = False,
        tell: Tell = ...,
    ) -> KeptFrame:
        """Bring the frame at a path up to date with the log, or build it; `anew`: from nothing.

        Killed or interrupted, it leaves the former one as it was.

        Raises:
            EngineFailedError: the plan has something that has no form in the engine, or the database could not finish.
        """


def keeper_of(engines: Any) -> FrameKeeper | None:
    """The engine that keeps frames, where one does and can run."""
    found = [engine for engine in engines.values() if isinstance(engine, FrameKeeper)]
    return next((engine for engine in found if engine.unavailable() is None), None)  # type: ignore[attr-defined]  # every engine has it
