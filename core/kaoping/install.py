"""Bringing plugins in and out: a careful wrapper around the pip of the running Python, and the allow-list.

Installed is not active: installing runs none of a plugin's code, enabling says that it may run. A folder is the one
exception: building it runs its build program, as pip would.
"""

from __future__ import annotations

import importlib
import os
import re
import subprocess
import sys
import sysconfig
import tempfile
import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from kaoping.archives import ARCHIVES, Wheel, read_wheel, requirements
from kaoping.distributions import OWN, Installed, find_installed, normal
from kaoping.errors import DataError, EnvironmentError, RefusedError, UsageError
from kaoping.hookspecs import GROUP
from kaoping.plugins import Found, list_plugins, unknown_plugin
from kaoping.settings import Enabled, Settings, save_settings

_BY_NAME = re.compile(r"[A-Za-z0-9][\w.-]*(==[\w.!+-]+)?")


@dataclass(frozen=True)
class Installation:
    """A plugin's distribution that was, or with `dry_run` would be, installed; its plugins are not active yet.

    Attributes:
        sha256: digest of the wheel, for comparing with what its author states; "" for an editable install.
        path: the folder of an editable install, or "".
        replaces: the version that was installed before, or "".
        missing: distributions it needs that are not installed; they are not fetched.
    """

    distribution: str
    version: str
    plugins: tuple[str, ...]
    sha256: str
    path: str
    replaces: str
    missing: tuple[str, ...]
    dry_run: bool


@dataclass(frozen=True)
class Removal:
    """A distribution that was, or would be, removed, with all its plugins."""

    distribution: str
    version: str
    plugins: tuple[str, ...]
    dry_run: bool


@dataclass(frozen=True)
class Switch:
    """A plugin that was, or would be, enabled or disabled.

    Attributes:
        was, status: as in `kaoping.plugins.Found`, before and after; the same where nothing changed.
        digest: of its installed files, when it was enabled from outside; "" for an editable install.
        path: the folder of an editable install: its files may change at any time.
    """

    name: str
    distribution: str
    version: str
    was: str
    status: str
    digest: str
    path: str
    dry_run: bool


def install(source: str, *, sha256: str = "", editable: bool = False, dry_run: bool = False) -> Installation:
    """Install a plugin: a wheel, a folder with a ``pyproject.toml``, or by name from the package index.

    What it needs is not fetched, only named. A wheel that is in place already is replaced.

    Args:
        source: path, or ``name`` or ``name==version``.
        sha256: what the wheel's digest must be; needed when it comes by name.
        editable: use the folder where it is, for its author.
        dry_run: check everything, and change nothing; a folder is built all the same, outside of the installation.

    Raises:
        UsageError: there is no such file, or it holds no plugin.
        RefusedError: a source distribution, a missing or other digest, a wheel that does more than bring a plugin.
        EnvironmentError: there is no pip, or it failed.
    """
    place = Path(source).expanduser()
    with tempfile.TemporaryDirectory(prefix="kaoping-") as work:
        if source and place.is_dir():
            if not (place / "pyproject.toml").is_file():
                raise UsageError("plugins.not-a-wheel", source=source)
            if editable:
                return _install_editable(place.resolve(), dry_run=dry_run)
            place = _build(place.resolve(), Path(work))
        elif not place.exists() and _BY_NAME.fullmatch(source) and not source.endswith(ARCHIVES):
            if not sha256:
                raise RefusedError("plugins.no-hash", source=source)
            place = _download(source, Path(work))
        elif not place.is_file():
            raise UsageError("plugins.no-such-file", source=source)
        wheel = read_wheel(place)
        wanted = sha256.lower().removeprefix("sha256:").replace(" ", "")
        if wanted and wanted != wheel.sha256:
            raise RefusedError("plugins.other-hash", source=place.name, found=wheel.sha256, wanted=wanted)
        return _install_wheel(wheel, Path(work), dry_run=dry_run)


def remove(name: str, settings: Settings, *, dry_run: bool = False) -> Removal:
    """Remove the distribution of a plugin, given by the plugin's name or its own; works without running any of it.

    Raises:
        UsageError: nothing of that name is installed, or more than one distribution has such a plugin.
        RefusedError: it is kaoping itself.
        EnvironmentError: pip could not remove it.
    """
    installed = find_installed()
    found = [one for one in installed if normal(one.name) == normal(name)]
    found = found or [one for one in installed if name in _names(one)]
    if not found:
        raise unknown_plugin(name, [known for one in installed for known in (*_names(one), one.name)])
    if len(found) > 1:
        raise UsageError("plugins.ambiguous", plugin=name, owners=" · ".join(one.name for one in found))
    [one] = found
    if one.bundled:
        raise RefusedError("plugins.kaoping-itself", name=name)
    if not dry_run:
        _pip("uninstall", "--yes", one.name)
        if any(normal(left.name) == normal(one.name) for left in find_installed()):
            raise EnvironmentError("plugins.still-there", owner=one.name, folder=one.source.locate_file(""))
        gone = [p for p, entry in settings.enabled.items() if normal(entry.distribution) == normal(one.name)]
        if gone:
            save_settings(settings.forget(*gone))
    return Removal(one.name, one.version, _names(one), dry_run)


def enable(name: str, settings: Settings, *, by: str, now: datetime, dry_run: bool = False) -> Switch:
    """Let a plugin run: note its files as they are now, or turn on again one that ships with kaoping.

    Raises:
        UsageError: no plugin of that name is installed.
        RefusedError: two distributions claim the name, or the files cannot be checked.
        EnvironmentError: the settings cannot be written.
    """
    plugin, one = _sole(name, settings)
    digest = ""
    if plugin.bundled:
        settings = settings.turn_on(name)
    else:
        if not one.editable:
            digest = one.digest() or ""
            if not digest:
                raise RefusedError("plugins.unverifiable", plugin=name, owner=one.name)
        at = now.astimezone(UTC).isoformat(timespec="seconds")
        settings = settings.enable(name, Enabled(one.name, one.version, digest, one.editable, at, by))
    if not dry_run:
        save_settings(settings)
    return Switch(name, one.name, one.version, plugin.status, "active", digest, one.editable, dry_run)


def disable(name: str, settings: Settings, *, dry_run: bool = False) -> Switch:
    """Keep a plugin from running; it stays installed. Also clears what is left of one that is gone.

    Raises:
        UsageError: no plugin of that name is installed.
        EnvironmentError: the settings cannot be written.
    """
    found = [plugin for plugin in list_plugins(settings) if plugin.name == name]
    known = name in settings.enabled or name in settings.disabled
    if not found and not known:
        raise unknown_plugin(name, [plugin.name for plugin in list_plugins(settings)])
    bundled = any(plugin.bundled for plugin in found)
    after = settings.turn_off(name) if bundled else settings.forget(name)
    if not dry_run and after != settings:
        save_settings(after)
    first = found[0] if found else Found(name, settings.enabled[name].distribution, "", "", "inactive", bundled=False)
    status = "disabled" if bundled else "inactive"
    return Switch(name, first.distribution, first.version, first.status, status, "", first.editable, dry_run)


def _names(one: Installed) -> tuple[str, ...]:
    return tuple(sorted({point.name for point in one.entry_points}))


def _sole(name: str, settings: Settings) -> tuple[Found, Installed]:
    """The one plugin of this name that could run."""
    plugins = list_plugins(settings)
    found = [plugin for plugin in plugins if plugin.name == name]
    if not found:
        raise unknown_plugin(name, [plugin.name for plugin in plugins])
    if found[0].problem and found[0].status == "set_aside":
        raise found[0].problem
    return found[0], next(one for one in find_installed() if one.name == found[0].distribution)


def _install_wheel(wheel: Wheel, work: Path, *, dry_run: bool) -> Installation:
    before = _before(wheel.distribution)
    _check_places(wheel, before)
    if not dry_run:
        wanted = work / "wanted.txt"  # by digest, so that pip installs the very bytes that were looked at
        wanted.write_text(f"{wheel.file.resolve().as_uri()} --hash=sha256:{wheel.sha256}\n", encoding="utf-8")
        quiet = ("--no-deps", "--no-index", "--force-reinstall", "--require-hashes")
        _pip("install", *quiet, "--requirement", str(wanted))
    return Installation(
        wheel.distribution,
        wheel.version,
        wheel.plugins,
        wheel.sha256,
        "",
        before.version if before else "",
        _missing(wheel.requires),
        dry_run,
    )


def _install_editable(folder: Path, *, dry_run: bool) -> Installation:
    project = _project(folder).get("project", {})
    plugins = tuple(sorted(project.get("entry-points", {}).get(GROUP, {})))
    if not plugins or not project.get("name"):
        raise UsageError("plugins.not-a-plugin", source=str(folder))
    before = _before(project["name"])
    if not dry_run:
        _pip("install", "--no-deps", *_isolation(folder), "--editable", str(folder))
    version, needs = str(project.get("version", "")), requirements(list(project.get("dependencies", [])))
    replaces = before.version if before else ""
    missing = _missing(tuple(needs))
    return Installation(project["name"], version, plugins, "", str(folder), replaces, missing, dry_run)


def _before(name: str) -> Installed | None:
    """What is installed under a name now; kaoping itself is not to be replaced."""
    if normal(name) == OWN:
        raise RefusedError("plugins.kaoping-itself", name=name)
    return next((one for one in find_installed() if normal(one.name) == normal(name)), None)


def _check_places(wheel: Wheel, before: Installed | None) -> None:
    """Refuse what would take the place of something that is not the plugin's own."""
    for module, member in wheel.modules.items():
        try:
            spec = find_spec(module)
        except (ImportError, ValueError):
            spec = None
        place = spec.origin if spec else None
        if place and not (before and before.owns(Path(place))):
            raise RefusedError("plugins.takes-place", source=wheel.file.name, member=member, owner=place)
    for script in wheel.scripts:
        for name in (script, f"{script}.exe"):
            path = Path(sysconfig.get_path("scripts"), name)
            if path.exists() and not (before and before.owns(path)):
                raise RefusedError("plugins.takes-place", source=wheel.file.name, member=script, owner=str(path))


def _missing(needs: tuple[str, ...]) -> tuple[str, ...]:
    def absent(name: str) -> bool:
        try:
            distribution(name)
        except PackageNotFoundError:
            return True
        return False

    return tuple(name for name in needs if absent(name))


def _project(folder: Path) -> dict[str, Any]:
    file = folder / "pyproject.toml"
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError("plugins.broken-archive", source=str(file), problem=str(error)) from error


def _isolation(folder: Path) -> tuple[str, ...]:
    """Build with what is installed where that suffices: an office has no network."""
    needs = _project(folder).get("build-system", {}).get("requires", ["setuptools"])
    return () if _missing(tuple(requirements(list(needs)))) else ("--no-build-isolation",)


def _build(folder: Path, work: Path) -> Path:
    _pip("wheel", "--no-deps", *_isolation(folder), "--wheel-dir", str(work), str(folder))
    return next(work.glob("*.whl"))


def _download(source: str, work: Path) -> Path:
    _pip("download", "--no-deps", "--only-binary", ":all:", "--dest", str(work), source)
    return next(work.glob("*.whl"))


def _pip(*arguments: str) -> None:
    if find_spec("pip") is None:
        raise EnvironmentError("plugins.no-pip", python=sys.executable)
    command = [sys.executable, "-P", "-m", "pip", "--disable-pip-version-check", "--no-input", *arguments]
    environment = {**os.environ, "PYTHONUTF8": "1"}
    done = subprocess.run(
        command, capture_output=True, encoding="utf-8", errors="replace", env=environment, check=False
    )
    importlib.invalidate_caches()
    if done.returncode:
        lines = [line.strip() for line in (done.stderr + done.stdout).splitlines() if line.strip()]
        told = [line.removeprefix("ERROR:").strip() for line in lines if line.startswith("ERROR:")]
        raise EnvironmentError("plugins.pip-failed", problem=(told or lines or ["?"])[0])
