"""The cheapest way to a grade: what to raise, by how much, what it costs; or what forbids it."""

from __future__ import annotations

from typing import Any

from kaoping_cli.console import out, table, terminal_width, wrap
from kaoping_cli.pages import tailoring
from kaoping_cli.pages.evaluation import missing_fact
from kaoping_cli.pages.values import value_text
from kaoping_cli.words import title, word, words


def proposed(data: dict[str, Any]) -> None:
    """Every way, the cheapest first."""
    names = data["titles"]
    out(f"{data['title']} [{data['subject']}]  {data['period']}")
    out(f"{title(data['scheme_title'], data['scheme'])}  {word('edition', edition=data['edition'])}")
    tailoring.named(data["tailoring"])
    goal = title(names["grades"].get(data["to"]), data["to"])
    grade = title(names["grades"].get(data["grade"]), data["grade"] or word("undecided-short"))
    out(word("improve-from-to", grade=grade, goal=goal))
    if not data["closed"]:
        _line(word("improve-as-if-closed"))
    out()
    if data["status"] == "there":
        out(word("improve-there"))
    elif data["status"] == "open":
        _line(word("improve-open", why=data["why"] or word("improve-time")))
    elif data["status"] == "none":
        _against(data, names, goal)
    for number, way in enumerate(data["ways"], 1):
        _way(number, way, names)
    if len(data["ways"]) > 1:
        _line(word("improve-order"))
    _line(word("improve-nothing-stored"))


def _against(data: dict[str, Any], names: dict[str, Any], goal: str) -> None:
    facts = len({one["fact"] for one in data["may_move"]})
    _line(word("improve-none", goal=goal, facts=facts))
    for one in data["against"]:
        kinds = {"gate": "gates", "veto": "vetoes", "condition": "grades"}
        name = title(names[kinds[one["kind"]]].get(one["id"]), one["id"])
        _line(word(f"improve-against-{one['kind']}", name=name, words=one["words"]), 2)
    if not data["against"]:
        _line(word("improve-together"), 2)
    out()


def _way(number: int, way: dict[str, Any], names: dict[str, Any]) -> None:
    key = "improve-way" if way["certified"] else "improve-way-unproved"
    grade = title(names["grades"].get(way["grade"]), way["grade"])
    out(word(key, number=number, cost=value_text(way["cost"]), grade=grade))
    rows = []
    for change in way["changes"]:
        at = change["item"] or change["at"]
        shown = at if change["item"] or names["facts"].get(change["fact"]) is None or len(at) > 4 else ""
        name = missing_fact({"fact": change["fact"], "at": shown}, names)
        truth = change["kind"] == "boolean"
        before = word("whatif-blank") if change["before"] is None else _value(change["before"], truth)
        by = "" if truth else value_text(change["by"])
        rows.append([name, before, _value(change["after"], truth), by, value_text(change["costs"])])
    heads = words("head-fact", "head-before", "head-goal", "head-by", "head-cost")
    for line in table(heads, rows, right=(1, 2, 3, 4), indent=2):
        out(line)
    for sign, moved in (("+", "gained"), ("-", "lost")):
        for one in way["moved"].get(moved, []):
            _line(f"{sign} {title(one['title'], one['id'])} {one['at']}".rstrip(), 2)
    out()


def _value(text: str, truth: bool) -> str:
    return word("yes" if text == "1" else "no") if truth else value_text(text)


def _line(text: str, indent: int = 0) -> None:
    for position, line in enumerate(wrap(text, terminal_width() - indent - 2)):
        out(" " * (indent + (2 if position else 0)) + line)
