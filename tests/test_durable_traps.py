"""Where durable-rules crashes, hangs or lies, our use of it does not go; each test is named after what must hold."""

from __future__ import annotations

import json
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import pytest

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
from kaoping_durable.names import OWN, distinct_names, fnv32, short_names
from kaoping_durable.program import MOST_CONDITIONS, SENTINEL
from kaoping_durable.rules import compile_book

REASON = DurableEngine().unavailable()
needs_durable = pytest.mark.skipif(REASON is not None, reason=REASON or "")
UNDECIDED = frozenset([True, False])


def one(condition: Condition) -> RuleBook:
    return RuleBook("one", ((Rule("rule", condition),),), None)


def exactly(number: int | Fraction) -> Span:
    return Span(number, number)


def found(condition: Condition, *rows: dict[str, Possible]) -> list[bool | None]:
    return [opinion.rules["rule"] for opinion in opinions(one(condition), *rows)]


def opinions(book: RuleBook, *rows: dict[str, Possible]) -> list[Opinion]:
    result = list(DurableEngine().judge(book, [Row(str(place), slots) for place, slots in enumerate(rows)]))
    assert [opinion.abstained for opinion in result] == [None] * len(rows)
    return result


def wide_book(count: int) -> RuleBook:
    """Many rules of every kind."""
    compares = [Compare(">=", f"m{place}", f"k{place}") for place in range(count)]
    rules = [Rule(f"r{place}", compare) for place, compare in enumerate(compares)]
    rules += [Rule("all", And(tuple(compares))), Rule("any", Or(tuple(compares))), Rule("flag", IsTrue("flag"))]
    rules += [Rule("none", Not(Or(tuple(compares)))), Rule("kind", IsOneOf("kind", frozenset("甲乙丙")))]
    grade = GradeRule(
        bands=(Band("A", "all"), Band("B", "any"), Band("C", None)),
        vetoes=(Veto("flag", at_most="B"), Veto("none", becomes="C")),
        merit=("A", "B", "C"),
        gates=(("kind", "not_assessed"),),
    )
    after = (Rule("best", IsOneOf("grade", frozenset("A"))), Rule("still", Holds("all")))
    return RuleBook("wide", (tuple(rules),), grade, (after,))


def conditions_in(data: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(data, dict):
        for name, value in data.items():
            yield name, value
            yield from conditions_in(value)
    elif isinstance(data, list):
        for part in data:
            yield from conditions_in(part)


# What the process would die of, or never come back from.


@needs_durable
def test_facts_that_no_rule_matches_are_taken_and_dropped() -> None:
    """Dropping a session in which nothing matched is a segmentation fault: the last rule matches every fact."""
    assert found(IsTrue("t"), *[{"t": UNDECIDED}] * 500) == [None] * 500


@needs_durable
def test_more_subjects_than_durable_rules_can_hold_at_once_go_through_one_by_one() -> None:
    """The 1,025th live session is refused, the next a segmentation fault: only one is ever alive."""
    rows = [{"t": frozenset([place % 2 == 0])} for place in range(3000)]
    assert found(IsTrue("t"), *rows) == [True, False] * 1500


@needs_durable
def test_three_hundred_conditions_that_all_match_are_judged() -> None:
    """More than 64 at once is an error, 512 at one level never ends."""
    slots: dict[str, Possible] = {f"m{place}": exactly(90) for place in range(300)}
    slots |= {f"k{place}": exactly(85) for place in range(300)}
    slots |= {"flag": UNDECIDED, "kind": frozenset("甲")}
    (opinion,) = opinions(wide_book(300), slots)
    assert opinion.rules == {
        **dict.fromkeys((f"r{place}" for place in range(300)), True),
        "all": True,
        "any": True,
        "flag": None,
        "none": False,
        "kind": True,
        "best": None,
        "still": True,
    }
    assert (opinion.raw_grades, opinion.grades) == (frozenset("A"), frozenset("AB"))


@pytest.mark.parametrize("count", [1, 20, 150])
def test_rulesets_stay_within_what_durable_rules_can_take(count: int) -> None:
    for chunk in compile_book(wide_book(count)).chunks:
        rules = json.loads(chunk.rules)
        operators = [name for name, _ in conditions_in(rules) if name.startswith("$") and name != "$m"]
        assert sum(name not in ("$and", "$or") for name in operators) - (len(rules) - 1) <= MOST_CONDITIONS
        assert len(chunk.numbers) + len(chunk.texts) + len(chunk.found) <= MOST_CONDITIONS
        for rule in rules.values():
            groups = [name for name, _ in conditions_in(rule) if name in ("$and", "$or")]
            assert len(groups) <= 15


@pytest.mark.parametrize("count", [1, 20, 150])
def test_no_rule_computes_negates_joins_or_starts_without_the_probe(count: int) -> None:
    """Division by zero kills, a rule of negations alone or of ``sid`` loops for ever, negative ``pri`` fires last."""
    allowed = {"$and", "$or", "$ex", "$eq", "$neq", "$lt", "$lte", "$gt", "$gte", "$m"}
    for chunk in compile_book(wide_book(count)).chunks:
        rules = json.loads(chunk.rules)
        assert {name for name, _ in conditions_in(rules) if name.startswith("$")} <= allowed
        assert rules.pop(SENTINEL) == {"all": [{"m": {"$ex": {"p": 1}}}], "pri": 1000}
        for rule in rules.values():
            assert list(rule) == ["all"]
            (condition,) = rule["all"]
            first = condition["m"].get("$and", [condition["m"]])[0]
            assert first == {"$ex": {"p": 1}}


# What would silently be a wrong answer.


@needs_durable
def test_an_end_that_is_not_there_decides_nothing_even_after_one_that_was() -> None:
    """Compared with a property that is missing, durable-rules repeats the answer before."""
    row: dict[str, Possible] = {"x": exactly(90), "y": exactly(85)}
    open_above: dict[str, Possible] = {"x": exactly(90), "y": Span(None, None)}
    no_value: dict[str, Possible] = {"x": exactly(90), "y": None}
    assert found(Compare(">=", "x", "y"), row, open_above, row, no_value, row) == [True, None, True, None, True]
    assert found(Compare("<", "y", "x"), row, open_above, row, no_value, row) == [True, None, True, None, True]


@needs_durable
def test_alternatives_that_all_hold_are_one_finding() -> None:
    """``$or`` fires once for each that holds."""
    many = Or(tuple(IsTrue(f"t{place}") for place in range(10)))
    truths: dict[str, Possible] = {f"t{place}": frozenset([True]) for place in range(10)}
    assert found(And((many, many)), truths, truths) == [True, True]


@needs_durable
def test_negation_alone_is_decided_both_ways() -> None:
    rows = [{"t": frozenset([True])}, {"t": frozenset([False])}, {"t": UNDECIDED}]
    assert found(Not(IsTrue("t")), *rows) == [False, True, None]
    assert found(And((Not(IsTrue("t")), Not(Not(Not(IsTrue("t")))))), *rows) == [False, True, None]


@needs_durable
def test_a_veto_counts_wherever_it_stands() -> None:
    """durable-rules does not take back what ``none`` let through: a later fact states what was found."""
    rules = (Rule("ok", Not(IsTrue("veto"))), Rule("veto", IsTrue("veto")))
    book = RuleBook("veto", (rules,), None, ((Rule("pays", And((Holds("ok"), Not(Holds("veto"))))),),))
    assert [each.rules["pays"] for each in opinions(book, {"veto": frozenset([True])})] == [False]
    assert [each.rules["pays"] for each in opinions(book, {"veto": frozenset([False])})] == [True]


@needs_durable
@pytest.mark.parametrize(
    ("smaller", "larger"),
    [
        (Fraction(1, 10**7), Fraction(2, 10**7)),
        (0, Fraction(1, 10**15)),
        (Fraction(6999, 100), 70),
        (3, Fraction(7, 2)),
        (9, 85),
        (-85, -9),
        (2**53 - 2, 2**53 - 1),
        (-(2**53) + 1, -(2**53) + 2),
        (Fraction(2**50, 3), Fraction(2**50 + 1, 3)),
    ],
)
def test_numbers_compare_by_their_exact_value(smaller: int | Fraction, larger: int | Fraction) -> None:
    """Exponents are refused or dropped, divisions truncate, texts compare letter by letter."""
    both: dict[str, Possible] = {"x": exactly(smaller), "y": exactly(larger)}
    same: dict[str, Possible] = {"x": exactly(larger), "y": exactly(Fraction(larger))}
    assert found(Compare("<", "x", "y"), both, same) == [True, False]
    assert found(Compare("==", "x", "y"), both, same) == [False, True]
    assert found(Compare(">=", "x", "y"), both, same) == [False, True]


@needs_durable
@pytest.mark.parametrize("number", [2**53, -(2**53), 2**64, 10**30, Fraction(1, 2**54), Fraction(10**16, 3)])
def test_numbers_of_more_than_53_bits_are_refused_by_name(
    number: int | Fraction, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond 63 bits durable-rules takes all for the same; between, floats do."""
    monkeypatch.setenv("KAOPING_LANG", "en")
    book = RuleBook("long", ((Rule("first", IsTrue("t")), Rule("band:A", Compare(">=", "x", "y"))),), None)
    fine: dict[str, Possible] = {"t": frozenset([True]), "x": exactly(1), "y": exactly(1)}
    result = list(
        DurableEngine().judge(book, [Row("a", fine), Row("b", {**fine, "x": exactly(number)}), Row("c", fine)])
    )
    assert result == [
        Opinion("a", {"first": True, "band:A": True}),
        Opinion("b", abstained="rule 'band:A': comparing 'x' with 'y' takes integers of more than 53 bits"),
        Opinion("c", {"first": True, "band:A": True}),
    ]


@needs_durable
def test_subjects_and_slots_whose_names_share_a_hash_do_not_share_facts() -> None:
    """durable-rules finds sessions and properties by a 32-bit hash alone."""
    assert fnv32("liquid") == fnv32("costarring")
    book = RuleBook("hash", ((Rule("liquid", IsTrue("liquid")), Rule("costarring", IsTrue("costarring"))),), None)
    rows = [
        Row("liquid", {"liquid": frozenset([True]), "costarring": frozenset([False])}),
        Row("costarring", {"liquid": UNDECIDED, "costarring": frozenset([True])}),
    ]
    assert [opinion.rules for opinion in DurableEngine().judge(book, rows)] == [
        {"liquid": True, "costarring": False},
        {"liquid": None, "costarring": True},
    ]


def test_properties_never_get_a_name_whose_hash_is_taken() -> None:
    assert list(distinct_names(["liquid", "p", "costarring", "sid", "id", "$s", "x"])) == ["liquid", "x"]
    names = [name for name, _ in zip(short_names(), range(5000), strict=False)]
    assert len({fnv32(name) for name in (*names, *OWN)}) == len(names) + len(OWN)


@needs_durable
@pytest.mark.parametrize("name", ["", "0", "null", "sid", '"', "\\", "a.b", "\n", "国" * 400_000])
def test_any_subject_id_is_as_good_as_another(name: str) -> None:
    """Nine megabytes of ``sid`` break the stack, no ``sid`` is one shared by all: ours are never sent."""
    rows = [Row(name, {"t": frozenset([True])}), Row("other", {"t": UNDECIDED}), Row(name, {"t": frozenset([False])})]
    result = list(DurableEngine().judge(one(IsTrue("t")), rows))
    assert [(opinion.subject, opinion.rules["rule"]) for opinion in result] == [
        (name, True),
        ("other", None),
        (name, False),
    ]


@needs_durable
@pytest.mark.parametrize("slot", ["id", "sid", "p", "m", "$s", "$m", "a.b", "a", "规则", "x0"])
def test_any_slot_name_is_as_good_as_another(slot: str) -> None:
    rows = [{slot: frozenset([True])}, {slot: frozenset([False])}, {slot: UNDECIDED}]
    assert found(IsTrue(slot), *rows) == [True, False, None]


TEXTS = (
    "abc",
    "abc ",
    "abcd",
    "ab",
    "",
    " ",
    '"',
    'abc"',
    "abc\\",
    "\\",
    "'",
    "\n",
    "\0",
    "abc\0",
    "9",
    "9.0",
    "国",
    "国语",
    "é",
    "😀",
)


@needs_durable
@pytest.mark.parametrize("text", [*TEXTS, "x" * 500])
def test_texts_are_equal_only_to_themselves(text: str) -> None:
    """Lengths wrap at 65,536 and a text is compared with what stands after it."""
    rows: list[dict[str, Possible]] = [{"kind": frozenset([each])} for each in (*TEXTS, "x" * 500, "x" * 499)]
    expected = [each == text for each in (*TEXTS, "x" * 500, "x" * 499)]
    assert found(IsOneOf("kind", frozenset([text])), *rows) == expected
    assert found(IsOneOf("kind", frozenset([text, "one more"])), *rows) == expected


@needs_durable
def test_texts_too_long_to_compare_are_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAOPING_LANG", "en")
    long = "abc" + "x" * 65536
    book = one(IsOneOf("kind", frozenset(["abc", long])))
    rows = [Row(str(place), {"kind": frozenset(texts)}) for place, texts in enumerate([["abc"], [long], ["abc", long]])]
    assert list(DurableEngine().judge(book, rows)) == [
        Opinion("0", {"rule": True}),
        Opinion("1", abstained="rule 'rule': the text of 'kind' is too long"),
        Opinion("2", {"rule": True}),
    ]


# What would be lost on the way.


@needs_durable
def test_the_same_fact_again_is_judged_again() -> None:
    """durable-rules refuses a fact it has seen: each is in a session of its own, and has an id of ours."""
    slots: dict[str, Possible] = {"x": exactly(Fraction(8515, 100)), "y": exactly(85), "kind": frozenset(["甲"])}
    condition = And((Compare(">=", "x", "y"), IsOneOf("kind", frozenset(["甲"]))))
    assert found(condition, *[slots] * 1500) == [True] * 1500


@needs_durable
def test_one_fact_that_cannot_be_told_drops_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a batch of durable-rules' own, what comes after a number it cannot read is dropped without a word."""
    monkeypatch.setenv("KAOPING_LANG", "zh")
    rows = [
        Row(str(place), {"x": exactly(2**60 if place % 3 == 0 else place), "y": exactly(50)}) for place in range(200)
    ]
    result = list(DurableEngine().judge(one(Compare(">=", "x", "y")), rows))
    assert [opinion.subject for opinion in result] == [str(place) for place in range(200)]
    told = {opinion.subject: opinion.rules["rule"] for opinion in result if opinion.abstained is None}
    assert told == {str(place): place >= 50 for place in range(200) if place % 3}
    assert {opinion.abstained for opinion in result} == {None, "规则“rule”：比较“x”与“y”所需的整数超过 53 位"}
