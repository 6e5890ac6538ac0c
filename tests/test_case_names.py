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
  until_june:
    complete: {visit: 2025-06-30}
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
        ("{given: half, without: [visit], complete: {visit: 2025-12-31}}", "{measures: {visits: 0}}"),
        ("{given: half, complete: {visit: 2025-06-30}}", "{measures: {visits: {from: 2}}}"),
        ("{given: [half, other_half, until_june], without: [visit], complete: [visit]}", "{measures: {visits: 0}}"),
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
    assert str(error.place).startswith("two-works.cases.yaml:17:")


RULES = """
events:
  put_right: {of: estate, fields: {record_no: text}, title: {zh: 复查, en: Put right}}
accounts:
  merit: {of: estate, unit: 分, title: {zh: 积分, en: Merit}}
consequences:
  praise: {when: meets_all, to: subject, kind: incentive, source: 一, title: {zh: 表扬, en: Praise}}
"""
LATER = """
scheme: two-works
cases:
- case: one
  title: {zh: 一, en: one}
  period: "2025"
  subjects: {e: {values: {done: {planted: true, lit: true}}, complete: [visit]}}
  publish_on: 2026-01-10
  events: [{event: put_right, of: e, on: 2026-02-01, record_no: "1"}]
  expect: {e: {consequences: [praise]}}
  ledger: [{of: e, on: 2026-01-10, net: {merit: 0}, active: [praise], ended: []}]
"""


@pytest.fixture(scope="module")
def later_plan() -> Plan:
    scheme = read_scheme(SCHEME + RULES, "two-works.yaml")
    return compile_scheme(scheme, merge_catalogue(base_catalogue(), [scheme]))


def test_names_that_are_there_are_taken(later_plan: Plan) -> None:
    assert run_case(later_plan, read_cases(LATER, "c.yaml")[0]).differences == ()


@pytest.mark.parametrize(
    ("there", "written", "place", "name"),
    [
        ("complete: [visit]", "complete: [vist]", "7:73", "vist"),
        ("{event: put_right", "{event: putright", "9:20", "putright"),
        ("of: e, on: 2026-02-01", "of: f, on: 2026-02-01", "9:35", "f"),
        ("record_no", "recordno", "9:54", "recordno"),
        ("consequences: [praise]", "no_consequences: [prise]", "10:34", "prise"),
        ("{of: e, on: 2026-01-10", "{of: x, on: 2026-01-10", "11:17", "x"),
        ("merit", "merits", "11:42", "merits"),
        ("active: [praise]", "not_active: [prays]", "11:66", "prays"),
        ("publish_on", "parameters: {floor: 1}\n  publish_on", "8:16", "floor"),
    ],
)
def test_a_name_that_would_pass_for_nothing_found_is_told(later_plan: Plan, there, written, place, name) -> None:
    assert there in LATER
    (found,) = run_case(later_plan, read_cases(LATER.replace(there, written), "c.yaml")[0]).differences
    assert found.found == f"c.yaml:{place}: the case names {name!r}, which the scheme does not have"


@pytest.mark.parametrize(
    ("there", "written", "told"),
    [
        ("consequences: [praise]", "consequences: []", ("e", "consequences", "none", "praise")),
        ("active: [praise]", "active: []", ("e", "active on 2026-01-10", "none", "praise")),
    ],
)
def test_an_empty_list_means_none(later_plan: Plan, there, written, told) -> None:
    (found,) = run_case(later_plan, read_cases(LATER.replace(there, written), "c.yaml")[0]).differences
    assert (found.subject, found.what, found.expected, found.found) == told


def test_a_relation_to_a_subject_of_another_kind_is_told(plan: Plan) -> None:
    text = CASE.replace("{VALUES}", "{}").replace("{RECORDS}", "{}")
    text = text.replace("  expect:", "      relations: {company: f}\n    f: {type: community}\n  expect:", 1)
    (found,) = run_case(plan, read_cases(text, "two-works.cases.yaml")[0]).differences
    assert found.found.endswith("f is of type Community; here the relation Property company takes Property company")


@pytest.mark.parametrize(("day", "key"), [("2025-06-31", "facts.no-such-day"), ("in June", "facts.not-a-date")])
def test_a_day_of_a_relation_that_is_none_is_refused(plan: Plan, day, key) -> None:
    text = GIVEN.replace("SUBJECT", f"{{relations: {{estate_community: {{c: {{until: {day}}}}}}}}}")
    text = text.replace("expect:\n    e: EXPECTED", f"refused: {key}")
    assert run_case(plan, read_cases(text, "two-works.cases.yaml")[0]).differences == ()
