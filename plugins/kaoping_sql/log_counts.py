"""What is counted of the records of a block's subjects, from what batches say of them side by side.

It is counted by the database once for every different record and added up for each subject: the counts of one record
stand side by side in a whole number, each in as many bytes as the sum for one subject can take, so that one addition
adds them all. Where one batch speaks, which records are alike is seen from their numbers before anything is read.

Processes of their own run this: what it imports is waited for.
"""

from __future__ import annotations

import json
import sqlite3
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from typing import Any

from kaoping.facts.blocks import columns_of, numbers_of
from kaoping_sql.block_work import Records, Work, counting_table, name_of
from kaoping_sql.lanes import cut, joined, merged, parted
from kaoping_sql.readers import Codes, Readers

MOST_KNOWN = 200_000
"""Different records of one type that are kept in mind; then it begins anew."""
MOST_ALIKE = 2**8
Column = Sequence[Any]
"""What a column holds, a place for each subject of a block."""
Record = tuple[Any, ...]
Cells = tuple[list[Any], "array[int]"]
"""What a field holds for each text, and the numbers of those side by side."""
Misfit = Callable[[Codes, Sequence[str | None], Sequence[int]], None]


@dataclass
class LogCounts:
    """Counts records on a connection that has what the work needs.

    Attributes:
        misfit: notes what is of its type no more: codes, what is said, and of whom.
    """

    work: Work
    connection: sqlite3.Connection
    readers: Readers
    misfit: Misfit
    _known: dict[str, dict[Record, int]] = field(default_factory=dict)

    def of(self, one: Records, block: int) -> list[Column]:
        """The columns of what is counted for each of a block's subjects."""
        rows = self.connection.execute(one.query, {"low": block, "high": block}).fetchall()
        if len(rows) == 1 and not one.further and not one.keep:
            owners, _, read = self._read(one, *rows[0][2:])
            cells = [_cut(*cell, cuts) for cell, cuts in zip(read, one.cuts, strict=True)]
            alike = merged([codes for _, codes in cells], len(owners))
            places = dict(zip(alike, range(len(alike)), strict=True))
            picked = [(values, map(codes.__getitem__, places.values())) for values, codes in cells]
            records = list(_records(picked, len(places)))
            learnt = self._learnt(one, set(records))
            return self._totals(one, owners, alike, dict(zip(places, map(learnt.__getitem__, records), strict=True)))
        owners, records = self._standing(one, rows)
        if one.keep:
            low = block * self.work.size
            kept = ((low + owner, *record) for owner, record in zip(owners, records, strict=True))
            self.connection.executemany(one.keep, kept)
        return self._totals(one, owners, records, self._learnt(one, set(records))) if one.counts else []

    def _totals(
        self, one: Records, owners: Sequence[int], records: Sequence[Any], counts: Mapping[Any, int]
    ) -> list[Column]:
        """The counts of records, added up for each owner."""
        totals = [0] * self.work.size
        for owner, count in zip(owners, map(counts.__getitem__, records), strict=True):
            totals[owner] += count
        return parted(totals, [size for _, size in one.counts])

    def _learnt(self, one: Records, fresh: set[Record]) -> Mapping[Record, int]:
        """The counts of every record; the database counts those that were not met before."""
        known = self._known.setdefault(one.table, {})
        if len(known) + len(fresh) > MOST_KNOWN:
            known.clear()
        missing = list(fresh.difference(known))
        if missing:
            self._fill(one, ((number, *record) for number, record in enumerate(missing)))
            counted: list[list[int]] = [[] for _ in missing]
            for query in one.counting:
                for number, *counts in self.connection.execute(query):
                    counted[number] += counts
            sizes = [size for _, size in one.counts]
            known.update(zip(missing, (joined(counts, sizes) for counts in counted), strict=True))
        return known

    def _fill(self, one: Records, rows: Iterable[Record]) -> None:
        table = f"temp.{name_of(counting_table(one.table))}"
        self.connection.execute(f"DELETE FROM {table}")
        self.connection.executemany(one.insert(table), rows)

    def _standing(self, one: Records, rows: Sequence[Any]) -> tuple[Sequence[int], list[Record]]:
        """The places of the owners of a block's records, and the records as columns hold them."""
        latest: dict[tuple[int, str | None], tuple[int, Record]] = {}
        for _, batch, *row in rows:
            owners, nos, cells = self._read(one, *row)
            for place, no, record in zip(owners, nos, _records(cells, len(owners)), strict=True):
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
            found.append((*cells, *(told[kind] for kind, _ in one.further)))
        return [place for place, _ in latest], found

    def _read(
        self, one: Records, subjects: bytes, texts: str, codes: bytes
    ) -> tuple[Sequence[int], Iterable[str | None], list[Cells]]:
        """What a batch says in a block: owners, numbers and cells; last of those what makes it one, where asked."""
        owners, known = numbers_of(subjects, 2), json.loads(texts)
        columns, blank = columns_of(known, codes, len(owners)), ([None], array("B", bytes(len(owners))))
        found: list[Cells] = []
        for name, reading in one.fields:
            if name not in known:
                found.append(blank)
                continue
            read = self.readers.by(reading)
            values = list(map(read.__getitem__, known[name]))
            if read.wrong and not read.wrong.keys().isdisjoint(known[name]):
                self.misfit(read, [known[name][place] for place in columns[name]], owners)
            found.append((values, columns[name]))
        if one.further and not one.unique:
            found.append(blank)
        return owners, map(known[""].__getitem__, columns[""]), found


def _cut(values: list[Any], codes: array[int], cuts: Sequence[int] | None) -> Cells:
    """The same with one value for all that count alike, so that fewer records differ."""
    if cuts is None or len(values) <= len(cuts):
        return values, codes
    alike = [cut(value, cuts) for value in values]
    places = {value: place for place, value in enumerate(dict.fromkeys(alike))}
    if len(places) > MOST_ALIKE:
        return values, codes
    told = [places[value] for value in alike]
    return list(places), array("B", map(told.__getitem__, codes))


def _records(cells: Sequence[tuple[list[Any], Iterable[int]]], count: int) -> Iterable[Record]:
    """So many records, whose cells stand in columns."""
    if not cells:
        return repeat((), count)
    return zip(*(map(values.__getitem__, codes) for values, codes in cells), strict=True)
