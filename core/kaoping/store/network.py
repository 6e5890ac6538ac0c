"""Is a file on another machine? SQLite's locks do not hold there, and two writers would ruin the database."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

REMOTE = frozenset({"afs", "cifs", "davfs", "ncpfs", "nfs", "nfs4", "smb3", "smbfs", "fuse.davfs", "fuse.sshfs"})
_DRIVE_REMOTE = 4  # GetDriveTypeW's DRIVE_REMOTE
_UNC = re.compile(r"[\\/]{2}(?:\?[\\/]UNC[\\/])?[^\\/?.]")


def on_network(path: Path) -> bool:
    """Does this path lead to another machine: a UNC path, a mapped drive, a network mount?"""
    whole = path.resolve()
    if is_unc(str(path)) or is_unc(str(whole)):
        return True
    if sys.platform == "win32":
        import ctypes  # noqa: PLC0415 - Windows only

        return bool(ctypes.windll.kernel32.GetDriveTypeW(whole.anchor) == _DRIVE_REMOTE)
    mounts = Path("/proc/self/mounts")
    return mounts.exists() and mount_type(str(whole), mounts.read_text(encoding="utf-8", errors="replace")) in REMOTE


def is_unc(path: str) -> bool:
    r"""Is it ``\\server\share\…`` or ``//server/share/…``?

    What begins with ``\\?\C:`` is local.
    """
    return _UNC.match(path) is not None


def mount_type(path: str, mounts: str) -> str:
    """The kind of file system a path lies on, by the text of ``/proc/self/mounts``."""
    best, found = -1, ""
    for line in mounts.splitlines():
        parts = line.split(" ")
        if len(parts) < 3:
            continue
        point = re.sub(r"\\(\d{3})", lambda code: chr(int(code[1], 8)), parts[1])
        if len(point) >= best and (path == point or path.startswith(point.rstrip("/") + os.sep)):
            best, found = len(point), parts[2]
    return found
