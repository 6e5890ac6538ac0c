"""Writing to a terminal, a file or a pipe, in whatever encoding it has, with columns that stay straight."""

from __future__ import annotations

import json
import os
import shutil
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any, TextIO

_NOT_FIRST = "，。、；：！？）》」』】〕”’…%,.;:!?)]}"
_NOT_LAST = "（《「『【〔“‘([{"
_NARROWEST = 60
_LEAST, _TALLEST = 6, 4  # columns that a column of words keeps, lines that a row of a table may take


def prepare() -> None:
    """Make the standard streams write '?' for what their encoding lacks, instead of failing on a rare name."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def out(text: str = "") -> None:
    """One line of result; on a terminal that is narrower, as many as it takes."""
    for line in _fitted(text, sys.stdout):
        sys.stdout.write(f"{line}\n")


def talk(text: str = "") -> None:
    """One line about the work, beside the result."""
    for line in _fitted(text, sys.stderr):
        sys.stderr.write(f"{line}\n")


def _fitted(text: str, stream: TextIO) -> list[str]:
    """A line as the terminal can show it, broken between words; into a file or a pipe it is one line."""
    if "\n" in text:
        return [line for part in text.split("\n") for line in _fitted(part, stream)]
    if not stream.isatty() or width_of(text) <= max(_NARROWEST, _columns()):
        return [text]
    indent = len(text) - len(text.lstrip())
    first, *rest = wrap(text.strip(), max(_NARROWEST, _columns()) - indent - 2)
    return [" " * indent + first, *(" " * (indent + 2) + line for line in rest)]


def out_json(data: Any) -> None:
    """One JSON object; plain ASCII where the stream could not carry every character. What is read lazily is a list."""
    unicode = (sys.stdout.encoding or "").lower().replace("-", "").startswith("utf")
    sys.stdout.write(json.dumps(data, ensure_ascii=not unicode, indent=2, default=list) + "\n")


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
    """Columns to write sentences in: the terminal's, but never under 60 or over 110."""
    return min(110, max(_NARROWEST, _columns()))


def _columns() -> int:
    return shutil.get_terminal_size((100, 24)).columns


def wrap(text: str, width: int) -> list[str]:
    """Lines of at most a width; English breaks at spaces, Chinese anywhere but beside a bracket or mark it belongs to.

    What holds together, such as a number, is never parted, even where it is longer than a line.
    """
    lines = [""]
    for piece in _bound(_pieces(text)):
        line = lines[-1]
        if not line or width_of((line + piece).rstrip()) <= width:
            lines[-1] = line + piece
        else:
            lines[-1] = line.rstrip()
            lines.append(piece.lstrip())
    return lines


def _bound(pieces: Iterable[str]) -> Iterable[str]:
    """Pieces with the marks that may not begin or end a line beside them."""
    held = ""
    for piece in pieces:
        if held and piece[0] not in _NOT_FIRST and held[-1] not in _NOT_LAST:
            yield held
            held = ""
        held += piece
    if held:
        yield held


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
    """Lines of a table with straight columns; `right` names the columns of numbers.

    On a terminal that is too narrow the widest columns of words are broken; where that does not do, each row becomes
    lines of its own. Written to a file or a pipe, a row is always one line.
    """
    body, numbers = [list(row) for row in rows], set(right)
    every = [list(heads), *body]
    widths = [max(width_of(row[column]) for row in every) for column in range(len(heads))]
    room = max(_NARROWEST, _columns()) - indent - 2 * (len(widths) - 1)
    if sum(widths) > room and _is_terminal():
        widths = _narrowed(every, widths, numbers, room)
    above, *below = [_row(row, widths, numbers, indent) for row in every]
    if (sum(widths) > room and _is_terminal()) or any(len(lines) > _TALLEST for lines in below):
        return _one_by_one(heads, body, indent)
    line = " " * indent + "-" * (sum(widths) + 2 * (len(widths) - 1))
    return [*above, line, *(line for lines in below for line in lines)]


def _narrowed(rows: Sequence[Sequence[str]], widths: Sequence[int], numbers: set[int], room: int) -> list[int]:
    """Widths that fit, as far as they can: the widest column gives way first, and what holds together stays whole."""
    narrowed = list(widths)
    least = [
        max(min(widths[column], _LEAST), *(_longest(row[column]) for row in rows))
        if column not in numbers
        else max([_longest(rows[0][column]), *(width_of(row[column]) for row in rows[1:])])
        for column in range(len(widths))
    ]
    while sum(narrowed) > room and any(width > floor for width, floor in zip(narrowed, least, strict=True)):
        giving = [column for column, floor in enumerate(least) if narrowed[column] > floor]
        narrowed[max(giving, key=lambda column: narrowed[column])] -= 1
    return narrowed


def _is_terminal() -> bool:
    return sys.stdout.isatty() or "COLUMNS" in os.environ


def _longest(text: str) -> int:
    """The width of the longest part of a text that holds together."""
    return max((width_of(piece.rstrip()) for piece in _bound(_pieces(text))), default=0)


def _row(row: Sequence[str], widths: Sequence[int], numbers: set[int], indent: int) -> list[str]:
    cells = [wrap(cell, width) if width_of(cell) > width else [cell] for cell, width in zip(row, widths, strict=True)]
    made = []
    for position in range(max(map(len, cells))):
        parts = [
            pad(cell[position] if position < len(cell) else "", widths[column], right=column in numbers)
            for column, cell in enumerate(cells)
        ]
        made.append((" " * indent + "  ".join(parts)).rstrip())
    return made


def _one_by_one(heads: Sequence[str], rows: Sequence[Sequence[str]], indent: int) -> list[str]:
    """Each row by itself: its first cell, then what is in the others."""
    lines = []
    for row in rows:
        lines.append(" " * indent + f"{heads[0]} {row[0]}".strip())
        lines += definitions([(head, cell) for head, cell in zip(heads[1:], row[1:], strict=True) if cell],
                             indent=indent + 2)  # fmt: skip
    return lines


def definitions(rows: Sequence[tuple[str, str]], *, indent: int = 2) -> list[str]:
    """Lines of names with what they mean beside them, wrapped to the terminal."""
    column = min(34, terminal_width() // 3 + 1, max((width_of(name) for name, _ in rows), default=0)) + 2
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
