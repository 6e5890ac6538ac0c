"""Several programs at one database, and programs that are killed: nothing is lost, nothing is half there."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kaoping.store.backup import check
from kaoping.store.connection import create, open_store
from kaoping.store.evaluations import list_evaluations

CHILD = Path(__file__).with_name("store_child.py")


def writer(path: Path, name: str, times: int, size: int) -> subprocess.Popen[str]:
    """Start a program that enters facts and stores evaluations."""
    return subprocess.Popen(
        [sys.executable, str(CHILD), str(path), name, str(times), str(size)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def said_in(lines: list[str]) -> tuple[dict[int, int], set[int]]:
    """What a program acknowledged: batch to number of rows, and evaluations; a torn last line says nothing."""
    whole = [tuple(map(int, line.split())) for line in lines if line.endswith("\n")]
    return {batch: rows for batch, rows, _ in whole}, {evaluation for _, _, evaluation in whole}


def kept_in(path: Path) -> tuple[dict[int, int], set[int]]:
    """What is really there; every batch must have the rows it says it has, every evaluation its results."""
    with open_store(path) as store:
        assert check(store) == ()
        rows = store.connection.execute("SELECT id, written FROM batch").fetchall()
        written = {batch: json.loads(tables) for batch, tables in rows}
        for table in ("registration", "value"):
            counts = store.connection.execute(f"SELECT batch, count(*) FROM {table} GROUP BY batch").fetchall()
            assert {batch: tables[table] for batch, tables in written.items()} == dict(counts)
        evaluations = {found.id for found in list_evaluations(store)}
    return {batch: sum(tables.values()) for batch, tables in written.items()}, evaluations


def test_four_programs_write_at_once_and_each_gets_its_turn(tmp_path: Path) -> None:
    path = tmp_path / "k.db"
    create(path).close()
    writers = [writer(path, f"w{number}", times=20, size=40) for number in range(4)]
    lines: list[str] = []
    for each in writers:
        out, err = each.communicate(timeout=60)
        assert (each.returncode, err) == (0, "")
        lines += out.splitlines(keepends=True)
    batches, evaluations = said_in(lines)
    assert sorted(batches) == sorted(evaluations) == list(range(1, 81))
    assert kept_in(path) == (batches, evaluations)


def kill_again_and_again(path: Path, kills: int, seed: int) -> int:
    """Kill a writing program at random moments; give how much it had acknowledged in all."""
    rng = random.Random(seed)
    lines: list[str] = []
    for number in range(kills):
        child = writer(path, f"run{number}", times=100_000, size=rng.choice((3, 60, 600)))
        assert child.stdout is not None
        lines.append(child.stdout.readline())  # it has begun
        time.sleep(rng.uniform(0, 0.1))
        child.send_signal(signal.SIGKILL)
        out = child.stdout.read()  # communicate() would lose what came together with the first line
        _, err = child.communicate(timeout=60)
        assert (child.returncode, err) == (-signal.SIGKILL, "")
        lines += out.splitlines(keepends=True)
        said, kept = said_in(lines), kept_in(path)
        for acknowledged, there in zip(said, kept, strict=True):
            assert set(acknowledged) <= set(there)
            assert len(there) - len(acknowledged) <= number + 1  # of each run one may be done and not yet said
        assert said[0].items() <= kept[0].items()
    return len(said_in(lines)[0])


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such signal")
def test_killed_imports_lose_nothing_acknowledged_and_leave_nothing_half_written(tmp_path: Path) -> None:
    path = tmp_path / "k.db"
    create(path).close()
    assert kill_again_and_again(path, kills=5, seed=1) >= 5


@pytest.mark.slow
@pytest.mark.skipif(not os.environ.get("KAOPING_SLOW"), reason="forty kills; set KAOPING_SLOW=1")
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such signal")
def test_forty_killed_imports_lose_nothing_acknowledged(tmp_path: Path) -> None:
    path = tmp_path / "k.db"
    create(path).close()
    assert kill_again_and_again(path, kills=40, seed=2) >= 40
