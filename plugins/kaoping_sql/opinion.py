"""Everything a scheme finds, by one statement in SQLite: a second opinion on measures as well as on rules."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType
from typing import Any

from kaoping.evaluation.accounts import Account
from kaoping.evaluation.cohort import Asked, asked_of
from kaoping.evaluation.plan import Plan, Section
from kaoping.facts.frame import Frame
from kaoping.scheme.model import ParameterValue
from kaoping.scheme.typed import NameRef
from kaoping_sql.compiler import Compiler, Spot
from kaoping_sql.emit import SQLITE, Dialect, Stages
from kaoping_sql.guard import check_expression, check_known
from kaoping_sql.nodes import Node
from kaoping_sql.rows import Row
from kaoping_sql.sections import Outcome, Sections
from kaoping_sql.slots import PER_MASK, Slot, packed, slot, unpacked
from kaoping_sql.statement import Marked, Statement
from kaoping_sql.tables import FrameTables
from kaoping_sql.values import Choice, Truth, Value
from kaoping_sql.words import NoFormError, failed, no_form

RULES = (None, True, False)
WORTH_POINTS = 5000
"""Subjects from which the short way is worth the time to compile it."""
MOST_COLUMNS = 1900
"""What a row of a frame may hold: SQLite takes 2,000 columns, some of which are the frame's own."""
STATES = ("unknown", "met", "not_met", "not_applicable")


@dataclass(frozen=True)
class Wanted:
    """What a statement gives beside outcomes, bands, vetoes and grades.

    Attributes:
        measures: every measure in each of its windows; otherwise the score alone.
        due: which triggers of consequences hold.
        earned: what criteria earn, and could.
        places: who is ranked and excluded, and what each key of a rank is.
    """

    measures: bool = False
    due: bool = False
    earned: bool = False
    places: bool = False


OPINION = Wanted(measures=True)
LEAN = Wanted(due=True)
"""What results of a batch hold: who has which grade, and everything that it follows from but the measures."""
FULL = Wanted(measures=True, due=True, earned=True, places=True)
"""All that an ordinary evaluation is put together from."""


class SectionStatement:
    """The statement of one section."""

    def __init__(self, c: Compiler, section: Section, points: bool = True, wanted: Wanted = OPINION) -> None:
        """Compile the section; with `points` rows without blanks go a shorter way."""
        self.c = c
        self.wanted = wanted
        self.triggers: list[tuple[str, str]] = []
        self.earned: list[tuple[tuple[str, str], Slot, Slot]] = []
        self.asked: dict[Asked, Slot] = {}
        self.numbers: dict[Any, Any] = {}
        self.section = section
        c.main = section.type
        self.sections = Sections(c)
        self.slots: list[tuple[tuple[str, str], Slot]] = []
        self.outcomes: list[Outcome] = []
        self.rules: list[str] = []
        c.points = False
        self.ranges = self._outputs()
        self.points = None
        c.points = points
        if points:
            self.points = self._outputs()
        c.points = False
        self.row = c.row(section.type)
        for row in self.row.all():
            many = len(row.columns) + sum(len(group.columns) for group in row.groups.values())
            if many > MOST_COLUMNS:
                raise no_form(f"{row.table}: {many} columns", section.grade.place if section.grade else None)
        self.settled = c.rows[section.type, "", True].settled if points else []

    def _outputs(self) -> dict[str, Node]:
        c, b, section = self.c, self.c.b, self.section
        home = c.home(section.type)
        values: dict[tuple[str, str], Value] = {}
        score = (section.grade.score, "") if section.grade else None
        for (of, name), measure in c.plan.measures.items():
            if of == section.type and str(measure.type) != "list":
                for at, spot in c.instances(measure.rule.for_each, home, measure.rule.place):
                    if self.wanted.measures or (name, at) == score:
                        values[name, at] = c.measure(of, name, spot)
        sections = self.sections
        graded = sections.graded(section, home)
        outcomes = [one for criterion in section.criteria for one in sections.outcomes(criterion, home)]
        truths = {f"gate:{name}": found for name, found in graded.gates.items()}
        truths |= {f"band:{name}": found for name, found in graded.bands.items()}
        truths |= {f"veto:{name}": found for name, found in graded.vetoes.items()}
        nodes: dict[str, Node] = {}
        before = dict(self.slots)
        self.slots = []
        asked = self._cohort(home) if self.wanted.places else {}
        for number, (key, value) in enumerate(values.items()):
            made = before.get(key) or slot("score" if key == score else f"v{number}", value)
            self.slots.append((key, made))
            nodes |= made.nodes(b, self._fitted(value, made))
        for number, (what, value) in enumerate(asked.items()):
            made = self.asked.setdefault(what, slot(f"asked{number}", value))
            nodes |= made.nodes(b, self._fitted(value, made))
        states = [b.case(o.not_applicable, b.const(3), _state(b, o.met, o.not_met)) for o in outcomes]
        for number, mask in enumerate(packed(b, states)):
            nodes[f"criteria{number}"] = mask
        for number, mask in enumerate(packed(b, [_state(b, found.yes, found.no) for found in truths.values()])):
            nodes[f"rules{number}"] = mask
        self.outcomes, self.rules, self.options = outcomes, list(truths), graded.options
        if self.wanted.due:
            due = self._due(home)
            self.triggers = list(due)
            for number, mask in enumerate(packed(b, [_state(b, found.yes, found.no) for found in due.values()])):
                nodes[f"due{number}"] = mask
        if self.wanted.earned:
            self.earned = []
            for number, (key, earned, full) in enumerate(self.sections.earned(section, home)):
                slots = Slot(f"earned{number}", "number"), Slot(f"full{number}", "number")
                self.earned.append((key, *slots))
                nodes |= slots[0].nodes(b, earned) | slots[1].nodes(b, full)
        nodes["raw"] = graded.raw or b.zero
        nodes["final"] = graded.final or b.zero
        return nodes

    def _fitted(self, value: Value, made: Slot) -> Value:
        """The value with the texts of its slot, which both ways of a row have in common."""
        if isinstance(value, Choice) and value.options != made.options:
            return replace(value, options=made.options, mask=self.c.sets.moved(value, made.options))
        return value

    def _cohort(self, home: Spot) -> dict[Asked, Value]:
        """What decides whether a subject is ranked, and by what, in each window of every rule of places.

        What has no SQL form is found where places are.
        """
        found: dict[Asked, Value] = {}
        if self.section is not self.c.plan.main:
            return found
        for name, typed in self.c.plan.cohort.items():
            for at, spot in self.c.instances(
                (typed.rule.for_each,) if typed.rule.for_each else (), home, typed.rule.place
            ):
                for what, node in asked_of(typed):
                    try:
                        check_expression(node)
                        found[name, at, what] = self.c.value(node, spot)
                    except NoFormError:
                        continue
        return found

    def _due(self, home: Spot) -> dict[tuple[str, str], Truth]:
        """The triggers of consequences that follow from the subject itself, in each window they are for.

        Those that read places among all, follow from single records or have no SQL form are found where these are.
        """
        due: dict[tuple[str, str], Truth] = {}
        for typed in self.section.consequences:
            reads = [node for node in typed.when.walk() if isinstance(node.data, NameRef)] if typed.when else []
            if any(node.data.kind == "cohort" for node in reads):
                continue
            if typed.each and not (typed.each.sure and typed.each.past is None):
                continue
            try:
                if typed.when:
                    check_expression(typed.when)
                found = {
                    (typed.rule.id, at): self.c.truth(typed.when, spot)
                    if typed.when
                    else self.c.sets.truth(self.c.b.true)
                    for at, spot in self.c.instances((typed.each.name,) if typed.each else (), home, typed.rule.place)
                }
            except NoFormError:
                continue
            due |= found
        return due

    def sql(self, dialect: Dialect = SQLITE, marked: Marked | None = None) -> str:
        """Its text; `marked`: of a frame, whose table already holds all that is counted for its rows."""
        statement = Statement(self.c.b, dialect)
        source = self.section.type if marked else statement.gather(self.row)
        return statement.sql(statement.split(source, self.ranges, self.points, self.settled, marked))

    def marks(self) -> list[str]:
        """The marks of what holds of rows without blanks."""
        return sorted(map(self.c.b.mark, self.settled))

    def plain_sql(self) -> str:
        """The text of the condition that a row has no blanks."""
        stages = Stages(SQLITE, "", "")
        return stages.expression(self.c.b.both(*self.settled), {}, {}, 1).sql(dialect="sqlite")

    def reader(self, names: Sequence[str]) -> Callable[[str, tuple[Any, ...]], Account]:
        """What a row of the answer says of a subject; `names` are those of its columns.

        Rows with the same outcomes, or the same rules, share what they say.
        """
        places = {name: place for place, name in enumerate(names)}
        measures = [(key, made.reader(places, self.numbers)) for key, made in self.slots]
        earned = [
            (key, one.reader(places, self.numbers), full.reader(places, self.numbers)) for key, one, full in self.earned
        ]
        outcomes = _states(places, "criteria", [(one.criterion, one.at) for one in self.outcomes], STATES)
        rules = _states(places, "rules", self.rules, RULES)
        due = _states(places, "due", self.triggers, RULES)
        raw, final = places["raw"], places["final"]
        grades = cache(self._grades)

        def read(subject: str, row: tuple[Any, ...]) -> Account:
            return Account(
                self.section.type,
                subject,
                {key: value(row) for key, value in measures},
                outcomes(row),
                rules(row),
                grades(row[raw]),
                grades(row[final]),
                {key: (one(row), full(row)) for key, one, full in earned},
                due(row),
            )

        return read

    def read(self, subject: str, row: Mapping[str, Any]) -> Account:
        """What one row says of a subject."""
        names = list(row.keys())
        return self.reader(names)(subject, tuple(row[name] for name in names))

    def grades_in_order(self, mask: int) -> tuple[str, ...]:
        """The grades of a set of bits, best first."""
        return tuple(option for place, option in enumerate(self.options) if mask >> place & 1)

    def _grades(self, mask: int) -> frozenset[str]:
        return frozenset(option for place, option in enumerate(self.options) if mask >> place & 1)


def _states(
    places: Mapping[str, int], name: str, keys: Sequence[Any], words: Sequence[Any]
) -> Callable[[tuple[Any, ...]], Mapping[Any, Any]]:
    """What the masks of a row say of each key; the same masks say it in the same mapping."""
    columns = [places[f"{name}{number}"] for number in range((len(keys) + PER_MASK - 1) // PER_MASK)]

    @cache
    def told(*masks: int) -> Mapping[Any, Any]:
        return MappingProxyType(
            {key: words[state] for key, state in zip(keys, unpacked(masks, len(keys)), strict=True)}
        )

    return lambda row: told(*[row[column] for column in columns])


def _state(b: Any, yes: Node, no: Node) -> Node:
    return b.case(yes, b.one, b.case(no, b.const(2), b.zero))


def accounts(
    plan: Plan, frame: Frame, parameters: Mapping[str, ParameterValue] | None = None, points: bool | None = None
) -> Iterator[Account]:
    """What SQLite finds of every subject on file on the period's last day, section by section.

    `points`: rows without blanks go the short way; None: where there are rows enough to be worth it.
    """
    check_known(plan)
    part = frame.period.kind != plan.scheme.period
    for section in [plan.main] if part else plan.sections():
        tables = FrameTables(plan, frame)
        on_file = {
            tables.keys[subject.id]: subject.id
            for subject in tables.subjects(section.type)
            if subject.on_file(frame.period.end)
        }
        apart = len(on_file) >= WORTH_POINTS if points is None else points
        c = Compiler(plan, frame, tables, parameters)
        statement = SectionStatement(c, section, apart)
        with closing(sqlite3.connect(":memory:")) as connection:
            read = list(statement.row.all())
            tables.load(connection, read, relations_of(read))
            try:
                rows = connection.execute(statement.sql())
                of_row = statement.reader([column[0] for column in rows.description])
                for row in rows:
                    if row[0] in on_file:
                        yield of_row(on_file[row[0]], row)
            except sqlite3.Error as error:
                raise failed("failed", problem=str(error)) from error


def relations_of(rows: Iterable[Row]) -> set[str]:
    """The relations that lead to some of these rows."""
    return {group.link for row in rows for group in row.groups.values() if group.link != "record"}
