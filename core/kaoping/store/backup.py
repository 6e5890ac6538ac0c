"""Backing a database up, and checking that what it holds is whole and as it was written."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kaoping.errors import EnvironmentError
from kaoping.evaluation.result import SubjectResult
from kaoping.facts.values import number_text
from kaoping.store.blocks import differing
from kaoping.store.connection import Store, copy_into
from kaoping.store.encoding import from_json
from kaoping.store.evaluations import read_result, text_digest
from kaoping.store.failures import explained
from kaoping.store.migrations import MIGRATIONS, apply
from kaoping.texts import Language, say

MOST_FAULTS = 100


@dataclass(frozen=True)
class Fault:
    """Something in a database that is not as it should be; `key` names its text."""

    key: str
    facts: dict[str, Any]

    def text(self, language: Language) -> str:
        """The fault in a sentence."""
        return say(self.key, language, **self.facts)


def backup(store: Store, target: Path) -> None:
    """Write a copy of an open database to a new file; others may go on writing. It appears whole or not at all.

    Raises:
        EnvironmentError: the target exists (it is left alone), or cannot be written.
    """
    if target.exists():
        raise EnvironmentError("store.exists", path=target)
    if not target.parent.is_dir():
        raise EnvironmentError("store.no-folder", path=target, folder=target.parent)
    with explained(target):
        copy_into(store.connection, target)


def check(store: Store) -> tuple[Fault, ...]:
    """What is wrong with a database: damage, broken references, a changed shape, results that are not as stored."""
    with store.reading() as connection:
        faults = list(_integrity(connection))
        if any(fault.key == "store.fault-damage" for fault in faults):
            return tuple(faults)  # nothing below can be read for certain
        faults += _shape(connection)
        faults += _texts(connection)
        if not any(fault.key == "store.fault-gone" for fault in faults):
            faults += _blocks(connection)
        for (evaluation,) in connection.execute("SELECT id FROM evaluation ORDER BY id").fetchall():
            faults += _evaluation(store, connection, evaluation)
    return tuple(faults)


def _integrity(connection: sqlite3.Connection) -> Iterator[Fault]:
    try:
        for (line,) in connection.execute(f"PRAGMA integrity_check({MOST_FAULTS})"):
            if line != "ok":
                yield Fault("store.fault-damage", {"what": line})
        for table, row, parent, _ in connection.execute("PRAGMA foreign_key_check"):
            yield Fault("store.fault-reference", {"table": table, "row": row, "parent": parent})
    except sqlite3.DatabaseError as error:
        yield Fault("store.fault-damage", {"what": str(error)})


def _shape(connection: sqlite3.Connection) -> Iterator[Fault]:
    """Compare every table, trigger and index with those of a new database: STRICT and append-only included."""
    query = "SELECT name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_stat%' AND sql IS NOT NULL"
    present = dict(connection.execute(query))
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as new:
        apply(new, MIGRATIONS)
        expected = dict(new.execute(query))
    for name in sorted(expected.keys() - present.keys()):
        yield Fault("store.fault-gone", {"name": name})
    for name in sorted(present.keys() - expected.keys()):
        yield Fault("store.fault-added", {"name": name})
    for name in sorted(expected.keys() & present.keys()):
        if expected[name] != present[name]:
            yield Fault("store.fault-altered", {"name": name})


def _texts(connection: sqlite3.Connection) -> Iterator[Fault]:
    for table in ("scheme_text", "catalogue_text", "tailoring_text"):
        for digest, text in connection.execute(f"SELECT digest, text FROM {table} ORDER BY digest"):
            if text_digest(text) != digest:
                yield Fault("store.fault-text", {"digest": digest[:12]})


def _blocks(connection: sqlite3.Connection) -> Iterator[Fault]:
    """What is kept side by side is what the rows give."""
    for table, key in differing(connection):
        yield Fault("store.fault-block", {"table": table, "block": ", ".join(map(str, key[:2])) or "?"})


def _evaluation(store: Store, connection: sqlite3.Connection, evaluation: int) -> Iterator[Fault]:
    try:
        differs = read_result(store, evaluation).digest() != _stored_digest(connection, evaluation)
    except (ValueError, TypeError, KeyError, AttributeError):  # what is stored is no result any more
        differs = True
    if differs:
        yield Fault("store.fault-digest", {"evaluation": evaluation})
        return
    for subject, status, score, raw_grade, grade, possible, data in connection.execute(
        "SELECT subject, status, score, raw_grade, grade, possible_grades, data FROM subject_result "
        "WHERE evaluation = ? ORDER BY section, ordinal",
        (evaluation,),
    ):
        found = from_json(SubjectResult, data)
        told = (found.subject, found.status, None if found.score is None else number_text(found.score))
        stored = (subject, status, score, raw_grade, grade, tuple(json.loads(possible)))
        if (*told, found.raw_grade, found.grade, found.possible_grades) != stored:
            yield Fault("store.fault-columns", {"evaluation": evaluation, "subject": subject})


def _stored_digest(connection: sqlite3.Connection, evaluation: int) -> str:
    (digest,) = connection.execute("SELECT result_digest FROM evaluation WHERE id = ?", (evaluation,)).fetchone()
    return str(digest)
