"""Places among all by window functions: ranks, ties, quotas, back-fill; the counterpart of `kaoping.evaluation.cohort`.

Each rule and window becomes a table: what is won (a bit for each prize and a last one for none; several while it is
open), and at which rank. What decides about a place is read from the results of the section's statement; what that does
not find is asked of the reference engine, member by member.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import count, groupby
from typing import Any

from kaoping.evaluation.cohort import Places as Found
from kaoping.evaluation.plan import Plan
from kaoping.evaluation.reference import Machine
from kaoping.evaluation.values import Value
from kaoping.scheme.typed import FactRef, NameRef, Typed
from kaoping_sql.opinion import SectionStatement
from kaoping_sql.prizes import code, prizes_of
from kaoping_sql.ranking import Ranking


@dataclass(frozen=True)
class Around:
    """What places hang on beside the results.

    Attributes:
        barred: ids of subjects that are kept out.
        gone: the ids of those on file on a day but not any more on the period's last.
        parts: (member, what a path of relations first leads to) of everybody on a day whom it leads somewhere.
        machine: the reference engine over the facts of some subjects.
    """

    barred: Collection[str]
    gone: Callable[[date], Iterable[str]]
    parts: Callable[[str, date], Iterable[tuple[str, str]]]
    machine: Callable[[Sequence[str]], Machine]


class Places:
    """The places of a section's subjects, each rule and window in a table of its own."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        plan: Plan,
        statement: SectionStatement,
        machine: Machine,
        around: Around,
        tables: tuple[str, str] = ("results", "who"),
    ) -> None:
        """Take the results of the statement, and who there is (key, id, since, until), from two tables.

        `machine`: the reference engine without facts.
        """
        self.connection = connection
        self.plan = plan
        self.statement = statement
        self.machine = machine
        self.around = around
        self.results, self.who = tables
        self._tables: dict[tuple[str, str], str] = {}
        self._names = count()
        self._of: Sequence[str] | None = None
        self._gone: dict[date, list[tuple[int, str]]] = {}

    def table(self, rule: str, window: str) -> str:
        """The table of a rule in a window (its text, or "").

        Its columns: key, part (those ranked together), won (bits), rank (NULL: none), waiting, doubtful, drawn (a draw
        must be entered).

        Raises:
            TooWideError: what is ranked by does not fit.
        """
        key = (rule, window)
        if key not in self._tables:
            typed = self.plan.cohort[rule]
            period = self.machine.windows.named(typed.rule.for_each, window) if window else self.machine.period
            name = f"{self.results}_placed{next(self._names)}"
            Ranking(self, typed, period, name).run()
            self._tables[key] = name
        return self._tables[key]

    def found(self, rule: str, window: str, of: Sequence[str] | None = None) -> list[Found]:
        """The same as the core has them: the places of each group; or only what is won, of some subjects."""
        columns, table = "part, id, won, rank, waiting, doubtful, drawn", self.table(rule, window)
        if of is None:
            query = f"SELECT {columns} FROM {table} JOIN {self.who} USING (key) ORDER BY part, place, id"
            rows = self.connection.execute(query).fetchall()
        else:
            self._list(of)
            query = (
                f"SELECT {columns} FROM {self.results}_asked_of JOIN {self.who} USING (id) JOIN {table} USING (key) "
                "ORDER BY part, place, id"
            )
            rows = self.connection.execute(query).fetchall()
        return [self._together(rule, [row[1:] for row in some]) for _, some in groupby(rows, key=lambda row: row[0])]

    def _list(self, of: Sequence[str]) -> None:
        """Note of whom it is asked; mostly it is the same for every rule and window."""
        if of is self._of:
            return
        name = f"{self.results}_asked_of"
        self.connection.execute(f"CREATE TEMP TABLE IF NOT EXISTS {name} (id TEXT PRIMARY KEY) WITHOUT ROWID")
        self.connection.execute(f"DELETE FROM {name}")
        self.connection.executemany(f"INSERT INTO {name} VALUES (?)", ((one,) for one in of))
        self._of = of

    def _together(self, rule: str, rows: list[tuple[Any, ...]]) -> Found:
        won = prizes_of(self.plan.cohort[rule])
        return Found(
            {row[0]: won.value(row[1]) for row in rows if row[1] is not None},
            {row[0]: row[2] for row in rows if row[2] is not None},
            tuple(row[0] for row in rows if row[3]),
            tuple(sorted(row[0] for row in rows if row[4])),
            tuple(row[0] for row in rows if row[5]),
        )

    # --- what is asked of places alone

    def reads(self, node: Typed) -> set[tuple[str, bool]] | None:
        """The rules whose places an expression reads, and whether by windows; None where it reads other things."""
        found = set()
        for one in node.walk():
            if isinstance(one.data, FactRef) or one.collection is not None:
                return None
            if isinstance(one.data, NameRef):
                if one.data.kind != "cohort":
                    return None
                found.add((one.data.name, bool(one.data.grain)))
        return found or None

    def told(self, node: Typed, window: str, step: str, name: str) -> str:
        """A table that says of everybody who has a place what an expression over places alone is: key, told.

        It is asked in a window of the kind `step` (or ""), and called `name`.
        """
        reads = sorted(self.reads(node) or ())
        tables = [self.table(rule, window if by_window else "") for rule, by_window in reads]
        prizes = [prizes_of(self.plan.cohort[rule]) for rule, _ in reads]
        masks = ", ".join(f"coalesce(t{n}.won, {one.nothing}) AS won{n}" for n, one in enumerate(prizes))
        joins = " ".join(f"LEFT JOIN {table} AS t{n} USING (key)" for n, table in enumerate(tables))
        keys = " UNION ".join(f"SELECT key FROM {table}" for table in tables)
        self.connection.execute(f"CREATE TEMP TABLE {name} AS SELECT key, {masks}, 0 AS told FROM ({keys}) {joins}")
        names = ", ".join(f"won{n}" for n in range(len(tables)))
        same = " AND ".join(f"won{n} = ?" for n in range(len(tables)))
        for row in self.connection.execute(f"SELECT DISTINCT {names} FROM {name}").fetchall():
            given = {rule: one.value(mask) for (rule, _), one, mask in zip(reads, prizes, row, strict=True)}
            found = code(self.asked_alone(node, window, step, given))
            self.connection.execute(f"UPDATE {name} SET told = ? WHERE {same}", (found, *row))
        self.connection.execute(f"CREATE UNIQUE INDEX temp.{name}_key ON {name} (key)")
        return name

    def asked_alone(self, node: Typed, window: str, step: str, given: Mapping[str, Value] | None = None) -> Value:
        """An expression over places alone by the reference engine, for whoever has these; None: for who has none."""
        machine = Machine(self.plan, self.machine.frame, self.machine.changed)
        nothing = {rule: "none" if typed.rule.tiers else False for rule, typed in self.plan.cohort.items()}
        machine.cohort_value = lambda _section, rule, _subject, _window: (given or nothing)[rule]
        home = machine.home(self.plan.main.type, "")
        return machine.closure(node)(machine.within(home, step, window) if window else home)

    def won(self, _section: str, rule: str, subject: str | None, window: str) -> Value:
        """What a subject has by a rule in a window; one not among the ranked has nothing."""
        prizes = prizes_of(self.plan.cohort[rule])
        row = self.connection.execute(
            f"SELECT won FROM {self.table(rule, window)} JOIN {self.who} USING (key) WHERE id = ?", (subject,)
        ).fetchone()
        return prizes.value(prizes.nothing if row is None or row[0] is None else row[0])

    def those_gone(self, day: date) -> list[tuple[int, str]]:
        """The members of a window that left before the period's end, under numbers below 0."""
        if day not in self._gone:
            ids = sorted(self.around.gone(day))
            known = dict(self.connection.execute(f"SELECT id, key FROM {self.who} WHERE key < 0"))
            for one in ids:
                if one not in known:
                    known[one] = -1 - len(known)
                    self.connection.execute(f"INSERT INTO {self.who} (key, id) VALUES (?, ?)", (known[one], one))
            self._gone[day] = [(known[one], one) for one in ids]
        return self._gone[day]
