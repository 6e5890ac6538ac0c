"""What follows from results: events that happened later, and what is in force on a day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from kaoping_cli import office
from kaoping_cli.commands.arguments import Company, DryRun, Of, On
from kaoping_cli.grammar import command, group
from kaoping_cli.pages import ledger as page

if TYPE_CHECKING:
    from kaoping.office.desk import Desk

Kind = Annotated[str, typer.Argument(metavar="KIND", help="event-kind")]
Fields = Annotated[list[str] | None, typer.Option("--field", metavar="NAME=VALUE", help="event-field")]
SchemeOfEvent = Annotated[str | None, typer.Option("--scheme", "-s", metavar="SCHEME", help="event-scheme")]


def declare(app: typer.Typer) -> None:
    """Events and the ledger."""
    event = group(app, "event")

    @command(event, "add", "登记", show=page.event_added, key="event-add")
    def add(
        desk: Desk,
        *,
        kind: Kind,
        on: On,
        company: Company = None,
        of: Of = None,
        field: Fields = None,
        scheme: SchemeOfEvent = None,
        dry_run: DryRun = False,
    ) -> dict[str, Any]:
        return office.ledger.add_event(desk, kind, company or of, on, field or [], scheme=scheme, dry_run=dry_run)

    @command(app, "ledger", "台账", show=page.in_force)
    def ledger(
        desk: Desk,
        *,
        on: On,
        company: Company = None,
        of: Of = None,
        every: Annotated[bool, typer.Option("--all", help="ledger-all", show_default=False)] = False,
    ) -> dict[str, Any]:
        return office.ledger.in_force(desk, company or of, on, ended=every)
