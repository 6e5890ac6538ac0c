"""The kind of verdict a scheme gives, read off its rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from kaoping.scheme.expressions import Call, Name
from kaoping.scheme.model import GradeRules, Scheme

VERDICTS = ("score_and_grade", "levels", "all_of", "grade", "share_met", "registry")


def verdict(scheme: Scheme) -> str:
    """One of `VERDICTS`.

    ``score_and_grade``: a score and the grade it falls into. ``levels``: a count, such as of stars, and the grade it
    reaches. ``all_of``: a grade for meeting all that is required. ``grade``: a grade by other conditions.
    ``share_met``: no grade; which requirements are met, and whether all are. ``registry``: nothing is required of
    everybody; what is on file is kept and counted.
    """
    if scheme.grade:
        return _graded(scheme, scheme.grade)
    criteria = [scheme.criteria, *(roll_up.criteria for roll_up in scheme.roll_ups.values())]
    required = any(
        one.severity == "required" and one.applies_when is None for group in criteria for one in group.values()
    )
    return "share_met" if required else "registry"


def _graded(scheme: Scheme, grade: GradeRules) -> str:
    if grade.score:
        measure = scheme.measures.get(grade.score)
        tree = measure.value.tree if measure and measure.value else None
        return "levels" if isinstance(tree, Call) and tree.function == "count" else "score_and_grade"
    bands = [band.when.tree for band in grade.bands if band.when]
    return "all_of" if any(_names(tree, "meets_all") for tree in bands) else "grade"


def _names(tree: Any, name: str) -> bool:
    return any(isinstance(part, Name) and part.name == name for part in _parts(tree))


def _parts(tree: Any) -> Iterator[Any]:
    """The tree and everything in it."""
    yield tree
    for inner in tree if isinstance(tree, tuple) else (getattr(tree, one.name) for one in fields(tree)):
        if isinstance(inner, tuple) or is_dataclass(inner):
            yield from _parts(inner)
