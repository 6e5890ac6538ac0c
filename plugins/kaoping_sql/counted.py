"""What a kept frame knows beforehand of the log: how numbers are scaled, where they end, how many records one has.

It is counted by blocks of subjects, so that when some subjects change only their blocks are counted anew and the whole
is as if all had been.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from kaoping.evaluation.keeping import FactLog
from kaoping.evaluation.plan import Plan
from kaoping_sql.quoting import quoted_text
from kaoping_sql.rows import Bounds, Column
from kaoping_sql.tables import FrameTables, bounds_of, ends_declared
from kaoping_sql.tally import Ends, Tally
from kaoping_sql.words import failed

BLOCK = 4096
"""Subjects counted together."""
ALL = (0, 2**62)
SHAPE = (
    """
    CREATE TABLE counted (
        what TEXT NOT NULL, block INTEGER NOT NULL, decimals INTEGER, low INTEGER, high INTEGER,
        PRIMARY KEY (what, block)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE link (
        relation TEXT NOT NULL, "from" INTEGER NOT NULL, "to" INTEGER NOT NULL,
        since INTEGER NOT NULL, until INTEGER NOT NULL,
        PRIMARY KEY (relation, "from", "to", since)
    ) STRICT, WITHOUT ROWID
    """,
    'CREATE INDEX link_back ON link (relation, "to")',
)
NOTHING = (-1, None, None, None)
"""A block that there is not, so that what was counted and is nowhere is not counted again and again."""
DECIMALS = "CASE WHEN instr(value, '.') THEN length(rtrim(value, '0')) - instr(value, '.') ELSE 0 END"


class NotNativeError(Exception):
    """Something cannot be made from the log by the database; its argument is the key of the text that says what."""


@dataclass
class Counted:
    """Answers what a compiler asks beforehand, from the log attached to a connection; `Known` to it.

    Attributes:
        fresh: what was counted, or counted anew, since it was opened.
        by_blocks: is all of it read side by side, which is faster for many?
    """

    plan: Plan
    log: FactLog
    connection: sqlite3.Connection
    fed: FrameTables | None = None
    linked: set[str] = field(default_factory=set)
    fresh: set[str] = field(default_factory=set)
    by_blocks: bool = False
    _on_file: bool = False

    # --- what a compiler asks

    def bounds(self, table: str, column: Column) -> Bounds:
        """The scale and the ends of a column of numbers, over all that is known of the fact or field."""
        if column.kind == "fed":
            return self.memory().bounds(table, column)
        kind = column.type
        assert kind is not None
        if kind.kind == "integer" and ends_declared(kind):
            return bounds_of(kind, 1, ())
        what = f"value {column.fact.id}" if column.fact else f"field {column.record} {column.name}"
        decimals, low, high = self._whole(what)
        return bounds_of(kind, 10 ** (decimals or 0), [end for end in (low, high) if end is not None])

    def most(self, name: str) -> int:
        """How many records of a type, or members of a relation, one subject has at most."""
        catalogue = self.plan.catalogue
        found = [0]
        if any(record == name for _, record in catalogue.records):
            found.append(self._whole(f"records {name}")[2] or 0)
        if any(name in (one.id, one.inverse) for one in catalogue.relations.values()):
            self.link(name)
            found.append(self._whole(f"members {name}")[2] or 0)
        return max(found)

    def memory(self) -> FrameTables:
        """Fed facts are what another evaluation found: they are read in memory."""
        if self.fed is None:
            frame, keys = self.log.fed()
            self.fed = FrameTables(self.plan, frame)
            self.fed.keys = dict(keys)
        return self.fed

    # --- relations

    def link(self, name: str) -> None:
        """Have the edges of a relation, or of the way back, in ``link``."""
        if name in self.linked:
            return
        self.linked.add(name)
        query = "SELECT 1 FROM counted WHERE what = ? LIMIT 1"
        if not self.connection.execute(query, (f"members {name}",)).fetchone():
            self._add_links(name, [ALL])

    def links_anew(self, name: str, touched: Sequence[tuple[int, int]]) -> None:
        """Read again the edges that were entered for some subjects."""
        end = "from" if self._relation(name)[1] else "to"
        for span in touched:
            self.connection.execute(f'DELETE FROM link WHERE relation = ? AND "{end}" BETWEEN ? AND ?', (name, *span))
        self._add_links(name, touched)

    def _relation(self, name: str) -> tuple[str, bool]:
        """The relation as declared, and whether the name is its own."""
        for one in self.plan.catalogue.relations.values():
            if name in (one.id, one.inverse):
                return one.id, name == one.id
        raise failed("failed", problem=name)

    def _add_links(self, name: str, spans: Iterable[tuple[int, int]]) -> None:
        declared, forth = self._relation(name)
        way = "key, target" if forth else "target, key"
        for low, high in spans:
            self.connection.execute(
                f"""
                INSERT INTO link SELECT :name, {way}, since_(since), until_(until) FROM (
                    SELECT key, target, since, until, withdrawn, max(batch)
                    FROM ({self.log.rows("edge", declared)}) GROUP BY key, target, since
                ) WHERE NOT withdrawn
                """,
                {"name": name, "low": low, "high": high},
            )

    # --- counting

    def _whole(self, what: str) -> tuple[int | None, int | None, int | None]:
        query = "SELECT max(decimals), min(low), max(high), count(*) FROM counted WHERE what = ?"
        *found, blocks = self.connection.execute(query, (what,)).fetchone()
        if not blocks:
            self.count(what, [ALL])
            *found, blocks = self.connection.execute(query, (what,)).fetchone()
        decimals, low, high = found
        return decimals, low, high

    def count(self, what: str, spans: Iterable[tuple[int, int]]) -> None:
        """Count something in the blocks that some subjects lie in; what was counted there is forgotten."""
        self.fresh.add(what)
        kind, _, name = what.partition(" ")
        if self.by_blocks and kind != "members":
            found = self._tallied(kind, name)
            rows = [(what, block, *ends) for block, ends in sorted(found.items())]
            self.connection.executemany("INSERT INTO counted VALUES (?, ?, ?, ?, ?)", [*rows, (what, *NOTHING)])
            return
        query = getattr(self, f"_{kind}")(name)
        for low, high in spans:
            first, last = low // BLOCK, high // BLOCK
            self.connection.execute("DELETE FROM counted WHERE what = ? AND block BETWEEN ? AND ?", (what, first, last))
            self.connection.execute(
                f"INSERT INTO counted SELECT :what, key / {BLOCK}, max(decimals), min(low), max(high) "
                f"FROM ({query}) GROUP BY key / {BLOCK}",
                {"what": what, "low": first * BLOCK, "high": last * BLOCK + BLOCK - 1},
            )
        self.connection.execute("INSERT OR IGNORE INTO counted VALUES (?, ?, ?, ?, ?)", (what, *NOTHING))

    def _tallied(self, kind: str, name: str) -> dict[int, Ends]:
        """The same of the whole log, block by block."""
        record, _, of = name.partition(" ")
        on_file = "" if self._all_read(self._types(kind, record)) else self.on_file()
        tally = Tally(self.log, self.connection, BLOCK, on_file)
        if kind == "value":
            return tally.values(name)
        return tally.records(name) if kind == "records" else tally.fields(record, of)

    def _types(self, kind: str, name: str) -> set[str]:
        """The types that a fact or record of a name may speak of."""
        catalogue = self.plan.catalogue
        owners = {of for of, one in (catalogue.facts if kind == "value" else catalogue.records) if one == name}
        return {member for owner in owners for member in catalogue.members(owner)}

    def _value(self, name: str) -> str:
        rows = self.log.rows("value", name)
        if self.log.corrected:
            rows = f"SELECT key, at, item, value, max(batch) FROM ({rows}) GROUP BY key, at, item"
        whole = "CAST(value AS INTEGER)"
        ends = f"SELECT key, {DECIMALS} AS decimals, {whole} AS low, {whole} AS high FROM ({rows})"
        return self._of(ends, self._types("value", name))

    def _field(self, name: str) -> str:
        record, _, of = name.partition(" ")
        rows = self.log.rows("record", record)
        latest = f"SELECT key, no, fields, max(batch) FROM ({rows}) GROUP BY key, no"
        texts = f"""SELECT key, json_extract(fields, '$."{of}"') AS value FROM ({latest})"""
        whole = "CAST(value AS INTEGER)"
        return self._of(
            f"SELECT key, {DECIMALS} AS decimals, {whole} AS low, {whole} AS high FROM ({texts}) "
            "WHERE value IS NOT NULL",
            self._types("field", record),
        )

    def _records(self, name: str) -> str:
        rows = self.log.rows("record", name)
        many = f"SELECT key, count(DISTINCT no) AS high FROM ({rows}) GROUP BY key"
        return self._of(f"SELECT key, NULL AS decimals, NULL AS low, high FROM ({many})", self._types("records", name))

    def _members(self, name: str) -> str:
        found = f"relation = '{name}' AND \"from\" BETWEEN :low AND :high"
        if self.log.off_file:
            found += f' AND "from" IN ({self.on_file()}) AND "to" IN ({self._all_on_file()})'
        many = f'SELECT "from" AS key, count(*) AS high FROM link WHERE {found} GROUP BY "from"'
        return f"SELECT key, NULL AS decimals, NULL AS low, high FROM ({many})"

    def _of(self, query: str, types: set[str]) -> str:
        """Only of subjects that are read: where all that rows may speak of are, nothing is asked."""
        if self._all_read(types):
            return query
        return f"SELECT * FROM ({query}) WHERE key IN ({self.on_file()})"

    def _all_read(self, types: set[str]) -> bool:
        return not self.log.off_file and types <= self.log.types

    def on_file(self) -> str:
        """The query of the subjects of a span that are read."""
        latest = f"SELECT key, type, max(batch) FROM ({self.log.rows('registration')}) GROUP BY key"
        return f"SELECT key FROM ({latest}) WHERE type IN ({listed(self.log.types)})"

    def _all_on_file(self) -> str:
        """The same of all subjects: the other end of a relation is anywhere."""
        if not self._on_file:
            self._on_file = True
            self.connection.execute("CREATE TEMP TABLE on_file_ (key INTEGER PRIMARY KEY)")
            spans = dict(zip(("low", "high"), ALL, strict=True))
            self.connection.execute(f"INSERT INTO on_file_ {self.on_file()}", spans)
        return "SELECT key FROM on_file_"


def listed(texts: Iterable[str]) -> str:
    """Texts as a list of SQL."""
    return ", ".join(map(quoted_text, sorted(texts)))
