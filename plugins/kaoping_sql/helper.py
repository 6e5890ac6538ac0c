"""A helper: a process of its own that does a task into a file of its own.

It is a new one, not a copy of this one: SQLite's connections must not be carried over. It ends by itself when this one
is gone, however it went.
"""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import Thread
from types import TracebackType
from typing import Any, Self

from kaoping.errors import EnvironmentError
from kaoping_sql.helping import Task

GRACE = 10.0


@dataclass
class Helper:
    """A process that does a task.

    Attributes:
        done: how many parts of it are done.
        answer: what came of it, when it is done.
    """

    task: Task
    done: int = 0
    answer: dict[str, Any] | None = None
    _said: SimpleQueue[dict[str, Any] | None] = field(default_factory=SimpleQueue)

    def __enter__(self) -> Self:
        self.task.path.unlink(missing_ok=True)
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "kaoping_sql.helping"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            start_new_session=True,  # Ctrl-C is for the program: it ends this one
        )
        self.thread = Thread(target=self._listen, name="helper", daemon=True)
        self.thread.start()
        assert self.process.stdin is not None
        with suppress(BrokenPipeError):  # it is gone: `wait` says so
            pickle.dump(self.task, self.process.stdin)
            self.process.stdin.flush()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.kill()
        self.process.wait()
        self.thread.join(GRACE)
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            with suppress(OSError):
                pipe.close()
        self.task.path.unlink(missing_ok=True)

    def _listen(self) -> None:
        assert self.process.stdout is not None
        with suppress(OSError, ValueError):
            for line in self.process.stdout:
                self._said.put(json.loads(line))
        self._said.put(None)

    def hear(self, seconds: float = 0) -> None:
        """Take in what it has said since.

        Raises:
            EnvironmentError: it could not finish, or is gone.
        """
        while self.answer is None:
            try:
                said = self._said.get(timeout=seconds) if seconds else self._said.get_nowait()
            except Empty:
                return
            if said is None:
                raise EnvironmentError("sql.share-gone", code=self.process.wait())
            if "bug" in said:
                raise RuntimeError(said["bug"])
            if "failed" in said:
                raise EnvironmentError("sql.failed", problem=said["failed"])
            if "part" in said:
                self.done += 1
            else:
                self.answer = said["answer"]
