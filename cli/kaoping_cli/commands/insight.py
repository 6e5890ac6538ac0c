"""The assessor's questions beyond why: what if, who hangs by a thread, what other rules would do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kaoping_cli import office
from kaoping_cli.commands.arguments import DryRun, Period, Scheme, SchemeOption, Subject, Tailoring
from kaoping_cli.grammar import command
from kaoping_cli.pages import fragile as threads
from kaoping_cli.pages import impact as weighing
from kaoping_cli.pages import improvements, suppositions

if TYPE_CHECKING:
    from kaoping.office.desk import Desk

Settings = Annotated[list[str] | None, typer.Option("--set", metavar="FACT=VALUE", help="whatif-set")]
Adding = Annotated[list[str] | None, typer.Option("--add", metavar="RECORD:FIELD=VALUE,...", help="whatif-add")]
Removing = Annotated[list[str] | None, typer.Option("--remove", metavar="RECORD:NUMBER", help="whatif-remove")]
Periods = Annotated[str, typer.Option("--period", "-p", metavar="PERIODS", help="impact-periods")]
Edition = Annotated[Path | None, typer.Option("--edition", metavar="FILE", help="impact-edition-file")]
Parameters = Annotated[list[str] | None, typer.Option("--param", metavar="PARAMETER=VALUE", help="impact-param")]
Sweep = Annotated[str | None, typer.Option("--sweep", metavar="PARAMETER=FROM..TO", help="impact-sweep")]
Picture = Annotated[Path | None, typer.Option("--picture", metavar="FILE.svg", help="impact-picture-file")]
To = Annotated[str, typer.Option("--to", metavar="GRADE", help="improve-to")]
Costs = Annotated[list[str] | None, typer.Option("--cost", metavar="FACT=NUMBER", help="improve-cost")]
Fixed = Annotated[list[str] | None, typer.Option("--fix", metavar="FACT", help="improve-fix")]
Limits = Annotated[list[str] | None, typer.Option("--limit", metavar="FACT=FROM..TO", help="improve-limit")]
Only = Annotated[list[str] | None, typer.Option("--only", metavar="FACT", help="improve-only")]
Alternatives = Annotated[int, typer.Option("--ways", min=1, max=9, metavar="NUMBER", help="improve-ways")]
Seconds = Annotated[int, typer.Option("--seconds", min=1, max=3600, metavar="NUMBER", help="improve-seconds")]


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
        tailoring: Tailoring = None,
    ) -> dict[str, Any]:
        return office.suppositions.whatif(
            desk,
            subject,
            period,
            scheme=scheme,
            settings=settings or (),
            adding=adding or (),
            removing=removing or (),
            tailoring=tailoring,
        )

    @command(app, "improve", "提升", show=improvements.proposed)
    def improve(
        desk: Desk,
        *,
        subject: Subject,
        period: Period,
        to: To,
        scheme: SchemeOption = None,
        costs: Costs = None,
        fixed: Fixed = None,
        limits: Limits = None,
        only: Only = None,
        alternatives: Alternatives = 3,
        seconds: Seconds = 10,
        tailoring: Tailoring = None,
    ) -> dict[str, Any]:
        return office.improvements.cheapest(
            desk,
            subject,
            period,
            to=to,
            scheme=scheme,
            costs=costs or (),
            fixed=fixed or (),
            limits=limits or (),
            only=only or (),
            alternatives=alternatives,
            seconds=seconds,
            tailoring=tailoring,
        )

    @command(app, "fragile", "临界", show=threads.listed)
    def fragile(
        desk: Desk,
        *,
        scheme: Scheme,
        period: Period,
        within: Annotated[str, typer.Option("--within", metavar="PERCENT", help="fragile-within")] = "1",
        tailoring: Tailoring = None,
    ) -> dict[str, Any]:
        return office.fragile.fragile(desk, scheme, period, within=within, tailoring=tailoring)

    @command(app, "impact", "影响", show=weighing.weighed)
    def impact(
        desk: Desk,
        *,
        scheme: Scheme,
        periods: Periods,
        edition: Edition = None,
        parameters: Parameters = None,
        sweep: Sweep = None,
        picture: Picture = None,
        tailoring: Tailoring = None,
        engine: Annotated[str | None, typer.Option("--engine", metavar="NAME", help="impact-engine")] = None,
        dry_run: DryRun = False,
    ) -> dict[str, Any]:
        return office.impact.impact(
            desk,
            scheme,
            periods,
            edition=edition,
            parameters=parameters or (),
            sweep=sweep,
            picture=picture,
            dry_run=dry_run,
            tailoring=tailoring,
            engine=engine,
        )
