"""The cells of one line by their columns' names: what must be there, days, and what supports the line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from kaoping.errors import DataError, KaopingError, Place
from kaoping.facts.types import Title
from kaoping.facts.values import read_date
from kaoping.intake.headings import fixed_title
from kaoping.intake.model import Findings
from kaoping.intake.normalise import narrow, tidy_date
from kaoping.intake.sheet import HIDDEN, Line, Sheet

LONGEST_ID = 64
_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?E\+?\d+")


@dataclass(slots=True)
class Cells:
    """One line; `sound` turns false with the first error, after which the line gives no row."""

    sheet: Sheet
    line: Line
    index: Mapping[str, int]
    findings: Findings
    sound: bool = True

    def text(self, column: str) -> str:
        """The text of a cell, "" where it is blank or there is no such column."""
        index = self.index.get(column)
        return "" if index is None else self.line.cells[index]

    def place(self, column: str) -> Place:
        """Where the cell of a column is; the start of the line where there is no such column."""
        return self.sheet.place(self.line, self.index.get(column, 0))

    def wrong(self, error: KaopingError) -> None:
        """Keep an error of this line."""
        self.findings.wrong(error)
        self.sound = False

    def needed(self, column: str) -> str:
        """The text of a cell that must not be blank; "" after the error was kept."""
        text = self.text(column)
        if not text:
            self.wrong(DataError("intake.missing-cell", place=self.place(column), column=self._title(column)))
        return text

    def id(self, column: str) -> str:
        """The text of a cell that names something new: short, narrow, and not spoilt by a spreadsheet."""
        text = self.needed(column)
        plain = narrow(text)
        if len(plain) > LONGEST_ID or "\n" in plain or "\r" in plain:
            error = DataError("intake.bad-id", place=self.place(column), column=self._title(column), limit=LONGEST_ID)
            self.wrong(error)
        elif _SCIENTIFIC.fullmatch(plain):
            self.wrong(DataError("intake.scientific-id", place=self.place(column), text=plain))
        elif text not in (plain, HIDDEN):
            self.findings.read_as(self.place(column), text, plain)
        return plain

    def day(self, column: str) -> date | None:
        """The day in a cell; None where it is blank, or after the error was kept."""
        text = self.text(column)
        if not text:
            return None
        tidied = tidy_date(text)
        try:
            day = read_date(tidied, title=self._title(column), place=self.place(column))
        except DataError as error:
            self.wrong(error)
            return None
        if tidied != text:
            self.findings.read_as(self.place(column), text, tidied)
        return day

    def days(self) -> tuple[date | None, date | None]:
        """The half-open days ``since`` and ``until``."""
        since, until = self.day("since"), self.day("until")
        if since and until and until <= since:
            place = self.place("until")
            self.wrong(DataError("facts.ends-before-start", place=place, since=since, until=until))
        return since, until

    def support(self) -> tuple[str, str]:
        """Source and evidence."""
        return self.text("source"), self.text("evidence")

    def _title(self, column: str) -> Title:
        return Title(fixed_title(column, "relations" if "relation" in self.index else ""), column)
