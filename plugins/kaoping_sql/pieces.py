"""Made-up frames larger than anybody wants in one file of SQLite: piece after piece straight into Parquet."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from kaoping.evaluation.plan import Plan
from kaoping.facts.frame import Frame
from kaoping_sql import frames
from kaoping_sql.made_up import MadeUp
from kaoping_sql.parquet import ParquetRows

PIECE = 200_000
"""Subjects that are made at a time: so many take a hundred megabytes of disk for a while, and no more memory."""


def write_parquet(plan: Plan, bare: Frame, world: MadeUp, folder: Path, piece: int = PIECE) -> frames.About:
    """Write the frame of a made-up world into a folder, as `frames.export` would: the same rows in any pieces."""
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder) as place, ParquetRows(folder / "rows.parquet") as rows:
        path = Path(place) / "piece.db"
        for first in range(0, world.subjects, piece):
            some = world.piece(first, min(piece, world.subjects - first))
            about = frames.write(plan, bare, some, path, partial(some.load, main=plan.main.type))
            with closing(sqlite3.connect(path)) as connection:
                rows.add(connection, about.section, about.columns)
    about.write(folder)
    return about
