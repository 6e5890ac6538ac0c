"""What was measured, line by line: each part runs in a process of its own and hands its lines over as JSON."""

from __future__ import annotations

import json
import resource
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Line:
    """One thing measured.

    Attributes:
        part: the table it belongs to.
        size: how many subjects.
        seconds, processor: by the clock, and of the processor (children included); 0: not measured.
        note: what else is to be said.
    """

    part: str
    what: str
    size: int = 0
    seconds: float = 0.0
    processor: float = 0.0
    note: str = ""

    def say(self) -> None:
        """Hand it over."""
        print(json.dumps(asdict(self), ensure_ascii=False), flush=True)


def timed(work: Callable[[], Any]) -> tuple[Any, float, float]:
    """What it gives, by the clock, of the processor."""
    began, before = time.perf_counter(), _processor()
    found = work()
    return found, time.perf_counter() - began, _processor() - before


def _processor() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def peak() -> str:
    """The most memory this process ever held, and the most that one it started did."""
    own, started = (
        resource.getrusage(who).ru_maxrss // 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return f"peak {own:,} MB" + (f", {started:,} MB in a helper" if started else "")


def read(text: str) -> list[Line]:
    """The lines a part handed over."""
    return [Line(**json.loads(line)) for line in text.splitlines()]


def table(lines: Iterable[Line], beside: str) -> str:
    """As a table; the last but one column is how fast each was beside a line of the same size in the same run."""
    lines = list(lines)
    ours = {line.size: line.size / line.processor for line in lines if line.what == beside}
    rows = ["| what | subjects | time | per second of processor | beside SQLite | |", "|---|---|---|---|---|---|"]
    for line in lines:
        rate = line.size / line.processor if line.processor else 0.0
        ratio = f"{rate / ours[line.size]:.2g} ×" if rate and line.size in ours and line.what != beside else ""
        size, seconds = f"{line.size:,}" if line.size else "", f"{line.seconds:.2f} s" if line.seconds else ""
        rows.append(
            f"| {line.what} | {size} | {seconds} | {rate:,.0f} | {ratio} | {line.note} |".replace("| 0 |", "| |")
        )
    return "\n".join(rows)
