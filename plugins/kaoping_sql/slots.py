"""What a statement gives for each subject, as a few whole-number columns, and how to read them back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from typing import Any

from kaoping.evaluation import values as reference
from kaoping.evaluation.accounts import Holding
from kaoping_sql.nodes import Builder, Node
from kaoping_sql.values import Number, Truth, Value, Words

MISSING, PERHAPS = 1, 2
PER_MASK = 30


@dataclass(frozen=True)
class Slot:
    """One value of each subject.

    Attributes:
        kind: ``number`` · ``truth`` · ``choice`` · ``words``.
        options: the texts whose bits a choice has.
    """

    name: str
    kind: str
    options: tuple[str, ...] = ()

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Its columns."""
        parts = ("", "/", "..", "../", "?") if self.kind == "number" else ("", "?")
        return tuple(f"{self.name}{part}" for part in parts)

    def nodes(self, b: Builder, value: Value) -> dict[str, Node]:
        """What its columns hold."""
        state = b.case(value.none, b.const(MISSING), b.case(value.maybe, b.const(PERHAPS), b.zero))
        if isinstance(value, Number):
            low, high = value.low, value.high
            found: Sequence[Node] = (low.num, low.den, high.num, high.den, state)
        elif isinstance(value, Truth):
            found = (b.case(value.yes, b.one, b.case(value.no, b.zero, b.const(2))), state)
        else:
            found = (value.text if isinstance(value, Words) else value.mask, state)
        return dict(zip(self.columns, found, strict=True))

    def reader(self, places: Mapping[str, int]) -> Callable[[tuple[Any, ...]], reference.Value]:
        """The value in a row, as the reference engine has it; `places`: where columns stand in rows."""
        return self.held(places, {}).value

    def held(self, places: Mapping[str, int], numbers: dict[Any, reference.Value]) -> Holding:
        """How rows hold it; `numbers` are those of all slots. Mostly its columns stand side by side."""
        found = [places[column] for column in self.columns]
        alike = found == [*range(found[0], found[0] + len(found))]
        columns = itemgetter(slice(found[0], found[-1] + 1)) if alike else itemgetter(*found)
        if self.kind == "number":
            return Holding(columns, self.value, numbers, _ratio)
        return Holding(columns, self.value, {})

    def value(self, *found: Any) -> reference.Value:
        """What its columns say."""
        state = found[-1]
        if state == MISSING:
            return reference.NO_VALUE
        value = self._present(*found)
        return reference.perhaps(value) if state == PERHAPS else value

    def _present(self, first: Any, *more: Any) -> reference.Value:
        if self.kind == "number":
            over, last, under, _ = more
            if first == last and over == under and first is not None:
                return reference.exact(first, over)
            low = None if first is None else reference.exact(first, over)
            high = None if last is None else reference.exact(last, under)
            return reference.range_of(low, high)
        if self.kind == "truth":
            return reference.MAYBE if first == 2 else first == 1
        if self.kind == "choice":
            texts = [text for place, text in enumerate(self.options) if first >> place & 1]
            return reference.choices_of(texts) if texts else reference.NO_VALUE
        return reference.ANY_TEXT if first is None else first


def _ratio(low: int | None, over: int, high: int | None, under: int, state: int) -> tuple[int, int] | None:
    """The decided number that columns hold, if it is one."""
    one = low is not None and low == high and over == under > 0 and not state
    return (low, over) if one and low is not None else None


def slot(name: str, value: Value) -> Slot:
    """The slot of a value."""
    if isinstance(value, Number):
        return Slot(name, "number")
    if isinstance(value, Truth):
        return Slot(name, "truth")
    if isinstance(value, Words):
        return Slot(name, "words")
    return Slot(name, "choice", value.options)


def packed(b: Builder, states: Sequence[Node]) -> list[Node]:
    """States of 0 to 3 as compact masks, thirty to a column."""
    masks = []
    for first in range(0, len(states), PER_MASK):
        weights: dict[Node, int] = {}  # a state that stands in several places is reckoned once
        for place, state in enumerate(states[first : first + PER_MASK]):
            weights[state] = weights.get(state, 0) + 4**place
        masks.append(b.add(b.zero, *(b.scaled(state, weight) for state, weight in weights.items())))
    return masks


def unpacked(masks: Sequence[int], count: int) -> list[int]:
    """The states again."""
    return [masks[place // PER_MASK] >> 2 * (place % PER_MASK) & 3 for place in range(count)]
