"""Boundary cases made from a scheme: on each side of every line and on it, and never taken for what a person wrote."""

import os
from pathlib import Path

import pytest
from cli_world import Office
from insight_world import YARDS, plan_of

from kaoping.boundaries import boundaries
from kaoping.boundaries.written import cases_text
from kaoping.cases import read_cases, run_case
from kaoping.errors import DataError, UsageError
from kaoping.evaluation.compile import compile_scheme
from kaoping.evaluation.rulebook import Opinion
from kaoping.evaluation.run import Evaluation
from kaoping.insight.suppose import suppose
from kaoping.office import boundaries as office_boundaries
from kaoping.office import cases as office_cases
from kaoping.office.desk import Desk
from kaoping.scheme.catalogue import base_catalogue, merge_catalogue
from kaoping.scheme.reader import read_schemes

ROOT = Path(__file__).parents[1]
SLOW = bool(os.environ.get("KAOPING_SLOW"))  # then all of them: half a minute
QUICK = {"school-civility-contest", "safe-community", "happy-community", "family-and-building-honours"}
CASES = """\
scheme: yards
cases:
- case: good
  period: "2025"
  subjects:
    yard: {values: {score: {2025Q1: 90, 2025Q2: 88}, clean: {gate: true, bins: true, lawn: false}, plan: true,
      applied_on: 2025-11-30}}
  expect: {yard: {grade: good, consequences: [plaque, prize]}}
"""


def cases_of(text=CASES):
    return read_cases(text, "yards.cases.yaml")


def judged(plan, probe):
    """What the reference finds of a boundary."""
    evaluation = Evaluation(plan, suppose(probe.base.evaluation.frame, probe.changes))
    subject = next(one for one in evaluation.subjects(probe.base.section) if one.id == probe.base.subject)
    return evaluation.subject(probe.base.section, subject, trace=False)


def found_of(text=YARDS, cases=CASES):
    plan = plan_of(text)
    made = boundaries(plan, cases_of(cases))
    return made, {(one.kind, one.rule, one.position): (one, judged(plan, one)) for one in made.probes}


def test_each_limit_has_somebody_just_below_it_on_it_and_just_above_it():
    _, found = found_of()
    told = {
        key[2]: (one.value, one.limit, result.grade)
        for key, (one, result) in found.items()
        if key[:2] == ("edge", "good")
    }
    assert told == {"below": ("84.99", "85", "fair"), "on": ("85", "85", "good"), "above": ("85.01", "85", "good")}
    days = {key[2]: one.value for key, (one, _) in found.items() if key[:2] == ("edge", "applied")}
    assert days == {"below": "2025-12-30", "on": "2025-12-31", "above": "2026-01-01"}
    assert found["edge", "applied", "above"][1].status == "not_assessed"
    counted = {key[2]: (one.value, one.limit) for key, (one, _) in found.items() if key[:2] == ("edge", "tidy")}
    assert counted == {"below": ("1", "2"), "on": ("2", "2"), "above": ("3", "2")}


def test_only_what_the_limit_hangs_on_is_changed():
    _, found = found_of()
    probe, result = found["edge", "tidy", "below"]
    assert {change.fact for change in probe.changes} == {"clean"}
    assert {one.criterion: one.outcome for one in result.findings} == {"planned": "met", "tidy": "not_met"}


def test_truths_are_turned_vetoes_hold_and_facts_go_missing_one_at_a_time():
    made, found = found_of()
    assert found["other", "planned", ""][1].grade == "fair"
    veto, result = found["veto", "fires", ""]
    assert ([one.veto for one in result.vetoes if one.holds], result.raw_grade, result.grade) == (
        ["fires"], "good", "fair",
    )  # fmt: skip
    assert [change.fields["grave"] for change in veto.changes] == [True]
    blank = {rule for kind, rule, _ in found if kind == "blank"}
    assert blank == {"score", "clean", "plan", "applied_on"}
    assert found["blank", "plan", ""][1].status == "incomplete"
    assert made.unreached == ()


EARLY = """\
    - {id: early, when: "any(quarters, count(fire, not grave) >= 2)", at_most: fair, title: {zh: 多, en: Two}}
cohort:
"""
DATED = YARDS.replace("clean_corners >= 2,", "\"not any(fire, on > '2025-06-30')\",").replace("cohort:\n", EARLY)


def test_entries_of_registers_are_moved_and_counted_within_their_period():
    _, found = found_of(DATED)
    days = {key[2]: one.value for key, (one, _) in found.items() if key[:2] == ("edge", "tidy")}
    assert days == {"below": "2025-06-29", "on": "2025-06-30", "above": "2025-07-01"}
    counted = {key[2]: one.value for key, (one, _) in found.items() if key[:2] == ("edge", "early")}
    assert counted == {"below": "1", "on": "2", "above": "3"}


TWO = YARDS.replace(
    "cohort:\n", "    - {id: few, when: annual < 50, becomes: poor, title: {zh: 分太低, en: Far too low}}\ncohort:\n"
)


def test_vetoes_come_alone_and_then_together():
    _, found = found_of(TWO)
    alone = {rule: result for (kind, rule, _), (_, result) in found.items() if kind == "veto"}
    assert {rule: [one.veto for one in result.vetoes if one.holds] for rule, result in alone.items()} == {
        "fires": ["fires"],
        "few": ["few"],
    }
    together = found["vetoes", "", ""][1]
    assert ([one.veto for one in together.vetoes if one.holds], together.grade) == (["fires", "few"], "poor")


def test_a_side_where_no_number_can_be_is_no_line():
    never = YARDS.replace("clean_corners >= 2,", '"count(corners, clean) >= 0",')
    made, found = found_of(never)
    assert {key[2] for key in found if key[:2] == ("edge", "tidy")} == {"on", "above"}
    assert made.unreached == ()


BETTER = YARDS.replace("clean_corners >= 2,", '"annual >= previous(annual, if_none=unknown)",')
FOLLOWING = (
    CASES
    + """\
- case: the-year-after
  period: "2025"
  earlier: {2024: {yard: {grade: fair, score: 70, annual: 70}}}
  subjects:
    yard: {values: {score: {2025Q1: 60}, clean: {gate: true}, plan: false, applied_on: 2025-11-30}}
  expect: {yard: {score: 60}}
"""
)


def test_where_the_one_that_passes_does_not_get_others_of_the_cases_are_moved_or_it_is_said_why_not():
    made, _ = found_of(BETTER)
    assert [(one.rule, one.why, one.positions) for one in made.unreached] == [
        ("tidy", "earlier", ("below", "on", "above"))
    ]
    plan = plan_of(BETTER)
    made = boundaries(plan, cases_of(FOLLOWING))
    probes = [one for one in made.probes if (one.kind, one.rule) == ("edge", "tidy")]
    assert [(one.position, one.value, one.base.case.id) for one in probes] == [
        ("below", "69.99", "the-year-after"), ("on", "70", "the-year-after"), ("above", "70.01", "the-year-after")
    ]  # fmt: skip
    assert made.unreached == ()
    written = read_cases(cases_text(plan, [(one, judged(plan, one)) for one in made.probes]), "drawn.yaml")
    assert [run_case(plan, one).differences for one in written] == [()] * len(made.probes)


def test_what_one_fact_does_not_reach_is_named_with_its_place():
    never = YARDS.replace('when: "any(fire, grave)"', 'when: "count(fire) > 500 and plan"')
    made, found = found_of(never)
    assert {(one.kind, one.rule) for one in made.unreached} == {("edge", "fires"), ("veto", "fires")}
    assert all(str(one.place).startswith("small.yaml:") for one in made.unreached)
    assert not [key for key in found if key[0] == "veto"]


def test_the_base_is_who_passes_and_what_is_not_confirmed_is_no_base():
    worse = CASES.replace("case: good", "case: worse").replace("plan: true", "plan: false").split("cases:\n")[1]
    made, _ = found_of(cases=CASES + worse)
    assert [(one.case.id, one.passes) for one in made.bases] == [("good", True)]
    unread = CASES.replace("- case: good\n", "- case: good\n  confirmed: false\n")
    made, _ = found_of(cases=unread + worse)
    assert [(one.case.id, one.passes) for one in made.bases] == [("worse", False)]
    assert boundaries(plan_of(), cases_of(unread)).bases == ()


def test_a_prover_finds_somebody_where_no_case_passes():
    pytest.importorskip("z3")
    from kaoping_prover.prover import Z3Prover

    plan = plan_of()
    made = boundaries(plan, [], Z3Prover(), 5)
    assert [(one.proved, one.passes, one.result.grade) for one in made.bases] == [(True, True, "good")]
    assert {"edge", "other", "veto", "blank"} <= {one.kind for one in made.probes}
    text = cases_text(plan, [(probe, judged(plan, probe)) for probe in made.probes])
    assert [run_case(plan, case).differences for case in cases_of(text)] == [()] * len(made.probes)


def test_schemes_that_ship_have_boundaries_that_hold_as_cases():
    schemes = shipped()
    catalogue = merge_catalogue(base_catalogue(), schemes)
    for scheme in schemes:
        if SLOW or scheme.id in QUICK:
            hold_as_cases(scheme, catalogue)


def shipped():
    return [one for folder in sorted((ROOT / "schemes").glob("kaoping_*")) for one in read_schemes(folder)]


def hold_as_cases(scheme, catalogue):
    plan = compile_scheme(scheme, catalogue)
    made = boundaries(plan, read_cases(scheme.cases_text, scheme.cases_file))
    assert made.bases, scheme.id
    assert len(made.probes) > 3, scheme.id
    text = cases_text(plan, [(probe, judged_in(plan, probe)) for probe in made.probes])
    written = read_cases(text, f"{scheme.id}.cases.yaml")
    assert len({case.id for case in written}) == len(written) == len(made.probes)
    for case in written:
        assert not case.confirmed
        assert run_case(plan, case).differences == (), (scheme.id, case.id)


def judged_in(plan, probe):
    frame = suppose(probe.base.evaluation.frame, probe.changes)
    evaluation = Evaluation(plan, frame, probe.base.evaluation.machine.changed)
    subject = next(one for one in evaluation.subjects(probe.base.section) if one.id == probe.base.subject)
    return evaluation.subject(probe.base.section, subject, trace=False)


# --- the command


@pytest.fixture
def office(tmp_path, monkeypatch):
    """Somebody's folder with a scheme and a case; the reference alone judges, which is faster."""
    monkeypatch.setattr(office_cases, "asked", lambda _: {})
    (tmp_path / "yards.yaml").write_text(YARDS, encoding="utf-8")
    (tmp_path / "yards.cases.yaml").write_text(CASES, encoding="utf-8")
    return Office(tmp_path, "en")


def beside(folder, drawn):
    """The cases that were drawn, put beside the one somebody wrote."""
    given, cases = drawn.split("cases:\n")
    (folder / "yards.cases.yaml").write_text(given + CASES.split("scheme: yards\n")[1] + cases, encoding="utf-8")


@pytest.mark.usefixtures("office")
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_command_shows_a_table_and_saves_cases_that_count_nowhere(tmp_path, language):
    office = Office(tmp_path, language)
    page = office.page("scheme", "test", "yards.yaml", "--boundaries", "--save", "drawn.yaml")
    assert "84.99 < 85" in page
    assert "2026-01-01 > 2025-12-31" in page
    assert not any(f"{key}-" in page for key in ("boundaries", "whatif", "outcome", "status"))
    drawn = (tmp_path / "drawn.yaml").read_text(encoding="utf-8")
    beside(tmp_path, drawn.replace("grade: fair", "grade: poor", 1))
    data = office.json("scheme", "test", "yards.yaml")
    assert (data["cases"], data["passed"], data["failed"]) == (1, 1, 0)
    assert data["unconfirmed"] == drawn.count("  confirmed: false\n") == 19
    assert len(data["schemes"][0]["unconfirmed"]["differing"]) == 1
    page = office.page("scheme", "test", "yards.yaml")
    assert str(data["unconfirmed"]) in page
    assert "unconfirmed" not in page


def test_cases_nobody_confirmed_notice_nothing(office, tmp_path):
    before = office.json("scheme", "test", "yards.yaml", "--mutate")["schemes"][0]["sensitivity"]
    office.page("scheme", "test", "yards.yaml", "--save", "drawn.yaml")
    drawn = (tmp_path / "drawn.yaml").read_text(encoding="utf-8")
    beside(tmp_path, drawn)
    data = office.json("scheme", "test", "yards.yaml", "--mutate")["schemes"][0]
    assert (data["sensitivity"], data["unconfirmed"]["differing"]) == (before, [])
    beside(tmp_path, drawn.replace("  confirmed: false\n", ""))
    read = office.json("scheme", "test", "yards.yaml", "--mutate")["schemes"][0]
    assert (read["passed"], read["unconfirmed"]["cases"]) == (read["cases"], 0)
    assert read["sensitivity"]["noticed"] > before["noticed"]


@pytest.mark.usefixtures("office")
def test_cases_people_wrote_are_not_written_over(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    desk = Desk(tmp_path / "kaoping.db", "me", language="en")

    def save(file, which="yards.yaml", *, dry_run=False):
        office_cases.test(desk, which, None, mutate=False, bounds=False, save=Path(file), dry_run=dry_run)

    with pytest.raises(UsageError) as refused:
        save("yards.cases.yaml")
    assert refused.value.text("en").startswith("yards.cases.yaml holds cases that people wrote, and was left as it is")
    assert Path("yards.cases.yaml").read_text(encoding="utf-8") == CASES
    for _ in range(2):  # what a program wrote is written anew
        save("drawn.yaml")
    save("no.yaml", dry_run=True)
    assert not Path("no.yaml").exists()
    with pytest.raises(UsageError) as refused:
        save("all.yaml", None)
    assert refused.value.key == "boundaries.one-scheme"


@pytest.mark.usefixtures("office")
def test_engines_that_differ_are_named(tmp_path, monkeypatch):
    class Contrary:
        name = "contrary"

        def unavailable(self):
            return None

        def judge(self, book, rows):
            for row in rows:
                yield Opinion(row.subject, {}, frozenset({"poor"}), frozenset({"poor"}))

    monkeypatch.setattr(office_cases, "asked", lambda _: {"contrary": Contrary()})
    monkeypatch.chdir(tmp_path)
    desk = Desk(tmp_path / "kaoping.db", "me", language="en")
    data = office_cases.test(desk, "yards.yaml", None, mutate=False, bounds=True, save=None, dry_run=False)
    differing = data["schemes"][0]["boundaries"]["probes"]
    assert data["differing"] == sum(bool(one["differs"]) for one in differing) > 10
    assert {one["differs"]["engine"] for one in differing if one["differs"]} == {"contrary"}


def test_where_there_is_nobody_to_start_from_it_is_said_what_to_do(tmp_path, monkeypatch):
    (tmp_path / "yards.yaml").write_text(YARDS, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(office_boundaries, "_prover", lambda _: None)
    desk = Desk(tmp_path / "kaoping.db", "me", language="en")
    with pytest.raises(DataError) as refused:
        office_cases.test(desk, "yards.yaml", None, mutate=False, bounds=True, save=None, dry_run=False)
    for language in ("zh", "en"):
        assert "yards" in refused.value.text(language)
    assert "nobody of 'yards' to start from" in refused.value.text("en")


def test_no_case_of_a_scheme_that_ships_is_left_unconfirmed():
    marked = [path.name for path in (ROOT / "schemes").rglob("*.cases.yaml") if "confirmed:" in path.read_text("utf-8")]
    assert marked == []
