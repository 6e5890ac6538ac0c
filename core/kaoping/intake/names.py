"""Names and what they mean: an id, or a title in either language, as headers and cells have them."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from kaoping.errors import nearest
from kaoping.facts.types import Title
from kaoping.intake.normalise import narrow

Meaning = TypeVar("Meaning", bound=Hashable)
FEW = 100
"""So many names can be listed in a message."""


@dataclass(frozen=True)
class Match(Generic[Meaning]):
    """What a name may mean, and how it is properly written."""

    meanings: Sequence[Meaning]
    written: str


class Names(Generic[Meaning]):
    """A table of names; case, blanks, width and a trailing ``*`` make no difference."""

    def __init__(self) -> None:
        self._written: dict[str, str] = {}
        self._variants: dict[str, str] = {}
        self._meanings: dict[str, list[Meaning]] = {}
        self._listed: dict[str, str] = {}

    def add(self, meaning: Meaning, name: str, *titles: str) -> None:
        """Give a meaning its id (`name`) and its titles, Chinese first; a name may have several meanings."""
        self._listed.setdefault(name, next(filter(None, titles), name))
        for each in (name, *filter(None, titles)):
            key = name_key(each)
            self._written.setdefault(key, each)
            self._mean(key, meaning)

    def add_variant(self, meaning: Meaning, name: str) -> None:
        """Give a meaning a further way of writing, which no message proposes."""
        key = name_key(name)
        self._variants.setdefault(key, name)
        self._mean(key, meaning)

    def find(self, name: str) -> Match[Meaning] | None:
        """What a name may mean, or None."""
        key = name_key(name)
        meanings = self._meanings.get(key)
        return Match(meanings, self._written.get(key) or self._variants[key]) if meanings else None

    def near(self, name: str) -> str | None:
        """The name most like one that means nothing."""
        return nearest(name, self._written.values())

    def refusal(self, name: str) -> tuple[str, dict[str, Title]]:
        """The key of what to say of a name that means nothing, with its facts."""
        return "intake.unknown-header", {}

    def listed(self) -> Title | None:
        """All names for a message, titles in Chinese and ids in English; None when there are too many."""
        if len(self._listed) > FEW:
            return None
        return Title("、".join(self._listed.values()), ", ".join(self._listed))

    def _mean(self, key: str, meaning: Meaning) -> None:
        known = self._meanings.setdefault(key, [])
        if meaning not in known:
            known.append(meaning)


class FirstOf(Names[Meaning]):
    """Several tables of names, where an earlier one hides what a later one means."""

    def __init__(self, *tables: Names[Meaning]) -> None:
        super().__init__()
        self._tables = tables

    def find(self, name: str) -> Match[Meaning] | None:
        """What a name means in the first table that knows it."""
        return next((match for table in self._tables if (match := table.find(name))), None)

    def near(self, name: str) -> str | None:
        """The name most like one that means nothing, of all tables."""
        return nearest(name, [near for table in self._tables if (near := table.near(name))])

    def refusal(self, name: str) -> tuple[str, dict[str, Title]]:
        """What the first table says that has more to say than that it does not know."""
        plain = super().refusal(name)
        return next((own for table in self._tables if (own := table.refusal(name)) != plain), plain)

    def listed(self) -> Title | None:
        """All names of all tables, or None when they are too many."""
        lists = [table.listed() for table in self._tables]
        found = [each for each in lists if each]
        if len(found) < len(lists):
            return None
        return Title("、".join(each.zh for each in found), ", ".join(each.en for each in found))


def name_key(name: str) -> str:
    """What of a name counts."""
    return "".join(narrow(name).casefold().split()).removesuffix("*")
