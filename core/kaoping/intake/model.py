"""What reading gives: rows, notes on what was taken otherwise than written, and every error at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from kaoping.errors import KaopingError, Place
from kaoping.facts.rows import NewRow
from kaoping.facts.types import Title
from kaoping.texts import Language, say

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
        return data | {"where": str(self.place)} if self.place else data


@dataclass(frozen=True)
class Intake:
    """What all files together say: rows in the order subjects, then the rest as the files were given."""

    rows: tuple[NewRow, ...]
    notes: tuple[Note, ...] = ()


class Findings:
    """Errors and notes of all files, gathered while reading goes on.

    A cell that is hidden (it holds personal data) gets no second error: nothing else about it may be said.
    """

    def __init__(self) -> None:
        self.errors: list[KaopingError] = []
        self.notes: list[Note] = []
        self._hidden: set[Place] = set()

    def wrong(self, error: KaopingError) -> None:
        """Keep an error."""
        if error.place is None or error.place not in self._hidden:
            self.errors.append(error)

    def hide(self, error: KaopingError) -> None:
        """Keep the error of a cell and no later one of the same cell."""
        self.wrong(error)
        if error.place is not None:
            self._hidden.add(error.place)

    def note(self, key: str, place: Place | None, **facts: Any) -> None:
        """Keep a note."""
        self.notes.append(Note(key, place, facts))
