"""Frames: what was built or made again, which there are, whether they are what the facts give."""

from __future__ import annotations

from typing import Any

from kaoping_cli.console import out, pad, table, width_of
from kaoping_cli.words import state, title, word, words


def kept(data: dict[str, Any]) -> None:
    """One frame."""
    out(word(f"frame-dry-{data['how']}" if data["dry_run"] else f"frame-{data['how']}", **data))


def updated(data: dict[str, Any]) -> None:
    """Several of them."""
    for one in data["frames"]:
        kept(one)
    if not data["frames"]:
        out(word("frame-none"))


def listed(data: dict[str, Any]) -> None:
    """Those that are kept."""
    heads = words("head-scheme", "head-period", "head-rows", "head-subjects", "head-behind", "head-known", "head-size")
    rows = [
        [
            f"{one['scheme']}+{one['tailoring']}" if one["tailoring"] else one["scheme"],
            one["period"],
            one["section"],
            f"{one['subjects']:,}",
            "-" if one["behind"] is None else f"{one['behind']:,}",
            word("frame-imported") if one["imported"] else one["known_at"],
            f"{-(-one['bytes'] // 1024):,} KB",
        ]
        for one in data["frames"]
    ]
    for line in table(heads, rows, right=[3, 4, 6]) if rows else [word("frame-none")]:
        out(line)
    for one in data["frames"]:
        if one["in_memory"]:
            out(word("note", message=f"{one['scheme']} {one['period']}: {one['in_memory']}"))


def checked(data: dict[str, Any]) -> None:
    """What was compared."""
    states = {True: "same", False: "differs", None: "not-compared"}
    for one in data["frames"]:
        out(word(f"frame-{states[one['same']]}", **one))
    if not data["frames"]:
        out(word("frame-none"))


def exported(data: dict[str, Any]) -> None:
    """A frame in files."""
    out(word("frame-exported-dry" if data["dry_run"] else "frame-exported", **data))
    if data["behind"]:
        out(word("note", message=word("frame-exported-behind", **data)))


def taken(data: dict[str, Any]) -> None:
    """A frame from files."""
    out(word("frame-taken-dry" if data["dry_run"] else "frame-taken", **data))
    if data["replaced"]:
        out(word("note", message=word("frame-would-replace" if data["dry_run"] else "frame-replaced")))


def joined(data: dict[str, Any]) -> None:
    """Frames put together."""
    out(word("frame-joined-into", **{**data, "subjects": f"{data['subjects']:,}", "frames": len(data["frames"])}))


def judged(data: dict[str, Any]) -> None:
    """How many have which grade, and where the results are."""
    edition = word("edition", edition=data["edition"])
    out(f"{title(data['title'], data['scheme'])}  {edition}  {data['period']}")
    database = f"{word('database-' + data['database'])} {data['version']}".rstrip()
    out(word("frame-judged", subjects=f"{data['subjects']:,}", database=database))
    out()
    rows = [(_grades(one["grades"], data["titles"]), f"{one['subjects']:,}") for one in data["grades"]]
    wide, long = (max((width_of(row[place]) for row in rows), default=0) for place in (0, 1))
    for name, many in rows:
        out(f"  {pad(name, wide)}  {many:>{long}}")
    out()
    if data["places"]:
        out(word("note", message=word("frame-without-places")))
    out(word("digest", digest=data["digest"]))
    out(word("frame-results-written", path=data["output"]))
    if data["table"]:
        out(word("frame-table-written", path=data["table"]))


def _grades(grades: list[str], titles: dict[str, Any]) -> str:
    """A grade, or those still possible."""
    return word("or").join(title(titles["grades"].get(one), state("gate", one)) for one in grades) or word("no-grades")
