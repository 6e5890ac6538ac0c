"""Making rows of a frame from the log: some of them from rows of the log, or all from its blocks."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Sequence
from importlib.resources import files

from kaoping.evaluation.keeping import FactLog
from kaoping.evaluation.plan import Plan, Section
from kaoping_sql import frames
from kaoping_sql.block_plan import BlockPlan
from kaoping_sql.block_work import Work
from kaoping_sql.counted import Counted, NotNativeError
from kaoping_sql.log_blocks import LogBlocks
from kaoping_sql.log_tables import LogTables, Span
from kaoping_sql.opinion import SectionStatement, relations_of
from kaoping_sql.readers import EndlessError, Readers, functions
from kaoping_sql.rows import Row

GAP = 64
"""Subjects that are read with others rather than begin a new reading."""


class Making:
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
        self.end = bare.period.end.toordinal()
        self.query = frames.gathered(statement, self.end)
        self.tables = LogTables(self.plan, self.log, self.connection, self.counted, self.section.type, self.readers)
        self.tables.prepare(read, self.relations)
        self.recipe = self._recipe(statement)

    def _recipe(self, statement: SectionStatement) -> str:
        """The digest of all that rows are made by."""
        runs = (files("kaoping_sql") / "stretches.py").read_bytes()  # what the query calls, but does not say
        made = [
            frames.FORM,
            self.section.type,
            self.query,
            self.depth,
            self.relations,
            hashlib.sha256(runs).hexdigest(),
        ]
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
        self.declared = ", ".join(declared)
        self.connection.execute(f"CREATE TABLE main.{self.table} ({self.declared})")

    def plan_blocks(self) -> BlockPlan:
        """A plan of the same rows made from blocks."""
        return BlockPlan(self.tables, self.statement.row, self.statement.c.b, self.counted.most)

    def read_blocks(self, work: Work, connection: sqlite3.Connection) -> LogBlocks:
        """Begin to do a work on a connection that has the log."""
        fed = {
            (row.table, column.name): self.counted.memory().fed(row.table, column)
            for row in self.statement.row.all()
            for column in row.columns.values()
            if column.kind == "fed"
        }
        self.blocks = LogBlocks(work, connection, Readers(self.log.reader), fed)
        self.blocks.create()
        return self.blocks

    def make(self, keys: Sequence[int]) -> tuple[int, int]:
        """Make the rows of some subjects again; gives how many rows were there and how many are now."""
        self.tables.empty()
        connection = self.connection
        connection.executemany("INSERT INTO wanted_ VALUES (?)", ((key,) for key in keys))
        self.tables.fill(list(spans(self.reached("from", "to", keys))))
        wanted = "key IN (SELECT key FROM wanted_)"
        gone = connection.execute(f"DELETE FROM main.{self.table} WHERE {wanted}").rowcount
        made = connection.execute(f"INSERT INTO main.{self.table} SELECT * FROM ({self.query}) WHERE {wanted}").rowcount
        return gone, made

    def changed(self, touched: Sequence[int], depth: int) -> list[int]:
        """The subjects whose rows may be others now; what is known beforehand is brought up to date for them."""
        counted = [what for (what,) in self.connection.execute("SELECT DISTINCT what FROM counted ORDER BY what")]
        self.relations = [what.partition(" ")[2] for what in counted if what.startswith("members ")]
        self.depth = depth
        self.connection.execute('CREATE TEMP TABLE reached_ ("key" INTEGER PRIMARY KEY)')
        before = self.reached("to", "from", touched)
        for name in self.relations:
            self.counted.links_anew(name, list(spans(touched, 0)))
        rows = sorted({*before, *self.reached("to", "from", touched)})
        self.connection.execute("DROP TABLE temp.reached_")
        for what in counted:
            self.counted.count(what, list(spans(rows, 0)))
        return rows

    def reached(self, start: str, end: str, keys: Sequence[int]) -> list[int]:
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

    def note(self) -> None:
        """Say in the frame what it is."""
        columns = self.connection.execute(f"PRAGMA main.table_info({self.table})")
        self.about.columns = [row[1] for row in columns]
        self.connection.execute("DELETE FROM main.about")
        self.connection.execute("INSERT INTO main.about VALUES (?)", (self.about.text(),))


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
