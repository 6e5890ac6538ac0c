"""What was said before, in this file or another: the same again is noted, something else is an error."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, Generic, TypeVar

from kaoping.errors import DataError, Place
from kaoping.intake.model import Findings

Key = TypeVar("Key", bound=Hashable)


class Seen(Generic[Key]):
    """Contents by key, each with its place."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._first: dict[Key, tuple[Any, Place]] = {}

    def new(self, key: Key, content: Any, place: Place) -> bool:
        """Was nothing said under this key before?"""
        known = self._first.setdefault(key, (content, place))
        if known[1] is place:
            return True
        first, where = known
        if first == content:
            self._findings.note("intake.said-twice", place, first=str(where))
        else:
            self._findings.wrong(DataError("intake.contradicts", place=place, first=str(where)))
        return False
