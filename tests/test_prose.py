"""Schemes in plain words: expressions read aloud, nothing left out, docs/schemes as the schemes are."""

import importlib.util
import re
import tomllib
from pathlib import Path

import pytest
from small_schemes import HEAD, TITLE

from kaoping.facts.periods import WINDOWS
from kaoping.office.aloud import Aloud
from kaoping.scheme.catalogue import base_catalogue, merge_catalogue
from kaoping.scheme.declarations import KINDS
from kaoping.scheme.passages import PARTS
from kaoping.scheme.prose import Words, page, prose
from kaoping.scheme.reader import read_scheme, read_schemes
from kaoping.scheme.scope import BUILT_IN, RESULTS
from kaoping.scheme.shape import schema
from kaoping.scheme.typing import AGGREGATES, FUNCTIONS, MODIFIERS
from kaoping.texts import FOLDERS, has_text

ROOT = Path(__file__).parent.parent
SCHEMES = [scheme for folder in sorted((ROOT / "schemes").glob("kaoping_*")) for scheme in read_schemes(folder)]
CATALOGUE = merge_catalogue(base_catalogue(), SCHEMES)

SMALL = f"""{HEAD}
decisions:
  at-least: {{zh: 以上含本数, en: At least includes the number, why: {{zh: 法律惯例, en: Legal usage}}}}
parameters:
  floor_a: {{value: 85, unit: 分, source: 二, title: {{zh: 甲等最低分, en: Lowest score for A}}}}
  grace:   {{value: 10, unit: 天, source: 二, title: {{zh: 宽限天数, en: Days of grace}}}}
  fifth:   {{value: 5, unit: 月, source: 二, title: {{zh: 截止月份, en: Month}}}}
  tenth:   {{value: 10, unit: 日, source: 二, title: {{zh: 截止日, en: Day}}}}
  way:
    {{value: strict, one_of: [strict, mild], source: 二, title: {{zh: 办法, en: Way}},
     titles: {{strict: {{zh: 从严, en: strictly}}, mild: {{zh: 从宽, en: mildly}}}}}}
facts:
  score:   {{type: number, min: 0, max: 100, unit: 分, for_each: quarters, title: {{zh: 得分, en: Score}}}}
  members: {{type: integer, min: 0, title: {{zh: 户数, en: Households}}}}
  joined:  {{type: integer, min: 0, title: {{zh: 参加户数, en: Households joined}}}}
  clean:   {{type: boolean, title: {{zh: 整洁, en: Clean}}}}
  green:   {{type: boolean, title: {{zh: 有绿化, en: Planted}}}}
  passed:  {{type: date or never, title: {{zh: 验收日期, en: Day of inspection}}}}
  size:
    type: [big, small]
    title: {{zh: 规模, en: Size}}
    titles: {{big: {{zh: 大, en: Big}}, small: {{zh: 小, en: Small}}}}
records:
  fire:
    title: {{zh: 火灾, en: Fires}}
    fields:
      day:   {{type: date, title: {{zh: 日期, en: Day}}}}
      hurt:  {{type: integer, title: {{zh: 伤亡人数, en: Hurt}}}}
      grave: {{type: boolean, title: {{zh: 重大, en: Grave}}}}
    placed_by: day
grade:
  bands: {{A: clean, B: otherwise}}
  titles: {{A: {{zh: 甲等, en: First}}, B: {{zh: 乙等, en: Second}}}}
  vetoes: [{{id: fires, when: any(fire), becomes: B, {TITLE}, decision: at-least}}]
"""

ALOUD = [
    (
        "members >= floor_a",
        "“户数”不低于“甲等最低分”（85分）",
        "“Households” is at least “Lowest score for A” (85 points)",
    ),
    ("clean and green or clean", "（“整洁”，且“有绿化”），或者“整洁”", "(“Clean” and “Planted”) or “Clean”"),
    ("not clean", "并非“整洁”", "not “Clean”"),
    ("size == 'big'", "“规模”是“大”", "“Size” is “Big”"),
    ("size in ('big', 'small')", "“规模”属于“大”、“小”之一", "“Size” is one of “Big”, “Small”"),
    ("way == 'mild'", "“办法”（从严）是“从宽”", "“Way” (strictly) is “mildly”"),
    ("grade == 'A'", "等级是“甲等”", "the grade is “First”"),
    ("known(grade)", "等级已定", "the grade is settled"),
    ("passed < never", "“验收日期”已发生", "“Day of inspection” has come"),
    ("passed <= '2025-06-30'", "“验收日期”不晚于2025-06-30", "“Day of inspection” is no later than 2025-06-30"),
    (
        "60 <= members < 70",
        "“户数”不低于60，且“户数”低于70",
        "“Households” is at least 60 and “Households” is below 70",
    ),
    (
        "passed <= plus(period_end, days=grace)",
        "“验收日期”不晚于考评周期最后一天之后“宽限天数”（10天）",
        "“Day of inspection” is no later than “Days of grace” (10 days) after the last day of the period",
    ),
    (
        "plus(period_start, months=fifth - 1)",
        "当年“截止月份”（5月）1日",
        "the first day of month “Month” (5)",
    ),
    (
        "plus(period_start, months=fifth - 1, days=tenth - 1)",
        "当年“截止月份”（5月）“截止日”（10日）",
        "day “Day” (10) of month “Month” (5)",
    ),
    (
        "passed < plus(period_start, months=fifth)",
        "“验收日期”早于当年“截止月份”（5月）的次月1日",
        "“Day of inspection” is before the first day after month “Month” (5)",
    ),
    (
        "plus(period_start, months=fifth, days=-1)",
        "当年“截止月份”（5月）最后一天",
        "the last day of month “Month” (5)",
    ),
    (
        "plus(period_start, months=fifth - 1, days=2)",
        "考评周期第一天之后（“截止月份”（5月）- 1）个月之后2天",
        "2 days after (“Month” (5) - 1) months after the first day of the period",
    ),
    (
        "plus(period_start, months=members)",
        "考评周期第一天之后“户数”个月",
        "“Households” months after the first day of the period",
    ),
    ("plus(passed, days=-1)", "“验收日期”之前1天", "1 day before “Day of inspection”"),
    (
        "100 * members / (joined + 1)",
        "100 × “户数” ÷（“参加户数” + 1）",
        "100 × “Households” ÷ (“Households joined” + 1)",
    ),
    (
        "percent(joined, members, if_none=100)",
        "“参加户数”占“户数”的百分比（后者为0时取100）",
        "“Households joined” as a percentage of “Households” (of 0: 100)",
    ),
    ("or_else(members, 0)", "“户数”；没有时取0", "“Households”, or where there is none 0"),
    ("1 if clean else 0", "如果“整洁”，则1，否则0", "if “Clean”, then 1, otherwise 0"),
    ("max(members, joined)", "“户数”与“参加户数”中较大者", "the larger of “Households” and “Households joined”"),
    (
        "min(passed, period_end)",
        "“验收日期”与考评周期最后一天中较早者",
        "the earlier of “Day of inspection” and the last day of the period",
    ),
    ("count(fire, grave) == 0", "“火灾”中没有“重大”的", "of “Fires” there is none where “Grave”"),
    ("count(fire) >= 1", "有“火灾”", "there is one of “Fires”"),
    ("any(fire, hurt > 2)", "“火灾”中有“伤亡人数”高于2的", "of “Fires” there is one where “Hurt” is above 2"),
    (
        "all(ever(fire), not grave, where=hurt > 0)",
        "历来的“火灾”中凡“伤亡人数”高于0的，都符合：并非“重大”",
        "for each of “Fires” of all time where “Hurt” is above 0: not “Grave”",
    ),
    (
        "sum(trailing(fire, months=12), hurt)",
        "最近12个月的“火灾”的“伤亡人数”之和",
        "the sum of “Hurt” over “Fires” of the last 12 months",
    ),
    (
        "mean(quarters, score, where=known(score), if_none=unknown)",
        "各季度的“得分”的平均（没有的不计）（一个也没有时视为未知）",
        "the mean of “Score” over the quarters (those without it left out) (with none: unknown)",
    ),
    (
        "highest(fire, day, if_none=period_start)",
        "“火灾”的“日期”中最晚的（一个也没有时取考评周期第一天）",
        "the latest “Day” of “Fires” (with none: the first day of the period)",
    ),
    (
        "sum(past(quarters, 3), score)",
        "各季度中最近的3个的“得分”之和",
        "the sum of “Score” over the last 3 of the quarters",
    ),
    (
        "last(fire, hurt, where=grave, if_none=0)",
        "“火灾”中“重大”的，其中最后一个的“伤亡人数”（一个也没有时取0）",
        "“Hurt” of the last of “Fires” where “Grave” (with none: 0)",
    ),
    (
        "first(fire, day, if_none=never) <= '2025-06-30'",
        "“火灾”中最早一个的“日期”（一个也没有时取未发生）不晚于2025-06-30",
        "“Day” of the first of “Fires” (with none: never) is no later than 2025-06-30",
    ),
    (
        "streak(quarters, score > 60)",
        "各季度中连续都“得分”高于60的最多个数",
        "the longest run of the quarters where “Score” is above 60",
    ),
    ("longest_gap(fire)", "没有“火灾”的最长连续天数", "the most days in a row without one of “Fires”"),
    (
        "longest_gap(trailing(fire, months=12), where=grave, ends=false)",
        "最近12个月的“火灾”中“重大”的，相邻两次之间相隔的最多天数",
        "the most days between one of “Fires” of the last 12 months where “Grave” and the next",
    ),
    (
        "count(on(passed, company))",
        "“验收日期”时的“物业服务企业”的个数",
        "the number of “Property company” on “Day of inspection”",
    ),
    ("round(members / 3, 1)", "“户数” ÷ 3（四舍五入到1位小数）", "“Households” ÷ 3 (rounded to 1 places)"),
    (
        "previous(members, if_none=unknown)",
        "上一周期的“户数”（没有时视为未知）",
        "“Households” of the period before (without one: unknown)",
    ),
]


def small(expression="clean"):
    scheme = read_scheme(f'{SMALL}measures:\n  it: {{value: "{expression}", {TITLE}}}\n', "small.yaml")
    return scheme, merge_catalogue(base_catalogue(), [scheme])


RELATED = """
subject_types:
  gate: {zh: 大门, en: Gate}
  guard: {zh: 门卫, en: Guard}
relations:
  day_guard:   {of: gate, to: guard, inverse: day_gates, title: {zh: 日班门卫, en: Guard by day}}
  night_guard: {of: gate, to: guard, inverse: night_gates, title: {zh: 夜班门卫, en: Guard by night}}
  gate_estate: {of: gate, to: estate, inverse: gates, title: {zh: 大门所属小区, en: Estate of the gate}}
lists:
  corners:
    title: {zh: 部位, en: Parts}
    yard: {zh: 院子、花坛, en: Yard}
    roof: {zh: 屋顶, en: Roof}
"""


@pytest.mark.parametrize(
    ("expression", "subject", "chinese"),
    [
        ("any(day_guard)", "gate", "有“日班门卫”"),
        ("any(gates)", "estate", "有“大门”"),
        ("any(night_gates)", "guard", "有“大门”（按夜班门卫）"),
        ("count(corners, clean)", "estate", "“部位”各项中“整洁”的个数"),
    ],
)
def test_a_relation_and_a_list_go_by_their_titles(expression, subject, chinese):
    measure = f'{{value: "{expression}", of: {subject}, {TITLE}}}'
    scheme = read_scheme(f"{SMALL}{RELATED}measures:\n  it: {measure}\n", "small.yaml")
    words = Words(scheme, merge_catalogue(base_catalogue(), [scheme]), "zh")
    assert words.expression(scheme.measures["it"].value, subject) == chinese
    assert "- **部位（`corners`）**：院子、花坛；屋顶" in prose(scheme, words.catalogue, "zh")


def test_a_group_of_criteria_goes_by_its_title():
    kept, planted = (
        f"kept: {{require: clean, group: fire, {TITLE}}}",
        f"planted: {{require: green, group: yards, {TITLE}}}",
    )
    criteria = f"criteria:\n  {kept}\n  {planted}\n"
    measure = f"""measures:\n  it: {{value: "count(criteria, met and group == 'fire')", {TITLE}}}\n"""
    scheme = read_scheme(f"{SMALL}groups:\n  fire: {{zh: 消防, en: Fire safety}}\n{criteria}{measure}", "small.yaml")
    words = [Words(scheme, merge_catalogue(base_catalogue(), [scheme]), language) for language in ("zh", "en")]
    aloud = [one.expression(scheme.measures["it"].value, "estate") for one in words]
    assert ["“消防”" in aloud[0], "“Fire safety”" in aloud[1]] == [True, True], aloud


@pytest.mark.parametrize(("expression", "chinese", "english"), ALOUD)
def test_an_expression_is_read_aloud_in_both_languages(expression, chinese, english):
    scheme, catalogue = small(expression)
    aloud = [Words(scheme, catalogue, lang).expression(scheme.measures["it"].value, "estate") for lang in ("zh", "en")]
    assert aloud == [chinese, english]


def test_what_a_rank_goes_by_stands_in_brackets_where_it_is_a_choice():
    best = f"{{needs: known(members), by: 'or_else(members, 0)', then: [low joined + 1], top: 1, {TITLE}}}"
    scheme = read_scheme(f"{SMALL}cohort:\n  best: {best}\n", "small.yaml")
    catalogue = merge_catalogue(base_catalogue(), [scheme])
    zh, en = (prose(scheme, catalogue, language) for language in ("zh", "en"))
    assert "按（“户数”；没有时取0）从高到低，相同的再按“参加户数” + 1从低到高排名" in zh
    assert (
        "ranked by (“Households”, or where there is none 0), high first, then “Households joined” + 1, low first" in en
    )


def test_a_parameter_is_read_with_the_value_of_the_day_asked_for():
    text = SMALL.replace("value: 85,", "values: {2020-01-01: 80, 2025-01-01: 85},")
    scheme = read_scheme(text, "small.yaml")
    catalogue = merge_catalogue(base_catalogue(), [scheme])
    values = [
        Words(scheme, catalogue, "zh", day).parameter(scheme.parameters["floor_a"])
        for day in (None, scheme.parameters["floor_a"].values[0][0])
    ]
    assert values == ["85分", "80分"]


def test_the_page_of_a_small_scheme_reads_so():
    scheme, catalogue = small()
    lines = prose(scheme, catalogue, "zh").splitlines()
    start = lines.index("## 等级")
    assert lines[:5] == [
        "# 试",
        "",
        "方案 `small`，第1版；考评住宅小区；每年一次。",
        "",
        "依据：试。〔　〕内是条款和决定，决定及其理由列在最后。",
    ]
    assert lines[start : start + 13] == [
        "## 等级",
        "",
        "自上而下，先符合的为准：",
        "",
        "| 等级 | 条件 |",
        "| --- | --- |",
        "| 甲等 | “整洁” |",
        "| 乙等 | 其余 |",
        "",
        "一票否决（先降等，后直接定等；初评等级一并保留）：",
        "",
        "- **试**：有“火灾”，则定为“乙等”",
        "  〔决定1〕",
    ]
    assert lines[-1] == "- 决定1（`at-least`）：以上含本数。理由：法律惯例。"


def spoken():
    """The text of everything a scheme file may say in a fixed word."""
    defs = schema()["$defs"]

    def words(part, key):
        return [word.replace(" ", "-") for word in defs[part]["properties"][key]["enum"]]

    fact, record = (defs[part]["anyOf"][1]["properties"] for part in ("fact", "record"))
    for period in schema()["properties"]["period"]["enum"]:
        yield from (f"once-{period}", f"per-{period}")
    for window in (*WINDOWS, "calendar"):
        yield from (f"per-{window}", f"each-{window}", f"window_start-{window}", f"window_end-{window}")
    yield from (f"outcome-{word}" for word in words("gate", "otherwise"))
    yield from (f"severity-{word}" for word in words("criterion", "severity"))
    yield from (f"hit-{word}" for word in words("measure", "hit"))
    yield from (f"{key}-{word}" for key in ("ties", "incomplete") for word in words("cohort", key))
    yield from (f"{key}-{word}" for key in ("kind", "stacks") for word in words("consequence", key))
    yield from (f"overdue-{word}" for word in words("consequence", "on_overdue"))
    yield from (f"fed-{word}" for word in fact["at"]["enum"])
    yield from (f"complete-{word}" for word in record["complete"]["enum"])
    yield from (f"type-{kind}" for kind in KINDS)
    yield from (f"result-{name}" for name in RESULTS)
    yield from (name for name in BUILT_IN if not name.startswith("window_"))
    for name in AGGREGATES:
        forms = ("-what", "-what-where")
        if name in ("count", "any"):
            forms = ("", "-where", *forms)
        elif name == "longest_gap":
            forms = ("", "-where", "-between", "-between-where")
        yield from (f"members-{name}{form}" for form in forms)
    yield from MODIFIERS
    yield from (f"call-{name}" for name in FUNCTIONS if name not in (*AGGREGATES, *MODIFIERS, "min", "max", "plus"))


def test_whatever_a_scheme_may_say_has_words_in_both_languages():
    assert [name for name in spoken() if not has_text(f"prose.{name}")] == []
    texts = tomllib.loads((FOLDERS[0] / "prose.toml").read_text(encoding="utf-8"))
    assert [name for name, text in texts.items() if set(text) != {"zh", "en"}] == []


def test_every_unit_of_a_shipped_scheme_has_a_word_in_english():
    parameters = {parameter.unit for scheme in SCHEMES for parameter in scheme.parameters.values()}
    facts = {fact.type.unit for fact in CATALOGUE.facts.values()}
    fields = {kind.unit for record in CATALOGUE.records.values() for kind in record.fields.values()}
    shown = {unit for unit in parameters | facts | fields if unit and unit != "%"}
    assert {"分", "元"} <= shown
    assert sorted(unit for unit in shown if not has_text(f"prose.unit-{unit}")) == []


def test_an_explanation_has_a_word_for_every_function_kind_of_window_calendar_and_list():
    names = [f"of-{name}" for name in (*AGGREGATES, "previous", "baseline", "lookup")]
    names += [*BUILT_IN, *RESULTS, *WINDOWS, *PARTS]
    assert [name for name in names if not has_text(f"office.aloud-{name}")] == []
    scheme = next(one for one in SCHEMES if one.id == "happy-growth-rural-school")
    zh, en = (Aloud(scheme, CATALOGUE, language) for language in ("zh", "en"))
    assert (zh.title("count(terms)"), en.title("count(terms)")) == ("“学期”个数", "number of “Terms”")
    assert zh.title("count(one_and_five_rooms)") == "“一房五室”个数"


@pytest.mark.parametrize("scheme", SCHEMES, ids=lambda scheme: scheme.id)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_page_leaves_nothing_of_its_scheme_out(scheme, language):
    text = prose(scheme, CATALOGUE, language)
    sections = [scheme, *scheme.roll_ups.values()]
    things = [*scheme.gates.values(), *scheme.cohort.values(), *scheme.parameters.values(), *scheme.events.values()]
    for section in sections:
        things += [*section.criteria.values(), *section.measures.values(), *section.consequences.values()]
        things += section.grade.vetoes if section.grade else ()
    titles = [thing.title.text(language) for thing in things]
    titles += [title.text(language) for section in sections if section.grade for title in section.grade.titles.values()]
    for decision in scheme.decisions.values():
        titles += [decision.title.text(language), decision.why.text(language)]
    assert [title for title in titles if " ".join(title.split()).replace("|", "\\|") not in text] == []


@pytest.mark.parametrize("scheme", SCHEMES, ids=lambda scheme: scheme.id)
def test_no_name_or_key_is_left_unspoken(scheme):
    kept = {name for names in scheme.parameters.values() for name in names.one_of}
    for line in page(scheme, CATALOGUE).splitlines():
        bare = re.sub(r"`[^`]*`", "", line)
        assert "prose." not in bare
        assert set(re.findall(r"\b[a-z]+(?:_[a-z]+)+\b", bare)) <= kept, line


def test_the_pages_are_as_the_schemes_are():
    spec = importlib.util.spec_from_file_location("pages", ROOT / "docs" / "pages.py")
    pages = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(pages)
    assert pages.stale() == [], "run make docs"
