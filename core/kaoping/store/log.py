"""The log of facts as known at a moment, for those who make tables of their own from it in another database.

They attach the log and read it by the queries given here, each over a range of subjects (the parameters ``:low`` and
``:high``), so that no more of it is in hand than they want. Every query gives all rows of the view; of rows with one
key that of the latest batch counts.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from kaoping.facts.frame import Frame, Plain, Remaining
from kaoping.facts.needs import Needs
from kaoping.facts.periods import Period
from kaoping.facts.types import Title, ValueType
from kaoping.store.batches import View, view_at
from kaoping.store.connection import Store
from kaoping.store.fed import fed_values
from kaoping.store.frames import load_bare, load_frame, types_of
from kaoping.store.known import registrations
from kaoping.store.lines import keys_of
from kaoping.store.moments import last_moment, through
from kaoping.store.typed import Misfits, stored_value

SCHEMA = "log"
"""The name under which the log is attached."""
_CONTENT = {
    "registration": "type, since, until",
    "value": "at, item, value",
    "record": "no, fields",
    "register": "complete_through",
    "edge": "target, since, until, withdrawn",
}
_NAMED = {"value": "fact", "record": "record", "register": "record", "edge": "relation"}


@dataclass(frozen=True)
class Log:
    """What one scheme reads of the log, for a period and a day."""

    store: Store
    needs: Needs
    period: Period
    today: date
    known_at: str

    @cached_property
    def view(self) -> View:
        """The batches that count."""
        with self.store.reading() as connection:
            return view_at(connection, self.known_at or None)

    @cached_property
    def bare(self) -> Frame:
        """The frame of an evaluation without its facts: closings and publications alone."""
        return load_bare(self.store, self.needs, self.period, self.today, self.known_at or None)

    def frame(self) -> Frame:
        """The facts an evaluation reads, in memory.

        Raises:
            Problems: something stored does not fit the catalogue any more.
        """
        return load_frame(self.store, self.needs, self.period, self.today, self.known_at or None)

    @cached_property
    def types(self) -> frozenset[str]:
        """The types whose subjects are read; a fact or register of a subject of any other is not."""
        return types_of(self.needs)

    # --- the log in another database

    def attach(self, connection: sqlite3.Connection) -> None:
        """Attach the log to a connection that was opened with URIs, to be read only."""
        connection.execute(*self.attachment)

    @property
    def attachment(self) -> tuple[str, tuple[str, ...]]:
        """The statement that attaches it, and its values."""
        return f"ATTACH ? AS {SCHEMA}", (f"{self.store.path.resolve().as_uri()}?mode=ro",)

    def rows(self, table: str, name: str = "") -> str:
        """Subject (as ``key``), batch and content of a table's rows of one name.

        ``registration``: type, since, until · ``value``: at, item, value · ``record``: no, fields (JSON) ·
        ``register``: complete_through · ``edge``: target, since ('' is no limit), until, withdrawn.
        """
        named = f"{_NAMED[table]} = {self._names.get(name, -1)} AND " if table in _NAMED else ""
        return (
            f"SELECT subject AS key, batch, {_CONTENT[table]} FROM {SCHEMA}.{table} "
            f"WHERE {named}subject BETWEEN :low AND :high AND {self.view.condition()}"
        )

    def blocks(self, table: str, name: str) -> str:
        """The rows of ``value`` or ``record`` side by side, as `kaoping.facts.blocks` has them, over blocks.

        ``value``: block, at, item, batch, runs, texts, codes · ``record``: block, batch, subjects, texts, codes.
        """
        content = {"value": "at, item, batch, runs, texts, codes", "record": "batch, subjects, texts, codes"}[table]
        return (
            f"SELECT block, {content} FROM {SCHEMA}.{table}_block WHERE {_NAMED[table]} = {self._names.get(name, -1)} "
            f"AND block BETWEEN :low AND :high AND {self.view.condition()}"
        )

    def ids(self) -> str:
        """Number (as ``key``) and id of the subjects, whether they are on file or not."""
        return f"SELECT key, id FROM {SCHEMA}.subject WHERE key BETWEEN :low AND :high"

    def moments(self) -> str:
        """Every batch (as ``batch``) and the moment it became known."""
        return f"SELECT id AS batch, known_at FROM {SCHEMA}.batch"

    @cached_property
    def _names(self) -> Mapping[str, int]:
        needs = self.needs
        relations = [one.id for one in needs.catalogue.relations.values()]
        with self.store.reading() as connection:
            return keys_of(connection, "name", {*needs.facts, *needs.records, *relations})

    @cached_property
    def corrected(self) -> bool:
        """May a row say otherwise than an earlier one of its key?"""
        return self._any("reason <> ''")

    @cached_property
    def off_file(self) -> bool:
        """May rows speak of subjects that are not on file, or are of another type now?"""
        voided = ", ".join(map(str, sorted(self.view.voided))) or "NULL"
        return self._any(f"instr(written, '\"registration\"') AND (reason <> '' OR id IN ({voided}))")

    def _any(self, condition: str) -> bool:
        with self.store.reading() as connection:
            query = f"SELECT EXISTS (SELECT 1 FROM batch WHERE id <= ? AND {condition})"
            return bool(connection.execute(query, (self.view.last,)).fetchone()[0])

    def last_subject(self) -> int:
        """The highest number a subject is kept under; they are given from 1 on."""
        with self.store.reading() as connection:
            (found,) = connection.execute("SELECT coalesce(max(key), 0) FROM subject").fetchone()
        return int(found)

    # --- what is new

    @cached_property
    def state(self) -> str:
        """Which batches count, and which results of other schemes: where it is the same, so are the facts."""
        fed = {fact.fed_by[0] for fact in self.needs.catalogue.facts.values() if fact.id in self.needs.facts}
        with self.store.reading() as connection:
            (moment,) = connection.execute(
                "SELECT coalesce(max(known_at), '') FROM batch WHERE id = ?", (self.view.last,)
            ).fetchone()
            latest = [
                connection.execute(
                    "SELECT coalesce(max(id), 0) FROM evaluation WHERE scheme = ? AND at <= ?",
                    (scheme, through(self.known_at or None)),
                ).fetchone()[0]
                for scheme in sorted(fed - {""})
            ]
        return json.dumps([self.view.last, sorted(self.view.voided), moment, latest])

    def touched_since(self, state: str) -> list[int] | None:
        """Of which subjects there is something new since a state; None where the state was not this log's.

        Closings and publications are no subject's: `bare` has them. Results of other schemes are not asked for here: a
        state that knows others is not this log's.
        """
        last, voided, moment, latest = json.loads(state)
        view = self.view
        with self.store.reading() as connection:
            known = connection.execute("SELECT known_at FROM batch WHERE id = ?", (last,)).fetchone()
            if (known[0] if known else "") != moment or latest != json.loads(self.state)[3]:
                return None
            first, after = sorted((last, view.last))
            undone = ", ".join(map(str, sorted(view.voided ^ set(voided)))) or "NULL"
            rows = connection.execute(
                "SELECT DISTINCT subject FROM touched WHERE (batch > ? AND batch <= ?) "
                f"OR batch IN ({undone}) ORDER BY subject",
                (first, after),
            )
            return [key for (key,) in rows]

    # --- texts, and what has no form in a database

    @property
    def reader(self) -> Callable[[str, ValueType, Title], Plain]:
        """What gives the value a stored text stands for; raises `DataError` where it does not fit the type any more."""
        return stored_value

    def fed(self) -> tuple[Frame, Mapping[str, int]]:
        """A frame that has subjects and fed facts alone, and the numbers its subjects are kept under."""
        with self.store.reading() as connection:
            found = registrations(connection, self.view)
            subjects = {one.id: one for one in found.values()}
            misfits = Misfits()
            fed: Mapping[tuple[str, str], Mapping[str, Remaining]] = fed_values(
                connection, self.needs, subjects, self.period, self.known_at or None, misfits
            )
        misfits.tell()
        bare = self.bare
        frame = Frame(bare.period, bare.today, subjects, closed=bare.closed, published=bare.published, fed=fed)
        return frame, {one.id: key for key, one in found.items()}


def log_now(store: Store, needs: Needs, period: Period, today: date, known_at: str | None = None) -> Log:
    """The log as known at a moment (UTC text), or by all that is written so far."""
    with store.reading() as connection:
        return Log(store, needs, period, today, last_moment(connection) if known_at is None else known_at)
