"""Plugins: what is installed, what of it may run, and changing that."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from kaoping import install as packages
from kaoping.errors import KaopingError, Problems
from kaoping.office.desk import Desk
from kaoping.plugins import Found
from kaoping.settings import load_settings
from kaoping.texts import Language


def list_installed(desk: Desk) -> dict[str, Any]:
    """Every plugin found, and why those set aside do not run."""
    return {"plugins": [plugin_data(plugin, desk.language) for plugin in desk.plugins.found]}


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
        "provers": [prover.name for prover in plugin.provers],
        "problems": problem_data(plugin.problem, language),
    }


def problem_data(problem: KaopingError | None, language: Language) -> list[dict[str, Any]]:
    """What is wrong, as a list: empty where nothing is."""
    if problem is None:
        return []
    errors = problem.errors if isinstance(problem, Problems) else [problem]
    return [error.as_json(language) for error in errors]


def install(desk: Desk, source: str, *, sha256: str, editable: bool, dry_run: bool) -> dict[str, Any]:
    """Install the plugins of a wheel or folder; they stay inactive until somebody enables them."""
    desk.step("office.installing", source=source)
    done = packages.install(source, sha256=sha256, editable=editable, dry_run=dry_run)
    _changed(desk)
    messages = [_said(desk, "installed", done)]
    if done.sha256:
        messages.append(desk.say("office.plugin-digest", digest=_spaced(done.sha256)))
    if done.path:
        messages.append(desk.say("office.plugin-editable", path=done.path))
    if done.replaces:
        messages.append(desk.say("office.plugin-replaces", version=done.replaces))
    if done.missing:
        messages.append(desk.say("office.plugin-needs", names=", ".join(done.missing)))
    messages.append(desk.say("office.plugin-enable-next", name=done.plugins[0] if done.plugins else done.distribution))
    return {**asdict(done), "messages": messages}


def remove(desk: Desk, name: str, *, dry_run: bool) -> dict[str, Any]:
    """Uninstall a plugin's distribution; what was evaluated with it can still be shown."""
    done = packages.remove(name, load_settings(), dry_run=dry_run)
    _changed(desk)
    return {**asdict(done), "messages": [_said(desk, "removed", done)]}


def enable(desk: Desk, name: str, *, dry_run: bool) -> dict[str, Any]:
    """Let a plugin run."""
    done = packages.enable(name, load_settings(), by=desk.actor, now=desk.clock(), dry_run=dry_run)
    _changed(desk)
    messages = [_said(desk, "enabled", done)]
    if done.digest:
        messages.append(desk.say("office.plugin-digest", digest=_spaced(done.digest)))
    if done.path:
        messages.append(desk.say("office.plugin-editable", path=done.path))
    return {**asdict(done), "messages": messages}


def disable(desk: Desk, name: str, *, dry_run: bool) -> dict[str, Any]:
    """Keep a plugin from running."""
    done = packages.disable(name, load_settings(), dry_run=dry_run)
    _changed(desk)
    return {**asdict(done), "messages": [_said(desk, "disabled", done)]}


def _changed(desk: Desk) -> None:
    """What is loaded at the desk is no longer what is installed: it is loaded anew when next asked for."""
    desk.__dict__.pop("plugins", None)


def _said(desk: Desk, what: str, done: packages.Installation | packages.Removal | packages.Switch) -> str:
    names = (done.name,) if isinstance(done, packages.Switch) else done.plugins
    key = f"office.plugin-{what}-dry" if done.dry_run else f"office.plugin-{what}"
    return desk.say(key, names=", ".join(names), distribution=done.distribution, version=done.version)


def _spaced(digest: str) -> str:
    """A digest in groups of four, as people compare it."""
    return " ".join(digest[start : start + 4] for start in range(0, len(digest), 4))
