"""Files with fixed columns: subjects, relations, registers, closings and calendars."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from kaoping.errors import DataError
from kaoping.facts.frame import Subject
from kaoping.facts.periods import CAMPAIGN, KINDS, WINDOWS, check_window_name
from kaoping.facts.rows import NewClosing, NewEdge, NewRegister, NewSubject, NewWindow
from kaoping.facts.types import Calendar, RecordType, RelationType, Title
from kaoping.intake.cells import Cells
from kaoping.intake.headings import SUPPORT, fixed_columns
from kaoping.intake.known import Known, both, kinds_title
from kaoping.intake.names import Names
from kaoping.intake.seen import Seen
from kaoping.intake.sheet import Sheet

NEEDED = {
    "subjects": ("subject", "type", "title"),
    "relations": ("relation", "subject", "to"),
    "registers": ("subject", "record", "complete_through", "stated_by"),
    "closings": ("scheme", "period", "closed_by"),
    "calendars": ("calendar", "window", "first_day", "last_day"),
}
OPTIONAL = {
    "subjects": ("since", "until"),
    "relations": ("since", "until", "subject_title"),
    "registers": ("subject_title",),
    "closings": (),
    "calendars": (),
}
FILE_TITLES = {
    "subjects": "对象",
    "relations": "关系",
    "registers": "台账",
    "closings": "结束填报",
    "calendars": "日历",
}


def read_subjects(sheet: Sheet, known: Known, seen: Seen[tuple[str, ...]], faulty: set[str]) -> Iterator[NewSubject]:
    """The subjects a file declares; ids of lines with an error are added to `faulty`."""
    for cells in _lines(sheet, "subjects", known):
        id_, type_, title = cells.id("subject"), cells.needed("type"), cells.needed("title")
        since, until = cells.days()
        match = known.types.find(type_) if type_ else None
        kind = match.meanings[0] if match and len(match.meanings) == 1 else ""
        if type_ and not kind:
            hint, facts = _choices(known.types, type_)
            place = cells.place("type")
            cells.wrong(DataError("facts.unknown-subject-type", place=place, hint=hint, type=type_, **facts))
        before = known.on_file.get(id_)
        if kind and before and before.type != kind:
            on_file = known.type_title(before.type)
            cells.wrong(DataError("intake.other-type", place=cells.place("type"), subject=id_, type=on_file))
        place = cells.place("subject")
        if not cells.sound:
            faulty.add(id_)
        elif seen.new(("subject", id_), (kind, title, since, until), place):
            yield NewSubject(id_, kind, title, since, until, *cells.support(), place)


def read_relations(sheet: Sheet, known: Known, seen: Seen[tuple[str, ...]]) -> Iterator[NewEdge]:
    """The relations a file states; a line without the other subject states none."""
    for cells in _lines(sheet, "relations", known):
        if not (cells.text("to") or cells.text("since") or cells.text("until")):
            continue
        subject, to = _subject(cells, "subject", known), _subject(cells, "to", known)
        relation = _relation(cells, subject, known)
        if relation and to and relation.to not in known.catalogue.families(to.type):
            _wrong_type(cells, "to", to, relation, relation.to, known)
        since, until = cells.days()
        if not cells.sound or not relation or not subject or not to:
            continue
        key = (relation.id, subject.id, to.id, str(since))
        place = cells.place("to")
        if seen.new(key, until, place):
            yield NewEdge(relation.id, subject.id, to.id, since, until, *cells.support(), place)


def read_registers(sheet: Sheet, known: Known, seen: Seen[tuple[str, ...]]) -> Iterator[NewRegister]:
    """The statements a file makes that registers are complete; a line without the day makes none."""
    for cells in _lines(sheet, "registers", known):
        if not cells.text("complete_through"):
            continue
        subject, name, by = _subject(cells, "subject", known), cells.needed("record"), cells.needed("stated_by")
        record = _register(cells, name, subject, known) if name else None
        through = cells.day("complete_through")
        if not cells.sound or not subject or not record or not through:
            continue
        place = cells.place("complete_through")
        if seen.new(("register", subject.id, record.id, str(through)), by, place):
            yield NewRegister(subject.id, record.id, through, by, *cells.support(), place)


def read_closings(sheet: Sheet, known: Known, seen: Seen[tuple[str, ...]]) -> Iterator[NewClosing]:
    """The closings of entry a file states; a line without who closed states none, which is noted."""
    for cells in _lines(sheet, "closings", known):
        name, by = cells.needed("scheme"), cells.text("closed_by")
        period = known.period(text, cells.place("period")) if (text := cells.needed("period")) else None
        match = known.scheme_names.find(name) if name else None
        scheme = known.schemes[match.meanings[0]] if match and len(match.meanings) == 1 else None
        if name and not scheme:
            hint, facts = _choices(known.scheme_names, name)
            cells.wrong(DataError("facts.unknown-scheme", place=cells.place("scheme"), hint=hint, scheme=name, **facts))
        if scheme and period and scheme.period in KINDS:
            kinds = [scheme.period, *(WINDOWS[part] for part in scheme.parts if part in WINDOWS)]
            if period.kind not in kinds or (period.kind == CAMPAIGN and period not in scheme.campaigns):
                facts = {
                    "scheme": both(scheme.title, scheme.id),
                    "period": period.text,
                    "kinds": kinds_title(kinds, known.catalogue),
                }
                cells.wrong(DataError("intake.scheme-period", place=cells.place("period"), **facts))
        if not cells.sound or not scheme or not period:
            continue
        place = cells.place("closed_by")
        if not by:
            known.findings.note("intake.not-closed", place, scheme=both(scheme.title, scheme.id), period=period.text)
        elif seen.new(("closing", scheme.id, period.text), by, place):
            yield NewClosing(scheme.id, period.text, by, *cells.support(), place)


def read_windows(sheet: Sheet, known: Known, seen: Seen[tuple[str, ...]]) -> Iterator[NewWindow]:
    """The windows of calendars a file enters; a line with only the calendar enters none."""
    for cells in _lines(sheet, "calendars", known):
        if not any(map(cells.text, ("window", "first_day", "last_day"))):
            continue
        calendar, name = _calendar(cells, known), cells.needed("window")
        if name and (wrong := check_window_name(name)):
            cells.wrong(DataError(wrong, place=cells.place("window"), name=name))
        if calendar and name in {window.text for window in known.catalogue.official.windows(calendar.id)}:
            cells.wrong(DataError("intake.official-window", place=cells.place("window"), name=name))
        days = [cells.day(column) if cells.needed(column) else None for column in ("first_day", "last_day")]
        first, last = days
        if first and last and last < first:
            place = cells.place("last_day")
            cells.wrong(DataError("scheme.span-backwards", place=place, start=first, end=last))
        if not cells.sound or not calendar or not first or not last:
            continue
        place = cells.place("window")
        if seen.new(("calendar", calendar.id, name), (first, last), place):
            yield NewWindow(calendar.id, name, first, last, *cells.support(), place)


def _calendar(cells: Cells, known: Known) -> Calendar | None:
    if not (name := cells.needed("calendar")):
        return None
    match = known.calendars.find(name)
    found = known.catalogue.calendars[match.meanings[0]] if match and len(match.meanings) == 1 else None
    if found is None:
        hint, facts = _choices(known.calendars, name)
        place = cells.place("calendar")
        cells.wrong(DataError("facts.unknown-calendar", place=place, hint=hint, calendar=name, **facts))
    elif not found.entered:
        named = both(found.title, found.id)
        cells.wrong(DataError("intake.calendar-written", place=cells.place("calendar"), calendar=named))
        return None
    return found


def _lines(sheet: Sheet, file: str, known: Known) -> Iterator[Cells]:
    index = fixed_columns(sheet, NEEDED[file], (*OPTIONAL[file], *SUPPORT), known.findings)
    for line in sheet.lines:
        if index is not None:
            yield Cells(sheet, line, index, known.findings)


def _subject(cells: Cells, column: str, known: Known) -> Subject | None:
    text = cells.needed(column)
    subject = known.subject(text, partial(cells.place, column)) if text else None
    if subject and column == "subject" and (title := cells.text("subject_title")):
        known.check_title(subject, title, partial(cells.place, "subject_title"))
    return subject


def _relation(cells: Cells, subject: Subject | None, known: Known) -> RelationType | None:
    name, place = cells.needed("relation"), cells.place("relation")
    if not name:
        return None
    match = known.relations.find(name)
    found = [known.catalogue.relations[id_] for id_ in match.meanings] if match else []
    if not found:
        inverse = next((each for each in known.catalogue.relations.values() if each.inverse == name), None)
        if inverse:
            wanted = both(inverse.title, inverse.id)
            cells.wrong(DataError("intake.inverse-relation", place=place, relation=name, wanted=wanted))
            return None
        hint, facts = _choices(known.relations, name)
        cells.wrong(DataError("facts.unknown-relation", place=place, hint=hint, relation=name, **facts))
        return None
    if subject is None:
        return None
    families = known.catalogue.families(subject.type)
    fitting = [each for each in found if each.of in families]
    if fitting:
        return fitting[0]
    _wrong_type(cells, "subject", subject, found[0], found[0].of, known)
    return None


def _choices(names: Names[str], name: str) -> tuple[str | None, dict[str, Any]]:
    """What could have been written instead: the hint with the nearest name, and all names."""
    near = names.near(name)
    return "common.did-you-mean" if near else None, {"near": near, "listed": names.listed() or Title("…", "…")}


def _wrong_type(cells: Cells, column: str, subject: Subject, relation: RelationType, wanted: str, known: Known) -> None:
    facts: dict[str, Any] = {
        "subject": subject.id,
        "type": known.type_title(subject.type),
        "wanted": known.type_title(wanted),
    }
    named = both(relation.title, relation.id)
    cells.wrong(DataError("facts.wrong-subject-type", place=cells.place(column), relation=named, **facts))


def _register(cells: Cells, name: str, subject: Subject | None, known: Known) -> RecordType | None:
    place = cells.place("record")
    match = known.records.find(name)
    if not match:
        key = "intake.not-a-register" if known.facts.find(name) else "intake.unknown-register"
        near = known.records.near(name)
        hint = "common.did-you-mean" if near else None
        cells.wrong(DataError(key, place=place, hint=hint, record=name, near=near))
        return None
    return known.record(match.meanings, subject, place) if subject else None
