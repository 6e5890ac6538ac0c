"""Frames that are kept up with the log of facts, each in a file of its own that is replaced or changed as a whole."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kaoping.evaluation.keeping import FactLog, KeptFrame, Tell, silent
from kaoping.evaluation.plan import Plan, Section
from kaoping_sql import frames


@dataclass(frozen=True)
class Kept:
    """What a kept frame says of how it was made; beside what a frame says of itself."""

    known_at: str
    today: str
    subjects: int


def keep(
    plan: Plan, log: FactLog, path: Path, section: Section | None = None, anew: bool = False, tell: Tell = silent
) -> KeptFrame:
    """Bring the frame at a path up to date with the log, or build it; `anew`: from nothing."""
    section = section or plan.main
    kept = None if anew else read_kept(path)
    if kept and (kept.known_at, kept.today) == (log.known_at, log.bare.today.isoformat()):
        return KeptFrame(str(path), section.type, kept.subjects, kept.known_at, "current")
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        frames.build(plan, log.frame(), unfinished, section)
        with closing(sqlite3.connect(unfinished)) as connection:
            table = frames.name_of(section.type)
            (subjects,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
            kept = Kept(log.known_at, log.bare.today.isoformat(), subjects)
            connection.execute("CREATE TABLE kept (text TEXT NOT NULL)")
            connection.execute("INSERT INTO kept VALUES (?)", (json.dumps(vars(kept)),))
            connection.commit()
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    tell(subjects, subjects)
    return KeptFrame(str(path), section.type, subjects, kept.known_at, "built", subjects)


def read_kept(path: Path) -> Kept | None:
    """How the frame at a path was made, or None where there is none that is kept."""
    if not path.exists():
        return None
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            (text,) = connection.execute("SELECT text FROM kept").fetchone()
        found: dict[str, Any] = json.loads(text)
        return Kept(**found)
    except (sqlite3.Error, ValueError, TypeError):
        return None
