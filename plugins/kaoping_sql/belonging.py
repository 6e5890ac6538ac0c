"""Where everybody belonged on a day: by each relation to whom it leads, where there is one way only."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Sequence
from datetime import date

from kaoping.evaluation.keeping import FactLog
from kaoping.facts.types import Catalogue
from kaoping_sql.counted import listed

ALL = {"low": 0, "high": 2**62}


class Belonging:
    """The tables ``numbered`` (key, number in the log) and ``belongs`` (relation, key, number of whom it leads to).

    A relation starts from the subject itself, else from whom an earlier one leads to.
    """

    def __init__(self, connection: sqlite3.Connection, log: FactLog) -> None:
        """Take who there is from ``who``; the log is attached."""
        self.connection = connection
        self.log = log
        self._number()
        if log.off_file:
            self._list_on_file()

    def _number(self) -> None:
        """Frames made by the database keep subjects under the log's own numbers, others do not."""
        execute, ids = self.connection.execute, self.log.ids()
        execute("CREATE TEMP TABLE numbered (key INTEGER PRIMARY KEY, number INTEGER NOT NULL)")
        execute(
            f"INSERT INTO numbered SELECT w.key, s.key FROM who AS w JOIN ({ids}) AS s ON s.id = w.id",
            ALL,
        )

    def fill(self, relations: Sequence[str], day: date) -> None:
        """Find where everybody belongs; relations count in their order."""
        execute = self.connection.execute
        execute(
            "CREATE TEMP TABLE belongs (relation INTEGER, key INTEGER, number INTEGER, "
            "PRIMARY KEY (relation, key)) WITHOUT ROWID"
        )
        for place, name in enumerate(relations):
            self._single(name, day.isoformat())
            execute(
                "INSERT INTO belongs SELECT ?, key, target FROM (SELECT c.key, s.target, min(c.place) FROM ("
                "SELECT key, number, -1 AS place FROM numbered "
                "UNION ALL SELECT key, number, relation FROM belongs) AS c "
                "JOIN single AS s ON s.start = c.number GROUP BY c.key)",
                (place,),
            )
            execute("DROP TABLE single")

    def gone(self, types: Sequence[str], day: date) -> Iterator[str]:
        """The ids of those on file on a day but not any more on the period's last."""
        end = self.log.bare.period.end.isoformat()
        on_file = "since <= {0} AND (until = '' OR until > {0})".format
        rows = self.connection.execute(
            f"SELECT id FROM ({self._subjects(types)}) AS r JOIN ({self.log.ids()}) AS s USING (key) "
            f"WHERE {on_file(':day')} AND NOT ({on_file(':end')}) ORDER BY id",
            {**ALL, "day": day.isoformat(), "end": end},
        )
        return (one for (one,) in rows)

    def _subjects(self, types: Sequence[str]) -> str:
        """The query of subjects of some types and the days they are on file."""
        latest = f"SELECT key, type, since, until, max(batch) FROM ({self.log.rows('registration')}) GROUP BY key"
        return (
            "SELECT key, coalesce(since, '') AS since, coalesce(until, '') AS until "
            f"FROM ({latest}) WHERE type IN ({listed(types)})"
        )

    def along(
        self, catalogue: Catalogue, types: Sequence[str], path: Sequence[str], day: date
    ) -> Iterator[tuple[str, str]]:
        """(id, the first by id that a path of relations leads to on a day) of subjects of some types."""
        execute = self.connection.execute
        execute("CREATE TEMP TABLE along (start INTEGER, number INTEGER, PRIMARY KEY (start, number)) WITHOUT ROWID")
        execute(f"INSERT INTO along SELECT key, key FROM ({self._subjects(types)})", ALL)
        for step in path:
            execute("ALTER TABLE along RENAME TO walked")
            execute(
                "CREATE TEMP TABLE along (start INTEGER, number INTEGER, PRIMARY KEY (start, number)) WITHOUT ROWID"
            )
            for one in catalogue.relations.values():
                for name, start, end in ((one.id, "key", "target"), (one.inverse, "target", "key")):
                    if name == step:
                        execute(
                            f"INSERT OR IGNORE INTO along SELECT w.start, e.{end} FROM walked AS w "
                            f"JOIN ({self._edges(one.id)}) AS e ON e.{start} = w.number",
                            {**ALL, "day": day.isoformat()},
                        )
            execute("DROP TABLE walked")
        found = execute(
            f"SELECT s.id, min(g.id) FROM along AS a JOIN ({self.log.ids()}) AS s ON s.key = a.start "
            f"JOIN ({self.log.ids()}) AS g ON g.key = a.number GROUP BY s.id",
            ALL,
        ).fetchall()
        execute("DROP TABLE along")
        return iter(found)

    def reaching(self, catalogue: Catalogue, path: Sequence[str], whom: Collection[str]) -> set[int]:
        """The keys of those whom a path of relations leads, on some day or other, to one of these."""
        found = f"SELECT key AS number FROM ({self.log.ids()}) WHERE id IN ({listed(whom)})"
        for step in reversed(path):
            ways = [
                f"SELECT e.{start} AS number FROM ({self.log.rows('edge', one.id)}) AS e WHERE e.{end} IN ({found})"
                for one in catalogue.relations.values()
                for name, start, end in ((one.id, "key", "target"), (one.inverse, "target", "key"))
                if name == step
            ]
            found = " UNION ".join(ways)
        rows = self.connection.execute(f"SELECT key FROM numbered WHERE number IN ({found})", ALL)
        return {key for (key,) in rows}

    def _edges(self, name: str) -> str:
        """The query of the edges of a relation that hold on ``:day``."""
        latest = (
            "SELECT key, target, since, until, withdrawn, max(batch) "
            f"FROM ({self.log.rows('edge', name)}) GROUP BY key, target, since"
        )
        both = "AND key IN (SELECT key FROM listed) AND target IN (SELECT key FROM listed)"
        return (
            f"SELECT key, target FROM ({latest}) WHERE NOT withdrawn AND since <= :day "
            f"AND (coalesce(until, '') = '' OR until > :day) {both if self.log.off_file else ''}"
        )

    def _single(self, name: str, day: str) -> None:
        """The edges that stand alone on the day."""
        self.connection.execute("CREATE TEMP TABLE single (start INTEGER PRIMARY KEY, target INTEGER)")
        self.connection.execute(
            f"INSERT INTO single SELECT key, target FROM ({self._edges(name)}) GROUP BY key HAVING count(*) = 1",
            {**ALL, "day": day},
        )

    def _list_on_file(self) -> None:
        latest = f"SELECT key, type, max(batch) FROM ({self.log.rows('registration')}) GROUP BY key"
        self.connection.execute("CREATE TEMP TABLE listed (key INTEGER PRIMARY KEY)")
        query = f"INSERT INTO listed SELECT key FROM ({latest}) WHERE type IN ({listed(self.log.types)})"
        self.connection.execute(query, ALL)

    def having(self, record: str) -> str:
        """The query of the subjects that have records of a type."""
        rows = self.log.rows("record", record).replace(":low", "0").replace(":high", str(ALL["high"]))
        return f"SELECT n.key FROM numbered AS n WHERE n.number IN (SELECT DISTINCT key FROM ({rows}))"
