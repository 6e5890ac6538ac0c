"""A county to try things out with: invented, but kept the way offices keep theirs.

``files/`` is one import: 92 estates and their year 2025, forty communities, villages and institutions, two streets.
Beside them the demonstration writes, for every other scheme that ships, what its worked cases tell, settled in the
same county (`case_files`).
``correction/`` is a second one, to be imported as a correction. What was published when and what happened afterwards
stands here. Where to look:

- company ``w007`` has one estate graded A (``e079``) and one graded D (``e037``, raw grade B): after publication it
  nets nothing, from its win on only the deduction, a year after publication nothing at all;
- company ``w003`` has three As and a D, company ``w019`` two Ds;
- estate ``e011`` would be A but for an incident, ``e019`` is the fifth best and graded D, ``e065`` stays A since the
  company was not mainly to blame; what is undetermined about ``e004`` cannot change its C;
- estates ``e022`` and ``e073`` tie for the fifth place of the year, ``e001`` and ``e012`` for the thirteenth, ``e026``
  and ``e072`` for the tenth of the second quarter; ``e060`` came on file in April and is not ranked;
- estates ``e031 e033 e028 e053 e084 e045`` stand on 85.00, 84.50, 70.00, 69.99, 60.00 and 59.99; the correction
  brings ``e033`` to 85.00;
- community ``c040`` lacks an aspect score that decides, ``c039`` one that does not; in village ``v010`` one person's
  date is missing; town ``t001`` is drug-free; street ``j001`` meets its targets, ``j002`` misses one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

HERE = Path(__file__).parent
FILES = HERE / "files"
CORRECTION = HERE / "correction"
CORRECTION_REASON = "核对原始评分表和回访记录，录入有误"


@dataclass(frozen=True)
class Happening:
    """An event to be entered: of a subject, or "" of the scheme."""

    kind: str
    of: str
    on: date
    fields: Mapping[str, str] = field(default_factory=dict)


PUBLISHED_ON: tuple[tuple[str, str, date], ...] = (
    ("property-abcd", "2025Q1", date(2025, 4, 15)),
    ("property-abcd", "2025Q2", date(2025, 7, 15)),
    ("property-abcd", "2025Q3", date(2025, 10, 15)),
    ("property-abcd", "2025Q4", date(2026, 1, 14)),
    ("property-abcd", "2025", date(2026, 1, 20)),
    ("harmonious-community-ten-star", "2025", date(2026, 1, 22)),
    ("harmonious-community-six-star", "2025", date(2026, 1, 22)),
    ("drug-free-community", "2025", date(2026, 1, 23)),
    ("anti-drug-work-targets", "2025", date(2026, 1, 26)),
)
"""Scheme, period and the day its results were published, in that order."""

HAPPENED: tuple[Happening, ...] = (
    Happening("notice_served", "e037", date(2026, 1, 20)),
    Happening("award_meeting", "", date(2026, 2, 6)),
    Happening("bid_won", "w007", date(2026, 6, 10), {"in_county": "true"}),
    Happening("reinspection_passed", "e037", date(2026, 6, 30)),
)
"""What happened after the year's publication; the company with an A and a D is the one that won."""


def copy_files(folder: Path) -> list[Path]:
    """Copy both imports into a folder, as ``files/`` and ``correction/``; gives the files written."""
    written = []
    for part in (FILES, CORRECTION):
        (folder / part.name).mkdir(parents=True, exist_ok=True)
        for source in sorted(part.glob("*.csv")):
            target = folder / part.name / source.name
            target.write_bytes(source.read_bytes())
            written.append(target)
    return written
