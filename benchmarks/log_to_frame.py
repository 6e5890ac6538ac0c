"""A log of facts to a frame, and what one county's quarter costs in it; one size, in a process of its own."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import world
from lines import Line, peak, timed

from kaoping.store.batches import Act
from kaoping.store.log import log_now
from kaoping.store.made_up import made_up_batch
from kaoping_sql import frames
from kaoping_sql.keeper import keep

PART = "from log to frame"
COUNTY = 1000
MOST_IN_MEMORY = 60_000


def measure(size: int, folder: Path) -> None:
    """Everything of one size."""
    compiled = world.plan()
    store, seconds, processor = timed(lambda: world.log(compiled, size, folder / "k.db"))
    values = store.connection.execute("SELECT (SELECT count(*) FROM value), (SELECT count(*) FROM record)").fetchone()
    counted = f"{values[0]:,} values and {values[1]:,} records"
    Line(PART, "made-up facts to a log", size, seconds, processor, counted).say()

    def kept(**how):
        log = log_now(store, compiled.needs, world.PERIOD, world.BARE.today)
        return keep(compiled, log, folder / "f.db", **how)

    made, seconds, processor = timed(lambda: kept(anew=True))
    assert (made.how, made.subjects) == ("built", size)
    Line(PART, "log to frame", size, seconds, processor, peak()).say()
    many = min(COUNTY, size)
    rows = list(frames.compiled(compiled, world.BARE, world.world(size), compiled.main)[1].row.all())
    later = world.NOW + timedelta(days=1)
    with made_up_batch(store, Act("made up", "made up"), later, 0, many - 1, reason="again") as batch:
        world.world(size, seed=2).write_log(rows, "estate", batch, at="2025Q4")
    made, seconds, processor = timed(kept)
    assert (made.how, made.written) == ("updated", many), made
    Line(PART, f"one county's quarter into a frame of {size:,}", many, seconds, processor, peak()).say()
    if size <= MOST_IN_MEMORY:
        log = log_now(store, compiled.needs, world.PERIOD, world.BARE.today)
        _, seconds, processor = timed(lambda: frames.build(compiled, log.frame(), folder / "m.db"))
        if frames.digest(folder / "m.db") != frames.digest(folder / "f.db"):
            sys.exit("the frame kept up and the frame built in memory differ")
        Line(PART, "the same log read into memory, to the same frame", size, seconds, processor, "same digest").say()


if __name__ == "__main__":
    with TemporaryDirectory() as place:
        measure(int(sys.argv[1]), Path(place))
