"""Sheets in: what files say becomes known, all of it or nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from kaoping.errors import KaopingError, Problems, UsageError
from kaoping.facts.frame import Subject
from kaoping.facts.rows import NewRecord, NewRow, NewValue
from kaoping.facts.types import Catalogue, Title
from kaoping.intake.reader import read_folder
from kaoping.office.desk import Desk
from kaoping.office.plugins import problem_data
from kaoping.store.batches import Act
from kaoping.store.facts import append
from kaoping.store.known import read_subjects, read_windows


def import_paths(desk: Desk, paths: Sequence[Path], *, correct: str | None, dry_run: bool) -> dict[str, Any]:
    """Make what files say known, all of it or nothing; every error of every file is in ``errors``."""
    if correct is not None and not correct.strip():
        raise UsageError("office.no-reason")
    plugins = desk.plugins
    with desk.opened() as store:
        desk.step("office.reading-files")
        try:
            on_file, windows = read_subjects(store), read_windows(store)
            intake = read_folder(paths, plugins.catalogue, on_file, plugins.schemes, _hear(desk), windows)
            desk.step("office.writing", count=len(intake.rows))
            act = Act(desk.actor, "import", ", ".join(str(path) for path in paths), _digest(paths))
            done = append(store, intake.rows, act, desk.clock(), correct=correct, dry_run=dry_run)
        except KaopingError as error:
            if error.exit_code != 1:
                raise
            return _nothing(desk, error, dry_run=dry_run)
    if done.conflicts:
        problems = [one.problem(_called(one.row, plugins.catalogue, on_file)) for one in done.conflicts]
        return _nothing(desk, Problems(problems), dry_run=dry_run)
    return {
        "written": done.written,
        "unchanged": done.unchanged,
        "errors": [],
        "notes": [note.as_json(desk.language) for note in intake.notes],
        "batch": done.batch,
        "tables": dict(done.tables),
        "corrected": len(done.corrected),
        "dry_run": dry_run,
    }


def _called(row: NewRow, catalogue: Catalogue, on_file: Mapping[str, Subject]) -> str | None:
    """What a value or record is called in Chinese: whose it is, of what, and which."""
    if not isinstance(row, NewValue | NewRecord) or (subject := on_file.get(row.subject)) is None:
        return None
    whose = f"{subject.title}（{subject.id}）"
    if isinstance(row, NewRecord):
        kind = catalogue.record(subject.type, row.record)
        return f"{whose}“{kind.title.zh}”{row.no}" if kind else None
    fact = catalogue.fact(subject.type, row.fact)
    if fact is None:
        return None
    items = {name: title.zh for step in fact.for_each for name, title in _items(catalogue, step).items()}
    item = f"：{items.get(row.item, row.item)}" if row.item else ""
    return f"{whose}“{fact.title.zh}{item}”{row.at}"


def _items(catalogue: Catalogue, step: str) -> Mapping[str, Title]:
    known = catalogue.lists.get(step)
    return known.items if known else {}


def _nothing(desk: Desk, error: KaopingError, *, dry_run: bool) -> dict[str, Any]:
    return {
        "written": 0,
        "unchanged": 0,
        "errors": problem_data(error, desk.language),
        "notes": [],
        "batch": None,
        "tables": {},
        "corrected": 0,
        "dry_run": dry_run,
    }


def _hear(desk: Desk) -> Any:
    step = desk.say("office.reading-files")
    return lambda _file, done, total: desk.tell(step, done, total)


def _digest(paths: Sequence[Path]) -> str:
    """SHA-256 of the one file that was imported; of a folder or several files none can be given."""
    if len(paths) == 1 and paths[0].is_file():
        return hashlib.sha256(paths[0].read_bytes()).hexdigest()
    return ""
