"""Every page people read: printed in both languages, without a gap in the words; and the demonstration itself."""

import re

import pytest
from cli_world import Office

from kaoping_cli.app import run

PAGES = [
    ["scheme", "list"],
    ["scheme", "show", "property-abcd"],
    ["scheme", "show", "harmonious-community-six-star"],
    ["scheme", "show", "drug-free-community", "--decisions"],
    ["scheme", "test", "harmonious-community-ten-star"],
    ["scheme", "coverage"],
    ["scheme", "coverage", "property-abcd", "--cases"],
    ["fact", "catalogue"],
    ["fact", "catalogue", "community"],
    ["template", "--subject", "community", "-p", "2025", "-o", "t", "--dry-run"],
    ["plugin", "list"],
    ["doctor"],
    ["db", "check"],
    ["evaluation", "list"],
    ["evaluation", "show", "5"],
    ["evaluation", "verify", "6"],
    ["report", "rank", "property-abcd", "-p", "2025"],
    ["report", "rank", "property-abcd", "-p", "2025Q3"],
    ["report", "rank", "harmonious-community-ten-star", "-p", "2025"],
    ["report", "rank", "drug-free-community", "-p", "2025"],
    ["explain", "e037", "-p", "2025"],
    ["explain", "e004", "-p", "2025Q1"],
    ["explain", "c040", "-p", "2025"],
    ["explain", "v010", "-p", "2025"],
    ["explain", "t001", "-p", "2025"],
    ["explain", "j002", "-p", "2025"],
    ["whatif", "e037", "-p", "2025", "--set", "group_score@2025Q3=99", "--remove", "incident:SJ-1"],
    ["whatif", "c002", "-p", "2025", "--set", "aspect_score@office_facilities=9"],
    ["scheme", "check", "property-abcd", "--prove"],
    ["improve", "e033", "-p", "2025", "--to", "A"],
    ["improve", "e037", "-p", "2025", "--to", "A"],
    ["fragile", "harmonious-community-ten-star", "-p", "2025"],
    ["impact", "property-abcd", "-p", "2024..2025", "--param", "score_floor_a=88", "--picture", "m.svg", "--dry-run"],
    ["impact", "harmonious-community-ten-star", "-p", "2025", "--sweep", "star_threshold=8..9/0.5"],
    ["fact", "show", "e011"],
    ["fact", "show", "c001", "aspect_score"],
    ["fact", "history", "e011", "incident"],
    ["ledger", "--company", "w007", "--on", "2026-06-10", "--all"],
    ["ledger", "--of", "o001", "--on", "2026-06-10"],
    ["evaluate", "anti-drug-work-targets", "-p", "2025", "--dry-run"],
    ["evaluate", "property-abcd", "-p", "2025Q4", "--dry-run"],
    ["evaluate", "--all", "-p", "2025Q3", "--dry-run"],
    ["template", "property-abcd", "-p", "2025Q3", "-o", "t", "--dry-run"],
    ["period", "close", "property-abcd", "-p", "2026", "--dry-run"],
    ["event", "add", "award_meeting", "--on", "2027-02-01", "--dry-run"],
    ["fact", "void", "--batch", "1", "--reason", "x", "--dry-run"],
    ["db", "backup", "copy.db", "--dry-run"],
]


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    """The demonstration, run for the first time."""
    office = Office(tmp_path_factory.mktemp("demo"))
    return office, office.run("demo", "--json").data


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("page", PAGES, ids=" ".join)
def test_a_page_is_printed_without_a_gap_in_its_words(page, language, first, monkeypatch, capsys):
    monkeypatch.chdir(first[0].folder)
    monkeypatch.setenv("KAOPING_LANG", language)
    monkeypatch.setenv("KAOPING_CONFIG", str(first[0].folder / ".config"))
    assert run(["--db", "demo/kaoping.db", *page]) == 0
    out = capsys.readouterr().out
    assert out.strip()
    assert not re.search(r"\b(cli|office)\.[a-z]+-?[a-z]*", out)
    assert "{" not in re.sub(r"(weigh|加权) \{[^}]*\}", "", out.replace("\n", " "))
    assert "None" not in out


def test_the_demonstration_assesses_everybody_says_what_it_does_and_gives_the_same_each_time(first):
    office, data = first
    year = next(one for one in data["evaluations"] if (one["scheme"], one["period"]) == ("property-abcd", "2025"))
    assert sum(year["grades"][grade] for grade in "ABCD") == 92
    stars = [one for one in data["evaluations"] if one["scheme"].startswith("harmonious")]
    assert [sum(one["grades"].values()) for one in stars] == [40, 40]
    assert [one["net"] for one in data["ledger"]] == [{"bid_points": "0"}, {"bid_points": "-3"}, {"bid_points": "0"}]
    again = office.run("demo")
    assert again.code == 0
    for one in data["evaluations"]:
        assert one["result_digest"][:12] in again.out
    listed = office.run("--db", "demo/kaoping.db", "evaluation", "list", "--json").data["evaluations"]
    published = [one["result_digest"] for one in listed if one["published_on"]]
    assert published == [one["result_digest"] for one in data["evaluations"]]
    assert again.err.splitlines()[:3] == [
        "写出样例文件到 demo/files …",
        "新建数据库 demo/kaoping.db …",
        f"导入 {data['imported']['files']} 个文件 …",
    ]
    assert "A级 25  B级 45  C级 15  D级 7" in again.out
    assert "── 逐条说明：银杏华庭为什么是这个等级" in again.out
    assert "县内物业招投标加减分：净 -3（加 0，扣 3）" in again.out


def test_the_demonstration_leaves_alone_a_database_that_is_not_its_own(tmp_path):
    office = Office(tmp_path)
    (tmp_path / "mine").mkdir()
    office.run("--db", "mine/kaoping.db", "db", "init")
    refused = office.run("demo", "--dir", "mine")
    assert refused.code == 2
    assert refused.err == (
        "错误：mine/kaoping.db 不是演示建立的数据库，没有动它 [office.demo-not-ours]\n提示：用 --dir 换一个文件夹\n"
    )


def test_example_files_do_not_overwrite_what_somebody_changed(tmp_path):
    office = Office(tmp_path)
    office.run("demo", "--files", "d")
    assert office.run("demo", "--files", "d").code == 0
    (tmp_path / "d" / "subjects.csv").write_text("subject,type,title\n", encoding="utf-8")
    refused = office.run("demo", "--files", "d")
    assert refused.code == 2
    assert "[office.demo-file-differs]" in refused.err
    assert (tmp_path / "d" / "subjects.csv").read_text(encoding="utf-8") == "subject,type,title\n"


def test_the_common_options_may_stand_before_the_command(first):
    office, _ = first
    data = office.run("--json", "--db", "demo/kaoping.db", "evaluation", "list").data
    assert sum(one["published_on"] is not None for one in data["evaluations"]) == 9
    by_environment = office.run("evaluation", "list", "--json", KAOPING_DB="demo/kaoping.db").data
    assert by_environment == data


def test_what_is_typed_outweighs_the_environment_wherever_it_stands(tmp_path):
    office = Office(tmp_path)
    for name in ("mine.db", "other.db"):
        office.run("db", "init", "--db", name)
    (tmp_path / "subjects.csv").write_text("subject,type,title\nx1,estate,翠园\n", encoding="utf-8")
    known = {"KAOPING_DB": "other.db", "KAOPING_ACTOR": "别人"}
    assert office.run("--db", "mine.db", "--actor", "李主任", "import", "subjects.csv", **known).code == 0
    assert office.run("import", "subjects.csv", "--dry-run", "--json", "--db", "mine.db", **known).data["written"] == 0
    assert office.run("import", "subjects.csv", "--dry-run", "--json", **known).data["written"] == 1
    values = "subject,period,group_score\nx1,2025Q1,88\n"
    (tmp_path / "scores.csv").write_text(values, encoding="utf-8")
    office.run(
        "--db", "nowhere.db", "--actor", "谁", "import", "scores.csv", "--db", "mine.db", "--actor", "王科长", **known
    )
    found = office.json("--db", "mine.db", "fact", "show", "x1")
    assert [one["actor"] for one in found["values"]] == ["王科长"]


def test_who_wrote_is_kept_with_what_was_written(tmp_path):
    office = Office(tmp_path)
    office.run("db", "init")
    (tmp_path / "subjects.csv").write_text("subject,type,title\nx1,estate,翠园\n", encoding="utf-8")
    office.run("import", "subjects.csv", "--actor", "李主任")
    (tmp_path / "scores.csv").write_text("subject,period,group_score\nx1,2025Q1,88\n", encoding="utf-8")
    office.run("import", "scores.csv", KAOPING_ACTOR="王科长")
    known = office.json("fact", "show", "x1")
    assert [one["actor"] for one in known["values"]] == ["王科长"]
