"""What other rules would do to past cases: the migration matrix, who gains and loses, by group, and a sweep."""

from __future__ import annotations

from typing import Any

from kaoping_cli.console import out, table
from kaoping_cli.pages import tailoring
from kaoping_cli.words import state, title, word, words

MOST = 15


def weighed(data: dict[str, Any]) -> None:
    """Everything in tables."""
    names = data["titles"]
    out(f"{title(data['title'], data['scheme'])}  {word('edition', edition=data['edition'])}")
    if data["other_edition"] != data["edition"]:
        out(word("impact-edition", edition=data["other_edition"]))
    if data["tailoring"]:
        tailoring.named(data["tailoring"])
        out(word(f"impact-tailored-{'-'.join(data['tailored'])}"))
    if data["engines"] not in ([], ["reference"]):
        out(word("impact-judged", engines=word("comma").join(data["engines"])))
    for name, value in data["parameters"].items():
        out(word("impact-parameter", name=title(data["parameter_titles"][name], name), value=value))
    for one in data["skipped"]:
        out(word("impact-skipped", period=one["period"], why=one["why"]))
    total = data["total"]
    if not total["cases"]:
        return
    out()
    if data["sweep"]:
        _sweep(data["sweep"], names)
        if not data["parameters"] and data["other_edition"] == data["edition"] and data["tailored"] != ["after"]:
            _picture(data)
            return
        out()
    out(word("impact-total", **total))
    out()
    _matrix(data, names)
    _consequences(data["consequences"], names)
    if len(data["periods"]) > 1:
        _tallies(word("impact-by-period"), [(one["period"], one) for one in data["periods"]])
    for group in data["groups"]:
        head = word("impact-by-group", group=title(group["title"], group["relation"]))
        _tallies(head, [(f"{one['of_title']} [{one['of']}]", one) for one in group["rows"]], group["more"])
    _moved(data["moved"], names, sum(total[key] for key in ("better", "worse", "other")))
    _picture(data)


def _grade(names: dict[str, Any], grade: str) -> str:
    return title(names["grades"].get(grade), state("gate", grade))


def _matrix(data: dict[str, Any], names: dict[str, Any]) -> None:
    heads = [_grade(names, grade) for grade in data["grades"]]
    rows = [
        [head, *(str(count) if count else "·" for count in counts)]
        for head, counts in zip(heads, data["matrix"], strict=True)
    ]
    for line in table([word("impact-now-then"), *heads], rows, right=range(1, len(heads) + 1), indent=2):
        out(line)


def _consequences(found: list[dict[str, Any]], names: dict[str, Any]) -> None:
    if found:
        rows = [
            [title(names["consequences"].get(one["id"]), one["id"]), str(one["gained"]), str(one["lost"])]
            for one in found
        ]
        out()
        for line in table(words("head-consequence", "head-gained", "head-lost"), rows, right=(1, 2), indent=2):
            out(line)


def _tallies(head: str, found: list[tuple[str, dict[str, Any]]], unnamed: int = 0) -> None:
    keys = ("cases", "better", "worse", "gained", "lost")
    moved = [entry for entry in found if any(entry[1][key] for key in keys[1:])]
    out()
    if not moved:
        out(f"{head}{word('colon')}{word('impact-nobody')}")
        return
    out(head)
    rows = [[name, *(str(one[key]) for key in keys)] for name, one in moved[:MOST]]
    for line in table(["", *words(*(f"head-{key}" for key in keys))], rows, right=range(1, 6), indent=2):
        out(line)
    if len(moved) > MOST:
        out(f"  {word('more-of-them', count=len(moved) - MOST + unnamed)}")


def _moved(found: list[dict[str, Any]], names: dict[str, Any], many: int) -> None:
    graded = [one for one in found if one["before"] != one["after"]]
    if graded:
        out()
        out(word("impact-moved", count=many))
        rows = [
            [one["period"], one["subject"], one["title"], _grade(names, one["before"]), _grade(names, one["after"])]
            for one in graded[:MOST]
        ]
        heads = words("head-period", "head-subject", "head-title", "head-before", "head-then")
        for line in table(heads, rows, indent=2):
            out(line)
        if many > MOST:
            out(f"  {word('more-of-them', count=many - MOST)}")


def _sweep(data: dict[str, Any], names: dict[str, Any]) -> None:
    grades = list(dict.fromkeys(grade for row in data["rows"] for grade in row["grades"]))
    order = [*(grade for grade in names["grades"] if grade in grades), *(g for g in grades if g not in names["grades"])]
    rows = [
        [f"{row['value']}{data['unit']}", *(str(row["grades"].get(grade, 0)) for grade in order)]
        + [str(row[key]) for key in ("better", "worse", "gained", "lost")]
        for row in data["rows"]
    ]
    heads = [title(data["title"], data["parameter"]), *(_grade(names, grade) for grade in order)]
    heads += words("head-better", "head-worse", "head-gained", "head-lost")
    for line in table(heads, rows, right=range(len(heads)), indent=2):
        out(line)


def _picture(data: dict[str, Any]) -> None:
    if data["picture"]:
        out()
        out(word("impact-picture-dry" if data["dry_run"] else "impact-picture", file=data["picture"]))
