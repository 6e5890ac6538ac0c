"""A made-up county of any size, the same for the same seed: the facts of a year as an evaluation reads them.

Nobody's case is simple on purpose: scores are missing, registers unstated, companies change, estates come and go,
incidents become known late.
"""

from __future__ import annotations

import random
from datetime import date, timedelta
from fractions import Fraction

from kaoping.facts.frame import NEVER, Edge, Frame, Plain, Record, Subject
from kaoping.facts.periods import parse_period

YEAR = 2025
QUARTERS = tuple(f"{YEAR}Q{quarter}" for quarter in (1, 2, 3, 4))
FIRST_DAYS = tuple(date(YEAR, month, 1) for month in (1, 4, 7, 10))
LAST_YEAR = {f"{YEAR - 1}": f"{YEAR}-01-20T08:00:00+00:00"}
INCIDENTS = (
    *("renovation_out_of_control", "facility_major_hazard", "affects_creation", "major_negative_event"),
    *("facility_paralysed", "forced_dealing", "major_safety_accident"),
)
ESTATES_OF_A_COMPANY = 4


def county(estates: int, seed: int = 1) -> Frame:
    """The facts about so many estates, entry closed."""
    return _County(seed).frame(estates)


class _County:
    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.subjects: dict[str, Subject] = {}
        self.values: dict[tuple[str, str], dict[tuple[str, str], Plain]] = {}
        self.records: dict[tuple[str, str], tuple[Record, ...]] = {}
        self.complete: dict[tuple[str, str], date] = {}
        self.edges: dict[tuple[str, str], tuple[Edge, ...]] = {}

    def frame(self, estates: int) -> Frame:
        companies = max(2, estates // ESTATES_OF_A_COMPANY)
        for number in range(companies):
            self.subjects[f"w{number:05}"] = Subject(f"w{number:05}", "company", f"物业公司{number}")
        for number in range(estates):
            self.estate(f"e{number:05}", number, companies)
        return Frame(
            parse_period(f"{YEAR}"),
            date(YEAR + 1, 1, 15),
            self.subjects,
            self.values,
            self.records,
            self.complete,
            self.edges,
            frozenset({f"{YEAR}"}),
            LAST_YEAR,
        )

    def chance(self, percent: float) -> bool:
        return self.rng.random() * 100 < percent

    def day(self) -> date:
        return date(YEAR, 1, 1) + timedelta(days=self.rng.randrange(365))

    def estate(self, name: str, number: int, companies: int) -> None:
        since = date(YEAR, 5, 1) if self.chance(1) else date(2020, 1, 1)
        until = date(YEAR, 9, 1) if self.chance(1) else None
        self.subjects[name] = Subject(name, "estate", f"小区{number}", since, until)
        self.people(name, number, companies)
        households = self.rng.randrange(150, 2000)
        if not self.chance(1):
            self.values[name, "household_count"] = {("2022-01-01", ""): households}
            if self.chance(5):
                self.values[name, "household_count"]["2025-07-01", ""] = households + 40
        level = self.rng.choice((90, 84, 78, 78, 72, 64, 55))
        for fact, missing in (("association_score", 15), ("group_score", 1), ("satisfaction_score", 1)):
            absent = fact == "association_score" and self.chance(5)
            scores: dict[tuple[str, str], Plain] = {}
            for quarter in QUARTERS:
                if not absent and not self.chance(missing):
                    scores[quarter, ""] = _plain(min(1000, 10 * level + self.rng.randrange(-80, 81)), 10)
            if scores:
                self.values[name, fact] = scores
            if self.chance(1):
                self.values[name, f"annual_{fact}"] = {(f"{YEAR}", ""): _plain(self.rng.randrange(500, 1000), 10)}
        received: dict[tuple[str, str], Plain] = {}
        for quarter, first in zip(QUARTERS, (*FIRST_DAYS[1:], date(YEAR + 1, 1, 1)), strict=True):
            if not self.chance(2):
                received[quarter, ""] = NEVER if self.chance(1) else first + timedelta(days=self.rng.randrange(11))
        self.values[name, "result_received_on"] = received
        if self.chance(10):
            self.values[name, "creation_rank"] = {(f"{YEAR}", ""): self.rng.randrange(1, 30)}
        self.registers(name, households)

    def people(self, name: str, number: int, companies: int) -> None:
        company = f"w{self.rng.randrange(companies):05}"
        moved = date(YEAR, self.rng.randrange(2, 12), 1) if self.chance(3) else None
        self.edges["company", name] = (Edge(company, date(2020, 1, 1), moved),)
        if moved:
            self.edges["company", name] += (Edge(f"w{self.rng.randrange(companies):05}", moved),)
        for relation, other in (("manager", f"m{number:05}"), ("owners_committee", f"c{number:05}")):
            if not self.chance(3):
                self.subjects[other] = Subject(other, relation, other)
                self.edges[relation, name] = (Edge(other),)

    def registers(self, name: str, households: int) -> None:
        complaints = self.rng.randrange(0, 2 + households * self.rng.choice((1, 2, 4)) // 100)
        self.records[name, "complaint"] = tuple(
            Record(f"{each}", {"received_on": self.day(), "valid": self.chance(80), "rectified": self.chance(85)})
            for each in range(complaints)
        )
        if not self.chance(5):
            self.complete[name, "complaint"] = date(YEAR, 6, 30) if self.chance(5) else date(YEAR, 12, 31)
        if self.chance(5):
            self.records[name, "incident"] = tuple(self.incident(each) for each in range(self.rng.randrange(1, 3)))
        for record, field, percent in (("finding", "found_on", 25), ("honour_title", "awarded_on", 4)):
            if self.chance(percent):
                self.records[name, record] = (Record("1", {field: self.day()}),)
        if self.chance(8):
            self.records[name, "exposure"] = (Record("1", {"shown_on": self.day(), "verdict": "blame"}),)

    def incident(self, number: int) -> Record:
        """Some of last year, known before or after its result was published."""
        occurred = self.day()
        confirmed = occurred + timedelta(days=20)
        known_at = f"{confirmed}T02:00:00+00:00"
        if self.chance(30):
            occurred = occurred.replace(year=YEAR - 1)
            confirmed = date(YEAR, 3, 2)
            known_at = "2025-01-05T02:00:00+00:00" if self.chance(50) else "2025-03-05T02:00:00+00:00"
        fields: dict[str, Plain] = {
            "kind": self.rng.choice(INCIDENTS),
            "occurred_on": occurred,
            "confirmed_on": confirmed,
            "responsibility": self.rng.choice(("primary", "primary", "secondary", "none")),
        }
        return Record(f"{number}", fields, known_at)


def _plain(number: int, over: int) -> int | Fraction:
    value = Fraction(number, over)
    return value.numerator if value.denominator == 1 else value
