"""The assessor's questions beyond why: what if, who hangs by a thread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from kaoping_cli import office
from kaoping_cli.commands.arguments import Period, Scheme, SchemeOption, Subject
from kaoping_cli.grammar import command
from kaoping_cli.pages import fragile as threads
from kaoping_cli.pages import suppositions

if TYPE_CHECKING:
    from kaoping.office.desk import Desk

Settings = Annotated[list[str] | None, typer.Option("--set", metavar="FACT=VALUE", help="whatif-set")]
Adding = Annotated[list[str] | None, typer.Option("--add", metavar="RECORD:FIELD=VALUE,...", help="whatif-add")]
Removing = Annotated[list[str] | None, typer.Option("--remove", metavar="RECORD:NUMBER", help="whatif-remove")]


def declare(app: typer.Typer) -> None:
    """Questions that store nothing."""

    @command(app, "whatif", "设想", show=suppositions.supposed)
    def whatif(
        desk: Desk,
        *,
        subject: Subject,
        period: Period,
        settings: Settings = None,
        adding: Adding = None,
        removing: Removing = None,
        scheme: SchemeOption = None,
    ) -> dict[str, Any]:
        return office.suppositions.whatif(
            desk,
            subject,
            period,
            scheme=scheme,
            settings=settings or (),
            adding=adding or (),
            removing=removing or (),
        )

    @command(app, "fragile", "临界", show=threads.listed)
    def fragile(
        desk: Desk,
        *,
        scheme: Scheme,
        period: Period,
        within: Annotated[str, typer.Option("--within", metavar="PERCENT", help="fragile-within")] = "1",
    ) -> dict[str, Any]:
        return office.fragile.fragile(desk, scheme, period, within=within)
