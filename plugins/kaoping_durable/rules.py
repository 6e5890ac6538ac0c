"""A rulebook as a program for durable-rules: each rule a true rule and a false rule, in facts that follow each other.

What reads only slots is judged on the first fact; what reads a finding, on a fact after the one that gave it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kaoping.evaluation.rulebook import GradeRule, Rule, RuleBook
from kaoping_durable.alternatives import Term, alternatives, size
from kaoping_durable.formula import NO, REFUTED, SURE, UNDECIDED, YES, Formula, Found, Meets, Source, verdict
from kaoping_durable.grades import GradesFound, among_grades, grade_findings
from kaoping_durable.program import MOST_ALTERNATIVES, Chunk, ReteRule, pack
from kaoping_durable.words import failed

MOST_IN_RULE = 50
"""Conditions in one rule, over all its alternatives."""


@dataclass(frozen=True)
class Program:
    """A rulebook as the child runs it, and how to read what it answers.

    Attributes:
        columns: what a row holds, in order: the ends, truths and texts that facts are made of.
        first_use: the first rule that reads each column, to name it where a value cannot cross.
        chunks: the rulesets, in the order they run.
        start: every finding as it is before any rule fires.
        verdicts: rule to the finding that is its verdict.
        grades: the findings of possible grades, or None where the rulebook has no grade.
    """

    columns: tuple[Source, ...]
    first_use: Mapping[Source, str]
    chunks: tuple[Chunk, ...]
    start: tuple[int, ...]
    verdicts: Mapping[str, int]
    grades: GradesFound | None


def compile_book(book: RuleBook) -> Program:
    """The program of a rulebook.

    Raises:
        EngineFailedError: the rulebook reads a rule that does not come before, holds one twice, or caps a grade that
            has no place in the order of merit.
    """
    builder = _Builder()
    for stratum in book.before:
        builder.add_stratum(stratum, grades=None)
    grades = builder.add_grade(book.grade) if book.grade else None
    for stratum in book.after:
        builder.add_stratum(stratum, grades)
    return builder.program(grades)


class _Builder:
    """Collects rules and findings; a finding's layer is the number of the fact on which it is found."""

    def __init__(self) -> None:
        self.verdicts: dict[str, int] = {}
        self.start: list[int] = []
        self.layers: list[int] = []
        self.rules: list[ReteRule] = []
        self.first_use: dict[Source, str] = {}
        self.helpers: dict[Formula, Meets] = {}

    def add_stratum(self, stratum: tuple[Rule, ...], grades: GradesFound | None) -> None:
        """Rules that may read those of earlier strata; where `grades` are found, ``grade`` is no slot of the row."""
        found: dict[str, int] = {}
        for rule in stratum:
            if rule.id in self.verdicts or rule.id in found:
                raise failed("rule-twice", rule=rule.id)
            found[rule.id] = self.finding(UNDECIDED)
            self.add_rule(rule, found[rule.id], grades)
        self.verdicts |= found

    def add_rule(self, rule: Rule, output: int, grades: GradesFound | None) -> None:
        """A true rule and a false rule."""

        def earlier(read: str) -> int:
            return self.earlier(read, rule.id)

        def grade(slot: str, values: frozenset[str], wanted: bool) -> Formula | None:
            if grades is None or slot not in ("raw_grade", "grade"):
                return None
            return among_grades(grades.raw if slot == "raw_grade" else grades.final, values, wanted, grades.anything)

        for value, holds in ((SURE, True), (REFUTED, False)):
            self.emit(verdict(rule.condition, holds, earlier, grade), output, value, rule.id)

    def add_grade(self, grade: GradeRule) -> GradesFound:
        """The findings of the grades that are possible."""
        if any(veto.at_most is not None for veto in grade.vetoes):
            given = [band.grade for band in grade.bands] + [veto.at_most for veto in grade.vetoes]
            for name in given:
                if name is not None and name not in grade.merit:
                    raise failed("no-merit", grade=name)

        def define(formula: Formula) -> int:
            return self.define(formula, "grade")

        return grade_findings(grade, lambda rule: self.earlier(rule, "grade"), define)

    def earlier(self, rule: str, reader: str) -> int:
        """The finding of a rule that comes before the one that reads it."""
        if rule not in self.verdicts:
            raise failed("unknown-rule", rule=rule, reader=reader)
        return self.verdicts[rule]

    def finding(self, start: int) -> int:
        """A new finding."""
        self.start.append(start)
        self.layers.append(0)
        return len(self.start) - 1

    def define(self, formula: Formula, reader: str) -> int:
        """A new finding: whether the formula holds."""
        output = self.finding(NO)
        self.emit(formula, output, YES, reader)
        return output

    def emit(self, formula: Formula, output: int, value: int, reader: str) -> None:
        """Rules under which the finding becomes this value."""

        def helper(part: Formula) -> Meets:
            if part not in self.helpers:
                self.helpers[part] = Meets(Found(self.define(part, reader)), "==", YES)
            return self.helpers[part]

        for terms in _grouped(alternatives(formula, helper)):
            rule = ReteRule(output, value, terms)
            for source in rule.sources():
                self.first_use.setdefault(source, reader)
            self.rules.append(rule)
            self.layers[output] = max(self.layers[output], self.layer(rule))

    def layer(self, rule: ReteRule) -> int:
        """The first fact that can state all the rule reads."""
        return max((self.layers[read.output] + 1 for read in rule.sources() if isinstance(read, Found)), default=0)

    def program(self, grades: GradesFound | None) -> Program:
        """All of it, in order."""
        columns = tuple(source for source in self.first_use if not isinstance(source, Found))
        places: dict[Source, int] = {source: place for place, source in enumerate(columns)}
        chunks: list[Chunk] = []
        for layer in range(max(self.layers, default=0) + 1):
            chunks += pack((rule for rule in self.rules if self.layer(rule) == layer), places)
        return Program(columns, self.first_use, tuple(chunks), tuple(self.start), self.verdicts, grades)


def _grouped(terms: list[Term]) -> Iterator[tuple[Term, ...]]:
    """As many rules as the alternatives need."""
    group: list[Term] = []
    for term in terms:
        if len(group) == MOST_ALTERNATIVES or sum(map(size, group)) + size(term) > MOST_IN_RULE:
            yield tuple(group)
            group = []
        group.append(term)
    if group:
        yield tuple(group)
