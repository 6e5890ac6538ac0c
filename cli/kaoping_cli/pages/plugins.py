"""Plugins as a table, and what was changed about one."""

from __future__ import annotations

from typing import Any

from kaoping_cli.console import out, table
from kaoping_cli.words import state, word, words


def listed(data: dict[str, Any]) -> None:
    """Every plugin, then what is wrong with those set aside."""
    rows = [
        [
            plugin["name"],
            state("plugin", plugin["status"]),
            f"{plugin['distribution']} {plugin['version']}",
            _offers(plugin),
            word("verified") if plugin["verified"] else word("unverified") if plugin["status"] == "active" else "",
        ]
        for plugin in data["plugins"]
    ]
    for line in table(words("head-plugin", "head-status", "head-distribution", "head-offers", "head-files"), rows):
        out(line)
    for plugin in data["plugins"]:
        problems(plugin["problems"])
    if any(plugin["status"] == "inactive" for plugin in data["plugins"]):
        out()
        out(word("plugin-enable-next"))


def _offers(plugin: dict[str, Any]) -> str:
    """Engines by name; of schemes how many, as the list of schemes names them."""
    schemes = [word("offers-schemes", count=len(plugin["schemes"]))] if plugin["schemes"] else []
    return word("comma").join([*schemes, *plugin["engines"], *plugin["provers"]]) or "-"


def problems(errors: list[dict[str, Any]]) -> None:
    """Errors found on the way, each with its place and what to do."""
    for error in errors:
        where = f"{error['where']}: " if error.get("where") else ""
        out()
        out(word("problem", message=f"{where}{error['message']}", code=error["code"]))
        if error.get("hint"):
            out(word("hint", message=error["hint"]))


def changed(data: dict[str, Any]) -> None:
    """What was done to a plugin."""
    for line in data["messages"]:
        out(line)
