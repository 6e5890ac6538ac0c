"""Passages within passages: what stands around is still in sight, and every member has a name."""

from dataclasses import replace
from datetime import date

import pytest
from small_schemes import HEAD, TITLE, frame_of, plan_of

from kaoping.errors import Problems
from kaoping.evaluation.run import evaluate
from kaoping.facts.frame import Edge, Record, Subject
from kaoping.scheme.catalogue import base_catalogue
from kaoping.scheme.prose import prose

FIRES = f"""\
{HEAD}
records:
  fire: {{fields: {{on: date, homes: {{type: integer, min: 0}}}}, placed_by: on, complete: assumed, {TITLE}}}
  drill: {{fields: {{held_on: date}}, placed_by: held_on, complete: assumed, {TITLE}}}
measures:
"""


def measured(value, records, **more):
    plan = plan_of(f"{FIRES}  it: {{value: '{value}', {TITLE}}}\n")
    found = {
        ("e", kind): tuple(Record(str(n), fields) for n, fields in enumerate(rows)) for kind, rows in records.items()
    }
    return evaluate(plan, replace(frame_of({}), records=found, **more)).results[0].values["it"][""]


def test_a_record_is_compared_with_the_one_around_it():
    fires = [{"on": date(2025, 3, 1), "homes": 2}, {"on": date(2025, 8, 1), "homes": 3}]
    drills = [{"held_on": date(2025, 3, 20)}]
    followed = "count(fire, any(drill, on < held_on and held_on <= plus(on, days=30)))"
    assert measured(followed, {"fire": fires, "drill": drills}) == "1"


def test_a_record_is_in_sight_from_a_related_subject():
    fires = [{"on": date(2025, 3, 1), "homes": 2}, {"on": date(2025, 8, 1), "homes": 3}]
    subjects = {"e": Subject("e", "estate", "e"), "c": Subject("c", "community", "c")}
    value = "sum(fire, sum(estate_community, fire.homes))"
    edges = {("estate_community", "e"): (Edge("c"),)}
    assert measured(value, {"fire": fires}, subjects=subjects, edges=edges) == "5"


LISTED = f"""\
{HEAD}
lists:
  corners: {{gate: {{zh: 大门, en: Gate}}, bins: {{zh: 垃圾点, en: Bins}}, lawn: {{zh: 草坪, en: Lawn}}}}
facts:
  score: {{type: number, min: 0, max: 100, for_each: quarters, {TITLE}}}
records:
  check: {{fields: {{on: date, of: {{type: {{items_of: corners}}}}}}, placed_by: on, complete: assumed, {TITLE}}}
criteria:
  planned: {{require: any(check), {TITLE}}}
measures:
  it: {{value: "VALUE", {TITLE}}}
"""


def listed(value, checks=(), **more):
    plan = plan_of(LISTED.replace("VALUE", value))
    rows = tuple(Record(str(n), {"on": date(2025, 3, n), "of": corner}) for n, corner in enumerate(checks, 1))
    base = frame_of({})
    scores = {("e", "score"): {(f"2025Q{n}", ""): 10 * n for n in (1, 2, 3, 4)}}
    found = evaluate(plan, replace(base, values=scores, records={("e", "check"): rows}, **more))
    return next(one for one in found.results if one.subject == "e").values["it"][""]


def test_every_member_of_a_set_has_its_event():
    covered = "all(corners, any(check, of == corners.id))"
    assert listed(covered, ["gate", "bins", "lawn", "gate"]) is True
    assert listed(covered, ["gate", "bins"]) is False


def test_members_are_told_apart_by_their_names():
    assert listed("count(check, check.id != '2')", ["gate", "bins", "lawn"]) == "2"
    assert listed("sum(quarters, score, where=quarters.id in ('2025Q2', '2025Q4'))") == "60"
    assert listed("any(criteria, criteria.id == 'planned' and not met)") is True
    subjects = {"e": Subject("e", "estate", "e"), "f": Subject("f", "estate", "f"), "c": Subject("c", "community", "c")}
    edges = {("estate_community", name): (Edge("c"),) for name in ("e", "f")} | {(BACK, "c"): (Edge("e"), Edge("f"))}
    value = f"sum(estate_community, count({BACK}, {BACK}.id != 'e' and estate.id != 'x'))"
    assert listed(value, subjects=subjects, edges=edges) == "1"


BACK = next(r.inverse for r in base_catalogue().relations.values() if r.id == "estate_community")


@pytest.mark.parametrize(
    ("value", "key"),
    [
        ("any(corners, corners.id == 'gaet')", "scheme.unknown-choice"),
        ("any(corners, check.id == '1')", "scheme.unknown-name"),
        ("any(corners, corners.id > 'gate')", "scheme.no-order"),
    ],
)
def test_a_name_that_no_member_has_is_refused(value, key):
    with pytest.raises(Problems) as caught:
        plan_of(LISTED.replace("VALUE", value))
    assert [error.key for error in caught.value.errors] == [key]


def test_names_of_members_are_said_in_words():
    plan = plan_of(LISTED.replace("VALUE", "any(corners, corners.id == 'gate')"))
    zh, en = (prose(plan.scheme, plan.catalogue, language) for language in ("zh", "en"))
    assert "该项是“大门”" in zh
    assert "the item is “Gate”" in en
