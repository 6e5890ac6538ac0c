"""Text to plain values and back: one place decides what a written value means and what it may be.

Reading here is strict: ``8.5``, ``2025-08-03``, ``16:00``, ``true`` or ``是``, a choice by its id or its title,
``never`` or ``未发生``, ``undetermined`` or ``待定``. What people write otherwise (``８．５分``, ``2025.8.3``) is
brought into this form by the intake, which says that it did.
"""

from __future__ import annotations

import re
from datetime import date, time
from fractions import Fraction
from functools import lru_cache
from math import gcd

from kaoping.errors import DataError, Place, nearest
from kaoping.facts.clock import read_time, time_text
from kaoping.facts.frame import NEVER, UNDETERMINED, Plain
from kaoping.facts.types import Title, ValueType

TRUE = frozenset({"true", "True", "TRUE", "是"})
FALSE = frozenset({"false", "False", "FALSE", "否"})
NEVER_WORDS = frozenset({"never", "未发生"})
UNDETERMINED_WORDS = frozenset({UNDETERMINED, "待定"})
FIRST_YEAR, LAST_YEAR = 1900, 2199
LONGEST_NUMBER, LONGEST_TEXT = 40, 10_000

_VALUE = Title("值", "the value")
_NUMBER = re.compile(r"(-?)(\d+)(?:\.(\d+))?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_SCIENTIFIC = re.compile(r"(-?)(\d+)(?:\.(\d+))?[eE]([+-]?\d{1,2})", re.ASCII)
_DIGITS = {character: digit for digit, character in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_TENS = {"十": 10, "百": 100, "千": 1000}


def read_value(text: str, kind: ValueType, *, title: Title = _VALUE, place: Place | None = None) -> Plain:
    """The plain value a text stands for, of the type it must have.

    Args:
        text: as written, without surrounding blanks.
        kind: what it may be.
        title: what the value is called, for messages.
        place: where it was written, for messages.

    Raises:
        DataError: it is not of the type, out of its range or not one of its choices.
    """
    if not title.en:
        title = Title(title.zh, title.zh)
    match kind.kind:
        case "number" | "integer":
            return _number(text, kind, title, place)
        case "boolean":
            if text in TRUE:
                return True
            if text in FALSE:
                return False
            raise DataError("facts.not-a-boolean", place=place, text=text, title=title)
        case "date":
            return NEVER if kind.never and text in NEVER_WORDS else read_date(text, title=title, place=place)
        case "time":
            moment = read_time(text)
            if moment is None:
                raise DataError("facts.not-a-time", place=place, text=text, title=title)
            return moment
        case "choice":
            return _choice(text, kind, title, place)
    if len(text) > LONGEST_TEXT:
        raise DataError("facts.text-too-long", place=place, length=len(text), limit=LONGEST_TEXT, title=title)
    return text


def read_number(text: str) -> int | Fraction | None:
    """An exact decimal number, or None where the text is none."""
    found = _NUMBER.fullmatch(text)
    if not found or len(text) > LONGEST_NUMBER:
        return None
    sign, whole, decimals = found.groups()
    if not decimals:
        return int(sign + whole)
    number = Fraction(int(sign + whole + decimals), 10 ** len(decimals))
    return number.numerator if number.denominator == 1 else number


def read_date(text: str, *, title: Title = _VALUE, place: Place | None = None) -> date:
    """The day an ISO text names.

    Raises:
        DataError: it names none, or one in a year no record of ours has.
    """
    if not _DATE.fullmatch(text):
        raise DataError("facts.not-a-date", place=place, text=text, title=title)
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise DataError("facts.no-such-day", place=place, text=text) from None
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise DataError("facts.year-out-of-range", place=place, text=text, first=FIRST_YEAR, last=LAST_YEAR)
    return day


def number_text(number: int | Fraction) -> str:
    """An exact number as text: a decimal where it ends, else ``p/q``; no trailing zeros."""
    return _text(*number.as_integer_ratio())


def ratio_text(top: int, under: int) -> str:
    """``top / under`` as the same text; `under` is above 0."""
    common = gcd(top, under)
    return _text(top // common, under // common)


def _text(top: int, under: int) -> str:
    if under == 1:
        return str(top)
    places = _places(under)
    if places is None:
        return f"{top}/{under}"
    digits = str(abs(top) * 10**places // under).rjust(places + 1, "0")
    return f"{'-' if top < 0 else ''}{digits[:-places]}.{digits[-places:]}"


@lru_cache(10_000)
def _places(under: int) -> int | None:
    """How many decimals a fraction in its lowest terms has over this; None where they do not end."""
    rest, places = under, 0
    for prime in (2, 5):
        count = 0
        while rest % prime == 0:
            rest //= prime
            count += 1
        places = max(places, count)
    return places if rest == 1 else None


def value_text(value: Plain) -> str:
    """A value as text that `read_value` reads back (numbers that do not end as decimals excepted)."""
    if isinstance(value, date):
        return "never" if value == NEVER else value.isoformat()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, Fraction)):
        return number_text(value)
    if isinstance(value, time):
        return time_text(value)
    return value


def value_words(value: Plain, kind: ValueType, language: str) -> str:
    """A value as a clerk of this language writes it: 是 and titles in Chinese, `value_text` in English."""
    if language != "zh":
        return value_text(value)
    if isinstance(value, bool):
        return "是" if value else "否"
    if value == NEVER and kind.kind == "date":
        return "未发生"
    if kind.kind == "choice" and isinstance(value, str):
        return "待定" if value == UNDETERMINED else _choice_title(kind, value)
    return value_text(value)


def choices_of(kind: ValueType) -> Title:
    """What may be chosen, listed: titles in Chinese, ids in English."""
    names = [*kind.choices, *((UNDETERMINED,) if kind.undetermined and UNDETERMINED not in kind.choices else ())]
    titles = ["待定" if name == UNDETERMINED else _choice_title(kind, name) for name in names]
    return Title("、".join(titles), ", ".join(names))


def range_of(kind: ValueType) -> Title:
    """The bounds of a number in words, to stand after what must keep them."""
    low, high = kind.minimum, kind.maximum
    if low is not None and high is not None:
        return Title(
            f"在 {number_text(low)}～{number_text(high)} 之间", f"from {number_text(low)} to {number_text(high)}"
        )
    if low is not None:
        return Title(f"不小于 {number_text(low)}", f"at least {number_text(low)}")
    return Title(f"不大于 {number_text(high)}", f"at most {number_text(high)}") if high is not None else Title("")


def _number(text: str, kind: ValueType, title: Title, place: Place | None) -> int | Fraction:
    number = read_number(text)
    if number is None:
        if len(text) > LONGEST_NUMBER and _NUMBER.fullmatch(text):
            raise DataError("facts.number-too-long", place=place, title=title, limit=LONGEST_NUMBER)
        write = _meant_number(text)
        hint = "facts.write-number" if write else "facts.number-in-unit" if kind.unit and text[:1].isdigit() else None
        facts = {"text": text, "title": title, "write": write, "unit": kind.unit}
        raise DataError("facts.not-a-number", place=place, hint=hint, **facts)
    check_number(number, kind, text=text, title=title, place=place)
    return number


def check_number(
    number: int | Fraction, kind: ValueType, *, text: str, title: Title = _VALUE, place: Place | None = None
) -> None:
    """Hold a number to the bounds of its type.

    Raises:
        DataError: it is not whole, out of range or not one of the few allowed.
    """
    if kind.kind == "integer" and not isinstance(number, int):
        raise DataError("facts.not-an-integer", place=place, text=text, title=title)
    low, high = kind.minimum, kind.maximum
    if (low is not None and number < low) or (high is not None and number > high):
        raise DataError("facts.out-of-range", place=place, text=text, title=title, range=range_of(kind))
    if kind.one_of and number not in kind.one_of:
        allowed = [number_text(each) for each in kind.one_of]
        listed = Title("、".join(allowed), ", ".join(allowed))
        raise DataError("facts.not-a-choice", place=place, text=text, title=title, choices=listed)


def _choice(text: str, kind: ValueType, title: Title, place: Place | None) -> str:
    if text in kind.choices:
        return text
    if kind.undetermined and text in UNDETERMINED_WORDS:
        return UNDETERMINED
    named = [
        name for name, known in kind.choice_titles.items() if text in (known.zh, known.en) and name in kind.choices
    ]
    if len(named) == 1:
        return named[0]
    known = {_choice_title(kind, name): name for name in kind.choices} | {name: name for name in kind.choices}
    close = nearest(text, known)
    hint = None if close is None else "facts.did-you-mean"
    near = None if close is None else Title(_choice_title(kind, known[close]), known[close])
    listed = choices_of(kind)
    raise DataError("facts.not-a-choice", place=place, hint=hint, text=text, title=title, choices=listed, near=near)


def _choice_title(kind: ValueType, name: str) -> str:
    known = kind.choice_titles.get(name)
    return known.zh if known else name


def _meant_number(text: str) -> str | None:
    """What somebody who wrote 八分 or 1e3 should write, where that is plain."""
    if len(text) > LONGEST_NUMBER:
        return None
    if found := _SCIENTIFIC.fullmatch(text):
        sign, whole, decimals, power = found.groups()
        decimals = decimals or ""
        return sign + number_text(int(whole + decimals) * Fraction(10) ** (int(power) - len(decimals)))
    bare = text.rstrip("分户人个次件%")
    whole, _, part = bare.partition("点")
    number = _chinese_number(whole)
    if number is None or (part and any(character not in _DIGITS for character in part)):
        return None
    decimals = "".join(str(_DIGITS[character]) for character in part)
    return f"{number}.{decimals}" if decimals else str(number)


def _chinese_number(text: str) -> int | None:
    """八, 十二, 三百零五 … up to thousands; None for anything else."""
    if not text or len(text) > 9:
        return None
    if len(text) > 1 and all(character in _DIGITS for character in text):
        return int("".join(str(_DIGITS[character]) for character in text))
    total: int = 0
    digit: int | None = None
    for character in text:
        if character in _DIGITS:
            digit = _DIGITS[character]
        elif character in _TENS:
            total += (1 if digit is None else digit) * _TENS[character]
            digit = None
        else:
            return None
    return total + (digit or 0)
