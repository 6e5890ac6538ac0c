"""So many subjects, straight into Parquet and judged by DuckDB, each in a process of its own whose peak is its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import world
from lines import Line, peak, timed

from kaoping_sql import frames
from kaoping_sql.pieces import write_parquet

PART = "ten million"
MEMORY = "2GB"
"""What DuckDB may take; Python, the statement and what DuckDB does not count come on top of it."""


def written(size: int, folder: Path) -> None:
    made = world.world(size)
    _, seconds, processor = timed(lambda: write_parquet(world.plan(), world.BARE, made, folder / "f"))
    room = f"{(folder / 'f' / 'rows.parquet').stat().st_size // 2**20:,} MB on disk"
    Line(PART, "made-up facts to a frame in Parquet, in pieces", size, seconds, processor, f"{peak()}; {room}").say()


def judged(size: int, folder: Path) -> None:
    batch = frames.Batch(world.plan(), frames.read_about(folder / "f"))
    count, seconds, processor = timed(lambda: frames.in_duckdb(batch, folder / "f", folder / "r.parquet", MEMORY))
    assert count == size, count
    room = f"{(folder / 'r.parquet').stat().st_size // 2**20:,} MB on disk"
    Line(PART, "DuckDB, Parquet to Parquet", size, seconds, processor, f"{peak()}; {room}").say()


if __name__ == "__main__":
    if len(sys.argv) == 2:
        with TemporaryDirectory() as place:
            for step in ("written", "judged"):
                subprocess.run([sys.executable, __file__, sys.argv[1], place, step], check=True)
    else:
        {"written": written, "judged": judged}[sys.argv[3]](int(sys.argv[1]), Path(sys.argv[2]))
