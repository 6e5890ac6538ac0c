"""Where an expression is evaluated, and the closures that are asked there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Protocol

from kaoping.evaluation.values import Value
from kaoping.facts.frame import Record
from kaoping.facts.periods import Period
from kaoping.scheme.typed import Type


class Part(Protocol):
    """A member of a collection that is part of results, such as one criterion."""

    @property
    def id(self) -> str:
        """What names it, with the window or item it is for."""

    @property
    def day(self) -> date | None:
        """The day that puts it in order, where one does."""

    def value(self, name: str, kind: Type) -> Value:
        """What one of its fields, of this type, may be."""


class Context:
    """Where an expression is evaluated: the subjects and record gone through, and the innermost window.

    `at` names the window or item of each step gone into; `inside` keeps the contexts of its own windows and items, by
    step and name, once they were asked for. `passing` is what the record, or the `part` of a result, is one of, and
    `outer` the context that passage started from.
    """

    __slots__ = ("at", "inside", "outer", "part", "passing", "record", "size", "subjects", "window")

    def __init__(
        self,
        subjects: dict[str, str | None],
        window: Period,
        at: dict[str, str] | None = None,
        record: Record | None = None,
        size: Value = 0,
        passing: str = "",
        outer: Context | None = None,
        part: Part | None = None,
    ) -> None:
        self.subjects = subjects
        self.window = window
        self.at = at or {}
        self.record = record
        self.size = size
        self.passing = passing
        self.outer = outer
        self.part = part
        self.inside: dict[str, dict[str, Context]] | None = None

    def at_window(self, window: Period, step: str, name: str) -> Context:
        """The same place in one of its windows or items."""
        at = {**self.at, step: name}
        return Context(self.subjects, window, at, self.record, 0, self.passing, self.outer, self.part)

    def of_subject(self, subject_type: str, subject: str | None) -> Context:
        """The same place, seen from a related subject."""
        subjects = {**self.subjects, subject_type: subject}
        return Context(subjects, self.window, self.at, outer=self)

    def of_record(self, name: str, record: Record, window: Period | None = None) -> Context:
        """The same place, at one record of a kind."""
        return Context(self.subjects, window or self.window, self.at, record, 0, name, self)

    def of_part(self, name: str, part: Part | None) -> Context:
        """The same place, at one part of a result."""
        return Context(self.subjects, self.window, self.at, None, 0, name, self, part)

    def passed(self, name: str) -> Context | None:
        """The context of the passage through a collection, this one or one around it."""
        found: Context | None = self
        while found is not None and found.passing != name:
            found = found.outer
        return found


Run = Callable[[Context], Value]
Asked = Callable[[str | None, Context], Value]
Member = tuple[Context, bool]
