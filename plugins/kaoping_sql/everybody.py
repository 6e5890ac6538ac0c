"""Everybody at once: a frame for each section, its results in a table that nobody else sees, accounts read from it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import cache, cached_property
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from types import MappingProxyType, TracebackType
from typing import Self

from kaoping.errors import EnvironmentError
from kaoping.evaluation import values as reference
from kaoping.evaluation.accounts import Account
from kaoping.evaluation.cohort import Asked
from kaoping.evaluation.cohort import Places as Found
from kaoping.evaluation.keeping import FactLog, KeptFrame
from kaoping.evaluation.plan import Plan, Section
from kaoping.evaluation.reference import Machine
from kaoping.evaluation.rulebook import EngineFailedError
from kaoping.evaluation.run import Evaluation, Progress
from kaoping.facts.frame import Frame
from kaoping_sql import frames
from kaoping_sql.belonging import Belonging
from kaoping_sql.emit import SQLITE
from kaoping_sql.opinion import DECIDING, FULL
from kaoping_sql.places import Around, Places
from kaoping_sql.placing import WHO, around_in_memory, place_table, take_in
from kaoping_sql.prizes import Prizes, TooWideError, prizes_of
from kaoping_sql.quoting import quoted_name
from kaoping_sql.ranking import functions
from kaoping_sql.slots import Slot
from kaoping_sql.words import failed

AT_ONCE = 2000
"""Subjects that are judged between two looks at whether somebody wants to stop."""


class Everybody:
    """What SQLite found of everybody; gone when it is closed, or with the process."""

    def __init__(
        self,
        plan: Plan,
        frame: Frame,
        tell: Progress,
        kept: Mapping[str, KeptFrame],
        log: FactLog | None = None,
        some: Callable[[Sequence[str]], Frame] | None = None,
    ) -> None:
        """With a log, the frame holds no facts: those of some subjects are asked for."""
        self.plan = plan
        self.frame = frame
        self._tell = tell
        self._kept = kept
        self._log = log
        self._some = some
        self._open = ExitStack()
        self._sections: dict[str, _Judged] = {}

    def __enter__(self) -> Self:
        with ExitStack() as opened, explained():
            part = self.frame.period.kind != self.plan.scheme.period
            for section in [self.plan.main] if part else self.plan.sections():
                judged = self._judged(section)
                opened.callback(judged.connection.close)
                judged.run(self._tell, self._around)
                self._sections[section.type] = judged
            self._open = opened.pop_all()
        return self

    def _judged(self, section: Section) -> _Judged:
        """A section over its kept frame, else over one that nobody else sees and that goes with the process."""
        kept = self._kept.get(section.type)
        if kept:
            about = frames.read_about(Path(kept.path))
            log = self._log if section is self.plan.main else None
            return _Judged(self.plan, section, about, Path(kept.path), kept.known_at, log)
        with TemporaryDirectory(prefix="kaoping-", ignore_cleanup_errors=True) as folder:
            path = Path(folder) / "frame.db"
            return _Judged(self.plan, section, frames.build(self.plan, self.frame, path, section), path)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def accounts(self, section: str, placed: Sequence[tuple[str, str]] = ()) -> Iterator[Account]:
        """One account of every subject on file on the last day, sorted by id, with its places by some rules."""
        prizes = [prizes_of(self.plan.cohort[rule]) for rule, _ in placed]
        tables = [self._places.table(*key) for key in placed]
        return self._sections[section].accounts([*zip(placed, prizes, tables, strict=True)])

    def measure(self, section: str, name: str, at: str) -> Mapping[str, reference.Value] | None:
        """A measure of everybody in a window or item (or "")."""
        judged = self._sections.get(section)
        return None if judged is None else judged.values(judged.slots.get((name, at)))

    def asked(self, what: Asked) -> Mapping[str, reference.Value] | None:
        """What decides about places, of everybody."""
        judged = self._sections[self.plan.main.type]
        return judged.values(judged.statement.asked.get(what))

    def places(self, rule: str, window: str, of: Sequence[str] | None = None) -> list[Found] | None:
        """The places by a rule in a window (or ""), those of each group; or only what some subjects win."""
        try:
            return self._places.found(rule, window, of)
        except TooWideError:
            return None

    def place(self, rule: str, window: str, subject: str) -> reference.Value:
        """What one subject has."""
        return self._places.won("", rule, subject, window)

    @cached_property
    def _places(self) -> Places:
        """Places over the results of the scheme's own subjects."""
        judged = self._sections[self.plan.main.type]
        if judged.places is None:
            judged.list_subjects()
            around = self._around(judged.connection)
            judged.places = Places(judged.connection, self.plan, judged.statement, judged.machine, around)
        return judged.places

    def _around(self, connection: sqlite3.Connection) -> Around:
        """What places hang on beside the results."""
        if self._log is None or self._some is None:
            return around_in_memory(self.plan, self.frame)
        belonging, some = Belonging(connection, self._log), self._some
        members = self.plan.catalogue.members(self.plan.main.type)
        return Around(
            self.frame.bars.keys(),
            lambda day: belonging.gone(members, day),
            lambda path, day: belonging.along(self.plan.catalogue, members, path.split("."), day),
            lambda ids: Evaluation(self.plan, some(ids)).machine,
        )


class _Judged:
    """One section: its frame in a file, its results in a temporary table."""

    def __init__(
        self,
        plan: Plan,
        section: Section,
        about: frames.About,
        path: Path,
        known_at: str = "",
        log: FactLog | None = None,
    ) -> None:
        self.plan = plan
        self.section = section
        self.about = about
        self.batch = frames.Batch(plan, about, FULL, among_all=True)
        self.statement = self.batch.statement
        self.machine = Machine(plan, about.bare())
        self.places: Places | None = None
        self.slots = dict(self.statement.slots)
        self.table = frames.name_of(section.type)
        self.known_at = known_at
        self.connection = sqlite3.connect(path, uri=log is not None)
        if log is not None:
            log.attach(self.connection)

    def run(self, tell: Progress, around: Callable[[sqlite3.Connection], Around]) -> None:
        """Judge everybody, some at a time; where something hangs on places among all, first what decides about those.

        Raises:
            EngineFailedError: the database could not finish.
        """
        connection = self.connection
        connection.execute("BEGIN")  # what is read is from one moment, whoever brings the frame up to date meanwhile
        (total,) = connection.execute(f"SELECT count(*) FROM {self.table}").fetchone()
        if self.known_at:
            (kept,) = connection.execute("SELECT text FROM kept").fetchone()
            if json.loads(kept)["known_at"] != self.known_at:
                raise failed("frame-moved")
        (last,) = connection.execute(f"SELECT coalesce(max(rowid), 0) FROM {self.table}").fetchone()
        connection.execute("CREATE TEMP TABLE span (first INTEGER, last INTEGER)")
        connection.execute("INSERT INTO span VALUES (0, 0)")
        placed = self.statement.c.placed if self.section is self.plan.main else {}
        if not placed:
            self._judge("results", self.batch, last, lambda done: tell(done, total))
            tell(total, total)
            return
        before = frames.Batch(self.plan, self.about, DECIDING)
        self._judge("deciding", before, last, lambda done: tell(done, 2 * total))
        self.list_subjects()
        of = before.statement
        self.places = Places(connection, self.plan, of, self.machine, around(connection), ("deciding", "who"))
        won, joins = "", ""
        for name, (rule, at) in sorted(placed.items()):
            table, found = place_table(self.places, rule, at, quoted_name(name))
            won += f", {found} AS {quoted_name(name)}"
            joins += f" LEFT JOIN {table} AS {quoted_name(name)} ON {quoted_name(name)}.key = f.key"
        self._judge("results", self.batch, last, lambda done: tell(total + done, 2 * total), won, joins)
        tell(2 * total, 2 * total)

    def _judge(
        self, name: str, batch: frames.Batch, last: int, tell: Callable[[int], None], won: str = "", joins: str = ""
    ) -> None:
        """Put a statement's answers into a table; `won` and `joins`: what it reads beside the frame."""
        connection, done = self.connection, 0
        connection.execute(
            f"CREATE TEMP VIEW {self.table} AS SELECT f.*{won} FROM main.{self.table} AS f{joins} "
            "WHERE f.rowid BETWEEN (SELECT first FROM span) AND (SELECT last FROM span)"
        )
        query = batch.sql(SQLITE)
        for first in range(0, last + 1, AT_ONCE):
            tell(done)
            connection.execute("UPDATE span SET first = ?, last = ?", (first, first + AT_ONCE - 1))
            done += take_in(connection, name, batch.statement, query)
        connection.execute(f"DROP VIEW temp.{self.table}")

    def list_subjects(self) -> None:
        """Who there is, beside the results."""
        functions(self.connection)
        self.connection.execute(WHO)
        self.connection.execute(f"INSERT INTO who SELECT key, id, since, until FROM main.{self.table}")

    def accounts(self, placed: Sequence[tuple[tuple[str, str], Prizes, str]]) -> Iterator[Account]:
        """One account of each subject, sorted by id, with its places out of some tables."""
        columns = "".join(f", t{number}.won, t{number}.rank" for number in range(len(placed)))
        joins = "".join(f" LEFT JOIN {table} AS t{n} ON t{n}.key = f.key" for n, (*_, table) in enumerate(placed))
        own = ", ".join(f"r.{quoted_name(name)}" for name in self.statement.ranges if not name.startswith("asked"))
        rows = self._rows(f"{own}{columns}", joins)
        first = len(rows.description) - 2 * len(placed)
        read = self.statement.reader([column[0] for column in rows.description][:first])
        keys = [key for key, *_ in placed]

        @cache
        def won(*masks: int | None) -> Mapping[tuple[str, str], reference.Value]:
            bits = [one.nothing if mask is None else mask for (_, one, _), mask in zip(placed, masks, strict=True)]
            return MappingProxyType({key: one.value(mask) for (key, one, _), mask in zip(placed, bits, strict=True)})

        for row in rows:
            ranks = {key: rank for key, rank in zip(keys, row[first + 1 :: 2], strict=True) if rank is not None}
            yield read(row[0], row, won(*row[first::2]), ranks)

    def values(self, slot: Slot | None) -> Mapping[str, reference.Value] | None:
        """One value of everybody."""
        if slot is None:
            return None
        rows = self._rows(", ".join(quoted_name(column) for column in slot.columns))
        read = slot.reader({name: place for place, (name, *_) in enumerate(rows.description)})
        return {row[0]: read(row) for row in rows}

    def _rows(self, columns: str, joins: str = "") -> sqlite3.Cursor:
        # without a limit SQLite takes the order of what it joins for no matter
        return self.connection.execute(
            f"SELECT f.id, {columns} FROM (SELECT id, key FROM main.{self.table} ORDER BY id LIMIT -1) AS f "
            f"CROSS JOIN results AS r ON r.key = f.key{joins}"
        )


@contextmanager
def explained() -> Iterator[None]:
    """What the database says, in words; a full disk is one that somebody can make room on.

    Raises:
        EnvironmentError: the disk is full.
        EngineFailedError: the database could not finish.
    """
    try:
        yield
    except (sqlite3.Error, EngineFailedError) as error:
        cause = error if isinstance(error, sqlite3.Error) else error.__cause__
        code = getattr(cause, "sqlite_errorcode", 0) & 0xFF
        if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
            raise EnvironmentError("sql.disk-full", folder=gettempdir()) from error
        if isinstance(error, sqlite3.Error):
            raise failed("failed", problem=str(error)) from error
        raise
