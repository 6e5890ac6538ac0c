"""Sentences and headings of the pages, in the user's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kaoping.texts import has_text, language_of, say


def word(key: str, /, **facts: Any) -> str:
    """A sentence or heading of ``texts/cli.toml``."""
    return say(f"cli.{key}", language_of(), **facts)


def words(*keys: str) -> list[str]:
    """Several headings."""
    return [word(key) for key in keys]


def state(kind: str, value: str | None) -> str:
    """The word for one of a few values, such as a status; the value itself where there is none."""
    key = f"{kind}-{value}"
    return word(key) if value and has_text(f"cli.{key}") else value or ""


def title(data: Mapping[str, str] | None, otherwise: str = "") -> str:
    """A title given in both languages."""
    return (data or {}).get(language_of(), "") or (data or {}).get("zh", "") or otherwise
