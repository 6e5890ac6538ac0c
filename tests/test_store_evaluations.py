"""Evaluations are read back equal; publications follow their rules; entries and events are kept once."""

from __future__ import annotations

import hashlib
import tempfile
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from store_world import CHEN, LI, NOW, TODAY, enter, estate

from kaoping.consequences.model import Entry, Event, Publication
from kaoping.errors import UsageError
from kaoping.evaluation.result import Consequence, Finding, Missing, Result, SubjectResult, VetoFinding, canonical
from kaoping.scheme.model import Duration
from kaoping.store.batches import void_batch
from kaoping.store.connection import Store, create
from kaoping.store.encoding import from_json, to_json
from kaoping.store.evaluations import (
    NewEvaluation,
    list_evaluations,
    read_evaluation,
    read_result,
    read_subject_result,
    read_text,
    store_evaluation,
    text_digest,
)
from kaoping.store.publications import (
    add_event,
    publish,
    read_entries,
    read_events,
    read_publications,
)

BONUS = Consequence(
    id="bid_bonus",
    subject="e1",
    to=("p",),
    kind="incentive",
    at="2025Q1",
    title={"zh": "招投标加分", "en": "Bid bonus"},
    points={"bid_points": Fraction(5, 2)},
    lasts=Duration(months=12),
    ends_on=("bid_won", {"in_county": "true"}),
    source="四(三)",
)
NOTICE = Consequence(id="notice", subject="e1", to=("public",), kind="notice", within=Duration(days=5), discretion=True)
FOUND = SubjectResult(
    subject="e1",
    type="estate",
    title="翠园",
    status="final",
    score=Fraction("85.15"),
    raw_grade="A",
    grade="B",
    possible_grades=("B",),
    findings=(Finding("clean", "met"), Finding("no_fire", "unknown", "target", "2025Q1")),
    vetoes=(VetoFinding("cap", True, "at_most", "B"), VetoFinding("ban", None, "becomes", "D")),
    cohort={"top": {"2025Q1": True, "": None}, "award": {"": "gold"}},
    ranks={"top": {"2025Q1": 1}},
    consequences=(BONUS, NOTICE),
    missing=(Missing("e1", "blame", "7", judgement=True),),
    values={"composite": {"": "85.15"}, "low": {"2025Q1": {"from": "1/3", "to": None}, "2025Q2": {"possible": ["A"]}}},
)
ROLLED = SubjectResult("p", "company", "平安物业", "incomplete", None, (0, None), possible_grades=("A", "B"))
RESULT = Result("property-abcd", "2023", "2025", (FOUND,), (ROLLED,))


@pytest.fixture
def store(tmp_path: Path):
    with create(tmp_path / "k.db") as store:
        enter(store, estate())
        yield store


def kept(store: Store, result: Result = RESULT, minute: int = 1) -> int:
    new = NewEvaluation(
        result=result,
        scheme_text="scheme: property-abcd\n",
        scheme_file="property-abcd.yaml",
        catalogue_text="catalogue: shared\n",
        known_at="2026-01-05T08:00:00.000000Z",
        today=TODAY,
        actor="李芳",
        closed={"2025Q2", "2025"},
        parameters={"stars_required": "10"},
        engines=[{"name": "reference"}, {"name": "durable", "version": "2.0.28"}],
        opinions={"rules": 2, "measures": 1},
        notes=["one opinion on measures"],
        versions={"kaoping": "0.1.0"},
    )
    return store_evaluation(store, new, NOW + timedelta(minutes=minute))


def test_evaluation_is_read_back_with_everything_it_was_made_with(store: Store) -> None:
    assert kept(store) == 1
    found = read_evaluation(store, 1)
    assert (found.scheme, found.edition, found.period, found.today) == ("property-abcd", "2023", "2025", TODAY)
    assert (found.known_at, found.at) == ("2026-01-05T08:00:00.000000Z", "2026-01-05T08:01:00.000000Z")
    assert (found.closed, found.parameters) == (("2025", "2025Q2"), {"stars_required": "10"})
    assert found.engines == [{"name": "reference"}, {"name": "durable", "version": "2.0.28"}]
    assert (found.opinions, found.notes) == ({"rules": 2, "measures": 1}, ["one opinion on measures"])
    assert (found.versions, found.actor, found.digest) == ({"kaoping": "0.1.0"}, "李芳", RESULT.digest())
    assert (found.published_on, found.superseded_by) == (None, None)
    assert found.scheme_digest == text_digest("scheme: property-abcd\n")
    assert read_text(store, found.scheme_digest) == "scheme: property-abcd\n"
    assert read_text(store, found.catalogue_digest) == "catalogue: shared\n"
    assert read_text(store, "0" * 64) is None


def test_result_read_back_equals_what_was_stored(store: Store) -> None:
    kept(store)
    found = read_result(store, 1)
    assert found == RESULT
    assert found.digest() == RESULT.digest()
    assert read_subject_result(store, 1, "e1") == FOUND
    assert read_subject_result(store, 1, "p") == ROLLED
    assert read_subject_result(store, 1, "e9") is None


def test_evaluations_are_listed_by_scheme_and_period(store: Store) -> None:
    for scheme, period in (("property-abcd", "2025"), ("property-abcd", "2025Q1"), ("six-star", "2025")):
        kept(store, Result(scheme, "1", period, ()))
    assert [found.id for found in list_evaluations(store)] == [1, 2, 3]
    assert [found.id for found in list_evaluations(store, "property-abcd")] == [1, 2]
    assert [found.id for found in list_evaluations(store, "property-abcd", "2025Q1")] == [2]
    assert [found.id for found in list_evaluations(store, period="2025")] == [1, 3]


def test_evaluation_that_is_not_there_is_said_to_be_missing(store: Store) -> None:
    for read in (read_evaluation, read_result):
        with pytest.raises(UsageError) as caught:
            read(store, 9)
        assert caught.value.text("zh") == "没有第 9 号测算"
        assert caught.value.text("en") == "there is no evaluation 9"


def test_publication_opens_its_entries(store: Store) -> None:
    kept(store)
    published = publish(store, 1, date(2026, 1, 20), [("p", BONUS), ("public", NOTICE)], "王五", NOW)
    assert published == Publication("property-abcd", "2025", "year", date(2026, 1, 20), 1)
    assert read_publications(store) == (published,)
    assert read_entries(store) == (
        Entry(1, "property-abcd", "2025", 1, "p", date(2026, 1, 20), BONUS),
        Entry(2, "property-abcd", "2025", 1, "public", date(2026, 1, 20), NOTICE),
    )
    assert [entry.id for entry in read_entries(store, "public")] == [2]
    assert read_evaluation(store, 1).published_on == date(2026, 1, 20)
    before = "2026-01-05T08:01:00.000000Z"
    assert (read_publications(store, before), read_entries(store, known_at=before)) == ((), ())


def test_evaluation_is_published_once(store: Store) -> None:
    kept(store)
    publish(store, 1, date(2026, 1, 20), [("p", BONUS)], "王五", NOW)
    for supersede in (False, True):
        with pytest.raises(UsageError) as caught:
            publish(store, 1, date(2026, 1, 21), [("p", BONUS)], "王五", NOW, supersede=supersede)
        assert caught.value.text("zh") == "第 1 号测算已于 2026-01-20 公布"
        assert caught.value.text("en") == "evaluation 1 was published on 2026-01-20"
    assert len(read_entries(store)) == 1


def test_period_is_published_again_only_to_supersede(store: Store) -> None:
    kept(store)
    kept(store)
    publish(store, 2, date(2026, 1, 20), [("p", BONUS)], "王五", NOW)
    kept(store)
    with pytest.raises(UsageError) as caught:
        publish(store, 3, date(2026, 2, 1), [], "王五", NOW)
    assert caught.value.text("zh") == ("property-abcd 的 2025 已于 2026-01-20 公布（第 2 号测算），没有再公布第 3 号")
    assert caught.value.text("en") == (
        "property-abcd for 2025 was published on 2026-01-20 (evaluation 2); evaluation 3 was not"
    )
    assert caught.value.hint("zh") == "确实要用新的结果取代时，加 --supersede"
    with pytest.raises(UsageError) as caught:
        publish(store, 3, date(2026, 1, 19), [], "王五", NOW, supersede=True)
    assert caught.value.text("zh") == "第 3 号测算要取代的结果公布于 2026-01-20，不能在它之前的 2026-01-19 公布"
    assert caught.value.hint("en") == "publish it on 2026-01-20 or later"
    publish(store, 3, date(2026, 2, 1), [], "王五", NOW, supersede=True)
    assert [p.evaluation for p in read_publications(store)] == [2, 3]
    assert [e.superseded_by for e in list_evaluations(store)] == [None, 3, None]
    publish(store, 1, date(2026, 2, 2), [], "王五", NOW, supersede=True)
    assert [e.superseded_by for e in list_evaluations(store)] == [None, 3, 1]


def test_older_evaluation_is_not_published_by_mistake(store: Store) -> None:
    kept(store)
    kept(store)
    with pytest.raises(UsageError) as caught:
        publish(store, 1, date(2026, 1, 20), [], "王五", NOW)
    assert caught.value.text("zh") == "property-abcd 的 2025 另有较晚的第 2 号测算，没有公布第 1 号"
    assert caught.value.text("en") == (
        "property-abcd for 2025 has a later evaluation, 2; evaluation 1 was not published"
    )
    assert caught.value.hint("en") == "publish 2, or add --supersede to publish this one all the same"
    publish(store, 1, date(2026, 1, 20), [], "王五", NOW, supersede=True)
    assert [p.evaluation for p in read_publications(store)] == [1]


def test_event_entered_twice_is_one_event(store: Store) -> None:
    won = Event(1, "bid_won", "e1", date(2026, 6, 10), {"in_county": "true", "lot": "3"})
    asked = ("bid_won", "e1", date(2026, 6, 10), {"lot": "3", "in_county": "true"})
    assert add_event(store, *asked, LI, NOW) == (won, True)
    assert add_event(store, *asked, CHEN, NOW) == (won, False)
    own, new = add_event(store, "award_meeting", "", date(2026, 3, 1), {}, CHEN, NOW)
    assert (own.of, new) == ("", True)
    assert read_events(store) == (own, won)


def test_event_is_undone_as_any_batch_is(store: Store) -> None:
    asked = ("bid_won", "e1", date(2026, 6, 10), {"in_county": "true"})
    first, _ = add_event(store, *asked, LI, NOW)
    void_batch(store, 2, "误录", CHEN, NOW + timedelta(minutes=1))
    assert read_events(store) == ()
    assert read_events(store, "2026-01-05T08:00:59.000000Z") == (first,)
    assert add_event(store, *asked, LI, NOW)[1]


def test_event_of_somebody_not_on_file_is_refused(store: Store) -> None:
    with pytest.raises(UsageError) as caught:
        add_event(store, "bid_won", "e9", date(2026, 6, 10), {}, LI, NOW)
    assert caught.value.key == "facts.unknown-subject"
    assert read_events(store) == ()


def test_what_is_stored_leans_on_no_default_that_means_something() -> None:
    assert to_json(Finding("clean", "met")) == '{"criterion":"clean","outcome":"met","severity":"required"}'


TEXT = st.text(max_size=6)
NUMBER = st.one_of(st.integers(-(10**30), 10**30), st.fractions())
SHOWN = st.recursive(
    st.one_of(st.booleans(), st.none(), st.integers(), TEXT),
    lambda inner: st.dictionaries(TEXT, st.one_of(inner, st.lists(TEXT)), max_size=2),
    max_leaves=4,
)
DURATION = st.one_of(
    st.none(), st.builds(Duration, months=st.integers(0, 99)), st.builds(Duration, days=st.integers(0))
)
CONSEQUENCE = st.builds(
    Consequence,
    **dict.fromkeys(("id", "subject", "kind", "at", "blocks", "bars", "amount", "starts", "until", "source"), TEXT),
    **dict.fromkeys(("lasts", "within"), DURATION),
    to=st.lists(TEXT).map(tuple),
    points=st.dictionaries(TEXT, st.fractions()),
    ends_on=st.one_of(st.none(), st.tuples(TEXT, st.dictionaries(TEXT, TEXT))),
    discretion=st.booleans(),
)
SUBJECT = st.builds(
    SubjectResult,
    **dict.fromkeys(("subject", "type", "title", "status"), TEXT),
    **dict.fromkeys(("raw_grade", "grade", "gate"), st.one_of(st.none(), TEXT)),
    score=st.one_of(st.none(), NUMBER),
    score_range=st.one_of(st.none(), st.tuples(st.one_of(st.none(), NUMBER), st.one_of(st.none(), NUMBER))),
    possible_grades=st.lists(TEXT).map(tuple),
    findings=st.lists(st.builds(Finding, TEXT, TEXT, TEXT, TEXT), max_size=3).map(tuple),
    vetoes=st.lists(st.builds(VetoFinding, TEXT, st.one_of(st.none(), st.booleans()), TEXT, TEXT), max_size=3).map(
        tuple
    ),
    cohort=st.dictionaries(TEXT, st.dictionaries(TEXT, SHOWN, max_size=2), max_size=2),
    ranks=st.dictionaries(TEXT, st.dictionaries(TEXT, st.integers(), max_size=2), max_size=2),
    consequences=st.lists(CONSEQUENCE, max_size=2).map(tuple),
    missing=st.lists(st.builds(Missing, TEXT, TEXT, TEXT, st.booleans()), max_size=2).map(tuple),
    values=st.dictionaries(TEXT, st.dictionaries(TEXT, SHOWN, max_size=2), max_size=2),
)


def test_number_is_written_in_one_way_however_it_came_about() -> None:
    seven = (
        SubjectResult("e", "estate", "E", "final", score=number) for number in (7, Fraction(7, 2) + Fraction(7, 2))
    )
    assert {to_json(found) for found in seven} == {
        '{"subject":"e","type":"estate","title":"E","status":"final","score":7}'
    }


@settings(max_examples=60, deadline=None)
@given(SUBJECT)
def test_any_result_of_a_subject_survives_being_written(found: SubjectResult) -> None:
    assert from_json(SubjectResult, to_json(found)) == found


@settings(max_examples=20, deadline=None)
@given(st.lists(SUBJECT, max_size=3).map(tuple), st.lists(SUBJECT, max_size=2).map(tuple))
def test_any_result_keeps_its_digest(results: tuple[SubjectResult, ...], rolled: tuple[SubjectResult, ...]) -> None:
    with tempfile.TemporaryDirectory() as folder, create(Path(folder) / "k.db") as store:
        result = Result("six-star", "1", "2025", results, rolled)
        number = kept(store, result)
        assert read_result(store, number) == result
        assert read_evaluation(store, number).digest == result.digest() == read_result(store, number).digest()


def test_digest_is_that_of_the_canonical_json_of_what_was_found() -> None:
    found = (SubjectResult("e1", "estate", "一号", "final", 3), SubjectResult("e2", "estate", "二号", "incomplete"))
    for results, rolled_up in ((found, found[:1]), (found, ()), ((), ())):
        result = Result("small", "1", "2025", results, rolled_up)
        assert result.digest() == hashlib.sha256(canonical(result.essence()).encode()).hexdigest()


def test_storing_tells_how_many_are_done(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kaoping.store.evaluations.OFTEN", 2)
    results = tuple(SubjectResult(f"e{one}", "estate", "小区", "final", one, grade="A") for one in range(5))
    new = NewEvaluation(
        Result("property-abcd", "1", "2025", results), "scheme", "a.yaml", "catalogue", "2026-01-05", TODAY, "李芳"
    )
    heard: list[tuple[int, int]] = []
    store_evaluation(store, new, NOW, lambda done, total: heard.append((done, total)))
    assert heard == [(1, 5), (2, 5), (3, 5), (4, 5), (5, 5)]
