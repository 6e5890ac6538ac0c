"""Files of records: a line for one entry of a register, its number, its fields."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from kaoping.errors import DataError
from kaoping.facts.frame import Plain, Subject
from kaoping.facts.rows import NewRecord
from kaoping.facts.types import RecordType, Title
from kaoping.facts.values import read_value, value_words
from kaoping.intake.cells import Cells
from kaoping.intake.headings import SUPPORT, Column, fixed_title, read_headers, require
from kaoping.intake.known import Known, both
from kaoping.intake.names import FirstOf, Names
from kaoping.intake.normalise import tidy
from kaoping.intake.seen import Seen
from kaoping.intake.sheet import Sheet

Meant = tuple[str, str]
"""What a column means: ``fixed`` or ``field``, and its id."""

NEEDED = ("subject", "record_no")


def record_names(records: Sequence[RecordType]) -> Names[Meant]:
    """The headers of a file of records of these types; fields hide the columns any file may have."""
    fields = Names[Meant]()
    for record in records:
        for name in record.fields:
            title = field_title(record, name)
            fields.add(("field", name), name, title.zh, title.en)
    return FirstOf(_fixed(NEEDED), fields, _fixed((*SUPPORT, "subject_title")))


def field_title(record: RecordType, name: str) -> Title:
    """What a field is called; its id where nobody gave it a title."""
    return record.field_titles.get(name) or Title(name)


def read_records(
    sheet: Sheet, known: Known, meanings: Sequence[tuple[str, str]], seen: Seen[tuple[str, ...]]
) -> Iterator[NewRecord]:
    """The records of a file whose name means one of these record types; which, its subject decides."""
    types = [known.catalogue.records[meaning] for meaning in meanings]
    columns = read_headers(sheet, record_names(types), known.findings)
    fixed = {name: column.index for column in columns for kind, name in column.meanings if kind == "fixed"}
    fields = [column for column in columns if column.meanings[0][0] == "field"]
    if not require(sheet, fixed, NEEDED, known.findings) or not _has_placing_date(sheet, types, fields, known):
        for _ in sheet.lines:  # what else is wrong in the lines is still found
            pass
        return
    for line in sheet.lines:
        cells = Cells(sheet, line, fixed, known.findings)
        if not cells.text("record_no") and not any(line.cells[column.index] for column in fields):
            continue
        subject, no = _subject(cells, known), cells.id("record_no")
        record = known.record(meanings, subject, cells.place("subject")) if subject else None
        if not subject or not record:
            continue
        found = _fields(cells, record, fields, subject, known)
        if not cells.sound:
            continue
        place = cells.place("record_no")
        if seen.new(("record", subject.id, record.id, no), found, place):
            yield NewRecord(subject.id, record.id, no, found, *cells.support(), place)


def _fields(
    cells: Cells, record: RecordType, columns: list[Column[Meant]], subject: Subject, known: Known
) -> dict[str, Plain]:
    found: dict[str, Plain] = {}
    for column in columns:
        text = cells.line.cells[column.index]
        if not text:
            continue
        place = cells.sheet.place(cells.line, column.index)
        names = [meaning[1] for meaning in column.meanings if meaning[1] in record.fields]
        if len(names) != 1:
            facts: dict[str, Any] = {
                "header": column.header,
                "record": both(record.title, record.id),
                "subject": subject.id,
            }
            cells.wrong(DataError("intake.field-of-other-type", place=place, **facts))
            continue
        name = names[0]
        kind = record.fields[name]
        title = field_title(record, name)
        tidied = tidy(text, kind, title.zh)
        try:
            found[name] = read_value(tidied, kind, title=both(title, name), place=place)
        except DataError as error:
            cells.wrong(error)
            continue
        if tidied != text:
            known.findings.read_as(place, text, tidied, value_words(found[name], kind, "zh"))
    if record.placed_by and cells.sound and not any(name in found for name in record.placed_by):
        indexes = {meaning[1]: column.index for column in columns for meaning in column.meanings}
        index = next(indexes[name] for name in record.placed_by if name in indexes)
        place = cells.sheet.place(cells.line, index)
        cells.wrong(DataError("facts.no-placing-date", place=place, **_placing(record)))
    return found


def _has_placing_date(sheet: Sheet, types: list[RecordType], columns: list[Column[Meant]], known: Known) -> bool:
    """Is there a column that can place the records of each type?"""
    there = {meaning[1] for column in columns for meaning in column.meanings}
    for record in types:
        if record.placed_by and not there & set(record.placed_by):
            place = sheet.place(sheet.header, 0)
            known.findings.wrong(DataError("intake.no-placing-column", place=place, **_placing(record)))
            return False
    return True


def _placing(record: RecordType) -> dict[str, Any]:
    titles = [field_title(record, name).zh for name in record.placed_by]
    fields = Title("或".join(f"“{title}”" for title in titles), " or ".join(record.placed_by))
    return {"record": both(record.title, record.id), "fields": fields}


def _subject(cells: Cells, known: Known) -> Subject | None:
    text = cells.needed("subject")
    subject = known.subject(text, partial(cells.place, "subject")) if text else None
    if subject and (title := cells.text("subject_title")):
        known.check_title(subject, title, partial(cells.place, "subject_title"))
    return subject


def _fixed(columns: tuple[str, ...]) -> Names[Meant]:
    names = Names[Meant]()
    for column in columns:
        names.add(("fixed", column), column, fixed_title(column))
    return names
