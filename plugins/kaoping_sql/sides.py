"""One set of rules and everybody judged by it, in a table: who has which grade, and of whom what is due."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from kaoping.evaluation.consequence import Trigger
from kaoping.evaluation.plan import Plan, TypedConsequence
from kaoping.evaluation.run import Evaluation
from kaoping.evaluation.values import NO_VALUE, decided
from kaoping.evaluation.weighing import UNDECIDED
from kaoping.facts.frame import Frame
from kaoping.facts.values import number_text
from kaoping_sql import frames
from kaoping_sql.belonging import Belonging
from kaoping_sql.places import Around, Places
from kaoping_sql.quoting import quoted_name, quoted_text
from kaoping_sql.slots import PER_MASK

BITS, PLACED = 60, 8
"""Consequences to a column of bits; and how many such columns there are for those that hang on places."""


@dataclass
class Side:
    """Everybody judged by one set of rules.

    Attributes:
        table: the results, with further columns ``placed…`` of bits for consequences that hang on places alone.
        evaluation: the rules by the reference engine, without facts; `some`: the facts about some subjects.
        held: (consequence, window or "") to the condition that it is due, of those found.
        asked: the consequences that the reference engine must be asked about, by their ids.
    """

    connection: sqlite3.Connection
    plan: Plan
    batch: frames.Batch
    table: str
    evaluation: Evaluation
    belonging: Belonging
    some: Callable[[Plan, Sequence[str]], Frame]
    held: dict[tuple[str, str], str] = field(default_factory=dict)
    asked: dict[str, TypedConsequence] = field(default_factory=dict)

    @property
    def rules(self) -> dict[str, TypedConsequence]:
        """The consequences by their ids, in order."""
        return {one.rule.id: one for one in self.plan.main.consequences}

    @cached_property
    def standing(self) -> str:
        """The grade, a gate's outcome, or undecided while several are possible."""
        options = self.batch.statement.options
        whens = " ".join(f"WHEN {1 << place} THEN {quoted_text(name)}" for place, name in enumerate(options))
        return f"CASE {{}}.final {whens} ELSE {quoted_text(UNDECIDED)} END"

    @cached_property
    def unassessed(self) -> str:
        """Is what is given no grade?"""
        grade = self.plan.main.grade
        merit = grade.merit if grade else ()
        bits = [str(1 << place) for place, name in enumerate(self.batch.statement.options) if name not in merit]
        return f"({{}}.final IN ({', '.join(bits)}))"

    @cached_property
    def barred(self) -> frozenset[str]:
        """Whoever is kept out of places and honours."""
        return frozenset(self.some(self.plan, ()).bars)

    def touched(self) -> set[int]:
        """The keys of those whose incentives may be addressed to somebody who is barred."""
        incentives = [one.rule for one in self.rules.values() if one.rule.kind == "incentive"]
        paths = {path for rule in incentives for path in rule.to if path != "public"} if self.barred else set()
        steps = [[] if path == "subject" else path.split(".") for path in sorted(paths)]
        return set().union(*(self.belonging.reaching(self.plan.catalogue, path, self.barred) for path in steps))

    @cached_property
    def places(self) -> Places:
        """The places among all by these rules."""
        machine = self.evaluation.machine
        around = Around(self.barred, self._gone, self._parts, lambda ids: self.judged(ids).machine)
        return Places(self.connection, self.plan, self.batch.statement, machine, around, (self.table, "who"))

    def judged(self, subjects: Sequence[str]) -> Evaluation:
        """Some subjects by the reference engine."""
        return Evaluation(self.plan, self.some(self.plan, subjects))

    def _gone(self, day: date) -> Iterator[str]:
        return self.belonging.gone(self._members, day)

    def _parts(self, path: str, day: date) -> Iterator[tuple[str, str]]:
        return self.belonging.along(self.plan.catalogue, self._members, path.split("."), day)

    @property
    def _members(self) -> tuple[str, ...]:
        return self.plan.catalogue.members(self.plan.main.type)

    # --- what follows

    def find_consequences(self) -> None:
        """The conditions that consequences are due, and those that the reference engine must be asked about."""
        statement, plan, machine = self.batch.statement, self.plan, self.evaluation.machine
        for number, key in enumerate(statement.triggers):
            self.held[key] = f"(({{}}.due{number // PER_MASK} >> {2 * (number % PER_MASK)}) & 3) = 1"
        found = {rule for rule, _ in statement.triggers}
        bits = 0
        for name, typed in self.rules.items():
            if name in found:
                continue
            each = typed.each
            windows = each is not None and each.kind == "window" and each.sure and each.past is None
            if typed.when is None or not (each is None or windows) or not self.places.reads(typed.when):
                self.asked[name] = typed
                continue
            step = each.name if each else ""
            where = [*machine.inside(machine.home(plan.main.type, ""), step)] if each else [""]
            if bits + len(where) > BITS * PLACED:
                self.asked[name] = typed
                continue
            for at in where:
                self._hold(typed, (name, at, step), bits)
                bits += 1

    def _hold(self, typed: TypedConsequence, where: tuple[str, str, str], bit: int) -> None:
        """Note in the results of whom a consequence is due that hangs on places alone."""
        assert typed.when is not None
        name, at, step = where
        column, place = f"placed{bit // BITS}", bit % BITS
        table = self.places.told(typed.when, at, step, f"{self.table}_told{bit}")
        execute = self.connection.execute
        whom = "IN ({} WHERE told = 1)"
        if self.places.asked_alone(typed.when, at, step) is True:
            whom = "NOT IN ({} WHERE told <> 1)"
        execute(
            f"UPDATE {self.table} SET {column} = {column} | {1 << place} "
            f"WHERE key {whom.format(f'SELECT key FROM {table}')}"
        )
        self.held[name, at] = f"(({{}}.{column} >> {place}) & 1) = 1"

    def is_due(self, key: tuple[str, str], alias: str) -> str:
        """The condition that a consequence is due, also of whom has no grade if everybody is told."""
        held = self.held.get(key)
        if held is None:
            return "0"
        if self.rules[key[0]].rule.to == ("public",):
            return held.format(alias)
        return f"{held.format(alias)} AND NOT {self.unassessed.format(alias)}"

    def due(
        self, ids: Sequence[str], unassessed: Sequence[int], rules: Sequence[str]
    ) -> Iterator[dict[str, set[tuple[str, tuple[str, ...]]]]]:
        """For each of some subjects the consequences that are due: to its windows or records, and to whom."""
        evaluation = self.judged(ids)
        evaluation.machine.cohort_value = self.places.won
        known = self.rules
        triggers = [Trigger(evaluation.machine, known[name]) for name in rules if name in known]
        for one, no_grade in zip(ids, unassessed, strict=True):
            context = evaluation.context(self.plan.main, one)
            found: dict[str, set[tuple[str, tuple[str, ...]]]] = {}
            for trigger in triggers:
                if no_grade and trigger.typed.rule.to != ("public",):
                    continue
                for due in trigger.due(one, context):
                    barred = self.barred if due.kind == "incentive" else ()
                    if kept := tuple(to for to in due.to if to not in barred):
                        found.setdefault(due.id, set()).add((due.at, kept))
            yield found

    def scores(self, keys: Sequence[int]) -> Mapping[int, str]:
        """The scores of some subjects as results show them; none where it is not decided or no grade is given."""
        grade = self.plan.main.grade
        slot = dict(self.batch.statement.slots).get((grade.score, "")) if grade else None
        if slot is None:
            return {}
        names = ", ".join(map(quoted_name, slot.columns))
        query = f"SELECT {self.unassessed.format('a')}, {names} FROM {self.table} AS a WHERE key = ?"
        read = slot.reader({name: place + 1 for place, name in enumerate(slot.columns)})
        found = {}
        for key in keys:
            row = self.connection.execute(query, (key,)).fetchone()
            value = read(row)
            if decided(value) and value is not NO_VALUE and not row[0]:
                found[key] = number_text(value)
        return found
