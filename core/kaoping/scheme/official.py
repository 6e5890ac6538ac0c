"""The official calendar that ships with kaoping, read from its file."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from importlib.resources import files

from kaoping.errors import Problems
from kaoping.facts.workdays import HOLIDAYS, Holiday, OfficialDays, OfficialYear
from kaoping.scheme.document import Items, Node, Table, read_document
from kaoping.scheme.reader import Reader

FILE = "official_days.yaml"


def official_text() -> str:
    """The file as it ships."""
    return (files("kaoping.scheme") / FILE).read_text(encoding="utf-8")


@cache
def official_days() -> OfficialDays:
    """The holidays and make-up working days of the years that ship."""
    return read_official(official_text(), FILE)


def read_official(text: str, file: str) -> OfficialDays:
    """A file of official days.

    Raises:
        Problems: something is wrong in it.
    """
    top = read_document(text, file)
    reading = Reader()
    years = {int(year): _year(reading, year, table) for year, table in reading.tables(top, "official_days").items()}
    if reading.errors:
        raise Problems(reading.errors)
    return OfficialDays(years)


def _items(node: Node | None) -> tuple[Node, ...]:
    return node.items if isinstance(node, Items) else ()


def _year(reading: Reader, year: str, table: Table) -> OfficialYear:
    holidays = [
        Holiday(replace(span, text=f"{year}-{name}", kind=HOLIDAYS), reading.title(one))
        for name, one in reading.tables(table, "holidays").items()
        if (span := reading.span(one))
    ]
    workdays = [day for node in _items(table.get("workdays")) if (day := reading.day(node))]
    return OfficialYear(reading.text(table, "source"), tuple(holidays), frozenset(workdays))
