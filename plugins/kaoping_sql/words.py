"""What this plugin says, in the user's language."""

from __future__ import annotations

from typing import Any

from kaoping.errors import DataError, Place
from kaoping.evaluation.rulebook import EngineFailedError
from kaoping.texts import language_of, say


class NoFormError(DataError):
    """Something in a plan cannot be put to a database; names it and its place."""


def text(key: str, **facts: Any) -> str:
    """The sentence under ``sql.<key>``."""
    return say(f"sql.{key}", language_of(), **facts)


def failed(key: str, **facts: Any) -> EngineFailedError:
    """The error that says why the engine could not finish."""
    return EngineFailedError(text(key, **facts))


def no_form(what: str, place: Place | None) -> NoFormError:
    """What has no SQL form, and where it stands."""
    return NoFormError("sql.no-form", place=place, what=what)


def too_wide(bits: int, place: Place | None) -> NoFormError:
    """Where a number could leave the 64 bits of a database."""
    return NoFormError("sql.too-wide", place=place, bits=bits)
