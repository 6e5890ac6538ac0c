"""The demonstration: a whole county, from files to ledger, through the same use cases as everybody's work."""

from __future__ import annotations

import hashlib
from codecs import BOM_UTF8
from collections.abc import Collection, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from kaoping.demo import CORRECTION, FILES, HAPPENED, PUBLISHED_ON, case_files
from kaoping.demo.tables import Table
from kaoping.errors import EnvironmentError, UsageError
from kaoping.evaluation.compile import compile_scheme
from kaoping.office import databases, evaluations, explanations, imports, ledger, publications, reports, rounds
from kaoping.office.desk import Desk

DATABASE, SHEETS, MARK = "kaoping.db", "files", ".kaoping-demo"
SCHEME, YEAR, SCHOOL_YEAR = "property-abcd", "2025", "2024S"
HEAD, TAIL = 8, 5
EXPLAINED = "e011"
COMPANY, DAYS = "w007", ("2026-06-01", "2026-06-10", "2027-01-20")
KEPT = ("evaluation", "scheme", "title", "edition", "period", "engines", "opinions", "notes", "result_digest", "grades")
ROLLED_UP = ("subject", "type", "title", "standing", "grade", "possible_grades", "status", "raw_grade", "missing")


def write_files(desk: Desk, folder: Path, ours: Collection[str] = ()) -> dict[str, Any]:
    """Write the example files: one import, and beside it in ``correction`` a second one that corrects it.

    `ours` are digests of files that an earlier edition of the demonstration wrote, which give way.

    Raises:
        UsageError: a file of the same name and other content is there; nothing is written.
    """
    contents = {folder / path.name: path.read_bytes() for path in sorted(FILES.glob("*.csv"))}
    corrections = sorted(CORRECTION.glob("*.csv"))
    contents |= {folder / CORRECTION.name / path.name: path.read_bytes() for path in corrections}
    for table in _of_cases(desk):
        contents[folder / f"{table.name}.csv"] = BOM_UTF8 + table.text().encode()
    for target, content in contents.items():
        if target.exists() and target.read_bytes() != content and _digest(target) not in ours:
            raise UsageError("office.demo-file-differs", file=target)
    try:
        (folder / CORRECTION.name).mkdir(parents=True, exist_ok=True)
        for target, content in contents.items():
            target.write_bytes(content)
    except OSError as error:
        raise EnvironmentError("office.cannot-write", folder=folder, problem=error) from error
    return {"folder": str(folder), "files": [str(target.relative_to(folder)) for target in contents]}


def _of_cases(desk: Desk) -> list[Table]:
    """What the worked cases of the other schemes that ship and run tell."""
    plugins = desk.plugins
    schemes = [scheme for plugin in plugins.found if plugin.bundled for scheme in plugin.schemes]
    plans = {scheme.id: compile_scheme(scheme, plugins.catalogue) for scheme in schemes}
    return case_files.tables(plans, plugins.catalogue)


def run(desk: Desk, folder: Path) -> dict[str, Any]:
    """Assess the county in a database of its own, made anew each time, and say what was found.

    Raises:
        UsageError: the folder holds a database the demonstration did not make.
    """
    ours = _make_room(folder)
    desk = replace(desk, database=folder / DATABASE)
    desk.step("office.demo-files", folder=folder / SHEETS)
    files = write_files(desk, folder / SHEETS, ours)
    _mark(folder, [_digest(folder / SHEETS / name) for name in files["files"]])
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
        found = evaluations.evaluate(quiet, scheme, period, evaluations.How())
        published = publications.publish(quiet, found["evaluation"], day.isoformat(), supersede=False, dry_run=False)
        kept = {name: found[name] for name in KEPT}
        counts = {"subjects": len(found["results"]), "entries": published["entries"], "titles": found["titles"]}
        rolled_up = [{name: one[name] for name in ROLLED_UP} for one in found["rolled_up"]]
        evaluated.append({**kept, **counts, "rolled_up": rolled_up, "published_on": published["on"]})
    desk.step("office.demo-events")
    for event in HAPPENED:
        fields = [f"{name}={value}" for name, value in event.fields.items()]
        ledger.add_event(quiet, event.kind, event.of or None, event.on.isoformat(), fields, scheme=None, dry_run=False)
    published_schemes = frozenset(scheme for scheme, _, _ in PUBLISHED_ON)
    rest = [
        rounds.evaluate_all(desk, period, evaluations.How(), but=published_schemes) for period in (YEAR, SCHOOL_YEAR)
    ]
    ranked = reports.rank(quiet, SCHEME, YEAR, evaluation=None)
    rows = [row for row in ranked["ranking"] if row["place"] is not None]
    return {
        "database": str(desk.database),
        "folder": str(folder),
        "imported": {"written": imported["written"], "files": len(files["files"])},
        "evaluations": evaluated,
        "ranking": {**ranked, "ranking": [], "head": rows[:HEAD], "tail": rows[-TAIL:]},
        "explained": explanations.explain(quiet, EXPLAINED, YEAR, scheme=SCHEME, evaluation=None),
        "rest": rest,
        "ledger": [ledger.in_force(quiet, COMPANY, day, ended=False) for day in DAYS],
    }


def _make_room(folder: Path) -> list[str]:
    """Remove the database of an earlier demonstration, and no other; gives the digests of the files it wrote."""
    database, mark = folder / DATABASE, folder / MARK
    if database.exists() and not mark.exists():
        raise UsageError("office.demo-not-ours", database=database)
    try:
        ours = mark.read_text(encoding="utf-8").splitlines()[1:] if mark.exists() else []
        folder.mkdir(parents=True, exist_ok=True)
        for rest in ("", "-wal", "-shm"):
            database.with_name(database.name + rest).unlink(missing_ok=True)
    except OSError as error:
        raise EnvironmentError("office.cannot-write", folder=folder, problem=error) from error
    _mark(folder, ours)
    return ours


def _mark(folder: Path, digests: Iterable[str]) -> None:
    """Say that the database is ours, and which files, so that another edition's demonstration may replace them."""
    said = "made by kaoping demo; the database beside this file is made anew each time"
    try:
        (folder / MARK).write_text("\n".join([said, *digests]) + "\n", encoding="utf-8")
    except OSError as error:
        raise EnvironmentError("office.cannot-write", folder=folder, problem=error) from error


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
