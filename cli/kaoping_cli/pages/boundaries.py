"""Cases on the lines a scheme draws: what is put where, what moves, and which lines were not reached."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kaoping_cli.console import out, table, terminal_width, width_of, wrap
from kaoping_cli.pages.evaluation import missing_fact
from kaoping_cli.pages.values import value_text
from kaoping_cli.words import state, title, word, words

KINDS = ("edge", "other", "veto", "blank")
SIGNS = {"below": "<", "on": "=", "above": ">"}
MOST, WIDEST = 3, 48


def drawn(data: dict[str, Any]) -> None:
    """Whom they are drawn around, a table for each kind, and what is left open."""
    names = data["titles"]
    for base in data["bases"]:
        facts = {"standing": _grade(base["standing"], names), "subject": base["subject"], "case": base["case"]}
        out(word("boundaries-around" if base["case"] else "boundaries-around-proved", **facts))
        if not base["passes"]:
            out(word("boundaries-not-passing"))
    main = {one["type"]: (one["case"], one["subject"]) for one in data["bases"]}
    for one in data["probes"]:
        one["elsewhere"] = (one["case"], one["subject"]) not in main.values()
    for kind in KINDS:
        _section(kind, [one for one in data["probes"] if one["kind"].startswith(kind)], names)
    out()
    for one in data["probes"]:
        if "refused" in one:
            out(word("boundaries-refused", rule=one["rule"], why=one["refused"]))
        elif one["differs"]:
            out(word("boundaries-differ", **one["differs"]))
    for one in data["unreached"]:
        positions = word("comma").join(state("position", position) for position in one["positions"])
        key = "boundaries-no-veto" if one["kind"] == "veto" else "boundaries-unreached"
        why = word(f"boundaries-why-{one['why']}")
        for position, line in enumerate(
            wrap(word(key, rule=one["rule"], where=one["where"], positions=positions, why=why), terminal_width() - 8)
        ):
            out(f"  {'    ' if position else '？ '}{line}")
    out(word("boundaries-sum", **data["counts"]))
    if saved := data["saved"]:
        out(word("boundaries-saved-dry" if saved["dry_run"] else "boundaries-saved", **saved))


def _section(kind: str, probes: Sequence[dict[str, Any]], names: dict[str, Any]) -> None:
    rows = [_row(one, names) for one in probes if "refused" not in one]
    if not rows:
        return
    out()
    out(f"  {word(f'boundaries-{kind}')}")
    heads = words("head-rule", "head-limit", "head-facts", "head-moves", "head-grade")
    chosen = [0, 1, 2, 3, 4] if kind == "edge" else [0, 2, 3, 4]
    for line in table([heads[n] for n in chosen], [[row[n] for n in chosen] for row in rows], indent=4):
        out(line)


def _row(one: dict[str, Any], names: dict[str, Any]) -> list[str]:
    rule = one["rule"] or word("boundaries-all")
    line = ""
    if one["position"]:
        line = f"{value_text(one['value'])} {SIGNS[one['position']]} {value_text(one['limit'])}"
    if one["kind"] == "blank":
        rule = title(names["facts"].get(rule), rule)
    mark = "× " if one["differs"] else ""
    facts = _some([_change(change, names) for change in one["changes"]])
    if one["elsewhere"]:
        facts = f"{word('boundaries-of-case', case=one['case'], subject=one['subject'])}{facts}"
    return [f"{mark}{rule}", line, facts, _moves(one, names), _given(one, names)]


def _change(change: dict[str, Any], names: dict[str, Any]) -> str:
    if change["kind"] == "set":
        at = change["item"] or change["at"]
        name = missing_fact({"fact": change["fact"], "at": at if change["item"] or not at.isdigit() else ""}, names)
        return f"{name} = {word('whatif-blank') if change['after'] is None else value_text(change['after'])}"
    name = title(names["facts"].get(change["record"]), change["record"])
    if change["kind"] == "unstate":
        return word("boundaries-unstated", name=name)
    fields = word("comma").join(f"{field} {value_text(value)}" for field, value in change["fields"].items())
    return word(f"boundaries-{change['kind']}", name=name, fields=fields, no=change["no"])


def _moves(one: dict[str, Any], names: dict[str, Any]) -> str:
    """What comes out otherwise than of the base: criteria, vetoes, the state."""
    moved, told = one["moved"], []
    for row in moved.get("criteria", []):
        at = title(names["items"].get(row["at"]), row["at"])
        name = f"{title(names['criteria'].get(row['id']), row['id'])} {at}".strip()
        told.append(f"{name}{word('colon')}{state('outcome', row['after'])}")
    told += [title(names["vetoes"].get(veto), veto) for veto in one["vetoes"]]
    told += [f"+ {title(due['title'], due['id'])}" for due in moved.get("gained", [])]
    told += [f"- {title(due['title'], due['id'])}" for due in moved.get("lost", [])]
    told += [state("status", one["status"])] if "status" in moved else []
    return _some(told) or word("boundaries-nothing-else")


def _some(texts: list[str]) -> str:
    """So many of them that a line stays a line."""
    unique = [_cut(text) for text in dict.fromkeys(texts)]
    more = [word("boundaries-more", count=len(unique) - MOST)] if len(unique) > MOST else []
    return word("semicolon").join([*unique[:MOST], *more])


def _cut(text: str) -> str:
    """A text no wider than a column may be; all of it stands in the JSON."""
    if width_of(text) <= WIDEST:
        return text
    while width_of(text) >= WIDEST:
        text = text[:-1]
    return f"{text}…"


def _given(one: dict[str, Any], names: dict[str, Any]) -> str:
    if len(one["possible_grades"]) > 1:
        return word("or").join(_grade(grade, names) for grade in one["possible_grades"])
    return _grade(one["standing"], names)


def _grade(standing: str, names: dict[str, Any]) -> str:
    return title(names["grades"].get(standing), "") or state("gate", standing)
