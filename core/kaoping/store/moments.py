"""Moments: when something became known, as UTC text that sorts as time does and never stands still."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta

_FORM = "%Y-%m-%dT%H:%M:%S.%fZ"


def moment_text(moment: datetime) -> str:
    """A point in time as ``2025-04-12T01:30:00.000000Z``; all such texts have one length."""
    return moment.astimezone(UTC).strftime(_FORM)


def moment_from(text: str) -> datetime:
    """The point in time `moment_text` wrote."""
    return datetime.strptime(text, _FORM).replace(tzinfo=UTC)


def through(known_at: str | None) -> str:
    """What moments are compared with: the given one, or for None one after all; "" is before all."""
    return "~" if known_at is None else known_at


def last_moment(connection: sqlite3.Connection) -> str:
    """The moment of the last act in the database, or "" in an empty one.

    Acts are written one at a time, each with a later moment than all before it. So what one reads now is what was
    known at this moment, for ever.
    """
    (found,) = connection.execute(
        """
        SELECT max(
            coalesce((SELECT known_at FROM batch ORDER BY id DESC LIMIT 1), ''),
            coalesce((SELECT at FROM evaluation ORDER BY id DESC LIMIT 1), ''),
            coalesce((SELECT at FROM publication ORDER BY id DESC LIMIT 1), '')
        )
        """
    ).fetchone()
    return found


def next_moment(connection: sqlite3.Connection, now: datetime) -> str:
    """Now, or just after the last act where the clock has not moved or was put back; inside a write transaction."""
    last = last_moment(connection)
    text = moment_text(now)
    return text if text > last else moment_text(moment_from(last) + timedelta(microseconds=1))
