"""Frames built from what batches say side by side: the same as in memory, whatever was entered, corrected or undone."""

import os
from dataclasses import replace
from datetime import date
from fractions import Fraction
from random import Random

import pytest
from log_world import ACT, database, in_memory, kept, later
from small_schemes import AFTER, PERIOD, TITLE, plan_of
from sql_schemes import Further, Schemes, facts, random_plan
from test_sql_kept import happen

from kaoping.errors import Problems
from kaoping.facts.rows import NewRecord, NewSubject, NewValue
from kaoping.store.batches import void_batch
from kaoping.store.connection import create
from kaoping.store.facts import append
from kaoping.store.log import Log
from kaoping_sql import frames
from kaoping_sql.keeper import read_kept
from kaoping_sql.log_tables import LogTables

SLOW = bool(os.environ.get("KAOPING_SLOW"))
FURTHER = 1000
"""Seeds from here on are of schemes with runs and gaps."""
HEAD = (
    f"scheme: small\nedition: '1'\n{TITLE}\nsource: {{document: 试}}\nsubject: estate\nperiod: year\n"
    "subject_types:\n  shop: {zh: 店, en: shop}\n"
)
GRADE = "grade:\n  score: v\n  bands: {A: 'v > 2', B: otherwise}\n  titles: {A: {zh: 甲, en: A}, B: {zh: 乙, en: B}}\n"
ONE = plan_of(HEAD + f"facts:\n  a: {{type: number, min: 0, {TITLE}}}\nmeasures:\n  v: {{value: a, {TITLE}}}\n" + GRADE)
"""A scheme that reads one number, whose end is not declared."""
AMOUNTS = plan_of(
    HEAD + "records:\n  r: {fields: {n: {type: integer, min: 0, max: 10}, yuan: {type: number, min: 0}, on: date, "
    f"paid: boolean}}, placed_by: on, complete: assumed, {TITLE}}}\n"
    f"measures:\n  paid_yuan: {{value: 'sum(r, yuan, where=paid)', {TITLE}}}\n"
    f"  most: {{value: 'highest(r, n, where=paid, if_none=0)', {TITLE}}}\n"
    f"  v: {{value: 'paid_yuan + most + count(r) + distinct(r, n)', {TITLE}}}\n" + GRADE
)
"""A scheme that adds amounts, and asks of records what cannot be added up."""
ONCE = plan_of(
    HEAD + "records:\n  r: {fields: {who: text, on: date, n: {type: integer, min: 0, max: 300}}, placed_by: on, "
    f"unique: who, complete: assumed, {TITLE}}}\n"
    f"measures:\n  v: {{value: 'count(r, n > 2) + sum(r, n)', {TITLE}}}\n" + GRADE
)
"""A scheme in which of records of the same one only the first counts."""
HOW = (ONE, PERIOD, AFTER)


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    """So that small worlds have several blocks, none of which ends where others do."""
    monkeypatch.setattr("kaoping_sql.building.AT_ONCE", 7)
    monkeypatch.setattr("kaoping_sql.counted.BLOCK", 5)
    monkeypatch.setattr("kaoping.facts.blocks.BLOCK", 6)


@pytest.fixture
def no_rows(monkeypatch):
    """So that a frame that is made from rows is no frame."""
    monkeypatch.setattr(LogTables, "fill", lambda *_: pytest.fail("read row by row"))


def chosen(rng, made, related):
    """A random plan that reads something of related subjects, or nothing."""
    while (plan := random_plan(rng, made)) is None or bool(plan.needs.relations) != related:
        pass
    return plan


SEEDS = [
    *((seed, False) for seed in (*range(300 if SLOW else 6), *range(FURTHER, FURTHER + (50 if SLOW else 2)))),
    *((seed, True) for seed in (*range(300 if SLOW else 5), *range(FURTHER, FURTHER + (50 if SLOW else 1)))),
]


@pytest.mark.parametrize(("seed", "related"), SEEDS)
def test_frame_from_blocks_is_the_one_built_in_memory_whatever_happened(tmp_path, no_rows, seed, related):
    rng = Random(seed)
    plan, frame = chosen(rng, Further if seed >= FURTHER else Schemes, related), facts(rng, 20, 0.2)
    with database(tmp_path / "k.db", frame, plan) as store:
        how = (store, plan, frame.period, frame.today)
        for minute in range(1, 4):
            happen(rng, store, minute)
            found, digest = kept(tmp_path / "f.db", *how, anew=True)
            assert (found.how, digest) == ("built", in_memory(tmp_path / "m.db", *how)), minute
            assert frames.read_about(tmp_path / "f.db") == frames.read_about(tmp_path / "m.db")
        assert read_kept(tmp_path / "f.db").in_memory == ""


@pytest.mark.parametrize("size", [5, 256])
@pytest.mark.parametrize("seed", range(40 if SLOW else 2))
def test_amounts_are_added_and_what_cannot_be_added_is_counted_row_by_row(tmp_path, no_rows, monkeypatch, size, seed):
    """Counts of a record stand side by side, each in as many bytes as its sum can take."""
    monkeypatch.setattr("kaoping_sql.log_counts.MOST_KNOWN", size)
    rng = Random(seed)
    with create(tmp_path / "k.db") as store:
        append(store, [NewSubject(f"e{one}", "estate", "小区") for one in range(15)], ACT, later(0))
        for minute in range(1, 5):
            records = {
                (f"e{rng.randrange(15)}", "r", str(rng.randrange(4))): {
                    name: value
                    for name, value in {
                        "n": rng.randrange(11),
                        "yuan": Fraction(rng.randrange(10**12), 100) if seed else rng.randrange(10**17),
                        "on": date(2025, rng.randrange(1, 13), 28),
                        "paid": rng.random() < 0.5,
                    }.items()
                    if rng.random() < 0.9
                }
                for _ in range(20)
            }
            append(
                store, [NewRecord(*key, fields) for key, fields in records.items()], ACT, later(minute), correct="错"
            )
            if minute == 3:
                void_batch(store, 2, "错", ACT, later(10))
            how = (store, AMOUNTS, *HOW[1:])
            assert kept(tmp_path / "f.db", *how, anew=True)[1] == in_memory(tmp_path / "m.db", *how)
            assert frames.read_about(tmp_path / "f.db") == frames.read_about(tmp_path / "m.db")


@pytest.mark.parametrize("seed", range(40 if SLOW else 2))
def test_of_records_of_the_same_one_the_first_counts(tmp_path, no_rows, seed):
    rng = Random(seed)
    with create(tmp_path / "k.db") as store:
        append(store, [NewSubject(f"e{one}", "estate", "小区") for one in range(15)], ACT, later(0))
        for minute in range(1, 4):
            keys = {(f"e{rng.randrange(15)}", "r", str(rng.randrange(4))) for _ in range(20)}
            fields = {"who": "甲乙", "on": (date(2025, 3, 1), date(2024, 3, 1)), "n": range(301)}
            records = [
                NewRecord(*key, {name: rng.choice(some) for name, some in fields.items() if rng.random() < 0.8})
                for key in sorted(keys)
            ]
            append(store, records, ACT, later(minute), correct="错")
            how = (store, ONCE, *HOW[1:])
            assert kept(tmp_path / "f.db", *how, anew=True)[1] == in_memory(tmp_path / "m.db", *how)


def test_text_of_any_form_the_reader_takes_is_the_same_number(tmp_path, no_rows):
    texts = ("8", "85.50", "0.125", "007", "0", "99999999999999", "7.000")
    with create(tmp_path / "k.db") as store:
        append(store, [NewSubject(f"e{one}", "estate", "小区") for one in range(9)], ACT, later(0))
        append(store, [NewValue(f"e{one}", "a", "2025", "", f"{one}.5") for one in range(8)], ACT, later(1))
        for minute, said in enumerate((texts[1:2], texts), 2):
            again = [NewValue(f"e{one}", "a", "2025", "", text) for one, text in enumerate(said)]
            append(store, again, ACT, later(minute), correct="错")
            digest = kept(tmp_path / "f.db", store, *HOW, anew=True)[1]
            assert digest == in_memory(tmp_path / "m.db", store, *HOW)
            assert frames.read_about(tmp_path / "f.db") == frames.read_about(tmp_path / "m.db")


def test_text_that_is_no_number_is_named_and_once_corrected_is_none(tmp_path, no_rows):
    texts = ("１２", "1e2", "1,000", "-1", "", "七", " 5", "+5", ".5", "5.")
    with create(tmp_path / "k.db") as store:
        append(store, [NewSubject(f"e{one}", "estate", "小区") for one in range(11)], ACT, later(0))
        wrong = [NewValue(f"e{one}", "a", "2025", "", text) for one, text in enumerate(texts)]
        append(store, wrong, ACT, later(1))
        with pytest.raises(Problems) as refusal:
            kept(tmp_path / "f.db", store, *HOW)
        named = {(one.key, one.facts["what"], one.facts["text"]) for one in refusal.value.errors}
        assert named == {("store.misfit", f"e{one} a 2025", text) for one, text in enumerate(texts)}
        append(store, [replace(one, value="5.25") for one in wrong], ACT, later(2), correct="错")
        assert kept(tmp_path / "f.db", store, *HOW)[1] == in_memory(tmp_path / "m.db", store, *HOW)


def test_number_without_an_end_has_the_frame_made_in_memory(tmp_path):
    with create(tmp_path / "k.db") as store:
        append(store, [NewSubject("e1", "estate", "小区")], ACT, later(0))
        append(store, [NewValue("e1", "a", "2025", "", Fraction(1, 3))], ACT, later(1))
        found, digest = kept(tmp_path / "f.db", store, *HOW)
        assert (found.why, digest) == ("frame-endless", in_memory(tmp_path / "m.db", store, *HOW))


def test_what_is_said_of_somebody_who_is_not_read_does_no_harm(tmp_path, no_rows, monkeypatch):
    """A shop has no such number: what somebody wrote there is nobody's misfit, and the facts are not read again."""
    with create(tmp_path / "k.db") as store:
        append(store, [NewSubject("e1", "estate", "小区"), NewSubject("s1", "shop", "店")], ACT, later(0))
        append(store, [NewValue("e1", "a", "2025", "", "5"), NewValue("s1", "a", "2025", "", "many")], ACT, later(1))
        digest = in_memory(tmp_path / "m.db", store, *HOW)
        monkeypatch.setattr(Log, "frame", lambda _: pytest.fail("read into memory"))
        assert kept(tmp_path / "f.db", store, *HOW)[1] == digest
