"""A whole county, assessed before your eyes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kaoping_cli import office
from kaoping_cli.grammar import command
from kaoping_cli.pages import demonstration as page

if TYPE_CHECKING:
    from kaoping.office.desk import Desk

Files = Annotated[Path | None, typer.Option("--files", metavar="DIR", help="demo-files")]
Folder = Annotated[Path, typer.Option("--dir", metavar="DIR", help="demo-dir")]


def declare(app: typer.Typer) -> None:
    """The demonstration."""

    @command(app, "demo", "演示", show=page.shown, narrate=True)
    def demo(desk: Desk, *, files: Files = None, folder: Folder = Path("demo")) -> dict[str, Any]:
        if files is not None:
            return office.demo.write_files(desk, files)
        return office.demo.run(desk, folder)
