"""What an evaluation needs to know, as its plan says it; the store reads that and nothing else into a frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from kaoping.facts.types import Catalogue


@dataclass(frozen=True)
class Needs:
    """The names a scheme reads, with the catalogue that says what they are.

    Attributes:
        scheme: id of the scheme whose closings and publications count.
        subject_types: types or families; what needed relations lead from and to is added by the reader.
        facts: fact ids, fed ones included; whose they are follows from the subject types.
        records: record type ids.
        relations: relation ids or names of inverses.
        calendars: those gone through.
        tags: of the scheme; an entry in force that bars from one of them reaches its subjects.
        earlier: parts of the scheme's own earlier results (``grade``, ``score``, measures) to the kind of each; None
            where they are not read at all.
        period: the kind of period the scheme judges.
        frozen: measures that stay as published, to their kind and the kind of window they are published by.
        entries: are the subjects' ledgers read?
    """

    scheme: str
    catalogue: Catalogue
    subject_types: frozenset[str]
    facts: frozenset[str] = frozenset()
    records: frozenset[str] = frozenset()
    relations: frozenset[str] = frozenset()
    calendars: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    earlier: Mapping[str, str] | None = None
    period: str = ""
    frozen: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    entries: bool = False
