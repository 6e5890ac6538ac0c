"""Frames: the same rows whoever writes them, the same results and digests in SQLite, DuckDB and Spark."""

import os
import sqlite3
from contextlib import closing
from dataclasses import replace
from random import Random

import pytest
from sql_schemes import facts, random_plan
from sql_world import bundled_plans

from kaoping.errors import EnvironmentError
from kaoping.evaluation.accounts import reference_account
from kaoping.evaluation.rulebook import EngineFailedError
from kaoping.evaluation.run import Evaluation
from kaoping.facts.frame import Frame
from kaoping_sql import frames
from kaoping_sql.made_up import MadeUp
from kaoping_sql.opinion import FULL, LEAN, SectionStatement
from kaoping_sql.pieces import write_parquet

SLOW = bool(os.environ.get("KAOPING_SLOW"))
PROPERTY = bundled_plans()["property-abcd"]


def seeded(seed):
    """A random plan that has a frame, and facts for it."""
    rng = Random(seed)
    while (plan := random_plan(rng)) is None:
        pass
    return plan, facts(rng, 40, 0.1)


def found(batch, path, subjects):
    """What results say of each subject."""
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        rows = connection.execute("SELECT * FROM results ORDER BY key").fetchall()
    return {subjects[row["key"]]: batch.statement.read(subjects[row["key"]], row) for row in rows}


@pytest.mark.parametrize("seed", range(40 if SLOW else 3))
def test_results_from_a_frame_are_the_reference_s(tmp_path, seed):
    plan, frame = seeded(seed)
    about = frames.build(plan, frame, tmp_path / "f.db")
    batch = frames.Batch(plan, about)
    evaluation = Evaluation(plan, frame)
    expected = {one.id: reference_account(evaluation, plan.main, one.id) for one in evaluation.subjects(plan.main)}
    assert frames.in_sqlite(batch, tmp_path / "f.db", tmp_path / "r.db") == len(expected)
    for subject, account in found(batch, tmp_path / "r.db", sorted(frame.subjects)).items():
        ours = expected.pop(subject)
        score = plan.main.grade.score, ""
        assert account.measures[score] == ours.measures[score]
        assert (account.outcomes, account.rules) == (ours.outcomes, ours.rules)
        assert (account.raw_grades, account.grades) == (ours.raw_grades, ours.grades)
    assert not expected


@pytest.mark.parametrize("seed", range(20 if SLOW else 2))
def test_duckdb_gives_the_same_digest_on_the_same_frame(tmp_path, seed):
    pytest.importorskip("duckdb")
    plan, frame = seeded(seed)
    batch = frames.Batch(plan, frames.build(plan, frame, tmp_path / "f.db"))
    frames.export(tmp_path / "f.db", tmp_path / "f")
    frames.in_sqlite(batch, tmp_path / "f.db", tmp_path / "r.db")
    frames.in_duckdb(batch, tmp_path / "f", tmp_path / "r.parquet")
    assert frames.results_digest(tmp_path / "r.db") == frames.results_digest(tmp_path / "r.parquet")


def made_up(path, subjects, seed=1):
    """A made-up county of the property scheme."""
    world = MadeUp(subjects, frames.parse_period("2025"), seed)
    bare = Frame(world.period, frames.date(2026, 1, 15), {}, closed=frozenset({"2025"}))
    return frames.write(PROPERTY, bare, world, path, lambda connection, rows: world.load(connection, rows, "estate"))


def test_made_up_facts_are_the_same_for_the_same_seed_and_others_for_another(tmp_path):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        made_up(tmp_path / name, 200, seed)
    one, same, other = (frames.digest(tmp_path / name) for name in "abc")
    assert one == same != other


def test_made_up_county_has_every_grade_and_rows_with_blanks(tmp_path):
    batch = frames.Batch(PROPERTY, made_up(tmp_path / "f.db", 2000))
    assert frames.in_sqlite(batch, tmp_path / "f.db", tmp_path / "r.db") == 2000
    with closing(sqlite3.connect(tmp_path / "r.db")) as connection:
        masks = {mask for (mask,) in connection.execute("SELECT DISTINCT final FROM results")}
    assert {1, 2, 4, 8} < masks
    with closing(sqlite3.connect(tmp_path / "f.db")) as connection:
        (plain,) = connection.execute("SELECT sum(plain) FROM estate").fetchone()
    assert 0 < plain < 2000


def test_made_up_frame_is_the_same_in_pieces_straight_to_parquet(tmp_path):
    pq = pytest.importorskip("pyarrow.parquet")
    bare = Frame(frames.parse_period("2025"), frames.date(2026, 1, 15), {}, closed=frozenset({"2025"}))
    about = write_parquet(PROPERTY, bare, MadeUp(200, bare.period), tmp_path / "p", piece=70)
    assert about == made_up(tmp_path / "f.db", 200) == frames.read_about(tmp_path / "p")
    frames.export(tmp_path / "f.db", tmp_path / "f")
    whole, pieces = (pq.read_table(tmp_path / name / "rows.parquet").sort_by("key") for name in "fp")
    assert whole == pieces
    assert sorted(path.name for path in (tmp_path / "p").iterdir()) == ["about.json", "rows.parquet"]


def test_subject_s_row_depends_on_that_subject_alone(tmp_path):
    plan, frame = seeded(1)
    some = {name: one for name, one in frame.subjects.items() if name != "e7"}
    rows = []
    for number, subjects in enumerate((frame.subjects, some)):
        path = tmp_path / str(number)
        about = frames.build(plan, Frame(**{**vars(frame), "subjects": subjects}), path)
        names = ", ".join(f'"{name}"' for name in about.columns if name != "key")
        with closing(sqlite3.connect(path)) as connection:
            rows.append({row[0]: row for row in connection.execute(f"SELECT {names} FROM estate")})
    del rows[0]["e7"]
    assert rows[0] == rows[1]


@pytest.mark.parametrize("made", ["random", "county"])
def test_results_without_measures_are_those_with_them_from_the_same_frame(tmp_path, made):
    if made == "random":
        plan, frame = seeded(7)
        about = frames.build(plan, frame, tmp_path / "f.db")
    else:
        plan, about = PROPERTY, made_up(tmp_path / "f.db", 600)
    rows = []
    for name, wanted in (("lean", LEAN), ("full", FULL)):
        batch = frames.Batch(plan, about, wanted)
        frames.in_sqlite(batch, tmp_path / "f.db", tmp_path / name)
        rows.append(list(frames.Results(tmp_path / name, "sqlite").rows("SELECT * FROM {} ORDER BY key")))
    lean, full = rows
    assert len(lean[0]) < len(full[0])
    assert [{name: row[name] for name in lean[0]} for row in full] == lean


def test_statement_that_takes_more_for_granted_than_the_frame_says_asks_each_row(tmp_path):
    about = made_up(tmp_path / "f.db", 600)
    digests = set()
    for settled in (about.settled, about.settled[::2], []):
        batch = frames.Batch(PROPERTY, replace(about, settled=settled))
        with closing(sqlite3.connect(tmp_path / "f.db")) as connection:
            if not settled:  # nothing is known of any row, so all may be marked
                connection.execute("UPDATE estate SET plain = 1")
                connection.commit()
        frames.in_sqlite(batch, tmp_path / "f.db", tmp_path / "r.db")
        digests.add(frames.results_digest(tmp_path / "r.db"))
    assert len(digests) == 1


def test_statement_without_measures_takes_no_more_for_granted_than_one_with_them():
    bare = Frame(frames.parse_period("2025"), frames.date(2026, 1, 15), {}, closed=frozenset({"2025"}))
    tables = frames.FrameTables(PROPERTY, bare)
    marks = [
        set(SectionStatement(frames.Compiler(PROPERTY, bare, tables), PROPERTY.main, wanted=wanted).marks())
        for wanted in (LEAN, FULL)
    ]
    assert marks[0] < marks[1]


def test_frame_made_by_another_version_is_not_read(tmp_path):
    about = replace(made_up(tmp_path / "f.db", 20), form=1)
    with pytest.raises(EngineFailedError, match=r"another version|另一版本"):
        frames.Batch(PROPERTY, about)


def test_file_that_is_no_frame_is_said_so(tmp_path):
    (tmp_path / "f.db").write_text("not a database")
    with pytest.raises(EnvironmentError) as refusal:
        frames.read_about(tmp_path / "f.db")
    assert refusal.value.key == "sql.no-frame"


def test_frame_that_lacks_a_column_ends_with_what_is_missing_and_leaves_no_results(tmp_path):
    batch = frames.Batch(PROPERTY, made_up(tmp_path / "f.db", 20))
    with closing(sqlite3.connect(tmp_path / "f.db")) as connection:
        connection.execute('ALTER TABLE estate DROP COLUMN "group_score@2025Q1"')
    with pytest.raises(EngineFailedError, match="group_score@2025Q1"):
        frames.in_sqlite(batch, tmp_path / "f.db", tmp_path / "r.db")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["f.db"]


def break_frame(path, change):
    """A frame with something wrong in it, put to DuckDB as Parquet."""
    batch = frames.Batch(PROPERTY, made_up(path / "f.db", 20))
    with closing(sqlite3.connect(path / "f.db")) as connection:
        (counted,) = sorted(batch.columns(), key=lambda name: not name.startswith("complaint~"))[:1]
        connection.execute(change.replace("{counted}", counted))
        connection.commit()
    frames.export(path / "f.db", path / "f")
    return batch


WRONG = pytest.mark.parametrize(
    ("change", "told"),
    [
        ('UPDATE estate SET "group_score@2025Q1" = 100001 WHERE key = 3', "group_score@2025Q1"),
        ('UPDATE estate SET "{counted}" = NULL WHERE key < 3', "3 values of complaint~|complaint~.* 有 3"),
        ("UPDATE estate SET id = 'e00000001' WHERE key = 3", "1 subjects|1 个对象"),
    ],
)


@WRONG
def test_frame_with_a_wrong_value_or_a_subject_twice_is_refused_by_either_database(tmp_path, change, told):
    pytest.importorskip("duckdb")
    batch = break_frame(tmp_path, change)
    with pytest.raises(EngineFailedError, match=told):
        frames.in_duckdb(batch, tmp_path / "f", tmp_path / "r.parquet")
    with pytest.raises(EngineFailedError, match=told):
        frames.check_frame(batch, tmp_path / "f.db")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["f", "f.db"]


@WRONG
def test_file_that_says_nothing_of_its_numbers_is_looked_through(tmp_path, change, told):
    pytest.importorskip("duckdb")
    pq = pytest.importorskip("pyarrow.parquet")
    batch = break_frame(tmp_path, change)
    file = tmp_path / "f" / "rows.parquet"
    pq.write_table(pq.read_table(file), file, write_statistics=False)
    with pytest.raises(EngineFailedError, match=told):
        frames.in_duckdb(batch, tmp_path / "f", tmp_path / "r.parquet")


@pytest.mark.parametrize("said", [True, False])
def test_numbers_are_looked_at_one_by_one_only_where_the_file_does_not_prove_them(tmp_path, monkeypatch, said):
    pytest.importorskip("duckdb")
    pq = pytest.importorskip("pyarrow.parquet")
    batch = break_frame(tmp_path, "UPDATE estate SET id = id")
    file = tmp_path / "f" / "rows.parquet"
    pq.write_table(pq.read_table(file), file, write_statistics=said, row_group_size=7)
    looked, check = [], batch.check_values
    monkeypatch.setattr(batch, "check_values", lambda *args: looked.append(args) or check(*args))
    assert frames.in_duckdb(batch, tmp_path / "f", tmp_path / "r.parquet") == 20
    assert bool(looked) is not said


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), 1.0])
def test_numbers_of_another_type_are_refused_by_duckdb(tmp_path, wrong):
    pytest.importorskip("duckdb")
    pq, pa = pytest.importorskip("pyarrow.parquet"), pytest.importorskip("pyarrow")
    batch = break_frame(tmp_path, "UPDATE estate SET id = id")
    rows = pq.read_table(tmp_path / "f" / "rows.parquet")
    place = rows.schema.get_field_index("group_score@2025Q1")
    doubles = rows.set_column(place, "group_score@2025Q1", pa.array([wrong, *[1.0] * 19]))
    pq.write_table(doubles, tmp_path / "f" / "rows.parquet")
    with pytest.raises(EngineFailedError, match=r"20 values of group_score@2025Q1|group_score@2025Q1 有 20"):
        frames.in_duckdb(batch, tmp_path / "f", tmp_path / "r.parquet")


def test_subject_without_an_id_is_refused_by_duckdb(tmp_path):
    pytest.importorskip("duckdb")
    pq, pa = pytest.importorskip("pyarrow.parquet"), pytest.importorskip("pyarrow")
    batch = break_frame(tmp_path, "UPDATE estate SET id = id")
    rows = pq.read_table(tmp_path / "f" / "rows.parquet")
    ids = pa.array([None, *rows["id"].to_pylist()[1:]], pa.string())
    pq.write_table(rows.set_column(rows.schema.get_field_index("id"), "id", ids), tmp_path / "f" / "rows.parquet")
    with pytest.raises(EngineFailedError, match=r"1 subjects|1 个对象"):
        frames.in_duckdb(batch, tmp_path / "f", tmp_path / "r.parquet")


def test_not_a_number_in_parquet_is_refused(tmp_path):
    pq, pa = pytest.importorskip("pyarrow.parquet"), pytest.importorskip("pyarrow")
    pytest.importorskip("duckdb")
    batch = break_frame(tmp_path, "UPDATE estate SET id = id")
    rows = pq.read_table(tmp_path / "f" / "rows.parquet")
    place = rows.schema.get_field_index("group_score@2025Q1")
    spoilt = pa.array([float("nan"), float("inf"), *[1.0] * 18])
    pq.write_table(rows.set_column(place, "group_score@2025Q1", spoilt), tmp_path / "f" / "rows.parquet")
    with pytest.raises(EngineFailedError, match="group_score@2025Q1"):
        frames.in_duckdb(batch, tmp_path / "f", tmp_path / "r.parquet")
