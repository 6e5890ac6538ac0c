"""What somebody meets who has only the README: which words a sheet takes, what is missing, what a rule has read."""

import re
from importlib import resources

import pytest
from cli_world import Office

FILES = {
    "对象.csv": "对象编号,对象类型,名称\nt1,乡镇,青山镇\nc1,社区,东街社区\nr1,在册人员（化名）,化名甲\n",
    "关系.csv": "关系,对象编号,相关对象编号\n所属乡镇,c1,t1\n登记所在单位,r1,c1\n",
    "数据-年.csv": "对象编号,周期,新滋生吸毒人员数,首次考核,自评日期,镇政府考核日期\n"
    "c1,2025,０人,否,2025/11/1,2025年12月10日\n",
}


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    """A community, its town and a person, from sheets as Excel saves them; no register is stated complete."""
    office = Office(tmp_path_factory.mktemp("first"))
    for name, text in FILES.items():
        (office.folder / name).write_bytes(text.replace("\n", "\r\n").encode("gbk"))
    office.json("db", "init")
    office.json("import", *FILES)
    office.json("evaluate", "drug-free-community", "-p", "2025")
    return office


def test_a_template_says_what_may_be_written_for_types_and_relations(office):
    """A family is judged by its members; whoever a rule reaches over a relation belongs on file too."""
    asked = ("template", "drug-free-community", "-p", "2025", "-o", "t", "--dry-run")
    page = office.page(*asked).replace("\n  ", "")
    assert "对象类型可填：社区、企事业单位、单位、村、乡镇、在册人员（化名）\n" in page
    assert "关系可填：登记所在单位（在册人员（化名）→单位）、所属乡镇（单位→乡镇）\n" in page
    assert [one["id"] for one in office.json(*asked)["relations"]] == ["registered_in", "town"]


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("对象.csv", "对象编号,对象类型,名称\nx,镇,某镇\n", ["没有“镇”这种考评对象，可选：", "、乡镇、", "、网格、"]),
        ("关系.csv", "关系,对象编号,相关对象编号\n所属,c1,t1\n", ["没有“所属”这种关系，可选：", "、所属乡镇、"]),
    ],
)
def test_an_unknown_word_is_answered_with_all_that_are_known(office, tmp_path, name, text, told):
    (tmp_path / name).write_text(text, encoding="utf-8")
    ran = office.run("import", str(tmp_path / name))
    assert ran.code == 1
    assert all(words in ran.err for words in told), ran.err
    assert "…\n" not in ran.err.replace("读取文件 …\n", "")


def test_a_register_nobody_has_stated_complete_is_missing_as_such(office):
    assert "还缺（可能改变等级）：台账“涉毒案件”报完整" in office.page("explain", "c1", "-p", "2025")
    assert "台账“涉毒案件”报完整" in office.page("evaluation", "show", "1")


def test_what_a_rule_has_read_is_said_without_ids_or_words_of_the_program(office):
    """Another scheme's streets have a fact of the same id, called otherwise; a collection has its members' title."""
    page = office.page("explain", "c1", "-p", "2025")
    read = re.findall(r"读到：(.*)", page)
    assert "新滋生吸毒人员数 0" in read
    assert "“涉毒案件”都符合条件 还不知道；“涉毒案件”未报完整" in read
    assert "“涉毒案件”个数 至少 0；“涉毒案件”未报完整" in read
    assert any("“在册人员（化名）”" in one for one in read)
    assert not [one for one in read if re.search(r"[A-Za-z_]{2,}", one)]


def test_a_scheme_shows_the_rules_by_which_results_are_rolled_up(office):
    page = office.page("scheme", "show", "drug-free-community")
    assert "无毒镇" in page.partition("汇总到乡镇")[2].partition("参数")[0]


def test_editions_that_differ_only_in_what_is_rolled_up_are_not_the_same(tmp_path):
    text = resources.files("kaoping_drugs").joinpath("drug-free-community.yaml").read_text(encoding="utf-8")
    head, found, rolled_up = text.partition("roll_up:")
    assert found
    (tmp_path / "old.yaml").write_text(text, encoding="utf-8")
    other = head + found + re.sub(r"zh: ([^,}]*无毒镇)", r"zh: 新\1", rolled_up)
    assert other != text
    (tmp_path / "new.yaml").write_text(other, encoding="utf-8")
    differing = Office(tmp_path).json("scheme", "diff", "old.yaml", "new.yaml")
    assert differing["parts"] == {}
    assert differing["same"] is False
    assert [one["id"] for one in differing["roll_ups"]] == ["town"]
    assert "汇总到乡镇" in Office(tmp_path).page("scheme", "diff", "old.yaml", "new.yaml")


def test_a_period_may_be_written_as_in_a_sheet(office):
    found = office.json("evaluate", "drug-free-community", "-p", "２０２５年", "--dry-run")
    assert (found["period"], len(found["results"])) == ("2025", 1)


def test_a_scheme_says_whom_it_assesses_how_often_and_what_bars_from_it_in_words(office):
    page = office.page("scheme", "show", "civilised-unit-provincial-school")
    assert "考评对象：校内集体；周期：学年\n" in page
    assert "限制精神文明创建荣誉类评选" in "".join(page.split())
