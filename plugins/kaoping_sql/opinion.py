"""Everything a scheme finds of a section as one statement: measures as well as rules."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from kaoping.evaluation.accounts import Account
from kaoping.evaluation.cohort import Asked, asked_of
from kaoping.evaluation.plan import Plan, Section
from kaoping.facts.frame import Frame
from kaoping.scheme.model import ParameterValue
from kaoping.scheme.typed import NameRef
from kaoping_sql.answers import Answers
from kaoping_sql.compiler import Compiler, Spot
from kaoping_sql.emit import SQLITE, Dialect, Writer
from kaoping_sql.guard import check_expression, check_known
from kaoping_sql.kept import Kept, Noted
from kaoping_sql.nodes import Node
from kaoping_sql.rows import Column, Known, Row
from kaoping_sql.sections import Outcome, Sections
from kaoping_sql.slots import Slot, packed, slot
from kaoping_sql.statement import Marked, Statement
from kaoping_sql.values import Choice, Truth, Value
from kaoping_sql.words import NoFormError, no_form

MOST_COLUMNS = 1900
"""What a row of a frame may hold: SQLite takes 2,000 columns, some of which are the frame's own."""


@dataclass(frozen=True)
class Wanted:
    """What a statement gives beside outcomes, bands, vetoes and grades.

    Attributes:
        measures: every measure in each of its windows; otherwise the score alone.
        due: which triggers of consequences hold.
        earned: what criteria earn, and could.
        places: who is ranked and excluded, and what each key of a rank is.
        nothing_else: only that.
    """

    measures: bool = False
    due: bool = False
    earned: bool = False
    places: bool = False
    nothing_else: bool = False


OPINION = Wanted(measures=True)
LEAN = Wanted(due=True)
"""What results of a batch hold: who has which grade, and everything that it follows from but the measures."""
FULL = Wanted(measures=True, due=True, earned=True, places=True)
"""All that an ordinary evaluation is put together from."""
DECIDING = Wanted(places=True, nothing_else=True)
"""What decides about places, where other things hang on them."""


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
        if self.wanted.nothing_else:
            return self._deciding(self._cohort(home))
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
        nodes |= self._deciding(asked)
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

    def _deciding(self, asked: Mapping[Asked, Value]) -> dict[str, Node]:
        nodes: dict[str, Node] = {}
        for number, (what, value) in enumerate(asked.items()):
            made = self.asked.setdefault(what, slot(f"asked{number}", value))
            nodes |= made.nodes(self.c.b, self._fitted(value, made))
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

    def plain_sql(
        self,
        dialect: Dialect = SQLITE,
        of: Collection[str] | None = None,
        places: Mapping[str, str] | None = None,
    ) -> str:
        """The text of the condition that a row has no blanks.

        Args:
            dialect: of the database that is asked.
            of: of those marks alone.
            places: what stands for its columns.
        """
        settled = [one for one in self.settled if of is None or self.c.b.mark(one) in of]
        return Writer(dialect, names=places).text(self.c.b.both(*settled))

    def answers(self) -> Answers:
        """What its columns say of a subject."""
        outcomes = tuple((one.criterion, one.at) for one in self.outcomes)
        slots, earned = tuple(self.slots), tuple(self.earned)
        rules, triggers, options = tuple(self.rules), tuple(self.triggers), tuple(self.options)
        return Answers(self.section.type, slots, outcomes, rules, triggers, earned, options)

    def reader(self, names: Sequence[str]) -> Callable[..., Account]:
        """What a row of the answer says of a subject; `names` are those of its columns."""
        return self.answers().reader(names, self.numbers)

    def read(self, subject: str, row: Mapping[str, Any]) -> Account:
        """What one row says of a subject."""
        names = list(row.keys())
        return self.reader(names)(subject, tuple(row[name] for name in names))

    def grades_in_order(self, mask: int) -> tuple[str, ...]:
        """The grades of a set of bits, best first."""
        return tuple(option for place, option in enumerate(self.options) if mask >> place & 1)


def _state(b: Any, yes: Node, no: Node) -> Node:
    return b.case(yes, b.one, b.case(no, b.const(2), b.zero))


def made(
    plan: Plan,
    section: Section,
    frame: Frame,
    known: Known,
    parameters: Mapping[str, ParameterValue],
    points: bool,
    room: bool = False,
) -> Kept:
    """The statement of a section over the tables of a frame, compiled; with `room` for more than is in the frame.

    Raises:
        NoFormError: something in the plan has no SQL form; it is named with its place.
    """
    check_known(plan)
    noted = Noted(known, room)
    compiler = Compiler(plan, frame, noted, parameters)
    compiler.among_all = True
    statement = SectionStatement(compiler, section, points)
    tables: dict[str, dict[str, Column]] = {}
    rows = list(statement.row.all())
    for row in rows:
        tables.setdefault(row.table, {}).update(row.columns)
    relations = tuple(sorted(relations_of(rows)))
    return Kept(statement.sql(), statement.answers(), tables, relations, noted.asked(), noted.counts)


def relations_of(rows: Iterable[Row]) -> set[str]:
    """The relations that lead to some of these rows."""
    return {group.link for row in rows for group in row.groups.values() if group.link != "record"}
