"""The mutation score: what the cases of a scheme notice, and what they do not."""

import pytest
from insight_world import YARDS, plan_of

from kaoping.cases import read_cases
from kaoping.cases.shown import shown
from kaoping.mutation import mutants, sensitivity

CASES = """\
scheme: yards
cases:
- case: good
  period: "2025"
  subjects:
    yard: {values: {score: {2025Q1: 85}, clean: {gate: true, bins: true, lawn: false}, plan: true,
      applied_on: 2025-12-31}}
  expect: {yard: {grade: good, consequences: [plaque]}}
- case: just-below
  period: "2025"
  subjects:
    yard: {values: {score: {2025Q1: 84}, clean: {gate: true, bins: true, lawn: false}, plan: true,
      applied_on: 2025-12-31}}
  expect: {yard: {grade: fair, no_consequences: [plaque]}}
"""


def cases_of(text):
    return read_cases(text, "yards.cases.yaml")


def test_every_kind_of_change_is_made_and_none_is_the_plan_itself():
    plan = plan_of()
    made = list(mutants(plan))
    assert {one.kind for one in made} >= {"parameter", "edge", "direction", "connective", "number", "left_out"}
    assert all(one.plan != plan for one in made)
    assert len({(one.kind, one.rule, one.place, one.was, one.becomes) for one in made}) == len(made)


def test_the_edge_of_a_limit_is_noticed_where_a_case_stands_on_it_and_not_elsewhere():
    plan = plan_of()
    survivors = {(one.kind, one.rule, one.was, one.becomes) for one in sensitivity(plan, cases_of(CASES)).survivors}
    assert ("edge", "good", ">=", ">") not in survivors
    assert not {one for one in survivors if one[1] == "floor_good"}
    beside = CASES.replace("2025Q1: 85", "2025Q1: 90").replace("2025Q1: 84", "2025Q1: 70")
    survivors = {(one.kind, one.rule, one.was, one.becomes) for one in sensitivity(plan, cases_of(beside)).survivors}
    assert {("edge", "good", ">=", ">"), ("parameter", "floor_good", "85", "86")} <= survivors


def test_without_cases_nothing_is_noticed_and_each_survivor_has_its_place():
    found = sensitivity(plan_of(), [])
    assert (found.percent, len(found.survivors)) == (0, found.changes)
    fires = next(one for one in found.survivors if (one.kind, one.rule) == ("left_out", "fires"))
    assert str(fires.place).startswith("small.yaml:")


def test_what_no_case_shows_is_named():
    never = set(shown(plan_of(), cases_of(CASES)).never)
    assert ("veto", "fires", "holds") in never
    assert ("gate", "applied", "not_passed") in never
    assert ("grade", "poor", "given") in never
    assert ("criterion", "planned", "met") not in never
    assert ("consequence", "plaque", "due") not in never


TABLED = YARDS.replace(
    "gates:\n",
    """\
  help:
    title: {zh: 帮扶, en: Help}
    hit: first
    default: none
    table: |
      plan | annual || help
      true | >= 85  || full
      true | -      || part
gates:
""",
)


def test_rows_of_tables_bands_and_outcomes_left_open_are_named_too():
    plan = plan_of(TABLED)
    never = set(shown(plan, cases_of(CASES)).never)
    assert {one for one in never if one[0] == "row"} == {("row", "help[-]", "fits")}
    good = cases_of(CASES.split("- case: just-below", maxsplit=1)[0])
    never = set(shown(plan, good).never)
    assert {one for one in never if one[0] == "row"} == {("row", "help[2]", "fits"), ("row", "help[-]", "fits")}
    assert {("band", "fair", "fits"), ("criterion", "planned", "unknown")} <= never
    unplanned = cases_of(CASES.replace("plan: true", "plan: false"))
    assert {one[1] for one in shown(plan, unplanned).happens if one[0] == "row"} == {"help[-]"}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_command_tells_the_score_and_the_survivors(tmp_path, language):
    from cli_world import Office

    (tmp_path / "yards.yaml").write_text(YARDS, encoding="utf-8")
    (tmp_path / "yards.cases.yaml").write_text(CASES, encoding="utf-8")
    office = Office(tmp_path, language)
    found = office.json("scheme", "test", "yards.yaml", "--mutate")["schemes"][0]["sensitivity"]
    assert 0 < found["noticed"] < found["changes"]
    page = office.page("scheme", "test", "yards.yaml", "--mutate")
    assert f"{found['percent']}%" in page
    assert "mutant-" not in page
    assert "shown-" not in page
    shows = office.json("scheme", "test", "yards.yaml")["schemes"][0]["coverage"]
    assert shows["shown"] + len(shows["never_shown"]) == shows["outcomes"]
    assert {"kind": "grade", "rule": "poor", "what": "given"} in shows["never_shown"]
