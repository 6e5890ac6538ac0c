"""Results and consequences as JSON and back, by the types their dataclasses declare.

What comes back is equal to what went in. Numbers are exact text. Fields that are empty by default and empty are left
out, which halves what is stored.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

T = TypeVar("T")
Decoder = Callable[[Any], Any]


MOST_KNOWN = 10_000
_DUMPS = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def to_json(value: Any) -> str:
    """A dataclass as JSON text."""
    return _DUMPS(_plain(value))


class Encoder:
    """`to_json` of many things of one kind that have parts in common: these are encoded once.

    Parts in common are tuples; what `plain` names is JSON data already.
    """

    def __init__(self, plain: frozenset[str] = frozenset()) -> None:
        self._plain = plain
        self._known: dict[int, tuple[Any, str]] = {}

    def to_json(self, value: Any) -> str:
        """As `to_json`."""
        kind: Any = type(value)
        parts = []
        for name, default in _fields(kind):
            each = getattr(value, name)
            if each or each != default:
                parts.append(f'"{name}":{self._text(name, each)}')
        return f"{{{','.join(parts)}}}"

    def _text(self, name: str, each: Any) -> str:
        if name in self._plain or each.__class__ is str:
            return _DUMPS(each)
        if each.__class__ is not tuple:
            return _DUMPS(_plain(each))
        found = self._known.get(id(each))
        if found is None or found[0] is not each:
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            found = self._known[id(each)] = each, _DUMPS(_plain(each))
        return found[1]


def from_json(kind: type[T], text: str) -> T:
    """The dataclass of a kind that `to_json` wrote."""
    wanted: Any = kind
    found: T = _decoder(wanted)(json.loads(text))
    return found


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, Fraction):  # however a number came about, it is written in one way
        return value.numerator if value.denominator == 1 else str(value)
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    found = {}
    kind: Any = type(value)
    for name, default in _fields(kind):
        each = getattr(value, name)
        if each or each != default:
            found[name] = _plain(each)
    return found


@cache
def _fields(kind: Any) -> tuple[tuple[str, Any], ...]:
    """Field names, each with what it is when left out: an empty default, or something no value equals."""
    found = []
    for field in dataclasses.fields(kind):
        default = field.default_factory() if callable(field.default_factory) else field.default
        found.append((field.name, object() if default else default))
    return tuple(found)


@cache
def _decoder(kind: Any) -> Decoder:
    origin, arguments = get_origin(kind), get_args(kind)
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        decoders = {name: _decoder(hint) for name, hint in get_type_hints(kind).items()}
        return lambda data: kind(**{name: decoders[name](each) for name, each in data.items()})
    if origin is UnionType:
        return _union(arguments)
    if origin is tuple and arguments[1:] == (...,):
        each = _decoder(arguments[0])
        return tuple if each is _same else lambda data: tuple([each(value) for value in data])
    if origin is tuple:
        places = [_decoder(argument) for argument in arguments]
        return lambda data: tuple(place(value) for place, value in zip(places, data, strict=True))
    if origin is not None and issubclass(origin, Mapping):
        of_key = _decoder(arguments[1])
        return _same if of_key is _same else lambda data: {key: of_key(value) for key, value in data.items()}
    return Fraction if kind is Fraction else _same


def _union(kinds: tuple[Any, ...]) -> Decoder:
    if Fraction in kinds:
        return lambda data: Fraction(data) if isinstance(data, str) else data
    real = [kind for kind in kinds if kind is not NoneType]
    if len(real) > 1:  # a value as it is shown: text, number, truth or an object of those
        return _same
    decoder = _decoder(real[0])
    return _same if decoder is _same else lambda data: None if data is None else decoder(data)


def _same(data: Any) -> Any:
    return data
