"""Personal numbers in text: identity numbers (GB 11643) and mobile numbers, full-width and spaced ones too.

Order numbers, credit codes, land lines and file digests are not taken for them: an identity number must have a real
birthday and the right check character, a mobile number must stand free of other digits and letters.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date

_GAP = r"[\s\-\u00ad\u2010-\u2015\u200b-\u200f\u2060\u2212\ufeff]"
_FREE = r"(?<![0-9A-Za-z])(?<![0-9]\.)"
_MOBILE = re.compile(
    rf"{_FREE}(?:\+?(?:00)?86{_GAP}{{0,2}}|0)?"
    rf"(?:1[3-9][0-9]{_GAP}{{0,2}}[0-9]{{4}}{_GAP}{{0,2}}[0-9]{{4}}|1{_GAP}{{1,2}}[3-9](?:{_GAP}{{1,2}}[0-9]){{9}})"
    r"(?!\.?[0-9]|[A-Za-z])"
)
_IDENTITY = re.compile(rf"(?<![0-9A-Za-z])[1-9](?:{_GAP}{{0,2}}[0-9]){{16}}{_GAP}{{0,2}}[0-9Xx](?![0-9A-Za-z])")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_NOT_DIGIT = re.compile(r"[^0-9Xx]")


def may_hold_personal_data(text: str) -> bool:
    """Could some cell of this text hold a personal number? False is certain, true asks for a look at each cell."""
    plain = _plain(text)
    return bool(_MOBILE.search(plain) or _IDENTITY.search(plain))


def personal_data(text: str) -> tuple[str, str] | None:
    """What personal number a text holds: ``identity-number`` or ``mobile-number``, and the number masked; or None."""
    if len(text) < 11:
        return None
    plain = _plain(text)
    for found in _IDENTITY.finditer(plain):
        number = _NOT_DIGIT.sub("", found[0]).upper()
        if is_identity_number(number):
            return "identity-number", f"{number[:3]}****{number[-2:]}"
    if mobile := _MOBILE.search(plain):
        number = _NOT_DIGIT.sub("", mobile[0])[-11:]
        return "mobile-number", f"{number[:3]}****{number[-2:]}"
    return None


def is_identity_number(number: str) -> bool:
    """Is this an identity number of GB 11643: 18 characters, a birthday in them, the check character right?"""
    try:
        born = date.fromisoformat(f"{number[6:10]}-{number[10:12]}-{number[12:14]}")
    except ValueError:
        return False
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, number[:17], strict=True))
    return 1850 <= born.year <= 2199 and number[17] == "10X98765432"[total % 11]


def _plain(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFKC", text)
