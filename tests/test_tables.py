"""Decision tables: hit policies over decided and undecided inputs."""

import pytest
from small_schemes import HEAD, TITLE, frame_of, plan_of

from kaoping.errors import Problems
from kaoping.evaluation.run import Evaluation, shown

FACTS = """\
facts:
  age: {type: integer, min: 0, max: 120, title: {zh: 年龄, en: Age}}
  risk: {type: [high, medium, low], title: {zh: 风险, en: Risk}}
  affordable: {type: boolean, title: {zh: 负担得起, en: Affordable}}
"""
APPROVAL = """\
      age   | risk        | affordable || status   | rate
      >= 18 | medium, low | true       || approved | basic
      < 18  | -           | -          || declined | standard
      -     | high        | -          || approved | standard
"""
SALARY = """\
      age || salary
      > 1 || 100
      > 2 || 200
      > 3 || 300
      > 5 || 500
"""


def plan(table, hit, more=""):
    return plan_of(f"{HEAD}{FACTS}measures:\n  it:\n    {TITLE}\n    hit: {hit}\n{more}    table: |\n{table}")


def value(plan, name="it", **facts):
    evaluation = Evaluation(plan, frame_of(facts))
    return shown(evaluation.machine.measure("estate", name, "e", evaluation.context(plan.main, "e")))


GIVES = "    gives: [approved, declined]\n"


@pytest.mark.parametrize(
    ("hit", "more", "status", "rate"),
    [
        ("first", "", "declined", "standard"),
        ("priority", GIVES, "approved", "standard"),
        ("rule_order", "", ["declined", "approved"], ["standard", "standard"]),
        ("output_order", GIVES, ["approved", "declined"], ["standard", "standard"]),
        ("unique", "", None, None),
        ("any", "", None, "standard"),
    ],
)
def test_two_rows_that_fit_are_taken_as_the_hit_policy_says(hit, more, status, rate):
    table = plan(APPROVAL, hit, more)
    facts = {"age": 17, "risk": "high", "affordable": True}
    assert value(table, "it.status", **facts) == status
    assert value(table, "it.rate", **facts) == rate


@pytest.mark.parametrize(
    ("hit", "age", "expected"),
    [("sum", 6, "1100"), ("min", 3, "100"), ("max", 4, "300"), ("count", 6, "4"), ("count", 2, "1"), ("sum", 1, "0")],
)
def test_collected_rows_are_added_counted_or_compared(hit, age, expected):
    assert value(plan(SALARY, f"collect {hit}"), age=age) == expected


def test_an_undecided_input_leaves_every_row_that_may_fit():
    found = value(plan(APPROVAL, "first"), "it.status", risk="low", affordable=True)
    assert found == {"possible": ["approved", "declined", None]}  # None: no row may fit
    assert value(plan(APPROVAL, "first"), "it.rate", age=17) == "standard"
    assert value(plan(SALARY, "collect sum")) == {"from": "0", "to": "1100"}


def test_a_default_stands_where_no_row_fits_and_without_one_there_is_no_value():
    table = "      age || fee\n      1..9, 11 || 5\n      not 0..20 || 7\n"
    assert [value(plan(table, "unique", "    default: 0\n"), age=age) for age in (1, 9, 10, 11, 0, 21)] == [
        "5",
        "5",
        "0",
        "5",
        "0",
        "7",
    ]
    assert value(plan(table, "unique"), age=10) is None


def test_a_result_of_several_is_named_with_its_table():
    table = plan_of(
        f"{HEAD}{FACTS}measures:\n  it:\n    {TITLE}\n    hit: first\n    table: |\n{APPROVAL}"
        f"  fee: {{value: \"5 if it.rate == 'basic' else 9\", {TITLE}}}\n"
    )
    assert value(table, "fee", age=20, risk="low", affordable=True) == "5"
    assert value(table, "fee", age=2) == "9"


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("      age || fee\n", "small.yaml:16: a decision table needs a head and at least one row"),
        (
            "      age | fee\n      1 | 2\n",
            "small.yaml:16: this line needs exactly one ||, conditions before it and results after",
        ),
        ("      age || fee\n      1 | 2 || 3\n", "small.yaml:17: this row has 2 || 1 columns, the head has 1 || 1"),
        ("      age || fee\n      < || 3\n", "small.yaml:17: the cell '<' in column 'age' is not complete"),
        (
            "      age || fee\n      1 || x\n      2 || 3\n",
            "small.yaml:13:5: the results of one column of 'it' must be of one kind (numbers for collect)",
        ),
        ("      agee || fee\n      1 || 3\n", "small.yaml:17: nothing here is called 'agee'"),
        ("      risk || fee\n      hihg || 3\n", "small.yaml:17: 'hihg' is not one of: high, medium, low"),
    ],
)
def test_what_is_wrong_in_a_table_is_told_with_its_line(table, message):
    with pytest.raises(Problems) as caught:
        plan(table, "first")
    assert message in caught.value.text("en")
