"""The database and the state of the installation."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kaoping_cli import office
from kaoping_cli.commands.arguments import DryRun
from kaoping_cli.grammar import Done, command, group
from kaoping_cli.pages import care as page

if TYPE_CHECKING:
    from kaoping.office.desk import Desk

File = Annotated[Path | None, typer.Argument(metavar="FILE", help="db-backup-file")]


def declare(app: typer.Typer) -> None:
    """Looking after the data."""
    database = group(app, "db")

    @command(database, "init", "新建", show=page.initialised, key="db-init")
    def init(desk: Desk, *, dry_run: DryRun = False) -> dict[str, Any]:
        return office.databases.init(desk, dry_run=dry_run)

    @command(database, "check", "检查", show=page.checked, key="db-check")
    def check(desk: Desk) -> Done:
        data = office.databases.check(desk)
        return Done(data, 0 if data["ok"] else 3)

    @command(database, "backup", "备份", show=page.backed_up, key="db-backup")
    def backup(desk: Desk, *, file: File = None, dry_run: DryRun = False) -> dict[str, Any]:
        return office.databases.backup(desk, file, dry_run=dry_run)

    @command(app, "doctor", "体检", show=page.doctor)
    def doctor(desk: Desk) -> dict[str, Any]:
        return office.doctor.examine(desk)
