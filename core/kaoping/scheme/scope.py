"""What a name means where it stands: frames of subjects, records, items and windows, innermost last."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field, replace

from kaoping.facts.periods import WINDOWS
from kaoping.facts.types import Catalogue, RecordType
from kaoping.scheme.model import Parameter
from kaoping.scheme.passages import CRITERIA, ENTRIES, PARTS
from kaoping.scheme.typed import Collection, Type, TypedScale

BUILT_IN = {
    "period_start": Type("date"),
    "period_end": Type("date"),
    "after_period": Type("date"),
    "window_start": Type("date"),
    "window_end": Type("date"),
    "cohort_size": Type("number"),
}
RESULTS = ("score", "points", "raw_grade", "grade", "meets_all")


@dataclass(frozen=True)
class Frame:
    """One step of a passage: kind ``subject`` · ``record`` · ``item`` · ``window`` · ``part`` (of a result).

    `via` is the relation that led to a subject.
    """

    kind: str
    name: str
    record: RecordType | None = None
    via: str = ""

    def called(self, name: str) -> bool:
        """Is this the step of that name: a collection, or the type of the subjects a relation leads to?"""
        return name in (self.name, self.via)


@dataclass(frozen=True)
class Named:
    """A measure or cohort rule by its section: its grain and, once checked, its type."""

    kind: str
    section: str
    name: str
    grain: tuple[str, ...] = ()


@dataclass(frozen=True)
class World:
    """All names of a scheme and its catalogue.

    Attributes:
        named: (section type, name) to what it is.
        grades: section type to the grades it can give, gate outcomes included.
        scores: section types that have a score.
        scales: None for one in which something is wrong, which is told.
        parts: ``criteria``, ``results`` and ``entries``, each by section type to what a passage finds in a member.
    """

    catalogue: Catalogue
    parameters: Mapping[str, Parameter]
    named: Mapping[tuple[str, str], Named]
    grades: Mapping[str, tuple[str, ...]]
    scores: frozenset[str] = frozenset()
    parts: Mapping[str, Mapping[str, RecordType]] = field(default_factory=dict)
    scales: Mapping[str, TypedScale | None] = field(default_factory=dict)

    def gives(self, section: str, name: str) -> bool:
        """Has a section this one of the `RESULTS`?"""
        if name == "score":
            return section in self.scores
        criteria = self.parts.get(CRITERIA, {}).get(section)
        return name != "points" or (criteria is not None and "points" in criteria.fields)

    def section(self, subject_type: str) -> str | None:
        """The section that assesses subjects of a type, or None."""
        return self.section_with(self.grades, subject_type)

    def section_with(self, sections: Container[str], subject_type: str) -> str | None:
        """The nearest of some sections that assesses subjects of a type, or None."""
        return next((family for family in self.catalogue.families(subject_type) if family in sections), None)


@dataclass(frozen=True)
class Scope:
    """The frames around an expression; `ledger`: it stands in a consequence, which may look at the ledger."""

    world: World
    frames: tuple[Frame, ...]
    extra: Mapping[str, Type] = field(default_factory=dict)
    ledger: bool = False

    def inside(self, collection: Collection) -> Scope:
        """The scope of a passage through a collection."""
        if collection.kind == "relation":
            frame = Frame("subject", collection.to, via=collection.name)
        elif collection.kind == "record":
            frame = Frame("record", collection.name, collection.record)
        elif collection.kind in PARTS:
            frame = Frame("part", collection.name, collection.record)
        else:
            frame = Frame("item" if collection.kind == "list" else "window", collection.name)
        return replace(self, frames=(*self.frames, frame))

    def subjects(self) -> Iterator[str]:
        """The subject types in sight, nearest first."""
        return (frame.name for frame in reversed(self.frames) if frame.kind == "subject")

    def has(self, grain: str) -> bool:
        """Is there a passage through this window or list?"""
        return any(frame.kind in ("item", "window") and frame.name == grain for frame in self.frames)

    def collection(self, name: str) -> Collection | None:
        """The collection of this name, or None."""
        catalogue = self.world.catalogue
        if name in WINDOWS:
            return Collection("window", name)
        if name in catalogue.calendars:
            return Collection("window", name, calendar=True)
        if name in catalogue.lists:
            return Collection("list", name)
        for subject in self.subjects():
            if record := catalogue.record(subject, name):
                return Collection("record", name, of=subject, record=record)
            families = catalogue.families(subject)
            for relation in catalogue.relations.values():
                if relation.id == name and relation.of in families:
                    return Collection("relation", name, of=subject, to=relation.to)
                if relation.inverse == name and relation.to in families:
                    return Collection("relation", name, of=subject, to=relation.of)
            parts = self.world.parts.get(name, {}) if name != ENTRIES or self.ledger else {}
            if section := self.world.section_with(parts, subject):
                return Collection(name, name, subject, section, parts[section])
        return None

    def known(self) -> list[str]:
        """Every name that would mean something here, for suggestions."""
        catalogue = self.world.catalogue
        names = {*self.world.parameters, *BUILT_IN, *catalogue.lists, *catalogue.calendars, *WINDOWS}
        for subject in self.subjects():
            if section := self.world.section(subject):
                names |= {name for name in RESULTS if self.world.gives(section, name)}
            families = catalogue.families(subject)
            names |= {name for of, name in (*catalogue.facts, *catalogue.records) if of in families}
            names |= {name for of, name in self.world.named if of in families}
            names |= {relation.id for relation in catalogue.relations.values() if relation.of in families}
            names |= {r.inverse for r in catalogue.relations.values() if r.to in families and r.inverse}
            names |= {name for name in PARTS if self.collection(name)}
        for frame in self.frames:
            if frame.record:
                names |= set(frame.record.fields)
        return sorted(names)
