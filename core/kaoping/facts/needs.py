"""What an evaluation needs to know, as its plan says it; the store reads that and nothing else into a frame."""

from __future__ import annotations

from dataclasses import dataclass

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
        tags: of the scheme; an entry in force that bars from one of them reaches its subjects.
    """

    scheme: str
    catalogue: Catalogue
    subject_types: frozenset[str]
    facts: frozenset[str] = frozenset()
    records: frozenset[str] = frozenset()
    relations: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
