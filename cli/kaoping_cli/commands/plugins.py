"""Plugins: what is installed, and what of it may run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from kaoping_cli import office
from kaoping_cli.commands.arguments import DryRun
from kaoping_cli.grammar import command, group
from kaoping_cli.pages import plugins as page

if TYPE_CHECKING:
    from kaoping.office.desk import Desk

Name = Annotated[str, typer.Argument(metavar="NAME", help="plugin-name")]
Digest = Annotated[str, typer.Option("--sha256", metavar="DIGEST", help="plugin-sha256")]
Editable = Annotated[bool, typer.Option("--editable", help="plugin-editable", show_default=False)]
Source = Annotated[str, typer.Argument(metavar="SOURCE", help="plugin-source")]


def declare(app: typer.Typer) -> None:
    """Looking after plugins."""
    plugin = group(app, "plugin")

    @command(plugin, "list", "列表", show=page.listed, key="plugin-list")
    def list_(desk: Desk) -> dict[str, Any]:
        return office.plugins.list_installed(desk)

    @command(plugin, "install", "安装", show=page.changed, key="plugin-install")
    def install(
        desk: Desk, *, source: Source, sha256: Digest = "", editable: Editable = False, dry_run: DryRun = False
    ) -> dict[str, Any]:
        return office.plugins.install(desk, source, sha256=sha256, editable=editable, dry_run=dry_run)

    @command(plugin, "remove", "卸载", show=page.changed, key="plugin-remove")
    def remove(desk: Desk, *, name: Name, dry_run: DryRun = False) -> dict[str, Any]:
        return office.plugins.remove(desk, name, dry_run=dry_run)

    @command(plugin, "enable", "启用", show=page.changed, key="plugin-enable")
    def enable(desk: Desk, *, name: Name, dry_run: DryRun = False) -> dict[str, Any]:
        return office.plugins.enable(desk, name, dry_run=dry_run)

    @command(plugin, "disable", "停用", show=page.changed, key="plugin-disable")
    def disable(desk: Desk, *, name: Name, dry_run: DryRun = False) -> dict[str, Any]:
        return office.plugins.disable(desk, name, dry_run=dry_run)
