"""Frames kept beside a database: the facts of one scheme and period as one wide table, for engines that read those.

A frame is a file of its own: it can be thrown away and built again, is no part of a backup, and whoever builds it keeps
nobody from entering facts.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from kaoping.errors import EnvironmentError, KaopingError, UsageError
from kaoping.evaluation.keeping import FrameKeeper, KeptFrame, keeper_of
from kaoping.evaluation.plan import Plan, Section
from kaoping.evaluation.tailored import compile_tailored
from kaoping.facts.periods import Period, parse_period
from kaoping.office.desk import Desk
from kaoping.office.periods import read_period
from kaoping.office.tailorings import tailored_for
from kaoping.plugins import Plugins
from kaoping.store.connection import Store
from kaoping.store.log import Log, log_now

FORMS = ("parquet", "csv")
_NAME = re.compile(
    r"(?P<scheme>[^@+]+)(?:\+(?P<tailoring>[^@]+))?@(?P<period>[^@]+?)(?:@(?P<section>[^@.]+))?(?P<imported>\.imported)?\.db"
)


def folder_of(database: Path) -> Path:
    """Where the frames of a database are kept."""
    return database.with_name(f"{database.name}.frames")


def path_of(database: Path, plan: Plan, span: Period, section: Section | None = None) -> Path:
    """The file of one frame."""
    scheme = plan.scheme
    name = f"{scheme.id}+{scheme.tailoring.id}" if scheme.tailoring else scheme.id
    part = f"@{section.type}" if section and section is not plan.main else ""
    return folder_of(database) / f"{name}@{span.text}{part}.db"


def up_to_date(
    desk: Desk,
    plugins: Plugins,
    store: Store,
    plan: Plan,
    span: Period,
    today: date,
    *,
    known_at: str | None = None,
    section: Section | None = None,
    anew: bool = False,
) -> KeptFrame:
    """The frame of a scheme and period, brought up to date with what is known, or as known at a moment.

    It lies beside the database and is built where there is none. Call it outside of transactions: it reads the log in
    one of its own.

    Raises:
        EnvironmentError: no engine that keeps frames can run here.
        DataError: something in the plan has no form in that engine; it is named with its place.
        Problems: something stored does not fit the catalogue any more.
    """
    path = path_of(desk.database, plan, span, section)
    path.parent.mkdir(exist_ok=True)
    step = desk.say("office.keeping-frame", scheme=plan.scheme.id, period=span.text)
    desk.tell(step, 0, 0)
    log = log_now(store, plan.needs, span, today, known_at)
    return keeper_for(plugins).keep(
        plan, log, str(path), section=section, anew=anew, tell=lambda done, total: desk.tell(step, done, total)
    )


def keeper_for(plugins: Plugins) -> FrameKeeper:
    """The engine that keeps frames.

    Raises:
        EnvironmentError: none can run here.
    """
    found = keeper_of(plugins.engines)
    if found is None:
        raise EnvironmentError("office.no-frame-keeper")
    return found


@dataclass(frozen=True)
class _Found:
    """A frame's file, and what it is of."""

    path: Path
    scheme: str
    tailoring: str | None
    period: str
    section: str | None
    imported: bool


def _found(desk: Desk, scheme: str | None, period: str | None) -> list[_Found]:
    """The frames beside the database, by name."""
    listed = []
    for path in sorted(folder_of(desk.database).glob("*.db")):
        if not path.name.startswith(".") and (parts := _NAME.fullmatch(path.name)):
            names = {name: parts[name] for name in ("scheme", "tailoring", "period", "section")}
            one = _Found(path, **names, imported=bool(parts["imported"]))
            if scheme in (None, one.scheme) and period in (None, one.period):
                listed.append(one)
    return listed


def plan_of(desk: Desk, plugins: Plugins, scheme: str, tailoring: str | None = None) -> Plan:
    """The rules of a scheme, as a tailoring makes them where one is named."""
    return compile_tailored(tailored_for(desk, plugins.scheme(scheme), tailoring), plugins.catalogue)


def keep(
    desk: Desk, scheme: str, period: str, *, tailoring: str | None = None, anew: bool = False, dry_run: bool = False
) -> dict[str, Any]:
    """Build a frame (`anew`), or bring it up to date."""
    plugins = desk.plugins
    plan = plan_of(desk, plugins, scheme, tailoring)
    return _kept(desk, plugins, plan, read_period(plan.scheme, period), anew, dry_run)


def update(desk: Desk, scheme: str | None, period: str | None, *, dry_run: bool = False) -> dict[str, Any]:
    """Bring the frames up to date that are kept already."""
    plugins, done = desk.plugins, []
    for one in _found(desk, scheme, period):
        if not one.imported:
            plan = plan_of(desk, plugins, one.scheme, one.tailoring)
            section = plan.section(one.section) if one.section else None
            done.append(_kept(desk, plugins, plan, parse_period(one.period), False, dry_run, section))
    if not done and scheme:
        raise UsageError("office.no-frame", scheme=scheme, period=period or "")
    return {"frames": done, "dry_run": dry_run}


def _kept(
    desk: Desk, plugins: Plugins, plan: Plan, span: Period, anew: bool, dry_run: bool, section: Section | None = None
) -> dict[str, Any]:
    head = {"scheme": plan.scheme.id, "period": span.text}
    with desk.opened() as store:
        if dry_run:
            path = path_of(desk.database, plan, span, section)
            log = log_now(store, plan.needs, span, desk.today)
            behind = None if anew or not path.exists() else _behind(keeper_for(plugins).frame_data(str(path)), log)
            how = "built" if behind is None else "updated" if behind else "current"
            more = {
                "section": (section or plan.main).type,
                "subjects": None,
                "known_at": log.known_at,
                "written": behind,
            }
            return {**head, "path": str(path), "how": how, **more, "why": "", "dry_run": True}
        found = up_to_date(desk, plugins, store, plan, span, desk.today, section=section, anew=anew)
    why = desk.say(f"sql.{found.why}") if found.why else ""
    more = {"section": found.section, "subjects": found.subjects, "known_at": found.known_at, "written": found.written}
    return {**head, "path": found.path, "how": found.how, **more, "why": why, "dry_run": False}


def _behind(data: dict[str, Any], log: Log) -> int | None:
    """Of how many subjects there is something new; None where that cannot be said."""
    if data["state"] is None:
        return None
    touched = log.touched_since(data["state"])
    return None if touched is None else len(touched)


def _behind_now(desk: Desk, store: Store, one: _Found, data: dict[str, Any]) -> int | None:
    """The same of a frame and what is known now."""
    with suppress(KaopingError):  # its scheme may be gone; the frame is still there to be looked at
        needs = plan_of(desk, desk.plugins, one.scheme, one.tailoring).needs
        return _behind(data, log_now(store, needs, parse_period(one.period), desk.today))
    return None


def show(desk: Desk, scheme: str | None, period: str | None) -> dict[str, Any]:
    """Which frames there are, and of how many subjects something is new that they do not show yet."""
    listed = []
    keeper = keeper_for(desk.plugins)
    with desk.opened(read_only=True) as store:
        for one in _found(desk, scheme, period):
            data = keeper.frame_data(str(one.path))
            behind = _behind_now(desk, store, one, data)
            listed.append(
                {
                    **{name: data[name] for name in ("scheme", "edition", "period", "section", "subjects", "known_at")},
                    "tailoring": one.tailoring,
                    "imported": one.imported,
                    "behind": behind,
                    "in_memory": desk.say(f"sql.{data['in_memory']}") if data["in_memory"] else "",
                    "path": str(one.path),
                    "bytes": one.path.stat().st_size,
                    "columns": data["columns"] if scheme else len(data["columns"]),
                }
            )
    return {"folder": str(folder_of(desk.database)), "frames": listed}


def export(desk: Desk, scheme: str, period: str, folder: Path, form: str, *, dry_run: bool) -> dict[str, Any]:
    """Write a frame as it is into a folder."""
    if form not in FORMS:
        raise UsageError("office.frame-form", form=form, known=", ".join(FORMS))
    found = [one for one in _found(desk, scheme, None) if parse_period(one.period) == parse_period(period)]
    if not found:
        raise UsageError("office.no-frame", scheme=scheme, period=period)
    keeper = keeper_for(desk.plugins)
    data = keeper.frame_data(str(found[0].path))
    rows, behind = int(data["subjects"]), None
    with suppress(KaopingError), desk.opened(read_only=True) as store:  # a frame is exported without a database too
        behind = _behind_now(desk, store, found[0], data)
    desk.step("office.exporting-frame", path=folder)
    if not dry_run:
        rows = keeper.export_frame(str(found[0].path), str(folder), form)
    return {
        "scheme": scheme,
        "period": period,
        "folder": str(folder),
        "form": form,
        "subjects": rows,
        "behind": behind,
        "dry_run": dry_run,
    }


def bring_in(desk: Desk, folder: Path, *, dry_run: bool) -> dict[str, Any]:
    """Check a frame from elsewhere, and keep it beside those of the database."""
    plugins = desk.plugins
    keeper = keeper_for(plugins)
    data = keeper.frame_data(str(folder))
    plan = plan_of(desk, plugins, data["scheme"])
    path = folder_of(desk.database) / f"{plan.scheme.id}@{data['period']}.imported.db"
    desk.step("office.importing-frame", path=folder)
    path.parent.mkdir(exist_ok=True)
    replaced = path.exists()
    rows = keeper.import_frame(plan, str(folder), str(path), dry_run=dry_run)
    head = {"scheme": plan.scheme.id, "period": data["period"], "path": str(path)}
    return {**head, "subjects": rows, "replaced": replaced, "dry_run": dry_run}


def join(
    desk: Desk, sources: list[Path], folder: Path, *, memory: str = "", tailoring: str | None = None
) -> dict[str, Any]:
    """Put frames of several offices together, into a new folder of Parquet."""
    if len(sources) < 2:
        raise UsageError("office.join-one")
    for source in sources:
        if not source.exists():
            raise UsageError("office.no-frame-at", path=source)
    plugins = desk.plugins
    keeper = keeper_for(plugins)
    data = keeper.frame_data(str(sources[0]))
    plan = plan_of(desk, plugins, data["scheme"], tailoring)
    tell = desk.steps("office.joining-frames", path=folder)
    rows = keeper.join_frames(plan, [str(source) for source in sources], str(folder), memory=memory, tell=tell)
    head = {"scheme": plan.scheme.id, "period": data["period"], "folder": str(folder)}
    return {**head, "frames": [str(source) for source in sources], "subjects": rows}


def check(desk: Desk, scheme: str | None = None, period: str | None = None) -> dict[str, Any]:
    """Whether frames are what the log gives when they are built from nothing, as known when they were made."""
    plugins = desk.plugins
    with desk.opened(read_only=True) as store:
        found = list(_checked(desk, plugins, store, scheme, period))
    return {"ok": all(one["same"] is not False for one in found), "frames": found}


def _checked(
    desk: Desk, plugins: Plugins, store: Store, scheme: str | None, period: str | None
) -> Iterator[dict[str, Any]]:
    for one in _found(desk, scheme, period):
        if one.imported:
            continue
        head = {"scheme": one.scheme, "period": one.period, "path": str(one.path), "same": None, "why": ""}
        try:
            keeper = keeper_for(plugins)
            data = keeper.frame_data(str(one.path))
            plan = plan_of(desk, plugins, one.scheme, one.tailoring)
            yield {**head, **_compared(desk, keeper, store, plan, one, data)}
        except KaopingError as error:
            yield {**head, "why": error.text(desk.language)}


def _compared(
    desk: Desk, keeper: FrameKeeper, store: Store, plan: Plan, one: _Found, data: dict[str, Any]
) -> dict[str, Any]:
    span = parse_period(one.period)
    log = Log(store, plan.needs, span, date.fromisoformat(data["today"]), data["known_at"])
    step = desk.say("office.checking-frame", scheme=one.scheme, period=one.period)
    again = one.path.with_name(f".{one.path.name}.{os.getpid()}.check")
    try:
        section = plan.section(one.section) if one.section else None
        keeper.keep(
            plan, log, str(again), section=section, anew=True, tell=lambda done, total: desk.tell(step, done, total)
        )
        if keeper.frame_data(str(again))["recipe"] != data["recipe"]:
            return {"why": desk.say("office.frame-otherwise-made")}
        digest, wanted = (keeper.frame_digest(str(path)) for path in (one.path, again))
    finally:
        again.unlink(missing_ok=True)
    return {"same": digest == wanted, "digest": digest, "digest_from_log": wanted}
