"""The residential estates: who manages them, how each quarter went, and what happened in them.

Quality is set, not left to chance: which estate ends with which grade stands in `PORTFOLIO`, and scores are worked out
backwards from the score a quarter shall have. Chance only spreads it. Scores are counted in tenths, targets in
hundredths.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction

from kaoping.demo.dice import Dice
from kaoping.demo.names import COMPANIES, ESTATES, MANAGERS
from kaoping.demo.tables import Cell, titled

PORTFOLIO = (
    "A A A B B B",
    "gold-edge-1 A B B C",
    "A A secondary accident B",  # three A and a D
    "flag-edge-1 A B B B",
    "gold-edge-2 B B B",
    "A capped B B C",
    "A dealing B B C",  # one A and one D, no other
    "silver-edge-1 A B B",
    "flag-edge-2 B B C",
    "A A B B",
    "silver-edge-2 B B C",
    "A B B 84.50",
    "B B C",
    "A B newcomer",
    "85.00 B C",
    "A A B",
    "B B C moved",
    "A B 70.00",
    "D D B C",
    "B C 69.99",
    "B C 60.00",
    "D B C",
    "B pending",
    "59.99 B",
    "D",
)
"""For each company its estates: the grade each shall get, or the name of what is particular about it."""

PLACES = (
    "A A A A gold-edge-1 gold-edge-2 capped A flag-edge-1 flag-edge-2 A A silver-edge-1 silver-edge-2 secondary "
    "A A A A A A A A A A 85.00"
)
"""The best estates from the first place down; the prizes change after places 5, 13 and 25."""

EXACT = {
    "85.00": (840, 840, 820),
    "84.50": (820, 840, 810),
    "70.00": (660, 660, 680),
    "69.99": (659, 660, 680),
    "60.00": (510, 580, 530),
    "59.99": (509, 580, 530),
    "dealing": (700, 670, 690),  # 71.20
}
"""Association, group and satisfaction that give exactly this score over a year without complaints."""

RANGES = {"B": (7150, 8380), "C": (6080, 6920), "D": (4500, 5800), "newcomer": (7800, 7800), "moved": (7600, 7600)}
QUARTERS = tuple((f"2025Q{q}", date(2025, 3 * q - 2, 1), date(2025 + q // 4, 3 * q % 12 + 1, 1)) for q in (1, 2, 3, 4))
ON_FILE = date(2020, 1, 1)
NEWCOMER_SINCE = date(2025, 4, 1)
MOVED_ON = date(2025, 9, 1)


@dataclass(frozen=True)
class Quarter:
    """What was seen of an estate in a quarter: three scores in tenths, valid complaints and those put right."""

    association: int
    group: int
    satisfaction: int
    valid: int = 0
    rectified: int = 0


@dataclass(frozen=True)
class Estate:
    """An estate; `role` is its word in the portfolio."""

    id: str
    title: str
    role: str
    company: str
    manager: str
    households: int
    quarters: tuple[Quarter | None, ...] = field(default=())


def estates() -> list[Estate]:
    """All estates by id, each with its year."""
    dice = Dice(20250101)
    placed = _placed(dice)
    targets = _targets(placed, dice)
    found = {estate.id: replace(estate, quarters=_year(estate, targets.get(estate.id, 0), dice)) for estate in placed}
    by_role = {estate.role: estate.id for estate in placed}
    for role, change in (("gold-edge", _gold), ("flag-edge", _flag), ("silver-edge", _silver)):
        first, second = by_role[f"{role}-1"], by_role[f"{role}-2"]
        found[second] = change(found[first], found[second])
    return sorted(found.values(), key=lambda estate: estate.id)


def _placed(dice: Dice) -> list[Estate]:
    """The estates with ids in a mixed order, so that a company's estates do not stand in a row."""
    numbers = iter(dice.shuffled(range(1, len(ESTATES) + 1)))
    managers = iter(range(1, len(MANAGERS) + 1))
    placed = []
    for company, roles in enumerate(PORTFOLIO, start=1):
        words = roles.split()
        team = [f"m{next(managers):03}" for _ in range((len(words) * 3 + 4) // 5)]
        for place, role in enumerate(words):
            number = next(numbers)
            households = 400 if role.startswith("silver-edge") else dice.between(12, 130) * 10
            company_id, manager = f"w{company:03}", team[place % len(team)]
            placed.append(Estate(f"e{number:03}", ESTATES[number - 1], role, company_id, manager, households))
    return placed


def _targets(placed: list[Estate], dice: Dice) -> dict[str, int]:
    plain = iter(dice.shuffled([estate.id for estate in placed if estate.role == "A"]))
    by_role = {estate.role: estate.id for estate in placed}
    targets = {
        next(plain) if role == "A" else by_role[role]: 9520 - 36 * place for place, role in enumerate(PLACES.split())
    }
    targets[by_role["accident"]] = 9400
    for estate in placed:
        if estate.role == "pending":
            targets[estate.id] = 6500
        elif estate.role in RANGES:
            targets[estate.id] = dice.between(*RANGES[estate.role])
    return targets


def _year(estate: Estate, target: int, dice: Dice) -> tuple[Quarter | None, ...]:
    if estate.role in EXACT:
        association, group, satisfaction = EXACT[estate.role]
        return tuple(Quarter(association, group + sway, satisfaction) for sway in (10, -10, 20, -20))
    best = target >= 8500
    early, second, third = dice.between(-150, 150), 0 if best else dice.between(-150, 150), dice.between(-150, 150)
    swings = (early, second, third, -early - second - third)
    year = tuple(_quarter(estate, target + swing, dice) for swing in swings)
    return (None, *year[1:]) if estate.role == "newcomer" else year


def _quarter(estate: Estate, score: int, dice: Dice) -> Quarter:
    """A quarter that comes to this score: the group's score makes up what the others leave."""
    valid, rectified = (0, 0) if "edge" in estate.role else _complaints(estate.households, score, dice)
    association = min(990, score // 10 + dice.between(-30, 30))
    satisfaction = min(985, score // 10 + dice.between(-40, 20))
    parts = Fraction(association, 100) + Fraction(satisfaction * 3, 100)
    parts += complaint_score(valid, rectified, estate.households) / 10
    group = round((Fraction(score, 100) - parts) * 20)
    return Quarter(association, min(1000, group), satisfaction, valid, rectified)


def complaint_score(valid: int, rectified: int, households: int) -> Fraction:
    """Half for few complaints (none at 5 per 100 households), half for those put right."""
    rate = Fraction(100 * valid, households)
    share = Fraction(rectified, valid) if valid else Fraction(1)
    return 50 * max(Fraction(0), 1 - rate / 5) + 50 * share


def _complaints(households: int, score: int, dice: Dice) -> tuple[int, int]:
    if score >= 8500:
        valid = 0 if dice.chance(60) else dice.between(1, 2)
        return valid, valid
    low, high, worst = (10, 60, 80) if score >= 7000 else (50, 130, 60) if score >= 6000 else (100, 250, 40)
    valid = households * dice.between(low, high) // 10_000
    return valid, valid * dice.between(worst, 100) // 100


def _gold(first: Estate, second: Estate) -> Estate:
    """The same scores each quarter, by a better word of the group and a worse one of the residents."""
    return replace(
        second,
        quarters=tuple(q and replace(q, group=q.group + 6, satisfaction=q.satisfaction - 10) for q in first.quarters),
    )


def _flag(first: Estate, second: Estate) -> Estate:
    """The same second quarter."""
    return replace(second, quarters=(second.quarters[0], first.quarters[1], *second.quarters[2:]))


def _silver(first: Estate, second: Estate) -> Estate:
    """The same but for a complaint in the third quarter, made good by the association: 1 of 400 costs 2.5 of 100."""
    return replace(
        second,
        quarters=tuple(
            replace(q, association=q.association + 25, valid=1, rectified=1) if q and number == 2 else q
            for number, q in enumerate(first.quarters)
        ),
    )


def subjects() -> list[list[Cell]]:
    """Rows of subjects.csv."""
    known = estates()
    managers = sorted({estate.manager for estate in known})
    rows = titled("物业服务企业", "w", COMPANIES, ON_FILE)
    rows += titled("项目经理", "m", MANAGERS[: len(managers)], ON_FILE)
    rows += [[e.id, "住宅小区", e.title, since_of(e), None] for e in known]
    return rows + [[f"o{e.id[1:]}", "业主委员会", f"{e.title}业主委员会", since_of(e), None] for e in known]


def relations() -> list[list[Cell]]:
    """Rows of relations.csv; one estate changed hands in the year."""
    rows: list[list[Cell]] = []
    for estate in estates():
        since = MOVED_ON if estate.role == "moved" else since_of(estate)
        if estate.role == "moved":
            rows.append(["物业服务企业", estate.id, "w023", ON_FILE, MOVED_ON])
            rows.append(["项目经理", estate.id, _manager_of("w023"), ON_FILE, MOVED_ON])
        rows.append(["物业服务企业", estate.id, estate.company, since, None])
        rows.append(["项目经理", estate.id, estate.manager, since, None])
        rows.append(["业主委员会", estate.id, f"o{estate.id[1:]}", since_of(estate), None])
    return rows


def registers() -> list[list[Cell]]:
    """Rows of registers.csv: every complaint register is stated complete, those without a complaint too."""
    return [[e.id, "居民投诉", date(2025, 12, 31), "县住建局物管科"] for e in estates()]


def since_of(estate: Estate) -> date:
    """The day from which an estate is on file."""
    return NEWCOMER_SINCE if estate.role == "newcomer" else ON_FILE


def _manager_of(company: str) -> str:
    return next(estate.manager for estate in estates() if estate.company == company)
