"""Frames: the facts of a scheme and period as one wide table beside the database."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kaoping_cli import office
from kaoping_cli.commands.arguments import DryRun, Period, PeriodFilter, Scheme
from kaoping_cli.grammar import Done, command, group
from kaoping_cli.pages import frames as page

if TYPE_CHECKING:
    from kaoping.office.desk import Desk

Which = Annotated[str | None, typer.Argument(metavar="SCHEME", help="frame-scheme")]
Tailoring = Annotated[str | None, typer.Option("--tailoring", "-t", metavar="NAME", help="frame-tailoring")]
Folder = Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="frame-folder")]
From = Annotated[Path, typer.Argument(metavar="DIR", help="frame-from")]
Judged = Annotated[Path, typer.Argument(metavar="FRAME", help="frame-any")]
Joined = Annotated[list[Path], typer.Argument(metavar="FRAME...", help="frame-joined")]
Results = Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="frame-results")]
Table = Annotated[Path | None, typer.Option("--table", metavar="FILE", help="frame-table")]
Where = Annotated[str, typer.Option("--in", metavar="DATABASE", help="frame-in", show_default=False)]
Memory = Annotated[str, typer.Option("--memory", metavar="SIZE", help="frame-memory", show_default=False)]
Force = Annotated[bool, typer.Option("--force", help="template-force", show_default=False)]
Format = Annotated[str, typer.Option("--format", metavar="FORMAT", help="frame-format")]


def declare(app: typer.Typer) -> None:
    """Frames kept."""
    frames = group(app, "frame")

    @command(frames, "build", "建立", show=page.kept, key="frame-build")
    def build(
        desk: Desk, *, scheme: Scheme, period: Period, tailoring: Tailoring = None, dry_run: DryRun = False
    ) -> dict[str, Any]:
        return office.frames.keep(desk, scheme, period, tailoring=tailoring, anew=True, dry_run=dry_run)

    @command(frames, "update", "更新", show=page.updated, key="frame-update")
    def update(
        desk: Desk, *, scheme: Which = None, period: PeriodFilter = None, dry_run: DryRun = False
    ) -> dict[str, Any]:
        return office.frames.update(desk, scheme, period, dry_run=dry_run)

    @command(frames, "show", "查看", show=page.listed, key="frame-show")
    def show(desk: Desk, *, scheme: Which = None, period: PeriodFilter = None) -> dict[str, Any]:
        return office.frames.show(desk, scheme, period)

    @command(frames, "check", "检查", show=page.checked, key="frame-check")
    def check(desk: Desk, *, scheme: Which = None, period: PeriodFilter = None) -> Done:
        data = office.frames.check(desk, scheme, period)
        return Done(data, 0 if data["ok"] else 1)

    @command(frames, "export", "导出", show=page.exported, key="frame-export")
    def export(
        desk: Desk, *, scheme: Scheme, period: Period, output: Folder, form: Format = "parquet", dry_run: DryRun = False
    ) -> dict[str, Any]:
        return office.frames.export(desk, scheme, period, output, form, dry_run=dry_run)

    @command(frames, "import", "导入", show=page.taken, key="frame-import")
    def import_(desk: Desk, *, folder: From, dry_run: DryRun = False) -> dict[str, Any]:
        return office.frames.bring_in(desk, folder, dry_run=dry_run)

    @command(frames, "evaluate", "测算", show=page.judged, key="frame-evaluate")
    def evaluate(
        desk: Desk,
        *,
        frame: Judged,
        output: Results,
        where: Where = "",
        memory: Memory = "",
        table: Table = None,
        tailoring: Tailoring = None,
        force: Force = False,
    ) -> dict[str, Any]:
        return office.frame_results.evaluate(
            desk, frame, output, where=where, memory=memory, table=table, tailoring=tailoring, force=force
        )

    @command(frames, "join", "合并", show=page.joined, key="frame-join")
    def join(
        desk: Desk, *, frames: Joined, output: Folder, memory: Memory = "", tailoring: Tailoring = None
    ) -> dict[str, Any]:
        return office.frames.join(desk, frames, output, memory=memory, tailoring=tailoring)
