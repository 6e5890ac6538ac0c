"""The plugin that offers durable-rules as a second engine."""

from __future__ import annotations

from kaoping.hookspecs import hookimpl
from kaoping_durable.engine import DurableEngine


@hookimpl
def kaoping_engines() -> list[DurableEngine]:
    return [DurableEngine()]
