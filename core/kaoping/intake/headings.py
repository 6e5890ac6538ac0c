"""Column headers: ids or titles, matched to what they mean."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic

from kaoping.errors import DataError, Place
from kaoping.facts.types import Title
from kaoping.intake.model import Findings
from kaoping.intake.names import Meaning, Names
from kaoping.intake.sheet import HIDDEN, Sheet

FIXED: Mapping[str, str] = {
    "subject": "对象编号",
    "subject_title": "对象名称",
    "type": "对象类型",
    "title": "名称",
    "since": "登记自",
    "until": "登记止（不含）",
    "relation": "关系",
    "to": "相关对象编号",
    "record": "台账",
    "complete_through": "完整至",
    "stated_by": "报告人",
    "scheme": "方案",
    "period": "周期",
    "closed_by": "结束人",
    "calendar": "日历",
    "window": "时段",
    "first_day": "第一天",
    "last_day": "最后一天",
    "record_no": "编号",
    "source": "来源",
    "evidence": "佐证",
}
SUGGESTIONS = 20  # looking for a near name among hundreds takes a hundredth of a second
SUPPORT = ("source", "evidence")
"""Columns any file may have: what supports the row."""


@dataclass(frozen=True)
class Column(Generic[Meaning]):
    """A column of a sheet, counted from 0, and what its header may mean."""

    index: int
    header: str
    meanings: Sequence[Meaning]


def fixed_title(column: str, file: str = "") -> str:
    """The Chinese header of a fixed column; relations leave out the 登记 of their days."""
    return FIXED[column].removeprefix("登记") if file == "relations" else FIXED[column]


def fixed_names(columns: Iterable[str], file: str = "") -> Names[str]:
    """The names of fixed columns."""
    names = Names[str]()
    for column in columns:
        names.add(column, column, fixed_title(column, file))
    return names


def read_headers(sheet: Sheet, names: Names[Meaning], findings: Findings) -> list[Column[Meaning]]:
    """The columns of a sheet that have a meaning; an unknown header and a second column of one meaning are errors.

    Where no header has a meaning nothing is said of each: there is no header row (see `require`).
    """
    found: list[Column[Meaning]] = []
    taken: dict[Meaning, int] = {}
    unknown: list[DataError] = []
    for index, header in enumerate(sheet.header.cells):
        if not header or header == HIDDEN:
            continue
        place = sheet.place(sheet.header, index)
        match = names.find(header)
        if match is None:
            unknown.append(_unknown(header, names, place, suggest=len(unknown) < SUGGESTIONS))
            continue
        first = min((taken[meaning] for meaning in match.meanings if meaning in taken), default=None)
        if first is not None:
            other = sheet.place(sheet.header, first).cell
            findings.wrong(DataError("intake.same-column", place=place, header=header, other=other))
            continue
        taken.update(dict.fromkeys(match.meanings, index))
        found.append(Column(index, header, match.meanings))
        if header.removesuffix("*") != match.written:
            findings.note("intake.header-read-as", place, header=header, name=match.written)
    for error in unknown if found else ():
        findings.wrong(error)
    return found


def fixed_columns(
    sheet: Sheet, wanted: Sequence[str], optional: Sequence[str], findings: Findings
) -> dict[str, int] | None:
    """Where the columns of a file with fixed columns are; None where one that must be there is not."""
    file = "relations" if "relation" in wanted else ""
    columns = read_headers(sheet, fixed_names([*wanted, *optional], file), findings)
    index = {column.meanings[0]: column.index for column in columns}
    return index if require(sheet, index, wanted, findings) else None


def require(sheet: Sheet, index: Mapping[str, int], wanted: Iterable[str], findings: Findings) -> bool:
    """Are all these columns there? That none is points to a missing header row; else each is named."""
    wanted = tuple(wanted)
    missing = [column for column in wanted if column not in index]
    place = sheet.place(sheet.header, 0)
    if missing and len(missing) == len(wanted):
        listed = Title("、".join(FIXED[column] for column in wanted), ", ".join(wanted))
        findings.wrong(DataError("intake.no-header", place=place, columns=listed))
        return False
    for column in missing:
        findings.wrong(DataError("intake.missing-column", place=place, column=Title(FIXED[column], column)))
    return not missing


def _unknown(header: str, names: Names[Meaning], place: Place, *, suggest: bool) -> DataError:
    key, facts = names.refusal(header)
    near, listed = names.near(header) if suggest else None, names.listed()
    hint = None
    if key == "intake.unknown-header":
        hint = "common.did-you-mean" if near else "intake.columns" if listed else None
    return DataError(key, place=place, hint=hint, header=header, near=near, columns=listed, **facts)
