"""Pictures of what other rules would do, as SVG: one file, no script, readable in black and white."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from math import isqrt
from typing import Any

_SAME, _BETTER, _WORSE, _OTHER = "#e8e8e8", "#2f7d4f", "#b5442e", "#7a7a7a"
_SHADES = ("#1f4e79", "#3f78b0", "#7aa6d1", "#b7cfe6", "#d9d9d9", "#a6a6a6", "#737373", "#404040")
_CELL, _LEFT, _TOP = 84, 190, 120
_BAR, _STEP = 360, 26


def matrix_picture(title: str, heads: Sequence[str], matrix: Sequence[Sequence[int]], merit: int, legend: str) -> str:
    """The migration matrix: a row is the grade now, a column the grade under the other rules.

    Args:
        title: stands above.
        heads: what the rows and columns are called.
        matrix: how many cases went from each to each.
        merit: how many of the heads are grades, best first; the rest are none.
        legend: what rows and columns are.
    """
    size = len(heads)
    width, height = _LEFT + size * _CELL + 40, _TOP + size * _CELL + 40
    return "\n".join(_document(width, height, title, legend, _cells(heads, matrix, merit)))


def sweep_picture(title: str, rows: Sequence[tuple[str, Mapping[str, int]]], names: Mapping[str, str]) -> str:
    """For each value of a parameter how many got which grade, as bars of one length.

    Args:
        title: stands above.
        rows: the value, and how many of each grade, best first.
        names: what each grade is called, in order.
    """
    width, height = _LEFT + _BAR + 60, _TOP + (len(rows) + len(names)) * _STEP + 40
    return "\n".join(_document(width, height, title, "", _bars(rows, names)))


def _document(width: int, height: int, title: str, legend: str, inside: Iterator[str]) -> Iterator[str]:
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        'role="img" font-family="Noto Sans CJK SC, Microsoft YaHei, PingFang SC, sans-serif" font-size="14">'
    )
    yield f"<title>{escape(title)}</title>"
    yield f'<rect width="{width}" height="{height}" fill="white"/>'
    yield _text(20, 32, title, size=18)
    if legend:
        yield _text(20, 56, legend, fill="#555")
    yield from inside
    yield "</svg>\n"


def _cells(heads: Sequence[str], matrix: Sequence[Sequence[int]], merit: int) -> Iterator[str]:
    most = max((count for row in matrix for count in row), default=0)
    for column, head in enumerate(heads):
        yield _text(_LEFT + column * _CELL + _CELL // 2, _TOP - 14, head, anchor="middle")
    for row, counts in enumerate(matrix):
        y = _TOP + row * _CELL
        yield _text(_LEFT - 12, y + _CELL // 2 + 5, heads[row], anchor="end")
        for column, count in enumerate(counts):
            x = _LEFT + column * _CELL
            yield f'<rect x="{x}" y="{y}" width="{_CELL - 4}" height="{_CELL - 4}" fill="#fafafa" stroke="#ccc"/>'
            if count:
                graded = row < merit and column < merit
                fill = _SAME if row == column else _OTHER if not graded else _BETTER if column < row else _WORSE
                # the area of the square is the count: its side the root, in whole pixels
                side = max(10, isqrt((_CELL - 12) ** 2 * count // most))
                left, top = x + (_CELL - 4 - side) // 2, y + (_CELL - 4 - side) // 2
                yield f'<rect x="{left}" y="{top}" width="{side}" height="{side}" rx="4" fill="{fill}"/>'
                ink = "white" if row != column and side > 30 else "#111"
                yield _text(x + _CELL // 2 - 2, y + _CELL // 2 + 4, str(count), anchor="middle", fill=ink)


def _bars(rows: Sequence[tuple[str, Mapping[str, int]]], names: Mapping[str, str]) -> Iterator[str]:
    shades = {grade: _SHADES[number % len(_SHADES)] for number, grade in enumerate(names)}
    for number, (value, counts) in enumerate(rows):
        y, x, total = 70 + number * _STEP, _LEFT, sum(counts.values())
        yield _text(_LEFT - 12, y + 15, value, anchor="end")
        reached = 0
        for grade, count in counts.items():
            before = _BAR * reached // total
            reached += count
            wide = _BAR * reached // total - before
            label = f"{names.get(grade, grade)} {count}"
            yield (
                f'<rect x="{x + before}" y="{y}" width="{wide}" height="{_STEP - 6}" '
                f'fill="{shades.get(grade, _OTHER)}" stroke="white"><title>{escape(label)}</title></rect>'
            )
            if wide > 28:
                ink = "white" if list(names).index(grade) < 2 else "#111"
                yield _text(x + before + wide // 2, y + 15, str(count), anchor="middle", size=12, fill=ink)
    for number, (grade, name) in enumerate(names.items()):
        y = 84 + len(rows) * _STEP + number * 22
        yield f'<rect x="{_LEFT}" y="{y}" width="14" height="14" fill="{shades[grade]}"/>'
        yield _text(_LEFT + 22, y + 12, name)


def _text(x: int, y: int, text: str, *, anchor: str = "start", size: int = 14, fill: str = "#111") -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}" font-size="{size}" fill="{fill}">{escape(text)}</text>'


def picture_of(data: dict[str, Any], name: dict[str, str], words: Mapping[str, str]) -> str:
    """The picture of what `impact` found: of a sweep its bars, else the matrix.

    Args:
        data: what the use case gives.
        name: what grades are called.
        words: ``title``, ``legend``.
    """
    if data["sweep"]:
        rows = [(row["value"], row["grades"]) for row in data["sweep"]["rows"]]
        used = {grade: name.get(grade, grade) for row in rows for grade in row[1]}
        order = {grade: title for grade, title in name.items() if grade in used}
        return sweep_picture(words["title"], rows, {**order, **{g: t for g, t in used.items() if g not in order}})
    heads = [name.get(grade, grade) for grade in data["grades"]]
    merit = sum(grade in data["merit"] for grade in data["grades"])
    return matrix_picture(words["title"], heads, data["matrix"], merit, words["legend"])
