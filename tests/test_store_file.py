"""The database file: made once, refused when it cannot be used, brought up to date without losing anything."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest
from store_world import enter, estate, files, score

from kaoping.errors import EnvironmentError
from kaoping.store.connection import Store, create, open_store
from kaoping.store.known import read_subjects
from kaoping.store.migrations import MIGRATIONS
from kaoping.store.network import is_unc, mount_type


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "考评 #1.db"


@pytest.fixture
def store(path: Path):
    with create(path) as store:
        yield store


def refused(*, key: str, zh: str, hint_zh: str | None, en: str, hint_en: str | None):
    """A check that an error has this key, these texts and exit code 3."""

    def check(error: EnvironmentError) -> bool:
        assert (error.key, error.exit_code) == (key, 3)
        assert (error.text("zh"), error.hint("zh")) == (zh, hint_zh)
        assert (error.text("en"), error.hint("en")) == (en, hint_en)
        return True

    return pytest.raises(EnvironmentError, check=check)


def test_missing_file_says_how_to_make_one(path: Path) -> None:
    with refused(
        key="store.missing",
        zh=f"没有数据库 {path}",
        hint_zh="新建：kaoping db init；数据库在别处时，用 --db 指明",
        en=f"there is no database {path}",
        hint_en="make one: kaoping db init; or say where it is: --db PATH",
    ):
        open_store(path)
    assert files(path.parent) == []


def test_folder_is_not_a_database(tmp_path: Path) -> None:
    with refused(
        key="store.folder",
        zh=f"{tmp_path} 是文件夹，不是数据库",
        hint_zh=f"指明文件夹里的文件，例如 --db {tmp_path}/kaoping.db",
        en=f"{tmp_path} is a folder, not a database",
        hint_en=f"name the file in it, such as --db {tmp_path}/kaoping.db",
    ):
        open_store(tmp_path)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 a workbook, not a database" * 100, "somebody else's"])
def test_file_of_another_program_is_left_alone(path: Path, content: bytes | str) -> None:
    if isinstance(content, str):
        with closing(sqlite3.connect(path)) as other:
            other.execute("CREATE TABLE batch (id INTEGER)")
        content = path.read_bytes()
    path.write_bytes(content)
    with refused(
        key="store.not-ours",
        zh=f"{path} 不是考评数据库",
        hint_zh="核对 --db 和 KAOPING_DB 指的是哪个文件；文件原样未动",
        en=f"{path} is not a kaoping database",
        hint_en="check which file --db and KAOPING_DB name; the file was left alone",
    ):
        open_store(path)
    assert path.read_bytes() == content
    assert files(path.parent) == [path.name]


def test_damaged_database_is_named_as_such(store: Store, path: Path) -> None:
    enter(store, *(estate(f"e{number:04}") for number in range(2000)))
    store.close()
    whole = path.read_bytes()
    path.write_bytes(whole[:8192] + b"\xff" * (len(whole) - 8192))
    with (
        refused(
            key="store.corrupt",
            zh=f"数据库 {path} 已损坏",
            hint_zh="不要再写入；把文件另存一份，改用最近的备份",
            en=f"the database {path} is damaged",
            hint_en="write nothing more to it; set the file aside and go back to the latest backup",
        ),
        open_store(path) as damaged,
    ):
        read_subjects(damaged)


def test_waiting_for_another_program_ends_with_an_explanation(store: Store, path: Path) -> None:
    store.connection.execute("BEGIN IMMEDIATE")
    with (
        open_store(path, patience=0.05) as other,
        refused(
            key="store.locked",
            zh=f"数据库 {path} 正被另一个程序写入，等了许久仍未空出",
            hint_zh="等那边做完，或关闭那个程序，再重试",
            en=f"the database {path} is being written by another program, and waiting did not help",
            hint_en="let the other program finish, or close it, then try again",
        ),
    ):
        enter(other, estate())
    store.connection.execute("ROLLBACK")


def test_database_opened_to_read_is_not_written(store: Store, path: Path) -> None:
    with (
        open_store(path, read_only=True) as reader,
        refused(
            key="store.read-only",
            zh=f"数据库 {path} 是只读的，不能写入",
            hint_zh="去掉文件的只读属性，并核对文件夹的写入权限",
            en=f"the database {path} is read-only",
            hint_en="let the file and its folder be written to",
        ),
    ):
        enter(reader, estate())


@pytest.mark.skipif(not hasattr(os, "setuid") or os.getuid() != 0, reason="needs to give up rights it has")
def test_file_that_may_not_be_written_is_refused_to_write_and_opens_to_read(store: Store, path: Path) -> None:
    enter(store, estate())
    store.close()
    path.chmod(0o444)
    script = (
        "import os, sys, pathlib\n"
        "from kaoping.store.connection import open_store\n"
        "from kaoping.store.known import read_subjects\n"
        "from kaoping.errors import EnvironmentError\n"
        "from kaoping.texts import has_text\n"
        "has_text('store.read-only'), has_text('common.problems')  # read while we may: the checkout can be private\n"
        "os.chdir(sys.argv[1]); os.setuid(65534)\n"
        "path = pathlib.Path(sys.argv[2])\n"
        "try: open_store(path)\n"
        "except EnvironmentError as error: print(error.key)\n"
        "with open_store(path, read_only=True) as store: print(*read_subjects(store))\n"
    )
    public = Path(f"/tmp/kaoping-read-only-{os.getpid()}")
    public.mkdir(mode=0o777)
    try:
        public.chmod(0o777)
        (public / "k.db").write_bytes(path.read_bytes())
        (public / "k.db").chmod(0o444)
        done = subprocess.run(
            [sys.executable, "-c", script, str(public), "k.db"], capture_output=True, text=True, check=False
        )
        assert (done.stdout, done.stderr) == ("store.read-only\ne1\n", "")
    finally:
        for each in public.iterdir():
            each.unlink()
        public.rmdir()


def test_full_disk_leaves_nothing_half_written(store: Store, path: Path) -> None:
    enter(store, estate())
    (pages,) = store.connection.execute("PRAGMA page_count").fetchone()
    store.connection.execute(f"PRAGMA max_page_count = {pages + 2}")
    with refused(
        key="store.disk-full",
        zh=f"磁盘已满，{path} 没有写入任何内容",
        hint_zh="腾出空间后重试",
        en=f"the disk is full; nothing was written to {path}",
        hint_en="free some space and try again",
    ):
        enter(store, *(estate(f"e{number:05}") for number in range(5000)))
    assert list(read_subjects(store)) == ["e1"]
    store.connection.execute(f"PRAGMA max_page_count = {pages + 1000}")
    assert enter(store, score(90)).written == 1


@pytest.mark.parametrize("place", [r"\\srv\kaoping\k.db", "//srv/kaoping/k.db"])
def test_database_on_another_machine_is_refused(place: str) -> None:
    for use in (create, open_store):
        with refused(
            key="store.network",
            zh=f"{place} 在网络盘上：几台电脑同时写入会损坏数据库",
            hint_zh="把数据库放在本机磁盘，网络盘只放备份：kaoping db backup",
            en=f"{place} is on a network drive, where two computers writing at once would ruin the database",
            hint_en="keep the database on this computer and put backups on the network drive: kaoping db backup",
        ):
            use(Path(place))


@pytest.mark.parametrize(
    ("path", "unc"),
    [
        (r"\\srv\share\k.db", True),
        ("//srv/share/k.db", True),
        (r"\\?\UNC\srv\share\k.db", True),
        (r"\\?\C:\kaoping\k.db", False),
        (r"\\.\C:\k.db", False),
        (r"C:\kaoping\k.db", False),
        ("/srv/k.db", False),
        ("k.db", False),
    ],
)
def test_unc_paths_are_told_from_local_ones(path: str, unc: bool) -> None:
    assert is_unc(path) is unc


def test_nearest_mount_says_where_a_file_lies() -> None:
    mounts = (
        "/dev/sda1 / ext4 rw 0 0\n"
        "//srv/kaoping /mnt/all\\040offices cifs rw 0 0\n"
        "/dev/sdb1 /mnt/all\\040offices/usb vfat rw 0 0\n"
        "broken\n"
    )
    assert mount_type("/home/li/k.db", mounts) == "ext4"
    assert mount_type("/mnt/all offices/k.db", mounts) == "cifs"
    assert mount_type("/mnt/all offices/usb/k.db", mounts) == "vfat"
    assert mount_type("/mnt/all offices 2/k.db", mounts) == "ext4"


def test_making_a_database_never_overwrites(store: Store, path: Path) -> None:
    enter(store, estate())
    with refused(
        key="store.exists",
        zh=f"{path} 已经存在，没有改动它",
        hint_zh="换一个文件名，或先把原文件移走",
        en=f"{path} exists already and was left alone",
        hint_en="choose another name, or move the file away first",
    ):
        create(path)
    assert list(read_subjects(store)) == ["e1"]
    assert files(path.parent) == [path.name]


def test_database_needs_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "2025" / "k.db"
    with refused(
        key="store.no-folder",
        zh=f"没有文件夹 {path.parent}，无法建立 {path}",
        hint_zh="先建立文件夹，再重试",
        en=f"there is no folder {path.parent} to make {path} in",
        hint_en="make the folder first",
    ):
        create(path)


def test_failure_while_making_a_database_leaves_nothing(path: Path) -> None:
    def m001_broken(db) -> None:
        db.conn.execute("CREATE TABLE half (id INTEGER) STRICT")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        create(path, (m001_broken,))
    assert list(path.parent.iterdir()) == []


def m002_add_colour(db) -> None:
    db.conn.execute("CREATE TABLE colour (id INTEGER PRIMARY KEY, name TEXT) STRICT")
    db.conn.execute("INSERT INTO colour (name) VALUES ('red')")


def m003_breaks(db) -> None:
    db.conn.execute("CREATE TABLE half (id INTEGER) STRICT")
    db.conn.execute("INSERT INTO nowhere VALUES (1)")


NEWER = (*MIGRATIONS, m002_add_colour)


def test_older_database_is_copied_then_brought_up_to_date(store: Store, path: Path) -> None:
    enter(store, estate())
    store.close()
    with open_store(path, migrations=NEWER) as newer:
        assert newer.connection.execute("SELECT name FROM colour").fetchall() == [("red",)]
        assert list(read_subjects(newer)) == ["e1"]
    copy = path.with_name("考评 #1-before-m002_add_colour.db")
    assert files(path.parent) == sorted([path.name, copy.name])
    with open_store(copy) as before:
        assert list(read_subjects(before)) == ["e1"]
    with open_store(path, migrations=NEWER):
        assert files(path.parent) == sorted([path.name, copy.name])


def test_failing_migration_leaves_no_change_and_no_copy(store: Store, path: Path) -> None:
    enter(store, estate())
    store.close()
    with pytest.raises(sqlite3.OperationalError, match="no such table: nowhere"):
        open_store(path, migrations=(*NEWER, m003_breaks))
    assert files(path.parent) == [path.name]
    with open_store(path) as same:
        assert list(read_subjects(same)) == ["e1"]
        assert not same.connection.execute("SELECT 1 FROM sqlite_schema WHERE name IN ('colour', 'half')").fetchall()


def test_second_copy_takes_another_name(store: Store, path: Path) -> None:
    store.close()
    path.with_name("考评 #1-before-m002_add_colour.db").write_bytes(b"kept")
    with open_store(path, migrations=NEWER):
        pass
    assert files(path.parent) == [
        "考评 #1-before-m002_add_colour-2.db",
        "考评 #1-before-m002_add_colour.db",
        "考评 #1.db",
    ]
    assert path.with_name("考评 #1-before-m002_add_colour.db").read_bytes() == b"kept"


def test_two_programs_bringing_one_database_up_to_date_do_it_once(store: Store, path: Path) -> None:
    store.close()
    failures: list[BaseException] = []

    def update() -> None:
        try:
            open_store(path, migrations=NEWER).close()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=update) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert files(path.parent) == ["考评 #1-before-m002_add_colour.db", "考评 #1.db"]


def test_older_database_opened_to_read_is_not_changed(store: Store, path: Path) -> None:
    store.close()
    before = path.read_bytes()
    with refused(
        key="store.older",
        zh=f"数据库 {path} 由较早的程序建立，只读打开时不能升级",
        hint_zh="先以可写方式打开一次，例如 kaoping evaluation list",
        en=f"the database {path} was made by an older program and cannot be updated when opened only to read",
        hint_en="open it once to write, for example by kaoping evaluation list",
    ):
        open_store(path, read_only=True, migrations=NEWER)
    assert path.read_bytes() == before


def test_database_of_a_newer_program_is_refused(store: Store, path: Path) -> None:
    store.close()
    open_store(path, migrations=NEWER).close()
    with refused(
        key="store.newer",
        zh=f"数据库 {path} 由更新的程序建立（含 m002_add_colour），本程序不能使用",
        hint_zh="更新本程序；数据库原样未动",
        en=f"the database {path} was made by a newer program (it has m002_add_colour); this one cannot use it",
        hint_en="update this program; the database was left alone",
    ):
        open_store(path)


def test_every_table_is_strict_and_every_connection_safe(store: Store, path: Path) -> None:
    loose = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND NOT strict AND name <> 'sqlite_schema'"
    assert store.connection.execute(loose).fetchall() == []
    for read_only in (False, True):
        with open_store(path, read_only=read_only) as other:
            asked = ("foreign_keys", "journal_mode", "recursive_triggers", "busy_timeout")
            said = tuple(other.connection.execute(f"PRAGMA {name}").fetchone()[0] for name in asked)
            assert said == (1, "wal", 1, 10_000)
    assert store.connection.execute("PRAGMA synchronous").fetchone() == (2,)


def test_rows_are_never_changed_or_deleted(store: Store) -> None:
    enter(store, estate(), score(90))
    tables = [
        name
        for (name,) in store.connection.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '%sqlite%' ORDER BY name"
        )
    ]
    assert len(tables) == 22
    for table in tables:
        triggers = store.connection.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = ? ORDER BY name", (table,)
        ).fetchall()
        assert triggers == [(f"{table}_refuses_delete",), (f"{table}_refuses_update",)]
    for change in (
        "UPDATE value SET value = '100'",
        "DELETE FROM value",
        "INSERT OR REPLACE INTO value SELECT * FROM value",
        "UPDATE batch SET actor = '别人'",
        "DELETE FROM subject",
    ):
        with pytest.raises(sqlite3.IntegrityError, match="rows are appended, never changed"):
            store.connection.execute(change)
    assert store.connection.execute("SELECT value FROM value").fetchall() == [("90",)]
