"""The help of every command as one Markdown page, for docs/."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import typer

from kaoping.texts import Language
from kaoping_cli.app import build
from kaoping_cli.grammar import PANELS, Group


def manual(language: Language) -> str:
    """What ``--help`` prints for every command, in a language and at a fixed width.

    Changes the environment of the process: it is for scripts that write documents.
    """
    os.environ |= {"KAOPING_LANG": language, "COLUMNS": "100"}
    root = typer.main.get_command(build())
    return "\n".join(_pages(root, typer.Context(root, info_name="kaoping")))


def _pages(command: Any, context: typer.Context) -> Iterator[str]:
    yield f"## {context.command_path}\n\n```text\n{command.get_help(context)}\n```\n"
    if isinstance(command, Group):
        order = [name for names in PANELS.values() for name in names] if context.parent is None else []
        for name in dict.fromkeys([*order, *command.commands]):
            listed = command.commands[name]
            if not listed.hidden:
                yield from _pages(listed, typer.Context(listed, info_name=name, parent=context))
