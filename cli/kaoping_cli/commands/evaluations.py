"""Evaluations that were stored: which there are, what one found, whether it comes out the same again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from kaoping_cli import office
from kaoping_cli.commands.arguments import Evaluation, PeriodFilter, SchemeOption
from kaoping_cli.grammar import Done, command, group
from kaoping_cli.pages import evaluation as page

if TYPE_CHECKING:
    from kaoping.office.desk import Desk


def declare(app: typer.Typer) -> None:
    """Evaluations kept."""
    evaluations = group(app, "evaluation")

    @command(evaluations, "list", "列表", show=page.listed, key="evaluation-list")
    def list_(desk: Desk, *, scheme: SchemeOption = None, period: PeriodFilter = None) -> dict[str, Any]:
        return office.evaluations.list_stored(desk, scheme, period)

    @command(evaluations, "show", "查看", show=page.full, key="evaluation-show")
    def show(desk: Desk, *, evaluation: Evaluation) -> dict[str, Any]:
        return office.evaluations.show(desk, evaluation)

    @command(evaluations, "verify", "复算", show=page.verified, key="evaluation-verify")
    def verify(desk: Desk, *, evaluation: Evaluation) -> Done:
        data = office.evaluations.verify(desk, evaluation)
        return Done(data, 0 if data["same"] else 1)
