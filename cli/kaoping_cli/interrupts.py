"""Ctrl-C, heard even where Python loses it.

What is raised while something is thrown away, such as a module's lock after an import, goes nowhere: the program would
go on as if nobody had pressed anything. So it is noted that somebody has, and asked again at the next step.
"""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import Any


class Interrupts:
    """Within it Ctrl-C is noted; it raises `KeyboardInterrupt` as ever."""

    def __init__(self) -> None:
        self.asked = False
        self._before: Any = None

    def __enter__(self) -> Interrupts:
        if (
            _in_main_thread() and signal.getsignal(signal.SIGINT) is signal.default_int_handler
        ):  # else somebody else decides
            self._before = signal.signal(signal.SIGINT, self._hear)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)

    def check(self) -> None:
        """Stop here, where somebody wanted to and it was lost.

        Raises:
            KeyboardInterrupt: somebody did.
        """
        if self.asked and _in_main_thread():
            raise KeyboardInterrupt

    def _hear(self, number: int, frame: FrameType | None) -> None:
        self.asked = True
        raise KeyboardInterrupt


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()
