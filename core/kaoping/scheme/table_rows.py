"""A decision table as rows of cells: to a sheet and back, and set out in text so that its columns stand straight.

In a row of cells ``||`` is a cell of its own, between conditions and results.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kaoping.errors import DataError, Place

BAR, ANYTHING = "||", "-"


@dataclass(frozen=True)
class SheetRow:
    """A row of a sheet: its number there, the line of the file it begins in, its cells, as many as the head has."""

    number: int
    line: int
    cells: tuple[str, ...]


def rows_of(text: str) -> list[list[str]]:
    """The rows of a table's text."""
    rows = []
    for line in text.splitlines():
        if line.strip():
            before, _, after = line.partition(BAR)
            rows.append(
                [*(cell.strip() for cell in before.split("|")), BAR, *(cell.strip() for cell in after.split("|"))]
            )
    return rows


def text_of(rows: Sequence[Sequence[str]]) -> str:
    """Rows as a table's text, a line each, set out in columns."""
    widths = [max(_width(row[column]) for row in rows) for column in range(len(rows[0]))] if rows else []
    lines = []
    for row in rows:
        cells = [cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)]
        lines.append(" | ".join(cells).replace(f" | {BAR} | ", f" {BAR} ").rstrip())
    return "".join(f"{line}\n" for line in lines)


def from_sheet(sheet: Iterable[SheetRow], file: str) -> tuple[list[list[str]], list[DataError]]:
    """The rows of a table from those of a sheet, and what is wrong with them.

    An empty column, or one headed ``||``, parts conditions from results; an empty condition is ``-``.
    """
    head, *rest = sheet
    bars = [column for column, cell in enumerate(head.cells) if cell in ("", BAR)]
    if len(bars) != 1 or not 0 < bars[0] < len(head.cells) - 1:
        return [], [DataError("scheme.table-sheet-bar", place=Place(file, head.line))]
    errors = _pipes(head, file)
    rows = [[*head.cells[: bars[0]], BAR, *head.cells[bars[0] + 1 :]]]
    for row in rest:
        rows.append(_row(row, bars[0], file, errors))
    return rows, errors


def _row(row: SheetRow, bar: int, file: str, errors: list[DataError]) -> list[str]:
    cells = row.cells
    if cells[bar] not in ("", BAR):
        errors.append(DataError("scheme.table-sheet-bar-cell", place=_cell(file, row, bar), cell=cells[bar]))
    for column in range(bar + 1, len(cells)):
        if not cells[column]:
            errors.append(DataError("scheme.table-sheet-result", place=_cell(file, row, column)))
    errors += _pipes(row, file)
    return [*(cell or ANYTHING for cell in cells[:bar]), BAR, *cells[bar + 1 :]]


def _pipes(row: SheetRow, file: str) -> list[DataError]:
    """Cells that would be taken apart."""
    return [
        DataError("scheme.table-sheet-pipe", place=_cell(file, row, column), cell=cell)
        for column, cell in enumerate(row.cells)
        if "|" in cell and cell != BAR
    ]


def _cell(file: str, row: SheetRow, column: int) -> Place:
    return Place(file, row.line, column + 1, f"{_letter(column)}{row.number}")


def _letter(column: int) -> str:
    return chr(65 + column) if column < 26 else f"{chr(64 + column // 26)}{chr(65 + column % 26)}"


def _width(text: str) -> int:
    """How many columns a text takes: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
