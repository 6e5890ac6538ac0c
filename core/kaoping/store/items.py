"""Parts of stored results by name, a query for each: a grade, a score, a measure, as plain values."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from datetime import date, time
from fractions import Fraction
from typing import Any

from kaoping.errors import DataError
from kaoping.evaluation.result import Shown
from kaoping.facts.clock import read_time
from kaoping.facts.frame import NEVER, Plain, Remaining
from kaoping.facts.values import check_number, range_of
from kaoping.store.typed import Typed


def read_items(connection: sqlite3.Connection, evaluation: int, item: str) -> Iterator[tuple[str, dict[str, Shown]]]:
    """(subject, {window or item or "": value}) of ``grade``, ``score`` or a measure, as results show it.

    A subject's own result comes after what was rolled up to it; subjects without such a part are left out.
    """
    if item == "grade":
        return _grades(connection, evaluation)
    return _scores(connection, evaluation) if item == "score" else _measures(connection, evaluation, item)


def remaining(shown: Shown, kind: Typed) -> Remaining:
    """What a value as results show it leaves possible, of the type it must have.

    Raises:
        DataError: it is not of the type, or outside of what the type allows.
    """
    if shown is None:
        return Remaining(none=True)
    if not isinstance(shown, dict):
        return Remaining(frozenset((_plain(shown, kind),)))
    if "possible" in shown:
        members = [member for member in shown["possible"] if member is not None]
        return Remaining(frozenset(_plain(member, kind) for member in members), None, None in shown["possible"])
    span = (_end(shown["from"]), _end(shown["to"]))
    _meets(span, kind, shown_text(shown))
    return Remaining(span=span, none=bool(shown.get("none")))


def shown_text(shown: Shown) -> str:
    """A value as results show it, for messages: ``3``, ``3..5``, ``a/b``."""
    if isinstance(shown, dict):
        return f"{shown['from']}..{shown['to']}" if "from" in shown else "/".join(map(str, shown["possible"]))
    return str(shown)


def _grades(connection: sqlite3.Connection, evaluation: int) -> Iterator[tuple[str, dict[str, Shown]]]:
    rows = connection.execute(
        "SELECT subject, possible_grades FROM subject_result WHERE evaluation = ? AND possible_grades <> '[]' "
        "ORDER BY section, ordinal",
        (evaluation,),
    )
    for subject, possible in rows:
        grades = json.loads(possible)
        yield subject, {"": grades[0] if len(grades) == 1 else {"possible": grades}}


def _scores(connection: sqlite3.Connection, evaluation: int) -> Iterator[tuple[str, dict[str, Shown]]]:
    rows = connection.execute(
        """
        SELECT subject, score, json_extract(data, '$.score_range'),
            json_extract(data, '$.gate') IS NOT NULL OR json_extract(data, '$.score_open') IS NOT NULL
        FROM subject_result WHERE evaluation = ? ORDER BY section, ordinal
        """,
        (evaluation,),
    )
    for subject, score, span, open_ in rows:  # while a gate is open, the subject may yet have no score
        shown: Shown = score
        if span is not None:
            low, high = json.loads(span)
            shown = {"from": low, "to": high, "none": bool(open_)}
        elif score is not None and open_:
            shown = {"possible": [score, None]}
        yield subject, {"": shown}


def _measures(connection: sqlite3.Connection, evaluation: int, name: str) -> Iterator[tuple[str, dict[str, Shown]]]:
    rows = connection.execute(
        "SELECT subject, json_extract(data, ?) FROM subject_result WHERE evaluation = ? ORDER BY section, ordinal",
        (f'$.values."{name}"', evaluation),
    )
    return ((subject, json.loads(values)) for subject, values in rows if values is not None)


def _plain(shown: Any, kind: Typed) -> Plain:
    text = str(shown).lower() if isinstance(shown, bool) else str(shown)
    value = kind[text]
    if isinstance(value, Fraction):
        check_number(value, kind.kind, text=text, title=kind.title)
    return value


def _end(text: str | int | None) -> Plain | None:
    if text is None or isinstance(text, int):
        return text
    if text == "never":
        return NEVER
    if text.count("-") == 2 and text[:4].isdigit():
        return date.fromisoformat(text)
    if moment := read_time(text):
        return moment
    number = Fraction(text)
    return number.numerator if number.denominator == 1 else number


def _meets(span: tuple[Plain | None, Plain | None], kind: Typed, text: str) -> None:
    """Hold a span to the type: numbers or days, and some of it within its bounds."""
    low, high = span
    kinds = {date: "date", time: "time"}
    found = {kinds.get(type(end), "number") for end in span if end is not None} or {"number"}
    wanted = "number" if kind.kind.kind == "integer" else kind.kind.kind
    if found != {wanted}:
        kind[text]  # which says what it is not
    least, most = kind.kind.minimum, kind.kind.maximum
    above = low is not None and most is not None and low > most  # type: ignore[operator]  # numbers, as just held
    below = high is not None and least is not None and high < least  # type: ignore[operator]  # numbers, as just held
    if above or below:
        raise DataError("facts.out-of-range", text=text, title=kind.title, range=range_of(kind.kind))
