"""What is installed and says it is a plugin, found without running any of it, and the digest of its files."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from email import message_from_string
from functools import cached_property
from importlib.machinery import ModuleSpec, PathFinder
from importlib.metadata import Distribution, EntryPoint, distributions
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from kaoping.hookspecs import GROUP

OWN = "kaoping"
_VALUE = re.compile(r"\w+(\.\w+)*(\s*:\s*\w+(\.\w+)*)?")
_BY_INSTALLER = frozenset({"RECORD", "INSTALLER", "REQUESTED", "direct_url.json"})


@dataclass(frozen=True)
class Installed:
    """A distribution that offers plugins; nothing of it has been imported.

    Attributes:
        entry_points: its plugins by name, in written order; a name may stand twice.
        unreadable: lines of the group that name no module.
    """

    name: str
    version: str
    entry_points: tuple[EntryPoint, ...]
    unreadable: tuple[str, ...]
    source: Distribution = field(repr=False, compare=False)

    @property
    def bundled(self) -> bool:
        """Is this kaoping itself?"""
        return normal(self.name) == OWN

    @cached_property
    def editable(self) -> str:
        """The folder of an editable install, or ""."""
        return _editable_folder(self.source)

    @cached_property
    def files(self) -> dict[str, Path] | None:
        """Every file that belongs to it, by its path as recorded; None when the installer kept no list.

        Files that lie in its packages without being recorded count as its own: a scheme put beside the others is
        read like them. Bytecode caches do not count.
        """
        return _files(self.source)

    def digest(self) -> str | None:
        """SHA-256 over names and contents of its files; None when nobody knows which they are."""
        if self.files is None:
            return None
        lines = [f"{name}\0{_content(path)}\n" for name, path in sorted(self.files.items()) if not _by_installer(name)]
        return hashlib.sha256("".join(lines).encode("utf-8", "surrogateescape")).hexdigest()

    def foreign(self, module: str) -> str | None:
        """Where a module of its plugins would be loaded from, when that place is not its own; imports nothing."""
        origin = _origin(module)
        if origin is None or self.files is None:
            return None
        return None if self.owns(Path(origin)) else origin

    def owns(self, path: Path) -> bool:
        """Is this one of its files (in an editable install: does it lie in the folder)?"""
        found = path.resolve()
        return found in self._resolved or (bool(self.editable) and found.is_relative_to(Path(self.editable).resolve()))

    @cached_property
    def _resolved(self) -> frozenset[Path]:
        return frozenset(path.resolve() for path in (self.files or {}).values())


def normal(name: str) -> str:
    """A distribution's name as installers compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def find_installed(path: Sequence[str] | None = None) -> list[Installed]:
    """The distributions on the path (default: where Python looks) that offer plugins, sorted by name.

    Of one distribution found twice the first on the path counts, as it does for imports.
    """
    found: dict[str, Installed] = {}
    for source in distributions(path=list(sys.path if path is None else path)):
        text = _read(source, "entry_points.txt")
        if f"[{GROUP}]" not in text:
            continue
        points, unreadable = _parse(text)
        head = message_from_string(_read(source, "METADATA") or _read(source, "PKG-INFO"))
        name, version = head.get("Name", ""), head.get("Version", "")
        if name and (points or unreadable):  # what has no name is the wreck of an installation, not a plugin
            found.setdefault(normal(name), Installed(name, version, tuple(points), tuple(unreadable), source))
    return [found[name] for name in sorted(found)]


def groups(text: str) -> Iterable[tuple[str, str]]:
    """(group, line) for every line of an ``entry_points.txt``."""
    group = ""
    for line in map(str.strip, text.splitlines()):
        if line.startswith("[") and line.endswith("]"):
            group = line[1:-1].strip()
        elif line and not line.startswith(("#", ";")):
            yield group, line


def _parse(text: str) -> tuple[list[EntryPoint], list[str]]:
    points, unreadable = [], []
    for line in (line for group, line in groups(text) if group == GROUP):
        name, _, value = (part.strip() for part in line.partition("="))
        if re.fullmatch(r"\w[\w.-]*", name) and _VALUE.fullmatch(value):
            points.append(EntryPoint(name, value, GROUP))
        else:
            unreadable.append(line)
    return points, unreadable


def _read(source: Distribution, file: str) -> str:
    try:
        return source.read_text(file) or ""
    except (OSError, UnicodeDecodeError):  # another's damaged metadata is not ours to report
        return ""


def _editable_folder(source: Distribution) -> str:
    try:
        data = json.loads(_read(source, "direct_url.json") or "{}")
        editable = data.get("dir_info", {}).get("editable") is True
        return str(Path(url2pathname(urlsplit(data["url"]).path))) if editable else ""
    except (ValueError, AttributeError, KeyError, TypeError):
        return ""


def _files(source: Distribution) -> dict[str, Path] | None:
    record = _read(source, "RECORD")
    try:
        names = [row[0] for row in csv.reader(record.splitlines()) if row]
    except csv.Error:
        return None
    if not names or "\0" in record:
        return None
    recorded = {name: Path(str(source.locate_file(name))) for name in names}
    found = dict(recorded)
    for name, path in recorded.items():
        if "/" not in name or name.startswith(("../", "/")) or path.parent.name.endswith(".dist-info"):
            continue
        folder = name.rpartition("/")[0]
        beside = path.parent.rglob("*") if f"{folder}/__init__.py" in recorded else path.parent.glob("*")
        found |= {f"{folder}/{p.relative_to(path.parent).as_posix()}": p for p in beside if p.is_file()}
    return {name: path for name, path in found.items() if not _is_cache(name)}


def _is_cache(name: str) -> bool:
    return "__pycache__" in name.split("/") and name.endswith(".pyc")


def _by_installer(name: str) -> bool:
    folder, _, file = name.rpartition("/")
    return folder.endswith(".dist-info") and file in _BY_INSTALLER


def _content(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return "missing"


def _origin(module: str) -> str | None:
    """The file of a module, found part by part without importing its parents."""
    top, *rest = module.split(".")
    try:
        spec: ModuleSpec | None = find_spec(top)
    except (ImportError, ValueError):  # ValueError: in sys.modules without a spec
        return None
    name = top
    for part in rest:
        name = f"{name}.{part}"
        spec = PathFinder.find_spec(name, spec.submodule_search_locations) if spec else None
    return spec.origin if spec else None
