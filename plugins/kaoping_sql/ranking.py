"""One rule of places in one window, by window functions: who is ranked, who is tied, who wins what."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import groupby
from math import lcm
from typing import TYPE_CHECKING, Any

from kaoping.evaluation.cohort import Cohort, asked_of
from kaoping.evaluation.context import Context
from kaoping.evaluation.plan import TypedCohort
from kaoping.evaluation.values import NO_VALUE, Value, decided
from kaoping.facts.periods import Period
from kaoping.scheme.typed import Typed
from kaoping_sql.prizes import AT_ONCE, NEITHER, NO, OPEN, WIDEST, YES, TooWideError, batched, code, prizes_of
from kaoping_sql.quoting import quoted_name
from kaoping_sql.slots import MISSING, Slot
from kaoping_sql.words import failed

if TYPE_CHECKING:
    from kaoping_sql.places import Places


class Ranking:
    """One rule in one window."""

    def __init__(self, places: Places, typed: TypedCohort, window: Period, name: str) -> None:
        self.places = places
        self.connection = places.connection
        self.typed = typed
        self.rule = typed.rule
        self.window = window
        self.name = name
        self.at = window.text if typed.rule.for_each else ""
        self.prizes = prizes_of(typed)
        self.lows = [low for key, low in typed.by if key is not None]

    @cached_property
    def asked(self) -> dict[str, Typed]:
        """What is asked of each member: ``needs``, ``exclude``, and keys."""
        return dict(asked_of(self.typed))

    @cached_property
    def keys(self) -> list[str]:
        """The names of the keys, in order."""
        return [name for name in self.asked if name.startswith("by")]

    def run(self) -> None:
        """Make the table."""
        self._ask()
        self._sort_out()
        self._rank()
        self._award()

    # --- what is asked of each member

    def _ask(self) -> None:
        """A row for each member, with the answers; keys as quotients, undecided (``u``) and without value (``z``)."""
        parts = ", ".join(f"n{n} INTEGER, d{n} INTEGER, u{n} INTEGER, z{n} INTEGER" for n in range(len(self.keys)))
        execute, name = self.connection.execute, self.name
        execute(
            f"CREATE TEMP TABLE {name}_asked "
            f"(key INTEGER PRIMARY KEY, part TEXT, needs INTEGER, barred INTEGER, {parts})"
        )
        joins: list[str] = []
        columns: list[str] = []
        lacking: list[str] = []
        for what in ("needs", "exclude"):
            columns.append(self._truth(what, joins, lacking))
        for what in self.keys:
            columns += self._number(what, lacking)
        end = self.window.end.toordinal()
        source = f"{self.places.who} AS w CROSS JOIN {self.places.results} AS r ON r.key = w.key {' '.join(joins)}"
        execute(
            f"INSERT INTO {name}_asked SELECT w.key, '', {', '.join(columns)} FROM {source} "
            f"WHERE w.since <= {end} AND {end} < w.until"
        )
        gone = self.places.those_gone(self.window.end)
        self.connection.executemany(f"INSERT INTO {name}_asked (key, part) VALUES (?, '')", ((key,) for key, _ in gone))
        if lacking:
            self._ask_reference(self._members(), lacking)
        self._ask_reference(gone, list(self.asked))
        self._leave_out()

    def _members(self) -> Iterator[tuple[int, str]]:
        """Everybody, some at a time: the table is written in between."""
        last = -1
        query = (
            f"SELECT key, id FROM {self.name}_asked JOIN {self.places.who} USING (key) "
            "WHERE key > ? ORDER BY key LIMIT ?"
        )
        while some := self.connection.execute(query, (last, AT_ONCE)).fetchall():
            yield from some
            last = some[-1][0]

    def _truth(self, what: str, joins: list[str], lacking: list[str]) -> str:
        node = self.asked.get(what)
        if node is None:
            return str(YES if what == "needs" else NO)
        slot = self.places.statement.asked.get((self.rule.id, self.at, what))
        if slot is not None:
            value, state = (f"r.{quoted_name(column)}" for column in slot.columns)
            return f"CASE {state} WHEN 0 THEN {value} ELSE {NEITHER} END"
        if self.places.reads(node):
            table = self.places.told(node, self.at, self.rule.for_each, f"{self.name}_{what}")
            joins.append(f"LEFT JOIN {table} AS {what}_ ON {what}_.key = w.key")
            nobody = code(self.places.asked_alone(node, self.at, self.rule.for_each))
            return f"coalesce({what}_.told, {nobody})"
        lacking.append(what)
        return "NULL"

    def _number(self, what: str, lacking: list[str]) -> list[str]:
        slot = self.places.statement.asked.get((self.rule.id, self.at, what))
        if slot is None or slot.kind != "number":
            lacking.append(what)
            return ["NULL"] * 4
        return _quotient(slot)

    def _ask_reference(self, members: Iterable[tuple[int, str]], wanted: Sequence[str]) -> None:
        """The answers of the reference engine, some members at a time."""
        step, plan = self.rule.for_each, self.places.plan
        for some in batched(members, AT_ONCE):
            machine = self.places.around.machine([one for _, one in some])
            machine.cohort_value = self.places.won
            asks = [(what, machine.closure(self.asked[what])) for what in wanted]
            for key, one in some:
                home = machine.home(plan.main.type, one)
                context = machine.within(home, step, self.at) if step else home
                told: dict[str, int | None] = {}
                for what, ask in asks:
                    self._note(told, what, ask(context))
                if "needs" not in self.asked:
                    told["needs"] = YES
                if "exclude" not in self.asked:
                    told["barred"] = NO
                marks = ", ".join(f"{column} = ?" for column in told)
                query = f"UPDATE {self.name}_asked SET {marks} WHERE key = ?"
                self.connection.execute(query, (*told.values(), key))

    def _note(self, told: dict[str, int | None], what: str, value: Value) -> None:
        if what in ("needs", "exclude"):
            told["barred" if what == "exclude" else what] = code(value)
            return
        number = self.keys.index(what)
        told[f"u{number}"], told[f"z{number}"] = int(not decided(value)), int(value is NO_VALUE)
        if decided(value) and value is not NO_VALUE:
            if max(abs(value.numerator), value.denominator) >= WIDEST:
                raise TooWideError
            told[f"n{number}"], told[f"d{number}"] = value.numerator, value.denominator

    def _leave_out(self) -> None:
        """Whoever is barred, and where groups are ranked by themselves whoever is in none."""
        execute, name = self.connection.execute, self.name
        for one in self.places.around.barred:
            execute(f"DELETE FROM {name}_asked WHERE key IN (SELECT key FROM {self.places.who} WHERE id = ?)", (one,))
        if self.rule.among:
            execute(f"CREATE TEMP TABLE {name}_parts (id TEXT PRIMARY KEY, part TEXT) WITHOUT ROWID")
            parts = self.places.around.parts(self.rule.among, self.window.end)
            self.connection.executemany(f"INSERT INTO {name}_parts VALUES (?, ?)", parts)
            execute(
                f"UPDATE {name}_asked SET part = (SELECT p.part FROM {self.places.who} AS w "
                f"JOIN {name}_parts AS p USING (id) WHERE w.key = {name}_asked.key)"
            )
            execute(f"DELETE FROM {name}_asked WHERE part IS NULL")

    # --- who is ranked

    def _sort_out(self) -> None:
        """Who is ranked, waits, or is neither; what keys are is brought to one denominator each."""
        execute, name = self.connection.execute, self.name
        out = f"needs = {NO}" + (f" OR barred = {YES}" if self.rule.backfill else "")
        execute(f"DELETE FROM {name}_asked WHERE {out}")
        waits = f"needs <> {YES} OR u0" + (f" OR barred = {OPEN}" if self.rule.backfill else "")
        orders = []
        for number, low in enumerate(self.lows):
            common = self._common(number)
            sign = "" if low else "-"
            over = f"{sign}n{number} * ({common} / d{number})"
            orders.append(f"CASE WHEN u{number} OR z{number} THEN 0 ELSE {over} END AS o{number}")
        flags = [f"u{n}, z{n}" for n in range(len(self.lows))]
        execute(
            f"CREATE TEMP TABLE {name}_members AS SELECT key, part, {waits} AS waits, barred, "
            f"{', '.join([*flags, *orders])} FROM {name}_asked"
        )
        execute(f"CREATE TEMP TABLE {name}_waits AS SELECT DISTINCT part FROM {name}_members WHERE waits")

    def _common(self, number: int) -> int:
        """A common denominator of a key.

        Raises:
            TooWideError: some number over it would leave 64 bits.
        """
        found = self.connection.execute(
            f"SELECT d{number}, max(abs(n{number})) FROM {self.name}_asked "
            f"WHERE NOT u{number} AND NOT z{number} GROUP BY d{number}"
        ).fetchall()
        common = lcm(*(row[0] for row in found))
        if common >= WIDEST or any(most * (common // over) >= WIDEST for over, most in found):
            raise TooWideError
        return common

    def _rank(self) -> None:
        """Best first, those equal in every key together under the rank of the first (``g``)."""
        name, numbers = self.name, range(len(self.lows))
        ranked = f"{name}_members WHERE NOT waits AND {self._settled()}"
        if any(self._any_open(number) for number in numbers):
            source = self._with_open_keys(ranked)
        else:
            order = ", ".join(f"z{n}, o{n}" for n in numbers)
            source = (
                f"SELECT key, part, barred, 0 AS open, rank() OVER (PARTITION BY part ORDER BY {order}) AS g "
                f"FROM {ranked}"
            )
        self.connection.execute(
            f"CREATE TEMP TABLE {name}_ranked AS SELECT * FROM ({source}) "
            f"JOIN (SELECT part, count(*) AS size FROM {ranked} GROUP BY part) USING (part)"
        )

    def _with_open_keys(self, ranked: str) -> str:
        """The same, key after key: one that is not decided for one of a tie does not part it."""
        numbers = range(len(self.lows))
        source = f"SELECT *, 1 AS g, 0 AS held FROM {ranked}"
        kept = ", ".join(f"u{n}, z{n}, o{n}" for n in numbers)
        for number in numbers:
            held = f"SELECT *, held AS held_ FROM ({source})"
            if self._any_open(number):
                held = f"SELECT *, max(held, max(u{number}) OVER (PARTITION BY part, g)) AS held_ FROM ({source})"
            order = f"g, CASE WHEN held_ THEN 0 ELSE z{number} END, CASE WHEN held_ THEN 0 ELSE o{number} END"
            source = (
                f"SELECT key, part, barred, {kept}, held_ AS held, "
                f"dense_rank() OVER (PARTITION BY part ORDER BY {order}) AS g FROM ({held})"
            )
        opened = " OR ".join(f"u{n}" for n in numbers)
        return (
            f"SELECT key, part, barred, {opened} AS open, rank() OVER (PARTITION BY part ORDER BY g) AS g "
            f"FROM ({source})"
        )

    def _any_open(self, number: int) -> bool:
        """Is a key not decided for somebody who is ranked?"""
        query = f"SELECT EXISTS (SELECT 1 FROM {self.name}_members WHERE u{number} AND NOT waits)"
        return bool(self.connection.execute(query).fetchone()[0])

    def _settled(self) -> str:
        """Only groups nobody of which waits are ranked, unless who waits is left out."""
        return f"part NOT IN (SELECT part FROM {self.name}_waits)" if self.rule.incomplete == "wait" else "TRUE"

    # --- what is won

    def _award(self) -> None:
        """Down the ladder, a tied group at a time; a group across an edge needs a draw, or all of it is let in."""
        execute, name, nothing = self.connection.execute, self.name, self.prizes.nothing
        execute(f"CREATE TEMP TABLE {name}_ladder (size INTEGER, low INTEGER, high INTEGER, bit INTEGER)")
        for (size,) in execute(f"SELECT DISTINCT size FROM {name}_ranked").fetchall():
            self.connection.executemany(f"INSERT INTO {name}_ladder VALUES (?, ?, ?, ?)", self._ladder(size))
        execute(f"CREATE INDEX temp.{name}_by_size ON {name}_ladder (size, low)")
        steps = f"SELECT {{}} FROM {name}_ladder AS l WHERE l.size = t.size AND low < place + many AND high > place"
        before = "max(size) - g + 1 - count(*)" if self.typed.bottom else "g - 1"
        execute(
            f"CREATE TEMP TABLE {name}_tied AS SELECT *, ({steps.format('sum(DISTINCT bit)')}) AS bits, "
            f"({steps.format('bit')} ORDER BY low LIMIT 1) AS first FROM ("
            f"SELECT part, g, {before} AS place, count(*) AS many, max(size) AS size, max(open) AS open "
            f"FROM {name}_ranked GROUP BY part, g) AS t"
        )
        execute(
            f"CREATE TEMP TABLE {name} (key INTEGER PRIMARY KEY, part TEXT, won INTEGER, rank INTEGER, place INTEGER, "
            "waiting INTEGER, doubtful INTEGER, drawn INTEGER)"
        )
        let_in = "NOT t.open" if self.rule.ties == "include" else "FALSE"
        execute(
            f"INSERT INTO {name} SELECT key, part, CASE WHEN {let_in} THEN first ELSE bits END, g, t.place, 0, "
            f"barred = {OPEN}, NOT t.open AND bits <> first AND NOT ({let_in}) "
            f"FROM {name}_ranked AS m JOIN {name}_tied AS t USING (part, g)"
        )
        self._draw()
        execute(
            f"UPDATE {name} SET won = CASE WHEN doubtful THEN won | {nothing} ELSE {nothing} END "
            f"WHERE doubtful OR key IN (SELECT key FROM {name}_ranked WHERE barred = {YES})"
        )
        if self.rule.incomplete == "wait":
            execute(
                f"INSERT INTO {name} SELECT key, part, CASE WHEN barred = {YES} AND NOT waits THEN {nothing} "
                f"ELSE {self.prizes.undecided} END, NULL, NULL, waits, barred = {OPEN} AND NOT waits, 0 "
                f"FROM {name}_members WHERE part IN (SELECT part FROM {name}_waits)"
            )
        else:
            execute(f"INSERT INTO {name} SELECT key, part, NULL, NULL, NULL, 1, 0, 0 FROM {name}_members WHERE waits")
        for rest in (
            "asked",
            "members",
            "waits",
            "ranked",
            "ladder",
            "tied",
        ):  # nothing is dropped while results are read
            execute(f"DELETE FROM {name}_{rest}")

    def _ladder(self, size: int) -> Iterator[tuple[int, int, int, int]]:
        """The places from 0 on, in stretches of one prize each, for so many that are ranked."""
        cohort = Cohort(self.places.plan, self.places.machine)
        ladder = cohort.ladder(self.typed, Context({}, self.window, size=size))
        place = 0
        for prize, some in groupby(ladder):
            end = place + sum(1 for _ in some)
            yield size, place, end, 1 << self.prizes.all.index(prize)
            place = end
        yield size, place, WIDEST, self.prizes.nothing

    def _draw(self) -> None:
        """Who was drawn first wins more, where everybody of a tied group has a lot of their own."""
        if all(key is not None for key, _ in self.typed.by):
            return
        execute, name, who = self.connection.execute, self.name, self.places.who
        groups = execute(
            f"SELECT DISTINCT m.part, m.g, t.place, t.size FROM {name} AS n JOIN {name}_ranked AS m USING (key) "
            f"JOIN {name}_tied AS t ON t.part = m.part AND t.g = m.g WHERE n.drawn"
        ).fetchall()
        for part, group, place, size in groups:
            members = execute(
                f"SELECT key, id FROM {name}_ranked JOIN {who} USING (key) WHERE part = ? AND g = ?", (part, group)
            ).fetchall()
            lots = self._lots(members)
            if lots is None:
                continue
            steps = execute(f"SELECT low, high, bit FROM {name}_ladder WHERE size = ? ORDER BY low", (size,)).fetchall()
            for number, (key, _) in enumerate(sorted(members, key=lambda one: lots[one[1]])):
                bit = next(bit for low, high, bit in steps if low <= place + number < high)
                execute(f"UPDATE {name} SET won = ?, drawn = 0 WHERE key = ?", (bit, key))

    def _lots(self, members: Sequence[tuple[int, str]]) -> dict[str, Any] | None:
        """The lots of a tied group, where everybody has one of their own."""
        found: dict[str, Any] = {}
        for some in batched(members, AT_ONCE):
            machine = self.places.around.machine([one for _, one in some])
            at = ((self.window if self.rule.for_each else machine.base).text, "")
            for _, one in some:
                found[one] = machine.frame.values.get((one, f"{self.rule.id}_draw"), {}).get(at)
        lots = found.values()
        return found if None not in lots and len(set(lots)) == len(found) else None


def _quotient(slot: Slot) -> list[str]:
    """A number as a quotient, whether it is undecided, and whether there is none."""
    low, over, high, under, state = (f"r.{quoted_name(column)}" for column in slot.columns)
    # a function is called for every row unless a CASE stands before it
    alike = (
        f"CASE WHEN {over} = {under} THEN coalesce({low} = {high}, 0) ELSE alike_({low}, {over}, {high}, {under}) END"
    )
    none = f"{state} = {MISSING}"
    return [low, over, f"(NOT ({none}) AND ({state} <> 0 OR NOT {alike}))", none]


def functions(connection: sqlite3.Connection) -> None:
    """What queries here ask of Python: whether two quotients over different divisors are the same."""
    connection.create_function("alike_", 4, _alike, deterministic=True)


def _alike(low: int | None, over: int, high: int | None, under: int) -> bool:
    if low is None or high is None:
        return False
    if not over or not under:
        raise failed("failed", problem="0")
    return low * under == high * over
