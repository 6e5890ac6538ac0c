"""Rows of a frame made by several processes: the same frame, and nobody and nothing left behind however it ends."""

import pickle
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace

import pytest
from log_world import ACT, in_memory, kept, later
from small_schemes import TITLE, plan_of
from test_sql_blocks import AMOUNTS, GRADE, HEAD, HOW, ONE

from kaoping.errors import EnvironmentError, Problems
from kaoping.facts.rows import NewEdge, NewRecord, NewSubject, NewValue
from kaoping.store.connection import create
from kaoping.store.facts import append
from kaoping_sql import sharing
from kaoping_sql.helper import Helper
from kaoping_sql.share import Share
from kaoping_sql.sharing import part_of


@pytest.fixture
def helpers(monkeypatch):
    """Small blocks, and those who made some of them."""
    found = []

    def started(helper):
        found.append(helper)
        return ENTER(helper)

    monkeypatch.setattr("kaoping.facts.blocks.BLOCK", 4)
    monkeypatch.setattr(sharing, "WORTH_SHARING", 2)
    monkeypatch.setattr(sharing, "processors", lambda: 3)
    monkeypatch.setattr(Helper, "__enter__", started)
    yield found
    assert found
    assert all(helper.process.poll() is not None for helper in found)


ENTER = Helper.__enter__


@pytest.fixture
def store(tmp_path, helpers):
    """A log about some estates, more than two processes' worth."""
    with create(tmp_path / "k.db") as store:
        append(store, [NewSubject(f"e{one:02}", "estate", "小区") for one in range(30)], ACT, later(0))
        append(store, [NewValue(f"e{one:02}", "a", "2025", "", f"{one}.5") for one in range(28)], ACT, later(1))
        records = [NewRecord(f"e{one:02}", "r", "1", {"n": one % 10, "yuan": one, "paid": True}) for one in range(30)]
        append(store, records, ACT, later(1))
        shops = [NewSubject(f"s{one}", "shop", "店") for one in range(4)]
        belong = [NewEdge("group", f"e{one:02}", f"s{one % 4}") for one in range(0, 30, 3)]
        append(store, [*shops, *belong, NewValue("s1", "m", "2025", "", 1)], ACT, later(1))
        yield store


def left(folder):
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("k.db"))


SHOPS = plan_of(
    HEAD + f"facts:\n  a: {{type: number, min: 0, {TITLE}}}\n  m: {{type: number, of: shop, {TITLE}}}\n"
    "relations:\n  group: {of: estate, to: shop, inverse: estates, "
    f"{TITLE}}}\nrecords:\n  r: {{fields: {{n: {{type: integer, min: 0, max: 10}}}}, complete: assumed, {TITLE}}}\n"
    f"measures:\n  mine: {{value: 'highest(r, n, if_none=0)', {TITLE}}}\n"
    f"  v: {{value: 'count(group, m > 0 or count(estates, a > 3) > 2) + mine', {TITLE}}}\n" + GRADE
)
"""A scheme that reads of shops, and of the estates that belong to those."""


@pytest.mark.parametrize("plan", [ONE, AMOUNTS, SHOPS], ids=["values", "records", "related"])
def test_frame_made_by_several_processes_is_the_one_built_in_memory(tmp_path, store, helpers, plan):
    heard = []
    how = (store, plan, *HOW[1:])
    found, digest = kept(tmp_path / "f.db", *how, tell=lambda done, total: heard.append((done, total)))
    assert (found.how, found.subjects, len(helpers)) == ("built", 30, 2)
    assert digest == in_memory(tmp_path / "m.db", *how)
    assert heard == sorted(heard)
    assert heard[-1] == (34, 34)
    assert left(tmp_path) == ["f.db", "m.db"]
    append(store, [NewValue("e29", "a", "2025", "", "7")], ACT, later(2))
    found, digest = kept(tmp_path / "f.db", *how)
    assert (found.written, digest) == (1, in_memory(tmp_path / "m.db", *how))


def test_misfit_that_another_process_met_is_named(tmp_path, store, helpers):
    append(store, [NewValue("e29", "a", "2025", "", "many")], ACT, later(2))
    with pytest.raises(Problems) as refusal:
        kept(tmp_path / "f.db", store, *HOW)
    assert [one.facts["what"] for one in refusal.value.errors] == ["e29 a 2025"]
    assert left(tmp_path) == []


def test_number_without_an_end_that_another_process_met_has_the_frame_made_in_memory(tmp_path, store, helpers):
    append(store, [NewValue("e29", "a", "2025", "", "7/3")], ACT, later(2))
    found, digest = kept(tmp_path / "f.db", store, *HOW)
    assert (found.why, digest) == ("frame-endless", in_memory(tmp_path / "m.db", store, *HOW))


def test_interrupted_it_leaves_no_process_and_no_file(tmp_path, store, helpers):
    def interrupted(done, _):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        kept(tmp_path / "f.db", store, *HOW, tell=interrupted)
    assert left(tmp_path) == []


def test_helper_that_is_killed_ends_the_build_and_leaves_the_former_frame(tmp_path, store, helpers):
    digest = kept(tmp_path / "f.db", store, *HOW)[1]

    def kill(*_):
        for helper in helpers:
            helper.process.kill()
            helper.process.wait()
            helper.answer = None

    with pytest.raises(EnvironmentError) as refusal:
        kept(tmp_path / "f.db", store, *HOW, anew=True, tell=kill)
    assert "exit code -9" in refusal.value.text("en")
    assert left(tmp_path) == ["f.db"]
    assert kept(tmp_path / "f.db", store, *HOW)[1] == digest


def test_what_the_database_cannot_do_in_another_process_is_said_here(tmp_path, store, helpers, monkeypatch):
    monkeypatch.setattr(sharing, "part_of", lambda path, number: tmp_path / "nowhere" / "f.db")
    with pytest.raises(EnvironmentError) as refusal:
        kept(tmp_path / "f.db", store, *HOW)
    assert "unable to open database file" in refusal.value.text("en")
    assert left(tmp_path) == []


def test_process_whose_starter_is_gone_goes_too_and_takes_its_file_along(tmp_path, store, helpers):
    """Killed, the program closes nothing but its pipes: busy as it is, a helper hears that."""
    kept(tmp_path / "f.db", store, *HOW)
    first = helpers[0].task
    busy = replace(
        first.work, clear=("WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT sum(n) FROM c",)
    )
    share = Share(busy, first.read, part_of(tmp_path / ".f.db.1.new", 1), 0, 9)
    with subprocess.Popen([sys.executable, "-m", "kaoping_sql.helping"], stdin=subprocess.PIPE) as process:
        pickle.dump(share, process.stdin)
        process.stdin.flush()
        with suppress(subprocess.TimeoutExpired):
            while not share.path.exists():
                process.wait(0.05)
        assert process.poll() is None
        process.stdin.close()
        assert process.wait(20) == 1
    assert left(tmp_path) == ["f.db"]
    assert share.path.name == ".f.db.part1.1.new"


def test_where_no_process_can_be_started_this_one_does_it_all(tmp_path, store, helpers, monkeypatch):
    digest = kept(tmp_path / "f.db", store, *HOW)[1]
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no-python"))
    found, same = kept(tmp_path / "f.db", store, *HOW, anew=True)
    assert (found.subjects, same) == (30, digest)
    helpers[2:] = []


def test_helpers_run_what_this_program_runs_and_nothing_that_lies_about(tmp_path, store, helpers, monkeypatch):
    (tmp_path / "json.py").write_text("raise SystemExit('not this one')")
    monkeypatch.chdir(tmp_path)
    assert kept(tmp_path / "f.db", store, *HOW)[0].subjects == 30
