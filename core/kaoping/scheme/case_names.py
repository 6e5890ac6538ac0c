"""The names a worked case uses, held to what its scheme has: a slip of the pen must not pass for "nothing found"."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from kaoping.errors import DataError, Place, nearest
from kaoping.facts.types import Catalogue
from kaoping.scheme.document import Items, Node, Scalar, Table
from kaoping.scheme.model import Scheme

_STATES = ("pending", "active", "overdue", "ended", "not_active")
_OF_EVENT = ("event", "of", "on")


def unknown_names(case: Table, scheme: Scheme, catalogue: Catalogue) -> Iterator[DataError]:
    """Every name of a parameter, register, consequence, account, event or subject that is not there.

    The other end of a relation may be somebody of whom nothing is known but the id.
    """
    follows = {*scheme.consequences, *(name for one in scheme.roll_ups.values() for name in one.consequences)}
    subjects = _subjects(case)
    yield from _unknown(_keys(case.get("parameters")), scheme.parameters)
    for subject in _tables(case.get("subjects")):
        stated = subject.get("complete")
        yield from _unknown((*_scalars(stated), *_keys(stated)), {name for _, name in catalogue.records})
    for event in _tables(case.get("events")):
        yield from _event(event, scheme, subjects)
    for expected in _tables(case.get("expect")):
        for key in ("consequences", "no_consequences", "withheld"):
            yield from _unknown(_scalars(expected.get(key)), follows)
    for line in _tables(case.get("ledger")):
        yield from _unknown(_scalars(line.get("of")), {*subjects, "public"})
        yield from _unknown(_keys(line.get("net")), scheme.accounts)
        yield from _unknown(_keys(line.get("steps")), follows)
        for state in _STATES:
            yield from _unknown(_scalars(line.get(state)), follows)


def _event(event: Table, scheme: Scheme, subjects: Collection[str]) -> Iterator[DataError]:
    kind = event.get("event")
    yield from _unknown(_scalars(kind), scheme.events)
    yield from _unknown(_scalars(event.get("of")), subjects)
    if isinstance(kind, Scalar) and kind.text in scheme.events:
        fields = [(name, place) for name, place in event.keys.items() if name not in _OF_EVENT]
        yield from _unknown(fields, scheme.events[kind.text].fields)


def _subjects(case: Table) -> set[str]:
    """Everybody there is; of those that are counted each by itself."""
    found: set[str] = set()
    subjects = case.get("subjects")
    for name, node in subjects.entries.items() if isinstance(subjects, Table) else ():
        count = node.get("count") if isinstance(node, Table) else None
        numbers = range(1, int(count.text) + 1) if isinstance(count, Scalar) and count.text != "0" else ()
        found |= {f"{name}-{number}" for number in numbers} or {name}
    return found


def _unknown(names: Iterable[tuple[str, Place]], known: Collection[str]) -> Iterator[DataError]:
    for name, place in names:
        if name not in known:
            near = nearest(name, known)
            hint = "common.did-you-mean" if near else None
            yield DataError("scheme.case-name", place=place, hint=hint, name=name, near=near)


def _scalars(node: Node | None) -> list[tuple[str, Place]]:
    items = node.items if isinstance(node, Items) else (node,)
    return [(item.text, item.place) for item in items if isinstance(item, Scalar)]


def _keys(node: Node | None) -> Iterable[tuple[str, Place]]:
    return node.keys.items() if isinstance(node, Table) else ()


def _values(node: Node | None) -> Iterable[Node]:
    entries: Mapping[str, Node] = node.entries if isinstance(node, Table) else {}
    return entries.values()


def _tables(node: Node | None) -> list[Table]:
    nodes = node.items if isinstance(node, Items) else _values(node)
    return [one for one in nodes if isinstance(one, Table)]
