"""Frames: what one evaluation reads, as known at a moment, in a few queries over sets."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from kaoping.errors import DataError
from kaoping.evaluation.keeping import Tell, silent
from kaoping.facts.frame import Edge, Frame, Plain, Record, Subject
from kaoping.facts.needs import Needs
from kaoping.facts.periods import Period, parse_period
from kaoping.facts.types import RelationType
from kaoping.store.bars import bars_in_force, ledgers
from kaoping.store.batches import View, view_at
from kaoping.store.connection import Store
from kaoping.store.earlier import earlier_results, frozen_windows
from kaoping.store.fed import fed_values
from kaoping.store.known import registrations, windows_entered
from kaoping.store.lines import day_from, keys_of
from kaoping.store.moments import through
from kaoping.store.typed import Misfits, Typing

OFTEN = 2000
"""Subjects after which it is said how far one is."""
Values = dict[tuple[str, str], dict[tuple[str, str], Plain]]


def load_frame(
    store: Store, needs: Needs, period: Period, today: date, known_at: str | None = None, tell: Tell = silent
) -> Frame:
    """The facts an evaluation needs, of all periods, as known at a moment (UTC text) or now.

    Every subject id in it is one of its subjects. Closings are those of the needed scheme; of its publications the
    first of each period counts. `tell` hears how far it is, in subjects.

    Raises:
        Problems: something stored does not fit the catalogue any more.
    """
    with store.reading() as connection:
        calendars = windows_entered(connection, view_at(connection, known_at))
        official = needs.catalogue.official.entered(calendars)
        reading = _Reading(connection, view_at(connection, known_at), needs, tell=tell)
        subjects = reading.subjects()
        by_id = {each.id: each for each in sorted(subjects.values(), key=lambda subject: subject.id)}
        frame = Frame(
            period=period,
            today=today,
            subjects=by_id,
            values=reading.values(subjects),
            records=reading.records(subjects),
            complete_through=reading.complete_through(subjects),
            edges=reading.edges(subjects),
            closed=reading.closed(),
            published=reading.published(known_at),
            calendars=calendars,
            fed=fed_values(connection, needs, by_id, period, known_at, reading.misfits),
            bars=bars_in_force(store, needs, by_id, period, today, known_at, official),
            earlier=earlier_results(connection, needs, by_id, period, today, known_at),
            frozen=frozen_windows(connection, needs, by_id, period, today, known_at),
            entries=ledgers(store, needs, by_id, period, today, known_at, official),
        )
    reading.misfits.tell()
    return frame


def load_bare(store: Store, needs: Needs, period: Period, today: date, known_at: str | None = None) -> Frame:
    """The same frame without its facts: what closings, publications and calendars say."""
    with store.reading() as connection:
        view = view_at(connection, known_at)
        reading, calendars = _Reading(connection, view, needs), windows_entered(connection, view)
        published = reading.published(known_at)
        return Frame(period, today, {}, closed=reading.closed(), published=published, calendars=calendars)


def types_of(needs: Needs) -> frozenset[str]:
    """The types whose subjects a frame has: those asked for, and both ends of relations, families taken apart."""
    families = set(needs.subject_types)
    for relation in _relations(needs):
        families |= {relation.of, relation.to}
    return frozenset(families.union(*(needs.catalogue.members(family) for family in families)))


def _relations(needs: Needs) -> list[RelationType]:
    wanted = needs.relations
    return [one for one in needs.catalogue.relations.values() if one.id in wanted or one.inverse in wanted]


@dataclass(frozen=True)
class _Reading:
    connection: sqlite3.Connection
    view: View
    needs: Needs
    misfits: Misfits = field(default_factory=Misfits)
    tell: Tell = silent

    def _told(self, kind: str, part: int, many: int, subjects: int) -> None:
        """Now and then say how far it is: so many subjects of a fact or record, after others."""
        if many % OFTEN == 0:
            facts, records = len(self.needs.facts), len(self.needs.records)
            parts = part + (facts if kind == "record" else 0)
            self.tell((parts * subjects + many) // max(facts + records, 1), subjects)

    def subjects(self) -> dict[int, Subject]:
        types = types_of(self.needs)
        found = registrations(self.connection, self.view)
        return {key: subject for key, subject in found.items() if subject.type in types}

    def values(self, subjects: Mapping[int, Subject]) -> Values:
        found: Values = {}
        for part, (name, key) in enumerate(sorted(keys_of(self.connection, "name", self.needs.facts).items())):
            typing = Typing(self.needs.catalogue, name)
            before, types, of_subject, many = -1, None, {}, 0
            wrong: dict[tuple[str, str, str], tuple[str, DataError]] = {}  # until a later row speaks for the same
            for number, at, item, text in self._rows("value", "fact", key, "subject, at, item, value", "at, item"):
                if number != before:
                    before = number
                    many += 1
                    self._told("value", part, many, len(subjects))
                    subject = subjects.get(number)
                    types = typing.fact(subject.type) if subject else None
                    if subject and types is not None:
                        of_subject = found[subject.id, name] = {}
                if types is None:
                    continue
                key_of_row = subjects[number].id, at, item
                wrong.pop(key_of_row, None)
                try:
                    of_subject[_day(at) if types.holds else at, item] = types[text]
                except DataError as error:
                    wrong[key_of_row] = text, error
            for (of, at, _), (text, misfit) in wrong.items():
                self.misfits.add(f"{of} {name} {at}", text, misfit)
        return found

    def records(self, subjects: Mapping[int, Subject]) -> dict[tuple[str, str], tuple[Record, ...]]:
        moments: dict[int, str] = dict(self.connection.execute("SELECT id, known_at FROM batch"))
        found: dict[tuple[str, str], dict[str, Record]] = defaultdict(dict)
        for part, (name, key) in enumerate(sorted(keys_of(self.connection, "name", self.needs.records).items())):
            typing = Typing(self.needs.catalogue, name)
            before, many = -1, 0
            rows = self._rows("record", "record", key, "subject, no, batch, fields", "no").fetchall()
            wrong: dict[tuple[str, str], list[tuple[str, str, DataError]]] = {}  # until a later row speaks for it
            contents = json.loads(f"[{','.join(row[3] for row in rows)}]")  # all at once is much faster than each
            for (number, no, batch, _), texts in zip(rows, contents, strict=True):
                if number != before:
                    before = number
                    many += 1
                    self._told("record", part, many, len(subjects))
                subject = subjects.get(number)
                types = subject and typing.fields(subject.type)
                if not subject or not types:
                    continue
                fields: dict[str, Plain] = {}
                misfits = wrong[subject.id, no] = []
                for name_of_field, text in texts.items():
                    if name_of_field not in types:
                        continue
                    try:
                        fields[name_of_field] = types[name_of_field][text]
                    except DataError as error:
                        misfits.append((name_of_field, text, error))
                of_subject = found[subject.id, name]
                first = of_subject.get(no)  # a correction does not make it known later than it was
                of_subject[no] = Record(no, fields, first.known_at if first else moments[batch])
            for (of, no), found_wrong in wrong.items():
                for name_of_field, text, misfit in found_wrong:
                    self.misfits.add(f"{of} {name} {no} {name_of_field}", text, misfit)
        return {key: tuple(records.values()) for key, records in found.items()}

    def complete_through(self, subjects: Mapping[int, Subject]) -> dict[tuple[str, str], date]:
        found = {}
        for name, key in sorted(keys_of(self.connection, "name", self.needs.records).items()):
            rows = self._rows("register", "record", key, "subject, complete_through", "complete_through")
            for number, day in rows:  # of several statements the last day counts
                if subject := subjects.get(number):
                    found[subject.id, name] = date.fromisoformat(day)
        return found

    def edges(self, subjects: Mapping[int, Subject]) -> dict[tuple[str, str], tuple[Edge, ...]]:
        relations = {relation.id: relation for relation in _relations(self.needs)}
        found: dict[tuple[str, str], list[Edge]] = defaultdict(list)
        for name, key in sorted(keys_of(self.connection, "name", relations).items()):
            columns = "subject, target, since, until, withdrawn"
            rows = self._rows("edge", "relation", key, columns, "target, since")
            latest = {row[:3]: row for row in rows}
            for number, target, since, until, withdrawn in latest.values():
                one, other = subjects.get(number), subjects.get(target)
                if withdrawn or not one or not other:
                    continue
                first, last = day_from(since), day_from(until)
                found[name, one.id].append(Edge(other.id, first, last))
                if inverse := relations[name].inverse:
                    found[inverse, other.id].append(Edge(one.id, first, last))
        return {
            key: tuple(sorted(edges, key=_edge_order)) if len(edges) > 1 else (edges[0],)
            for key, edges in found.items()
        }

    def closed(self) -> frozenset[str]:
        rows = self.connection.execute(
            f"SELECT period FROM closing WHERE scheme = ? AND {self.view.condition()}", (self.needs.scheme,)
        )
        return frozenset(period for (period,) in rows)

    def published(self, known_at: str | None) -> dict[str, str]:
        rows = self.connection.execute(
            "SELECT period, min(publication.at) FROM publication JOIN evaluation ON evaluation.id = evaluation "
            "WHERE scheme = ? AND publication.at <= ? GROUP BY period ORDER BY period",
            (self.needs.scheme, through(known_at)),
        )
        return dict(rows)

    def _rows(self, table: str, first: str, key: int, columns: str, order: str) -> sqlite3.Cursor:
        """Rows of one name in the order of the table: subject by subject, of equal keys the latest batch last."""
        return self.connection.execute(
            f"SELECT {columns} FROM {table} WHERE {first} = ? AND {self.view.condition()} "
            f"ORDER BY subject, {order}, batch",
            (key,),
        )


def _day(at: str) -> str:
    """The ISO day a fact holds from, where its first day was given as a period."""
    return at if len(at) == 10 else parse_period(at).start.isoformat()


def _edge_order(edge: Edge) -> tuple[str, str]:
    return edge.to, "" if edge.since is None else edge.since.isoformat()
