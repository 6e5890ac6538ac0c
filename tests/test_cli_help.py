"""Help: fast, in the user's language down to the last word, and importing nothing that it does not need."""

import re
import subprocess
import sys

import pytest
from cli_world import KAOPING, Office

from kaoping.texts import FOLDERS, say
from kaoping_cli.app import build, run

COMMANDS = [
    ["demo"],
    *[["db", name] for name in ("init", "check", "backup")],
    ["template"],
    ["import"],
    *[["fact", name] for name in ("show", "history", "catalogue", "void")],
    ["period", "close"],
    ["evaluate"],
    ["explain"],
    ["whatif"],
    ["improve"],
    ["fragile"],
    ["impact"],
    ["report", "rank"],
    ["publish"],
    ["event", "add"],
    ["ledger"],
    *[["evaluation", name] for name in ("list", "show", "verify")],
    *[["scheme", name] for name in ("list", "show", "new", "diff", "check", "test", "coverage", "table")],
    *[["plugin", name] for name in ("list", "install", "remove", "enable", "disable")],
    ["doctor"],
]
WRITES = [
    "db init",
    "db backup",
    "template",
    "import",
    "fact void",
    "period close",
    "evaluate",
    "publish",
    "event add",
    "impact",
]
WRITES += ["scheme check", "scheme new", "scheme table", "scheme test"]
WRITES += ["plugin install", "plugin remove", "plugin enable", "plugin disable"]


def help_of(capsys, monkeypatch, language, *path):
    monkeypatch.setenv("KAOPING_LANG", language)
    assert run([*path, "--help"]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("path", [[], *COMMANDS], ids=" ".join)
def test_every_page_of_help_is_in_the_language_asked_for(path, capsys, monkeypatch):
    chinese = help_of(capsys, monkeypatch, "zh", *path)
    assert chinese.startswith(f"用法：{' '.join(['kaoping', *path])} [选项]")
    words = set(
        re.findall(
            r"[A-Z]?[a-z]{3,}", re.sub(r"kaoping [a-z -]+|--[a-z-]+|[\w./*-]*\.\w+|\(.*?\)|（.*?）", "", chinese)
        )
    )
    left_over = {"Usage", "Options", "Arguments", "Commands", "Show", "this", "message", "and", "exit", "default"}
    assert not words & left_over
    assert "通用选项" in chinese
    english = help_of(capsys, monkeypatch, "en", *path)
    assert english.startswith(f"Usage: {' '.join(['kaoping', *path])} [OPTIONS]")
    assert "Common options" in english
    assert not re.search(r"[一-鿿]", english)
    assert "cli." not in chinese + english  # a key without a text would stand there as itself


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_command_takes_the_common_options_and_every_write_a_dry_run(path, capsys, monkeypatch):
    page = help_of(capsys, monkeypatch, "zh", *path)
    for option in ("--db FILE", "--actor NAME", "--json", "--help"):
        assert option in page
    assert ("--dry-run" in page) is (" ".join(path) in WRITES)


def test_the_root_lists_every_command_under_its_heading(capsys, monkeypatch):
    page = help_of(capsys, monkeypatch, "en")
    assert "Daily\n  demo" in page
    assert "evaluation  Stored evaluations (list, show, verify)" in page
    for path in COMMANDS:
        assert re.search(rf"\b{path[-1]}\b", page)


def test_daily_verbs_have_chinese_names_that_are_not_listed(capsys, monkeypatch):
    for name in (
        "导入",
        "模板",
        "评级",
        "测算",
        "说明",
        "公布",
        "台账",
        "体检",
        "演示",
        "设想",
        "提升",
        "临界",
        "影响",
    ):
        assert help_of(capsys, monkeypatch, "zh", name).startswith(f"用法：kaoping {name}")
    assert "导入 " not in help_of(capsys, monkeypatch, "zh")


def test_lines_of_help_stay_straight_beside_chinese(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    for line in help_of(capsys, monkeypatch, "zh", "evaluate").splitlines():
        assert sum(2 if ord(character) > 0x2E80 else 1 for character in line) <= 82


def test_help_imports_no_plugin_and_nothing_heavy(tmp_path):
    told = subprocess.run(
        [sys.executable, "-X", "importtime", KAOPING, "--help"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    ).stderr
    imported = {line.rsplit("|", 1)[1].strip() for line in told.splitlines() if line.startswith("import time:")}
    heavy = {"sqlite3", "sqlite_utils", "jsonschema", "yaml", "pluggy", "rich", "durable", "importlib.metadata"}
    assert not imported & heavy
    assert not {name for name in imported if name.split(".")[0].startswith(("kaoping_p", "kaoping_s", "kaoping_d"))}
    assert not {name for name in imported if name.startswith(("kaoping.office", "kaoping.store", "kaoping.scheme"))}


def test_the_version_is_told(tmp_path):
    from kaoping import __version__

    assert Office(tmp_path).run("--version").out == f"kaoping {__version__}\n"


def test_every_help_key_has_a_text_in_both_languages():
    import typer

    def keys(command):
        yield command.help or ""
        for parameter in command.params:
            yield getattr(parameter, "help", "") or ""
        for sub in getattr(command, "commands", {}).values():
            yield from keys(sub)

    for key in set(keys(typer.main.get_command(build()))) - {"", "Show this message and exit."}:
        for language in ("zh", "en"):
            assert not say(f"cli.{key}", language).startswith("cli."), key


def test_no_sentence_is_missing_from_either_language():
    import tomllib

    for file in FOLDERS[0].glob("*.toml"):
        for key, table in tomllib.loads(file.read_text(encoding="utf-8")).items():
            assert set(table) in ({"zh", "en"}, {"zh", "en", "hint_zh", "hint_en"}), f"{file.stem}.{key}"
            fields = {name: set(re.findall(r"\{(\w+)", text)) for name, text in table.items()}
            assert fields["zh"] == fields["en"], f"{file.stem}.{key}"


def test_what_is_printed_can_be_printed_on_a_gbk_console():
    import tomllib

    for file in FOLDERS[0].glob("*.toml"):
        for key, table in tomllib.loads(file.read_text(encoding="utf-8")).items():
            for text in table.values():
                assert text.encode("gbk").decode("gbk") == text, f"{file.stem}.{key}"
