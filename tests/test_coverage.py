"""Which kinds of rule worked cases show: counted over schemes, and what nobody shows is named."""

import pytest
from cli_world import Office
from docs_examples import WHOLE

from kaoping.errors import Problems
from kaoping.office.coverage import coverage_of
from kaoping.scheme.reader import read_scheme
from kaoping.scheme.rule_kinds import rule_kinds

CASES = """\
scheme: tidy-courtyard
cases:
- {case: one, title: {zh: 一, en: One}, shows: [registry, spacing], period: "2025"}
- {case: two, title: {zh: 二, en: Two}, shows: spacing, period: "2025"}
- {case: three, title: {zh: 三, en: Three}, period: "2025"}
"""


def scheme(cases):
    return read_scheme(WHOLE, "tidy-courtyard.yaml", cases, "tidy-courtyard.cases.yaml")


def test_each_kind_has_the_cases_that_show_it_in_the_order_of_the_register():
    data = coverage_of([scheme(CASES)])
    assert [kind["kind"] for kind in data["kinds"]] == list(rule_kinds())
    shown = {kind["kind"]: kind["schemes"] for kind in data["kinds"] if kind["schemes"]}
    title = {"zh": "整洁院落评定", "en": "Tidy courtyards"}
    one, two = {"case": "one", "title": {"zh": "一", "en": "One"}}, {"case": "two", "title": {"zh": "二", "en": "Two"}}
    assert shown == {
        "spacing": [{"scheme": "tidy-courtyard", "title": title, "cases": [one, two]}],
        "registry": [{"scheme": "tidy-courtyard", "title": title, "cases": [one]}],
    }
    assert data["shown"] == 2
    assert data["not_shown"] == [name for name in rule_kinds() if name not in ("spacing", "registry")]
    assert data["schemes"] == [
        {"scheme": "tidy-courtyard", "title": title, "kinds": 2, "cases": 3, "cases_that_show": 2}
    ]


def test_a_scheme_without_cases_shows_nothing():
    data = coverage_of([scheme("")])
    assert data["shown"] == 0
    assert len(data["not_shown"]) == len(data["kinds"])


def test_a_wrong_file_of_cases_is_told():
    with pytest.raises(Problems) as caught:
        coverage_of([scheme(CASES.replace("registry", "regestry"))])
    assert [error.text("en") for error in caught.value.errors] == [
        "tidy-courtyard.cases.yaml:3:48: no kind of rule is called 'regestry'"
    ]


@pytest.mark.parametrize(
    ("language", "told"),
    [
        (
            "zh",
            "数量\n  spacing  间隔或密度：tidy-courtyard 2\n\n"
            "结果运用\n  registry  只有名册，没有标准：tidy-courtyard 1\n\n"
            "65 种规则，2 种有算例；3 个算例中 2 个写明了规则种类（shows）\n",
        ),
        (
            "en",
            "Amounts\n  spacing  Spacing or density in space: tidy-courtyard (one, two)\n\n"
            "What follows\n  registry  A register of holders without criteria: tidy-courtyard (one)\n\n"
            "65 kinds of rule, 2 with a worked case; 2 of 3 cases name the kinds they show\n",
        ),
    ],
)
def test_of_one_file_the_kinds_it_shows_are_told(tmp_path, language, told):
    (tmp_path / "tidy-courtyard.yaml").write_text(WHOLE, encoding="utf-8")
    (tmp_path / "tidy-courtyard.cases.yaml").write_text(CASES, encoding="utf-8")
    more = ["--cases"] if language == "en" else []
    assert Office(tmp_path, language).run("scheme", "coverage", "tidy-courtyard.yaml", *more).out == told


def test_of_all_schemes_what_nobody_shows_is_named(tmp_path):
    data = Office(tmp_path).json("scheme", "coverage")
    out = Office(tmp_path, "en").run("scheme", "coverage").out
    assert data["shown"] + len(data["not_shown"]) == 65
    assert data["shown"] >= 56
    for name in data["not_shown"]:
        assert f"  {name} " in out
    assert out.count("(no case)") == len(data["not_shown"])
