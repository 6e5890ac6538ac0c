"""Evaluations: stored whole in one transaction, read back equal, never changed."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import chain
from pathlib import Path
from typing import Any

from kaoping.errors import UsageError
from kaoping.evaluation.keeping import Tell, silent
from kaoping.evaluation.result import Result, SubjectResult
from kaoping.store.connection import Store, open_store
from kaoping.store.encoding import from_json
from kaoping.store.moments import next_moment
from kaoping.store.spilled import COLUMNS, Spilled, row_of

OFTEN = 2000
"""Rows after which it is said how far one is."""
Row = tuple[str | int | None, ...]


@dataclass(frozen=True)
class NewTailoring:
    """The tailoring an evaluation was made with, as it was read."""

    id: str
    file: str
    text: str


@dataclass(frozen=True)
class NewEvaluation:
    """A result with all that is needed to find it again.

    Attributes:
        scheme_text, scheme_file: the scheme as it was read.
        catalogue_text: the catalogue it was compiled with, as text.
        known_at: UTC time; the facts known then were judged.
        closed: periods for which entry was closed.
        parameters: values that stood in for the scheme's own, as text.
        engines: engine to its version; opinions: what each covered; notes: what people should know. JSON data.
        versions: of the program and its plugins.
        tailoring: what changed the scheme for a place.
    """

    result: Result | Spilled
    scheme_text: str
    scheme_file: str
    catalogue_text: str
    known_at: str
    today: date
    actor: str
    closed: Iterable[str] = ()
    parameters: Mapping[str, str] = field(default_factory=dict)
    engines: Any = ()
    opinions: Any = ()
    notes: Any = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    tailoring: NewTailoring | None = None


@dataclass(frozen=True)
class Evaluation:
    """What is kept of an evaluation beside its results.

    Attributes:
        scheme_digest, catalogue_digest: SHA-256 of the texts, under which `read_text` gives them.
        digest: of the result.
        published_on: the day its results were published, or None.
        superseded_by: the evaluation whose publication took its place, or None.
        tailoring, tailoring_digest: id and SHA-256 of the tailoring it was made with, or None.
    """

    id: int
    scheme: str
    edition: str
    period: str
    scheme_digest: str
    catalogue_digest: str
    known_at: str
    today: date
    closed: tuple[str, ...]
    parameters: Mapping[str, str]
    engines: Any
    opinions: Any
    notes: Any
    versions: Mapping[str, str]
    digest: str
    actor: str
    at: str
    published_on: date | None = None
    superseded_by: int | None = None
    tailoring: str | None = None
    tailoring_digest: str | None = None


def store_evaluation(store: Store, new: NewEvaluation, now: datetime, tell: Tell = silent) -> int:
    """Keep an evaluation and give its id; `tell` hears how many subjects of how many are done."""
    result = new.result
    if isinstance(result, Spilled):
        with result.attached(store.connection):
            return _store(store, new, now, lambda to: result.copy(to, tell))
    many = len(result.results) + len(result.rolled_up)
    encoded = chain(_rows("subject", result.results), _rows("rolled_up", result.rolled_up))
    rows = list(_told(encoded, 0, many, tell))  # before others wait
    into = f"INSERT INTO subject_result (evaluation, {COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    return _store(
        store,
        new,
        now,
        lambda to: store.connection.executemany(into, ((to, *row) for row in _told(rows, many, many, tell))),
    )


def _store(store: Store, new: NewEvaluation, now: datetime, write: Callable[[int], object]) -> int:
    """The evaluation, whose results are written under the id it gets."""
    result = new.result
    with store.writing() as connection:
        at = next_moment(connection, now)
        scheme = text_digest(new.scheme_text)
        catalogue = text_digest(new.catalogue_text)
        connection.execute(
            "INSERT INTO scheme_text (digest, scheme, edition, file, text, at) VALUES (?, ?, ?, ?, ?, ?) "
            "ON CONFLICT DO NOTHING",
            (scheme, result.scheme, result.edition, new.scheme_file, new.scheme_text, at),
        )
        connection.execute(
            "INSERT INTO catalogue_text (digest, text, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            (catalogue, new.catalogue_text, at),
        )
        tailoring = _keep_tailoring(connection, new, at)
        cursor = connection.execute(
            """
            INSERT INTO evaluation (scheme, edition, period, scheme_digest, catalogue_digest, known_at, today, closed,
                parameters, engines, opinions, notes, versions, result_digest, actor, at, tailoring_digest)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            (
                *(result.scheme, result.edition, result.period, scheme, catalogue, new.known_at, new.today.isoformat()),
                *map(_json, (sorted(new.closed), new.parameters, new.engines, new.opinions, new.notes, new.versions)),
                *(result.digest(), new.actor, at, tailoring),
            ),
        )
        evaluation = cursor.lastrowid
        assert evaluation is not None
        write(evaluation)
    return evaluation


def _told(rows: Iterable[Row], before: int, many: int, tell: Tell) -> Iterator[Row]:
    """Rows that are gone through twice, once to be encoded and once to be written: now and then it is said how far."""
    for number, row in enumerate(rows, before + 1):
        if number % OFTEN == 0 or number == 2 * many:
            tell(number // 2, many)
        yield row


def _keep_tailoring(connection: sqlite3.Connection, new: NewEvaluation, at: str) -> str | None:
    if new.tailoring is None:
        return None
    digest = text_digest(new.tailoring.text)
    head = (new.tailoring.id, new.result.scheme, new.result.edition, new.tailoring.file)
    connection.execute(
        "INSERT INTO tailoring_text (digest, tailoring, scheme, edition, file, text, at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (digest, *head, new.tailoring.text, at),
    )
    return digest


def read_evaluation(store: Store, evaluation: int) -> Evaluation:
    """What is kept of an evaluation.

    Raises:
        UsageError: there is no such evaluation.
    """
    with store.reading() as connection:
        found = _evaluations(connection, "WHERE e.id = ?", (evaluation,))
    if not found:
        raise UsageError("store.no-evaluation", evaluation=evaluation)
    return found[0]


def list_evaluations(store: Store, scheme: str | None = None, period: str | None = None) -> tuple[Evaluation, ...]:
    """Every evaluation, of a scheme and of a period if given, earliest first."""
    with store.reading() as connection:
        return tuple(
            _evaluations(
                connection,
                "WHERE (?1 IS NULL OR e.scheme = ?1) AND (?2 IS NULL OR e.period = ?2) ORDER BY e.id",
                (scheme, period),
            )
        )


def read_result(store: Store, evaluation: int) -> Result:
    """The result of an evaluation, equal to what was stored.

    Raises:
        UsageError: there is no such evaluation.
    """
    with store.reading() as connection:
        head = connection.execute(
            "SELECT scheme, edition, period FROM evaluation WHERE id = ?", (evaluation,)
        ).fetchone()
        if head is None:
            raise UsageError("store.no-evaluation", evaluation=evaluation)
        sections: dict[str, list[SubjectResult]] = {"subject": [], "rolled_up": []}
        for section, data in connection.execute(
            "SELECT section, data FROM subject_result WHERE evaluation = ? ORDER BY section, ordinal", (evaluation,)
        ):
            sections[section].append(from_json(SubjectResult, data))
    scheme, edition, period = head
    return Result(scheme, edition, period, tuple(sections["subject"]), tuple(sections["rolled_up"]))


def stored_results(path: Path, evaluation: int, section: str) -> Iterator[SubjectResult]:
    """The results of a section (``subject`` or ``rolled_up``), read one by one from the database at a path."""
    query = "SELECT data FROM subject_result WHERE evaluation = ? AND section = ? ORDER BY ordinal"
    with open_store(path) as store, store.reading() as connection:
        for (data,) in connection.execute(query, (evaluation, section)):
            yield from_json(SubjectResult, data)


def read_subject_result(store: Store, evaluation: int, subject: str) -> SubjectResult | None:
    """What an evaluation found for one subject, or None; its own result before one rolled up to it."""
    with store.reading() as connection:
        row = connection.execute(
            "SELECT data FROM subject_result WHERE evaluation = ? AND subject = ? ORDER BY section DESC LIMIT 1",
            (evaluation, subject),
        ).fetchone()
    return row and from_json(SubjectResult, row[0])


def read_text(store: Store, digest: str) -> str | None:
    """A scheme's, catalogue's or tailoring's text by its SHA-256, or None."""
    with store.reading() as connection:
        row = connection.execute(
            "SELECT text FROM scheme_text WHERE digest = ?1 UNION SELECT text FROM catalogue_text WHERE digest = ?1 "
            "UNION SELECT text FROM tailoring_text WHERE digest = ?1",
            (digest,),
        ).fetchone()
    return row and row[0]


def text_digest(text: str) -> str:
    """SHA-256 of a text in UTF-8."""
    return hashlib.sha256(text.encode()).hexdigest()


def _rows(section: str, results: Iterable[SubjectResult]) -> Iterable[Row]:
    return (row_of(section, ordinal, found) for ordinal, found in enumerate(results))


def _json(data: Any) -> str:
    return json.dumps(dict(data) if isinstance(data, Mapping) else data, ensure_ascii=False, separators=(",", ":"))


def _evaluations(connection: sqlite3.Connection, rest: str, values: tuple[int | str | None, ...]) -> list[Evaluation]:
    rows = connection.execute(
        f"""
        SELECT e.id, e.scheme, e.edition, e.period, e.scheme_digest, e.catalogue_digest, e.known_at, e.today, e.closed,
            e.parameters, e.engines, e.opinions, e.notes, e.versions, e.result_digest, e.actor, e.at,
            p.day, later.evaluation, t.tailoring, e.tailoring_digest
        FROM evaluation e
        LEFT JOIN tailoring_text t ON t.digest = e.tailoring_digest
        LEFT JOIN publication p ON p.evaluation = e.id
        LEFT JOIN publication later ON later.supersedes = p.id
        {rest}
        """,
        values,
    )
    return [_evaluation(*row) for row in rows]


def _evaluation(*row: Any) -> Evaluation:
    closed, parameters, engines, opinions, notes, versions = map(json.loads, row[8:14])
    return Evaluation(
        id=row[0],
        scheme=row[1],
        edition=row[2],
        period=row[3],
        scheme_digest=row[4],
        catalogue_digest=row[5],
        known_at=row[6],
        today=date.fromisoformat(row[7]),
        closed=tuple(closed),
        parameters=parameters,
        engines=engines,
        opinions=opinions,
        notes=notes,
        versions=versions,
        digest=row[14],
        actor=row[15],
        at=row[16],
        published_on=None if row[17] is None else date.fromisoformat(row[17]),
        superseded_by=row[18],
        tailoring=row[19],
        tailoring_digest=row[20],
    )
