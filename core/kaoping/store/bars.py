"""The ledger as an evaluation reads it: bars from honours, and the entries of its subjects, on a day."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from datetime import date

from kaoping.consequences.ledger import IN_FORCE, ledger_on
from kaoping.facts.frame import Bar, Standing, Subject
from kaoping.facts.needs import Needs
from kaoping.facts.periods import Period
from kaoping.facts.workdays import OfficialDays
from kaoping.store.connection import Store
from kaoping.store.moments import through
from kaoping.store.publications import entry_of, read_entries, read_events, read_publications


def bars_in_force(
    store: Store,
    needs: Needs,
    subjects: Mapping[str, Subject],
    period: Period,
    today: date,
    known_at: str | None,
    official: OfficialDays,
) -> dict[str, tuple[Bar, ...]]:
    """Subject id to the bars that reach it, as known at a moment.

    They are those in force on the day the scheme's results for the period were first published: what was decided then
    stays decided. Before that it is `today`.
    """
    if not needs.tags:
        return {}
    day = _decided_on(store, needs, period, today, known_at)
    return bars_on(store, needs.tags, day, known_at, official, subjects)


def bars_on(
    store: Store,
    tags: frozenset[str],
    day: date,
    known_at: str | None,
    official: OfficialDays,
    subjects: Mapping[str, Subject] | None = None,
) -> dict[str, tuple[Bar, ...]]:
    """Addressee to the bars with one of these tags in force on a day; of some subjects where they are given."""
    with store.reading() as connection:
        entries = [entry_of(*row) for row in _entries(connection, tags, known_at)]
        states = ledger_on(entries, read_events(store, known_at), read_publications(store, known_at), day, official)
    found: dict[str, list[Bar]] = {}
    for state in states:
        entry, rule = state.entry, state.entry.consequence
        if state.status in IN_FORCE and rule.bars in tags and (subjects is None or entry.addressee in subjects):
            bar = Bar(rule.bars, entry.scheme, rule.id, tuple(sorted(rule.title.items())), state.start, state.until)
            found.setdefault(entry.addressee, []).append(bar)
    return {addressee: tuple(dict.fromkeys(bars)) for addressee, bars in sorted(found.items())}


def ledgers(
    store: Store,
    needs: Needs,
    subjects: Mapping[str, Subject],
    period: Period,
    today: date,
    known_at: str | None,
    official: OfficialDays,
) -> dict[str, tuple[Standing, ...]]:
    """Subject id to the entries addressed to it that had started on the day on which bars count, the oldest first.

    What the scheme's own results for this period opened is none of them: it follows from what is evaluated.
    """
    if not needs.entries:
        return {}
    day = _decided_on(store, needs, period, today, known_at)
    states = ledger_on(read_entries(store, None, known_at), read_events(store, known_at),
                       read_publications(store, known_at), day, official)  # fmt: skip
    found: dict[str, list[Standing]] = {}
    for state in states:
        entry, start = state.entry, state.start
        own = (entry.scheme, entry.period) == (needs.scheme, period.text)
        if own or start is None or start > day or entry.published_on > day or entry.addressee not in subjects:
            continue
        if state.until is not None and state.until <= start:
            continue  # it never came to be in force
        standing = Standing(str(entry.id), entry.scheme, entry.consequence.id, entry.consequence.kind,
                            start, state.until, state.status in IN_FORCE)  # fmt: skip
        found.setdefault(entry.addressee, []).append(standing)
    return {
        addressee: tuple(sorted(entries, key=lambda one: (one.started_on, int(one.id))))
        for addressee, entries in found.items()
    }


def _decided_on(store: Store, needs: Needs, period: Period, today: date, known_at: str | None) -> date:
    """The day the scheme's results for the period were first published, or else today."""
    publications = read_publications(store, known_at)
    own = (one.on for one in publications if (one.scheme, one.period) == (needs.scheme, period.text))
    return next(own, today)


def _entries(connection: sqlite3.Connection, tags: frozenset[str], known_at: str | None) -> sqlite3.Cursor:
    """Entries of every consequence that bars from one of the tags, in any edition: each ends or renews the others."""
    marks = ", ".join("?" * len(tags))
    return connection.execute(
        f"""
        WITH known AS (
            SELECT entry.id, scheme, period, evaluation, addressee, day, consequence,
                json_extract(consequence, '$.id') AS rule, json_extract(consequence, '$.bars') AS tag
            FROM entry JOIN publication p ON p.id = publication JOIN evaluation e ON e.id = evaluation
            WHERE p.at <= ?
        )
        SELECT id, scheme, period, evaluation, addressee, day, consequence FROM known
        WHERE (scheme, rule) IN (SELECT scheme, rule FROM known WHERE tag IN ({marks})) ORDER BY id
        """,
        (through(known_at), *sorted(tags)),
    )
