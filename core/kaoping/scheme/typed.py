"""Expressions with every name looked up and every type known: what engines compile."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from kaoping.errors import Place
from kaoping.facts.types import FactType, RecordType, ValueType
from kaoping.scheme.model import Scale


@dataclass(frozen=True)
class Type:
    """The type of an expression; `unit` None is a bare number; `choices` None is any text."""

    kind: str
    unit: str | None = None
    choices: tuple[str, ...] | None = None

    def __str__(self) -> str:
        return self.kind


NUMBER, BOOLEAN, DATE, TIME, TEXT = (Type(kind) for kind in ("number", "boolean", "date", "time", "text"))


def type_of(declared: ValueType) -> Type:
    """The expression type of a declared value."""
    if declared.kind in ("number", "integer"):
        return Type("number", declared.unit or None)
    if declared.kind == "choice":
        return Type("choice", choices=declared.choices)
    return Type(declared.kind)


@dataclass(frozen=True)
class Collection:
    """What a passage goes through.

    Attributes:
        kind: ``record`` · ``list`` · ``relation`` · ``window`` · ``criteria`` · ``results`` · ``entries``.
        name: the record type, list, relation (or its inverse) or window kind.
        of: the subject frame it starts from (records, relations and criteria).
        to: the subject type a relation leads to, or the section whose criteria, results or entries they are.
        record: the record type, or what each criterion, result or entry has.
        ever: up to the window's end instead of inside it; `trailing`: in so many months up to it.
        past: so many windows up to this one; `on`: the relation as it was on that day.
        calendar: a calendar's windows, of which a period may have none.
    """

    kind: str
    name: str
    of: str = ""
    to: str = ""
    record: RecordType | None = None
    ever: bool = False
    trailing: Typed | None = None
    past: Typed | None = None
    on: Typed | None = None
    calendar: bool = False

    @property
    def sure(self) -> bool:
        """Can it never be empty nor open? Lists and windows that are no calendar's."""
        return self.fixed and not self.calendar

    @property
    def fixed(self) -> bool:
        """Has it the same members for everybody? Lists and windows."""
        return self.kind in ("list", "window")

    def modified(self, **changes: Any) -> Collection:
        """The same gone through otherwise."""
        return replace(self, **changes)


@dataclass(frozen=True)
class Passage:
    """What a passage asks: its kids are what is asked of each member, which count, what emptiness gives, and others.

    Attributes:
        ends: of a gap: from the window's first day and to its last, not only between members.
    """

    function: str
    what: bool = False
    where: bool = False
    none: bool = False
    ends: bool = True

    @property
    def asks(self) -> int:
        """How many kids stand inside the passage."""
        return self.what + self.where


@dataclass(frozen=True)
class FactRef:
    """A fact of the subject of a frame; `shift`: ``previous`` or ``baseline`` period."""

    fact: FactType
    frame: str
    shift: str = ""


@dataclass(frozen=True)
class NameRef:
    """A named thing of a section: kind ``measure`` · ``cohort`` · ``special`` (grade, score …); `grain` as declared."""

    kind: str
    section: str
    name: str
    frame: str
    grain: tuple[str, ...] = ()


@dataclass(frozen=True)
class TypedScale:
    """A scale, typed: bounds (or the x of points), what they give (or y, or what rows give), what stands for the rest.

    Attributes:
        falling: the bounds fall: each is passed by a number that is small enough.
    """

    scale: Scale
    type: Type
    bounds: tuple[Typed, ...]
    gives: tuple[Typed, ...]
    none: Typed | None = None
    falling: bool = False

    def parts(self) -> tuple[Typed, ...]:
        """Every value in it."""
        return (*self.bounds, *self.gives, *((self.none,) if self.none else ()))


@dataclass(frozen=True)
class Lookup:
    """A scale and how many things it is asked with."""

    scale: TypedScale
    args: int


@dataclass(frozen=True)
class Published:
    """A measure, score or grade as published for another period; `shift`: ``previous`` or ``baseline``."""

    ref: NameRef
    type: Type
    shift: str


@dataclass(frozen=True)
class Typed:
    """A node: `op` says what it does with its `kids` and `data`."""

    op: str
    type: Type
    place: Place
    kids: tuple[Typed, ...] = ()
    data: Any = None
    collection: Collection | None = None

    def walk(self) -> Iterator[Typed]:
        """The node and all below it."""
        yield self
        for kid in self.kids:
            yield from kid.walk()
