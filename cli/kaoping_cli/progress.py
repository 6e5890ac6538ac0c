"""What is being done, on standard error while it is done: a moving line on a terminal, a few plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Any

from kaoping_cli import console

PATIENCE = 2.0
"""Seconds after which people want to hear that something is going on."""


class Progress:
    """Hears what a desk tells.

    On a terminal the steps pass by on one line that is wiped at the end. Into a file or pipe a step is a line, but
    only once the work has taken a while; with `quiet` nothing is said there. To `narrate` is to say every step at
    once, anywhere, and to leave it standing.
    """

    def __init__(self, *, quiet: bool = False, narrate: bool = False) -> None:
        self._quiet = quiet
        self._narrate = narrate
        self._step = ""
        self._began = time.monotonic()
        self._bar: Any = None
        self._task: Any = None

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._bar is not None:
            self._bar.stop()

    def tell(self, step: str, done: int, total: int) -> None:
        """A step begins, or some of it is done."""
        if self._narrate:
            if step != self._step:
                console.talk(step)
                self._step = step
        elif sys.stderr.isatty():
            self._draw(step, done, total)
        elif step != self._step and not self._quiet and time.monotonic() - self._began > PATIENCE:
            self._step = step
            console.talk(step)

    def _draw(self, step: str, done: int, total: int) -> None:
        if self._bar is None:
            from rich.console import Console  # noqa: PLC0415 - costs more than most commands take
            from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415
            from rich.progress import Progress as Bar  # noqa: PLC0415

            columns = (SpinnerColumn("line"), TextColumn("{task.description}"), BarColumn(24), TimeElapsedColumn())
            self._bar = Bar(*columns, console=Console(stderr=True), transient=True)
            self._task = self._bar.add_task(step, total=None)
            self._bar.start()
        self._bar.update(self._task, description=step, completed=done, total=total or None)
