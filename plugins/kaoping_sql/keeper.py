"""Frames that are kept up with the log of facts, each in a file of its own that is replaced or changed as a whole.

A frame is made by the database, some thousand subjects at a time; where something is new of subjects, their rows and
those of the subjects related to them are made again in the same way. What the rows are made by (the queries, scales and
types) is kept as a digest: where that has changed, the frame is made from nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kaoping.errors import EnvironmentError
from kaoping.evaluation.keeping import FactLog, KeptFrame, Tell, silent
from kaoping.evaluation.plan import Plan, Section
from kaoping.evaluation.rulebook import EngineFailedError
from kaoping_sql import frames
from kaoping_sql.block_plan import BlockPlan
from kaoping_sql.counted import SHAPE, Counted, NotNativeError
from kaoping_sql.log_blocks import LogBlocks
from kaoping_sql.log_tables import LogTables, Span
from kaoping_sql.opinion import SectionStatement, relations_of
from kaoping_sql.readers import EndlessError, Readers, functions
from kaoping_sql.rows import Row
from kaoping_sql.sharing import make_rows

AT_ONCE = 8192
"""Subjects whose rows are made together."""
GAP = 64
"""Subjects that are read with others rather than begin a new reading."""
PATIENCE = 60.0


@dataclass(frozen=True)
class Kept:
    """What a kept frame says of how it was made.

    Attributes:
        state: of the log, and `known_at` the moment.
        recipe: the digest of what its rows are made by; "" where it was made in memory.
        depth: how many relations after another rows read.
        in_memory: the key of the text that says why the database could not make it, or "".
    """

    form: int
    known_at: str
    today: str
    state: str
    recipe: str
    subjects: int
    depth: int = 0
    in_memory: str = ""


def keep(
    plan: Plan, log: FactLog, path: Path, section: Section | None = None, anew: bool = False, tell: Tell = silent
) -> KeptFrame:
    """Bring the frame at a path up to date with the log, or build it; `anew`: from nothing.

    Raises:
        NoFormError: something in the plan has no SQL form; it is named with its place.
        Problems: something stored does not fit the catalogue any more.
        EnvironmentError: the database could not finish; the former frame is as it was.
    """
    section = section or plan.main
    try:
        kept = read_kept(path)
        why = "frame-asked-anew" if anew else "frame-none" if kept is None else "frame-form"
        if kept and not anew and kept.form == frames.FORM:
            found = _update(plan, log, path, section, kept, tell)
            if isinstance(found, KeptFrame):
                return found
            why = found
        return _build(plan, log, path, section, why, tell)
    except sqlite3.Error as error:
        raise EnvironmentError("sql.failed", problem=str(error)) from error
    except EngineFailedError as error:
        raise EnvironmentError("sql.failed", problem=str(error)) from error


def read_kept(path: Path) -> Kept | None:
    """How the frame at a path was made, or None where there is none that is kept."""
    if not path.exists():
        return None
    try:
        with closing(_open(path)) as connection:
            return _kept_in(connection)
    except (sqlite3.Error, ValueError, TypeError):
        return None


def frame_data(path: Path) -> dict[str, Any]:
    """What a frame says of itself, and how it was made where it is kept.

    Raises:
        EnvironmentError: the file is no frame.
    """
    about, kept = frames.read_about(path), None if path.is_dir() else read_kept(path)
    names = ("scheme", "edition", "section", "period", "today", "columns")
    found = {name: getattr(about, name) for name in names}
    if kept:
        found |= {name: getattr(kept, name) for name in ("known_at", "state", "subjects", "in_memory", "recipe")}
        return found
    found |= {"known_at": None, "state": None, "subjects": None, "in_memory": "", "recipe": ""}
    if not path.is_dir():
        with closing(_open(path)) as connection:
            query = f"SELECT count(*) FROM {frames.name_of(about.section)}"
            found["subjects"] = connection.execute(query).fetchone()[0]
    return found


def _kept_in(connection: sqlite3.Connection) -> Kept:
    (text,) = connection.execute("SELECT text FROM main.kept").fetchone()
    return Kept(**json.loads(text))


def _open(path: Path) -> sqlite3.Connection:
    """For writing even where it is only read: what a killed program left half done is undone by the next."""
    connection = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None, cached_statements=1024, uri=True)
    connection.execute("PRAGMA temp_store = MEMORY")
    return connection


# --- from nothing


def _build(plan: Plan, log: FactLog, path: Path, section: Section, why: str, tell: Tell) -> KeptFrame:
    for old in path.parent.glob(f".{path.name}.*.new*"):  # of programs that were killed
        if not _alive(old):
            old.unlink(missing_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.new")
    unfinished.unlink(missing_ok=True)
    try:
        try:
            subjects = _build_natively(plan, log, unfinished, section, tell)
        except NotNativeError as problem:
            unfinished.unlink(missing_ok=True)
            why = str(problem)
            subjects = _build_in_memory(plan, log, unfinished, section, why)
            tell(subjects, subjects)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return KeptFrame(str(path), section.type, subjects, log.known_at, "built", subjects, why)


def _alive(unfinished: Path) -> bool:
    with suppress(ValueError, ProcessLookupError, IndexError):
        os.kill(int(unfinished.name.split(".")[-2]), 0)
        return True
    return False


def _build_in_memory(plan: Plan, log: FactLog, path: Path, section: Section, why: str) -> int:
    frames.build(plan, log.frame(), path, section)
    with closing(_open(path)) as connection:
        (subjects,) = connection.execute(f"SELECT count(*) FROM {frames.name_of(section.type)}").fetchone()
        connection.execute("CREATE TABLE kept (text TEXT NOT NULL)")
        _note(connection, Kept(frames.FORM, log.known_at, _today(log), log.state, "", subjects, in_memory=why))
    return int(subjects)


def _build_natively(plan: Plan, log: FactLog, path: Path, section: Section, tell: Tell) -> int:
    with closing(_open(path)) as connection:
        connection.execute("PRAGMA journal_mode = OFF")  # an unfinished file is thrown away
        connection.execute("PRAGMA synchronous = OFF")
        log.attach(connection)
        connection.execute("BEGIN")
        for statement in SHAPE:
            connection.execute(statement)
        making = _Making(plan, log, connection, section)
        making.counted.by_blocks = True
        making.prepare()
        making.shape()
        last, subjects = log.last_subject(), 0
        making.read_blocks()
        if making.blocks:
            subjects = make_rows(making.blocks, making.table, path, last, tell)
        else:
            for low in range(0, last + 1, AT_ONCE):
                subjects += making.make(range(low, low + AT_ONCE), whole=True)[1]
                tell(min(low + AT_ONCE, last), last)
        making.check()
        connection.execute(frames.index_of_blanks(making.table))
        connection.execute("CREATE TABLE main.kept (text TEXT NOT NULL)")
        connection.execute("CREATE TABLE main.about (text TEXT NOT NULL)")
        making.note(subjects)
        connection.execute("COMMIT")
    with path.open("rb+") as file:
        os.fsync(file.fileno())
    return subjects


# --- in some rows


def _update(plan: Plan, log: FactLog, path: Path, section: Section, kept: Kept, tell: Tell) -> KeptFrame | str:
    """Make the rows again of whom there is something new; the key of the text that says why all must be made."""
    today = _today(log)
    if (kept.state, kept.today, kept.known_at) == (log.state, today, log.known_at):
        return KeptFrame(str(path), section.type, kept.subjects, kept.known_at, "current")
    if not kept.recipe:
        return kept.in_memory
    with closing(_open(path)) as connection:
        log.attach(connection)
        connection.execute("BEGIN IMMEDIATE")
        try:
            kept = _kept_in(connection)  # another program may have been faster
            touched = log.touched_since(kept.state)
            if touched is None:
                return "frame-other-log"
            making = _Making(plan, log, connection, section)
            rows = making.changed(touched, kept.depth)
            making.prepare()
            if making.recipe != kept.recipe:
                return "frame-other-recipe"
            written, subjects = 0, kept.subjects
            for start in range(0, len(rows), AT_ONCE):
                gone, made = making.make(rows[start : start + AT_ONCE])
                written, subjects = written + made, subjects + made - gone
                tell(min(start + AT_ONCE, len(rows)), len(rows))
            making.check()
            making.note(subjects)
            connection.execute("COMMIT")
        except NotNativeError as problem:
            return str(problem)
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
    return KeptFrame(str(path), section.type, subjects, log.known_at, "updated", written)


class _Making:
    """Makes rows of a frame from the log attached to a connection."""

    def __init__(self, plan: Plan, log: FactLog, connection: sqlite3.Connection, section: Section) -> None:
        self.plan = plan
        self.log = log
        self.connection = connection
        self.section = section
        self.table = frames.name_of(section.type)
        self.counted = Counted(plan, log, connection)
        self.blocks: LogBlocks | None = None
        self.readers = Readers(log.reader)
        functions(connection)

    def prepare(self) -> None:
        """Compile, and make the tables that rows are gathered from."""
        bare = self.log.bare
        self.about, statement = frames.compiled(self.plan, bare, self.counted, self.section)
        read = list(statement.row.all())
        self.relations = sorted(relations_of(read))
        self.depth = _depth(statement.row)
        for relation in self.relations:
            self.counted.link(relation)
        self.statement = statement
        self.query = frames.gathered(statement, bare.period.end.toordinal())
        self.tables = LogTables(self.plan, self.log, self.connection, self.counted, self.section.type, self.readers)
        self.tables.prepare(read, self.relations)
        self.recipe = self._recipe(statement)

    def _recipe(self, statement: SectionStatement) -> str:
        """The digest of all that rows are made by."""
        made = [frames.FORM, self.section.type, self.query, self.depth, self.relations]
        scales = {place: ends[0] for place, ends in self.about.numbers.items()}
        types = {
            column.name: repr((column.type, column.fact and column.fact.holds))
            for row in statement.row.all()
            for column in row.columns.values()
        }
        return hashlib.sha256(json.dumps([made, scales, types], sort_keys=True).encode()).hexdigest()

    def shape(self) -> None:
        """The table of rows, empty."""
        self.connection.execute(f"CREATE TEMP TABLE shape_ AS {self.query} LIMIT 0")
        columns = [(row[1], row[2]) for row in self.connection.execute("PRAGMA temp.table_info(shape_)")]
        declared = [
            '"key" INTEGER PRIMARY KEY' if name == "key" else f"{frames.name_of(name)} {kind}" for name, kind in columns
        ]
        self.declared = f"CREATE TABLE main.{self.table} ({', '.join(declared)})"
        self.connection.execute(self.declared)

    def read_blocks(self) -> None:
        """From now on make rows from blocks, where they read nothing of related subjects."""
        row, end = self.statement.row, self.log.bare.period.end.toordinal()
        if any(group.link != "record" for one in row.all() for group in one.groups.values()):
            return
        plan = BlockPlan(self.tables, row, self.statement.c.b, self.counted.most)
        table = f"main.{self.table}"
        work = plan.work(
            self.declared, lambda maker: f"INSERT INTO {table} {frames.gathered(self.statement, end, maker)}"
        )
        self.connection.execute(f"DROP TABLE temp.{self.table}")
        for statement in work.create:
            self.connection.execute(statement)
        fed = {
            column.name: self.counted.memory().fed(self.section.type, column)
            for column in row.columns.values()
            if column.kind == "fed"
        }
        self.blocks = LogBlocks(work, self.connection, Readers(self.log.reader), fed)

    def make(self, keys: Sequence[int], whole: bool = False) -> tuple[int, int]:
        """Make the rows of some subjects (again); `whole`: all between the first and the last, for the first time.

        Gives how many rows were there and how many are now.
        """
        self.tables.empty()
        connection = self.connection
        connection.executemany("INSERT INTO wanted_ VALUES (?)", ((key,) for key in keys))
        reached = self._reached("from", "to", keys)
        self.tables.fill(list(spans(reached)))
        wanted = "key IN (SELECT key FROM wanted_)"
        gone = 0 if whole else connection.execute(f"DELETE FROM main.{self.table} WHERE {wanted}").rowcount
        made = connection.execute(f"INSERT INTO main.{self.table} SELECT * FROM ({self.query}) WHERE {wanted}").rowcount
        return gone, made

    def changed(self, touched: Sequence[int], depth: int) -> list[int]:
        """The subjects whose rows may be others now; what is known beforehand is brought up to date for them."""
        counted = [what for (what,) in self.connection.execute("SELECT DISTINCT what FROM counted ORDER BY what")]
        self.relations = [what.partition(" ")[2] for what in counted if what.startswith("members ")]
        self.depth = depth
        self.connection.execute('CREATE TEMP TABLE reached_ ("key" INTEGER PRIMARY KEY)')
        before = self._reached("to", "from", touched)
        for name in self.relations:
            self.counted.links_anew(name, list(spans(touched, 0)))
        rows = sorted({*before, *self._reached("to", "from", touched)})
        self.connection.execute("DROP TABLE temp.reached_")
        for what in counted:
            self.counted.count(what, list(spans(rows, 0)))
        return rows

    def _reached(self, start: str, end: str, keys: Sequence[int]) -> list[int]:
        """The subjects and those that relations lead to from them, as far as anything is read of these."""
        connection = self.connection
        connection.execute("DELETE FROM reached_")
        connection.executemany("INSERT INTO reached_ VALUES (?)", ((key,) for key in keys))
        names = ", ".join(f"'{name}'" for name in self.relations)
        for _ in range(self.depth if names else 0):
            done = connection.execute(
                f'INSERT OR IGNORE INTO reached_ SELECT "{end}" FROM link '
                f'WHERE relation IN ({names}) AND "{start}" IN (SELECT key FROM reached_)'
            )
            if not done.rowcount:
                break
        return [key for (key,) in connection.execute("SELECT key FROM reached_ ORDER BY key")]

    def check(self) -> None:
        """What was read fits the catalogue, and every number its scale.

        Raises:
            NotNativeError: a number has no end, which the database cannot scale.
            Problems: something stored does not fit the catalogue any more.
        """
        misfits = [*self.readers.misfits, *(self.blocks.misfits if self.blocks else ())]
        if any(isinstance(misfit, EndlessError) for misfit in misfits):
            raise NotNativeError("frame-endless")
        if misfits:
            self.log.frame()  # says where; says nothing where all of them were corrected

    def note(self, subjects: int) -> None:
        """Say in the frame what it is and how it was made."""
        columns = self.connection.execute(f"PRAGMA main.table_info({self.table})")
        self.about.columns = [row[1] for row in columns]
        self.connection.execute("DELETE FROM main.about")
        self.connection.execute("INSERT INTO main.about VALUES (?)", (self.about.text(),))
        log = self.log
        _note(
            self.connection, Kept(frames.FORM, log.known_at, _today(log), log.state, self.recipe, subjects, self.depth)
        )


def _note(connection: sqlite3.Connection, kept: Kept) -> None:
    connection.execute("DELETE FROM main.kept")
    connection.execute("INSERT INTO main.kept VALUES (?)", (json.dumps(vars(kept)),))


def _today(log: FactLog) -> str:
    return log.bare.today.isoformat()


def _depth(row: Row) -> int:
    """How many relations after another lead from rows to what is read of them."""
    found = 0
    for group in row.groups.values():
        step = 0 if group.link == "record" else 1
        found = max(found, step + _depth(group.source), _depth(group.parent) if group.parent else 0)
    return found


def spans(keys: Sequence[int], gap: int = GAP) -> Iterator[Span]:
    """Sorted numbers as spans, those near each other in one."""
    if isinstance(keys, range):
        yield keys[0], keys[-1]
        return
    first = last = None
    for key in keys:
        if first is None or last is None:
            first = last = key
        elif key - last > gap + 1:
            yield first, last
            first = last = key
        else:
            last = key
    if first is not None and last is not None:
        yield first, last


__all__ = ["Kept", "keep", "read_kept", "spans"]
