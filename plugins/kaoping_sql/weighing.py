"""Sets of rules over everybody of one frame: each judged into a table, two of them compared, some looked at again."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from hashlib import sha256
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Self

from kaoping.evaluation.accounts import Account
from kaoping.evaluation.keeping import FactLog, Tell
from kaoping.evaluation.plan import Plan
from kaoping.evaluation.run import Evaluation
from kaoping.evaluation.weighing import Moves
from kaoping.facts.frame import Frame
from kaoping_sql import frames
from kaoping_sql.belonging import Belonging
from kaoping_sql.emit import SQLITE
from kaoping_sql.everybody import explained
from kaoping_sql.looked_at import looked_at
from kaoping_sql.nodes import Node
from kaoping_sql.opinion import Wanted
from kaoping_sql.prizes import TooWideError
from kaoping_sql.quoting import quoted_name
from kaoping_sql.ranking import functions
from kaoping_sql.sides import PLACED, Side
from kaoping_sql.turning import Turning
from kaoping_sql.words import failed

STEP = 8192
"""Subjects that are judged between two looks at whether somebody wants to stop."""
WANTED = Wanted(due=True, places=True)


class Weighing:
    """Sets of rules and what everybody has by each, in a database that goes with the process."""

    def __init__(
        self, plan: Plan, log: FactLog, relations: Sequence[str], some: Callable[[Plan, Sequence[str]], Frame]
    ) -> None:
        self.plan = plan
        self.log = log
        self.relations = relations
        self.some = some
        self.table = frames.name_of(plan.main.type)
        self._sides: dict[int, Side] = {}
        self._numbers = count()
        self._base = ""
        self._open = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as opened, explained():
            self.connection = sqlite3.connect("", uri=True, isolation_level=None)
            opened.callback(self.connection.close)
            self.connection.execute("PRAGMA journal_mode = OFF")
            functions(self.connection)
            self.log.attach(self.connection)
            self._open = opened.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    # --- judging

    def judge(self, plan: Plan, path: str, tell: Tell) -> int:
        """Judge everybody by the rules of a plan; gives the number under which that is kept."""
        with explained():
            number = next(self._numbers)
            about = frames.read_about(Path(path))
            batch = frames.Batch(plan, about, WANTED)
            self.connection.execute("ATTACH ? AS frame", (f"{Path(path).resolve().as_uri()}?mode=ro",))
            try:
                self._check(path)
                if not self._base:
                    self._begin(path)
                table, evaluation = f"side{number}", Evaluation(plan, self.log.bare)
                side = Side(self.connection, plan, batch, table, evaluation, self.belonging, self.some)
                self._run(side, path, tell)
                self._check(path)
            finally:
                self.connection.execute("DROP VIEW IF EXISTS temp." + self.table)
                self.connection.execute("DETACH frame")
            self._sides[number] = side
            try:
                side.find_consequences()
            except TooWideError as error:
                raise failed("places-too-wide") from error
        return number

    def _check(self, path: str) -> None:
        """The frame shows what the log does, and nobody has changed it meanwhile."""
        (text,) = self.connection.execute("SELECT text FROM frame.kept").fetchone()
        if json.loads(text)["known_at"] != self.log.known_at:
            raise failed("frame-moved")

    def _begin(self, path: str) -> None:
        """Who there is, and where everybody belongs."""
        execute = self.connection.execute
        self._base = path
        execute("CREATE TEMP TABLE who (key INTEGER PRIMARY KEY, id TEXT UNIQUE, since INTEGER, until INTEGER)")
        execute(f"INSERT INTO who SELECT key, id, since, until FROM frame.{self.table}")
        self.belonging = Belonging(self.connection, self.log)
        self.belonging.fill(self.relations, self.log.bare.period.end)

    def _run(self, side: Side, path: str, tell: Tell) -> None:
        """Judge everybody, some at a time; subjects are kept under the numbers of the first frame."""
        execute, statement = self.connection.execute, side.batch.statement
        (total,) = execute("SELECT count(*) FROM who WHERE key >= 0").fetchone()
        (last,) = execute(f"SELECT coalesce(max(rowid), 0) FROM frame.{self.table}").fetchone()
        execute("CREATE TEMP TABLE IF NOT EXISTS span (first INTEGER, last INTEGER)")
        execute("DELETE FROM span")
        execute("INSERT INTO span VALUES (0, 0)")
        execute(
            f"CREATE TEMP VIEW {self.table} AS SELECT * FROM frame.{self.table} "
            "WHERE rowid BETWEEN (SELECT first FROM span) AND (SELECT last FROM span)"
        )
        names = ", ".join(map(quoted_name, statement.ranges))
        placed = ", ".join(f"placed{n} INTEGER DEFAULT 0" for n in range(PLACED))
        execute(f"CREATE TEMP TABLE {side.table} (key INTEGER PRIMARY KEY, {names}, {placed})")
        into = f"INSERT INTO {side.table} (key, {names})"
        query = side.batch.sql(SQLITE)
        if path != self._base:
            query = (
                f"SELECT w.key, {', '.join('s.' + quoted_name(name) for name in statement.ranges)} FROM ({query}) AS s "
                f"JOIN frame.{self.table} AS f ON f.key = s.key JOIN who AS w ON w.id = f.id"
            )
        done = 0
        for first in range(0, last + 1, STEP):
            tell(done, total)
            execute("UPDATE span SET first = ?, last = ?", (first, first + STEP - 1))
            done += execute(f"{into} {query}").rowcount
        tell(done, total)
        if done != total:
            raise failed("failed", problem=f"{done} / {total}")

    def forget(self, side: int) -> None:
        """Keep that no longer."""
        gone = self._sides.pop(side)
        prefix = f"{gone.table}_"
        for (name,) in self.connection.execute("SELECT name FROM temp.sqlite_schema WHERE type = 'table'").fetchall():
            if name == gone.table or name.startswith(prefix):
                self.connection.execute(f"DROP TABLE temp.{quoted_name(name)}")

    # --- comparing

    def compare(self, before: int, after: int, most: int) -> Moves:
        """From one set of rules to another, in the table ``turned``."""
        with explained():
            return Turning(self.connection, self.belonging, self._sides[before], self._sides[after]).moves(most)

    def groups(self) -> Iterator[tuple[str, str, str, str, int, int, int]]:
        """The last comparison by relation and whom it leads to."""
        rows = self.connection.execute(
            "SELECT relation, number, was, now, count(*), sum(gained), sum(lost) FROM belongs JOIN turned USING (key) "
            "GROUP BY relation, number, was, now"
        )
        name = f"SELECT id FROM ({self.log.ids()})"
        for relation, number, *rest in rows:
            (found,) = self.connection.execute(name, {"low": number, "high": number}).fetchone()
            yield (self.relations[relation], found, *rest)

    # --- judged again

    def chosen(self, side: int, draw: int, nearest: int, named: Sequence[str]) -> Iterator[Account]:
        """Accounts of those drawn, one of every way to be graded, the nearest to other grades, and those named."""
        with explained():
            one = self._sides[side]
            ranges, execute = one.batch.statement.ranges, self.connection.execute
            keys = looked_at(execute, one.table, ranges, self._digest(one), draw, nearest)
            for name in named:
                keys |= {key for (key,) in self.connection.execute("SELECT key FROM who WHERE id = ?", (name,))}
            read = None
            for key in sorted(keys):
                row = self.connection.execute(
                    f"SELECT w.id, r.* FROM {one.table} AS r JOIN who AS w USING (key) WHERE key = ?", (key,)
                )
                read = read or one.batch.statement.reader([column[0] for column in row.description][1:])
                for subject, *rest in row:
                    yield read(subject, tuple(rest))

    def _digest(self, one: Side) -> str:
        """Of the results, but for what places hang on."""
        names = [quoted_name(name) for name in one.batch.statement.ranges if not name.startswith("asked")]
        found = sha256()
        for row in self.connection.execute(f"SELECT key, {', '.join(names)} FROM {one.table} ORDER BY key"):
            found.update(repr(row).encode())
        return found.hexdigest()


def same_frame(plan: Plan, path: Path) -> bool:
    """Does the frame at a path, made for other rules, hold all that these read?"""
    about = frames.read_about(path)
    try:
        batch = frames.Batch(plan, about, WANTED)
    except KeyError:  # a number it does not say the scale of
        return False
    settled = {node.args[0] for one in batch.statement.settled for node in _leaves(one)}
    return not ({*batch.columns(), *settled} - {*about.columns})


def _leaves(node: Node) -> Iterator[Node]:
    if node.op == "col":
        yield node
    for kid in node.kids():
        yield from _leaves(kid)
