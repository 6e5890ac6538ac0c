"""What is being done, on standard error while it is done: a moving line on a terminal, a few plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any

from kaoping_cli import console
from kaoping_cli.words import word

PATIENCE = 2.0
"""Seconds after which people want to hear that something is going on."""
PAUSE = 10.0
"""Seconds between two lines about one step."""


class Progress:
    """Hears what a desk tells.

    On a terminal the steps pass by on one line that is wiped at the end, with how many are done, how fast and how long
    the rest will take. Into a file or pipe a step is a line, but only once the work has taken a while, and another now
    and then while it goes on; with `quiet` nothing is said there. To `narrate` is to say every step at once, anywhere,
    and to leave it standing.
    """

    def __init__(self, *, quiet: bool = False, narrate: bool = False, check: Callable[[], None] = lambda: None) -> None:
        self._check = check
        self._quiet = quiet
        self._narrate = narrate
        self._step = ""
        self._began = self._stepped = self._said = time.monotonic()
        self._told = False
        self._bar: Any = None
        self._task: Any = None

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._bar is not None:
            self._bar.stop()

    def tell(self, step: str, done: int, total: int) -> None:
        """A step begins, or some of it is done; whoever is to be stopped is stopped here at the latest."""
        self._check()
        begins = step != self._step
        if begins:
            self._step, self._stepped = step, time.monotonic()
        if self._narrate:
            if begins:
                console.talk(step)
        elif sys.stderr.isatty():
            self._draw(step, done, total, begins)
        elif not self._quiet:
            self._tell_plainly(step, done, total, begins)

    def _tell_plainly(self, step: str, done: int, total: int, begins: bool) -> None:
        now = time.monotonic()
        if begins or not self._told:
            self._told = now - self._began > PATIENCE
            if self._told:
                self._said = now
                console.talk(step)
        elif 0 < done < total and now - self._said > PAUSE:
            self._said = now
            console.talk(
                word(
                    "progress",
                    step=step,
                    done=f"{done:,}",
                    total=f"{total:,}",
                    **_pace(done, total, now - self._stepped),
                )
            )

    def _draw(self, step: str, done: int, total: int, begins: bool) -> None:
        if self._bar is None:
            from rich.console import Console  # noqa: PLC0415 - costs more than most commands take
            from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415
            from rich.progress import Progress as Bar  # noqa: PLC0415

            columns = (
                SpinnerColumn("line"),
                TextColumn("{task.description}"),
                BarColumn(24),
                TextColumn("{task.fields[pace]}"),
                TimeElapsedColumn(),
            )
            self._bar = Bar(*columns, console=Console(stderr=True), transient=True)
            self._task = self._bar.add_task(step, total=None, pace="")
            self._bar.start()
        pace = ""
        if 0 < done < total:
            pace = word(
                "pace", done=f"{done:,}", total=f"{total:,}", **_pace(done, total, time.monotonic() - self._stepped)
            )
        self._bar.update(self._task, description=step, completed=done, total=total or None, pace=pace)


def _pace(done: int, total: int, seconds: float) -> dict[str, str]:
    """How many a second, and how long the rest will take at that."""
    rate = done / max(seconds, 0.001)
    left = round((total - done) / rate)
    return {"rate": f"{rate:,.0f}", "left": f"{left // 60}:{left % 60:02}"}
