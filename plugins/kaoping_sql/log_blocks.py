"""Rows of a frame made from the log a block of subjects at a time, from what batches say side by side.

It is for building a frame from nothing; where some subjects are made again, `log_tables` reads their rows. Columns are
put together in memory, of one block only, and each row is handed to the database once, which makes the rest of it.

Processes of their own run this: what it imports is waited for.
"""

from __future__ import annotations

import gc
import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from itertools import repeat
from typing import Any

from kaoping.facts.blocks import numbers_of, spans_of, width
from kaoping_sql.block_work import Members, Source, Work
from kaoping_sql.encode import FIRST, LAST
from kaoping_sql.log_counts import Column, LogCounts
from kaoping_sql.readers import Codes, Readers, after, rank

Values = list[Any]
Spans = list[tuple[int, int]]
Fed = Mapping[tuple[str, str], Callable[[str], Any]]
"""Columns that come from memory, by table and name: what each holds for a subject."""


@dataclass
class LogBlocks:
    """Makes rows from blocks on a connection that has the log.

    Attributes:
        misfits: what stands in the log of those who are read and is of its type no more, or has no end.
    """

    work: Work
    connection: sqlite3.Connection
    readers: Readers
    fed: Fed = field(default_factory=dict)
    misfits: list[Exception] = field(default_factory=list)
    _keys: Sequence[int] = ()
    _ids: Sequence[str] = ()

    def create(self) -> None:
        """Make what stands between the log and the rows."""
        for statement in self.work.create:
            self.connection.execute(statement)

    def make(self, block: int) -> int:
        """Make the rows of a block's subjects; gives how many."""
        for statement in self.work.clear:
            self.connection.execute(statement)
        made = sum(self._append(one, block) for one in self.work.members)
        return self.connection.execute(self.work.gather).rowcount if self.work.gather else made

    def _append(self, one: Members, block: int) -> int:
        """Hand the subjects of some types to the database; gives how many it took."""
        low = block * self.work.size
        rows = self.connection.execute(one.query, {"low": low, "high": low + self.work.size - 1})
        latest = {row[0]: row for row in rows}  # they come in the order of their batches
        found = [row for row in latest.values() if row[4]]
        if not found:
            return 0
        keys, ids, since, until, _ = zip(*found, strict=True)
        self._keys, self._ids = keys, ids
        day = self.readers.day
        first_days = [day[text] if text else FIRST for text in since]
        last_days = [day[text] if text else LAST + 1 for text in until]
        columns: list[Column] = []
        for source in one.sources:
            columns += self._columns(one, source, block)
        for records in one.records:
            columns += self._counts.of(records, block)
        first, last = keys[0] - low, keys[-1] - low
        if last - first + 1 == len(keys):
            parts: Iterable[Column] = (column[first : last + 1] for column in columns)
        else:
            parts = ([column[key - low] for key in keys] for column in columns)
        made: Iterable[Any] = zip(keys, ids, first_days, last_days, *parts, strict=True)
        end = one.on_file
        if end is not None and (max(first_days) > end or min(last_days) <= end):
            made = [row for row in made if row[2] <= end < row[3]]
        return self.connection.executemany(one.append, made).rowcount

    @cached_property
    def _counts(self) -> LogCounts:
        return LogCounts(self.work, self.connection, self.readers, self._misfit)

    def _misfit(self, codes: Codes, texts: Sequence[str | None], owners: Sequence[int]) -> None:
        """Note what does not fit, where it is said of somebody who is read."""
        mine = {key % self.work.size for key in self._keys}
        said = {text for text, place in zip(texts, owners, strict=True) if place in mine}
        self.misfits += [error for text, error in codes.wrong.items() if text in said]

    # --- facts

    def _columns(self, one: Members, source: Source, block: int) -> Iterable[Column]:
        if source.kind == "fed":
            return self._fed(one, source, block)
        return {"value": self._values, "held": self._held, "through": self._through}[source.kind](source, block)

    def _values(self, source: Source, block: int) -> Iterable[Column]:
        made: dict[tuple[str, str], Values] = {column: [None] * self.work.size for column in source.columns}
        for at, item, spans, values in self._said(source, block):
            if (at, item) in made:
                _put(made[at, item], spans, values)
        return [made[column] for column in source.columns]

    def _held(self, source: Source, block: int) -> Iterable[Column]:
        """A value stands from its day on until another does."""
        ranks = Codes(rank, [])
        said = [(ranks[at], item, spans, values) for at, item, spans, values in self._said(source, block)]
        ranked = sorted((one for one in said if one[0] is not None), key=lambda one: one[0])
        made: dict[tuple[str, str], Values] = {}
        for item in {item for item, _ in source.columns}:
            waiting = [one for one in reversed(ranked) if one[1] == item]
            standing: Values = [None] * self.work.size
            for day in sorted({day for _, day in source.columns}):
                while waiting and waiting[-1][0] < after(day):
                    _put(standing, *waiting.pop()[2:])
                made[item, day] = standing.copy()
        return [made[column] for column in source.columns]

    def _said(self, source: Source, block: int) -> Iterator[tuple[str, str, Spans, Values]]:
        """What is said of a fact in a block: what for, the spans of those it is said of, and what columns hold."""
        assert source.reading is not None
        codes = self.readers.by(source.reading)
        for _, at, item, _, runs, texts, numbers in self.connection.execute(
            source.query, {"low": block, "high": block}
        ):
            known, spans = json.loads(texts), spans_of(runs)
            values = list(map(codes.__getitem__, known))
            places = numbers_of(numbers, width(len(known)))
            if codes.wrong and not codes.wrong.keys().isdisjoint(known):
                owners = [first + number for first, count in spans for number in range(count)]
                self._misfit(codes, [known[place] for place in places], owners)
            yield at, item, spans, list(map(values.__getitem__, places))

    def _through(self, source: Source, block: int) -> Iterable[Column]:
        size, day = self.work.size, self.readers.day
        span = {"low": block * size, "high": block * size + size - 1}
        found = dict(self.connection.execute(source.query, span).fetchall())
        return repeat(list(map(day.__getitem__, map(found.get, range(size)))), len(source.names))

    def _fed(self, one: Members, source: Source, block: int) -> Iterable[Column]:
        """What other evaluations found comes from memory."""
        low = block * self.work.size
        columns: list[Column] = []
        for name in source.names:
            read = self.fed[one.table, name]
            column: Values = [None] * self.work.size
            for key, subject in zip(self._keys, self._ids, strict=True):
                column[key - low] = read(subject)
            columns.append(column)
        return columns


@contextmanager
def no_garbage() -> Iterator[None]:
    """Look for no garbage meanwhile: a block's rows are no part of any circle, and to look through them takes time."""
    looked = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if looked:
            gc.enable()


def _put(column: Values, spans: Spans, values: Values) -> None:
    start = 0
    for first, count in spans:
        column[first : first + count] = values[start : start + count]
        start += count
