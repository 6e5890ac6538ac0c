"""Scales: what they give at each edge, over sets of what is possible, what is refused, and how they are told."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_schemes import HEAD, TITLE, frame_of, plan_of

from kaoping.errors import Problems
from kaoping.evaluation.rules import rulebooks
from kaoping.evaluation.run import Evaluation
from kaoping.evaluation.values import NO_VALUE, Choices, Range
from kaoping.facts.frame import Frame, Subject
from kaoping.facts.periods import parse_period
from kaoping.insight.explain import explain
from kaoping.scheme.prose import prose

FACTS = f"""\
facts:
  x: {{type: number, min: -100, max: 200, {TITLE}}}
  k: {{type: [a, b], {TITLE}}}
  p: {{type: boolean, {TITLE}}}
  n: {{type: integer, min: 0, max: 9, {TITLE}}}
  t: {{type: text, {TITLE}}}
"""
STEPWISE = "over: [10, 20], gives: [1, 5, 3]"


def scheme_of(scale, expression="lookup(it_is, x)", parameters=""):
    """A scheme with one scale and a measure that reads it."""
    more = f"parameters:\n{parameters}" if parameters else ""
    inside = scale if scale.startswith("\n") else f" {{{scale}, source: 一, {TITLE}}}\n"
    return f'{HEAD}{more}scales:\n  it_is:{inside}{FACTS}measures:\n  it: {{value: "{expression}", {TITLE}}}\n'


def value(text, facts, closed=True, period=None):
    """The measure over some facts; a pair is a blank between two numbers."""
    for name, found in list(facts.items()):
        if isinstance(found, tuple):
            text = text.replace(
                f"  {name}: {{type: number, min: -100, max: 200",
                f"  {name}: {{type: number, min: {found[0]}, max: {found[1]}",
            )
            del facts[name]
    plan = plan_of(text)
    frame = frame_of(facts, closed=closed)
    if period:
        entered = {("e", name): {(period, ""): found} for name, found in facts.items()}
        frame = Frame(parse_period(period), date(2030, 1, 1), {"e": Subject("e", "estate", "e")}, entered)
    evaluation = Evaluation(plan, frame)
    return evaluation.machine.measure("estate", "it", "e", evaluation.context(plan.main, "e"))


@pytest.mark.parametrize(
    ("scale", "x", "gives"),
    [
        ("over: [10, 20]", 10, 0),
        ("over: [10, 20]", Fraction(1001, 100), 1),
        ("over: [10, 20]", 21, 2),
        ("from: [10, 20]", Fraction(999, 100), 0),
        ("from: [10, 20]", 10, 1),
        ("from: [10, 20]", 20, 2),
        ("upto: [10, 20]", 10, 0),
        ("upto: [10, 20]", 20, 1),
        ("upto: [10, 20]", 21, 2),
        ("below: [10, 20]", 10, 1),
        ("below: [10, 20]", 9, 0),
        ("upto: [20, 10]", 21, 0),
        ("upto: [20, 10]", 20, 1),
        ("upto: [20, 10]", 10, 2),
        ("below: [20, 10]", 20, 0),
        ("below: [20, 10]", 19, 1),
        ("below: [20, 10]", 10, 1),
        ("below: [20, 10]", 9, 2),
        ("over: [10], gives: [low, high]", 10, "low"),
        ("over: [10], gives: [low, high]", 11, "high"),
        ("over: [10], gives: [false, true]", 11, True),
        (STEPWISE, 15, 5),
        (STEPWISE, (15, 15), 5),
        (STEPWISE, (15, 25), Range(3, 5)),
        (STEPWISE, (0, 25), Range(1, 5)),
        (STEPWISE, (0, 10), 1),
        ("upto: [20, 10], gives: [D, C, A]", (5, 15), Choices(frozenset({"C", "A"}))),
        ("line: [[0, 0], [50, 100], [100, 80]]", -5, 0),
        ("line: [[0, 0], [50, 100], [100, 80]]", 25, 50),
        ("line: [[0, 0], [50, 100], [100, 80]]", 50, 100),
        ("line: [[0, 0], [50, 100], [100, 80]]", 60, 96),
        ("line: [[0, 0], [50, 100], [100, 80]]", 150, 80),
        ("line: [[0, 0], [3, 1]]", 1, Fraction(1, 3)),
        ("line: [[0, 0], [50, 100], [100, 80]]", (25, 60), Range(50, 100)),
        ("line: [[0, 0], [50, 100], [100, 80]]", (60, 75), Range(90, 96)),
    ],
)
def test_a_number_is_worth_what_stands_at_the_bounds_it_passes(scale, x, gives):
    assert value(scheme_of(scale), {"x": x}, closed=False) == gives


BY = """
    by: [k, p]
    rows: |
      k | p     || gives
      a | true  || 1
      a | false || 2
      b | true  || 4
      b | false || 8
    source: 一
    title: {zh: 试, en: test}
"""


@pytest.mark.parametrize(
    ("facts", "gives"),
    [
        ({"k": "a", "p": True}, 1),
        ({"k": "b", "p": False}, 8),
        ({"k": "b"}, Range(4, 8)),
        ({"p": True}, Range(1, 4)),
        ({}, Range(1, 8)),
    ],
)
def test_keys_are_worth_what_their_row_says(facts, gives):
    assert value(scheme_of(BY, "lookup(it_is, k, p)"), facts, closed=False) == gives


NUMBERED = BY.replace("by: [k, p]", "by: [n]\n    no_row: unknown").replace("k | p     ||", "n ||")
NUMBERED = NUMBERED.replace("a | true  ", "0 ").replace("a | false ", "3 ").replace("b | true  ", "5 ")
NUMBERED = NUMBERED.replace("      b | false || 8\n", "")


def test_where_there_is_no_row_stands_what_is_said_or_anything_the_scale_gives():
    assert value(scheme_of(NUMBERED, "lookup(it_is, n)"), {"n": 3}) == 2
    assert value(scheme_of(NUMBERED, "lookup(it_is, n)"), {"n": 4}) == Range(1, 4)
    assert value(scheme_of(NUMBERED, "lookup(it_is, n)"), {}, closed=False) == Range(1, 4)
    assert value(scheme_of(NUMBERED.replace("unknown", "9"), "lookup(it_is, n)"), {"n": 4}) == 9
    assert value(scheme_of(NUMBERED.replace("unknown", "9"), "lookup(it_is, n)"), {}, closed=False) == Range(1, 9)


def test_bounds_and_values_may_be_parameters_with_values_of_their_own_day():
    parameters = (
        f"  floor: {{values: {{2024-01-01: 60, 2026-01-01: 70}}, unit: 分, source: 一, {TITLE}}}\n"
        f"  prize: {{value: 5, source: 一, {TITLE}}}\n"
    )
    text = scheme_of("from: [floor, 80], gives: [0, prize, 10]", parameters=parameters)
    assert value(text, {"x": 65}) == 5
    assert value(text, {"x": 65}, period="2026") == 0


def test_what_has_no_value_is_worth_none():
    text = scheme_of(STEPWISE).replace(
        'it: {value: "lookup', 'half: {value: x, applies_when: p, title: {zh: 试, en: t}}\n  it: {value: "lookup'
    )
    text = text.replace("lookup(it_is, x)", "lookup(it_is, half)")
    assert value(text, {"x": 15, "p": False}) is NO_VALUE
    assert value(text, {"x": 15, "p": True}) == 5


@given(
    st.integers(-20, 40), st.integers(0, 30), st.sampled_from(["over", "from", "upto", "below", "line"]), st.booleans()
)
def test_whatever_a_number_may_be_its_worth_is_within_that_of_the_range(low, width, form, falls):
    bounds = sorted([5, 12, 20], reverse=falls and form in ("upto", "below"))
    scale = "line: [[5, 2], [12, 9], [20, 4]]" if form == "line" else f"{form}: {bounds}, gives: [7, 2, 9, 4]"
    wide = value(scheme_of(scale), {"x": (low, low + width)}, closed=False)
    ends = (wide.low, wide.high) if isinstance(wide, Range) else (wide, wide)
    single = [
        value(scheme_of(scale), {"x": (number, number)}, closed=False)
        for number in {low, low + width // 2, low + width}
    ]
    assert all(ends[0] <= one <= ends[1] for one in single)


REFUSED = [
    ("over: [10], from: [20]", "lookup(it_is, x)", ["scale-form"]),
    ("gives: [1]", "lookup(it_is, x)", ["scale-form"]),
    ("over: [10, 20], gives: [1, 2]", "lookup(it_is, x)", ["scale-gives"]),
    ("over: [20, 10]", "lookup(it_is, x)", ["scale-order"]),
    ("upto: [20, 10, 15]", "lookup(it_is, x)", ["scale-order-either"]),
    ("line: [[0, 1], [0, 2]]", "lookup(it_is, x)", ["scale-order"]),
    ("line: [[0, 1]]", "lookup(it_is, x)", ["scale-line"]),
    ("line: [[0, 1], [5]]", "lookup(it_is, x)", ["scale-point"]),
    ("line: [[0, 1], [5, 2]], gives: [1]", "lookup(it_is, x)", ["scale-key"]),
    ("over: [10], gives: [1, two]", "lookup(it_is, x)", ["scale-values"]),
    ("line: [[0, a], [1, b]]", "lookup(it_is, x)", ["scale-values"]),
    ("by: [k]", "lookup(it_is, k)", ["scale-key-missing"]),
    (STEPWISE, "lookup(it_was, x)", ["unknown-scale"]),
    (STEPWISE, "lookup(it_is, x, k)", ["arity"]),
    (STEPWISE, "lookup(it_is, k)", ["wrong-type"]),
    (STEPWISE, "it_is + 1", ["scale-as-value"]),
    (BY, "lookup(it_is, k)", ["arity"]),
    (BY, "lookup(it_is, p, k)", ["scale-key-type"]),
    (BY.replace("b | false", "c | false"), "lookup(it_is, k, p)", ["scale-key-choice"]),
    (BY.replace("      b | false || 8\n", ""), "lookup(it_is, k, p)", ["scale-row-missing"]),
    (BY.replace("b | false", "b | true"), "lookup(it_is, k, p)", ["scale-row-twice"]),
    (BY.replace("k | p     ||", "p | k ||"), "lookup(it_is, k, p)", ["scale-head"]),
    (BY.replace("b | false || 8", "b || 8"), "lookup(it_is, k, p)", ["table-row"]),
    (NUMBERED.replace("    no_row: unknown\n", ""), "lookup(it_is, n)", ["scale-open-key"]),
    (BY.replace("    source: 一\n", ""), "lookup(it_is, k, p)", ["scale-without-source"]),
]


@pytest.mark.parametrize(("scale", "expression", "keys"), REFUSED)
def test_a_wrong_scale_or_look_up_is_refused(scale, expression, keys):
    with pytest.raises(Problems) as caught:
        plan_of(scheme_of(scale, expression))
    assert [error.key for error in caught.value.errors][: len(keys)] == [
        f"scale.{k}" if "." in k else f"scheme.{k}" for k in keys
    ]


def test_bounds_that_cross_on_some_day_are_refused():
    parameters = f"  floor: {{values: {{2024-01-01: 60, 2026-01-01: 90}}, source: 一, {TITLE}}}\n"
    with pytest.raises(Problems) as caught:
        plan_of(scheme_of("from: [floor, 80]", parameters=parameters))
    assert [error.key for error in caught.value.errors] == ["scheme.scale-order"]


def test_a_scale_in_a_rule_is_a_slot_for_other_engines_and_its_threshold_is_told():
    parameters = "  floor: {value: 60, unit: 分, source: 第三条, title: {zh: 及格线, en: Pass}}\n"
    text = scheme_of("from: [floor], gives: [bad, good]", "x", parameters) + (
        "grade:\n  bands: {A: \"lookup(it_is, x) == 'good'\", D: otherwise}\n"
        "  titles: {A: {zh: 甲, en: A}, D: {zh: 丁, en: D}}\n"
    )
    plan = plan_of(text)
    evaluation = Evaluation(plan, frame_of({"x": 60}))
    row = rulebooks(evaluation)[0].row(evaluation, "e")
    assert frozenset({"good"}) in row.slots.values()
    assert evaluation.result().results[0].grade == "A"
    band = explain(evaluation, plan.main, "e")["bands"][0]
    assert band["threshold"]["floor"]["value"] == "60"
    assert band["values"]["lookup(it_is)"] == "good"


def test_scales_stand_on_the_page_of_their_scheme_as_tables():
    parameters = "  floor: {value: 60, unit: 分, source: 第三条, title: {zh: 及格线, en: Pass}}\n"
    text = scheme_of("from: [floor, 80], gives: [0, 5, 10], unit: 分", parameters=parameters)
    text = text.replace(
        "facts:", f"  fires: {{upto: [5, 0], gives: [C, B, A], source: 二, {TITLE}}}\n  keyed:{BY}facts:"
    )
    plan = plan_of(text)
    lines = prose(plan.scheme, plan.catalogue, "zh").splitlines()
    start = lines.index("## 换算表")
    assert lines[start + 2 : start + 12] == [
        "- **试**（分）：按所在的档取值".replace("**（分）", "（分）**"),
        "",
        "  | 所查的值 | 对应的值 |",
        "  | --- | --- |",
        "  | 低于“及格线”（60分） | 0 |",
        "  | 不低于“及格线”（60分）、低于80 | 5 |",
        "  | 不低于80 | 10 |",
        "",
        "  〔一〕",
        "- **试**：按所在的档取值",
    ]
    english = prose(plan.scheme, plan.catalogue, "en")
    assert "  | at most 5, above 0 | “B” |" in english
    assert "  | b | false | 8 |" in english
    assert "what “test” gives for “test”" in english
