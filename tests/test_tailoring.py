"""A tailoring changes values and leaves out criteria in a place's name; all that a scheme must hold is held again."""

import re
from datetime import date
from fractions import Fraction

import pytest
from docs_examples import WHOLE, blocks, page

from kaoping.errors import Problems
from kaoping.evaluation.tailored import compile_tailored
from kaoping.scheme.catalogue import base_catalogue, merge_catalogue
from kaoping.scheme.model import Duration
from kaoping.scheme.reader import read_scheme
from kaoping.scheme.shape import schema
from kaoping.scheme.tailoring import is_tailoring, read_tailoring, tailored

PAGE = page("tailoring.md")
EXAMPLE = blocks(PAGE, "yaml")[0]
HEAD, PARAMETERS = EXAMPLE.partition("parameters:")[0], EXAMPLE.partition("parameters:")[2]
TITLE = "title: {zh: 试, en: Test}, source: 一"
CRITERIA = f"""
  all_checked: {{value: meets_all, {TITLE}}}
criteria:
  checked: {{require: annual >= 1, {TITLE}}}
  calm: {{require: count(fire) == 0, {TITLE}}}
"""
MORE = """
  counted: {value: known, one_of: [all, known], decision: missed-quarter, title: {zh: 计分, en: Counting}}
  w_a: {value: 60, unit: "%", source: 五, title: {zh: 甲, en: A}}
  w_b: {value: 40, unit: "%", source: 五, title: {zh: 乙, en: B}}
  closes: {value: 16:00, source: 五, title: {zh: 截止钟点, en: Closes at}}
  part: {value: 2, source: 五, title: {zh: 份, en: Part}}
"""
WEIGHED = f"""
  weighed:
    {TITLE.replace(", source", "@source").replace("@", chr(10) + "    ")}
    weigh: {{annual: w_a, other: w_b}}
    total: 100
  other: {{value: annual / part, {TITLE}}}
"""
SCHEME = (
    WHOLE.replace("\nsubject_types:", MORE + "\nsubject_types:", 1)
    .replace("\ngrade:\n", WEIGHED.rstrip("\n") + CRITERIA + "\ngrade:\n", 1)
    .replace("parameters:\n  floor_tidy:", "parameters:\n  floor_tidy:", 1)
)


def scheme():
    return read_scheme(SCHEME, "tidy-courtyard.yaml")


def tailoring(parameters="{}", more=""):
    return read_tailoring(f"{HEAD}parameters: {parameters}\n{more}", "t.yaml")


def compiled(parameters, more=""):
    """The plan of the scheme as tailored."""
    found = tailored(scheme(), tailoring(parameters, more))
    return compile_tailored(found, merge_catalogue(base_catalogue(), [scheme()]))


def told(parameters, more=""):
    """What is wrong with a tailoring, in both languages, with what to do."""
    with pytest.raises(Problems) as caught:
        compiled(parameters, more)
    return [(error.text("zh"), error.hint("zh"), error.text("en"), error.hint("en")) for error in caught.value.errors]


def test_the_example_of_the_page_fits_the_scheme_of_the_language():
    assert is_tailoring(EXAMPLE, "t.yaml")
    assert not is_tailoring(WHOLE, "s.yaml")
    whole = read_scheme(WHOLE, "tidy-courtyard.yaml")
    found = tailored(whole, read_tailoring(EXAMPLE, "t.yaml"))
    compile_tailored(found, merge_catalogue(base_catalogue(), [whole]))
    floor, lasts = found.parameters["floor_tidy"], found.parameters["plaque_lasts"]
    assert [floor.on(day) for day in (date(2025, 12, 31), date(2026, 1, 1))] == [90, 95]
    assert lasts.on(date(2025, 1, 1)) == Duration(months=6)
    assert (floor.own, lasts.own) == (((None, 90),), ((None, Duration(months=12)),))
    assert lasts.clause.source == "湖滨区文明办 湖文明办〔2025〕3号"
    assert found.parameters["floor_fair"] == whole.parameters["floor_fair"]


def test_the_table_of_keys_is_whole():
    rows = PAGE[PAGE.index("<!-- keys: tailoring -->") :].split("\n\n")[0].splitlines()[3:]
    keys = [key for row in rows for key in re.findall(r"`(\w+)`", row.split("|")[1])]
    assert keys == list(schema("tailoring")["properties"])


def test_dated_values_stand_from_their_day_and_the_schemes_own_before():
    found = tailored(
        read_scheme(SCHEME.replace("value: 90", "values: {2020-01-01: 80, 2025-01-01: 90}"), "s.yaml"),
        tailoring("{floor_tidy: {values: {2024-01-01: 85, 2026-01-01: 95}}}"),
    ).parameters["floor_tidy"]
    days = (date(2023, 1, 1), date(2024, 1, 1), date(2025, 6, 1), date(2026, 1, 1))
    assert [found.on(day) for day in days] == [80, 85, 85, 95]


def test_numbers_stay_exact_and_a_choice_is_one_of_those_the_scheme_allows():
    found = tailored(scheme(), tailoring("{floor_tidy: 92.5, counted: all}"))
    assert found.parameters["floor_tidy"].on(date(2025, 1, 1)) == Fraction("92.5")
    assert found.parameters["counted"].on(date(2025, 1, 1)) == "all"


def test_criteria_that_are_left_out_are_not_asked_for():
    found = tailored(scheme(), tailoring(more="criteria: {leave_out: [calm]}"))
    assert (list(found.criteria), list(found.left_out)) == (["checked"], ["calm"])
    plan = compile_tailored(found, merge_catalogue(base_catalogue(), [scheme()]))
    assert [one.rule.id for one in plan.main.criteria] == ["checked"]


def test_a_scheme_without_a_tailoring_is_compiled_as_it_is():
    assert compile_tailored(scheme(), merge_catalogue(base_catalogue(), [scheme()])).scheme.tailoring is None


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        (
            "{floor_tydi: 95}",
            (
                "t.yaml:7:26: tidy-courtyard 没有参数“floor_tydi”",
                "是不是“floor_tidy”？",
                "t.yaml:7:26: tidy-courtyard has no parameter 'floor_tydi'",
                "did you mean 'floor_tidy'?",
            ),
        ),
        (
            "{zzz: 95}",
            (
                "t.yaml:7:19: tidy-courtyard 没有参数“zzz”",
                "全部参数：kaoping scheme show tidy-courtyard",
                "t.yaml:7:19: tidy-courtyard has no parameter 'zzz'",
                "all parameters: kaoping scheme show tidy-courtyard",
            ),
        ),
        (
            '{floor_tidy: "floor_fair + 5"}',
            (
                "t.yaml:7:26: “floor_tidy”是一个数，不能是“floor_fair + 5”",
                "地方调整只改数值，不改算式",
                "t.yaml:7:26: 'floor_tidy' is a number, it cannot be 'floor_fair + 5'",
                "a tailoring changes values, never expressions",
            ),
        ),
        (
            "{plaque_lasts: 12}",
            (
                "t.yaml:7:28: “plaque_lasts”是一段时间，不能是“12”",
                "写法：24 months、2 years、15 days",
                "t.yaml:7:28: 'plaque_lasts' is a length of time, it cannot be '12'",
                "write it as 24 months, 2 years or 15 days",
            ),
        ),
        (
            "{counted: 3}",
            (
                "t.yaml:7:23: “counted”是一个选项，不能是“3”",
                None,
                "t.yaml:7:23: 'counted' is a choice, it cannot be '3'",
                None,
            ),
        ),
        (
            "{closes: 4}",
            (
                "t.yaml:7:22: “closes”是一个钟点，不能是“4”",
                "写法：16:00",
                "t.yaml:7:22: 'closes' is a time of day, it cannot be '4'",
                "write it as 16:00",
            ),
        ),
        (
            "{counted: some}",
            (
                "t.yaml:7:23: counted 不能是“some”，可用：all, known",
                None,
                "t.yaml:7:23: counted cannot be 'some'; allowed: all, known",
                None,
            ),
        ),
        (
            "{floor_tidy: {why: {zh: 严, en: Strict}}}",
            (
                "t.yaml:7:26: 写一个 value，或带日期的 values",
                None,
                "t.yaml:7:26: give one `value`, or dated `values`",
                None,
            ),
        ),
        (
            "{floor_tidy: {values: {20260101x: 9}}}",
            None,
        ),
        (
            "{w_a: 50}",
            (
                "t.yaml:7:19: 按这些数值，tidy-courtyard 不再成立：tidy-courtyard.yaml:LINE: "
                "“weighed”的权重合计是 90，应为 100",
                "相关的几个参数要一起改，例如权重合计不变",
                "t.yaml:7:19: with these values tidy-courtyard no longer holds: tidy-courtyard.yaml:LINE: "
                "the weights of 'weighed' add up to 90, not 100",
                "change the parameters that belong together, such as all weights of one total",
            ),
        ),
        (
            "{floor_tidy: 91, part: 0}",
            (
                "t.yaml:7:36: 按这些数值，tidy-courtyard 不再成立：tidy-courtyard.yaml:LINE: 除数可能为 0",
                "相关的几个参数要一起改，例如权重合计不变",
                "t.yaml:7:36: with these values tidy-courtyard no longer holds: tidy-courtyard.yaml:LINE: "
                "the divisor may be 0",
                "change the parameters that belong together, such as all weights of one total",
            ),
        ),
    ],
)
def test_what_a_tailoring_may_not_say_is_told_at_its_line(parameters, expected):
    found = told(parameters)
    if expected is None:
        assert found[0][2] == "t.yaml:7:47: '20260101x' is not a date"
        return
    plain = [tuple(text and re.sub(r"(courtyard\.yaml):\d+", r"\1:LINE", text) for text in one) for one in found]
    assert plain == [expected]


def test_weights_may_change_together():
    found = tailored(scheme(), tailoring("{w_a: 70, w_b: 30}"))
    compile_tailored(found, merge_catalogue(base_catalogue(), [scheme()]))


def test_weights_are_held_under_every_dated_value():
    (found,) = told("{w_a: {values: {2026-01-01: 70}}}")
    assert "add up to 110, not 100" in found[2]


def test_a_criterion_that_is_not_there_and_a_tailoring_that_changes_nothing_are_told():
    (found,) = told("{}", "criteria: {leave_out: [clam]}")
    assert found[2:] == ("t.yaml:8:24: tidy-courtyard has no criterion 'clam'", "did you mean 'calm'?")
    (found,) = told("{}")
    assert found == (
        "t.yaml:1:1: 地方调整既没有改参数，也没有去掉标准",
        "写 parameters: 或 criteria: {leave_out: [...]}",
        "t.yaml:1:1: the tailoring changes no parameter and leaves out no criterion",
        "write `parameters:` or `criteria: {leave_out: [...]}`",
    )


def test_of_another_scheme_or_edition_it_is_refused():
    other = read_tailoring(EXAMPLE.replace("scheme: tidy-courtyard", "scheme: tea-house"), "t.yaml")
    with pytest.raises(Problems) as caught:
        tailored(scheme(), other)
    assert caught.value.text("en") == "t.yaml:1:1: tailoring lakeside-courtyards is of tea-house, not of tidy-courtyard"
    newer = read_tailoring(EXAMPLE.replace('edition: "1"', 'edition: "2"'), "t.yaml")
    with pytest.raises(Problems) as caught:
        tailored(scheme(), newer)
    (error,) = caught.value.errors
    assert error.text("zh") == "t.yaml:1:1: 地方调整 lakeside-courtyards 是对 tidy-courtyard 第2版的，已安装的是第1版"
    assert error.hint("zh") == "对照新版逐项核对后，改 of: 中的 edition"
    assert error.text("en") == (
        "t.yaml:1:1: tailoring lakeside-courtyards is of edition 2 of tidy-courtyard, installed is edition 1"
    )


@pytest.mark.parametrize(
    ("there", "written", "message"),
    [
        ("authority: 湖滨区文明办\n", "", "t.yaml:1:1: (top) lacks: authority"),
        ("authority:", "autority:", "t.yaml:4:1: (top) has no key 'autority'"),
        ("{from: 2025-01-01}", "{until: 2025-01-01}", "t.yaml:6:1: in_force lacks: from"),
        ("{from: 2025-01-01}", "{from: 2025-13-01}", "t.yaml:6:18: '2025-13-01' is not a date"),
        ("tailoring: lakeside-c", "tailoring: Lake", "t.yaml:1:1: 'Lakeourtyards' is not a valid name (kebab-case)"),
        ("6 months", "{value: 6 months, vaule: 3}", "t.yaml:9:35: parameters.plaque_lasts has no key 'vaule'"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_told_with_line_and_column(there, written, message):
    assert there in EXAMPLE
    with pytest.raises(Problems) as caught:
        read_tailoring(EXAMPLE.replace(there, written), "t.yaml")
    assert message in [error.text("en") for error in caught.value.errors]
