"""Stub."""

from typing import Any


def explained(data: dict[str, Any]) -> None:
    print(data)
