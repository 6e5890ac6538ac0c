"""What if: suppositions as people write them, the result beside the one there is, and whom else it moves."""

from datetime import date
from fractions import Fraction

import pytest
from cli_world import Office
from county_world import example_county
from insight_world import YARDS, evaluation_of, plan_of

from kaoping.errors import KaopingError
from kaoping.evaluation.run import Evaluation
from kaoping.insight.compare import consequences_moved, moved
from kaoping.insight.suppose import Adding, Reading, Setting, change_data, suppose

TWO = """\
one: {values: {score: {2025Q1: 81}, clean: {gate: true, bins: true}, plan: true, applied_on: 2025-01-05}}
two: {values: {score: {2025Q1: 83}, plan: true, applied_on: 2025-01-05}, records: {fire: [FIRE]}}
""".replace("FIRE", "{on: 2025-02-01, grave: true}")


def world():
    evaluation = evaluation_of(TWO)
    return evaluation, Reading(evaluation.plan, evaluation.frame, "one")


def test_a_setting_names_fact_window_item_and_subject_by_id_or_title():
    _, reading = world()
    assert reading.settings("score@2025Q3=88") == [Setting("one", "score", "2025Q3", "", 88)]
    assert reading.settings("得分@2025Q3=88.5") == [Setting("one", "score", "2025Q3", "", Fraction(177, 2))]
    assert reading.settings("clean@Lawn=是") == [Setting("one", "clean", "2025", "lawn", True)]
    assert reading.settings("two:plan=false") == [Setting("two", "plan", "2025", "", False)]
    assert reading.settings("applied_on=2025-02-01") == [Setting("one", "applied_on", "2025", "", date(2025, 2, 1))]
    assert reading.settings("plan=") == reading.settings("plan=?") == [Setting("one", "plan", "2025", "", None)]


def test_a_star_is_every_window_or_item():
    _, reading = world()
    assert [one.at for one in reading.settings("score@*=90")] == ["2025Q1", "2025Q2", "2025Q3", "2025Q4"]
    assert [one.item for one in reading.settings("clean@*=true")] == ["gate", "bins", "lawn"]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("score", "insight.set-form"),
        ("scor@2025Q1=3", "insight.unknown-fact"),
        ("score=3", "insight.which-place"),
        ("score@2025Q9=3", "insight.unknown-place"),
        ("plan@2025Q1=true", "insight.too-many-places"),
        ("fire=1", "insight.record-not-fact"),
        ("three:plan=true", "insight.unknown-whose"),
        ("score@2025Q1=101", "facts.out-of-range"),
        ("plan=maybe", "facts.not-a-boolean"),
    ],
)
def test_what_cannot_be_supposed_is_told_with_what_can(text, key):
    _, reading = world()
    with pytest.raises(KaopingError) as told:
        reading.settings(text)
    assert told.value.key == key
    assert "{" not in told.value.text("zh") + (told.value.hint("zh") or "")


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("fire", "insight.add-form"),
        ("fir:on=2025-01-01", "insight.unknown-record"),
        ("fire:of=1", "insight.unknown-field"),
    ],
)
def test_a_record_that_cannot_be_added_is_told(text, key):
    _, reading = world()
    with pytest.raises(KaopingError) as told:
        reading.adding(text)
    assert told.value.key == key


def test_a_record_is_added_with_a_number_nobody_has_and_removed_by_number():
    evaluation, reading = world()
    added = reading.adding("fire:on=2025-03-01,grave=true")
    assert added == Adding("one", "fire", "+1", {"on": date(2025, 3, 1), "grave": True})
    frame = suppose(evaluation.frame, [added])
    assert [one.no for one in frame.records["one", "fire"]] == ["+1"]
    assert evaluation.frame.records.get(("one", "fire"), ()) == ()
    removed = Reading(evaluation.plan, frame, "one").removing("two:fire:1")
    assert suppose(frame, [removed]).records["two", "fire"] == ()
    with pytest.raises(KaopingError, match="no number"):
        reading.removing("two:fire:7")


def test_a_value_that_holds_until_changed_holds_for_the_whole_period_or_from_a_day():
    text = YARDS.replace(
        "  plan:", "  size: {type: integer, min: 1, holds: until_changed, title: {zh: 户数, en: Size}}\n  plan:"
    )
    plan = plan_of(text.replace("planned: {require: plan", "planned: {require: size > 3"))
    evaluation = evaluation_of("one: {values: {size: 2}}", plan)
    reading = Reading(plan, evaluation.frame, "one")
    assert reading.settings("size=5") == [Setting("one", "size", "2025-01-01", "", 5, holds=True)]
    frame = suppose(evaluation.frame, reading.settings("size=5"))
    assert frame.values["one", "size"] == {("1900-01-01", ""): 2, ("2025-01-01", ""): 5}
    later = suppose(frame, reading.settings("size@2025-07-01=6"))
    assert later.values["one", "size"]["2025-07-01", ""] == 6
    assert change_data(frame, reading.settings("size=7")[0])["before"] == "5"


def test_old_and_new_stand_side_by_side_with_what_is_gained_and_lost_and_who_is_pushed_out():
    evaluation, reading = world()
    after = Evaluation(evaluation.plan, suppose(evaluation.frame, reading.settings("score@2025Q1=90"))).result()
    was, now = evaluation.result().results, after.results
    found = moved(was[0], now[0])
    assert found["grade"] == {"before": "fair", "after": "good"}
    assert found["score"] == {"before": "81", "after": "90"}
    assert found["places"] == [{"id": "best", "at": "", "before": False, "after": True}]
    assert found["ranks"] == [{"id": "best", "at": "", "before": 2, "after": 1}]
    assert [one["id"] for one in found["gained"]] == ["plaque", "prize"]
    assert "lost" not in found
    assert consequences_moved(was[1], now[1]) == ([], ["prize"])
    assert moved(was[1], now[1])["places"][0]["after"] is False
    assert moved(was[0], was[0]) == {}


def test_a_veto_that_a_removed_record_lifts_is_among_what_moves():
    evaluation, _ = world()
    reading = Reading(evaluation.plan, evaluation.frame, "two")
    frame = suppose(evaluation.frame, [reading.removing("fire:1")])
    before, after = evaluation.result().results[1], Evaluation(evaluation.plan, frame).result().results[1]
    assert moved(before, after)["vetoes"] == [{"id": "fires", "at": "", "before": True, "after": False}]


@pytest.fixture(scope="module")
def county(tmp_path_factory):
    """The example county, imported."""
    made = Office(tmp_path_factory.mktemp("county"), "en")
    example_county(tmp_path_factory, made.folder)
    return made


def test_the_command_finds_the_scheme_that_reads_the_facts_and_stores_nothing(county):
    before = (county.folder / "kaoping.db").read_bytes()
    found = county.json("whatif", "e031", "-p", "2025", "--set", "group_score@2025Q1=80")
    (one,) = found["schemes"]
    assert (one["scheme"], one["before"]["grade"], one["after"]["grade"]) == ("property-abcd", "A", "B")
    assert one["changes"][0]["before"] == "85"
    assert {c["id"] for c in one["moved"]["lost"]} == {"nominate", "bid_bonus"}
    assert (county.folder / "kaoping.db").read_bytes() == before
    page = county.run("whatif", "e031", "-p", "2025", "--set", "group_score@2025Q1=80").out
    assert "supposing Score by the assessment group 2025Q1: 85 → 80" in page
    assert "suppositions only: nothing was stored" in page


def test_who_is_pushed_out_of_a_quota_is_named(county):
    found = county.json("whatif", "e031", "-p", "2025", "--set", "group_score@*=96", "-s", "property-abcd")
    others = {one["subject"]: one["moved"] for one in found["schemes"][0]["others"]}
    pushed = {name for name, one in others.items() if any(p["id"] == "award" for p in one.get("places", []))}
    assert "e092" in pushed
    assert [c["id"] for c in others["e092"]["lost"]] == ["certificate", "priority_recommendation", "bronze_medal"]


def test_the_command_says_what_it_does_not_understand(county):
    ran = county.run("whatif", "e031", "-p", "2025")
    assert (ran.code, "it is not said what to suppose" in ran.err) == (2, True)
    ran = county.run("whatif", "e031", "-p", "2025", "--set", "grup_score@2025Q1=3")
    assert (ran.code, "did you mean" in ran.err) == (2, True)


def test_the_thinnest_threads_of_the_county_are_found_and_each_flip_is_real(county):
    found = county.json("fragile", "property-abcd", "-p", "2025")
    thinnest = found["fragile"][0]
    assert (found["subjects"], thinnest["subject"], thinnest["share"]) == (92, "e045", "0.04")
    supposed = f"{thinnest['fact']}@{thinnest['at']}={thinnest['becomes']}"
    (tried,) = county.json("whatif", "e045", "-p", "2025", "--set", supposed)["schemes"]
    assert tried["after"]["grade"] == thinnest["to"][0] == "C"
    assert "Kylin" not in county.run("fragile", "property-abcd", "-p", "2025", "--within", "0.01").out
