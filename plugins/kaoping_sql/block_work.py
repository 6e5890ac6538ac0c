"""What is to be done to make rows from blocks of a log, without anything that cannot be handed to another process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from kaoping.facts.types import Title, ValueType


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
        further: ``first`` and ``known_at``, where they are read, each with the name of its column.
        unique: does a field make records one?
        counts: the columns they are counted in, and in how many bytes each sum for one subject stands.
        counting: queries that give, for rows of `counting_table`, key and some of the counts, in their order.
        keep: the statement that keeps a record, its owner first, where something is counted row by row later; or "".
        cuts: of each field the numbers it is compared with alone, where nothing else is asked of it; or None.
    """

    table: str
    query: str
    fields: tuple[tuple[str, Reading], ...]
    further: tuple[tuple[str, str], ...]
    unique: bool
    counts: tuple[tuple[str, int], ...]
    counting: tuple[str, ...]
    keep: str = ""
    cuts: tuple[tuple[int, ...] | None, ...] = ()

    def insert(self, into: str) -> str:
        """The statement that puts a record, after its key, into a table."""
        names = [name for name, _ in self.fields]
        columns = ["key", *(names[:-1] if self.unique else names), *(name for _, name in self.further)]
        return f"INSERT INTO {into} ({', '.join(map(name_of, columns))}) VALUES ({marks_of(columns)})"


@dataclass(frozen=True)
class Members:
    """The subjects of some types, and what is known of each.

    Attributes:
        table: by whose name they are read.
        query: their keys, ids, first and last days, over ``:low`` to ``:high``; last whether they are of the types.
        append: the statement that takes one: key, id, the days' numbers, columns, counts.
        on_file: the number of the day that those it takes are on file; None: all of them.
    """

    table: str
    query: str
    append: str
    sources: tuple[Source, ...]
    records: tuple[Records, ...]
    on_file: int | None = None

    @property
    def columns(self) -> list[str]:
        """What is handed over after the days."""
        columns = [name for source in self.sources for name in source.names]
        return columns + [name for records in self.records for name, _ in records.counts]


@dataclass(frozen=True)
class Work:
    """Everything.

    Attributes:
        size: subjects of a block.
        attach: the statement that attaches the log, and its values.
        made: the tables that are wanted in the end, and what their columns are declared as.
        create: statements that make the tables and views which stand between, anew where they are there.
        clear: statements that empty them before each block.
        gather: the statement that makes rows of what was appended, after each block; or "".
        moments: every batch and when it became known, where that is read.
    """

    size: int
    attach: tuple[str, tuple[str, ...]]
    made: tuple[tuple[str, str], ...]
    create: tuple[str, ...]
    clear: tuple[str, ...]
    members: tuple[Members, ...]
    gather: str = ""
    moments: Mapping[int, str] = field(default_factory=dict)

    def shape(self, schema: str) -> list[str]:
        """The statements that make those tables."""
        return [f"CREATE TABLE {schema}.{name_of(name)} ({columns})" for name, columns in self.made]


def counting_table(table: str) -> str:
    """Where records stand while they are counted."""
    return f"{table}?"


def marks_of(names: Sequence[object]) -> str:
    """A place for each of some values in a statement."""
    return ", ".join("?" * len(names))


def name_of(name: str) -> str:
    """A name as it stands in a statement."""
    return '"' + name.replace('"', '""') + '"'
