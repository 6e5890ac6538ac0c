"""What is to be done to make rows from blocks of a log, without anything that cannot be handed to another process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from kaoping.facts.types import Title, ValueType

SUBJECTS, COLUMNS = "subject_", "columns_"
WORD = 62
"""Bits of a whole number that counts share."""


@dataclass(frozen=True)
class Reading:
    """How the texts of a column are read: type, title and scale; `same`: as what tells values apart."""

    type: ValueType
    title: Title
    scale: int = 1
    same: bool = False


@dataclass(frozen=True)
class Source:
    """A fact or register, and the columns made from it.

    Attributes:
        kind: ``value`` · ``held`` (until changed) · ``through`` · ``fed`` (from memory).
        query: its blocks, or its rows.
        columns: of each column what it was entered for: period and item, or item and the day it is asked on.
    """

    kind: str
    names: tuple[str, ...]
    query: str = ""
    columns: tuple[tuple[str, str], ...] = ()
    reading: Reading | None = None


@dataclass(frozen=True)
class Records:
    """The records of one type: what is read of them, and what is counted.

    Attributes:
        query: their blocks.
        fields: name and reading; last of all what makes records one, where that is asked.
        further: ``first`` and ``known_at``, where they are read.
        unique: does a field make records one?
        words: how many whole numbers their counts take together.
        counting: queries that give, for rows of `table`, key and words.
        apart: is something counted row by row, in the statement that gathers rows?
    """

    table: str
    query: str
    fields: tuple[tuple[str, Reading], ...]
    further: tuple[str, ...]
    unique: bool
    words: int
    counting: tuple[str, ...]
    apart: bool

    @property
    def columns(self) -> list[str]:
        """The columns of `table`."""
        names = [name for name, _ in self.fields]
        return [*(names[:-1] if self.unique else names), *self.further]

    def places(self) -> list[str]:
        """The columns that the words of a subject stand in."""
        return words_of(self.table, self.words)


@dataclass(frozen=True)
class Work:
    """Everything.

    Attributes:
        size: subjects of a block.
        attach: the statement that attaches the log, and its values.
        own: the condition that a subject is of the section's types.
        subjects: the statement that fills `SUBJECTS`, over ``:low`` to ``:high``.
        tables: statements that make the tables which `create` stands on.
        create: statements that make the tables and views which `insert` reads.
        shape, insert: make the table of rows, and append to it from those.
        moments: every batch and when it became known, where that is read.
    """

    size: int
    attach: tuple[str, tuple[str, ...]]
    own: str
    subjects: str
    tables: tuple[str, ...]
    create: tuple[str, ...]
    shape: str
    insert: str
    sources: tuple[Source, ...]
    records: tuple[Records, ...]
    moments: Mapping[int, str] = field(default_factory=dict)


def words_of(table: str, words: int) -> list[str]:
    """The columns that the words of a subject stand in."""
    return [f"{table}#{number}" for number in range(words)]


def name_of(name: str) -> str:
    """A name as it stands in a statement."""
    return '"' + name.replace('"', '""') + '"'
