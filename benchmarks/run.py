"""Measure speed: medians of interleaved runs, ratios in one run; `--write` puts them into docs/performance.md."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.resources import files
from pathlib import Path

import by_hand
from county import county

from kaoping.evaluation.compile import compile_scheme
from kaoping.evaluation.opinions import second_opinions
from kaoping.evaluation.rules import rulebooks
from kaoping.evaluation.run import Evaluation
from kaoping.scheme.catalogue import base_catalogue, merge_catalogue
from kaoping.scheme.reader import read_schemes
from kaoping_durable import kaoping_engines

ROUNDS = 3
SIZES = (1_000, 10_000) if "--large" in sys.argv else (1_000,)


def say(text: str) -> None:
    print(text, flush=True)


def timed(work) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def plan():
    scheme = next(s for s in read_schemes(files("kaoping_property")) if s.id == "property-abcd")
    return compile_scheme(scheme, merge_catalogue(base_catalogue(), [scheme]))


def engines_side_by_side(rows: list[tuple[str, str, str]]) -> None:
    compiled = plan()
    durable = [engine for engine in kaoping_engines() if engine.unavailable() is None]
    for size in SIZES:
        say(f"Evaluating {size} made-up estates by each engine, {ROUNDS} times in turn ...")
        frame = county(size)
        result = Evaluation(compiled, frame).result(trace=False)
        by_us = {one.subject: one.grade for one in result.results}
        by_others = {name: estate.grade for name, estate in by_hand.evaluate(frame).items()}
        differing = [name for name in by_us if by_us[name] != by_others.get(name)]
        if differing:
            say(f"  {len(differing)} grades differ from the hand-written program, such as {differing[:3]}")
        evaluation = Evaluation(compiled, frame)
        evaluation.result(trace=False)
        book = rulebooks(evaluation)[0]
        slots = [book.row(evaluation, one.subject) for one in result.results]
        work = {
            "hand-written Python on Fraction": lambda frame=frame: by_hand.evaluate(frame),
            "reference without trace": lambda frame=frame: Evaluation(compiled, frame).result(trace=False),
            "reference with trace": lambda frame=frame: Evaluation(compiled, frame).result(trace=True),
        }
        for engine in durable:
            work[f"{engine.name}, its process included"] = lambda e=engine, b=book, s=slots: list(e.judge(b.book, s))
        seconds: dict[str, list[float]] = {name: [] for name in work}
        for _ in range(ROUNDS):
            for name, run in work.items():
                seconds[name].append(timed(run))
        peer = statistics.median(seconds["hand-written Python on Fraction"])
        for name, runs in seconds.items():
            median = statistics.median(runs)
            rows.append(
                (f"{name}, {size} estates", f"{size / median:,.0f} subjects/s", f"{median / peer:.2f} × the hand")
            )


def commands(rows: list[tuple[str, str, str]]) -> None:
    kaoping = str(Path(sys.executable).parent / "kaoping")
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "KAOPING_LANG": "en", "KAOPING_CONFIG": f"{folder}/config"}

        def run(*words: str) -> float:
            call = [kaoping, *words]
            return timed(lambda: subprocess.run(call, cwd=folder, env=environment, check=True, capture_output=True))

        say("Starting the command, cold ...")
        helps = statistics.median(run("--help") for _ in range(9))
        rows.append(("kaoping --help", f"{helps:.2f} s", "limit 0.4 s"))
        run("demo", "--files", "d")
        run("db", "init")
        say("Importing and evaluating the demonstration county ...")
        importing = run("import", "d")
        again = [kaoping, "import", "d", "--json"]
        told = subprocess.run(again, cwd=folder, env=environment, check=True, capture_output=True).stdout
        count = json.loads(told)["unchanged"]
        rows.append((f"kaoping import ({count:,} rows)", f"{importing:.2f} s", ""))
        years = [run("evaluate", "property-abcd", "-p", "2025", "--dry-run") for _ in range(3)]
        rows.append(("evaluate 92 estates for a year, both engines", f"{statistics.median(years):.2f} s", "limit 5 s"))


def memory(rows: list[tuple[str, str, str]]) -> None:
    say("Evaluating a small county 10,000 times in one process ...")
    compiled, frame = plan(), county(1)
    sizes = {}
    for count in range(1, 10_001):
        evaluation = Evaluation(compiled, frame)
        result = evaluation.result(trace=False)
        if count == 1:
            second_opinions(evaluation, result, [])
        if count in (1_000, 10_000):
            sizes[count] = int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    grown = (sizes[10_000] - sizes[1_000]) / 1e6
    rows.append(("memory from the 1,000th to the 10,000th evaluation", f"{grown:+.1f} MB", "limit 5 MB"))


def main() -> None:
    rows: list[tuple[str, str, str]] = []
    commands(rows)
    engines_side_by_side(rows)
    if Path("/proc/self/statm").exists():
        memory(rows)
    lines = ["| what | median | beside |", "|---|---|---|", *(f"| {a} | {b} | {c} |" for a, b, c in rows)]
    table = "\n".join(lines)
    machine = f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores."
    say(f"\n{table}\n\n{machine}")
    if "--write" in sys.argv:
        page = Path(__file__).parent.parent / "docs" / "performance.md"
        head = "# Speed\n\nWritten by `make bench` with `--write`: one run, medians, ratios in that run."
        before = page.read_text(encoding="utf-8") if page.exists() else ""
        scale = before[before.index("\n## At scale") :] if "\n## At scale" in before else ""
        page.write_text(f"{head}\n\n{table}\n\n{machine}\n{scale}", encoding="utf-8")


if __name__ == "__main__":
    main()
