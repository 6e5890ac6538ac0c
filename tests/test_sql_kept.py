"""Frames that are kept: the log of a database as one wide table, up to date, and the same as one built in memory."""

from datetime import date
from random import Random

from log_world import ACT, database, in_memory, kept, later
from sql_schemes import facts, random_plan

from kaoping.facts.rows import NewValue
from kaoping.store.facts import append


def world(path, seed, subjects=20):
    """A random plan and a database with random facts for it."""
    rng = Random(seed)
    while (plan := random_plan(rng)) is None:
        pass
    frame = facts(rng, subjects, 0.2)
    return plan, frame, database(path / "k.db", frame, plan)


def test_frame_is_built_brought_up_to_date_and_left_alone_where_nothing_is_new(tmp_path):
    plan, frame, store = world(tmp_path, 1)
    with store:
        how = (store, plan, frame.period, frame.today)
        found, digest = kept(tmp_path / "f.db", *how)
        assert (found.how, found.subjects, found.section) == ("built", 20, "estate")
        assert digest == in_memory(tmp_path / "m.db", *how)
        found, same = kept(tmp_path / "f.db", *how)
        assert (found.how, same) == ("current", digest)
        row = NewValue("e1", "held", date(2025, 3, 1).isoformat(), "", 3)
        append(store, [row], ACT, later(1))
        found, other = kept(tmp_path / "f.db", *how)
        assert found.how in ("built", "updated")
        assert other == in_memory(tmp_path / "m.db", *how)
