"""Tables for a clerk to fill: the CSV files of a scheme and a period that reading takes back.

Everything known is filled in: subjects, their titles, the periods. A line the clerk leaves as it is says nothing.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from kaoping.errors import EnvironmentError, Place, UsageError
from kaoping.facts.frame import Edge, Subject
from kaoping.facts.periods import WINDOWS, Period, period_holding
from kaoping.facts.types import Catalogue, FactType, RecordType, RelationType, Title
from kaoping.intake.escape import escaped
from kaoping.intake.fixed import FILE_TITLES
from kaoping.intake.headings import SUPPORT, fixed_title
from kaoping.intake.known import KIND_TITLES, Known
from kaoping.intake.model import Findings, KnownScheme
from kaoping.intake.names import Meaning, Names
from kaoping.intake.records import field_title, record_names
from kaoping.intake.values import Meant, fact_window, item_list, value_names
from kaoping.texts import Language

Table = list[list[str]]
HELD = "held"
_UNFIT = re.compile(r'[\\/:*?"<>|\s]+')  # in the name of a file, on one system or another


@dataclass(frozen=True)
class Needs:
    """What a scheme asks an office for.

    Attributes:
        facts, records, relations: as the catalogue declares them; facts fed by another scheme are left out.
        schemes: the schemes entry can be closed for.
        calendars: those gone through that offices enter.
        windows: what is known of each calendar.
        subjects: the subjects on file.
        edges: the relations on file, as a frame has them.
    """

    facts: Sequence[FactType] = ()
    records: Sequence[RecordType] = ()
    relations: Sequence[RelationType] = ()
    schemes: Sequence[KnownScheme] = ()
    subjects: Sequence[Subject] = ()
    edges: Mapping[tuple[str, str], Sequence[Edge]] = field(default_factory=dict)
    calendars: Sequence[str] = ()
    windows: Mapping[str, Sequence[Period]] = field(default_factory=dict)


def write_templates(
    folder: Path, needs: Needs, catalogue: Catalogue, period: Period, language: Language = "zh", *, force: bool = False
) -> list[Path]:
    """Write the tables into a folder, UTF-8 with a mark so that Excel opens them; gives the files.

    Raises:
        UsageError: one of the files exists, and `force` is not given.
        EnvironmentError: the folder cannot be written.
    """
    tables = templates(needs, catalogue, period, language)
    files = {folder / f"{name}.csv": table for name, table in tables.items()}
    there = [path.name for path in files if path.exists()]
    if there and not force:
        listed = Title("、".join(there), ", ".join(there))
        raise UsageError("intake.template-exists", folder=str(folder), files=listed)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, table in files.items():
            path.write_bytes(b"\xef\xbb\xbf" + table_text(table).encode("utf-8"))
    except OSError as error:
        raise EnvironmentError("intake.unwritable", place=Place(str(folder)), reason=error) from error
    return list(files)


def table_text(table: Table) -> str:
    """A table as CSV, with the cells a spreadsheet would run as formulas quoted."""
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\r\n").writerows([escaped(cell) for cell in row] for row in table)
    return stream.getvalue()


def templates(needs: Needs, catalogue: Catalogue, period: Period, language: Language = "zh") -> dict[str, Table]:
    """The tables by the names of their files (without ``.csv``), in the order a clerk fills them."""
    writer = _Writer(needs, catalogue, period, language)
    tables = {
        writer.file("subjects"): writer.subjects(),
        writer.file("calendars"): writer.calendars(),
        writer.file("relations"): writer.relations() if needs.relations else [],
        **writer.values(),
        **writer.records(),
        writer.file("registers"): writer.registers(),
        writer.file("closings"): writer.closings(),
    }
    return {name: table for name, table in tables.items() if table}


class _Writer:
    def __init__(self, needs: Needs, catalogue: Catalogue, period: Period, language: Language) -> None:
        self._needs = needs
        self._catalogue = catalogue
        self._period = period
        self._chinese = language == "zh"
        self._known = Known(catalogue, {}, {}, Findings())
        self._subjects = sorted(needs.subjects, key=lambda subject: (subject.type, subject.id))

    def file(self, name: str) -> str:
        return FILE_TITLES[name] if self._chinese else name

    def subjects(self) -> Table:
        header = self._header("subject", "type", "title", "since", "until")
        return [
            header,
            *(
                [each.id, self._type(each.type), each.title, *_days(each.since, each.until)]
                for each in self._subjects
                if each.type in self._catalogue.subject_types
            ),
        ]

    def relations(self) -> Table:
        columns = ("relation", "subject", "subject_title", "to", "since", "until")
        header = [fixed_title(each, "relations") for each in columns] if self._chinese else list(columns)
        table = [header]
        for relation in self._needs.relations:
            name = self._written(self._known.relations, relation.id, relation.id, relation.title)
            for subject in self._of([relation.of]):
                edges = self._needs.edges.get((relation.id, subject.id), ()) or (Edge(""),)
                table += [[name, subject.id, subject.title, edge.to, *_days(edge.since, edge.until)] for edge in edges]
        return table

    def calendars(self) -> Table:
        """The windows known of the period; of a calendar with none a line to begin with."""
        table = [self._header("calendar", "window", "first_day", "last_day")]
        for name in self._needs.calendars:
            title = self._written(self._known.calendars, name, name, self._catalogue.calendars[name].title)
            known, official = self._windows(name), self._catalogue.official.windows(name)
            table += [[title, window.text, window.start.isoformat(), window.end.isoformat()]
                      for window in known if window not in official]  # fmt: skip
            table += [] if known else [[title, "", "", ""]]
        return table if self._needs.calendars else []

    def _windows(self, calendar: str) -> list[Period]:
        return [each for each in self._needs.windows.get(calendar, ()) if self._period.contains(each.start)]

    def registers(self) -> Table:
        stated = [record for record in self._needs.records if record.complete == "stated"]
        table = [self._header("subject", "subject_title", "record", "complete_through", "stated_by")]
        for record in stated:
            name = self._written(self._known.records, (record.of, record.id), record.id, record.title)
            table += [[subject.id, subject.title, name, "", ""] for subject in self._of([record.of])]
        return table if stated else []

    def closings(self) -> Table:
        table = [self._header("scheme", "period", "closed_by")]
        for scheme in self._needs.schemes:
            parts = [part for kind in scheme.parts if kind in WINDOWS for part in self._period.parts(kind)]
            table += [[scheme.id, period.text, ""] for period in dict.fromkeys((*parts, self._period))]
        return table if self._needs.schemes else []

    def values(self) -> dict[str, Table]:
        grains: dict[str, list[FactType]] = {}
        for fact in self._needs.facts:
            if not fact.fed_from:
                window = fact_window(fact, self._catalogue)
                grain = window or (HELD if fact.holds else self._period.kind)
                grains.setdefault(grain, []).append(fact)
        return {self._values_file(grain): self._values(facts, grain) for grain, facts in grains.items()}

    def records(self) -> dict[str, Table]:
        tables: dict[str, Table] = {}
        for record in self._needs.records:
            names = record_names([record])
            fields = [self._written(names, ("field", name), name, field_title(record, name)) for name in record.fields]
            header = [
                *self._header("subject", "record_no"),
                *fields,
                *self._support(names, lambda meaning: meaning[0] == "field"),
            ]
            tables[self._record_file(record)] = [header]
        return tables

    def _values(self, facts: list[FactType], grain: str) -> Table:
        names = value_names(self._catalogue)
        columns = self._columns(facts, names)
        header = [
            *self._header("subject", "subject_title", "period"),
            *columns,
            *self._support(names, lambda meaning: bool(meaning[0])),
        ]
        blank = [""] * (len(header) - 3)
        return [
            header,
            *(
                [subject.id, subject.title, when, *blank]
                for subject in self._of(fact.of for fact in facts)
                for when in self._moments(grain)
            ),
        ]

    def _columns(self, facts: list[FactType], names: Names[Meant]) -> list[str]:
        """Headers of facts: titles where each is read as this fact and no other column as the same, else ids."""
        if self._chinese:
            titled = dict.fromkeys(header for fact in facts for header in self._titled(fact, names))
            meant = [meaning for header in titled if (match := names.find(header)) for meaning in match.meanings]
            if len(meant) == len(set(meant)):
                return list(titled)
        return list(
            dict.fromkeys(f"{fact.id}.{item}" if item else fact.id for fact in facts for item in self._items(fact))
        )

    def _titled(self, fact: FactType, names: Names[Meant]) -> Iterator[str]:
        listed = item_list(fact, self._catalogue)
        for item in self._items(fact):
            title = f"{fact.title.zh}：{self._catalogue.lists[listed].items[item].zh}" if item else fact.title.zh
            plain = f"{fact.id}.{item}" if item else fact.id
            yield self._written(names, (fact.of, fact.id, item), plain, Title(title))

    def _items(self, fact: FactType) -> Sequence[str]:
        listed = item_list(fact, self._catalogue)
        return tuple(self._catalogue.lists[listed].items) if listed else ("",)

    def _written(self, names: Names[Meaning], meaning: Meaning, name: str, title: Title) -> str:
        """The title where it is read as this and nothing else, else the id."""
        match = names.find(title.zh) if self._chinese else None
        return title.zh if match and list(match.meanings) == [meaning] else name

    def _support(self, names: Names[Meaning], hidden: Callable[[Meaning], bool]) -> list[str]:
        """The headers of what supports a row, but where a fact or field hides them."""
        headers = self._header(*SUPPORT)
        return [header for header in headers if (match := names.find(header)) and not hidden(match.meanings[0])]

    def _moments(self, grain: str) -> list[str]:
        if grain == HELD:
            return [self._period.start.isoformat()]
        if grain == self._period.kind:
            return [self._period.text]
        if grain in self._catalogue.calendars:
            return [window.text for window in self._windows(grain)]
        window = next((each for each, kind in WINDOWS.items() if kind == grain), "")
        parts = self._period.parts(window) if window else ()
        return [part.text for part in parts or (period_holding(self._period.start, grain),)]

    def _values_file(self, grain: str) -> str:
        if not self._chinese:
            return f"values-{grain}"
        if grain in self._catalogue.calendars:
            title = self._catalogue.calendars[grain].title.zh
            return f"数据-{grain if _UNFIT.search(title) else title}"
        return f"数据-{'变动' if grain == HELD else KIND_TITLES[grain]}"

    def _record_file(self, record: RecordType) -> str:
        same = [key for key, each in self._catalogue.records.items() if each.title.zh == record.title.zh]
        title = record.title.zh
        fit = self._chinese and len(same) == 1 and not _UNFIT.search(title) and title not in FILE_TITLES.values()
        return title if fit else record.id

    def _of(self, types: Iterable[str]) -> list[Subject]:
        members = {member for each in types for member in self._catalogue.members(each)}
        first, last = self._period.start, self._period.end
        return [
            each
            for each in self._subjects
            if each.type in members and (each.since or first) <= last and (each.until is None or each.until > first)
        ]

    def _header(self, *columns: str) -> list[str]:
        return [fixed_title(column) if self._chinese else column for column in columns]

    def _type(self, name: str) -> str:
        return self._written(self._known.types, name, name, self._catalogue.subject_types[name].title)


def _days(*days: date | None) -> list[str]:
    return ["" if day is None else day.isoformat() for day in days]
