"""Publications, the ledger entries they open, and what happens later."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from datetime import date, datetime

from kaoping.consequences.model import Entry, Event, Publication
from kaoping.errors import UsageError
from kaoping.evaluation.result import Consequence
from kaoping.facts.periods import parse_period
from kaoping.store.batches import Act, insert_batch, view_at
from kaoping.store.connection import Store
from kaoping.store.encoding import from_json, to_json
from kaoping.store.moments import next_moment, through


def publish(
    store: Store,
    evaluation: int,
    on: date,
    opened: Iterable[tuple[str, Consequence]],
    actor: str,
    now: datetime,
    *,
    supersede: bool = False,
) -> Publication:
    """Publish an evaluation's results on a day, and open ledger entries: (addressee, consequence) pairs.

    To `supersede` is to take the place of what was published for the scheme and period, or to publish although there
    is a later evaluation.

    Raises:
        UsageError: there is no such evaluation; it is published already; or, unless superseding is asked, the period
            is, or a later evaluation of it is there; or the day is before that of what it takes the place of.
    """
    entries = [(addressee, to_json(consequence)) for addressee, consequence in opened]
    with store.writing() as connection:
        scheme, period, before = _may_publish(connection, evaluation, on, supersede)
        cursor = connection.execute(
            "INSERT INTO publication (evaluation, supersedes, day, actor, at) VALUES (?, ?, ?, ?, ?)",
            (evaluation, before, on.isoformat(), actor, next_moment(connection, now)),
        )
        connection.executemany(
            "INSERT INTO entry (publication, addressee, consequence) VALUES (?, ?, ?)",
            ((cursor.lastrowid, addressee, consequence) for addressee, consequence in entries),
        )
    return Publication(scheme, period, parse_period(period).kind, on, evaluation)


def _may_publish(
    connection: sqlite3.Connection, evaluation: int, on: date, supersede: bool
) -> tuple[str, str, int | None]:
    row = connection.execute(
        "SELECT scheme, period, day FROM evaluation e LEFT JOIN publication p ON p.evaluation = e.id WHERE e.id = ?",
        (evaluation,),
    ).fetchone()
    if row is None:
        raise UsageError("store.no-evaluation", evaluation=evaluation)
    scheme, period, day = row
    if day is not None:
        raise UsageError("store.published-already", evaluation=evaluation, day=day)
    before = connection.execute(
        "SELECT p.id, p.evaluation, p.day FROM publication p JOIN evaluation e ON e.id = p.evaluation "
        "WHERE scheme = ? AND period = ? ORDER BY p.id DESC LIMIT 1",
        (scheme, period),
    ).fetchone()
    facts = {"scheme": scheme, "period": period, "evaluation": evaluation}
    if before and not supersede:
        raise UsageError("store.period-published", other=before[1], day=before[2], **facts)
    if before and on.isoformat() < before[2]:
        raise UsageError("store.published-before", evaluation=evaluation, day=before[2], on=on.isoformat())
    (latest,) = connection.execute(
        "SELECT max(id) FROM evaluation WHERE scheme = ? AND period = ?", (scheme, period)
    ).fetchone()
    if latest != evaluation and not supersede:
        raise UsageError("store.later-evaluation", latest=latest, **facts)
    return scheme, period, before and before[0]


def read_publications(store: Store, known_at: str | None = None) -> tuple[Publication, ...]:
    """Every publication in the order in which they were made, as known at a moment (UTC text) or now."""
    with store.reading() as connection:
        rows = connection.execute(
            "SELECT scheme, period, day, evaluation FROM publication p JOIN evaluation e ON e.id = p.evaluation "
            "WHERE p.at <= ? ORDER BY p.id",
            (through(known_at),),
        )
        return tuple(
            Publication(scheme, period, parse_period(period).kind, date.fromisoformat(day), evaluation)
            for scheme, period, day, evaluation in rows
        )


def read_entries(store: Store, addressee: str | None = None, known_at: str | None = None) -> tuple[Entry, ...]:
    """Every ledger entry, of an addressee if given, in the order in which they were opened.

    Those of superseded publications are among them: they were in force until then.
    """
    with store.reading() as connection:
        rows = connection.execute(
            """
            SELECT entry.id, scheme, period, evaluation, addressee, day, consequence
            FROM entry JOIN publication p ON p.id = publication JOIN evaluation e ON e.id = evaluation
            WHERE p.at <= ?1 AND (?2 IS NULL OR addressee = ?2) ORDER BY entry.id
            """,
            (through(known_at), addressee),
        )
        return tuple(entry_of(*row) for row in rows)


def entry_of(
    number: int, scheme: str, period: str, evaluation: int, addressee: str, day: str, consequence: str
) -> Entry:
    """The entry of a row."""
    opened = from_json(Consequence, consequence)
    return Entry(number, scheme, period, evaluation, addressee, date.fromisoformat(day), opened)


def add_event(
    store: Store, kind: str, of: str, on: date, fields: Mapping[str, str], act: Act, now: datetime
) -> tuple[Event, bool]:
    """Record what happened; False with the event when it is known already. Undone as any batch is.

    Raises:
        UsageError: `of` is no subject on file ("" is the scheme's own).
    """
    text = json.dumps(dict(fields), ensure_ascii=False, sort_keys=True)
    with store.writing() as connection:
        view = view_at(connection)
        on_file = f"SELECT 1 FROM registration JOIN subject ON key = subject WHERE id = ? AND {view.condition()}"
        if of and not connection.execute(on_file, (of,)).fetchone():
            raise UsageError("facts.unknown-subject", subject=of)
        known = connection.execute(
            f"SELECT id FROM event WHERE kind = ? AND subject = ? AND day = ? AND fields = ? AND {view.condition()}",
            (kind, of, on.isoformat(), text),
        ).fetchone()
        if known:
            return Event(known[0], kind, of, on, dict(fields)), False
        batch = insert_batch(connection, act, now, written={"event": 1})
        cursor = connection.execute(
            "INSERT INTO event (batch, kind, subject, day, fields) VALUES (?, ?, ?, ?, ?)",
            (batch, kind, of, on.isoformat(), text),
        )
        assert cursor.lastrowid is not None
        return Event(cursor.lastrowid, kind, of, on, dict(fields)), True


def read_events(store: Store, known_at: str | None = None) -> tuple[Event, ...]:
    """What happened, in the order of days, as known at a moment (UTC text) or now."""
    with store.reading() as connection:
        view = view_at(connection, known_at)
        rows = connection.execute(
            f"SELECT id, kind, subject, day, fields FROM event WHERE {view.condition()} ORDER BY day, id"
        )
        return tuple(
            Event(event, kind, of, date.fromisoformat(day), json.loads(fields)) for event, kind, of, day, fields in rows
        )
