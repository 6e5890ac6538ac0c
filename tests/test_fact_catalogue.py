"""Every fact and register with its form, unit and readers, for machines and for people."""

import pytest
from cli_world import Office

from kaoping.facts.types import Title, ValueType
from kaoping.scheme.prose.forms import form_words
from kaoping_cli.pages.catalogue import listed


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return Office(tmp_path_factory.mktemp("catalogue")).json("fact", "catalogue")


def of(data, kind):
    return next(one for one in data["subject_types"] if one["id"] == kind)


def test_a_fact_is_told_with_its_form_and_its_readers(data):
    facts = {one["id"]: one for one in of(data, "estate")["facts"]}
    assert facts["group_score"] == {
        "id": "group_score",
        "title": {"zh": "考核小组考核分", "en": "Score by the assessment group"},
        "type": "number",
        "unit": "分",
        "min": "0",
        "max": "100",
        "one_of": [],
        "choices": [],
        "undetermined": False,
        "never": False,
        "form": "数 0～100，分",
        "for_each": [{"id": "quarters", "title": None}],
        "holds": None,
        "optional": False,
        "fed_from": None,
        "shared": False,
        "read_by": ["property-abcd"],
    }
    assert facts["household_count"]["shared"] is True
    assert facts["household_count"]["holds"] == "until_changed"
    aspects = next(one for one in of(data, "community")["facts"] if one["id"] == "aspect_score")
    assert [step["id"] for step in aspects["for_each"]] == ["aspects"]
    assert aspects["for_each"][0]["title"]["zh"]


def test_a_register_is_told_with_its_fields(data):
    incident = next(one for one in of(data, "estate")["records"] if one["id"] == "incident")
    fields = {one["id"]: one for one in incident["fields"]}
    assert list(fields) == ["kind", "occurred_on", "confirmed_on", "responsibility"]
    assert fields["responsibility"]["undetermined"] is True
    assert fields["responsibility"]["choices"][0] == {"id": "primary", "title": {"zh": "主要责任", "en": "Main"}}
    assert (incident["placed_by"], incident["complete"]) == (["occurred_on", "confirmed_on"], "assumed")
    assert incident["read_by"] == ["property-abcd"]


def test_everything_a_scheme_asks_for_is_there_and_counted(data):
    for name in ("facts", "records"):
        assert data[name] == sum(len(one[name]) for one in data["subject_types"])
    readers = {
        name for kind in data["subject_types"] for one in (*kind["facts"], *kind["records"]) for name in one["read_by"]
    }
    assert len(readers) <= data["schemes"]
    assert {"property-abcd", "drug-free-community", "harmonious-community-ten-star"} <= readers


def test_of_one_type_what_its_family_has_is_told_too(tmp_path):
    one = Office(tmp_path).json("fact", "catalogue", "community")
    assert one["subject_type"] == "community"
    assert {"community", "unit"} <= {kind["id"] for kind in one["subject_types"]}


def test_an_unknown_type_is_told_with_the_nearest(tmp_path):
    ran = Office(tmp_path, "zh").run("fact", "catalogue", "住宅小曲")
    assert (ran.code, ran.err) == (2, "错误：没有对象类型“住宅小曲” [office.unknown-type]\n提示：是不是“住宅小区”？\n")
    far = Office(tmp_path, "en").run("fact", "catalogue", "zzzzzzz")
    assert far.err == (
        "error: there is no subject type 'zzzzzzz' [office.unknown-type]\nhint: all types: kaoping fact catalogue\n"
    )


SMALL = {
    "subject_types": [
        {
            "id": "yard",
            "title": {"zh": "院落", "en": "Yard"},
            "facts": [
                {"id": "score", "title": {"zh": "得分", "en": "Score"}, "form": "数，分", "holds": None}
                | {"for_each": [{"id": "quarters", "title": None}], "optional": True, "fed_from": None}
                | {"shared": False, "read_by": ["one", "two"]},
                {"id": "homes", "title": {"zh": "户数", "en": "Homes"}, "form": "整数，户", "holds": "until_changed"}
                | {"for_each": [], "optional": False, "fed_from": None, "shared": True, "read_by": []},
                {"id": "past", "title": {"zh": "上年等级", "en": "Grade before"}, "form": "选一：A、B", "holds": None}
                | {"for_each": [{"id": "parts", "title": {"zh": "部位", "en": "Part"}}], "optional": False}
                | {"fed_from": "two.grade", "shared": False, "read_by": ["one"]},
            ],
            "records": [
                {"id": "fire", "title": {"zh": "火灾", "en": "Fires"}, "shared": False, "read_by": ["one"]}
                | {
                    "fields": [
                        {"title": {"zh": "日期", "en": "Day"}, "unit": ""},
                        {"title": {"zh": "损失", "en": "Loss"}, "unit": "元"},
                    ]
                }
            ],
        }
    ],
    "facts": 3,
    "records": 1,
    "schemes": 2,
}


@pytest.mark.parametrize(
    ("language", "told"),
    [
        (
            "zh",
            "院落（yard）：3 项数据，1 个台账\n"
            "  得分  score\n      数，分 · 每季一个 · 可不填 · one、two\n"
            "  户数  homes\n      整数，户 · 变动时填 · 共用 · 没有方案读取\n"
            "  上年等级  past\n      选一：A、B · 每部位一个 · 取自 two.grade · one\n"
            "  火灾  fire\n      台账：日期、损失(元) · one\n\n"
            "共 3 项数据、1 个台账，2 个方案读取\n",
        ),
        (
            "en",
            "Yard (yard): 3 facts, 1 registers\n"
            "  Score  score\n      数，分 · each: quarter · may stay blank · one, two\n"
            "  Homes  homes\n      整数，户 · when it changes · shared · no scheme reads it\n"
            "  Grade before  past\n      选一：A、B · each: Part · taken from two.grade · one\n"
            "  Fires  fire\n      register: Day, Loss(元) · one\n\n"
            "3 facts and 1 registers, read by 2 schemes\n",
        ),
    ],
)
def test_the_page_is_as_people_read_it(language, told, monkeypatch, capsys):
    monkeypatch.setenv("KAOPING_LANG", language)
    listed(SMALL)
    assert capsys.readouterr().out == told


@pytest.mark.parametrize(
    ("kind", "zh", "en"),
    [
        (ValueType("integer", "户", minimum=1), "整数 不小于1，户", "whole number at least 1, households"),
        (ValueType("date", never=True), "日期，或未发生", "day, or never"),
        (ValueType("number", one_of=(0, 5)), "数（可取 0、5）", "number (one of 0, 5)"),
        (
            ValueType("choice", choices=("a", "b"), choice_titles={"a": Title("甲", "A")}, undetermined=True),
            None,
            None,
        ),
    ],
)
def test_a_form_is_told_in_words(kind, zh, en):
    if zh is None:
        assert form_words(kind, "zh").startswith("选一：甲、b")
        assert form_words(kind, "en").startswith("one of: A, b")
    else:
        assert (form_words(kind, "zh"), form_words(kind, "en")) == (zh, en)
