"""What a batch says of many subjects, kept side by side as well: written with the rows, read by those who read much.

The rows are what is known; blocks follow from them, and `differing` proves it. How one looks is said in
`kaoping.facts.blocks`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from kaoping.facts.blocks import record_blocks, value_blocks

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Packing:
    """A table of rows, and the table of its blocks."""

    rows: str
    table: str
    columns: str
    key: str
    pack: Callable[[Iterable[Row]], Iterator[Row]]
    width: int

    @property
    def select(self) -> str:
        """Every row, in the order it is packed in."""
        return f"SELECT {self.columns} FROM {self.rows} ORDER BY {self.key}"

    @property
    def insert(self) -> str:
        """The statement that appends a block."""
        return f"INSERT INTO {self.table} VALUES ({', '.join('?' * self.width)})"


PACKINGS = {
    "value": Packing(
        "value",
        "value_block",
        "fact, subject, at, item, batch, value",
        "fact, subject, at, item, batch",
        value_blocks,
        8,
    ),
    "record": Packing(
        "record", "record_block", "record, subject, no, batch, fields", "record, subject, no, batch", record_blocks, 6
    ),
}


def append_blocks(connection: sqlite3.Connection, table: str, rows: Iterable[Row]) -> None:
    """Keep new rows side by side: their first columns as `Packing.columns` has them, in that order."""
    packing = PACKINGS[table]
    connection.executemany(packing.insert, packing.pack(rows))


def append_batch(connection: sqlite3.Connection, table: str, batch: int) -> None:
    """The same of all rows of a batch, which stand in their table already."""
    packing = PACKINGS[table]
    query = f"SELECT {packing.columns} FROM {packing.rows} WHERE batch = ? ORDER BY {packing.key}"
    append_blocks(connection, table, connection.execute(query, (batch,)))


def differing(connection: sqlite3.Connection) -> Iterator[tuple[str, Row]]:
    """The first block of each table that is not what its rows give, with the key of it: name, block and so on."""
    for packing in PACKINGS.values():
        stored = connection.execute(f"SELECT * FROM {packing.table}")
        made = packing.pack(connection.execute(packing.select))
        try:
            for kept, wanted in zip_longest(stored, made):
                if kept != wanted:
                    yield packing.table, kept or wanted or ()
                    break
        except (ValueError, TypeError, AttributeError):  # what stands in a row is no record any more
            yield packing.table, ()
