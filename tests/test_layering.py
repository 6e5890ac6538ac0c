"""Each floor imports only floors below it; nothing imports a plugin."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CORE = ROOT / "core" / "kaoping"
PLUGINS = ("kaoping_durable", "kaoping_drugs", "kaoping_health", "kaoping_property", "kaoping_stars")
# what each floor of core may import besides itself
GROUND = {"errors", "texts"}
FLOORS = {
    "errors": {"texts"},
    "texts": set(),
    "facts": GROUND,
    "scheme": GROUND | {"facts"},
    "evaluation": GROUND | {"facts", "scheme"},
    "consequences": GROUND | {"facts", "scheme", "evaluation"},
    "insight": GROUND | {"facts", "scheme", "evaluation"},
    "cases": GROUND | {"facts", "scheme", "evaluation", "consequences"},
    "intake": GROUND | {"facts", "scheme"},
    "store": GROUND | {"facts", "scheme", "evaluation", "consequences"},
}
BESIDE = {"hookspecs", "settings", "distributions", "archives", "outside", "plugins", "install"}
FLOORS |= {module: GROUND | {"facts", "scheme", "evaluation"} | BESIDE for module in BESIDE}


def imported(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def floor_of(module):
    parts = module.split(".")
    return parts[1] if parts[0] == "kaoping" and len(parts) > 1 else ""


@pytest.mark.parametrize("floor", sorted(FLOORS))
def test_a_floor_imports_only_floors_below_it(floor):
    files = [CORE / f"{floor}.py"] if (CORE / f"{floor}.py").exists() else sorted((CORE / floor).rglob("*.py"))
    assert files
    for file in files:
        floors = {floor_of(name) for name in imported(file)} & (FLOORS.keys() | {"office", "demo"})
        assert floors <= FLOORS[floor] | {floor}, file


def test_nothing_but_entry_points_names_a_plugin():
    for folder in ("core", "cli"):
        for file in (ROOT / folder).rglob("*.py"):
            assert not [name for name in imported(file) if name.split(".")[0] in PLUGINS], file


def test_core_does_not_know_the_command_line():
    for file in CORE.rglob("*.py"):
        assert not [name for name in imported(file) if name.split(".")[0] in ("kaoping_cli", "typer", "rich")], file


def test_the_command_line_asks_only_the_office():
    allowed = {"office", "errors", "texts", "intake", ""}  # intake: how a cell is kept from being a formula
    for file in (ROOT / "cli").rglob("*.py"):
        assert {floor_of(name) for name in imported(file) if name.startswith("kaoping.")} <= allowed | {"__version__"}


def test_each_outside_library_is_imported_in_few_places():
    def where(library):
        return {
            str(file.relative_to(ROOT))
            for folder in ("core", "cli", "plugins", "schemes")
            for file in (ROOT / folder).rglob("*.py")
            if any(name.split(".")[0] == library for name in imported(file))
        }

    assert where("sqlite_utils") == {"core/kaoping/store/migrations.py"}
    assert where("jsonschema") == {"core/kaoping/scheme/shape.py"}
    assert where("yaml") == {"core/kaoping/scheme/document.py"}
    assert where("rich") == {"cli/kaoping_cli/progress.py"}
    assert where("pluggy") == {"core/kaoping/hookspecs.py"}
