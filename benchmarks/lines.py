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
        of: the size it is compared at, where that is another; -1: it is not compared.
    """

    part: str
    what: str
    size: int = 0
    seconds: float = 0.0
    processor: float = 0.0
    note: str = ""
    of: int = 0

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
    """As a table; where there is the line named `beside`, with how fast each was beside it."""
    lines = list(lines)
    ours = {line.size: line.size / line.processor for line in lines if line.what == beside}
    heads = ["what", "subjects", "time", "per second of processor", *(["beside SQLite"] if ours else []), ""]
    rows = ["|" + "|".join(f" {head} " for head in heads) + "|", "|" + "---|" * len(heads)]
    for line in lines:
        rate = line.size / line.processor if line.processor else 0.0
        cells = [line.what, f"{line.size:,}" if line.size else "", _time(line.seconds), f"{rate:,.0f}" if rate else ""]
        if ours:
            known = ours.get(line.of or line.size)
            cells.append(_times(rate / known) if rate and known and line.what != beside else "")
        rows.append("|" + "|".join(f" {cell} " for cell in [*cells, line.note]) + "|")
    return "\n".join(rows)


def growth(lines: Iterable[Line], first: int) -> str:
    """What a subject costs of the processor at the largest size beside what it cost at the first."""
    costs: dict[str, dict[int, float]] = {}
    for line in lines:
        if line.size and line.processor:
            costs.setdefault(line.what, {})[line.size] = line.processor / line.size
    told = [
        f"{what} {100 * sizes[max(sizes)] / sizes[first]:.0f} %"
        for what, sizes in costs.items()
        if first in sizes and max(sizes) > first
    ]
    largest = max((size for sizes in costs.values() for size in sizes), default=0)
    return f"A subject of {largest:,} costs, beside one of {first:,}: {'; '.join(told)}." if told else ""


def _time(seconds: float) -> str:
    if not seconds:
        return ""
    return f"{seconds:.2f} s" if seconds >= 0.1 else f"{1000 * seconds:.1f} ms"


def _times(ratio: float) -> str:
    return f"{ratio:,.0f} ×" if ratio >= 10 else f"{ratio:.2g} ×"
