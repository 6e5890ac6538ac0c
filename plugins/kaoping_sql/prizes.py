"""What may be won among all, and answers to what decides about it, as whole numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from kaoping.evaluation import values as reference
from kaoping.evaluation.plan import TypedCohort
from kaoping.evaluation.values import MAYBE, Value

AT_ONCE = 500
"""Members whose facts are in memory together while the reference engine is asked."""
WIDEST = 2**62
NO, YES, OPEN, NEITHER = 0, 1, 2, 3
"""Answers as they stand in tables; a truth that has no value is neither."""


class TooWideError(Exception):
    """Numbers that are ranked by have no common denominator within 64 bits: their places are found elsewhere."""


@dataclass(frozen=True)
class Prizes:
    """What may be won, as bits: the tiers, or one prize; and last nothing."""

    all: tuple[Value, ...]

    @property
    def nothing(self) -> int:
        """The bit of none."""
        return 1 << (len(self.all) - 1)

    @property
    def undecided(self) -> int:
        """Every bit."""
        return (1 << len(self.all)) - 1

    def value(self, mask: int) -> Value:
        """What some bits stand for."""
        found = [prize for place, prize in enumerate(self.all) if mask >> place & 1]
        return MAYBE if len(found) > 1 and found[0] is True else reference.choices_of(found)


def prizes_of(typed: TypedCohort) -> Prizes:
    """What a rule awards."""
    tiers = typed.rule.tiers
    return Prizes((*dict.fromkeys(tier for tier, _ in tiers), "none") if tiers else (True, False))


def code(value: Value) -> int:
    """A truth as it stands in tables."""
    if value is True or value is False:
        return int(value)
    return OPEN if value is MAYBE else NEITHER


def batched(rows: Iterable[Any], many: int) -> Iterator[list[Any]]:
    """Some at a time, and no more of them in memory."""
    source = iter(rows)
    while some := list(islice(source, many)):
        yield some
