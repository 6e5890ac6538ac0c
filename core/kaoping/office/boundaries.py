"""The boundaries of a scheme: who stands on its lines, what every engine finds of them, saved for people to confirm."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kaoping.boundaries import Boundaries, Probe, Unreached, boundaries
from kaoping.boundaries.base import Base
from kaoping.boundaries.written import cases_text
from kaoping.cases import Case, read_cases, run_case
from kaoping.errors import DataError, EnvironmentError, KaopingError, RefusedError, UsageError
from kaoping.evaluation.accounts import FrameEngine
from kaoping.evaluation.opinions import second_opinions
from kaoping.evaluation.plan import Plan
from kaoping.evaluation.result import SubjectResult
from kaoping.evaluation.rulebook import Engine
from kaoping.evaluation.run import Evaluation
from kaoping.insight.compare import moved
from kaoping.insight.proving import Prover
from kaoping.insight.suppose import change_data, suppose
from kaoping.office.desk import Desk
from kaoping.office.improvements import prover_of
from kaoping.office.results import standing
from kaoping.office.titles import titles
from kaoping.plugins import Plugins

SECONDS = 5


def drawn(
    desk: Desk,
    plugins: Plugins,
    plan: Plan,
    cases: Sequence[Case],
    engines: Sequence[Engine | FrameEngine],
    *,
    save: Path | None,
    dry_run: bool,
) -> dict[str, Any]:
    """Every boundary with what is found there, as JSON data; saved as cases nobody has confirmed.

    Raises:
        DataError: there is nobody to start from. UsageError: the file holds cases people wrote.
    """
    if save is not None:
        keep_what_people_wrote(save)
    step = desk.say("boundaries.looking", scheme=plan.scheme.id)
    found = boundaries(plan, cases, _prover(plugins), SECONDS, lambda _, done, total: desk.tell(step, done, total))
    if not found.bases:
        raise DataError("boundaries.no-base", place=plan.scheme.place, scheme=plan.scheme.id)
    told, judged = [], []
    for done, probe in enumerate(found.probes):
        desk.tell(step, done, len(found.probes))
        data, result = _told(plan, probe, engines)
        told.append(data)
        judged += [(probe, result)] if result is not None else []
    text = cases_text(plan, judged) if save is not None else ""
    saved = None
    if save is not None:
        saved = {"file": str(save), "cases": _written(plan, text, save, dry_run=dry_run), "dry_run": dry_run}
    return {
        "bases": [_base(one) for one in found.bases],
        "probes": told,
        "unreached": [_unreached(one) for one in found.unreached],
        "counts": _counts(found, told),
        "titles": titles(plan.scheme, plan.catalogue),
        "saved": saved,
    }


def _prover(plugins: Plugins) -> Prover | None:
    try:
        return prover_of(plugins)
    except EnvironmentError:
        return None


def _told(
    plan: Plan, probe: Probe, engines: Sequence[Engine | FrameEngine]
) -> tuple[dict[str, Any], SubjectResult | None]:
    base = probe.base
    data: dict[str, Any] = {"kind": probe.kind, "of": probe.of, "rule": probe.rule, "where": str(probe.place or "")}
    data |= {"position": probe.position, "value": probe.value, "limit": probe.limit, "subject": base.subject}
    data |= {"case": None if base.proved else base.case.id}
    data |= {"changes": [change_data(base.evaluation.frame, change) for change in probe.changes]}
    try:
        frame = suppose(base.evaluation.frame, probe.changes)
        evaluation = Evaluation(plan, frame, base.evaluation.machine.changed)
        subject = next(one for one in evaluation.subjects(base.section) if one.id == base.subject)
        result = evaluation.subject(base.section, subject, trace=False)
    except KaopingError as error:  # such as a day too far away to count to
        return data | {"refused": error.text("en")}, None
    data |= {"standing": standing(result), "status": result.status, "grade": result.grade}
    data |= {"possible_grades": list(result.possible_grades), "moved": moved(base.result, result)}
    data |= {"vetoes": [one.veto for one in result.vetoes if one.holds], "differs": None}
    if engines:
        try:
            second_opinions(evaluation, evaluation.result(trace=False), engines)
        except RefusedError as error:
            data["differs"] = {name: str(error.facts[name]) for name in ("engine", "subject", "rule", "ours", "theirs")}
    return data, result


def _base(base: Base) -> dict[str, Any]:
    about = {"type": base.section.type, "case": None if base.proved else base.case.id, "subject": base.subject}
    return {**about, "standing": standing(base.result), "grade": base.result.grade, "passes": base.passes}


def _unreached(one: Unreached) -> dict[str, Any]:
    about = {"kind": one.kind, "of": one.of, "rule": one.rule, "where": str(one.place)}
    return {**about, "positions": list(one.positions), "why": one.why or "together"}


def _counts(found: Boundaries, told: Sequence[dict[str, Any]]) -> dict[str, int]:
    counts = {kind: sum(one.kind == kind for one in found.probes) for kind in ("edge", "other", "veto", "blank")}
    together = sum(one.kind == "vetoes" for one in found.probes)
    differing = sum(bool(one.get("differs")) for one in told)
    return {**counts, "veto": counts["veto"] + together, "unreached": len(found.unreached), "differing": differing}


def _written(plan: Plan, text: str, file: Path, *, dry_run: bool) -> int:
    """Write the cases, each read back and run first; how many there are.

    Raises:
        UsageError: it cannot be written, or holds cases that people wrote.
    """
    cases = read_cases(text, str(file))
    for case in cases:
        differences = run_case(plan, case).differences
        assert not differences, f"a boundary written as a case comes out otherwise: {differences}"
    if not dry_run:
        try:
            file.write_text(text, encoding="utf-8")
        except OSError as error:
            raise UsageError("insight.picture-not-written", file=file, why=error) from error
    return len(cases)


def keep_what_people_wrote(file: Path) -> None:
    """Refuse to write over cases that are not marked as made by a program.

    Raises:
        UsageError: it holds some, or is no file of cases at all.
    """
    if not file.exists():
        return
    try:
        people = any(case.confirmed for case in read_cases(file.read_text(encoding="utf-8"), str(file)))
    except (KaopingError, OSError, UnicodeDecodeError):
        people = True
    if people:
        raise UsageError("boundaries.not-overwritten", file=file)
