"""Running the command as people do: as a process of its own, or for speed within this one."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from kaoping_cli.app import run

KAOPING = Path(sys.executable).with_name("kaoping")


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """The one JSON object on standard output."""
        return json.loads(self.out)


@dataclass(frozen=True)
class Office:
    """A folder somebody works in, with settings of its own."""

    folder: Path
    language: str = "zh"

    def run(self, *arguments: str, encoding: str = "utf-8", **more: str) -> Ran:
        """Run ``kaoping`` with these arguments."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("KAOPING_")}
        environment |= {"KAOPING_LANG": self.language, "KAOPING_CONFIG": str(self.folder / ".config")}
        environment["KAOPING_CACHE"] = os.environ["KAOPING_CACHE"]
        environment |= {"PYTHONIOENCODING": encoding, "COLUMNS": "100", **more}
        done = subprocess.run(
            [KAOPING, *arguments],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            encoding=encoding,
            check=False,
            timeout=600,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    def json(self, *arguments: str) -> Any:
        """Run with ``--json`` within this process, which is faster; it must end well."""
        return json.loads(self.page(*arguments, "--json"))

    def page(self, *arguments: str) -> str:
        """What is printed for people, run within this process; it must end well."""
        done = self.within(*arguments)
        assert done.code == 0, done.out + done.err
        return done.out

    def within(self, *arguments: str) -> Ran:
        """Run within this process, which is faster, however it ends."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("KAOPING_")}
        environment |= {"KAOPING_LANG": self.language, "KAOPING_CONFIG": str(self.folder / ".config")}
        environment["KAOPING_CACHE"] = os.environ["KAOPING_CACHE"]
        environment["COLUMNS"] = "100"  # a page is as wide whoever runs the tests
        out, err = io.StringIO(), io.StringIO()
        with (
            contextlib.chdir(self.folder),
            patch.dict(os.environ, environment, clear=True),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            code = run([*arguments])
        return Ran(code, out.getvalue(), err.getvalue())
