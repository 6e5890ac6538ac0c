"""An assessor's year, typed as one would type it."""

import csv
import io
import sqlite3

import pytest
from cli_world import Office
from county_world import example_county


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    """A database with the example county in it, imported."""
    made = Office(tmp_path_factory.mktemp("office"))
    example_county(tmp_path_factory, made.folder, imported=False)
    assert made.run("db", "init").code == 0
    ran = made.run("import", "d", "--json")
    first = ran.data
    assert ran.code == 0
    assert first["errors"] == []
    assert (first["written"], first["unchanged"]) == (first["written"], 0)
    again = made.json("import", "d")
    assert (again["written"], again["unchanged"], again["errors"]) == (0, first["written"], [])
    return made


@pytest.fixture(scope="module")
def evaluated(office):
    """The year's property result, evaluated by every engine."""
    ran = office.run("evaluate", "property-abcd", "-p", "2025", "--json")
    assert ran.code == 0
    return ran.data


def rows_in(office, table="batch"):
    with sqlite3.connect(office.folder / "kaoping.db") as database:
        return database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


def test_an_evaluation_gives_every_estate_a_result_and_says_who_vouches_for_it(evaluated):
    assert evaluated["scheme"] == "property-abcd"
    assert evaluated["engines"] == ["reference", "durable"]
    assert evaluated["opinions"] == 2
    assert len(evaluated["results"]) == 92
    assert sum(evaluated["grades"].values()) == 92
    keys = {"subject", "title", "score", "raw_grade", "grade", "status", "possible_grades"}
    assert all(keys <= result.keys() for result in evaluated["results"])


def test_a_dry_run_on_one_engine_finds_the_same_digest_and_stores_nothing(office, evaluated):
    before = rows_in(office, "evaluation")
    tried = office.json("evaluate", "property-abcd", "-p", "2025", "--engine", "reference", "--dry-run")
    assert tried["result_digest"] == evaluated["result_digest"]
    assert tried["evaluation"] is None
    assert tried["engines"] == ["reference"]
    assert tried["opinions"] == 1
    assert tried["notes"] == ["仅一种引擎（one opinion）：按要求只用参考引擎"]
    assert rows_in(office, "evaluation") == before


def test_what_is_published_opens_a_ledger_that_follows_from_events(office, evaluated):
    number = str(evaluated["evaluation"])
    tried = office.json("publish", number, "--on", "2026-01-20", "--dry-run")
    assert rows_in(office, "publication") == 0
    published = office.json("publish", number, "--on", "2026-01-20")
    assert published["entries"] == tried["entries"] > 0
    again = office.run("publish", number, "--on", "2026-01-20")
    assert (again.code, again.out) == (2, "")
    assert again.err.startswith(f"错误：第 {number} 号测算已于 2026-01-20 公布")
    before = office.json("ledger", "--company", "w007", "--on", "2026-06-01")
    won = office.json("event", "add", "bid_won", "--company", "w007", "--on", "2026-06-10")
    assert won["fields"] == {"in_county": "true"}
    assert won["notes"] == ["没有写明 in_county，按 in_county=true 登记；不是的话请用 --field in_county=… 写明"]
    assert office.json("event", "add", "bid_won", "--company", "w007", "--on", "2026-06-10")["unchanged"] is True
    days = ("2026-06-01", "2026-06-10", "2027-01-19", "2027-01-20")
    nets = [office.json("ledger", "--company", "w007", "--on", day)["net"]["bid_points"] for day in days]
    assert nets == ["0", "-3", "-3", "0"]
    [bonus] = [entry for entry in before["entries"] if entry["consequence"] == "bid_bonus"]
    assert bonus["scheme"] == "property-abcd"
    assert bonus["clause"] == "五(一)"
    assert (bonus["from"], bonus["until"], bonus["ended_by"]) == ("2026-01-20", "2028-01-20", "lasts")
    over = office.json("ledger", "--of", "w007", "--on", "2026-06-10", "--all")
    [ended] = [entry for entry in over["entries"] if entry["consequence"] == "bid_bonus"]
    assert (ended["status"], ended["until"], ended["ended_by"]) == ("ended", "2026-06-10", "event bid_won")


def test_an_explanation_names_clause_threshold_values_and_where_they_came_from(office, evaluated):
    told = office.json("explain", "银杏华庭", "-p", "2025")
    assert (told["subject"], told["raw_grade"], told["grade"]) == ("e011", "A", "B")
    [cap] = [veto for veto in told["vetoes"] if veto["id"] == "cap"]
    assert (cap["holds"], cap["effect"], cap["grade"], cap["clause"]) == (True, "at_most", "B", "四3")
    assert cap["records"][0]["sources"][0]["actor"]
    assert {"outcome", "expression", "values", "threshold", "clause", "sources"} <= told["criteria"][0].keys()
    assert told["criteria"][0]["sources"] == ["考核小组2025年第一季度评分表"]
    assert told["missing"] == []
    page = office.run("explain", "e011", "-p", "2025").out
    assert "B级（原A级）  得分 93.03  已定" in page
    assert "● 有主要责任的四类情形之一，不得评为A级：成立，不高于B级〔四3※〕" in page


def test_an_evaluation_still_comes_out_the_same_after_a_correction(office, evaluated):
    number = str(evaluated["evaluation"])
    assert office.json("evaluation", "verify", number)["same"] is True
    refused = office.run("import", "d/correction", "--json")
    assert refused.code == 1
    assert [error["code"] for error in refused.data["errors"]] == ["store.conflict", "store.conflict"]
    assert "“考核小组考核分”2025Q" in refused.data["errors"][0]["message"]
    batches = rows_in(office)
    corrected = office.json("import", "d/correction", "--correct", "核对原始评分表")
    assert (corrected["written"], corrected["corrected"]) == (2, 2)
    assert rows_in(office) == batches + 1
    assert office.json("evaluation", "verify", number)["same"] is True
    now = office.json("evaluate", "property-abcd", "-p", "2025", "--dry-run")
    assert now["result_digest"] != evaluated["result_digest"]
    then = office.json("evaluate", "property-abcd", "-p", "2025", "--dry-run", "--as-of", evaluated["known_at"])
    assert then["result_digest"] == evaluated["result_digest"]
    versions = office.json("fact", "history", "e033", "group_score", "-p", "2025Q3")["versions"]
    assert [(one["state"], one["reason"]) for one in versions] == [("corrected", ""), ("current", "核对原始评分表")]
    undone = office.json("fact", "void", "--batch", str(corrected["batch"]), "--reason", "更正有误")
    assert undone["voided_by"] == corrected["batch"] + 1
    back = office.json("evaluate", "property-abcd", "-p", "2025", "--dry-run")
    assert back["result_digest"] == evaluated["result_digest"]


def test_the_ranking_is_a_table_csv_or_json_in_the_same_order(office, evaluated):
    data = office.json("report", "rank", "property-abcd", "-p", "2025")
    assert [row["place"] for row in data["ranking"][:3]] == [1, 2, 3]
    assert data["ranked_by"]["name"] == "sum_of_quarters"
    text = office.run("report", "rank", "property-abcd", "-p", "2025", "--csv").out
    table = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    assert table[0][:5] == ["名次", "编号", "名称", "各季度得分之和", "得分"]
    assert [row[1] for row in table[1:]] == [row["subject"] for row in data["ranking"]]
    page = office.run("report", "rank", "property-abcd", "-p", "2025").out
    assert "按各季度得分之和排名" in page
    assert "一等奖（金）" in page


def test_a_quarter_is_scored_and_flagged_but_not_graded(office):
    quarter = office.json("evaluate", "property-abcd", "-p", "2025Q2", "--dry-run")
    assert quarter["grades"] == {"scored": 92}
    flags = [found["cohort"]["red_flag"]["2025Q2"] for found in quarter["results"]]
    assert flags.count(True) == 11  # two tie for the tenth place


def test_one_schemes_result_feeds_another(office):
    office.json("evaluate", "drug-free-community", "-p", "2025")
    targets = office.json("evaluate", "anti-drug-work-targets", "-p", "2025", "--dry-run")
    assert targets["grades"] == {"met": 1, "not_met": 1} or sum(targets["grades"].values()) == 2


def test_a_result_of_open_entry_cannot_be_published_until_entry_is_closed(tmp_path, tmp_path_factory):
    office = Office(tmp_path)
    example_county(tmp_path_factory, tmp_path, imported=False)
    (tmp_path / "d" / "closings.csv").unlink()
    office.run("db", "init")
    office.json("import", "d")
    number = str(office.json("evaluate", "harmonious-community-six-star", "-p", "2025")["evaluation"])
    refused = office.run("publish", number, "--on", "2026-01-22")
    assert refused.code == 2
    assert refused.err == (
        f"错误：测算 {number} 是在 harmonious-community-six-star 2025 结束填报之前做的，不能公布 [office.not-closed]\n"
        "提示：kaoping period close harmonious-community-six-star -p 2025，再测算一次，公布新的测算\n"
    )
    closed = office.json("period", "close", "harmonious-community-six-star", "-p", "2025")
    assert closed["closed_before"] is False
    assert office.json("period", "close", "harmonious-community-six-star", "-p", "2025")["closed_before"] is True
    again = str(office.json("evaluate", "harmonious-community-six-star", "-p", "2025")["evaluation"])
    assert office.json("publish", again, "--on", "2026-01-22")["evaluation"] == int(again)


def test_sheets_written_for_a_scheme_can_be_imported_as_they_are_filled(office, tmp_path):
    office.json("template", "harmonious-community-six-star", "-p", "2026", "-o", str(tmp_path / "t"))
    sheet = next(path for path in (tmp_path / "t").iterdir() if path.name.startswith("数据"))
    assert sheet.read_bytes().startswith(b"\xef\xbb\xbf")
    taken = office.json("import", str(tmp_path / "t"), "--dry-run")
    assert taken["errors"] == []


def test_looking_at_facts_evaluations_and_the_database(office, evaluated):
    known = office.json("fact", "show", "e001", "group_score", "-p", "2025Q1")
    assert [(one["at"], one["value"]) for one in known["values"]] == [("2025Q1", "86.7")]
    assert known["records"] == []
    assert office.run("fact", "show", "翠湖花园").out.startswith("翠湖花园  [e001]")
    listed = office.json("evaluation", "list", "-p", "2025")["evaluations"]
    assert evaluated["evaluation"] in [one["evaluation"] for one in listed]
    kept = office.json("evaluation", "show", str(evaluated["evaluation"]))
    assert kept["results"] == evaluated["results"]
    assert office.json("db", "check")["ok"] is True
    copy = office.json("db", "backup")
    assert copy["bytes"] > 100_000
    assert office.run("--db", copy["backup"], "db", "check").code == 0


def test_the_state_of_the_installation_is_told_with_reasons(office):
    data = office.json("doctor")
    assert [engine["name"] for engine in data["engines"]] == ["reference", "durable", "sql"]
    assert data["engines"][0] == {"name": "reference", "available": True, "why": None}
    assert data["database"]["exists"] is True


def test_what_has_no_addressee_is_told_when_it_is_published(tmp_path):
    office = Office(tmp_path)
    office.run("db", "init")
    (tmp_path / "f").mkdir()
    files = {
        "subjects": "subject,type,title\na,estate,孤园\nb,estate,独苑\n",
        "scores": "subject,period,annual_group_score,annual_satisfaction_score\na,2025,90,90\nb,2025,91,91\n",
        "closings": "scheme,period,closed_by\nproperty-abcd,2025,李主任\n",
    }
    for name, text in files.items():
        (tmp_path / "f" / f"{name}.csv").write_text(text, encoding="utf-8")
    office.json("import", "f")
    number = str(office.json("evaluate", "property-abcd", "-p", "2025")["evaluation"])
    told = office.run("publish", number, "--on", "2026-01-20").out
    assert (
        "说明：“县内物业招投标加分”没有登记的对象可记，2 个对象因此没有记入台账（孤园、独苑）；补录关系后再测算、公布"
        in told
    )


def test_a_scheme_without_subjects_says_where_to_begin(tmp_path):
    office = Office(tmp_path)
    office.run("db", "init")
    told = office.json("evaluate", "property-abcd", "-p", "2025", "--dry-run")
    assert told["notes"] == ["2025 没有在册的住宅小区；先导入对象：kaoping template property-abcd -p 2025 -o 文件夹"]
