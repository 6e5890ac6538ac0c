"""Values and records of many subjects side by side: the log's rows of one batch, a block of subjects at a time.

Each text stands once, and a number for it where it is said: so a column of thousands of subjects is read at once. What
is packed here follows from the rows alone, in the same bytes every time.

A block has the subjects from ``block * BLOCK`` on. ``runs`` (JSON) are those that have a value: first and how many,
counted from the block's first, again and again. ``texts`` (JSON) are the texts in the order they are first said, and
``codes`` the place of each one's, little-endian, in as few bytes as reach the last (`width`). Of records ``subjects``
are the places of their owners in the block, two bytes each, ``texts`` a list for every field (``""`` is the record's
number, null stands where a field is blank), and ``codes`` one column after another.
"""

from __future__ import annotations

import json
import sys
from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

BLOCK = 4096
"""Subjects of a block; what is stored rests on it."""
_CODES = {1: "B", 2: "H", 4: "I", 8: "Q"}

ValueRow = tuple[Any, ...]
"""fact, subject, at, item, batch, value."""
RecordRow = tuple[Any, ...]
"""record, subject, no, batch, fields (JSON)."""


def value_blocks(rows: Iterable[ValueRow]) -> Iterator[tuple[Any, ...]]:
    """Rows in the order of their table as blocks: fact, block, at, item, batch, runs, texts, codes; in that order."""
    found: dict[tuple[str, str, int], tuple[list[int], list[str]]] = {}
    place: tuple[int, int] | None = None
    for fact, subject, at, item, batch, text in rows:
        if place != (here := (fact, subject // BLOCK)):
            yield from _value_block(place, found)
            place, found = here, {}
        column = found.get((at, item, batch))
        if column is None:
            column = found[at, item, batch] = [], []
        column[0].append(subject % BLOCK)
        column[1].append(text)
    yield from _value_block(place, found)


def _value_block(
    place: tuple[int, int] | None, found: dict[tuple[str, str, int], tuple[list[int], list[str]]]
) -> Iterator[tuple[Any, ...]]:
    for key in sorted(found):
        offsets, column = found[key]
        texts, codes = _coded(column)
        assert place is not None
        yield (*place, *key, _json(_runs(offsets)), _json(texts), codes)


def record_blocks(rows: Iterable[RecordRow]) -> Iterator[tuple[Any, ...]]:
    """Rows in the order of their table as blocks: record, block, batch, subjects, texts, codes; in that order."""
    found: dict[int, list[tuple[int, str, str]]] = {}
    place: tuple[int, int] | None = None
    for record, subject, no, batch, fields in rows:
        if place != (here := (record, subject // BLOCK)):
            yield from _record_block(place, found)
            place, found = here, {}
        found.setdefault(batch, []).append((subject % BLOCK, no, fields))
    yield from _record_block(place, found)


def _record_block(
    place: tuple[int, int] | None, found: dict[int, list[tuple[int, str, str]]]
) -> Iterator[tuple[Any, ...]]:
    for batch in sorted(found):
        each = found[batch]
        contents = json.loads(f"[{','.join(fields for _, _, fields in each)}]")  # all at once is much faster than each
        texts, parts = {}, []
        texts[""], codes = _coded([no for _, no, _ in each])
        parts.append(codes)
        for name in sorted({name for content in contents for name in content}):
            texts[name], codes = _coded([content.get(name) for content in contents])
            parts.append(codes)
        subjects = _bytes(array("H", [offset for offset, _, _ in each]))
        assert place is not None
        yield (*place, batch, subjects, _json(texts), b"".join(parts))


def spans_of(runs: str) -> list[tuple[int, int]]:
    """The first and the number of each run of subjects."""
    found = json.loads(runs)
    return list(zip(found[::2], found[1::2], strict=True))


def numbers_of(codes: bytes, size: int) -> array[int]:
    """The numbers that stand in so many bytes each."""
    found = array(_CODES[size])
    found.frombytes(codes)
    if sys.byteorder == "big":
        found.byteswap()
    return found


def columns_of(texts: dict[str, list[str | None]], codes: bytes, count: int) -> dict[str, array[int]]:
    """The numbers of every field of so many records."""
    found, start = {}, 0
    for name, known in texts.items():
        size = width(len(known))
        found[name] = numbers_of(codes[start : start + size * count], size)
        start += size * count
    return found


def width(texts: int) -> int:
    """In how many bytes the place of one of so many texts stands."""
    return 1 if texts <= 2**8 else 2 if texts <= 2**16 else 4


def _coded(column: Sequence[str | None]) -> tuple[list[str | None], bytes]:
    places: dict[str | None, int] = {}
    codes = [places.setdefault(text, len(places)) for text in column]
    return list(places), _bytes(array(_CODES[width(len(places))], codes))


def _bytes(numbers: array[int]) -> bytes:
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tobytes()


def _runs(offsets: Sequence[int]) -> list[int]:
    found: list[int] = []
    after = -1
    for offset in offsets:
        if offset == after:
            found[-1] += 1
        else:
            found += (offset, 1)
        after = offset + 1
    return found


def _json(what: Any) -> str:
    return json.dumps(what, ensure_ascii=False, separators=(",", ":"))
