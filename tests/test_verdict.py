"""The kind of verdict a scheme gives is read off its rules, and `scheme list` tells it family by family."""

from pathlib import Path

import pytest
from cli_world import Office
from docs_examples import WHOLE

from kaoping.scheme.reader import read_scheme, read_schemes
from kaoping.scheme.verdict import VERDICTS, verdict
from kaoping_cli.pages.schemes import listed

FOLDER = Path(__file__).parents[1] / "schemes"
HEAD, _, REST = WHOLE.partition("grade:\n")
RULE = "title: {zh: 无火灾, en: No fire}, source: 第六条}"


def kind(rules):
    return verdict(read_scheme(HEAD + rules, "x.yaml"))


def bands(best, more=""):
    titles = "titles: {good: {zh: 好, en: Good}, bad: {zh: 差, en: Bad}}"
    return f"grade:\n  {more}\n  bands: {{good: {best}, bad: otherwise}}\n  {titles}\n"


@pytest.mark.parametrize(
    ("rules", "found"),
    [
        (f"grade:\n{REST}", "score_and_grade"),
        (bands("annual >= floor_tidy"), "grade"),
        (bands("meets_all"), "all_of"),
        (bands("annual >= floor_tidy and not (count(fire) > 1 or not meets_all)"), "all_of"),
        (f"criteria:\n  calm: {{require: count(fire) == 0, {RULE}\n", "share_met"),
        (f"criteria:\n  calm: {{require: count(fire) == 0, severity: target, {RULE}\n", "registry"),
        (f"criteria:\n  calm: {{require: count(fire) == 0, applies_when: annual > 1, {RULE}\n", "registry"),
        ("", "registry"),
    ],
)
def test_the_verdict_follows_from_the_rules(rules, found):
    assert kind(rules) == found


def test_a_score_that_counts_gives_levels():
    stars = "  stars: {value: 'count(quarters, score >= 9)', title: {zh: 星数, en: Stars}, source: 第五条}\n"
    text = HEAD + stars + bands("stars >= 3", "score: stars")
    assert verdict(read_scheme(text, "x.yaml")) == "levels"


def test_what_members_must_do_counts_for_a_scheme_that_only_rolls_up():
    roll = f"roll_up:\n  community:\n    over: courtyards\n    criteria:\n      calm: {{require: 1 == 1, {RULE}\n"
    assert kind(roll) == "share_met"


@pytest.mark.parametrize(
    ("scheme", "found"),
    [
        ("property-abcd", "score_and_grade"),
        ("harmonious-community-six-star", "levels"),
        ("harmonious-community-ten-star", "levels"),
        ("drug-free-community", "all_of"),
        ("green-community-creation", "all_of"),
        ("estate-public-ads", "share_met"),
        ("safe-civilised-living-quarter", "share_met"),
        ("family-and-building-honours", "registry"),
    ],
)
def test_the_verdicts_of_schemes_that_ship(scheme, found):
    shipped = {one.id: one for folder in FOLDER.glob("kaoping_*") for one in read_schemes(folder)}
    assert verdict(shipped[scheme]) == found


DATA = {
    "schemes": [
        {
            "id": "tidy-courtyard",
            "edition": "1",
            "title": {"zh": "整洁院落评定", "en": "Tidy courtyards"},
            "subject": "courtyard",
            "subject_title": {"zh": "院落", "en": "Courtyard"},
            "period": "year",
            "parts": ["quarters"],
            "source": {"document": "整洁院落评定办法", "plan": "方案2"},
            "verdict": "score_and_grade",
        },
        {
            "id": "yards",
            "edition": "2",
            "title": {"zh": "院落登记", "en": "Yards"},
            "subject": "courtyard",
            "subject_title": {"zh": "院落", "en": "Courtyard"},
            "period": "month",
            "parts": [],
            "source": {"document": "院落登记办法"},
            "verdict": "registry",
        },
    ],
    "families": [
        {
            "plugin": "yards",
            "title": None,
            "distribution": "our-yards",
            "version": "1.2",
            "bundled": False,
            "schemes": ["tidy-courtyard", "yards"],
        }
    ],
    "problems": [],
    "idle_plugins": [],
}
TOLD = {
    "zh": """\
【yards】2 个方案  our-yards 1.2
  tidy-courtyard  整洁院落评定
      院落 · 年、季 · 得分与等级 · 《整洁院落评定办法》方案2 · 第1版
  yards           院落登记
      院落 · 月 · 名册 · 《院落登记办法》 · 第2版

共 2 个方案，1 个插件；细节：kaoping scheme show 方案编号
""",
    "en": """\
[yards] 2 schemes  our-yards 1.2
  tidy-courtyard  Tidy courtyards
      Courtyard · year, quarter · score and grade · 整洁院落评定办法 方案2 · edition 1
  yards           Yards
      Courtyard · month · register · 院落登记办法 · edition 2

2 schemes of 1 plugins; details: kaoping scheme show SCHEME
""",
}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_list_tells_of_each_scheme_whom_how_often_what_and_from_where(language, monkeypatch, capsys):
    monkeypatch.setenv("KAOPING_LANG", language)
    monkeypatch.setenv("COLUMNS", "100")
    listed(DATA)
    assert capsys.readouterr().out == TOLD[language]


def test_the_list_as_data_has_families_and_verdicts(tmp_path):
    data = Office(tmp_path).json("scheme", "list")
    schemes = {one["id"]: one for one in data["schemes"]}
    assert {name for family in data["families"] for name in family["schemes"]} == set(schemes)
    assert all(schemes[name]["plugin"] == family["plugin"] for family in data["families"] for name in family["schemes"])
    assert {one["verdict"] for one in schemes.values()} <= set(VERDICTS)
    assert all(one["source"]["document"] and one["subject_title"]["en"] for one in schemes.values())
