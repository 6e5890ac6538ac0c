"""The made-up subjects that everybody is measured on: as a frame, as facts in memory, as rows that peers read."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

from kaoping.evaluation.compile import compile_scheme
from kaoping.evaluation.plan import Plan
from kaoping.facts.frame import Frame
from kaoping.facts.periods import parse_period
from kaoping.scheme.catalogue import base_catalogue, merge_catalogue
from kaoping.scheme.reader import read_schemes
from kaoping.store.batches import Act
from kaoping.store.connection import create
from kaoping.store.log import log_now
from kaoping.store.made_up import Unguarded, made_up_batch
from kaoping_sql import frames
from kaoping_sql.made_up import MadeUp

PERIOD = parse_period("2025")
BARE = Frame(PERIOD, date(2026, 1, 15), {}, closed=frozenset({"2025"}), published={"2024": "2025-01-20T00:00:00Z"})
NOW = datetime(2026, 1, 10, 8, tzinfo=UTC)
QUARTERS = (1, 2, 3, 4)
ENDS = {quarter: date(2025, *last).toordinal() for quarter, last in enumerate([(3, 31), (6, 30), (9, 30), (12, 31)], 1)}
SPECIMENS = 1000
"""Made-up subjects that are counted by hand, to find which column of a frame holds what."""


def plan(scheme: str = "property-abcd") -> Plan:
    """The scheme that is measured, or another of its family."""
    schemes = read_schemes(files("kaoping_property"))
    chosen = next(one for one in schemes if one.id == scheme)
    return compile_scheme(chosen, merge_catalogue(base_catalogue(), schemes))


def world(size: int, seed: int = 1) -> MadeUp:
    """So many subjects, one value in a thousand missing."""
    return MadeUp(size, PERIOD, seed, blanks=1)


def frame(compiled: Plan, size: int, path: Path) -> frames.About:
    """Their frame."""
    made = world(size)
    return frames.write(compiled, BARE, made, path, lambda c, rows: made.load(c, rows, compiled.main.type))


def log(compiled: Plan, size: int, path: Path) -> Any:
    """The same facts as a log in a database, which is left open."""
    rows = list(frames.compiled(compiled, BARE, world(size), compiled.main)[1].row.all())
    store = create(path)
    with Unguarded(store), made_up_batch(store, Act("made up", "made up"), NOW, 0, size - 1) as batch:
        world(size).write_log(rows, compiled.main.type, batch)
        batch.closing(compiled.scheme.id, PERIOD.text)
    return store


def facts(compiled: Plan, size: int, folder: Path) -> Frame:
    """The same facts in memory, as an evaluation reads them: by way of a log."""
    store = log(compiled, size, folder / "facts.db")
    with closing(store.connection):
        return log_now(store, compiled.needs, PERIOD, BARE.today).frame()


# --- rows for peers

FACTS = {
    **{
        f"{short}_{quarter}": f"{short}_score@2025Q{quarter}"
        for short in ("association", "group", "satisfaction")
        for quarter in QUARTERS
    },
    **{f"annual_{part}": f"annual_{part}_score@2025" for part in ("association", "group", "satisfaction", "complaint")},
    **{f"received_{quarter}": f"result_received_on@2025Q{quarter}" for quarter in QUARTERS},
    **{
        f"households_{quarter}": f"household_count<=2025-{last}"
        for quarter, last in zip(QUARTERS, ("03-31", "06-30", "09-30", "12-31"), strict=True)
    },
    "complete_through": "complaint through",
}
"""What peers call a fact, and the column of a frame that holds it; scores are in tenths, days are ordinals."""

BY_HAND = {
    "complaint": {
        f"{name}_{quarter}": f"received_on BETWEEN {ENDS[quarter] - days + 1} AND {ENDS[quarter]} AND valid{more}"
        for quarter, days in zip(QUARTERS, (90, 91, 92, 92), strict=True)
        for name, more in (("valid", ""), ("rectified", " AND rectified"))
    },
    # the first four kinds rule out an A, the other three mean D; the first responsibility is the main one
    "incident": {"cap": "kind & 15 AND responsibility & 1", "force": "kind & 112 AND responsibility & 1"},
}
"""What is counted of records; those of the made-up county are all of the year."""


def columns(compiled: Plan, path: Path) -> dict[str, str]:
    """Which column of a frame holds what peers call by a name.

    What is counted has a number in the frame; which is which is found by counting the same records by hand.
    """
    made, found = world(SPECIMENS), dict(FACTS)
    rows = list(frames.compiled(compiled, BARE, made, compiled.main)[1].row.all())
    with closing(sqlite3.connect(path)) as connection, closing(sqlite3.connect(":memory:")) as raw:
        made.load(raw, rows, "estate")
        held = connection.execute("SELECT * FROM estate WHERE plain AND key < ? ORDER BY key", (SPECIMENS,))
        names = [name for name, *_ in held.description]
        values = dict(zip(names, zip(*held, strict=True), strict=True))
        for record, wanted in BY_HAND.items():
            for name, condition in wanted.items():
                counted = f'SELECT key, count(*) FROM "estate.{record}" WHERE {condition} GROUP BY key'
                by_hand = dict(raw.execute(counted).fetchall())
                expected = tuple(by_hand.get(key, 0) for key in values["key"])
                found[name] = next(one for one in names if one.startswith(f"{record}~") and values[one] == expected)
    return found


def rows(folder: Path, named: dict[str, str]) -> Any:
    """An exported frame as a table of Arrow in memory, in the peers' names and the order of ids."""
    import pyarrow.parquet as pq  # noqa: PLC0415 - an extra

    table = pq.read_table(folder / "rows.parquet", columns=["id", "plain", *named.values()])
    table = table.sort_by("id")  # results are read in this order; the file has those without blanks first
    return table.rename_columns(["id", "plain", *named])
