"""docs/cases.md against the code: its cases hold on every engine, its tables of keys are whole."""

import re

from docs_examples import WHOLE, blocks, compiled, page

from kaoping.cases import read_cases, run_case
from kaoping.cases.compared import checks
from kaoping.errors import Place
from kaoping.evaluation.result import OUTCOMES, STATUSES, SubjectResult
from kaoping.scheme.document import Scalar
from kaoping.scheme.reader import Reader
from kaoping.scheme.shape import schema

PAGE = page("cases.md")
CASES = blocks(PAGE, "yaml")[0]


def keys(name):
    rows = PAGE[PAGE.index(f"<!-- keys: {name} -->") :].split("\n\n")[0].splitlines()[3:]
    return [key for row in rows for key in re.findall(r"`(\w+)`", row.split("|")[1])]


def engines():
    from kaoping_durable import kaoping_engines

    return [engine for engine in kaoping_engines() if engine.unavailable() is None]


def test_every_case_of_the_page_holds_on_every_engine():
    plan = compiled(WHOLE)
    cases = read_cases(CASES, "tidy-courtyard.cases.yaml")
    assert len(cases) == 6
    assert [run_case(plan, case, engines()).differences for case in cases] == [()] * 6


def test_a_case_that_does_not_hold_says_what_it_expected_and_found():
    wrong = CASES.replace("grade: fair}", "grade: tidy}").replace(
        "active: [plaque]}\n    - {of: yard, on: 2027", "ended: [plaque]}\n    - {of: yard, on: 2027"
    )
    plan = compiled(WHOLE)
    found = [d for case in read_cases(wrong, "w.yaml") for d in run_case(plan, case).differences]
    assert [(d.subject, d.what, d.expected, d.found) for d in found] == [
        ("yard", "plaque on 2026-01-15", "ended", "active"),
        ("yard", "grade", "tidy", "fair"),
    ]


def test_the_tables_of_keys_are_whole():
    assert sorted(keys("case")) == sorted(schema("cases")["$defs"]["case"]["properties"])
    one = SubjectResult("s", "courtyard", "S", "final")
    place = Place("x")
    unknown = [
        key
        for key in keys("expect")
        if any(f == "unknown key" for _, _, f in checks(Reader(), one, key, Scalar("a", place)))
    ]
    assert unknown == []
    for status in (*STATUSES, *OUTCOMES):
        assert f"`{status}`" in PAGE
