"""``kaoping frame join``: several offices' frames as one, and frames that cannot be read by one statement."""

import csv
import json
import shutil
from contextlib import closing
from functools import partial

import pytest
from cli_world import Office
from test_sql_frames import PROPERTY

from kaoping.facts.frame import Frame
from kaoping_sql import frames
from kaoping_sql.exchange import export
from kaoping_sql.made_up import MadeUp

pytest.importorskip("duckdb")
SIZES = (("a", 0, 90), ("b", 90, 150), ("c", 240, 60))


@pytest.fixture(scope="module")
def counties(tmp_path_factory):
    """Three made-up counties of one world, and all of it: the files of their frames."""
    folder = tmp_path_factory.mktemp("counties")
    whole = MadeUp(300, frames.parse_period("2025"), 1)
    bare = Frame(whole.period, frames.date(2026, 1, 15), {}, closed=frozenset({"2025"}))
    for name, first, many in (*SIZES, ("all", 0, 300)):
        some = whole.piece(first, many)
        frames.write(PROPERTY, bare, some, folder / f"{name}.db", partial(some.load, main="estate"))
    export(folder / "a.db", folder / "a", "parquet")
    export(folder / "b.db", folder / "b", "csv")
    return folder


def sheet(office, frame, output):
    """What is said of everybody in a frame, and the counts."""
    data = office.json("frame", "evaluate", str(frame), "-o", output, "--table", "sheet.csv", "--force")
    with (office.folder / "sheet.csv").open(newline="", encoding="utf-8-sig") as file:
        return data, list(csv.reader(file))


def test_counties_put_together_are_judged_as_the_whole(counties, tmp_path):
    office = Office(tmp_path, "en")
    joined = office.json("frame", "join", *(str(counties / name) for name in ("a", "b", "c.db")), "-o", "city")
    assert (joined["subjects"], joined["period"]) == (300, "2025")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["city"]
    data, rows = sheet(office, tmp_path / "city", "city.parquet")
    whole, same = sheet(office, counties / "all.db", "all.db")
    assert rows == same
    assert data["grades"] == whole["grades"]
    assert len(rows) == 301


def test_ends_of_numbers_and_counts_are_those_of_all(counties, tmp_path):
    office = Office(tmp_path, "en")
    office.json("frame", "join", str(counties / "a"), str(counties / "b.db"), "-o", "city")
    ours, theirs, both = (frames.read_about(path) for path in (counties / "a", counties / "b.db", tmp_path / "city"))
    for name, (scale, low, high) in both.numbers.items():
        assert scale == ours.numbers[name][0] == theirs.numbers[name][0]
        assert (low, high) == (
            min(ours.numbers[name][1], theirs.numbers[name][1]),
            max(ours.numbers[name][2], theirs.numbers[name][2]),
        )
    assert both.counts == {name: max(ours.counts[name], theirs.counts[name]) for name in ours.counts}
    assert set(both.settled) == set(ours.settled) & set(theirs.settled)


def test_subject_that_two_offices_have_is_named_and_nothing_is_written(counties, tmp_path):
    done = Office(tmp_path, "en").within("frame", "join", str(counties / "a"), str(counties / "a.db"), "-o", "city")
    assert (done.code, done.out) == (1, "")
    said = [line for line in done.err.splitlines() if line.startswith("error:")]
    assert len(said) == 50  # of ninety
    assert said[0] == (f"error: subject e00000000 is in {counties / 'a'} and in {counties / 'a.db'} [sql.join-twice]")
    assert list(tmp_path.iterdir()) == []


def test_frames_that_one_statement_cannot_read_are_refused_with_what_differs(counties, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(counties / "a", other)
    about = json.loads((other / "about.json").read_text(encoding="utf-8"))
    column = next(iter(about["numbers"]))
    about["today"], about["closed"] = "2026-01-16", []
    about["calendars"] = {"campus_terms": [["2025-03-03", "2025-03-14", "2025春"]]}  # no estate has terms
    about["numbers"][column][0] += 1
    about["columns"] = about["columns"][:-1]
    (other / "about.json").write_text(json.dumps(about), encoding="utf-8")
    done = Office(tmp_path, "en").within("frame", "join", str(counties / "b.db"), str(other), "-o", "city")
    first = f"{other} cannot be put together with {counties / 'b.db'}"
    assert done.code == 1
    assert [line.partition(" [")[0] for line in done.err.splitlines() if line.startswith("error:")] == [
        f"error: {first}: today is 2026-01-16 in the one and 2026-01-15 in the other",
        f"error: {first}: closed is",
        f"error: {other} cannot be put together with the others: it lacks the column "
        + frames.read_about(counties / "a").columns[-1],
        f"error: {first}: the decimals of {column} are not as many",
    ]
    assert not (tmp_path / "city").exists()


def test_one_frame_alone_one_that_is_not_there_and_a_folder_in_use_are_refused(counties, tmp_path):
    office = Office(tmp_path, "en")
    (tmp_path / "city").mkdir()
    (tmp_path / "city" / "mine.txt").write_text("mine", encoding="utf-8")
    for arguments, code, said in (
        ((str(counties / "a"),), 2, "there is one frame only; nothing is to be put together"),
        ((str(counties / "a"), "nowhere"), 2, "there is no frame at nowhere"),
        ((str(counties / "a"), str(counties / "c.db")), 3, "city has files in it; nothing was written"),
    ):
        done = office.within("frame", "join", *arguments, "-o", "city")
        assert done.code == code
        assert any(line.startswith(f"error: {said}") for line in done.err.splitlines()), done.err
    assert [path.name for path in tmp_path.rglob("*")] == ["city", "mine.txt"]


def test_row_that_does_not_say_whether_it_has_blanks_is_refused(counties, tmp_path):
    import sqlite3

    shutil.copy(counties / "c.db", tmp_path / "c.db")
    with closing(sqlite3.connect(tmp_path / "c.db")) as connection:
        connection.execute("UPDATE estate SET plain = 2 WHERE key = 250")
        connection.commit()
    done = Office(tmp_path, "en").within("frame", "join", str(counties / "a"), "c.db", "-o", "city")
    assert done.code == 1
    assert "rows have blanks though they say they have none (plain), or say neither 0 nor 1" in done.err
    assert [path.name for path in tmp_path.iterdir()] == ["c.db"]
