"""CEL by its Rust binding: one compiled program, in which a list of one element stands for each stage's values.

The language has no names for values in between (the binding knows no `cel.bind`), and adding what one program found to
the context of the next makes the binding convert the whole context again, which takes ten times as long.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import cel
from world import ENDS, QUARTERS

from peers import HALF

NAME, PACKAGE = "CEL, Rust binding, one compiled program", "common-expression-language"


def complaint(q: int) -> str:
    rate = f"(valid_{q} > 0.0 ? 2000.0 * valid_{q} / households_{q} : 0.0)"
    righted = f"(valid_{q} > 0.0 ? 100.0 * rectified_{q} / valid_{q} : 100.0)"
    there = f"complete_through != null && complete_through >= {ENDS[q]}.0"
    known = f"(households_{q} != null || valid_{q} == 0.0)"
    left = f"({rate} < 100.0 ? 100.0 - {rate} : 0.0)"
    return f"({there} && {known}) ? double(int(({left} + {righted}) * 5000.0 + {HALF})) / 1000.0 : null"


def annual(part: str, quarters: Sequence[str]) -> str:
    total = " + ".join(f"({one} == null ? 0.0 : {one})" for one in quarters)
    count = " + ".join(f"({one} == null ? 0.0 : 1.0)" for one in quarters)
    return f"annual_{part} != null ? annual_{part} : (({count}) > 0.0 ? ({total}) / ({count}) : null)"


def stage(name: str, values: Sequence[str], then: str) -> str:
    """Values by one name, and what reads them."""
    return f"[[{', '.join(values)}]].map({name}, {then})[0]"


def program() -> str:
    parts = ("group", "satisfaction", "association")
    years = [annual(part, [f"{part}_{q}" for q in QUARTERS]) for part in parts]
    years.append(annual("complaint", [f"c[{q - 1}]" for q in QUARTERS]))
    total = "50.0 * y[0] + (y[2] == null ? 0.0 : 10.0 * y[2]) + (y[3] == null ? 0.0 : 10.0 * y[3])"
    weight = "(50.0 + (y[2] == null ? 0.0 : 10.0) + (y[3] == null ? 0.0 : 10.0))"
    exact = f"(70.0 * ({total}) / {weight} + 30.0 * y[1]) / 10.0"
    score = f"(y[0] == null || y[1] == null) ? null : int({exact} + {HALF})"
    raw = "s[0] == null ? null : s[0] >= 8500 ? 'A' : s[0] >= 7000 ? 'B' : s[0] >= 6000 ? 'C' : 'D'"
    grade = "force > 0.0 ? 'D' : (cap > 0.0 && r[0] == 'A' ? 'B' : r[0])"
    found = stage("r", [raw], f"[s[0], {grade}, cap > 0.0, force > 0.0]")
    return stage("c", [complaint(q) for q in QUARTERS], stage("y", years, stage("s", [score], found)))


def prepare(rows: Any) -> list[cel.Context]:
    """A context of each row; every number a double, since CEL does not mix them with whole numbers."""
    table = rows.drop_columns(["id", "plain"]).to_pylist()
    doubles = ({name: None if value is None else float(value) for name, value in row.items()} for row in table)
    return [cel.Context(row) for row in doubles]


def judge(contexts: list[cel.Context]) -> list[list[Any]]:
    execute = cel.compile(program()).execute
    return [execute(context) for context in contexts]


def found(judged: Sequence[Sequence[Any]]) -> Iterator[tuple[int | None, str | None, bool, bool]]:
    for one in judged:
        yield tuple(one)
