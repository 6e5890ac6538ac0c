"""Whether data has the shape a JSON Schema asks for: yes or no, some forty times faster than the library.

Files are read at every command and nearly all of them are right. Only where the answer is no does the library look
again and say what is wrong, so that what is told is always its own word. Of the vocabulary what our schemas use is
known; a schema with anything else is not compiled, and the library decides alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

Check = Callable[[Any], bool]

_SAID = frozenset({"$schema", "$id", "title", "description", "examples"})
"""Keywords that ask for nothing."""


class UnknownKeywordError(Exception):
    """The schema asks for something that is not known here."""


def compiled(schema: Mapping[str, Any]) -> Check:
    """The check a schema without references asks for.

    Raises:
        UnknownKeywordError: it cannot be checked here.
    """
    unknown = [key for key in schema if key not in _SAID and key not in _KEYWORDS and key not in _WITH_PROPERTIES]
    if unknown:
        raise UnknownKeywordError(unknown[0])
    checks = [_KEYWORDS[key](value) for key, value in schema.items() if key in _KEYWORDS]
    if any(key in schema for key in _WITH_PROPERTIES):
        checks.append(_members(schema))
    if len(checks) == 1:
        return checks[0]
    return lambda data: all(check(data) for check in checks)


def _type(names: Any) -> Check:
    wanted = [_TYPES[name] for name in ([names] if isinstance(names, str) else names)]
    if len(wanted) == 1:
        return wanted[0]
    return lambda data: any(check(data) for check in wanted)


def _members(schema: Mapping[str, Any]) -> Check:
    """``properties`` and ``additionalProperties`` together, as the second speaks of what the first leaves."""
    known = {key: compiled(part) for key, part in schema.get("properties", {}).items()}
    rest = schema.get("additionalProperties", True)
    other: Check = (lambda _: rest) if isinstance(rest, bool) else compiled(rest)

    def check(data: Any) -> bool:
        return not isinstance(data, dict) or all(known.get(key, other)(value) for key, value in data.items())

    return check


def _required(keys: list[str]) -> Check:
    return lambda data: not isinstance(data, dict) or all(key in data for key in keys)


def _names(schema: Mapping[str, Any]) -> Check:
    name = compiled(schema)
    return lambda data: not isinstance(data, dict) or all(name(key) for key in data)


def _items(schema: Mapping[str, Any]) -> Check:
    item = compiled(schema)
    return lambda data: not isinstance(data, list) or all(item(one) for one in data)


def _any_of(schemas: list[Mapping[str, Any]]) -> Check:
    choices = [compiled(schema) for schema in schemas]
    return lambda data: any(choice(data) for choice in choices)


def _enum(values: list[Any]) -> Check:
    return lambda data: any(type(data) is type(value) and data == value for value in values)


def _pattern(pattern: str) -> Check:
    search = re.compile(pattern).search
    return lambda data: not isinstance(data, str) or search(data) is not None


def _number(data: Any) -> bool:
    return isinstance(data, int | Decimal) and not isinstance(data, bool)


_TYPES: Mapping[str, Check] = {
    "object": lambda data: isinstance(data, dict),
    "array": lambda data: isinstance(data, list),
    "string": lambda data: isinstance(data, str),
    "boolean": lambda data: isinstance(data, bool),
    "integer": lambda data: isinstance(data, int) and not isinstance(data, bool),
    "number": _number,
    "null": lambda data: data is None,
}
_WITH_PROPERTIES = ("properties", "additionalProperties")
_KEYWORDS: Mapping[str, Callable[[Any], Check]] = {
    "type": _type,
    "required": _required,
    "propertyNames": _names,
    "items": _items,
    "anyOf": _any_of,
    "enum": _enum,
    "const": lambda value: _enum([value]),
    "pattern": _pattern,
    "minItems": lambda least: lambda data: not isinstance(data, list) or len(data) >= least,
    "maxItems": lambda most: lambda data: not isinstance(data, list) or len(data) <= most,
    "minProperties": lambda least: lambda data: not isinstance(data, dict) or len(data) >= least,
    "maxLength": lambda most: lambda data: not isinstance(data, str) or len(data) <= most,
    "minimum": lambda least: lambda data: not _number(data) or data >= least,
    "maximum": lambda most: lambda data: not _number(data) or data <= most,
}
