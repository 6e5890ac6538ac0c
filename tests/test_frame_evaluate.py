"""``kaoping frame evaluate``: a frame from anywhere judged into a file and a sheet, the same by every database."""

import csv
import json
import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest
from cli_world import Office
from log_world import database
from sql_world import bundled_plans
from test_frame_commands import ended
from test_sql_frames import PROPERTY, made_up

from kaoping.cases import case_evaluation, read_cases
from kaoping_sql import frames, in_parts
from kaoping_sql.exchange import export

WHICH = ("property-abcd", "-p", "2025")
HEADINGS = ["subject", "grade", "before vetoes", "score", "score at most", "vetoes", "not met", "unknown"]


@pytest.fixture(scope="module")
def counties(tmp_path_factory):
    """A made-up county as its frame's file, as Parquet and as CSV."""
    folder = tmp_path_factory.mktemp("county")
    made_up(folder / "f.db", 300)
    pytest.importorskip("pyarrow")
    for form in ("parquet", "csv"):
        export(folder / "f.db", folder / form, form)
    return folder


def judged(tmp_path, frame, output, *more):
    """A frame judged within this process, and the rows of its sheet."""
    office = Office(tmp_path, "en")
    data = office.json("frame", "evaluate", str(frame), "-o", output, "--table", "sheet.csv", "--force", *more)
    with (tmp_path / "sheet.csv").open(newline="", encoding="utf-8-sig") as file:
        return data, list(csv.reader(file))


def test_every_form_of_a_frame_gives_the_same_results_and_the_same_sheet(counties, tmp_path):
    by_file, sheet = judged(tmp_path, counties / "f.db", "r.db")
    by_csv, same = judged(tmp_path, counties / "csv", "c.db")
    by_parquet, again = judged(tmp_path, counties / "parquet", "r.parquet")
    assert sheet == same == again
    assert [one["database"] for one in (by_file, by_csv, by_parquet)] == ["sqlite", "sqlite", "duckdb"]
    assert by_file["digest"] == by_csv["digest"] == by_parquet["digest"]
    assert by_file["digest"] == frames.results_digest(tmp_path / "r.parquet")
    assert by_file["grades"] == by_parquet["grades"]
    assert sum(one["subjects"] for one in by_file["grades"]) == by_file["subjects"] == len(sheet) - 1 == 300
    assert len(by_file["grades"]) > 4
    assert sorted(path.name for path in tmp_path.iterdir()) == ["c.db", "r.db", "r.parquet", "sheet.csv"]


def test_sheet_says_what_an_evaluation_says_of_each_subject(tmp_path):
    office = Office(tmp_path, "en")
    compared = lowered = 0
    cases = [
        case_evaluation(PROPERTY, case) for case in read_cases(PROPERTY.scheme.cases_text, PROPERTY.scheme.cases_file)
    ]
    whole = [case for case in cases if case.frame.period.text == "2025"]
    vetoed = [case for case in whole if any(one.raw_grade != one.grade for one in case.result(trace=False).results)]
    for number, case in enumerate([*vetoed[:2], next(case for case in whole if case not in vetoed)]):
        frame = case.frame
        compared += 1
        file = tmp_path / f"{number}.db"
        with database(file, frame, PROPERTY):
            pass
        at = ("--db", file.name)
        found = {one["subject"]: one for one in office.json("evaluate", *WHICH, "--dry-run", *at)["results"]}
        office.json("frame", "build", *WHICH, *at)
        data, (head, *rows) = judged(tmp_path, tmp_path / f"{file.name}.frames" / "property-abcd@2025.db", "r.db")
        assert head == HEADINGS
        titles = {name: one["en"] for name, one in data["titles"]["grades"].items()} | {"not_assessed": "not assessed"}
        criteria = data["titles"]["criteria"]
        for subject, grade, before, low, high, vetoes, not_met, unknown in rows:
            one = found.pop(subject)
            possible = [one["grade"]] if one["grade"] else one["possible_grades"] or [one["gate"]]
            assert grade == " / ".join(titles[name] for name in possible)
            if one["raw_grade"] and one["grade"]:
                assert before == ("" if one["raw_grade"] == one["grade"] else titles[one["raw_grade"]])
                hit = (
                    [data["titles"]["vetoes"][each["veto"]]["en"] for each in one["vetoes"] if each["holds"]]
                    if before
                    else []
                )
                assert vetoes == "; ".join(hit)
            lowered += bool(before)
            if one["gate"] is None:
                ends = [one["score"]] * 2 if one["score"] else one["score_range"]
                assert [low, high or low] == ends
            for cell, outcome in ((not_met, "not_met"), (unknown, "unknown")):
                wanted = [each for each in one["findings"] if each["outcome"] == outcome]
                said = [
                    criteria[each["criterion"]]["en"] + (f" ({each['at']})" if each["at"] else "") for each in wanted
                ]
                assert cell == "; ".join(said)
        assert not found
    assert compared == 3
    assert lowered > 0


def test_frame_of_parents_is_judged_by_their_own_rules(tmp_path):
    plan = bundled_plans()["community-activity-kpis"]
    made = frames.build(
        plan, case_evaluation(plan, read_cases(plan.scheme.cases_text, "")[7]).frame, tmp_path / "s.db", plan.parents[0]
    )
    data, (_, *rows) = judged(tmp_path, tmp_path / "s.db", "r.db")
    assert (data["section"], data["subjects"]) == (made.section, len(rows))
    assert rows


def test_former_results_stay_unless_asked_otherwise(counties, tmp_path):
    office = Office(tmp_path, "en")
    (tmp_path / "r.db").write_text("mine", encoding="utf-8")
    done = office.within("frame", "evaluate", str(counties / "f.db"), "-o", "r.db")
    assert (done.code, done.out) == (2, "")
    assert done.err.splitlines() == [
        "error: r.db exists already [office.results-exist]",
        "hint: choose another name, or write over it with --force",
    ]
    assert (tmp_path / "r.db").read_text(encoding="utf-8") == "mine"


def test_nothing_is_written_over_the_frame_or_over_the_results(counties, tmp_path):
    office = Office(tmp_path, "en")
    for form in ("f.db", "csv"):
        (shutil.copytree if (counties / form).is_dir() else shutil.copy)(counties / form, tmp_path / form)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    for frame, output, table, over in (
        ("f.db", "f.db", "t.csv", "f.db"),
        ("f.db", "r.db", "./f.db", "f.db"),
        ("csv", "csv/rows.csv", "t.csv", "csv"),
        ("csv", "r.db", "r.db", "r.db"),
    ):
        done = office.within("frame", "evaluate", frame, "-o", output, "--table", table, "--force")
        assert (done.code, done.out) == (2, "")
        assert done.err.splitlines()[0].endswith(f"would be written over {over} [office.results-over]")
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_two_programs_that_write_the_same_results_do_not_mix_them(counties, tmp_path, monkeypatch):
    """The second begins while the first is at work; what a third left when it was killed is cleared away."""
    frame, results, run = counties / "f.db", tmp_path / "r#1.db", in_parts._run
    gone = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    (tmp_path / f".r#1.db.part0.{int(gone.stdout)}.new").write_text("half", encoding="utf-8")
    other = f"from kaoping_sql.in_parts import *; in_parts('SELECT 1 AS key', ('estate', 'b'), Path({str(frame)!r}), "
    other += f"Path({str(results)!r}), 1, 1)"

    def slow(*work):
        run(*work)
        subprocess.run([sys.executable, "-c", other], check=True)

    monkeypatch.setattr(in_parts, "_run", slow)
    count = in_parts.in_parts("SELECT key FROM estate", ("estate", '"b"'), frame, results, 300, 1)
    with closing(sqlite3.connect(results)) as connection:
        assert connection.execute("SELECT count(*) FROM results").fetchone() == (count,) == (300,)
    assert [path.name for path in tmp_path.iterdir()] == ["r#1.db"]


def test_file_of_a_frame_may_be_called_anything(counties, tmp_path):
    shutil.copy(counties / "f.db", tmp_path / "50%25 ?#1.db")
    data, _ = judged(tmp_path, tmp_path / "50%25 ?#1.db", "r#?.db")
    assert data["subjects"] == 300


def test_places_where_no_results_can_stand_are_named(counties, tmp_path):
    office = Office(tmp_path, "en")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("mine", encoding="utf-8")
    for frame, more, said in (
        ("f.db", ("-o", "none/r.db"), "none: No such file or directory"),
        ("csv", ("-o", "none/r.db"), "none: No such file or directory"),
        ("csv", ("-o", "r.db", "--table", "none/t.csv"), "none: No such file or directory"),
        ("csv", ("-o", "mine"), "mine: Is a directory"),
        ("parquet", ("-o", "mine", "--in", "spark"), "mine: Is a directory"),  # what is not Spark's is not replaced
    ):
        done = office.within("frame", "evaluate", str(counties / frame), *more, "--force")
        assert (done.code, done.out) == (3, "")
        assert done.err.splitlines()[0] == f"error: cannot write to {said} [office.cannot-write]"
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["letter.txt", "mine"]


def test_what_cannot_be_read_is_said_and_leaves_no_results(counties, tmp_path):
    folder, out = tmp_path / "bad", ("-o", str(tmp_path / "r"))
    folder.mkdir()
    about = json.loads((counties / "parquet" / "about.json").read_text(encoding="utf-8"))
    (folder / "about.json").write_text(json.dumps(about | {"edition": "0"}), encoding="utf-8")
    office = Office(tmp_path, "en")
    for arguments, code, said in (
        ((str(tmp_path / "none"), *out), 2, f"there is no frame at {tmp_path / 'none'}"),
        (
            (str(counties / "parquet"), *out, "--in", "sqlite"),
            2,
            f"sqlite does not read {counties / 'parquet'}; duckdb does",
        ),
        ((str(counties / "csv"), *out, "--in", "spark"), 2, f"spark does not read {counties / 'csv'}; sqlite does"),
        (
            (str(counties / "csv"), *out, "--in", "oracle"),
            2,
            "there is no database 'oracle'; databases: sqlite, duckdb, spark",
        ),
        ((str(folder), *out), 2, "the frame is of property-abcd 0, not of property-abcd 1"),
        (
            (str(counties / "parquet"), *out, "--memory", "much"),
            2,
            "'much' is no amount of memory",
        ),
    ):
        told = office.within("frame", "evaluate", *arguments)
        assert told.code == code
        assert any(line.startswith(f"error: {said}") for line in told.err.splitlines())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad"]


def test_frame_that_was_changed_on_the_way_is_refused(counties, tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    whole = pq.read_table(counties / "parquet" / "rows.parquet")
    score, key, plain = map(whole.column_names.index, ("group_score@2025Q1", "key", "plain"))
    blanks = whole.num_rows - whole.column("plain").to_pylist().index(0)
    assert blanks > 0
    changes = {
        "the frame lacks columns: group_score@2025Q1": whole.remove_column(score),
        "1 subjects are in the frame twice": pa.concat_tables([whole, whole.slice(0, 1)]),
        "estate: 1 values of group_score@2025Q1 lie outside what is declared": whole.set_column(
            score, "group_score@2025Q1", pa.array([5_000, *whole.column(score).to_pylist()[1:]], pa.int64())
        ),
        f"{blanks} rows have blanks though they say they have none (plain), or say neither 0 nor 1": whole.set_column(
            plain, "plain", pa.array([1] * whole.num_rows, pa.int64())
        ),
        "1 keys are in the frame twice": whole.set_column(
            key, "key", pa.array([2 if one == 1 else one for one in whole.column(key).to_pylist()], pa.int64())
        ),
    }
    for number, (said, rows) in enumerate(changes.items()):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "about.json").write_bytes((counties / "parquet" / "about.json").read_bytes())
        pq.write_table(rows, folder / "rows.parquet")
        office = Office(tmp_path, "en")
        told = office.within("frame", "evaluate", str(folder), "-o", "r.parquet")
        assert (told.code, told.out) == (1, "")
        assert told.err.splitlines()[-2:] == [
            f"error: {folder} was not judged: {said} [sql.not-judged]",
            "hint: no new results were written; mend what is said and try again",
        ]
        assert not (tmp_path / "r.parquet").exists()


def test_page_counts_grades_and_says_what_is_not_found(counties, tmp_path):
    code, told = ended(Office(tmp_path, "en"), "frame", "evaluate", str(counties / "f.db"), "-o", "r.db")
    lines = told.splitlines()
    assert code == 0
    assert lines[0] == "Residential property management assessment  edition 1  2025"
    assert lines[1].startswith("subjects: 300; one opinion: SQLite 3.")
    assert sum(int(line.split()[-1]) for line in lines[3 : lines.index("", 3)]) == 300
    assert "note: places among all are not found from a frame; kaoping evaluate finds them" in lines
    assert lines[-1] == "results: r.db"


def test_scheme_whose_grades_read_places_is_judged_where_the_facts_are(tmp_path):
    plan = bundled_plans()["role-model-selection"]
    frame = case_evaluation(plan, read_cases(plan.scheme.cases_text, plan.scheme.cases_file)[0]).frame
    with database(tmp_path / "kaoping.db", frame, plan):
        office = Office(tmp_path, "en")
    built = office.json("frame", "build", plan.scheme.id, "-p", frame.period.text)
    refused = office.within("frame", "evaluate", built["path"], "-o", "r.db")
    assert (refused.code, refused.out) == (1, "")
    *_, error, hint = refused.err.splitlines()
    assert re.fullmatch(
        r"error: \S+role-model-selection.yaml:\d+:\d+: '.+' cannot be judged from a frame alone \[.+\]", error
    )
    assert hint == "hint: judge it where the facts are: kaoping evaluate"
    assert not (tmp_path / "r.db").exists()
