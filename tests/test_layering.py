"""Who imports whom: the table of floors in docs/architecture.md, held by reading every import."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from docs_examples import page, table_rows

from kaoping.store.migrations import TABLES

ROOT = Path(__file__).parent.parent
ROOTS = ("core", "cli", "plugins", "schemes")
FILES = sorted(path for root in ROOTS for path in (ROOT / root).rglob("*.py"))
PURE = ("facts", "scheme", "evaluation", "consequences", "insight")
EDGE = {"os", "pathlib", "time", "random", "secrets", "tempfile", "socket", "subprocess", "locale"}
NOW = {"today", "now", "utcnow", "time"}


def name_of(path):
    """A file's module."""
    root = next(ROOT / root for root in ROOTS if path.is_relative_to(ROOT / root))
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def floor(module):
    """The package a module counts as: of kaoping the part below it; all of schemes/ as one."""
    first, _, rest = module.partition(".")
    if (ROOT / "schemes" / first).is_dir():
        return "schemes"
    return rest.partition(".")[0] if first == "kaoping" else first


@cache
def parsed(path):
    """A file's tree."""
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def imports(path):
    """Every module a file imports, wherever the import stands."""
    return frozenset(_imports(path))


def _imports(path):
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            module = node.module or ""
            yield from (f"kaoping.{alias.name}" for alias in node.names) if module == "kaoping" else [module]


def allowed():
    """What each package may import, as the page says."""
    rows = [(re.findall(r"`(\w+)`", cells[0]), cells[2]) for cells in table_rows(page("architecture.md"), "floors")]
    above = [name for names, _ in rows for name in names]
    found = {}
    for names, text in rows:
        for name in names:
            before = above[: above.index(names[0])]
            listed = before if text == "everything above" else re.findall(r"\w+", text)
            assert set(listed) <= set(above), text
            found[name] = {*listed, name}
    return found


ALLOWED = allowed()


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_imports_only_what_its_floor_may(path):
    own = floor(name_of(path))
    if not own:  # the package kaoping itself, which holds a version and nothing else
        assert imports(path) == frozenset()
        return
    ours = {module for module in imports(path) if module.partition(".")[0].startswith("kaoping")}
    wrong = {module for module in ours if floor(module) not in ALLOWED[own] | {"__version__"}}
    assert wrong == set()


def test_every_package_has_its_floor():
    assert {floor(name_of(path)) for path in FILES} - {""} == set(ALLOWED)


def users(module):
    """The modules that import a library; of the store and the command line their package."""
    using = {name_of(path) for path in FILES if any(name.partition(".")[0] == module for name in imports(path))}
    whole = {
        "sqlite3": ("store", "kaoping_sql"),
        "typer": ("kaoping_cli",),
        "sqlglot": ("kaoping_sql",),
        "z3": ("kaoping_prover",),
    }.get(module, ())
    return {floor(name) if floor(name) in whole else name for name in using}


@pytest.mark.parametrize(
    ("module", "where"),
    [
        ("sqlite_utils", {"kaoping.store.migrations"}),
        ("sqlite3", {"store", "kaoping_sql", "kaoping.office.doctor"}),  # the doctor names the version of SQLite
        ("sqlglot", {"kaoping_sql"}),
        ("pluggy", {"kaoping.hookspecs"}),
        ("typer", {"kaoping_cli"}),
        ("pytest", {"kaoping.testing"}),
        ("z3", {"kaoping_prover"}),
        ("rich", {"kaoping_cli.progress"}),
        ("yaml", {"kaoping.scheme.document"}),
        ("jsonschema", {"kaoping.scheme.shape"}),
        ("platformdirs", {"kaoping.settings"}),
        ("durable", set()),  # it is loaded by its file, in a process of its own: see the next test
    ],
)
def test_a_library_is_known_in_one_place(module, where):
    assert users(module) == where


def test_durable_rules_is_loaded_in_one_module():
    loading = [
        name_of(path)
        for path in FILES
        if {"importlib.machinery", "durable", "durable_rules_engine"} & set(imports(path))
        and floor(name_of(path)) == "kaoping_durable"
    ]
    assert loading == ["kaoping_durable.child"]


@pytest.mark.parametrize(
    "path",
    [path for path in FILES if floor(name_of(path)) not in ("store", "office", "kaoping_sql")],
    ids=lambda path: path.name,
)
def test_only_the_store_and_the_sql_engine_speak_sql(path):
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\.execute(many|script)?\(|\b(SELECT|INSERT INTO|UPDATE|DELETE FROM|PRAGMA)\b .*", text)


@pytest.mark.parametrize(
    "path", [path for path in FILES if floor(name_of(path)) in PURE], ids=lambda path: str(path.relative_to(ROOT))
)
def test_the_pure_floors_read_no_clock_no_file_and_no_environment_and_make_no_float(path):
    assert {module.partition(".")[0] for module in imports(path)} & EDGE == set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Constant):
            assert not isinstance(node.value, float), f"line {node.lineno}: {node.value}"
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            assert called not in {*NOW, "open", "float", "print", "input"}, f"line {node.lineno}: {called}"


def test_the_tables_of_the_database_are_those_of_the_page():
    named = {
        name for cells in table_rows(page("architecture.md"), "tables") for name in re.findall(r"`(\w+)`", cells[0])
    }
    assert named == set(TABLES)
