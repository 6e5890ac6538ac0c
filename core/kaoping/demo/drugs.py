"""Anti-drug work: what villages, communities and institutions report to their town, and what the streets answer for.

Persons are numbers and nothing else. The numbers of the streets are those of their communities.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from kaoping.demo.communities import ON_FILE, communities
from kaoping.demo.dice import Dice
from kaoping.demo.names import INSTITUTIONS, SCHOOLS, STREETS, TOWNS, VILLAGES
from kaoping.demo.tables import Cell, Table, titled

REPORTED_THROUGH = date(2025, 12, 31)
NEW_USERS = {"c003": 1, "c007": 1, "c009": 1, "c012": 1, "c016": 1, "v007": 1}
NOT_ASSESSED = ("v020",)
FIRST_TIME = {"c022": date(2025, 12, 10)}
"""Assessed for the first time: cases count from twelve months before that day."""

CASES: tuple[tuple[str, date, str, bool], ...] = (
    ("c001", date(2025, 3, 8), "非常住人员吸毒或涉毒犯罪", True),
    ("c005", date(2025, 7, 19), "非常住人员吸毒或涉毒犯罪", True),
    ("c005", date(2025, 10, 2), "非常住人员吸毒或涉毒犯罪", True),
    ("c019", date(2025, 5, 27), "非常住人员吸毒或涉毒犯罪", True),
    ("c027", date(2025, 6, 14), "非常住人员吸毒或涉毒犯罪", False),  # not dealt with in time
    ("c022", date(2024, 12, 20), "制贩毒", True),  # last year, but within its twelve months
    ("c020", date(2024, 11, 5), "制贩毒", True),  # last year: does not count
    ("v013", date(2025, 4, 23), "非法种植", True),
)
PARTICULAR: tuple[tuple[str, date | None], ...] = (
    ("c021", date(2022, 11, 28)),  # three years on the day of assessment
    ("v018", date(2022, 12, 2)),  # three years some days too late
    ("c011", date(2019, 5, 30)),  # clean for long, but see RELAPSES
    ("c014", date(2018, 8, 1)),  # clean for long, but see CUSTODY
    ("v010", None),  # when this person stopped is not known
)
RELAPSES = {"c011": date(2024, 6, 17)}
CUSTODY: dict[str, tuple[date, Cell]] = {"c014": (date(2025, 2, 11), "未发生")}
ASSESSED = {"c021": date(2025, 11, 28), "v018": date(2025, 11, 26)}
"""A day of assessment where it matters; else some day in the last weeks of November."""


@dataclass(frozen=True)
class Unit:
    """A community, village or institution, and its town unless it lies in a street."""

    id: str
    town: str


@dataclass(frozen=True)
class Person:
    """A registered person under a number; None: when drug use stopped is not known."""

    id: str
    unit: str
    stopped_on: date | None


def units() -> list[Unit]:
    """All that are assessed: of the town's own villages and institutions, none in the streets."""
    found = [Unit(community.id, community.town) for community in communities()]
    found += [Unit(f"v{n:03}", f"t{(n - 1) // 4 + 1:03}") for n in range(1, len(VILLAGES) + 1)]
    return found + [Unit(f"n{n:03}", f"t{(n - 1) // 3 + 1:03}") for n in range(1, len(INSTITUTIONS) + 1)]


def persons() -> list[Person]:
    """The registered persons: those the story needs, and some long clean in other places."""
    dice = Dice(20250301)
    told: list[tuple[str, date | None]] = list(PARTICULAR)
    quiet = [u.id for u in units() if u.id[0] in "cv" and u.id not in dict(PARTICULAR)]
    for unit in dice.shuffled(quiet)[:24]:
        told += [(unit, date(2015, 1, 1) + timedelta(days=dice.below(2700))) for _ in range(dice.between(1, 2))]
    told.sort(key=lambda each: each[0])
    return [Person(f"u{number:04}", unit, stopped) for number, (unit, stopped) in enumerate(told, start=1)]


def subjects() -> list[list[Cell]]:
    """Rows of subjects.csv."""
    rows = titled("村", "v", VILLAGES, ON_FILE)
    rows += titled("企事业单位", "n", INSTITUTIONS, ON_FILE)
    rows += titled("学校", "s", SCHOOLS, ON_FILE)
    return rows + [[each.id, "在册人员（化名）", f"在册{each.id[1:]}号", ON_FILE, None] for each in persons()]


def relations() -> list[list[Cell]]:
    """Rows of relations.csv; those of communities are theirs."""
    half = len(SCHOOLS) // len(STREETS)
    rows: list[list[Cell]] = [["所属乡镇", unit.id, unit.town, ON_FILE, None] for unit in units() if unit.id[0] in "vn"]
    rows += [["学校所在街道", f"s{n + 1:03}", f"j{n // half + 1:03}", ON_FILE, None] for n in range(len(SCHOOLS))]
    return rows + [["登记所在单位", person.id, person.unit, ON_FILE, None] for person in persons()]


def registers() -> list[list[Cell]]:
    """Rows of registers.csv: every unit states its register of cases complete, those without a case too."""
    return [[unit.id, "涉毒案件", REPORTED_THROUGH, "镇禁毒办"] for unit in units()]


def tables() -> list[Table]:
    """The files about anti-drug work."""
    dice = Dice(20250302)
    known = persons()
    return [
        _units(dice),
        _cases(),
        Table(
            "registered-persons",
            ("subject", "period", "stopped_on"),
            [[p.id, p.stopped_on, p.stopped_on] for p in known if p.stopped_on],
        ),
        Table(
            "relapse-2024",
            ("subject", "record_no", "relapsed_on"),
            [[p.id, "FX-1", RELAPSES[p.unit]] for p in known if p.unit in RELAPSES],
        ),
        Table(
            "custody-2025",
            ("subject", "record_no", "entered_on", "released_on"),
            [[p.id, "JY-1", *CUSTODY[p.unit]] for p in known if p.unit in CUSTODY],
        ),
        Table(
            "towns-2025",
            ("subject", "period", "leading_group"),
            [[f"t{n:03}", "2025", True] for n in range(1, len(TOWNS) + 1)],
        ),
        _streets(),
        _crackdowns(),
        _schools(),
    ]


def _units(dice: Dice) -> Table:
    rows: list[list[Cell]] = []
    for unit in units():
        assessed = (
            ASSESSED.get(unit.id) or FIRST_TIME.get(unit.id) or date(2025, 11, 17) + timedelta(days=dice.below(14))
        )
        own = assessed - timedelta(days=7 + dice.below(21))
        days: list[Cell] = [own, "未发生" if unit.id in NOT_ASSESSED else assessed]
        process = [not dice.chance(5) for _ in range(4)]
        first = True if unit.id in FIRST_TIME else None
        rows.append([unit.id, "2025", NEW_USERS.get(unit.id, 0), first, *days, *process, "镇禁毒办考核表"])
    columns = (
        "new_drug_users",
        "first_assessment",
        "self_assessed_on",
        "town_assessed_on",
        "help_association",
        "informants",
        "work_rules",
        "transient_registration",
        "source",
    )
    return Table("drug-free-2025", ("subject", "period", *columns), rows)


def _cases() -> Table:
    columns = ("subject", "record_no", "happened_on", "case_kind", "handled_in_time", "source")
    rows: list[list[Cell]] = []
    for unit, day, kind, handled in CASES:
        number = sum(1 for row in rows if row[0] == unit) + 1
        rows.append([unit, f"AJ-{number}", day, kind, handled, "派出所通报"])
    return Table("drug_case-2025", columns, rows)


def _streets() -> Table:
    """This year, the year before and the base year; the second street did not reach everybody in its venues."""
    groups = ("中小学生", "外来务工人员", "娱乐场所从业人员", "社会闲散人员")
    known = communities()
    new = {
        street: sum(NEW_USERS.get(each.id, 0) for each in known if each.street == street) for street in ("j001", "j002")
    }
    columns = (
        "street_new_drug_users",
        "released_users",
        "released_users_assisted",
        "consolidation_rate",
        "relapse_rate",
        "prevention_population",
        "prevention_reached",
        *(f"group_population.{group}" for group in groups),
        *(f"group_reached.{group}" for group in groups),
        "organisation_sound",
        "june_26_campaign",
        "urine_test_in_appraisal",
    )
    blank: list[Cell] = [None] * len(columns)
    first: list[Cell] = [40, 38, "87.5", "8.0", 41300, 41300, 6200, 3050, 388, 95, 6200, 3050, 388, 95]
    second: list[Cell] = [19, 19, "83.0", "11.6", 28650, 28650, 4870, 2210, 412, 73, 4870, 2210, 410, 73]
    rows: list[list[Cell]] = [
        ["j001", "2016", 10, *blank[1:]],
        ["j002", "2016", 8, *blank[1:]],
        ["j001", "2024", *blank[:3], "84.0", "9.5", *blank[5:]],
        ["j002", "2024", *blank[:3], "81.5", "11.2", *blank[5:]],
        ["j001", "2025", new["j001"], *first, True, True, True],
        ["j002", "2025", new["j002"], *second, True, True, False],
    ]
    return Table("streets", ("subject", "period", *columns), rows)


def _crackdowns() -> Table:
    days = {
        "j001": ("2025-03-20", "2025-06-18", "2025-09-22", "2025-12-15"),
        "j002": ("2025-03-27", "2025-06-25", "2025-12-19"),
    }
    rows: list[list[Cell]] = [
        [street, f"SB-{number}", day] for street, listed in days.items() for number, day in enumerate(listed, start=1)
    ]
    return Table("crackdown_report-2025", ("subject", "record_no", "reported_on"), rows)


def _schools() -> Table:
    rows: list[list[Cell]] = [[f"s{n:03}", "2025", True, True, n != 11] for n in range(1, len(SCHOOLS) + 1)]
    return Table("schools-2025", ("subject", "period", "leaflet", "lesson", "film"), rows)
