"""The database file: making one, opening one, and the two kinds of transaction."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from kaoping.errors import EnvironmentError
from kaoping.store.failures import explained
from kaoping.store.migrations import APPLICATION_ID, MIGRATIONS, Migration, applied, apply
from kaoping.store.network import on_network

if TYPE_CHECKING:  # it is heard by whoever calls; its module takes longer to import than most commands
    from kaoping.evaluation.keeping import Tell

PATIENCE = 10.0
"""Seconds to wait while another program is writing."""


@dataclass(frozen=True)
class Store:
    """An open database; a context manager that closes it."""

    path: Path
    connection: sqlite3.Connection
    read_only: bool = False

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction that is done whole or not at all; one inside another is part of it.

        It takes its turn among writers at once: to begin as a reader and then to write would fail when another
        writer was faster.
        """
        with explained(self.path):
            if self._within_another():
                yield self.connection
                return
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield self.connection
                self.connection.execute("COMMIT")
            except BaseException:
                if self.connection.in_transaction:  # a full disk may have ended it already
                    self.connection.execute("ROLLBACK")
                raise

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A transaction in which everything read is from one moment; must not be written in."""
        with explained(self.path):
            if self._within_another():
                yield self.connection
                return
            self.connection.execute("BEGIN")
            try:
                yield self.connection
            finally:
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")

    def _within_another(self) -> bool:
        return self.connection.in_transaction

    def close(self) -> None:
        """Close the file."""
        self.connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def create(path: Path, migrations: Sequence[Migration] = MIGRATIONS) -> Store:
    """Make a new, empty database and open it. It appears whole or not at all.

    Raises:
        EnvironmentError: something is there already (it is left alone), or nothing can be made there.
    """
    _refuse_network(path)
    if path.exists() or path.is_symlink():
        raise EnvironmentError("store.exists", path=path)
    if not path.parent.is_dir():
        raise EnvironmentError("store.no-folder", path=path, folder=path.parent)
    making = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        with explained(path), closing(_connect(making, "rwc", PATIENCE)) as connection:
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute("BEGIN IMMEDIATE")
            apply(connection, migrations)
            connection.execute("COMMIT")
        put_in_place(making, path)
    finally:
        for rest in ("", "-wal", "-shm"):
            making.with_name(making.name + rest).unlink(missing_ok=True)
    return open_store(path, migrations=migrations)


def open_store(
    path: Path,
    *,
    read_only: bool = False,
    patience: float = PATIENCE,
    migrations: Sequence[Migration] = MIGRATIONS,
    tell: Tell | None = None,
) -> Store:
    """Open a database; one made by an older program is brought up to date, a copy of it kept beside it.

    `tell` hears of it: 0 of 0 when it begins, then how many of how many rows are done where there is much to do.
    Whatever ends the program before all is done leaves the database as it was.

    Raises:
        EnvironmentError: there is none, it is no database of ours, or it cannot be used; the text says which.
    """
    _refuse_network(path)
    if path.is_dir():
        raise EnvironmentError("store.folder", path=path)
    if not path.exists():
        raise EnvironmentError("store.missing", path=path)
    if not read_only and not os.access(path, os.W_OK):
        raise EnvironmentError("store.read-only", path=path)
    with explained(path):
        connection = _connect(path, "rw" if os.access(path, os.W_OK) else "ro", patience)
        try:
            if read_only:
                connection.execute("PRAGMA query_only = ON")
            store = Store(path, connection, read_only)
            _update(store, migrations, tell)
        except BaseException:
            connection.close()
            raise
    return store


def put_in_place(made: Path, path: Path) -> None:
    """Give a finished file its name, never over another one, so that it survives a loss of power.

    Raises:
        EnvironmentError: another file has the name.
    """
    with made.open("rb+") as file:
        os.fsync(file.fileno())
    try:
        path.hardlink_to(made)
    except FileExistsError:
        raise EnvironmentError("store.exists", path=path) from None
    except OSError:  # a file system without links, such as a memory stick's
        if path.exists():
            raise EnvironmentError("store.exists", path=path) from None
        made.rename(path)
    with suppress(OSError):  # Windows cannot open a folder, and needs no such thing
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _connect(path: Path, mode: str, patience: float) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{path.resolve().as_uri()}?mode={mode}", uri=True, timeout=patience, isolation_level=None
    )
    try:
        if mode != "rwc":
            _check_ours(connection, path)
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA recursive_triggers = ON")  # without it INSERT OR REPLACE deletes unseen
        if mode != "ro":
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
    except BaseException:
        connection.close()
        raise
    return connection


def _check_ours(connection: sqlite3.Connection, path: Path) -> None:
    if connection.execute("PRAGMA application_id").fetchone() != (APPLICATION_ID,):
        raise EnvironmentError("store.not-ours", path=path)


def _update(store: Store, migrations: Sequence[Migration], tell: Tell | None) -> None:
    known = [migration.__name__ for migration in migrations]
    present = applied(store.connection)
    if newer := [name for name in present if name not in known]:
        raise EnvironmentError("store.newer", path=store.path, change=newer[0])
    if len(present) == len(known):
        return
    if store.read_only:
        raise EnvironmentError("store.older", path=store.path)
    with store.writing() as connection:
        pending = [name for name in known if name not in applied(connection)]
        if not pending:  # another program was faster
            return
        if tell:
            tell(0, 0)
        copy = _copy_before(store.path, pending[0])
        try:
            apply(connection, migrations, tell)
        except BaseException:
            copy.unlink(missing_ok=True)
            raise


def _copy_before(path: Path, change: str) -> Path:
    """A copy of the database as it is on disk, beside it, named after the change that is about to be made."""
    tried = 1
    copy = path.with_name(f"{path.stem}-before-{change}{path.suffix}")
    while copy.exists():
        tried += 1
        copy = path.with_name(f"{path.stem}-before-{change}-{tried}{path.suffix}")
    with closing(_connect(path, "ro", PATIENCE)) as connection:
        copy_into(connection, copy)
    return copy


def copy_into(connection: sqlite3.Connection, target: Path) -> None:
    """Write a whole, compact copy of an open database to a new file.

    Raises:
        EnvironmentError: the target exists.
    """
    making = target.with_name(f".{target.name}.{os.getpid()}.new")
    try:
        connection.execute("VACUUM INTO ?", (str(making),))
        put_in_place(making, target)
    finally:
        making.unlink(missing_ok=True)


def _refuse_network(path: Path) -> None:
    if on_network(path):
        raise EnvironmentError("store.network", path=path)
