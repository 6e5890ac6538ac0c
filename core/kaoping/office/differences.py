"""What changed between two editions of a scheme, or two schemes, part by part."""

from __future__ import annotations

from typing import Any

from kaoping.facts.types import Catalogue
from kaoping.office.aloud import Aloud
from kaoping.office.contents import contents
from kaoping.office.desk import Desk
from kaoping.office.schemes import catalogue_with, chosen, head
from kaoping.plugins import Plugins
from kaoping.scheme.model import Scheme

PARTS = ("parameters", "gates", "criteria", "measures", "bands", "vetoes", "cohort", "consequences", "decisions")
ROLLED_UP = ("criteria", "measures", "bands", "vetoes", "consequences")


def diff(desk: Desk, first: str, second: str) -> dict[str, Any]:
    """What the second of two schemes (ids or files) has otherwise than the first."""
    plugins = desk.plugins
    (old,), (new,) = chosen(plugins, first), chosen(plugins, second)
    before, after = (_contents(desk, plugins, one) for one in (old, new))
    parts = {part: found for part in PARTS if (found := _part(before[part], after[part]))}
    facts = _facts(old, new)
    rolled_up = _rolled_up(before["roll_ups"], after["roll_ups"])
    return {
        "first": head(old),
        "second": head(new),
        "parts": {**parts, **({"facts": facts} if facts else {})},
        "roll_ups": rolled_up,
        "same": not parts and not facts and not rolled_up,
    }


def _contents(desk: Desk, plugins: Plugins, scheme: Scheme) -> dict[str, Any]:
    catalogue: Catalogue = catalogue_with(plugins, scheme)
    return contents(scheme, Aloud(scheme, catalogue, desk.language), desk.today)


def _rolled_up(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What differs for each type that results are rolled up to."""
    old, new = ({one["id"]: one for one in sections} for sections in (before, after))
    found = []
    for kind, section in (old | new).items():
        rules = [(part, *(side.get(kind, {}).get(part, []) for side in (old, new))) for part in ROLLED_UP]
        if parts := {part: changed for part, first, second in rules if (changed := _part(first, second))}:
            found.append({"id": kind, "title": section["title"], "parts": parts})
    return found


def _part(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What is added, taken out and changed, in the order of the second and then the first."""
    old, new = ({one.get("id") or one["grade"]: one for one in rules} for rules in (before, after))
    found: list[dict[str, Any]] = []
    for name, rule in new.items():
        if name not in old:
            found.append({"id": name, "title": rule.get("title"), "change": "added", "rule": rule})
        elif changes := _changes(old[name], rule):
            found.append({"id": name, "title": rule.get("title"), "change": "changed", "changes": changes})
    for name, rule in old.items():
        if name not in new:
            found.append({"id": name, "title": rule.get("title"), "change": "removed", "rule": rule})
    common = [name for name in new if name in old]
    if common != [name for name in old if name in new]:
        found.append({"id": "", "title": None, "change": "reordered", "order": common})
    return found


def _changes(old: dict[str, Any], new: dict[str, Any]) -> list[dict[str, Any]]:
    keys = dict.fromkeys([*old, *new])
    return [{"key": key, "before": old.get(key), "after": new.get(key)} for key in keys if old.get(key) != new.get(key)]


def _facts(old: Scheme, new: Scheme) -> list[dict[str, Any]]:
    """Facts and registers that are declared otherwise."""
    found: list[dict[str, Any]] = []
    for kind in ("facts", "records"):
        before: dict[str, Any] = {name: _declared(kind, one) for name, one in getattr(old, kind).items()}
        after: dict[str, Any] = {name: _declared(kind, one) for name, one in getattr(new, kind).items()}
        for name in dict.fromkeys([*after, *before]):
            if before.get(name) != after.get(name):
                change = "added" if name not in before else "removed" if name not in after else "changed"
                known = (getattr(new, kind).get(name) or getattr(old, kind).get(name),)
                found.append({"id": name, "title": _title(kind, known[0]), "change": change, "changes": []})
    return found


def _declared(kind: str, one: Any) -> Any:
    return (one.of, one.type, one.assume) if kind == "facts" else one[:2]


def _title(kind: str, one: Any) -> dict[str, str] | None:
    declared = one.type if kind == "facts" else one[1]
    return None if declared is None else {"zh": declared.title.zh, "en": declared.title.en}
