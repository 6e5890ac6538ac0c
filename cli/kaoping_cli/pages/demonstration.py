"""Stub."""

from typing import Any


def shown(data: dict[str, Any]) -> None:
    print(data)
