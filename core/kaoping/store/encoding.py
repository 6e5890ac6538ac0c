"""Results and consequences as JSON and back, by the types their dataclasses declare.

What comes back is equal to what went in. Numbers are exact text. Fields that are empty by default and empty are left
out, which halves what is stored.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from functools import cache
from itertools import pairwise
from json.encoder import encode_basestring as quoted
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from kaoping.evaluation.accounts import MOST_KNOWN, Held, Holding, Key
from kaoping.evaluation.result import Consequence, Shown, SubjectResult
from kaoping.evaluation.run import shown
from kaoping.evaluation.told import Once, Told, listed
from kaoping.evaluation.values import Value
from kaoping.facts.values import ratio_text

T = TypeVar("T")
Decoder = Callable[[Any], Any]


_OF_CONSEQUENCES = tuple(field.name for field in dataclasses.fields(Consequence))
_DATA = frozenset({"cohort", "ranks", "values"})
_DUMPS = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def to_json(value: Any) -> str:
    """A dataclass as JSON text."""
    return _DUMPS(_plain(value))


class Encoder:
    """`to_json` of many results that have parts in common: these are encoded once.

    Parts in common are tuples; places and values are JSON data already.
    """

    def __init__(self) -> None:
        self._tuples = Once(lambda some: _DUMPS(_plain(some)))
        self._alike = Once(self._around)
        self._due = Once(self._of_due)
        self._measures = _Measures()

    def to_json(self, value: SubjectResult) -> str:
        """As `to_json`."""
        return f"{{{','.join(f'{quoted(name)}:{text}' for name, text in self._fields(value))}}}"

    def _fields(self, value: SubjectResult) -> Iterator[tuple[str, str]]:
        for name, default in _fields(SubjectResult):
            each = getattr(value, name)
            if each or each != default:
                yield name, self._text(name, each)

    def _text(self, name: str, each: Any) -> str:
        if name in _DATA or each.__class__ is str:
            return _DUMPS(each)
        return self._tuples.of(each) if each.__class__ is tuple else _DUMPS(_plain(each))

    # --- in pieces

    def told(self, told: Told) -> str:
        """The same of a result in pieces."""
        before, between, after = self._alike.of(told.like)
        own, subject = quoted(told.subject.id), told.subject
        score = "" if told.score is None else f',"score":{_DUMPS(_plain(told.score))}'
        if told.score_range is not None:
            score += f',"score_range":{_DUMPS(_plain(told.score_range))}'
        if told.score_open:
            score += ',"score_open":true'
        due = []
        for like, to, at, starts, until in told.due:
            a, b, c, d, e, f = self._due.of(like)
            where, end = at and f',"at":{quoted(at)}', until and f',"until":{quoted(until)}'
            due.append(f"{a}{own}{b}{listed(to)}{c}{where}{d}{quoted(starts)}{e}{end}{f}")
        return "".join(
            (
                f'{{"subject":{own},"type":{quoted(subject.type)},"title":{quoted(subject.title)}',
                *(before, score, between, self._ranks(told)),
                f',"consequences":[{",".join(due)}]' if due else "",
                *(after, self._values(told), "}"),
            )
        )

    def _around(self, like: SubjectResult) -> tuple[str, str, str]:
        """What stands before the score, between it and the ranks, and after the consequences."""
        texts = {name: f',"{name}":{text}' for name, text in self._fields(like)}
        names = [name for name, _ in _fields(SubjectResult)]
        ends = [names.index(name) for name in ("status", "score", "ranks", "values")]
        return tuple("".join(texts.get(name, "") for name in names[first:last]) for first, last in pairwise(ends))  # type: ignore[return-value]

    @staticmethod
    def _of_due(one: Consequence) -> tuple[str, ...]:
        """What stands before whose it is, to whom, where, its beginning and its end, and after."""
        fields = {name: _DUMPS(value) for name, value in _plain(one).items()}
        texts = [f',"{name}":{fields[name]}' if name in fields else "" for name in _OF_CONSEQUENCES]
        own = [_OF_CONSEQUENCES.index(name) for name in ("subject", "to", "at", "starts", "until")]
        first, second, third, fourth, fifth, last = (
            "".join(texts[start + 1 : end]) for start, end in pairwise((-1, *own, len(texts)))
        )
        return f'{{{first[1:]},"subject":', f'{second},"to":', third, f'{fourth},"starts":', fifth, f"{last}}}"

    def _ranks(self, told: Told) -> str:
        if not told.ranks:
            return ""
        text, before = "", ""
        for (rule, window), rank in told.ranks.items():
            text += f",{quoted(window)}:{rank}" if rule == before else f"}},{quoted(rule)}:{{{quoted(window)}:{rank}"
            before = rule
        return f',"ranks":{{{text[2:]}}}}}'

    def _values(self, told: Told) -> str:
        """The values of measures, by what is held of them where that is known."""
        measures = told.measures
        if not measures:
            return ""
        if not isinstance(measures, Held):
            return f',"values":{_DUMPS(_shown(measures, told.kinds))}'
        text, asked = self._measures.of(measures.holdings, told.kinds)
        row, found = measures.row, []
        for columns, known, one, kind in asked:
            held = columns(row)
            value = known.get(held)
            if value is None:
                if len(known) >= MOST_KNOWN:
                    known.clear()
                value = known[held] = _held_text(kind, one, held)
            found.append(value)
        return text % tuple(found)


class _Measures:
    """The text of measures with a gap for each value, and what fills it."""

    def __init__(self) -> None:
        self._made: dict[int, tuple[Any, str, list[Any]]] = {}
        self._texts: dict[tuple[int, str], tuple[Any, dict[Any, str]]] = {}

    def of(self, holdings: Mapping[Key, Holding], kinds: Mapping[str, str]) -> tuple[str, list[Any]]:
        """Of measures that are held so."""
        found = self._made.get(id(holdings))
        if found is None:
            found = self._made[id(holdings)] = (holdings, *self._make(holdings, kinds))
        return found[1:]

    def _make(self, holdings: Mapping[Key, Holding], kinds: Mapping[str, str]) -> tuple[str, list[Any]]:
        grouped: dict[str, list[str]] = {}
        for name, at in holdings:
            grouped.setdefault(name, []).append(at)
        asked: list[Any] = []
        parts = []
        for name, ats in grouped.items():
            kind = kinds[name]
            for at in ats:
                one = holdings[name, at]
                _, known = self._texts.setdefault((id(one.known), kind), (one.known, {}))
                asked.append((one.columns, known, one, kind))
            gaps = ",".join(f"{quoted(at)}:".replace("%", "%%") + "%s" for at in ats)
            parts.append(f"{quoted(name)}:".replace("%", "%%") + f"{{{gaps}}}")
        return f',"values":{{{",".join(parts)}}}', asked


def _shown(measures: Mapping[Key, Value], kinds: Mapping[str, str]) -> dict[str, dict[str, Shown]]:
    found: dict[str, dict[str, Shown]] = {}
    for (name, at), value in measures.items():
        found.setdefault(name, {})[at] = shown(value, kinds[name])
    return found


def _held_text(kind: str, one: Holding, held: tuple[Any, ...]) -> str:
    """What is held of a value, as JSON of the value as results show it."""
    ratio = one.ratio(*held) if kind in ("number", "integer") else None
    return _DUMPS(shown(one.make(*held), kind)) if ratio is None else f'"{ratio_text(*ratio)}"'


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
