"""The text of a CSV file as rows of cells, each with the place a clerk finds it at.

A place has the line and column of the file and the cell as the spreadsheet names it; the two differ where a cell holds
a line break. Surrounding blanks are no part of a cell; rows without content are passed over.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

from kaoping.errors import DataError, Place, RefusedError
from kaoping.intake.escape import unescaped
from kaoping.intake.model import Findings
from kaoping.intake.personal import may_hold_personal_data, personal_data

HIDDEN = "\0"
"""Stands in the place of a cell that holds personal data; no file can hold it."""

LONGEST_CELL = 32_767  # what a cell of a spreadsheet holds
MOST_COLUMNS = 1000
_DELIMITERS = (",", "\t", ";")
_SEPARATOR_LINE = re.compile(r"sep=(.)\r?\n")


@dataclass(frozen=True, slots=True)
class Line:
    """One row with content: its number in the spreadsheet, its line in the file, its cells (as many as headers)."""

    row: int
    line: int
    cells: list[str]


@dataclass(frozen=True)
class Sheet:
    """A file cut into a header and lines; `of` is about how many lines there are."""

    file: str
    header: Line
    lines: Iterator[Line]
    of: int

    def place(self, line: Line, column: int) -> Place:
        """The place of a cell; `column` counts from 0."""
        return Place(self.file, line.line, column + 1, f"{letters(column)}{line.row}")


def read_sheet(text: str, file: str, findings: Findings) -> Sheet:
    """The header of a file's text, and its lines as they are asked for.

    Errors of single lines are given to the findings.

    Raises:
        DataError: there is no header to start from.
    """
    start, delimiter = _delimiter(text)
    if delimiter != ",":
        findings.note("intake.delimiter", Place(file), delimiter="Tab" if delimiter == "\t" else delimiter)
    lines = _lines(text[start:], delimiter, 1 if start else 0, file, findings)
    header = next(lines, None)
    if header is None:
        raise DataError("intake.empty-file", place=Place(file))
    if len(header.cells) == 1 and ("，" in header.cells[0] or "、" in header.cells[0]):
        raise DataError("intake.full-width-comma", place=Place(file, header.line, 1, f"A{header.row}"))
    if len(header.cells) > MOST_COLUMNS:
        raise DataError("intake.too-many-columns", place=Place(file, header.line), limit=MOST_COLUMNS)
    return Sheet(file, header, _fitted(lines, header, file, findings), text.count("\n"))


def letters(column: int) -> str:
    """The name of a column counted from 0: A to Z, AA and so on."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name


def _delimiter(text: str) -> tuple[int, str]:
    """Where the header begins, and what stands between cells: what is most frequent in it outside quotes."""
    if (named := _SEPARATOR_LINE.match(text)) and named[1] in _DELIMITERS:
        return named.end(), named[1]
    counts = dict.fromkeys(_DELIMITERS, 0)
    quoted = False
    for character in text.lstrip()[:LONGEST_CELL]:
        if character == '"':
            quoted = not quoted
        elif character in "\r\n" and not quoted:
            break
        elif character in counts and not quoted:
            counts[character] += 1
    return 0, max(counts, key=lambda each: counts[each])


def _lines(text: str, delimiter: str, before: int, file: str, findings: Findings) -> Iterator[Line]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    personal = may_hold_personal_data(text)
    escaped = "'" in text
    row, line = 0, before + 1  # a spreadsheet does not show the line that names the separator
    while True:
        try:
            raw = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            key = "intake.cell-too-long" if "limit" in str(error) else "intake.bad-quotes"
            findings.wrong(DataError(key, place=Place(file, line), limit=LONGEST_CELL))
            return
        row += 1
        cells = [cell.strip() for cell in raw]
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            if escaped:
                cells = [unescaped(cell) for cell in cells]
            if personal:
                _hide_personal(cells, row, line, file, findings)
            if any(len(cell) > LONGEST_CELL for cell in cells):
                findings.wrong(DataError("intake.cell-too-long", place=Place(file, line), limit=LONGEST_CELL))
            else:
                yield Line(row, line, cells)
        line = before + reader.line_num + 1


def _fitted(lines: Iterator[Line], header: Line, file: str, findings: Findings) -> Iterator[Line]:
    width = len(header.cells)
    bare = [column for column, title in enumerate(header.cells) if not title]
    for line in lines:
        for column in bare:
            if column < len(line.cells) and line.cells[column]:
                place = Place(file, line.line, column + 1, f"{letters(column)}{line.row}")
                findings.wrong(DataError("intake.no-header-over-cell", place=place))
        extra = len(line.cells) - width
        if extra > 0:
            place = Place(file, line.line, width + 1, f"{letters(width)}{line.row}")
            findings.wrong(DataError("intake.row-too-long", place=place, width=width, cells=len(line.cells)))
            del line.cells[width:]
        elif extra:
            line.cells.extend([""] * -extra)
        yield line


def _hide_personal(cells: list[str], row: int, line: int, file: str, findings: Findings) -> None:
    for column, cell in enumerate(cells):
        if found := personal_data(cell):
            kind, masked = found
            place = Place(file, line, column + 1, f"{letters(column)}{row}")
            findings.hide(RefusedError(f"intake.{kind}", place=place, masked=masked))
            cells[column] = HIDDEN
