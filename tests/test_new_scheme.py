"""A new scheme passes at once, the pytest plugin runs its cases, and the tutorial does what it says."""

import os
import re
import subprocess
import sys
import venv
from pathlib import Path

import pytest
from cli_world import Office
from test_readme import pattern, steps, typed

from kaoping.cases import read_cases, run_case
from kaoping.evaluation.compile import compile_scheme
from kaoping.insight.faults import faults
from kaoping.mutation import sensitivity
from kaoping.scheme.catalogue import base_catalogue, merge_catalogue
from kaoping.scheme.reader import read_scheme

ROOT = Path(__file__).parents[1]
TUTORIAL = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")


@pytest.fixture
def office(tmp_path):
    return Office(tmp_path, "en")


def test_a_new_scheme_passes_and_its_cases_notice_every_change(office):
    made = office.json("scheme", "new", "clean-lanes")
    folder = office.folder / made["folder"] / "kaoping_clean_lanes"
    text, cases = ((folder / f"clean-lanes{end}").read_text(encoding="utf-8") for end in (".yaml", ".cases.yaml"))
    scheme = read_scheme(text, "clean-lanes.yaml")
    plan = compile_scheme(scheme, merge_catalogue(base_catalogue(), [scheme]))
    read = read_cases(cases, "clean-lanes.cases.yaml")
    assert (made["cases"], [run_case(plan, case).differences for case in read]) == (7, [()] * 7)
    assert list(faults(plan)) == []
    assert sensitivity(plan, read).survivors == ()


def test_a_scheme_that_ships_is_a_start_too(office):
    made = office.json("scheme", "new", "our-stars", "--from", "harmonious-community-ten-star")
    text = (office.folder / made["folder"] / "kaoping_our_stars" / "our-stars.yaml").read_text(encoding="utf-8")
    assert "\nscheme: our-stars\n" in f"\n{text}"
    assert made["cases"] > 10


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["Clean"], "is no id for a scheme"),
        (["property-abcd"], "there is a scheme 'property-abcd' already"),
        (["lanes", "--from", "property-abc"], "property-abcd"),
    ],
)
def test_what_cannot_be_written_is_told(office, arguments, said):
    ran = office.run("scheme", "new", *arguments)
    assert (ran.code, said in ran.err) == (2, True), ran.err
    assert list(office.folder.glob("kaoping-*")) == []


def test_a_dry_run_writes_nothing_and_a_folder_that_is_there_is_left_alone(office):
    assert office.json("scheme", "new", "lanes", "--dry-run")["cases"] is None
    assert not (office.folder / "kaoping-lanes").exists()
    (office.folder / "kaoping-lanes").mkdir()
    assert office.run("scheme", "new", "lanes").code == 2


def test_the_pytest_plugin_runs_each_case_and_says_what_was_expected(office):
    office.json("scheme", "new", "lanes")
    folder = office.folder / "kaoping-lanes"
    file = folder / "kaoping_lanes" / "lanes.cases.yaml"
    run = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(run, cwd=folder, capture_output=True, text=True, check=False)
    assert "7 passed" in done.stdout, done.stdout
    text = file.read_text(encoding="utf-8").replace("grade: poor", "grade: fair")
    name = text.split("- case: ")[1].split()[0]
    unread = text.replace(f"- case: {name}\n", f"- case: {name}\n  confirmed: false\n")
    file.write_text(unread, encoding="utf-8")
    done = subprocess.run(run, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert re.search(r"lanes\.cases\.yaml:\d+:\d+: it grade: fair / poor", done.stdout), done.stdout
    assert "1 failed, 5 passed, 1 skipped" in done.stdout  # what nobody has confirmed proves nothing


def test_what_the_tutorial_says_to_type_prints_what_it_shows(tmp_path):
    pytest.importorskip("z3")
    for command, shown in steps(TUTORIAL):
        printed = typed(command, tmp_path, "en")
        assert re.fullmatch(pattern(shown), printed), f"$ {command}\n{printed}"


@pytest.mark.slow
@pytest.mark.skipif(not os.environ.get("KAOPING_SLOW"), reason="installs from the index; set KAOPING_SLOW=1")
def test_the_tutorial_does_what_it_says_in_a_clean_environment(tmp_path):
    place = tmp_path / "venv"
    venv.create(place, with_pip=True, symlinks=os.name != "nt")
    programs = place / ("Scripts" if os.name == "nt" else "bin")
    pip = [programs / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    subprocess.run([*pip, f"{ROOT}[prover]"], check=True, env=clean, cwd=tmp_path)
    folder = tmp_path / "work"
    folder.mkdir()
    assert typed("which kaoping", folder, "en", programs).strip() == str(programs / "kaoping")
    for command, shown in steps(TUTORIAL):
        printed = typed(command, folder, "en", programs)
        assert re.fullmatch(pattern(shown), printed), f"$ {command}\n{printed}"
