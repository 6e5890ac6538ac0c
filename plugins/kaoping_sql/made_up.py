"""Made-up facts of any size, the same for the same seed, written by the database itself.

Realistic where it matters for speed and for exactness: a few blanks, registers not stated complete, records whose date
is missing, values on either side of every bound. Nothing in it is anybody's.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Protocol
from zlib import crc32

from kaoping.facts.clock import LAST_SECOND
from kaoping.facts.periods import Period
from kaoping_sql.quoting import quoted_name
from kaoping_sql.rows import Bounds, Column, Row


class MadeUpBatch(Protocol):
    """A batch of a log that takes values as SQL over ``n``."""

    def subjects(self, kind: str, name: str) -> None:
        """Put subjects on file."""

    def values(self, fact: str, at: str, item: str, text: str) -> None:
        """A value of each."""

    def records(self, record: str, source: str, fields: Sequence[tuple[str, str]]) -> None:
        """Records of each."""

    def registers(self, record: str, day: str) -> None:
        """A register of each stated complete."""


PRIMES = (48_271, 69_621, 16_807, 39_373)
MODULUS = 2_147_483_647
FIRST, LAST = date.min.toordinal(), date.max.toordinal() + 1
SCALE, MOST_WHOLE = 10, 2000
MOST_RECORDS = 8
ON_FILE_SINCE = date(2020, 1, 1).toordinal()


class MadeUp:
    """A world of so many subjects; it also says of itself what its tables will hold."""

    def __init__(self, subjects: int, period: Period, seed: int = 1, blanks: int = 5, first: int = 0) -> None:
        """Take `blanks` in a thousand values to be missing; `first`: the number of the first subject."""
        self.subjects = subjects
        self.first = first
        self.period = period
        self.seed = seed
        self.blanks = blanks

    def piece(self, first: int, subjects: int) -> MadeUp:
        """Some of its subjects, as they are in the whole."""
        return MadeUp(subjects, self.period, self.seed, self.blanks, self.first + first)

    # --- what it says of itself

    def bounds(self, _: str, column: Column) -> Bounds:
        """Numbers have one decimal; whole ones none."""
        kind = column.type
        scale = 1 if kind is None or kind.kind == "integer" else SCALE
        low = 0 if kind is None or kind.minimum is None else int(kind.minimum * scale)
        high = low + MOST_WHOLE * scale if kind is None or kind.maximum is None else int(kind.maximum * scale)
        return Bounds(scale, low, high)

    def most(self, _: str) -> int:
        """Of records and members alike."""
        return MOST_RECORDS

    # --- its tables

    def load(self, connection: sqlite3.Connection, rows: Iterable[Row], main: str) -> None:
        """Write the tables that some rows read."""
        connection.execute("CREATE TEMP TABLE counted (n INTEGER PRIMARY KEY)")
        connection.execute(
            "INSERT INTO counted WITH RECURSIVE c(n) AS (SELECT ? UNION ALL SELECT n + 1 FROM c WHERE n + 1 < ?) "
            "SELECT n FROM c",
            (self.first, self.first + self.subjects),
        )
        tables: dict[str, dict[str, Column]] = {}
        for row in rows:
            tables.setdefault(row.table, {}).update(row.columns)
        for name, columns in tables.items():
            self._write(connection, name, list(columns.values()), own=name == main)

    # --- the same facts as a log

    def write_log(self, rows: Iterable[Row], main: str, batch: MadeUpBatch, at: str = "") -> None:
        """Write what some rows read as facts of a log; with `at` the values of that period alone, of known subjects."""
        if not at:
            batch.subjects(main, "printf('e%08d', n)")
        tables: dict[str, dict[str, Column]] = {}
        for row in rows:
            tables.setdefault(row.table, {}).update(row.columns)
        for name, columns in tables.items():
            listed = list(columns.values())
            texts = [(column, self._text(name, column, number)) for number, column in enumerate(listed)]
            if "." in name:
                if not at:
                    fields = [(column.name, text) for column, text in texts if column.kind == "field"]
                    batch.records(name.partition(".")[2], f"(SELECT n, r FROM {self._records(name)})", fields)
                continue
            for column, text in texts:
                if column.kind == "through" and not at:
                    batch.registers(column.record, text)
                elif column.fact and column.kind == "fact" and at in ("", column.at):
                    batch.values(column.fact.id, column.at or column.as_of, column.item, text)

    def _text(self, table: str, column: Column, number: int) -> str:
        """The text that is stored for a value."""
        value, kind = self._value(table, column, number), column.type
        day = "date(({} - 719163) * 86400, 'unixepoch')"
        if column.kind == "through":
            return day.format(f"({value})")
        if kind is None or kind.kind == "text":
            return value
        if kind.kind == "boolean":
            return f"CASE ({value}) WHEN 0 THEN 'false' WHEN 1 THEN 'true' END"
        if kind.kind == "choice":
            whens = [f"WHEN {1 << place} THEN '{choice}'" for place, choice in enumerate(kind.choices)]
            return f"CASE ({value}) {' '.join(whens)} END"
        if kind.kind == "date":
            return day.format(f"({value})")
        if kind.kind == "time":
            return f"time({value}, 'unixepoch')"
        if self.bounds("", column).scale == 1:
            return f"CAST(({value}) AS TEXT)"
        return f"rtrim(rtrim((({value}) / {SCALE}) || '.' || (({value}) % {SCALE}), '0'), '.')"

    def _records(self, name: str) -> str:
        """So many records of each subject: few have many."""
        many = self._random(name, name, "many", f"0, {MOST_RECORDS * MOST_RECORDS // 4}")
        each = " UNION ALL ".join(f"SELECT {number} AS r" for number in range(MOST_RECORDS))
        return f"counted, ({each}) WHERE r * r < {many}"

    def _write(self, connection: sqlite3.Connection, name: str, columns: list[Column], own: bool) -> None:
        declared = ['"key" INTEGER' + ("" if "." in name else " PRIMARY KEY")]
        made = ["n"]
        if own:
            declared += ["id TEXT", "since INTEGER", "until INTEGER"]
            made += ["printf('e%08d', n)", str(ON_FILE_SINCE), str(LAST)]
        for number, column in enumerate(columns):
            text = (column.type is not None and column.type.kind == "text") or column.kind == "known_at"
            declared.append(f"{quoted_name(column.name)} {'TEXT' if text else 'INTEGER'}")
            made.append(self._held(name, columns, number))
        connection.execute(f"CREATE TABLE {quoted_name(name)} ({', '.join(declared)}) STRICT")
        source = "counted"
        if "." in name:
            source = self._records(name)
        connection.execute(f"INSERT INTO {quoted_name(name)} SELECT {', '.join(made)} FROM {source}")

    def _held(self, table: str, columns: list[Column], number: int) -> str:
        """The value of a column; of a fact that holds until changed the last one entered before, if there is none."""
        asked = columns[number]
        earlier = [
            (column.as_of, place)
            for place, column in enumerate(columns)
            if asked.as_of and (column.fact, column.item) == (asked.fact, asked.item) and column.as_of < asked.as_of
        ]
        values = [
            self._value(table, columns[place], place)
            for place in [number, *(place for _, place in sorted(earlier, reverse=True))]
        ]
        return f"coalesce({', '.join(values)})" if earlier else values[0]

    def _value(self, table: str, column: Column, number: int) -> str:
        kind, period = column.type, self.period
        name = f"{column.name}.{number}"
        if column.kind == "through":
            return f"CASE WHEN {self._chance(table, name)} THEN NULL ELSE {period.end.toordinal()} END"
        if column.kind == "known_at":
            return "'2025-06-01T00:00:00Z'"
        if column.kind == "first" or kind is None:
            return "1"
        if kind.kind == "boolean":
            made = f"({self._random(table, name, 'v', '0, 5')} > 0)"
        elif kind.kind == "choice":
            made = f"(1 << {self._random(table, name, 'v', f'0, {len(kind.choices)}')})"
        elif kind.kind == "date":
            made = self._random(table, name, "v", f"{period.start.toordinal()}, {(period.end - period.start).days + 1}")
        elif kind.kind == "time":
            made = self._random(table, name, "v", f"0, {LAST_SECOND + 1}")
        elif kind.kind == "text":
            made = f"('t' || {self._random(table, name, 'v', '0, 9')})"
        else:
            made = self._number(table, name, column)
        blank = self.blanks * 180 if column.fact and column.fact.optional else self.blanks
        return f"CASE WHEN {self._chance(table, name, blank)} THEN NULL ELSE {made} END"

    def _number(self, table: str, name: str, column: Column) -> str:
        """Most values lie in the upper half, as scores do; some near and at either end."""
        bounds = self.bounds("", column)
        size = bounds.high - bounds.low + 1
        even = self._random(table, name, "v", f"{bounds.low}, {size}")
        upper = self._random(table, name, "u", f"{bounds.low + size // 2}, {size - size // 2}")
        return f"CASE WHEN {self._chance(table, name, 150)} THEN {even} ELSE {upper} END"

    def _chance(self, table: str, name: str, per_mille: int | None = None) -> str:
        return f"{self._random(table, name, 'blank', '0, 1000')} < {self.blanks if per_mille is None else per_mille}"

    def _random(self, table: str, name: str, purpose: str, span: str) -> str:
        """A whole number from the first, of so many, by the subject's number (and the record's)."""
        first, count = span.split(", ")
        mixed = crc32(f"{self.seed} {name} {purpose}".encode()) % MODULUS
        key = f"n * {MOST_RECORDS} + r" if purpose != "many" and "." in table else "n"
        twice = (
            f"((({key}) * {PRIMES[mixed % 4]} + {mixed}) % {MODULUS}) * {PRIMES[mixed // 4 % 4]} + {mixed % 104_729}"
        )
        return f"({first} + (({twice}) % {MODULUS}) / 13 % {count})"
