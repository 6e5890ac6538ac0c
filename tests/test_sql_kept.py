"""Frames that are kept: the log of a database as one wide table, up to date, and the same as one built in memory."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import date
from fractions import Fraction
from pathlib import Path
from random import Random

import pytest
import test_feeding as feeding
from log_world import ACT, RELATED, database, in_memory, kept, later
from small_schemes import TITLE, plan_of
from sql_schemes import Further, Schemes, facts, random_plan
from sql_world import bundled_plans

from kaoping.cases import case_evaluation, read_cases
from kaoping.errors import Problems
from kaoping.facts.frame import Frame
from kaoping.facts.periods import parse_period
from kaoping.facts.rows import NewClosing, NewEdge, NewRecord, NewRegister, NewSubject, NewValue
from kaoping.store.backup import check
from kaoping.store.batches import list_batches, void_batch
from kaoping.store.connection import create
from kaoping.store.facts import append
from kaoping.store.made_up import Unguarded, made_up_batch
from kaoping.store.moments import moment_text
from kaoping_sql import frames
from kaoping_sql.keeper import read_kept
from kaoping_sql.made_up import MadeUp
from kaoping_sql.making import spans
from kaoping_sql.words import NoFormError

SLOW = bool(os.environ.get("KAOPING_SLOW"))
FURTHER = 1000
"""Seeds from here on are of schemes with runs, gaps and what is nested."""


@pytest.fixture(autouse=True)
def few_at_once(monkeypatch):
    """So that small worlds take several rounds and have several blocks."""
    monkeypatch.setattr("kaoping_sql.building.AT_ONCE", 7)
    monkeypatch.setattr("kaoping_sql.making.GAP", 1)
    monkeypatch.setattr("kaoping_sql.counted.BLOCK", 5)
    monkeypatch.setattr("kaoping.facts.blocks.BLOCK", 6)


def world(path, seed, subjects=20):
    """A random plan and a database with random facts for it."""
    rng = Random(seed)
    while (plan := random_plan(rng, Further if seed >= FURTHER else Schemes)) is None:
        pass
    frame = facts(rng, subjects, 0.2)
    return rng, plan, frame, database(path / "k.db", frame, plan)


def rows(rng):
    """A few things that become known, of new subjects too."""
    one, shop = f"e{rng.randrange(22)}", f"s{rng.randrange(12)}"
    found = [
        NewSubject(one, "estate", one),
        NewSubject(shop, "shop", shop),
        NewValue(one, "a", "2025", "", Fraction(rng.randrange(0, 11), rng.choice((1, 2, 4, 10)))),
        NewValue(one, "big", rng.choice(("2025", "2024")), "", rng.randrange(0, 10**7)),
        NewValue(one, "held", rng.choice(("2024", "2025Q2", "2025-12-31")), "", rng.randrange(0, 10)),
        NewValue(one, "q", rng.choice(("2025Q1", "2025Q4")), "", rng.randrange(0, 11)),
        NewValue(one, "s", "2025", rng.choice(("one", "two")), rng.random() < 0.5),
        NewValue(shop, "m", "2025", "", Fraction(rng.randrange(-16, 33), 8)),
        NewValue(shop, "t", "2025", "", rng.choice("uvw")),
        NewEdge("group", one, shop, rng.choice((None, date(2025, 3, 1)))),
        NewRegister(one, "r", date(2025, rng.randrange(1, 13), 28), "李芳"),
        NewRecord(one, "r", str(rng.randrange(5)), {"n": rng.randrange(0, 11), "on_day": date(2025, 5, 5)}),
    ]
    return found[:2] + rng.sample(found[2:], rng.randrange(1, 9))


def happen(rng, store, minute):
    """Something happens: facts arrive, are corrected or undone."""
    standing = [one.id for one in list_batches(store) if one.voided_by is None and one.voids is None]
    if rng.random() < 0.3 and len(standing) > 1:
        void_batch(store, rng.choice(standing[1:]), "错", ACT, later(minute))
    elif rng.random() < 0.15:
        append(store, [NewClosing("small", "2025", "李芳")], ACT, later(minute))
    else:
        append(store, rows(rng), ACT, later(minute), correct="更正")


@pytest.mark.parametrize("seed", [*range(200 if SLOW else 6), *range(FURTHER, FURTHER + (50 if SLOW else 2))])
def test_kept_frame_is_the_one_built_in_memory_whatever_happens(tmp_path, seed):
    rng, plan, frame, store = world(tmp_path, seed)
    with store:
        how = (store, plan, frame.period, frame.today)
        found, digest = kept(tmp_path / "f.db", *how)
        assert (found.how, found.section, found.subjects) == ("built", "estate", 20)
        assert digest == in_memory(tmp_path / "m.db", *how)
        assert frames.read_about(tmp_path / "f.db") == frames.read_about(tmp_path / "m.db")
        for minute in range(1, 7):
            happen(rng, store, minute)
            found, digest = kept(tmp_path / "f.db", *how)
            with closing(sqlite3.connect(tmp_path / "f.db")) as connection:
                assert connection.execute("SELECT count(*) FROM estate").fetchone() == (found.subjects,)
            assert digest == in_memory(tmp_path / "m.db", *how), (minute, found)
            assert frames.read_about(tmp_path / "f.db") == frames.read_about(tmp_path / "m.db")
        assert read_kept(tmp_path / "f.db").in_memory == ""
        again, same = kept(tmp_path / "f.db", *how)
        assert (again.how, same) == ("current", digest)
        assert kept(tmp_path / "n.db", *how)[1] == digest
        before = moment_text(later(3))  # and as it was known some time ago
        _, digest = kept(tmp_path / "f.db", *how, known_at=before)
        assert digest == in_memory(tmp_path / "m.db", *how, known_at=before)


def test_only_rows_of_whom_there_is_something_new_are_made_again(tmp_path):
    """A shop's fact touches the estates that belong to it, and its own fact an estate alone."""
    _, _, frame, _ = world(tmp_path, 3)
    plan = plan_of(RELATED)
    store = database(tmp_path / "r.db", frame, plan)
    with store:
        how = (store, plan, frame.period, frame.today)
        kept(tmp_path / "f.db", *how)
        belong = {one for (name, one), edges in frame.edges.items() if any(edge.to == "s1" for edge in edges)}
        assert belong
        append(store, [NewValue("s1", "m", "2025", "", Fraction(7, 4))], ACT, later(1), correct="更正")
        found, digest = kept(tmp_path / "f.db", *how)
        assert (found.how, found.written) == ("updated", len(belong))
        assert digest == in_memory(tmp_path / "m.db", *how)
        another = next(number for number in (3, 4) if frame.values["e1", "c"] != {("2025", ""): number})
        append(store, [NewValue("e1", "c", "2025", "", another)], ACT, later(2), correct="更正")
        found, digest = kept(tmp_path / "f.db", *how)
        assert (found.how, found.written) == ("updated", 1)
        assert digest == in_memory(tmp_path / "m.db", *how)


def test_value_that_does_not_fit_the_scheme_any_more_is_named_and_leaves_the_former_frame(tmp_path):
    _, _, frame, _ = world(tmp_path, 3)
    plan = plan_of(RELATED)
    with database(tmp_path / "r.db", frame, plan) as store:
        how = (store, plan, frame.period, frame.today)
        _, digest = kept(tmp_path / "f.db", *how)
        wrong = append(store, [NewValue("e1", "c", "2025", "", 5)], ACT, later(1), correct="更正").batch
        with pytest.raises(Problems) as refusal:
            kept(tmp_path / "f.db", *how)
        assert [(one.key, one.facts["what"]) for one in refusal.value.errors] == [("store.misfit", "e1 c 2025")]
        assert frames.digest(tmp_path / "f.db") == digest
        void_batch(store, wrong, "错", ACT, later(2))
        found, same = kept(tmp_path / "f.db", *how)
        assert (found.how, same) == ("updated", digest)


@pytest.mark.parametrize("anew", [True, False])
def test_killed_while_building_or_updating_leaves_the_former_frame(tmp_path, anew):
    _, _, frame, _ = world(tmp_path, 3)
    plan = plan_of(RELATED)
    with database(tmp_path / "r.db", frame, plan) as store:
        how = (store, plan, frame.period, frame.today)
        _, digest = kept(tmp_path / "f.db", *how)
        news = [NewValue(f"e{number}", "c", "2025", "", 4) for number in range(20)]
        append(store, news, ACT, later(1), correct="更正")
        child = subprocess.Popen(
            [
                sys.executable,
                Path(__file__).with_name("frame_child.py"),
                tmp_path,
                "anew" if anew else "",
                str(frame.today),
            ],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert child.stdout.readline() == "some are done\n"
        child.kill()
        child.wait()
        child.stdout.close()
        left = {path.name for path in tmp_path.glob("*f.db*")} | {path.name for path in tmp_path.glob(".f.db*")}
        assert any(name.endswith(".new" if anew else "-journal") for name in left), left
        assert frames.digest(tmp_path / "f.db") == digest
        found, other = kept(tmp_path / "f.db", *how)
        assert (found.how, found.written > 10) == ("updated", True)
        assert other == in_memory(tmp_path / "m.db", *how) != digest
        kept(tmp_path / "f.db", *how, anew=True)
        assert [path.name for path in tmp_path.glob("*f.db*")] == ["f.db"]


def test_what_other_schemes_found_comes_from_memory_into_the_same_rows(tmp_path):
    """The rest is made by the database; a new result of theirs has the frame made anew."""
    facts_of = feeding.fed("score_then", "first.score", "type: number, min: 0, max: 60")
    facts_of += feeding.fed("high_then", "first.high", "type: boolean") + f"  c: {{type: integer, min: 0, {TITLE}}}\n"
    more = f"measures:\n  v: {{value: 'score_then + c + (1 if high_then else 0)', {TITLE}}}\n"
    more += (
        "grade:\n  score: v\n  bands: {A: 'v > 2', B: otherwise}\n  titles: {A: {zh: 甲, en: A}, B: {zh: 乙, en: B}}\n"
    )
    plan, span = feeding.compiled("third", facts_of, more), parse_period("2025")
    with create(tmp_path / "k.db") as store:
        append(store, [NewSubject(name, "estate", name) for name in ("e", "f")], ACT, later(0))
        append(store, [NewValue(name, "c", "2025", "", 1) for name in ("e", "f")], ACT, later(1))
        how = (store, plan, span, feeding.TODAY)
        for values in (feeding.ALL, {**feeding.ALL, "a": 30}):
            feeding.keep(store, values)
            found, digest = kept(tmp_path / "f.db", *how)
            assert (found.how, read_kept(tmp_path / "f.db").in_memory) == ("built", "")
            assert digest == in_memory(tmp_path / "m.db", *how)
        append(store, [NewValue("f", "c", "2025", "", 3)], ACT, later(2), correct="更正")
        found, digest = kept(tmp_path / "f.db", *how)
        assert (found.how, found.written, digest) == ("updated", 1, in_memory(tmp_path / "m.db", *how))


def cells(path):
    """The rows of a frame but for their keys, which a log gives, and since when its subjects are on file."""
    names = ", ".join(f'"{name}"' for name in frames.read_about(path).columns if name not in ("key", "since"))
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(f"SELECT {names} FROM estate ORDER BY id").fetchall()


def test_made_up_log_is_the_same_for_the_same_seed_and_gives_the_frame_in_memory(tmp_path):
    plan, span, today = PLANS["property-abcd"], parse_period("2025"), date(2026, 1, 15)
    bare = Frame(span, today, {}, closed=frozenset({"2025"}))
    digests = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        made = MadeUp(60, span, seed)
        read = list(frames.compiled(plan, bare, made, plan.main)[1].row.all())
        with create(tmp_path / f"{name}.db") as store:
            with Unguarded(store), made_up_batch(store, ACT, later(0), 0, 59) as batch:
                made.write_log(read, "estate", batch)
                batch.closing("property-abcd", "2025")
            assert check(store) == ()
            found, digest = kept(tmp_path / f"{name}.frame", store, plan, span, today)
            assert (found.subjects, digest) == (60, in_memory(tmp_path / "m.db", store, plan, span, today))
            digests.append(digest)
        frames.write(plan, bare, made, tmp_path / "w", lambda c, rows, made=made: made.load(c, rows, "estate"))
        assert cells(tmp_path / "w") == cells(tmp_path / f"{name}.frame")
    assert digests[0] == digests[1] != digests[2]


PLANS = bundled_plans()
CHOSEN = (
    sorted(PLANS) if SLOW else ("community-activity-kpis", "integrity-household", "property-abcd", "safe-community")
)
"""Schemes with records, windows, related subjects, families and facts that hold until changed."""


@pytest.mark.parametrize("scheme", CHOSEN)
def test_kept_frame_of_a_bundled_scheme_is_the_one_built_in_memory(tmp_path, scheme):
    plan = PLANS[scheme]
    for number, case in enumerate(read_cases(plan.scheme.cases_text, plan.scheme.cases_file)[: None if SLOW else 1]):
        frame = case_evaluation(plan, case).frame
        with database(tmp_path / f"{number}.db", frame, plan) as store:
            how = (store, plan, frame.period, frame.today)
            try:
                digest = in_memory(tmp_path / "m.db", *how)
            except NoFormError:
                return
            found, same = kept(tmp_path / f"f{number}.db", *how)
            assert (same, found.why) == (digest, "frame-none")
            assert frames.read_about(tmp_path / f"f{number}.db") == frames.read_about(tmp_path / "m.db")


def test_spans_put_near_numbers_together():
    assert list(spans([1, 2, 4, 9, 10], 0)) == [(1, 2), (4, 4), (9, 10)]
    assert list(spans([1, 2, 4, 9, 10], 1)) == [(1, 4), (9, 10)]
    assert list(spans([])) == []
    assert list(spans(range(3, 9))) == [(3, 8)]
