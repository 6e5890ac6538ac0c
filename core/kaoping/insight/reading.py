"""What a rule read, for its explanation: each expression is made ready once, then asked in context after context."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from kaoping.evaluation.context import Context
from kaoping.evaluation.run import Evaluation, shown
from kaoping.evaluation.values import MAYBE, Value
from kaoping.facts.frame import Plain, Record
from kaoping.facts.types import Title
from kaoping.facts.values import value_text
from kaoping.scheme.model import Clause, Duration
from kaoping.scheme.typed import Collection, FactRef, Lookup, NameRef, Passage, Typed

MOST_RECORDS = 50
OPEN = " open"
"""Behind the name of a register: nobody has stated it complete through the last day asked for."""


@dataclass
class Read:
    """What one rule read: values by name, thresholds, facts (to find where they came from), records looked through.

    Attributes:
        told: the facts and records that stand there already.
    """

    values: dict[str, Any] = field(default_factory=dict)
    thresholds: dict[str, Any] = field(default_factory=dict)
    facts: list[dict[str, Any]] = field(default_factory=list)
    records: list[dict[str, Any]] = field(default_factory=list)
    told: set[Any] = field(default_factory=set)

    def data(self) -> dict[str, Any]:
        """As JSON data."""
        found: dict[str, Any] = {"values": self.values, "threshold": self.thresholds, "facts": self.facts}
        if self.records:
            found["records"] = self.records
        return found


Reader = Callable[[Context, Read, str], None]
"""Notes what an expression reads in a context; the text stands behind the names of what belongs to a member."""


class Reading:
    """The readers of an evaluation's expressions."""

    def __init__(self, evaluation: Evaluation) -> None:
        self.machine = evaluation.machine
        self.parameters = evaluation.plan.scheme.parameters
        self._readers: dict[Any, tuple[Typed, Reader]] = {}
        self._told: dict[Any, dict[str, Any]] = {}
        self._fields: dict[Any, dict[str, Any]] = {}

    def begin(self) -> None:
        """Forget what was read of the subject before: facts and records that several rules read are told once."""
        self._told.clear()
        self._fields.clear()

    def of(self, node: Typed) -> Reader:
        """The reader of an expression; made once."""
        key = _same(node)
        found = self._readers.get(key)
        if found is None:
            found = self._readers[key] = (node, self._made(node))
        return found[1]

    def _made(self, node: Typed) -> Reader:
        if node.op == "parameter":
            return self._parameter(node.data)
        if node.op == "fact":
            return self._fact(node.data)
        if node.op == "named":
            return self._named(node)
        if node.op == "part":
            return self._value(node, node.data[0])
        if node.op in ("published", "shifted"):
            name = node.data.ref.name if node.op == "published" else node.data.fact.id
            return self._value(node, f"{node.data.shift}({name})")
        if node.op == "built_in":
            value = self._value(node, node.data)
            return lambda context, read, _: value(context, read, "")
        if node.collection is not None:
            return self._passage(node, node.collection)
        if node.op == "lookup":
            return self._lookup(node)
        return self._all([self.of(kid) for kid in node.kids])

    def _all(self, readers: list[Reader]) -> Reader:
        readers = _once(readers)
        if len(readers) < 2:
            return readers[0] if readers else _nothing

        def note(context: Context, read: Read, suffix: str) -> None:
            for reader in readers:
                reader(context, read, suffix)

        return note

    def _value(self, node: Typed, name: str) -> Reader:
        closure, kind = self.machine.closure(node), node.type.kind

        def note(context: Context, read: Read, suffix: str) -> None:
            read.values[name + suffix] = shown(closure(context), kind)

        return note

    def _named(self, node: Typed) -> Reader:
        ref: NameRef = node.data
        if not ref.grain:
            return self._value(node, ref.name)
        closure, kind = self.machine.closure(node), node.type.kind

        def note(context: Context, read: Read, _: str) -> None:
            at = "".join([f"@{context.at[step]}" for step in ref.grain])
            read.values[f"{ref.name}{at}"] = shown(closure(context), kind)

        return note

    def _parameter(self, name: str) -> Reader:
        parameter, value = self.parameters[name], self.machine.parameters[name]
        told = {"value": _written(value), "unit": parameter.unit, "title": title_data(parameter.title)}
        told |= clause_data(parameter.clause)

        def note(_: Context, read: Read, suffix: str) -> None:
            read.thresholds[name] = told

        return note

    def _fact(self, ref: FactRef) -> Reader:
        fact, machine = ref.fact, self.machine
        windows = [step for step in fact.for_each if machine.windows.has(step)]
        items = [step for step in fact.for_each if not machine.windows.has(step)]
        always = {"title": title_data(fact.title), "holds": fact.holds, "fed_from": fact.fed_from}
        steps, kind, frame, known = (*windows, *items), fact.type.kind, ref.frame, self._told

        def tell(context: Context, subject: str) -> dict[str, Any]:
            at = context.at
            period = at[windows[0]] if windows else machine.base.text
            item = "".join([at[step] for step in items])
            value = shown(machine.fact_value(ref, context), kind)
            return {"subject": subject, "fact": fact.id, "period": period, "item": item, "value": value} | always

        def note(context: Context, read: Read, suffix: str) -> None:
            subject, window = context.subjects[frame] or "", context.window
            if steps:
                suffix = "".join([f"@{context.at[step]}" for step in steps])
            place = (fact.id, subject, suffix, window.text, window.kind)
            told = known.get(place)
            if told is None:
                told = known[place] = tell(context, subject)
            value = read.values[fact.id + suffix] = told["value"]
            key = (subject, fact.id, told["period"], told["item"], value if value.__class__ is str else repr(value))
            if key not in read.told:
                read.told.add(key)
                read.facts.append({**told})

        return note

    def _lookup(self, node: Typed) -> Reader:
        asked: Lookup = node.data
        value = self._value(node, f"lookup({asked.scale.scale.id})")
        bounds = self._thresholds(node.kids[asked.args :])
        return self._all([value, *(self.of(kid) for kid in node.kids[: asked.args]), bounds])

    def _thresholds(self, nodes: tuple[Typed, ...]) -> Reader:
        """The parameters in expressions of which nothing else is told."""
        return self._all([self.of(part) for node in nodes for part in node.walk() if part.op == "parameter"])

    def _passage(self, node: Typed, collection: Collection) -> Reader:
        machine, kind = self.machine, node.type.kind
        asks: Passage = node.data
        name, value = f"{asks.function}({collection.name})", machine.closure(node)
        around = self._all([self.of(kid) for kid in node.kids[asks.asks + asks.none :]])
        inside = node.kids[: asks.asks]
        records = collection.kind == "record"
        thresholds = self._thresholds(inside) if records else _nothing
        of_members = [] if records else _once([self.of(kid) for kid in inside])
        tests = [machine.closure(kid) for kid in inside if kid.type.kind == "boolean"]

        def counts(inner: Context, certain: bool) -> bool | None:
            """Is this record one that the rule counts (None: undecided)?"""
            found: bool | None = True if certain else None
            for test in tests:
                value = test(inner)
                if value is False:
                    return False
                if value is MAYBE:
                    found = None
            return found

        def note(context: Context, read: Read, suffix: str) -> None:
            members, is_open = machine.members(collection, context)
            read.values[name] = shown(value(context), kind)
            if records:
                subject = context.subjects[collection.of] or ""
                told, of = read.told, collection.name
                for inner, certain in members[:MOST_RECORDS]:
                    record, counted = inner.record, counts(inner, certain)
                    assert record is not None
                    if (key := (subject, of, record.no, counted)) not in told:
                        told.add(key)
                        fields = self._entered(record)
                        entry = {"subject": subject, "record": of, "no": record.no, "fields": fields, "counts": counted}
                        read.records.append(entry)
                if is_open:
                    read.values[f"{collection.name}{OPEN}"] = True
            around(context, read, "")
            if members:
                thresholds(context, read, "")
            for reader in of_members:
                for inner, _ in members[:MOST_RECORDS]:
                    reader(inner, read, _suffix(collection, inner))

        return note

    def _entered(self, record: Record) -> dict[str, Any]:
        found = self._fields.get(id(record))
        if found is None:
            fields = {key: _plain(entered) for key, entered in record.fields.items()}
            found = self._fields[id(record)] = fields
        return found


def _same(node: Typed) -> Any:
    """What is equal of expressions that read the same wherever they stand."""
    if node.op == "fact":
        return (node.op, node.data.fact.id, node.data.frame)
    if node.op == "parameter":
        return (node.op, node.data)
    return id(node)


def _once(readers: list[Reader]) -> list[Reader]:
    """Each of them once, but for those that read nothing."""
    return [reader for reader in dict.fromkeys(readers) if reader is not _nothing]


def _nothing(_: Context, read: Read, suffix: str) -> None:
    """What reads nothing that is told, such as a constant."""


def _suffix(collection: Collection, inner: Context) -> str:
    """What names a member behind what is read of it."""
    if inner.part is not None and collection.kind not in ("relation", "window", "list"):
        return f"@{inner.part.id}"
    if collection.kind == "relation":
        return f"@{inner.subjects[collection.to]}"
    if collection.kind == "window":
        return f"@{inner.window.text}"
    return f"@{inner.at.get(collection.name, '')}"


def _plain(value: Plain) -> Any:
    if value.__class__ is bool or value.__class__ is str:
        return value
    return value_text(value)


def _written(value: Any) -> Any:
    if isinstance(value, Duration):
        return str(value)
    return value if isinstance(value, str) else value_text(value)


def title_data(title: Title) -> dict[str, str]:
    """In both languages."""
    return {"zh": title.zh, "en": title.en}


def clause_data(clause: Clause) -> dict[str, Any]:
    """The clause a rule rests on, and the decisions it was read by."""
    return {"clause": clause.source, "decisions": list(clause.decisions)}


def truth_data(value: Value) -> bool | None:
    """True, false or undecided."""
    return value if isinstance(value, bool) else None
