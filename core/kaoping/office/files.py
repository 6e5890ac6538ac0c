"""Reading a file an author names: a scheme, a tailoring, worked cases."""

from __future__ import annotations

from pathlib import Path

from kaoping.errors import DataError, EnvironmentError, Place, Problems, UsageError


def file_text(file: Path) -> str:
    """What stands in a file of ours.

    Raises:
        UsageError: there is no such file. EnvironmentError: it cannot be read. Problems: it is not UTF-8.
    """
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise UsageError("office.no-such-file", file=file) from error
    except OSError as error:
        raise EnvironmentError("office.cannot-read", file=file, problem=error) from error
    except UnicodeDecodeError as error:
        raise Problems([DataError("scheme.not-utf8", place=Place(str(file)))]) from error
