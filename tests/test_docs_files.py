"""docs/files.md against the code: its files are read and evaluated, its tables and limits are the code's."""

import re
from datetime import UTC, date, datetime

import pytest
from docs_examples import WHOLE, blocks, compiled, page, table_rows

from kaoping.errors import Problems
from kaoping.evaluation.run import evaluate
from kaoping.facts.periods import parse_period
from kaoping.facts.types import ValueType
from kaoping.facts.values import FIRST_YEAR, LAST_YEAR, LONGEST_NUMBER, LONGEST_TEXT
from kaoping.intake.cells import LONGEST_ID
from kaoping.intake.encoding import LARGEST
from kaoping.intake.fixed import FILE_TITLES, NEEDED, OPTIONAL
from kaoping.intake.headings import fixed_title
from kaoping.intake.model import KEPT
from kaoping.intake.normalise import tidy, tidy_period
from kaoping.intake.reader import read_folder
from kaoping.intake.sheet import LONGEST_CELL, MOST_COLUMNS
from kaoping.store.batches import Act
from kaoping.store.connection import create
from kaoping.store.facts import append
from kaoping.store.frames import load_frame

PAGE = page("files.md")
FILES = dict(re.findall(r"^`([^`]+\.csv)`\n\n```csv\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
PLAN = compiled(WHOLE)
NOW = datetime(2026, 1, 10, 8, tzinfo=UTC)


def read(folder, names, known=None):
    for name in names:
        (folder / name).write_text(FILES[name], encoding="utf-8-sig")
    paths = [folder / name for name in names]
    return read_folder(paths, PLAN.catalogue, known or {}, {PLAN.scheme.id: PLAN.scheme})


def known_subjects(intake):
    from kaoping.facts.frame import Subject
    from kaoping.facts.rows import NewSubject

    rows = [row for row in intake.rows if isinstance(row, NewSubject)]
    return {row.id: Subject(row.id, row.type, row.title, row.since, row.until) for row in rows}


def test_the_files_of_the_page_give_the_grades_it_says(tmp_path):
    intake = read(tmp_path, [name for name in FILES if name != "wrong.csv"])
    with create(tmp_path / "kaoping.db") as store:
        done = append(store, intake.rows, Act("li", "import"), NOW)
        again = append(store, intake.rows, Act("li", "import"), NOW)
        frame = load_frame(store, PLAN.needs, parse_period("2025"), date(2026, 1, 10))
    result = evaluate(PLAN, frame)
    assert {one.subject: (one.grade, one.score, one.status) for one in result.results} == {
        "yard1": ("tidy", 90, "final"),
        "yard2": ("fair", 70, "final"),
    }
    assert (again.written, again.unchanged) == (0, done.written)


def test_what_is_taken_as_meant_is_noted(tmp_path):
    notes = read(tmp_path, [name for name in FILES if name != "wrong.csv"]).notes
    assert [note.text("zh") for note in notes] == [
        "relations.csv:3:2 (B3): 已将“二号院”识别为编号 yard2",
        "得分-2025.csv:3:3 (C3): 已将“2025年第二季度”识别为 2025Q2",
        "得分-2025.csv:3:4 (D3): 已将“９２分”识别为 92",
        "院落火灾-2025.csv:2:3 (C2): 已将“2025/3/2”识别为 2025-03-02",
        "院落火灾-2025.csv:2:4 (D2): 已将“×”识别为 否",
    ]


def test_what_is_refused_is_refused_in_these_words(tmp_path):
    known = known_subjects(read(tmp_path, ["对象.csv"]))
    with pytest.raises(Problems) as caught:
        read(tmp_path, ["wrong.csv"], known)
    assert caught.value.text("en") == blocks(PAGE, "text")[0].strip()


KINDS = {"number in 分": ValueType("number", unit="分")}


@pytest.mark.parametrize(("kind", "written", "as_read"), [tuple(row) for row in table_rows(PAGE, "normalised")])
def test_a_way_of_writing_is_read_as_the_page_says(kind, written, as_read):
    if kind == "period":
        assert tidy_period(written) == as_read
    else:
        assert tidy(written, KINDS.get(kind, ValueType(kind))) == as_read


def test_the_table_of_files_has_the_columns_of_the_code():
    rows = {name: cells for cells in table_rows(PAGE, "files") for name in re.findall(r"`([^`]+)`", cells[0])}
    for kind, title in FILE_TITLES.items():
        assert rows[kind] == rows[title]
        wanted = [fixed_title(column, kind) for column in NEEDED[kind]]
        wanted += [fixed_title(column, kind) for column in OPTIONAL[kind] if column != "subject_title"]
        assert re.findall(r"`([^`]+)`", rows[kind][1]) == wanted


def test_the_limits_are_those_of_the_code():
    numbers = re.findall(r"\d+", " ".join(" ".join(cells) for cells in table_rows(PAGE, "limits")))
    limits = [LARGEST // 1024 // 1024, MOST_COLUMNS, LONGEST_CELL, LONGEST_TEXT, LONGEST_NUMBER, LONGEST_ID]
    assert [int(number) for number in numbers] == [*limits, FIRST_YEAR, LAST_YEAR, KEPT]
