"""Stub."""

from typing import Any


def event_added(data: dict[str, Any]) -> None:
    print(data)


def in_force(data: dict[str, Any]) -> None:
    print(data)
