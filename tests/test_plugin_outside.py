"""A plugin of somebody else's, built, installed and used in an environment of its own, by the installed command."""

import hashlib
import json
import os
import subprocess
import sys
import sysconfig
import tomllib
import venv
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"

SHIPPED = sorted(tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["entry-points"]["kaoping"])

TEA_HOUSES = {
    "subjects.csv": "subject,type,title\nheping,tea_house,和平茶馆\nlaojie,茶馆,老街茶馆\n",
    "卫生.csv": "subject,period,hygiene_score\nheping,2025Q1,88\nheping,2025Q3,96\nlaojie,2025Q2,99\n",
    "满意度.csv": "对象编号,周期,茶客满意度得分\nheping,2025,90\nlaojie,2025,99\n",
    "gambling_case.csv": "subject,record_no,happened_on,confirmed\nlaojie,1,2025-05-02,是\n",
    "registers.csv": "subject,record,complete_through,stated_by\n"
    "heping,聚众赌博,2025-12-31,派出所\nlaojie,聚众赌博,2025-12-31,派出所\n",
    "closings.csv": "scheme,period,closed_by\nmodel-tea-house,2025,李主任\n",
}
ESTATES = {
    "subjects.csv": "subject,type,title\ncuiyuan,estate,翠园\nlonghu,estate,龙湖\n",
    "scores.csv": "subject,period,annual_group_score,annual_satisfaction_score\n"
    "cuiyuan,2025,90,90\nlonghu,2025,75,75\n",
    "closings.csv": "scheme,period,closed_by\nproperty-abcd,2025,李主任\n",
}

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
            "KAOPING_CACHE": str(self.folder / "cache"),
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
        return done.stdout

    def json(self, *arguments: str, code: int = 0) -> dict:
        """What the command prints with ``--json``."""
        return json.loads(self.run(*arguments, "--json", code=code))

    def enter(self, tables: dict[str, str]) -> None:
        """Import these tables."""
        (self.folder / "facts").mkdir()
        for name, text in tables.items():
            (self.folder / "facts" / name).write_text(text, encoding="utf-8")
        self.run("import", "facts")

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


@pytest.fixture
def site(environment) -> Path:
    """Where the environment keeps what is installed."""
    return next(environment.parents[1].rglob("kaoping/plugins.py")).parents[1]


def test_an_outside_scheme_is_installed_enabled_used_and_removed(office, wheels):
    assert {plugin["verified"] for plugin in office.json("plugin", "list")["plugins"]} == {True}
    told = office.json("plugin", "install", str(wheels["tea"]), "--dry-run")
    assert (told["dry_run"], told["plugins"]) == (True, ["tea-house"])
    assert [p["name"] for p in office.json("plugin", "list")["plugins"]] == SHIPPED

    told = office.json("plugin", "install", str(wheels["tea"]))
    assert (told["distribution"], told["version"], told["plugins"]) == ("kaoping-tea-house", "1.0", ["tea-house"])
    assert told["sha256"] == hashlib.sha256(wheels["tea"].read_bytes()).hexdigest()
    assert (office.plugin("tea-house")["status"], office.plugin("tea-house")["schemes"]) == ("inactive", [])
    assert "model-tea-house" not in office.run("scheme", "list")

    office.run("plugin", "enable", "tea-house")
    found = office.plugin("tea-house")
    assert (found["status"], found["verified"], found["schemes"]) == ("active", True, ["model-tea-house"])
    assert "model-tea-house" in office.run("scheme", "list")

    office.run("db", "init")
    office.enter(TEA_HOUSES)
    told = office.json("evaluate", "model-tea-house", "-p", "2025")
    grades = {one["subject"]: (one["score"], one["raw_grade"], one["grade"]) for one in told["results"]}
    assert grades == {"heping": ("91.2", "model", "model"), "laojie": ("99", "model", "unsound")}
    number = str(told["evaluation"])
    office.run("publish", number, "--on", "2026-01-15")
    shown = office.json("evaluation", "show", number)
    assert shown["versions"]["kaoping-tea-house"] == "1.0"
    ledger = office.json("ledger", "--of", "heping", "--on", "2026-02-01")
    assert [(entry["consequence"], entry["status"]) for entry in ledger["entries"]] == [("plaque", "active")]

    office.run("plugin", "remove", "tea-house")
    assert [p["name"] for p in office.json("plugin", "list")["plugins"]] == SHIPPED
    assert "model-tea-house" not in office.run("scheme", "list")
    assert office.json("evaluation", "show", number) == shown
    assert office.json("ledger", "--of", "heping", "--on", "2026-02-01") == ledger


def test_one_changed_byte_stops_an_installed_plugin(office, wheels, site):
    office.run("plugin", "install", str(wheels["tea"]))
    office.run("plugin", "enable", "tea-house")
    scheme = site / "kaoping_tea_house/model-tea-house.yaml"
    scheme.write_text(scheme.read_text(encoding="utf-8").replace("value: 90", "value: 80"), encoding="utf-8")
    found = office.plugin("tea-house")
    assert (found["status"], found["schemes"]) == ("changed", [])
    assert found["problems"][0]["message"] == ("插件“tea-house”的文件在启用之后变了（kaoping-tea-house 1.0），没有运行")
    office.run("plugin", "install", str(wheels["tea"]))
    assert office.plugin("tea-house")["status"] == "active"
    office.run("plugin", "remove", "tea-house")


def test_a_broken_plugin_is_set_aside_and_can_be_removed(office, site):
    project = office.folder / "source"
    (project / "kaoping_broken").mkdir(parents=True)
    (project / "kaoping_broken/__init__.py").write_text("import nowhere_to_be_found\n", encoding="utf-8")
    (project / "pyproject.toml").write_text(
        """[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "kaoping-broken"
version = "1"

[project.entry-points.kaoping]
broken = "kaoping_broken"
""",
        encoding="utf-8",
    )
    office.run("plugin", "install", str(project))
    office.run("plugin", "enable", "broken")
    listed = office.json("plugin", "list")["plugins"]
    assert {p["name"]: p["status"] for p in listed} == {"broken": "set_aside", **dict.fromkeys(SHIPPED, "active")}
    place = site / "kaoping_broken/__init__.py"
    assert next(p for p in listed if p["name"] == "broken")["problems"][0] == {
        "code": "plugins.import-failed",
        "message": "插件“broken”无法载入：ModuleNotFoundError: No module named 'nowhere_to_be_found'",
        "where": f"{place}:1",
        "hint": "把这条信息告诉插件作者；暂不用它：kaoping plugin disable broken",
    }
    assert "property-abcd" in office.run("scheme", "list")
    office.run("plugin", "remove", "broken")
    assert not place.exists()
    assert json.loads((office.folder / "config/plugins.json").read_text(encoding="utf-8"))["enabled"] == {}


def test_an_author_uses_the_folder_where_it_is(office):
    folder = EXAMPLES / "kaoping-tea-house"
    told = office.json("plugin", "install", "--editable", str(folder))
    assert (told["path"], told["sha256"]) == (str(folder), "")
    office.run("plugin", "enable", "tea-house")
    found = office.plugin("tea-house")
    assert (found["status"], found["verified"], found["editable"]) == ("active", False, str(folder))
    office.run("plugin", "remove", "tea-house")
    assert [p["name"] for p in office.json("plugin", "list")["plugins"]] == SHIPPED


def test_where_an_outside_engine_differs_nothing_is_stored(office, wheels):
    office.run("db", "init")
    office.enter(ESTATES)
    office.run("plugin", "install", str(wheels["contrary"]))
    office.run("plugin", "enable", "contrary")
    told = office.json("evaluate", "property-abcd", "-p", "2025", code=4)
    [error] = told["errors"]
    assert error["code"] == "engines.differ"
    assert error["message"] == ("两个引擎对“longhu”的结论不同：规则 grade，参照引擎为 B，contrary 为 A；结果未保存")
    assert office.json("evaluation", "list")["evaluations"] == []
    office.run("plugin", "remove", "contrary")
    told = office.json("evaluate", "property-abcd", "-p", "2025")
    assert {one["subject"]: one["grade"] for one in told["results"]} == {"cuiyuan": "A", "longhu": "B"}
