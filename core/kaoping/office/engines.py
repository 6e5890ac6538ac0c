"""Which engines are asked for a second opinion."""

from __future__ import annotations

from kaoping.errors import UsageError, nearest
from kaoping.evaluation.accounts import FrameEngine
from kaoping.evaluation.rulebook import Engine
from kaoping.plugins import Plugins

REFERENCE = "reference"


def asked(plugins: Plugins, wanted: str | None = None) -> dict[str, Engine | FrameEngine]:
    """The engines to ask: the one wanted, else all that judge rules; where none of those can run, those of frames.

    Raises:
        UsageError: no active plugin offers the engine wanted.
    """
    if wanted == REFERENCE:
        return {}
    if wanted is None:
        judges: dict[str, Engine | FrameEngine] = {
            name: engine for name, engine in plugins.engines.items() if not isinstance(engine, FrameEngine)
        }
        if any(engine.unavailable() is None for engine in judges.values()):
            return judges
        return plugins.engines
    if wanted not in plugins.engines:
        known = [REFERENCE, *plugins.engines]
        near = nearest(wanted, known)
        hint = "common.did-you-mean" if near else None
        raise UsageError("office.unknown-engine", engine=wanted, known=", ".join(known), near=near, hint=hint)
    return {wanted: plugins.engines[wanted]}
