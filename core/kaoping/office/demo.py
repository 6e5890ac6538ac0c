"""The demonstration: a whole county, from files to ledger, through the same use cases as everybody's work."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from kaoping.demo import CORRECTION, FILES, HAPPENED, PUBLISHED_ON
from kaoping.errors import EnvironmentError, UsageError
from kaoping.office import databases, evaluations, explanations, imports, ledger, publications, reports
from kaoping.office.desk import Desk

DATABASE, SHEETS, MARK = "kaoping.db", "files", ".kaoping-demo"
SCHEME, YEAR = "property-abcd", "2025"
HEAD, TAIL = 8, 5
EXPLAINED = "e011"
COMPANY, DAYS = "w007", ("2026-06-01", "2026-06-10", "2027-01-20")
KEPT = ("evaluation", "scheme", "title", "edition", "period", "engines", "opinions", "notes", "result_digest", "grades")
ROLLED_UP = ("subject", "type", "title", "grade", "possible_grades", "status", "raw_grade", "missing")


def write_files(desk: Desk, folder: Path) -> dict[str, Any]:
    """Write the example files: one import, and beside it in ``correction`` a second one that corrects it.

    Raises:
        UsageError: a file of the same name and other content is there; nothing is written.
    """
    sources = {folder / path.name: path for path in sorted(FILES.glob("*.csv"))}
    sources |= {folder / CORRECTION.name / path.name: path for path in sorted(CORRECTION.glob("*.csv"))}
    for target, source in sources.items():
        if target.exists() and target.read_bytes() != source.read_bytes():
            raise UsageError("office.demo-file-differs", file=target)
    try:
        (folder / CORRECTION.name).mkdir(parents=True, exist_ok=True)
        for target, source in sources.items():
            target.write_bytes(source.read_bytes())
    except OSError as error:
        raise EnvironmentError("office.cannot-write", folder=folder, problem=error.strerror or error) from error
    return {"folder": str(folder), "files": [str(target.relative_to(folder)) for target in sources]}


def run(desk: Desk, folder: Path) -> dict[str, Any]:
    """Assess the county in a database of its own, made anew each time, and say what was found.

    Raises:
        UsageError: the folder holds a database the demonstration did not make.
    """
    _make_room(folder)
    desk = replace(desk, database=folder / DATABASE)
    desk.step("office.demo-files", folder=folder / SHEETS)
    files = write_files(desk, folder / SHEETS)
    desk.step("office.demo-database", path=desk.database)
    databases.init(desk, dry_run=False)
    desk.step("office.demo-import", count=len(files["files"]))
    quiet = replace(desk, tell=lambda _step, _done, _total: None)
    imported = imports.import_paths(quiet, [folder / SHEETS], correct=None, dry_run=False)
    if imported["errors"]:  # the shipped files are tested; a catalogue changed by a plugin may still refuse them
        raise UsageError("office.demo-refused", problem=imported["errors"][0]["message"])
    evaluated = []
    for scheme, period, day in PUBLISHED_ON:
        desk.step("office.demo-evaluate", scheme=scheme, period=period)
        found = evaluations.evaluate(quiet, scheme, period, engine=None, as_of=None, dry_run=False)
        published = publications.publish(quiet, found["evaluation"], day.isoformat(), supersede=False, dry_run=False)
        kept = {name: found[name] for name in KEPT}
        counts = {"subjects": len(found["results"]), "entries": published["entries"], "titles": found["titles"]}
        rolled_up = [{name: one[name] for name in ROLLED_UP} for one in found["rolled_up"]]
        evaluated.append({**kept, **counts, "rolled_up": rolled_up, "published_on": published["on"]})
    desk.step("office.demo-events")
    for event in HAPPENED:
        fields = [f"{name}={value}" for name, value in event.fields.items()]
        ledger.add_event(quiet, event.kind, event.of or None, event.on.isoformat(), fields, scheme=None, dry_run=False)
    ranked = reports.rank(quiet, SCHEME, YEAR, evaluation=None)
    rows = [row for row in ranked["ranking"] if row["place"] is not None]
    return {
        "database": str(desk.database),
        "folder": str(folder),
        "imported": {"written": imported["written"], "files": len(files["files"])},
        "evaluations": evaluated,
        "ranking": {**ranked, "ranking": [], "head": rows[:HEAD], "tail": rows[-TAIL:]},
        "explained": explanations.explain(quiet, EXPLAINED, YEAR, scheme=SCHEME, evaluation=None),
        "ledger": [ledger.in_force(quiet, COMPANY, day, ended=False) for day in DAYS],
    }


def _make_room(folder: Path) -> None:
    """Remove the database of an earlier demonstration, and no other."""
    database, mark = folder / DATABASE, folder / MARK
    if database.exists() and not mark.exists():
        raise UsageError("office.demo-not-ours", database=database)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        mark.write_text(
            "made by kaoping demo; the database beside this file is made anew each time\n", encoding="utf-8"
        )
        for rest in ("", "-wal", "-shm"):
            database.with_name(database.name + rest).unlink(missing_ok=True)
    except OSError as error:
        raise EnvironmentError("office.cannot-write", folder=folder, problem=error.strerror or error) from error
