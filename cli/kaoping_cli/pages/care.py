"""The database and the installation."""

from __future__ import annotations

from typing import Any

from kaoping_cli.console import out
from kaoping_cli.words import word

SIGNS = {"ok": "●", "note": "!", "bad": "×"}


def initialised(data: dict[str, Any]) -> None:
    """A new database."""
    out(word("init-dry" if data["dry_run"] else "init-done", path=data["database"]))
    if not data["dry_run"]:
        out(word("init-next"))


def checked(data: dict[str, Any]) -> None:
    """What was looked at in the database."""
    for fault in data["faults"]:
        out(f"  × {fault['message']} [{fault['code']}]")
    for one in data["frames"]:
        if one["same"] is not False:
            out(word("frame-same" if one["same"] else "frame-not-compared", **one))
    out(word("check-sound" if data["ok"] else "check-unsound", path=data["database"]))


def backed_up(data: dict[str, Any]) -> None:
    """A copy."""
    size = "" if data["bytes"] is None else word("kilobytes", count=-(-data["bytes"] // 1024))
    out(word("backup-dry" if data["dry_run"] else "backup-done", path=data["backup"], size=size))


def doctor(data: dict[str, Any]) -> None:
    """The state of the installation, a line each."""
    for line in data["findings"]:
        out(f" {SIGNS[line['state']]} {line['text']}")
        if line.get("hint"):
            out(f"   {word('hint', message=line['hint'])}")
