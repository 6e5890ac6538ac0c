"""A scheme that gives no grade, from its files to its publication: requirements met are counted, none is made up."""

import pytest
from cli_world import Office

SCHEME = "civilised-estate-six-ones"
ONES = ("self_governing_body", "effective_rules", "gate_room", "notice_board", "culture_venue", "volunteers")
WORKS = ("beautified", "greened", "hardened", "lit")


@pytest.fixture(scope="module")
def office(tmp_path_factory) -> Office:
    """Three estates of a community: one meets all, one does not, of one a count is missing; entry is closed."""
    office = Office(tmp_path_factory.mktemp("ungraded"))
    files = office.folder / "facts"
    files.mkdir()
    subjects = ["subject,type,title,since,until", "c,community,东社区,2020-01-01,"]
    relations = ["relation,subject,to,since,until"]
    for number, name in enumerate(("东园", "西园", "南园"), 1):
        subjects.append(f"e{number},estate,{name},2020-01-01,")
        relations.append(f"estate_community,e{number},c,2020-01-01,")
    heads = [f"six_one_count.{one}" for one in ONES] + [f"work_done.{work}" for work in WORKS]
    values = [
        f"subject,period,{','.join(heads)}",
        "e1,2025,1,1,1,1,1,1,true,true,true,true",
        "e2,2025,1,1,1,0,1,1,true,true,true,false",
        "e3,2025,1,1,1,1,,1,true,true,true,true",
    ]
    for name, lines in (("subjects", subjects), ("relations", relations), ("values", values)):
        (files / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    office.json("db", "init")
    office.json("import", "facts")
    office.json("period", "close", SCHEME, "-p", "2025")
    office.json("evaluate", SCHEME, "-p", "2025")
    return office


def test_results_have_no_grade_and_name_what_is_missing(office: Office) -> None:
    data = office.json("evaluation", "show", "1")
    told = [
        (one["subject"], one["status"], one["grade"], [m["fact"] for m in one["missing"]]) for one in data["results"]
    ]
    assert told == [("e1", "final", None, []), ("e2", "final", None, []), ("e3", "incomplete", None, ["six_one_count"])]
    assert data["grades"] == {"all_met": 1, "not_all_met": 1, "undecided": 1}


def test_the_page_counts_the_requirements_met(office: Office) -> None:
    lines = office.run("evaluation", "show", "1").out.splitlines()
    assert [" ".join(line.split()) for line in lines[5:9]] == [
        "e1 东园 - 达到10/10项 已定",
        "e2 西园 - 达到8/10项 已定",
        "e3 南园 - 达到9/10项 资料不足",
        "c 东社区 - 达到0/1项 已定",
    ]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_report_and_explanation_say_the_same_in_both_languages(office: Office, language: str) -> None:
    said = {"zh": "达到8/10项", "en": "8 of 10 met"}[language]
    asked = Office(office.folder, language)
    assert said in asked.run("report", "rank", SCHEME, "-p", "2025").out
    assert said in asked.run("explain", "e2", "-p", "2025", "-s", SCHEME).out


def test_it_can_be_published_and_verified(office: Office) -> None:
    assert office.json("publish", "1", "--on", "2026-01-10")["on"] == "2026-01-10"
    assert office.json("evaluation", "verify", "1")["same"] is True
