"""The register of kinds of rule: what a worked case may say it shows."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from kaoping.facts.types import Title
from kaoping.scheme.document import read_document
from kaoping.scheme.reader import Reader

FILE = "rule_kinds.yaml"


@cache
def rule_kinds() -> Mapping[str, Title]:
    """Every kind of rule with its title, in the order of the register."""
    return Reader().titles(read_document((files("kaoping.scheme") / FILE).read_text(encoding="utf-8"), FILE), "kinds")
