"""Worked cases: whether they hold, on every engine that can run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kaoping.cases import Case, read_cases, run_case
from kaoping.cases.shown import shown
from kaoping.errors import RefusedError, UsageError, nearest
from kaoping.evaluation.accounts import FrameEngine
from kaoping.evaluation.plan import Plan
from kaoping.evaluation.rulebook import Engine
from kaoping.evaluation.tailored import compile_tailored
from kaoping.evaluation.values import round_half_away
from kaoping.facts.values import number_text
from kaoping.mutation import sensitivity
from kaoping.office.boundaries import drawn
from kaoping.office.desk import Desk
from kaoping.office.engines import asked
from kaoping.office.schemes import catalogue_with, chosen


def test(
    desk: Desk,
    which: str | None,
    case: str | None,
    *,
    mutate: bool,
    bounds: bool,
    save: Path | None,
    dry_run: bool,
) -> dict[str, Any]:
    """Run the worked cases of a scheme, of a scheme file, or of every scheme, on every engine that can run.

    Cases that nobody has confirmed are run and told apart: they count nowhere.

    Args:
        desk: where it is done.
        which: the scheme or its file; every scheme where None.
        case: only this one.
        mutate: every rule is also changed a little in turn: how many changes do the cases notice?
        bounds: cases on the lines the scheme draws are made, and judged by every engine.
        save: they are written there, too.
        dry_run: nothing is written.

    Raises:
        UsageError: no case is called so; the boundaries of several schemes into one file.
    """
    plugins = desk.plugins
    if save is not None and which is None:
        raise UsageError("boundaries.one-scheme")
    wanted = asked(plugins)
    engines = {name: engine for name, engine in wanted.items() if engine.unavailable() is None}
    schemes = chosen(plugins, which)
    tested: list[dict[str, Any]] = []
    notes = [f"{name}: {engine.unavailable()}" for name, engine in wanted.items() if name not in engines]
    if not engines:
        why = "; ".join(notes) or desk.say("office.no-second-engine")
        notes = [desk.say("office.one-opinion", why=why)]
    for scheme in schemes:
        plan = compile_tailored(scheme, catalogue_with(plugins, scheme))
        every = [one for one in read_cases(scheme.cases_text, scheme.cases_file) if case in (None, one.id)]
        cases = [one for one in every if one.confirmed]
        outcomes = []
        for done, one in enumerate(every):
            desk.tell(desk.say("office.testing", scheme=scheme.id), done, len(every))
            outcomes.append((one, _differences(plan, one, list(engines.values()), notes)))
        differing = {
            confirmed: [
                {"case": one.id, "title": dict(one.title), "differences": found}
                for one, found in outcomes
                if found and one.confirmed is confirmed
            ]
            for confirmed in (True, False)
        }
        failures = differing[True]
        found: dict[str, Any] = {"scheme": scheme.id, "edition": scheme.edition, "cases": len(cases)}
        found |= {"failures": failures}
        found |= {"unconfirmed": {"cases": len(every) - len(cases), "differing": differing[False]}}
        found |= {"coverage": _shown(plan, cases)} if case is None else {}
        if mutate:
            found |= {"sensitivity": None if failures else _sensitivity(desk, plan, cases)}
        if bounds or save is not None:
            asking = list(engines.values())
            found |= {"boundaries": drawn(desk, plugins, plan, cases, asking, save=save, dry_run=dry_run)}
        tested.append(found)
    if case is not None and not any(one["cases"] or one["unconfirmed"]["cases"] for one in tested):
        known = [known.id for scheme in schemes for known in read_cases(scheme.cases_text, scheme.cases_file)]
        near = nearest(case, known)
        raise UsageError("office.unknown-case", case=case, near=near, hint="common.did-you-mean" if near else None)
    total, failed = sum(one["cases"] for one in tested), sum(len(one["failures"]) for one in tested)
    return {
        "cases": total,
        "passed": total - failed,
        "failed": failed,
        "unconfirmed": sum(one["unconfirmed"]["cases"] for one in tested),
        "differing": sum(one["boundaries"]["counts"]["differing"] for one in tested if "boundaries" in one),
        "engines": ["reference", *engines],
        "notes": list(dict.fromkeys(notes)),
        "schemes": [{**one, "passed": one["cases"] - len(one["failures"])} for one in tested],
    }


def _sensitivity(desk: Desk, plan: Plan, cases: Sequence[Case]) -> dict[str, Any]:
    """How many changes of the rules the cases notice, and which they do not."""
    step = desk.say("insight.mutating", scheme=plan.scheme.id)
    found = sensitivity(plan, cases, lambda done, total: desk.tell(step, done, total))
    return {
        "changes": found.changes,
        "noticed": found.changes - len(found.survivors),
        "percent": number_text(round_half_away(found.percent, 1)),
        "survivors": [
            {"kind": one.kind, "rule": one.rule, "where": str(one.place), "was": one.was, "becomes": one.becomes}
            for one in found.survivors
        ],
    }


def _shown(plan: Plan, cases: Sequence[Case]) -> dict[str, Any]:
    """How many outcomes of the rules come about in the cases, and those that never do."""
    found = shown(plan, cases)
    return {
        "shown": len(found.happens),
        "outcomes": len(found.happens) + len(found.never),
        "never_shown": [{"kind": kind, "rule": rule, "what": what} for kind, rule, what in found.never],
    }


def _differences(
    plan: Plan, case: Case, engines: Sequence[Engine | FrameEngine], notes: list[str]
) -> list[dict[str, str]]:
    """What a case expected and did not get; where engines differ, what each said."""
    try:
        result = run_case(plan, case, engines)
    except RefusedError as error:
        facts = {name: str(value) for name, value in error.facts.items()}
        differing = {"subject": facts["subject"], "what": f"{facts['rule']} ({facts['engine']})"}
        return [{**differing, "expected": facts["ours"], "found": facts["theirs"], "where": ""}]
    notes += [f"{case.id}: {note}" for note in result.notes]
    return [
        {
            "subject": one.subject,
            "what": one.what,
            "expected": one.expected,
            "found": one.found,
            "where": str(one.place),
        }
        for one in result.differences
    ]
