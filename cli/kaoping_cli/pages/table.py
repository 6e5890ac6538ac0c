"""A decision table: as a file writes it, and as a sheet opens it."""

from __future__ import annotations

from typing import Any

from kaoping_cli.console import out, talk
from kaoping_cli.pages.plugins import problems
from kaoping_cli.words import word


def shown(data: dict[str, Any]) -> None:
    """The table as it stands, or would stand, in the scheme's file."""
    if _told(data):
        return
    out(f"{' ' * 4}table: |")
    for line in data["text"].splitlines():
        out(f"{' ' * 6}{line}")


def as_csv(data: dict[str, Any]) -> None:
    """The table as CSV."""
    if not _told(data):
        for line in data["csv"].splitlines():
            out(line)


def _told(data: dict[str, Any]) -> bool:
    """Say what is wrong, or what was written; is there no more to say?"""
    for note in data["notes"]:
        talk(word("note", message=note))
    problems(data["errors"])
    if data["errors"]:
        return True
    if data["file"] is not None:
        out(
            word("table-written-dry" if data["dry_run"] else "table-written", file=data["file"], rows=len(data["rows"]))
        )
    return data["file"] is not None
