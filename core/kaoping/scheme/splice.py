"""A block of text in a YAML file, put in place of the one that is there; the rest of the file stays as it is."""

from __future__ import annotations

from typing import Any

from kaoping.scheme.document import Scalar, Table, plain, read_document


def block_at(text: str, scalar: Scalar) -> tuple[int, int] | None:
    """The first line of a block's content and the line behind its last, from 0; None if it is no ``|`` block."""
    lines = text.split("\n")
    row, column = (scalar.place.line or 0) - 1, (scalar.place.column or 0) - 1
    if not lines[row][column:].startswith("|"):
        return None
    own = _indent(lines[row])
    end = row + 1
    for number in range(row + 1, len(lines)):
        if lines[number].strip():
            if _indent(lines[number]) <= own:
                break
            end = number + 1
    return row + 1, end


def put_block(text: str, scalar: Scalar, content: str) -> str | None:
    """The file with this content in the block; None where that cannot be done and leave the rest as it was."""
    if (span := block_at(text, scalar)) is None:
        return None
    start, end = span
    lines = text.split("\n")
    within = next((line for line in lines[start:end] if line.strip()), "")
    indent = " " * (_indent(within) if within else _indent(lines[start - 1]) + 2)
    block = [f"{indent}{line}" for line in content.splitlines()]
    changed = "\n".join([*lines[:start], *block, *lines[end:]])
    return changed if _rest(text, scalar) == _rest(changed, scalar) else None


def _rest(text: str, scalar: Scalar) -> Any:
    """Everything a file says but for what begins at the scalar's place."""

    def without(node: Any) -> Any:
        if isinstance(node, Scalar):
            at = (node.place.line, node.place.column)
            return None if at == (scalar.place.line, scalar.place.column) else plain(node)
        if isinstance(node, Table):
            return {key: without(value) for key, value in node.entries.items()}
        return [without(item) for item in node.items]

    return without(read_document(text, ""))


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
