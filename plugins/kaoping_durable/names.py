"""Short property names whose hashes never meet: durable-rules finds a property by a 32-bit hash of its name alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import count

PROBE = "p"
"""The property every fact carries and every rule asks for first."""

OWN = (
    *("id", "sid", PROBE, "m", "$m", "$s", "$i", "$l", "$r", "$forward", "$time", "$timerName", "$baseTime", "$pulse"),
    *("all", "any", "pri", "count", "cap", "dist", "name", "$lt", "$lte", "$gt", "$gte", "$eq", "$neq", "$ex", "$nex"),
    *("$and", "$or", "$mt", "$imt", "$iall", "$iany", "$add", "$sub", "$mul", "$div"),
)
"""Names that mean something to durable-rules itself, or to us."""

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def fnv32(text: str) -> int:
    """The hash by which durable-rules knows a name: FNV-1a, 32 bits."""
    value = 0x811C9DC5
    for byte in text.encode():
        value = (value ^ byte) * 16777619 & 0xFFFFFFFF
    return value


def distinct_names(candidates: Iterable[str]) -> Iterator[str]:
    """The candidates whose hash is neither one of durable-rules' own words' nor that of a name given before."""
    taken = {fnv32(word) for word in OWN}
    for name in candidates:
        if (value := fnv32(name)) not in taken:
            taken.add(value)
            yield name


def short_names() -> Iterator[str]:
    """An endless supply of names such as ``x0``, ``x1``, ``xa``, each safe beside all others."""
    return distinct_names("x" + _base36(number) for number in count())


def _base36(number: int) -> str:
    high, low = divmod(number, len(DIGITS))
    return (_base36(high) if high else "") + DIGITS[low]
