"""Sharing the making of rows out among processes: each makes those of some blocks into a file of its own.

The processes are new ones, not copies of this one: SQLite's connections must not be carried over. They end by
themselves when this one is gone, however it went.
"""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from types import TracebackType
from typing import Any, Self

from kaoping.errors import EnvironmentError
from kaoping.evaluation.keeping import Tell
from kaoping_sql.in_parts import processors
from kaoping_sql.log_blocks import LogBlocks
from kaoping_sql.readers import ElsewhereError, EndlessError
from kaoping_sql.share import Share

GRACE = 10.0
PAUSE = 0.2
WORTH_SHARING = 6
"""Blocks from which a process is worth its start."""


@dataclass
class Helper:
    """A process that does a share.

    Attributes:
        done: how many blocks it has made.
        answer: what came of it, when it is done.
    """

    share: Share
    done: int = 0
    answer: dict[str, Any] | None = None
    _said: SimpleQueue[dict[str, Any] | None] = field(default_factory=SimpleQueue)

    def __enter__(self) -> Self:
        self.share.path.unlink(missing_ok=True)
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "kaoping_sql.share"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            start_new_session=True,  # Ctrl-C is for the program: it ends this one
        )
        self.thread = Thread(target=self._listen, name="frame-share", daemon=True)
        self.thread.start()
        assert self.process.stdin is not None
        with suppress(BrokenPipeError):  # it is gone: `wait` says so
            pickle.dump(self.share, self.process.stdin)
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
        self.share.path.unlink(missing_ok=True)

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
            if "block" in said:
                self.done += 1
            else:
                self.answer = said


def make_rows(blocks: LogBlocks, table: str, path: Path, last: int, tell: Tell) -> int:
    """Make the rows of everybody up to the last subject; gives how many.

    Args:
        blocks: on a connection to the file, within a transaction.
        table: of the rows, as it stands in a statement.
        path: the file, beside which those of helpers lie as long as they are needed.
        last: the number of the last subject.
        tell: hears how many are done.

    Raises:
        EnvironmentError: a helper could not finish, or is gone; none is left then, nor a file of theirs.
    """
    work = blocks.work
    count = last // work.size + 1
    many = 1 if blocks.fed else max(1, min(processors(), count // WORTH_SHARING))
    first, *others = pairwise([count * place // many for place in range(many + 1)])
    rows, done, mine = 0, 0, list(range(*first))
    with ExitStack() as ending:
        helpers = []
        for number, span in enumerate(others, 1):
            share = Share(work, blocks.readers.read, part_of(path, number), *span)
            try:
                helpers.append(ending.enter_context(Helper(share)))
            except OSError:  # no room for another process: then this one does it
                mine += range(*span)
        for done, block in enumerate(mine, 1):
            rows += blocks.make(block)
            heard(helpers, 0)
            tell(min((done + sum(helper.done for helper in helpers)) * work.size, last), last)
        while not all(helper.answer for helper in helpers):
            heard(helpers, PAUSE)
            tell(min((done + sum(helper.done for helper in helpers)) * work.size, last), last)
        for helper in helpers:
            rows += _taken_in(blocks, table, helper)
    return rows


def heard(helpers: Sequence[Helper], seconds: float) -> None:
    """Hear every one of them out."""
    for helper in helpers:
        helper.hear(seconds)


def _taken_in(blocks: LogBlocks, table: str, helper: Helper) -> int:
    """Append what a helper has made."""
    connection, answer = blocks.connection, helper.answer
    assert answer is not None
    connection.execute("COMMIT")  # nothing is attached within a transaction; a file that is not finished is thrown away
    connection.execute("ATTACH ? AS part", (str(helper.share.path),))
    connection.execute(f"INSERT INTO main.{table} SELECT * FROM part.{table}")
    connection.execute("DETACH part")
    connection.execute("BEGIN")
    blocks.misfits += [EndlessError()] if answer["endless"] else [ElsewhereError()] if answer["misfits"] else []
    return int(answer["subjects"])


def part_of(path: Path, number: int) -> Path:
    """The file of a share beside an unfinished frame: with the number of the process, so that it is cleared away."""
    name, process, new = path.name.rsplit(".", 2)
    return path.with_name(f"{name}.part{number}.{process}.{new}")
