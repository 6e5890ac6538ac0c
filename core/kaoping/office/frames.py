"""Frames kept beside a database: the facts of one scheme and period as one wide table, for engines that read those."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from kaoping.errors import EnvironmentError
from kaoping.evaluation.keeping import KeptFrame, keeper_of
from kaoping.evaluation.plan import Plan, Section
from kaoping.facts.periods import Period
from kaoping.office.desk import Desk
from kaoping.plugins import Plugins
from kaoping.store.connection import Store
from kaoping.store.log import log_now


def folder_of(database: Path) -> Path:
    """Where the frames of a database are kept."""
    return database.with_name(f"{database.name}.frames")


def path_of(database: Path, plan: Plan, span: Period, section: Section | None = None) -> Path:
    """The file of one frame."""
    scheme = plan.scheme
    name = f"{scheme.id}+{scheme.tailoring.id}" if scheme.tailoring else scheme.id
    part = f".{section.type}" if section and section is not plan.main else ""
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
    keeper = keeper_of(plugins.engines)
    if keeper is None:
        raise EnvironmentError("office.no-frame-keeper")
    path = path_of(desk.database, plan, span, section)
    path.parent.mkdir(exist_ok=True)
    step = desk.say("office.keeping-frame", scheme=plan.scheme.id, period=span.text)
    desk.tell(step, 0, 0)
    log = log_now(store, plan.needs, span, today, known_at)
    return keeper.keep(
        plan, log, str(path), section=section, anew=anew, tell=lambda done, total: desk.tell(step, done, total)
    )
