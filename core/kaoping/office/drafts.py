"""Writing that may be only tried."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from kaoping.store.connection import Store


class _OnlyTriedError(Exception):
    """Ends a transaction that was only tried."""


@contextmanager
def drafting(store: Store, *, dry_run: bool) -> Iterator[None]:
    """A write transaction; on a dry run everything is checked and done, and then rolled back."""
    try:
        with store.writing():
            yield
            if dry_run:
                raise _OnlyTriedError
    except _OnlyTriedError:
        pass
