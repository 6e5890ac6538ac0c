"""What is known of some subjects, and of those that relations lead to from them, out of many that stay on disk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date

from kaoping.facts.frame import Bar, Frame, Subject
from kaoping.facts.needs import Needs
from kaoping.facts.periods import Period
from kaoping.store.bars import bars_in_force
from kaoping.store.batches import view_at
from kaoping.store.connection import Store, open_store
from kaoping.store.frames import load_frame
from kaoping.store.known import windows_entered

_OF_SUBJECTS = ("registration", "value", "record", "register", "edge")
"""What is told subject by subject; the rest (closings, publications, calendars) is read whole."""


@dataclass(frozen=True)
class Reach:
    """How far facts of others are read from a subject: the relations gone along by name, and how many in a row."""

    relations: frozenset[str] = frozenset()
    steps: int = 0


@dataclass(frozen=True)
class SomeFacts:
    """Frames of some subjects, as known at a moment.

    They are read by `load_frame` itself, through views that show only some rows.
    """

    store: Store
    known_at: str

    def frame(self, needs: Needs, period: Period, today: date, subjects: Iterable[str], reach: Reach) -> Frame:
        """The facts about some subjects (by id) and those they reach, of all periods.

        Raises:
            Problems: something stored does not fit the catalogue any more.
        """
        connection = self.store.connection
        with self.store.reading():
            connection.execute("DELETE FROM temp.some")
            connection.executemany(
                "INSERT OR IGNORE INTO temp.some SELECT key FROM main.subject WHERE id = ?",
                ((one,) for one in subjects),
            )
            self._reach(needs, reach)
            return load_frame(self.store, needs, period, today, self.known_at or None)

    def having(self, records: Iterable[str], subjects: Iterable[str]) -> set[str]:
        """Those of some subjects who have records of some types, whatever became of them."""
        query = (
            "SELECT EXISTS (SELECT 1 FROM main.record WHERE subject = (SELECT key FROM main.subject WHERE id = ?) "
            "AND record = (SELECT key FROM main.name WHERE id = ?))"
        )
        execute, names = self.store.connection.execute, [*records]
        return {one for one in subjects if any(execute(query, (one, name)).fetchone()[0] for name in names)}

    def _reach(self, needs: Needs, reach: Reach) -> None:
        """Add whom relations lead to, step by step; which edges stand is for the frame to say."""
        execute = self.store.connection.execute
        for _ in range(reach.steps):
            before = execute("SELECT count(*) FROM temp.some").fetchone()
            for one in needs.catalogue.relations.values():
                for name, start, end in ((one.id, "subject", "target"), (one.inverse, "target", "subject")):
                    if name and name in reach.relations:
                        execute(
                            f"INSERT OR IGNORE INTO temp.some SELECT {end} FROM main.edge "
                            f"WHERE relation = (SELECT key FROM main.name WHERE id = ?) "
                            f"AND {start} IN (SELECT key FROM temp.some)",
                            (one.id,),
                        )
            if execute("SELECT count(*) FROM temp.some").fetchone() == before:
                break


@contextmanager
def some_facts(store: Store, known_at: str) -> Iterator[SomeFacts]:
    """The database of a store once more, to be asked about some subjects."""
    with closing(open_store(store.path)) as own:
        connection = own.connection
        connection.execute("CREATE TEMP TABLE some (key INTEGER PRIMARY KEY)")
        for table in _OF_SUBJECTS:
            connection.execute(
                f"CREATE TEMP VIEW {table} AS SELECT * FROM main.{table} WHERE subject IN (SELECT key FROM temp.some)"
            )
        connection.execute(
            "CREATE TEMP VIEW subject_result AS SELECT * FROM main.subject_result WHERE subject IN "
            "(SELECT id FROM main.subject WHERE key IN (SELECT key FROM temp.some))"
        )
        yield SomeFacts(own, known_at)


class _Anybody(dict[str, Subject]):
    """Every subject, without any of them in memory."""

    def __contains__(self, _: object) -> bool:
        return True


def all_bars(store: Store, needs: Needs, period: Period, today: date, known_at: str) -> dict[str, tuple[Bar, ...]]:
    """The bars that reach anybody, as a frame has those of its subjects."""
    with store.reading() as connection:
        calendars = windows_entered(connection, view_at(connection, known_at or None))
    official = needs.catalogue.official.entered(calendars)
    return bars_in_force(store, needs, _Anybody(), period, today, known_at or None, official)


def how_many(store: Store, types: Iterable[str], day: date, known_at: str | None = None) -> int:
    """How many subjects of some types are on file on a day."""
    with store.reading() as connection:
        marks = ", ".join("?" * len(listed := sorted(types)))
        text = day.isoformat()
        (found,) = connection.execute(
            "SELECT count(*) FROM (SELECT type, since, until, max(batch) FROM registration "
            f"WHERE {view_at(connection, known_at).condition()} GROUP BY subject) "
            f"WHERE type IN ({marks}) AND coalesce(since, '') <= ? AND (until IS NULL OR until = '' OR until > ?)",
            (*listed, text, text),
        ).fetchone()
    return int(found)


def titles_of(store: Store, subjects: Iterable[str]) -> dict[str, str]:
    """What some subjects are called now; one that is not on file any more by its id."""
    with store.reading() as connection:
        query = (
            "SELECT title FROM registration JOIN subject ON key = subject "
            f"WHERE id = ? AND {view_at(connection).condition()} ORDER BY batch DESC LIMIT 1"
        )
        found = ((one, connection.execute(query, (one,)).fetchone()) for one in subjects)
        return {one: row[0] if row else one for one, row in found}
