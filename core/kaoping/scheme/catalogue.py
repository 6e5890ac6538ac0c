"""The shared catalogue: what ships with kaoping, joined by what each scheme declares; a clash is an error."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import TypeVar

from kaoping.errors import DataError, Place, Problems, nearest
from kaoping.facts.periods import WINDOWS
from kaoping.facts.types import Calendar, Catalogue, FactType, RecordType, Title
from kaoping.scheme.declarations import fact, fill_choices, record
from kaoping.scheme.document import read_document
from kaoping.scheme.model import Scheme
from kaoping.scheme.official import official_days
from kaoping.scheme.reader import Reader
from kaoping.scheme.shape import check_shape

FILE = "catalogue.yaml"
_T = TypeVar("_T")


@cache
def base_catalogue() -> Catalogue:
    """The catalogue that ships with kaoping."""
    read = read_catalogue((files("kaoping.scheme") / FILE).read_text(encoding="utf-8"), FILE)
    return replace(read, official=official_days())


def read_catalogue(text: str, file: str) -> Catalogue:
    """A catalogue file.

    Raises:
        Problems: everything wrong in it.
    """
    top = read_document(text, file)
    if errors := check_shape(top, "catalogue"):
        raise Problems(errors)
    reading = Reader()
    lists = {name: reading.item_list(name, table) for name, table in reading.tables(top, "lists").items()}
    items = {name: found.items for name, found in lists.items()}
    facts: dict[tuple[str, str], FactType] = {}
    records: dict[tuple[str, str], RecordType] = {}
    for subject, table in reading.tables(top, "facts").items():
        for name, node in table.entries.items():
            declared = fact(reading, name, node, subject).type
            if declared:
                facts[subject, name] = _filled_fact(declared, items)
    for subject, table in reading.tables(top, "records").items():
        for name, node in table.entries.items():
            _, kind, _ = record(reading, name, node, subject)
            if kind:
                records[subject, name] = _filled_record(kind, items)
    if reading.errors:
        raise Problems(reading.errors)
    return Catalogue(
        subject_types={n: reading.subject_type(n, t) for n, t in reading.tables(top, "subject_types").items()},
        relations={n: reading.relation(n, t) for n, t in reading.tables(top, "relations").items()},
        lists=lists,
        facts=facts,
        records=records,
        calendars={n: found for n, t in reading.tables(top, "calendars").items() if (found := reading.calendar(n, t))},
    )


def merge_catalogue(base: Catalogue, schemes: Iterable[Scheme]) -> Catalogue:
    """The catalogue with everything the schemes declare.

    Raises:
        Problems: two declarations of one name differ, or a ``shared`` one is nowhere declared.
    """
    merged = base
    for scheme in schemes:
        merged = _join(merged, scheme)
    return merged


def view(catalogue: Catalogue, scheme: Scheme) -> Catalogue:
    """What one scheme may name: only the facts and records it lists."""
    lists = {**catalogue.lists}
    facts = {}
    for use in scheme.facts.values():
        for family in catalogue.families(use.of):
            if (family, use.id) in catalogue.facts:
                facts[family, use.id] = catalogue.facts[family, use.id]
                break
    records = {}
    for name, (of, _, _) in scheme.records.items():
        for family in catalogue.families(of):
            if (family, name) in catalogue.records:
                records[family, name] = catalogue.records[family, name]
                break
    return replace(catalogue, lists=lists, facts=facts, records=records)


def _join(base: Catalogue, scheme: Scheme) -> Catalogue:
    errors: list[DataError] = []
    types = _joined(base.subject_types, scheme.subject_types, scheme, errors)
    relations = _joined(base.relations, scheme.relations, scheme, errors)
    lists = _joined(base.lists, scheme.lists, scheme, errors)
    items: Mapping[str, Mapping[str, Title]] = {name: found.items for name, found in lists.items()}
    calendars = _joined(base.calendars, _own_calendars(base, scheme, errors), scheme, errors)
    known = replace(base, subject_types=types, relations=relations, lists=lists, calendars=calendars)
    facts, records = dict(base.facts), dict(base.records)
    for use in scheme.facts.values():
        _known_type(known, use.of, use.place, errors)
        if use.type is None:
            family = known.families(use.of)
            names = [name for of, name in base.facts if of in family]
            if use.id not in names:
                errors.append(_not_shared(use.id, use.of, use.place, names))
            continue
        declared = _filled_fact(use.type, items)
        for step in declared.for_each:
            if step not in lists and not known.is_window(step):
                near = nearest(step, [*lists, *calendars, *WINDOWS])
                hint = "common.did-you-mean" if near else None
                errors.append(DataError("scheme.unknown-collection", place=use.place, hint=hint, name=step, near=near))
        if declared.holds and set(declared.for_each) & calendars.keys():
            errors.append(DataError("scheme.holds-calendar", place=use.place, name=use.id))
        clash = facts.get((use.of, use.id))
        if clash and replace(clash, title=declared.title, source=declared.source) != declared:
            errors.append(DataError("scheme.fact-clash", place=use.place, name=use.id, of=use.of, scheme=scheme.id))
        facts.setdefault((use.of, use.id), declared)
    for name, (of, kind, place) in scheme.records.items():
        _known_type(known, of, place, errors)
        if kind is None:
            family = known.families(of)
            names = [found for owner, found in base.records if owner in family]
            if name not in names:
                errors.append(_not_shared(name, of, place, names))
            continue
        filled = _filled_record(kind, items)
        clash_record = records.get((of, name))
        if clash_record and replace(clash_record, title=filled.title, source=filled.source) != filled:
            errors.append(DataError("scheme.fact-clash", place=place, name=name, of=of, scheme=scheme.id))
        records.setdefault((of, name), filled)
    _known_type(known, scheme.subject, scheme.place, errors)
    if errors:
        raise Problems(errors)
    return replace(known, facts=facts, records=records)


def _joined(base: Mapping[str, _T], added: Mapping[str, _T], scheme: Scheme, errors: list[DataError]) -> dict[str, _T]:
    for name, value in added.items():
        if name in base and base[name] != value:
            facts = {"name": name, "of": type(value).__name__, "scheme": scheme.id}
            errors.append(DataError("scheme.fact-clash", place=scheme.place, **facts))
    return {**added, **base}


def _own_calendars(base: Catalogue, scheme: Scheme, errors: list[DataError]) -> dict[str, Calendar]:
    for name, (calendar, place) in scheme.calendars.items():
        taken = name in WINDOWS or name in base.lists or name in scheme.lists
        if taken or (calendar is None and name not in base.calendars):
            near = None if taken else nearest(name, base.calendars)
            hint = "common.did-you-mean" if near else None
            key = "calendar-taken" if taken else "calendar-not-shared"
            errors.append(DataError(f"scheme.{key}", place=place, hint=hint, name=name, near=near))
    return {name: calendar for name, (calendar, _) in scheme.calendars.items() if calendar}


def _known_type(catalogue: Catalogue, name: str, place: Place, errors: list[DataError]) -> None:
    if name not in catalogue.subject_types:
        near = nearest(name, catalogue.subject_types)
        hint = "common.did-you-mean" if near else None
        errors.append(DataError("scheme.unknown-subject-type", place=place, hint=hint, name=name, near=near))


def _not_shared(name: str, of: str, place: Place, names: list[str]) -> DataError:
    near = nearest(name, names)
    hint = "common.did-you-mean" if near else None
    return DataError("scheme.not-shared", place=place, hint=hint, name=name, of=of, near=near)


def _filled_fact(declared: FactType, lists: Mapping[str, Mapping[str, Title]]) -> FactType:
    return replace(declared, type=fill_choices(declared.type, lists))


def _filled_record(declared: RecordType, lists: Mapping[str, Mapping[str, Title]]) -> RecordType:
    fields = {name: fill_choices(kind, lists) for name, kind in declared.fields.items()}
    return replace(declared, fields=fields)


__all__ = ["base_catalogue", "merge_catalogue", "read_catalogue", "view"]
