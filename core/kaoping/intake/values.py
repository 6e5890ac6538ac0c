"""Files of values: a line for a subject and a period, a column for a fact or for one item of its list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from kaoping.errors import DataError, Place
from kaoping.facts.frame import Plain, Subject
from kaoping.facts.periods import CAMPAIGN, WINDOWS, Period, period_holding
from kaoping.facts.rows import NewValue
from kaoping.facts.types import Catalogue, FactType, Title
from kaoping.facts.values import read_value, value_words
from kaoping.intake.cells import Cells
from kaoping.intake.headings import SUPPORT, Column, fixed_title, read_headers, require
from kaoping.intake.known import KIND_TITLES, Known, both, kinds_title
from kaoping.intake.names import FirstOf, Match, Names, name_key
from kaoping.intake.normalise import tidy, tidy_date
from kaoping.intake.seen import Seen
from kaoping.intake.sheet import Sheet, letters

Meant = tuple[str, str, str]
"""What a column means: owner type, fact, item; or "", a fixed column, ""."""

NEEDED = ("subject", "period")
SHOWN_WINDOWS = 3
REMEMBERED = 10_000  # texts already read, of each fact: scores and counts come again and again


class FactNames(Names[Meant]):
    """The names of facts; one with a list is named with an item: ``aspect_score.x``, ``方面得分：创建理念``."""

    def __init__(self, catalogue: Catalogue) -> None:
        super().__init__()
        self._catalogue = catalogue
        self._listed_facts = Names[tuple[str, str]]()
        self._items = {name: _item_names(catalogue, name) for name in catalogue.lists}
        for (owner, name), fact in catalogue.facts.items():
            if item_list(fact, catalogue):
                self._listed_facts.add((owner, name), name, fact.title.zh, fact.title.en)
            else:
                self.add((owner, name, ""), name, fact.title.zh, fact.title.en)
                if unit := fact.type.unit:
                    self.add_variant((owner, name, ""), f"{name}（{unit}）")
                    self.add_variant((owner, name, ""), f"{fact.title.zh}（{unit}）")

    def find(self, name: str) -> Match[Meant] | None:
        """What a header may mean: a fact, or an item of one."""
        if direct := super().find(name):
            return direct
        for fact, item in _cuts(name):
            if not (facts := self._listed_facts.find(fact)):
                continue
            meanings, written = list[Meant](), ""
            for owner, id_ in facts.meanings:
                names = self._items[item_list(self._catalogue.facts[owner, id_], self._catalogue)]
                if items := names.find(item):
                    meanings += [(owner, id_, each) for each in items.meanings]
                    written = _joined(facts.written, items.written)
            if meanings:
                same = name_key(written).replace(":", ".") == name_key(name).replace(":", ".")
                return Match(meanings, name if same else written)
        return None

    def near(self, name: str) -> str | None:
        """The name most like it; of a fact with a list, with the most like item."""
        for fact, item in _cuts(name):
            if facts := self._listed_facts.find(fact):
                names = self._items[item_list(self._catalogue.facts[facts.meanings[0]], self._catalogue)]
                near = names.near(item)
                return _joined(facts.written, near) if near else None
        return super().near(name) or self._listed_facts.near(name)

    def refusal(self, name: str) -> tuple[str, dict[str, Title]]:
        """A fact with a list named without an item gets an example."""
        if not (match := self._listed_facts.find(name)):
            return super().refusal(name)
        fact = self._catalogue.facts[match.meanings[0]]
        items = self._catalogue.lists[item_list(fact, self._catalogue)].items
        first = next(iter(items), "")
        example = (
            Title(f"{fact.title.zh}：{items[first].zh}", f"{fact.id}.{first}") if first else Title(fact.id, fact.id)
        )
        return "intake.needs-item", {"fact": both(fact.title, fact.id), "example": example}

    def listed(self) -> Title | None:
        """Facts are too many to be listed."""
        return None


def value_names(catalogue: Catalogue) -> Names[Meant]:
    """The headers of a file of values; facts hide the columns any file may have."""
    return FirstOf(_fixed(NEEDED), FactNames(catalogue), _fixed((*SUPPORT, "subject_title")))


def item_list(fact: FactType, catalogue: Catalogue) -> str:
    """The list a fact has one value for each item of, or ""."""
    return next((each for each in fact.for_each if each in catalogue.lists), "")


def fact_window(fact: FactType, catalogue: Catalogue) -> str:
    """The kind of period, or calendar, a fact is entered for when it has one value for each window, or ""."""
    return next((WINDOWS.get(each, each) for each in fact.for_each if catalogue.is_window(each)), "")


def read_values(sheet: Sheet, known: Known, names: Names[Meant], seen: Seen[tuple[str, ...]]) -> Iterator[NewValue]:
    """The values of a file; blank cells give none."""
    columns = read_headers(sheet, names, known.findings)
    fixed = {meaning[1]: column.index for column in columns for meaning in column.meanings if not meaning[0]}
    facts = [column for column in columns if column.meanings[0][0]]
    if not require(sheet, fixed, NEEDED, known.findings):
        for _ in sheet.lines:  # what else is wrong in the lines is still found
            pass
        return
    reader = _Reader(sheet, known, facts, seen)
    for line in sheet.lines:
        cells = Cells(sheet, line, fixed, known.findings)
        if any(line.cells[column.index] for column in facts):
            yield from reader.values(cells)


NAMELESS = Title("")


@dataclass(frozen=True, slots=True)
class _Target:
    """Where a cell's value belongs; `wrong` and its facts when nothing may stand there."""

    index: int
    letter: str
    fact: FactType
    item: str = ""
    at: str = ""
    title: Title = NAMELESS
    wrong: str = ""
    facts: Mapping[str, Any] | None = None


class _Reader:
    def __init__(self, sheet: Sheet, known: Known, facts: list[Column[Meant]], seen: Seen[tuple[str, ...]]) -> None:
        self._sheet = sheet
        self._known = known
        self._facts = facts
        self._seen = seen
        self._targets: dict[tuple[str, str], list[_Target]] = {}
        self._read: dict[tuple[str, str], dict[str, tuple[Plain, str]]] = {}

    def values(self, cells: Cells) -> Iterator[NewValue]:
        subject_text, period_text = cells.needed("subject"), cells.needed("period")
        subject = self._known.subject(subject_text, partial(cells.place, "subject")) if subject_text else None
        if subject is None or not period_text:
            return
        if title := cells.text("subject_title"):
            self._known.check_title(subject, title, partial(cells.place, "subject_title"))
        targets = self._targets.get((subject.type, period_text))
        if targets is None:
            moment = self._moment(period_text, cells)
            if moment is None:
                return
            targets = [self._target(column, subject, moment, period_text) for column in self._facts]
            if period_text == (
                moment.isoformat() if isinstance(moment, date) else moment.text
            ):  # else each line is noted
                self._targets[subject.type, period_text] = targets
        source, evidence = cells.support()
        file, line, row = self._sheet.file, cells.line.line, cells.line.row
        for target in targets:
            text = cells.line.cells[target.index]
            if not text:
                continue
            place = Place(file, line, target.index + 1, f"{target.letter}{row}")
            if target.wrong:
                self._known.findings.wrong(DataError(target.wrong, place=place, **(target.facts or {})))
                continue
            found = self._value(text, target, place)
            key = (subject.id, target.fact.id, target.at, target.item)
            if found is not None and self._seen.new(key, found, place):
                yield NewValue(*key, found, source, evidence, place)

    def _value(self, text: str, target: _Target, place: Place) -> Plain | None:
        kind = target.fact.type
        read = self._read.setdefault((target.fact.of, target.fact.id), {})
        known = read.get(text)
        if known is None:
            tidied = tidy(text, kind, target.title.zh)
            try:
                value = read_value(tidied, kind, title=target.title, place=place)
            except DataError as error:
                self._known.findings.wrong(error)
                return None
            known = (value, "" if tidied == text else tidied)
            if len(read) < REMEMBERED:
                read[text] = known
        value, tidied = known
        if tidied:
            self._known.findings.read_as(place, text, tidied, value_words(value, kind, "zh"))
        return value

    def _moment(self, text: str, cells: Cells) -> Period | date | None:
        """The period or day a line is for."""
        tidied = tidy_date(text)
        if len(tidied) == 10 and tidied[4] == tidied[7] == "-":
            return cells.day("period")
        return self._known.period(text, cells.place("period"))

    def _target(self, column: Column[Meant], subject: Subject, moment: Period | date, text: str) -> _Target:
        catalogue, index, letter = self._known.catalogue, column.index, letters(column.index)
        meant = [(catalogue.facts[owner, name], item) for owner, name, item in column.meanings]
        fitting = [(fact, item) for fact, item in meant if catalogue.fact(subject.type, fact.id) is fact]
        if len(fitting) != 1:
            facts: dict[str, Any] = {
                "header": column.header,
                "subject": subject.id,
                "type": self._known.type_title(subject.type),
                "ids": ", ".join(fact.id for fact, _ in fitting),
            }
            key = "intake.several-facts" if fitting else "intake.fact-of-other-type"
            return _Target(index, letter, meant[0][0], wrong=key, facts=facts)
        fact, item = fitting[0]
        at, wrong, kinds = _placed(fact, moment, text, self._known)
        if wrong:
            example = _example(moment, kinds, self._known, (fact.of, fact.id))
            facts = {
                "title": both(fact.title, fact.id),
                "text": text,
                "kinds": kinds_title(kinds, catalogue),
                "example": example,
            }
            return _Target(index, letter, fact, wrong=wrong, facts=facts)
        title = both(fact.title, fact.id)
        if item:
            items = catalogue.lists[item_list(fact, catalogue)].items
            title = Title(f"{title.zh}：{items[item].zh}", f"{title.en}.{item}")
        return _Target(index, letter, fact, item, at, title)


def _placed(fact: FactType, moment: Period | date, text: str, known: Known) -> tuple[str, str, list[str]]:
    """Under what a value is kept; or what is wrong with the moment, and the kinds of period that would do."""
    window = fact_window(fact, known.catalogue)
    if window in known.catalogue.calendars:
        found = known.window(window, text)
        return (found.text, "", []) if found else ("", "intake.other-grain", [window])
    if isinstance(moment, Period) and moment.kind in known.catalogue.calendars:
        kinds = [window] if window else sorted(known.grains.get((fact.of, fact.id), ("year",)))
        return "", "intake.other-grain", kinds
    if fact.holds and not window:
        return (moment.start if isinstance(moment, Period) else moment).isoformat(), "", []
    kinds = [window] if window else [kind for kind in KIND_TITLES if kind in known.grains.get((fact.of, fact.id), ())]
    if isinstance(moment, Period) and moment.kind == CAMPAIGN:
        usable = not kinds or moment.text in known.campaigns.get((fact.of, fact.id), ())
        return (moment.text, "", []) if usable else ("", "intake.other-grain", kinds)
    if isinstance(moment, Period):
        return (moment.text, "", []) if not kinds or moment.kind in kinds else ("", "intake.other-grain", kinds)
    if kinds:
        return (moment.isoformat(), "", []) if "day" in kinds else ("", "intake.other-grain", kinds)
    own = all(each in known.catalogue.lists for each in fact.for_each)  # else a window of some calendar of its own
    return ("", "intake.day-for-period", ["year"]) if own else (moment.isoformat(), "", [])


def _example(moment: Period | date, kinds: list[str], known: Known, fact: tuple[str, str]) -> str:
    day = moment.start if isinstance(moment, Period) else moment
    calendars = [kind for kind in kinds if kind in known.catalogue.calendars]
    usual = [period_holding(day, kind).text for kind in kinds if kind != CAMPAIGN and kind not in calendars]
    windows = [window.text for kind in calendars for window in known.windows(kind)[-SHOWN_WINDOWS:]]
    return "、".join([*usual, *windows, *known.campaigns.get(fact, ())])


def _fixed(columns: tuple[str, ...]) -> Names[Meant]:
    names = Names[Meant]()
    for column in columns:
        names.add(("", column, ""), column, fixed_title(column))
    return names


def _item_names(catalogue: Catalogue, name: str) -> Names[str]:
    names = Names[str]()
    for item, title in catalogue.lists[name].items.items():
        names.add(item, item, title.zh, title.en)
    return names


def _joined(fact: str, item: str) -> str:
    return f"{fact}{'.' if fact.isascii() and item.isascii() else '：'}{item}"


def _cuts(name: str) -> Iterator[tuple[str, str]]:
    """A header cut in two at each ``.`` and colon."""
    for position, character in enumerate(name):
        if character in ".:：．":
            yield name[:position], name[position + 1 :]
