"""Numbers of many rows told by their bytes: several columns as one, and one taken apart.

Byte after byte is put in its place for all rows at once, which takes next to nothing beside looking at each row.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Any

from kaoping.facts.blocks import numbers_of

SIZES = (1, 2, 4, 8)
_CODES = {1: "B", 2: "H", 4: "I", 8: "Q"}


def size_of(highest: int) -> int:
    """In how many bytes every number up to one stands."""
    return next(size for size in SIZES if highest < 1 << 8 * size)


def cut(value: int | None, cuts: Sequence[int]) -> int | None:
    """One number for all that compare alike with each of some."""
    if value is None or not cuts:
        return None if value is None else 0
    place = bisect_left(cuts, value)
    if place < len(cuts) and cuts[place] == value:
        return value
    return cuts[place - 1] + 1 if place else cuts[0] - 1


def merged(columns: Sequence[array[int]], count: int) -> Sequence[Any]:
    """For each of so many rows what is the same where all its numbers are: a number, where eight bytes hold them."""
    width = sum(column.itemsize for column in columns)
    wide = next((size for size in SIZES if size >= width), 0)
    if not wide:
        return list(zip(*columns, strict=True))
    mixed, at = bytearray(wide * count), 0
    for column in columns:
        told = column.tobytes()
        for place in range(column.itemsize):
            mixed[at::wide] = told[place :: column.itemsize]
            at += 1
    return array(_CODES[wide], bytes(mixed)).tolist()


def parted(numbers: Sequence[int], sizes: Sequence[int]) -> list[Sequence[int]]:
    """The columns that stand in so many bytes each, the first lowest, in every one of some numbers."""
    width, at = sum(sizes), 0
    told = b"".join([number.to_bytes(width, "little") for number in numbers])
    columns: list[Sequence[int]] = []
    for size in sizes:
        mixed = bytearray(size * len(numbers))
        for place in range(size):
            mixed[place::size] = told[at + place :: width]
        columns.append(bytes(mixed) if size == 1 else numbers_of(bytes(mixed), size))
        at += size
    return columns


def joined(columns: Iterable[int], sizes: Sequence[int]) -> int:
    """The number whose bytes are those of some: what `parted` takes apart."""
    found = shift = 0
    for column, size in zip(columns, sizes, strict=True):
        found += column << shift
        shift += 8 * size
    return found
