"""Facts and calendars that several worked cases start from, written once at the top of their file."""

from __future__ import annotations

from collections.abc import Mapping

from kaoping.errors import DataError, Problems
from kaoping.scheme.document import Items, Node, Scalar, Table

_TAKES = ("given", "without")
_PARTS = ("values", "records", "relations")


def fill_in(case: Table, given: Mapping[str, Node], calendars: Table | None = None) -> Table:
    """The case with the facts its subjects start from, and the file's calendars; what it says itself stands instead.

    Raises:
        Problems: it starts from what is not there, or leaves out what it would not have.
    """
    if calendars is not None:
        own = case.get("calendars")
        own = own if isinstance(own, Table) else Table({}, case.place)
        merged = Table({**calendars.entries, **own.entries}, own.place, {**calendars.keys, **own.keys})
        case = Table({**case.entries, "calendars": merged}, case.place, case.keys)
    subjects = case.get("subjects")
    if not isinstance(subjects, Table):
        return case
    filled = {
        name: _filled(subject, given) if isinstance(subject, Table) else subject
        for name, subject in subjects.entries.items()
    }
    return Table({**case.entries, "subjects": Table(filled, subjects.place, subjects.keys)}, case.place, case.keys)


def _filled(subject: Table, given: Mapping[str, Node]) -> Table:
    found = Table({}, subject.place)
    for named in _texts(subject.get("given")):
        start = given.get(named.text)
        if not isinstance(start, Table):
            raise _unknown(named)
        found = _joined(found, start)
    for named in _texts(subject.get("without")):
        found = _without(found, named)
    own = {key: node for key, node in subject.entries.items() if key not in _TAKES}
    return _joined(found, Table(own, subject.place, subject.keys))


def _joined(below: Table, above: Table) -> Table:
    """Both, table by table; where both have something else than a table, the one above."""
    entries = dict(below.entries)
    for key, node in above.entries.items():
        under = entries.get(key)
        entries[key] = _joined(under, node) if isinstance(under, Table) and isinstance(node, Table) else node
    return Table(entries, above.place, {**below.keys, **above.keys})


def _without(facts: Table, named: Scalar) -> Table:
    """Without a fact, one item of it (``fact.item``), the records of a type, or its register's completeness."""
    name, _, item = named.text.partition(".")
    entries = dict(facts.entries)
    for part in _PARTS:
        held = entries.get(part)
        if isinstance(held, Table) and name in held.entries:
            inner = held.entries[name]
            rest = {key: node for key, node in held.entries.items() if key != name}
            if item and isinstance(inner, Table) and item in inner.entries:
                left = {key: node for key, node in inner.entries.items() if key != item}
                rest[name] = Table(left, inner.place, inner.keys)
            elif item:
                raise _unknown(named)
            entries[part] = Table(rest, held.place, held.keys)
    stated = entries.get("complete")
    if isinstance(stated, Table) and named.text in stated.entries:
        through = {key: node for key, node in stated.entries.items() if key != named.text}
        entries["complete"] = Table(through, stated.place, stated.keys)
    elif isinstance(stated, Items):
        kept = tuple(node for node in stated.items if not (isinstance(node, Scalar) and node.text == named.text))
        entries["complete"] = Items(kept, stated.place)
    if entries == facts.entries:
        raise _unknown(named)
    return Table(entries, facts.place, facts.keys)


def _texts(node: Node | None) -> list[Scalar]:
    return [one for one in (node.items if isinstance(node, Items) else (node,)) if isinstance(one, Scalar)]


def _unknown(named: Scalar) -> Problems:
    return Problems([DataError("scheme.case-given", place=named.place, name=named.text)])


__all__ = ["fill_in"]
