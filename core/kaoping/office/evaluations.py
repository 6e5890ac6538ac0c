"""Evaluations: making one, looking at those kept, and running one again as it was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from kaoping import __version__
from kaoping.errors import UsageError
from kaoping.evaluation.compile import compile_scheme
from kaoping.evaluation.opinions import Opinions, second_opinions
from kaoping.evaluation.plan import Plan
from kaoping.evaluation.result import Result, canonical
from kaoping.evaluation.run import Evaluation as Run
from kaoping.evaluation.tailored import compile_tailored
from kaoping.facts.frame import Frame
from kaoping.facts.periods import Period, parse_period
from kaoping.office.at_once import check_trace, engine_for, judge, keep_frames, very_many
from kaoping.office.desk import CHINA, Desk
from kaoping.office.engines import REFERENCE, asked
from kaoping.office.in_parts import InParts, NotInPartsError, engine_in_parts
from kaoping.office.kept import Kept, catalogue_text, read_kept
from kaoping.office.periods import in_force, read_period
from kaoping.office.results import results_data, subject_data
from kaoping.office.subjects import read_moment
from kaoping.office.tailorings import holds, parameter_text, side_by_side, tailored_for, tailoring_data, unused
from kaoping.office.titles import title_data, titles
from kaoping.plugins import Plugins
from kaoping.scheme.model import Scheme
from kaoping.store.connection import Store
from kaoping.store.evaluations import (
    Evaluation,
    NewEvaluation,
    NewTailoring,
    list_evaluations,
    read_evaluation,
    read_result,
    store_evaluation,
    stored_results,
)
from kaoping.store.frames import load_frame
from kaoping.store.moments import last_moment, moment_from
from kaoping.store.some import how_many
from kaoping.store.spilled import Lazily, Spilled

MOST_DIFFERENCES = 20


@dataclass(frozen=True)
class How:
    """How a scheme is to be evaluated.

    Attributes:
        engine: this one alone; None: every one that can run.
        as_of: with the facts known then; None: now.
        dry_run: keep nothing.
        compare: beside a tailored result, that of the scheme as it is.
        trace: ``all``: keep the facts of each subject, also where everybody is judged at once.
    """

    engine: str | None = None
    as_of: str | None = None
    dry_run: bool = False
    compare: bool = False
    trace: str | None = None


def evaluate(desk: Desk, scheme_id: str, period: str, how: How, *, tailoring: str | None = None) -> dict[str, Any]:
    """Evaluate a scheme for a period with every engine that can run, and keep the result.

    Raises:
        RefusedError: an engine found something else; nothing is kept.
    """
    if how.compare and tailoring is None:
        raise UsageError("office.nothing-to-compare")
    check_trace(how.trace)
    plugins = desk.plugins
    scheme = plugins.scheme(scheme_id)
    return evaluate_with(desk, plugins, tailored_for(desk, scheme, tailoring), period, how)


def evaluate_with(desk: Desk, plugins: Plugins, scheme: Scheme, period: str, how: How) -> dict[str, Any]:
    """As `evaluate`, with plugins that are loaded and a scheme that is tailored already."""
    span = read_period(scheme, period)
    period = span.text
    engines = asked(plugins, how.engine)
    plan = compile_tailored(scheme, plugins.catalogue)
    with desk.opened() as store:
        as_of = read_moment(how.as_of)
        today = moment_from(as_of).astimezone(CHINA).date() if as_of else desk.today
        with store.reading() as connection:
            moment = _Moment(as_of or last_moment(connection), min(today, desk.today))
        if not how.compare and (whole := engine_in_parts(plugins, how.engine, plan, store, span, moment.known_at)):
            many = how_many(store, plan.catalogue.members(plan.main.type), span.end, moment.known_at or None)
            keep = not (how.dry_run or how.as_of) and very_many(many)
            made = InParts(
                desk, plugins, store, whole, plan, span, moment.today, moment.known_at, keep, how.trace == "all"
            )
            try:
                return _evaluate_in_parts(_Evaluating(desk, plugins, scheme, plan, span, how, moment), store, made)
            except NotInPartsError:
                pass  # the core finds places among all, over everybody's results
        return _evaluate_together(_Evaluating(desk, plugins, scheme, plan, span, how, moment), store, engines)


@dataclass(frozen=True)
class _Moment:
    """When the facts were known that are judged, and the day of the evaluation."""

    known_at: str
    today: date


@dataclass(frozen=True)
class _Evaluating:
    """What is evaluated and how."""

    desk: Desk
    plugins: Plugins
    scheme: Scheme
    plan: Plan
    span: Period
    how: How
    moment: _Moment

    def keep(
        self, store: Store, result: Result | Spilled, closed: frozenset[str], opinions: Opinions, notes: list[str]
    ) -> int | None:
        """Store the result, unless nothing is to be kept."""
        if self.how.dry_run:
            return None
        tell = self.desk.steps("office.storing")
        new = NewEvaluation(
            result,
            self.scheme.text,
            self.scheme.file,
            catalogue_text(self.plugins),
            self.moment.known_at,
            self.moment.today,
            self.desk.actor,
            closed=closed,
            parameters=_changed(self.scheme, self.span),
            engines=list(opinions.engines),
            opinions=opinions.covers,
            notes=notes,
            versions=_versions(self.plugins),
            tailoring=_tailoring(self.scheme),
        )
        return store_evaluation(store, new, self.desk.clock(), tell)

    def head(self, number: int | None, closed: frozenset[str], opinions: Opinions, notes: list[str]) -> dict[str, Any]:
        """What is said of the evaluation beside its results."""
        return {
            "evaluation": number,
            "period": self.span.text,
            "engines": list(opinions.engines),
            "covers": opinions.covers,
            "notes": notes,
            "known_at": self.moment.known_at,
            "closed": self.span.text in closed,
            "dry_run": self.how.dry_run,
        }


def _evaluate_in_parts(asked: _Evaluating, store: Store, made: InParts) -> dict[str, Any]:
    """Everybody judged at once; results are written down some at a time and read again by whoever goes through them."""
    desk, scheme = asked.desk, asked.scheme
    with made.results() as (spilled, opinions):
        closed = made.bare.closed
        many = spilled.count("subject")
        notes = _notes(
            desk,
            asked.plugins,
            scheme,
            asked.span,
            _About(made.bare, many, made.weekday_years),
            opinions,
            asked.how.engine,
        )
        number = asked.keep(store, spilled, closed, opinions, notes)
        results: dict[str, Any] = {"grades": dict(made.grades)}
        for name, section in (("results", "subject"), ("rolled_up", "rolled_up")):
            if number is None:
                results[name] = [subject_data(one) for one in spilled.rows(section)]
                continue
            results[name] = Lazily(spilled.count(section), partial(_stored_data, desk.database, number, section))
        head = asked.head(number, closed, opinions, notes)
        return _data(head, spilled, scheme, Kept(scheme, asked.plan.catalogue), results)


def _stored_data(path: Path, evaluation: int, section: str) -> Iterator[dict[str, Any]]:
    return (subject_data(one) for one in stored_results(path, evaluation, section))


def _evaluate_together(asked: _Evaluating, store: Store, engines: Mapping[str, Any]) -> dict[str, Any]:
    """Everybody's results together in memory."""
    desk, plugins, plan, how, span = asked.desk, asked.plugins, asked.plan, asked.how, asked.span
    known_at, today = asked.moment.known_at, asked.moment.today
    compared, scheme = None, asked.scheme
    run: Run
    tell = desk.steps("office.reading-facts", scheme=scheme.id, period=span.text)
    frame = load_frame(store, plan.needs, span, today, known_at or None, tell)
    if how.compare:
        original = compile_scheme(plugins.scheme(scheme.id), plugins.catalogue)
        beside = Run(original, load_frame(store, original.needs, span, frame.today, known_at or None))
    if engine := engine_for(plugins, how.engine, plan, frame):
        kept = {}
        if not (how.dry_run or how.as_of):
            kept = keep_frames(desk, plugins, store, engine.name, plan, frame, known_at)
        run, result, opinions = judge(desk, engine, plan, frame, kept, how.trace)
    else:
        run, result = _run(desk, plan, frame)
        if engines:
            desk.step("office.second-opinion", engines=", ".join(engines))
        opinions = second_opinions(run, result, list(engines.values()))
    if how.compare:
        compared = side_by_side(beside.result(), result)
    members = plan.catalogue.members(scheme.subject)
    about = _About(frame, len(frame.of_type(members, span.end)), run.machine.weekday_years)
    notes = _notes(desk, plugins, scheme, span, about, opinions, how.engine)
    number = asked.keep(store, result, frame.closed, opinions, notes)
    head = asked.head(number, frame.closed, opinions, notes)
    found = _data(head, result, scheme, Kept(scheme, plan.catalogue), results_data(result))
    return found if compared is None else {**found, "compared": compared}


@dataclass(frozen=True)
class _About:
    """What notes hang on: the facts, how many there are to assess, years whose working days nobody has set."""

    frame: Frame
    many: int
    weekday_years: set[int]


def _changed(scheme: Scheme, span: Period) -> dict[str, str]:
    """The values a tailoring put in place of the scheme's own, in force on the period's last day."""
    names = scheme.tailoring.changes if scheme.tailoring else ()
    values = {name: scheme.parameters[name].on(span.end) for name in names}
    return {name: parameter_text(value) for name, value in values.items() if value is not None}


def _tailoring(scheme: Scheme) -> NewTailoring | None:
    one = scheme.tailoring
    return NewTailoring(one.id, one.file, one.text) if one else None


def show(desk: Desk, number: int) -> dict[str, Any]:
    """What a stored evaluation found; needs no plugin."""
    with desk.opened() as store:
        found = read_evaluation(store, number)
        kept = read_kept(store, found)
        result = read_result(store, number)
    head = {
        "evaluation": number,
        "period": found.period,
        "engines": list(found.engines),
        "covers": found.opinions,
        "notes": list(found.notes),
        "known_at": found.known_at,
        "closed": found.period in found.closed,
        **_kept_data(found),
        "tailoring": tailoring_data(kept.scheme),
    }
    return _data(head, result, kept.scheme, kept, results_data(result))


def list_stored(desk: Desk, scheme: str | None, period: str | None) -> dict[str, Any]:
    """The evaluations kept, earliest first."""
    with desk.opened() as store:
        found = list_evaluations(store, scheme, period)
    return {"evaluations": [{"evaluation": one.id, **_kept_data(one)} for one in found]}


def verify(desk: Desk, number: int) -> dict[str, Any]:
    """Run a stored evaluation again on what was known then, and compare digests."""
    with desk.opened() as store:
        desk.step("office.verifying", evaluation=number)
        found = read_evaluation(store, number)
        stored = read_result(store, number)
        result = rerun(store, found).result()
    digest = result.digest()
    same = digest == found.digest == stored.digest()
    return {
        "evaluation": number,
        "scheme": found.scheme,
        "edition": found.edition,
        "period": found.period,
        "known_at": found.known_at,
        "same": same,
        "result_digest": found.digest,
        "digest_now": digest,
        "differences": [] if same else _differences(stored, result),
    }


def rerun(store: Store, found: Evaluation) -> Run:
    """A stored evaluation once more: the scheme's text as kept, the facts, closings and publications known then."""
    plan = read_kept(store, found).plan()
    frame = load_frame(store, plan.needs, parse_period(found.period), found.today, found.known_at or None)
    return Run(plan, frame)


def _run(desk: Desk, plan: Plan, frame: Frame) -> tuple[Run, Result]:
    step = desk.say("office.evaluating", scheme=plan.scheme.id, period=frame.period.text)
    run = Run(plan, frame)
    return run, run.result(progress=lambda done, total: desk.tell(step, done, total))


def _notes(
    desk: Desk, plugins: Plugins, scheme: Scheme, span: Period, about: _About, opinions: Opinions, wanted: str | None
) -> list[str]:
    notes, frame = [], about.frame
    if opinions.opinions == 1:
        broken = [f"{one.name}: {one.problem.text(desk.language)}" for one in plugins.found if one.problem]
        asked = "office.only-reference-asked" if wanted == REFERENCE else "office.no-second-engine"
        why = "; ".join(opinions.notes or (broken if wanted is None else ())) or desk.say(asked)
        notes.append(desk.say("office.one-opinion", why=why))
    else:
        notes += opinions.notes
    since, until = scheme.in_force
    if not in_force(scheme, span):
        notes.append(desk.say("office.not-in-force", since=since or "", until=until or "", period=span.text))
    if scheme.tailoring and not holds(scheme.tailoring, span):
        since, until = scheme.tailoring.in_force
        facts = {"name": scheme.tailoring.id, "since": since or "", "until": until or ""}
        notes.append(desk.say("office.tailoring-not-in-force", period=span.text, **facts))
    elif scheme.tailoring is None:
        notes += unused(desk, scheme, span)
    catalogue = plugins.catalogue
    if not about.many:
        kind = catalogue.subject_types[scheme.subject].title
        notes.append(desk.say("office.no-subjects", period=span.text, kind=kind, scheme=scheme.id))
    elif span.text not in frame.closed:
        notes.append(desk.say("office.entry-open", period=span.text))
    if span.end > frame.today:
        notes.append(desk.say("office.period-not-over", period=span.text, today=frame.today))
    if years := sorted(about.weekday_years):
        listed = ", ".join(map(str, years))
        notes.append(desk.say("office.days-by-the-week", years=listed))
    return notes


def _versions(plugins: Plugins) -> Mapping[str, str]:
    versions = {"kaoping": __version__}
    versions |= {one.distribution: one.version for one in plugins.found if one.status == "active"}
    return versions


def _data(
    head: Mapping[str, Any], result: Result | Spilled, scheme: Scheme, kept: Kept, results: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        "evaluation": head["evaluation"],
        "scheme": result.scheme,
        "title": title_data(scheme.title),
        "edition": result.edition,
        "tailoring": tailoring_data(scheme),
        **head,
        "opinions": len(head["engines"]),
        "result_digest": result.digest(),
        "titles": titles(scheme, kept.catalogue),
        **results,
    }


def _kept_data(found: Evaluation) -> dict[str, Any]:
    return {
        "scheme": found.scheme,
        "edition": found.edition,
        "period": found.period,
        "at": found.at,
        "known_at": found.known_at,
        "actor": found.actor,
        "engines": list(found.engines),
        "opinions": len(found.engines),
        "result_digest": found.digest,
        "published_on": found.published_on.isoformat() if found.published_on else None,
        "superseded_by": found.superseded_by,
        "tailoring": found.tailoring,
        "tailoring_digest": found.tailoring_digest,
        "versions": dict(found.versions),
    }


def _differences(stored: Result, now: Result) -> list[str]:
    """Whose results differ, and in what."""
    before = {one.subject: subject_data(one) for one in (*stored.results, *stored.rolled_up)}
    after = {one.subject: subject_data(one) for one in (*now.results, *now.rolled_up)}
    lines = []
    for subject in sorted(before.keys() | after.keys()):
        one, other = before.get(subject), after.get(subject)
        if one is None or other is None:
            lines.append(
                f"{subject}: {'-' if one is None else one['grade']} / {'-' if other is None else other['grade']}"
            )
            continue
        changed = [name for name in one if canonical(one[name]) != canonical(other[name])]
        if changed:
            lines.append(f"{subject}: {', '.join(f'{n} {_short(one[n])} / {_short(other[n])}' for n in changed)}")
    return lines[:MOST_DIFFERENCES]


def _short(value: Any) -> str:
    text = canonical(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
