"""Results written down as they are found, in a file of their own: as many as there are, and none of them in memory."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Self, overload

from kaoping.evaluation.again import way
from kaoping.evaluation.keeping import Tell
from kaoping.evaluation.result import Digesting, SubjectResult
from kaoping.evaluation.told import Essences, Once, Told
from kaoping.facts.values import number_text
from kaoping.store.encoding import Encoder, from_json, to_json

AT_ONCE = 2000
"""Rows that are copied between two looks at whether somebody wants to stop."""
COLUMNS = "section, ordinal, subject, status, score, raw_grade, grade, possible_grades, data"
"""What is stored of a subject's result, beside whose it is."""


@dataclass
class Spilled:
    """Results on their way into a database, section by section, each in the order of its subjects."""

    scheme: str
    edition: str
    period: str
    path: Path
    many: int = 0
    _digest: str = ""
    _ordinals: dict[str, int] = field(default_factory=lambda: {"subject": 0, "rolled_up": 0})

    def __enter__(self) -> Self:
        self.connection = sqlite3.connect(self.path, isolation_level=None)
        self.connection.execute("PRAGMA journal_mode = OFF")  # thrown away when it is done, however it is
        self.connection.execute("PRAGMA synchronous = OFF")
        self.connection.execute(f"CREATE TABLE found ({COLUMNS}, type TEXT, way TEXT, PRIMARY KEY (section, ordinal))")
        self._encoder = Encoder()
        self._digesting = Digesting(self.scheme, self.edition, self.period)
        self._essences = Essences()
        self._head = Once(_head_of)
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def add(self, section: str, kind: str, results: Iterable[SubjectResult | Told]) -> None:
        """Some more of a section (``subject`` or ``rolled_up``) and subject type."""
        if section == "rolled_up" and not self._ordinals["rolled_up"]:
            self._digesting.rolled_up()
        self.connection.execute("BEGIN")
        rows = (self._row(section, kind, found) for found in results)
        self.connection.executemany(f"INSERT INTO found VALUES ({', '.join('?' * 11)})", rows)
        self.connection.execute("COMMIT")
        self._digesting.forget()

    def _row(self, section: str, kind: str, found: SubjectResult | Told) -> tuple[str | int | None, ...]:
        ordinal = self._ordinals[section]
        self._ordinals[section] += 1
        self.many += 1
        if isinstance(found, SubjectResult):
            self._digesting.add(found)
            return (*row_of(section, ordinal, found, self._encoder.to_json), kind, way(found))
        self._digesting.add_text(self._essences.text(found))
        status, raw_grade, grade, possible, graded = self._head.of(found.like)
        score = None if found.score is None else number_text(found.score)
        own = (section, ordinal, found.subject.id, status, score, raw_grade, grade, possible)
        return (*own, self._encoder.told(found), kind, graded)

    def count(self, section: str) -> int:
        """How many there are of a section."""
        return self._ordinals[section]

    def digest(self) -> str:
        """The digest of all; nothing is added after it."""
        if not self._digest:
            if not self._ordinals["rolled_up"]:
                self._digesting.rolled_up()
            self._digest = self._digesting.digest()
        return self._digest

    def light(self, section: str, kind: str) -> Iterator[tuple[str, str, tuple[str, ...], Any]]:
        """(subject, how it was graded, grades still possible, score or None) of a section and type."""
        query = "SELECT subject, way, possible_grades, score FROM found WHERE section = ? AND type = ?"
        for subject, graded, possible, score in self.connection.execute(query, (section, kind)):
            yield subject, graded, _grades(possible), None if score is None else _number(score)

    def of(self, section: str, subjects: Iterable[str]) -> list[SubjectResult]:
        """The results of some subjects of a section, in their order."""
        wanted = set(subjects)
        query = "SELECT subject, ordinal FROM found WHERE section = ? ORDER BY ordinal"
        rows = self.connection.execute(query, (section,))
        ordinals = [ordinal for subject, ordinal in rows if subject in wanted]
        query = "SELECT data FROM found WHERE section = ? AND ordinal = ?"
        found = (self.connection.execute(query, (section, ordinal)).fetchone() for ordinal in ordinals)
        return [from_json(SubjectResult, data) for (data,) in found]

    @contextmanager
    def attached(self, connection: sqlite3.Connection) -> Iterator[None]:
        """For so long `copy` may be called within a transaction of that connection."""
        connection.execute("ATTACH ? AS spilled", (str(self.path),))
        self._into = connection
        try:
            yield
        finally:
            connection.execute("DETACH spilled")

    def copy(self, evaluation: int, tell: Tell) -> None:
        """Copy everything into the results of an evaluation, the assessed subjects first."""
        done = 0
        for section, count in self._ordinals.items():
            for first in range(0, count, AT_ONCE):
                done += self._into.execute(
                    f"INSERT INTO main.subject_result (evaluation, {COLUMNS}) SELECT ?, {COLUMNS} FROM spilled.found "
                    "WHERE section = ? AND ordinal BETWEEN ? AND ? ORDER BY ordinal",
                    (evaluation, section, first, first + AT_ONCE - 1),
                ).rowcount
                tell(done, self.many)

    def stored(self) -> Iterator[tuple[Any, ...]]:
        """Everything as it is stored, in order: the assessed subjects first."""
        yield from self.connection.execute(f"SELECT {COLUMNS} FROM found ORDER BY section DESC, ordinal")

    def rows(self, section: str) -> Iterator[SubjectResult]:
        """Every result of a section."""
        query = "SELECT data FROM found WHERE section = ? ORDER BY ordinal"
        for (data,) in self.connection.execute(query, (section,)):
            yield from_json(SubjectResult, data)


def _head_of(like: SubjectResult) -> tuple[str | None, ...]:
    """What stands in columns of its own of all who are alike, and how they were graded."""
    return like.status, like.raw_grade, like.grade, to_json(like.possible_grades), way(like)


def row_of(
    section: str, ordinal: int, found: SubjectResult, encode: Callable[[Any], str] = to_json
) -> tuple[str | int | None, ...]:
    """What is stored of a subject's result, in the order of `COLUMNS`."""
    score = None if found.score is None else number_text(found.score)
    possible = to_json(found.possible_grades)
    return (
        *(section, ordinal, found.subject, found.status),
        *(score, found.raw_grade, found.grade, possible, encode(found)),
    )


@cache
def _grades(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text))


@lru_cache(maxsize=10_000)
def _number(text: str) -> int | Fraction:
    number = Fraction(text)
    return number.numerator if number.denominator == 1 else number


class Lazily(Sequence[Any]):
    """So many things that are read anew whenever somebody goes through them."""

    def __init__(self, many: int, read: Callable[[], Iterator[Any]]) -> None:
        self._many = many
        self._read = read

    def __len__(self) -> int:
        return self._many

    def __iter__(self) -> Iterator[Any]:
        return self._read()

    @overload
    def __getitem__(self, place: int) -> Any: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Any]: ...
    def __getitem__(self, place: int | slice) -> Any:
        """One of them, or some; whoever wants many goes through all."""
        return (
            [*self][place]
            if isinstance(place, slice) or place < 0
            else next(one for number, one in enumerate(self) if number == place)
        )
