"""The demo county's other files: what the worked cases of every scheme tell, settled among its people and places."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from county_world import example_county

from kaoping.demo import FILES, PUBLISHED_ON

KAOPING = Path(sys.executable).with_name("kaoping")


class Office:
    """A folder with the demonstration's files imported."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, *words: str, seed: str = "0") -> dict:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("KAOPING_")}
        environment |= {"KAOPING_CONFIG": str(self.folder / "config"), "PYTHONHASHSEED": seed, "KAOPING_LANG": "zh"}
        environment["KAOPING_CACHE"] = os.environ["KAOPING_CACHE"]
        call = [str(KAOPING), *words, "--json"]
        done = subprocess.run(call, cwd=self.folder, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)


@pytest.fixture(scope="module")
def office(tmp_path_factory) -> Office:
    office = Office(tmp_path_factory.mktemp("county"))
    example_county(tmp_path_factory, office.folder)
    return office


@pytest.fixture(scope="module")
def rounds(office) -> dict[str, dict]:
    """What came of every scheme, by its id."""
    periods = ("2025", "2024S")
    found = [one for period in periods for one in office.run("evaluate", "--all", "-p", period)["schemes"]]
    return {one["scheme"]: one for one in found if one["state"] != "left_out"}


def test_every_scheme_has_somebody_to_assess(office, rounds):
    schemes = {scheme["id"] for scheme in office.run("scheme", "list")["schemes"]}
    assert schemes - set(rounds) == set()
    assert {one["state"] for one in rounds.values()} == {"evaluated"}
    assert min(one["subjects"] for one in rounds.values()) > 0


def test_of_most_subjects_enough_is_known(rounds):
    statuses: Counter[str] = Counter()
    for one in rounds.values():
        statuses.update(one["statuses"])
    assert statuses["final"] > 4 * statuses["incomplete"]


def test_worked_cases_settle_on_both_sides_of_what_is_asked(rounds):
    both = [name for name, one in rounds.items() if {"all_met", "not_all_met"} <= set(one["grades"])]
    assert len(both) > 15


def test_what_the_county_itself_enters_comes_out_as_without_them(rounds):
    assert rounds["property-abcd"]["grades"] == {"A": 25, "B": 45, "C": 15, "D": 7}
    assert rounds["harmonious-community-ten-star"]["subjects"] == 40
    assert {name for name, _, _ in PUBLISHED_ON} <= set(rounds)


def test_the_files_are_the_same_bytes_whatever_the_hash_seed(office):
    office.run("demo", "--files", "again", seed="4711")
    first, again = ({p.name: p.read_bytes() for p in (office.folder / name).glob("*.csv")} for name in ("d", "again"))
    assert first == again
    assert len(first) > len(list(FILES.glob("*.csv"))) + 50
    assert all(
        data.startswith(b"\xef\xbb\xbf") and data.decode("utf-8-sig").encode("gb18030") for data in first.values()
    )


def test_files_of_an_earlier_edition_give_way_and_files_somebody_changed_do_not(office):
    folder = office.folder / "demo"
    (folder / "files").mkdir(parents=True)
    old = "对象编号,对象类型,名称\n"
    (folder / "files" / "subjects.csv").write_text(old, encoding="utf-8")
    refused = subprocess.run([KAOPING, "demo"], cwd=office.folder, capture_output=True, text=True, check=False)
    assert refused.returncode == 2
    assert "subjects.csv" in refused.stderr
    digest = hashlib.sha256((folder / "files" / "subjects.csv").read_bytes()).hexdigest()
    (folder / ".kaoping-demo").write_text(f"made by kaoping demo\n{digest}\n", encoding="utf-8")
    assert office.run("demo")["imported"]["written"] > 10_000
    assert (folder / "files" / "subjects.csv").read_bytes() == (FILES / "subjects.csv").read_bytes()
