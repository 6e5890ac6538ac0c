"""Reading a scheme file: YAML text to `Scheme`, with every error of shape, name form and expression at its place."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from fractions import Fraction
from functools import lru_cache
from importlib.resources.abc import Traversable
from typing import Any

from kaoping.errors import DataError, KaopingError, Place, Problems
from kaoping.facts.clock import read_time
from kaoping.facts.periods import CAMPAIGN, Period, campaign, check_window_name
from kaoping.facts.types import Calendar, ItemList, RelationType, SubjectType, Title
from kaoping.scheme import declarations
from kaoping.scheme.document import Items, Node, Scalar, Table, read_document
from kaoping.scheme.expressions import Comparison, ExpressionError, parse
from kaoping.scheme.model import (
    Account,
    BandRule,
    Clause,
    CohortRule,
    ConsequenceRule,
    Constant,
    Criterion,
    Decision,
    DecisionTable,
    Duration,
    EventType,
    Expr,
    Gate,
    GradeRules,
    Measure,
    Parameter,
    ParameterValue,
    RollUp,
    Scheme,
    VetoRule,
)
from kaoping.scheme.scales import read_scale
from kaoping.scheme.shape import check_shape
from kaoping.scheme.tables import TableError, constant, read_table

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_DURATION = re.compile(r"(\d{1,4}) (day|workday|month|year)s?")
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


def duration(text: str) -> Duration | None:
    """``24 months``, ``2 years``, ``15 days``, ``3 workdays``; None if it is not one."""
    match = _DURATION.fullmatch(text)
    if not match:
        return None
    count = int(match[1])
    if match[2] in ("day", "workday"):
        return Duration(days=count) if match[2] == "day" else Duration(workdays=count)
    return Duration(months=count * (12 if match[2] == "year" else 1))


class Reader:
    """Turns checked tables into the model, collecting errors."""

    def __init__(self) -> None:
        self.errors: list[DataError] = []
        self.parameter_names: frozenset[str] = frozenset()

    def fail(self, key: str, place: Place, **facts: Any) -> None:
        """Note an error and go on."""
        self.errors.append(DataError(f"scheme.{key}", place=place, **facts))

    # --- small pieces

    def text(self, table: Table, key: str, default: str = "") -> str:
        """The text under a key."""
        node = table.get(key)
        return node.text if isinstance(node, Scalar) else default

    def texts(self, node: Node | None) -> tuple[str, ...]:
        """One text or a list of them."""
        if isinstance(node, Scalar):
            return (node.text,)
        return tuple(item.text for item in node.items if isinstance(item, Scalar)) if isinstance(node, Items) else ()

    def table(self, table: Table, key: str) -> Mapping[str, Node]:
        """The entries of a table under a key."""
        node = table.get(key)
        return node.entries if isinstance(node, Table) else {}

    def tables(self, table: Table, key: str) -> dict[str, Table]:
        """The entries that are tables themselves."""
        return {name: node for name, node in self.table(table, key).items() if isinstance(node, Table)}

    def title(self, node: Node | None) -> Title:
        """A title in both languages."""
        if isinstance(node, Table):
            return Title(self.text(node, "zh"), self.text(node, "en"))
        return Title(node.text) if isinstance(node, Scalar) else Title("")

    def titles(self, table: Table, key: str) -> dict[str, Title]:
        """Titles by name."""
        return {name: self.title(node) for name, node in self.table(table, key).items()}

    def clause(self, table: Table) -> Clause:
        """Source and decisions of a rule."""
        return Clause(self.text(table, "source"), self.texts(table.get("decision")))

    def number(self, node: Node | None) -> int | Fraction | None:
        """An exact number, or None."""
        if isinstance(node, Scalar) and _NUMBER.fullmatch(node.text):
            return int(node.text) if node.text.lstrip("-").isdigit() else Fraction(node.text)
        return None

    def expression(self, node: Node | None) -> Expr | None:
        """An expression, its error noted at its own column."""
        if not isinstance(node, Scalar):
            return None
        place = node.place
        if node.quoted:
            place = Place(place.file, place.line, (place.column or 0) + 1)
        try:
            return Expr(node.text, parse(node.text), place)
        except ExpressionError as error:
            at = Place(place.file, place.line, (place.column or 0) + error.offset)
            self.errors.append(DataError(f"scheme.{error.key}", place=at, **error.facts))
            return None

    def needed(self, table: Table, key: str) -> Expr:
        """An expression that must be there; a stand-in while its error is told."""
        return self.expression(table.get(key)) or Expr("0", parse("0"), table.place)

    # --- the file

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

    def day(self, node: Node | None) -> date | None:
        """The day a text writes."""
        if not isinstance(node, Scalar):
            return None
        try:
            return date.fromisoformat(node.text)
        except ValueError:
            self.fail("not-a-date", node.place, text=node.text)
            return None

    def date(self, table: Table, key: str) -> date | None:
        """An ISO date under a key."""
        return self.day(table.get(key))

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

    def span(self, table: Table) -> Period | None:
        """From a day through a last day."""
        start, end = self.date(table, "from"), self.date(table, "through")
        if start is None or end is None:
            return None
        if end < start:
            self.fail("span-backwards", table.place, start=start, end=end)
            return None
        return campaign(start, end)

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

    def parameter_value(self, node: Node) -> ParameterValue:
        """A number, a length of time, a time of day or a text."""
        number = self.number(node) if not (isinstance(node, Scalar) and node.quoted) else None
        if number is not None:
            return number
        text = node.text if isinstance(node, Scalar) else ""
        return duration(text) or read_time(text) or text

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

    def windows(self, calendar: str, node: Node | None) -> tuple[Period, ...]:
        """A calendar's windows, earliest first."""
        found = []
        for name, table in node.entries.items() if isinstance(node, Table) else ():
            if wrong := check_window_name(name):
                self.errors.append(DataError(wrong, place=table.place, name=name))
            if isinstance(table, Table) and (span := self.span(table)):
                found.append(replace(span, text=name, kind=calendar))
        return tuple(sorted(found))

    def subject_type(self, name: str, table: Table) -> SubjectType:
        """A kind of subject."""
        return SubjectType(name, self.title(table), self.text(table, "is_a") or None)

    def relation(self, name: str, table: Table) -> RelationType:
        """A kind of relation."""
        title = self.title(table.get("title") or table)
        inverse = self.text(table, "inverse") or None
        return RelationType(name, self.text(table, "of"), self.text(table, "to"), title, inverse)

    def measures(self, table: Table) -> dict[str, Measure]:
        """Every measure; a table with several results gives one measure each, ``name.result``."""
        found: dict[str, Measure] = {}
        for name, entry in self.tables(table, "measures").items():
            measure = self.measure(name, entry)
            results = measure.table.results if measure.table else ()
            if len(results) > 1:
                for column, result in enumerate(results):
                    found[f"{name}.{result}"] = replace(measure, id=f"{name}.{result}", column=column)
            else:
                found[name] = measure
        return found

    def decision_table(self, table: Table) -> DecisionTable | None:
        """A measure's table, with its hit policy, order of results and default."""
        node = table.get("table")
        if not isinstance(node, Scalar):
            return None
        place = Place(node.place.file, (node.place.line or 0) + 1, None)
        try:
            read = read_table(node.text, place, self.parameter_names, self.text(table, "hit", "unique"))
        except TableError as error:
            self.errors.append(error.error)
            return None
        order, default = table.get("gives"), table.get("default")
        given: tuple[Constant, ...] | None = None
        if isinstance(default, Scalar):
            given = (constant(default.text),)
        elif isinstance(default, Table):
            given = tuple(constant(self.text(default, result)) for result in read.results)
        if given is not None and len(given) != len(read.results):
            self.fail("table-default", table.place, results=", ".join(read.results))
        best_first = tuple(constant(text) for text in self.texts(order))
        if read.hit in ("priority", "output_order") and {row.gives[0] for row in read.rows} - set(best_first):
            self.fail("table-order", table.place, hit=read.hit)
        return replace(read, order=best_first, default=given)

    def measure(self, name: str, table: Table) -> Measure:
        """A measure in one of its forms."""
        forms = [form for form in ("value", "weigh", "steps", "table") if table.get(form) is not None]
        if len(forms) != 1:
            self.fail("measure-form", table.place, name=name)
        weigh = []
        for what, weight in self.table(table, "weigh").items():
            place = table.entries["weigh"].keys[what] if isinstance(table.entries["weigh"], Table) else table.place
            weighed = self.expression(Scalar(what, place))
            amount = self.expression(weight)
            if weighed and amount:
                weigh.append((weighed, amount))
        within = table.get("keep_within")
        ends = [self.expression(item) for item in within.items] if isinstance(within, Items) else []
        total = table.get("total")
        return Measure(
            id=name,
            title=self.title(table.get("title")),
            clause=self.clause(table),
            place=table.place,
            of=self.text(table, "of"),
            for_each=self.texts(table.get("for_each")),
            form=forms[0] if forms else "value",
            value=self.expression(table.get("value")),
            weigh=tuple(weigh),
            leave_out=self.texts(table.get("leave_out")),
            total=self.number(total),
            steps=self.steps(table),
            table=self.decision_table(table),
            keep_within=(ends[0], ends[1]) if len(ends) == 2 and ends[0] and ends[1] else None,
            applies_when=self.expression(table.get("applies_when")),
            round=int(self.text(table, "round")) if table.get("round") else None,
            unit=self.text(table, "unit"),
            better=self.text(table, "better"),
            frozen=self.text(table, "frozen") == "true",
        )

    def steps(self, table: Table) -> tuple[tuple[str, Expr, Expr | None], ...]:
        """``start`` and then adds and caps."""
        node = table.get("steps")
        found: list[tuple[str, Expr, Expr | None]] = []
        for item in node.items if isinstance(node, Items) else ():
            kinds = [
                k for k in ("start", "add", "at_most", "at_least") if isinstance(item, Table) and k in item.entries
            ]
            if not isinstance(item, Table) or len(kinds) != 1 or (kinds[0] == "start") != (not found):
                self.fail("step-form", item.place)
                continue
            amount = self.expression(item.get(kinds[0]))
            if amount:
                found.append((kinds[0], amount, self.expression(item.get("when"))))
        return tuple(found)

    def gate(self, name: str, table: Table) -> Gate:
        """A stage gate."""
        return Gate(
            name,
            self.needed(table, "needs"),
            self.text(table, "otherwise"),
            self.title(table.get("title")),
            self.clause(table),
            table.place,
        )

    def criterion(self, name: str, table: Table) -> Criterion:
        """A criterion."""
        points, earns = self.expression(table.get("points")), self.expression(table.get("earns"))
        require = self.expression(table.get("require"))
        if earns and not points:
            self.fail("earns-without-points", table.place, name=name)
        if table.get("require") is None and not earns:
            self.fail("criterion-form", table.place, name=name)
        if require is None and earns and points:  # what earns all its points is met
            whole = Comparison(">=", earns.tree, points.tree, earns.tree.at)
            require = Expr(f"{earns.text} >= {points.text}", whole, earns.place)
        return Criterion(
            id=name,
            require=require or Expr("0", parse("0"), table.place),
            title=self.title(table.get("title")),
            clause=self.clause(table),
            place=table.place,
            for_each=self.texts(table.get("for_each")),
            applies_when=self.expression(table.get("applies_when")),
            severity=self.text(table, "severity", "required"),
            group=self.text(table, "group"),
            points=points,
            earns=earns,
        )

    def grade(self, top: Table) -> GradeRules | None:
        """Bands and vetoes."""
        table = top.get("grade")
        if not isinstance(table, Table):
            return None
        taken = self.expression(table.get("is"))
        bands, by_veto, entries = self.bands(table)
        if (table.get("is") is None) == (table.get("bands") is None):
            self.fail("grade-form", table.place)
        titles = self.titles(table, "titles")
        written = self.texts(table.get("values"))
        entries = entries or tuple(written or titles)
        merit = written or entries
        for grade in merit:
            if grade not in titles:
                self.fail("grade-without-title", table.place, grade=grade)
        vetoes = []
        listed = table.get("vetoes")
        for item in listed.items if isinstance(listed, Items) else ():
            if isinstance(item, Table):
                vetoes.append(self.veto(item, merit))
        unsaid = set(merit) - set(entries)
        if set(entries) - set(merit) or unsaid - {veto.becomes for veto in vetoes}:
            self.fail("merit-differs", table.place, values=", ".join(merit), bands=", ".join(entries))
        score = table.get("score")
        return GradeRules(
            bands=tuple(bands),
            merit=merit,
            titles=titles,
            place=table.place,
            score=score.text if isinstance(score, Scalar) else "",
            score_place=score.place if score else None,
            vetoes=tuple(vetoes),
            hit=self.text(table, "hit", "first"),
            by_veto=tuple(grade for grade in merit if grade in by_veto or grade in unsaid),
            taken=taken,
        )

    def bands(self, table: Table) -> tuple[list[BandRule], tuple[str, ...], tuple[str, ...]]:
        """The bands, the grades that only a veto gives, and all of them as written."""
        node = table.get("bands")
        entries = node.entries if isinstance(node, Table) else {}
        words = {grade: when.text for grade, when in entries.items() if isinstance(when, Scalar)}
        by_veto = tuple(grade for grade, text in words.items() if text == "by_veto")
        given = [grade for grade in entries if grade not in by_veto]
        bands = []
        for grade in given:
            otherwise = words.get(grade) == "otherwise"
            if otherwise and grade != given[-1]:
                self.fail("otherwise-not-last", entries[grade].place, grade=grade)
            when = None if otherwise else self.expression(entries[grade])
            if otherwise or when:
                bands.append(BandRule(grade, when, entries[grade].place))
        return bands, by_veto, tuple(entries)

    def veto(self, table: Table, merit: tuple[str, ...]) -> VetoRule:
        """A cap or a forced grade."""
        at_most, becomes = self.text(table, "at_most"), self.text(table, "becomes")
        if bool(at_most) == bool(becomes):
            self.fail("veto-form", table.place, name=self.text(table, "id"))
        for grade in (at_most, becomes):
            if grade and grade not in merit:
                self.fail("unknown-grade", table.place, grade=grade, known=", ".join(merit))
        return VetoRule(
            self.text(table, "id"),
            self.needed(table, "when"),
            self.title(table.get("title")),
            self.clause(table),
            table.place,
            at_most,
            becomes,
        )

    def roll_up(self, parent: str, table: Table) -> RollUp:
        """What members' results give for a parent."""
        return RollUp(
            parent=parent,
            over=self.text(table, "over"),
            place=table.place,
            measures=self.measures(table),
            criteria={name: self.criterion(name, t) for name, t in self.tables(table, "criteria").items()},
            grade=self.grade(table),
            consequences={name: self.consequence(name, t) for name, t in self.tables(table, "consequences").items()},
        )

    def cohort(self, name: str, table: Table) -> CohortRule:
        """A rule over all subjects together."""
        by: list[tuple[Expr | None, bool]] = [(self.needed(table, "by"), False)]
        node = table.get("then")
        for item in node.items if isinstance(node, Items) else ():
            text = item.text if isinstance(item, Scalar) else ""
            if text == "draw":
                by.append((None, False))
                continue
            low = text.startswith("low ")
            place = Place(item.place.file, item.place.line, (item.place.column or 0) + (4 if low else 0))
            if key := self.expression(Scalar(text.removeprefix("low ") if low else text, place)):
                by.append((key, low))
        sizes = [key for key in ("top", "bottom", "tiers") if table.get(key) is not None]
        if len(sizes) != 1:
            self.fail("cohort-form", table.place, name=name)
        tiers = [(tier, self.expression(count)) for tier, count in self.table(table, "tiers").items()]
        return CohortRule(
            id=name,
            title=self.title(table.get("title")),
            clause=self.clause(table),
            place=table.place,
            by=tuple(by),
            for_each=self.text(table, "for_each"),
            needs=self.expression(table.get("needs")),
            top=self.expression(table.get("top")),
            bottom=self.expression(table.get("bottom")),
            tiers=tuple((tier, count) for tier, count in tiers if count),
            ties=self.text(table, "ties", "strict"),
            exclude=self.expression(table.get("exclude")),
            backfill=self.text(table, "backfill") == "true",
            incomplete=self.text(table, "incomplete", "wait"),
            among=self.text(table, "among"),
        )

    def account(self, name: str, table: Table) -> Account:
        """An account of points."""
        return Account(name, self.text(table, "of"), self.title(table.get("title")), self.text(table, "unit"))

    def event(self, name: str, table: Table) -> EventType:
        """A kind of later event."""
        return EventType(
            name, self.text(table, "of"), self.title(table.get("title")), tuple(self.table(table, "fields"))
        )

    def consequence(self, name: str, table: Table) -> ConsequenceRule:
        """A consequence."""
        ends = table.get("ends_on")
        ends_on = None
        if isinstance(ends, Table):
            where = {key: node.text for key, node in self.table(ends, "where").items() if isinstance(node, Scalar)}
            ends_on = (self.text(ends, "event"), where)
        points = [(account, self.expression(node)) for account, node in self.table(table, "points").items()]
        ladder = table.get("ladder")
        return ConsequenceRule(
            id=name,
            to=self.texts(table.get("to")),
            kind=self.text(table, "kind"),
            title=self.title(table.get("title")),
            clause=self.clause(table),
            place=table.place,
            when=self.expression(table.get("when")),
            for_each=self.text(table, "for_each"),
            points=tuple((account, amount) for account, amount in points if amount),
            blocks=self.text(table, "blocks"),
            bars=self.text(table, "bars"),
            document=self.text(table, "document"),
            amount=self.text(table, "amount"),
            starts=self.text(table, "from", "publication"),
            lasts=self.text(table, "lasts"),
            until=self.text(table, "until"),
            within=self.text(table, "within"),
            closed_by=self.text(table, "closed_by"),
            on_overdue=self.text(table, "on_overdue", "block_stays"),
            ends_on=ends_on,
            stacks=self.text(table, "stacks", "per subject"),
            discretion=self.text(table, "discretion") == "true",
            as_of=self.text(table, "as_of"),
            ladder=tuple(self.title(step) for step in ladder.items) if isinstance(ladder, Items) else (),
        )
