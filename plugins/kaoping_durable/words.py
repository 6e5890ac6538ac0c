"""What this plugin says, in the user's language."""

from __future__ import annotations

from typing import Any

from kaoping.evaluation.rulebook import EngineFailedError
from kaoping.texts import language_of, say


def text(key: str, **facts: Any) -> str:
    """The sentence under ``durable.<key>``."""
    return say(f"durable.{key}", language_of(), **facts)


def failed(key: str, **facts: Any) -> EngineFailedError:
    """The error that says why the engine could not finish."""
    return EngineFailedError(text(key, **facts))
