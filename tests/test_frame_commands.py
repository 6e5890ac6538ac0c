"""``kaoping frame``: building, updating, checking, and frames from elsewhere that are refused with what is wrong."""

import contextlib
import csv
import io
import json
import os
import re
import shutil
import sqlite3
from contextlib import closing
from unittest.mock import patch

import pytest
from cli_world import Office
from docs_examples import page
from log_world import database
from sql_world import bundled_plans
from test_sql_frames import PROPERTY, made_up

from kaoping.cases import case_evaluation, read_cases
from kaoping.errors import Problems, UsageError
from kaoping.office.desk import Desk, loaded
from kaoping.office.frames import up_to_date
from kaoping_cli.app import run
from kaoping_sql import frames
from kaoping_sql.exchange import bring_in, export


@pytest.fixture
def office(tmp_path):
    """Somebody with a database that knows the facts of a worked case."""
    frame = next(
        found
        for case in read_cases(PROPERTY.scheme.cases_text, PROPERTY.scheme.cases_file)
        if len((found := case_evaluation(PROPERTY, case).frame).values) > 3 and found.period.text == "2025"
    )
    with database(tmp_path / "kaoping.db", frame, PROPERTY):
        return Office(tmp_path, "en")


def ended(office, *arguments):
    """How a command ends, within this process, and what it prints."""
    out = io.StringIO()
    settings = {"KAOPING_LANG": "en", "KAOPING_CONFIG": str(office.folder / ".config")}
    with contextlib.chdir(office.folder), patch.dict(os.environ, settings), contextlib.redirect_stdout(out):
        os.environ.pop("COLUMNS", None)  # into a pipe a row of a table is one line, whoever runs the tests
        return run([*arguments]), out.getvalue()


def test_frame_is_built_kept_up_shown_and_checked(office):
    which = ("property-abcd", "-p", "2025")
    would = office.json("frame", "build", *which, "--dry-run")
    assert (would["how"], would["dry_run"]) == ("built", True)
    assert not (office.folder / "kaoping.db.frames").exists()
    built = office.json("frame", "build", *which)
    assert (built["how"], built["why"]) == ("built", "as asked")
    assert built["subjects"] > 0
    (one,) = office.json("frame", "update")["frames"]
    assert (one["how"], one["written"]) == ("current", 0)
    (shown,) = office.json("frame", "show")["frames"]
    assert (shown["behind"], shown["in_memory"], shown["subjects"]) == (0, "", built["subjects"])
    assert office.json("frame", "check")["frames"][0]["same"] is True


def test_commands_of_the_page_end_and_say_as_it_has_them(office):
    block = page("scale.md").partition("<!-- frame commands -->\n```console\n")[2].partition("```")[0]
    commands = [part.strip().splitlines() for part in block.split("$ kaoping ")[1:]]
    assert len(commands) == 7
    for line, *expected in commands:
        code, told = ended(office, *line.split())
        assert code == 0
        for wanted in expected:
            form = re.escape(wanted).replace(r"\.\.\.", ".*")
            assert any(re.fullmatch(form, said) for said in told.splitlines()), (wanted, told)


def test_frames_of_what_results_are_rolled_up_to_are_shown_kept_up_and_checked_too(tmp_path):
    plan = bundled_plans()["community-activity-kpis"]
    frame = case_evaluation(plan, read_cases(plan.scheme.cases_text, plan.scheme.cases_file)[0]).frame
    office, desk = Office(tmp_path, "en"), Desk(tmp_path / "kaoping.db", "李芳")
    with database(desk.database, frame, plan) as store:
        found = up_to_date(desk, loaded(), store, plan, frame.period, desk.today, section=plan.parents[0])
    assert (found.how, found.section) == ("built", "street")
    (shown,) = office.json("frame", "show")["frames"]
    assert (shown["section"], shown["behind"]) == ("street", 0)
    (one,) = office.json("frame", "update")["frames"]
    assert (one["how"], one["section"]) == ("current", "street")
    assert office.json("frame", "check")["frames"][0]["same"] is True


def test_frame_that_was_changed_by_hand_is_found_by_both_checks(office):
    office.json("frame", "build", "property-abcd", "-p", "2025")
    (path,) = (office.folder / "kaoping.db.frames").glob("*.db")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute('UPDATE estate SET "group_score@2025Q1" = 1 WHERE rowid = (SELECT min(rowid) FROM estate)')
        connection.commit()
    code, told = ended(office, "frame", "check")
    assert (code, "not what the facts give" in told) == (1, True)
    code, told = ended(office, "db", "check", "--json")
    assert (code, [one["code"] for one in json.loads(told)["faults"]]) == (3, ["office.fault-frame"])
    assert "kaoping frame build property-abcd -p 2025" in told


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_frame_goes_out_and_comes_in_as_it_was(office, form):
    if form == "parquet":
        pytest.importorskip("pyarrow")
    which = ("property-abcd", "-p", "2025")
    built = office.json("frame", "build", *which)
    gone = office.json("frame", "export", *which, "-o", "out", "--format", form)
    assert gone["subjects"] == built["subjects"]
    assert sorted(path.name for path in (office.folder / "out").iterdir()) == ["about.json", f"rows.{form}"]
    dry = office.json("frame", "import", "out", "--dry-run")
    assert (dry["subjects"], dry["dry_run"]) == (built["subjects"], True)
    taken = office.json("frame", "import", "out")
    assert frames.digest(office.folder / taken["path"]) == frames.digest(office.folder / built["path"])
    assert [one["imported"] for one in office.json("frame", "show")["frames"]] == [False, True]
    assert ended(office, "frame", "export", *which, "-o", "out")[0] == 3


def test_frame_that_is_behind_says_so_when_it_is_exported_and_one_taken_in_twice_that_it_replaced(office):
    which = ("property-abcd", "-p", "2025")
    subject = (
        office.json("frame", "build", *which) and office.json("evaluate", *which, "--dry-run")["results"][0]["subject"]
    )
    assert office.json("frame", "export", *which, "-o", "out", "--format", "csv")["behind"] == 0
    values = f"subject,period,group_score\n{subject},2025Q1,1\n"
    (office.folder / "scores.csv").write_text(values, encoding="utf-8")
    office.json("import", "scores.csv", "--correct", "read again")
    code, told = ended(office, "frame", "export", *which, "-o", "late", "--format", "csv")
    assert (code, told.splitlines()[-1]) == (
        0,
        "note: something is new of 1 subjects that is not in it yet: "
        "kaoping frame update property-abcd -p 2025, then export again",
    )
    assert ended(office, "frame", "import", "out")[1].count("replaced") == 0
    assert (
        "note: it would replace the frame that was taken in before"
        in ended(office, "frame", "import", "late", "--dry-run")[1]
    )
    assert "note: it replaced the frame that was taken in before" in ended(office, "frame", "import", "late")[1]


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """A made-up frame as CSV."""
    folder = tmp_path_factory.mktemp("f")
    made_up(folder / "f.db", 30)
    export(folder / "f.db", folder / "out", "csv")
    return folder / "out"


def test_frame_written_by_another_version_of_the_program_is_not_taken_in(exported, tmp_path):
    folder = tmp_path / "c"
    shutil.copytree(exported, folder)
    about = json.loads((folder / "about.json").read_text(encoding="utf-8"))
    (folder / "about.json").write_text(json.dumps(about | {"form": 1}), encoding="utf-8")
    with pytest.raises(UsageError) as refusal:
        bring_in(PROPERTY, folder, tmp_path / "n.db")
    assert refusal.value.key == "sql.other-form"
    assert not (tmp_path / "n.db").exists()


def changed(exported, tmp_path, change):
    """What is said of a copy in which something was changed."""
    folder = tmp_path / "c"
    shutil.copytree(exported, folder)
    with (folder / "rows.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    rows = change(rows) or rows
    with (folder / "rows.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    with pytest.raises(Problems) as refusal:
        bring_in(PROPERTY, folder, tmp_path / "n.db")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["c"]
    return [
        (one.key, one.facts.get("row"), one.facts.get("subject"), one.facts["column"]) for one in refusal.value.errors
    ]


SCORE = "group_score@2025Q1"


def put(cell, column=SCORE, row=4):
    """A change of one cell; row 1 is that of the headings."""

    def change(rows):
        rows[row - 1][rows[0].index(column)] = cell

    return change


@pytest.mark.parametrize(
    ("cell", "key"),
    [
        ("NaN", "sql.not-finite"),
        ("-Infinity", "sql.not-finite"),
        ("9.5", "sql.not-whole"),
        ("八", "sql.not-whole"),
        ("1001", "sql.beyond"),
        ("-1", "sql.beyond"),
        ("9" * 19, "sql.beyond"),
    ],
)
def test_cell_that_is_no_such_number_is_named_with_its_row_and_subject(exported, tmp_path, cell, key):
    found = changed(exported, tmp_path, put(cell))
    assert found[0] == (key, 4, "e00000002", SCORE)


def test_missing_column_is_named(exported, tmp_path):
    def change(rows):
        place = rows[0].index(SCORE)
        return [[*row[:place], *row[place + 1 :]] for row in rows]

    assert changed(exported, tmp_path, change) == [("sql.lacks-column", None, None, SCORE)]


def test_subject_that_is_there_twice_is_named(exported, tmp_path):
    found = changed(exported, tmp_path, put("e00000002", "id", 9))
    assert found == [("sql.there-twice", 9, "e00000002", "id")]


def test_row_that_is_not_as_plain_as_it_says_is_named(exported, tmp_path):
    def change(rows):
        place = rows[0].index("plain")
        row = next(number for number, row in enumerate(rows) if row[place] == "1")
        rows[row][place] = "0"

    assert [key for key, *_ in changed(exported, tmp_path, change)] == ["sql.not-plain"]


def test_row_with_a_cell_too_few_is_named(exported, tmp_path):
    found = changed(
        exported, tmp_path, lambda rows: [row[:-1] if number == 5 else row for number, row in enumerate(rows)]
    )
    assert found == [("sql.row-length", 6, "", "")]


def test_nan_and_other_kinds_in_parquet_are_named(exported, tmp_path):
    pa = pytest.importorskip("pyarrow")
    import pyarrow.parquet as pq

    folder = tmp_path / "c"
    folder.mkdir()
    about = json.loads((exported / "about.json").read_text(encoding="utf-8"))
    (folder / "about.json").write_text(json.dumps(about), encoding="utf-8")
    with (exported / "rows.csv").open(newline="", encoding="utf-8") as file:
        head, *rows = csv.reader(file)
    columns = {}
    for place, name in enumerate(head):
        cells = [row[place] or None for row in rows]
        columns[name] = cells if name == "id" else [None if cell is None else int(cell) for cell in cells]
    columns[SCORE] = [float("nan"), 5.0, *([None] * (len(rows) - 2))]
    pq.write_table(pa.table(columns), folder / "rows.parquet")
    with pytest.raises(Problems) as refusal:
        bring_in(PROPERTY, folder, tmp_path / "n.db")
    found = [(one.key, one.facts["row"], one.facts["subject"], one.facts["column"]) for one in refusal.value.errors]
    assert found == [
        ("sql.not-finite", 1, "e00000000", SCORE),
        ("sql.not-whole", 2, "e00000001", SCORE),
    ]
