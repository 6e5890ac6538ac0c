"""Schemes: which there are, what one says, whether a file is a scheme, whether the worked cases hold."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kaoping_cli import office
from kaoping_cli.commands.arguments import DryRun, Output
from kaoping_cli.grammar import Done, command, group
from kaoping_cli.pages import coverage, differences, table
from kaoping_cli.pages import schemes as page

if TYPE_CHECKING:
    from kaoping.office.desk import Desk

Decisions = Annotated[bool, typer.Option("--decisions", help="scheme-decisions", show_default=False)]
File = Annotated[Path, typer.Argument(metavar="FILE", help="scheme-file")]
Prove = Annotated[bool, typer.Option("--prove", help="scheme-prove", show_default=False)]
Seconds = Annotated[int, typer.Option("--seconds", min=1, max=600, metavar="NUMBER", help="scheme-seconds")]
Save = Annotated[Path | None, typer.Option("--save", metavar="FILE", help="scheme-save")]
Tailoring = Annotated[str | None, typer.Option("--tailoring", metavar="NAME-OR-FILE", help="show-tailoring")]
Which = Annotated[str | None, typer.Argument(metavar="SCHEME-OR-FILE", help="scheme-which")]
Cases = Annotated[bool, typer.Option("--cases", help="coverage-cases", show_default=False)]
Mutate = Annotated[bool, typer.Option("--mutate", help="scheme-mutate", show_default=False)]
Bounds = Annotated[bool, typer.Option("--boundaries", help="scheme-boundaries", show_default=False)]
Keep = Annotated[Path | None, typer.Option("--save", metavar="FILE", help="boundaries-save")]
First = Annotated[str, typer.Argument(metavar="SCHEME-OR-FILE", help="diff-which")]
Second = Annotated[str, typer.Argument(metavar="SCHEME-OR-FILE", help="diff-which")]
Case = Annotated[str | None, typer.Option("--case", metavar="CASE", help="scheme-case")]


def declare(app: typer.Typer) -> None:
    """Looking at schemes."""
    schemes = group(app, "scheme")

    @command(schemes, "list", "列表", show=page.listed, key="scheme-list")
    def list_(desk: Desk) -> dict[str, Any]:
        return office.schemes.list_installed(desk)

    @command(schemes, "show", "查看", show=page.shown, key="scheme-show")
    def show(desk: Desk, *, scheme: First, decisions: Decisions = False, tailoring: Tailoring = None) -> Done:
        data = office.schemes.show(desk, scheme, tailoring=tailoring)
        return Done(data, show=page.decisions if decisions else None)

    @command(schemes, "new", "新建", show=page.written, key="scheme-new")
    def new(
        desk: Desk,
        *,
        name: Annotated[str, typer.Argument(metavar="NAME", help="scheme-new-name")],
        source: Annotated[str | None, typer.Option("--from", metavar="SCHEME", help="scheme-new-from")] = None,
        output: Output = Path(),
        dry_run: DryRun = False,
    ) -> dict[str, Any]:
        return office.newscheme.new(desk, name, output, source=source, dry_run=dry_run)

    @command(schemes, "diff", "比较", show=differences.differing, key="scheme-diff")
    def diff(desk: Desk, *, first: First, second: Second) -> dict[str, Any]:
        return office.differences.diff(desk, first, second)

    @command(schemes, "check", "检查", show=page.checked, key="scheme-check")
    def check(
        desk: Desk,
        *,
        file: File,
        prove: Prove = False,
        seconds: Seconds = 2,
        save: Save = None,
        dry_run: DryRun = False,
    ) -> Done:
        data = office.schemes.check(
            desk, file, prove=prove or save is not None, seconds=seconds, save=save, dry_run=dry_run
        )
        return Done(data, 1 if data["errors"] or (data["findings"] and data["prover"]) else 0)

    @command(schemes, "test", "算例", show=page.tested, key="scheme-test")
    def test(
        desk: Desk,
        *,
        scheme: Which = None,
        case: Case = None,
        mutate: Mutate = False,
        bounds: Bounds = False,
        save: Keep = None,
        dry_run: DryRun = False,
    ) -> Done:
        data = office.cases.test(desk, scheme, case, mutate=mutate, bounds=bounds, save=save, dry_run=dry_run)
        return Done(data, 1 if data["failed"] or data["differing"] else 0)

    @command(schemes, "coverage", "覆盖", show=coverage.counted, key="scheme-coverage")
    def cover(desk: Desk, *, scheme: Which = None, cases: Cases = False) -> Done:
        return Done(office.coverage.coverage(desk, scheme), show=coverage.named if cases else None)

    @command(schemes, "table", "判定表", show=table.shown, key="scheme-table")
    def decision_table(
        desk: Desk,
        *,
        scheme: Annotated[str, typer.Argument(metavar="SCHEME-OR-FILE", help="table-which")],
        measure: Annotated[str, typer.Argument(metavar="MEASURE", help="table-measure")],
        as_csv: Annotated[bool, typer.Option("--csv", help="table-csv", show_default=False)] = False,
        output: Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="table-output")] = None,
        source: Annotated[Path | None, typer.Option("--from", metavar="FILE", help="table-from")] = None,
        write: Annotated[bool, typer.Option("--write", help="table-write", show_default=False)] = False,
        force: Annotated[bool, typer.Option("--force", help="template-force", show_default=False)] = False,
        dry_run: DryRun = False,
    ) -> Done:
        data = office.tables.table(
            desk, scheme, measure, output=output, source=source, write=write, force=force, dry_run=dry_run
        )
        return Done(data, 1 if data["errors"] else 0, show=table.as_csv if as_csv else None)
