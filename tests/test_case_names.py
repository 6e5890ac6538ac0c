"""A worked case may name only what its scheme has: a slip of the pen must not pass for a blank."""

import pytest

from kaoping.cases import Case, read_cases, run_case
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
