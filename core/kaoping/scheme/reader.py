"""Reading a scheme file: YAML text to `Scheme`, with every error of shape, name form and expression at its place."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date
from functools import lru_cache
from importlib.resources.abc import Traversable

from kaoping.errors import DataError, KaopingError, Place, Problems
from kaoping.facts.periods import CAMPAIGN, Period
from kaoping.facts.types import Calendar, ItemList, RelationType, SubjectType, Title
from kaoping.scheme import declarations
from kaoping.scheme.document import Items, Node, Scalar, Table, read_document
from kaoping.scheme.model import (
    Decision,
    Parameter,
    ParameterValue,
    Scheme,
)
from kaoping.scheme.outcomes import OutcomeReading
from kaoping.scheme.scales import read_scale
from kaoping.scheme.shape import check_shape

SUFFIX, CASES, FAMILY = ".yaml", ".cases.yaml", "family.yaml"


def read_schemes(folder: Traversable) -> list[Scheme]:
    """Every scheme of a package folder, by file name, each with its worked cases beside it.

    What they are called together stands in ``family.yaml``, if it is there: ``family: {zh: …, en: …}``.

    Raises:
        Problems: some file is not a scheme, or the family has no title.
    """
    found = []
    errors: list[KaopingError] = []
    family: Title | None = None
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if not file.name.endswith(SUFFIX) or file.name.endswith(CASES):
            continue
        if file.name == FAMILY:
            try:
                family = _family(file)
            except Problems as problems:
                errors.extend(problems.errors)
            continue
        try:
            cases = folder / (file.name.removesuffix(SUFFIX) + CASES)
            cases_text = cases.read_text(encoding="utf-8") if cases.is_file() else ""
            found.append(read_scheme(file.read_text(encoding="utf-8"), str(file), cases_text, str(cases)))
        except Problems as problems:
            errors.extend(problems.errors)
        except UnicodeDecodeError:
            errors.append(DataError("scheme.not-utf8", place=Place(str(file))))
    if errors:
        raise Problems(errors)
    return [replace(scheme, family=family) for scheme in found] if family else found


def _family(file: Traversable) -> Title:
    reading, top = Reader(), read_document(file.read_text(encoding="utf-8"), str(file))
    title = reading.title(top.get("family"))
    if list(top.entries) != ["family"] or not (title.zh and title.en):
        raise Problems([DataError("scheme.family-form", place=top.place)])
    return title


@lru_cache(maxsize=1024)  # what a text says never changes; one command may ask for all schemes several times
def read_scheme(text: str, file: str, cases_text: str = "", cases_file: str = "") -> Scheme:
    """The scheme a file says.

    Raises:
        Problems: everything wrong in it, with file, line and column.
    """
    top = read_document(text, file)
    if errors := check_shape(top):
        raise Problems(errors)
    reading = Reader()
    scheme = reading.scheme(top, text, file, cases_text, cases_file)
    if reading.errors:
        raise Problems(reading.errors)
    return scheme


class Reader(OutcomeReading):
    """Turns a checked file into the model, collecting errors."""

    def scheme(self, top: Table, text: str, file: str, cases_text: str, cases_file: str) -> Scheme:
        """The whole file."""
        self.parameter_names = frozenset(self.table(top, "parameters"))
        source = {key: node.text for key, node in self.table(top, "source").items() if isinstance(node, Scalar)}
        force = top.get("in_force")
        dates = (self.date(force, "from"), self.date(force, "until")) if isinstance(force, Table) else (None, None)
        subject = self.text(top, "subject")
        relations = self.tables(top, "relations")
        types = self.tables(top, "subject_types")
        cohort = {name: self.cohort(name, t) for name, t in self.tables(top, "cohort").items()}
        return Scheme(
            id=self.text(top, "scheme"),
            edition=self.text(top, "edition"),
            title=self.title(top.get("title")),
            subject=subject,
            period=self.text(top, "period"),
            source=source,
            file=file,
            text=text,
            digest=hashlib.sha256(text.encode()).hexdigest(),
            place=top.place,
            in_force=dates,
            campaigns=self.campaigns(top),
            publishes={k: n.text for k, n in self.table(top, "publishes").items() if isinstance(n, Scalar)},
            tags=self.texts(top.get("tags")),
            decisions={name: self.decision(name, t) for name, t in self.tables(top, "decisions").items()},
            parameters={name: self.parameter(name, t) for name, t in self.tables(top, "parameters").items()},
            lists={name: self.item_list(name, t) for name, t in self.tables(top, "lists").items()},
            calendars={n: (self.calendar(n, node), node.place) for n, node in self.table(top, "calendars").items()},
            subject_types={name: self.subject_type(name, t) for name, t in types.items()},
            relations={name: self.relation(name, t) for name, t in relations.items()},
            facts=declarations.with_draws(declarations.facts(self, top, subject), cohort.values(), subject),
            records=declarations.records(self, top, subject),
            scales={name: read_scale(self, name, t) for name, t in self.tables(top, "scales").items()},
            measures=self.measures(top),
            gates={name: self.gate(name, t) for name, t in self.tables(top, "gates").items()},
            criteria={name: self.criterion(name, t) for name, t in self.tables(top, "criteria").items()},
            groups=self.titles(top, "groups"),
            grade=self.grade(top),
            roll_ups={name: self.roll_up(name, t) for name, t in self.tables(top, "roll_up").items()},
            cohort=cohort,
            accounts={name: self.account(name, t) for name, t in self.tables(top, "accounts").items()},
            events={name: self.event(name, t) for name, t in self.tables(top, "events").items()},
            consequences={name: self.consequence(name, t) for name, t in self.tables(top, "consequences").items()},
            cases_text=cases_text,
            cases_file=cases_file,
        )

    def campaigns(self, top: Table) -> tuple[Period, ...]:
        """The campaigns a scheme judges, earliest first."""
        node = top.get("campaign")
        if (node is None) == (self.text(top, "period") == CAMPAIGN):
            place = top.entries["period"].place if node is None else node.place
            self.fail("campaign-missing" if node is None else "campaign-unused", place)
        found: list[Period] = []
        for item in node.items if isinstance(node, Items) else (node,):
            if isinstance(item, Table) and (span := self.span(item)):
                if any(span.start <= one.end and one.start <= span.end for one in found):
                    self.fail("spans-overlap", item.place, text=span.text)
                found.append(span)
        return tuple(sorted(found))

    def decision(self, name: str, table: Table) -> Decision:
        """One decision."""
        changes = self.texts(table.get("parameters"))
        return Decision(name, self.title(table), self.title(table.get("why")), table.place, changes)

    def parameter(self, name: str, table: Table) -> Parameter:
        """One parameter with its dated values."""
        clause, one_of = self.clause(table), self.texts(table.get("one_of"))
        values: list[tuple[date | None, ParameterValue]] = []
        if (node := table.get("value")) is not None:
            values.append((None, self.parameter_value(node)))
        for since, node in self.table(table, "values").items():
            try:
                values.append((date.fromisoformat(since), self.parameter_value(node)))
            except ValueError:
                self.fail("not-a-date", node.place, text=since)
        if not values:
            self.fail("parameter-without-value", table.place, name=name)
        if not clause.source and not clause.decisions:
            self.fail("parameter-without-source", table.place, name=name)
        for _, value in values:
            if one_of and str(value) not in one_of:
                self.fail("not-allowed", table.place, value=value, where=name, known=", ".join(one_of))
        titles = self.titles(table, "titles")
        for choice, node in self.table(table, "titles").items():
            if choice not in one_of:
                self.fail("not-allowed", node.place, value=choice, where=name, known=", ".join(one_of))
        values.sort(key=lambda pair: pair[0] or date.min)
        title, unit = self.title(table.get("title")), self.text(table, "unit")
        return Parameter(name, tuple(values), title, clause, table.place, unit, one_of, titles=titles)

    def item_list(self, name: str, table: Table) -> ItemList:
        """A fixed list."""
        items = {item: self.title(node) for item, node in table.entries.items() if item != "title"}
        return ItemList(name, items, self.title(table.get("title")))

    def calendar(self, name: str, node: Node) -> Calendar | None:
        """A calendar, or None where the catalogue's is taken."""
        if not isinstance(node, Table):
            return None
        written, entered = self.tables(node, "windows"), self.text(node, "entered") == "true"
        if bool(written) == entered:
            self.fail("calendar-form", node.place, name=name)
        titles = {window: self.title(table) for window, table in written.items()}
        windows = self.windows(name, node.get("windows"))
        return Calendar(name, self.title(node.get("title")), windows, titles, entered)

    def subject_type(self, name: str, table: Table) -> SubjectType:
        """A kind of subject."""
        return SubjectType(name, self.title(table), self.text(table, "is_a") or None)

    def relation(self, name: str, table: Table) -> RelationType:
        """A kind of relation."""
        title = self.title(table.get("title") or table)
        inverse = self.text(table, "inverse") or None
        return RelationType(name, self.text(table, "of"), self.text(table, "to"), title, inverse)
