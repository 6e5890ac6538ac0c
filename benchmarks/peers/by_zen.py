"""GoRules ZEN: a decision graph of expressions, a decision table and the vetoes, given whole batches."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import zen
from world import ENDS, QUARTERS

from peers import HALF

NAME, PACKAGE = "ZEN (GoRules), decision graph, batches", "zen-engine"
BATCH = 1000


def complaint(q: int) -> str:
    rate = f"(valid_{q} > 0 ? 2000 * valid_{q} / households_{q} : 0)"
    righted = f"(valid_{q} > 0 ? 100 * rectified_{q} / valid_{q} : 100)"
    there = f"complete_through != null and complete_through >= {ENDS[q]} and (households_{q} != null or valid_{q} == 0)"
    return f"({there}) ? floor((max([0, 100 - {rate}]) + {righted}) * 5000 + {HALF}) / 1000 : null"


def annual(part: str, name: str) -> str:
    quarters = ", ".join(f"{name}_{q}" for q in QUARTERS)
    known = f"filter([{quarters}], # != null)"
    return f"annual_{part} != null ? annual_{part} : (len({known}) > 0 ? avg({known}) : null)"


def part(name: str, weight: int) -> str:
    return f"($.{name} == null ? 0 : {weight} * $.{name})"


MEASURES = {
    **{f"complaint_{q}": complaint(q) for q in QUARTERS},
    "group": annual("group", "group"),
    "satisfaction": annual("satisfaction", "satisfaction"),
    "association": annual("association", "association"),
    "complaints": annual("complaint", "$.complaint"),
    "weight": "50 + ($.association == null ? 0 : 10) + ($.complaints == null ? 0 : 10)",
    "score": "($.group == null or $.satisfaction == null) ? null : floor((70 * (50 * $.group + "
    f"{part('association', 10)} + {part('complaints', 10)}) / $.weight + 30 * $.satisfaction) / 10 + {HALF})",
}
BANDS = {"A": ">= 8500", "B": ">= 7000", "C": ">= 6000", "D": ""}
VETOES = {
    "grade": "force > 0 ? 'D' : (score == null ? null : (cap > 0 and raw == 'A' ? 'B' : raw))",
    "capped": "cap > 0",
    "forced": "force > 0",
    "score": "score",
}


def graph() -> dict[str, Any]:
    """The decision as a JSON decision model."""
    rules = [{"_id": grade, "s": when, "g": f"'{grade}'"} for grade, when in BANDS.items()]
    table = {
        "hitPolicy": "first",
        "passThrough": True,
        "inputs": [{"id": "s", "name": "score", "field": "score"}],
        "outputs": [{"id": "g", "name": "grade", "field": "raw"}],
        "rules": rules,
    }
    contents = {
        "facts": ("inputNode", {}),
        "measures": ("expressionNode", expressions(MEASURES, through=True)),
        "bands": ("decisionTableNode", table),
        "vetoes": ("expressionNode", expressions(VETOES, through=False)),
        "result": ("outputNode", {}),
    }
    names = list(contents)
    nodes = [
        {"id": name, "name": name, "type": kind, "content": content, "position": {"x": 0, "y": 0}}
        for name, (kind, content) in contents.items()
    ]
    edges = [
        {"id": f"{one}-{other}", "type": "edge", "sourceId": one, "targetId": other} for one, other in pairwise(names)
    ]
    return {"nodes": nodes, "edges": edges}


def expressions(named: dict[str, str], through: bool) -> dict[str, Any]:
    return {
        "passThrough": through,
        "expressions": [{"id": name, "key": name, "value": value} for name, value in named.items()],
    }


def prepare(rows: Any) -> list[dict[str, Any]]:
    engine = zen.ZenEngine({"loader": {"type": "static", "content": {"estate": graph()}}})
    table = rows.drop_columns(["id", "plain"]).to_pylist()
    return [{"engine": engine, "rows": [json.dumps(row) for row in table]}]


def judge(prepared: list[dict[str, Any]]) -> list[dict[str, Any]]:
    engine, rows = prepared[0]["engine"], prepared[0]["rows"]
    found: list[dict[str, Any]] = []
    for first in range(0, len(rows), BATCH):
        asked = [{"key": "estate", "context": row} for row in rows[first : first + BATCH]]
        for answer in engine.evaluate_batch(asked):
            found.append(answer["data"]["result"])
    return found


def found(judged: Sequence[dict[str, Any]]) -> Iterator[tuple[int | None, str | None, bool, bool]]:
    for one in judged:
        score = one["score"]
        yield None if score is None else int(score), one["grade"], one["capped"], one["forced"]
