"""What a worked case says was published before: earlier results, windows that stay as they were, the ledger."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from kaoping.errors import DataError
from kaoping.evaluation.plan import Plan
from kaoping.facts.frame import Earlier, Plain, Remaining, Standing, Subject
from kaoping.facts.periods import Period, parse_period
from kaoping.facts.types import Title, ValueType
from kaoping.facts.values import read_value
from kaoping.scheme.document import Items, Node, Scalar, Table
from kaoping.scheme.reader import Reader


class Then:
    """What a case says was published before: earlier results, windows that stay as they were, the ledger."""

    def __init__(self, reading: Reader, table: Table, plan: Plan) -> None:
        self.reading = reading
        self.table = table
        self.plan = plan

    def earlier(self, period: Period, subjects: Mapping[str, Subject]) -> dict[str, tuple[Earlier, ...]]:
        """Results of whole periods before this one, the oldest first."""
        found: dict[str, list[Earlier]] = {}
        before = [one for one in self.periods() if one.kind == self.plan.scheme.period and one.end < period.start]
        for one in sorted(before, key=lambda each: each.end):
            for name, node in self.published(one, subjects):
                values = {part: self.part(name, part, inner, subjects) for part, inner in node.entries.items()}
                found.setdefault(name, []).append(Earlier(one.text, one.end, values))
        return {name: tuple(results) for name, results in found.items()}

    def frozen(self, period: Period, subjects: Mapping[str, Subject]) -> dict[tuple[str, str], dict[str, Remaining]]:
        """What measures were when a window of this period was published."""
        found: dict[tuple[str, str], dict[str, Remaining]] = {}
        for one in self.periods():
            if one != period and one.kind != self.plan.scheme.period and period.start <= one.start <= period.end:
                for name, node in self.published(one, subjects):
                    for part, inner in node.entries.items():
                        found.setdefault((name, part), {})[one.text] = self.part(name, part, inner, subjects)
        return found

    def entries(self, period: Period, subjects: Mapping[str, Subject]) -> dict[str, tuple[Standing, ...]]:
        """Entries of the ledger of each subject; in force as on the day of publication, or the period's last."""
        day = date.fromisoformat(self.reading.text(self.table, "publish_on") or period.end.isoformat())
        found = {}
        for name, node in self.reading.table(self.table, "entries").items():
            if name not in subjects:
                raise DataError("scheme.case-name", place=node.place, name=name)
            listed = [one for one in (node.items if isinstance(node, Items) else ()) if isinstance(one, Table)]
            found[name] = tuple(self.standing(number, one, day) for number, one in enumerate(listed, 1))
        return found

    def standing(self, number: int, entry: Table, day: date) -> Standing:
        """One entry."""
        text = self.reading.text
        start, until = text(entry, "from"), text(entry, "until")
        ended = date.fromisoformat(until) if until else None
        started = date.fromisoformat(start)
        force = started <= day and (ended is None or day < ended)
        scheme = text(entry, "scheme", self.plan.scheme.id)
        return Standing(str(number), scheme, text(entry, "consequence"), text(entry, "kind"), started, ended, force)

    def periods(self) -> list[Period]:
        """The periods of which results are given."""
        return [parse_period(text) for text in self.reading.table(self.table, "earlier")]

    def published(self, period: Period, subjects: Mapping[str, Subject]) -> Iterator[tuple[str, Table]]:
        """The result of each subject for a period."""
        tables = self.reading.table(self.table, "earlier")[period.text]
        for name, node in tables.entries.items() if isinstance(tables, Table) else ():
            if name not in subjects:
                raise DataError("scheme.case-name", place=node.place, name=name)
            if isinstance(node, Table):
                yield name, node

    def part(self, subject: str, name: str, node: Node, subjects: Mapping[str, Subject]) -> Remaining:
        """A grade, score or measure as it was published."""
        section = self.plan.world.section(subjects[subject].type) or ""
        measure = self.plan.measures.get((section, name))
        kinds = {"grade": "text", "score": "number"}
        kind = measure.type.kind if measure else kinds.get(name)
        if kind is None:
            raise DataError("scheme.case-name", place=node.place, name=f"{subject}.{name}")
        return remaining(node, ValueType("text" if kind == "choice" else kind, never=kind == "date"), name)


def remaining(node: Node, kind: ValueType, name: str) -> Remaining:
    """One value, a list of those that remain, or from where to where; ``none`` is that there is no value."""
    if isinstance(node, Table):
        if unknown := [key for key in node.entries if key not in ("from", "to", "none")]:
            raise DataError("scheme.case-name", place=node.keys[unknown[0]], name=f"{name}.{unknown[0]}")
        low, high = (plain(node.entries[key], kind, name) if key in node.entries else None for key in ("from", "to"))
        none = node.get("none")
        return Remaining(span=(low, high), none=isinstance(none, Scalar) and none.text == "true")
    members = node.items if isinstance(node, Items) else (node,)
    texts = [text_of(member) for member in members]
    none_given = "none" in texts and "none" not in kind.choices
    values = [plain(each, kind, name) for each in members if not (none_given and text_of(each) == "none")]
    return Remaining(frozenset(values), none=none_given)


def plain(node: Node, kind: ValueType, name: str) -> Plain:
    """A value as written in a case."""
    text = node.text if isinstance(node, Scalar) else ""
    return read_value(text, kind, title=Title(name, name), place=node.place)


def text_of(node: Node) -> str:
    """The text of a single value."""
    return node.text if isinstance(node, Scalar) else ""
