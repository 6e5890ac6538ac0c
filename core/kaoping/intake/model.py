"""What reading gives: rows, notes on what was taken otherwise than written, and every error at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from kaoping.errors import DataError, KaopingError, Place, RefusedError
from kaoping.facts.periods import Period
from kaoping.facts.rows import NewRow
from kaoping.facts.types import Title
from kaoping.texts import Language, say

KEPT = 1000
"""So many errors (and notes) of a file are kept; nobody reads more, and a wrong column of a large file has millions."""

Progress = Callable[[str, int, int], None]
"""Hears which file is being read, how many rows of it are done, and of how many (about)."""


class Usage(Protocol):
    """A fact as a scheme uses it."""

    @property
    def id(self) -> str:
        """The fact's id."""

    @property
    def of(self) -> str:
        """The subject type it is read of."""


class KnownScheme(Protocol):
    """As much of a scheme as reading needs: what it is called, which periods it judges, which facts it reads."""

    @property
    def id(self) -> str:
        """Its id."""

    @property
    def title(self) -> Title:
        """Its title, by which a closing may name it."""

    @property
    def period(self) -> str:
        """The kind of period it judges."""

    @property
    def campaigns(self) -> Sequence[Period]:
        """The campaigns it judges, where it judges campaigns."""

    @property
    def parts(self) -> Sequence[str]:
        """Kinds of window it also publishes."""

    @property
    def facts(self) -> Mapping[str, Usage]:
        """The facts it reads."""


@dataclass(frozen=True, slots=True)
class Note:
    """Something taken otherwise than it was written; no error, but never done silently."""

    key: str
    place: Place | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)

    def text(self, language: Language) -> str:
        """The sentence, with its place in front where it has one."""
        message = say(self.key, language, **self.facts)
        return f"{self.place}: {message}" if self.place else message

    def as_json(self, language: Language) -> dict[str, str]:
        """The note as ``--json`` prints it."""
        data = {"code": self.key, "message": say(self.key, language, **self.facts)}
        return data | {"where": str(self.place), "file": self.place.file} if self.place else data


@dataclass(frozen=True)
class Intake:
    """What all files together say: rows in the order subjects, then the rest as the files were given."""

    rows: tuple[NewRow, ...]
    notes: tuple[Note, ...] = ()


class Findings:
    """Errors and notes of all files, gathered while reading goes on.

    A cell that is hidden (it holds personal data) gets no second error: nothing else about it may be said. Of very
    many errors or notes of one kind and file the first are kept and the rest counted.
    """

    def __init__(self) -> None:
        self._errors: list[KaopingError] = []
        self._notes: list[Note] = []
        self._hidden: set[Place] = set()
        self._counts: dict[tuple[str, int], int] = {}

    def wrong(self, error: KaopingError) -> None:
        """Keep an error."""
        if error.place is None or (error.place not in self._hidden and self._room(error.place, error.exit_code)):
            self._errors.append(error)

    def errors(self, files: Sequence[str]) -> list[KaopingError]:
        """All errors in the order of files, lines and columns; what was only counted comes last."""
        order = {file: number for number, file in enumerate(files)}
        found = sorted(self._errors, key=lambda error: _order(error, order))
        more = ((file, self._counts.get((file, code), 0) - KEPT, code) for file in files for code in (1, 4))
        return found + [
            (RefusedError if code == 4 else DataError)("intake.more-errors", place=Place(file), count=count)
            for file, count, code in more
            if count > 0
        ]

    def notes(self) -> list[Note]:
        """All notes as they came; what was only counted comes last."""
        more = ((file, count - KEPT) for (file, code), count in self._counts.items() if code == 0 and count > KEPT)
        return self._notes + [Note("intake.more-notes", Place(file), {"count": count}) for file, count in more]

    def hide(self, error: KaopingError) -> None:
        """Keep the error of a cell and no later one of the same cell."""
        self.wrong(error)
        if error.place is not None:
            self._hidden.add(error.place)

    def read_as(self, place: Place | None, text: str, tidied: str, words: str = "") -> None:
        """Note that a text was taken for another; `words` is that other as Chinese has it."""
        self.note("intake.read-as", place, text=text, value=Title(words or tidied, tidied))

    def note(self, key: str, place: Place | None, **facts: Any) -> None:
        """Keep a note."""
        if place is None or self._room(place, 0):
            self._notes.append(Note(key, place, facts))

    def _room(self, place: Place, code: int) -> bool:
        count = self._counts[place.file, code] = self._counts.get((place.file, code), 0) + 1
        return count <= KEPT


def _order(error: KaopingError, order: Mapping[str, int]) -> tuple[int, int, int]:
    place = error.place
    if place is None:
        return (-1, 0, 0)
    return (order.get(place.file, -1), place.line or 0, place.column or 0)
