"""Measure evaluations as they are made: everybody judged at once by sql beside subject by subject, from one database.

``python benchmarks/at_once.py 92 5000 50000``: the example county for 92, made-up ones of the property scheme beyond.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from county import county

from kaoping.facts.frame import Frame
from kaoping.facts.rows import NewClosing, NewEdge, NewRecord, NewRegister, NewRow, NewSubject, NewValue
from kaoping.office.desk import Desk
from kaoping.office.evaluations import How, evaluate
from kaoping.store.batches import Act
from kaoping.store.connection import create
from kaoping.store.facts import append

SCHEME, PERIOD, NOW = "property-abcd", "2025", datetime(2026, 1, 15, 8, 0, tzinfo=UTC)


def rows_of(frame: Frame) -> Iterator[NewRow]:
    """The facts of a frame on their way into a database."""
    yield from (NewSubject(one.id, one.type, one.title, one.since, one.until) for one in frame.subjects.values())
    for (relation, subject), edges in frame.edges.items():
        yield from (NewEdge(relation, subject, edge.to, edge.since, edge.until) for edge in edges)
    for (subject, fact), values in frame.values.items():
        yield from (NewValue(subject, fact, at, item, value) for (at, item), value in values.items())
    for (subject, record), records in frame.records.items():
        yield from (NewRecord(subject, record, one.no, dict(one.fields)) for one in records)
    for (subject, record), day in frame.complete_through.items():
        yield NewRegister(subject, record, day, "office")
    yield NewClosing(SCHEME, PERIOD, "office")


def database(folder: Path, estates: int) -> Path:
    """A made-up county in a database of its own."""
    path = folder / "county.db"
    with create(path) as store:
        append(store, rows_of(county(estates)), Act("bench", "import"), NOW)
    return path


def once(path: Path, engine: str) -> None:
    """One evaluation; its phases with their seconds on standard output."""
    began = last = time.perf_counter()
    phases: dict[str, float] = {}
    now = ""

    def tell(step: str, _done: int, _total: int) -> None:
        nonlocal now, last
        if step != now:
            phases[now] = phases.get(now, 0.0) + time.perf_counter() - last
            now, last = step, time.perf_counter()

    desk = Desk(path, "bench", lambda: NOW, "en", tell)
    found = evaluate(desk, SCHEME, PERIOD, How(engine))
    tell("", 0, 0)
    subjects, seconds = len(found["results"]), time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    speed = f"{subjects / seconds:8,.0f} /s  {subjects / time.process_time():8,.0f} per second of processor"
    digest = found["result_digest"][:12]
    print(f"{engine:9} {subjects:>7,} subjects  {seconds:7.2f} s  {speed}  peak {peak:,} MB  {digest}")
    for step, taken in phases.items():
        if step:
            print(f"    {taken:7.2f} s  {step}")


def main() -> None:
    """Each size by each engine, each in a process of its own."""
    if "--once" in sys.argv:
        once(Path(sys.argv[-2]), sys.argv[-1])
        return
    for size in map(int, sys.argv[1:]):
        with TemporaryDirectory() as folder:
            path = database(Path(folder), size)
            for engine in ("reference", "sql"):
                subprocess.run([sys.executable, __file__, "--once", str(path), engine], check=True)


if __name__ == "__main__":
    main()
