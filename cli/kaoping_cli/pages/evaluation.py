"""Stub."""

from typing import Any


def evaluated(data: dict[str, Any]) -> None:
    print(data)


def published(data: dict[str, Any]) -> None:
    print(data)


def listed(data: dict[str, Any]) -> None:
    print(data)


def verified(data: dict[str, Any]) -> None:
    print(data)
