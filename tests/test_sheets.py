"""Sheets for every scheme of a kind of subject: each fact asked for once, and read again by an import."""

import csv
import io

import pytest
from cli_world import Office

from kaoping.intake.headings import FIXED


def rows(path):
    return list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"))))


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """An office with one estate and one community on file, and the sheets of all schemes of estates for a year."""
    office = Office(tmp_path_factory.mktemp("sheets"))
    (office.folder / "subjects.csv").write_text(
        "subject,type,title\ne1,estate,翠园\nc1,community,湖滨\n", encoding="utf-8"
    )
    (office.folder / "relations.csv").write_text("relation,subject,to\nestate_community,e1,c1\n", encoding="utf-8")
    office.json("db", "init")
    office.json("import", "subjects.csv", "relations.csv")
    return office, office.json("template", "--subject", "住宅小区", "-p", "2025", "-o", "sheets")


def test_the_schemes_are_those_that_give_the_type_a_result_for_just_this_period(written):
    office, data = written
    known = {one["id"]: one for one in office.json("scheme", "list")["schemes"]}
    own = {name for name, one in known.items() if one["subject"] == "estate" and one["period"] == "year"}
    assert own <= set(data["schemes"])
    assert data["subject"] == "住宅小区"
    assert {"property-abcd", "estate-public-ads"} <= set(data["schemes"])
    assert not {one["scheme"] for one in data["left_out"]} & set(data["schemes"])


def test_no_fact_is_asked_for_twice_and_none_is_missing(written):
    office, data = written
    tables = {one["file"]: rows(office.folder / "sheets" / one["file"]) for one in data["files"]}
    asked = [
        header
        for name, table in tables.items()
        if name.startswith("数据-")
        for header in table[0]
        if header not in FIXED.values()
    ]
    assert len(asked) == len(set(asked))
    listed = office.json("fact", "catalogue", "estate")["subject_types"][0]["facts"]
    wanted = {
        one["title"]["zh"]
        for one in listed
        if set(one["read_by"]) & set(data["schemes"])
        and not one["fed_from"]
        and not any(s["title"] for s in one["for_each"])
    }
    assert wanted <= set(asked)
    closings = {row[0] for row in tables["结束填报.csv"][1:]}
    assert closings == set(data["schemes"])
    assert [row[:3] for row in tables["数据-季度.csv"][1:]] == [["e1", "翠园", f"2025Q{n}"] for n in range(1, 5)]
    assert [row[:4] for row in tables["关系.csv"][1:] if row[3]] == [["小区所属社区", "e1", "翠园", "c1"]]


def test_what_is_filled_in_is_read_by_an_import(written):
    office, _ = written
    path = office.folder / "sheets" / "数据-年.csv"
    table = rows(path)
    at, line = table[0].index("已落实包保责任人"), next(row for row in table if row[0] == "e1")
    line[at] = "是"
    text = io.StringIO()
    csv.writer(text).writerows(table)
    path.write_text(text.getvalue(), encoding="utf-8-sig")
    done = office.json("import", "sheets")
    assert done["errors"] == []
    assert done["tables"] == {"value": 1}
    assert [one["value"] for one in office.json("fact", "show", "e1", "person_answerable")["values"]] == ["true"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_one_scheme_or_one_type_is_asked_for(tmp_path, language):
    told = {
        "zh": (
            "错误：要么写方案编号，要么写 --subject 对象类型 [office.scheme-or-subject]\n"
            "提示：例如：kaoping template property-abcd -p 2025，或 kaoping template --subject estate -p 2025\n"
        ),
        "en": (
            "error: give either a scheme or --subject TYPE [office.scheme-or-subject]\n"
            "hint: such as: kaoping template property-abcd -p 2025, or kaoping template --subject estate -p 2025\n"
        ),
    }[language]
    office = Office(tmp_path, language)
    for arguments in ([], ["property-abcd", "--subject", "estate"]):
        ran = office.run("template", *arguments, "-p", "2025")
        assert (ran.code, ran.err) == (2, told)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ["--subject", "estat", "-p", "2025"],
            "error: there is no subject type 'estat' [office.unknown-type]\nhint: did you mean 'estate'?\n",
        ),
        (
            ["--subject", "manager", "-p", "2025"],
            "error: no scheme assesses 'Estate manager' [office.no-scheme-of-type]\n"
            "hint: which schemes assess whom: kaoping scheme list\n",
        ),
        (
            ["--subject", "unit", "-p", "2025W07"],
            "error: no scheme that assesses 'Unit' judges a period such as 2025W07 [office.no-scheme-of-period]\n",
        ),
        (
            ["--subject", "estate", "-p", "2025x"],
            "error: '2025x' is not a period [facts.not-a-period]\n",
        ),
    ],
)
def test_a_type_or_period_that_has_no_scheme_is_told(tmp_path, arguments, told):
    ran = Office(tmp_path, "en").run("template", *arguments)
    assert ran.code == 2
    assert ran.err.startswith(told)


def test_schemes_that_judge_other_periods_are_named_as_left_out(tmp_path):
    office = Office(tmp_path)
    data = office.json("template", "--subject", "estate", "-p", "2025Q3", "-o", "t", "--dry-run")
    assert "property-abcd" in data["schemes"]
    left = {one["scheme"]: one["why"] for one in data["left_out"]}
    assert left["estate-public-ads"] == "方案 estate-public-ads 不按 2025Q3 这样的周期考评"
    assert not (tmp_path / "t").exists()
    ran = office.run("template", "--subject", "estate", "-p", "2025Q3", "-o", "t", "--dry-run")
    assert "说明：没有包括 estate-public-ads：方案 estate-public-ads 不按 2025Q3 这样的周期考评\n" in ran.err
    assert ran.out.startswith("1 个方案：property-abcd\n")


def test_that_the_sheet_of_registers_has_no_lines_is_said_with_why_and_which_registers_there_are(tmp_path):
    office = Office(tmp_path)
    office.json("db", "init")
    data = office.json("template", "property-abcd", "-p", "2025", "-o", "empty")
    assert (data["register_rows"], [one["id"] for one in data["registers"]]) == (0, ["complaint"])
    told = office.run("template", "property-abcd", "-p", "2025", "-o", "other").out
    assert "还没有登记对象，“台账”表里没有行" in told
    (tmp_path / "subjects.csv").write_text("subject,type,title\ne1,estate,翠园\n", encoding="utf-8")
    office.json("import", "subjects.csv")
    assert office.json("template", "property-abcd", "-p", "2025", "-o", "filled")["register_rows"] == 1
    assert "登记齐全的填“完整至”" in office.run("template", "property-abcd", "-p", "2025", "-o", "again").out
