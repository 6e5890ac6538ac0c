"""rule-engine: compiled expressions of its own language over decimals, one after the other for each subject."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import rule_engine
from world import ENDS, QUARTERS

from peers import HALF

NAME, PACKAGE = "rule-engine, compiled expressions", "rule-engine"


def complaint(q: int) -> str:
    rate = f"(valid_{q} > 0 ? 2000 * valid_{q} / households_{q} : 0)"
    righted = f"(valid_{q} > 0 ? 100 * rectified_{q} / valid_{q} : 100)"
    there = f"complete_through != null and complete_through >= {ENDS[q]} and (households_{q} != null or valid_{q} == 0)"
    left = f"$max([0, 100 - {rate}])"
    return f"({there}) ? (({left} + {righted}) * 5000 + {HALF}).floor / 1000 : null"


def annual(part: str, name: str) -> str:
    total = " + ".join(f"({name}_{q} == null ? 0 : {name}_{q})" for q in QUARTERS)
    count = " + ".join(f"({name}_{q} == null ? 0 : 1)" for q in QUARTERS)
    return f"annual_{part} != null ? annual_{part} : (({count}) > 0 ? ({total}) / ({count}) : null)"


def part(name: str, weight: int) -> str:
    return f"({name} == null ? 0 : {weight} * {name})"


MEASURES = {
    **{f"complaint_{q}": complaint(q) for q in QUARTERS},
    "group": annual("group", "group"),
    "satisfaction": annual("satisfaction", "satisfaction"),
    "association": annual("association", "association"),
    "complaints": annual("complaint", "complaint"),
    "weight": "50 + (association == null ? 0 : 10) + (complaints == null ? 0 : 10)",
    "score": "(group == null or satisfaction == null) ? null : ((70 * (50 * group + "
    f"{part('association', 10)} + {part('complaints', 10)}) / weight + 30 * satisfaction) / 10 + {HALF}).floor",
    "raw": "score == null ? null : score >= 8500 ? 'A' : score >= 7000 ? 'B' : score >= 6000 ? 'C' : 'D'",
    "capped": "cap > 0",
    "forced": "force > 0",
    "grade": "forced ? 'D' : (capped and raw == 'A' ? 'B' : raw)",
}


def prepare(rows: Any) -> list[dict[str, Any]]:
    """Every number a decimal, as which the engine reckons."""
    table = rows.drop_columns(["id", "plain"]).to_pylist()
    return [{name: None if value is None else Decimal(value) for name, value in row.items()} for row in table]


def judge(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each rule adds what it finds to the facts, where the next one finds it."""
    rules = [(name, rule_engine.Rule(text).evaluate) for name, text in MEASURES.items()]
    for row in rows:
        for name, evaluate in rules:
            row[name] = evaluate(row)
    return rows


def found(judged: Sequence[dict[str, Any]]) -> Iterator[tuple[int | None, str | None, bool, bool]]:
    for one in judged:
        yield None if one["score"] is None else int(one["score"]), one["grade"], one["capped"], one["forced"]
