"""What the columns of a statement's rows say of a subject."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from kaoping.evaluation.accounts import Account, Held
from kaoping_sql.slots import PER_MASK, Slot, unpacked

RULES = (None, True, False)
NOTHING: Mapping[Any, Any] = MappingProxyType({})
STATES = ("unknown", "met", "not_met", "not_applicable")


@dataclass(frozen=True)
class Answers:
    """What a row of a statement's answer holds, in the order of its columns.

    Attributes:
        section: the subject type it is of.
        slots: (measure, window or item) to what holds it.
        outcomes: (criterion, window or item); rules: gates, bands and vetoes; triggers: consequences.
        earned: (criterion, window or item) to what holds what it earns, and could.
        options: the grades whose bits the grades of a row have.
    """

    section: str
    slots: tuple[tuple[tuple[str, str], Slot], ...]
    outcomes: tuple[tuple[str, str], ...]
    rules: tuple[str, ...]
    triggers: tuple[tuple[str, str], ...]
    earned: tuple[tuple[tuple[str, str], Slot, Slot], ...]
    options: tuple[str, ...]

    def reader(self, names: Sequence[str], numbers: dict[Any, Any] | None = None) -> Callable[..., Account]:
        """What a row of the answer says of a subject, by its id; what it won and its ranks may be given too.

        `names` are those of the row's columns. Rows with the same outcomes, or the same rules, share what they say;
        `numbers`: and slots their numbers.
        """
        numbers = {} if numbers is None else numbers
        places = {name: place for place, name in enumerate(names)}
        measures = {key: one.held(places, numbers) for key, one in self.slots}
        earned = [
            (key, one.held(places, numbers).value, full.held(places, numbers).value) for key, one, full in self.earned
        ]
        outcomes = _states(places, "criteria", self.outcomes, STATES)
        rules = _states(places, "rules", self.rules, RULES)
        due = _states(places, "due", self.triggers, RULES)
        raw, final = places["raw"], places["final"]
        grades = cache(self.grades)

        def read(
            subject: str, row: tuple[Any, ...], won: Mapping[Any, Any] = NOTHING, ranks: Mapping[Any, int] = NOTHING
        ) -> Account:
            return Account(
                self.section,
                subject,
                Held(measures, row),
                outcomes(row),
                rules(row),
                grades(row[raw]),
                grades(row[final]),
                {key: (one(row), full(row)) for key, one, full in earned},
                due(row),
                won,
                ranks,
            )

        return read

    def grades(self, mask: int) -> frozenset[str]:
        """The grades of a set of bits."""
        return frozenset(option for place, option in enumerate(self.options) if mask >> place & 1)


def _states(
    places: Mapping[str, int], name: str, keys: Sequence[Any], words: Sequence[Any]
) -> Callable[[tuple[Any, ...]], Mapping[Any, Any]]:
    """What the masks of a row say of each key; the same masks say it in the same mapping."""
    columns = [places[f"{name}{number}"] for number in range((len(keys) + PER_MASK - 1) // PER_MASK)]

    @cache
    def told(*masks: int) -> Mapping[Any, Any]:
        return MappingProxyType(
            {key: words[state] for key, state in zip(keys, unpacked(masks, len(keys)), strict=True)}
        )

    return lambda row: told(*[row[column] for column in columns])
