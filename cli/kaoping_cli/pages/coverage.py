"""Kinds of rule: which schemes show them in worked cases, and which nobody shows."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby
from typing import Any

from kaoping_cli.console import definitions, out, terminal_width, wrap
from kaoping_cli.words import title, word


def counted(data: dict[str, Any]) -> None:
    """The kinds, each with the schemes that show it and in how many cases."""
    _page(data, lambda one: f"{one['scheme']} {len(one['cases'])}")


def named(data: dict[str, Any]) -> None:
    """The kinds, each with the cases that show it."""
    _page(data, lambda one: f"{one['scheme']} ({', '.join(case['case'] for case in one['cases'])})")


def _page(data: dict[str, Any], shown: Callable[[dict[str, Any]], str]) -> None:
    one_scheme = len(data["schemes"]) == 1
    kinds = [kind for kind in data["kinds"] if kind["schemes"] or not one_scheme]
    for _, group in groupby(kinds, key=lambda kind: kind["group"]):
        listed = list(group)
        out(title(listed[0]["group_title"]))
        rows = [(kind["kind"], f"{title(kind['title'])}{word('colon')}{_by(kind, shown)}") for kind in listed]
        for line in definitions(rows):
            out(line)
        out()
    cases, showing = (sum(scheme[key] for scheme in data["schemes"]) for key in ("cases", "cases_that_show"))
    out(word("coverage-sum", shown=data["shown"], kinds=len(data["kinds"]), cases=cases, showing=showing))
    if data["not_shown"] and not one_scheme:
        for line in wrap(word("coverage-gap", names=word("comma").join(data["not_shown"])), terminal_width()):
            out(line)


def _by(kind: dict[str, Any], shown: Callable[[dict[str, Any]], str]) -> str:
    return word("semicolon").join(map(shown, kind["schemes"])) or word("kind-not-shown")
