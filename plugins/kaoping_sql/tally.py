"""What is known beforehand of a whole log, counted from what batches say side by side: `counted` does it by rows.

Numbers are looked at text by text, each once a block; only where batches speak of the same subjects, or where somebody
is not read, is it asked who says what.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Any

from kaoping.evaluation.keeping import FactLog
from kaoping.facts import blocks
from kaoping.facts.blocks import columns_of, numbers_of, spans_of, width

ALL = (0, 2**62)
MOST = 2**63 - 1
MOST_TEXTS = 100_000
_WHOLE = re.compile(r"[ \t\n\f\r]*([+-]?[0-9]+)")
Ends = tuple[int | None, int | None, int | None]
"""Most decimals, the lowest and the highest whole part; of records only how many one subject has at most."""


@dataclass
class Tally:
    """Counts subjects by `block` together.

    Attributes:
        on_file: the query of those who are read, where not all are.
    """

    log: FactLog
    connection: sqlite3.Connection
    block: int
    on_file: str = ""

    def values(self, fact: str) -> dict[int, Ends]:
        """The ends of the numbers of a fact."""
        found: dict[int, Ends] = {}
        for block, rows in self._blocks(f"{self.log.blocks('value', fact)} ORDER BY block, at, item, batch"):
            whole: set[str | None] = set()
            for _, some in groupby(rows, key=lambda row: row[1:3]):
                said = list(some)
                if len(said) == 1 and self._whole:
                    whole.update(json.loads(said[0][5]))
                    continue
                standing: dict[int, str | None] = {}
                for *_, runs, texts, codes in said:
                    known = json.loads(texts)
                    places = (first + number for first, count in spans_of(runs) for number in range(count))
                    standing.update(
                        zip(places, (known[code] for code in numbers_of(codes, width(len(known)))), strict=True)
                    )
                if self._whole:
                    whole.update(standing.values())
                else:
                    self._apart(found, block, standing.items())
            _add(found, block * blocks.BLOCK // self.block, _ends(whole))
        return found

    def fields(self, record: str, name: str) -> dict[int, Ends]:
        """The ends of the numbers of a record's field."""
        found: dict[int, Ends] = {}
        for block, rows in self._blocks(f"{self.log.blocks('record', record)} ORDER BY block, batch"):
            said = list(rows)
            if len(said) == 1 and self._whole:
                _add(found, block * blocks.BLOCK // self.block, _ends(json.loads(said[0][3]).get(name, ())))
                continue
            standing: dict[tuple[int, str], str | None] = {}
            for row in said:
                for key, cells in _records(row):
                    standing[key] = cells.get(name)
            self._apart(found, block, ((place, text) for (place, _), text in standing.items()))
        return found

    def records(self, record: str) -> dict[int, Ends]:
        """How many records one subject has at most."""
        found: dict[int, Ends] = {}
        for block, rows in self._blocks(f"{self.log.blocks('record', record)} ORDER BY block, batch"):
            said = list(rows)
            if len(said) == 1:
                many = Counter(numbers_of(said[0][2], 2))
            else:
                many = Counter(place for place, _ in {key for row in said for key, _ in _records(row)})
            low = block * blocks.BLOCK
            if self._whole:
                _add(found, low // self.block, (None, None, max(many.values())))
                continue
            read = self._read(block)
            for place, count in many.items():
                if read is None or low + place in read:
                    _add(found, (low + place) // self.block, (None, None, count))
        return found

    @property
    def _whole(self) -> bool:
        """Is all that stands in a block counted together?"""
        return not self.on_file and self.block % blocks.BLOCK == 0

    def _blocks(self, query: str) -> Iterator[tuple[int, Iterator[Any]]]:
        rows = self.connection.execute(query, dict(zip(("low", "high"), ALL, strict=True)))
        return groupby(rows, key=lambda row: row[0])

    def _read(self, block: int) -> set[int] | None:
        """Who is read of a block; None where all are."""
        if not self.on_file:
            return None
        low = block * blocks.BLOCK
        rows = self.connection.execute(self.on_file, {"low": low, "high": low + blocks.BLOCK - 1})
        return {key for (key,) in rows}

    def _apart(self, found: dict[int, Ends], block: int, standing: Iterable[tuple[int, str | None]]) -> None:
        """Count texts in the blocks their subjects lie in."""
        read, low = self._read(block), block * blocks.BLOCK
        apart: dict[int, set[str | None]] = {}
        for place, text in standing:
            if read is None or low + place in read:
                apart.setdefault((low + place) // self.block, set()).add(text)
        for number, texts in apart.items():
            _add(found, number, _ends(texts))


def _records(row: Any) -> Iterator[tuple[tuple[int, str], Mapping[str, str | None]]]:
    """Owner, number and fields of every record of a row."""
    _, _, subjects, texts, codes = row
    owners, known = numbers_of(subjects, 2), json.loads(texts)
    columns = {
        name: [known[name][code] for code in column] for name, column in columns_of(known, codes, len(owners)).items()
    }
    for place, owner in enumerate(owners):
        cells = {name: column[place] for name, column in columns.items()}
        yield (owner, cells.pop("")), cells


def _ends(texts: Iterable[str | None]) -> Ends | None:
    """The ends of some numbers; None where there are none."""
    found = [_end(text) for text in texts if text is not None]
    if not found:
        return None
    wholes = [whole for _, whole in found]
    return max(decimals for decimals, _ in found), min(wholes), max(wholes)


@lru_cache(MOST_TEXTS)
def _end(text: str) -> tuple[int, int]:
    """Decimals and the whole part of a text, as the database reads it."""
    whole = _WHOLE.match(text)
    number = int(whole[1]) if whole else 0
    return len(text.partition(".")[2].rstrip("0")), max(-MOST - 1, min(MOST, number))


def _add(found: dict[int, Ends], block: int, ends: Ends | None) -> None:
    if ends is None:
        return
    pairs = zip((max, min, max), found.get(block, (None, None, None)), ends, strict=True)
    decimals, low, high = (
        new if old is None else old if new is None else choose(old, new) for choose, old, new in pairs
    )
    found[block] = decimals, low, high
