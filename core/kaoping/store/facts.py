"""Making facts known: a whole import at once, compared with what is known already."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from kaoping.errors import DataError, Problems
from kaoping.facts.rows import NewEdge, NewRecord, NewRow, NewSubject
from kaoping.facts.types import Title
from kaoping.store.batches import Act, View, insert_batch, view_at
from kaoping.store.blocks import PACKINGS, append_blocks
from kaoping.store.connection import Store
from kaoping.store.lines import KINDS, Cell, Cells, Keys, Kind, Line, keep, name_of, subjects_of, words

MOST_PROBLEMS = 50


@dataclass(frozen=True)
class Conflict:
    """A row that says something else than what is known.

    Attributes:
        known, given: what is known and what the row says; of a record only the fields that differ.
        batch: the batch that made it known, None where the same import says both.
        actor, known_at: of that batch.
    """

    row: NewRow
    known: str
    given: str
    batch: int | None = None
    actor: str = ""
    known_at: str = ""

    def problem(self, called: str | None = None) -> DataError:
        """The conflict as an error; `called` is what the row speaks of in Chinese, its ids where that is not given."""
        key = "store.said-twice" if self.batch is None else "store.conflict"
        return DataError(
            key,
            place=self.row.place,
            what=Title(called or words(self.row), words(self.row)),
            known=self.known,
            given=self.given,
            batch=self.batch,
            actor=self.actor,
        )


@dataclass(frozen=True)
class Appended:
    """What an import came to.

    Attributes:
        batch: its id; None where nothing was written: on a dry run, with conflicts, or with nothing new.
        written: how many rows are new, those corrected included; by table in `tables`.
        unchanged: how many were known already.
        conflicts: rows that say something else than what is known; with any, nothing is written.
        corrected: the same where they were meant as corrections.
    """

    batch: int | None
    written: int
    unchanged: int
    tables: Mapping[str, int]
    conflicts: tuple[Conflict, ...] = ()
    corrected: tuple[Conflict, ...] = ()


@dataclass
class _Sorted:
    """Lines of one table, sorted by what is to become of them; `withdrawn` goes with the differing ones."""

    fresh: list[Line] = field(default_factory=list)
    unchanged: int = 0
    differing: list[Line] = field(default_factory=list)
    withdrawn: dict[Cells, Line] = field(default_factory=dict)
    conflicts: list[Conflict] = field(default_factory=list)
    said_twice: list[Conflict] = field(default_factory=list)


def append(
    store: Store,
    rows: Iterable[NewRow],
    act: Act,
    now: datetime,
    *,
    correct: str | None = None,
    dry_run: bool = False,
) -> Appended:
    """Make rows known as one batch: all of them, or none.

    A row that is known already is counted, not written; a source or evidence that was not given before is added. An
    end that was open may be filled in. Anything else that differs is a conflict, unless a reason to `correct` is
    given.

    Raises:
        Problems: rows speak of subjects that are not on file.
    """
    by_kind: dict[type[NewRow], list[NewRow]] = defaultdict(list)
    for row in rows:
        by_kind[type(row)].append(row)
    with store.writing() as connection:
        connection.execute("SAVEPOINT append")
        view = view_at(connection)
        _check_subjects(connection, by_kind, view)
        keys = _keep_keys(connection, by_kind)
        sorted_by = {
            kind: _sort(connection, kind, kind.lines(by_kind[cls], keys), view)
            for cls, kind in KINDS.items()
            if cls in by_kind
        }
        appended = _count(sorted_by, correct)
        batch = None
        if appended.written and not appended.conflicts and not dry_run:
            reason = correct or "" if appended.corrected else ""
            batch = insert_batch(connection, act, now, reason=reason, written=appended.tables)
            touched: set[Cell] = set()
            for kind, found in sorted_by.items():
                touched |= _write(connection, kind, found, batch)
            each = [(batch, subject) for subject in sorted(touched)]  # type: ignore[type-var]  # whole numbers all
            connection.executemany("INSERT INTO touched (batch, subject) VALUES (?, ?)", each)
        else:
            connection.execute("ROLLBACK TO append")
        connection.execute("RELEASE append")
    return replace(appended, batch=batch)


def _check_subjects(connection: sqlite3.Connection, rows: Mapping[type[NewRow], list[NewRow]], view: View) -> None:
    """Refuse rows about subjects that neither are on file nor come with them."""
    named: dict[str, NewRow] = {}
    for some in rows.values():
        for row in some:
            for subject in subjects_of(row):
                named.setdefault(subject, row)
    coming = {row.id for row in rows.get(NewSubject, ()) if isinstance(row, NewSubject)}
    asked = [subject for subject in named if subject not in coming]
    known: set[str] = set()
    for start in range(0, len(asked), 500):
        some_ids = asked[start : start + 500]
        found = connection.execute(
            f"""
            SELECT id FROM subject WHERE id IN ({", ".join("?" * len(some_ids))})
            AND EXISTS (SELECT 1 FROM registration WHERE subject = key AND {view.condition()})
            """,
            some_ids,
        )
        known.update(subject for (subject,) in found)
    unknown = [subject for subject in asked if subject not in known]
    if not unknown:
        return
    raise Problems(
        DataError("facts.unknown-subject", place=named[subject].place, subject=subject)
        for subject in unknown[:MOST_PROBLEMS]
    )


def _keep_keys(connection: sqlite3.Connection, rows: Mapping[type[NewRow], list[NewRow]]) -> Keys:
    subjects: dict[str, None] = {}
    names: dict[str, None] = {}
    for some in rows.values():
        for row in some:
            if isinstance(row, NewSubject):
                subjects[row.id] = None
            for subject in subjects_of(row):
                subjects[subject] = None
            if name := name_of(row):
                names[name] = None
    return Keys(keep(connection, "subject", list(subjects)), keep(connection, "name", list(names)))


def _sort(connection: sqlite3.Connection, kind: Kind, lines: list[Line], view: View) -> _Sorted:
    found = _Sorted()
    seen: dict[Cells, Line] = {}
    present: dict[object, bool] = {}
    columns = ", ".join(("batch", "source", "evidence", *kind.content))
    keyed = " AND ".join(f"{column} = ?" for column in kind.key)
    of_key = f"SELECT {columns} FROM {kind.table} WHERE {keyed} AND {view.condition()} ORDER BY batch DESC LIMIT 1"
    of_first = f"SELECT 1 FROM {kind.table} WHERE {kind.key[0]} = ? LIMIT 1"
    spans = _Spans(connection, view) if kind.table == "edge" else None
    for line in lines:
        if (twin := seen.setdefault(line.key, line)) is not line:
            if twin.content == line.content:
                found.unchanged += 1
            else:
                found.said_twice.append(_conflict(line, twin.key, twin.content))
            continue
        first = line.key[0]
        if first not in present:  # most imports bring facts of which nothing is known yet: one question for all
            present[first] = connection.execute(of_first, (first,)).fetchone() is not None
        known = connection.execute(of_key, line.key).fetchone() if present[first] else None
        if spans and (known is None or known[-1]):
            known = None
            if spans.overlap(line, found):
                continue
        if known is None:
            found.fresh.append(line)
            continue
        batch, support, content = known[0], known[1:3], known[3:]
        merged = _merged(kind, line, content, support)
        if merged is None:
            found.differing.append(line)
            found.conflicts.append(_conflict(line, line.key, content, _said(connection, batch)))
        elif (merged.content, merged.support) == (content, support):
            found.unchanged += 1
        else:
            found.fresh.append(merged)
    return found


def _merged(kind: Kind, line: Line, content: Cells, support: Cells) -> Line | None:
    """What is known and what a row says, in one; None where they differ.

    Blank takes nothing back: a day left open before may be filled in, a source not given again still stands.
    """
    given = line.content
    if kind.table == "closing":  # closed is closed, whoever says so again
        given = content
    elif kind.table in ("registration", "edge"):
        given = tuple(before if cell is None else cell for cell, before in zip(given, content, strict=True))
        content = tuple(cell if before is None else before for cell, before in zip(given, content, strict=True))
    if given != content:
        return None
    return Line(
        line.key, given, tuple(cell or before for cell, before in zip(line.support, support, strict=True)), line.row
    )


class _Spans:
    """Finds a relation entered with two beginnings: both would count, and the subject be there twice."""

    def __init__(self, connection: sqlite3.Connection, view: View) -> None:
        self.connection = connection
        self.query = (
            "SELECT since, until, withdrawn, batch FROM edge "
            f"WHERE relation = ? AND subject = ? AND target = ? AND {view.condition()} ORDER BY since, batch"
        )
        self.coming: dict[Cells, list[Line]] = defaultdict(list)

    def overlap(self, line: Line, found: _Sorted) -> bool:
        """Sort a new beginning whose days are known, or come with it, under another; False where none are."""
        pair, span = line.key[:3], (line.key[3], line.content[0])
        beside = self.coming[pair]
        if twin := next((other for other in beside if _meet(span, (other.key[3], other.content[0]))), None):
            found.said_twice.append(_conflict(line, twin.key, twin.content))
            return True
        beside.append(line)
        latest = {row[0]: row for row in self.connection.execute(self.query, pair)}
        over = [row for row in latest.values() if not row[2] and _meet(span, row[:2])]
        if not over:
            return False
        since, until, _, batch = over[0]
        found.differing.append(line)
        found.conflicts.append(_conflict(line, (*pair, since), (until, 0), _said(self.connection, batch)))
        for since, until, _, _ in over:
            found.withdrawn[*pair, since] = Line((*pair, since), (until, 1), line.support, line.row)
        return True


def _meet(one: Cells, other: Cells) -> bool:
    """Have two half-open spans (ISO days; None or "" is no limit) a day in common?"""
    return (not one[1] or str(other[0]) < str(one[1])) and (not other[1] or str(one[0]) < str(other[1]))


def _said(connection: sqlite3.Connection, batch: int) -> tuple[int, str, str]:
    actor, known_at = connection.execute("SELECT actor, known_at FROM batch WHERE id = ?", (batch,)).fetchone()
    return batch, actor, known_at


def _conflict(line: Line, key: Cells, known: Cells, said: tuple[int, str, str] | None = None) -> Conflict:
    match line.row:
        case NewRecord():
            before, after = _differing_fields(str(known[0]), str(line.content[0]))
        case NewEdge():
            before, after = f"{key[3]}/{known[0] or ''}", f"{line.key[3]}/{line.content[0] or ''}"
        case _:
            before, after = (" ".join(str(cell) for cell in cells if cell) for cells in (known, line.content))
    return Conflict(line.row, before, after, *(said or ()))


def _differing_fields(known: str, given: str) -> tuple[str, str]:
    before, after = json.loads(known), json.loads(given)
    differing = [name for name in sorted({*before, *after}) if before.get(name) != after.get(name)]
    told = ["; ".join(f"{name}={fields.get(name, '')}" for name in differing) for fields in (before, after)]
    return told[0], told[1]


def _count(sorted_by: Mapping[Kind, _Sorted], correct: str | None) -> Appended:
    tables: dict[str, int] = {}
    conflicts: list[Conflict] = []
    corrected: list[Conflict] = []
    for kind, found in sorted_by.items():
        conflicts += found.said_twice
        (conflicts if correct is None else corrected).extend(found.conflicts)
        count = len(found.fresh) + (0 if correct is None else len(found.differing))
        if count:
            tables[kind.table] = count
    unchanged = sum(found.unchanged for found in sorted_by.values())
    return Appended(None, sum(tables.values()), unchanged, tables, tuple(conflicts), tuple(corrected))


def _write(connection: sqlite3.Connection, kind: Kind, found: _Sorted, batch: int) -> set[Cell]:
    """Append the lines; gives of which subjects they speak."""
    lines = [*found.withdrawn.values(), *found.fresh, *found.differing]
    cells = [(*line.key, batch, *line.content, *line.support) for line in lines]
    cells.sort(key=lambda each: each[: len(kind.key)])  # in the order of the table, which is built up faster so
    connection.executemany(kind.insert, cells)
    if kind.table in PACKINGS:
        append_blocks(connection, kind.table, (row[: len(kind.key) + 2] for row in cells))
    places = [place for place, name in enumerate(kind.key) if name in ("subject", "target")]
    return {line.key[place] for line in lines for place in places}
