"""What the county's own scripts do not write: facts for every other scheme, taken from its worked cases.

A worked case is a small world: subjects, how they hang together, and what is known of them. Each is settled in the
county, its subjects becoming communities, villages, schools that are there or new ones with names of their own, its
year becoming 2025. So every scheme has subjects on both sides of its thresholds. What the county's own scripts write
stays as it is: facts of theirs are left alone, and of two cases that speak of the same fact the first counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from kaoping.cases import Case, case_evaluation, read_cases
from kaoping.demo.tables import Cell
from kaoping.errors import KaopingError
from kaoping.evaluation.plan import Plan
from kaoping.facts.dates import plus
from kaoping.facts.frame import NEVER, Frame, Plain
from kaoping.facts.periods import CAMPAIGN
from kaoping.facts.types import Catalogue

YEARS = {"year": "2025", "school_year": "2024S"}
"""The period of each kind that the county's facts are of; those of a campaign keep its own days."""
ON_FILE = date(2020, 1, 1)
WORLDS = 8  # so many of a scheme's cases are settled, where it has a kind of subject of its own
FULL = 92  # so many at most, where the county has subjects of the kind
MOST, MOST_RECORDS = 8, 60  # a case with more subjects, or more records in all, is left out
LEFT_AS_IS = 8  # every eighth world keeps the blanks of its case; the others are filled from the fullest case
ONE_OF_A_KIND = {"county": "青禾湾县", "city": "青禾市", "province": "江禾省", "country": "全国"}
PARENTS = ("street", "town", "county", "city", "province", "country")


@dataclass
class County:
    """What is there so far.

    Attributes:
        subjects: kind of subject to its ids; `titles`: id to title.
        own: the kinds of which the county's own scripts made some; no more are made.
        edges: (relation, subject) to the other subject, as entered.
        taken: names of facts and records that the county's own scripts write.
        asked_by: (subject, fact) to the title of the scheme whose case gave it.
        calendars: (calendar, window) to its days; no two of a calendar overlap.
    """

    subjects: dict[str, list[str]]
    own: frozenset[str]
    titles: dict[str, str]
    edges: dict[tuple[str, str], str]
    taken: frozenset[str]
    added: list[list[Cell]] = field(default_factory=list)
    related: list[list[Cell]] = field(default_factory=list)
    values: dict[tuple[str, str], dict[tuple[str, str], Plain]] = field(default_factory=dict)
    records: dict[tuple[str, str], list[Mapping[str, Plain]]] = field(default_factory=dict)
    complete: dict[tuple[str, str], date] = field(default_factory=dict)
    asked_by: dict[tuple[str, str], str] = field(default_factory=dict)
    calendars: dict[tuple[str, str], tuple[date, date]] = field(default_factory=dict)

    def settle(self, catalogue: Catalogue, plan: Plan) -> None:
        """Settle a scheme's worked cases, each in subjects of its own."""
        main = plan.scheme.subject
        kinds = catalogue.members(main)
        frames = list(_worlds(plan))
        if not frames:
            return
        fullest, whole = max(_told(frames, kinds), key=lambda told: told[0])[1:]
        there = [id_ for kind in kinds for id_ in self.subjects.get(kind, ())]
        if main in ONE_OF_A_KIND:
            frames = frames[:1]
        used: set[str] = set()
        for turn in range(min(max(WORLDS, len(there)), FULL)):
            frame = frames[turn % len(frames)]
            mains = [s.id for s in frame.subjects.values() if s.type in kinds]
            if there and sum(id_ not in used for id_ in there) < len(mains):
                return
            if not there and turn >= min(WORLDS, len(frames)):
                return
            here = self._homes(catalogue, frame, used, kinds)
            self._settle(catalogue, plan, frame, here)
            if turn % LEFT_AS_IS:
                for one in mains:
                    self._settle(catalogue, plan, fullest, {whole: here[one]})

    def _homes(self, catalogue: Catalogue, frame: Frame, used: set[str], kinds: tuple[str, ...]) -> dict[str, str]:
        """The county's subject that each subject of a case becomes."""
        here: dict[str, str] = {}
        for subject in sorted(frame.subjects.values(), key=lambda s: (s.type not in kinds, s.type in PARENTS)):
            here[subject.id] = self._home(
                catalogue,
                frame,
                subject.id,
                subject.type,
                here,
                used,
                shared=subject.type in PARENTS and subject.type not in kinds,
            )
        return here

    def _settle(self, catalogue: Catalogue, plan: Plan, frame: Frame, here: Mapping[str, str]) -> None:
        """Enter what a case knows of the subjects that have a home, where nothing is entered yet."""
        kind = frame.period.kind
        years = int(YEARS[kind][:4]) - frame.period.start.year if kind in YEARS else 0
        for (relation, subject_id), edges in frame.edges.items():
            declared = catalogue.relations.get(relation)
            if declared is None:
                continue
            for edge in edges:
                if subject_id in here and edge.to in here:
                    self._relate(relation, declared.title.zh, here[subject_id], here[edge.to])
        self._enter_calendars(frame, years)
        for (subject_id, fact), entered in frame.values.items():
            declared_fact = catalogue.fact(frame.subjects[subject_id].type, fact)
            if subject_id not in here or declared_fact is None or fact in self.taken or declared_fact.fed_from:
                continue
            self.asked_by.setdefault((here[subject_id], fact), plan.scheme.title.zh)
            kept = self.values.setdefault((here[subject_id], fact), {})
            for (when, item), value in entered.items():
                kept.setdefault((_shifted(when, years), item), _later(value, years))
        for (subject_id, name), records in frame.records.items():
            key = (here.get(subject_id, ""), name)
            if subject_id in here and name not in self.taken and key not in {**self.records, **self.complete}:
                self.records[key] = [{f: _later(v, years) for f, v in r.fields.items()} for r in records]
        for (subject_id, name), through in frame.complete_through.items():
            if subject_id in here and name not in self.taken:
                self.complete.setdefault((here[subject_id], name), plus(through, years=years))

    def _enter_calendars(self, frame: Frame, years: int) -> None:
        """The windows a case enters of calendars, as far as none of another case lies on the same days."""
        for name, windows in frame.calendars.items():
            for window in windows:
                first, last = plus(window.start, years=years), plus(window.end, years=years)
                key = (name, _shifted(window.text, years))
                taken = [days for (known, _), days in self.calendars.items() if known == name]
                if key not in self.calendars and not any(start <= last and first <= end for start, end in taken):
                    self.calendars[key] = first, last

    def _home(
        self,
        catalogue: Catalogue,
        frame: Frame,
        id_: str,
        kind: str,
        here: Mapping[str, str],
        used: set[str],
        *,
        shared: bool,
    ) -> str:
        """The county's subject that a case's subject becomes; a `shared` one may be that of other cases too."""
        for (relation, one), edges in frame.edges.items():  # where one of its own lies already, it is there
            there = self.edges.get((relation, here.get(one, "")))
            if there in self.subjects.get(kind, ()) and any(edge.to == id_ for edge in edges):
                return str(there)
        if kind in ONE_OF_A_KIND:
            return self._found(kind, ONE_OF_A_KIND[kind])
        free = [found for found in self.subjects.get(kind, ()) if found not in used]
        if shared and self.subjects.get(kind):
            free = self.subjects[kind]
        if free:
            used.add(free[0])
            return free[0]
        if kind in self.own:  # the county has as many as it has
            return self.subjects[kind][len(used) % len(self.subjects[kind])]
        number = len(self.subjects.get(kind, ())) + 1
        parent = next(
            (here[e.to] for (_, one), edges in frame.edges.items() if one == id_ for e in edges if e.to in here), ""
        )
        title = (
            f"{self.titles.get(parent, ONE_OF_A_KIND['county'])}{catalogue.subject_types[kind].title.zh.split('（')[0]}"
        )
        created = self._create(kind, f"{title}{number}")
        used.add(created)
        return created

    def _found(self, kind: str, title: str) -> str:
        return self.subjects[kind][0] if self.subjects.get(kind) else self._create(kind, title)

    def _create(self, kind: str, title: str) -> str:
        there = self.subjects.setdefault(kind, [])
        id_ = f"{kind.replace('_', '-')}-{len(there) + 1:02}"
        there.append(id_)
        self.titles[id_] = title
        self.added.append([id_, kind, title, ON_FILE, None])
        return id_

    def _relate(self, relation: str, title: str, subject: str, other: str) -> None:
        if (relation, subject) not in self.edges:
            self.edges[relation, subject] = other
            self.related.append([title, subject, other, ON_FILE, None])


def _worlds(plan: Plan) -> Iterator[Frame]:
    """The frames of the cases that can be moved to the demonstration's year: whole, of one year, all known by now."""
    for case in read_cases(plan.scheme.cases_text, plan.scheme.cases_file):
        frame = _frame(plan, case)
        if frame is None or frame.fed or frame.published or not frame.closed:
            continue
        few = sum(map(len, frame.records.values())) <= MOST_RECORDS
        if frame.period.kind in (*YEARS, CAMPAIGN) and len(frame.subjects) <= MOST and few:
            yield frame


def _told(frames: list[Frame], kinds: tuple[str, ...]) -> Iterator[tuple[int, Frame, str]]:
    """How much each case tells of each subject that is assessed."""
    for frame in frames:
        for subject in frame.subjects.values():
            if subject.type in kinds:
                told = [len(entered) for (one, _), entered in frame.values.items() if one == subject.id]
                stated = sum(one == subject.id for one, _ in (*frame.records, *frame.complete_through))
                yield sum(told) + stated, frame, subject.id


def _frame(plan: Plan, case: Case) -> Frame | None:
    try:
        return case_evaluation(plan, case).machine.frame
    except KaopingError:  # a case that shows how something is refused
        return None


def _shifted(when: str, years: int) -> str:
    if len(when) == 10:
        return plus(max(date.fromisoformat(when), date(ON_FILE.year - years, 1, 1)), years=years).isoformat()
    return f"{int(when[:4]) + years}{when[4:]}" if when[:4].isdigit() else when


def _later(value: Plain, years: int) -> Plain:
    return plus(value, years=years) if isinstance(value, date) and value != NEVER else value
