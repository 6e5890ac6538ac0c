"""What is known: one fact and how it came to be, undoing an import, closing entry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from kaoping_cli import office
from kaoping_cli.commands.arguments import DryRun, Period, PeriodFilter, Reason, Scheme, Subject
from kaoping_cli.grammar import command, group
from kaoping_cli.pages import catalogue
from kaoping_cli.pages import facts as page

if TYPE_CHECKING:
    from kaoping.office.desk import Desk

Fact = Annotated[str | None, typer.Argument(metavar="FACT", help="arg-fact")]
SubjectType = Annotated[str | None, typer.Argument(metavar="TYPE", help="catalogue-type")]
AsOf = Annotated[str | None, typer.Option("--as-of", metavar="TIME", help="fact-as-of")]


def declare(app: typer.Typer) -> None:
    """Facts and periods."""
    fact = group(app, "fact")

    @command(fact, "show", "查看", show=page.known, key="fact-show")
    def show(
        desk: Desk, *, subject: Subject, fact: Fact = None, period: PeriodFilter = None, as_of: AsOf = None
    ) -> dict[str, Any]:
        return office.facts.known(desk, subject, fact, period, as_of=as_of)

    @command(fact, "history", "沿革", show=page.history, key="fact-history")
    def history(desk: Desk, *, subject: Subject, fact: Fact = None, period: PeriodFilter = None) -> dict[str, Any]:
        return office.facts.history(desk, subject, fact, period)

    @command(fact, "catalogue", "目录", show=catalogue.listed, key="fact-catalogue")
    def listing(desk: Desk, *, subject_type: SubjectType = None) -> dict[str, Any]:
        return office.catalogue.listing(desk, subject_type)

    @command(fact, "void", "作废", show=page.voided, key="fact-void")
    def void(
        desk: Desk,
        *,
        batch: Annotated[int, typer.Option("--batch", metavar="NUMBER", help="void-batch")],
        reason: Reason,
        dry_run: DryRun = False,
    ) -> dict[str, Any]:
        return office.facts.void_batch(desk, batch, reason, dry_run=dry_run)

    periods = group(app, "period")

    @command(periods, "close", "结束填报", show=page.closed, key="period-close")
    def close(desk: Desk, *, scheme: Scheme, period: Period, dry_run: DryRun = False) -> dict[str, Any]:
        return office.facts.close_period(desk, scheme, period, dry_run=dry_run)
