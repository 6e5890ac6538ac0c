"""Worked cases: facts and the results they must give, written beside a scheme and signed by people.

A case is read into the same frame an evaluation reads, evaluated by the reference and every other engine given, and
compared line by line. The format is in ``docs/cases.md``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from kaoping.cases.then import Then, plain, remaining
from kaoping.consequences.ledger import ledger_on, net, opened
from kaoping.consequences.model import Entry, Event, Publication
from kaoping.errors import DataError, KaopingError, Place, Problems, nearest
from kaoping.evaluation.accounts import FrameEngine
from kaoping.evaluation.opinions import second_opinions
from kaoping.evaluation.plan import Plan
from kaoping.evaluation.result import Result, SubjectResult
from kaoping.evaluation.rulebook import Engine
from kaoping.evaluation.run import Evaluation
from kaoping.facts.frame import Bar, Edge, Frame, Plain, Record, Remaining, Subject
from kaoping.facts.periods import Period, parse_period
from kaoping.facts.types import Catalogue, ValueType
from kaoping.facts.values import number_text
from kaoping.scheme.case_names import unknown_names
from kaoping.scheme.document import Items, Node, Scalar, Table, read_document
from kaoping.scheme.given import fill_in
from kaoping.scheme.model import ParameterValue
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


def run_case(plan: Plan, case: Case, engines: Sequence[Engine | FrameEngine] = ()) -> CaseResult:
    """Evaluate a case and compare."""
    built = _Builder(plan, case.table)
    refused = built.text("refused")
    try:
        if errors := list(unknown_names(case.table, plan.scheme, plan.catalogue)):
            raise Problems(errors)
        frame = built.frame()
    except KaopingError as error:
        if refused and error.key == refused:
            return CaseResult(case, (), ("reference",))
        place = case.table.place
        told = error.text("en")
        return CaseResult(case, (Difference(case.id, "", "refused", refused or "-", told, place),), ())
    if refused:
        place = case.table.place
        return CaseResult(case, (Difference(case.id, "", "refused", refused, "accepted", place),), ())
    evaluation = Evaluation(plan, frame, built.parameters())
    result = evaluation.result()
    opinions = second_opinions(evaluation, result, engines)
    found = tuple(_compare(case, built, result))
    return CaseResult(case, found, opinions.engines, opinions.notes)


def case_evaluation(plan: Plan, case: Case) -> Evaluation:
    """The evaluation a case describes, ready to be asked.

    Raises:
        KaopingError: its facts are refused.
    """
    built = _Builder(plan, case.table)
    return Evaluation(plan, built.frame(), built.parameters())


class _Builder:
    """A case's table as a frame."""

    def __init__(self, plan: Plan, table: Table) -> None:
        self.plan = plan
        self.table = table
        self.reading = Reader()

    def text(self, key: str, default: str = "") -> str:
        return self.reading.text(self.table, key, default)

    def parameters(self) -> dict[str, ParameterValue]:
        changed = self.table.get("parameters")
        found = {}
        for name, node in changed.entries.items() if isinstance(changed, Table) else ():
            if name not in self.plan.scheme.parameters:
                raise DataError("scheme.case-name", place=node.place, name=name)
            found[name] = self.reading.parameter_value(node)
        return found

    def frame(self) -> Frame:
        catalogue = self.plan.catalogue
        period, calendars = parse_period(self.text("period", "2025")), self.calendars()
        windows = catalogue.windows(calendars)
        own = [one for name in self.plan.needs.calendars for one in windows[name] if period.contains(one.start)]
        last = max([period.end, *(window.end for window in own)])
        subjects: dict[str, Subject] = {}
        values: dict[tuple[str, str], dict[tuple[str, str], Plain]] = {}
        records: dict[tuple[str, str], tuple[Record, ...]] = {}
        complete: dict[tuple[str, str], date] = {}
        edges: dict[tuple[str, str], list[Edge]] = {}
        for written, table in self.reading.tables(self.table, "subjects").items():
            kind = self.reading.text(table, "type", self.plan.scheme.subject)
            if kind not in catalogue.subject_types:
                raise DataError("scheme.unknown-subject-type", place=table.place, name=kind, near=None)
            count = int(self.reading.text(table, "count", "0"))
            names = [f"{written}-{number}" for number in range(1, count + 1)] if count else [written]
            for name in names:
                subjects[name] = Subject(name, kind, name)
                for fact, node in self.reading.table(table, "values").items():
                    values[name, fact] = dict(self.values(catalogue, kind, fact, node, period.text, windows))
                for record, node in self.reading.table(table, "records").items():
                    records[name, record] = tuple(self.records(catalogue, kind, record, node))
                for record, through in self.complete(table.get("complete"), last):
                    complete[name, record] = through
                for relation, node in self.reading.table(table, "relations").items():
                    for other, days in self.related(node):
                        self.relate(edges, relation, kind, name, other, days, node.place)
        published = {
            text: f"{node.text}T00:00:00Z" for text, node in self.scalars("published")
        }  # fmt: skip
        fed, bars, then = self.fed(subjects), self.bars(subjects), Then(self.reading, self.table, self.plan)
        closed = frozenset({period.text}) if self.text("closed", "true") == "true" else frozenset()
        today = date.fromisoformat(self.text("today", "9000-01-01"))
        return Frame(
            period, today, subjects, values, records, complete,
            {key: tuple(found) for key, found in edges.items()}, closed, published, calendars, fed, bars,
            then.earlier(period, subjects), then.frozen(period, subjects), then.entries(period, subjects),
        )  # fmt: skip

    def calendars(self) -> dict[str, tuple[Period, ...]]:
        """The windows that the case has entered of calendars."""
        found: dict[str, tuple[Period, ...]] = {}
        for name, table in self.reading.tables(self.table, "calendars").items():
            known = self.plan.catalogue.calendars.get(name)
            if known is None or not known.entered:
                raise DataError("scheme.case-name", place=table.place, name=name)
            found[name] = self.reading.windows(name, table)
        if self.reading.errors:
            raise Problems(self.reading.errors)
        return found

    def bars(self, subjects: Mapping[str, Subject]) -> dict[str, tuple[Bar, ...]]:
        """Who is kept out of honours by entries of other schemes, and from which tags of this one."""
        found = {}
        for name, node in self.reading.table(self.table, "barred").items():
            tags = self.reading.texts(node)
            for tag in tags:
                if name not in subjects or tag not in self.plan.scheme.tags:
                    raise DataError("scheme.case-name", place=node.place, name=f"{name}: {tag}")
            found[name] = tuple(Bar(tag, "", "") for tag in tags)
        return found

    def fed(self, subjects: Mapping[str, Subject]) -> dict[tuple[str, str], dict[str, Remaining]]:
        """What other schemes leave possible; of a fact with windows or items, of each of them."""
        found: dict[tuple[str, str], dict[str, Remaining]] = {}
        for name, table in self.reading.tables(self.table, "fed").items():
            for of_fact, node in table.entries.items():
                fact = self.plan.catalogue.fact(subjects[name].type, of_fact) if name in subjects else None
                if fact is None or not fact.fed_from:
                    raise DataError("scheme.case-name", place=table.keys[of_fact], name=f"{name}.{of_fact}")
                parts = node.entries if fact.for_each and isinstance(node, Table) else {"": node}
                found[name, of_fact] = {at: remaining(part, fact.type, of_fact) for at, part in parts.items()}
        return found

    def scalars(self, key: str) -> Iterator[tuple[str, Scalar]]:
        for name, node in self.reading.table(self.table, key).items():
            if isinstance(node, Scalar):
                yield name, node

    def values(
        self,
        catalogue: Catalogue,
        kind: str,
        name: str,
        node: Node,
        period: str,
        calendars: Mapping[str, tuple[Period, ...]],
    ) -> Iterator[tuple[tuple[str, str], Plain]]:
        fact = catalogue.fact(kind, name)
        if fact is None and name.endswith("_draw"):
            yield (period, ""), self.value(node, ValueType("integer"), name)
            return
        if fact is None:
            raise DataError("scheme.case-name", place=node.place, name=name)
        if fact.holds and isinstance(node, Scalar):
            yield ("1900-01-01", ""), self.value(node, fact.type, name)
        elif isinstance(node, Table):
            items = {item for step in fact.for_each if step in catalogue.lists for item in catalogue.lists[step].items}
            windows = [window.text for step in fact.for_each for window in calendars.get(step, ())]
            for key, inner in node.entries.items():
                nested = inner.entries.items() if isinstance(inner, Table) else [(key, inner)]
                for item, leaf in nested:
                    if item not in items and (item != key or not (key in windows if windows else key[:4].isdigit())):
                        raise DataError("scheme.case-name", place=leaf.place, name=f"{name}.{item}")
                    at = period if key in items else key
                    yield (at, item if item in items else ""), self.value(leaf, fact.type, name)
        else:
            yield (period, ""), self.value(node, fact.type, name)

    def value(self, node: Node, kind: ValueType, name: str) -> Plain:
        return plain(node, kind, name)

    def records(self, catalogue: Catalogue, kind: str, name: str, node: Node) -> Iterator[Record]:
        declared = catalogue.record(kind, name)
        if declared is None:
            raise DataError("scheme.case-name", place=node.place, name=name)
        for number, item in enumerate(node.items if isinstance(node, Items) else (), 1):
            fields: dict[str, Plain] = {}
            known_at, count = "", 1
            for key, inner in item.entries.items() if isinstance(item, Table) else ():
                text = inner.text if isinstance(inner, Scalar) else ""
                if key == "known_on":
                    known_at = f"{text}T12:00:00Z"
                elif key == "count":
                    count = int(text)
                elif key not in declared.fields:
                    raise DataError("scheme.case-name", place=inner.place, name=f"{name}.{key}")
                elif text:
                    fields[key] = self.value(inner, declared.fields[key], f"{name}.{key}")
            for copy in range(count):
                yield Record(f"{number}" if count == 1 else f"{number}-{copy + 1}", fields, known_at)

    def complete(self, node: Node | None, last: date) -> Iterator[tuple[str, date]]:
        """The registers stated complete: through the last day asked about, or each through a day of its own."""
        for record in self.reading.texts(node):
            yield record, last
        for record, written in node.entries.items() if isinstance(node, Table) else ():
            through = self.value(written, ValueType("date"), record)
            if isinstance(through, date):
                yield record, through

    def related(self, node: Node) -> Iterator[tuple[str, dict[str, Any]]]:
        """The other ends of a relation: ids, or ids with the days between which each is related."""
        day = ValueType("date")
        for other in self.reading.texts(node):
            yield other, {}
        for other, table in node.entries.items() if isinstance(node, Table) else ():
            days = table.entries if isinstance(table, Table) else {}
            yield other, {key: self.value(written, day, f"{other}.{key}") for key, written in days.items()}

    def relate(
        self, edges: dict[tuple[str, str], list[Edge]], name: str, kind: str, subject: str, other: str,
        days: Mapping[str, Any], place: Place,
    ) -> None:  # fmt: skip
        families = self.plan.catalogue.families(kind)
        for relation in self.plan.catalogue.relations.values():
            if relation.id == name and relation.of in families:
                start, end = subject, other
            elif relation.inverse == name and relation.to in families:
                start, end = other, subject
            else:
                continue
            wanted = relation.to if start == subject else relation.of
            declared = self.reading.tables(self.table, "subjects").get(other)
            other_kind = self.reading.text(declared, "type", self.plan.scheme.subject) if declared else wanted
            if wanted not in self.plan.catalogue.families(other_kind):
                titles = self.plan.catalogue.subject_types
                facts: dict[str, Any] = {"subject": other, "relation": relation.title, "wanted": titles[wanted].title}
                raise DataError("facts.wrong-subject-type", place=place, type=titles[other_kind].title, **facts)
            edges.setdefault((relation.id, start), []).append(Edge(end, **days))
            if relation.inverse:
                edges.setdefault((relation.inverse, end), []).append(Edge(start, **days))
            return
        raise DataError("scheme.case-name", place=place, name=name)


def _compare(case: Case, built: _Builder, result: Result) -> Iterator[Difference]:
    everybody = {one.subject: one for one in (*result.results, *result.rolled_up)}
    for name, expected in built.reading.tables(case.table, "expect").items():
        members = [one for key, one in everybody.items() if key == name or key.rpartition("-")[0] == name]
        place = expected.place
        if not members:
            yield Difference(case.id, name, "subject", "assessed", "not there", place)
        for one in members:
            for key, node in expected.entries.items():
                for what, wanted, found in _checks(built.reading, one, key, node):
                    if wanted != found:
                        yield Difference(case.id, one.subject, what, wanted, found, node.place)
    yield from _ledger(case, built, result)


def _checks(reading: Reader, one: SubjectResult, key: str, node: Node) -> Iterator[tuple[str, str, str]]:
    """(what, expected, found) as texts."""
    if key in ("grade", "raw_grade", "status", "gate"):
        yield key, _scalar(node), str(getattr(one, key)) if getattr(one, key) is not None else "none"
    elif key == "score":
        yield key, _number(node), "none" if one.score is None else number_text(one.score)
    elif key == "possible_grades":
        yield key, ", ".join(sorted(reading.texts(node))), ", ".join(sorted(one.possible_grades))
    elif key == "criteria":
        for name, at, wanted in _leaves(node):
            found = [f.outcome for f in one.findings if f.criterion == name and at in (f.at, "")]
            yield f"criterion {name} {at}".strip(), wanted, ", ".join(dict.fromkeys(found)) or "no such criterion"
    elif key == "points":
        for name, at, wanted in _leaves(node):
            points = {f.at: f.points for f in one.findings if f.criterion == name}
            yield f"points {name} {at}".strip(), wanted, _shown(points.get(at, "no such criterion"))
    elif key in ("measures", "cohort", "ranks"):
        source: Mapping[str, Mapping[str, Any]] = one.values if key == "measures" else getattr(one, key)
        for name, at, wanted in _leaves(node):
            found_value = source.get(name, {}).get(at, "nothing")
            yield f"{name} {at}".strip(), wanted, _shown(found_value)
    elif key == "overlap":
        yield key, ", ".join(reading.texts(node)), ", ".join(one.overlap)
    elif key == "barred":
        tags = sorted({bar.tag for bar in one.bars if bar.of == one.subject})
        yield key, ", ".join(sorted(reading.texts(node))), ", ".join(tags)
    elif key == "withheld":
        lost = sorted({lost.consequence for lost in one.withheld})
        yield key, ", ".join(sorted(reading.texts(node))), ", ".join(lost)
    elif key in ("consequences", "no_consequences"):
        emitted = {c.id for c in one.consequences}
        if isinstance(node, Items) and not node.items and key == "consequences":
            yield key, "none", ", ".join(sorted(emitted)) or "none"
        for name in reading.texts(node):
            there = key == "consequences"
            yield f"consequence {name}", "due" if there else "not due", "due" if name in emitted else "not due"
    elif key == "missing":
        missing = sorted({m.fact for m in one.missing})
        yield key, ", ".join(sorted(reading.texts(node))), ", ".join(missing)
    else:
        yield key, "a key of a result", "unknown key"


def _leaves(node: Node) -> Iterator[tuple[str, str, str]]:
    for name, inner in node.entries.items() if isinstance(node, Table) else ():
        if isinstance(inner, Table) and not set(inner.entries) <= {"from", "to"}:
            for at, leaf in inner.entries.items():
                yield name, at, _number(leaf)
        else:
            yield name, "", _number(inner)


def _scalar(node: Node) -> str:
    return node.text if isinstance(node, Scalar) else ""


def _number(node: Node) -> str:
    """A written value in the form results show it: numbers without trailing zeros, ranges ``a..b``."""
    if isinstance(node, Table):
        low, high = (node.get(end) for end in ("from", "to"))
        return f"{_number(low) if low else ''}..{_number(high) if high else ''}"
    text = _scalar(node)
    try:
        return number_text(Fraction(text))
    except ValueError:
        return text


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        if "possible" in value:
            truths = value["possible"] == [False, True]
            return "true/false" if truths else "/".join(map(str, value["possible"]))
        low, high = ("" if value[end] is None else value[end] for end in ("from", "to"))
        return f"{low}..{high}"
    if isinstance(value, bool):
        return str(value).lower()
    return "none" if value is None else str(value)


def _ledger(case: Case, built: _Builder, result: Result) -> Iterator[Difference]:
    if not built.text("publish_on"):
        return
    scheme = built.plan.scheme
    on = date.fromisoformat(built.text("publish_on"))
    publication = Publication(scheme.id, result.period, parse_period(result.period).kind, on, 1)
    entries = [
        Entry(number, scheme.id, result.period, 1, addressee, on, consequence)
        for number, (addressee, consequence) in enumerate(opened(result, scheme, result.period, publication), 1)
    ]
    events, official = list(_events(built)), built.plan.catalogue.official.entered(built.calendars())
    checks = case.table.get("ledger")
    for item in checks.items if isinstance(checks, Items) else ():
        if not isinstance(item, Table):
            continue
        day = date.fromisoformat(built.reading.text(item, "on"))
        of = built.reading.text(item, "of")
        states = [s for s in ledger_on(entries, events, [publication], day, official) if s.entry.addressee == of]
        in_force = [state for state in states if state.status in ("active", "overdue")]
        sums = net(states)
        for account, node in built.reading.table(item, "net").items():
            found = number_text(sums.get(account, Fraction(0)))
            if found != _number(node):
                yield Difference(case.id, of, f"{account} on {day}", _number(node), found, node.place)
        for status in ("pending", "active", "overdue", "ended"):
            if isinstance(item.get(status), Items) and not built.reading.texts(item.get(status)):
                there = sorted(state.entry.consequence.id for state in states if state.status == status)
                if there:
                    yield Difference(case.id, of, f"{status} on {day}", "none", ", ".join(there), item.place)
            for name in built.reading.texts(item.get(status)):
                found = ", ".join(state.status for state in states if state.entry.consequence.id == name)
                if status not in found.split(", "):
                    yield Difference(case.id, of, f"{name} on {day}", status, found or "no such entry", item.place)
        for name, node in built.reading.table(item, "steps").items():
            steps = ", ".join(str(s.step) for s in in_force if s.entry.consequence.id == name) or "none"
            if steps != _scalar(node):
                yield Difference(case.id, of, f"step of {name} on {day}", _scalar(node), steps, node.place)
        for name in built.reading.texts(item.get("not_active")):
            if any(state.entry.consequence.id == name for state in in_force):
                yield Difference(case.id, of, f"{name} on {day}", "not in force", "in force", item.place)


def _events(built: _Builder) -> Iterator[Event]:
    listed = built.table.get("events")
    for number, item in enumerate(listed.items if isinstance(listed, Items) else (), 1):
        if isinstance(item, Table):
            fields = {key: _scalar(node) for key, node in item.entries.items() if key not in ("event", "of", "on")}
            on = date.fromisoformat(built.reading.text(item, "on"))
            yield Event(number, built.reading.text(item, "event"), built.reading.text(item, "of"), on, fields)


def run_cases(plan: Plan, engines: Sequence[Engine | FrameEngine] = ()) -> Iterable[CaseResult]:
    """Every case written beside a plan's scheme."""
    for case in read_cases(plan.scheme.cases_text, plan.scheme.cases_file):
        yield run_case(plan, case, engines)
