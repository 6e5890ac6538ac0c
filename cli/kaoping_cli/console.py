"""Writing to a terminal, a file or a pipe, in whatever encoding it has, with columns that stay straight."""

from __future__ import annotations

import json
import shutil
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any, TextIO

_NOT_FIRST = "，。、；：！？）》」』】”’…%,.;:!?)]}"


def prepare() -> None:
    """Make the standard streams write '?' for what their encoding lacks, instead of failing on a rare name."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def out(text: str = "") -> None:
    """One line of result."""
    sys.stdout.write(f"{text}\n")


def talk(text: str = "") -> None:
    """One line about the work, beside the result."""
    sys.stderr.write(f"{text}\n")


def out_json(data: Any) -> None:
    """One JSON object; plain ASCII where the stream could not carry every character."""
    unicode = (sys.stdout.encoding or "").lower().replace("-", "").startswith("utf")
    sys.stdout.write(json.dumps(data, ensure_ascii=not unicode, indent=2) + "\n")


def width_of(text: str) -> int:
    """How many columns a text takes: Chinese characters take two."""
    wide = "WFA" if _is_chinese_console(sys.stdout) else "WF"
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in wide else 1
        for character in text
    )


def _is_chinese_console(stream: TextIO) -> bool:
    # a GBK console draws ★ ● √ two columns wide, a UTF-8 one draws them narrow
    return (getattr(stream, "encoding", "") or "").lower().replace("-", "") in {"gbk", "gb2312", "gb18030", "cp936"}


def pad(text: str, width: int, *, right: bool = False) -> str:
    """A text filled with spaces to a width in columns."""
    fill = " " * max(0, width - width_of(text))
    return fill + text if right else text + fill


def terminal_width() -> int:
    """Columns to write in: the terminal's, but never under 60 or over 110."""
    return min(110, max(60, shutil.get_terminal_size((100, 24)).columns))


def wrap(text: str, width: int) -> list[str]:
    """Lines of at most a width; English breaks at spaces, Chinese anywhere but before closing punctuation."""
    lines = [""]
    for piece in _pieces(text):
        line = lines[-1]
        if width_of((line + piece).rstrip()) <= width or piece in _NOT_FIRST:
            lines[-1] = line + piece
        else:
            lines[-1] = line.rstrip()
            lines.append(piece.lstrip())
    return lines


def _pieces(text: str) -> Iterable[str]:
    word = ""
    for character in text:
        if unicodedata.east_asian_width(character) in "WF":
            if word:
                yield word
            word = ""
            yield character
        elif character == " ":
            yield f"{word} "
            word = ""
        else:
            word += character
    if word:
        yield word


def table(
    heads: Sequence[str], rows: Iterable[Sequence[str]], *, right: Iterable[int] = (), indent: int = 0
) -> list[str]:
    """Lines of a table with straight columns; `right` names the columns of numbers."""
    body = [list(row) for row in rows]
    widths = [max(width_of(row[column]) for row in [list(heads), *body]) for column in range(len(heads))]
    numbers = set(right)
    lines = []
    for row in [list(heads), *body]:
        cells = [pad(cell, widths[column], right=column in numbers) for column, cell in enumerate(row)]
        lines.append((" " * indent + "  ".join(cells)).rstrip())
    lines.insert(1, " " * indent + "-" * (sum(widths) + 2 * (len(widths) - 1)))
    return lines


def definitions(rows: Sequence[tuple[str, str]], *, indent: int = 2) -> list[str]:
    """Lines of names with what they mean beside them, wrapped to the terminal."""
    column = min(34, max((width_of(name) for name, _ in rows), default=0)) + 2
    lines = []
    for name, meaning in rows:
        first, *rest = wrap(meaning, terminal_width() - indent - column) or [""]
        if width_of(name) + 2 > column:
            lines.append(" " * indent + name)
            lines.append(" " * (indent + column) + first)
        else:
            lines.append((" " * indent + pad(name, column) + first).rstrip())
        lines += [" " * (indent + column) + line for line in rest]
    return lines
