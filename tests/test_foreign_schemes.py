"""Published Chinese property-credit schemes: five schemes, and every case that was given of them, on every engine."""

from pathlib import Path

import pytest
from test_foreign_tables import engines

from kaoping.cases import read_cases, run_case
from kaoping.evaluation.bands import band_overlaps
from kaoping.evaluation.blind import blind_machine
from kaoping.evaluation.compile import compile_scheme
from kaoping.scheme.catalogue import base_catalogue, merge_catalogue
from kaoping.scheme.reader import read_scheme

HERE = Path(__file__).parent / "foreign"
SCHEMES = sorted(
    path
    for path in HERE.glob("*.yaml")
    if path.name.removesuffix(".yaml") + ".cases.yaml" in {one.name for one in HERE.glob("*.cases.yaml")}
)
GIVEN = {
    "lianyungang-property-credit": 10,
    "qingdao-cards": 6,
    "shandong-property-credit": 11,
    "shangqiu-property-credit": 6 + 5,
    "yantai-property-credit": 11,
}
"""How many cases were given of each, with the five scores of which Shangqiu does not say whose they are."""
NOT_IN_SQL = {"qingdao-cards": {"sql"}}
"""Goes through records one after the other, which the sql engine leaves to the others."""
EDGES = [("AAA", "AA", "100"), ("AA", "A", "90"), ("A", "B", "80"), ("B", "C", "70"), ("C", "unlisted", "60")]


def plan_at(path):
    scheme = read_scheme(path.read_text(encoding="utf-8"), path.name)
    return compile_scheme(scheme, merge_catalogue(base_catalogue(), [scheme]))


def cases_of(path):
    name = f"{path.stem}.cases.yaml"
    return read_cases((HERE / name).read_text(encoding="utf-8"), name)


def test_every_given_case_is_here():
    given = {path.stem: sum(not case.id.startswith("own-") for case in cases_of(path)) for path in SCHEMES}
    assert given == GIVEN
    assert sum(given.values()) - len(EDGES) == 44


@pytest.mark.parametrize("path", SCHEMES, ids=lambda path: path.stem)
def test_every_case_holds_on_every_engine(path):
    plan, asked = plan_at(path), engines()
    for case in cases_of(path):
        ran = run_case(plan, case, asked)
        assert (case.id, ran.differences) == (case.id, ())
        assert len(ran.engines) + len(ran.notes) == 1 + len(asked)
        assert {note.partition(":")[0] for note in ran.notes} <= NOT_IN_SQL.get(path.stem, set())


@pytest.mark.parametrize("path", SCHEMES, ids=lambda path: path.stem)
def test_where_bands_overlap_is_told_and_nowhere_else(path):
    plan = plan_at(path)
    told = [(e.facts["better"], e.facts["grade"], e.facts["witness"]) for e in band_overlaps(plan, blind_machine(plan))]
    assert told == (EDGES if path.stem == "shangqiu-property-credit" else [])
