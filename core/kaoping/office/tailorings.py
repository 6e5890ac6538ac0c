"""Tailorings: finding one by name or file, putting it on a scheme, and both side by side.

A place keeps them in the folder ``tailorings`` beside its database, one file each, named by its id.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from kaoping.errors import KaopingError, UsageError, nearest
from kaoping.evaluation.result import Result, SubjectResult
from kaoping.facts.periods import Period
from kaoping.facts.values import value_text
from kaoping.insight.compare import moved
from kaoping.office.contents import amount_data
from kaoping.office.desk import Desk
from kaoping.office.files import file_text
from kaoping.office.results import distribution, subject_data
from kaoping.office.titles import title_data
from kaoping.plugins import Plugins
from kaoping.scheme.model import Duration, ParameterValue, Scheme
from kaoping.scheme.reader import SUFFIX
from kaoping.scheme.tailoring import Tailoring, read_tailoring, tailored

FOLDER = "tailorings"
GRADED = ("grade", "possible_grades", "gate")


def find_tailoring(desk: Desk, which: str) -> Tailoring:
    """The tailoring of a file, or of that name in the folder beside the database.

    Raises:
        UsageError: there is none; the nearest is named. Problems: the file is no tailoring.
    """
    if which.endswith(SUFFIX) or "/" in which or "\\" in which:
        return read_tailoring_file(Path(which))
    folder = desk.database.parent / FOLDER
    known = names_in(folder)
    if which not in known:
        near = nearest(which, known)
        hint = "common.did-you-mean" if near else None
        raise UsageError("office.no-tailoring", name=which, folder=folder, near=near, hint=hint)
    return read_tailoring_file(folder / f"{which}{SUFFIX}")


def names_in(folder: Path) -> list[str]:
    """The names of the tailorings in a folder."""
    names = [path.name.removesuffix(SUFFIX) for path in sorted(folder.glob(f"*{SUFFIX}"))]
    return [name for name in names if not name.endswith(".cases")]


def read_tailoring_file(file: Path) -> Tailoring:
    """The tailoring a file says.

    Raises:
        UsageError: there is no such file. Problems: it is no tailoring.
    """
    return read_tailoring(file_text(file), str(file))


def tailored_for(desk: Desk, scheme: Scheme, which: str | None) -> Scheme:
    """A scheme with the tailoring asked for, or as it is."""
    return scheme if which is None else tailored(scheme, find_tailoring(desk, which))


def by_scheme(desk: Desk, plugins: Plugins, names: Sequence[str]) -> dict[str, Scheme]:
    """The tailored schemes by id.

    Raises:
        UsageError: two tailorings are of one scheme, or one is of a scheme that is not there.
    """
    found: dict[str, Scheme] = {}
    for name in names:
        tailoring = find_tailoring(desk, name)
        scheme = plugins.scheme(tailoring.scheme)
        if (other := found.get(scheme.id)) and other.tailoring:
            raise UsageError("office.two-tailorings", scheme=scheme.id, names=f"{other.tailoring.id}, {tailoring.id}")
        found[scheme.id] = tailored(scheme, tailoring)
    return found


def unused(desk: Desk, scheme: Scheme, span: Period) -> list[str]:
    """What to say of the folder where a scheme is used as it is: its tailorings in force then, and broken files."""
    folder = desk.database.parent / FOLDER
    told = []
    for name in names_in(folder):
        file = folder / f"{name}{SUFFIX}"
        try:
            tailoring = read_tailoring_file(file)
        except KaopingError:
            told.append(desk.say("office.tailoring-broken", file=file))
            continue
        if tailoring.scheme == scheme.id and holds(tailoring, span):
            told.append(desk.say("office.tailoring-unused", scheme=scheme.id, name=name))
    return told


def holds(tailoring: Tailoring, span: Period) -> bool:
    """Is a tailoring in force on some day of a period?"""
    since, until = tailoring.in_force
    return not ((since and span.end < since) or (until and span.start >= until))


def tailoring_data(scheme: Scheme) -> dict[str, Any] | None:
    """What a tailoring changed, as JSON data; None where there is none."""
    tailoring = scheme.tailoring
    if tailoring is None:
        return None
    return {
        "id": tailoring.id,
        "title": title_data(tailoring.title),
        "authority": tailoring.authority,
        "document": tailoring.document,
        "in_force": [_day(day) for day in tailoring.in_force],
        "digest": tailoring.digest,
        "parameters": [
            {"id": name, "title": title_data(scheme.parameters[name].title), "unit": scheme.parameters[name].unit}
            | {"own": dated(scheme.parameters[name].own), "values": dated(scheme.parameters[name].values)}
            | {"why": title_data(change.why) if change.why.zh else None}
            for name, change in tailoring.changes.items()
        ],
        "left_out": [{"id": name, "title": title_data(rule.title)} for name, rule in scheme.left_out.items()],
    }


def dated(values: Sequence[tuple[date | None, ParameterValue]]) -> list[dict[str, Any]]:
    """Dated values of a parameter."""
    return [{"from": _day(since), "value": amount_data(value)} for since, value in values]


def parameter_text(value: ParameterValue) -> str:
    """A value of a parameter as its file writes it."""
    if isinstance(value, Duration):
        return f"{value.days} days" if value.days else f"{value.months} months"
    return value if isinstance(value, str) else value_text(value)


def side_by_side(original: Result, changed: Result) -> dict[str, Any]:
    """Everybody whose result a tailoring moves, with both; and how many got which grade without it."""
    before = {one.subject: one for one in (*original.results, *original.rolled_up)}
    rows = [
        _row(before[one.subject], one)
        for one in (*changed.results, *changed.rolled_up)
        if moved(before[one.subject], one)
    ]
    return {
        "original_digest": original.digest(),
        "grades": distribution(original.results),
        "subjects": len(before),
        "moved": len(rows),
        "graded_otherwise": sum(row["graded_otherwise"] for row in rows),
        "differ": rows,
    }


def _row(before: SubjectResult, after: SubjectResult) -> dict[str, Any]:
    found: Mapping[str, Any] = moved(before, after)
    return {
        "subject": after.subject,
        "title": after.title,
        "type": after.type,
        "original": subject_data(before),
        "tailored": subject_data(after),
        "graded_otherwise": any(name in found for name in GRADED),
        "moved": found,
    }


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
