"""Rows of frames into one Parquet file, some at a time."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from kaoping_sql.emit import quoted
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

        table, names = _name(section), ", ".join(map(_name, columns))
        declared = {row[1]: row[2] for row in connection.execute(f"PRAGMA table_info({table})")}
        schema = pa.schema([(name, pa.string() if declared[name] == "TEXT" else pa.int64()) for name in columns])
        self._writer = self._writer or pq.ParquetWriter(self.path, schema)
        for plain in (1, 0):
            rows = connection.execute(f"SELECT {names} FROM {table} WHERE {PLAIN} = {plain}")
            while some := rows.fetchmany(AT_ONCE):
                turned = zip(zip(*some, strict=True), schema.types, strict=True)
                self._writer.write_table(pa.table([pa.array(values, kind) for values, kind in turned], schema=schema))


def _name(name: str) -> str:
    return quoted(name).sql(dialect="sqlite")
