"""Folders and files to rows: every error of every file at once, and rows only when there is none."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from kaoping.errors import DataError, EnvironmentError, KaopingError, Place, Problems, UsageError
from kaoping.facts.frame import Subject
from kaoping.facts.periods import Period
from kaoping.facts.rows import NewRow, NewSubject, NewWindow
from kaoping.facts.types import Catalogue
from kaoping.intake.encoding import decode, read_bytes
from kaoping.intake.fixed import FILE_TITLES, read_closings, read_registers, read_relations, read_subjects, read_windows
from kaoping.intake.headings import fixed_title
from kaoping.intake.known import Known
from kaoping.intake.model import Findings, Intake, KnownScheme, Progress
from kaoping.intake.names import Names, name_key
from kaoping.intake.records import read_records
from kaoping.intake.seen import Seen
from kaoping.intake.sheet import Line, Sheet, read_sheet
from kaoping.intake.values import Meant, read_values, value_names

TABLES = frozenset({".csv", ".tsv"})
MISTAKEN = frozenset({".xlsx", ".xls", ".xlsm", ".et", ".ods", ".zip", ".rar", ".7z"})
EVERY = 2000  # lines between two words of progress
_COPY = re.compile(r"\s*(?:[(（]\d+[)）]|[-－]\s*副本)\s*$")


def read_folder(
    paths: Sequence[Path],
    catalogue: Catalogue,
    known: Mapping[str, Subject],
    schemes: Mapping[str, KnownScheme],
    progress: Progress | None = None,
    windows: Mapping[str, tuple[Period, ...]] | None = None,
) -> Intake:
    """What CSV files say, checked against what may be known; nothing is written.

    Args:
        paths: files, and folders whose ``*.csv`` and ``*.tsv`` are read.
        catalogue: all that may be known.
        known: the subjects on file, by id; those the files declare are known to all of them, whatever the order.
        schemes: the schemes installed, by id.
        progress: hears how far reading has come.
        windows: the windows on file of each calendar; those the files enter are known to all of them too.

    Raises:
        Problems: everything that is wrong, in the order of files, lines and columns. Nothing is to be written.
    """
    findings = Findings()
    files = _files(paths, findings)
    reading = _Reading(Known(catalogue, known, schemes, findings, windows or {}), findings, progress)
    subject_files = [each for each in files if _fixed_file(each[0].stem) == "subjects"]
    calendar_files = [each for each in files if _fixed_file(each[0].stem) == "calendars"]
    others = [each for each in files if each not in subject_files and each not in calendar_files]
    rows: list[NewRow] = [*reading.subjects(subject_files), *reading.windows(calendar_files)]
    for path, file in others:
        rows += reading.file(path, file)
    if errors := findings.errors([file for _, file in files]):
        raise Problems(errors)
    return Intake(tuple(rows), tuple(findings.notes()))


class _Reading:
    """One import under way."""

    def __init__(self, known: Known, findings: Findings, progress: Progress | None) -> None:
        self._known = known
        self._findings = findings
        self._progress = progress
        self._seen = Seen[tuple[str, ...]](findings)
        self._values: Names[Meant] | None = None

    def subjects(self, files: Iterable[tuple[Path, str]]) -> Iterator[NewSubject]:
        """The subjects of all files of subjects; afterwards they are known."""
        rows: list[NewSubject] = []
        faulty = set[str]()
        for path, file in files:
            if sheet := self._sheet(path, file):
                rows += read_subjects(sheet, self._known, self._seen, faulty)
        self._known.declare(
            {row.id: Subject(row.id, row.type, row.title, row.since, row.until) for row in rows}, faulty
        )
        return iter(rows)

    def windows(self, files: Iterable[tuple[Path, str]]) -> list[NewWindow]:
        """The windows of all files of calendars; afterwards they are known."""
        sheets = [sheet for path, file in files if (sheet := self._sheet(path, file))]
        rows = [row for sheet in sheets for row in read_windows(sheet, self._known, self._seen)]
        self._known.declare_windows(rows)
        return rows

    def file(self, path: Path, file: str) -> list[NewRow]:
        """The rows of any other file; none when it is wrong as a whole."""
        sheet = self._sheet(path, file)
        return list(self._rows(sheet, path.stem)) if sheet else []

    def _rows(self, sheet: Sheet, stem: str) -> Iterator[NewRow]:
        fixed = _fixed_file(stem)
        if fixed == "relations":
            return read_relations(sheet, self._known, self._seen)
        if fixed == "registers":
            return read_registers(sheet, self._known, self._seen)
        if fixed == "closings":
            return read_closings(sheet, self._known, self._seen)
        headers = {name_key(header) for header in sheet.header.cells}
        numbered = bool(headers & _both("record_no"))
        meanings = self._record_types(stem)
        if meanings and (numbered or not headers & _both("period")):
            return read_records(sheet, self._known, meanings, self._seen)
        if numbered:
            near = self._known.records.near(_bare(stem))
            hint = "common.did-you-mean" if near else None
            place = Place(sheet.file)
            self._findings.wrong(DataError("intake.unknown-record-file", place=place, hint=hint, name=stem, near=near))
            return iter(())
        if self._values is None:
            self._values = value_names(self._known.catalogue)
        return read_values(sheet, self._known, self._values, self._seen)

    def _record_types(self, stem: str) -> Sequence[tuple[str, str]]:
        return next((found.meanings for name in _prefixes(stem) if (found := self._known.records.find(name))), ())

    def _sheet(self, path: Path, file: str) -> Sheet | None:
        try:
            text = decode(read_bytes(path, file), file, self._findings)
            sheet = read_sheet(text, file, self._findings)
        except KaopingError as error:
            self._findings.wrong(error)
            return None
        return Sheet(file, sheet.header, self._told(sheet), sheet.of)

    def _told(self, sheet: Sheet) -> Iterator[Line]:
        done = 0
        for line in sheet.lines:
            done += 1
            if self._progress and done % EVERY == 0:
                self._progress(sheet.file, done, max(sheet.of, done))
            yield line
        if not done:
            self._findings.note("intake.no-lines", Place(sheet.file))
        if self._progress:
            self._progress(sheet.file, done, done)


def _files(paths: Sequence[Path], findings: Findings) -> list[tuple[Path, str]]:
    """The files to read, each with the name it has in messages: its own, or its path where two have the same."""
    found: dict[Path, None] = {}
    for path in paths:
        try:
            inside = sorted(path.iterdir()) if path.is_dir() else None
        except OSError as error:
            findings.wrong(EnvironmentError("intake.unreadable", place=Place(str(path)), reason=error))
            continue
        if inside is None:
            found[path] = None
            continue
        visible = [each for each in inside if not each.name.startswith((".", "~")) and each.is_file()]
        tables = [each for each in visible if each.suffix.lower() in TABLES]
        for each in visible:
            if each.suffix.lower() in MISTAKEN:
                findings.note("intake.passed-over", Place(each.name))
        if not tables:
            findings.wrong(UsageError("intake.no-tables", path=str(path)))
        found.update(dict.fromkeys(tables))
    if not paths:
        findings.wrong(UsageError("intake.nothing-given"))
    names = [path.name for path in found]
    return [(path, path.name if names.count(path.name) == 1 else str(path)) for path in found]


def _fixed_file(stem: str) -> str:
    """Which file with fixed columns a name means, or ""."""
    keys = {name_key(name): kind for kind, title in FILE_TITLES.items() for name in (kind, title)}
    return next((keys[name_key(name)] for name in _prefixes(stem) if name_key(name) in keys), "")


def _prefixes(stem: str) -> Iterator[str]:
    """What a file may be named after: all of its name, or what stands before one of its dashes."""
    name = _bare(stem)
    yield name
    while "-" in name:
        name = name.rpartition("-")[0].rstrip()
        yield name


def _bare(stem: str) -> str:
    """A file's name without what copying it added."""
    while (shorter := _COPY.sub("", stem)) != stem:
        stem = shorter
    return stem.replace("－", "-")


def _both(column: str) -> set[str]:
    return {name_key(column), name_key(fixed_title(column))}
