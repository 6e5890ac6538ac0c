"""Frames out to files and in from elsewhere: Parquet or CSV, with what the frame says of itself as JSON beside it.

Whole numbers stand as they are and nothing stands for a blank. In CSV a text that a sheet would take for a formula has
an apostrophe before it, and so have the empty text and one that begins with an apostrophe: it is taken off again.
"""

from __future__ import annotations

import csv
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kaoping.errors import DataError, EnvironmentError, KaopingError, Problems, UsageError
from kaoping.evaluation.plan import Plan
from kaoping_sql import frames
from kaoping_sql.nodes import MOST
from kaoping_sql.opinion import FULL, Wanted
from kaoping_sql.statement import PLAIN
from kaoping_sql.throwaway import throwaway
from kaoping_sql.words import NoFormError

FORMS = ("parquet", "csv")
MOST_PROBLEMS = 50
AT_ONCE = 20_000
FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠", "'")
Row = tuple[Any, ...]


def export(path: Path, folder: Path, form: str) -> int:
    """Write a frame into a new folder; gives how many rows it has."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise EnvironmentError("sql.not-empty", path=folder)
    unfinished = folder.with_name(f".{folder.name}.{os.getpid()}.new")
    try:
        unfinished.mkdir(parents=True)
        if form == "csv":
            _write_csv(path, unfinished)
        else:
            frames.export(path, unfinished)
        if folder.exists():
            folder.rmdir()
        unfinished.replace(folder)
    except ImportError as error:
        raise EnvironmentError("sql.no-extra", where="duckdb") from error
    except OSError as error:
        raise EnvironmentError("sql.failed", problem=str(error)) from error
    finally:
        for left in unfinished.glob("*"):
            left.unlink()
        if unfinished.exists():
            unfinished.rmdir()
    with closing(sqlite3.connect(path)) as connection:
        (count,) = connection.execute(f"SELECT count(*) FROM {_table(path)}").fetchone()
    return int(count)


def _table(path: Path) -> str:
    return frames.name_of(frames.read_about(path).section)


def _write_csv(path: Path, folder: Path) -> None:
    about = frames.read_about(path)
    about.write(folder)
    names = ", ".join(map(frames.name_of, about.columns))
    with (
        closing(sqlite3.connect(path)) as connection,
        (folder / "rows.csv").open("w", newline="", encoding="utf-8") as f,
    ):
        writer = csv.writer(f)
        writer.writerow(about.columns)
        rows = connection.execute(f"SELECT {names} FROM {_table(path)} ORDER BY id")
        texts = [row[2] == "TEXT" for row in connection.execute(f"PRAGMA table_info({_table(path)})")]
        writer.writerows([_cell(v) if t else v for v, t in zip(row, texts, strict=True)] for row in rows)


def _cell(text: str | None) -> str | None:
    return text if text is None or (text and not text.startswith(FORMULA)) else "'" + text


def batch_of(plan: Plan, path: Path, wanted: Wanted) -> frames.Batch:
    """The statement that a frame from elsewhere is evaluated by.

    Raises:
        DataError: what it says of itself is missing or cannot be used.
        UsageError: it is of another scheme or edition, or was written by another version of the program.
        DataError: also, the rules read what no row holds; the expression is named with its place.
    """
    try:
        about = frames.read_about(path)
    except EnvironmentError as error:
        raise DataError("sql.no-about", path=path, problem=error.facts["problem"]) from error
    if (about.scheme, about.edition) != (plan.scheme.id, plan.scheme.edition):
        scheme, edition = plan.scheme.id, plan.scheme.edition
        raise UsageError("sql.other-scheme", scheme=scheme, edition=edition, found=f"{about.scheme} {about.edition}")
    if about.form != frames.FORM:
        raise UsageError("sql.other-form")
    try:
        return frames.Batch(plan, about, wanted)
    except KeyError as error:  # it does not say how a column is scaled
        raise DataError("sql.no-about", path=path, problem=str(error)) from error
    except NoFormError as error:  # it asks for places among all, or for facts as such
        raise DataError("sql.not-from-frame", place=error.place, what=error.facts["what"]) from error


def as_file(plan: Plan, frame: Path, place: Path) -> Path:
    """The file of a frame: as it is, or of a folder of CSV one that is written at a place, every cell checked."""
    if not frame.is_dir():
        return frame
    bring_in(plan, frame, place)
    return place


def bring_in(plan: Plan, folder: Path, path: Path, dry_run: bool = False) -> tuple[frames.About, int]:
    """Check a frame from elsewhere and write it into a file of its own.

    Raises:
        Problems: what is wrong with it: columns, kinds of cells, subjects that are there twice, numbers out of range.
        UsageError: it is of another scheme or edition, or was written by another version of the program.
    """
    batch = batch_of(plan, folder, FULL)
    about = batch.about
    source, there, read = _opened(folder)
    incoming = _Incoming(batch, about, there, source)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        count = incoming.write(read(), unfinished)
        if not dry_run:
            unfinished.replace(path)
    except sqlite3.Error as error:
        raise EnvironmentError("sql.failed", problem=str(error)) from error
    finally:
        unfinished.unlink(missing_ok=True)
    return about, count


def _opened(folder: Path) -> tuple[Path, list[str], Callable[[], Iterator[Row]]]:
    """The file with the rows, its columns, and its rows: from CSV as texts."""
    if (folder / "rows.csv").exists():
        return folder / "rows.csv", *_opened_csv(folder / "rows.csv")
    if (folder / "rows.parquet").exists():
        try:
            return folder / "rows.parquet", *_opened_parquet(folder / "rows.parquet")
        except ImportError as error:
            raise EnvironmentError("sql.no-extra", where="duckdb") from error
    raise EnvironmentError("sql.no-rows", path=folder)


def _opened_csv(path: Path) -> tuple[list[str], Callable[[], Iterator[Row]]]:
    def rows(skip: int = 1) -> Iterator[Row]:
        try:
            with path.open(newline="", encoding="utf-8-sig") as file:
                for number, row in enumerate(csv.reader(file, strict=True)):
                    if number >= skip:
                        yield tuple(row)
        except (csv.Error, UnicodeDecodeError) as error:
            raise DataError("sql.not-readable", path=path, problem=str(error)) from error

    return list(next(rows(0), ())), rows


def _opened_parquet(path: Path) -> tuple[list[str], Callable[[], Iterator[Row]]]:
    import pyarrow as pa  # noqa: PLC0415 - an extra
    import pyarrow.parquet as pq  # noqa: PLC0415

    try:
        names = list(pq.read_schema(path).names)
    except (pa.ArrowException, OSError) as error:
        raise DataError("sql.not-readable", path=path, problem=str(error).splitlines()[0]) from error

    def rows() -> Iterator[Row]:
        for some in pq.ParquetFile(path).iter_batches(AT_ONCE):
            yield from zip(*(column.to_pylist() for column in some.columns), strict=True)

    return names, rows


@dataclass
class _Incoming:
    """A frame on its way in."""

    batch: frames.Batch
    about: frames.About
    there: Sequence[str]
    source: Path
    problems: list[KaopingError] = field(default_factory=list)

    def write(self, rows: Iterable[Row], path: Path) -> int:
        """Check the rows and write them into a new file; gives how many there are."""
        nodes = self.batch.columns()
        wanted = [*nodes, "key", "id", "since", "until", PLAIN]
        missing = [name for name in dict.fromkeys(wanted) if name not in self.there]
        twice = sorted({name for name in self.there if self.there.count(name) > 1})
        if missing or twice:
            problem = "sql.lacks-column" if missing else "sql.column-twice"
            raise Problems(DataError(problem, path=self.source, column=name) for name in missing or twice)
        texts = {name for name in self.there if name == "id" or (name in nodes and nodes[name].kind == "text")}
        table = frames.name_of(self.about.section)
        path.unlink(missing_ok=True)
        with closing(throwaway(path, isolation_level=None)) as connection:
            declared = [f"{frames.name_of(name)} {'TEXT' if name in texts else 'INTEGER'}" for name in self.there]
            connection.execute(f"CREATE TABLE {table} ({', '.join(declared)})")
            marks = ", ".join("?" * len(self.there))
            connection.execute("BEGIN")
            connection.executemany(f"INSERT INTO {table} VALUES ({marks})", self._checked(rows, texts))
            self._tell()
            self._look(connection, table)
            self._tell()
            (count,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
            self.about.columns = list(self.there)
            connection.execute("CREATE TABLE about (text TEXT NOT NULL)")
            connection.execute("INSERT INTO about VALUES (?)", (self.about.text(),))
            connection.execute("COMMIT")
        return int(count)

    def _checked(self, rows: Iterable[Row], texts: set[str]) -> Iterator[Row]:
        """The rows with every cell as what it must be; what is wrong is noted with its row and subject."""
        from_csv, subject = self.source.suffix == ".csv", self.there.index("id")
        kinds = [name in texts for name in self.there]
        for number, row in enumerate(rows, start=2 if from_csv else 1):
            if len(row) != len(kinds):
                self._note("sql.row-length", number, "", "", count=len(row), wanted=len(kinds))
                continue
            cells: list[Any] = []
            for name, is_text, cell in zip(self.there, kinds, row, strict=True):
                if from_csv:
                    cells.append(self._from_csv(name, is_text, cell, number, row[subject]))
                elif cell is None or (isinstance(cell, str) if is_text else type(cell) is int):
                    cells.append(self._held(name, cell, number, row[subject]))
                else:
                    self._note("sql.wrong-kind", number, row[subject], name, cell=cell, text=is_text)
            if len(cells) == len(kinds):
                yield tuple(cells)

    def _from_csv(self, name: str, is_text: bool, cell: str, number: int, subject: str) -> str | int | None:
        if not cell:
            return None
        if is_text:
            return cell[1:] if cell.startswith("'") else cell
        digits = cell[1:] if cell[0] == "-" else cell
        if digits.isascii() and digits.isdigit() and len(digits) <= 19:
            held: int | None = self._held(name, int(cell), number, subject)
            return held
        self._note("sql.wrong-kind", number, subject, name, cell=cell, text=False)
        return None

    def _held(self, name: str, cell: Any, number: int, subject: Any) -> Any:
        """A cell that a database can hold."""
        if isinstance(cell, int) and abs(cell) > MOST:
            self._note("sql.beyond", number, subject, name, cell=cell, low=-MOST, high=MOST)
            return None
        return cell

    def _note(self, key: str, row: int, subject: Any, column: str, **facts: Any) -> None:
        cell = str(facts.pop("cell", ""))
        if key == "sql.wrong-kind":
            endless = cell.lower().lstrip("+-") in ("nan", "inf", "infinity")
            key = "sql.not-finite" if endless else "sql.not-a-text" if facts.pop("text") else "sql.not-whole"
            facts.pop("text", None)
        facts |= {"path": self.source, "row": row, "subject": subject, "column": column, "cell": cell[:60]}
        self.problems.append(DataError(key, **facts))
        if len(self.problems) >= MOST_PROBLEMS:
            self._tell()

    def _tell(self) -> None:
        if self.problems:
            raise Problems(self.problems)

    def _look(self, connection: sqlite3.Connection, table: str) -> None:
        """What is wrong with rows that are whole numbers and texts; a row's number is that of the file."""
        first = 1 if self.source.suffix == ".csv" else 0
        for name in ("id", "key"):
            rows = connection.execute(
                f"SELECT {name}, min(rowid), max(rowid) FROM {table} GROUP BY {name} "
                f"HAVING count(*) > 1 OR {name} IS NULL ORDER BY 2 LIMIT {MOST_PROBLEMS}"
            )
            for cell, one, other in rows:
                self._note("sql.there-twice", other + first, cell, name, cell=cell, before=one + first)
        for node in self.batch.columns().values():
            name = frames.name_of(node.args[0])
            if node.kind == "text":
                continue
            blank = "0" if node.nullable else "1"
            rows = connection.execute(
                f"SELECT rowid, id, {name} FROM {table} WHERE CASE WHEN {name} IS NULL THEN {blank} "
                f"ELSE {name} NOT BETWEEN {node.low} AND {node.high} END LIMIT {MOST_PROBLEMS}"
            )
            for row, subject, cell in rows:
                told = "" if cell is None else cell
                self._note("sql.beyond", row + first, subject, node.args[0], cell=told, low=node.low, high=node.high)
        plain = self.batch.statement.plain_sql()
        rows = connection.execute(
            f"SELECT rowid, id, {PLAIN} FROM {table} WHERE {PLAIN} IS NOT (CASE WHEN {plain} THEN 1 ELSE 0 END) "
            f"OR since IS NULL OR until IS NULL LIMIT {MOST_PROBLEMS}"
        )
        for row, subject, cell in rows:
            self._note("sql.not-plain", row + first, subject, PLAIN, cell=cell)
