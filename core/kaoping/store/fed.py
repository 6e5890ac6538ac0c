"""Fed facts: another scheme's result as a fact of this one."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Mapping

from kaoping.facts.frame import Subject
from kaoping.facts.needs import Needs
from kaoping.facts.periods import Period, parse_period
from kaoping.store.connection import Store
from kaoping.store.moments import through

Grades = dict[str, frozenset[str]]


def possible_grades(store: Store, scheme: str, period: str, known_at: str | None = None) -> Grades:
    """Subject id to the grades its latest stored evaluation leaves possible, as known at a moment or now.

    Subjects the scheme did not assess or gives no grade are missing.
    """
    with store.reading() as connection:
        evaluation = _latest(connection, scheme, known_at).get(period)
        return {} if evaluation is None else _grades(connection, evaluation)


def fed_grades(
    connection: sqlite3.Connection,
    needs: Needs,
    subjects: Mapping[str, Subject],
    period: Period,
    known_at: str | None,
) -> dict[tuple[str, str], frozenset[str]]:
    """(subject id, fact id) to the grades another scheme leaves possible, for every fed fact that is needed."""
    found: dict[tuple[str, str], frozenset[str]] = {}
    grades: dict[tuple[str, str], Grades] = {}
    for (_, name), fact in sorted(needs.catalogue.facts.items()):
        scheme, _, item = fact.fed_from.partition(".")
        if name not in needs.facts or item != "grade":
            continue
        if (scheme, fact.feed_at) not in grades:
            grades[scheme, fact.feed_at] = _at(connection, scheme, fact.feed_at, period, known_at)
        for subject, possible in grades[scheme, fact.feed_at].items():
            if subject in subjects and needs.catalogue.fact(subjects[subject].type, name) is fact:
                found[subject, name] = possible
    return found


def _at(connection: sqlite3.Connection, scheme: str, feed_at: str, period: Period, known_at: str | None) -> Grades:
    latest = _latest(connection, scheme, known_at)
    match feed_at:
        case "previous":
            wanted: Collection[str] = [period.previous().text]
        case "latest":
            ended = [each for each in map(parse_period, latest) if each.end <= period.end]
            wanted = [each.text for each in sorted(ended, key=lambda each: (each.end, each.start))]
        case _:
            wanted = [period.text]
    grades: Grades = {}
    for text in wanted:
        if text in latest:
            grades |= _grades(connection, latest[text])
    return grades


def _latest(connection: sqlite3.Connection, scheme: str, known_at: str | None) -> dict[str, int]:
    """Period to the latest evaluation of a scheme."""
    rows = connection.execute(
        "SELECT period, max(id) FROM evaluation WHERE scheme = ? AND at <= ? GROUP BY period",
        (scheme, through(known_at)),
    )
    return dict(rows)


def _grades(connection: sqlite3.Connection, evaluation: int) -> Grades:
    rows = connection.execute(
        "SELECT subject, possible_grades FROM subject_result WHERE evaluation = ? AND possible_grades <> '[]'",
        (evaluation,),
    )
    return {subject: frozenset(json.loads(possible)) for subject, possible in rows}
