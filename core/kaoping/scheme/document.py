"""A YAML file as a tree that remembers where everything stands and how it was written.

Every scalar stays the text its author wrote (``2023.10`` does not become 2023.1, ``no`` does not become false).
Read from PyYAML's event stream, so that nothing is ever constructed: tags, anchors, duplicate keys, empty values and
documents beyond the bounds are refused before anybody looks at them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import yaml

from kaoping.errors import DataError, Place, Problems

MAX_BYTES = 1_000_000
MAX_EVENTS = 50_000
MAX_DEPTH = 12
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INTEGER = re.compile(r"-?\d+")
_DECIMAL = re.compile(r"-?\d+\.\d+")


@dataclass(frozen=True)
class Scalar:
    """One text; `quoted` when the author put it in quotes or in a block."""

    text: str
    place: Place
    quoted: bool = False


@dataclass(frozen=True)
class Items:
    """A sequence."""

    items: tuple[Node, ...]
    place: Place


@dataclass(frozen=True)
class Table:
    """A mapping, in written order, with the place of each key."""

    entries: dict[str, Node]
    place: Place
    keys: dict[str, Place] = field(default_factory=dict)

    def get(self, key: str) -> Node | None:
        """The value under a key, or None."""
        return self.entries.get(key)


Node = Scalar | Items | Table


def read_document(text: str, file: str) -> Table:
    """The tree of a YAML file whose top is a mapping.

    Raises:
        Problems: not YAML, or YAML that a scheme file may not use.
    """
    if len(text.encode()) > MAX_BYTES:
        raise Problems([DataError("scheme.too-large", place=Place(file), limit=MAX_BYTES)])
    try:
        top = _Builder(file).build(yaml.parse(text, Loader=_LOADER))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file)
        raise Problems([DataError("scheme.not-yaml", place=place, problem=error.problem or "")]) from None
    except yaml.YAMLError as error:  # a character YAML does not allow has no mark
        raise Problems([DataError("scheme.not-yaml", place=Place(file), problem=str(error).split("\n")[0])]) from None
    if not isinstance(top, Table):
        raise Problems([DataError("scheme.not-a-mapping", place=Place(file, 1, 1))])
    return top


def plain(node: Node) -> Any:
    """The tree as JSON-like data: plain digits become int or Decimal, ``true``/``false`` become bool."""
    if isinstance(node, Table):
        return {key: plain(value) for key, value in node.entries.items()}
    if isinstance(node, Items):
        return [plain(item) for item in node.items]
    if node.quoted:
        return node.text
    if node.text in ("true", "false"):
        return node.text == "true"
    if _INTEGER.fullmatch(node.text):
        return int(node.text)
    return Decimal(node.text) if _DECIMAL.fullmatch(node.text) else node.text


class _Builder:
    def __init__(self, file: str) -> None:
        self.file = file
        self.errors: list[DataError] = []

    def build(self, events: Iterator[yaml.Event]) -> Node | None:
        self.events = self._checked(events)
        top = None
        for event in self.events:
            if isinstance(event, yaml.NodeEvent):
                if top is not None:
                    self._refuse("scheme.two-documents", event)
                top = self._node(event, 1)
        if self.errors:
            raise Problems(self.errors)
        return top

    def _checked(self, events: Iterator[yaml.Event]) -> Iterator[yaml.Event]:
        for count, event in enumerate(events):
            if count > MAX_EVENTS:
                self._refuse("scheme.too-large", event, limit=MAX_EVENTS)
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                self._refuse("scheme.yaml-anchor", event, name=getattr(event, "anchor", ""))
            tag = getattr(event, "tag", None)
            if tag not in (None, "!"):
                self._refuse("scheme.yaml-tag", event, tag=tag)
            yield event

    def _refuse(self, key: str, event: yaml.Event, **facts: Any) -> None:
        raise Problems([*self.errors, DataError(key, place=self._place(event), **facts)])

    def _place(self, event: yaml.Event) -> Place:
        mark = event.start_mark
        return Place(self.file, mark.line + 1, mark.column + 1) if mark else Place(self.file)

    def _node(self, event: yaml.Event, depth: int) -> Node:
        place = self._place(event)
        if depth > MAX_DEPTH:
            self._refuse("scheme.too-deep", event, limit=MAX_DEPTH)
        if isinstance(event, yaml.ScalarEvent):
            return Scalar(event.value, place, bool(event.style))
        if isinstance(event, yaml.SequenceStartEvent):
            items = []
            for inner in self.events:
                if isinstance(inner, yaml.SequenceEndEvent):
                    break
                items.append(self._node(inner, depth + 1))
            return Items(tuple(items), place)
        entries: dict[str, Node] = {}
        keys: dict[str, Place] = {}
        for inner in self.events:
            if isinstance(inner, yaml.MappingEndEvent):
                break
            if not isinstance(inner, yaml.ScalarEvent):
                self._refuse("scheme.key-not-text", inner)
            key, where = str(inner.value), self._place(inner)  # type: ignore[attr-defined]  # a scalar has a value
            value = self._node(next(self.events), depth + 1)
            if key in entries:
                self.errors.append(DataError("scheme.duplicate-key", place=where, name=key, first=keys[key].line))
            if isinstance(value, Scalar) and value.text == "" and not value.quoted:
                self.errors.append(DataError("scheme.empty-value", place=where, name=key))
            entries.setdefault(key, value)
            keys.setdefault(key, where)
        return Table(entries, place, keys)
