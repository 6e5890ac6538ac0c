"""What went wrong, said once: ``error:`` and ``hint:`` lines on standard error or one JSON object, and an exit code."""

from __future__ import annotations

import os
import re
import sys
import tempfile
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from typer.exceptions import TyperException

from kaoping import __version__
from kaoping.errors import KaopingError, Problems, UsageError
from kaoping.texts import Language, say
from kaoping_cli import console

BUG = 5
INTERRUPTED = 130


def report(error: KaopingError, language: Language, *, as_json: bool) -> int:
    """Say what a user can mend; the exit code that goes with it."""
    errors = error.errors if isinstance(error, Problems) else [error]
    if as_json:
        console.out_json({"errors": [one.as_json(language) for one in errors]})
        return error.exit_code
    for line in lines(errors, language):
        console.talk(line)
    return error.exit_code


def lines(errors: list[KaopingError] | Any, language: Language) -> list[str]:
    """The errors as people read them; a hint that several errors in a row share is given once."""
    made = []
    for position, error in enumerate(errors):
        made.append(say("cli.error", language, message=error.text(language), code=error.key))
        hint = error.hint(language)
        follows = errors[position + 1] if position + 1 < len(errors) else None
        if hint and (follows is None or follows.hint(language) != hint):
            made.append(say("cli.hint", language, message=hint))
    if len(errors) > 1:
        made.append(say("common.problems", language, count=len(errors)))
    return made


def usage(error: TyperException) -> KaopingError:
    """The error of the command line, in our words."""
    kind = type(error).__name__
    found: dict[str, Any] = {}
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "kaoping"
    parameter = getattr(error, "param", None)
    if kind == "NoSuchOption":
        key, found["name"] = "no-such-option", getattr(error, "option_name", "")
        if near := getattr(error, "possibilities", None):
            return UsageError("cli.no-such-option", hint="cli.no-such-option-near", near=near[0], path=path, **found)
    elif kind == "MissingParameter" and parameter is not None:
        key, found["name"] = "missing-parameter", _name(parameter)
        if found["name"] == "--period":
            return UsageError("cli.missing-parameter", hint="cli.see-period", path=path, **found)
    elif kind == "BadOptionUsage" and "requires" in error.message:
        key, found["name"] = "option-without-value", getattr(error, "option_name", "")
    elif extra := re.fullmatch(r"Got unexpected extra argument\(s\) \((.*)\)", error.message, re.DOTALL):
        key, found["name"] = "extra-argument", extra[1]
    elif parameter is not None:
        key, found["name"] = "bad-value", _name(parameter)
    else:
        key, found["name"] = "bad-command", error.message
    return UsageError(f"cli.{key}", hint="cli.see-help", path=path, **found)


def _name(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return str(parameter.metavar or parameter.name.upper())
    return str(max(parameter.opts, key=len))


def bug(error: BaseException, language: Language, *, as_json: bool) -> int:
    """Apologise for a bug of ours and keep its traceback in a file."""
    path = _keep("".join(traceback.format_exception(error)))
    code, message = "cli.bug", say("cli.bug", language, kind=type(error).__name__)
    hint = say("cli.bug.hint", language, path=path) if path else None
    if as_json:
        console.out_json({"errors": [{"code": code, "message": message, **({"hint": hint} if hint else {})}]})
    else:
        console.talk(say("cli.error", language, message=message, code=code))
        if hint:
            console.talk(say("cli.hint", language, message=hint))
    return BUG


def _keep(text: str) -> Path | None:
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    path = Path(tempfile.gettempdir()) / f"kaoping-error-{stamp}-{os.getpid()}.txt"
    about = f"kaoping {__version__} · Python {sys.version.split()[0]} · {sys.platform}\n{' '.join(sys.argv)}\n\n"
    try:
        path.write_text(about + text, encoding="utf-8")
    except OSError:
        return None
    return path
