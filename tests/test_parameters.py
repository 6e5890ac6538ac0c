"""Dated parameters: one value for a whole period, the one in force on its last day."""

from datetime import date

import pytest
from small_schemes import TITLE, frame_of, plan_of, scheme_text

from kaoping.errors import DataError
from kaoping.evaluation.run import Evaluation


def plan_with(values):
    text = scheme_text("true if a >= floor else false", {"a": "type: number, min: 0, max: 100"})
    parameters = f"parameters:\n  floor: {{values: {{{values}}}, source: 一, {TITLE}}}\n"
    return plan_of(text.replace("facts:", parameters + "facts:"))


def it(plan):
    evaluation = Evaluation(plan, frame_of({"a": 60}))
    return evaluation.machine.measure("estate", "it", "e", evaluation.context(plan.main, "e"))


@pytest.mark.parametrize(
    ("values", "met"),
    [
        ("2024-01-01: 60", True),
        ("2024-01-01: 60, 2025-12-31: 61", False),
        ("2024-01-01: 60, 2026-01-01: 61", True),
        ("2026-01-01: 61, 2020-01-01: 60", True),
    ],
)
def test_the_value_in_force_on_the_last_day_of_the_period_counts(values, met):
    assert it(plan_with(values)) is met


def test_a_period_before_the_first_value_is_refused_by_name():
    with pytest.raises(DataError) as caught:
        it(plan_with("2026-01-01: 60"))
    assert caught.value.text("en") == (
        "small.yaml:8:10: parameter 'floor' has no value on 2025-12-31; its first is from 2026-01-01"
    )
    assert caught.value.hint("zh") == "给方案补上当时的值，或考评 2026-01-01 之后的周期"
    assert caught.value.facts["first"] == date(2026, 1, 1)
