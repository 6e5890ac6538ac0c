"""Sheets written and sheets read."""

from __future__ import annotations

from typing import Any

from kaoping_cli.console import out, talk, terminal_width, wrap
from kaoping_cli.words import state, title, word

MOST, FEW = 200, 3


def template(data: dict[str, Any]) -> None:
    """Which sheets were written, and what to do with them."""
    for one in data["left_out"]:
        talk(word("note", message=word("template-left-out", scheme=one["scheme"], why=one["why"])))
    if data["subject"]:
        out(word("template-of", count=len(data["schemes"]), schemes=word("comma").join(data["schemes"])))
    for file in data["files"]:
        out(f"  {file['file']}  {word('sheet-rows', count=file['rows'])}")
    out(word("template-dry" if data["dry_run"] else "template-done", count=len(data["files"]), folder=data["folder"]))
    types = [title(one["title"]) for one in data["types"]]
    _wrapped(word("template-types", types=word("comma").join(types)))
    if data["relations"]:
        between = [
            word("template-relation", relation=title(one["title"]), of=title(one["of"]), to=title(one["to"]))
            for one in data["relations"]
        ]
        _wrapped(word("template-relations", relations=word("comma").join(between)))
    if data["registers"]:
        names = [title(one["title"]) for one in data["registers"]]
        key = "template-registers" if data["register_rows"] else "template-no-subjects"
        _wrapped(word(key, registers=word("comma").join(names)))
    if not data["dry_run"]:
        out(word("template-next", folder=data["folder"]))


def _wrapped(text: str) -> None:
    for position, line in enumerate(wrap(text, terminal_width() - 4)):
        out(("  " if position else "") + line)


def imported(data: dict[str, Any], *, every_note: bool = False) -> None:
    """What an import came to, or everything that is wrong; many notes of one kind are counted, unless all are wanted.

    What was read otherwise than it is written is never passed over in silence: the first of each kind is given.
    """
    kinds: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for note in data["notes"]:
        kinds.setdefault((note.get("file", ""), note["code"]), []).append(note)
    for alike in kinds.values():
        few = every_note or len(alike) <= FEW
        for note in alike if few else alike[:1]:
            where = f"{note['where']}: " if note.get("where") else ""
            talk(word("note", message=f"{where}{note['message']}"))
        if not few:
            talk(word("notes-alike", file=alike[0].get("file", ""), count=len(alike) - 1))
    if data["errors"]:
        for position, error in enumerate(data["errors"][:MOST]):
            where = f"{error['where']}: " if error.get("where") else ""
            talk(word("error", message=f"{where}{error['message']}", code=error["code"]))
            following = data["errors"][position + 1].get("hint") if position + 1 < len(data["errors"]) else None
            if error.get("hint") and error["hint"] != following:
                talk(word("hint", message=error["hint"]))
        if len(data["errors"]) > MOST:
            talk(word("more-errors", count=len(data["errors"]) - MOST))
        talk(word("nothing-imported", count=len(data["errors"])))
        return
    tables = word("comma").join(f"{state('table', table)} {count}" for table, count in data["tables"].items())
    facts = {"written": data["written"], "unchanged": data["unchanged"], "batch": data["batch"], "tables": tables}
    if data["dry_run"]:
        out(word("import-dry", **facts))
    elif data["written"] == 0:
        out(word("import-nothing-new", **facts))
    else:
        out(word("import-done", **facts))
        if data["corrected"]:
            out(word("import-corrected", count=data["corrected"]))
        out(word("import-undo", **facts))
