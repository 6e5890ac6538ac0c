"""Stub."""

from typing import Any


def template(data: dict[str, Any]) -> None:
    print(data)


def imported(data: dict[str, Any]) -> None:
    print(data)
