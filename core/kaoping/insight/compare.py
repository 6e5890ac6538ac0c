"""Two results of one subject side by side: what moved, what is gained and lost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kaoping.evaluation.result import Consequence, SubjectResult
from kaoping.facts.values import number_text

NO = (False, None, "none")
"""Outcomes of a cohort rule that are no place."""


def moved(before: SubjectResult, after: SubjectResult) -> dict[str, Any]:
    """What differs between two results of a subject, as JSON data; empty where nothing does.

    Keys: ``grade`` ``raw_grade`` ``score`` ``status`` ``possible_grades`` with before and after; ``criteria``,
    ``vetoes``, ``values``, ``places`` and ``ranks`` as lists of what moved; ``gained`` and ``lost`` consequences.
    """
    found: dict[str, Any] = {}
    for name in ("status", "raw_grade", "grade", "gate"):
        _differ(found, name, getattr(before, name), getattr(after, name))
    _differ(found, "score", _score(before), _score(after))
    _differ(found, "possible_grades", list(before.possible_grades), list(after.possible_grades))
    was, now = ({(f.criterion, f.at): f.outcome for f in one.findings} for one in (before, after))
    _differing(found, "criteria", was, now)
    held, holds = ({(v.veto, ""): v.holds for v in one.vetoes} for one in (before, after))
    _differing(found, "vetoes", held, holds)
    _differing(found, "values", _flat(before.values), _flat(after.values))
    _differing(found, "places", _flat(before.cohort), _flat(after.cohort))
    _differing(found, "ranks", _flat(before.ranks), _flat(after.ranks))
    old, new = (_due(one) for one in (before, after))
    for name, here, there in (("gained", new, old), ("lost", old, new)):
        if only := [here[key] for key in here if key not in there]:
            found[name] = only
    return found


def consequences_moved(before: SubjectResult, after: SubjectResult) -> tuple[list[str], list[str]]:
    """The ids of consequences gained and lost, one for each window or record they are due for."""
    old, new = ([(c.id, c.at, c.to) for c in one.consequences] for one in (before, after))
    return [key[0] for key in new if key not in old], [key[0] for key in old if key not in new]


def _differ(found: dict[str, Any], name: str, before: Any, after: Any) -> None:
    if before != after:
        found[name] = {"before": before, "after": after}


def _differing(
    found: dict[str, Any], name: str, before: Mapping[tuple[str, str], Any], after: Mapping[tuple[str, str], Any]
) -> None:
    keys = dict.fromkeys([*before, *after])
    moved = [
        {"id": key[0], "at": key[1], "before": before.get(key), "after": after.get(key)}
        for key in keys
        if before.get(key) != after.get(key)
    ]
    if moved:
        found[name] = moved


def _flat(nested: Mapping[str, Mapping[str, Any]]) -> dict[tuple[str, str], Any]:
    return {(name, at): value for name, by_place in nested.items() for at, value in by_place.items()}


def _score(one: SubjectResult) -> Any:
    if one.score is not None:
        return number_text(one.score)
    if one.score_range is None:
        return None
    low, high = (None if end is None else number_text(end) for end in one.score_range)
    return {"from": low, "to": high}


def _due(one: SubjectResult) -> dict[tuple[Any, ...], dict[str, Any]]:
    return {(c.id, c.at, c.to, tuple(sorted(c.points.items()))): _told(c) for c in one.consequences}


def _told(one: Consequence) -> dict[str, Any]:
    return {
        "id": one.id,
        "at": one.at,
        "kind": one.kind,
        "to": list(one.to),
        "title": dict(one.title),
        "points": {account: number_text(points) for account, points in one.points.items()},
        "clause": one.source,
    }
