"""Results of a batch in a file of SQLite or in Parquet: looked up, counted, and their digest."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from kaoping_sql.quoting import quoted_name, quoted_text

AT_ONCE = 50_000
TOGETHER = 40
"""Texts put together before they are put to others: SQLite takes no more than 1,000 steps into one expression."""


class Results:
    """Results to be looked up; `where`: the database that wrote them."""

    def __init__(self, path: Path, where: str) -> None:
        self.path = path
        self.where = where

    def rows(self, query: str) -> Iterator[dict[str, Any]]:
        """The rows of a query, in which `{}` is the table of results."""
        found = self.answers(query)
        names = next(found)
        for row in found:
            yield dict(zip(names, row, strict=True))

    def answers(self, query: str, frame: str = "") -> Generator[Sequence[Any]]:
        """The columns of a query, and its rows; in it `{}` is the table of results.

        Args:
            query: which may name tables of ``other`` where a frame is given.
            frame: the file of SQLite that those are in.
        """
        if self.where == "sqlite":
            with closing(sqlite3.connect(f"{self.path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
                if frame:
                    connection.execute("ATTACH ? AS other", (frame,))
                cursor = connection.execute(query.format("results"))
                yield [column[0] for column in cursor.description]
                yield from cursor
            return
        import duckdb  # noqa: PLC0415 - an extra

        with duckdb.connect() as connection:
            found = connection.execute(query.format(parquet(self.path)))
            yield [column[0] for column in found.description]
            while some := found.fetchmany(AT_ONCE):
                yield from some

    def digest(self) -> str:
        """SHA-256 over the rows in the order of their subjects: the same in every database."""
        names = next(found := self.answers("SELECT * FROM {} LIMIT 0"))
        found.close()
        lines = self.answers(f"SELECT {lines_of([quoted_name(name) for name in names])} FROM {{}} ORDER BY key")
        next(lines)
        return digest_of(lines)

    def grades(self) -> list[tuple[int, int]]:
        """How many have which bits of grades."""
        rows = self.rows("SELECT final, count(*) AS many FROM {} GROUP BY final ORDER BY final")
        return [(row["final"], row["many"]) for row in rows]

    def of(self, keys: Iterable[int]) -> list[dict[str, Any]]:
        """The rows of some subjects."""
        wanted = ", ".join(map(str, keys))
        return list(self.rows(f"SELECT * FROM {{}} WHERE key IN ({wanted}) ORDER BY key")) if wanted else []


def parquet(path: Path) -> str:
    """Parquet as a table of DuckDB: a file, or a folder that Spark wrote."""
    return f"read_parquet({quoted_text(path / '*.parquet' if path.is_dir() else path)})"


def ends_of_grades(ask: Callable[[str], Iterable[Iterable[Any]]], table: str, many: int) -> list[int]:
    """So many subjects with the lowest and with the highest score of each set of grades, in a table of results."""
    order = 'CAST("score" AS REAL) / "score/"'
    ranked = ", ".join(
        f"row_number() OVER (PARTITION BY final ORDER BY {order} {way}, key) AS {name}"
        for way, name in (("", "low"), ("DESC", "high"))
    )
    query = f"SELECT key FROM (SELECT key, {ranked} FROM {table}) AS r WHERE low <= {many} OR high <= {many}"
    return [key for row in ask(query) for key in row]


def results_digest(path: Path) -> str:
    """SHA-256 over results in the order of their subjects: the same in every database."""
    return Results(path, "sqlite" if path.suffix == ".db" else "duckdb").digest()


def lines_of(columns: Sequence[str]) -> str:
    """What a digest takes of a row, put together by the database: its columns as texts, a blank as nothing."""
    cells = [f"coalesce(CAST({column} AS VARCHAR), '')" for column in columns]
    some = [" || '|' || ".join(cells[first : first + TOGETHER]) for first in range(0, len(cells), TOGETHER)]
    return " || '|' || ".join(f"({one})" for one in some)


def digest_of(lines: Iterable[Sequence[str]]) -> str:
    """SHA-256 over such lines."""
    found = hashlib.sha256()
    for (line,) in lines:
        found.update(line.encode())
        found.update(b"\n")
    return found.hexdigest()
