"""Earlier results of the scheme itself, as published and as known at a moment."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from datetime import date

from kaoping.facts.frame import Earlier, Remaining
from kaoping.facts.needs import Needs
from kaoping.facts.periods import Period, parse_period
from kaoping.facts.types import Title, ValueType
from kaoping.store.items import read_items, remaining
from kaoping.store.moments import through
from kaoping.store.typed import Typed

Frozen = dict[tuple[str, str], dict[str, Remaining]]


def earlier_results(
    connection: sqlite3.Connection,
    needs: Needs,
    subjects: Collection[str],
    period: Period,
    today: date,
    known_at: str | None,
) -> dict[str, tuple[Earlier, ...]]:
    """Subject id to its results of the scheme's own periods that ended before this one began, the oldest first.

    Of a period published several times the last publication counts.
    """
    if needs.earlier is None:
        return {}
    found: dict[str, list[Earlier]] = defaultdict(list)
    standing = _standing(connection, needs.scheme, today, known_at)
    before = [one for one in standing if one.kind == needs.period and one.end < period.start]
    for one in sorted(before, key=lambda each: each.end):
        values: dict[str, dict[str, Remaining]] = {subject: {} for subject in _assessed(connection, standing[one])}
        for name, kind in needs.earlier.items():
            for subject, parts in _items(connection, standing[one], name, kind):
                if subject in values and "" in parts:
                    values[subject][name] = parts[""]
        for subject, of_subject in values.items():
            if subject in subjects:
                found[subject].append(Earlier(one.text, one.end, of_subject))
    return {subject: tuple(results) for subject, results in found.items()}


def frozen_windows(
    connection: sqlite3.Connection,
    needs: Needs,
    subjects: Collection[str],
    period: Period,
    today: date,
    known_at: str | None,
) -> Frozen:
    """(subject id, measure) to {window or window and item: what it was as the window was published}.

    A window's own evaluation reckons it anew.
    """
    found: Frozen = defaultdict(dict)
    standing = _standing(connection, needs.scheme, today, known_at) if needs.frozen else {}
    for name, (kind, step) in needs.frozen.items():
        for window in period.parts(step):
            if window not in standing or window == period:
                continue
            for subject, parts in _items(connection, standing[window], name, kind):
                if subject in subjects:
                    of_window = {at: left for at, left in parts.items() if window.text in at.split("/")}
                    found[subject, name].update(of_window)
    return dict(found)


def _standing(connection: sqlite3.Connection, scheme: str, today: date, known_at: str | None) -> dict[Period, int]:
    """Period to the evaluation that was published for it last."""
    rows = connection.execute(
        "SELECT period, evaluation FROM publication p JOIN evaluation e ON e.id = evaluation "
        "WHERE scheme = ? AND p.at <= ? AND day <= ? ORDER BY p.id",
        (scheme, through(known_at), today.isoformat()),
    )
    return {parse_period(period): evaluation for period, evaluation in rows}


def _assessed(connection: sqlite3.Connection, evaluation: int) -> list[str]:
    rows = connection.execute("SELECT DISTINCT subject FROM subject_result WHERE evaluation = ?", (evaluation,))
    return [subject for (subject,) in rows]


def _items(
    connection: sqlite3.Connection, evaluation: int, name: str, kind: str
) -> Iterator[tuple[str, Mapping[str, Remaining]]]:
    """A part of a result of every subject; grades and choices as they were called then."""
    typed = Typed(ValueType("text" if kind == "choice" else kind, never=kind == "date"), Title(name))
    for subject, parts in read_items(connection, evaluation, name):
        yield subject, {at: remaining(shown, typed) for at, shown in parts.items()}
