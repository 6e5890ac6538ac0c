"""What is printed at narrow widths: nothing lost, nothing parted that holds together, tables that fit or give way."""

import re

import pytest

from kaoping_cli.console import definitions, out, table, terminal_width, width_of, wrap
from kaoping_cli.pages import evaluation, intake, schemes

HEADS = ["编号", "名称", "各季度得分之和", "得分", "旗与奖"]
ROWS = [
    ["e009", "香樟花园", "380.81", "95.2", "季度红旗 2025Q1 2025Q2 2025Q3 2025Q4、一等奖（金）"],
    ["e071", "秋月家园", "379.36", "94.84", "季度红旗 2025Q1"],
]


@pytest.fixture(autouse=True)
def chinese(monkeypatch):
    monkeypatch.setenv("KAOPING_LANG", "zh")


def words_of(text):
    """What must never be parted: numbers, days, ids."""
    return re.findall(r"[\w.:-]*\d[\w.:-]*", text, re.ASCII)


@pytest.mark.parametrize("width", [10, 24, 60])
def test_a_wrapped_text_keeps_every_number_whole_and_every_mark_beside_what_it_belongs_to(width):
    text = "“得分”在（60.5 至 2025-03-01）之间，至少 12345.678 分〔四(二)；决定2、13〕；再看《办法》“第七条”"
    lines = wrap(text, width)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert [word for line in lines for word in words_of(line)] == words_of(text)
    assert not [line for line in lines if line[0] in "，。；）〕》”、" or line[-1] in "（〔《“"]


def test_a_piece_longer_than_a_line_stands_alone_and_whole():
    digest = "5f9eaf5a1c48" * 5
    assert wrap(f"摘要 {digest} 相同", 20) == ["摘要", digest, "相同"]


@pytest.mark.parametrize("columns", ["60", "80", "110"])
def test_a_table_fits_the_terminal_and_loses_no_digit(columns, monkeypatch):
    monkeypatch.setenv("COLUMNS", columns)
    lines = table(HEADS, ROWS, right=[2, 3])
    assert max(map(width_of, lines)) <= terminal_width()
    told = [word for line in lines for word in words_of(line)]
    assert sorted(told) == sorted(word for row in ROWS for cell in row for word in words_of(cell))


def test_a_table_that_cannot_fit_gives_each_row_lines_of_its_own(monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    heads = ["编号", "方案", "周期", "摘要", "公布"]
    rows = [["1", "harmonious-community-six-star", "2025", "5f9eaf5a1c48", "2026-01-22"], ["2", "x", "2025", "", ""]]
    assert table(heads, rows, right=[0]) == [
        "编号 1",
        "  方案  harmonious-community-six-star",
        "  周期  2025",
        "  摘要  5f9eaf5a1c48",
        "  公布  2026-01-22",
        "编号 2",
        "  方案  x",
        "  周期  2025",
    ]


def test_on_a_terminal_a_long_line_is_broken_between_words_and_hangs(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    text = "  Points in the county's property tenders: net 12.50 (added 15.50, taken 3.00)"
    out(text)
    assert capsys.readouterr().out == f"{text}\n"
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    out(text)
    lines = capsys.readouterr().out.splitlines()
    assert lines == ["  Points in the county's property tenders: net 12.50", "    (added 15.50, taken 3.00)"]


def test_into_a_pipe_a_row_of_a_table_is_one_line(monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    assert len(table(["甲", "乙"], [["一" * 40, "二" * 80]])) == 3


def test_names_leave_room_for_their_meaning(monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    lines = definitions([("重点人群宣传教育覆盖面（年度）", "不低于 100%"), ("短", "一句话")])
    assert lines == ["  重点人群宣传教育覆盖面（年度）", " " * 25 + "不低于 100%", "  短" + " " * 21 + "一句话"]


def test_a_full_bar_is_everybody(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    titles = {"grades": {"good": {"zh": "好"}, "bad": {"zh": "差"}}}
    evaluation.distribution([{"standing": "good"}, {"standing": "bad"}], titles)
    evaluation.distribution([{"standing": "good"}] * 3, titles)
    bars = [line.count("█") for line in capsys.readouterr().out.splitlines()]
    assert bars == [18, 18, 36]


def test_what_an_earlier_period_lacks_is_said_by_its_title():
    titles = {
        "facts": {"rate": {"zh": "巩固率", "en": "Rate"}},
        "measures": {"annual": {"zh": "年度得分", "en": "Score"}},
        "records": {},
        "fields": {},
        "items": {},
    }
    said = [
        evaluation.still_missing({"fact": fact, "at": ""}, titles)
        for fact in ("previous(rate)", "baseline(annual)", "rate")
    ]
    assert said == ["上一周期的巩固率", "基期的年度得分", "巩固率"]


NOTES = [
    {"code": "intake.read-as", "message": f"已将“{n}分”识别为 {n}", "where": f"a.csv:{n}:2 (B{n})", "file": "a.csv"}
    for n in range(1, 18)
]


def done(notes):
    tables = {"values": 17}
    facts = {"written": 17, "unchanged": 0, "batch": 1, "tables": tables, "corrected": 0, "dry_run": False}
    return {"notes": notes, "errors": [], **facts}


def test_many_notes_of_one_kind_are_counted_and_listed_on_demand(capsys):
    one = {"code": "intake.gb18030", "message": "按 GB18030 读取", "where": "b.csv", "file": "b.csv"}
    intake.imported(done([*NOTES, one]))
    assert capsys.readouterr().err.splitlines() == [
        "说明：a.csv:1:2 (B1): 已将“1分”识别为 1",
        "　　　a.csv 中同类的还有 16 处；逐条列出：加 --notes",
        "说明：b.csv: 按 GB18030 读取",
    ]
    intake.imported(done(NOTES), every_note=True)
    assert len(capsys.readouterr().err.splitlines()) == 17


def test_decisions_are_told_by_number_and_grades_by_title(capsys):
    rule = {"id": "v", "title": {"zh": "发生火灾"}, "clause": "六", "decisions": ["one", "two"], "at_most": "fair"}
    rule |= {"becomes": None, "when": {"aloud": "有“火灾”"}}
    bands = [{"grade": "fair", "title": {"zh": "合格"}, "when": None, "by_veto": False}]
    data = {"criteria": [], "measures": [], "grade_form": "first", "bands": bands, "vetoes": [rule]}
    schemes._judging(data, {"one": "1", "two": "2"})
    assert "  发生火灾  不高于合格：有“火灾”〔六；决定1、2〕" in capsys.readouterr().out.splitlines()
