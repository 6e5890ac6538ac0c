"""The command ``kaoping``: its commands by noun, and the one place where errors become exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer
from typer.exceptions import Abort, TyperException

from kaoping import __version__
from kaoping.errors import KaopingError
from kaoping.texts import language_of, say
from kaoping_cli import console, failures
from kaoping_cli.commands import (
    daily,
    databases,
    demonstration,
    evaluations,
    facts,
    frames,
    insight,
    ledger,
    plugins,
    schemes,
)
from kaoping_cli.grammar import Actor, AsJson, Database, Group


def build() -> typer.Typer:
    """The command with all its subcommands."""
    app = typer.Typer(cls=Group, no_args_is_help=True, add_completion=False, rich_markup_mode=None)
    app.callback(help="root")(root)
    for module in (demonstration, daily, insight, ledger, facts, evaluations, frames, databases, plugins, schemes):
        module.declare(app)
    return app


def tell_version(wanted: bool) -> None:
    """Print the version and do nothing else."""
    if wanted:
        console.out(f"kaoping {__version__}")
        raise typer.Exit


def root(
    ctx: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", help="opt-version", is_eager=True, callback=tell_version)
    ] = False,
    database: Database = None,
    actor: Actor = None,
    as_json: AsJson = False,
) -> None:
    """What holds for every command."""
    ctx.ensure_object(dict).update(database=database, actor=actor, as_json=as_json)


def run(arguments: Sequence[str]) -> int:
    """Do what the arguments say; the exit code."""
    language = language_of()
    as_json = "--json" in arguments
    try:
        command = typer.main.get_command(build())
        code = command.main(args=list(arguments), prog_name="kaoping", standalone_mode=False)
    except KaopingError as error:
        return failures.report(error, language, as_json=as_json)
    except TyperException as error:
        if type(error).__name__ == "NoArgsIsHelpError":
            console.talk(str(error))
            return error.exit_code
        return failures.report(failures.usage(error), language, as_json=as_json)
    except (KeyboardInterrupt, Abort):
        code = failures.INTERRUPTED
    except BrokenPipeError:  # whoever read our output has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        return failures.bug(error, language, as_json=as_json)
    if code == failures.INTERRUPTED:
        console.talk(say("cli.interrupted", language))
    return int(code or 0)


def main() -> None:
    """Run as a program."""
    console.prepare()
    sys.exit(run(sys.argv[1:]))
