"""Results in pieces: what subjects that are alike have in common stands once, beside what is each one's own.

As text a piece in common is made once, by what makes that text of a whole result, and cut where the own parts go.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from json.encoder import encode_basestring as quoted
from typing import Any, NamedTuple, TypeVar

from kaoping.evaluation.result import Consequence, SubjectResult, canonical, ends_text, essence, named
from kaoping.evaluation.values import Number, Value
from kaoping.facts.frame import Subject
from kaoping.facts.values import number_text

MOST_KNOWN = 10_000
T = TypeVar("T")


class Due(NamedTuple):
    """A consequence in pieces: `like` one of somebody else's, from which it differs only in what stands here."""

    like: Consequence
    to: tuple[str, ...]
    at: str
    starts: str
    until: str


class Told(NamedTuple):
    """A subject's result in pieces.

    Attributes:
        like: what all who are alike have in common; whose it is and what else stands here is empty in it.
        due: the consequences.
        ranks: (cohort rule, window or "") to the place among the ranked.
        measures: (measure, window or item or "") to its possible values; `kinds`: of which kind each measure is.
    """

    subject: Subject
    like: SubjectResult
    score: Number | None
    score_range: tuple[Number | None, Number | None] | None
    score_open: bool
    due: Sequence[Due]
    ranks: Mapping[tuple[str, str], int]
    measures: Mapping[tuple[str, str], Value]
    kinds: Mapping[str, str]


class Once(dict[int, tuple[Any, T]]):
    """What is made of things that many have in common: of each of them, as the same object, once."""

    def __init__(self, make: Callable[[Any], T]) -> None:
        super().__init__()
        self.make = make

    def of(self, thing: Any) -> T:
        """What is made of it."""
        found = self.get(id(thing))
        if found is None:  # what stands there is kept, so nothing else can be at its place in memory
            if len(self) >= MOST_KNOWN:
                self.clear()
            found = self[id(thing)] = thing, self.make(thing)
        return found[1]


def cut(fields: Iterable[tuple[str, str]], at: Collection[str]) -> tuple[str, ...]:
    """A JSON object as text, cut in two wherever the value of one of some fields goes."""
    pieces, text = [], "{"
    for number, (name, value) in enumerate(fields):
        text += f"{',' if number else ''}{quoted(name)}:"
        if name in at:
            pieces.append(text)
            text = ""
        else:
            text += value
    return (*pieces, text + "}")


class Essences:
    """What the digest covers of results in pieces, as text: the one that the whole results have."""

    def __init__(self) -> None:
        self._like = Once(self._of_alike)
        self._due = Once(self._of_due)

    def text(self, told: Told) -> str:
        """Canonical JSON of what `kaoping.evaluation.result.essence` gives of a subject."""
        first, second, third, fourth, last = self._like.of(told.like)
        own = quoted(told.subject.id)
        due = []
        for like, to, at, starts, until in told.due:
            a, b, c, d, e, f = self._due.of(like)
            due.append(f"{a}{quoted(at)}{b}{quoted(starts)}{c}{own}{d}{listed(to)}{e}{quoted(until)}{f}")
        texts = listed(sorted(due))
        score = "null" if told.score is None else quoted(number_text(told.score))
        opened = ',"score_open":true' if told.score_open else ""
        span = "null" if told.score_range is None else canonical(ends_text(told.score_range))
        return f"{first}{texts}{second}{score}{opened}{third}{span}{fourth}{own}{last}"

    @staticmethod
    def _of_alike(like: SubjectResult) -> tuple[str, ...]:
        fields = [(name, canonical(value)) for name, value in sorted(essence(like, {}).items())]
        return cut(fields, ("consequences", "score", "score_range", "subject"))

    @staticmethod
    def _of_due(one: Consequence) -> tuple[str, ...]:
        fields = [(name, canonical(value)) for name, value in sorted(named(one).items())]
        return cut(fields, ("at", "starts", "subject", "to", "until"))


def listed(names: Sequence[str]) -> str:
    """Texts as a JSON list."""
    return f"[{','.join(map(quoted, names))}]"
