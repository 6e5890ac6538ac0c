"""Decision tables between a scheme's file and a sheet."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kaoping.errors import DataError, EnvironmentError, KaopingError, Place, Problems, UsageError, nearest
from kaoping.evaluation.compile import compile_scheme
from kaoping.intake.encoding import decode, read_bytes
from kaoping.intake.escape import escaped
from kaoping.intake.model import Findings, Note
from kaoping.intake.sheet import read_sheet
from kaoping.office.desk import Desk
from kaoping.office.plugins import problem_data
from kaoping.office.schemes import catalogue_with, chosen
from kaoping.office.titles import title_data
from kaoping.plugins import Plugins
from kaoping.scheme.document import Scalar, Table, read_document
from kaoping.scheme.model import Measure, Scheme
from kaoping.scheme.reader import SUFFIX, read_scheme
from kaoping.scheme.splice import put_block
from kaoping.scheme.table_rows import ANYTHING, BAR, SheetRow, from_sheet, rows_of, text_of
from kaoping.scheme.tables import TableError, read_table


@dataclass(frozen=True)
class _Found:
    """A measure with a table, and where the table stands in the file."""

    scheme: Scheme
    measure: Measure
    name: str
    text: Scalar


def table(
    desk: Desk,
    which: str,
    name: str,
    *,
    output: Path | None = None,
    source: Path | None = None,
    write: bool = False,
    force: bool = False,
    dry_run: bool = False,
) -> dict[str, Any]:
    """The table of a measure, of a scheme or a scheme's file; or what a sheet would make of it.

    Args:
        desk: for whom.
        which: a scheme's id or file.
        name: the measure.
        output: write the table there as CSV.
        source: take the table from this CSV instead of the file.
        write: put it into the scheme's file; everything else in it stays.
        force: write over `output`.
        dry_run: write nothing.

    Raises:
        UsageError: there is no such measure, it has no table, or the scheme is installed and cannot be written.
    """
    plugins = desk.plugins
    found = _find(chosen(plugins, which)[0], name)
    installed = not (which.endswith(SUFFIX) or "/" in which)
    if write and (source is None or installed):
        raise UsageError("office.table-no-source" if source is None else "office.table-installed", scheme=which)
    notes: list[str] = []
    try:
        if source is None:
            rows, changed = rows_of(found.text.text), ""
        else:
            hit = found.measure.table.hit if found.measure.table else "unique"
            sheet = read_csv(source, frozenset(found.scheme.parameters), hit)
            rows, changed = sheet.rows, _checked(plugins, found, sheet, source.name)
            notes += [note.text(desk.language) for note in sheet.notes]
    except KaopingError as error:
        if error.exit_code != 1:
            raise
        return _data(found, [], None, None, notes) | {"errors": problem_data(error, desk.language), "dry_run": dry_run}
    written = None
    if write:
        written = _written(Path(found.scheme.file), changed, dry_run=dry_run)
    if source is None and output is not None:
        if output.exists() and not force:
            raise UsageError("office.table-exists", file=output)
        written = _written(output, "\ufeff" + csv_text(rows), dry_run=dry_run, newline="\r\n")
    return _data(found, rows, written, source, notes) | {"errors": [], "dry_run": dry_run}


@dataclass(frozen=True)
class CsvTable:
    """A table read from a sheet: its rows, the line of the sheet each begins in, and what is to be said of the file."""

    rows: list[list[str]]
    lines: list[int]
    notes: list[Note]


def read_csv(source: Path, parameters: frozenset[str], hit: str) -> CsvTable:
    """The table a sheet holds, each cell one that a table of this hit policy may have.

    Raises:
        Problems: everything wrong in it, by row and cell. UsageError, EnvironmentError: it cannot be read.
    """
    name, findings = source.name, Findings()
    sheet = read_sheet(decode(read_bytes(source, name), name, findings), name, findings)
    lines = [SheetRow(one.row, one.line, tuple(map(_one_line, one.cells))) for one in (sheet.header, *sheet.lines)]
    rows, errors = from_sheet(lines, name)
    if wrong := [*findings.errors([name]), *errors]:
        raise Problems(wrong)
    told: list[str] = []
    for row, at in zip(rows, lines, strict=True):
        told += [""] * (at.line - 1 - len(told))  # so that every row is told by its line in the sheet
        told.append(" | ".join(row).replace(f" | {BAR} | ", f" {BAR} "))
    try:
        read_table("\n".join(told), Place(name, 1), parameters, hit)
    except TableError as error:
        raise Problems([error.error]) from None
    return CsvTable(rows, [one.line for one in lines], findings.notes())


def _one_line(cell: str) -> str:
    return " ".join(part.strip() for part in cell.splitlines())


def csv_text(rows: list[list[str]]) -> str:
    """Rows as CSV; what a spreadsheet would run as a formula is quoted."""
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows([_guarded(cell) for cell in row] for row in rows)
    return stream.getvalue()


def _guarded(cell: str) -> str:
    plain = cell == ANYTHING or cell[1:2].isdigit()
    return cell if plain and cell.startswith("-") else escaped(cell)


def _find(scheme: Scheme, name: str) -> _Found:
    top = read_document(scheme.text, scheme.file)
    groups = [(top, scheme.measures)]
    for parent, roll_up in scheme.roll_ups.items():
        node = _entry(_entry(top, "roll_up"), parent)
        groups.append((node or top, roll_up.measures))
    known: list[str] = []
    for node, measures in groups:
        entry = _entry(_entry(node, "measures"), name)
        text = entry.get("table") if entry else None
        if entry is not None and isinstance(text, Scalar):
            measure = next(one for key, one in measures.items() if key.partition(".")[0] == name)
            return _Found(scheme, measure, name, text)
        known += [key.partition(".")[0] for key, one in measures.items() if one.form == "table"]
        if entry is not None:
            raise UsageError(
                "office.not-a-table", name=name, scheme=scheme.id, known=", ".join(dict.fromkeys(known)) or "-"
            )
    near = nearest(name, known)
    hint = "common.did-you-mean" if near else None
    tables = ", ".join(dict.fromkeys(known)) or "-"
    raise UsageError("office.no-such-measure", name=name, scheme=scheme.id, near=near, known=tables, hint=hint)


def _entry(node: Table | None, name: str) -> Table | None:
    found = node.get(name) if node else None
    return found if isinstance(found, Table) else None


def _checked(plugins: Plugins, found: _Found, sheet: CsvTable, name: str) -> str:
    """The scheme's file with the table in it, compiled.

    Raises:
        Problems: what no longer holds, told by the row of the sheet; or the file writes its table in another form.
    """
    changed = put_block(found.scheme.text, found.text, text_of(sheet.rows))
    if changed is None:
        raise Problems([DataError("scheme.table-no-block", place=found.text.place, name=found.name)])
    try:
        scheme = read_scheme(changed, found.scheme.file, found.scheme.cases_text, found.scheme.cases_file)
        compile_scheme(scheme, catalogue_with(plugins, scheme))
    except Problems as problems:
        first = (found.text.place.line or 0) + 1
        more = changed.count("\n") - found.scheme.text.count("\n")
        raise Problems([_told(error, first, more, sheet, name) for error in problems.errors]) from None
    return changed


def _told(error: KaopingError, first: int, more: int, sheet: CsvTable, name: str) -> KaopingError:
    """An error of the changed file, at the row of the sheet or at the line the file has now."""
    place = error.place
    if place is None or place.line is None or place.line < first:
        return error
    row = place.line - first
    at = Place(name, sheet.lines[row]) if row < len(sheet.rows) else replace(place, line=place.line - more)
    return type(error)(error.key, place=at, hint=error.hint_key, **error.facts)


def _written(file: Path, text: str, *, dry_run: bool, newline: str | None = None) -> str:
    if dry_run:
        return str(file)
    beside = file.with_name(f".{file.name}.new")
    try:
        if newline is None and file.exists() and b"\r\n" in file.read_bytes():
            newline = "\r\n"
        beside.write_bytes(text.replace("\n", newline or "\n").encode("utf-8"))
        beside.replace(file)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise EnvironmentError("office.cannot-write", folder=file.parent, problem=error) from error
    return str(file)


def _data(
    found: _Found, rows: list[list[str]], written: str | None, source: Path | None, notes: list[str]
) -> dict[str, Any]:
    declared = found.measure.table
    bar = rows[0].index(BAR) if rows else 0
    return {
        "scheme": found.scheme.id,
        "measure": found.name,
        "title": title_data(found.measure.title),
        "hit": declared.hit if declared else "unique",
        "inputs": rows[0][:bar] if rows else [],
        "results": rows[0][bar + 1 :] if rows else [],
        "rows": [{"when": row[:bar], "gives": row[bar + 1 :]} for row in rows[1:]],
        "text": text_of(rows),
        "csv": csv_text(rows),
        "from": str(source) if source else None,
        "file": written,
        "notes": notes,
    }
