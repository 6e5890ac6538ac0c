"""Published tables from elsewhere: DMN's compliance tables, and the British food-hygiene rating in all its cases."""

import csv
import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
import yaml
from small_schemes import HEAD, TITLE, frame_of, plan_of

from kaoping.evaluation.opinions import second_opinions
from kaoping.evaluation.run import Evaluation, shown
from kaoping.facts.frame import Subject
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


def engines():
    from kaoping_durable import kaoping_engines
    from kaoping_sql.engine import SqlEngine

    return [engine for engine in (*kaoping_engines(), SqlEngine()) if engine.unavailable() is None]


def frame_of_all(given):
    """A frame in which each of the given sets of facts is that of a subject of its own."""
    names = [f"e{number}" for number in range(len(given))]
    values = {
        (name, fact): at
        for name, facts in zip(names, given, strict=True)
        for (_, fact), at in frame_of(facts).values.items()
    }
    return replace(frame_of({}), subjects={one: Subject(one, "estate", one) for one in names}, values=values)


def on_every_engine(plan, given):
    """What the reference finds of each set of facts, and every engine found as well."""
    evaluation = Evaluation(plan, frame_of_all(given))
    result = evaluation.result()
    asked = engines()
    told = second_opinions(evaluation, result, asked)
    assert (told.opinions, told.notes) == (1 + len(asked), ())
    return sorted(result.results, key=lambda one: int(one.subject[1:]))


def plan_for(table, criteria=""):
    lines = [f"  it:\n    {TITLE}\n    hit: {table['hit']}\n"]
    if "gives" in table:
        lines.append(f"    gives: [{', '.join(table['gives'])}]\n")
    if "default" in table:
        lines.append(f"    default: {{{', '.join(f'{name}: {value}' for name, value in table['default'].items())}}}\n")
    rows = "".join(f"      {row}\n" for row in table["rows"].splitlines())
    return plan_of(f"{HEAD}{FACTS}measures:\n{''.join(lines)}    table: |\n{rows}{criteria}")


def lists(table):
    return any(isinstance(value, list) for case in table["cases"] for value in case["gives"].values())


def constant(text):
    return text if text[0].isdigit() else f"'{text}'"


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


@pytest.mark.parametrize("table", [one for one in TABLES if not lists(one)], ids=lambda table: table["table"])
def test_what_a_table_gives_is_read_alike_by_every_engine(table):
    asked = sorted({(name, str(value)) for case in table["cases"] for name, value in case["gives"].items()})
    reads = {pair: "it" if len(table["cases"][0]["gives"]) == 1 else f"it.{pair[0]}" for pair in asked}
    lines = [
        f"  c{number}: {{require: {json.dumps(f'{reads[pair]} == {constant(pair[1])}')}, {TITLE}}}\n"
        for number, pair in enumerate(asked)
    ]
    plan = plan_for(table, f"criteria:\n{''.join(lines)}")
    for case, found in zip(
        table["cases"], on_every_engine(plan, [case["given"] for case in table["cases"]]), strict=True
    ):
        gives = {(name, str(value)) for name, value in case["gives"].items()}
        outcomes = {finding.criterion: finding.outcome for finding in found.findings}
        met = {pair for number, pair in enumerate(asked) if outcomes[f"c{number}"] == "met"}
        assert (case["given"], met) == (case["given"], gives)


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
    rows = published()
    given = [{name: int(row[name]) for name in SCORES} for row in rows]
    assert len({tuple(one.values()) for one in given}) == 180
    capped = 0
    for row, facts, found in zip(rows, given, on_every_engine(plan_of(HEAD + FOOD), given), strict=True):
        assert (facts, found.grade) == (facts, GRADES[row["rating"]])
        total = sum(facts.values())
        by_total = next(r for limit, r in ((15, 5), (20, 4), (30, 3), (40, 2), (50, 1), (99, 0)) if total <= limit)
        capped += by_total != int(row["rating"])
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
