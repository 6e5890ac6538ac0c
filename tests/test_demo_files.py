import os
import subprocess
import sys
from collections import Counter
from datetime import UTC, date, datetime
from fractions import Fraction
from importlib.resources import files

import pytest

from kaoping import demo
from kaoping.consequences.ledger import ledger_on, net, opened, points
from kaoping.consequences.model import Entry, Event, Publication
from kaoping.demo.generate import write
from kaoping.evaluation.compile import compile_scheme
from kaoping.evaluation.run import evaluate
from kaoping.facts.frame import Subject
from kaoping.facts.periods import parse_period
from kaoping.facts.rows import NewSubject
from kaoping.intake.reader import read_folder
from kaoping.scheme.catalogue import base_catalogue, merge_catalogue
from kaoping.scheme.official import official_days
from kaoping.scheme.reader import read_schemes
from kaoping.store.batches import Act
from kaoping.store.connection import create
from kaoping.store.facts import append
from kaoping.store.frames import load_frame

TODAY = date(2026, 6, 30)
NOW = datetime(2026, 6, 30, 9, 0, tzinfo=UTC)


class County:
    """The demo county in a database of its own."""

    def __init__(self, path):
        found = [s for name in ("property", "stars", "drugs") for s in read_schemes(files(f"kaoping_{name}"))]
        self.schemes = {scheme.id: scheme for scheme in found}
        self.catalogue = merge_catalogue(base_catalogue(), found)
        self.store = create(path)
        self.subjects = {}

    def read(self, folder):
        intake = read_folder([folder], self.catalogue, self.subjects, self.schemes)
        self.subjects |= {r.id: Subject(r.id, r.type, r.title) for r in intake.rows if isinstance(r, NewSubject)}
        return intake

    def append(self, folder, correct=None):
        return append(self.store, self.read(folder).rows, Act("演示", "import"), NOW, correct=correct)

    def result(self, scheme, period):
        plan = compile_scheme(self.schemes[scheme], self.catalogue)
        frame = load_frame(self.store, plan.needs, parse_period(period), TODAY)
        return evaluate(plan, frame, trace=False)

    def found(self, scheme, period="2025"):
        result = self.result(scheme, period)
        return {one.subject: one for one in (*result.results, *result.rolled_up)}


@pytest.fixture(scope="module")
def county(tmp_path_factory):
    county = County(tmp_path_factory.mktemp("county") / "kaoping.db")
    county.append(demo.FILES)
    with county.store:
        yield county


@pytest.fixture(scope="module")
def estates(county):
    return county.found("property-abcd")


def bytes_in(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*.csv"))}


def shipped():
    return {name: data for name, data in bytes_in(demo.HERE).items() if name.startswith(("files", "correction"))}


# --- the files ---------------------------------------------------------------------------------------------------


def test_writing_the_files_again_gives_the_same_bytes(tmp_path):
    write(tmp_path)
    assert bytes_in(tmp_path) == shipped()


def test_another_process_with_another_hash_seed_writes_the_same_bytes(tmp_path):
    command = [sys.executable, "-m", "kaoping.demo.generate", str(tmp_path)]
    subprocess.run(command, check=True, env={**os.environ, "PYTHONHASHSEED": "4711"})
    assert bytes_in(tmp_path) == shipped()


def test_the_files_can_be_copied_to_look_at_and_change(tmp_path):
    copied = demo.copy_files(tmp_path / "here")
    assert bytes_in(tmp_path / "here") == shipped()
    assert len(copied) == len(shipped())


def test_excel_opens_every_file_as_text_in_the_right_encoding():
    for data in shipped().values():
        assert data.startswith(b"\xef\xbb\xbf")
        assert data.endswith(b"\r\n")
        assert data.decode("utf-8-sig").encode("gb18030")


def test_the_files_are_read_without_a_single_error_or_note(tmp_path):
    county = County(tmp_path / "kaoping.db")
    with county.store:
        intake = county.read(demo.FILES)
        assert intake.notes == ()
        kinds = Counter(row.type for row in intake.rows if isinstance(row, NewSubject))
        assert county.read(demo.CORRECTION).notes == ()
    assert kinds["estate"] == kinds["owners_committee"] == 92
    assert {kind: kinds[kind] for kind in ("company", "community", "village", "institution", "town", "street")} == {
        "company": 25,
        "community": 40,
        "village": 20,
        "institution": 15,
        "town": 5,
        "street": 2,
    }


def test_everything_written_bears_where_it_was_written_down():
    scores = (demo.FILES / "scores-2025Q1.csv").read_text(encoding="utf-8-sig").splitlines()
    assert scores[0].endswith("来源,佐证")
    assert scores[1].endswith("考核小组2025年第一季度评分表,青住建考〔2025〕1-001号")


# --- residential estates -----------------------------------------------------------------------------------------


def test_every_estate_has_a_grade_and_they_are_spread_as_in_a_real_year(estates):
    assert Counter(one.grade for one in estates.values()) == {"A": 25, "B": 45, "C": 15, "D": 7}
    assert {one.status for one in estates.values()} == {"final"}


@pytest.mark.parametrize(
    ("estate", "score", "grade"),
    [
        ("e031", "85", "A"),
        ("e033", "84.5", "B"),
        ("e028", "70", "B"),
        ("e053", "69.99", "C"),
        ("e003", "60", "C"),
        ("e045", "59.99", "D"),
    ],
)
def test_some_estates_stand_on_the_edges_of_grades(estates, estate, score, grade):
    assert (estates[estate].score, estates[estate].grade) == (Fraction(score), grade)


@pytest.mark.parametrize(
    ("estate", "raw", "grade", "vetoes"),
    [
        ("e011", "A", "B", {"cap": True, "force": False}),
        ("e019", "A", "D", {"cap": False, "force": True}),
        ("e037", "B", "D", {"cap": False, "force": True}),
        ("e065", "A", "A", {"cap": False, "force": False}),
        ("e004", "C", "C", {"cap": None, "force": False}),
    ],
)
def test_incidents_lower_grades_only_where_the_company_is_mainly_to_blame(estates, estate, raw, grade, vetoes):
    found = estates[estate]
    assert (found.raw_grade, found.grade) == (raw, grade)
    assert {veto.veto: veto.holds for veto in found.vetoes} == vetoes


def test_prizes_part_ties_and_pass_over_who_was_graded_d(estates):
    places = {one.ranks["award"][""]: one.subject for one in estates.values() if "award" in one.ranks}
    prizes = Counter(one.cohort["award"][""] for one in estates.values())
    assert prizes == {"gold": 5, "silver": 8, "bronze": 12, "none": 67}
    assert [places[place] for place in (5, 6, 7, 13, 14)] == ["e022", "e073", "e011", "e001", "e012"]
    assert estates["e022"].score == estates["e073"].score
    assert [estates[e].cohort["award"][""] for e in ("e022", "e073", "e001", "e012", "e019", "e060")] == [
        "gold",
        "silver",
        "silver",
        "bronze",
        "none",
        "none",
    ]
    assert "award" not in estates["e060"].ranks or "" not in estates["e060"].ranks["award"]


@pytest.mark.parametrize(
    ("quarter", "ranked", "red", "yellow"),
    [("2025Q1", 91, 10, 10), ("2025Q2", 92, 11, 10), ("2025Q3", 92, 9, 10), ("2025Q4", 92, 11, 10)],
)
def test_flags_of_a_quarter_include_ties_and_leave_a_place_empty(county, quarter, ranked, red, yellow):
    found = county.found("property-abcd", quarter)
    assert len(found) == ranked
    assert sum(one.cohort["red_flag"][quarter] is True for one in found.values()) == red
    assert sum(one.cohort["yellow_flag"][quarter] is True for one in found.values()) == yellow
    if quarter == "2025Q2":
        assert [found[estate].ranks["red_flag"][quarter] for estate in ("e026", "e072")] == [10, 10]
    if quarter == "2025Q3":
        assert (found["e019"].ranks["red_flag"][quarter], found["e019"].cohort["red_flag"][quarter]) == (4, False)


# --- the ledger --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ledger(county):
    scheme = county.schemes["property-abcd"]
    publications, entries = [], []
    for number, (name, period, on) in enumerate(demo.PUBLISHED_ON, start=1):
        if name != scheme.id:
            continue
        publication = Publication(name, period, parse_period(period).kind, on, number)
        found = opened(county.result(name, period), scheme, period, publication, publications, entries)
        entries += [Entry(len(entries) + n, name, period, number, to, on, c) for n, (to, c) in enumerate(found, 1)]
        publications.append(publication)
    events = [Event(n, one.kind, one.of, one.on, one.fields) for n, one in enumerate(demo.HAPPENED, 1)]
    return lambda day, of: [
        s for s in ledger_on(entries, events, publications, day, official_days()) if s.entry.addressee == of
    ]


@pytest.mark.parametrize(
    ("day", "bonus", "malus"),
    [
        (date(2026, 1, 19), 0, 0),
        (date(2026, 1, 20), 3, -3),
        (date(2026, 6, 1), 3, -3),
        (date(2026, 6, 10), 0, -3),
        (date(2027, 1, 19), 0, -3),
        (date(2027, 1, 20), 0, 0),
    ],
)
def test_the_company_with_an_a_and_a_d_nets_nothing_until_it_wins(ledger, day, bonus, malus):
    states = ledger(day, "w007")
    assert points(states).get("bid_points", (0, 0)) == (bonus, malus)
    assert net(states).get("bid_points", 0) == bonus + malus


@pytest.mark.parametrize(("company", "expected"), [("w003", 6), ("w019", -6), ("w001", 9), ("w013", 0)])
def test_points_of_several_estates_add_up(ledger, company, expected):
    assert net(ledger(date(2026, 1, 20), company)).get("bid_points", 0) == expected


def test_the_certificate_is_refused_until_re_inspection_is_passed(ledger):
    def blocked(day):
        return [s.status for s in ledger(day, "w007") if s.entry.consequence.id == "rectify_grade_d"]

    assert [blocked(date(2026, 6, 29)), blocked(date(2026, 6, 30))] == [["active"], ["ended"]]


def test_a_finding_is_opened_once(ledger):
    found = Counter(
        (s.entry.consequence.subject, s.entry.consequence.at)
        for company in range(1, 26)
        for s in ledger(date(2026, 2, 1), f"w{company:03}")
        if s.entry.consequence.id == "rectify_finding"
    )
    assert set(found.values()) == {1}
    assert len(found) == 24


# --- communities, villages, institutions, streets ----------------------------------------------------------------


def test_ten_star_communities_are_told_apart(county):
    found = county.found("harmonious-community-ten-star")
    grades = Counter(one.grade or one.status for one in found.values())
    assert grades == {"ten_star": 6, "qualified": 21, "not_qualified": 10, "not_assessed": 2, "incomplete": 1}
    assert (found["c038"].score, found["c038"].grade) == (8, "qualified")
    assert (found["c039"].score_range, found["c039"].grade) == ((7, 8), "qualified")
    assert (found["c040"].score_range, found["c040"].possible_grades) == ((6, 7), ("qualified", "not_qualified"))
    assert [(m.fact, m.at) for m in found["c040"].missing] == [("aspect_score", "livelihood_projects")]


def test_six_stars_are_a_title_in_one_scheme_and_a_failure_in_the_other(county):
    six = county.found("harmonious-community-six-star")
    ten = county.found("harmonious-community-ten-star")
    assert Counter(one.grade or one.status for one in six.values()) == {
        "six_star": 32,
        "not_six_star": 6,
        "not_assessed": 2,
    }
    assert [(six[c].grade, ten[c].grade) for c in ("c005", "c040")] == [
        ("six_star", "not_qualified"),
        ("six_star", None),
    ]


def test_one_town_is_drug_free_and_the_others_show_why_not(county):
    found = county.found("drug-free-community")
    assert {town: found[town].grade or found[town].status for town in ("t001", "t002", "t003", "t004", "t005")} == {
        "t001": "drug_free_town",
        "t002": "not_drug_free_town",
        "t003": "incomplete",
        "t004": "not_drug_free_town",
        "t005": "not_drug_free_town",
    }
    open_ones = {one.subject: one.status for one in found.values() if one.status != "final"}
    assert open_ones == {"t003": "incomplete", "v010": "incomplete", "v020": "not_assessed"}
    failed = {one.subject for one in found.values() if one.grade == "not_drug_free"}
    streets = {"c003", "c007", "c009", "c011", "c012", "c014", "c016"}
    assert failed == streets | {"c022", "c027", "v007", "v013", "v018"}


def test_one_street_meets_its_targets_and_one_misses_a_group(county):
    found = county.found("anti-drug-work-targets")
    assert {one.subject: one.grade for one in found.values()} == {"j001": "targets_met", "j002": "targets_missed"}
    missed = [(f.criterion, f.at) for f in found["j002"].findings if f.severity == "required" and f.outcome != "met"]
    assert missed == [("groups_reached", "venue_staff")]


# --- corrections -------------------------------------------------------------------------------------------------


def test_a_correction_lifts_an_estate_to_a_and_needs_a_reason(tmp_path):
    county = County(tmp_path / "kaoping.db")
    with county.store:
        county.append(demo.FILES)
        refused = county.append(demo.CORRECTION)
        assert (refused.batch, len(refused.conflicts)) == (None, 2)
        corrected = county.append(demo.CORRECTION, correct=demo.CORRECTION_REASON)
        assert (corrected.written, corrected.conflicts) == (2, ())
        found = county.found("property-abcd")
    assert (found["e033"].score, found["e033"].grade) == (85, "A")
    assert Counter(one.grade for one in found.values()) == {"A": 26, "B": 44, "C": 15, "D": 7}
