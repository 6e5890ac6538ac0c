"""What is in force for a subject on a day."""

from __future__ import annotations

from typing import Any

from kaoping_cli.console import out, table
from kaoping_cli.words import state, title, word, words


def event_added(data: dict[str, Any]) -> None:
    """An event on record, and what it changed."""
    of = f"{data['title']} [{data['of']}]" if data["of"] else word("scheme-event", scheme=data["scheme"])
    facts = {"kind": title(data["event_title"], data["kind"]), "of": of, "on": data["on"]}
    key = "event-unchanged" if data["unchanged"] else "event-dry" if data["dry_run"] else "event-done"
    out(word(key, number=data["event"], **facts))
    for note in data["notes"]:
        out(word("note", message=note))


def in_force(data: dict[str, Any], *, points_only: bool = False) -> None:
    """Points, then every entry with its life, or only those with points."""
    out(word("ledger-head", title=data["title"], of=data["of"], on=data["on"]))
    for account, points in data["points"].items():
        facts = {"name": title(data["accounts"].get(account), account), "net": data["net"][account]}
        out(word("ledger-points", added=points["added"], taken=points["taken"].lstrip("-"), **facts))
    if not data["entries"]:
        out(word("ledger-empty"))
        return
    rows = [
        [
            _named(entry),
            _cause(entry),
            _points(entry),
            state("entry", entry["status"]),
            _span(entry),
            _ended(entry),
            entry["clause"] or "-",
        ]
        for entry in data["entries"]
        if entry["points"] or not points_only
    ]
    heads = words("head-consequence", "head-cause", "head-points", "head-state", "head-life", "head-end", "head-clause")
    if rows:
        out()
        for line in table(heads, rows, right=[2]):
            out(line)
    if len(rows) < len(data["entries"]):
        out(word("ledger-more", count=len(data["entries"]) - len(rows)))


def _named(entry: dict[str, Any]) -> str:
    name = title(entry["title"], entry["consequence"])
    return word("step", name=name, step=title(entry["step"])) if entry["step"] else name


def _cause(entry: dict[str, Any]) -> str:
    at = entry["at"] or entry["period"]
    return f"{entry['subject_title'] or entry['subject']} {at}".strip()


def _points(entry: dict[str, Any]) -> str:
    return " ".join(f"{'' if value.startswith('-') else '+'}{value}" for value in entry["points"].values()) or ""


def _span(entry: dict[str, Any]) -> str:
    if entry["from"] is None:
        return word("not-started")
    text = f"{entry['from']} → {entry['until'] or ''}"
    due = word("due-provisional" if entry["due_provisional"] else "due", day=entry["due"]) if entry["due"] else ""
    return f"{text.strip()} {due}".strip()


def _ended(entry: dict[str, Any]) -> str:
    kind, _, name = (entry["ended_by"] or "").partition(" ")
    return word("ended-event", name=name) if kind == "event" else state("ended", kind) if kind else "-"
