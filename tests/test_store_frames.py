"""Frames: typed, whole, and as known at any moment, whatever was corrected or undone since."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from store_world import CATALOGUE, CHEN, ESTATES, LI, NOW, TODAY, enter, estate, frame, score

from kaoping.errors import Problems
from kaoping.evaluation.result import Result, SubjectResult
from kaoping.facts.frame import NEVER, UNDETERMINED, Edge, Plain, Record, Remaining, Subject
from kaoping.facts.needs import Needs
from kaoping.facts.periods import parse_period
from kaoping.facts.rows import NewClosing, NewEdge, NewRecord, NewRegister, NewSubject, NewValue
from kaoping.facts.types import FactType, Title, ValueType
from kaoping.store.batches import list_batches, void_batch
from kaoping.store.connection import Store, create
from kaoping.store.evaluations import NewEvaluation, store_evaluation
from kaoping.store.facts import append
from kaoping.store.frames import load_frame
from kaoping.store.moments import last_moment, moment_text
from kaoping.store.publications import publish


@pytest.fixture
def store(tmp_path: Path):
    with create(tmp_path / "k.db") as store:
        yield store


def value(fact: str, plain: Plain, at: str = "2025", item: str = "") -> NewValue:
    return NewValue("e1", fact, at, item, plain)


def test_frame_of_an_empty_database_is_empty(store: Store) -> None:
    assert (frame(store).subjects, frame(store).values, frame(store).edges) == ({}, {}, {})
    assert last_moment(store.connection) == ""
    enter(store, estate())
    assert (frame(store, "").subjects, len(frame(store).subjects)) == ({}, 1)


def test_values_come_back_as_the_plain_values_they_were(store: Store) -> None:
    rows = (
        *(value("household_count", 600, "2024-05-01"), value("household_count", 640, "2025Q3")),
        *(value("group_score", Fraction("88.25"), "2025Q1"), value("group_score", 90, "2025Q2")),
        *(value("aspect_score", Fraction("9.2"), "2025", "creation_concept"), value("remark", "无 ‘特殊’ 情况\n")),
        *(value("reported_on", NEVER, "2024"), value("reported_on", date(2025, 3, 1)), value("blame", UNDETERMINED)),
    )
    enter(store, estate(since=date(2019, 6, 1)), *rows)
    found = frame(store)
    assert found.subjects == {"e1": Subject("e1", "estate", "e1小区", date(2019, 6, 1))}
    assert found.values == {
        ("e1", "household_count"): {("2024-05-01", ""): 600, ("2025-07-01", ""): 640},
        ("e1", "group_score"): {("2025Q1", ""): Fraction("88.25"), ("2025Q2", ""): 90},
        ("e1", "aspect_score"): {("2025", "creation_concept"): Fraction("9.2")},
        ("e1", "remark"): {("2025", ""): "无 ‘特殊’ 情况\n"},
        ("e1", "reported_on"): {("2024", ""): NEVER, ("2025", ""): date(2025, 3, 1)},
        ("e1", "blame"): {("2025", ""): UNDETERMINED},
    }
    assert (found.period, found.today) == (parse_period("2025"), TODAY)


def test_truths_come_back_as_truths_and_families_share_facts(store: Store) -> None:
    village = NewSubject("v1", "village", "东村")
    enter(store, village, NewValue("v1", "has_plan", "2025", "", False), NewValue("v1", "has_plan", "2024", "", True))
    needs = Needs("drug-free", CATALOGUE, frozenset({"unit"}), frozenset({"has_plan"}))
    found = load_frame(store, needs, parse_period("2025"), TODAY)
    assert found.values == {("v1", "has_plan"): {("2024", ""): True, ("2025", ""): False}}


def test_only_what_is_needed_is_in_the_frame(store: Store) -> None:
    enter(store, estate(), NewSubject("v1", "village", "东村"), score(88), NewValue("v1", "has_plan", "2025", "", True))
    needs = replace(ESTATES, facts=frozenset({"blame", "never_entered"}), records=frozenset(), relations=frozenset())
    found = load_frame(store, needs, parse_period("2025"), TODAY)
    assert (list(found.subjects), found.values) == (["e1"], {})


def test_relations_lead_both_ways_and_bring_the_subjects_they_reach(store: Store) -> None:
    rows = (estate("e2"), estate("e1"), NewSubject("p", "company", "平安物业"))
    edges = (
        NewEdge("company", "e1", "p", date(2024, 1, 1), date(2025, 7, 1)),
        NewEdge("company", "e1", "p", date(2023, 1, 1), date(2024, 1, 1)),
        NewEdge("company", "e2", "p"),
    )
    enter(store, *rows, *edges)
    found = frame(store)
    assert list(found.subjects) == ["e1", "e2", "p"]
    early, late = (date(2023, 1, 1), date(2024, 1, 1)), (date(2024, 1, 1), date(2025, 7, 1))
    assert found.edges == {
        ("company", "e1"): (Edge("p", *early), Edge("p", *late)),
        ("company", "e2"): (Edge("p"),),
        ("estates", "p"): (Edge("e1", *early), Edge("e1", *late), Edge("e2")),
    }


def test_record_keeps_the_time_it_first_became_known_through_corrections(store: Store) -> None:
    enter(store, estate(), NewRecord("e1", "incident", "7", {"occurred_on": date(2025, 2, 1)}))
    enter(store, NewRecord("e1", "incident", "8", {"occurred_on": date(2025, 5, 1)}), minute=1)
    fields = {"occurred_on": date(2025, 2, 3), "blame": "primary"}
    enter(store, NewRecord("e1", "incident", "7", fields), minute=2, correct="日期写错")
    assert frame(store).records == {
        ("e1", "incident"): (
            Record("7", fields, "2026-01-05T08:00:00.000000Z"),
            Record("8", {"occurred_on": date(2025, 5, 1)}, "2026-01-05T08:01:00.000000Z"),
        )
    }


def test_register_is_complete_through_the_last_day_stated(store: Store) -> None:
    rows = [NewRegister("e1", "incident", day, "王五") for day in (date(2025, 6, 30), date(2025, 3, 31))]
    enter(store, estate(), rows[0])
    enter(store, rows[1])
    assert frame(store).complete_through == {("e1", "incident"): date(2025, 6, 30)}


def test_closings_and_publications_are_those_of_the_scheme(store: Store) -> None:
    enter(store, *(NewClosing(scheme, "2025", "王五") for scheme in ("property-abcd", "six-star")), estate())
    enter(store, NewClosing("six-star", "2024", "王五"))
    assert (frame(store).closed, frame(store).published) == (frozenset({"2025"}), {})
    for minute, (scheme, period) in enumerate([("property-abcd", "2025Q1"), ("six-star", "2025")], start=1):
        now = NOW + timedelta(hours=minute)
        evaluation = evaluated(store, scheme, period, hour=minute)
        publish(store, evaluation, date(2025, 4, 12), (), "李芳", now + timedelta(minutes=1))
    assert frame(store).published == {"2025Q1": "2026-01-05T09:01:00.000000Z"}
    assert frame(store, "2026-01-05T09:00:59.000000Z").published == {}


def evaluated(store: Store, scheme: str, period: str, hour: int = 1, **grades: tuple[str, ...]) -> int:
    """Store an evaluation that leaves these grades possible."""
    found = tuple(SubjectResult(name, "village", name, "final", possible_grades=left) for name, left in grades.items())
    result = Result(scheme, "2025", period, found[:1], found[1:])
    new = NewEvaluation(result, "scheme", "a.yaml", "catalogue", last_moment(store.connection), TODAY, "李芳")
    return store_evaluation(store, new, NOW + timedelta(hours=hour))


def fed_grades(store: Store, period: str, known_at: str | None = None) -> dict[str, set[str]]:
    needs = Needs("six-star", CATALOGUE, frozenset({"unit"}), frozenset({"drug_free"}))
    fed = load_frame(store, needs, parse_period(period), TODAY, known_at).fed
    return {subject: set(found[""].values) for (subject, _), found in fed.items()}


def test_grades_of_another_scheme_are_those_its_latest_evaluation_leaves_possible(store: Store) -> None:
    enter(store, *(NewSubject(name, "village", name) for name in ("v1", "v2", "v3")))
    evaluated(store, "drug-free", "2025", hour=1, v1=("A", "B"), v2=("B",))
    evaluated(store, "drug-free", "2025", hour=2, v1=("A",), v3=())
    then = moment_text(NOW + timedelta(hours=1, minutes=30))
    assert fed_grades(store, "2025") == {"v1": {"A"}}
    assert fed_grades(store, "2025", then) == {"v1": {"A", "B"}, "v2": {"B"}}
    assert fed_grades(store, "2024") == {}


@pytest.mark.parametrize(
    ("feed_at", "period", "fed"),
    [
        ("same", "2025", {"A"}),
        ("same", "2023", None),
        ("previous", "2026", {"A"}),
        ("previous", "2025", {"B"}),
        ("latest", "2029", {"A"}),
        ("latest", "2024", {"B"}),
        ("latest", "2023", None),
    ],
)
def test_fed_fact_takes_the_period_it_asks_for(store: Store, feed_at: str, period: str, fed: set[str] | None) -> None:
    enter(store, *(NewSubject(name, "village", name) for name in ("v1", "v2")))
    evaluated(store, "drug-free", "2025", hour=1, v1=("A",), v9=("A",))
    evaluated(store, "drug-free", "2024", hour=2, v1=("B",))
    evaluated(store, "drug-free", "2025Q4", hour=3, v1=())
    fact = replace(CATALOGUE.facts["unit", "drug_free"], feed_at=feed_at)
    catalogue = replace(CATALOGUE, facts={("unit", "drug_free"): fact})
    needs = Needs("six-star", catalogue, frozenset({"unit"}), frozenset({"drug_free"}))
    found = load_frame(store, needs, parse_period(period), TODAY)
    assert found.fed == ({} if fed is None else {("v1", "drug_free"): {"": Remaining(frozenset(fed))}})


def test_stored_value_that_fits_no_more_is_named_with_what_is_wrong(store: Store) -> None:
    fire = NewRecord("e1", "incident", "1", {"occurred_on": date(2025, 2, 1), "blame": "primary"})
    enter(store, estate(), score(88), score(70, at="2025Q2"), fire)
    narrow = replace(CATALOGUE.facts["estate", "group_score"], type=ValueType("number", maximum=Fraction(80)))
    record = replace(CATALOGUE.records["estate", "incident"], fields={"blame": ValueType("choice", choices=("none",))})
    catalogue = replace(CATALOGUE, facts={("estate", "group_score"): narrow}, records={("estate", "incident"): record})
    with pytest.raises(Problems) as caught:
        load_frame(store, replace(ESTATES, catalogue=catalogue), parse_period("2025"), TODAY)
    assert caught.value.text("zh").splitlines() == [
        "e1 group_score 2025Q1 存的是“88”，与方案现在的要求不符：“考核小组考评”应不大于 80，现在是 88",
        "e1 incident 1 blame 存的是“primary”，与方案现在的要求不符：“primary”不在“blame”的可选项中，可选：none",
    ]
    assert caught.value.errors[0].text("en") == (
        "e1 group_score 2025Q1 is stored as '88', which the scheme does not allow now: "
        "考核小组考评 must be at most 80, got 88"
    )


def test_stored_value_that_fits_no_more_refuses_nothing_once_it_is_corrected(store: Store) -> None:
    fire = NewRecord("e1", "incident", "1", {"occurred_on": date(2025, 2, 1), "blame": "primary"})
    enter(store, estate(), score(88), fire)
    enter(store, score(79), replace(fire, fields={"occurred_on": date(2025, 2, 1)}), correct="misread")
    narrow = replace(CATALOGUE.facts["estate", "group_score"], type=ValueType("number", maximum=Fraction(80)))
    record = replace(CATALOGUE.records["estate", "incident"], fields={"blame": ValueType("choice", choices=("none",))})
    catalogue = replace(CATALOGUE, facts={("estate", "group_score"): narrow}, records={("estate", "incident"): record})
    found = load_frame(store, replace(ESTATES, catalogue=catalogue), parse_period("2025"), TODAY)
    assert found.values["e1", "group_score"] == {("2025Q1", ""): 79}
    assert [one.fields for one in found.records["e1", "incident"]] == [{}]


def test_fraction_that_does_not_end_is_kept_exactly(store: Store) -> None:
    enter(store, estate(), value("group_score", Fraction(100, 3), "2025Q1"))
    assert frame(store).values["e1", "group_score"] == {("2025Q1", ""): Fraction(100, 3)}


STEP = st.one_of(
    st.tuples(st.just("say"), st.sampled_from(["2025Q1", "2025Q2"]), st.integers(0, 3)),
    st.tuples(st.just("void"), st.integers(2, 9), st.just(0)),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(STEP, max_size=10))
def test_frame_at_any_moment_is_what_a_reader_saw_then(steps: list[tuple[str, str | int, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder, create(Path(folder) / "k.db") as store:
        enter(store, estate())
        seen = []
        for minute, (what, which, number) in enumerate(steps, start=1):
            if what == "say":
                enter(store, score(number, at=str(which)), minute=minute, correct="更正")
            elif any(b.id == which and b.voids is None and b.voided_by is None for b in list_batches(store)):
                void_batch(store, int(which), "错", CHEN, NOW + timedelta(minutes=minute))
            seen.append((last_moment(store.connection), frame(store)))
        for moment, then in seen:
            assert frame(store, moment) == then


@settings(max_examples=40, deadline=None)
@given(st.lists(STEP, max_size=10))
def test_what_is_known_is_the_last_thing_said_that_was_not_taken_back(steps: list[tuple[str, str | int, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder, create(Path(folder) / "k.db") as store:
        enter(store, estate())
        said: dict[int, tuple[str, int]] = {}
        for what, which, number in steps:
            if what == "say":
                appended = enter(store, score(number, at=str(which)), correct="更正")
                if appended.batch:
                    said[appended.batch] = (str(which), number)
            elif which in said:
                void_batch(store, int(which), "错", CHEN, NOW)
                del said[int(which)]
        expected = {(at, ""): number for _, (at, number) in sorted(said.items())}
        assert frame(store).values.get(("e1", "group_score"), {}) == expected


def test_a_frame_takes_as_many_queries_for_a_county_as_for_an_estate(store: Store) -> None:
    catalogue = replace(
        CATALOGUE,
        facts={("estate", f"f{n}"): FactType(f"f{n}", "estate", ValueType("number"), Title("数")) for n in range(22)},
    )
    needs = replace(ESTATES, catalogue=catalogue, facts=frozenset(f"f{n}" for n in range(22)))

    def queries(names: list[str]) -> int:
        estates = [estate(name) for name in names]
        rows = [NewValue(each.id, f"f{n}", "2025", "", Fraction(n, 4)) for each in estates for n in range(22)]
        append(store, [*estates, *rows], LI, NOW)
        asked: list[str] = []
        store.connection.set_trace_callback(asked.append)
        found = load_frame(store, needs, parse_period("2025"), TODAY)
        store.connection.set_trace_callback(None)
        assert {name for name, _ in found.values} >= set(names)
        return len(asked)

    assert queries(["e00"]) == queries([f"e{number:02}" for number in range(1, 92)]) < 40


def test_reading_tells_how_far_it_is_in_subjects(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kaoping.store.frames.OFTEN", 2)
    names = [f"e{number}" for number in range(1, 7)]
    enter(store, *(estate(one) for one in names), *(score(80, one) for one in names))
    enter(store, *(NewValue(one, "remark", "2025", "", "好") for one in names), minute=1)
    enter(store, *(NewRecord(one, "incident", "1", {"occurred_on": date(2025, 3, 1)}) for one in names), minute=2)
    heard: list[tuple[int, int]] = []
    load_frame(store, ESTATES, parse_period("2025"), TODAY, tell=lambda done, total: heard.append((done, total)))
    assert heard == sorted(heard)
    assert len(heard) == 9
    assert heard[-1] == (6, 6)
