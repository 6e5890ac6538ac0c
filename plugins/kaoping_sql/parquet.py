"""Frames in Parquet: rows into one file, some at a time, and what a file says of its own rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from kaoping_sql.nodes import Node
from kaoping_sql.quoting import quoted_name, quoted_text
from kaoping_sql.statement import PLAIN

AT_ONCE = 50_000


class ParquetRows:
    """A file that rows of one frame after the other are written into; memory holds some thousand of them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._writer: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._writer is not None:
            self._writer.close()

    def add(self, connection: sqlite3.Connection, section: str, columns: Sequence[str]) -> None:
        """The rows of a frame's table.

        Rows without blanks stand before the others: a database then reads each part of the file for one way alone.
        """
        import pyarrow as pa  # noqa: PLC0415 - an extra
        import pyarrow.parquet as pq  # noqa: PLC0415

        table, names = quoted_name(section), ", ".join(map(quoted_name, columns))
        declared = {row[1]: row[2] for row in connection.execute(f"PRAGMA table_info({table})")}
        schema = pa.schema([(name, pa.string() if declared[name] == "TEXT" else pa.int64()) for name in columns])
        self._writer = self._writer or pq.ParquetWriter(self.path, schema)
        for plain in (f"{PLAIN} = 1", f"{PLAIN} IS NOT 1"):
            rows = connection.execute(f"SELECT {names} FROM {table} WHERE {plain}")
            while some := rows.fetchmany(AT_ONCE):
                turned = zip(zip(*some, strict=True), schema.types, strict=True)
                self._writer.write_table(pa.table([pa.array(values, kind) for values, kind in turned], schema=schema))


def proven(connection: Any, table: str, source: Path, columns: Iterable[Node]) -> bool:
    """Does a file prove that its numbers lie within what is declared, and are its subjects different?

    Each part of a Parquet file says from where to where its numbers go, which DuckDB itself goes by when it reads them,
    so that not every number need be looked at. Different hashes are of different ids; the same may be of different
    ones. What is not proven is looked at, number by number.

    Args:
        connection: to DuckDB.
        table: a view of the file there.
        source: the file.
        columns: the numbers that are read of it.
    """
    types = {name: kind for name, kind, *_ in connection.execute(f"DESCRIBE {quoted_name(table)}").fetchall()}
    said: dict[str, list[tuple[str | None, str | None, int | None, int]]] = {}
    told = "path_in_schema, stats_min_value, stats_max_value, stats_null_count, num_values"
    for name, *part in connection.execute(f"SELECT {told} FROM parquet_metadata({quoted_text(source)})").fetchall():
        said.setdefault(name, []).append(part)
    for node in columns:
        name = node.args[0]
        if types[name] != "BIGINT" or not all(_within(node, *part) for part in said[name]):
            return False
    query = f"SELECT count(*), count(id), count(DISTINCT hash(id)) FROM {quoted_name(table)}"
    rows, filled, different = connection.execute(query).fetchone()
    return bool(rows == filled == different)


def _within(node: Node, low: str | None, high: str | None, blanks: int | None, rows: int) -> bool:
    """Does a part of a file say that all its numbers lie within what is declared?"""
    if blanks is None or (blanks and not node.nullable):
        return False
    if low is None or high is None:
        return blanks == rows
    return node.low <= int(low) and int(high) <= node.high
