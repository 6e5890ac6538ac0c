"""What changed between two editions: a line for each rule, old beside new."""

from __future__ import annotations

from typing import Any

from kaoping_cli.console import out, terminal_width, wrap
from kaoping_cli.words import state, title, word

SIGNS = {"added": "+", "removed": "-", "changed": "*", "reordered": "↕"}


def differing(data: dict[str, Any]) -> None:
    """Part by part."""
    for key in ("first", "second"):
        one = data[key]
        edition = word("edition", edition=one["edition"])
        out(f"{word(f'diff-{key}')} {title(one['title'], one['id'])} [{one['id']}]  {edition}")
    if data["same"]:
        out()
        out(word("diff-same"))
    _parts(data["parts"])
    for section in data["roll_ups"]:
        out()
        out(word("section-rolled-up", type=title(section["title"], section["id"])))
        _parts(section["parts"])


def _parts(parts: dict[str, Any]) -> None:
    for part, found in parts.items():
        out()
        out(state("section", part))
        for one in found:
            _rule(one)


def _rule(one: dict[str, Any]) -> None:
    sign = SIGNS[one["change"]]
    if one["change"] == "reordered":
        _line(f"{sign} {word('diff-order', names=word('comma').join(one['order']))}", 2)
        return
    _line(f"{sign} {title(one['title'], one['id'])} [{one['id']}]", 2)
    for change in one.get("changes", ()):
        before, after = (_shown(change[when]) for when in ("before", "after"))
        _line(f"{change['key']}{word('colon')}{before} → {after}", 6)


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        if "aloud" in value:
            return str(value["aloud"])
        if "zh" in value:
            return title(value)
        return word("comma").join(f"{key} {_shown(one)}" for key, one in value.items())
    if isinstance(value, list):
        return word("comma").join(map(_shown, value)) or "-"
    return "-" if value in (None, "") else str(value)


def _line(text: str, indent: int) -> None:
    for position, line in enumerate(wrap(text, terminal_width() - indent - 2)):
        out(" " * (indent + (2 if position else 0)) + line)
