"""What is known of a subject, how it came to be, and acts on it."""

from __future__ import annotations

from typing import Any

from kaoping_cli.console import out, table
from kaoping_cli.words import state, title, word, words


def known(data: dict[str, Any]) -> None:
    """Values, registers and relations of a subject, each with where it comes from."""
    out(f"{data['title']}  [{data['subject']}]  {title(data['type_title'])}{_span(data)}")
    if data["values"]:
        rows = [
            [title(one["title"], one["fact"]), _at(one), _shown(one["value"]), one["source"] or "-", *_by(one)]
            for one in data["values"]
        ]
        _table(words("head-fact", "head-at", "head-value", "head-source", "head-actor", "head-known"), rows)
    if data["records"]:
        rows = [
            [title(one["title"], one["record"]), one["no"], _fields(one["fields"]), one["source"] or "-", *_by(one)]
            for one in data["records"]
        ]
        _table(words("head-record", "head-no", "head-fields", "head-source", "head-actor", "head-known"), rows)
    if data["registers"]:
        rows = [
            [title(one["title"], one["record"]), one["complete_through"], one["stated_by"], *_by(one)]
            for one in data["registers"]
        ]
        _table(words("head-register", "head-complete", "head-stated", "head-actor", "head-known"), rows)
    if data["relations"]:
        rows = [
            [
                title(one["relation_title"], one["relation"]),
                one["subject"],
                one["to"],
                one["title"],
                one["since"] or "",
                one["until"] or "",
            ]
            for one in data["relations"]
        ]
        _table(words("head-relation", "head-from", "head-to", "head-title", "head-since", "head-until"), rows)
    if not any(data[kind] for kind in ("values", "records", "registers", "relations")):
        out(word("nothing-known"))


def history(data: dict[str, Any]) -> None:
    """Every version, earliest first."""
    out(f"{data['title']}  [{data['subject']}]")
    rows = [
        [
            title(one["title"], one["fact"]),
            one["at"],
            _fields(one["value"]) if isinstance(one["value"], dict) else _shown(one["value"]),
            _state(one),
            one["actor"],
            one["known_at"][:16].replace("T", " "),
            str(one["batch"]),
            one["reason"] or one["source"] or "-",
        ]
        for one in data["versions"]
    ]
    heads = words("head-fact", "head-at", "head-value", "head-state", "head-actor", "head-known", "head-batch")
    if rows:
        _table([*heads, word("head-why")], rows)
    else:
        out(word("nothing-known"))


def voided(data: dict[str, Any]) -> None:
    """An import undone."""
    rows = word("comma").join(f"{state('table', table)} {count}" for table, count in data["rows"].items())
    facts = {"batch": data["batch"], "source": data["source"], "rows": rows, "by": data["voided_by"]}
    out(word("voided-dry" if data["dry_run"] else "voided", **facts))


def closed(data: dict[str, Any]) -> None:
    """Entry closed."""
    facts = {"title": title(data["title"], data["scheme"]), "period": data["period"], "by": data["closed_by"]}
    key = "closed-before" if data["closed_before"] else "closed-dry" if data["dry_run"] else "closed"
    out(word(key, **facts))
    if data["early"] and not data["closed_before"]:
        out(word("closed-early", period=data["period"]))


def _table(heads: list[str], rows: list[list[str]]) -> None:
    out()
    for line in table(heads, rows):
        out(line)


def _at(one: dict[str, Any]) -> str:
    return f"{one['at']} {title(one['item_title'], one['item'])}".strip()


def _by(one: dict[str, Any]) -> list[str]:
    return [one["actor"], one["known_at"][:16].replace("T", " ")]


def _shown(value: str) -> str:
    return {"true": word("yes"), "false": word("no"), "never": word("never")}.get(value, value)


def _fields(fields: dict[str, str]) -> str:
    return word("comma").join(f"{name}={_shown(value)}" for name, value in fields.items())


def _state(one: dict[str, Any]) -> str:
    ended = one["ended_by"]
    return state("fact", one["state"]) + (word("by-batch", batch=ended["batch"]) if ended else "")


def _span(data: dict[str, Any]) -> str:
    since, until = data["since"], data["until"]
    return f"  {since or ''}..{until or ''}" if since or until else ""
