"""How commands are declared: each gets the common options, a desk to work at, and help in the user's language.

Help texts are keys of ``texts/cli.toml`` and are looked up when help is printed, so declaring a command costs nothing.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption
from typer.exceptions import TyperException

from kaoping.errors import UsageError, nearest
from kaoping.texts import language_of, say
from kaoping_cli import console, office
from kaoping_cli.interrupts import Interrupts
from kaoping_cli.progress import Progress

if TYPE_CHECKING:
    from kaoping.office.desk import Desk

COMMON = ("database", "actor", "as_json")
PANELS: dict[str, tuple[str, ...]] = {  # headings of the root's help, with their commands in the order of the work
    "daily": ("demo", "template", "import", "period", "evaluate", "explain", "report", "publish", "event", "ledger"),
    "insight": ("whatif", "improve", "fragile", "impact"),
    "care": ("fact", "evaluation", "frame", "db", "plugin", "doctor"),
    "authors": ("scheme",),
}

Database = Annotated[
    Path | None, typer.Option("--db", metavar="FILE", envvar="KAOPING_DB", help="opt-db", show_default=False)
]
Actor = Annotated[
    str | None, typer.Option("--actor", metavar="NAME", envvar="KAOPING_ACTOR", help="opt-actor", show_default=False)
]
AsJson = Annotated[bool, typer.Option("--json", help="opt-json", show_default=False)]


@dataclass(frozen=True)
class Done:
    """What a command found.

    Attributes:
        data: what ``--json`` prints.
        exit_code: 0 done, 1 errors in the data.
        show: how people read it, where that is not the command's usual way.
    """

    data: dict[str, Any]
    exit_code: int = 0
    show: Callable[[dict[str, Any]], None] | None = None


class Command(TyperCommand):
    """A command whose help is in the user's language."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        """Read the arguments; what is wrong with them is said of this command."""
        try:
            return super().parse_args(ctx, args)
        except TyperException as error:
            if getattr(error, "ctx", None) is None:  # the parser does not always say where it was
                error.ctx = ctx  # type: ignore[attr-defined]
            raise

    def get_help(self, ctx: typer.Context) -> str:  # type: ignore[override]
        """The help page."""
        return "\n".join(_help_page(self, ctx))


class Group(TyperGroup):
    """A group of commands whose help is in the user's language, and which knows what was meant."""

    def get_help(self, ctx: typer.Context) -> str:  # type: ignore[override]
        """The help page."""
        return "\n".join([*_help_page(self, ctx), *_command_panels(self, ctx)])

    def resolve_command(self, ctx: typer.Context, args: list[str]) -> tuple[str | None, Any, list[str]]:  # type: ignore[override]
        """The command a name stands for."""
        name = args[0]
        if not name.startswith("-") and self.get_command(ctx, name) is None:
            path = ctx.command_path
            visible = [known for known, command in self.commands.items() if not command.hidden]
            near = nearest(name, self.commands)
            raise UsageError(
                "cli.no-such-command",
                hint="cli.no-such-command-near" if near else None,
                name=name,
                path=path,
                near=near,
                known=", ".join(visible),
            )
        return super().resolve_command(ctx, args)


def group(app: typer.Typer, name: str) -> typer.Typer:
    """A new group of commands under the root, its help under ``cli.<name>``."""
    made = typer.Typer(cls=Group, no_args_is_help=True, add_completion=False, rich_markup_mode=None)
    app.add_typer(made, name=name, help=name)
    return made


def command(
    app: typer.Typer,
    name: str,
    *aliases: str,
    show: Callable[[dict[str, Any]], None],
    key: str = "",
    narrate: bool = False,
) -> Callable[[Callable[..., dict[str, Any] | Done]], Callable[..., int]]:
    """Declare a command; it is given a `Desk` and returns data, which `show` prints unless ``--json`` does.

    Args:
        app: the group it belongs to.
        name: what one types.
        *aliases: what does the same and is not listed.
        show: prints the data for people.
        narrate: every step is said as it is done.
        key: its help is ``cli.<key>``; the name where it is not given.
    """

    def declare(function: Callable[..., dict[str, Any] | Done]) -> Callable[..., int]:
        signature = inspect.signature(
            function, eval_str=True, locals={"Desk": object}
        )  # Desk is imported for types only
        own = [parameter for parameter in signature.parameters.values() if parameter.name != "desk"]

        @functools.wraps(function)
        def run(*, ctx: typer.Context, **values: Any) -> int:
            common = ctx.find_root().ensure_object(dict)
            for option in COMMON:
                value, source = values.pop(option, None), ctx.get_parameter_source(option)
                typed = source is not None and source.name == "COMMANDLINE"
                if value and (typed or not common.get(option)):  # what was typed before it outweighs the environment
                    common[option] = value
            quiet = bool(common["as_json"])
            with Interrupts() as interrupts, Progress(quiet=quiet, narrate=narrate, check=interrupts.check) as progress:
                done = function(desk_for(common, progress), **values)
            if isinstance(done, dict):
                done = Done(done)
            if common["as_json"]:
                console.out_json(done.data)
            else:
                (done.show or show)(done.data)
            return done.exit_code

        keyword = inspect.Parameter.KEYWORD_ONLY
        parameters = [parameter.replace(kind=keyword) for parameter in own]
        parameters.append(inspect.Parameter("ctx", keyword, annotation=typer.Context))
        for option, annotation in zip(COMMON, (Database, Actor, AsJson), strict=True):
            default = False if option == "as_json" else None
            parameters.append(inspect.Parameter(option, keyword, annotation=annotation, default=default))
        run.__signature__ = signature.replace(parameters=parameters, return_annotation=int)  # type: ignore[attr-defined]
        run.__annotations__ = {}
        for spelling in (name, *aliases):
            app.command(spelling, cls=Command, help=key or name, hidden=spelling != name)(run)
        return run

    return declare


def desk_for(common: dict[str, Any], progress: Progress) -> Desk:
    """The desk the common options describe."""
    return office.desk.Desk(
        database=Path(common["database"] or "kaoping.db"),
        actor=common["actor"] or _login_name(),
        language=language_of(),
        tell=progress.tell,
    )


def _login_name() -> str:
    import getpass  # noqa: PLC0415 - costs a tenth of the start and is needed by commands that write

    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # no name for this user id, as in some containers
        return "unknown"


def _word(key: str, **facts: Any) -> str:
    return say(f"cli.{key}", language_of(), **facts)


def _help_page(made: Command | Group, ctx: typer.Context) -> list[str]:
    lines = [_usage(made, ctx), ""]
    for paragraph in _word(made.help or "root").split("\n"):
        lines += console.wrap(paragraph, console.terminal_width())
    arguments = [p for p in made.params if isinstance(p, TyperArgument) and not p.hidden]
    options = [p for p in made.get_params(ctx) if isinstance(p, TyperOption) and not p.hidden]
    own = [option for option in options if option.name not in (*COMMON, "help")]
    common = [option for option in options if option.name in (*COMMON, "help")]
    for title, rows in (
        ("arguments", [(_metavar(argument), _meaning(argument)) for argument in arguments]),
        ("options", [(_spelling(option), _meaning(option)) for option in own]),
        ("common-options", [(_spelling(option), _meaning(option)) for option in common]),
    ):
        if rows:
            lines += ["", _word(title), *console.definitions(rows)]
    return lines


def _usage(made: Command | Group, ctx: typer.Context) -> str:
    pieces = [_word("usage", path=ctx.command_path), _word("options-metavar")]
    for parameter in made.params:
        if isinstance(parameter, TyperOption) and parameter.required:
            pieces.append(f"{parameter.opts[0]} {_metavar(parameter)}")
        elif isinstance(parameter, TyperArgument) and not parameter.hidden:
            text = _metavar(parameter)
            pieces.append(text if parameter.required else f"[{text}]")
    if isinstance(made, Group):
        pieces.append(_word("command-metavar"))
    return " ".join(pieces)


def _metavar(parameter: TyperArgument | TyperOption) -> str:
    text = parameter.metavar or (parameter.name or "").upper()
    return f"{text}..." if isinstance(parameter, TyperArgument) and parameter.nargs == -1 else text


def _spelling(option: TyperOption) -> str:
    text = ", ".join(sorted(option.opts, key=len))
    return text if option.is_flag else f"{text} {_metavar(option)}"


def _meaning(parameter: TyperArgument | TyperOption) -> str:
    text = _word("opt-help") if parameter.name == "help" else _word(parameter.help or "")
    if parameter.required and isinstance(parameter, TyperOption):
        text += _word("required")
    if isinstance(parameter, TyperOption) and parameter.envvar:
        text += _word("from-environment", name=parameter.envvar)
    return text


def _command_panels(made: Group, ctx: typer.Context) -> list[str]:
    lines: list[str] = []
    rest = [name for name in made.list_commands(ctx) if not any(name in names for names in PANELS.values())]
    panels = {**PANELS, "": tuple(rest)} if ctx.parent is None else {"": tuple(made.list_commands(ctx))}
    for panel, names in panels.items():
        rows = []
        for name in names:
            listed = made.get_command(ctx, name)
            if listed and not listed.hidden:
                rows.append((name, _in_short(listed)))
        if rows:
            lines += ["", _word(f"commands-{panel}" if panel else "commands"), *console.definitions(rows)]
    return lines


def _in_short(listed: Any) -> str:
    text = _word(listed.help or "").split("\n")[0]
    if isinstance(listed, Group):
        return _word("group", text=text, commands=", ".join(n for n, c in listed.commands.items() if not c.hidden))
    return text
