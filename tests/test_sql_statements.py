"""Statements kept from one evaluation to the next: used again where everything agrees, else compiled anew."""

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from importlib.resources import files
from pathlib import Path

import pytest
from small_schemes import frame_of, plan_of, scheme_text

from kaoping.evaluation.compile import compile_scheme
from kaoping.facts.periods import parse_period
from kaoping.scheme.catalogue import base_catalogue, merge_catalogue
from kaoping.scheme.reader import read_schemes
from kaoping_sql import opinion
from kaoping_sql.accounts import accounts
from kaoping_sql.engine import SqlEngine
from kaoping_sql.kept import Statements, asking
from kaoping_sql.words import NoFormError

FACTS = {"a": "type: number, min: 0, max: 100", "n": "type: integer, min: 0"}
VALUES = {"a": Fraction(17, 2), "n": 3}


@pytest.fixture
def compilations(monkeypatch):
    """Each statement that is compiled from here on."""
    done = []
    made = opinion.made
    monkeypatch.setattr(opinion, "made", lambda *args, **more: done.append(made(*args, **more)) or done[-1])
    return done


@pytest.fixture
def plan():
    return plan_of(scheme_text("a * n + count(r)", FACTS, ["r"]))


@pytest.fixture(scope="module")
def family():
    """The plans of a whole family, calendars and scales and criteria among them."""
    schemes = [*read_schemes(files("kaoping_property")), *read_schemes(files("kaoping_green"))]
    catalogue = merge_catalogue(base_catalogue(), schemes)
    return [compile_scheme(scheme, catalogue) for scheme in schemes]


def judged(plan, frame, statements, parameters=None):
    (account,) = accounts(plan, frame, parameters, statements=statements)
    return account


def test_statement_is_compiled_once_in_a_process_and_read_from_a_file_in_the_next(plan, tmp_path, compilations):
    frame, first = frame_of(VALUES), Statements(tmp_path)
    found = judged(plan, frame, first)
    assert judged(plan, frame, first) == judged(plan, frame, Statements(tmp_path)) == found
    assert len(compilations) == 1
    assert judged(plan, frame, None) == found
    assert len(compilations) == 2


def test_what_is_read_back_is_what_was_kept(family, tmp_path, compilations):
    for plan in family:
        frame = replace(frame_of({}), period=plan.scheme.period_holding(date(2025, 6, 1)))
        statements = Statements(tmp_path)
        try:
            found = list(accounts(plan, frame, statements=statements))
        except NoFormError:
            continue
        assert found == list(accounts(plan, frame, statements=Statements(tmp_path)))
    assert len(compilations) > 3
    assert len([*tmp_path.iterdir()]) == len(compilations)


def test_facts_within_what_it_was_compiled_for_need_no_other(plan, tmp_path, compilations):
    statements = Statements(tmp_path)
    for n, numbers in ((3, [1]), (2, []), (4, [1, 2])):
        frame = frame_of({**VALUES, "n": n}, {"r": numbers}, ["r"])
        assert judged(plan, frame, statements).measures["it", ""] == VALUES["a"] * n + len(numbers)
    assert len(compilations) == 1


def test_facts_beyond_it_have_it_compiled_anew(plan, tmp_path, compilations):
    statements = Statements(tmp_path)
    told = [(3, [], 1), (10**12, [], 1), (3, [1, 2, 3], 1), (3, [], Fraction(1, 100))]
    for n, numbers, a in told:
        frame = frame_of({"a": a, "n": n}, {"r": numbers}, ["r"])
        for where in (statements, Statements(tmp_path)):
            assert judged(plan, frame, where).measures["it", ""] == a * n + len(numbers)
    assert len(compilations) == len(told)


def test_where_room_takes_too_many_bits_there_is_none(tmp_path, compilations):
    plan = plan_of(scheme_text("n * n * n", {"n": "type: integer, min: 0"}))
    frame = frame_of({"n": 2**20})
    assert judged(plan, frame, Statements(tmp_path)).measures["it", ""] == 2**60
    assert len(compilations) == 1
    assert judged(plan, frame, Statements(tmp_path)).measures["it", ""] == 2**60
    assert len(compilations) == 1
    with pytest.raises(NoFormError):
        judged(plan, frame_of({"n": 2**21}), Statements(tmp_path))


def test_everything_else_a_statement_hangs_on_stands_in_its_key(plan):
    frame = frame_of(VALUES)

    def key(plan=plan, frame=frame, parameters=None, points=False):
        return asking(plan, plan.main, frame, parameters or {}, points)

    others = [
        key(plan=plan_of(scheme_text("a * n + 2 * count(r)", FACTS, ["r"]))),
        key(frame=replace(frame, today=frame.today + timedelta(days=1))),
        key(frame=replace(frame, period=parse_period("2024"))),
        key(frame=replace(frame, closed=frozenset({"2023"}))),
        key(frame=replace(frame, published={"2024": "2025-01-20T00:00:00+00:00"})),
        key(frame=replace(frame, calendars={"term": (parse_period("2025Q1"),)})),
        key(parameters={"x": 3}),
        key(points=True),
    ]
    assert len({key(), *others}) == len(others) + 1
    assert key(frame=frame_of({"a": 1})) == key()


def test_key_is_the_same_in_every_process(family):
    for plan in family:
        told = asking(plan, plan.main, frame_of({}), {}, points=False)
        assert "frozenset({" not in told  # its order differs from process to process
        assert " at 0x" not in told


@pytest.mark.parametrize("damage", ["", "not a statement", "0" * 64 + "\n{}"])
def test_file_that_is_damaged_is_as_if_there_were_none(plan, tmp_path, compilations, damage):
    frame = frame_of(VALUES)
    found = judged(plan, frame, Statements(tmp_path))
    (file,) = tmp_path.glob("*.json")
    whole = file.read_bytes()
    for content in (damage.encode(), whole[:-1], whole.replace(b"SELECT", b"select", 1), b"\xff" + whole):
        file.write_bytes(content)
        assert judged(plan, frame, Statements(tmp_path)) == found
    assert len(compilations) == 5
    assert file.read_bytes() == whole


def test_file_of_another_statement_under_its_name_is_not_read(plan, tmp_path, compilations):
    frame, other = frame_of(VALUES), plan_of(scheme_text("a - n", FACTS, ["r"]))
    found = judged(plan, frame, Statements(tmp_path))
    (file,) = tmp_path.glob("*.json")
    judged(other, frame, Statements(tmp_path))
    (foreign,) = {*tmp_path.glob("*.json")} - {file}
    file.write_bytes(foreign.read_bytes())
    assert judged(plan, frame, Statements(tmp_path)) == found
    assert len(compilations) == 3


def test_folder_that_cannot_be_written_is_no_error(plan, tmp_path, compilations):
    (tmp_path / "file").write_text("")
    statements = Statements(tmp_path / "file" / "folder")
    found = judged(plan, frame_of(VALUES), statements)
    assert judged(plan, frame_of(VALUES), statements) == found
    assert len(compilations) == 1


def test_nothing_is_written_where_no_home_is_known(plan, tmp_path, monkeypatch, compilations):
    monkeypatch.chdir(tmp_path)
    statements = Statements(Path("~") / ".cache")
    found = judged(plan, frame_of(VALUES), statements)
    assert judged(plan, frame_of(VALUES), statements) == found
    assert len(compilations) == 1
    assert not [*tmp_path.iterdir()]


def test_other_program_finds_nothing(plan, tmp_path, compilations):
    judged(plan, frame_of(VALUES), Statements(tmp_path))
    changed = Statements(tmp_path)
    changed.__dict__["program"] = changed.program + "\nkaoping_sql/emit.py 1 1"
    judged(plan, frame_of(VALUES), changed)
    assert len(compilations) == 2


def test_only_the_latest_files_are_left(plan, tmp_path, monkeypatch):
    monkeypatch.setattr("kaoping_sql.kept.MOST_FILES", 2)
    for day in range(1, 5):
        judged(plan, replace(frame_of(VALUES), today=date(2026, 1, day)), Statements(tmp_path))
    assert len([*tmp_path.iterdir()]) == 2


def test_engine_keeps_in_the_folder_the_environment_names(plan, tmp_path, monkeypatch, compilations):
    monkeypatch.setenv("KAOPING_CACHE", str(tmp_path))
    for _ in range(2):
        list(SqlEngine().assess(plan, frame_of(VALUES), {}))
    assert len(compilations) == 1
    (file,) = tmp_path.rglob("*.json")
    assert file.parent == tmp_path / "statements"
