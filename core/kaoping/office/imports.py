"""Sheets in and sheets out."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kaoping.errors import KaopingError, Problems, UsageError
from kaoping.evaluation.compile import compile_scheme
from kaoping.intake.reader import read_folder
from kaoping.intake.template import Needs, templates, write_templates
from kaoping.office.desk import Desk
from kaoping.office.periods import read_period
from kaoping.office.plugins import loaded, problem_data
from kaoping.store.batches import Act
from kaoping.store.connection import open_store
from kaoping.store.facts import append
from kaoping.store.frames import load_frame
from kaoping.store.known import read_subjects


def import_paths(desk: Desk, paths: Sequence[Path], *, correct: str | None, dry_run: bool) -> dict[str, Any]:
    """Make what files say known, all of it or nothing; every error of every file is in ``errors``."""
    if correct is not None and not correct.strip():
        raise UsageError("office.no-reason")
    plugins = loaded()
    with open_store(desk.database) as store:
        desk.step("office.reading-files")
        try:
            intake = read_folder(paths, plugins.catalogue, read_subjects(store), plugins.schemes, _hear(desk))
            desk.step("office.writing", count=len(intake.rows))
            act = Act(desk.actor, "import", ", ".join(str(path) for path in paths), _digest(paths))
            done = append(store, intake.rows, act, desk.clock(), correct=correct, dry_run=dry_run)
        except KaopingError as error:
            if error.exit_code != 1:
                raise
            return _nothing(desk, error, dry_run=dry_run)
    if done.conflicts:
        return _nothing(desk, Problems([conflict.problem() for conflict in done.conflicts]), dry_run=dry_run)
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


def template(desk: Desk, scheme_id: str, period: str, folder: Path, *, force: bool, dry_run: bool) -> dict[str, Any]:
    """Write the sheets a scheme asks for in a period, with the subjects on file where there is a database."""
    plugins = loaded()
    scheme = plugins.scheme(scheme_id)
    span = read_period(scheme, period)
    plan = compile_scheme(scheme, plugins.catalogue)
    catalogue = plugins.catalogue
    frame = None
    if desk.database.exists():
        with open_store(desk.database) as store:
            frame = load_frame(store, plan.needs, span, desk.today)
    wanted = Needs(
        [fact for fact in plan.catalogue.facts.values() if not fact.fed_from],
        list(plan.catalogue.records.values()),
        [catalogue.relations[name] for name in sorted(plan.needs.relations) if name in catalogue.relations],
        [scheme],
        list(frame.subjects.values()) if frame else [],
        frame.edges if frame else {},
    )
    tables = templates(wanted, catalogue, span, desk.language)
    if not dry_run:
        write_templates(folder, wanted, catalogue, span, desk.language, force=force)
    files = [{"file": f"{name}.csv", "rows": len(table) - 1} for name, table in tables.items()]
    return {"scheme": scheme.id, "period": span.text, "folder": str(folder), "files": files, "dry_run": dry_run}


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
