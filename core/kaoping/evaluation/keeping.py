"""Frames that are kept: the log of facts as one wide table for a scheme and period, for engines that read those."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from kaoping.evaluation.accounts import Account
from kaoping.evaluation.plan import Plan, Section
from kaoping.facts.frame import Frame, Plain
from kaoping.facts.types import Title, ValueType

Tell = Callable[[int, int], None]
"""Hears how many of how many subjects are done."""


def silent(_done: int, _total: int) -> None:
    """Tell nobody."""


class FactLog(Protocol):
    """The log of facts of a database as known at a moment, for one scheme, period and day."""

    @property
    def known_at(self) -> str:
        """The moment (UTC text)."""

    @property
    def bare(self) -> Frame:
        """The frame of an evaluation without its facts."""

    @property
    def types(self) -> frozenset[str]:
        """The types whose subjects are read."""

    @property
    def corrected(self) -> bool:
        """May a row say otherwise than an earlier one of its key?"""

    @property
    def off_file(self) -> bool:
        """May rows speak of subjects that are not on file, or are of another type now?"""

    @property
    def state(self) -> str:
        """Which batches count, and which results of other schemes: where it is the same, so are the facts."""

    def touched_since(self, state: str) -> list[int] | None:
        """Of which subjects there is something new since a state; None where the state was not this log's."""

    def last_subject(self) -> int:
        """The highest number a subject is kept under; they are given from 1 on."""

    def attach(self, connection: Any) -> None:
        """Attach the log to a connection to a database of SQLite, to be read only."""

    @property
    def attachment(self) -> tuple[str, tuple[str, ...]]:
        """The statement that attaches it, and its values."""

    def rows(self, table: str, name: str = "") -> str:
        """The query of a table's rows of one name, over subjects from ``:low`` to ``:high``: key, batch, content.

        Of rows with one key that of the latest batch counts. ``registration``: type, since, until · ``value``: at,
        item, value · ``record``: no, fields (JSON) · ``register``: complete_through · ``edge``: target, since, until,
        withdrawn.
        """

    def blocks(self, table: str, name: str) -> str:
        """The query of the same values or records side by side, over blocks from ``:low`` to ``:high``.

        ``value``: block, at, item, batch, runs, texts, codes · ``record``: block, batch, subjects, texts, codes; see
        `kaoping.facts.blocks`. Where two speak of one key, that of the later batch counts.
        """

    def ids(self) -> str:
        """The query of every subject's number and id, over the same range."""

    def moments(self) -> str:
        """The query of every batch and the moment it became known."""

    @property
    def reader(self) -> Callable[[str, ValueType, Title], Plain]:
        """What gives the value a stored text stands for; it can be handed to another process.

        It raises `DataError` where a text does not fit the type any more.
        """

    def fed(self) -> tuple[Frame, Mapping[str, int]]:
        """A frame that has subjects and fed facts alone, and the numbers its subjects are kept under."""

    def frame(self) -> Frame:
        """The facts an evaluation reads, in memory.

        Raises:
            Problems: something stored does not fit the catalogue any more.
        """


@dataclass(frozen=True)
class KeptFrame:
    """A frame in a file, up to date with the log.

    Attributes:
        path: the file.
        section: the subject type whose rows it has; `subjects`: how many.
        known_at: the moment of the log it shows.
        how: ``built`` from nothing, ``updated`` in some rows, ``current`` where nothing was to be done.
        written: rows written for it now.
        why: the key of the text that says why it was built from nothing; "" where it was not.
    """

    path: str
    section: str
    subjects: int
    known_at: str
    how: str
    written: int = 0
    why: str = ""


@dataclass(frozen=True)
class JudgedFrame:
    """What became of everybody in a frame, kept in a file.

    Attributes:
        where: the database that judged it, and its `version`.
        subjects: how many there were; `grades`: how many may still have which grades, best first.
        digest: SHA-256 over the results, the same in every database.
    """

    where: str
    version: str
    subjects: int
    grades: Mapping[tuple[str, ...], int]
    digest: str


@runtime_checkable
class FrameKeeper(Protocol):
    """An engine that keeps frames, and judges those that somebody brings."""

    name: str

    def keep(
        self,
        plan: Plan,
        log: FactLog,
        path: str,
        *,
        section: Section | None = None,
        anew: bool = False,
        tell: Tell = ...,
    ) -> KeptFrame:
        """Bring the frame at a path up to date with the log, or build it; `anew`: from nothing.

        Killed or interrupted, it leaves the former one as it was.

        Raises:
            KaopingError: the plan has something that has no form in the engine, or the database could not finish.
        """

    def frame_data(self, path: str) -> dict[str, Any]:
        """What a frame says of itself; ``state`` is None where it is not kept, but came from elsewhere."""

    def frame_digest(self, path: str) -> str:
        """The digest of a frame's rows."""

    def export_frame(self, path: str, folder: str, form: str) -> int:
        """Write a frame as ``parquet`` or ``csv`` into a new folder; gives how many rows."""

    def import_frame(self, plan: Plan, folder: str, path: str, *, dry_run: bool = False) -> int:
        """Check a frame from elsewhere and write it into a file of its own; gives how many rows."""

    def join_frames(
        self, plan: Plan, sources: Sequence[str], folder: str, *, memory: str = "", tell: Tell = ...
    ) -> int:
        """Put the rows of frames of one scheme and period together in a new folder; gives how many there are."""

    def judge_frame(
        self, plan: Plan, frame: str, results: str, *, where: str = "", memory: str = "", tell: Tell = ...
    ) -> JudgedFrame:
        """Judge everybody in a frame, which needs no log: a file, or a folder of files.

        Args:
            plan: the rules; the frame says which section.
            frame: where it is.
            results: where results go; what is there is replaced once there are new ones.
            where: the database; "" for the one that reads such a frame.
            memory: how much of it the database may take, such as 3GB; "" for what is usual.
            tell: hears how far it is.

        Raises:
            KaopingError: the frame is not as it should be, or the database could not finish; results are as they were.
        """

    def accounts_of(self, plan: Plan, frame: str, results: str, where: str) -> Iterator[Account]:
        """What results say of each subject, in the order of their ids; of measures the score alone."""


def keeper_of(engines: Any) -> FrameKeeper | None:
    """The engine that keeps frames, where one does and can run."""
    found = [engine for engine in engines.values() if isinstance(engine, FrameKeeper)]
    return next((engine for engine in found if engine.unavailable() is None), None)  # type: ignore[attr-defined]  # every engine has it
