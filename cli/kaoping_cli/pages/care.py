"""Stub."""

from typing import Any


def initialised(data: dict[str, Any]) -> None:
    print(data)


def checked(data: dict[str, Any]) -> None:
    print(data)


def backed_up(data: dict[str, Any]) -> None:
    print(data)


def doctor(data: dict[str, Any]) -> None:
    print(data)
