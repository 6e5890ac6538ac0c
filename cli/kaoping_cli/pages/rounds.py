"""A round: what came of every scheme, in one table."""

from __future__ import annotations

from typing import Any

from kaoping_cli.console import out, table, talk, terminal_width, wrap
from kaoping_cli.pages.evaluation import counted, tailored_by
from kaoping_cli.words import state, title, word, words

REASONS = ("period-does-not-fit", "not-in-force", "no-subjects")


def evaluated(data: dict[str, Any]) -> None:
    """One line a scheme, then what failed and what was left out."""
    if lines(data):
        out()
    for one in data["schemes"]:
        for error in one["errors"]:
            message = f"{error['where']}: {error['message']}" if error.get("where") else error["message"]
            talk(word("round-failed", scheme=one["scheme"], message=message, code=error["code"]))
            if error.get("hint"):
                talk(word("hint", message=error["hint"]))
        if one["state"] == "waiting":
            talk(word("round-waiting", scheme=one["scheme"], why=one["why"]))
    for reason in REASONS:
        names = [one["scheme"] for one in data["schemes"] if one["state"] == "left_out" and one["reason"] == reason]
        if names:
            told = word("round-left-out", count=len(names), why=state("why", reason))
            # who judges other periods is no news
            listed = "" if reason == REASONS[0] else word("colon") + word("comma").join(names)
            for line in wrap(told + listed, terminal_width()):
                out(line)
    out(word("round", **{key: data[key] for key in ("period", "evaluated", "failed", "waiting", "left_out")}))
    out(word("round-dry" if data["dry_run"] else "round-next"))


def lines(data: dict[str, Any]) -> int:
    """One line for each scheme that was to be evaluated; gives how many."""
    rows = [_row(one) for one in data["schemes"] if one["state"] != "left_out"]
    if rows:
        heads = words("head-scheme", "head-number", "head-subjects", "head-result", "head-open", "head-opinions")
        for line in table(heads, rows, right=[1, 2, 4, 5]):
            out(line)
    return len(rows)


def _row(one: dict[str, Any]) -> list[str]:
    name = title(one["title"], one["scheme"]) + tailored_by(one)
    if one["state"] != "evaluated":
        return [name, "", "", state("round-state", one["state"]), "", ""]
    undecided = one["subjects"] - one["statuses"].get("final", 0) - one["statuses"].get("not_assessed", 0)
    number = "-" if one["evaluation"] is None else str(one["evaluation"])
    found = word("comma").join(counted(one["grades"], one["titles"]))
    return [name, number, str(one["subjects"]), found, str(undecided), str(one["opinions"])]
