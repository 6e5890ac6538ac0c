"""Every past case under other rules: counted right, grouped right, drawn, and honest about what is left out."""

import xml.etree.ElementTree as ET
from fractions import Fraction

import pytest
from cli_world import Office
from county_world import example_county
from insight_world import YARDS, evaluation_of

from kaoping.evaluation.run import Evaluation
from kaoping.insight.impact import PastCase, Weighed, distribution, past_case, sweep_values
from kaoping.insight.picture import matrix_picture, sweep_picture

ROWS = """\
a: {values: {score: {2025Q1: 90}, clean: {gate: true, bins: true}, plan: true, applied_on: 2025-01-05}}
b: {values: {score: {2025Q1: 86}, clean: {gate: true, bins: true}, plan: true, applied_on: 2025-01-05}}
c: {values: {score: {2025Q1: 55}, plan: false, applied_on: 2025-01-05}}
d: {values: {score: {2025Q1: 95}, plan: false, applied_on: 2026-01-05}}
"""


def weighed(parameters):
    evaluation = evaluation_of(ROWS)
    before = evaluation.result().results
    after = Evaluation(evaluation.plan, evaluation.frame, parameters).result().results
    where = {"a": "x", "b": "x", "c": "y", "d": "y"}
    cases = [
        past_case("2025", one, other, {"company": where[one.subject]}) for one, other in zip(before, after, strict=True)
    ]
    found = Weighed(("good", "fair", "poor"))
    found.add(cases)
    return found.data()


def test_the_matrix_counts_from_the_grade_now_to_the_grade_then():
    found = weighed({"floor_good": 88, "floor_fair": 50})
    assert found["grades"] == ["good", "fair", "poor", "not_assessed"]
    assert found["matrix"] == [[1, 1, 0, 0], [0, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 1]]
    total = {"cases": 4, "better": 1, "worse": 1, "other": 0, "gained": 0, "lost": 1}
    assert found["total"] == total
    assert found["consequences"] == [{"id": "plaque", "gained": 0, "lost": 1}]


def test_groups_are_summed_and_those_that_move_most_come_first():
    found = weighed({"floor_fair": 50})["groups"]["company"]["rows"]
    assert [(row["of"], row["cases"], row["better"]) for row in found] == [("y", 2, 1), ("x", 2, 0)]


def test_only_who_moves_is_listed_with_what_is_gained_and_lost():
    found = weighed({"floor_good": 88})["moved"]
    assert [(one["subject"], one["before"], one["after"], one["lost"]) for one in found] == [
        ("b", "good", "fair", ["plaque"])
    ]


def test_a_change_to_or_from_what_is_no_grade_is_neither_better_nor_worse():
    case = PastCase("2025", "a", "A", "good", "undecided", "90", "", (), ())
    found = Weighed(("good", "poor"))
    found.add([case])
    assert found.data()["total"]["other"] == 1


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("80..83", [80, 81, 82, 83]),
        ("80..81/0.5", [80, Fraction(161, 2), 81]),
        ("80", None),
        ("90..80", None),
        ("a..b", None),
        ("1..2/0", None),
    ],
)
def test_a_sweep_is_a_range_with_both_ends(text, values):
    assert sweep_values(text) == values


def test_a_distribution_is_in_the_order_of_merit():
    assert list(distribution({"poor": 1, "good": 2, "open": 1}, ["good", "poor"]).items()) == [
        ("good", 2),
        ("poor", 1),
        ("open", 1),
    ]


def test_the_pictures_are_svg_and_say_every_count():
    matrix = ET.fromstring(matrix_picture("甲 & 乙", ["A", "B"], [[3, 1], [0, 2]], 2, "rows"))
    texts = [node.text for node in matrix.iter("{http://www.w3.org/2000/svg}text")]
    assert {"甲 & 乙", "A", "B", "3", "1", "2"} <= {*texts}
    bars = ET.fromstring(sweep_picture("t", [("80", {"A": 3, "B": 1}), ("81", {"B": 4})], {"A": "优", "B": "良"}))
    titles = [node.text for node in bars.iter("{http://www.w3.org/2000/svg}title")]
    assert titles == ["t", "优 3", "良 1", "良 4"]
    widths = [int(node.get("width")) for node in bars.iter("{http://www.w3.org/2000/svg}rect")][1:4]
    assert widths == [270, 90, 360]


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    """The example county, imported."""
    made = Office(tmp_path_factory.mktemp("office"), "en")
    example_county(tmp_path_factory, made.folder)
    return made


def test_another_edition_is_weighed_on_past_years_and_nothing_is_stored(office):
    from importlib.resources import files

    text = (files("kaoping_property") / "property-abcd.yaml").read_text(encoding="utf-8")
    text = text.replace('edition: "1"', 'edition: "2"').replace("at_most: B", "at_most: C")
    text = text.replace("A: composite >=", "A: annual_group >= 90 and composite >=")
    (office.folder / "new.yaml").write_text(text, encoding="utf-8")
    before = (office.folder / "kaoping.db").read_bytes()
    found = office.json("impact", "property-abcd", "--edition", "new.yaml", "-p", "2024..2025", "--picture", "m.svg")
    assert (found["edition"], found["other_edition"], found["total"]["cases"]) == ("1", "2", 92)
    assert [one["period"] for one in found["skipped"]] == ["2024"]
    assert sum(map(sum, found["matrix"])) == 92
    assert found["total"]["worse"] > 0
    assert {group["relation"] for group in found["groups"]} >= {"company"}
    ET.fromstring((office.folder / "m.svg").read_text(encoding="utf-8"))
    assert (office.folder / "kaoping.db").read_bytes() == before
    page = office.run("impact", "property-abcd", "-p", "2025", "--param", "score_floor_a=88")
    assert "cases: 92; better 0, worse 6, otherwise changed 0; consequences gained 0, lost 12" in page.out


def test_everybody_judged_at_once_by_sql_gives_the_same_impact(office):
    asked = ("impact", "property-abcd", "-p", "2025", "--param", "score_floor_a=88", "--sweep", "score_floor_a=84..85")
    one, other = office.json(*asked), office.json(*asked, "--engine", "sql")
    assert (one.pop("engines"), other.pop("engines")) == (["reference"], ["sql"])
    assert one == other
    assert one["total"]["worse"] == 6
    page = office.page(*asked, "--engine", "sql")
    assert "judged at once by sql" in page
    assert "unknown-engine" not in page
    ran = office.run(*asked, "--engine", "sqlite")
    assert (ran.code, "did you mean 'sql'?" in ran.err) == (2, True), ran.err


def test_a_sweep_says_how_many_get_what_at_each_value(office):
    found = office.json(
        "impact", "property-abcd", "-p", "2025", "--sweep", "score_floor_a=84..86", "--picture", "s.svg", "--dry-run"
    )
    assert [(row["value"], row["grades"]["A"], row["better"], row["worse"]) for row in found["sweep"]["rows"]] == [
        ("84", 26, 1, 0),
        ("85", 25, 0, 0),
        ("86", 24, 0, 1),
    ]
    assert found["sweep"]["turns_at"] == ["85", "86"]
    assert not (office.folder / "s.svg").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "it is not said what would be other than it is"),
        (["--param", "score_floor_a"], "does not name a parameter and a value"),
        (["--param", "score_flor_a=3"], "did you mean 'score_floor_a'"),
        (["--param", "score_floor_a=12 months"], "cannot be '12 months'"),
        (["--sweep", "score_floor_a=80-90"], "is no range of a number"),
        (["--sweep", "score_floor_a=0..9999"], "10000 values"),
        (["--edition", "no.yaml"], "there is no file"),
    ],
)
def test_what_cannot_be_weighed_is_told(office, arguments, said):
    ran = office.run("impact", "property-abcd", "-p", "2025", *arguments)
    assert (ran.code, said in ran.err) == (2, True), ran.err


def test_an_edition_for_other_subjects_is_no_edition(office):
    (office.folder / "yards.yaml").write_text(YARDS.replace("subject: yard", "subject: estate"), encoding="utf-8")
    ran = office.run("impact", "harmonious-community-ten-star", "-p", "2025", "--edition", "yards.yaml")
    assert (ran.code, "assesses other subjects" in ran.err) == (2, True), ran.err
