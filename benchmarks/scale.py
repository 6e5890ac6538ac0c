"""Measure frames of any size: the property scheme by each database, on the same made-up facts; `--write` for the page.

Each size is made once and evaluated by each database in turn; times are wall-clock of one run, with the processor time
beside it, because machines are shared. `--sizes 1000,50000` chooses; DuckDB and Spark run where they are installed.
"""

from __future__ import annotations

import os
import platform
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path

import by_hand
from county import county

from kaoping.evaluation.compile import compile_scheme
from kaoping.evaluation.run import Evaluation
from kaoping.facts.frame import Frame
from kaoping.facts.periods import parse_period
from kaoping.scheme.catalogue import base_catalogue, merge_catalogue
from kaoping.scheme.reader import read_schemes
from kaoping.store.batches import Act
from kaoping.store.connection import create
from kaoping.store.log import log_now
from kaoping.store.made_up import Unguarded, made_up_batch
from kaoping_sql import frames
from kaoping_sql.keeper import keep
from kaoping_sql.made_up import MadeUp

PERIOD = parse_period("2025")
BARE = Frame(PERIOD, date(2026, 1, 15), {}, closed=frozenset({"2025"}), published={"2024": "2025-01-20T00:00:00Z"})
NOW = datetime(2026, 1, 10, 8, tzinfo=UTC)
COUNTY = 1000
MOST_IN_MEMORY = 60_000
MARK = "<!-- scale -->"


def option(name: str, default: str) -> str:
    return next((word.partition("=")[2] for word in sys.argv if word.startswith(f"--{name}=")), default)


def plan():
    schemes = read_schemes(files("kaoping_property"))
    chosen = next(scheme for scheme in schemes if scheme.id == "property-abcd")
    return compile_scheme(chosen, merge_catalogue(base_catalogue(), schemes))


def peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def row(what: str, size: int, seconds: float, processor: float, note: str = "") -> str:
    rate = f"{size / seconds:,.0f} /s" if seconds else ""
    return f"| {what} | {size:,} | {seconds:.2f} s | {rate} | {size / processor:,.0f} | {note} |"


def timed(work):
    began, before = time.perf_counter(), time.process_time()
    found = work()
    return found, time.perf_counter() - began, time.process_time() - before


def one(size: int, folder: Path) -> list[str]:
    """All databases on one frame; run in a process of its own so that its peak is its own."""
    compiled, world = plan(), MadeUp(size, PERIOD, blanks=1)
    frame, lines = folder / f"{size}.db", []
    print(f"Making {size:,} subjects ...", file=sys.stderr)

    def make():
        return frames.write(compiled, BARE, world, frame, lambda c, rows: world.load(c, rows, "estate"))

    about, seconds, processor = timed(make)
    lines.append(row("made-up facts to a frame, records counted", size, seconds, processor))
    with closing(sqlite3.connect(frame)) as connection:
        (plain,) = connection.execute("SELECT avg(plain) FROM estate").fetchone()
    batch = frames.Batch(compiled, about)
    print("SQLite ...", file=sys.stderr)
    _, seconds, processor = timed(lambda: frames.in_sqlite(batch, frame, folder / "r.db"))
    digest = frames.results_digest(folder / "r.db")
    blanks = f"{100 * (1 - plain):.1f} % of rows have blanks; peak {peak()} MB"
    lines.append(row("SQLite, frame to results", size, seconds, processor, blanks))
    try:
        frames.export(frame, folder / "f")
        print("DuckDB ...", file=sys.stderr)
        _, seconds, processor = timed(lambda: frames.in_duckdb(batch, folder / "f", folder / "r.parquet"))
        same = frames.results_digest(folder / "r.parquet") == digest
        lines.append(row("DuckDB, Parquet to Parquet", size, seconds, processor, told(same)))
    except ImportError:
        print("DuckDB is not installed", file=sys.stderr)
    if "--spark" in sys.argv:
        print("Spark ...", file=sys.stderr)
        _, seconds, processor = timed(lambda: frames.in_spark(batch, folder / "f", folder / "r"))
        same = frames.results_digest(folder / "r") == digest
        lines.append(
            f"| Spark, local, its start included | {size:,} | {seconds:.2f} s | {size / seconds:,.0f} /s | | "
            f"{told(same)} |"
        )
    return lines


def from_log(size: int, folder: Path) -> list[str]:
    """A log of facts to a frame, and what one county's quarter costs in it; run in a process of its own."""
    compiled, world = plan(), MadeUp(size, PERIOD, blanks=1)
    rows = list(frames.compiled(compiled, BARE, world, compiled.main)[1].row.all())
    store, act, lines = create(folder / "k.db"), Act("made up", "made up"), []
    print(f"Writing a log about {size:,} subjects ...", file=sys.stderr)

    def write():
        with Unguarded(store), made_up_batch(store, act, NOW, 0, size - 1) as batch:
            world.write_log(rows, "estate", batch)
            batch.closing(compiled.scheme.id, PERIOD.text)

    _, seconds, processor = timed(write)
    values = store.connection.execute("SELECT (SELECT count(*) FROM value), (SELECT count(*) FROM record)").fetchone()
    counted = f"{values[0]:,} values and {values[1]:,} records"
    lines.append(row("made-up facts to a log", size, seconds, processor, counted))

    def kept(**how):
        log = log_now(store, compiled.needs, PERIOD, BARE.today)
        return keep(compiled, log, folder / "f.db", **how)

    print("The frame ...", file=sys.stderr)
    made, seconds, processor = timed(lambda: kept(anew=True))
    assert (made.how, made.subjects) == ("built", size)
    lines.append(row("log to frame", size, seconds, processor, f"peak {peak()} MB"))
    many = min(COUNTY, size)
    again = MadeUp(size, PERIOD, seed=2, blanks=1)
    with made_up_batch(store, act, NOW + timedelta(days=1), 0, many - 1, reason="again") as batch:
        again.write_log(rows, "estate", batch, at="2025Q4")
    made, seconds, processor = timed(kept)
    assert (made.how, made.written) == ("updated", many), made
    lines.append(row(f"one county's quarter into a frame of {size:,}", many, seconds, processor, f"peak {peak()} MB"))
    digest = frames.digest(folder / "f.db")
    if size <= MOST_IN_MEMORY:
        log = log_now(store, compiled.needs, PERIOD, BARE.today)
        _, seconds, processor = timed(lambda: frames.build(compiled, log.frame(), folder / "m.db"))
        same = told(frames.digest(folder / "m.db") == digest)
        lines.append(row("the same log read into memory, to the same frame", size, seconds, processor, same))
    return lines


def told(same: bool) -> str:
    return "same digest" if same else "ANOTHER DIGEST"


def walked(size: int) -> list[str]:
    """The engines that go from subject to subject, on the county of the other benchmark."""
    frame, compiled = county(size), plan()
    _, seconds, processor = timed(lambda: Evaluation(compiled, frame).result(trace=False))
    lines = [row("reference, subject by subject", size, seconds, processor)]
    _, seconds, processor = timed(lambda: by_hand.evaluate(frame))
    return [*lines, row("hand-written Python on Fraction", size, seconds, processor)]


def machine() -> str:
    names = []
    for name in ("sqlglot", "duckdb", "pyspark"):
        try:
            names.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**30
    return (
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {', '.join(names)}; "
        f"{os.cpu_count()} cores, {memory} GiB; load {os.getloadavg()[0]:.0f} when it ended."
    )


def main() -> None:
    if size := option("log", ""):
        with tempfile.TemporaryDirectory() as folder:
            print("\n".join(from_log(int(size), Path(folder))))
        return
    if size := option("one", ""):
        with tempfile.TemporaryDirectory() as folder:
            print("\n".join(one(int(size), Path(folder))))
        return
    sizes = [int(size) for size in option("sizes", "1000,50000").split(",")]
    lines = ["| what | subjects | time | per second | per second of processor | beside |", "|---|---|---|---|---|---|"]
    lines += walked(min(sizes[0], 1000))
    for size in sizes:
        words = [word for word in ("--spark",) if word in sys.argv]
        call = [sys.executable, __file__, f"--one={size}", *words]
        for words in (call, [sys.executable, __file__, f"--log={size}"]):
            lines += subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout.strip().splitlines()
    table = "\n".join([*lines, "", machine()])
    print(table)
    if "--write" in sys.argv:
        page = Path(__file__).parent.parent / "docs" / "performance.md"
        before, _, rest = page.read_text(encoding="utf-8").partition(MARK)
        after = rest.partition(MARK)[2]
        page.write_text(f"{before}{MARK}\n{table}\n{MARK}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
