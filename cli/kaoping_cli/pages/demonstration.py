"""What the demonstration found, for somebody who sees it for the first time."""

from __future__ import annotations

import sys
from shutil import which
from typing import Any

from kaoping_cli.console import out, table, terminal_width
from kaoping_cli.pages import evaluation, explanation, ledger, ranking, rounds
from kaoping_cli.words import title, word, words

SHOWN = "property-abcd"


def shown(data: dict[str, Any]) -> None:
    """The county, or only the files."""
    if "evaluations" not in data:
        out(word("files-written", count=len(data["files"]), folder=data["folder"]))
        out(word("files-next", folder=data["folder"]))
        return
    _chapter("demo-evaluated", rows=data["imported"]["written"], files=data["imported"]["files"])
    _evaluations(data["evaluations"])
    year = data["ranking"]
    _chapter("demo-ranking", title=title(year["title"]), period=year["period"])
    ranking.print_rows(year, year["head"])
    out("  ...")
    ranking.print_rows(year, year["tail"])
    _chapter("demo-explained", subject=data["explained"]["title"])
    explanation.one(data["explained"], brief=True)
    _chapter("demo-ledger", company=data["ledger"][0]["title"])
    for position, day in enumerate(data["ledger"]):
        if position:
            out()
        ledger.in_force(day, points_only=position > 0)
    _chapter("demo-rest", count=sum(one["evaluated"] for one in data["rest"]))
    for one in data["rest"]:
        rounds.lines(one)
        out()
    _chapter("demo-next", folder=data["folder"])
    facts = {"kaoping": _program(), "db": data["database"], "folder": data["folder"]}
    for line in word("demo-commands", **facts).split("\n"):
        out(f"  {line}")


def _program() -> str:
    """How the command is called here: by its name where the shell finds it, else as it was just called."""
    return "kaoping" if which("kaoping") else sys.argv[0]


def _evaluations(found: list[dict[str, Any]]) -> None:
    rows = [
        [
            title(one["title"], one["scheme"]),
            one["period"],
            str(one["subjects"]),
            "  ".join(evaluation.counted(one["grades"], one["titles"])),
            str(one["opinions"]),
            one["result_digest"][:12],
            one["published_on"],
        ]
        for one in found
    ]
    heads = words("head-scheme", "head-period", "head-subjects", "head-grades", "head-opinions", "head-digest")
    for line in table([*heads, word("head-published")], rows, right=[2, 4]):
        out(line)
    for one in found:
        for kind in dict.fromkeys(parent["type"] for parent in one["rolled_up"]):
            members = [parent for parent in one["rolled_up"] if parent["type"] == kind]
            names = [f"{parent['title']} {evaluation.grade_of(parent, one['titles'])}" for parent in members]
            out(f"{title(one['titles']['types'].get(kind), kind)}{word('colon')}{word('comma').join(names)}")
    for note in dict.fromkeys(note for one in found for note in one["notes"]):
        out(word("note", message=note))


def _chapter(key: str, **facts: Any) -> None:
    out()
    out(f"── {word(key, **facts)} ".ljust(terminal_width() // 2, "─"))
    out()
