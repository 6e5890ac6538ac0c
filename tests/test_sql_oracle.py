"""sql finds what the reference finds: on random schemes and facts, and on every worked case of every bundled scheme."""

import os
import sys
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_schemes import frame_of, plan_of, scheme_text
from sql_schemes import Further, Schemes, facts, random_plan
from sql_world import bundled_plans, differences, differences_in_duckdb

from kaoping.cases import case_evaluation, read_cases
from kaoping_sql.words import NoFormError

SLOW = bool(os.environ.get("KAOPING_SLOW"))


def compared(compare, examples, made=Schemes):
    """Cells compared over random schemes and facts; a scheme may be refused by its place, a few are."""
    cells, refused, schemes = 0, 0, 0

    @settings(max_examples=examples, deadline=None, database=None, derandomize=not SLOW)
    @given(st.integers(0, 2**32), st.sampled_from((0.05, 0.2, 0.4)), st.booleans())
    def agrees(seed, blanks, points):
        nonlocal cells, refused, schemes
        rng = Random(seed)
        plan = random_plan(rng, made)
        if plan is None:
            return
        schemes += 1
        try:
            lines, many = compare(plan, rng, blanks, points)
        except NoFormError:
            refused += 1
            return
        assert not lines, (seed, lines[:3])
        cells += many

    agrees()
    sys.stdout.write(f"{cells:,} cells of {schemes - refused:,} schemes compared; {refused:,} more refused\n")
    assert refused <= schemes / 20
    return cells


def test_sql_agrees_with_the_reference_on_random_schemes_and_facts():
    def compare(plan, rng, blanks, points):
        return differences(plan, facts(rng, 30, blanks), points)

    assert compared(compare, 6000 if SLOW else 6) >= (2_000_000 if SLOW else 1)


def test_sql_agrees_with_the_reference_on_runs_gaps_and_what_is_nested():
    def compare(plan, rng, blanks, points):
        return differences(plan, facts(rng, 30, blanks), points)

    assert compared(compare, 1000 if SLOW else 6, Further) >= (300_000 if SLOW else 1)


@pytest.mark.skipif(not SLOW, reason="a quarter of an hour; set KAOPING_SLOW=1")
def test_duckdb_agrees_with_the_reference_on_random_schemes_and_facts(tmp_path):
    pytest.importorskip("duckdb")

    def compare(plan, rng, blanks, _):
        return differences_in_duckdb(plan, facts(rng, 300, blanks), tmp_path)

    assert compared(compare, 300) >= 1_000_000


PLANS = bundled_plans()
REFUSED = [
    ("workdays(d, '2025-10-09')", "workdays"),
    ("count(r, any(r, n > 1))", "r"),
    ("last(results, results.it, if_none=9)", "results"),
]
"""What no database is asked, and what the message names."""


@pytest.mark.parametrize(("expression", "what"), REFUSED)
def test_expression_without_sql_form_is_refused_by_its_name_and_place(expression, what):
    plan = plan_of(scheme_text(expression, {"d": "type: date"}, ["r"]))
    with pytest.raises(NoFormError) as refusal:
        differences(plan, frame_of({}))
    assert refusal.value.facts["what"] == what
    assert refusal.value.place.line


LONG = ("city-creation-street",)
"""Schemes whose statement is long: here every day of a year is written out four times."""


@pytest.mark.parametrize("scheme", sorted(PLANS))
def test_sql_agrees_with_the_reference_on_every_worked_case(scheme):
    plan = PLANS[scheme]
    cases = [one for one in read_cases(plan.scheme.cases_text, plan.scheme.cases_file) if not refused(one)]
    chosen = cases if SLOW else cases[:1] if scheme in LONG else cases[:: max(1, len(cases) // 4)]
    for case in chosen:
        one = case_evaluation(plan, case)
        lines, _ = differences(plan, one.frame, points=SLOW, parameters=one.machine.changed)
        assert not lines, (case.id, lines[:3])


def refused(case):
    return case.table.get("refused") is not None
