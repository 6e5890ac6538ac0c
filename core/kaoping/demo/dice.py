"""Chance that falls the same way on every machine and in every Python: only `Random.random` and whole numbers."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import TypeVar

Member = TypeVar("Member")


class Dice:
    """A row of throws; the same seed always gives the same row."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)

    def below(self, limit: int) -> int:
        """A whole number from 0 to just below the limit."""
        return int(self._random.random() * limit)

    def between(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return low + self.below(high - low + 1)

    def chance(self, percent: int) -> bool:
        """True in so many of a hundred throws."""
        return self.below(100) < percent

    def pick(self, members: Sequence[Member]) -> Member:
        """One of the members."""
        return members[self.below(len(members))]

    def shuffled(self, members: Sequence[Member]) -> list[Member]:
        """The members in another order."""
        rest = list(members)
        return [rest.pop(self.below(len(rest))) for _ in members]
