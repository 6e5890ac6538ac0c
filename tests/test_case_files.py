"""A file of worked cases may hold only the keys it knows; what it does not know is told with place and nearest name."""

import pytest
from docs_examples import page

from kaoping.cases import read_cases
from kaoping.errors import Problems
from kaoping.scheme.rule_kinds import rule_kinds
from kaoping.scheme.shape import schema

CASES = """\
scheme: tidy-courtyard
given:
  ninety: {values: {score: 90}}
cases:
- case: a-fire
  title: {zh: 火灾, en: A fire}
  shows: [grade-set, zero-tolerance]
  source: 第六条
  period: "2025"
  subjects:
    yard: {given: ninety, complete: [fire]}
    lake: {type: community}
  publish_on: 2026-01-15
  expect:
    yard: {grade: tidy, status: final}
  ledger:
    - {of: yard, on: 2026-01-14, pending: [plaque]}
- case: no-fire
  title: {zh: 无火灾, en: No fire}
  period: "2025"
"""


def told(text):
    with pytest.raises(Problems) as caught:
        read_cases(text, "c.yaml")
    return [(error.text("zh"), error.hint("zh"), error.text("en"), error.hint("en")) for error in caught.value.errors]


def test_a_case_names_the_kinds_of_rule_it_shows():
    assert [case.shows for case in read_cases(CASES, "c.yaml")] == [("grade-set", "zero-tolerance"), ()]
    assert read_cases(CASES.replace("[grade-set, zero-tolerance]", "registry"), "c.yaml")[0].shows == ("registry",)


def test_the_register_of_kinds_names_each_once_in_both_languages():
    kinds = rule_kinds()
    assert len(kinds) == 65
    for part in ("zh", "en"):
        titles = [getattr(kind.title, part) for kind in kinds.values()]
        assert all(titles)
        assert len(set(titles)) == 65


def test_an_unknown_kind_is_told_with_its_place_and_the_nearest():
    assert told(CASES.replace("[grade-set, zero-tolerance]", "[grade-set, zero-tolerence]")) == [
        (
            "c.yaml:7:22: 没有“zero-tolerence”这种规则",
            "是不是“zero-tolerance”？",
            "c.yaml:7:22: no kind of rule is called 'zero-tolerence'",
            "did you mean 'zero-tolerance'?",
        )
    ]


@pytest.mark.parametrize(
    ("there", "written", "where", "name", "near"),
    [
        ("scheme: tidy-courtyard", "scheme: tidy-courtyard\ncaes: []", "2:1: (top)", "caes", "cases"),
        ("  ninety: {values", "  ninety: {valeus", "3:12: given.ninety", "valeus", "values"),
        ("  source: 第六条\n", "  sorce: 第六条\n", "8:3: cases.0", "sorce", "source"),
        ("complete: [fire]", "compleet: [fire]", "11:27: cases.0.subjects.yard", "compleet", "complete"),
        ("lake: {type:", "lake: {typ:", "12:12: cases.0.subjects.lake", "typ", "type"),
        ("lake: {type: community", "lake: {relations: {near: {sea: {untill: 2025-07-01}}}",
         "12:37: cases.0.subjects.lake.relations.near.sea", "untill", "until"),
        ("status: final", "statsu: final", "15:25: cases.0.expect.yard", "statsu", "status"),
        ("pending: [plaque]", "pendign: [plaque]", "17:34: cases.0.ledger.0", "pendign", "pending"),
    ],
)  # fmt: skip
def test_an_unknown_key_is_told_wherever_it_stands(there, written, where, name, near):
    (found,) = told(CASES.replace(there, written, 1))
    assert found == (
        f"c.yaml:{where} 中没有“{name}”这个键",
        f"是不是“{near}”？",
        f"c.yaml:{where} has no key {name!r}",
        f"did you mean {near!r}?",
    )


def test_a_case_without_its_name_or_period_is_told():
    text = CASES.replace("- case: a-fire\n  title", "- title").replace('  period: "2025"\n', "", 1)
    assert told(text)[0][2] == "c.yaml:5:3: cases.0 lacks: case, period"


def test_a_list_where_a_table_belongs_is_told():
    (found,) = told(CASES.replace("lake: {type: community}", "lake: [community]"))
    assert found[2] == "c.yaml:12:5: cases.0.subjects.lake must be object, it is array"


def test_the_schema_and_the_page_know_the_same_keys():
    text = page("cases.md")
    for part in ("case", "expect"):
        rows = text[text.index(f"<!-- keys: {part} -->") :].split("\n\n")[0]
        assert [key for key in schema("cases")["$defs"][part]["properties"] if f"`{key}`" not in rows] == []
    for part in ("subject", "days", "ledger"):
        assert [key for key in schema("cases")["$defs"][part]["properties"] if key not in text] == []
