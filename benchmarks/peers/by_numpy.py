"""NumPy by hand: what the grade needs and nothing else, on whole columns of floats; the limit of what can be had."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from world import ENDS, QUARTERS

from peers import GRADES, HAIR

NAME, PACKAGE = "NumPy by hand, floats, the grade alone", "numpy"


def prepare(rows: Any) -> dict[str, np.ndarray]:
    """Columns of floats; NaN where nobody entered anything."""
    return {name: rows[name].to_numpy().astype(float) for name in rows.column_names if name not in ("id", "plain")}


def judge(rows: dict[str, np.ndarray]) -> tuple[np.ndarray, ...]:
    with np.errstate(divide="ignore", invalid="ignore"):
        group = annual(rows, "group", [rows[f"group_{q}"] for q in QUARTERS])
        satisfaction = annual(rows, "satisfaction", [rows[f"satisfaction_{q}"] for q in QUARTERS])
        association = annual(rows, "association", [rows[f"association_{q}"] for q in QUARTERS])
        complaints = annual(rows, "complaint", [complaint(rows, q) for q in QUARTERS])
        total, weight = 50 * group, np.full(len(group), 50.0)
        for part in (association, complaints):
            there = ~np.isnan(part)
            total += np.where(there, 10 * part, 0)
            weight += 10 * there
        score = np.floor((70 * total / weight + 30 * satisfaction) / 10 + 0.5 + HAIR)
    raw = (score < 8500).astype(np.int8) + (score < 7000) + (score < 6000)
    cap, force = rows["cap"] > 0, rows["force"] > 0
    return score, np.where(force, 3, np.where(cap, np.maximum(raw, 1), raw)), cap, force


def complaint(rows: dict[str, np.ndarray], q: int) -> np.ndarray:
    """A quarter's complaint score in tenths, rounded to four places of the whole."""
    valid, households = rows[f"valid_{q}"], rows[f"households_{q}"]
    rate = np.where(valid > 0, 2000 * valid / households, 0)
    righted = np.where(valid > 0, 100 * rows[f"rectified_{q}"] / valid, 100)
    score = np.floor((np.maximum(0, 100 - rate) + righted) * 5000 + 0.5 + HAIR) / 1000
    return np.where(rows["complete_through"] >= ENDS[q], score, np.nan)


def annual(rows: dict[str, np.ndarray], part: str, quarters: list[np.ndarray]) -> np.ndarray:
    """What was entered for the year, else the mean of the quarters that have a score."""
    there = sum((~np.isnan(one)).astype(float) for one in quarters)
    mean = sum(np.nan_to_num(one) for one in quarters) / there
    entered = rows[f"annual_{part}"]
    return np.where(np.isnan(entered), mean, entered)


def found(judged: tuple[np.ndarray, ...]) -> Iterator[tuple[int | None, str | None, bool, bool]]:
    for score, grade, cap, force in zip(*(one.tolist() for one in judged), strict=True):
        none = score != score  # noqa: PLR0124 - no number equals itself but one that is none
        yield None if none else int(score), None if none and not force else GRADES[grade], cap, force
