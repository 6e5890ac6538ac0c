"""Looking into a plugin's archive before anything is done with it; nothing is unpacked and nothing runs."""

from __future__ import annotations

import hashlib
import io
import re
import stat
import zipfile
from dataclasses import dataclass
from email import message_from_bytes
from pathlib import Path

from kaoping.distributions import groups, normal
from kaoping.errors import DataError, RefusedError, UsageError
from kaoping.hookspecs import GROUP

_SDISTS = (".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".tar", ".zip")
ARCHIVES = (".whl", *_SDISTS)
_SCRIPTS = ("console_scripts", "gui_scripts")
_STARTUP = re.compile(r"(site|user)customize\b.*|.*\.pth", re.IGNORECASE)
_LIMIT = 200_000_000


@dataclass(frozen=True)
class Wheel:
    """A wheel that holds a plugin and nothing that works behind the allow-list's back.

    Attributes:
        plugins: names of the entry points, sorted.
        sha256: digest of the file.
        modules: what it puts at the top of the import path, each with one of its members.
        scripts: names of the commands it brings.
        requires: the distributions it needs, extras left out.
    """

    file: Path
    distribution: str
    version: str
    plugins: tuple[str, ...]
    sha256: str
    modules: dict[str, str]
    scripts: tuple[str, ...]
    requires: tuple[str, ...]


def read_wheel(file: Path) -> Wheel:
    """What a wheel would install.

    Raises:
        UsageError: it is not a wheel, or holds no plugin.
        DataError: it cannot be read.
        RefusedError: a source distribution, or a wheel with members that would land outside the place of
            installation or run without having been enabled.
    """
    if file.name.lower().endswith(_SDISTS):
        raise RefusedError("plugins.sdist", source=file.name)
    if file.suffix.lower() != ".whl":
        raise UsageError("plugins.not-a-wheel", source=file.name)
    try:
        content = file.read_bytes()
        with zipfile.ZipFile(io.BytesIO(content)) as archive:  # the very bytes whose digest is taken
            members = archive.infolist()
            for member in members:
                _check_member(file, member)
            if sum(member.file_size for member in members) > _LIMIT:
                raise DataError("plugins.broken-archive", source=file.name, problem=f"> {_LIMIT} bytes")
            return _wheel(file, archive, hashlib.sha256(content).hexdigest())
    except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError) as error:
        raise DataError("plugins.broken-archive", source=file.name, problem=str(error)) from error


def _check_member(file: Path, member: zipfile.ZipInfo) -> None:
    name = member.orig_filename  # as written: `filename` has backslashes turned round on Windows
    kind = stat.S_IFMT(member.external_attr >> 16)
    outside = name.startswith("/") or "\\" in name or ".." in name.split("/") or re.match(r"[A-Za-z]:", name)
    if outside or "\0" in name or kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise RefusedError("plugins.unsafe-member", source=file.name, member=repr(name)[1:-1])


def _wheel(file: Path, archive: zipfile.ZipFile, sha256: str) -> Wheel:
    names = [name for name in archive.namelist() if not name.endswith("/")]
    infos = {name.split("/")[0] for name in names if re.fullmatch(r"[^/]+\.dist-info/METADATA", name)}
    if len(infos) != 1:
        raise DataError("plugins.broken-archive", source=file.name, problem="no .dist-info/METADATA")
    info = infos.pop()
    head = message_from_bytes(archive.read(f"{info}/METADATA"))
    distribution, version = head.get("Name", ""), head.get("Version", "")
    if normal(distribution) != normal(file.name.split("-")[0]):
        raise DataError("plugins.broken-archive", source=file.name, problem=f"Name: {distribution}")
    registered = f"{info}/entry_points.txt"
    text = archive.read(registered).decode("utf-8") if registered in names else ""
    entries = [(group, line.partition("=")[0].strip()) for group, line in groups(text)]
    plugins = sorted({name for group, name in entries if group == GROUP})
    if not plugins:
        raise UsageError("plugins.not-a-plugin", source=file.name)
    for group, name in entries:
        if group not in (GROUP, *_SCRIPTS):  # another program would import it, asking nobody
            raise RefusedError("plugins.runs-by-itself", source=file.name, member=f"[{group}] {name}")
    return Wheel(
        file=file,
        distribution=distribution,
        version=version,
        plugins=tuple(plugins),
        sha256=sha256,
        modules=_modules(file, info, names),
        scripts=tuple(sorted(name for group, name in entries if group in _SCRIPTS)),
        requires=tuple(requirements(head.get_all("Requires-Dist", []))),
    )


def _modules(file: Path, info: str, names: list[str]) -> dict[str, str]:
    modules: dict[str, str] = {}
    for name in names:
        inside = re.sub(r"^[^/]+\.data/(purelib|platlib)/", "", name)
        top, _, rest = inside.partition("/")
        if top == info:
            if rest == "direct_url.json":  # says where it was installed from: for the installer to write
                raise RefusedError("plugins.runs-by-itself", source=file.name, member=name)
            continue
        if top.endswith((".data", ".dist-info", ".egg-info")) or _STARTUP.fullmatch(top):
            raise RefusedError("plugins.runs-by-itself", source=file.name, member=name)
        modules.setdefault(top if rest else top.split(".")[0], name)
    return modules


def requirements(lines: list[str]) -> list[str]:
    """The names of the distributions that requirement lines ask for, those of extras left out."""
    wanted = [line for line in lines if "extra ==" not in line.partition(";")[2]]
    return sorted({match[0] for line in wanted if (match := re.match(r"[\w][\w.-]*", line.strip()))})
