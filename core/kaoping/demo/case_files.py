"""The files of the facts taken from worked cases: for each scheme one a kind of subject and span, one a register.

They are written anew from the schemes that ship whenever the demonstration is, so that no scheme is ever without its
subjects; chance has no part in it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

from kaoping.demo import communities, drugs, estates
from kaoping.demo.from_cases import YEARS, County
from kaoping.demo.tables import Cell, Table
from kaoping.evaluation.plan import Plan
from kaoping.facts.frame import Plain
from kaoping.facts.periods import parse_period
from kaoping.facts.types import Catalogue, FactType, RecordType
from kaoping.facts.values import value_words

_UNFIT = re.compile(r"[“”\"（）/、]")  # in the name of a file
_SPANS = {
    "year": "年", "school_year": "学年", "half_year": "半年", "quarter": "季", "two_months": "双月", "month": "月",
    "xun": "旬", "week": "周", "day": "日", "campaign": "专项",
}  # fmt: skip
STATED_BY, CLOSED_BY = "各业务科室", "县文明办"
OWN_SCHEMES = (
    "property-abcd",
    "harmonious-community-ten-star",
    "harmonious-community-six-star",
    "drug-free-community",
    "anti-drug-work-targets",
)
"""The schemes whose facts the county's own scripts write."""


def county_with_cases(plans: Mapping[str, Plan], catalogue: Catalogue) -> County:
    """The county with the worked cases of every other scheme settled in it, scheme by scheme in the order of ids."""
    subjects, titles = defaultdict(list), {}
    kinds = {kind.title.zh: kind.id for kind in catalogue.subject_types.values()}
    for id_, kind, title, *_ in [*communities.subjects(), *drugs.subjects(), *estates.subjects()]:
        subjects[kinds.get(str(kind), str(kind))].append(str(id_))
        titles[str(id_)] = str(title)
    relations = {(r.title.zh, r.of): r.id for r in catalogue.relations.values()}
    edges: dict[tuple[str, str], str] = {}
    of = {id_: kind for kind, ids in subjects.items() for id_ in ids}
    for title, one, other, *_ in [*communities.relations(), *drugs.relations(), *estates.relations()]:
        for family in catalogue.families(of[str(one)]):
            if (str(title), family) in relations:
                edges.setdefault((relations[str(title), family], str(one)), str(other))
    taken = {name for id_ in OWN_SCHEMES for name in (*plans[id_].scheme.facts, *plans[id_].scheme.records)}
    county = County(dict(subjects), frozenset(subjects), titles, edges, frozenset(taken))
    for name, plan in sorted(plans.items()):
        if name not in OWN_SCHEMES:
            county.settle(catalogue, plan)
    return county


def tables(plans: Mapping[str, Plan], catalogue: Catalogue) -> list[Table]:
    """Everything to be imported beside the county's own files."""
    county = county_with_cases(plans, catalogue)
    of = {id_: kind for kind, ids in county.subjects.items() for id_ in ids}
    return [
        Table("对象", ("subject", "type", "title", "since", "until"), county.added),
        Table("关系", ("relation", "subject", "to", "since", "until"), county.related),
        Table("台账", ("subject", "record", "complete_through", "stated_by"), _statements(county, catalogue, of)),
        Table("结束填报", ("scheme", "period", "closed_by"), _closings(plans)),
        Table("日历", ("calendar", "window", "first_day", "last_day"), _calendars(county, catalogue)),
        *_values(county, catalogue, of),
        *_records(county, catalogue, of),
    ]


def _statements(county: County, catalogue: Catalogue, of: Mapping[str, str]) -> list[list[Cell]]:
    rows: list[list[Cell]] = []
    for (subject, name), through in sorted(county.complete.items()):
        record = catalogue.record(of[subject], name)
        if record and record.complete == "stated":
            rows.append([subject, _record_name(catalogue, record), through, STATED_BY])
    return rows


def _closings(plans: Mapping[str, Plan]) -> list[list[Cell]]:
    others = [plan.scheme for name, plan in sorted(plans.items()) if name not in OWN_SCHEMES]
    judged = [(scheme.id, YEARS[scheme.period]) for scheme in others if scheme.period in YEARS]
    judged += [(scheme.id, campaign.text) for scheme in others for campaign in scheme.campaigns]
    return [[name, period, CLOSED_BY] for name, period in sorted(judged)]


def _calendars(county: County, catalogue: Catalogue) -> list[list[Cell]]:
    titles = {name: calendar.title.zh for name, calendar in catalogue.calendars.items()}
    return [[titles[name], window, *days] for (name, window), days in sorted(county.calendars.items())]


def _values(county: County, catalogue: Catalogue, of: Mapping[str, str]) -> Iterable[Table]:
    cells: dict[tuple[str, str, str], dict[tuple[str, str], dict[str, str]]] = defaultdict(lambda: defaultdict(dict))
    for (subject, name), entered in sorted(county.values.items()):
        fact = catalogue.fact(of[subject], name)
        if fact is None:
            continue
        for (when, item), value in sorted(entered.items()):
            calendar = next((step for step in fact.for_each if step in catalogue.calendars), "")
            if calendar and (calendar, when) not in county.calendars:
                continue
            span = catalogue.calendars[calendar].title.zh if calendar else _SPANS[parse_period(when).kind]
            span = "变动" if fact.holds else span
            row = cells[county.asked_by[subject, name], of[subject], span][subject, when]
            row[_header(catalogue, of[subject], fact, item)] = value_words(value, fact.type, "zh")
    for (scheme, kind, span), rows in sorted(cells.items()):
        columns = sorted({header for row in rows.values() for header in row})
        body = [[s, county.titles[s], when, *(row.get(c) for c in columns)] for (s, when), row in sorted(rows.items())]
        asked = _UNFIT.sub("", scheme)
        name = f"{asked}-{catalogue.subject_types[kind].title.zh.partition('（')[0]}-{span}-2025"
        yield Table(name, ("对象编号", "对象名称", "周期", *columns), body, headed=True)


def _records(county: County, catalogue: Catalogue, of: Mapping[str, str]) -> Iterable[Table]:
    found: dict[tuple[str, str], list[tuple[str, Mapping[str, Plain]]]] = defaultdict(list)
    kinds: dict[tuple[str, str], RecordType] = {}
    for (subject, name), records in sorted(county.records.items()):
        declared = catalogue.record(of[subject], name)
        if declared:
            kinds[declared.of, name] = declared
            found[declared.of, name] += [(subject, record) for record in records]
    for key, rows in sorted(found.items()):
        declared = kinds[key]
        numbers: dict[str, int] = defaultdict(int)
        body: list[list[Cell]] = []
        for subject, record in rows:
            numbers[subject] += 1
            fields = [value_words(record[f], kind, "zh") if f in record else "" for f, kind in declared.fields.items()]
            body.append([subject, f"N{numbers[subject]}", *fields])
        headers = [declared.field_titles[f].zh for f in declared.fields]
        headers = headers if len(set(headers)) == len(headers) else list(declared.fields)
        yield Table(_record_name(catalogue, declared), ("对象编号", "编号", *headers), body, headed=True)


def _header(catalogue: Catalogue, kind: str, fact: FactType, item: str) -> str:
    listed = next((step for step in fact.for_each if step in catalogue.lists), "")
    return f"{fact.title.zh}：{catalogue.lists[listed].items[item].zh}" if item and listed else fact.title.zh


def _record_name(catalogue: Catalogue, record: RecordType) -> str:
    same = [each for each in catalogue.records.values() if each.title.zh == record.title.zh]
    return record.title.zh if len(same) == 1 else record.id
