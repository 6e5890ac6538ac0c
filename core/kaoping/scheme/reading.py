"""What a node of a checked table says: texts, titles, days, numbers, lengths of time, expressions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

from kaoping.errors import DataError, Place
from kaoping.facts.clock import read_time
from kaoping.facts.periods import Period, campaign, check_window_name
from kaoping.facts.types import Title
from kaoping.scheme.document import Items, Node, Scalar, Table
from kaoping.scheme.expressions import ExpressionError, parse
from kaoping.scheme.model import (
    Clause,
    Duration,
    Expr,
    ParameterValue,
)

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_DURATION = re.compile(r"(\d{1,4}) (day|workday|month|year)s?")


def duration(text: str) -> Duration | None:
    """``24 months``, ``2 years``, ``15 days``, ``3 workdays``; None if it is not one."""
    match = _DURATION.fullmatch(text)
    if not match:
        return None
    count = int(match[1])
    if match[2] in ("day", "workday"):
        return Duration(days=count) if match[2] == "day" else Duration(workdays=count)
    return Duration(months=count * (12 if match[2] == "year" else 1))


class Reading:
    """Reads the pieces of checked tables, collecting errors."""

    def __init__(self) -> None:
        self.errors: list[DataError] = []
        self.parameter_names: frozenset[str] = frozenset()

    def fail(self, key: str, place: Place, **facts: Any) -> None:
        """Note an error and go on."""
        self.errors.append(DataError(f"scheme.{key}", place=place, **facts))

    def text(self, table: Table, key: str, default: str = "") -> str:
        """The text under a key."""
        node = table.get(key)
        return node.text if isinstance(node, Scalar) else default

    def texts(self, node: Node | None) -> tuple[str, ...]:
        """One text or a list of them."""
        if isinstance(node, Scalar):
            return (node.text,)
        return tuple(item.text for item in node.items if isinstance(item, Scalar)) if isinstance(node, Items) else ()

    def table(self, table: Table, key: str) -> Mapping[str, Node]:
        """The entries of a table under a key."""
        node = table.get(key)
        return node.entries if isinstance(node, Table) else {}

    def tables(self, table: Table, key: str) -> dict[str, Table]:
        """The entries that are tables themselves."""
        return {name: node for name, node in self.table(table, key).items() if isinstance(node, Table)}

    def title(self, node: Node | None) -> Title:
        """A title in both languages."""
        if isinstance(node, Table):
            return Title(self.text(node, "zh"), self.text(node, "en"))
        return Title(node.text) if isinstance(node, Scalar) else Title("")

    def titles(self, table: Table, key: str) -> dict[str, Title]:
        """Titles by name."""
        return {name: self.title(node) for name, node in self.table(table, key).items()}

    def clause(self, table: Table) -> Clause:
        """Source and decisions of a rule."""
        return Clause(self.text(table, "source"), self.texts(table.get("decision")))

    def number(self, node: Node | None) -> int | Fraction | None:
        """An exact number, or None."""
        if isinstance(node, Scalar) and _NUMBER.fullmatch(node.text):
            return int(node.text) if node.text.lstrip("-").isdigit() else Fraction(node.text)
        return None

    def day(self, node: Node | None) -> date | None:
        """The day a text writes."""
        if not isinstance(node, Scalar):
            return None
        try:
            return date.fromisoformat(node.text)
        except ValueError:
            self.fail("not-a-date", node.place, text=node.text)
            return None

    def date(self, table: Table, key: str) -> date | None:
        """An ISO date under a key."""
        return self.day(table.get(key))

    def span(self, table: Table) -> Period | None:
        """From a day through a last day."""
        start, end = self.date(table, "from"), self.date(table, "through")
        if start is None or end is None:
            return None
        if end < start:
            self.fail("span-backwards", table.place, start=start, end=end)
            return None
        return campaign(start, end)

    def expression(self, node: Node | None) -> Expr | None:
        """An expression, its error noted at its own column."""
        if not isinstance(node, Scalar):
            return None
        place = node.place
        if node.quoted:
            place = Place(place.file, place.line, (place.column or 0) + 1)
        try:
            return Expr(node.text, parse(node.text), place)
        except ExpressionError as error:
            at = Place(place.file, place.line, (place.column or 0) + error.offset)
            self.errors.append(DataError(f"scheme.{error.key}", place=at, **error.facts))
            return None

    def needed(self, table: Table, key: str) -> Expr:
        """An expression that must be there; a stand-in while its error is told."""
        return self.expression(table.get(key)) or Expr("0", parse("0"), table.place)

    def parameter_value(self, node: Node) -> ParameterValue:
        """A number, a length of time, a time of day or a text."""
        number = self.number(node) if not (isinstance(node, Scalar) and node.quoted) else None
        if number is not None:
            return number
        text = node.text if isinstance(node, Scalar) else ""
        return duration(text) or read_time(text) or text

    def windows(self, calendar: str, node: Node | None) -> tuple[Period, ...]:
        """A calendar's windows, earliest first."""
        found = []
        for name, table in node.entries.items() if isinstance(node, Table) else ():
            if wrong := check_window_name(name):
                self.errors.append(DataError(wrong, place=table.place, name=name))
            if isinstance(table, Table) and (span := self.span(table)):
                found.append(replace(span, text=name, kind=calendar))
        return tuple(sorted(found))
