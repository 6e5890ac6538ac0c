"""What the READMEs tell people to type, typed; what they show, compared with what is printed.

In a ``console`` block a line ``$ command`` is run (``> `` continues it) and the lines below it are what it prints;
``...`` alone on a line stands for any lines, within a line for any text.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROGRESS = re.compile(r"(…|\.\.\.)$")


def steps(text):
    """(command, what it prints) of every console block, in order."""
    found = []
    for block in re.findall(r"^```console\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            elif line.startswith("> ") or line == ">":
                found[-1] = (f"{found[-1][0]}\n{line[2:]}", found[-1][1])
            else:
                found[-1][1].append(line)
    return found


def pattern(lines):
    parts = []
    for line in lines:
        if line.strip() == "...":
            parts.append(r"(?:.*\n)*?")
        else:
            parts.append(".*".join(re.escape(part) for part in line.rstrip().split("...")) + r"[ ]*\n")
    return "".join(parts)


def typed(command, folder, language, bin_folder=Path(sys.executable).parent):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("KAOPING_")}
    environment |= {
        "KAOPING_LANG": language,
        "KAOPING_CONFIG": str(folder / ".config"),
        "KAOPING_CACHE": os.environ["KAOPING_CACHE"],
        "KAOPING_ACTOR": "li",
        "PYTHONIOENCODING": "utf-8",
        "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}",
    }
    environment.pop("COLUMNS", None)  # into a pipe a row of a table is one line
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, env=environment, capture_output=True, encoding="utf-8", check=False
    )
    told = [line for line in done.stderr.splitlines() if not PROGRESS.search(line)]
    return "".join(f"{line}\n" for line in [*done.stdout.removeprefix("\ufeff").splitlines(), *told])


@pytest.mark.parametrize(("file", "language"), [("README.md", "en"), ("README.zh.md", "zh")])
def test_what_the_readme_says_to_type_prints_what_it_shows(file, language, tmp_path):
    text = (ROOT / file).read_text(encoding="utf-8")
    for command, shown in steps(text):
        printed = typed(command, tmp_path, language)
        assert re.fullmatch(pattern(shown), printed), f"$ {command}\n{printed}"


def test_every_command_stands_in_the_readme():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    chinese = (ROOT / "README.zh.md").read_text(encoding="utf-8")
    commands = [
        "demo", "db init", "db check", "db backup", "template", "import", "fact show", "fact history", "fact void",
        "period close", "evaluate", "explain", "whatif", "improve", "fragile", "impact", "report rank",
        "publish", "event add", "ledger", "evaluation list",
        "evaluation show", "evaluation verify", "scheme list", "scheme show", "scheme check", "scheme test",
        "plugin list", "plugin install", "plugin remove", "plugin enable", "plugin disable", "doctor",
    ]  # fmt: skip
    for command in commands:
        assert re.search(rf"kaoping (--db \S+ )?{command}", text), command
        assert re.search(rf"kaoping (--db \S+ )?{command}", chinese), command
