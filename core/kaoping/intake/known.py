"""What the files may refer to: the catalogue, the schemes, the subjects on file and those the same import declares."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from kaoping.errors import DataError, KaopingError, Place, nearest
from kaoping.facts.frame import Subject
from kaoping.facts.periods import KINDS, Period, parse_period
from kaoping.facts.rows import NewWindow
from kaoping.facts.types import Catalogue, RecordType, Title
from kaoping.facts.values import FIRST_YEAR, LAST_YEAR
from kaoping.intake.model import Findings, KnownScheme
from kaoping.intake.names import Names, name_key
from kaoping.intake.normalise import narrow, tidy_period
from kaoping.intake.sheet import HIDDEN

_NONE: Mapping[str, tuple[Period, ...]] = {}
SHORT_ID = 4  # e3 is no misspelling of e2
SUGGESTIONS, MANY = 20, 3000  # looking for one near name among thousands takes a tenth of a second

KIND_TITLES = {
    "year": "年",
    "school_year": "学年",
    "half_year": "半年",
    "quarter": "季度",
    "two_months": "双月",
    "month": "月",
    "xun": "旬",
    "week": "周",
    "day": "日",
    "campaign": "专项行动期",
}


@dataclass(frozen=True, slots=True)
class Named:
    """What a cell names: the subject, or the error its cell gets; `noted` when it is not named by its id."""

    subject: Subject | None
    noted: str = ""
    error: Callable[[Place], KaopingError] | None = None


class Known:
    """Look-ups for one import; each name is looked for once."""

    def __init__(
        self,
        catalogue: Catalogue,
        subjects: Mapping[str, Subject],
        schemes: Mapping[str, KnownScheme],
        findings: Findings,
        windows: Mapping[str, tuple[Period, ...]] = _NONE,
    ) -> None:
        self.catalogue = catalogue
        self.schemes = schemes
        self.findings = findings
        self.on_file = subjects
        self.grains = _grains(catalogue, schemes)
        self.campaigns = _campaigns(catalogue, schemes)
        self.types = Names[str]()
        self.relations = Names[str]()
        self.facts = Names[tuple[str, str]]()
        self.records = Names[tuple[str, str]]()
        self.scheme_names = Names[str]()
        self.calendars = Names[str]()
        for name, kind in catalogue.subject_types.items():
            self.types.add(name, name, kind.title.zh, kind.title.en)
        for name, relation in catalogue.relations.items():
            self.relations.add(name, name, relation.title.zh, relation.title.en)
        for key, fact in catalogue.facts.items():
            self.facts.add(key, fact.id, fact.title.zh, fact.title.en)
        for key, record in catalogue.records.items():
            self.records.add(key, record.id, record.title.zh, record.title.en)
        for name, scheme in schemes.items():
            self.scheme_names.add(name, name, scheme.title.zh, scheme.title.en)
        for name, calendar in catalogue.calendars.items():
            self.calendars.add(name, name, calendar.title.zh, calendar.title.en)
        self._entered = windows
        self._windows = _window_names(catalogue, windows)
        self._subjects: Mapping[str, Subject] = subjects
        self._titles: dict[str, list[str]] | None = None
        self._faulty: frozenset[str] = frozenset()
        self._named: dict[str, Named] = {}
        self._suggested = 0

    def declare(self, subjects: Mapping[str, Subject], faulty: Iterable[str]) -> None:
        """Make known what the import's own subject files declare; nothing more is said of faulty ones."""
        self._subjects = {**self.on_file, **subjects}
        self._faulty = frozenset(faulty) - self._subjects.keys()
        self._named = {}

    def declare_windows(self, rows: Iterable[NewWindow]) -> None:
        """Make known the windows the import's own files of calendars enter."""
        entered = {name: list(windows) for name, windows in self._entered.items()}
        for row in rows:
            entered.setdefault(row.calendar, []).append(Period(row.first, row.last, row.name, row.calendar))
        self._entered = {name: tuple(windows) for name, windows in entered.items()}
        self._windows = _window_names(self.catalogue, self._entered)

    def window(self, calendar: str, text: str) -> Period | None:
        """A calendar's window that a cell names."""
        return self._windows[calendar].get(name_key(text))

    def windows(self, calendar: str) -> tuple[Period, ...]:
        """All windows known of a calendar, earliest first."""
        return tuple(sorted(set(self._windows[calendar].values())))

    def subject(self, text: str, place: Callable[[], Place]) -> Subject | None:
        """The subject a cell names by id, or by a title only one has; None after the error was kept."""
        named = self._named.get(text)
        if named is None:
            named = self._named[text] = self._find(text)
        if named.noted and named.subject:
            self.findings.note("intake.title-as-id", place(), text=text, id=named.subject.id)
        elif named.error:
            self.findings.wrong(named.error(place()))
        return named.subject

    def check_title(self, subject: Subject, title: str, place: Callable[[], Place]) -> None:
        """A title beside an id must be the subject's, on file or in this import: else a line has slipped."""
        if title in (subject.title, HIDDEN):
            return
        on_file = self.on_file.get(subject.id)
        if name_key(title) not in {name_key(each.title) for each in (subject, on_file) if each}:
            facts: dict[str, Any] = {"subject": subject.id, "title": subject.title, "written": title}
            self.findings.wrong(DataError("intake.other-title", place=place(), **facts))

    def record(self, meanings: Iterable[tuple[str, str]], subject: Subject, place: Place) -> RecordType | None:
        """The record type of a subject that a name may mean; None after the error was kept."""
        named = [self.catalogue.records[meaning] for meaning in meanings]
        fitting = [each for each in named if self.catalogue.record(subject.type, each.id) is each]
        if len(fitting) == 1:
            return fitting[0]
        facts: dict[str, Any] = {
            "subject": subject.id,
            "type": self.type_title(subject.type),
            "record": both(named[0].title, named[0].id),
        }
        key = "intake.several-records" if fitting else "intake.record-of-other-type"
        self.findings.wrong(DataError(key, place=place, ids=", ".join(each.id for each in fitting), **facts))
        return None

    def type_title(self, name: str) -> Title:
        """What a subject type is called in messages."""
        known = self.catalogue.subject_types.get(name)
        return both(known.title, name) if known else Title(name, name)

    def _find(self, text: str) -> Named:
        if found := self._subjects.get(text):
            return Named(found)
        plain = narrow(text)
        if found := self._subjects.get(plain):
            return Named(found, noted=plain)
        if self._titles is None:
            self._titles = {}
            for each in self._subjects.values():
                self._titles.setdefault(each.title, []).append(each.id)
        ids = self._titles.get(text, [])
        if len(ids) == 1:
            return Named(self._subjects[ids[0]], noted=ids[0])
        if text in self._faulty or plain in self._faulty or text == HIDDEN:
            return Named(None)
        if ids:
            listed = ", ".join(sorted(ids)[:5])
            return Named(
                None, error=lambda place: DataError("intake.several-subjects", place=place, title=text, ids=listed)
            )
        return Named(None, error=self._unknown(text))

    def _unknown(self, text: str) -> Callable[[Place], KaopingError]:
        near: Subject | None = None
        if self._suggested < SUGGESTIONS:
            self._suggested += 1
            titles = self._titles or {}
            if close := nearest(text, _alike(text, titles)):
                near = self._subjects[titles[close][0]]
            elif len(text) > SHORT_ID and (close := nearest(text, _alike(text, self._subjects))):
                near = self._subjects[close]
        if near is None:
            return lambda place: DataError("facts.unknown-subject", place=place, subject=text)
        hint, id_, title = "facts.subject-near", near.id, near.title
        return lambda place: DataError(
            "facts.unknown-subject", place=place, hint=hint, subject=text, id=id_, title=title
        )

    def period(self, text: str, place: Place) -> Period | None:
        """The period, or window of a calendar, a cell names; None after the error was kept."""
        tidied = tidy_period(text)
        try:
            period = parse_period(tidied)
        except KaopingError:
            if found := next(filter(None, (self.window(each, text) for each in self._windows)), None):
                return found
            self.findings.wrong(DataError("facts.not-a-period", place=place, text=text))
            return None
        if not FIRST_YEAR <= period.start.year <= LAST_YEAR:
            facts: dict[str, Any] = {"text": text, "first": FIRST_YEAR, "last": LAST_YEAR}
            self.findings.wrong(DataError("facts.year-out-of-range", place=place, **facts))
            return None
        if tidied != text:
            self.findings.read_as(place, text, tidied)
        return period


def both(title: Title, id_: str) -> Title:
    """A title for messages in both languages: Chinese by its title, English by the id that may be written."""
    return Title(title.zh, id_)


def kinds_title(kinds: Iterable[str], catalogue: Catalogue) -> Title:
    """Kinds of period, and calendars, for messages."""
    kinds = list(kinds)
    titles = (KIND_TITLES[kind] if kind in KIND_TITLES else catalogue.calendars[kind].title.zh for kind in kinds)
    return Title("、".join(titles), ", ".join(kind.replace("_", " ") for kind in kinds))


def _alike(text: str, names: Iterable[str]) -> list[str]:
    """Names worth comparing: all, or of very many those that begin alike."""
    found = list(names)
    return found if len(found) <= MANY else [name for name in found if name[:1] == text[:1]]


def _window_names(catalogue: Catalogue, entered: Mapping[str, tuple[Period, ...]]) -> dict[str, dict[str, Period]]:
    """Of each calendar its windows, by name and title."""
    found: dict[str, dict[str, Period]] = {}
    for name, windows in catalogue.windows(entered).items():
        names = found.setdefault(name, {})
        titles = catalogue.calendars[name].window_titles
        for window in windows:
            title = titles.get(window.text)
            for written in (title.zh, title.text("en")) if title else ():
                names.setdefault(name_key(written), window)
        names |= {name_key(window.text): window for window in windows}
    return found


def _grains(catalogue: Catalogue, schemes: Mapping[str, KnownScheme]) -> dict[tuple[str, str], frozenset[str]]:
    """For each fact some scheme reads: the kinds of period these schemes judge; not where one judges by other spans."""
    kinds: dict[tuple[str, str], set[str]] = {}
    for scheme in schemes.values():
        for use in scheme.facts.values():
            if fact := catalogue.fact(use.of, use.id):
                kinds.setdefault((fact.of, fact.id), set()).add(scheme.period)
    return {fact: frozenset(found) for fact, found in kinds.items() if found <= set(KINDS)}


def _campaigns(catalogue: Catalogue, schemes: Mapping[str, KnownScheme]) -> dict[tuple[str, str], dict[str, Period]]:
    """For each fact some scheme of campaigns reads: these campaigns."""
    found: dict[tuple[str, str], dict[str, Period]] = {}
    for scheme in schemes.values():
        for use in scheme.facts.values() if scheme.campaigns else ():
            if fact := catalogue.fact(use.of, use.id):
                found.setdefault((fact.of, fact.id), {}).update({one.text: one for one in scheme.campaigns})
    return found
