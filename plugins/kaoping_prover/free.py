"""What is free in a question, and what ends it undecided."""

from __future__ import annotations

from typing import Any, Protocol

from kaoping.evaluation.context import Context
from kaoping.scheme.typed import Collection, FactRef, Typed
from kaoping_prover.terms import Bit, Sym, Truth

Rows = list[tuple[Context, Bit, Any]]
"""Members of a collection: where each stands, whether it is there, and how many of it there are."""


class NotUnderstoodError(Exception):
    """The rules say something that is not encoded; the message names it."""


class World(Protocol):
    """What is free."""

    names: frozenset[str]
    registers: bool
    codes: dict[Any, int]

    def fact(self, ref: FactRef, context: Context, period: str) -> Sym | Truth | None:
        """A free fact (of another period where one is named), or None where it is fixed."""

    def rows(self, collection: Collection, context: Context) -> Rows | None:
        """Free members of a collection, or None where they are fixed."""

    def field(self, node: Typed, context: Context) -> Sym | Truth | None:
        """A field of a free record, or None."""

    def fresh(self, name: str) -> Any:
        """A whole number of which nothing is known yet."""

    def require(self, constraint: Any) -> None:
        """Something that holds in every world."""
