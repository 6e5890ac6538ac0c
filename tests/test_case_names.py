"""A worked case may name only what its scheme has: a slip of the pen must not pass for a blank."""

import pytest

from kaoping.cases import Case, read_cases, run_case
from kaoping.errors import Problems
from kaoping.evaluation.compile import compile_scheme
from kaoping.evaluation.plan import Plan
from kaoping.scheme.catalogue import base_catalogue, merge_catalogue
from kaoping.scheme.reader import read_scheme

SCHEME = """
scheme: two-works
edition: "1"
title: {zh: 两项工作, en: Two works}
source: {document: 测试, plan: "1"}
subject: estate
period: year
lists:
  two_works:
    planted: {zh: 绿化, en: Planted}
    lit:     {zh: 亮化, en: Lit}
facts:
  done: {type: boolean, for_each: two_works, title: {zh: 已完成, en: Done}}
records:
  visit:
    title: {zh: 走访, en: Visits}
    fields:
      made_on: {type: date, title: {zh: 日期, en: Day}}
    placed_by: made_on
measures:
  visits: {value: count(visit), source: 一, title: {zh: 走访次数, en: Visits made}}
  everything: {value: meets_all, source: 一, title: {zh: 全部, en: Everything}}
criteria:
  all_done: {require: "all(two_works, done)", source: 一, title: {zh: 全部完成, en: All done}}
"""

CASE = """
scheme: two-works
cases:
- case: one
  title: {zh: 一, en: one}
  period: "2025"
  subjects:
    e:
      values: {VALUES}
      records: {RECORDS}
  expect:
    e: {criteria: {all_done: met}}
"""


@pytest.fixture(scope="module")
def plan() -> Plan:
    scheme = read_scheme(SCHEME, "two-works.yaml")
    return compile_scheme(scheme, merge_catalogue(base_catalogue(), [scheme]))


def case(values: str, records: str = "{}") -> Case:
    text = CASE.replace("{VALUES}", values).replace("{RECORDS}", records)
    return read_cases(text, "two-works.cases.yaml")[0]


def test_items_of_the_list_are_read(plan: Plan) -> None:
    assert run_case(plan, case("{done: {planted: true, lit: true}}")).differences == ()


@pytest.mark.parametrize(
    ("values", "records", "name"),
    [
        ("{done: {planted: true, lighted: true}}", "{}", "done.lighted"),
        ("{finished: {planted: true}}", "{}", "finished"),
        ("{}", "{call: [{made_on: 2025-01-01}]}", "call"),
        ("{}", "{visit: [{made: 2025-01-01}]}", "visit.made"),
    ],
)
def test_an_item_fact_record_or_field_that_is_not_there_is_told(plan: Plan, values, records, name) -> None:
    (found,) = run_case(plan, case(values, records)).differences
    assert found.what == "refused"
    assert found.found.partition(": ")[2] == f"the case names {name!r}, which the scheme does not have"


GIVEN = """
scheme: two-works
given:
  half:
    values: {done: {planted: true}}
    records: {visit: [{made_on: 2025-01-01}, {made_on: 2025-02-01}]}
    complete: [visit]
  other_half:
    values: {done: {lit: true}}
cases:
- case: one
  title: {zh: 一, en: one}
  period: "2025"
  subjects:
    e: SUBJECT
  expect:
    e: EXPECTED
"""


def given(subject: str, expected: str) -> Case:
    return read_cases(GIVEN.replace("SUBJECT", subject).replace("EXPECTED", expected), "two-works.cases.yaml")[0]


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("{}", "{measures: {everything: true/false}}"),
        ("{given: half}", "{status: incomplete, criteria: {all_done: unknown}, measures: {visits: 2}}"),
        ("{given: half, values: {done: {lit: true}}}", "{status: final, criteria: {all_done: met}}"),
        ("{given: half, values: {done: {planted: false}}}", "{criteria: {all_done: not_met}}"),
        ("{given: [half, other_half]}", "{criteria: {all_done: met}, measures: {visits: 2}}"),
        ("{given: half, records: {visit: [{made_on: 2025-03-01}]}}", "{measures: {visits: 1}}"),
        ("{given: [half, other_half], without: [done.lit]}", "{criteria: {all_done: unknown}}"),
        ("{given: [half, other_half], without: [done]}", "{criteria: {all_done: unknown}, measures: {visits: 2}}"),
        ("{given: half, without: [visit], complete: [visit]}", "{measures: {visits: 0}}"),
    ],
)
def test_a_subject_starts_from_what_is_given(plan: Plan, subject, expected) -> None:
    assert run_case(plan, given(subject, expected)).differences == ()


@pytest.mark.parametrize(
    ("subject", "name"),
    [
        ("{given: whole}", "whole"),
        ("{given: half, without: [done.lit]}", "done.lit"),
        ("{given: half, without: [call]}", "call"),
    ],
)
def test_what_is_not_given_is_told_with_its_place(subject, name) -> None:
    with pytest.raises(Problems) as caught:
        given(subject, "{}")
    (error,) = caught.value.errors
    assert (error.key, error.facts["name"]) == ("scheme.case-given", name)
    assert str(error.place).startswith("two-works.cases.yaml:15:")
