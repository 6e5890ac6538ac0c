"""Frames of several offices put together into one: the rows of all, under keys of their own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from kaoping.errors import DataError, EnvironmentError, KaopingError, Problems
from kaoping.evaluation.keeping import Tell
from kaoping.evaluation.plan import Plan
from kaoping_sql import frames
from kaoping_sql.exchange import as_file, batch_of, export
from kaoping_sql.opinion import FULL
from kaoping_sql.quoting import quoted_text
from kaoping_sql.results import parquet
from kaoping_sql.statement import PLAIN
from kaoping_sql.watched import watched

ALIKE = ("scheme", "edition", "section", "period", "today", "closed", "published", "parameters", "calendars")
"""What frames must say in the same words to be put together: the rest of a row is read by it."""


def join(plan: Plan, sources: Sequence[Path], folder: Path, memory: str, tell: Tell) -> int:
    """Put the rows of frames together into a new folder of Parquet; gives how many there are.

    Raises:
        Problems: frames that cannot be read by one statement, or subjects that are in two of them.
        EnvironmentError: DuckDB is not installed, the folder has files in it, or the disk is full.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise EnvironmentError("sql.not-empty", path=folder)
    try:
        import duckdb  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise EnvironmentError("sql.no-extra", where="duckdb") from error
    with _beside(folder) as place:
        about = _together(plan, [batch_of(plan, source, FULL).about for source in sources], sources)
        files = [_as_parquet(plan, source, place / str(number)) for number, source in enumerate(sources)]
        unfinished = place / "joined"
        unfinished.mkdir()
        try:
            with duckdb.connect(config={"memory_limit": memory, "temp_directory": str(place)}) as connection:
                count = _write(connection, files, sources, about, unfinished / "rows.parquet", tell)
        except duckdb.Error as error:
            raise EnvironmentError("sql.failed", problem=str(error).splitlines()[0]) from error
        about.write(unfinished)
        if folder.exists():
            folder.rmdir()
        unfinished.replace(folder)
    return count


@contextmanager
def _beside(folder: Path) -> Iterator[Path]:
    """A folder for what is not finished, on the same disk; gone afterwards."""
    try:
        folder.absolute().parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=folder.absolute().parent, prefix=f".{folder.name}-") as place:
            yield Path(place)
    except OSError as error:
        raise EnvironmentError("sql.failed", problem=str(error)) from error


def _as_parquet(plan: Plan, source: Path, place: Path) -> Path:
    """The rows of a frame as Parquet: as they are, or written there first."""
    if source.is_dir() and not (source / "rows.csv").exists():
        return source / "rows.parquet"
    export(as_file(plan, source, place.with_suffix(".db")), place, "parquet")
    return place / "rows.parquet"


def _together(plan: Plan, abouts: Sequence[frames.About], sources: Sequence[Path]) -> frames.About:
    """What the frame of all says of itself: ends that hold for all, and as granted only what all of them are.

    Raises:
        Problems: names what two frames say differently.
    """
    first, problems = abouts[0], list[KaopingError]()
    for about, source in zip(abouts[1:], sources[1:], strict=True):
        told: dict[str, Any] = {"path": source, "first": sources[0]}
        for name in ALIKE:
            ours, theirs = getattr(first, name), getattr(about, name)
            if name == "calendars":  # those of other schemes may differ
                ours, theirs = ({one: known.get(one) for one in plan.scheme.calendars} for known in (ours, theirs))
            if ours != theirs:
                problems.append(DataError("sql.join-differs", what=name, ours=ours, theirs=theirs, **told))
        for column in sorted(set(first.columns) ^ set(about.columns)):
            where = source if column in first.columns else sources[0]
            problems.append(DataError("sql.join-lacks", path=where, column=column))
        for column in sorted(set(first.numbers) & set(about.numbers)):
            if first.numbers[column][0] != about.numbers[column][0]:
                problems.append(DataError("sql.join-decimals", column=column, **told))
    if problems:
        raise Problems(problems)
    numbers, counts = ({name for about in abouts for name in getattr(about, which)} for which in ("numbers", "counts"))
    ends = {name: [about.numbers[name] for about in abouts if name in about.numbers] for name in sorted(numbers)}
    return replace(
        first,
        numbers={
            name: [known[0][0], min(low for _, low, _ in known), max(high for *_, high in known)]
            for name, known in ends.items()
        },
        counts={name: max(about.counts.get(name, 0) for about in abouts) for name in sorted(counts)},
        settled=sorted(set(first.settled).intersection(*(about.settled for about in abouts))),
    )


def _write(
    connection: Any, files: Sequence[Path], sources: Sequence[Path], about: frames.About, target: Path, tell: Tell
) -> int:
    """All rows, those without blanks first, each frame's under the keys that follow those of the one before."""
    names = [frames.name_of(name) for name in about.columns if name != "key"]
    after, some = 0, []
    for number, file in enumerate(files):
        some.append(f"SELECT {number} AS frame, key + {after} AS key, {', '.join(names)} FROM {parquet(file)}")
        after += int(connection.execute(f"SELECT coalesce(max(key), 0) FROM {parquet(file)}").fetchone()[0])
    connection.execute(f"CREATE VIEW all_rows AS {' UNION ALL '.join(some)}")
    twice = "SELECT id, min(frame), max(frame) FROM all_rows GROUP BY id HAVING count(*) > 1 ORDER BY id LIMIT 50"
    problems = [
        DataError("sql.join-twice", subject=subject, first=sources[one], path=sources[other])
        for subject, one, other in connection.execute(twice).fetchall()
    ]
    if problems:
        raise Problems(problems)
    columns = ", ".join(frames.name_of(name) for name in about.columns)
    rows = " UNION ALL ".join(f"SELECT {columns} FROM all_rows WHERE {PLAIN} = {plain}" for plain in (1, 0))
    with watched(connection, "all_rows", tell):
        (count,) = connection.execute(f"COPY ({rows}) TO {quoted_text(target)} (FORMAT parquet)").fetchone()
    (wanted,) = connection.execute("SELECT count(*) FROM all_rows").fetchone()
    if count != wanted:  # a row that says of itself neither that it has blanks nor that it has none
        raise DataError("sql.plain-differs", count=wanted - count)
    return int(count)
