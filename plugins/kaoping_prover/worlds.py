"""What is free in a question: every fact there may be, or the few that may be moved; and how a model is read back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any

import z3

from kaoping.evaluation.context import Context
from kaoping.evaluation.plan import Plan
from kaoping.evaluation.reference import Machine
from kaoping.evaluation.run import Evaluation
from kaoping.evaluation.values import NEVER_DAY
from kaoping.facts.clock import LAST_SECOND, time_at
from kaoping.facts.frame import NEVER, Edge, Frame, Plain, Record, Subject
from kaoping.facts.types import FactType, RecordType, ValueType
from kaoping.insight.proving import Address, Move
from kaoping.scheme.typed import Collection, FactRef, Typed
from kaoping_prover import terms
from kaoping_prover.free import NotUnderstoodError, Rows
from kaoping_prover.terms import Sym, Truth, both, negate

FIRST_DAY, LAST_DAY = date(1990, 1, 1).toordinal(), date(2099, 12, 31).toordinal()
KINDS_OF_RECORD, RELATED, MOST_COPIES = 3, 2, 300


class UnreadableError(Exception):
    """A model cannot be written as facts."""


def address_of(machine: Machine, ref: FactRef, context: Context, period: str) -> Address:
    """Where a fact stands in a frame."""
    item, text = "", period or machine.base.text
    for step in ref.fact.for_each:
        if machine.windows.has(step):
            text = period or context.at[step]
        else:
            item = context.at[step]
    at = machine.period.start.isoformat() if ref.fact.holds else text
    return (context.subjects[ref.frame] or "", ref.fact.id, at, item)


class Moving:
    """Some facts of one subject may move; everything else is as it is."""

    registers = False

    def __init__(self, machine: Machine, moves: Sequence[Move]) -> None:
        self.machine = machine
        self.names = frozenset(move.address[1] for move in moves)
        self.codes: dict[Any, int] = {}
        self.constraints: list[Any] = []
        self.moves = {self._key(move.address): move for move in moves}
        self.counts = {key: z3.Int(f"{'|'.join(key)}") for key in self.moves}
        for key, move in self.moves.items():
            most = (move.high - move.low) // move.step
            self.require(z3.And(self.counts[key] >= 0, self.counts[key] <= int(most)))

    @staticmethod
    def _key(address: Address) -> Address:
        return address

    def value(self, key: Address) -> Any:
        """The number a move leads to."""
        move = self.moves[key]
        return terms.real(move.low) + terms.real(self.counts[key]) * terms.real(move.step)

    def fact(self, ref: FactRef, context: Context, period: str) -> Sym | Truth | None:
        """The term of a fact that may move."""
        key = address_of(self.machine, ref, context, period)
        if key not in self.moves:
            return None
        if ref.fact.type.kind == "boolean":
            return Truth(self.counts[key] == 1, self.counts[key] == 0)
        return Sym(self.value(key))

    def rows(self, _: Collection, __: Context) -> Rows | None:
        """None is free."""

    def field(self, _: Typed, __: Context) -> Sym | Truth | None:
        """None is free."""

    def fresh(self, name: str) -> Any:
        """A whole number of which nothing is known."""
        raise NotUnderstoodError(name)

    def require(self, constraint: Any) -> None:
        """Something that holds in every world."""
        self.constraints.append(constraint)


class Free:
    """Every fact is free, entry closed and every register complete.

    A register holds up to `KINDS_OF_RECORD` different entries, any number of each; of related subjects there are up to
    `RELATED`.
    """

    registers = True

    def __init__(self, evaluation: Evaluation, subject: str, twin: tuple[Free, str, str] | None = None) -> None:
        self.machine = evaluation.machine
        self.plan: Plan = evaluation.plan
        self.subject = subject
        self.names = frozenset(fact.id for fact in self.plan.catalogue.facts.values())
        self.twin = twin
        self.codes: dict[Any, int] = twin[0].codes if twin else {}
        self.constraints: list[Any] = []
        self.blanks = _asked_for(self.plan)
        self.values: dict[Address, tuple[FactType, Any, Any]] = twin[0].values.copy() if twin else {}
        self.own: dict[Address, Any] = {}
        self.records: dict[tuple[str, str], list[tuple[Record, Any]]] = twin[0].records if twin else {}
        self.fields: dict[tuple[int, str], tuple[ValueType, Any]] = twin[0].fields if twin else {}
        self.kinds: dict[tuple[str, str], RecordType] = twin[0].kinds if twin else {}
        self.related: dict[tuple[str, str], list[tuple[str, str, Any]]] = twin[0].related if twin else {}
        self.count: int = twin[0].count + 10_000 if twin else 0

    def require(self, constraint: Any) -> None:
        """Something that holds in every world."""
        self.constraints.append(constraint)

    def fresh(self, name: str) -> Any:
        """A whole number of which nothing is known yet."""
        self.count += 1
        return z3.Int(f"{name} {self.count}")

    # --- facts

    def fact(self, ref: FactRef, context: Context, period: str) -> Sym | Truth | None:
        """A fact that may be anything it is declared to be, or blank where somebody asks."""
        address = address_of(self.machine, ref, context, period)
        if address not in self.values:
            may_be_blank = ref.fact.optional or ref.fact.id in self.blanks or bool(period)
            assumed = self.plan.scheme.facts.get(ref.fact.id)
            may_be_blank = may_be_blank and not (assumed and assumed.assume) and not ref.fact.type.never
            name = "@".join(part for part in address if part)
            known = z3.Bool(f"known {name}") if may_be_blank else True
            self.values[address] = (ref.fact, self._variable(name, ref.fact.type), known)
        fact, value, known = self.values[address]
        if self.twin and fact.id == self.twin[1]:
            value = self._better(address, fact, value)
        if fact.type.kind == "boolean":
            return Truth(both((known, value)), both((known, negate(value))))
        return Sym(value, True, negate(known))

    def _better(self, address: Address, fact: FactType, value: Any) -> Any:
        """The same fact as it is in the second world: at least as good."""
        assert self.twin is not None
        if address not in self.own:
            other = self._variable(f"then {'@'.join(address)}", fact.type)
            higher = self.twin[2] == "higher"
            if fact.type.kind == "boolean":
                self.require(z3.Implies(value, other) if higher else z3.Implies(other, value))
            elif fact.type.kind in ("number", "integer", "date", "time"):
                self.require(other >= value if higher else other <= value)
            else:
                raise NotUnderstoodError(fact.id)
            self.own[address] = other
        return self.own[address]

    def _variable(self, name: str, kind: ValueType) -> Any:
        if kind.kind == "boolean":
            return z3.Bool(name)
        if kind.kind in ("number", "integer"):
            value = z3.Int(name) if kind.kind == "integer" else z3.Real(name)
            if kind.one_of:
                self.require(z3.Or([value == terms.real(one) for one in kind.one_of]))
            if kind.minimum is not None:
                self.require(value >= terms.real(kind.minimum))
            if kind.maximum is not None:
                self.require(value <= terms.real(kind.maximum))
            return value
        value = z3.Int(name)
        if kind.kind == "date":
            on_a_day = z3.And(value >= FIRST_DAY, value <= LAST_DAY)
            self.require(z3.Or(on_a_day, value == NEVER_DAY) if kind.never else on_a_day)
        elif kind.kind == "time":
            self.require(z3.And(value >= 0, value <= LAST_SECOND))
        elif kind.kind == "choice":
            self.require(z3.Or([value == self.code(choice) for choice in kind.choices]))
        else:
            self.require(value >= 0)
        return value

    def code(self, text: str) -> int:
        """The number that stands for a text."""
        return self.codes.setdefault(text, len(self.codes))

    # --- registers and relations

    def rows(self, collection: Collection, context: Context) -> Rows | None:
        """Free members of a register or relation; those of windows and lists are as they are."""
        if collection.kind == "relation":
            return self._related(collection, context)
        if collection.kind != "record" or collection.record is None:
            return None
        kind = collection.record
        start, end = self.machine.span(collection, context)
        found: Rows = []
        for record, many in self._register(context.subjects[collection.of] or "", kind):
            there = [many >= 1]
            if kind.placed_by:
                _, day = self._entered(record, kind.placed_by[0], kind.fields[kind.placed_by[0]])
                there.append(z3.And(day >= start.toordinal(), day <= end.toordinal()))
            found.append((context.of_record(collection.name, record), both(there), many))
        return found

    def _register(self, subject: str, kind: RecordType) -> list[tuple[Record, Any]]:
        key = (subject, kind.id)
        if key not in self.records:
            self.kinds[key] = kind
            made = []
            for number in range(1, KINDS_OF_RECORD + 1):
                many = z3.Int(f"{subject} {kind.id} {number}")
                self.require(z3.And(many >= 0, many <= (1 if kind.unique else MOST_COPIES)))
                made.append((Record(f"{number}", {}), many))
            self.records[key] = made
            if kind.unique:
                fields = [self._entered(record, kind.unique, kind.fields[kind.unique])[1] for record, _ in made]
                self.require(z3.Distinct(fields))
        return self.records[key]

    def _entered(self, record: Record, name: str, kind: ValueType) -> tuple[ValueType, Any]:
        key = (id(record), name)
        if key not in self.fields:
            self.fields[key] = (kind, self._variable(f"{len(self.fields)} {name} {record.no}", kind))
        return self.fields[key]

    def field(self, node: Typed, context: Context) -> Sym | Truth | None:
        """A field of a record of which nothing is known."""
        name, kind, of = node.data
        found = context.passed(of)
        if found is None or found.record is None:
            raise NotUnderstoodError(name)
        _, value = self._entered(found.record, name, kind)
        return Truth(value, negate(value)) if kind.kind == "boolean" else Sym(value)

    def _related(self, collection: Collection, context: Context) -> Rows:
        if collection.on is not None:
            raise NotUnderstoodError("on")
        subject = context.subjects[collection.of] or ""
        key = (subject, collection.name)
        if key not in self.related:
            onward = any(one.id == collection.name for one in self.plan.catalogue.relations.values())
            self.related[key] = [
                (
                    f"{subject}-{collection.name}-{number}",
                    collection.to,
                    z3.Bool(f"{subject} {collection.name} {number}"),
                )
                for number in range(1, (1 if onward else RELATED) + 1)
            ]
        return [(context.of_subject(collection.to, other), there, 1) for other, _, there in self.related[key]]

    # --- models

    def frame(self, model: Any, *, second: bool = False) -> Frame:
        """The facts of a model.

        Raises:
            UnreadableError: some number in it is no fraction, or there are too many records.
        """
        period = self.machine.period
        subjects = {self.subject: self.machine.frame.subjects[self.subject]}
        edges: dict[tuple[str, str], tuple[Edge, ...]] = {}
        for (of, name), others in self.related.items():
            for other, kind, there in others:
                if z3.is_true(model.eval(there, model_completion=True)):
                    subjects[other] = Subject(other, kind, other)
                    self._relate(edges, name, of, other)
        values: dict[tuple[str, str], dict[tuple[str, str], Plain]] = {}
        for (subject, name, at, item), (fact, value, known) in self.values.items():
            if subject in subjects and (known is True or z3.is_true(model.eval(known, model_completion=True))):
                term = self.own.get((subject, name, at, item), value) if second else value
                values.setdefault((subject, name), {})[at, item] = self._read(model, term, fact.type)
        fed = {(of, name) for (of, name), fact in self.plan.catalogue.facts.items() if fact.fed_from}
        if any(name in {one for _, one in fed} for _, name in values):
            raise UnreadableError("from")
        records = {key: tuple(self._records(model, key)) for key in self.records if key[0] in subjects}
        complete = {
            (subject.id, kind): period.end
            for subject in subjects.values()
            for of, kind in self.plan.catalogue.records
            if of in self.plan.catalogue.families(subject.type)
        }
        calendars = self.machine.frame.calendars
        closed = frozenset({period.text})
        return Frame(period, LAST, subjects, values, records, complete, edges, closed, calendars=calendars)

    def _relate(self, edges: dict[tuple[str, str], tuple[Edge, ...]], name: str, of: str, other: str) -> None:
        edges[name, of] = (*edges.get((name, of), ()), Edge(other))
        for relation in self.plan.catalogue.relations.values():
            if relation.id == name and relation.inverse:
                edges[relation.inverse, other] = (*edges.get((relation.inverse, other), ()), Edge(of))
            elif relation.inverse == name:
                edges[relation.id, other] = (*edges.get((relation.id, other), ()), Edge(of))

    def _records(self, model: Any, key: tuple[str, str]) -> Iterator[Record]:
        kind = self.kinds[key]
        for record, many in self.records[key]:
            count = model.eval(many, model_completion=True).as_long()
            fields = {
                name: self._read(model, self.fields[id(record), name][1], known)
                for name, known in kind.fields.items()
                if (id(record), name) in self.fields
            }
            for copy in range(count):
                yield Record(f"{record.no}-{copy + 1}" if count > 1 else record.no, fields)

    def _read(self, model: Any, term: Any, kind: ValueType) -> Plain:
        value = model.eval(term, model_completion=True)
        if kind.kind == "boolean":
            return z3.is_true(value)
        number = fraction_of(value)
        if kind.kind == "date":
            return NEVER if number >= NEVER_DAY else date.fromordinal(int(number))
        if kind.kind == "time":
            return time_at(int(number))
        if kind.kind in ("number", "integer"):
            return number.numerator if number.denominator == 1 else number
        names = {code: text for text, code in self.codes.items()}
        return str(names.get(int(number), f"text {int(number)}"))


LAST = date(9000, 1, 1)


def fraction_of(value: Any) -> Fraction:
    """A z3 number as a fraction.

    Raises:
        UnreadableError: it is irrational.
    """
    if z3.is_int_value(value):
        return Fraction(value.as_long())
    if z3.is_rational_value(value):
        return Fraction(value.numerator_as_long(), value.denominator_as_long())
    raise UnreadableError(str(value))


def _asked_for(plan: Plan) -> frozenset[str]:
    """The facts of which some rule asks whether they are known."""
    found: set[str] = set()
    trees = [tree for measure in plan.measures.values() for tree in measure.parts()]
    for section in plan.sections():
        trees += [needs for _, needs in section.gates] + [when for _, when in section.vetoes]
        trees += [tree for one in section.criteria for tree in one.parts()]
        trees += [when for _, when in section.bands if when is not None]
    for tree in trees:
        for node in tree.walk():
            if node.op in ("known", "or_else") and isinstance(node.kids[0].data, FactRef):
                found.add(node.kids[0].data.fact.id)
    for measure in plan.measures.values():
        for name, what, _ in measure.weigh:
            if name in measure.rule.leave_out and isinstance(what.data, FactRef):
                found.add(what.data.fact.id)
    return frozenset(found)


__all__ = ["Free", "Mapping", "Moving", "UnreadableError", "address_of", "fraction_of"]
