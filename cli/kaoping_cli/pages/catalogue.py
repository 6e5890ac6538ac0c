"""What may be known: facts and registers by subject type, and who reads them."""

from __future__ import annotations

from typing import Any

from kaoping_cli.console import out, terminal_width, wrap
from kaoping_cli.words import state, title, word


def listed(data: dict[str, Any]) -> None:
    """Every fact and register, one below another."""
    for kind in data["subject_types"]:
        counts = {"facts": len(kind["facts"]), "records": len(kind["records"])}
        out(word("catalogue-of", title=title(kind["title"]), type=kind["id"], **counts))
        for fact in kind["facts"]:
            _entry(fact, [fact["form"], *_often(fact), *_marks(fact)])
        for record in kind["records"]:
            fields = word("comma").join(_field(field) for field in record["fields"])
            _entry(record, [f"{word('catalogue-register')}{word('colon')}{fields}", *_marks(record)])
        out()
    out(word("catalogue-sum", **{name: data[name] for name in ("facts", "records", "schemes")}))


def _entry(one: dict[str, Any], about: list[str]) -> None:
    out(f"  {title(one['title'])}  {one['id']}")
    readers = word("comma").join(one["read_by"]) or word("catalogue-unread")
    for line in wrap(" · ".join([*about, readers]), terminal_width() - 6):
        out(f"      {line}")


def _often(fact: dict[str, Any]) -> list[str]:
    if fact["holds"]:
        return [word("catalogue-held")]
    steps = [title(step["title"]) or state("kind", step["id"]) for step in fact["for_each"]]
    return [word("catalogue-each", step=word("comma").join(steps))] if steps else []


def _marks(one: dict[str, Any]) -> list[str]:
    marks = [word("catalogue-optional")] if one.get("optional") else []
    marks += [word("catalogue-fed", scheme=one["fed_from"])] if one.get("fed_from") else []
    return marks + ([word("catalogue-shared")] if one["shared"] else [])


def _field(field: dict[str, Any]) -> str:
    unit = f"({field['unit']})" if field["unit"] else ""
    return f"{title(field['title'])}{unit}"
