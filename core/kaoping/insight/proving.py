"""What is asked of a prover, and what it answers: wishes over the rules of a plan, worlds in which they come true.

A prover is offered by a plugin through ``kaoping_provers``. It is never believed: every world it finds is evaluated by
the reference engine before anything is said about it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

from kaoping.evaluation.context import Context
from kaoping.evaluation.plan import Section
from kaoping.evaluation.run import Evaluation
from kaoping.facts.frame import Frame
from kaoping.scheme.typed import Typed

Number = int | Fraction
Address = tuple[str, str, str, str]
"""A fact as it stands in a frame: subject, fact, the period, window or day, and the item."""


@dataclass(frozen=True)
class Sure:
    """An expression is surely true (or with `wanted` false surely false) where it stands."""

    node: Typed
    context: Context
    wanted: bool = True


@dataclass(frozen=True)
class Graded:
    """The grade is decided and one of these; `raw`: the grade before vetoes."""

    grades: frozenset[str]
    raw: bool = False


@dataclass(frozen=True)
class Every:
    """All parts come true."""

    parts: tuple[Wish, ...]


@dataclass(frozen=True)
class Some:
    """One of the parts comes true."""

    parts: tuple[Wish, ...]


Wish = Sure | Graded | Every | Some


@dataclass(frozen=True)
class Answer:
    """What a prover found.

    Attributes:
        status: ``found`` (a frame in which the wish comes true), ``none`` (there is none), ``open`` (not decided).
        frame: where it comes true; `other`: of a question about two worlds the second.
        why: of an open one: what the prover does not understand, or that time was up.
    """

    status: str
    frame: Frame | None = None
    other: Frame | None = None
    why: str = ""


@dataclass(frozen=True)
class Move:
    """A fact that may be raised or lowered.

    Attributes:
        value: what it is now, or what its cost is reckoned from where it is blank; a truth is 0 or 1.
        low, high: how far it may go; `step`: the grid of what may be entered.
        cost: of one unit, up or down.
    """

    address: Address
    kind: str
    value: Number
    low: Number
    high: Number
    step: Number
    cost: Number
    blank: bool = False


@dataclass(frozen=True)
class Proposal:
    """New values for some facts, the cheapest there are.

    Attributes:
        values: only what moves.
        certified: it was proved that nothing cheaper does; else the best that was found in the time.
    """

    values: Mapping[Address, Number]
    cost: Number
    certified: bool


@dataclass(frozen=True)
class Question:
    """What is to come true at the least cost.

    Attributes:
        evaluation: the facts as they are; `section`: the rules that grade the subject.
        subject: who is to be improved.
        wish: what is to come true.
        moves: what may move.
        barred: sets of facts that are not to move alone again, for alternatives.
        seconds: how long it may take.
    """

    evaluation: Evaluation
    section: Section
    subject: str
    wish: Wish
    moves: tuple[Move, ...]
    barred: tuple[frozenset[Address], ...]
    seconds: int


class Session(Protocol):
    """Questions about one section of one plan."""

    def find(self, wish: Wish, seconds: int) -> Answer:
        """A world in which the wish comes true."""

    def against(self, fact: str, better: str, seconds: int) -> Answer:
        """Two worlds that differ in one fact only, better in the second, where its grade is worse."""


class Prover(Protocol):
    """Finds worlds, or shows that there are none."""

    name: str

    def unavailable(self) -> str | None:
        """Why it cannot run here, or None; must be cheap and must not raise."""

    def session(self, evaluation: Evaluation, section: Section, subject: str) -> Session:
        """Questions about every input there may be; `evaluation` is of a frame that holds the subject alone."""

    def cheapest(self, question: Question) -> tuple[str, Proposal | None, str]:
        """The cheapest values of the moves with which the wish comes true, all else as it is.

        Returns:
            ``found``, ``none`` or ``open``, the proposal, and why it is open.
        """
