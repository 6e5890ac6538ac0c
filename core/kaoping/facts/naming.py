"""Finding what a person calls something by: its id, or its title where only one has it; and saying what there is."""

from __future__ import annotations

from collections.abc import Mapping

from kaoping.errors import nearest
from kaoping.facts.types import Title


def named(name: str, known: Mapping[str, Title]) -> str | None:
    """The id of this name, or of this title where one has it."""
    if name in known:
        return name
    found = [one for one, title in known.items() if name and name in (title.zh, title.en)]
    return found[0] if len(found) == 1 else None


def near(name: str, known: Mapping[str, Title]) -> str | None:
    """The id or title most like what was written."""
    return nearest(name, [*known, *(text for title in known.values() for text in (title.zh, title.en) if text)])


def listed(known: Mapping[str, Title]) -> Title:
    """What there is: titles in Chinese, ids in English, as people write them."""
    return Title("、".join(title.zh or one for one, title in known.items()) or "-", ", ".join(known) or "-")
