"""The child process as the parent sees it: questions go in, answers come out, in time or not at all."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Thread
from types import TracebackType
from typing import IO, Any, Self

from kaoping_durable.words import failed

LONGEST_ANSWER = 1 << 24
"""Bytes in one answer; no batch has so many findings."""

GRACE = 5.0
"""Seconds the child gets to end by itself once it has nothing left to do."""


class Child:
    """A process that answers JSON lines; whatever is wrong with it becomes an `EngineFailedError`.

    Writing and reading have a thread each, so that neither side can make the other wait for ever; process and
    threads are gone when the ``with`` block is left.
    """

    def __init__(self, command: list[str], seconds: float) -> None:
        self.command = command
        self.seconds = seconds

    def __enter__(self) -> Self:
        try:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=os.path.dirname(os.path.abspath(self.command[0])),  # noqa: PTH100, PTH120 - must not fail
                env=_environment(),
            )
        except OSError as error:
            raise failed("no-process", problem=error.strerror or error) from error
        self.outbox: SimpleQueue[bytes | None] = SimpleQueue()
        self.inbox: SimpleQueue[bytes] = SimpleQueue()
        pipes = self.process.stdin, self.process.stdout
        self.threads = [
            Thread(target=_write, args=(pipes[0], self.outbox), name="durable-write", daemon=True),
            Thread(target=_read, args=(pipes[1], self.inbox), name="durable-read", daemon=True),
        ]
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self.process.kill()
        self.outbox.put(None)
        self.threads[1].join(GRACE)  # it reads until the child is gone
        try:
            self.process.wait(0 if self.threads[1].is_alive() else GRACE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for thread in self.threads:
            thread.join(GRACE)
        for pipe in (self.process.stdin, self.process.stdout):
            with suppress(OSError):
                assert pipe is not None
                pipe.close()

    def ask(self, question: Any) -> None:
        """Send a question; does not wait."""
        self.outbox.put(json.dumps(question).encode() + b"\n")

    def answer(self, seconds: float | None = None) -> dict[str, Any]:
        """The next answer.

        Raises:
            EngineFailedError: the child took too long, ended, said that it failed, or said nothing sensible.
        """
        limit = self.seconds if seconds is None else seconds
        try:
            line = self.inbox.get(timeout=limit)
        except Empty:
            raise failed("hung", seconds=f"{limit:g}") from None
        if not line:
            raise self._ended()
        try:
            data = json.loads(line)
        except ValueError:
            data = None
        if not isinstance(data, dict):
            raise failed("garbage")
        if "failed" in data:
            raise failed("gave-up", problem=data["failed"])
        return data

    def _ended(self) -> Exception:
        try:
            code = self.process.wait(GRACE)
        except subprocess.TimeoutExpired:
            return failed("closed")
        if code >= 0:
            return failed("exited", code=code)
        if -code == getattr(signal, "SIGALRM", None):
            return failed("hung", seconds=f"{self.seconds:g}")
        with suppress(ValueError):
            return failed("crashed", signal=signal.Signals(-code).name)
        return failed("crashed", signal=-code)


def _environment() -> dict[str, str]:
    """As ours; with glibc told to keep memory that is given back: sessions are made and dropped all the time."""
    keep = str(256 << 20)
    return {**os.environ, "MALLOC_TRIM_THRESHOLD_": keep, "MALLOC_MMAP_THRESHOLD_": str(32 << 20)}


def _write(pipe: IO[bytes], outbox: SimpleQueue[bytes | None]) -> None:
    """Until told to stop, or nobody reads any more."""
    with suppress(OSError):
        while (line := outbox.get()) is not None:
            pipe.write(line)
            pipe.flush()
    with suppress(OSError):
        pipe.close()


def _read(pipe: IO[bytes], inbox: SimpleQueue[bytes]) -> None:
    """Until the other side closes; the empty line says so."""
    line = b"-"
    while line:
        line = pipe.readline(LONGEST_ANSWER)
        inbox.put(line)
