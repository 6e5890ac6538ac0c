"""Whom the reference engine judges again of a table of results: the same way for every database and every use."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from heapq import nsmallest
from typing import Any

from kaoping.evaluation.again import lot
from kaoping_sql.results import ends_of_grades

Ask = Callable[[str], Iterable[Iterable[Any]]]


def looked_at(ask: Ask, table: str, columns: Collection[str], seed: str, draw: int, nearest: int) -> set[int]:
    """The keys of some drawn, of one of every way to be graded, and of those nearest to other grades.

    Args:
        ask: gives the rows of a query.
        table: the results, with these columns.
        columns: of the table.
        seed: what the results themselves give, so that nobody chooses who is drawn.
        draw: so many are drawn, and of so many ways at most there is one.
        nearest: so many with the lowest and with the highest score of each set of grades still possible.
    """
    found = _drawn(seed, (key for row in ask(f"SELECT key FROM {table}") for key in row), draw)
    masks = sorted(name for name in columns if name.startswith("rules") or name in ("raw", "final"))
    query = f"SELECT min(key) AS key FROM {table} GROUP BY {', '.join(masks)}"
    found |= _drawn(seed, (key for row in ask(query) for key in row), draw)
    return found | set(ends_of_grades(ask, table, nearest)) if "score" in columns else found


def _drawn(seed: str, keys: Iterable[int], many: int) -> set[int]:
    """So many of some keys, without having all of them in memory."""
    return {key for _, key in nsmallest(many, (lot(seed, key) for key in keys))}
