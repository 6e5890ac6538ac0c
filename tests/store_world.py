"""A small world for the tests of the store: estates, companies and towns, and somebody who enters facts."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from pathlib import Path

from kaoping.facts.frame import Frame
from kaoping.facts.needs import Needs
from kaoping.facts.periods import parse_period
from kaoping.facts.rows import NewRow, NewSubject, NewValue
from kaoping.facts.types import Catalogue, FactType, RecordType, RelationType, SubjectType, Title, ValueType
from kaoping.store.batches import Act
from kaoping.store.connection import Store
from kaoping.store.facts import Appended, append
from kaoping.store.frames import load_frame

NOW = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
TODAY = date(2026, 1, 5)
LI = Act("李芳", "import", "facts.csv", "ab" * 32)
CHEN = Act("陈勇", "import")

SCORE = ValueType("number", minimum=Fraction(0), maximum=Fraction(100))
BLAME = ValueType("choice", choices=("primary", "secondary"), undetermined=True)
_FACTS = [
    FactType("household_count", "estate", ValueType("integer", minimum=Fraction(1)), Title("户数"), holds=True),
    FactType("group_score", "estate", SCORE, Title("考核小组考评"), for_each=("quarters",)),
    FactType("aspect_score", "estate", SCORE, Title("方面得分"), for_each=("aspects",)),
    FactType("has_plan", "unit", ValueType("boolean"), Title("有计划")),
    FactType("reported_on", "estate", ValueType("date", never=True), Title("报送日")),
    FactType("blame", "estate", BLAME, Title("责任")),
    FactType("remark", "estate", ValueType("text"), Title("说明")),
    FactType("drug_free", "unit", ValueType("choice", choices=("A", "B")), Title("无毒"), fed_from="drug-free.grade"),
]
_INCIDENT = RecordType(
    "incident", "estate", {"occurred_on": ValueType("date"), "blame": BLAME}, Title("事故"), placed_by=("occurred_on",)
)
CATALOGUE = Catalogue(
    subject_types={
        "estate": SubjectType("estate", Title("小区")),
        "company": SubjectType("company", Title("企业")),
        "unit": SubjectType("unit", Title("单位")),
        "village": SubjectType("village", Title("村"), is_a="unit"),
        "town": SubjectType("town", Title("乡镇")),
    },
    relations={
        "company": RelationType("company", "estate", "company", Title("企业"), inverse="estates"),
        "town": RelationType("town", "unit", "town", Title("乡镇"), inverse="units"),
    },
    facts={(fact.of, fact.id): fact for fact in _FACTS},
    records={("estate", "incident"): _INCIDENT},
)
ESTATES = Needs(
    scheme="property-abcd",
    catalogue=CATALOGUE,
    subject_types=frozenset({"estate"}),
    facts=frozenset({"household_count", "group_score", "aspect_score", "reported_on", "blame", "remark"}),
    records=frozenset({"incident"}),
    relations=frozenset({"estates"}),
)


def estate(subject: str = "e1", **more: object) -> NewSubject:
    """An estate to be put on file."""
    return NewSubject(subject, "estate", f"{subject}小区", **more)  # type: ignore[arg-type]


def score(value: int | str, subject: str = "e1", at: str = "2025Q1", **more: object) -> NewValue:
    """A quarter's score of an estate."""
    return NewValue(subject, "group_score", at, "", Fraction(value), **more)  # type: ignore[arg-type]


def enter(store: Store, *rows: NewRow, act: Act = LI, minute: int = 0, **more: object) -> Appended:
    """Make rows known some minutes after `NOW`."""
    return append(store, rows, act, NOW + timedelta(minutes=minute), **more)  # type: ignore[arg-type]


def frame(store: Store, known_at: str | None = None, period: str = "2025") -> Frame:
    """What is known of estates."""
    return load_frame(store, ESTATES, parse_period(period), TODAY, known_at)


def files(folder: Path) -> list[str]:
    """What lies in a folder, SQLite's own helpers aside."""
    return sorted(path.name for path in folder.iterdir() if not path.name.endswith(("-wal", "-shm")))
