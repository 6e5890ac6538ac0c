"""Backups are whole and overwrite nothing; a check finds what was tampered with or damaged."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from store_world import LI, NOW, TODAY, enter, estate, files, frame, score

from kaoping.errors import EnvironmentError
from kaoping.evaluation.result import Result, SubjectResult
from kaoping.store.backup import backup, check
from kaoping.store.connection import Store, create, open_store
from kaoping.store.evaluations import NewEvaluation, store_evaluation
from kaoping.store.publications import add_event, publish


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "k.db"


@pytest.fixture
def store(path: Path):
    """A database with a little of everything in it."""
    with create(path) as store:
        enter(store, estate(), score(88))
        result = Result("property-abcd", "1", "2025", (SubjectResult("e1", "estate", "翠园", "final", 88, grade="A"),))
        new = NewEvaluation(result, "scheme", "a.yaml", "catalogue", "2026-01-05T08:00:00.000000Z", TODAY, "李芳")
        store_evaluation(store, new, NOW)
        publish(store, 1, date(2026, 1, 20), [], "王五", NOW)
        add_event(store, "bid_won", "e1", date(2026, 2, 1), {}, LI, NOW)
        yield store


def tampered(path: Path, *changes: str, table: str) -> None:
    """Change rows as somebody with another program and ill will would."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        triggers = other.execute(
            "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = ?", (table,)
        )
        known = triggers.fetchall()
        for name, _ in known:
            other.execute(f"DROP TRIGGER {name}")
        for change in changes:
            other.execute(change)
        for _, sql in known:
            other.execute(sql)


def faults(store: Store) -> list[str]:
    return [fault.text("zh") for fault in check(store)]


def test_backup_is_a_whole_database_of_its_own(store: Store, path: Path) -> None:
    target = path.with_name("备份.db")
    backup(store, target)
    assert files(path.parent) == ["k.db", "备份.db"]
    enter(store, score(70, at="2025Q2"))
    with open_store(target) as copy:
        assert check(copy) == ()
        assert frame(copy).values == {("e1", "group_score"): {("2025Q1", ""): 88}}
        assert enter(copy, score(71, at="2025Q2")).written == 1


def test_backup_overwrites_nothing(store: Store, path: Path) -> None:
    target = path.with_name("备份.db")
    target.write_bytes(b"precious")
    with pytest.raises(EnvironmentError) as caught:
        backup(store, target)
    assert caught.value.text("zh") == f"{target} 已经存在，没有改动它"
    assert target.read_bytes() == b"precious"
    with pytest.raises(EnvironmentError) as nowhere:
        backup(store, path.parent / "没有" / "备份.db")
    assert nowhere.value.key == "store.no-folder"


def test_backup_is_taken_while_another_program_writes(store: Store, path: Path) -> None:
    with open_store(path) as other, other.writing():
        backup(store, path.with_name("b.db"))
    with open_store(path.with_name("b.db")) as copy:
        assert check(copy) == ()


@pytest.mark.skipif(sys.platform == "win32", reason="no such limit")
def test_backup_that_cannot_be_finished_leaves_no_half_file(store: Store, path: Path) -> None:
    import resource

    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (16_384, limits[1]))
    try:
        with pytest.raises(EnvironmentError) as caught:
            backup(store, path.with_name("b.db"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert caught.value.text("zh") == f"读写 {path.with_name('b.db')} 时磁盘出错"
    assert caught.value.text("en") == f"the disk failed while reading or writing {path.with_name('b.db')}"
    assert files(path.parent) == ["k.db"]


def test_sound_database_has_no_faults(store: Store, path: Path) -> None:
    assert check(store) == ()
    with open_store(path, read_only=True) as reader:
        assert check(reader) == ()


def test_missing_trigger_is_found(store: Store) -> None:
    store.connection.execute("DROP TRIGGER value_refuses_update")
    assert faults(store) == ["缺少表、触发器或索引 value_refuses_update"]


def test_altered_and_added_definitions_are_found(store: Store) -> None:
    store.connection.execute("DROP TRIGGER value_refuses_update")
    store.connection.execute("CREATE TRIGGER value_refuses_update BEFORE UPDATE ON value BEGIN SELECT 1; END")
    store.connection.execute("CREATE TABLE loose (id)")
    assert faults(store) == ["多出不属于本程序的 loose", "value_refuses_update 的定义被改动"]
    assert [fault.text("en") for fault in check(store)] == [
        "loose is there and is none of ours",
        "the definition of value_refuses_update was altered",
    ]


def test_altered_result_differs_from_its_digest(store: Store, path: Path) -> None:
    tampered(path, """UPDATE subject_result SET data = replace(data, '"A"', '"B"')""", table="subject_result")
    assert faults(store) == ["第 1 号测算的结果与存档时的指纹不符"]
    assert check(store)[0].text("en") == "the result of evaluation 1 is not what was stored"


@pytest.mark.parametrize("data", ["{", '{"subject": "e1"}', '{"nonsense": 1}', "[]"])
def test_result_that_is_none_any_more_is_found(store: Store, path: Path, data: str) -> None:
    tampered(path, f"UPDATE subject_result SET data = '{data}'", table="subject_result")
    assert faults(store) == ["第 1 号测算的结果与存档时的指纹不符"]


def test_columns_that_say_something_else_than_the_result_are_found(store: Store, path: Path) -> None:
    tampered(path, "UPDATE subject_result SET grade = 'B'", table="subject_result")
    assert faults(store) == ["第 1 号测算中 e1 的各栏与全文不符"]


def test_result_taken_out_is_found(store: Store, path: Path) -> None:
    tampered(path, "DELETE FROM subject_result", table="subject_result")
    assert faults(store) == ["第 1 号测算的结果与存档时的指纹不符"]


def test_altered_scheme_text_is_found(store: Store, path: Path) -> None:
    tampered(path, "UPDATE scheme_text SET text = 'other'", table="scheme_text")
    (found,) = check(store)
    assert found.key == "store.fault-text"


def test_broken_reference_is_found(store: Store, path: Path) -> None:
    tampered(path, "DELETE FROM batch WHERE id = 2", table="batch")
    assert faults(store) == ["表 event 第 1 行引用的 batch 不存在"]
    assert check(store)[0].text("en") == "row 1 of event refers to a batch that is not there"


def test_damaged_file_is_found(store: Store, path: Path) -> None:
    enter(store, *(estate(f"e{number:04}") for number in range(2, 3000)))
    store.close()
    content = bytearray(path.read_bytes())
    content[-3 * 4096 : -2 * 4096] = b"\x07" * 4096
    path.write_bytes(content)
    with open_store(path) as damaged:
        found = check(damaged)
    assert {fault.key for fault in found} == {"store.fault-damage"}
