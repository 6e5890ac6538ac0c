"""The same SQL written by hand: one statement for SQLite over the frame's own table, by one who needs just this.

Whole numbers throughout, so it is as exact as the engine: scores in ten-thousandths, sums over twelfths of a quarter,
so that a mean of one to four quarters has no rest. It gives the score, both grades, every band, both vetoes and every
criterion's outcome, packed as the engine packs them; a blank that decides gives NULL or 0 (not decided).

The limits keep SQLite from folding a stage into the next, where it would reckon it anew at each use; rows pass from one
to the next without being written down. With `AS MATERIALIZED` it all takes twice as long, with neither six times.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

from world import ENDS, QUARTERS

NAME, PACKAGE = "the same SQL written by hand, SQLite, frame to results", "sqlite3"
REPORT_DAYS = 10


def statement(named: Mapping[str, str]) -> str:
    """The text; `named`: which column of the frame holds what."""
    column = {name: f'"{there}"' for name, there in named.items()}

    def complaint(q: int) -> str:
        valid, households = column[f"valid_{q}"], column[f"households_{q}"]
        rate, righted = f"max(0, 100 * {households} - 2000 * {valid}) * {valid}", f"100 * {column[f'rectified_{q}']}"
        exact = f"(({rate} + {righted} * {households}) * 10000 + {households} * {valid}) / (2 * {households} * {valid})"
        return f"CASE WHEN {column['complete_through']} >= {ENDS[q]} THEN iif({valid} = 0, 1000000, {exact}) END"

    def annual(part: str, quarters: list[str]) -> str:
        """A whole year's part times twelve, in ten-thousandths."""
        entered, factor = column[f"annual_{part}"], 1 if part == "complaint" else 1000
        there = " + ".join(f"({one} IS NOT NULL)" for one in quarters)
        total = " + ".join(f"coalesce({one}, 0)" for one in quarters)
        return f"iif({entered} IS NULL, ({total}) * {factor} * 12 / nullif({there}, 0), {entered} * 12000)"

    scores = {part: [column[f"{part}_{q}"] for q in QUARTERS] for part in ("association", "group", "satisfaction")}
    carried = [column[name] for name in column if name.startswith(("annual", "received", "cap", "force"))]
    first = ", ".join(
        [
            "key",
            *carried,
            *(one for listed in scores.values() for one in listed),
            *(f"{complaint(q)} AS c{q}" for q in QUARTERS),
        ]
    )
    parts = ", ".join(f'{annual(part, listed)} AS "{part}"' for part, listed in scores.items())
    received = [column[f"received_{q}"] for q in QUARTERS]
    late = " + ".join(
        f"{4 ** (q - 1)} * CASE WHEN {one} <= {ENDS[q] + REPORT_DAYS} THEN 1 WHEN {one} IS NULL THEN 0 ELSE 2 END"
        for q, one in zip(QUARTERS, received, strict=True)
    )
    weighted = '"group" * 50 + coalesce(association, 0) * 10 + coalesce(complaint, 0) * 10'
    weight = "(50 + (association IS NOT NULL) * 10 + (complaint IS NOT NULL) * 10)"
    return f"""
    WITH scored AS (SELECT {first} FROM frame.estate LIMIT -1),
    yearly AS (
      SELECT key, {parts}, {annual("complaint", [f"c{q}" for q in QUARTERS])} AS complaint,
        {column["cap"]} > 0 AS cap, {column["force"]} > 0 AS force, {late} AS criteria
      FROM scored LIMIT -1),
    composed AS (
      SELECT key, cap, force, criteria,
        (2 * (70 * ({weighted}) + 30 * {weight} * satisfaction) + 120000 * {weight}) / (240000 * {weight}) AS score
      FROM yearly LIMIT -1),
    graded AS (
      SELECT key, score, cap, force, criteria,
        CASE WHEN score >= 8500 THEN 1 WHEN score >= 7000 THEN 2 WHEN score >= 6000 THEN 4
          WHEN score >= 0 THEN 8 END AS raw
      FROM composed LIMIT -1)
    SELECT key, score, criteria,
      iif(score >= 8500, 1, 2) + 4 * iif(score >= 7000, 1, 2) + 16 * iif(score >= 6000, 1, 2) + 64
        + 256 * iif(cap, 1, 2) + 1024 * iif(force, 1, 2) AS rules,
      raw, CASE WHEN force THEN 8 WHEN cap THEN max(raw, 2) ELSE raw END AS final
    FROM graded"""


def judge(named: Mapping[str, str], frame: Path, results: Path) -> None:
    """From the file of a frame into a new file."""
    with closing(sqlite3.connect(results)) as connection:
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("ATTACH ? AS frame", (f"{frame}",))
        connection.execute(f"CREATE TABLE results AS {statement(named)}")
        connection.commit()


def found(results: Path) -> Iterator[tuple[int | None, str | None, bool, bool]]:
    """In the order of subjects."""
    grades = {1: "A", 2: "B", 4: "C", 8: "D"}
    with closing(sqlite3.connect(results)) as connection:
        for score, final, rules in connection.execute("SELECT score, final, rules FROM results ORDER BY key"):
            yield score, grades.get(final), rules >> 8 & 3 == 1, rules >> 10 & 3 == 1
