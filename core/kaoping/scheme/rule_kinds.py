"""The register of kinds of rule: what a worked case may say it shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from kaoping.facts.types import Title
from kaoping.scheme.document import Table, read_document
from kaoping.scheme.reader import Reader

FILE = "rule_kinds.yaml"


@dataclass(frozen=True)
class RuleKind:
    """A kind of rule, and the heading it stands under."""

    id: str
    title: Title
    group: str
    group_title: Title


@cache
def rule_kinds() -> Mapping[str, RuleKind]:
    """Every kind of rule by name, in the order of the register."""
    top = read_document((files("kaoping.scheme") / FILE).read_text(encoding="utf-8"), FILE)
    reading = Reader()
    return {
        name: RuleKind(name, title, group, reading.title(table.get("title")))
        for group, table in top.entries.items()
        if isinstance(table, Table)
        for name, title in reading.titles(table, "kinds").items()
    }
