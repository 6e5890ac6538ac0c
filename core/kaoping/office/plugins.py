"""Plugins: what is installed, what of it may run, and changing that."""

from __future__ import annotations

from typing import Any

from kaoping.errors import KaopingError, Problems
from kaoping.office.desk import Desk
from kaoping.plugins import Found, Plugins, load_plugins
from kaoping.settings import load_settings
from kaoping.texts import Language


def loaded() -> Plugins:
    """The plugins of this installation, as this user allows them."""
    return load_plugins(load_settings())


def list_installed(desk: Desk) -> dict[str, Any]:
    """Every plugin found, and why those set aside do not run."""
    return {"plugins": [plugin_data(plugin, desk.language) for plugin in loaded().found]}


def plugin_data(plugin: Found, language: Language) -> dict[str, Any]:
    """A plugin as JSON data."""
    return {
        "name": plugin.name,
        "distribution": plugin.distribution,
        "version": plugin.version,
        "status": plugin.status,
        "bundled": plugin.bundled,
        "verified": plugin.verified,
        "editable": plugin.editable or None,
        "schemes": [scheme.id for scheme in plugin.schemes],
        "engines": [engine.name for engine in plugin.engines],
        "problems": problem_data(plugin.problem, language),
    }


def problem_data(problem: KaopingError | None, language: Language) -> list[dict[str, Any]]:
    """What is wrong, as a list: empty where nothing is."""
    if problem is None:
        return []
    errors = problem.errors if isinstance(problem, Problems) else [problem]
    return [error.as_json(language) for error in errors]
