"""Ranking of a scheme's subjects, as a table and as CSV."""

from __future__ import annotations

import csv
import io
import sys
from typing import Any

from kaoping.intake.escape import escaped
from kaoping_cli.console import out, table
from kaoping_cli.pages.evaluation import grade_of, heading, score
from kaoping_cli.pages.values import value_text
from kaoping_cli.words import state, title, word, words


def ranked(data: dict[str, Any]) -> None:
    """Everybody in order, with flags and prizes."""
    out(heading(data))
    if data["ranked_by"]:
        out(word("ranked-on", name=title(data["ranked_by"]["title"], data["ranked_by"]["name"])))
    out()
    print_rows(data, data["ranking"])
    if data["unranked"]:
        out(word("unranked", count=data["unranked"]))


def print_rows(data: dict[str, Any], chosen: list[dict[str, Any]]) -> None:
    """A part of the ranking as a table."""
    heads = ["head-place", "head-subject", "head-title"]
    value = any(found["ranked_value"] is not None for found in chosen)
    names = words(*heads)
    if value:
        names.append(title(data["ranked_by"]["title"], data["ranked_by"]["name"]))
    names += words("head-score", "head-grade", "head-won")
    rows = []
    for found in chosen:
        row = [str(found["place"] or "-"), found["subject"], found["title"]]
        row += ["-" if found["ranked_value"] is None else value_text(found["ranked_value"])] if value else []
        rows.append([*row, score(found), grade_of(found, data["titles"]), won(found, data["titles"])])
    right = [0, 3, 4] if value else [0, 3]
    for line in table(names, rows, right=right):
        out(line)


def won(found: dict[str, Any], titles: dict[str, Any]) -> str:
    """The flags and prizes of a subject, in words."""
    parts = []
    for rule, windows in found["cohort"].items():
        for place in dict.fromkeys(_place(place) for place in windows.values()):
            if place is not None:
                when = [window[4:] or window for window, one in windows.items() if _place(one) == place]
                name = title(titles["cohort"].get(rule), rule) if place == "" else state("tier", place)
                parts.append(f"{name} {' '.join(when)}".strip())
    return word("comma").join(parts)


def as_csv(data: dict[str, Any]) -> None:
    """The ranking as CSV, every flag and prize in a column of its own."""
    columns = [(rule, window) for rule, windows in data["columns"].items() for window in windows]
    names = words("head-place", "head-subject", "head-title", "head-score", "head-raw", "head-grade", "head-state")
    heads = [
        *names,
        *(f"{title(data['titles']['cohort'].get(rule), rule)} {window}".strip() for rule, window in columns),
    ]
    value = any(found["ranked_value"] is not None for found in data["ranking"])
    if value:
        heads.insert(3, title(data["ranked_by"]["title"], data["ranked_by"]["name"]))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(heads)
    for found in data["ranking"]:
        row = [found["place"] or "", found["subject"], found["title"], score(found), found["raw_grade"] or ""]
        row += [found["grade"] or "", state("status", found["status"])]
        row += [_cell(found["cohort"].get(rule, {}).get(window)) for rule, window in columns]
        if value:
            row.insert(3, found["ranked_value"] or "")
        writer.writerow([escaped(str(cell)) for cell in row])
    mark = "\ufeff" if not sys.stdout.isatty() and "utf" in (sys.stdout.encoding or "").lower() else ""
    sys.stdout.write(mark + text.getvalue())


def _place(place: Any) -> str | None:
    """The tier won, an empty text for a place that is only won or not, or None."""
    if place in (False, None, "none"):
        return None
    return "open" if isinstance(place, dict) else "" if place is True else str(place)


def _cell(place: Any) -> str:
    name = _place(place)
    return "" if name is None else word("yes") if name == "" else state("tier", name)
