"""What is wrong with a scheme that compiles: what reading it finds, and what a prover finds over every input."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kaoping.cases import case_evaluation, read_cases
from kaoping.errors import KaopingError, UsageError
from kaoping.evaluation.plan import Plan
from kaoping.evaluation.run import Evaluation
from kaoping.facts.frame import Frame
from kaoping.insight.faults import Finding
from kaoping.insight.proofs import Report, Undecided, report
from kaoping.insight.witness import case_text, enterable, judged, witness_data
from kaoping.office.boundaries import keep_what_people_wrote
from kaoping.office.desk import Desk
from kaoping.office.improvements import prover_of
from kaoping.office.results import standing
from kaoping.plugins import Plugins
from kaoping.texts import has_text, say

WHY = ("bounded", "reference")


def proofs(
    desk: Desk, plugins: Plugins, plan: Plan, *, prove: bool, seconds: int, save: Path | None, dry_run: bool
) -> dict[str, Any]:
    """The findings, the proofs that hold and the questions left open, as JSON data; witnesses saved as worked cases.

    Raises:
        EnvironmentError: no prover can run, and one is asked for.
        UsageError: the file to save to holds cases that people wrote.
    """
    if save is not None:
        keep_what_people_wrote(save)
    prover = prover_of(plugins) if prove else None

    step = desk.say("proofs.proving", scheme=plan.scheme.id)
    asked: list[str] = []

    def tell(rule: str) -> None:
        asked.append(rule)
        desk.tell(step, len(asked), 0)

    found = report(plan, prover, seconds, tell, list(_worlds(plan)) if prover else ())
    told = [_told(desk, plan, finding) for finding in found.findings]
    cases = [text for one in told for text in one.pop("cases")]
    if save is not None and cases and not dry_run:
        _save(plan, cases, save)
    return {
        "findings": told,
        "proved": [vars(one) for one in found.proved],
        "undecided": [_open(desk, one) for one in found.undecided],
        "prover": prover.name if prover else None,
        "saved": {"file": str(save), "cases": len(cases), "dry_run": dry_run} if save is not None else None,
        "counts": _counts(found),
    }


def _worlds(plan: Plan) -> Iterator[Evaluation]:
    """The facts of worked cases with the scheme's own parameters, entry closed."""
    for case in read_cases(plan.scheme.cases_text, plan.scheme.cases_file):
        if case.table.get("refused") or case.table.get("parameters") or not case.confirmed:
            continue
        try:
            evaluation = case_evaluation(plan, case)
        except KaopingError:  # told by whoever runs the cases
            continue
        if not evaluation.part and evaluation.frame.period.text in evaluation.frame.closed:
            yield evaluation


def _counts(found: Report) -> dict[str, int]:
    return {"findings": len(found.findings), "proved": len(found.proved), "undecided": len(found.undecided)}


def _told(desk: Desk, plan: Plan, finding: Finding) -> dict[str, Any]:
    facts = dict(finding.facts)
    if "better" in facts and finding.code == "proofs.not-monotone":
        facts["better"] = desk.say(f"proofs.better-{facts['better']}")
    message = desk.say(finding.code, **facts)
    hint = desk.say(f"{finding.code}.hint", **facts) if has_text(f"{finding.code}.hint") else None
    worlds = [frame for frame in (finding.witness, finding.other) if frame is not None]
    data: dict[str, Any] = {"code": finding.code, "rule": finding.rule, "message": message, "where": str(finding.place)}
    data |= {"hint": hint} if hint else {}
    data["witnesses"] = [_witness(plan, frame) for frame in worlds]
    data["cases"] = list(_cases(plan, finding, worlds))
    return data


def _witness(plan: Plan, frame: Frame) -> dict[str, Any]:
    result = judged(plan, _section(plan, frame), frame)
    return {"facts": witness_data(frame), "standing": standing(result), "raw_grade": result.raw_grade}


def _section(plan: Plan, frame: Frame) -> Any:
    kind = frame.subjects["witness"].type
    return next(one for one in plan.sections() if kind in plan.catalogue.members(one.type))


def _cases(plan: Plan, finding: Finding, worlds: list[Frame]) -> list[str]:
    """The worlds as cases, where every number in them can be written."""
    name = f"{finding.code.removeprefix('proofs.')}-{finding.rule}".replace("[", "-").replace("]", "").replace("_", "-")
    facts: dict[str, dict[str, Any]] = {}
    for language in ("zh", "en"):
        facts[language] = dict(finding.facts)
        if finding.code == "proofs.not-monotone":
            facts[language]["better"] = say(f"proofs.better-{finding.facts['better']}", language)
    message = {language: say(finding.code, language, **facts[language]) for language in ("zh", "en")}
    title = {language: say("proofs.case-title", language, message=message[language]) for language in ("zh", "en")}
    texts = []
    for number, frame in enumerate(worlds, 1):
        if enterable(frame):
            case = name if len(worlds) == 1 else f"{name}-{number}"
            result = judged(plan, _section(plan, frame), frame)
            texts.append(case_text(plan, case, title, frame, result, confirmed=False))
    return texts


def _save(plan: Plan, cases: list[str], file: Path) -> None:
    try:
        file.write_text(f"scheme: {plan.scheme.id}\ncases:\n" + "\n".join(cases), encoding="utf-8")
    except OSError as error:
        raise UsageError("insight.picture-not-written", file=file, why=error) from error


def _open(desk: Desk, one: Undecided) -> dict[str, str]:
    if not one.why:
        why = desk.say("proofs.why-time")
    elif one.why in WHY:
        why = desk.say(f"proofs.why-{one.why}")
    else:
        why = desk.say("proofs.why-not-understood", what=one.why)
    return {"code": one.code, "rule": one.rule, "why": why}
