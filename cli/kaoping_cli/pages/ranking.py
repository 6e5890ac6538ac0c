"""Stub."""

from typing import Any


def ranked(data: dict[str, Any]) -> None:
    print(data)


def as_csv(data: dict[str, Any]) -> None:
    print(data)
