"""What a process of its own does: ``python -m kaoping_sql.helping`` reads a task from standard input and runs it.

It says a line whenever a part is done, and at last what came of it. When standard input ends, nobody waits for it any
more: whoever started it is gone, and it goes too.
"""

from __future__ import annotations

import json
import os
import pickle
import sqlite3
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import Any, Protocol


class Task(Protocol):
    """What a process is to do; it can be handed over."""

    @property
    def path(self) -> Path:
        """The new file it is done in."""

    def run(self, tell: Callable[[int], None]) -> dict[str, Any]:
        """Do it, and tell which part is done; gives what came of it, for JSON."""


def main() -> None:
    """Do what standard input says."""
    task: Task = pickle.load(sys.stdin.buffer)

    def say(what: dict[str, Any]) -> None:
        sys.stdout.write(f"{json.dumps(what)}\n")
        sys.stdout.flush()

    def wait() -> None:
        sys.stdin.buffer.read()
        with suppress(OSError):
            task.path.unlink(missing_ok=True)
        os._exit(1)

    Thread(target=wait, daemon=True).start()
    try:
        say({"answer": task.run(lambda part: say({"part": part}))})
    except sqlite3.Error as error:
        say({"failed": str(error)})
    except Exception:  # a bug of ours is told by the process that people see
        say({"bug": traceback.format_exc()})
    sys.stdout.flush()
    os._exit(0)  # the thread still waits


if __name__ == "__main__":
    main()
