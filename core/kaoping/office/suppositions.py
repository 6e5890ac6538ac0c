"""What if: a subject's result under supposed facts beside the one it has, and who else it moves. Stores nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from kaoping.errors import UsageError
from kaoping.evaluation.plan import Plan, Section
from kaoping.evaluation.result import Result, SubjectResult
from kaoping.evaluation.run import Evaluation
from kaoping.evaluation.tailored import compile_tailored
from kaoping.facts.frame import Frame, Subject
from kaoping.facts.periods import Period, parse_period
from kaoping.insight.compare import moved
from kaoping.insight.suppose import Change, Reading, change_data, suppose, unknown
from kaoping.office.desk import Desk
from kaoping.office.periods import read_period
from kaoping.office.results import subject_data
from kaoping.office.subjects import find_subject
from kaoping.office.tailorings import find_tailoring, tailoring_data, unused
from kaoping.office.titles import title_data, titles
from kaoping.plugins import Plugins
from kaoping.scheme.model import Scheme
from kaoping.scheme.tailoring import tailored
from kaoping.store.connection import Store
from kaoping.store.evaluations import list_evaluations
from kaoping.store.frames import load_frame
from kaoping.store.known import read_subjects


def whatif(
    desk: Desk,
    subject: str,
    period: str,
    *,
    scheme: str | None,
    settings: Sequence[str],
    adding: Sequence[str],
    removing: Sequence[str],
    tailoring: str | None = None,
) -> dict[str, Any]:
    """A subject's result under supposed facts, beside the result on the facts as they are now.

    Without a scheme, under every scheme that assesses the subject in such a period and reads every fact named; where
    some of them were evaluated for the period, under those; with a tailoring, under its scheme as tailored.

    Raises:
        UsageError: a fact, window, item or record named is not there; no scheme assesses the subject.
    """
    if not (settings or adding or removing):
        raise UsageError("insight.nothing-supposed")
    for text in settings:
        if "=" not in text:  # before anything is read
            raise UsageError("insight.set-form", text=text)
    plugins = desk.plugins
    parse_period(period)
    with desk.opened() as store:
        found = find_subject(read_subjects(store), subject)
        told: list[dict[str, Any]] = []
        refused: list[UsageError] = []
        plans = plans_for(desk, plugins, found, scheme, period, tailoring)
        used = {one.scheme for one in list_evaluations(store, None, period)}
        in_use = [plan for plan in plans if plan.scheme.id in used]
        for plan in in_use or plans:
            frame = frame_now(desk, store, plan, read_period(plan.scheme, period))
            try:
                changes = _read(plan, frame, found.id, settings, adding, removing)
            except UsageError as error:
                refused.append(error)
                continue
            told.append(_told(desk, plan, frame, found, changes))
    if not told:
        raise _why(refused)
    return {"subject": found.id, "title": found.title, "period": period, "schemes": told, "stored": False}


def _why(refused: Sequence[UsageError]) -> UsageError:
    """Why no scheme takes the suppositions: of a name that none knows, what all of them know."""
    deeper = [error for error in refused if error.key not in ("insight.unknown-fact", "insight.unknown-record")]
    if deeper or len({error.key for error in refused}) > 1 or len(refused) == 1:
        told = deeper or refused
        return next((error for error in told if error.facts.get("near")), told[0])
    known = {name: title for error in refused for name, title in error.facts["titles"].items()}
    schemes = ", ".join(error.facts["scheme"] for error in refused)
    facts = {name: fact for name, fact in refused[0].facts.items() if name in ("name", "text")}
    return unknown(refused[0].key, known=known, scheme=schemes, **facts)


def plans_for(
    desk: Desk, plugins: Plugins, subject: Subject, scheme: str | None, period: str, tailoring: str | None = None
) -> list[Plan]:
    """The scheme asked for (or that a tailoring is of), or every one that assesses the subject in such a period.

    Raises:
        UsageError: there is none, or the one asked for does not assess the subject; there is no such tailoring.
        Problems: the tailoring is of another scheme or edition, or breaks it.
    """
    if tailoring is not None:
        place = find_tailoring(desk, tailoring)
        scheme = scheme or place.scheme
        chosen = [tailored(plugins.scheme(scheme), place)]
        read_period(chosen[0], period)
    elif scheme is not None:
        chosen = [plugins.scheme(scheme)]
        read_period(chosen[0], period)
    else:
        chosen = [one for one in plugins.schemes.values() if _fits(one, period)]
    facts: dict[str, Any] = {"title": subject.title, "subject": subject.id}
    plans = []
    for one in chosen:
        types = {member for name in (one.subject, *one.roll_ups) for member in plugins.catalogue.members(name)}
        if subject.type in types:
            plans.append(compile_tailored(one, plugins.catalogue))
        elif scheme is not None:
            raise UsageError("insight.not-assessed-by", scheme=scheme, **facts)
    if not plans:
        raise UsageError("insight.no-scheme-assesses", period=period, **facts)
    return plans


def tailoring_notes(desk: Desk, scheme: Scheme, span: Period) -> list[str]:
    """What to say of a scheme that is used as it is where the place has a tailoring of it."""
    return [] if scheme.tailoring else unused(desk, scheme, span)


def _fits(scheme: Scheme, period: str) -> bool:
    try:
        read_period(scheme, period)
    except UsageError:
        return False
    return True


def frame_now(desk: Desk, store: Store, plan: Plan, period: Period) -> Frame:
    """The facts of a period as known now."""
    desk.step("office.reading-facts", scheme=plan.scheme.id, period=period.text)
    return load_frame(store, plan.needs, period, desk.today)


def _read(
    plan: Plan, frame: Frame, subject: str, settings: Sequence[str], adding: Sequence[str], removing: Sequence[str]
) -> list[Change]:
    changes: list[Change] = []
    for text in settings:
        changes += Reading(plan, frame, subject).settings(text)
    for text in removing:
        changes.append(Reading(plan, frame, subject).removing(text))
    for text in adding:  # each on the frame with the ones before, so that every record has a number of its own
        changes.append(Reading(plan, suppose(frame, changes), subject).adding(text))
    return changes


def _told(desk: Desk, plan: Plan, frame: Frame, subject: Subject, changes: list[Change]) -> dict[str, Any]:
    desk.step("office.evaluating", scheme=plan.scheme.id, period=frame.period.text)
    before, after = Evaluation(plan, frame), Evaluation(plan, suppose(frame, changes))
    section = next(one for one in plan.sections() if subject.type in plan.catalogue.members(one.type))
    one, other = _own(before, section, subject), _own(after, section, subject)
    others = list(_others(before.result(trace=False), after.result(trace=False), subject.id))
    return {
        "scheme": plan.scheme.id,
        "scheme_title": title_data(plan.scheme.title),
        "edition": plan.scheme.edition,
        "tailoring": tailoring_data(plan.scheme),
        "notes": tailoring_notes(desk, plan.scheme, frame.period),
        "closed": frame.period.text in frame.closed,
        "changes": [change_data(frame, change) for change in changes],
        "before": subject_data(one),
        "after": subject_data(other),
        "moved": moved(_measured(plan, section, one), _measured(plan, section, other)),
        "others": others,
        "titles": titles(plan.scheme, plan.catalogue) | {"measures": _measures(plan)},
    }


def _own(evaluation: Evaluation, section: Section, subject: Subject) -> SubjectResult:
    known = next((one for one in evaluation.subjects(section) if one.id == subject.id), None)
    if known is None:
        facts: dict[str, Any] = {"title": subject.title, "subject": subject.id, "period": evaluation.frame.period.text}
        raise UsageError("insight.no-scheme-assesses", **facts)
    return evaluation.subject(section, known)


def _measured(plan: Plan, section: Section, one: SubjectResult) -> SubjectResult:
    """The result with the values of measures alone: facts move because they are supposed to."""
    names = {name for of, name in plan.measures if of == section.type}
    return replace(one, values={name: by for name, by in one.values.items() if name in names})


def _measures(plan: Plan) -> dict[str, Any]:
    return {name: title_data(measure.rule.title) for (_, name), measure in plan.measures.items()}


def _others(before: Result, after: Result, own: str) -> Iterator[dict[str, Any]]:
    """Everybody else whose grade, status, places or consequences move; who only changes rank is counted."""
    was = {one.subject: one for one in (*before.results, *before.rolled_up)}
    for other in (*after.results, *after.rolled_up):
        if other.subject == own:
            continue
        found = moved(was[other.subject], other)
        if found:
            yield {"subject": other.subject, "title": other.title, "type": other.type, "moved": found}
