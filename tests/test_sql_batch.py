"""A whole section judged at once: who is drawn and who is near a boundary is judged again by the reference."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from random import Random

import pytest
from sql_schemes import facts, random_plan

from kaoping.errors import RefusedError
from kaoping.evaluation.again import NEAREST
from kaoping.evaluation.opinions import sample_agrees
from kaoping.evaluation.rulebook import EngineFailedError
from kaoping.evaluation.run import Evaluation
from kaoping_sql.engine import SqlEngine
from kaoping_sql.looked_at import looked_at


@pytest.fixture(scope="module")
def world():
    rng = Random(5)
    while (plan := random_plan(rng)) is None:
        pass
    return plan, facts(rng, 60, 0.1)


@pytest.mark.parametrize("where", ["sqlite", "duckdb"])
def test_batch_agrees_with_the_reference_on_a_drawn_sample_and_near_every_boundary(tmp_path, world, where):
    if where == "duckdb":
        pytest.importorskip("duckdb")
    plan, frame = world
    evaluation = Evaluation(plan, frame)
    batch = SqlEngine().batch(plan, frame, str(tmp_path / "r"), where, 10)
    assert batch.subjects == sum(batch.grades.values()) == len(evaluation.subjects(plan.main))
    graded = evaluation.result(trace=False).results
    for grades, many in batch.grades.items():
        assert many == sum(one.possible_grades == grades for one in graded)
        looked_at = [one for one in batch.sample if one.grades == set(grades)]
        assert len(looked_at) >= min(many, NEAREST)
    assert sample_agrees(evaluation, "sql", batch.sample) == len(batch.sample) >= 10
    assert [path.name for path in tmp_path.iterdir()] == ["r"]


def test_digest_of_a_batch_is_the_same_in_every_database(tmp_path, world):
    pytest.importorskip("duckdb")
    digests = {SqlEngine().batch(*world, str(tmp_path / where), where, 1).digest for where in ("sqlite", "duckdb")}
    assert len(digests) == 1


def test_subject_of_the_sample_that_was_judged_otherwise_refuses_the_run(tmp_path, world):
    plan, frame = world
    batch = SqlEngine().batch(plan, frame, str(tmp_path / "r"), "sqlite", 3)
    wrong = replace(batch.sample[0], grades=frozenset({"nonsense"}))
    with pytest.raises(RefusedError) as refusal:
        sample_agrees(Evaluation(plan, frame), "sql", [wrong])
    assert refusal.value.facts["subject"] == wrong.subject
    assert (refusal.value.facts["rule"], refusal.value.facts["theirs"]) == ("grade", "nonsense")


def test_unknown_database_is_said_with_those_that_are_known(tmp_path, world):
    with pytest.raises(EngineFailedError, match="sqlite, duckdb"):
        SqlEngine().batch(*world, str(tmp_path / "r"), "oracle", 1)
    assert list(tmp_path.iterdir()) == []


def test_who_is_looked_at_is_drawn_by_the_results_and_of_every_way_to_be_graded_there_is_one():
    columns = ("raw", "final", "rules0", "score", "score/")
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute('CREATE TABLE results (key INTEGER, raw, final, rules0, score, "score/")')
        rows = [(key, 1 << key % 2, 1 << key % 2, key % 3, key, 1) for key in range(300)]
        connection.executemany("INSERT INTO results VALUES (?, ?, ?, ?, ?, ?)", [*rows, (300, 4, 4, 0, None, 1)])

        def chosen(seed, draw, nearest):
            return looked_at(connection.execute, "results", columns, seed, draw, nearest)

        assert len(chosen("a", 20, 0)) > 20
        assert chosen("a", 20, 0) == chosen("a", 20, 0) != chosen("b", 20, 0)
        assert {0, 1, 2, 3, 4, 5, 300} <= chosen("a", 20, 0)  # the first of every way
        assert {0, 1, 298, 299} <= chosen("a", 1, 1)
        assert chosen("a", 500, 0) == set(range(301))
