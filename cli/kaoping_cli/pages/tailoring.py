"""A tailoring: what it changes, and whom it moves."""

from __future__ import annotations

from typing import Any

from kaoping_cli.console import definitions, out, table
from kaoping_cli.pages import evaluation
from kaoping_cli.pages.evaluation import grade_of, score
from kaoping_cli.pages.values import amount
from kaoping_cli.words import title, word, words

MOST = 20


def named(data: dict[str, Any] | None) -> None:
    """Whose tailoring it is, where there is one."""
    if data is not None:
        since, until = data["in_force"]
        facts = {name: data[name] for name in ("authority", "document")}
        out(
            word("tailoring-head", name=title(data["title"], data["id"]), since=since or "", until=until or "", **facts)
        )


def changes(data: dict[str, Any]) -> None:
    """Each value that stands in place of the scheme's own, and each criterion that is left out."""
    rows = [
        (title(one["title"], one["id"]), f"{_values(one, 'own')} → {_values(one, 'values')}")
        for one in data["parameters"]
    ]
    rows += [(title(one["title"], one["id"]), word("left-out-criterion")) for one in data["left_out"]]
    for line in definitions(rows):
        out(line)


def evaluated(data: dict[str, Any]) -> None:
    """A tailored evaluation, and whose grade is another than it would be without the tailoring."""
    evaluation.evaluated(data)
    found = data["compared"]
    out()
    out(word("compared", count=found["subjects"], moved=found["moved"], graded=found["graded_otherwise"]))
    rows = [
        [one["subject"], one["title"], _told(one["original"], data["titles"]), _told(one["tailored"], data["titles"])]
        for one in found["differ"]
        if one["graded_otherwise"]
    ]
    if rows:
        for line in table(words("head-subject", "head-title", "head-original", "head-tailored"), rows[:MOST]):
            out(line)
    if len(rows) > MOST:
        out(word("more-of-them", count=len(rows) - MOST))


def _values(one: dict[str, Any], name: str) -> str:
    return word("semicolon").join(
        (word("since-day", day=dated["from"]) if dated["from"] else "") + amount(dated["value"]) + one["unit"]
        for dated in one[name]
    )


def _told(one: dict[str, Any], titles: dict[str, Any]) -> str:
    points = score(one)
    return grade_of(one, titles) if points == "-" else f"{grade_of(one, titles)} {points}"
