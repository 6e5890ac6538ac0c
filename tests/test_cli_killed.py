"""The commands themselves killed at random moments: nothing acknowledged is lost, nothing half-written is visible."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kaoping.facts.rows import NewSubject
from kaoping.store.backup import check
from kaoping.store.batches import Act
from kaoping.store.connection import create, open_store
from kaoping.store.facts import append

KAOPING = Path(sys.executable).with_name("kaoping")
pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such signal")


class Office:
    """A folder with a database, used by the installed command."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("KAOPING_")},
            "KAOPING_CONFIG": str(folder / "config"),
            "KAOPING_CACHE": os.environ["KAOPING_CACHE"],
            "KAOPING_DB": str(folder / "office.db"),
            "KAOPING_LANG": "zh",
        }

    def start(self, *words: str) -> subprocess.Popen[str]:
        """The command, started."""
        return subprocess.Popen(
            [str(KAOPING), *words], cwd=self.folder, env=self.environment,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8",
        )  # fmt: skip

    def run(self, *words: str) -> dict:
        """The command, run to its end: what it says as JSON."""
        child = self.start(*words, "--json")
        out, err = child.communicate(timeout=120)
        assert child.returncode == 0, err
        return json.loads(out)

    def killed(self, after: float, *words: str) -> dict | None:
        """The command, killed after some seconds: what it had said whole, or None."""
        child = self.start(*words, "--json")
        time.sleep(after)
        child.send_signal(signal.SIGKILL)
        out, _ = child.communicate(timeout=120)
        return json.loads(out) if out.endswith("}\n") else None

    def counts(self) -> dict[str, int]:
        """How many rows each table has; the database must be sound."""
        with open_store(self.folder / "office.db") as store:
            assert check(store) == ()
            tables = ("batch", "registration", "value", "record", "evaluation", "subject_result")
            ask = store.connection.execute
            return {name: ask(f"SELECT count(*) FROM {name}").fetchone()[0] for name in tables}


def enter_and_kill(folder: Path, kills: int, seed: int) -> int:
    """Kill imports and evaluations in turn; give how many were acknowledged before they were killed."""
    rng = random.Random(seed)
    office = Office(folder)
    office.run("demo", "--files", "d")
    office.run("db", "init")
    began = time.perf_counter()
    whole = office.run("import", "d", "--dry-run")["written"]
    lasts = time.perf_counter() - began
    acknowledged, evaluations = 0, 0
    for turn in range(kills):
        importing = turn % 2 == 0
        words = ("import", "d") if importing else ("evaluate", "property-abcd", "-p", "2025")
        before = office.counts()
        said = office.killed(rng.uniform(lasts / 5, lasts * 1.5), *words)
        after = office.counts()
        if importing:
            there = after["batch"] - before["batch"]
            assert there in (0, 1)
            assert not said or said["written"] + said["unchanged"] == whole
            if said and said["written"]:
                assert there == 1
            if there:  # all of it or nothing: the same files have nothing new
                assert office.run("import", "d", "--dry-run")["written"] == 0
        else:
            there = after["evaluation"] - before["evaluation"]
            assert there in (0, 1)
            assert not said or there == 1
            found = [one["evaluation"] for one in office.run("evaluation", "list")["evaluations"]]
            assert len(found) == after["evaluation"]
            assert not said or said["evaluation"] in found
            if there and after["registration"]:
                assert office.run("evaluation", "verify", str(max(found)))["same"] is True
                evaluations += 1
        acknowledged += bool(said)
    done = office.run("import", "d")
    assert done["written"] + done["unchanged"] == whole
    assert len(office.run("evaluate", "property-abcd", "-p", "2025")["results"]) == 92
    assert office.counts()["evaluation"] >= evaluations
    return acknowledged


@pytest.mark.slow
def test_killed_commands_leave_all_or_nothing(tmp_path: Path) -> None:
    enter_and_kill(tmp_path, kills=4, seed=3)


@pytest.mark.slow
@pytest.mark.skipif(not os.environ.get("KAOPING_SLOW"), reason="twenty kills; set KAOPING_SLOW=1")
def test_twenty_killed_commands_leave_all_or_nothing(tmp_path: Path) -> None:
    assert 0 < enter_and_kill(tmp_path, kills=20, seed=4) < 20


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_everybody_judged_at_once_and_stopped_leaves_the_database_as_it_was(
    tmp_path: Path, how: signal.Signals
) -> None:
    office = Office(tmp_path)
    with create(tmp_path / "office.db") as store:
        rows = [NewSubject(f"e{number:05}", "estate", f"小区{number}") for number in range(300)]
        append(store, rows, Act("陈勇", "import"), datetime(2026, 1, 5, tzinfo=UTC))
    before = office.counts()
    office.environment["KAOPING_AT_ONCE_FROM"] = "1"
    child = office.start("evaluate", "property-abcd", "-p", "2025")
    frame = tmp_path / "office.db.frames" / "property-abcd@2025.db"
    while not frame.exists():  # then everybody is about to be judged
        assert child.poll() is None
        time.sleep(0.005)
    child.send_signal(how)
    out, err = child.communicate(timeout=120)
    assert out == ""
    assert child.returncode == (130 if how == signal.SIGINT else -how)
    assert how != signal.SIGINT or err.endswith("已中断\n")
    assert office.counts() == before
    assert len(office.run("evaluate", "property-abcd", "-p", "2025")["results"]) == 300
    assert office.counts()["evaluation"] == 1
