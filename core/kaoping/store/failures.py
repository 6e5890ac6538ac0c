"""What SQLite reports, in words that say what to do."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kaoping.errors import EnvironmentError

_KEYS = {
    sqlite3.SQLITE_PERM: "store.cannot-open",
    sqlite3.SQLITE_BUSY: "store.locked",
    sqlite3.SQLITE_LOCKED: "store.locked",
    sqlite3.SQLITE_READONLY: "store.read-only",
    sqlite3.SQLITE_IOERR: "store.disk-error",
    sqlite3.SQLITE_CORRUPT: "store.corrupt",
    sqlite3.SQLITE_FULL: "store.disk-full",
    sqlite3.SQLITE_CANTOPEN: "store.cannot-open",
    sqlite3.SQLITE_NOTADB: "store.not-ours",
}


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn what the disk, another process or the file itself causes into an error for people; bugs pass through."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", None)
        key = None if code is None else _KEYS.get(code & 0xFF)  # the low byte says what, the rest says where
        if key is None:
            raise
        raise EnvironmentError(key, path=path) from error
