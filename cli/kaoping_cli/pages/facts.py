"""Stub."""

from typing import Any


def known(data: dict[str, Any]) -> None:
    print(data)


def history(data: dict[str, Any]) -> None:
    print(data)


def voided(data: dict[str, Any]) -> None:
    print(data)


def closed(data: dict[str, Any]) -> None:
    print(data)
