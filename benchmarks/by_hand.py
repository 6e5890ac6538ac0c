"""The property scheme written out by hand, as somebody would who needs this one scheme and nothing else.

It reads the same facts as the reference engine and shares no code with it, so that it is both the measure of what
generality costs and a third opinion. It assumes what the county of these benchmarks holds: entry is closed, every
date and judgement is decided, no draw was entered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from itertools import groupby

from kaoping.facts.frame import NEVER, Frame, Record

QUARTERS = (
    ("2025Q1", date(2025, 1, 1), date(2025, 3, 31)),
    ("2025Q2", date(2025, 4, 1), date(2025, 6, 30)),
    ("2025Q3", date(2025, 7, 1), date(2025, 9, 30)),
    ("2025Q4", date(2025, 10, 1), date(2025, 12, 31)),
)
QUARTER_NAMES = [name for name, _, _ in QUARTERS]
FIRST, LAST = date(2025, 1, 1), date(2025, 12, 31)
FORCE = {"facility_paralysed", "forced_dealing", "major_safety_accident"}
PRIZES = ("gold",) * 5 + ("silver",) * 8 + ("bronze",) * 12
FLAGS = 10

Number = int | Fraction


@dataclass
class Estate:
    """What is found of one estate."""

    quarters: dict[str, Number] = field(default_factory=dict)
    score: Number | None = None
    raw_grade: str | None = None
    grade: str | None = None
    capped: bool = False
    forced: bool = False
    forced_in: set[str] = field(default_factory=set)
    in_time: dict[str, bool] = field(default_factory=dict)
    keys: tuple[Number, ...] = ()
    complaints: int | None = None
    red: dict[str, bool] = field(default_factory=lambda: dict.fromkeys(QUARTER_NAMES, False))
    yellow: dict[str, bool] = field(default_factory=lambda: dict.fromkeys(QUARTER_NAMES, False))
    award: str | None = "none"
    ranks: dict[tuple[str, str], int] = field(default_factory=dict)
    consequences: set[tuple[str, str, tuple[str, ...]]] = field(default_factory=set)


def evaluate(frame: Frame) -> dict[str, Estate]:
    """Everything about every estate on file at the end of the year."""
    estates = [subject for subject in frame.subjects.values() if subject.type == "estate"]
    found = {estate.id: _estate(frame, estate.id) for estate in estates}
    for quarter, _, end in QUARTERS:
        _flags({one.id: found[one.id] for one in estates if one.on_file(end)}, quarter)
    stay = {estate.id: found[estate.id] for estate in sorted(estates, key=lambda e: e.id) if estate.on_file(LAST)}
    _awards(stay)
    for name, estate in stay.items():
        estate.consequences = set(_consequences(frame, name, estate))
    return stay


def _estate(frame: Frame, name: str) -> Estate:
    found = Estate()
    association = _scores(frame, name, "association_score")
    group = _scores(frame, name, "group_score")
    satisfaction = _scores(frame, name, "satisfaction_score")
    complaint: dict[str, Number] = {}
    valid = 0
    records = frame.records.get((name, "complaint"), ())
    through = frame.complete_through.get((name, "complaint"))
    for quarter, start, end in QUARTERS:
        counted = righted = 0
        for record in records:
            if start <= record.fields["received_on"] <= end and record.fields["valid"]:
                counted += 1
                righted += record.fields["rectified"] is True
        valid += counted
        households = _households(frame, name, end)
        # no complaint is no complaint, however many households there are
        if through is not None and through >= end and (households is not None or not counted):
            rate = Fraction(100 * counted, households) if households else 0
            righted_percent = Fraction(100 * righted, counted) if counted else 100
            complaint[quarter] = _round((max(0, 100 - 100 * rate / 5) + righted_percent) / 2, 4)
        if quarter in group and quarter in satisfaction:
            regular = _weighted(association.get(quarter), group[quarter], complaint.get(quarter))
            found.quarters[quarter] = _round((70 * regular + 30 * satisfaction[quarter]) / 100, 2)
        received = frame.values.get((name, "result_received_on"), {}).get((quarter, ""), NEVER)
        found.in_time[quarter] = received <= end + timedelta(days=10)

    annual_group = _annual(frame, name, "annual_group_score", group)
    annual_satisfaction = _annual(frame, name, "annual_satisfaction_score", satisfaction)
    annual_association = _annual(frame, name, "annual_association_score", association)
    annual_complaint = _annual(frame, name, "annual_complaint_score", complaint)
    if annual_group is not None and annual_satisfaction is not None:
        regular = _weighted(annual_association, annual_group, annual_complaint)
        found.score = _round((70 * regular + 30 * annual_satisfaction) / 100, 2)
        found.keys = (sum(found.quarters.values()), annual_group, annual_satisfaction)
    found.complaints = valid if through is not None and through >= LAST else None
    _grade(found, [(r, day) for r in frame.records.get((name, "incident"), ()) if (day := _placed(frame, r))])
    return found


def _grade(found: Estate, incidents: Sequence[tuple[Record, date]]) -> None:
    for record, day in incidents:
        if record.fields["responsibility"] == "primary" and FIRST <= day <= LAST:
            if record.fields["kind"] in FORCE:
                found.forced = True
                found.forced_in.update(quarter for quarter, start, end in QUARTERS if start <= day <= end)
            else:
                found.capped = True
    if found.score is not None:
        found.raw_grade = next(
            grade for grade, low in (("A", 85), ("B", 70), ("C", 60), ("D", 0)) if found.score >= low
        )
        found.grade = "B" if found.capped and found.raw_grade == "A" else found.raw_grade
    if found.forced:
        found.grade = "D"


def _scores(frame: Frame, name: str, fact: str) -> dict[str, Number]:
    return {quarter: score for (quarter, _), score in frame.values.get((name, fact), {}).items()}  # type: ignore[misc]


def _annual(frame: Frame, name: str, fact: str, quarters: dict[str, Number]) -> Number | None:
    entered = frame.values.get((name, fact), {}).get(("2025", ""))
    if entered is not None:
        return entered  # type: ignore[return-value]
    return Fraction(sum(quarters.values())) / len(quarters) if quarters else None


def _households(frame: Frame, name: str, day: date) -> int | None:
    entered = frame.values.get((name, "household_count"), {})
    since = [key for key in entered if key[0] <= day.isoformat()]
    return entered[max(since)] if since else None  # type: ignore[return-value]


def _weighted(association: Number | None, group: Number, complaint: Number | None) -> Number:
    """By 10, 50 and 10; the association and complaints are left out with their weight."""
    total, weights = Fraction(50 * group), 50
    for part in (association, complaint):
        if part is not None:
            total += 10 * part
            weights += 10
    return total / weights


def _round(number: Number, places: int) -> Fraction:
    """Half up; there are no negative scores."""
    scale = 10**places
    return Fraction(int(number * scale + Fraction(1, 2)), scale)


def _placed(frame: Frame, record: Record) -> date:
    """The day that counts: of the confirmation, where the year's result was published before this was known."""
    occurred: date = record.fields["occurred_on"]  # type: ignore[assignment]
    published = frame.published.get(f"{occurred.year}")
    if published is None or record.known_at <= published:
        return occurred
    return record.fields["confirmed_on"]  # type: ignore[return-value]


def _flags(cohort: dict[str, Estate], quarter: str) -> None:
    ranked = [estate for estate in cohort.values() if quarter in estate.quarters]
    ranked.sort(key=lambda estate: estate.quarters[quarter], reverse=True)
    flags = min(FLAGS, len(ranked) // 2)
    _rank(ranked, lambda estate: estate.quarters[quarter], "red_flag", quarter)
    _rank(ranked, lambda estate: estate.quarters[quarter], "yellow_flag", quarter)
    if not flags:
        return
    last_red, first_yellow = ranked[flags - 1].quarters[quarter], ranked[-flags].quarters[quarter]
    for estate in ranked:
        score = estate.quarters[quarter]
        estate.red[quarter] = score >= last_red and quarter not in estate.forced_in
        estate.yellow[quarter] = score <= first_yellow and not estate.red[quarter]


def _rank(ranked: Sequence[Estate], key: Callable[[Estate], object], rule: str, window: str) -> None:
    place = 1
    for _, tied in groupby(ranked, key):
        group = list(tied)
        for estate in group:
            estate.ranks[rule, window] = place
        place += len(group)


def _awards(cohort: dict[str, Estate]) -> None:
    ranked = [estate for estate in cohort.values() if len(estate.quarters) >= 4 and estate.grade != "D"]
    ranked.sort(key=lambda estate: estate.keys, reverse=True)
    place = 0
    for group in _tied(ranked):
        prizes = [PRIZES[p] if p < len(PRIZES) else "none" for p in range(place, place + len(group))]
        for estate in group:
            estate.ranks["award", ""] = place + 1
            estate.award = prizes[0] if len(set(prizes)) == 1 else None  # a draw is needed
        place += len(group)


def _tied(ranked: Sequence[Estate]) -> Iterator[list[Estate]]:
    for _, equal in groupby(ranked, lambda estate: estate.keys):
        group = list(equal)
        if any(estate.complaints is None for estate in group):
            yield group
            continue
        group.sort(key=lambda estate: estate.complaints or 0)
        for _, tied in groupby(group, lambda estate: estate.complaints):
            yield list(tied)


def _consequences(frame: Frame, name: str, estate: Estate) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """What follows, for which quarter or record, and for whom."""

    def of(relations: Sequence[str], day: date = LAST) -> tuple[str, ...]:
        edges = [edge for relation in relations for edge in frame.edges.get((relation, name), ())]
        return tuple(edge.to for edge in edges if edge.holds(day))

    for quarter, _, end in QUARTERS:
        if estate.red.get(quarter):
            yield "hang_red_flag", quarter, of(("company", "manager", "owners_committee"), end)
        if estate.yellow.get(quarter):
            yield "hang_yellow_flag", quarter, of(("company", "owners_committee"), end)
    company = of(("company",))
    for record, day, what in (
        ("finding", "found_on", "rectify_finding"),
        ("honour_title", "awarded_on", "honour_reward"),
        ("exposure", "shown_on", "exposure_board"),
    ):
        for one in frame.records.get((name, record), ()):
            if FIRST <= one.fields[day] <= LAST:
                yield what, one.no, company
    if estate.grade == "A":
        yield "nominate", "", (name,)
        yield "bid_bonus", "", company
    elif estate.grade == "C":
        yield "rectify_grade_c", "", company
    elif estate.grade == "D":
        yield "rectify_grade_d", "", company
        yield "bid_malus", "", company
        yield "credit_entry", "", of(("company", "manager"))
        yield "advise_reselection", "", of(("owners_committee",))
    if estate.award not in ("none", None):
        yield "certificate", "", company
        yield "priority_recommendation", "", company
        yield f"{estate.award}_medal", "", of(("company", "manager"))
    rank = frame.values.get((name, "creation_rank"), {}).get(("2025", ""))
    if rank is not None and rank <= 10:
        yield "creation_reward", "", company
    if estate.grade is not None:
        yield "publish_result", "", ("public",)
