"""What is kept side by side is what the rows say: packed the same by entry, by migration and by a check."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import pytest
from store_world import LI, NOW, enter, estate, score
from test_store_backup import faults, tampered

from kaoping.facts import blocks
from kaoping.facts.blocks import columns_of, numbers_of, record_blocks, spans_of, value_blocks, width
from kaoping.facts.rows import NewRecord, NewSubject, NewValue
from kaoping.office.desk import Desk
from kaoping.store.blocks import PACKINGS, differing
from kaoping.store.connection import Store, create, open_store
from kaoping.store.facts import append
from kaoping.store.migrations import MIGRATIONS, applied

TEXTS = ("", "8", "85.5", "１２", "1e2", "1,000", '"', "a\nb", "是", "7/3")


def value_rows(rng: Random) -> list[tuple[object, ...]]:
    """Rows of values in the order of their table."""
    found = {
        (rng.randrange(2), rng.randrange(900), rng.choice(("2025", "2025Q1")), rng.choice(("", "x")), rng.randrange(3))
        for _ in range(600)
    }
    return [(*key, rng.choice(TEXTS)) for key in sorted(found)]


def record_rows(rng: Random) -> list[tuple[object, ...]]:
    """Rows of records, each with some of its fields."""
    found = {(rng.randrange(2), rng.randrange(300), str(rng.randrange(4)), rng.randrange(3)) for _ in range(600)}
    return [
        (*key, json.dumps({name: rng.choice(TEXTS) for name in "abc" if rng.random() < 0.7}, ensure_ascii=False))
        for key in sorted(found)
    ]


@pytest.mark.parametrize("size", [7, 256, 4096])
def test_values_come_out_of_their_blocks_as_they_went_in(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(blocks, "BLOCK", size)
    rows, found = value_rows(Random(size)), []
    packed = list(value_blocks(rows))
    for fact, block, at, item, batch, runs, texts, codes in packed:
        known = json.loads(texts)
        subjects = [block * size + first + each for first, count in spans_of(runs) for each in range(count)]
        values = [known[code] for code in numbers_of(codes, width(len(known)))]
        found += [(fact, one, at, item, batch, text) for one, text in zip(subjects, values, strict=True)]
    assert sorted(found) == rows
    assert [row[:5] for row in packed] == sorted(row[:5] for row in packed)


@pytest.mark.parametrize("size", [7, 4096])
def test_records_come_out_of_their_blocks_as_they_went_in(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(blocks, "BLOCK", size)
    rows, found = record_rows(Random(size)), []
    for record, block, batch, subjects, texts, codes in record_blocks(rows):
        owners = [block * size + offset for offset in numbers_of(subjects, 2)]
        known = json.loads(texts)
        columns = columns_of(known, codes, len(owners))
        for place, subject in enumerate(owners):
            cells = {name: known[name][column[place]] for name, column in columns.items()}
            no = cells.pop("")
            fields = {name: text for name, text in cells.items() if text is not None}
            found.append((record, subject, no, batch, fields))
    assert sorted(found, key=lambda row: row[:4]) == [(*row[:4], json.loads(row[4])) for row in rows]


def test_many_different_texts_take_more_bytes_each() -> None:
    (block,) = value_blocks((1, subject, "2025", "", 1, str(subject)) for subject in range(300))
    assert (block[5], len(block[7])) == ("[0,300]", 600)
    assert [width(256), width(257), width(65_537)] == [1, 2, 4]


def entered(store) -> None:
    """Values and records of two batches, one of them a correction."""
    append(store, [NewSubject("e1", "estate", "翠园"), NewSubject("e2", "estate", "东苑")], LI, NOW)
    rows = [NewValue(one, "group_score", f"2025Q{part}", "", 80 + part) for one in ("e1", "e2") for part in (1, 2, 3)]
    rows += [NewRecord(one, "complaint", str(no), {"valid": True}) for one in ("e1", "e2") for no in range(3)]
    append(store, rows, LI, NOW)
    again = [NewValue("e2", "group_score", "2025Q1", "", 99), NewRecord("e1", "complaint", "1", {"valid": False})]
    append(store, again, LI, NOW, correct="更正")


def test_entry_keeps_what_the_rows_give(tmp_path: Path) -> None:
    with create(tmp_path / "k.db") as store:
        entered(store)
        kept = store.connection.execute("SELECT at, batch, runs, texts FROM value_block").fetchall()
        assert sorted(kept) == [
            ("2025Q1", 2, "[1,2]", '["81"]'),
            ("2025Q1", 3, "[2,1]", '["99"]'),
            ("2025Q2", 2, "[1,2]", '["82"]'),
            ("2025Q3", 2, "[1,2]", '["83"]'),
        ]
        assert store.connection.execute("SELECT count(*) FROM record_block").fetchone() == (2,)
        assert list(differing(store.connection)) == []


OLDER = MIGRATIONS[:4]


@pytest.fixture
def older(tmp_path: Path) -> Path:
    """A database of a program that kept rows alone."""
    with create(tmp_path / "k.db") as store:
        entered(store)
    create(tmp_path / "old.db", migrations=OLDER).close()
    with closing(open_store(tmp_path / "old.db", migrations=OLDER).connection) as connection:
        connection.execute("ATTACH ? AS new", (str(tmp_path / "k.db"),))
        for table in ("batch", "subject", "name", "registration", "value", "record", "touched"):
            connection.execute(f"INSERT INTO {table} SELECT * FROM new.{table}")
    return tmp_path / "old.db"


def packed(store: Store) -> list[Any]:
    return [store.connection.execute(f"SELECT * FROM {one.table}").fetchall() for one in PACKINGS.values()]


def test_database_of_an_older_program_gets_the_same_blocks(tmp_path: Path, older: Path) -> None:
    with open_store(older) as store, open_store(tmp_path / "k.db") as wanted:
        assert packed(store) == packed(wanted)


def test_older_database_that_is_brought_up_to_date_says_how_far_it_is(older: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("kaoping.store.migrations.TOLD", 2)
    heard: list[tuple[str, int, int]] = []
    desk = Desk(older, "李芳", language="en", tell=lambda *told: heard.append(told))
    with desk.opened() as store:
        (many,) = store.connection.execute(
            "SELECT (SELECT count(*) FROM value) + (SELECT count(*) FROM record)"
        ).fetchone()
    assert {step for step, _, _ in heard} == {
        f"bringing {older}, made by an older program, up to date; a copy is kept beside it ..."
    }
    assert [told for _, *told in heard] == [[0, 0], *([done, many] for done in range(0, many, 2))]
    heard.clear()
    desk.opened().close()
    assert heard == []


def test_stopped_while_it_is_brought_up_to_date_an_older_database_is_as_it_was(older: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("kaoping.store.migrations.TOLD", 1)

    def stopped(done: int, _: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    before = sorted(path.name for path in older.parent.iterdir())
    with pytest.raises(KeyboardInterrupt):
        open_store(older, tell=stopped)
    assert sorted(path.name for path in older.parent.iterdir()) == before
    with open_store(older, migrations=OLDER) as store:
        assert applied(store.connection) == [one.__name__ for one in OLDER]


def test_killed_while_it_is_brought_up_to_date_an_older_database_is_as_it_was(tmp_path: Path, older: Path) -> None:
    killed = (
        "import os, sys, pathlib; from kaoping.store import connection, migrations; migrations.TOLD = 1; "
        "connection.open_store(pathlib.Path(sys.argv[1]), tell=lambda done, _: done == 3 and os.kill(os.getpid(), 9))"
    )
    assert subprocess.run([sys.executable, "-c", killed, older], check=False).returncode == -9
    with open_store(older, migrations=OLDER) as store:
        assert applied(store.connection) == [one.__name__ for one in OLDER]
    with open_store(older) as store, open_store(tmp_path / "k.db") as wanted:
        assert packed(store) == packed(wanted)


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("value", "UPDATE value SET value = '12'"),
        ("value_block", """UPDATE value_block SET texts = '["12"]'"""),
        ("value_block", "DELETE FROM value_block"),
        ("record", """UPDATE record SET fields = '{"valid":"false"}'"""),
        ("record", "UPDATE record SET fields = '[1]'"),
        ("record_block", "UPDATE record_block SET subjects = x'0700'"),
    ],
)
def test_check_says_where_blocks_are_not_what_the_rows_give(tmp_path: Path, table: str, change: str) -> None:
    with create(tmp_path / "k.db") as store:
        enter(store, estate(), score(88), NewRecord("e1", "complaint", "1", {"valid": True}))
        assert faults(store) == []
        tampered(tmp_path / "k.db", change, table=table)
        (found,) = faults(store)
        assert found.startswith(f"{table.removesuffix('_block')}_block 中并列存放的内容（"), found
        assert found.endswith("）与各行不符")
