"""The facts of a worked case as a frame: subjects, values, records, relations, what was known before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from kaoping.cases.then import Then, plain, remaining
from kaoping.errors import DataError, Place, Problems
from kaoping.evaluation.plan import Plan
from kaoping.facts.frame import Bar, Edge, Frame, Plain, Record, Remaining, Subject
from kaoping.facts.periods import Period, parse_period
from kaoping.facts.types import Catalogue, ValueType
from kaoping.scheme.document import Items, Node, Scalar, Table
from kaoping.scheme.model import ParameterValue
from kaoping.scheme.reader import Reader


class Builder:
    """A case's table as a frame."""

    def __init__(self, plan: Plan, table: Table) -> None:
        self.plan = plan
        self.table = table
        self.reading = Reader()

    def text(self, key: str, default: str = "") -> str:
        """What stands under a key of the case."""
        return self.reading.text(self.table, key, default)

    def parameters(self) -> dict[str, ParameterValue]:
        """Values in place of the scheme's own."""
        changed = self.table.get("parameters")
        found = {}
        for name, node in changed.entries.items() if isinstance(changed, Table) else ():
            if name not in self.plan.scheme.parameters:
                raise DataError("scheme.case-name", place=node.place, name=name)
            found[name] = self.reading.parameter_value(node)
        return found

    def frame(self) -> Frame:
        """Everything that is known."""
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
                    values[name, fact] = dict(self._values(catalogue, kind, fact, node, period.text, windows))
                for record, node in self.reading.table(table, "records").items():
                    records[name, record] = tuple(self._records(catalogue, kind, record, node))
                for record, through in self.complete(table.get("complete"), last):
                    complete[name, record] = through
                for relation, node in self.reading.table(table, "relations").items():
                    for other, days in self.related(node):
                        self._relate(edges, relation, kind, name, other, days, node.place)
        published = {
            text: f"{node.text}T00:00:00Z" for text, node in self._scalars("published")
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

    def _scalars(self, key: str) -> Iterator[tuple[str, Scalar]]:
        for name, node in self.reading.table(self.table, key).items():
            if isinstance(node, Scalar):
                yield name, node

    def _values(
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
            yield (period, ""), self._value(node, ValueType("integer"), name)
            return
        if fact is None:
            raise DataError("scheme.case-name", place=node.place, name=name)
        if fact.holds and isinstance(node, Scalar):
            yield ("1900-01-01", ""), self._value(node, fact.type, name)
        elif isinstance(node, Table):
            items = {item for step in fact.for_each if step in catalogue.lists for item in catalogue.lists[step].items}
            windows = [window.text for step in fact.for_each for window in calendars.get(step, ())]
            for key, inner in node.entries.items():
                nested = inner.entries.items() if isinstance(inner, Table) else [(key, inner)]
                for item, leaf in nested:
                    if item not in items and (item != key or not (key in windows if windows else key[:4].isdigit())):
                        raise DataError("scheme.case-name", place=leaf.place, name=f"{name}.{item}")
                    at = period if key in items else key
                    yield (at, item if item in items else ""), self._value(leaf, fact.type, name)
        else:
            yield (period, ""), self._value(node, fact.type, name)

    def _value(self, node: Node, kind: ValueType, name: str) -> Plain:
        return plain(node, kind, name)

    def _records(self, catalogue: Catalogue, kind: str, name: str, node: Node) -> Iterator[Record]:
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
                    fields[key] = self._value(inner, declared.fields[key], f"{name}.{key}")
            for copy in range(count):
                yield Record(f"{number}" if count == 1 else f"{number}-{copy + 1}", fields, known_at)

    def complete(self, node: Node | None, last: date) -> Iterator[tuple[str, date]]:
        """The registers stated complete: through the last day asked about, or each through a day of its own."""
        for record in self.reading.texts(node):
            yield record, last
        for record, written in node.entries.items() if isinstance(node, Table) else ():
            through = self._value(written, ValueType("date"), record)
            if isinstance(through, date):
                yield record, through

    def related(self, node: Node) -> Iterator[tuple[str, dict[str, Any]]]:
        """The other ends of a relation: ids, or ids with the days between which each is related."""
        day = ValueType("date")
        for other in self.reading.texts(node):
            yield other, {}
        for other, table in node.entries.items() if isinstance(node, Table) else ():
            days = table.entries if isinstance(table, Table) else {}
            yield other, {key: self._value(written, day, f"{other}.{key}") for key, written in days.items()}

    def _relate(
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
