"""Names and texts as they stand in a statement; nothing else of the statement is needed for it."""

from __future__ import annotations


def quoted_name(name: str) -> str:
    """A name between quotes, as SQLite, DuckDB and the SQL standard write it."""
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


def quoted_text(text: object) -> str:
    """A text between quotes, or a path."""
    doubled = f"{text}".replace("'", "''")
    return f"'{doubled}'"
