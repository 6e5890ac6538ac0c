"""Names as people write them, found by title or answered with what there is; why a disk refuses, in words."""

import pytest
from cli_world import Office

from kaoping.errors import DataError
from kaoping.errors import EnvironmentError as NotUsable
from kaoping.facts.naming import listed, named, near
from kaoping.facts.types import Title
from kaoping.office.ledger import _field

KNOWN = {"rate": Title("巩固率", "Rate"), "homes": Title("户数", "Homes"), "houses": Title("户数", "Houses")}


def test_a_title_that_only_one_has_is_as_good_as_the_id():
    assert [named(one, KNOWN) for one in ("rate", "巩固率", "Rate", "户数", "", "x")] == ["rate"] * 3 + [None] * 3
    assert near("巩固律", KNOWN) == "巩固率"
    assert listed(KNOWN) == Title("巩固率、户数、户数", "rate, homes, houses")
    assert listed({}) == Title("-", "-")


@pytest.mark.parametrize(
    ("error", "zh", "en"),
    [
        (FileNotFoundError(2, "No such file or directory"), "没有这个文件或文件夹", "there is no such file or folder"),
        (PermissionError(13, "Permission denied"), "没有权限", "permission denied"),
        (OSError(30, "Read-only file system"), "那里只能读，不能写", "it can only be read there"),
        (OSError("no number"), "no number", "no number"),
    ],
)
def test_why_the_system_refuses_is_said_in_the_users_language(error, zh, en):
    told = NotUsable("office.cannot-write", folder="d", problem=error)
    assert (told.text("zh"), told.text("en")) == (f"不能写入 d：{zh}", f"cannot write to d: {en}")


def test_what_an_event_notes_and_an_end_hangs_on_is_yes_or_no():
    assert [_field("f", value, {"true"}) for value in ("是", "√", "Y", "错", "0")] == ["true"] * 3 + ["false"] * 2
    assert [_field("f", value, set()) for value in ("是", "JC-1")] == ["true", "JC-1"]
    with pytest.raises(DataError) as caught:
        _field("f", "也许", {"true", "false"})
    assert caught.value.key == "facts.not-a-boolean"


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    """An office with three estates and nothing evaluated."""
    office = Office(tmp_path_factory.mktemp("names"))
    lines = ["subject,type,title", *(f"e{n},estate,翠湖{n}号" for n in range(1, 12)), "w1,company,广厦"]
    (office.folder / "subjects.csv").write_text("\n".join(lines), encoding="utf-8")
    office.json("db", "init")
    office.json("import", "subjects.csv")
    return office


def test_a_word_of_a_subjects_title_names_those_that_have_it(office):
    ran = office.run("ledger", "--of", "翠湖1", "--on", "2026-01-01")
    assert ran.err.splitlines()[1] == "提示：是不是其中之一：翠湖1号 [e1]、翠湖10号 [e10]、翠湖11号 [e11]"
    assert office.run("ledger", "--of", "翠湖", "--on", "2026-01-01").err.rstrip().endswith("，等（另有 3 个）")


WRONG = [
    (["--set", "户树=1"], "用到的数据里没有“户树” [insight.unknown-fact]\n提示：是不是“户数”？"),
    (["--set", "户数"], "“户数”不是一个设想 [insight.set-form]"),
    (["--set", "考核小组考核分=9"], "“考核小组考核分”有几个值，要写明是哪一个：2025Q1、2025Q2、2025Q3、2025Q4"),
    (["--set", "考核小组考核分@2025Q9=9"], "“考核小组考核分”没有“2025Q9” [insight.unknown-place]"),
    (["--add", "降等情形:什么=9"], "台账“降等情形”没有字段“什么” [insight.unknown-field]\n提示：有的字段：情形、"),
    (["--remove", "降等情形:SJ-1"], "台账“降等情形”里没有编号“SJ-1”"),
]


@pytest.mark.parametrize(("supposing", "told"), WRONG, ids=lambda one: " ".join(one) if isinstance(one, list) else "")
def test_a_supposition_that_names_nothing_is_answered_over_all_schemes(supposing, told, office):
    ran = office.run("whatif", "e1", "-p", "2025", *supposing)
    assert ran.code == 2
    assert told in ran.err
