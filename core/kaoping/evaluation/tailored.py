"""A tailored scheme compiled: every check of a scheme again, its errors told at the value that breaks it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kaoping.errors import DataError, KaopingError, Place, Problems
from kaoping.evaluation.compile import compile_scheme
from kaoping.evaluation.plan import Plan
from kaoping.facts.types import Catalogue, Title
from kaoping.scheme.model import Scheme
from kaoping.scheme.tailoring import Tailoring
from kaoping.texts import Language, say

LANGUAGES: tuple[Language, ...] = ("zh", "en")
ENTRY = 2  # how far the rules of a file are indented


def compile_tailored(scheme: Scheme, catalogue: Catalogue) -> Plan:
    """As `compile_scheme`; what no longer holds with a tailoring's values is told in the tailoring's file.

    Raises:
        Problems: a weight, band, divisor or rule that a value of the tailoring breaks.
    """
    if scheme.tailoring is None:
        return compile_scheme(scheme, catalogue)
    try:
        return compile_scheme(scheme, catalogue)
    except Problems as problems:
        raise Problems([_told(scheme, scheme.tailoring, error) for error in problems.errors]) from None


def _told(scheme: Scheme, tailoring: Tailoring, error: KaopingError) -> KaopingError:
    if error.place and error.place.file == tailoring.file:
        return error
    culprits = [*_changed(scheme, tailoring, error.place), *(change.place for change in tailoring.changes.values())]
    place = next(iter([*culprits, *tailoring.left_out.values()]), tailoring.place)
    at = f"{error.place.file.rpartition('/')[2]}:{error.place.line}: " if error.place else ""
    said = Title(*(at + say(error.key, language, **error.facts) for language in LANGUAGES))
    return DataError("scheme.tailoring-breaks", place=place, scheme=scheme.id, problem=said)


def _changed(scheme: Scheme, tailoring: Tailoring, place: Place | None) -> Iterator[Place]:
    """The places of the values and left-out criteria that the rule at a place names, in the order of the file."""
    rule = _rule(scheme.text, place.line) if place and place.line else ""
    named = set(re.findall(r"[^\W\d]\w*", rule))
    yield from (change.place for name, change in tailoring.changes.items() if name in named)
    yield from (place for name, place in tailoring.left_out.items() if name in named)


def _rule(text: str, number: int) -> str:
    """The lines of the entry that a line of a scheme's file belongs to."""
    lines = text.splitlines()
    start = number - 1
    while start > 0 and _indent(lines[start]) > ENTRY:
        start -= 1
    end = start + 1
    while end < len(lines) and (not lines[end].strip() or _indent(lines[end]) > ENTRY):
        end += 1
    return "\n".join(lines[start:end])


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip()) if line.strip() else 99
