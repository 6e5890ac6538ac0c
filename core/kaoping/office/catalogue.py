"""The catalogue: every fact and register there is, of whom, in which form, and which schemes read it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kaoping.errors import UsageError, nearest
from kaoping.facts.types import Catalogue, FactType, RecordType, Title, ValueType
from kaoping.facts.values import number_text
from kaoping.office.desk import Desk
from kaoping.office.titles import title_data
from kaoping.scheme.catalogue import base_catalogue, view
from kaoping.scheme.prose.forms import form_words
from kaoping.texts import Language


def listing(desk: Desk, subject_type: str | None) -> dict[str, Any]:
    """What may be known of every type of subject, or of one; what it has from its families included."""
    plugins = desk.plugins
    catalogue = plugins.catalogue
    kinds = list(catalogue.subject_types)
    if subject_type is not None:
        kinds = list(catalogue.families(find_type(catalogue, subject_type)))
    readers: dict[tuple[str, str, str], list[str]] = {}
    for scheme in plugins.schemes.values():
        seen = view(catalogue, scheme)
        for part, keys in (("fact", seen.facts), ("record", seen.records)):
            for key in keys:
                readers.setdefault((part, *key), []).append(scheme.id)
    listed = _Listing(desk.language, catalogue, base_catalogue(), readers)
    types = [found for kind in kinds if (found := listed.of_type(kind))]
    return {
        "subject_type": kinds[0] if subject_type is not None else None,
        "subject_types": types,
        "facts": sum(len(one["facts"]) for one in types),
        "records": sum(len(one["records"]) for one in types),
        "schemes": len(plugins.schemes),
    }


def find_type(catalogue: Catalogue, wanted: str) -> str:
    """The subject type of an id or title.

    Raises:
        UsageError: there is none; the nearest is named.
    """
    for name, kind in catalogue.subject_types.items():
        if wanted in (name, kind.title.zh, kind.title.en):
            return name
    near = nearest(wanted, [text for name, kind in catalogue.subject_types.items() for text in (name, kind.title.zh)])
    hint = "common.did-you-mean" if near else None
    raise UsageError("office.unknown-type", type=wanted, near=near, hint=hint)


class _Listing:
    def __init__(
        self,
        language: Language,
        catalogue: Catalogue,
        shared: Catalogue,
        readers: Mapping[tuple[str, str, str], list[str]],
    ) -> None:
        self.language = language
        self.catalogue = catalogue
        self.shared = shared
        self.readers = readers

    def of_type(self, kind: str) -> dict[str, Any] | None:
        """What is declared of one type itself; None where that is nothing."""
        facts = [fact for (of, _), fact in sorted(self.catalogue.facts.items()) if of == kind]
        records = [record for (of, _), record in sorted(self.catalogue.records.items()) if of == kind]
        if not facts and not records:
            return None
        declared = self.catalogue.subject_types[kind]
        return {
            "id": kind,
            "title": title_data(declared.title),
            "is_a": declared.is_a,
            "facts": [self.fact(fact) for fact in facts],
            "records": [self.record(record) for record in records],
        }

    def fact(self, fact: FactType) -> dict[str, Any]:
        return {
            "id": fact.id,
            "title": title_data(fact.title),
            **self.form(fact.type),
            "for_each": [{"id": step, "title": self.step(step)} for step in fact.for_each],
            "holds": "until_changed" if fact.holds else None,
            "optional": fact.optional,
            "fed_from": fact.fed_from or None,
            "shared": (fact.of, fact.id) in self.shared.facts,
            "read_by": self.readers.get(("fact", fact.of, fact.id), []),
        }

    def record(self, record: RecordType) -> dict[str, Any]:
        return {
            "id": record.id,
            "title": title_data(record.title),
            "fields": [
                {"id": name, "title": title_data(record.field_titles.get(name, Title(name))), **self.form(kind)}
                for name, kind in record.fields.items()
            ],
            "placed_by": list(record.placed_by),
            "complete": record.complete,
            "shared": (record.of, record.id) in self.shared.records,
            "read_by": self.readers.get(("record", record.of, record.id), []),
        }

    def step(self, name: str) -> dict[str, str] | None:
        """What a list is called; of windows nothing needs to be said."""
        listed = self.catalogue.lists.get(name)
        return title_data(listed.title if listed.title.zh else Title(name)) if listed else None

    def form(self, kind: ValueType) -> dict[str, Any]:
        """What may be entered, for machines and in words."""
        titles = kind.choice_titles
        return {
            "type": kind.kind,
            "unit": kind.unit,
            "min": None if kind.minimum is None else number_text(kind.minimum),
            "max": None if kind.maximum is None else number_text(kind.maximum),
            "one_of": [number_text(number) for number in kind.one_of],
            "choices": [{"id": name, "title": title_data(titles.get(name, Title(name)))} for name in kind.choices],
            "undetermined": kind.undetermined,
            "never": kind.never,
            "form": form_words(kind, self.language),
        }
