"""Rows of a frame made from the log a block of subjects at a time, from what batches say side by side.

It is for building a frame from nothing; where some subjects are made again, `log_tables` reads their rows. Columns are
put together in memory, of one block only. What is counted of records is counted by the database once for every
different record and added up for each subject: the counts of one record stand side by side in a whole number, each in
as many bits as the sum for one subject can take, so that one addition adds them all.

Processes of their own run this: what it imports is waited for.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from typing import Any

from kaoping.facts.blocks import columns_of, numbers_of, spans_of, width
from kaoping_sql.block_work import COLUMNS, SUBJECTS, WORD, Reading, Records, Source, Work, name_of
from kaoping_sql.readers import Codes, Readers, after, rank

MOST_KNOWN = 200_000
"""Different records of one type that are kept in mind; then it begins anew."""
Values = list[Any]
"""What a column holds, a place for each subject of a block."""
Record = tuple[Any, ...]
Spans = list[tuple[int, int]]
Fed = Mapping[str, Callable[[str], Any]]
"""Columns that come from memory: what each holds for a subject."""


@dataclass
class LogBlocks:
    """Makes rows from blocks on a connection that has what the work needs.

    Attributes:
        misfits: what stands in the log of those who are read and is of its type no more, or has no end.
    """

    work: Work
    connection: sqlite3.Connection
    readers: Readers
    fed: Fed = field(default_factory=dict)
    misfits: list[Exception] = field(default_factory=list)
    _known: dict[str, dict[Record, int]] = field(default_factory=dict)
    _keys: Sequence[int] = ()

    def make(self, block: int) -> int:
        """Make the rows of a block's subjects; gives how many."""
        connection, work = self.connection, self.work
        low = block * work.size
        connection.execute(f"DELETE FROM temp.{SUBJECTS}")
        connection.execute(f"DELETE FROM temp.{COLUMNS}")
        connection.execute(work.subjects, {"low": low, "high": low + work.size - 1})
        own = f"FROM {SUBJECTS} WHERE {work.own}"
        many, first, last = connection.execute(f"SELECT count(*), min(key), max(key) {own}").fetchone()
        if not many:
            return 0
        keys: Sequence[int] = range(first, last + 1)
        if len(keys) > many:
            keys = [key for (key,) in connection.execute(f"SELECT key {own} ORDER BY key")]
        self._keys = keys
        columns: list[Values] = []
        for source in work.sources:
            columns += self._columns(source, block)
        for records in work.records:
            columns += self._counts(records, block)
        if isinstance(keys, range):
            parts: Iterable[Values] = (column[first - low : last - low + 1] for column in columns)
        else:
            parts = ([column[key - low] for key in keys] for column in columns)
        marks = ", ".join("?" * (len(columns) + 1))
        connection.executemany(f"INSERT INTO temp.{COLUMNS} VALUES ({marks})", zip(keys, *parts, strict=True))
        return connection.execute(work.insert).rowcount

    def _codes(self, reading: Reading) -> Codes:
        if reading.same:
            return self.readers.same(reading.type, reading.title.zh)
        return self.readers.of(reading.type, reading.title, reading.scale)

    # --- facts

    def _columns(self, source: Source, block: int) -> Iterable[Values]:
        return {"value": self._values, "held": self._held, "through": self._through, "fed": self._fed}[source.kind](
            source, block
        )

    def _values(self, source: Source, block: int) -> Iterable[Values]:
        made: dict[tuple[str, str], Values] = {column: [None] * self.work.size for column in source.columns}
        for at, item, spans, values in self._said(source, block):
            if (at, item) in made:
                _put(made[at, item], spans, values)
        return [made[column] for column in source.columns]

    def _held(self, source: Source, block: int) -> Iterable[Values]:
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
        codes = self._codes(source.reading)
        for _, at, item, _, runs, texts, numbers in self.connection.execute(
            source.query, {"low": block, "high": block}
        ):
            known, spans = json.loads(texts), spans_of(runs)
            values = list(map(codes.__getitem__, known))
            places = numbers_of(numbers, width(len(known)))
            if not codes.wrong.keys().isdisjoint(known):
                owners = [first + number for first, count in spans for number in range(count)]
                self._misfit(codes, [known[place] for place in places], owners)
            yield at, item, spans, list(map(values.__getitem__, places))

    def _misfit(self, codes: Codes, texts: Sequence[str | None], owners: Sequence[int]) -> None:
        """Note what does not fit, where it is said of somebody who is read."""
        mine = {key % self.work.size for key in self._keys}
        said = {text for text, place in zip(texts, owners, strict=True) if place in mine}
        self.misfits += [error for text, error in codes.wrong.items() if text in said]

    def _through(self, source: Source, block: int) -> Iterable[Values]:
        size, day = self.work.size, self.readers.day
        span = {"low": block * size, "high": block * size + size - 1}
        found = dict(self.connection.execute(source.query, span).fetchall())
        return repeat([day[text] for text in map(found.get, range(size))], len(source.names))

    def _fed(self, source: Source, block: int) -> Iterable[Values]:
        """What other evaluations found comes from memory."""
        ids: Values = [None] * self.work.size
        for key, subject in self.connection.execute(f"SELECT key, id FROM {SUBJECTS}"):
            ids[key - block * self.work.size] = subject
        readers = [self.fed[name] for name in source.names]
        return [[None if one is None else read(one) for one in ids] for read in readers]

    # --- records

    def _counts(self, one: Records, block: int) -> list[Values]:
        """The words that a block's subjects have their counts in."""
        owners, records = self._records(one, block)
        found: list[Values] = []
        if one.words:
            known = self._learnt(one, records)
            totals = [0] * self.work.size
            for owner, counts in zip(owners, map(known.__getitem__, records), strict=True):
                totals[owner] += counts
            mask = (1 << WORD) - 1
            found = [totals]
            if one.words > 1:
                found = [[total >> (WORD * word) & mask for total in totals] for word in range(one.words)]
        if one.apart:
            low = block * self.work.size
            self._fill(one, ((low + owner, *record) for owner, record in zip(owners, records, strict=True)))
        return found

    def _learnt(self, one: Records, records: list[Record]) -> Mapping[Record, int]:
        """The counts of every record; the database counts those that were not met before."""
        known, fresh = self._known.setdefault(one.table, {}), set(records)
        if len(known) + len(fresh) > MOST_KNOWN:
            known.clear()
        missing = list(fresh.difference(known))
        if missing:
            self._fill(one, ((number, *record) for number, record in enumerate(missing)))
            counts = [0] * len(missing)
            for query in one.counting:
                for number, *words in self.connection.execute(query):
                    counts[number] += sum(word << (WORD * place) for place, word in enumerate(words))
            known.update(zip(missing, counts, strict=True))
        return known

    def _fill(self, one: Records, rows: Iterable[Record]) -> None:
        table, names = f"temp.{name_of(one.table)}", "".join(f", {name_of(name)}" for name in one.columns)
        marks = ", ".join("?" * (len(one.columns) + 1))
        self.connection.execute(f"DELETE FROM {table}")
        self.connection.executemany(f'INSERT INTO {table} ("key"{names}) VALUES ({marks})', rows)

    def _records(self, one: Records, block: int) -> tuple[Sequence[int], list[Record]]:
        """The places of the owners of a block's records, and the records as columns hold them."""
        rows = self.connection.execute(one.query, {"low": block, "high": block}).fetchall()
        said = [(batch, *self._read(one, *row)) for _, batch, *row in rows]
        if len(said) == 1 and not one.further:
            _, owners, _, records = said[0]
            return owners, records
        latest: dict[tuple[int, str | None], tuple[int, Record]] = {}
        for batch, owners, nos, records in said:
            for place, no, record in zip(owners, nos, records, strict=True):
                before = latest.get((place, no))  # a correction does not make it known later than it was
                latest[place, no] = before[0] if before else batch, record
        if not one.further:
            return [place for place, _ in latest], [record for _, record in latest.values()]
        found, seen = [], set()
        latest = dict(sorted(latest.items()))
        for (place, _), (batch, record) in latest.items():
            *cells, same = record
            told = {"first": int(same is None or (place, same) not in seen), "known_at": self.work.moments.get(batch)}
            seen.add((place, same))
            found.append((*cells, *(told[kind] for kind in one.further)))
        return [place for place, _ in latest], found

    def _read(
        self, one: Records, subjects: bytes, texts: str, codes: bytes
    ) -> tuple[Sequence[int], Iterable[str | None], list[Record]]:
        """What a batch says in a block: owners, numbers and records; last in each what makes it one, where asked."""
        owners, known = numbers_of(subjects, 2), json.loads(texts)
        columns = columns_of(known, codes, len(owners))
        cells: list[Iterable[Any]] = []
        for name, reading in one.fields:
            if name not in known:
                cells.append(repeat(None, len(owners)))
                continue
            read = self._codes(reading)
            values = list(map(read.__getitem__, known[name]))
            if not read.wrong.keys().isdisjoint(known[name]):
                self._misfit(read, [known[name][place] for place in columns[name]], owners)
            cells.append(map(values.__getitem__, columns[name]))
        if one.further and not one.unique:
            cells.append(repeat(None, len(owners)))
        nos = map(known[""].__getitem__, columns[""])  # not looked at where one batch speaks
        return owners, nos, list(zip(*cells, strict=True)) if cells else [()] * len(owners)


def _put(column: Values, spans: Spans, values: Values) -> None:
    start = 0
    for first, count in spans:
        column[first : first + count] = values[start : start + count]
        start += count
