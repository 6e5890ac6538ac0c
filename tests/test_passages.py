"""Passages within passages: what stands around is still in sight."""

from dataclasses import replace
from datetime import date

from small_schemes import HEAD, TITLE, frame_of, plan_of

from kaoping.evaluation.run import evaluate
from kaoping.facts.frame import Edge, Record, Subject

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
