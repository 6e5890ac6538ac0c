"""Values as people read them."""

from __future__ import annotations

from typing import Any

from kaoping_cli.words import word

ANY_DAY = ("0001-01-01", "never")
"""The ends of a day of which nothing is known."""


def value_text(value: Any) -> str:
    """A value of a result for reading: a range, a set of possible ones, yes or no, a fraction to two places."""
    if isinstance(value, bool):
        return word("yes") if value else word("no")
    if isinstance(value, list):
        return word("or").join(map(value_text, value))
    if isinstance(value, dict):
        if "possible" in value and set(value["possible"]) == {True, False}:
            return word("value-open")
        if "possible" in value:
            return word("or").join(map(value_text, value["possible"]))
        low, high = value["from"], value["to"]
        if (low, high) in ((None, None), ANY_DAY):
            return word("value-open")
        if high is None:
            return word("value-at-least", value=low)
        return word("value-at-most", value=high) if low is None else f"{low}..{value_text(high)}"
    if value is None:
        return word("no-value")
    if isinstance(value, str) and value.replace("/", "").lstrip("-").isdigit() and "/" in value:
        return word("about", number=rounded(value))
    return {"never": word("never"), "true": word("yes"), "false": word("no")}.get(value, str(value))


def rounded(fraction: str) -> str:
    """A fraction to two places, for reading; what counts is the exact number in the JSON."""
    top, _, bottom = fraction.partition("/")
    hundredths = (200 * abs(int(top)) + int(bottom)) // (2 * int(bottom))
    return f"{'-' if top.startswith('-') else ''}{hundredths // 100}.{hundredths % 100:02}"


def amount(value: Any) -> str:
    """A value of a parameter: a number, a choice, or a length of time."""
    if isinstance(value, dict):
        return word("months", count=value["months"]) if "months" in value else word("days", count=value["days"])
    return "" if value is None else str(value)
