"""Who hangs by a thread: the smallest change of one number that turns a grade."""

from __future__ import annotations

from typing import Any

from kaoping_cli.console import out, table
from kaoping_cli.pages import tailoring
from kaoping_cli.pages.evaluation import missing_fact
from kaoping_cli.pages.values import value_text
from kaoping_cli.words import title, word, words


def listed(data: dict[str, Any]) -> None:
    """One line for each number, the thinnest thread first."""
    names = data["titles"]
    edition = word("edition", edition=data["edition"])
    out(f"{title(data['title'], data['scheme'])}  {edition}  {data['period']}")
    tailoring.named(data["tailoring"])
    for note in data["notes"]:
        out(word("note", message=note))
    out(word("fragile-looked", subjects=data["subjects"], numbers=data["numbers"], within=data["within"]))
    if data["undecided"]:
        out(word("fragile-undecided", count=data["undecided"]))
    out()
    if not data["fragile"]:
        out(word("fragile-none"))
        return
    rows = []
    for one in data["fragile"]:
        at = one["item"] or one["at"]
        fact = missing_fact({"fact": one["fact"], "at": at if at != data["period"] else ""}, names)
        grades = [title(names["grades"].get(grade), grade) for grade in (one["grade"], *one["to"])]
        share = f"{value_text(one['share'])}%"
        moved = f"{value_text(one['value'])} → {value_text(one['becomes'])}"
        turned = f"{grades[0]} → {word('or').join(grades[1:])}"
        rows.append([one["subject"], one["title"], fact, moved, share, turned])
    heads = words("head-subject", "head-title", "head-fact", "head-change", "head-share", "head-grade")
    for line in table(heads, rows, right=[4]):
        out(line)
    out()
    out(word("fragile-count", subjects=len({one["subject"] for one in data["fragile"]})))
