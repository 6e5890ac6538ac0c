"""What columns hold for the texts of a log: each text is read once, by the code that reads it in memory.

Processes of their own run this: what it imports is waited for.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from kaoping.errors import DataError
from kaoping.facts.frame import Plain
from kaoping.facts.periods import CAMPAIGN, parse_period
from kaoping.facts.types import Title, ValueType
from kaoping_sql import stretches
from kaoping_sql.block_work import Reading
from kaoping_sql.encode import FIRST, LAST, MOST_DECIMALS, NUMBERS, encoder

MOST_TEXTS = 100_000
"""Texts of one fact that are kept in mind; then it begins anew."""
FORMS = ("year", "month", "day", CAMPAIGN, "xun", "two_months", "half_year", "quarter", "school_year", "week")
"""Kinds of periods in the order of their texts where they begin on one day."""
SPAN = 2**22
DAY = 2**4 * SPAN


class EndlessError(Exception):
    """A number that no power of ten makes whole."""


class ElsewhereError(Exception):
    """A value of its type no more that another process has met."""


class Codes(dict[str | None, Any]):
    """Texts of one type and what a column holds for them; None for one that is of the type no more.

    Attributes:
        wrong: those texts, each with what is wrong with it; `misfits` gathers the same of all types.
    """

    def __init__(self, read: Callable[[str], Any], misfits: list[Exception]) -> None:
        super().__init__({None: None})
        self.read = read
        self.misfits = misfits
        self.wrong: dict[str, Exception] = {}

    def __missing__(self, text: str) -> Any:
        if len(self) > MOST_TEXTS:
            self.clear()
            self[None] = None
        try:
            value = self.read(text)
        except (DataError, EndlessError) as error:
            self.misfits.append(error)
            self.wrong[text] = error
            value = None
        self[text] = value
        return value


@dataclass
class Readers:
    """Readers of texts by type and scale.

    Attributes:
        read: gives the value a stored text stands for.
        misfits: what was read and is of its type no more, or has no end.
    """

    read: Callable[[str, ValueType, Title], Plain]
    misfits: list[Exception] = field(default_factory=list)
    _known: dict[Any, Codes] = field(default_factory=dict)

    @property
    def day(self) -> Codes:
        """The number of a day."""
        return self._made("day", lambda text: date.fromisoformat(text).toordinal())

    def by(self, reading: Reading) -> Codes:
        """What a column that is read so holds for a text."""
        if reading.same:
            return self.same(reading.type, reading.title.zh)
        return self.of(reading.type, reading.title, reading.scale)

    def of(self, kind: ValueType, title: Title, scale: int) -> Codes:
        """What a column of a type and scale holds for a text."""
        known = self._known.get(key := (_shape(kind), scale))
        if known is not None:
            return known
        encode = encoder(kind, scale)

        def read(text: str) -> Any:
            value: Plain = self.read(text, kind, title)
            if kind.kind in NUMBERS and isinstance(value, Fraction) and (value * scale).denominator != 1:
                if 10**MOST_DECIMALS % value.denominator:
                    raise EndlessError
                return None  # all that stand have been counted: one with more decimals was corrected since
            return encode(value)

        return self._made(key, read)

    def same(self, kind: ValueType, name: str) -> Codes:
        """What tells a value from others of its type: its own text."""
        return self._made(("same", _shape(kind)), lambda text: str(self.read(text, kind, Title(name))))

    def _made(self, key: Any, read: Callable[[str], Any]) -> Codes:
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = Codes(read, self.misfits)
        return found


def functions(connection: sqlite3.Connection) -> None:
    """What every reading of a log needs."""

    def remembered(read: Callable[[str], Any]) -> Callable[[str | None], Any]:
        known = Codes(read, [])
        return lambda text: known[text] if text else None

    stretches.functions(connection)
    day = remembered(lambda text: date.fromisoformat(text).toordinal())
    connection.create_function("day_", 1, day, deterministic=True)
    connection.create_function("since_", 1, lambda text: day(text) if text else FIRST, deterministic=True)
    connection.create_function("until_", 1, lambda text: day(text) if text else LAST + 1, deterministic=True)
    connection.create_function("rank_", 1, Codes(rank, []).__getitem__, deterministic=True)


def rank(at: str) -> int:
    """The order of what a value that holds until changed is entered for: by its first day, then as texts go."""
    if len(at) == len("2025-01-01"):
        return date.fromisoformat(at).toordinal() * DAY + FORMS.index("day") * SPAN
    period = parse_period(at)
    form = FORMS.index(period.kind) * SPAN
    return period.start.toordinal() * DAY + form + (period.end.toordinal() if period.kind == CAMPAIGN else 0)


def after(day: str) -> int:
    """What comes after all of a day."""
    return (date.fromisoformat(day).toordinal() + 1) * DAY


def _shape(kind: ValueType) -> tuple[Any, ...]:
    """A type as a key: equal types read alike."""
    bounds = (kind.minimum, kind.maximum, kind.one_of)
    titles = tuple((name, one.zh, one.en) for name, one in kind.choice_titles.items())
    return (kind.kind, *bounds, kind.choices, titles, kind.undetermined, kind.never)
