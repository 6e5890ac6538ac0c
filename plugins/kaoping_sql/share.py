"""A process that makes the rows of some blocks into a file of its own: ``python -m kaoping_sql.share``.

It reads what it is to do from standard input, says a line whenever a block is done, and at last what came of it. When
standard input ends, nobody waits for it any more: whoever started it is gone, and it goes too.
"""

from __future__ import annotations

import json
import os
import pickle
import sqlite3
import sys
import traceback
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

from kaoping.facts.frame import Plain
from kaoping.facts.types import Title, ValueType
from kaoping_sql.block_work import Work
from kaoping_sql.log_blocks import LogBlocks
from kaoping_sql.readers import EndlessError, Readers, functions


@dataclass(frozen=True)
class Share:
    """What one process is to do: the rows of the blocks from a first to before a last."""

    work: Work
    read: Callable[[str, ValueType, Title], Plain]
    path: Path
    first: int
    last: int


def make(share: Share, tell: Callable[[int], None]) -> dict[str, Any]:
    """Make the rows; gives how many, and what stood in the log that is of its type no more."""
    work, subjects = share.work, 0
    with closing(sqlite3.connect(share.path, isolation_level=None, cached_statements=1024, uri=True)) as connection:
        for pragma in ("temp_store = MEMORY", "journal_mode = OFF", "synchronous = OFF"):
            connection.execute(f"PRAGMA {pragma}")
        functions(connection)
        connection.execute(*work.attach)
        connection.execute("BEGIN")
        for statement in (*work.tables, *work.create, work.shape):
            connection.execute(statement)
        made = LogBlocks(work, connection, Readers(share.read))
        for block in range(share.first, share.last):
            subjects += made.make(block)
            tell(block)
        connection.execute("COMMIT")
    endless = any(isinstance(misfit, EndlessError) for misfit in made.misfits)
    return {"subjects": subjects, "misfits": bool(made.misfits), "endless": endless}


def main() -> None:
    """Do what standard input says."""
    share: Share = pickle.load(sys.stdin.buffer)

    def say(what: dict[str, Any]) -> None:
        sys.stdout.write(f"{json.dumps(what)}\n")
        sys.stdout.flush()

    def wait() -> None:
        sys.stdin.buffer.read()
        with suppress(OSError):
            share.path.unlink(missing_ok=True)
        os._exit(1)

    Thread(target=wait, daemon=True).start()
    try:
        say(make(share, lambda block: say({"block": block})))
    except sqlite3.Error as error:
        say({"failed": str(error)})
    except Exception:  # a bug of ours is told by the process that people see
        say({"bug": traceback.format_exc()})
    sys.stdout.flush()
    os._exit(0)  # the thread still waits


if __name__ == "__main__":
    main()
