"""From the bytes of a file to its text: what Excel, WPS and older systems save, and a name for what is no table."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from kaoping.errors import DataError, EnvironmentError, KaopingError, Place, UsageError
from kaoping.intake.model import Findings

LARGEST = 20 * 1024 * 1024
_FOREIGN = (
    (b"PK\x03\x04", "intake.archive"),
    (b"PK\x05\x06", "intake.archive"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "intake.workbook"),
    (b"Rar!", "intake.archive"),
    (b"7z\xbc\xaf\x27\x1c", "intake.archive"),
    (b"\x1f\x8b", "intake.archive"),
    (b"%PDF", "intake.not-a-table"),
    (b"\x89PNG", "intake.not-a-table"),
    (b"\xff\xd8\xff", "intake.not-a-table"),
    (b"SQLite format 3", "intake.not-a-table"),
)
_WORKBOOK_PARTS = (b"xl/", b"opendocument.spreadsheet")  # names in an archive stand uncompressed
_WEB_PAGE = re.compile(rb"\s*<(?:!doctype|html|table|meta|\?xml)", re.IGNORECASE)
_CONTROL = re.compile(r"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]")


def read_bytes(path: Path, file: str) -> bytes:
    """The bytes of a file, `file` being its name in messages.

    Raises:
        UsageError: there is no such file.
        EnvironmentError: it cannot be read.
        DataError: it is larger than any table an office fills.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(LARGEST + 1)
    except FileNotFoundError:
        raise UsageError("intake.no-such-file", path=str(path)) from None
    except (OSError, ValueError) as error:
        raise EnvironmentError("intake.unreadable", place=Place(file), reason=error) from error
    if len(data) > LARGEST:
        raise DataError("intake.too-large", place=Place(file), limit=LARGEST // 1024 // 1024)
    return data


def decode(data: bytes, file: str, findings: Findings) -> str:
    """The text of a file: UTF-8 with or without its mark, UTF-16 with its mark, else GB18030 (GBK), which is noted.

    Raises:
        DataError: the file is empty, is no text, or is none of these encodings.
    """
    if not data.removeprefix(codecs.BOM_UTF8).strip():
        raise DataError("intake.empty-file", place=Place(file))
    if error := _foreign(data, file):
        raise error
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = _decoded(data, "utf-16", file)
        findings.note("intake.utf-16", Place(file))
    elif b"\0" in data:
        raise DataError("intake.nul-bytes", place=Place(file, line=_line(data, data.index(b"\0"))))
    else:
        text = _utf_8_or_gb18030(data, file, findings)
    if not text.strip():
        raise DataError("intake.empty-file", place=Place(file))
    if odd := _CONTROL.search(text):
        raise DataError("intake.control-character", place=Place(file, line=text.count("\n", 0, odd.start()) + 1))
    if "\0" in text:
        raise DataError("intake.nul-bytes", place=Place(file, line=text.count("\n", 0, text.index("\0")) + 1))
    return text


def _foreign(data: bytes, file: str) -> KaopingError | None:
    for start, key in _FOREIGN:
        if data.startswith(start):
            workbook = start.startswith(b"PK") and any(name in data for name in _WORKBOOK_PARTS)
            return DataError("intake.workbook" if workbook else key, place=Place(file))
    return DataError("intake.web-page", place=Place(file)) if _WEB_PAGE.match(data, 0, 512) else None


def _utf_8_or_gb18030(data: bytes, file: str, findings: Findings) -> str:
    marked = data.startswith(codecs.BOM_UTF8)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as failure:
        broken = failure.start + (len(codecs.BOM_UTF8) if marked else 0)
    # A file that is UTF-8 but for a few bytes would decode as GB18030 too, into nonsense.
    damaged = data.decode("utf-8", errors="replace")
    wrong = damaged.count("\ufffd")
    right = sum(1 for character in damaged if character > "\x7f") - wrong
    if marked or right > 10 * wrong:
        raise DataError("intake.undecodable", place=Place(file, line=_line(data, broken)), encoding="UTF-8")
    text = _decoded(data, "gb18030", file)
    findings.note("intake.gb18030", Place(file))
    return text


def _decoded(data: bytes, encoding: str, file: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as failure:
        place = Place(file, line=_line(data, failure.start))
        raise DataError("intake.undecodable", place=place, encoding=encoding.upper()) from None


def _line(data: bytes, position: int) -> int:
    return data.count(b"\n", 0, position) + 1
