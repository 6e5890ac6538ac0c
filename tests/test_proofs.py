# ruff: noqa: E501 - a fault is easier to see on one line
"""Proofs over every input: a sound scheme has no fault, and every fault put into it is found with a witness."""

from pathlib import Path

import pytest
from cli_world import Office

from kaoping.cases import case_evaluation, read_cases, run_case
from kaoping.evaluation.compile import compile_scheme
from kaoping.insight.faults import faults
from kaoping.insight.proofs import report
from kaoping.insight.proving import Answer
from kaoping.insight.witness import case_text, enterable, judged
from kaoping.scheme.catalogue import base_catalogue, merge_catalogue
from kaoping.scheme.reader import read_scheme, read_schemes

pytest.importorskip("z3")

from kaoping_prover.prover import Z3Prover

SOUND = """\
scheme: sound
edition: "1"
title: {zh: 试, en: Sound}
source: {document: 办法}
subject: estate
period: year
facts:
  score: {type: number, min: 0, max: 100, unit: 分, better: higher, title: {zh: 得分, en: Score}}
  survey: {type: number, min: 0, max: 100, unit: 分, better: higher, title: {zh: 满意度, en: Survey}}
  staff: {type: integer, min: 0, max: 50, better: higher, title: {zh: 人数, en: Staff}}
  quarterly: {type: integer, min: 0, max: 10, for_each: quarters, optional: true, title: {zh: 季度数, en: Quarterly}}
  plan: {type: boolean, better: higher, title: {zh: 计划, en: Plan}}
  kind: {type: [old, new], title: {zh: 类别, en: Kind}}
  applied_on: {type: date or never, title: {zh: 申报日期, en: Applied on}}
records:
  fire:
    title: {zh: 火灾, en: Fires}
    fields: {on: date, grave: {type: boolean, title: {zh: 伤亡, en: Grave}}}
    placed_by: on
    complete: assumed
parameters:
  w_score: {value: 60, unit: "%", source: 一, title: {zh: 得分权重, en: Weight of the score}}
  w_survey: {value: 40, unit: "%", source: 一, title: {zh: 满意度权重, en: Weight of the survey}}
  floor_a: {value: 85, unit: 分, source: 一, title: {zh: 甲等最低分, en: Floor of A}}
  floor_b: {value: 70, unit: 分, source: 一, title: {zh: 乙等最低分, en: Floor of B}}
  fires_most: {value: 2, source: 一, title: {zh: 火灾上限, en: Most fires}}
  bonus: {value: 2, source: 一, title: {zh: 加分, en: Bonus}}
  lasts: {value: 12 months, source: 一, title: {zh: 期限, en: How long}}
measures:
  mixed: {weigh: {score: w_score, survey: w_survey}, round: 2, unit: 分, title: {zh: 综合分, en: Mixed score}}
  quarter_mean: {value: "mean(quarters, quarterly, where=known(quarterly), if_none=5)", title: {zh: 均数, en: Mean}}
  size:
    title: {zh: 规模, en: Size}
    hit: unique
    table: |
      staff  || size
      0..9   || small
      10..29 || middle
      30..50 || large
  help:
    title: {zh: 帮扶, en: Help}
    hit: first
    default: none
    table: |
      plan | staff || help
      true | >= 10 || full
      true | -     || part
      -    | >= 40 || part
gates:
  applied: {needs: applied_on <= period_end, otherwise: not_assessed, title: {zh: 申报, en: Applied}}
criteria:
  planned: {require: plan, title: {zh: 有计划, en: Planned}}
  helped: {require: "help != 'none' or size == 'small'", applies_when: kind == 'old', title: {zh: 有帮扶, en: Helped}}
  few_fires: {require: "count(fire) <= 3", title: {zh: 火灾少, en: Few fires}}
  steady: {require: quarter_mean >= 4, severity: target, title: {zh: 平稳, en: Steady}}
grade:
  score: mixed
  bands:
    A: meets_all and mixed >= floor_a
    B: mixed >= floor_b and mixed < floor_a or mixed >= floor_a
    C: mixed >= 60
    D: otherwise
  titles: {A: {zh: 甲, en: A}, B: {zh: 乙, en: B}, C: {zh: 丙, en: C}, D: {zh: 丁, en: D}}
  vetoes:
    - {id: fires, when: count(fire) > fires_most, at_most: B, title: {zh: 火灾多, en: Many fires}}
    - {id: grave, when: "any(fire, grave)", becomes: D, title: {zh: 伤亡火灾, en: A grave fire}}
accounts:
  merit: {of: estate, title: {zh: 积分, en: Merit}}
consequences:
  praise: {when: grade == 'A', to: subject, kind: incentive, points: {merit: bonus}, lasts: lasts, title: {zh: 表扬, en: Praise}}
  blame: {when: grade == 'D', to: subject, kind: notice, title: {zh: 通报, en: Blame}}
"""
FAULTS = {
    # what is put in place of what, and the fault that must be found: code and rule
    "a fact nobody reads": (("  plan: {", "  idle: {type: boolean, title: {zh: 闲, en: Idle}}\n  plan: {"), "fact-unused", "idle"),
    "a register nobody reads": (
        ("parameters:\n", "  theft: {fields: {on: date}, placed_by: on, title: {zh: 盗, en: Theft}}\nparameters:\n"),
        "record-unused", "theft",
    ),
    "a parameter replaced by a number": (("count(fire) > fires_most", "count(fire) > 1"), "parameter-unused", "fires_most"),
    "a length of time nobody uses": (("lasts: lasts, ", "until: next_result, "), "parameter-unused", "lasts"),
    "a measure nobody reads": (("require: quarter_mean >= 4", 'require: "any(quarters, known(quarterly) and quarterly >= 4)"'), "measure-unused", "quarter_mean"),
    "weights of ninety": (("w_survey: {value: 40", "w_survey: {value: 30"), "weights-sum", "mixed"),
    "weights of a hundred and ten": (("w_score: {value: 60", "w_score: {value: 70"), "weights-sum", "mixed"),
    "a weight below zero": (("w_survey: {value: 40", "w_survey: {value: -40"), "weight-below-zero", "mixed"),
    "points without an end": (("lasts: lasts, ", ""), "endless", "praise"),
    "a block without an end": (("to: subject, kind: notice,", "to: subject, kind: sanction, blocks: loans,"), "endless", "blame"),
    "a floor above the highest score": (("floor_a: {value: 85", "floor_a: {value: 850"), "limit-outside", "mixed"),
    "a floor in another unit of thought": (("C: mixed >= 60", "C: mixed >= 600"), "limit-outside", "mixed"),
    "a limit above a fact's range": (("30..50 || large", "30..50 || large\n      > 50   || giant"), "limit-outside", "staff"),
    "a limit below what a count may be": (("count(fire) <= 3", "quarter_mean >= 40"), "limit-outside", "quarter_mean"),
    "a limit at the very end": (("C: mixed >= 60", "C: mixed > 100"), "limit-outside", "mixed"),
    "a gate nobody passes": (("needs: applied_on <= period_end", "needs: applied_on < period_start and applied_on > period_end"), "gate-never", "applied"),
    "a gate everybody passes": (("needs: applied_on <= period_end", "needs: plan or not plan"), "gate-always", "applied"),
    "a criterion nobody meets": (("require: plan,", "require: plan and staff < 5 and staff > 8,"), "criterion-never", "planned"),
    "a criterion everybody meets": (("require: plan,", "require: plan or staff >= 0,"), "criterion-always", "planned"),
    "a criterion that contradicts a choice": (("applies_when: kind == 'old'", "applies_when: kind == 'old' and kind == 'new'"), "criterion-never-applies", "helped"),
    "a criterion that the table makes true": (("help != 'none' or size == 'small'", "help != 'none' or staff < 40 or plan"), "criterion-always", "helped"),
    "a criterion two counts forbid": (("count(fire) <= 3", "count(fire) < count(fire, grave)"), "criterion-never", "few_fires"),
    "a band behind a wider one": (("C: mixed >= 60", "C: mixed >= 90"), "band-never", "C"),
    "a band that contradicts itself": (("C: mixed >= 60", "C: mixed >= 60 and score < 20 and survey < 20"), "band-never", "C"),
    "a band that leaves nothing": (("C: mixed >= 60", "C: mixed >= 0"), "band-never", "D"),
    "a best band nobody can reach": (("A: meets_all and mixed >= floor_a", "A: meets_all and not plan and mixed >= floor_a"), "band-never", "A"),
    "a cap that takes the best grade from all": (("when: count(fire) > fires_most", "when: count(fire) >= 0"), "grade-never", "A"),
    "a gap between two bands": (
        ("    B: mixed >= floor_b and mixed < floor_a or mixed >= floor_a\n", "    B: 70 <= mixed and mixed <= 84 and plan\n"),
        "bands-gap", "B",
    ),
    "an overlap of two bands": (
        ("    B: mixed >= floor_b and mixed < floor_a or mixed >= floor_a\n", "    B: 70 <= mixed and mixed <= 90 and plan\n"),
        "bands-overlap", "B",
    ),
    "a veto that never holds": (('when: "any(fire, grave)"', 'when: "any(fire, grave) and count(fire) == 0"'), "veto-never", "grave"),
    "a veto that always holds": (('when: "any(fire, grave)"', 'when: "count(fire, grave) <= count(fire)"'), "veto-always", "grave"),
    "a cap that is the worst there is": (("when: count(fire) > fires_most, at_most: B", "when: mixed < floor_b, at_most: B"), "veto-idle", "fires"),
    "two vetoes that want different grades": (("at_most: B", "becomes: C"), "vetoes-contradict", "fires"),
    "a veto that lifts above a cap": (("becomes: D", "becomes: A"), "vetoes-contradict", "fires"),
    "a table with a gap": (("      10..29 || middle\n", "      11..29 || middle\n"), "rows-gap", "size"),
    "a table whose rows overlap": (("      10..29 || middle\n", "      9..29  || middle\n"), "rows-overlap", "size[2]"),
    "a row behind a wider one": (("      true | >= 10 || full\n      true | -     || part\n", "      true | -     || part\n      true | >= 10 || full\n"), "row-never", "help[2]"),
    "a row that contradicts itself": (("      -    | >= 40 || part\n", "      -    | >= 60 || part\n"), "row-never", "help[3]"),
    "a table of any that disagrees": (("hit: first\n    default: none", "hit: any\n    default: none"), "rows-overlap", "help[2]"),
    "a consequence that never follows": (("when: grade == 'D', to", "when: grade == 'D' and mixed > 99 and not any(fire), to"), "consequence-never", "blame"),
    "a consequence of two grades at once": (("when: grade == 'A'", "when: grade == 'A' and grade == 'B'"), "consequence-never", "praise"),
    "a better score that costs a grade": (("C: mixed >= 60", "C: mixed >= 60 and score <= 90"), "not-monotone", "score"),
    "more staff that costs a grade": (("C: mixed >= 60", "C: mixed >= 60 and size != 'large'"), "not-monotone", "staff"),
    "a plan that costs a grade": (("C: mixed >= 60", "C: mixed >= 60 and not plan"), "not-monotone", "plan"),
}  # fmt: skip


def plan_of(text):
    scheme = read_scheme(text, "sound.yaml")
    return compile_scheme(scheme, merge_catalogue(base_catalogue(), [scheme]))


def findings(text):
    found = report(plan_of(text), Z3Prover(), 5)
    return {(one.code.removeprefix("proofs."), one.rule): one for one in found.findings}, found


def test_a_sound_scheme_has_no_fault_and_every_proof_holds():
    found, told = findings(SOUND)
    assert found == {}
    assert told.undecided == ()
    assert {("grade-never", "A"), ("not-monotone", "score"), ("rows-gap", "size"), ("veto-never", "grave")} <= {
        (one.code, one.rule) for one in told.proved
    }


GOOD = """\
scheme: sound
cases:
- case: good
  period: "2025"
  subjects:
    it:
      values: {score: 95, survey: 95, staff: 35, plan: true, kind: old, applied_on: 2025-02-01, quarterly: {2025Q1: 9}}
  expect: {it: {grade: A}}
"""


class Shy:
    """A prover that decides nothing."""

    name = "shy"

    def session(self, *_):
        return self

    def find(self, *_):
        return Answer("open", why="shy")

    against = find


def test_what_a_prover_leaves_open_is_decided_where_it_comes_true_in_facts_somebody_wrote():
    plan = plan_of(SOUND)
    (case,) = read_cases(GOOD, "good.cases.yaml")
    alone = report(plan, Shy())
    assert (alone.findings, alone.proved) == ((), ())
    found = report(plan, Shy(), worlds=[case_evaluation(plan, case)])
    told = {(one.code, one.rule) for one in found.proved}
    assert told == {
        ("gate-never", "applied"), ("criterion-never-applies", "helped"), ("criterion-never", "planned"),
        ("criterion-never", "helped"), ("criterion-never", "few_fires"), ("criterion-never", "steady"),
        ("band-never", "A"), ("grade-never", "A"), ("veto-always", "fires"), ("veto-always", "grave"),
        ("row-never", "size[3]"), ("row-never", "help[1]"), ("consequence-never", "praise"),
    }  # fmt: skip
    open_ = {(one.code, one.rule) for one in found.undecided}
    assert open_ | told == {(one.code, one.rule) for one in alone.undecided}
    assert {("consequence-never", "blame"), ("rows-gap", "size"), ("not-monotone", "score")} <= open_


def test_places_among_all_are_decided_by_the_worked_cases_of_a_shipped_scheme(tmp_path):
    told = Office(tmp_path).json("scheme", "check", "property-abcd", "--prove")
    assert told["undecided"] == []
    assert ("consequence-never", "silver_medal") in {(one["code"], one["rule"]) for one in told["proved"]}


def test_there_are_forty_faults_of_every_kind():
    texts = (Path(__file__).parents[1] / "core/kaoping/texts/proofs.toml").read_text(encoding="utf-8")
    codes = {line[1:-1] for line in texts.splitlines() if line.startswith("[") and "hint_" not in line}
    codes -= {code for code in codes if code.startswith(("why-", "better-"))} | {"proving", "case-title"}
    assert len(FAULTS) >= 40
    assert {fault[1] for fault in FAULTS.values()} == codes
    assert len({fault[0] for fault in FAULTS.values()}) == len(FAULTS)


@pytest.mark.parametrize("name", FAULTS)
def test_every_fault_is_found_and_its_witness_holds(name):
    (old, new), code, rule = FAULTS[name]
    assert old in SOUND
    text = SOUND.replace(old, new, 1)
    found, _ = findings(text)
    assert (code, rule) in found, sorted(found)
    plan = plan_of(text)
    for finding in found.values():
        for frame in filter(None, (finding.witness, finding.other)):
            result = judged(plan, plan.main, frame)
            if not enterable(frame):
                continue
            case = case_text(plan, "it", {"zh": "例", "en": "it"}, frame, result)
            (read,) = read_cases(f"scheme: sound\ncases:\n{case}", "it.cases.yaml")
            assert run_case(plan, read).differences == ()


def test_the_bands_as_the_source_writes_them_are_reported_with_telling_witnesses():
    gap = SOUND.replace(
        "    B: mixed >= floor_b and mixed < floor_a or mixed >= floor_a\n",
        "    B: 70 <= score and score <= 84 and plan\n",
    )
    gap = gap.replace("A: meets_all and mixed >= floor_a", "A: meets_all and score >= 85")
    found, _ = findings(gap)
    frame = found["bands-gap", "B"].witness
    assert frame.values["witness", "score"] == {("2025", ""): 169 / 2}
    shared = gap.replace("    C: mixed >= 60\n", "    C: 50 <= score and score <= 70 and plan\n")
    frame = findings(shared)[0]["bands-overlap", "C"].witness
    assert frame.values["witness", "score"] == {("2025", ""): 70}


def test_reading_alone_finds_no_fault_in_the_schemes_that_ship():
    folders = sorted((Path(__file__).parents[1] / "schemes").glob("kaoping_*"))
    schemes = [scheme for folder in folders for scheme in read_schemes(folder)]
    catalogue = merge_catalogue(base_catalogue(), schemes)
    told = [f"{one.place}: {one.code}" for scheme in schemes for one in faults(compile_scheme(scheme, catalogue))]
    assert told == []


@pytest.mark.slow
def test_proofs_find_no_fault_in_the_schemes_that_ship():
    folders = sorted((Path(__file__).parents[1] / "schemes").glob("kaoping_*"))
    schemes = [scheme for folder in folders for scheme in read_schemes(folder)]
    catalogue = merge_catalogue(base_catalogue(), schemes)
    prover = Z3Prover()
    told = [
        f"{one.place}: {one.code} {one.rule}"
        for scheme in schemes
        for one in report(compile_scheme(scheme, catalogue), prover).findings
    ]
    assert told == []


def test_the_command_proves_saves_witnesses_and_tells_what_is_open(tmp_path):
    office = Office(tmp_path, "en")
    (tmp_path / "sound.yaml").write_text(SOUND, encoding="utf-8")
    page = office.run("scheme", "check", "sound.yaml", "--prove")
    assert (page.code, "found 0" in page.out) == (0, True), page.out
    old, new = FAULTS["two vetoes that want different grades"][0]
    (tmp_path / "bad.yaml").write_text(SOUND.replace(old, new), encoding="utf-8")
    quick = office.run("scheme", "check", "bad.yaml")
    assert quick.code == 0
    ran = office.run("scheme", "check", "bad.yaml", "--prove", "--save", "bad.cases.yaml")
    assert ran.code == 1
    assert "the vetoes 'fires' and 'grave' may hold together and want different grades" in ran.out
    tested = office.json("scheme", "test", "bad.yaml")
    assert (tested["cases"], tested["unconfirmed"]) == (0, 1)  # the witness counts nowhere until somebody has read it
    assert tested["schemes"][0]["unconfirmed"]["differing"] == []
    saved = (tmp_path / "bad.cases.yaml").read_text(encoding="utf-8").replace("  confirmed: false\n", "")
    (tmp_path / "bad.cases.yaml").write_text(saved, encoding="utf-8")
    assert office.json("scheme", "test", "bad.yaml")["passed"] == 1
    ran = office.run("scheme", "check", "bad.yaml", "--save", "bad.cases.yaml")
    assert (ran.code, "holds cases that people wrote" in ran.err) == (2, True)
    office.run("scheme", "check", "bad.yaml", "--save", "no.yaml", "--dry-run")
    assert not (tmp_path / "no.yaml").exists()
