"""What people write, brought into the one form that is read: ``８．５分`` is 8.5, ``2025.8.3`` is 2025-08-03, √ is 是.

Nothing here guesses: what has more than one meaning (``2025.1``, ``3/8/2025``, ``600人`` where households are
counted) is left as it is, and reading it fails. Whoever normalises compares the result with what was written, and
says so.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from kaoping.facts.types import ValueType

NUMBER_UNITS = ("分", "%", "户", "人")
_WIDTH = {0x3000: " ", 0xA0: " ", 0x2212: "-"} | {wide: chr(wide - 0xFEE0) for wide in range(0xFF01, 0xFF5F)}
_PLAIN_NUMBER = re.compile(r"-?\d+(?:\.\d+)?", re.ASCII)
_NUMBER = re.compile(r"([+-]?)(\d{1,3}(?:,\d{3})+|\d*)(?:\.(\d*))?", re.ASCII)
_PLAIN_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_DATE = re.compile(
    r"(\d{4})(?:-(\d\d?)-(\d\d?)|/(\d\d?)/(\d\d?)|\.(\d\d?)\.(\d\d?)|年(\d\d?)月(\d\d?)[日号]?)"
    r"(?:[ T]\d\d?:\d\d(?::\d\d)?)?",
    re.ASCII,
)
_PLAIN_PERIOD = re.compile(r"\d{4}(?:S|H\d|Q\d|B\d|-\d\d(?:X\d|-\d\d(?:\.\.\d{4}-\d\d-\d\d)?)?|W\d\d)?", re.ASCII)
_YEAR = re.compile(r"(\d{4})年(?:度|全年)?", re.ASCII)
_PART = re.compile(
    r"(\d{4})年?(?:度)?(?:(上|下)半年|[Hh](\d)|第?([一二三四1-4])季度?|[Qq](\d)|第?(\d\d?)周|[Ww](\d\d?)|(\d\d?)月|[-/](\d\d?))",
    re.ASCII,
)
_SCHOOL_YEAR = re.compile(r"(\d{4})年?(?:(?:-|~|至|—+)(\d{4}))?学年度?", re.ASCII)
_XUN = re.compile(r"(\d{4})(?:年|-|/)(\d\d?)月?([上中下])旬", re.ASCII)
_TWO_MONTHS = re.compile(r"(\d{4})年(\d\d?)月?(?:-|~|至|、|—+)(\d\d?)月", re.ASCII)
_SPAN = re.compile(r"\.\.|至|到|~|—+")
_EXCEL_MONTH = re.compile(r"([A-Z][a-z]{2})-(\d\d)")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_HALF = re.compile(r"(上午|早上|凌晨|下午|晚上)?(.+?)(AM|PM|am|pm)?", re.ASCII)
_CLOCK = re.compile(r"(\d\d?):(\d\d)(?::(\d\d))?|(\d\d?)[点时](?:(整|半)|(\d\d?)分?)?", re.ASCII)
_LATE = frozenset({"下午", "晚上", "PM", "pm"})
_YES, _NO = frozenset({*"√✓✔1", "y", "yes", "对"}), frozenset({*"×✗✘0", "n", "no", "错"})
_THERE, _NOT_THERE = frozenset({"有"}), frozenset({"无", "没有"})
_DENIES = frozenset("无没未非不免")


def narrow(text: str) -> str:
    """Full-width letters, digits and signs made narrow; all else (①, ², 分) stays as it is.

    Unicode's own compatibility form (NFKC) would read ``10²`` as 102.
    """
    return text if text.isascii() else text.translate(_WIDTH).strip()


def tidy(text: str, kind: ValueType, title: str = "") -> str:
    """A cell in the form `facts.values.read_value` reads, where it is plain what is meant; else the cell as it is.

    `title` is what the value is called in Chinese: 有 and 无 answer one that denies nothing.
    """
    if kind.kind == "boolean":
        return _boolean(text, title)
    form = _FORMS.get(kind.kind)
    return form(text, kind) if form else text


def tidy_period(text: str) -> str:
    """A period in its own form: ``2025年第一季度`` is 2025Q1, ``2025年3月上旬`` 2025-03X1; else the text as it is."""
    if _PLAIN_PERIOD.fullmatch(text):
        return text
    plain = "".join(narrow(text).split())
    if found := _YEAR.fullmatch(plain):
        return found[1]
    if (found := _EXCEL_MONTH.fullmatch(plain)) and found[1] in _MONTHS:
        return f"20{found[2]}-{_MONTHS.index(found[1]) + 1:02}"
    if unusual := _unusual_period(plain):
        return unusual
    if not (found := _PART.fullmatch(plain)):
        return plain if _PLAIN_PERIOD.fullmatch(plain) else text
    year, half, half_number, quarter, quarter_number, week, week_number, month, month_number = found.groups()
    if half or half_number:
        return f"{year}H{half_number or '上下'.index(half) + 1}"
    if quarter or quarter_number:
        return f"{year}Q{quarter_number or '一二三四1234'.index(quarter) % 4 + 1}"
    if week or week_number:
        return f"{year}W{int(week or week_number):02}"
    return f"{year}-{int(month or month_number):02}"


def _unusual_period(plain: str) -> str:
    """A school year, two months, ten days, day or campaign in its own form, or ""."""
    if (found := _SCHOOL_YEAR.fullmatch(plain)) and int(found[2] or int(found[1]) + 1) == int(found[1]) + 1:
        return f"{found[1]}S"
    if found := _XUN.fullmatch(plain):
        return f"{found[1]}-{int(found[2]):02}X{'上中下'.index(found[3]) + 1}"
    if (found := _TWO_MONTHS.fullmatch(plain)) and int(found[2]) % 2 and int(found[3]) == int(found[2]) + 1:
        return f"{found[1]}B{int(found[3]) // 2}"
    first, *rest = [tidy_date(part) for part in _SPAN.split(plain)]
    if not _PLAIN_DATE.fullmatch(first) or len(rest) > 1:
        return ""
    if not rest:
        return first
    last = rest[0] if _PLAIN_DATE.fullmatch(rest[0]) else tidy_date(f"{first[:4]}年{rest[0]}")
    return f"{first}..{last}" if _PLAIN_DATE.fullmatch(last) else ""


def tidy_date(text: str) -> str:
    """A day in ISO form, or the text as it is."""
    if _PLAIN_DATE.fullmatch(text):
        return text
    found = _DATE.fullmatch(narrow(text))
    if not found:
        return text
    year, *pairs = found.groups()
    month, day = (part for part in pairs if part)
    return f"{year}-{int(month):02}-{int(day):02}"


def _number(text: str, kind: ValueType) -> str:
    if _PLAIN_NUMBER.fullmatch(text):
        return text
    plain = narrow(text).replace("，", ",")
    for unit in (kind.unit,) if kind.unit else NUMBER_UNITS:
        if plain.endswith(unit):
            plain = plain.removesuffix(unit).rstrip()
            break
    found = _NUMBER.fullmatch(plain)
    if not found or not (found[2] or found[3]):
        return text
    sign, whole, decimals = found.groups()
    whole = whole.replace(",", "") or "0"
    return f"{sign.removeprefix('+')}{whole}.{decimals}" if decimals else sign.removeprefix("+") + whole


def _date(text: str, _kind: ValueType) -> str:
    return tidy_date(text)


def _time(text: str, _kind: ValueType) -> str:
    """``4:00 PM``, ``下午4点``, ``16时30分`` as 16:00, 16:00, 16:30; what is said of 12 o'clock only by AM and PM."""
    halves = _HALF.fullmatch("".join(narrow(text).split()))
    found = _CLOCK.fullmatch(halves[2]) if halves else None
    if not halves or not found:
        return text
    half = halves[1] or halves[3]
    hour = int(found[1] or found[4])
    if half and hour == 12 and halves[1]:
        return text
    if half in _LATE:
        hour += 12 if hour < 12 else 0
    elif half:
        hour = hour % 12 if hour <= 12 else 24
    minute = "30" if found[5] == "半" else found[2] or found[6] or "0"
    return f"{hour:02}:{int(minute):02}" + (f":{found[3]}" if found[3] else "")


def _boolean(text: str, title: str) -> str:
    plain = narrow(text).casefold()
    there = not _DENIES & set(title)  # 无 may confirm “无违法建设” or deny it
    if plain in _YES or (there and plain in _THERE):
        return "true"
    return "false" if plain in _NO or (there and plain in _NOT_THERE) else text


def _choice(text: str, kind: ValueType) -> str:
    names = {name: name for name in kind.choices} | {
        title: name for name, known in kind.choice_titles.items() for title in (known.zh, known.en) if title
    }
    if text in names:
        return text
    key = "".join(narrow(text).casefold().split())
    meant = {name for written, name in names.items() if "".join(narrow(written).casefold().split()) == key}
    return meant.pop() if len(meant) == 1 else text


_FORMS: dict[str, Callable[[str, ValueType], str]] = {
    "number": _number,
    "integer": _number,
    "date": _date,
    "time": _time,
    "choice": _choice,
}
