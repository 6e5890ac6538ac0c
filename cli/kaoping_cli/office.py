"""The office, each of its modules imported when first used, so that asking for help imports none of them."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kaoping.office import (
        cases,
        catalogue,
        coverage,
        databases,
        demo,
        desk,
        differences,
        doctor,
        evaluations,
        explanations,
        facts,
        fragile,
        frame_results,
        frames,
        impact,
        imports,
        improvements,
        ledger,
        newscheme,
        plugins,
        publications,
        reports,
        rounds,
        schemes,
        sheets,
        suppositions,
        tables,
    )

    __all__ = [
        "cases",
        "catalogue",
        "coverage",
        "databases",
        "demo",
        "desk",
        "differences",
        "doctor",
        "evaluations",
        "explanations",
        "facts",
        "fragile",
        "frame_results",
        "frames",
        "impact",
        "imports",
        "improvements",
        "ledger",
        "newscheme",
        "plugins",
        "publications",
        "reports",
        "rounds",
        "schemes",
        "sheets",
        "suppositions",
        "tables",
    ]
else:

    def __getattr__(name: str) -> Any:
        """A module of the office."""
        if name.startswith("_"):
            raise AttributeError(name)
        return import_module(f"kaoping.office.{name}")
