"""What good files give: rows, notes, and nothing that was not written."""

import tomllib
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest
from intake_world import CATALOGUE, SCHEMES, SUBJECTS

from kaoping.errors import Place, Problems
from kaoping.facts.frame import NEVER, UNDETERMINED
from kaoping.facts.rows import NewClosing, NewEdge, NewRecord, NewRegister, NewSubject, NewValue
from kaoping.intake.model import KEPT
from kaoping.intake.reader import read_folder
from kaoping.texts import FOLDERS


@pytest.fixture
def read(tmp_path: Path):
    """Write files and read their folder."""

    def read(files: dict[str, str | bytes], known=SUBJECTS, paths=None, progress=None):
        for name, content in files.items():
            path = tmp_path / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_folder([tmp_path / path for path in paths or ["."]], CATALOGUE, known, SCHEMES, progress)

    return read


def values(intake) -> dict[tuple[str, str, str, str], object]:
    return {(row.subject, row.fact, row.at, row.item): row.value for row in intake.rows if isinstance(row, NewValue)}


def notes(intake) -> list[str]:
    return [note.text("zh") for note in intake.notes]


def test_a_value_is_read_with_its_place_and_what_supports_it(read):
    intake = read({"得分.csv": "对象编号,周期,考核小组考评,来源,佐证\ne1,2025Q1,88.5,考核办,照片 3 张\n"})
    place = Place("得分.csv", 2, 3, "C2")
    value = Fraction(177, 2)
    assert intake.rows == (NewValue("e1", "group_score", "2025Q1", "", value, "考核办", "照片 3 张", place),)
    assert intake.notes == ()


def test_headers_are_ids_or_titles_and_items_have_columns_of_their_own(read):
    files = {
        "a.csv": "subject,period,aspect_score.creation_concept,aspect_score:team_unity\nc1,2025,9,8\n",
        "b.csv": "对象编号,周期,方面得分：创建理念,方面得分:班子团结\nc1,2024,7,6\n",
        "c.csv": "Subject,PERIOD,户数（户）,households*\ne1,2025,600,\n".replace(",households*", "").replace(
            "600,", "600"
        ),
    }
    intake = read(files)
    assert values(intake) == {
        ("c1", "aspect_score", "2025", "creation_concept"): 9,
        ("c1", "aspect_score", "2025", "team_unity"): 8,
        ("c1", "aspect_score", "2024", "creation_concept"): 7,
        ("c1", "aspect_score", "2024", "team_unity"): 6,
        ("e1", "household_count", "2025-01-01", ""): 600,
    }
    assert notes(intake) == [
        "c.csv:1:1 (A1): 已将表头“Subject”识别为“subject”",
        "c.csv:1:2 (B1): 已将表头“PERIOD”识别为“period”",
    ]


def test_a_fact_that_holds_until_changed_takes_a_day_or_a_period(read):
    intake = read({"户数.csv": "对象编号,周期,户数\ne1,2025-03-15,600\ne1,2025Q3,610\n"})
    assert values(intake) == {
        ("e1", "household_count", "2025-03-15", ""): 600,
        ("e1", "household_count", "2025-07-01", ""): 610,
    }


def test_one_file_may_hold_facts_of_several_types_and_grains(read):
    head = "对象编号,周期,考核小组考评,创文考评名次,已制定工作计划\n"
    intake = read({"全部.csv": head + "e1,2025,,3,\ne1,2025Q1,80,,\nv1,2025,,,是\n"})
    assert values(intake) == {
        ("e1", "creation_rank", "2025", ""): 3,
        ("e1", "group_score", "2025Q1", ""): 80,
        ("v1", "has_plan", "2025", ""): True,
    }


def test_blank_cells_blank_lines_and_blank_columns_say_nothing(read):
    text = "对象编号,周期,考核小组考评,,\n\n  ,,\ne1,2025Q1,,,\ne1,2025Q2,80,,\n,,,,\n"
    intake = read({"得分.csv": text})
    assert values(intake) == {("e1", "group_score", "2025Q2", ""): 80}
    assert intake.rows[0].place == Place("得分.csv", 5, 3, "C5")


def test_what_has_not_happened_and_what_is_not_decided_are_values(read):
    intake = read(
        {
            "报送.csv": "对象编号,周期,报送日\ne1,2025Q1,未发生\ne2,2025Q1,never\n",
            "事件.csv": "对象编号,编号,发生日期,责任\ne1,1,2025-03-01,待定\n",
        }
    )
    assert values(intake) == {("e1", "reported_on", "2025Q1", ""): NEVER, ("e2", "reported_on", "2025Q1", ""): NEVER}
    assert intake.rows[0].fields == {"occurred_on": date(2025, 3, 1), "responsibility": UNDETERMINED}


def test_records_are_read_from_files_named_after_their_register(read):
    line = "e1,{},2025-03-01,是\n"
    head = "对象编号,编号,受理日期,有效\n"
    names = ["complaint.csv", "complaint-2025Q1.csv", "投诉-城区-补.csv", "投诉 (1).csv", "投诉 - 副本.csv"]
    intake = read({name: head + line.format(number) for number, name in enumerate(names)})
    assert {row.no for row in intake.rows} == {"0", "1", "2", "3", "4"}
    assert {type(row) for row in intake.rows} == {NewRecord}
    assert intake.rows[0].fields == {"received_on": date(2025, 3, 1), "valid": True}


def test_any_of_several_placing_dates_places_a_record(read):
    intake = read({"事件.csv": "对象编号,编号,确认日期\ne1,1,2025-03-01\n"})
    assert intake.rows[0].fields == {"confirmed_on": date(2025, 3, 1)}


def test_subjects_of_the_same_import_are_known_to_its_other_files(read):
    intake = read(
        {
            "a-得分.csv": "对象编号,周期,考核小组考评\ne9,2025Q1,80\n",
            "subjects.csv": "subject,type,title,since,until\ne9,住宅小区,云锦苑,2025-01-01,\np9,company,云锦物业,,\n",
            "关系.csv": "关系,对象编号,相关对象编号,自,止（不含）\n物业公司,e9,p9,2025-01-01,2026/1/1\n",
        },
        known={},
    )
    assert [row for row in intake.rows if not isinstance(row, NewValue)] == [
        NewSubject("e9", "estate", "云锦苑", date(2025, 1, 1), place=Place("subjects.csv", 2, 1, "A2")),
        NewSubject("p9", "company", "云锦物业", place=Place("subjects.csv", 3, 1, "A3")),
        NewEdge("company", "e9", "p9", date(2025, 1, 1), date(2026, 1, 1), place=Place("关系.csv", 2, 3, "C2")),
    ]
    assert values(intake) == {("e9", "group_score", "2025Q1", ""): 80}


def test_registers_and_closings_are_statements_with_a_name(read):
    intake = read(
        {
            "registers.csv": "subject,record,complete_through,stated_by\n"
            "e1,complaint,2025-12-31,王芳\nv1,场所,2025.6.30,王芳\ne2,投诉,,\n",
            "closings.csv": "方案,周期,结束人\n物业管理考核,2025,李主任\nten-star,2025,\n",
        }
    )
    assert intake.rows == (
        NewClosing("property-abcd", "2025", "李主任", place=Place("closings.csv", 2, 3, "C2")),
        NewRegister("e1", "complaint", date(2025, 12, 31), "王芳", place=Place("registers.csv", 2, 3, "C2")),
        NewRegister("v1", "site", date(2025, 6, 30), "王芳", place=Place("registers.csv", 3, 3, "C3")),
    )
    assert notes(intake) == [
        "closings.csv:3:3 (C3): 未填结束人，“十星级和谐社区”2025 仍可填报",
        "registers.csv:3:3 (C3): 已将“2025.6.30”识别为 2025-06-30",
    ]


def test_a_title_stands_for_the_id_where_only_one_subject_has_it(read):
    intake = read({"得分.csv": "对象编号,周期,考核小组考评\n翠园小区,2025Q1,80\nｅ２,2025Q1,81\n"})
    assert set(values(intake)) == {("e1", "group_score", "2025Q1", ""), ("e2", "group_score", "2025Q1", "")}
    assert notes(intake) == [
        "得分.csv:2:1 (A2): 已将“翠园小区”识别为编号 e1",
        "得分.csv:3:1 (A3): 已将“ｅ２”识别为编号 e2",
    ]


def test_a_new_title_of_a_subject_may_stand_beside_its_id(read):
    files = {
        "对象.csv": "对象编号,对象类型,名称\ne1,住宅小区,翠园一期\n",
        "得分.csv": "对象编号,对象名称,周期,考核小组考评\ne1,翠园一期,2025Q1,80\ne1,翠园小区,2025Q2,81\n",
    }
    assert len(read(files).rows) == 3


def test_the_same_said_twice_is_kept_once_and_noted(read):
    intake = read(
        {
            "a.csv": "对象编号,周期,考核小组考评\ne1,2025Q1,80\ne1,2025Q1,80.0\n",
            "b.csv": "对象编号,周期,考核小组考评\ne1,2025Q1,80分\n",
        }
    )
    assert len(intake.rows) == 1
    assert notes(intake) == [
        "a.csv:3:3 (C3): 与 a.csv:2:3 (C2) 相同，只记一次",
        "b.csv:2:3 (C2): 已将“80分”识别为 80",
        "b.csv:2:3 (C2): 与 a.csv:2:3 (C2) 相同，只记一次",
    ]


def test_a_relation_may_hold_in_two_spells(read):
    intake = read(
        {"关系.csv": "关系,对象编号,相关对象编号,自,止（不含）\ncompany,e1,p1,,2024-01-01\ncompany,e1,p1,2025-01-01,\n"}
    )
    assert [(row.since, row.until) for row in intake.rows] == [(None, date(2024, 1, 1)), (date(2025, 1, 1), None)]


def test_a_workbook_in_the_folder_is_passed_over_aloud(read):
    intake = read(
        {"考核表.xlsx": b"PK", "~$考核表.xlsx": b"", "得分.csv": "对象编号,周期,考核小组考评\ne1,2025Q1,80\n"}
    )
    assert notes(intake) == ["考核表.xlsx: 未读取：只读 CSV 文件"]


def test_two_files_of_one_name_are_told_apart_by_their_folders(read, tmp_path):
    head = "对象编号,周期,考核小组考评\n"
    files = {"城区/得分.csv": head + "e1,2025Q1,80\n", "乡镇/得分.csv": head + "e1,2025Q1,81\n"}
    with pytest.raises(Problems) as caught:
        read(files, paths=["城区", "乡镇"])
    first, second = tmp_path / "城区" / "得分.csv", tmp_path / "乡镇" / "得分.csv"
    assert caught.value.text("zh") == f"{second}:2:3 (C2): 与前面 {first}:2:3 (C2) 的内容不一致"


def test_a_path_that_does_not_exist_is_an_error_of_usage(read):
    with pytest.raises(Problems) as caught:
        read({}, paths=["没有.csv"])
    assert caught.value.exit_code == 2
    assert caught.value.text("zh").startswith("没有文件或文件夹“")


def test_nothing_is_handed_on_when_one_cell_of_one_file_is_wrong(read):
    with pytest.raises(Problems) as caught:
        read(
            {
                "a.csv": "对象编号,周期,考核小组考评\ne1,2025Q1,80\n",
                "b.csv": "对象编号,周期,考核小组考评\ne2,2025Q1,八十\n",
            }
        )
    assert [error.key for error in caught.value.errors] == ["facts.not-a-number"]


def test_of_very_many_errors_the_first_are_listed_and_the_rest_counted(read):
    lines = "".join(f"e1,2025Q1,{number}\n" for number in range(1000, 3000))
    with pytest.raises(Problems) as caught:
        read({"得分.csv": "对象编号,周期,考核小组考评\n" + lines})
    assert len(caught.value.errors) == KEPT + 1
    assert caught.value.errors[-1].text("zh") == "得分.csv: 还有 1000 处错误没有列出"


def test_a_refusal_among_very_many_errors_is_still_a_refusal(read):
    lines = "".join(f"e1,2025Q1,{number}\n" for number in range(1000, 3000))
    with pytest.raises(Problems) as caught:
        read({"得分.csv": "对象编号,周期,考核小组考评\n" + lines + "e1,2025Q1,13812345678\n"})
    assert caught.value.exit_code == 4


def test_no_message_holds_a_personal_number(read):
    with pytest.raises(Problems) as caught:
        read(
            {
                "subjects.csv": "subject,type,title\n13812345678,estate,甲\n138 1234 5678,estate,乙\n",
                "得分.csv": "对象编号,周期,考核小组考评\n13812345678,13812345678,13812345678\n",
                "投诉.csv": "对象编号,编号,受理日期\ne1,13812345678,13812345678\n",
            }
        )
    for language in ("zh", "en"):
        said = "".join(f"{error.text(language)}{error.hint(language)}" for error in caught.value.errors)
        assert "12345678" not in said
        assert "1234 5678" not in said
    assert {error.exit_code for error in caught.value.errors} == {4}
    assert len(caught.value.errors) == 7


def test_a_formula_escape_is_undone_and_a_separator_line_is_followed(read):
    intake = read({"说明.csv": "sep=;\r\n对象编号;周期;说明\r\nc1;2025;'=1+1\r\nv1;2025;'好'\r\n"})
    assert [row.value for row in intake.rows] == ["=1+1", "'好'"]
    assert intake.rows[0].place == Place("说明.csv", 3, 3, "C2")


def test_progress_is_heard_file_by_file(read):
    heard = []
    lines = "".join(f"e1,{number},2025-03-01\n" for number in range(4500))
    read({"投诉.csv": "对象编号,编号,受理日期\n" + lines}, progress=lambda *step: heard.append(step))
    assert heard == [("投诉.csv", 2000, 4501), ("投诉.csv", 4000, 4501), ("投诉.csv", 4500, 4500)]


def test_a_fact_no_scheme_reads_takes_any_period(read):
    intake = read({"印象.csv": "对象编号,周期,总体印象\nc1,2025H1,好\nc1,2025W07,一般\n"})
    assert list(values(intake).values()) == ["good", "fair"]


@pytest.mark.parametrize("file", ["facts.toml", "intake.toml"])
def test_every_sentence_can_be_shown_on_a_gbk_console_and_exists_in_both_languages(file):
    for table in tomllib.loads((FOLDERS[0] / file).read_text(encoding="utf-8")).values():
        assert set(table) in ({"zh", "en"}, {"zh", "en", "hint_zh", "hint_en"})
        assert "".join(table.values()).encode("gbk")
