"""Cells a spreadsheet would take for a formula: quoted with ``'`` when written, unquoted when read.

What begins with ``= + - @``, a tab or a carriage return (full-width too) is run by Excel and WPS when the file is
opened; ``'`` in front keeps it text. A tab in front, as sometimes advised, would itself be dangerous.
"""

from __future__ import annotations

import re

_DANGEROUS = re.compile(r"'*[=+\-@\t\r＝＋－＠]")


def escaped(cell: str) -> str:
    """The cell as it may be written; `unescaped` gives it back."""
    return f"'{cell}" if _DANGEROUS.match(cell) else cell


def unescaped(cell: str) -> str:
    """The cell as it was before it was escaped."""
    return cell[1:] if cell.startswith("'") and _DANGEROUS.match(cell) else cell
