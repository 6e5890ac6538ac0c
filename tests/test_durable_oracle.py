"""durable-rules gives, for random rulebooks and rows, what a plain walk over possible values gives."""

from __future__ import annotations

import os
from collections.abc import Sequence
from fractions import Fraction
from itertools import product
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kaoping.evaluation.rulebook import (
    And,
    Band,
    Compare,
    Condition,
    GradeRule,
    Holds,
    IsOneOf,
    IsTrue,
    Not,
    Opinion,
    Or,
    Possible,
    Row,
    Rule,
    RuleBook,
    Span,
    Veto,
)
from kaoping_durable.engine import DurableEngine

SLOW = bool(os.environ.get("KAOPING_SLOW"))
EXAMPLES = 6000 if SLOW else 300
REASON = DurableEngine().unavailable()

pytestmark = [pytest.mark.slow, pytest.mark.skipif(REASON is not None, reason=REASON or "")]

NUMBERS = ("score", "floor", "rate", "limit")
TRUTHS = ("reported", "valid")
TEXTS = ("kind", "level")
WORDS = ("甲", "乙", "primary", 'a "quoted" one', "", "a\\b\n", "9", "9 ")
GRADES = ("A", "B", "C", "D")
OUTCOMES = ("not_assessed", "withheld", "D")


# What is to be found, said as plainly as possible: every connective over None (undecided).


def both(values: list[bool | None]) -> bool | None:
    return False if False in values else None if None in values else True


def negated(value: bool | None) -> bool | None:
    return None if value is None else not value


def compared(op: str, left: Possible, right: Possible) -> bool | None:
    if left is None or right is None:
        return None
    assert isinstance(left, Span)
    assert isinstance(right, Span)
    below = left.high is not None and right.low is not None and left.high < right.low
    not_above = left.high is not None and right.low is not None and left.high <= right.low
    above = left.low is not None and right.high is not None and left.low > right.high
    not_below = left.low is not None and right.high is not None and left.low >= right.high
    match op:
        case "<":
            return True if below else False if not_below else None
        case "<=":
            return True if not_above else False if above else None
        case ">" | ">=":
            return negated(compared("<=" if op == ">" else "<", left, right))
        case "==":
            return True if not_above and not_below else False if below or above else None
        case _:
            return negated(compared("==", left, right))


def among(possible: frozenset[str] | None, values: frozenset[str]) -> bool | None:
    if not possible:
        return None
    return True if possible <= values else False if not possible & values else None


def judged(condition: Condition, row: Row, known: dict[str, bool | None], grades: dict) -> bool | None:
    def of(part: Condition) -> bool | None:
        return judged(part, row, known, grades)

    match condition:
        case Compare(op, left, right):
            return compared(op, row.slots[left], row.slots[right])
        case IsTrue(slot):
            held = row.slots[slot]
            return None if held is None or len(held) == 2 else True in held
        case IsOneOf(slot, values):
            return among(grades[slot] if slot in grades else row.slots[slot], values)
        case Holds(rule):
            return known[rule]
        case Not(part):
            return negated(of(part))
        case And(parts):
            return both([of(part) for part in parts])
        case Or(parts):
            return negated(both([negated(of(part)) for part in parts]))


def graded(grade: GradeRule, known: dict[str, bool | None]) -> tuple[frozenset[str], frozenset[str]]:
    stopped: set[str] = set()
    for rule, outcome in grade.gates:
        if known[rule] is not True:
            stopped.add(outcome)
        if known[rule] is False:
            return frozenset(stopped), frozenset(stopped)
    given: list[str] = []
    others = [known[band.rule] for band in grade.bands if band.rule is not None]
    unique = grade.hit == "unique"
    for band in grade.bands:
        rest = negated(True if True in others else None if None in others else False) if unique else True
        fits = rest if band.rule is None else known[band.rule]
        if fits is not False:
            given.append(band.grade)
        if fits and not unique:
            break
    finals = set(given)
    for veto in grade.vetoes:
        if veto.at_most is not None and known[veto.rule] is not False:
            capped = {max(each, veto.at_most, key=grade.merit.index) for each in finals}
            finals = capped if known[veto.rule] else finals | capped
    for veto in grade.vetoes:
        if veto.becomes is not None and known[veto.rule] is not False and finals:
            finals = {veto.becomes} if known[veto.rule] else finals | {veto.becomes}
    return frozenset(given) | stopped, frozenset(finals) | stopped


def plain_opinion(book: RuleBook, row: Row) -> Opinion:
    known: dict[str, bool | None] = {}
    for stratum in book.before:
        known |= {rule.id: judged(rule.condition, row, known, {}) for rule in stratum}
    raw, final = graded(book.grade, known) if book.grade else (None, None)
    grades = {"raw_grade": raw, "grade": final}
    for stratum in book.after:
        known |= {rule.id: judged(rule.condition, row, known, grades) for rule in stratum}
    return Opinion(row.subject, known, raw, final)


# Rulebooks and rows, made from a seed: drawing such trees one by one takes longer than judging them.


class Maker:
    """Makes what a seed says; `size` bounds how much of it."""

    def __init__(self, seed: int, size: int) -> None:
        self.random = Random(seed)
        self.size = size

    def upto(self, most: int) -> range:
        return range(self.random.randint(0, most))

    def some(self, known: Sequence, most: int) -> frozenset:
        return frozenset(self.random.choice(known) for _ in self.upto(most))

    def condition(self, earlier: list[str], with_grade: bool, depth: int) -> Condition:
        pick = self.random.choice
        if depth and self.random.random() < 0.6:
            parts = tuple(self.condition(earlier, with_grade, depth - 1) for _ in self.upto(4))
            return pick([And(parts), Or(parts), Not(self.condition(earlier, with_grade, depth - 1))])
        leaves: list[Condition] = [
            Compare(pick(["==", "!=", "<", "<=", ">", ">="]), pick(NUMBERS), pick(NUMBERS)),
            IsTrue(pick(TRUTHS)),
            IsOneOf(pick(TEXTS), self.some(WORDS, 4)),
        ]
        if earlier:
            leaves.append(Holds(pick(earlier)))
        if with_grade:
            leaves.append(IsOneOf(pick(["raw_grade", "grade"]), self.some((*GRADES, *OUTCOMES), 3)))
        return pick(leaves)

    def strata(self, prefix: str, earlier: list[str], with_grade: bool) -> tuple[tuple[Rule, ...], ...]:
        result: list[tuple[Rule, ...]] = []
        known = list(earlier)
        for _ in self.upto(3):
            names = [f"{prefix}:{len(result)}.{place}" for place in self.upto(self.size)]
            result.append(tuple(Rule(name, self.condition(known, with_grade, 3)) for name in names))
            known += names
        return tuple(result)

    def grade(self, rules: list[str]) -> GradeRule:
        pick = self.random.choice
        bands = [Band(pick(GRADES), pick(rules)) for _ in self.upto(4)]
        if pick([True, False]):
            bands.insert(self.random.randint(0, len(bands)), Band("D", None))
        maybe = (None, *GRADES)
        vetoes = tuple(Veto(pick(rules), pick(maybe), pick(maybe)) for _ in self.upto(4))
        gates = tuple((pick(rules), pick(OUTCOMES)) for _ in self.upto(3))
        return GradeRule(tuple(bands), vetoes, GRADES, gates, pick(["first", "first", "unique"]))

    def book(self) -> RuleBook:
        before = self.strata("before", [], with_grade=False)
        names = [rule.id for stratum in before for rule in stratum]
        grade = self.grade(names) if names and self.random.random() < 0.8 else None
        return RuleBook("random", before, grade, self.strata("after", names, with_grade=grade is not None))

    def span(self) -> Span:
        low: Fraction | int = Fraction(self.random.randint(-9, 9), self.random.randint(1, 7))
        low = int(low) if low.denominator == 1 else low
        if self.random.random() < 0.6:
            return Span(low, low)
        high = self.random.choice([low, low + self.random.randint(0, 3), None])
        return Span(self.random.choice([low, low, None]), high)

    def row(self, subject: str) -> Row:
        slots: dict[str, Possible] = {name: self.span() for name in NUMBERS}
        slots |= {name: self.some((True, True, False), 2) or frozenset([False]) for name in TRUTHS}
        slots |= {name: self.some(WORDS, 3) or frozenset(["乙"]) for name in TEXTS}
        return Row(subject, {name: None if self.random.random() < 0.1 else held for name, held in slots.items()})


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.integers(0, 2**64), st.integers(1, 5))
def test_durable_finds_what_possible_values_allow(seed: int, size: int) -> None:
    maker = Maker(seed, size)
    book = maker.book()
    rows = [maker.row(f"e{place}") for place in range(4 * size)]
    assert list(DurableEngine().judge(book, rows)) == [plain_opinion(book, row) for row in rows]


def test_every_verdict_of_bands_gates_and_vetoes_gives_the_grades_of_a_plain_walk() -> None:
    """All 3^7 verdicts of three bands, two caps, one veto that sets and one gate, as truths of their own."""
    names = ("a", "b", "c", "cap", "low", "force", "gate")
    rules = tuple(Rule(name, IsTrue(name)) for name in names)
    merit = ("A", "B", "C", "D")
    grade = GradeRule(
        bands=(Band("A", "a"), Band("B", "b"), Band("C", "c"), Band("D", None)),
        vetoes=(Veto("cap", at_most="B"), Veto("force", becomes="D"), Veto("low", at_most="C")),
        merit=merit,
        gates=(("gate", "not_assessed"),),
    )
    book = RuleBook("all", (rules,), grade, ((Rule("best", IsOneOf("grade", frozenset("AB"))),),))
    decided = (frozenset([True]), frozenset([False]), frozenset([True, False]))
    rows = [
        Row(str(place), dict(zip(names, values, strict=True)))
        for place, values in enumerate(product(decided, repeat=len(names)))
    ]
    assert len(rows) == 3**7
    assert list(DurableEngine().judge(book, rows)) == [plain_opinion(book, row) for row in rows]


def test_long_lists_and_deep_nesting_are_judged_by_helpers_in_earlier_facts() -> None:
    """A conjunction of twelve alternatives of three would fire half a million times if it were nested."""
    count = 36
    compares = [Compare(">=", f"m{place}", f"k{place}") for place in range(count)]
    groups = And(tuple(Or(tuple(compares[first : first + 3])) for first in range(0, count, 3)))
    nested: Condition = compares[0]
    for place, part in enumerate(compares[1:]):
        nested = Or((And((nested, part)), IsTrue("t"))) if place % 2 else Not(And((nested, part)))
    rules = (
        Rule("groups", groups),
        Rule("all", And(tuple(compares))),
        Rule("nested", nested),
        Rule("any", Or(tuple(compares))),
    )
    book = RuleBook("wide", (rules,), None, ((Rule("later", Not(Holds("groups"))),),))
    rows = []
    for turn in range(40):
        cells: dict[str, Possible] = {"t": frozenset([turn % 5 == 0])}
        for place in range(count):
            missed = (place * 7 + turn) % (turn + 2) == 0
            low = Fraction(80 if missed else 90, 3)
            cells[f"m{place}"] = Span(low, low + 20 if (place + turn) % 11 == 0 else low)
            cells[f"k{place}"] = Span(28, 28)
        rows.append(Row(str(turn), cells))
    assert list(DurableEngine().judge(book, rows)) == [plain_opinion(book, row) for row in rows]


def test_a_grade_is_a_slot_like_any_other_where_none_was_found() -> None:
    known = IsOneOf("grade", frozenset("AB"))
    rows = [Row("e1", {"grade": frozenset("A"), "t": frozenset([True])})]
    early = RuleBook("early", ((Rule("good", known), Rule("t", IsTrue("t"))),), None, ((Rule("still", known),),))
    assert [opinion.rules for opinion in DurableEngine().judge(early, rows)] == [
        {"good": True, "t": True, "still": True}
    ]
    given = GradeRule((Band("C", None),), (), ("A", "B", "C"))
    both = RuleBook("both", ((Rule("good", known), Rule("t", IsTrue("t"))),), given, ((Rule("still", known),),))
    assert [opinion.rules for opinion in DurableEngine().judge(both, rows)] == [
        {"good": True, "t": True, "still": False}
    ]


def test_a_text_among_a_hundred_is_found_and_one_beside_them_is_not() -> None:
    values = frozenset(f"第{place}类" for place in range(100))
    book = RuleBook("texts", ((Rule("listed", IsOneOf("kind", values)),),), None)
    rows = [
        Row("in", {"kind": frozenset(["第77类"])}),
        Row("out", {"kind": frozenset(["第777类"])}),
        Row("all in", {"kind": frozenset(["第1类", "第99类"])}),
        Row("none in", {"kind": frozenset(["甲", "乙"])}),
        Row("some in", {"kind": frozenset(["甲", "第1类"])}),
        Row("no value", {"kind": None}),
    ]
    found = [opinion.rules["listed"] for opinion in DurableEngine().judge(book, rows)]
    assert found == [True, False, True, False, None, None]
