"""A worked case as it is written, what it may say, and how it came out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from kaoping.errors import DataError, Place, Problems, nearest
from kaoping.scheme.document import Items, Scalar, Table, read_document
from kaoping.scheme.given import fill_in
from kaoping.scheme.reader import Reader
from kaoping.scheme.rule_kinds import rule_kinds
from kaoping.scheme.shape import check_shape


@dataclass(frozen=True)
class Case:
    """One worked case as written.

    Attributes:
        shows: the kinds of rule it exercises.
        confirmed: somebody stands behind what it expects; else it was made from the scheme, and nobody has read it yet.
    """

    id: str
    title: Mapping[str, str]
    table: Table = field(compare=False)
    shows: tuple[str, ...] = ()
    confirmed: bool = True


@dataclass(frozen=True)
class Difference:
    """Something a case expected and did not get."""

    case: str
    subject: str
    what: str
    expected: str
    found: str
    place: Place


@dataclass(frozen=True)
class CaseResult:
    """How a case went: no differences is a pass."""

    case: Case
    differences: tuple[Difference, ...]
    engines: tuple[str, ...]
    notes: tuple[str, ...] = ()


def read_cases(text: str, file: str) -> list[Case]:
    """The cases of a file.

    Raises:
        Problems: not a file of cases; every unknown key and kind of rule, with its place.
    """
    if not text:
        return []
    top = read_document(text, file)
    reading, listed = Reader(), top.get("cases")
    tables = [item for item in listed.items if isinstance(item, Table)] if isinstance(listed, Items) else []
    errors = [*check_shape(top, "cases"), *(error for table in tables for error in _unknown_kinds(table))]
    if errors:
        raise Problems(errors)
    given, calendars, cases = reading.table(top, "given"), top.get("calendars"), []
    calendars = calendars if isinstance(calendars, Table) else None
    for table in tables:
        title, shows = reading.title(table.get("title")), reading.texts(table.get("shows"))
        named = {"zh": title.zh, "en": title.en}
        confirmed = reading.text(table, "confirmed", "true") == "true"
        cases.append(Case(reading.text(table, "case"), named, fill_in(table, given, calendars), shows, confirmed))
    return cases


def _unknown_kinds(case: Table) -> Iterator[DataError]:
    shows = case.get("shows")
    for item in shows.items if isinstance(shows, Items) else (shows,):
        if isinstance(item, Scalar) and item.text not in rule_kinds():
            near = nearest(item.text, rule_kinds())
            hint = "common.did-you-mean" if near else None
            yield DataError("scheme.unknown-rule-kind", place=item.place, hint=hint, name=item.text, near=near)
