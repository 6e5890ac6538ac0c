"""A small world for the tests of reading: an estate and its company, communities and villages, two schemes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from kaoping.facts.frame import Subject
from kaoping.facts.periods import Period
from kaoping.facts.types import (
    Catalogue,
    FactType,
    ItemList,
    RecordType,
    RelationType,
    SubjectType,
    Title,
    ValueType,
)

SCORE = ValueType("number", unit="分", minimum=Fraction(0), maximum=Fraction(100))
DAY = ValueType("date")


def _facts() -> list[FactType]:
    households = ValueType("integer", unit="户", minimum=Fraction(1), maximum=Fraction(20000))
    aspect = ValueType("number", unit="分", minimum=Fraction(0), maximum=Fraction(10))
    ranking = ValueType("choice", choices=("good", "fair"), choice_titles={"good": Title("好"), "fair": Title("一般")})
    return [
        FactType("household_count", "estate", households, Title("户数", "households"), holds=True),
        FactType("group_score", "estate", SCORE, Title("考核小组考评"), for_each=("quarters",)),
        FactType("creation_rank", "estate", ValueType("integer", minimum=Fraction(1)), Title("创文考评名次")),
        FactType("reported_on", "estate", ValueType("date", never=True), Title("报送日"), for_each=("quarters",)),
        FactType("aspect_score", "community", aspect, Title("方面得分"), for_each=("aspects",)),
        FactType("has_plan", "unit", ValueType("boolean"), Title("已制定工作计划")),
        FactType("impression", "unit", ranking, Title("总体印象")),
        FactType("remark", "unit", ValueType("text"), Title("说明")),
        FactType("growth", "unit", ValueType("number", unit="%"), Title("增长率")),
        FactType("monthly_visits", "unit", ValueType("integer", minimum=Fraction(0)), Title("走访次数"), ("months",)),
    ]


def _records() -> list[RecordType]:
    blame = ValueType(
        "choice",
        choices=("primary", "secondary"),
        choice_titles={"primary": Title("主要责任"), "secondary": Title("次要责任")},
        undetermined=True,
    )
    kind = ValueType("choice", choices=("fire", "flood"), choice_titles={"fire": Title("火灾"), "flood": Title("水灾")})
    complaint = {"received_on": DAY, "valid": ValueType("boolean"), "rectified": ValueType("boolean")}
    incident = {"kind": kind, "occurred_on": DAY, "confirmed_on": DAY, "responsibility": blame}
    return [
        RecordType(
            "complaint",
            "estate",
            complaint,
            Title("投诉", "complaints"),
            {"received_on": Title("受理日期"), "valid": Title("有效"), "rectified": Title("已整改")},
            placed_by=("received_on",),
        ),
        RecordType(
            "incident",
            "estate",
            incident,
            Title("事件"),
            {
                "kind": Title("类别"),
                "occurred_on": Title("发生日期"),
                "confirmed_on": Title("确认日期"),
                "responsibility": Title("责任"),
            },
            placed_by=("occurred_on", "confirmed_on"),
        ),
        RecordType("site", "unit", {"name": ValueType("text")}, Title("场所"), {"name": Title("场所名称")}),
    ]


CATALOGUE = Catalogue(
    subject_types={
        "estate": SubjectType("estate", Title("住宅小区", "Residential estate")),
        "company": SubjectType("company", Title("物业服务企业")),
        "unit": SubjectType("unit", Title("单位")),
        "community": SubjectType("community", Title("社区"), is_a="unit"),
        "village": SubjectType("village", Title("村"), is_a="unit"),
    },
    relations={
        "company": RelationType("company", "estate", "company", Title("物业公司"), inverse="estates"),
        "partner": RelationType("partner", "unit", "unit", Title("结对单位")),
    },
    lists={"aspects": ItemList("aspects", {"creation_concept": Title("创建理念"), "team_unity": Title("班子团结")})},
    facts={(fact.of, fact.id): fact for fact in _facts()},
    records={(record.of, record.id): record for record in _records()},
)

SUBJECTS = {
    subject.id: subject
    for subject in (
        Subject("e1", "estate", "翠园小区", date(2020, 1, 1)),
        Subject("e2", "estate", "龙湖小区"),
        Subject("p1", "company", "安居物业"),
        Subject("c1", "community", "新东社区"),
        Subject("v1", "village", "三口村"),
    )
}


@dataclass(frozen=True)
class Use:
    """A fact a scheme reads."""

    id: str
    of: str


@dataclass(frozen=True)
class SomeScheme:
    """As much of a scheme as reading needs."""

    id: str
    title: Title
    period: str
    parts: tuple[str, ...] = ()
    facts: Mapping[str, Use] = field(default_factory=dict)
    campaigns: tuple[Period, ...] = ()


def _uses(of: str, *facts: str) -> dict[str, Use]:
    return {fact: Use(fact, of) for fact in facts}


SCHEMES = {
    scheme.id: scheme
    for scheme in (
        SomeScheme(
            "property-abcd",
            Title("物业管理考核"),
            "year",
            ("quarters",),
            _uses("estate", "household_count", "group_score", "creation_rank", "reported_on"),
        ),
        SomeScheme("ten-star", Title("十星级和谐社区"), "year", (), _uses("community", "aspect_score", "has_plan")),
    )
}
