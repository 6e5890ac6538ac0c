"""What if: the result under supposed facts beside the one there is, and whom it moves."""

from __future__ import annotations

from typing import Any

from kaoping_cli.console import out, table, terminal_width, wrap
from kaoping_cli.pages import tailoring
from kaoping_cli.pages.evaluation import grade_of, missing_fact, score, still_missing
from kaoping_cli.pages.values import value_text
from kaoping_cli.words import state, title, word, words

MOST_OTHERS = 20


def supposed(data: dict[str, Any]) -> None:
    """One scheme after the other."""
    out(f"{data['title']} [{data['subject']}]  {data['period']}")
    for one in data["schemes"]:
        out()
        _scheme(one)
    out()
    out(word("whatif-nothing-stored"))


def _scheme(data: dict[str, Any]) -> None:
    names = data["titles"]
    out(f"{title(data['scheme_title'], data['scheme'])}  {word('edition', edition=data['edition'])}")
    tailoring.named(data["tailoring"])
    for note in data["notes"]:
        out(word("note", message=note))
    for change in data["changes"]:
        _line(_change(change, names), 2)
    out()
    rows = [
        [word("head-grade"), grade_of(data["before"], names), grade_of(data["after"], names)],
        [word("head-score"), score(data["before"]), score(data["after"])],
        [word("head-state"), *(state("status", data[one]["status"]) for one in ("before", "after"))],
    ]
    for line in table(["", *words("head-before", "head-after")], rows, indent=2):
        out(line)
    moved = data["moved"]
    if not moved:
        _line(word("whatif-nothing-moves"), 2)
    _moves("whatif-criteria", moved.get("criteria", []), names, "criteria", "outcome")
    _moves("whatif-vetoes", moved.get("vetoes", []), names, "vetoes", "veto")
    _moves("whatif-measures", moved.get("values", []), names, "measures", "")
    _moves("whatif-places", moved.get("places", []), names, "cohort", "tier")
    _moves("whatif-ranks", moved.get("ranks", []), names, "cohort", "")
    _consequences(moved, 2)
    if data["after"]["missing"]:
        missing = dict.fromkeys(still_missing(item, names) for item in data["after"]["missing"])
        _line(word("still-missing", names=word("comma").join(missing)), 2)
    others(data["others"], names)


def others(found: list[dict[str, Any]], names: dict[str, Any]) -> None:
    """Everybody else who is moved; of those whose rank alone changes only how many."""
    ranked = [one for one in found if set(one["moved"]) == {"ranks"}]
    rest = [one for one in found if one not in ranked]
    if rest:
        out()
        out(word("whatif-others", count=len(rest)))
        for one in rest[:MOST_OTHERS]:
            _line(f"{one['title']} [{one['subject']}]{word('colon')}{word('semicolon').join(_told(one, names))}", 2)
        if len(rest) > MOST_OTHERS:
            _line(word("more-of-them", count=len(rest) - MOST_OTHERS), 2)
    if ranked:
        out()
        out(word("whatif-others-ranked", count=len(ranked)))


def _told(one: dict[str, Any], names: dict[str, Any]) -> list[str]:
    moved, told = one["moved"], []
    for key in ("grade", "score"):
        if key in moved:
            pair = {when: _grade(moved[key][when], names) for when in ("before", "after")}
            told.append(f"{word(f'head-{key}')} {pair['before']} → {pair['after']}")
    for place in moved.get("places", []):
        name = f"{title(names['cohort'].get(place['id']), place['id'])} {place['at']}".strip()
        told.append(f"{name} {_shown(place['before'], 'tier')} → {_shown(place['after'], 'tier')}")
    for sign, key in (("+", "gained"), ("-", "lost")):
        told += [f"{sign} {title(c['title'], c['id'])} {c['at']}".strip() for c in moved.get(key, [])]
    return told


def _grade(value: Any, names: dict[str, Any]) -> str:
    return title(names["grades"].get(value), "") or value_text(value) if isinstance(value, str) else value_text(value)


def _change(change: dict[str, Any], names: dict[str, Any]) -> str:
    if change["kind"] == "set":
        name = missing_fact({"fact": change["fact"], "at": change["item"] or ""}, names)
        at = change["at"] if change["at"] and not change["item"] else ""
        before = word("whatif-blank") if change["before"] is None else value_text(change["before"])
        after = word("whatif-blank") if change["after"] is None else value_text(change["after"])
        return word("whatif-set-line", name=f"{name} {at}".strip(), before=before, after=after)
    name = title(names["facts"].get(change["record"]), change["record"])
    fields = word("comma").join(f"{field} {value_text(value)}" for field, value in change["fields"].items())
    return word(f"whatif-{change['kind']}-line", name=name, fields=fields, no=change["no"])


def _moves(head: str, rows: list[dict[str, Any]], names: dict[str, Any], kind: str, states: str) -> None:
    if not rows:
        return
    out()
    out(f"  {word(head)}")
    for row in rows:
        at = title(names["items"].get(row["at"]), row["at"])
        name = f"{title(names[kind].get(row['id']), row['id'])} {at}".strip()
        _line(f"{name}{word('colon')}{_shown(row['before'], states)} → {_shown(row['after'], states)}", 4)


def _shown(value: Any, states: str) -> str:
    if states == "veto":
        return word("yes") if value else word("no") if value is False else word("whatif-open")
    if states == "tier" and isinstance(value, bool):
        return word("won") if value else word("whatif-not-won")
    if states == "tier" and value in (None, "none"):
        return word("whatif-not-won")
    if states and isinstance(value, str):
        return state(states, value)
    return value_text(value)


def _consequences(moved: dict[str, Any], indent: int) -> None:
    for sign, key in (("+", "gained"), ("-", "lost")):
        if moved.get(key):
            out()
            out(" " * indent + word(f"whatif-{key}"))
            for one in moved[key]:
                to = "" if one["to"] == ["subject"] else f" → {', '.join(one['to'])}"
                clause = f"〔{one['clause']}〕" if one["clause"] else ""
                _line(f"{sign} {title(one['title'], one['id'])} {one['at']}".rstrip() + to + clause, indent + 2)


def _line(text: str, indent: int) -> None:
    for position, line in enumerate(wrap(text, terminal_width() - indent - 2)):
        out(" " * (indent + (2 if position else 0)) + line)
