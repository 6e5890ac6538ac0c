"""Files that are thrown away unless they are finished: written without a journal, which is much faster."""

from __future__ import annotations

import glob
import os
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Any

OWN_TRANSACTIONS: dict[str, Any] = {"isolation_level": None, "cached_statements": 1024, "uri": True}
"""How a connection is opened that many statements are run on, within transactions they begin and end."""


def throwaway(path: Path, **how: Any) -> sqlite3.Connection:
    """A connection to a new file that is of no use half done; `how` as `sqlite3.connect` takes it."""
    connection = sqlite3.connect(path, **how)
    unguarded(connection)
    return connection


def unguarded(connection: sqlite3.Connection) -> None:
    """From now on write the file without a journal, and without waiting for the disk."""
    connection.execute("PRAGMA journal_mode = OFF")
    connection.execute("PRAGMA synchronous = OFF")


def unfinished(path: Path, part: str = "") -> Path:
    """What stands for a file until it is whole: beside it, by a name that no other program uses."""
    return path.with_name(f".{path.name}{part}.{os.getpid()}.new")


def clear_away(path: Path) -> None:
    """Remove what programs that were killed had unfinished of a file."""
    for old in path.parent.glob(f".{glob.escape(path.name)}.*.new*"):
        if not _alive(old):
            old.unlink(missing_ok=True)


def _alive(unfinished: Path) -> bool:
    """Is the program there whose number stands in the name?"""
    with suppress(ValueError, ProcessLookupError, IndexError):
        with suppress(PermissionError):  # it is somebody else's
            os.kill(int(unfinished.name.split(".")[-2]), 0)
        return True
    return False
