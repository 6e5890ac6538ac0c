"""The database file: making it, looking whether it is sound, copying it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kaoping.errors import EnvironmentError
from kaoping.office.desk import CHINA, Desk
from kaoping.office.frames import check as check_frames
from kaoping.office.frames import folder_of
from kaoping.store.backup import Fault
from kaoping.store.backup import backup as copy
from kaoping.store.backup import check as find_faults
from kaoping.store.connection import create


def init(desk: Desk, *, dry_run: bool) -> dict[str, Any]:
    """Make a new, empty database."""
    path = desk.database
    if not dry_run:
        create(path).close()
    elif path.exists():
        raise EnvironmentError("store.exists", path=path)
    elif not path.parent.is_dir():
        raise EnvironmentError("store.no-folder", path=path, folder=path.parent)
    return {"database": str(path.absolute()), "dry_run": dry_run}


def check(desk: Desk) -> dict[str, Any]:
    """Whether the database is whole, and its results as they were stored."""
    desk.step("office.checking", path=desk.database)
    with desk.opened(read_only=True) as store:
        faults = find_faults(store)
    frames = check_frames(desk)["frames"] if folder_of(desk.database).is_dir() and not faults else []
    wrong = {"scheme", "period", "path"}
    faults += tuple(
        Fault("office.fault-frame", {name: one[name] for name in wrong}) for one in frames if one["same"] is False
    )
    return {
        "database": str(desk.database.absolute()),
        "ok": not faults,
        "faults": [{"code": fault.key, "message": fault.text(desk.language)} for fault in faults],
        "frames": frames,
    }


def backup(desk: Desk, file: Path | None, *, dry_run: bool) -> dict[str, Any]:
    """Copy the database, whole and from one moment, while others may go on writing."""
    path = desk.database
    name = f"{path.stem}-{desk.clock().astimezone(CHINA).strftime('%Y%m%d-%H%M%S')}{path.suffix}"
    target = path.with_name(name) if file is None else file / name if file.is_dir() else file
    with desk.opened() as store:
        if target.exists():
            raise EnvironmentError("store.exists", path=target)
        if not dry_run:
            copy(store, target)
    size = target.stat().st_size if target.exists() else None
    return {"database": str(path.absolute()), "backup": str(target.absolute()), "bytes": size, "dry_run": dry_run}
