"""Published tables from elsewhere: DMN's compliance tables, and the British food-hygiene rating in all its cases."""

import csv
from fractions import Fraction
from pathlib import Path

import pytest
import yaml
from small_schemes import HEAD, TITLE, frame_of, plan_of

from kaoping.evaluation.opinions import second_opinions
from kaoping.evaluation.run import Evaluation, shown
from kaoping.facts.values import number_text

HERE = Path(__file__).parent / "foreign"
TABLES = yaml.safe_load((HERE / "dmn_tables.yaml").read_text(encoding="utf-8"))["tables"]
FACTS = f"""\
facts:
  age: {{type: integer, min: 0, max: 150, {TITLE}}}
  years: {{type: integer, min: 0, max: 60, {TITLE}}}
  risk: {{type: [High, Medium, Low], {TITLE}}}
  affordable: {{type: boolean, {TITLE}}}
"""


def plan_for(table):
    lines = [f"  it:\n    {TITLE}\n    hit: {table['hit']}\n"]
    if "gives" in table:
        lines.append(f"    gives: [{', '.join(table['gives'])}]\n")
    if "default" in table:
        lines.append(f"    default: {{{', '.join(f'{name}: {value}' for name, value in table['default'].items())}}}\n")
    rows = "".join(f"      {row}\n" for row in table["rows"].splitlines())
    return plan_of(f"{HEAD}{FACTS}measures:\n{''.join(lines)}    table: |\n{rows}")


def as_shown(value):
    if isinstance(value, list):
        return [as_shown(one) for one in value]
    return number_text(Fraction(str(value))) if isinstance(value, int | float) else value


def test_every_table_and_result_of_the_kit_is_here():
    assert (len(TABLES), sum(len(table["cases"]) for table in TABLES)) == (17, 51)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table["table"])
def test_a_table_gives_what_the_kit_expects(table):
    plan = plan_for(table)
    for case in table["cases"]:
        evaluation = Evaluation(plan, frame_of(case["given"]))
        context = evaluation.context(plan.main, "e")
        for result, expected in case["gives"].items():
            name = "it" if list(case["gives"]) == ["result"] else f"it.{result}"
            found = shown(evaluation.machine.measure("estate", name, "e", context))
            assert (case["given"], result, found) == (case["given"], result, as_shown(expected))


FOOD = f"""\
facts:
  hygiene:    {{type: integer, one_of: [0, 5, 10, 15, 20, 25], better: lower, {TITLE}}}
  structural: {{type: integer, one_of: [0, 5, 10, 15, 20, 25], better: lower, {TITLE}}}
  confidence: {{type: integer, one_of: [0, 5, 10, 20, 30], better: lower, {TITLE}}}
measures:
  total:   {{value: hygiene + structural + confidence, {TITLE}}}
  worst: {{value: "max(hygiene, structural, confidence)", {TITLE}}}
  rating:
    {TITLE}
    hit: first
    table: |
      total | worst || rating
      <= 15 | <= 5  || 5
      <= 20 | <= 10 || 4
      <= 30 | <= 10 || 3
      <= 40 | <= 15 || 2
      <= 50 | <= 20 || 1
      -     | -     || 0
grade:
  bands:
    very_good: rating == 5
    good: rating == 4
    fair: rating == 3
    poor: rating == 2
    bad: rating == 1
    urgent: otherwise
  titles:
    very_good: {{zh: 很好, en: Very good}}
    good:      {{zh: 好, en: Good}}
    fair:      {{zh: 尚可, en: Generally satisfactory}}
    poor:      {{zh: 需改进, en: Improvement necessary}}
    bad:       {{zh: 需大力改进, en: Major improvement necessary}}
    urgent:    {{zh: 须立即改进, en: Urgent improvement necessary}}
"""
SCORES = ("hygiene", "structural", "confidence")
GRADES = {"5": "very_good", "4": "good", "3": "fair", "2": "poor", "1": "bad", "0": "urgent"}


def published():
    with (HERE / "food_hygiene.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_combination_of_food_hygiene_scores_gets_its_published_rating_from_every_engine():
    from kaoping_durable import kaoping_engines

    engines = [engine for engine in kaoping_engines() if engine.unavailable() is None]
    plan = plan_of(HEAD + FOOD)
    rows = published()
    assert len(rows) == 180
    capped = 0
    for row in rows:
        facts = {name: int(row[name]) for name in SCORES}
        evaluation = Evaluation(plan, frame_of(facts))
        result = evaluation.result()
        assert (facts, result.results[0].grade) == (facts, GRADES[row["rating"]])
        total = sum(facts.values())
        by_total = next(r for limit, r in ((15, 5), (20, 4), (30, 3), (40, 2), (50, 1), (99, 0)) if total <= limit)
        capped += by_total != int(row["rating"])
        if len(rows) % 12 == 0 and facts["hygiene"] == facts["structural"]:
            assert second_opinions(evaluation, result, engines).opinions == 1 + len(engines)
    assert capped == 112


def test_one_blank_score_leaves_only_the_ratings_it_could_give():
    plan = plan_of(HEAD + FOOD)
    for row in published():
        facts = {name: int(row[name]) for name in ("hygiene", "structural")}
        found = Evaluation(plan, frame_of(facts)).result().results[0].possible_grades
        could = {
            GRADES[other["rating"]]
            for other in published()
            if all(int(other[name]) == value for name, value in facts.items())
        }
        assert could <= set(found)
