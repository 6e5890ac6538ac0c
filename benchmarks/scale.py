"""Measure everybody at once beside what else there is, on the same made-up subjects; `--write` for the page.

Each part runs in a process of its own, one after the other; times are of one run, by the clock and of the processor,
because machines are shared. `--sizes=1000,50000` chooses; `--only="side by side"` runs one part; Spark and ten million
subjects are parts that are asked for by name: `--only=spark`, `--only="ten million"`.
"""

from __future__ import annotations

import os
import platform
import sqlite3
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import lines
from lines import Line

HERE = Path(__file__).parent
MARK = "<!-- scale -->"
SQLITE = "SQLite, frame to results"
ALONE = 600_000
SECOND = 50_000
FIRST = 50_000
"""The size that costs at larger ones are compared with."""
PACKAGES = (
    *("sqlglot", "duckdb", "pyarrow", "durable-rules", "numpy", "openfisca-core", "zen-engine"),
    *("common-expression-language", "rule-engine", "pyspark"),
)


def option(name: str, default: str) -> str:
    return next((word.partition("=")[2] for word in sys.argv if word.startswith(f"--{name}=")), default)


def calls(sizes: list[int]) -> dict[str, list[list[str]]]:
    """The parts, and the processes of each."""
    return {
        "side by side": [["side_by_side.py", f"{size}"] for size in sizes],
        "what else": [
            ["more.py", "alone", f"{min(ALONE, max(sizes))}"],
            ["more.py", "second", f"{min(SECOND, max(sizes))}"],
            ["more.py", "county"],
        ],
        "from log to frame": [["log_to_frame.py", f"{size}"] for size in sizes],
    }


def asked_for(sizes: list[int]) -> dict[str, list[list[str]]]:
    """Parts that run only when they are named."""
    return {
        "spark": [["on_spark.py", f"{size}"] for size in sizes],
        "ten million": [["ten_million.py", option("sizes", "10000000")]],
    }


def run(call: list[str]) -> list[Line]:
    print(" ".join(call), "...", file=sys.stderr, flush=True)
    words = [sys.executable, str(HERE / call[0]), *call[1:]]
    return lines.read(subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout)


def machine() -> str:
    names = []
    for name in PACKAGES:
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
    sizes = [int(size) for size in option("sizes", "1000,50000").split(",")]
    parts, only = calls(sizes), option("only", "")
    if only:
        parts = {only: (parts | asked_for(sizes))[only]}
    tables = []
    for part, processes in parts.items():
        found = [line for call in processes for line in run(call)]
        told = lines.table(found, SQLITE), lines.growth(found, FIRST)
        tables.append("\n\n".join([f"**{part.capitalize()}**", *filter(None, told)]))
        print(f"\n{tables[-1]}\n", flush=True)
    print(machine())
    if "--write" in sys.argv:
        write("\n\n".join([*tables, machine()]))


def write(text: str) -> None:
    page = HERE.parent / "docs" / "performance.md"
    before, _, rest = page.read_text(encoding="utf-8").partition(MARK)
    after = rest.partition(MARK)[2]
    page.write_text(f"{before}{MARK}\n{text}\n{MARK}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
