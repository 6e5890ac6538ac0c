"""The forty communities: aspect scores, the steps before they are assessed, and monthly reports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from kaoping.demo.dice import Dice
from kaoping.demo.names import COMMUNITIES, STREETS, TOWNS
from kaoping.demo.tables import Cell, Table, tenths, titled

ASPECTS = (
    "创建理念",
    "办公设施",
    "班子团结",
    "居民自治",
    "民间组织",
    "社区服务",
    "实事工程",
    "主题活动",
    "文明祥和",
    "管理良好",
)
STARS = (
    10,
    9,
    7,
    8,
    6,
    9,
    10,
    8,
    7,
    5,
    9,
    10,
    8,
    4,
    9,
    6,
    8,
    4,
    7,
    10,
    5,
    9,
    6,
    7,
    8,
    10,
    9,
    3,
    6,
    8,
    10,
    7,
    5,
    5,
    8,
    4,
    7,
)
"""Stars of the first communities; the last three have scores of their own."""

EIGHT_STARS = (92, 90, 95, 89, 91, 90, 93, 94, 90, 85)
SEVEN_AND_A_BLANK = (93, 91, 90, 95, 92, None, 90, 94, 84, 88)  # seven or eight: qualified either way
SIX_AND_A_BLANK = (90, 92, 91, 94, 90, 93, None, 81, 76, 79)  # six or seven: not decided
NOT_NOMINATED, NOT_REVIEWED = 18, 34
YEAR_START = date(2025, 1, 1)
ON_FILE = date(2020, 1, 1)


@dataclass(frozen=True)
class Community:
    """A community and where it lies: in a street or in a town."""

    id: str
    title: str
    number: int
    street: str = ""
    town: str = ""


def communities() -> list[Community]:
    """The communities by id: ten and eight in the streets, the others in the towns."""
    found = []
    for number, title in enumerate(COMMUNITIES, start=1):
        street = "" if number > 18 else f"j{1 if number <= 10 else 2:03}"
        town = "" if street else f"t{(number - 19) % len(TOWNS) + 1:03}"
        found.append(Community(f"c{number:03}", title, number, street, town))
    return found


def subjects() -> list[list[Cell]]:
    """Rows of subjects.csv."""
    return [
        *titled("乡镇", "t", TOWNS, ON_FILE),
        *titled("街道", "j", STREETS, ON_FILE),
        *titled("社区", "c", COMMUNITIES, ON_FILE),
    ]


def relations() -> list[list[Cell]]:
    """Rows of relations.csv."""
    return [
        ["所属街道", c.id, c.street, ON_FILE, None] if c.street else ["所属乡镇", c.id, c.town, ON_FILE, None]
        for c in communities()
    ]


def tables() -> list[Table]:
    """The files about communities as such."""
    dice = Dice(20250201)
    return [_aspects(dice), _steps(dice), _reports(dice)]


def _aspects(dice: Dice) -> Table:
    rows: list[list[Cell]] = []
    for community in communities():
        given = _scores(community.number, dice)
        rows.append([community.id, community.title, "2025", *(None if s is None else tenths(s) for s in given)])
    columns = tuple(f"aspect_score.{aspect}" for aspect in ASPECTS)
    return Table("aspects-2025", ("subject", "subject_title", "period", *columns), rows)


def _scores(number: int, dice: Dice) -> tuple[int | None, ...]:
    if number > len(STARS):
        return (EIGHT_STARS, SEVEN_AND_A_BLANK, SIX_AND_A_BLANK)[number - len(STARS) - 1]
    starred = set(dice.shuffled(range(len(ASPECTS)))[: STARS[number - 1]])
    return tuple(dice.between(90, 98) if place in starred else dice.between(76, 89) for place in range(len(ASPECTS)))


def _steps(dice: Dice) -> Table:
    """Nomination, review and inspection, for both star schemes; one community stayed away, one was sent back."""
    rows: list[list[Cell]] = []
    for community in communities():
        nominated = date(2025, 9, 1) + timedelta(days=dice.below(30))
        reviewed = nominated + timedelta(days=20 + dice.below(15))
        inspected = reviewed + timedelta(days=20 + dice.below(20))
        days: list[Cell] = [nominated, reviewed, inspected, reviewed, inspected + timedelta(days=3)]
        if community.number == NOT_NOMINATED:
            days = ["未发生"] * 5
        elif community.number == NOT_REVIEWED:
            days = [nominated, *["未发生"] * 4]
        rows.append([community.id, "2025", *days, not dice.chance(10), True, "社区申报表"])
    columns = (
        "self_nominated_on",
        "township_review_passed_on",
        "county_accepted_on",
        "street_review_passed_on",
        "district_accepted_on",
        "work_plan_exists",
        "creating_plan",
        "source",
    )
    return Table("communities-2025", ("subject", "period", *columns), rows)


def _reports(dice: Dice) -> Table:
    """A report a month; some came after the month's end, some never."""
    rows: list[list[Cell]] = []
    for community in communities():
        count = 0
        for month in range(1, 13):
            if dice.chance(4):
                continue
            count += 1
            following = date(2025 + month // 12, month % 12 + 1, 1)
            received = following + timedelta(days=dice.below(6) if dice.chance(8) else -1 - dice.below(5))
            rows.append([community.id, f"YB-{count}", date(2025, month, 1), received])
    return Table("progress_report-2025", ("subject", "record_no", "for_month", "report_received_on"), rows)
