"""The state of the installation: what works, what does not and why, and what to do about it."""

from __future__ import annotations

import platform
import sqlite3
import sys
from typing import Any

from kaoping import __version__
from kaoping.errors import KaopingError
from kaoping.evaluation.again import DRAWN
from kaoping.evaluation.everybody import WholeEngine
from kaoping.office.desk import Desk
from kaoping.office.engines import REFERENCE, asked
from kaoping.office.plugins import plugin_data
from kaoping.plugins import Plugins
from kaoping.settings import AT_ONCE, at_once_from, cache_folder, config_folder
from kaoping.store.batches import list_batches
from kaoping.store.evaluations import list_evaluations
from kaoping.store.known import read_subjects


def examine(desk: Desk) -> dict[str, Any]:
    """Look at the program, the engines, the plugins and the database."""
    plugins = desk.plugins
    engines = _engines(plugins)
    database = _database(desk)
    findings = [_finding(desk, "ok", "program", version=__version__, python=platform.python_version())]
    available = [engine["name"] for engine in engines if engine["available"]]
    for engine in engines:
        key = "engine" if engine["available"] else "engine-not-available"
        findings.append(_finding(desk, "ok" if engine["available"] else "note", key, **engine))
    whole = _at_once(plugins)
    findings.append(
        _finding(
            desk,
            "ok" if whole["engine"] else "note",
            "doctor-at-once" if whole["engine"] else "doctor-not-at-once",
            **whole,
        )
    )
    if len(available) == 1:
        findings.append(_finding(desk, "note", "doctor-one-opinion"))
    for plugin in plugins.found:
        state = "ok" if plugin.status == "active" else "bad" if plugin.problem else "note"
        why = plugin.problem.text(desk.language) if plugin.problem else ""
        names = [one.name for one in (*plugin.engines, *plugin.provers)]
        key = "doctor-plugin-offers" if plugin.status == "active" and names else f"doctor-plugin-{plugin.status}"
        findings.append(
            _finding(desk, state, key, name=plugin.name, why=why, schemes=len(plugin.schemes), names=", ".join(names))
        )
    findings.append(_finding(desk, database.pop("state"), database.pop("key"), **database))
    if "message" in database:
        findings[-1] |= {"text": database["message"], "hint": database.get("hint")}
    encoding = getattr(sys.stdout, "encoding", "") or "?"
    findings.append(
        _finding(desk, "ok", "surroundings", encoding=encoding, settings=config_folder(), cache=cache_folder())
    )
    return {
        "version": __version__,
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "system": platform.platform(),
        "engines": engines,
        "opinions": len(available),
        "at_once": whole,
        "plugins": [plugin_data(plugin, desk.language) for plugin in plugins.found],
        "database": database,
        "settings": str(config_folder()),
        "cache": str(cache_folder()),
        "findings": findings,
    }


def _engines(plugins: Plugins) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [{"name": "reference", "available": True, "why": None}]
    for name, engine in plugins.engines.items():
        why = engine.unavailable()
        found.append({"name": name, "available": why is None, "why": why})
    return found


def _at_once(plugins: Plugins) -> dict[str, Any]:
    """Which engine judges everybody at once, from how many subjects on, and who judges below that."""
    able = {name: one for name, one in plugins.engines.items() if one.unavailable() is None}
    found = next((name for name, one in able.items() if isinstance(one, WholeEngine)), None)
    below = [REFERENCE, *(name for name in asked(plugins) if name in able)]
    return {"engine": found, "many": at_once_from(), "setting": AT_ONCE, "drawn": DRAWN, "below": " = ".join(below)}


def _database(desk: Desk) -> dict[str, Any]:
    path = str(desk.database.absolute())
    if not desk.database.exists():
        return {"state": "note", "key": "no-database", "path": path, "exists": False}
    try:
        with desk.opened(read_only=True) as store:
            counts = {"subjects": len(read_subjects(store)), "imports": len(list_batches(store))}
            counts["evaluations"] = len(list_evaluations(store))
    except KaopingError as error:
        told = {"message": error.text(desk.language), "hint": error.hint(desk.language)}
        return {"state": "bad", "key": "no-database", "path": path, "exists": True, **told}
    return {"state": "ok", "key": "database", "path": path, "exists": True, **counts}


def _finding(desk: Desk, state: str, key: str, /, **facts: Any) -> dict[str, Any]:
    hint = f"office.{key}.hint"
    said = desk.say(hint, **facts)
    return {"state": state, "text": desk.say(f"office.{key}", **facts), "hint": None if said.startswith(hint) else said}
