"""Making facts known: compared with what is known, all or nothing, undone by appending, every version kept."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from store_world import CHEN, LI, NOW, enter, estate, frame, score

from kaoping.errors import Place, Problems, UsageError
from kaoping.facts.frame import NEVER, Edge
from kaoping.facts.rows import NewClosing, NewEdge, NewRecord, NewRegister, NewSubject, NewValue
from kaoping.store.batches import list_batches, void_batch
from kaoping.store.connection import Store, create
from kaoping.store.known import history, read_closings, read_registers, read_subjects, show_subject

P = NewSubject("p", "company", "平安物业")
Q = NewSubject("q", "company", "清源物业")
FIRE = NewRecord("e1", "incident", "1", {"occurred_on": date(2025, 2, 1), "blame": "undetermined"})


@pytest.fixture
def store(tmp_path: Path):
    with create(tmp_path / "k.db") as store:
        yield store


def values(store: Store, fact: str = "group_score") -> dict[str, object]:
    return {at: value for (at, _), value in frame(store).values.get(("e1", fact), {}).items()}


def test_import_is_one_batch_with_its_who_when_and_whence(store: Store) -> None:
    appended = enter(store, estate(), P, score(88), FIRE, NewRegister("e1", "incident", date(2025, 12, 31), "王五"))
    assert (appended.batch, appended.written, appended.unchanged) == (1, 5, 0)
    (batch,) = list_batches(store)
    assert (batch.id, batch.known_at, batch.act, batch.reason) == (1, "2026-01-05T08:00:00.000000Z", LI, "")
    assert batch.written == {"registration": 2, "value": 1, "record": 1, "register": 1} == appended.tables
    assert (batch.voids, batch.voided_by) == (None, None)


def test_importing_the_same_again_writes_nothing(store: Store) -> None:
    rows = (
        *(estate(), P, score(88), FIRE, NewEdge("company", "e1", "p", date(2024, 1, 1))),
        *(NewRegister("e1", "incident", date(2025, 12, 31), "王五"), NewClosing("property-abcd", "2025", "王五")),
    )
    assert enter(store, *rows).written == 7
    again = enter(store, *rows)
    assert (again.batch, again.written, again.unchanged, again.conflicts) == (None, 0, 7, ())
    assert len(list_batches(store)) == 1
    mixed = enter(store, *rows, score(91, at="2025Q2"))
    assert (mixed.batch, mixed.written, mixed.unchanged) == (2, 1, 7)


def test_equal_numbers_are_unchanged_however_they_are_written(store: Store) -> None:
    enter(store, estate(), score("85.50"))
    assert enter(store, score("171/2")).unchanged == 1


def test_different_content_is_a_conflict_and_nothing_is_written(store: Store) -> None:
    enter(store, estate(), score(88), FIRE)
    place = Place("facts.csv", 3, 5)
    other = NewRecord("e1", "incident", "1", {"occurred_on": date(2025, 2, 1), "blame": "primary"})
    appended = enter(store, score(90, place=place), score(70, at="2025Q2"), other, act=CHEN)
    assert appended.batch is None
    assert len(list_batches(store)) == 1
    assert values(store) == {"2025Q1": 88}
    problems = [conflict.problem() for conflict in appended.conflicts]
    assert [problem.text("zh") for problem in problems] == [
        "facts.csv:3:5: e1 group_score 2025Q1 已知为“88”（第 1 批，李芳），这里是“90”",
        "e1 incident 1 已知为“blame=undetermined”（第 1 批，李芳），这里是“blame=primary”",
    ]
    assert [problem.text("en") for problem in problems] == [
        "facts.csv:3:5: e1 group_score 2025Q1 is known to be '88' (batch 1, 李芳), here it is '90'",
        "e1 incident 1 is known to be 'blame=undetermined' (batch 1, 李芳), here it is 'blame=primary'",
    ]
    assert problems[0].hint("zh") == "先核对；确认要更正时加 --correct 原因"
    assert problems[0].hint("en") == "check it; to correct what is known, add --correct REASON"


def test_correction_with_a_reason_is_appended_and_speaks_from_then_on(store: Store) -> None:
    enter(store, estate(), score(88), score(70, at="2025Q2"))
    appended = enter(store, score(90), score(70, at="2025Q2"), act=CHEN, minute=1, correct="复核录入错误")
    assert (appended.batch, appended.written, appended.unchanged, len(appended.corrected)) == (2, 1, 1, 1)
    assert values(store) == {"2025Q1": 90, "2025Q2": 70}
    assert list_batches(store)[1].reason == "复核录入错误"
    before, after, other = history(store, "e1", "group_score")
    assert (before.at, before.value, before.state, before.said.actor) == ("2025Q1", "88", "corrected", "李芳")
    assert before.ended_by == after.said
    assert (after.value, after.state, after.said.actor, after.said.reason) == ("90", "current", "陈勇", "复核录入错误")
    assert (other.at, other.value, other.state, other.ended_by) == ("2025Q2", "70", "current", None)


def test_two_contents_in_one_import_are_a_conflict_even_when_correcting(store: Store) -> None:
    enter(store, estate())
    appended = enter(store, score(88), score(88), score(90), correct="更正")
    assert (appended.batch, appended.unchanged) == (None, 1)
    (problem,) = [conflict.problem() for conflict in appended.conflicts]
    assert problem.text("zh") == "e1 group_score 2025Q1 写了两次，一处是“88”，一处是“90”"
    assert problem.text("en") == "e1 group_score 2025Q1 stands here twice, once as '88' and once as '90'"
    assert problem.hint("zh") == "留下正确的一处"


def test_dry_run_counts_and_writes_nothing(store: Store) -> None:
    enter(store, estate(), score(88))
    tried = enter(store, estate("e2"), score(77, "e2"), score(88), dry_run=True)
    assert (tried.batch, tried.written, tried.unchanged) == (None, 2, 1)
    assert list(read_subjects(store)) == ["e1"]
    assert store.connection.execute("SELECT id FROM subject").fetchall() == [("e1",)]


def test_rows_about_somebody_not_on_file_are_refused_together(store: Store) -> None:
    enter(store, estate())
    rows = (score(1, "e9", place=Place("facts.csv", 2)), score(1), NewEdge("company", "e1", "p"))
    with pytest.raises(Problems) as caught:
        enter(store, *rows)
    assert caught.value.text("en") == "facts.csv:2: no subject has the id 'e9'\nno subject has the id 'p'"
    assert values(store) == {}


def test_evidence_given_later_is_added_without_a_correction(store: Store) -> None:
    enter(store, estate(), score(88, source="小组评分表"))
    assert enter(store, score(88, evidence="扫描件.pdf"), act=CHEN).written == 1
    assert enter(store, score(88)).unchanged == 1
    known = show_subject(store, "e1")
    assert known is not None
    (value,) = known.values
    assert (value.value, value.said.source, value.said.evidence) == ("88", "小组评分表", "扫描件.pdf")


def test_end_that_was_open_is_filled_in_but_not_moved(store: Store) -> None:
    edge = NewEdge("company", "e1", "p", date(2024, 1, 1))
    ended = NewEdge("company", "e1", "p", date(2024, 1, 1), date(2025, 7, 1))
    moved = NewEdge("company", "e1", "p", date(2024, 1, 1), date(2025, 8, 1))
    enter(store, estate(), P, edge)
    assert enter(store, ended, estate(until=date(2025, 9, 1))).written == 2
    assert enter(store, edge, estate()).unchanged == 2
    assert read_subjects(store)["e1"].until == date(2025, 9, 1)
    (conflict,) = enter(store, moved).conflicts
    assert (conflict.known, conflict.given) == ("2024-01-01/2025-07-01", "2024-01-01/2025-08-01")


def test_relation_with_another_beginning_replaces_the_one_it_overlaps_when_correcting(store: Store) -> None:
    enter(store, estate(), P, Q, NewEdge("company", "e1", "p"), NewEdge("company", "e1", "q", date(2023, 1, 1)))
    meant = NewEdge("company", "e1", "p", date(2024, 3, 1))
    (conflict,) = enter(store, meant).conflicts
    assert (conflict.known, conflict.given) == ("/", "2024-03-01/")
    assert enter(store, meant, correct="起始日写错").written == 1
    edges = frame(store).edges
    assert edges["company", "e1"] == (Edge("p", date(2024, 3, 1)), Edge("q", date(2023, 1, 1)))
    assert edges["estates", "p"] == (Edge("e1", date(2024, 3, 1)),)
    assert enter(store, meant).unchanged == 1
    void_batch(store, 2, "撤回更正", CHEN, NOW)
    assert frame(store).edges["estates", "p"] == (Edge("e1"),)


def test_relation_may_come_back_after_it_ended(store: Store) -> None:
    first = NewEdge("company", "e1", "p", date(2020, 1, 1), date(2022, 1, 1))
    enter(store, estate(), P, first)
    assert enter(store, NewEdge("company", "e1", "p", date(2022, 1, 1))).written == 1
    twice = enter(store, NewEdge("company", "e1", "p", date(2030, 1, 1)), correct="更正")
    assert twice.corrected[0].known == "2022-01-01/"


def test_voiding_a_batch_takes_back_what_it_said_and_what_it_corrected_speaks_again(store: Store) -> None:
    enter(store, estate(), score(88))
    enter(store, score(90), score(60, at="2025Q2"), minute=1, correct="复核")
    assert void_batch(store, 2, "导错文件", CHEN, NOW + timedelta(minutes=2)) == 3
    assert values(store) == {"2025Q1": 88}
    undone = list_batches(store)
    assert [(batch.id, batch.voids, batch.voided_by, batch.reason) for batch in undone] == [
        (1, None, None, ""),
        (2, None, 3, "复核"),
        (3, 2, None, "导错文件"),
    ]
    told = [(each.at, each.value, each.state) for each in history(store, "e1", "group_score")]
    assert told == [("2025Q1", "88", "current"), ("2025Q1", "90", "voided"), ("2025Q2", "60", "voided")]
    ended = history(store, "e1", "group_score")[1].ended_by
    assert ended is not None
    assert (ended.batch, ended.actor, ended.reason) == (3, "陈勇", "导错文件")
    assert enter(store, score(60, at="2025Q2"), minute=3).written == 1


def test_only_a_batch_that_stands_can_be_voided(store: Store) -> None:
    enter(store, estate())
    with pytest.raises(UsageError) as none:
        void_batch(store, 7, "错", CHEN, NOW)
    assert (none.value.text("zh"), none.value.text("en")) == ("没有第 7 批", "there is no batch 7")
    void_batch(store, 1, "错", CHEN, NOW)
    with pytest.raises(UsageError) as again:
        void_batch(store, 1, "错", CHEN, NOW)
    assert again.value.text("zh") == "第 1 批已由第 2 批撤销"
    assert again.value.text("en") == "batch 1 is undone already, by batch 2"
    with pytest.raises(UsageError) as back:
        void_batch(store, 2, "错", CHEN, NOW)
    assert back.value.text("zh") == "第 2 批本身是对第 1 批的撤销，不能再撤销"
    assert back.value.text("en") == "batch 2 is itself the undoing of batch 1 and cannot be undone"


def test_subject_taken_off_file_takes_its_facts_along_until_it_is_back(store: Store) -> None:
    enter(store, estate())
    enter(store, score(88), minute=1)
    void_batch(store, 1, "登记错", CHEN, NOW)
    assert (read_subjects(store), values(store), show_subject(store, "e1")) == ({}, {}, None)
    with pytest.raises(Problems):
        enter(store, score(70, at="2025Q2"))
    enter(store, estate(), minute=2)
    assert values(store) == {"2025Q1": 88}


def test_moments_go_forward_even_when_the_clock_goes_back(store: Store) -> None:
    enter(store, estate())
    enter(store, score(88))
    enter(store, score(89, at="2025Q2"), minute=-60)
    assert [batch.known_at for batch in list_batches(store)] == [
        "2026-01-05T08:00:00.000000Z",
        "2026-01-05T08:00:00.000001Z",
        "2026-01-05T08:00:00.000002Z",
    ]


def test_show_tells_all_that_is_known_of_a_subject_and_by_whom(store: Store) -> None:
    enter(store, estate(since=date(2020, 1, 1)), P, NewEdge("company", "e1", "p", source="合同"), score(88), FIRE)
    rows = (
        NewValue("e1", "reported_on", "2025", "", NEVER),
        NewValue("e1", "aspect_score", "2025", "creation_concept", Fraction("9.2"), evidence="照片.jpg"),
        NewRegister("e1", "incident", date(2025, 6, 30), "王五"),
    )
    enter(store, *rows, act=CHEN, minute=1)
    known = show_subject(store, "e1")
    assert known is not None
    assert (known.subject.title, known.subject.since, known.said.actor) == ("e1小区", date(2020, 1, 1), "李芳")
    assert [(v.fact, v.at, v.item, v.value, v.said.actor, v.said.evidence) for v in known.values] == [
        ("aspect_score", "2025", "creation_concept", "9.2", "陈勇", "照片.jpg"),
        ("group_score", "2025Q1", "", "88", "李芳", ""),
        ("reported_on", "2025", "", "never", "陈勇", ""),
    ]
    (record,) = known.records
    assert (record.record, record.no) == ("incident", "1")
    assert record.fields == {"occurred_on": "2025-02-01", "blame": "undetermined"}
    assert [(r.record, r.complete_through, r.stated_by) for r in known.registers] == [
        ("incident", date(2025, 6, 30), "王五")
    ]
    assert [(e.relation, e.subject, e.edge, e.said.source) for e in known.edges] == [
        ("company", "e1", Edge("p"), "合同")
    ]
    assert known.reached_by == ()
    company = show_subject(store, "p")
    assert company is not None
    assert company.reached_by == known.edges
    assert show_subject(store, "e9") is None
    then = show_subject(store, "e1", "2026-01-05T08:00:30.000000Z")
    assert then is not None
    assert [value.fact for value in then.values] == ["group_score"]


def test_history_of_records_keeps_every_version(store: Store) -> None:
    enter(store, estate(), FIRE)
    decided = NewRecord("e1", "incident", "1", {"occurred_on": date(2025, 2, 1), "blame": "primary"})
    enter(store, decided, act=CHEN, minute=1, correct="责任已认定")
    assert [(each.at, each.value, each.state) for each in history(store, "e1", "incident")] == [
        ("1", '{"blame":"undetermined","occurred_on":"2025-02-01"}', "corrected"),
        ("1", '{"blame":"primary","occurred_on":"2025-02-01"}', "current"),
    ]
    assert history(store, "e1", "group_score") == ()
    assert history(store, "e9", "incident") == ()


def test_registers_and_closings_are_told(store: Store) -> None:
    rows = (
        NewRegister("e1", "incident", date(2025, 3, 31), "王五"),
        NewRegister("e1", "incident", date(2025, 6, 30), "赵六"),
    )
    enter(store, estate(), *rows, NewClosing("property-abcd", "2025", "王五"))
    assert enter(store, NewClosing("property-abcd", "2025", "赵六"), act=CHEN).unchanged == 1
    assert read_registers(store) == {("e1", "incident"): date(2025, 6, 30)}
    (closing,) = read_closings(store)
    assert (closing.scheme, closing.period, closing.closed_by, closing.said.actor) == (
        *("property-abcd", "2025"),
        *("王五", "李芳"),
    )
