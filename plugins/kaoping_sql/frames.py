"""Frames: a period's facts as one wide table, a row for each subject, in a file of its own, and results from it.

A frame holds what a scheme reads of each subject as whole numbers: facts, and what is counted of records and of
related subjects. What is known of the columns before anything is compiled (scales and ends of numbers) stands in it
too.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from kaoping.errors import EnvironmentError
from kaoping.evaluation.keeping import Tell, silent
from kaoping.evaluation.plan import Plan, Section
from kaoping.facts.frame import Frame
from kaoping.facts.periods import Period, parse_period
from kaoping_sql import stretches
from kaoping_sql.compiler import Compiler
from kaoping_sql.emit import DUCKDB, SQLITE, Dialect, quoted
from kaoping_sql.encode import FIRST, LAST
from kaoping_sql.guard import check_known
from kaoping_sql.in_parts import in_parts
from kaoping_sql.keeping import MEMORY
from kaoping_sql.nodes import Node
from kaoping_sql.opinion import FULL, LEAN, SectionStatement, Wanted, relations_of
from kaoping_sql.parquet import ParquetRows, proven
from kaoping_sql.quoting import quoted_name, quoted_text
from kaoping_sql.results import Results, digest_of, lines_of, parquet, results_digest
from kaoping_sql.rows import Bounds, Column, Known, Row
from kaoping_sql.spark import in_spark
from kaoping_sql.statement import PLAIN, Marked, Statement
from kaoping_sql.tables import FrameTables
from kaoping_sql.throwaway import clear_away, throwaway, unfinished
from kaoping_sql.watched import watched
from kaoping_sql.words import failed

OWN = ("id", "since", "until")
FORM = 2
"""What columns are called and which rows are plain; a frame of another form is not read."""


@dataclass
class About:
    """What a frame says of itself; it is `Known` to a compiler."""

    scheme: str
    edition: str
    section: str
    period: str
    today: str
    closed: list[str]
    published: dict[str, str]
    parameters: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, list[int]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    columns: list[str] = field(default_factory=list)
    calendars: dict[str, list[list[str]]] = field(default_factory=dict)
    settled: list[str] = field(default_factory=list)
    form: int = 1

    def bounds(self, table: str, column: Column) -> Bounds:
        """The scale and the ends of a column of numbers, as they were when the frame was built."""
        return Bounds(*self.numbers[_place(table, column)])

    def most(self, name: str) -> int:
        """How many records of a type, or members of a relation, one subject has at most."""
        return self.counts[name]

    def text(self) -> str:
        """As JSON."""
        return json.dumps(vars(self), ensure_ascii=False)

    def write(self, folder: Path) -> None:
        """Into the file that stands beside rows which go elsewhere."""
        text = json.dumps(vars(self), ensure_ascii=False, indent=1)
        (folder / "about.json").write_text(text, encoding="utf-8")

    def bare(self) -> Frame:
        """The frame without its facts."""
        span = parse_period(self.period)
        today = date.fromisoformat(self.today)
        calendars = {
            name: tuple(
                Period(date.fromisoformat(start), date.fromisoformat(end), text, name) for start, end, text in one
            )
            for name, one in self.calendars.items()
        }
        return Frame(span, today, {}, closed=frozenset(self.closed), published=self.published, calendars=calendars)


class _Noting:
    """Notes what a compiler asks a frame, so that the same may be asked again."""

    def __init__(self, known: Known, about: About) -> None:
        self.known = known
        self.about = about

    def bounds(self, table: str, column: Column) -> Bounds:
        found = self.known.bounds(table, column)
        self.about.numbers[_place(table, column)] = [found.scale, found.low, found.high]
        return found

    def most(self, name: str) -> int:
        found = self.about.counts[name] = self.known.most(name)
        return found


def _place(table: str, column: Column) -> str:
    return f"{table}/{column.fact.id if column.fact else column.name}"


class Batch:
    """The statement that a frame is evaluated by, in any database."""

    def __init__(self, plan: Plan, about: About, wanted: Wanted = LEAN, among_all: bool = False) -> None:
        """Compile it; `among_all`: who runs it brings places among all, where they are read, beside the frame."""
        check_known(plan)
        if about.form != FORM:
            raise failed("other-form")
        self.about = about
        section = plan.section(about.section)
        compiler = Compiler(plan, about.bare(), about)
        compiler.among_all = among_all
        self.statement = SectionStatement(compiler, section, wanted=wanted)

    def sql(self, dialect: Dialect, blanks: str = "") -> str:
        """Its text; `blanks`: the name by which rows with blanks are read, where it is another."""
        return self.statement.sql(dialect, Marked(frozenset(self.about.settled), blanks))

    def columns(self) -> dict[str, Node]:
        """What it reads of a frame; a number must lie between the ends of its node."""
        found: dict[str, Node] = {}
        waiting = [*self.statement.ranges.values(), *(self.statement.points or {}).values()]
        seen = set(waiting)
        while waiting:
            node = waiting.pop()
            if node.op == "col" and (node.args[0] not in found or node.nullable):
                found[node.args[0]] = node
            waiting += [kid for kid in node.kids() if kid not in seen]
            seen.update(node.kids())
        return found

    def numbers(self) -> list[Node]:
        """Those of them that are numbers."""
        return [node for node in self.columns().values() if node.kind != "text"]

    def check_columns(self, there: Iterable[str]) -> None:
        """A frame has every column: SQLite takes a name it does not know for a text.

        Raises:
            EngineFailedError: names those that are missing.
        """
        missing = sorted({*self.columns(), "key", PLAIN} - set(there))
        if missing:
            raise failed("no-column", columns=", ".join(missing))

    def check_marks(self, ask: Callable[[str], Any], dialect: Dialect = SQLITE) -> None:
        """Rows that say so have no blanks, and no key is there twice: a row is judged by either way, and once.

        Args:
            ask: gives the first row of a query.
            dialect: how the database that is asked says names.

        Raises:
            EngineFailedError: says how many rows are otherwise.
        """
        table = quoted(self.about.section).sql(dialect=dialect.name)
        plain = self.statement.plain_sql(dialect, frozenset(self.about.settled))
        held = f"CASE WHEN {PLAIN} = 0 THEN 0 WHEN {PLAIN} = 1 AND {plain} THEN 0 ELSE 1 END"
        otherwise, twice = ask(f"SELECT sum({held}), count(*) - count(DISTINCT key) FROM {table}")
        if otherwise:
            raise failed("plain-differs", count=otherwise)
        if twice:
            raise failed("key-twice", count=twice)

    def check_values(self, ask: Callable[[str], Any], whole: str, dialect: Dialect = SQLITE) -> None:
        """Every number lies within what is declared, and no subject is there twice.

        Args:
            ask: gives the first row of a query.
            whole: a condition that `{}` is a whole number.
            dialect: how the database that is asked says names.

        Raises:
            EngineFailedError: names the first column that has others, and how many.
        """
        table = quoted(self.about.section).sql(dialect=dialect.name)
        twice = ask(f"SELECT count(*) - count(DISTINCT id) FROM {table}")[0]
        if twice:
            raise failed("subject-twice", count=twice)
        asked = self.numbers()
        if not asked:
            return
        outside = [
            f"sum(CASE WHEN {name} IS NULL THEN {0 if node.nullable else 1} "
            f"WHEN {whole.format(name)} AND {name} BETWEEN {node.low} AND {node.high} THEN 0 ELSE 1 END)"
            for node in asked
            for name in [quoted(node.args[0]).sql(dialect=dialect.name)]
        ]
        for node, count in zip(asked, ask(f"SELECT {', '.join(outside)} FROM {table}"), strict=True):
            if count:
                raise failed("out-of-range", table=self.about.section, column=node.args[0], count=count)


def build(plan: Plan, frame: Frame, path: Path, section: Section | None = None) -> About:
    """Write the frame of a section into a new SQLite file, from the facts in memory."""
    from kaoping_sql.placing import placing  # noqa: PLC0415 - places build on the same parts

    tables = FrameTables(plan, frame, placing(plan, frame))
    types = (section or plan.main).type

    def load(connection: sqlite3.Connection, rows: list[Row]) -> None:
        tables.load(connection, rows, relations_of(rows), own=types)

    return write(plan, frame, tables, path, load, section)


def write(
    plan: Plan,
    frame: Frame,
    known: Known,
    path: Path,
    load: Callable[[sqlite3.Connection, list[Row]], None],
    section: Section | None = None,
) -> About:
    """Write the frame of a section into a new SQLite file; `load` writes the tables it is gathered from.

    Raises:
        EngineFailedError: the database could not finish; the file is gone then.
    """
    about, statement = compiled(plan, frame, known, section or plan.main)
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    try:
        with closing(throwaway(part)) as connection:
            stretches.functions(connection)
            load(connection, list(statement.row.all()))
            _gather(connection, statement, about, frame.period.end.toordinal())
        part.replace(path)
    except sqlite3.Error as error:
        raise failed("failed", problem=str(error)) from error
    finally:
        part.unlink(missing_ok=True)
    return about


def compiled(plan: Plan, frame: Frame, known: Known, section: Section) -> tuple[About, SectionStatement]:
    """What a frame says of itself but for its columns, and the statement it is read by."""
    about = About(
        plan.scheme.id,
        plan.scheme.edition,
        section.type,
        frame.period.text,
        frame.today.isoformat(),
        sorted(frame.closed),
        dict(frame.published),
        calendars={
            name: [[one.start.isoformat(), one.end.isoformat(), one.text] for one in windows]
            for name, windows in frame.calendars.items()
        },
        form=FORM,
    )
    check_known(plan)
    compiler = Compiler(plan, frame, _Noting(known, about))
    compiler.among_all = True
    statement = SectionStatement(compiler, section, wanted=FULL)
    about.settled = statement.marks()
    return about, statement


def gathered(statement: SectionStatement, end: int, maker: Statement | None = None) -> str:
    """The query of a frame's rows, from the tables the statement reads: subjects on file on a day."""
    maker = maker or Statement(statement.c.b)
    text = maker.sql(maker.gathering(statement.row, OWN))
    plain = f"CASE WHEN {statement.plain_sql()} THEN 1 ELSE 0 END AS {PLAIN}"
    return f"SELECT g.*, {plain} FROM ({text}) AS g WHERE since <= {end} AND {end} < until"


def _gather(connection: sqlite3.Connection, statement: SectionStatement, about: About, end: int) -> None:
    """All that is counted beside the facts, into one table; the others are thrown away."""
    before = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    connection.execute(f'CREATE TABLE "*" AS {gathered(statement, end)} ORDER BY id')
    for name in before:
        connection.execute(f"DROP TABLE {quoted_name(name)}")
    connection.execute(f'ALTER TABLE "*" RENAME TO {quoted_name(about.section)}')
    connection.execute(index_of_blanks(quoted_name(about.section)))
    about.columns = [row[1] for row in connection.execute(f"PRAGMA table_info({quoted_name(about.section)})")]
    connection.execute("CREATE TABLE about (text TEXT NOT NULL)")
    connection.execute("INSERT INTO about VALUES (?)", (about.text(),))
    connection.commit()
    connection.execute("VACUUM")


def index_of_blanks(table: str) -> str:
    """The statement that makes it known which rows of a table, as it stands in a statement, have blanks: few."""
    return f'CREATE INDEX main."blanks" ON {table} (key) WHERE {PLAIN} = 0'


def opened(path: Path) -> sqlite3.Connection:
    """A frame to be read: what a program that was killed had half done is undone by opening it, where one may write."""
    mode = "rw" if os.access(path, os.W_OK) else "ro"
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True)
    connection.execute("PRAGMA query_only = ON")
    return connection


def read_about(path: Path) -> About:
    """What a frame says of itself.

    Raises:
        EnvironmentError: the file is no frame.
    """
    try:
        if path.is_dir():
            return About(**json.loads((path / "about.json").read_text(encoding="utf-8")))
        with closing(opened(path)) as connection:
            (text,) = connection.execute("SELECT text FROM about").fetchone()
        return About(**json.loads(text))
    except (sqlite3.Error, OSError, ValueError, TypeError) as error:
        raise EnvironmentError("sql.no-frame", path=str(path), problem=str(error)) from error


def digest(path: Path) -> str:
    """SHA-256 over the rows of a frame, in the order of its subjects."""
    about = read_about(path)
    names = [quoted_name(name) for name in about.columns if name != "key"]
    with closing(opened(path)) as connection:
        return digest_of(connection.execute(f"SELECT {lines_of(names)} FROM {quoted_name(about.section)} ORDER BY id"))


def in_sqlite(batch: Batch, frame: Path, results: Path, at_once: int | None = None) -> int:
    """Evaluate a frame by SQLite into a new SQLite file; gives how many subjects there were.

    Args:
        batch: the statement.
        frame: the file of the frame.
        results: the new file.
        at_once: how many parts of the frame are judged at the same time; None: as many as there are processors, where
            there are subjects enough.

    Raises:
        EngineFailedError: the database could not finish; the file is gone then.
    """
    table = quoted_name(batch.about.section)
    try:
        with closing(opened(frame)) as connection:
            batch.check_columns(row[1] for row in connection.execute(f"PRAGMA table_info({table})"))
            (last,) = connection.execute(f"SELECT coalesce(max(rowid), 0) FROM {table}").fetchone()
        blanks = f"{batch.about.section} with blanks"
        return in_parts(batch.sql(SQLITE, blanks), (table, quoted_name(blanks)), frame, results, last, at_once)
    except sqlite3.Error as error:
        raise failed("failed", problem=str(error)) from error


def in_duckdb(batch: Batch, frame: Path, results: Path, memory: str = MEMORY, tell: Tell = silent) -> int:
    """Evaluate a frame in Parquet by DuckDB, out of core, into a Parquet file; `tell` hears how far it is.

    What does not fit into the memory it is given goes into a folder beside the results, and is gone afterwards.

    Raises:
        EngineFailedError: the frame is not as it should be, or the database could not finish; there are no results.
    """
    import duckdb  # noqa: PLC0415 - an extra

    clear_away(results)
    part = unfinished(results)
    try:
        with (
            TemporaryDirectory(dir=results.parent, prefix=f".{results.name}-") as spilt,
            duckdb.connect(config=_settings(memory, spilt)) as connection,
        ):
            source = frame / "rows.parquet"
            connection.execute(f"CREATE VIEW {quoted_name(batch.about.section)} AS FROM {parquet(source)}")
            there = connection.execute(f"DESCRIBE {quoted_name(batch.about.section)}").fetchall()
            batch.check_columns(row[0] for row in there)

            def ask(query: str) -> Any:
                return connection.execute(query).fetchone()

            if not proven(connection, batch.about.section, source, batch.numbers()):
                batch.check_values(ask, "typeof({}) = 'BIGINT'")
            batch.check_marks(ask, DUCKDB)
            copy = f"COPY ({batch.sql(DUCKDB)}) TO {quoted_text(part)} (FORMAT parquet)"
            with watched(connection, batch.about.section, tell):
                count = connection.execute(copy).fetchone()
        part.replace(results)
        return int(count[0]) if count else 0
    except duckdb.Error as error:
        raise failed("failed", problem=str(error).splitlines()[0]) from error
    finally:
        part.unlink(missing_ok=True)


def _settings(memory: str, spilt: str) -> dict[str, str | bool | int | float | list[str]]:
    return {"memory_limit": memory, "temp_directory": spilt, "preserve_insertion_order": False}


def export(frame: Path, folder: Path) -> None:
    """A frame as Parquet with what it says of itself, for DuckDB and Spark."""
    about = read_about(frame)
    folder.mkdir(parents=True, exist_ok=True)
    about.write(folder)
    with closing(opened(frame)) as connection, ParquetRows(folder / "rows.parquet") as rows:
        rows.add(connection, about.section, about.columns)


def check_frame(batch: Batch, path: Path) -> None:
    """A frame that came from elsewhere has the columns and values it should.

    Raises:
        EngineFailedError: it has not.
    """
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        table = quoted_name(batch.about.section)
        batch.check_columns(row[1] for row in connection.execute(f"PRAGMA table_info({table})"))

        def ask(query: str) -> Any:
            return connection.execute(query).fetchone()

        batch.check_values(ask, "typeof({}) = 'integer'")
        batch.check_marks(ask)


def name_of(table: str) -> str:
    """The table's name as it stands in a statement."""
    return quoted_name(table)


__all__ = [
    "FIRST",
    "LAST",
    "About",
    "Batch",
    "Results",
    "build",
    "digest",
    "export",
    "in_duckdb",
    "in_spark",
    "in_sqlite",
    "results_digest",
]
