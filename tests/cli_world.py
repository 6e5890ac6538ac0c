"""Running the command as people do: as a process of its own, or for speed within this one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
        environment |= {"PYTHONIOENCODING": encoding, "COLUMNS": "100", **more}
        done = subprocess.run(
            [KAOPING, *arguments],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            encoding=encoding,
            check=False,
            timeout=120,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    def json(self, *arguments: str) -> Any:
        """Run with ``--json``, which must end well."""
        ran = self.run(*arguments, "--json")
        assert ran.code == 0, ran.out + ran.err
        return ran.data
