"""Files that are thrown away unless they are finished: written without a journal, which is much faster."""

from __future__ import annotations

import sqlite3
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
