"""A plugin of somebody else's, built, installed and used in an environment of its own, by the installed command."""

import json
import os
import subprocess
import sys
import sysconfig
import venv
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"

pytestmark = pytest.mark.slow


@dataclass
class Office:
    """A fresh Python environment with kaoping installed, and a folder to work in."""

    python: Path
    folder: Path

    def run(self, *arguments: str, code: int = 0) -> str:
        """Run the installed command; its standard output."""
        environment = {
            **{
                name: value for name, value in os.environ.items() if not name.startswith(("KAOPING_", "PYTHON", "PIP_"))
            },
            "KAOPING_CONFIG": str(self.folder / "config"),
            "KAOPING_DB": str(self.folder / "office.db"),
            "KAOPING_ACTOR": "李主任",
            "KAOPING_LANG": "zh",
            "PYTHONUTF8": "1",
        }
        command = [str(self.python.with_name("kaoping")), *arguments]
        done = subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, encoding="utf-8", check=False
        )
        assert done.returncode == code, f"{arguments}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout + (done.stderr if code else "")

    def json(self, *arguments: str, code: int = 0) -> dict:
        """What the command prints with ``--json``."""
        return json.loads(self.run(*arguments, "--json", code=code))

    def plugin(self, name: str) -> dict:
        """The plugin as `plugin list` shows it."""
        return next(plugin for plugin in self.json("plugin", "list")["plugins"] if plugin["name"] == name)


def build(project: Path, folder: Path) -> Path:
    """The project's wheel, built with what is installed here."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(project)]
    subprocess.run(command, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def wheels(tmp_path_factory) -> dict[str, Path]:
    """kaoping and the two examples, as wheels."""
    folder = tmp_path_factory.mktemp("wheels")
    projects = {
        "kaoping": ROOT,
        "tea": EXAMPLES / "kaoping-tea-house",
        "contrary": EXAMPLES / "kaoping-contrary-engine",
    }
    return {name: build(project, folder / name) for name, project in projects.items()}


@pytest.fixture(scope="module")
def environment(tmp_path_factory, wheels) -> Path:
    """A Python with kaoping installed; what kaoping needs is lent by the Python that runs the tests."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder / "venv", with_pip=False, symlinks=os.name != "nt")
    python = folder / "venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    ask = [str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    site = Path(subprocess.run(ask, check=True, capture_output=True, encoding="utf-8").stdout.strip())
    (site / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    pip = [str(python), "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--force-reinstall"]
    subprocess.run([*pip, str(wheels["kaoping"])], check=True, capture_output=True)
    return python


@pytest.fixture
def office(environment, tmp_path) -> Office:
    """The environment, with a configuration and a database of this test."""
    return Office(environment, tmp_path)


def test_an_outside_scheme_is_installed_enabled_used_and_removed(office, wheels):
    told = office.json("plugin", "install", str(wheels["tea"]))
    assert (told["distribution"], told["version"], told["plugins"]) == ("kaoping-tea-house", "1.0", ["tea-house"])
    assert (office.plugin("tea-house")["status"], office.plugin("tea-house")["schemes"]) == ("inactive", [])
    assert "model-tea-house" not in office.run("scheme", "list")

    office.run("plugin", "enable", "tea-house")
    found = office.plugin("tea-house")
    assert (found["status"], found["verified"], found["schemes"]) == ("active", True, ["model-tea-house"])
    assert "model-tea-house" in office.run("scheme", "list")

    office.run("plugin", "remove", "tea-house")
    assert [p["name"] for p in office.json("plugin", "list")["plugins"]] == ["drugs", "durable", "property", "stars"]
    assert "model-tea-house" not in office.run("scheme", "list")
