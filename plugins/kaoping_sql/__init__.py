"""The plugin that offers sql as an engine: the whole plan as one statement of a database."""

from __future__ import annotations

from kaoping.hookspecs import hookimpl
from kaoping_sql.engine import SqlEngine


@hookimpl
def kaoping_engines() -> list[SqlEngine]:
    return [SqlEngine()]
