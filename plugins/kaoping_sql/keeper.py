"""Frames that are kept up with the log of facts, each in a file of its own that is replaced or changed as a whole.

A frame is made by the database, some thousand subjects at a time; where something is new of subjects, their rows and
those of the subjects related to them are made again in the same way. What the rows are made by (the queries, scales and
types) is kept as a digest: where that has changed, the frame is made from nothing.
"""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kaoping.errors import EnvironmentError
from kaoping.evaluation.keeping import FactLog, KeptFrame, Tell, silent
from kaoping.evaluation.plan import Plan, Section
from kaoping.evaluation.rulebook import EngineFailedError
from kaoping_sql import building, frames
from kaoping_sql.counted import SHAPE, NotNativeError
from kaoping_sql.making import Making
from kaoping_sql.throwaway import OWN_TRANSACTIONS, clear_away, unguarded
from kaoping_sql.throwaway import unfinished as unfinished_of

PATIENCE = 60.0


@dataclass(frozen=True)
class Kept:
    """What a kept frame says of how it was made.

    Attributes:
        state: of the log, and `known_at` the moment.
        recipe: the digest of what its rows are made by; "" where it was made in memory.
        depth: how many relations after another rows read.
        in_memory: the key of the text that says why the database could not make it, or "".
    """

    form: int
    known_at: str
    today: str
    state: str
    recipe: str
    subjects: int
    depth: int = 0
    in_memory: str = ""


def keep(
    plan: Plan, log: FactLog, path: Path, section: Section | None = None, anew: bool = False, tell: Tell = silent
) -> KeptFrame:
    """Bring the frame at a path up to date with the log, or build it; `anew`: from nothing.

    Raises:
        NoFormError: something in the plan has no SQL form; it is named with its place.
        Problems: something stored does not fit the catalogue any more.
        EnvironmentError: the database could not finish; the former frame is as it was.
    """
    section = section or plan.main
    try:
        kept = read_kept(path)
        why = "frame-asked-anew" if anew else "frame-none" if kept is None else "frame-form"
        if kept and not anew and kept.form == frames.FORM:
            found = _update(plan, log, path, section, kept, tell)
            if isinstance(found, KeptFrame):
                return found
            why = found
        return _build(plan, log, path, section, why, tell)
    except sqlite3.Error as error:
        raise EnvironmentError("sql.failed", problem=str(error)) from error
    except EngineFailedError as error:
        raise EnvironmentError("sql.failed", problem=str(error)) from error


def read_kept(path: Path) -> Kept | None:
    """How the frame at a path was made, or None where there is none that is kept."""
    if not path.exists():
        return None
    try:
        with closing(_open(path)) as connection:
            return _kept_in(connection)
    except (sqlite3.Error, ValueError, TypeError):
        return None


def frame_data(path: Path) -> dict[str, Any]:
    """What a frame says of itself, and how it was made where it is kept.

    Raises:
        EnvironmentError: the file is no frame.
    """
    about, kept = frames.read_about(path), None if path.is_dir() else read_kept(path)
    names = ("scheme", "edition", "section", "period", "today", "columns")
    found = {name: getattr(about, name) for name in names}
    if kept:
        found |= {name: getattr(kept, name) for name in ("known_at", "state", "subjects", "in_memory", "recipe")}
        return found
    found |= {"known_at": None, "state": None, "subjects": None, "in_memory": "", "recipe": ""}
    if not path.is_dir():
        with closing(_open(path)) as connection:
            query = f"SELECT count(*) FROM {frames.name_of(about.section)}"
            found["subjects"] = connection.execute(query).fetchone()[0]
    return found


def _kept_in(connection: sqlite3.Connection) -> Kept:
    (text,) = connection.execute("SELECT text FROM main.kept").fetchone()
    return Kept(**json.loads(text))


def _open(path: Path) -> sqlite3.Connection:
    """For writing even where it is only read: what a killed program left half done is undone by the next."""
    connection = sqlite3.connect(path, timeout=PATIENCE, **OWN_TRANSACTIONS)
    connection.execute("PRAGMA temp_store = MEMORY")
    return connection


# --- from nothing


def _build(plan: Plan, log: FactLog, path: Path, section: Section, why: str, tell: Tell) -> KeptFrame:
    clear_away(path)
    unfinished = unfinished_of(path)
    unfinished.unlink(missing_ok=True)
    try:
        try:
            subjects = _build_natively(plan, log, unfinished, section, tell)
        except NotNativeError as problem:
            unfinished.unlink(missing_ok=True)
            why = str(problem)
            subjects = _build_in_memory(plan, log, unfinished, section, why)
            tell(subjects, subjects)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return KeptFrame(str(path), section.type, subjects, log.known_at, "built", subjects, why)


def _build_in_memory(plan: Plan, log: FactLog, path: Path, section: Section, why: str) -> int:
    frames.build(plan, log.frame(), path, section)
    with closing(_open(path)) as connection:
        (subjects,) = connection.execute(f"SELECT count(*) FROM {frames.name_of(section.type)}").fetchone()
        connection.execute("CREATE TABLE kept (text TEXT NOT NULL)")
        _note(connection, Kept(frames.FORM, log.known_at, _today(log), log.state, "", subjects, in_memory=why))
    return int(subjects)


def _build_natively(plan: Plan, log: FactLog, path: Path, section: Section, tell: Tell) -> int:
    with closing(_open(path)) as connection:
        unguarded(connection)
        log.attach(connection)
        connection.execute("BEGIN")
        for statement in SHAPE:
            connection.execute(statement)
        making = Making(plan, log, connection, section)
        making.counted.by_blocks = True
        making.prepare()
        making.shape()
        subjects = building.build_rows(making, path, tell)
        making.check()
        connection.execute(frames.index_of_blanks(making.table))
        connection.execute("CREATE TABLE main.kept (text TEXT NOT NULL)")
        connection.execute("CREATE TABLE main.about (text TEXT NOT NULL)")
        _note_made(making, subjects)
        connection.execute("COMMIT")
    with path.open("rb+") as file:
        os.fsync(file.fileno())
    return subjects


# --- in some rows


def _update(plan: Plan, log: FactLog, path: Path, section: Section, kept: Kept, tell: Tell) -> KeptFrame | str:
    """Make the rows again of whom there is something new; the key of the text that says why all must be made."""
    today = _today(log)
    if (kept.state, kept.today, kept.known_at) == (log.state, today, log.known_at):
        return KeptFrame(str(path), section.type, kept.subjects, kept.known_at, "current")
    if not kept.recipe:
        return kept.in_memory
    with closing(_open(path)) as connection:
        log.attach(connection)
        connection.execute("BEGIN IMMEDIATE")
        try:
            kept = _kept_in(connection)  # another program may have been faster
            touched = log.touched_since(kept.state)
            if touched is None:
                return "frame-other-log"
            making = Making(plan, log, connection, section)
            rows = making.changed(touched, kept.depth)
            making.prepare()
            if making.recipe != kept.recipe:
                return "frame-other-recipe"
            written, subjects = 0, kept.subjects
            for start in range(0, len(rows), building.AT_ONCE):
                gone, made = making.make(rows[start : start + building.AT_ONCE])
                written, subjects = written + made, subjects + made - gone
                tell(min(start + building.AT_ONCE, len(rows)), len(rows))
            making.check()
            _note_made(making, subjects)
            connection.execute("COMMIT")
        except NotNativeError as problem:
            return str(problem)
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
    return KeptFrame(str(path), section.type, subjects, log.known_at, "updated", written)


def _note_made(making: Making, subjects: int) -> None:
    """Say in the frame what it is and how it was made."""
    log = making.log
    making.note()
    kept = Kept(frames.FORM, log.known_at, _today(log), log.state, making.recipe, subjects, making.depth)
    _note(making.connection, kept)


def _note(connection: sqlite3.Connection, kept: Kept) -> None:
    connection.execute("DELETE FROM main.kept")
    connection.execute("INSERT INTO main.kept VALUES (?)", (json.dumps(vars(kept)),))


def _today(log: FactLog) -> str:
    return log.bare.today.isoformat()


__all__ = ["Kept", "keep", "read_kept"]
