"""Errors a user can cause: what happened, where, and what to do next.

Only what a user can cause derives from `KaopingError`; a bug keeps its traceback. Texts live in `kaoping/texts`,
in Chinese and English, under the error's key; the key is also the code that is printed with the message.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from kaoping.texts import Language, has_text, say


@dataclass(frozen=True, order=True)
class Place:
    """Where in a file: a line and column (both from 1), or a cell of a sheet such as ``C5``."""

    file: str
    line: int | None = None
    column: int | None = None
    cell: str | None = None

    def __str__(self) -> str:
        parts = [self.file]
        if self.line is not None:
            parts.append(str(self.line))
            if self.column is not None:
                parts.append(str(self.column))
        text = ":".join(parts)
        return f"{text} ({self.cell})" if self.cell else text


class KaopingError(Exception):
    """Something a user can mend; `key` names its text and is its code."""

    exit_code = 1

    def __init__(self, key: str, *, place: Place | None = None, hint: str | None = None, **facts: Any) -> None:
        self.key = key
        self.place = place
        self.facts = facts
        own = f"{key}.hint"
        self.hint_key = hint or (own if has_text(own) else None)
        super().__init__(self.text("en"))

    def text(self, language: Language) -> str:
        """The message, with its place in front where it has one."""
        message = say(self.key, language, **self.facts)
        return f"{self.place}: {message}" if self.place else message

    def hint(self, language: Language) -> str | None:
        """What to do next, or None."""
        return say(self.hint_key, language, **self.facts) if self.hint_key else None

    def as_json(self, language: Language) -> dict[str, Any]:
        """The error as ``--json`` prints it."""
        data: dict[str, Any] = {"code": self.key, "message": say(self.key, language, **self.facts)}
        if self.place:
            data["where"] = str(self.place)
        if hint := self.hint(language):
            data["hint"] = hint
        return data


class DataError(KaopingError):
    """The data or the scheme is wrong (exit 1)."""


class UsageError(KaopingError):
    """The command was given something that does not exist or does not fit (exit 2)."""

    exit_code = 2


class EnvironmentError(KaopingError):
    """The database, the disk or the installation is not usable (exit 3)."""

    exit_code = 3


class RefusedError(KaopingError):
    """Refused for safety: engines differ, a plugin is not trusted, personal data (exit 4)."""

    exit_code = 4


class Problems(KaopingError):  # noqa: N818 - it holds errors, it is not one more
    """Several errors at once, in the order of their places; exits as the gravest does."""

    def __init__(self, errors: Iterable[KaopingError]) -> None:
        self.errors: Sequence[KaopingError] = list(errors)
        super().__init__("common.problems", count=len(self.errors))
        self.exit_code = max((error.exit_code for error in self.errors), default=1)

    def text(self, language: Language) -> str:
        """All messages, one a line."""
        return "\n".join(error.text(language) for error in getattr(self, "errors", []))


def alike(name: str, known: Mapping[str, Iterable[str]]) -> list[str]:
    """The known names this one may stand for: those that hold it, or whose titles do, then those most like it.

    ``drug`` is part of three schemes' names; ``六星`` of a title.
    """
    wanted = name.casefold()
    holding = [one for one, titles in known.items() if any(wanted in text.casefold() for text in (one, *titles))]
    if not wanted or not holding:
        near = nearest(name, known)
        return [near] if near else []
    return [*holding, *(one for one in get_close_matches(name, known, n=3) if one not in holding)]


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name most like this one, or None; two-character Chinese names need the lower cutoff.

    A name that is part of a longer one is like it: ``six-star`` is like ``harmonious-community-six-star``.
    """
    names = list(known)
    short = len(name) <= 4 or any(ord(character) > 0x2E80 for character in name)
    found = get_close_matches(name, names, n=1, cutoff=0.5 if short else 0.6)
    found = found or sorted(whole for whole in names if len(name) >= 3 and name in whole)
    return found[0] if found else None
