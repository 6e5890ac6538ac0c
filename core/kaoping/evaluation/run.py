"""One evaluation: a plan over a frame to results for every subject, by the reference engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from kaoping.errors import DataError
from kaoping.evaluation.blame import missing_facts
from kaoping.evaluation.cohort import Cohort
from kaoping.evaluation.consequence import Trigger
from kaoping.evaluation.context import Context
from kaoping.evaluation.grading import Grader, Grading
from kaoping.evaluation.plan import Plan, Section, TypedMeasure
from kaoping.evaluation.reference import Machine
from kaoping.evaluation.result import (
    Barred,
    Consequence,
    Finding,
    Missing,
    Result,
    Shown,
    SubjectResult,
    VetoFinding,
    Withheld,
)
from kaoping.evaluation.values import (
    MAYBE,
    NEVER_DAY,
    NO_VALUE,
    NUMBERS,
    AnyText,
    Choices,
    Perhaps,
    Range,
    Value,
    decided,
    present,
)
from kaoping.evaluation.windows import check_covered
from kaoping.facts.clock import time_at, time_text
from kaoping.facts.frame import Frame, Subject
from kaoping.facts.periods import WINDOWS
from kaoping.facts.values import number_text
from kaoping.scheme.model import ParameterValue
from kaoping.scheme.typed import FactRef

Progress = Callable[[int, int], None]


def evaluate(
    plan: Plan,
    frame: Frame,
    parameters: Mapping[str, ParameterValue] | None = None,
    trace: bool = True,
    progress: Progress | None = None,
) -> Result:
    """The results of every subject on file on the period's last day, and of the parents they roll up to.

    Args:
        plan: the compiled scheme.
        frame: the facts.
        parameters: values that stand in for the scheme's own.
        trace: keep the named values of each subject for explanations.
        progress: told (done, of how many) now and then.
    """
    return Evaluation(plan, frame, parameters).result(trace, progress)


class Evaluation:
    """A plan bound to a frame, ready to be asked for results, a subject or a slot at a time."""

    def __init__(self, plan: Plan, frame: Frame, parameters: Mapping[str, ParameterValue] | None = None) -> None:
        self.plan = plan
        self.frame = frame
        check_covered(plan.catalogue, frame.calendars, plan.needs.calendars, frame.period)
        self.machine = Machine(plan, frame, parameters)
        for name, value in self.machine.parameters.items():
            if value is None:
                parameter = plan.scheme.parameters[name]
                first, until = parameter.values[0][0], frame.period.end
                raise DataError(
                    "engines.parameter-not-in-force", place=parameter.place, name=name, first=first, day=until
                )
        self.grader = Grader(plan, self.machine)
        self.cohort = Cohort(plan, self.machine)
        # a part period (a quarter of a yearly scheme) gives score, places and flags, but no grade
        self.part = frame.period.kind != plan.scheme.period
        self._named_facts: dict[str, list[tuple[str, FactRef]]] = {}
        self._cohort_windows: list[tuple[str, str]] | None = None
        self.triggers = {section.type: self._triggers(section) for section in plan.sections()}

    def subjects(self, section: Section) -> tuple[Subject, ...]:
        """Who is assessed in a section, sorted by id."""
        return self.frame.of_type(self.plan.catalogue.members(section.type), self.frame.period.end)

    def result(self, trace: bool = True, progress: Progress | None = None) -> Result:
        """Everybody's results."""
        scheme = self.plan.scheme
        subjects = self.subjects(self.plan.main)
        results = []
        for done, subject in enumerate(subjects):
            if progress and done % 50 == 0:
                progress(done, len(subjects))
            results.append(self.subject(self.plan.main, subject, trace))
        parents: list[SubjectResult] = []
        for section in () if self.part else self.plan.parents:
            parents += [self.subject(section, subject, trace) for subject in self.subjects(section)]
        if progress:
            progress(len(subjects), len(subjects))
        return Result(scheme.id, scheme.edition, self.frame.period.text, tuple(results), tuple(parents))

    def subject(self, section: Section, subject: Subject, trace: bool = True) -> SubjectResult:
        """One subject's result."""
        grading = Grading() if self.part else self.grader.grading(section.type, subject.id)
        score = self.score(section, subject.id)
        findings = tuple(self.findings(section, subject.id))
        missing = self.missing(section, subject.id, grading, score)
        status = self.status(section, subject.id, grading, score, missing)
        order = self.plan.world.grades[section.type]
        graded = [grade for grade in order if grade in grading.final]
        consequences, withheld = self.consequences(section, subject, status == "not_assessed")
        merit = section.grade.merit if section.grade else ()
        single = graded[0] if len(graded) == 1 and graded[0] in merit else None
        raw = next(iter(grading.raw)) if len(grading.raw) == 1 else None
        not_assessed = status == "not_assessed"
        return SubjectResult(
            subject=subject.id,
            type=subject.type,
            title=subject.title,
            status=status,
            score=score if decided(score) and score is not NO_VALUE and not not_assessed else None,
            score_range=span_of(score) if not decided(score) and not not_assessed else None,
            score_open=isinstance(score, Perhaps) and not not_assessed,
            raw_grade=raw if raw in merit else None,
            grade=single,
            possible_grades=tuple(graded),
            gate=grading.gate or None,
            findings=findings,
            vetoes=self.vetoes(section, grading),
            cohort=self.places(section, subject.id),
            ranks=self.ranks(section, subject.id),
            overlap=grading.overlap,
            consequences=consequences,
            bars=self.bars(dict.fromkeys((subject.id, *(one.to for one in withheld)))),
            withheld=withheld,
            missing=missing,
            values=self.trace(section, subject.id) if trace else {},
        )

    # --- pieces

    def context(self, section: Section, subject: str | None) -> Context:
        """The subject in the whole period."""
        return self.grader.context(section.type, subject)

    def score_measure(self, section: Section) -> TypedMeasure | None:
        """The measure that is the score, for a part period the one the scheme publishes."""
        name = section.grade.score if section.grade else ""
        if self.part:
            windows = [kind for kind, single in WINDOWS.items() if single == self.frame.period.kind]
            name = next((self.plan.scheme.publishes[w] for w in windows if w in self.plan.scheme.publishes), "")
        return self.plan.measures.get((section.type, name))

    def score(self, section: Section, subject: str) -> Value:
        """The score, as far as it is decided; NO_VALUE where the section has none."""
        measure = self.score_measure(section)
        if measure is None:
            return NO_VALUE
        for at, context in self.grader.instances(measure.rule.for_each, self.context(section, subject)):
            return self.value_of(measure, at, subject, context)
        return NO_VALUE

    def value_of(self, measure: TypedMeasure, _: str, subject: str, context: Context) -> Value:
        """A measure of a subject in a window or item."""
        return self.machine.measure(measure.section, measure.rule.id, subject, context)

    def findings(self, section: Section, subject: str) -> Iterable[Finding]:
        """The outcome of every criterion."""
        for criterion in section.criteria:
            rule = criterion.rule
            if self.part and not self.machine.windows.some(rule.for_each):
                continue
            for one in self.machine.judged(criterion, section.type, subject):
                named = "not_applicable" if one.outcome is None else _OUTCOMES.get(one.outcome, "unknown")
                counts = criterion.points is not None and one.applies is not False
                points = (shown(one.earned()), shown(one.full_points())) if counts else (None, None)
                yield Finding(rule.id, named, rule.severity, one.at, *points)

    def vetoes(self, section: Section, grading: Grading) -> tuple[VetoFinding, ...]:
        """Whether each veto holds; none where a gate stands before them."""
        return tuple(
            VetoFinding(
                veto.id,
                None if grading.vetoes[veto.id] is MAYBE else grading.vetoes[veto.id],
                "at_most" if veto.at_most else "becomes",
                veto.at_most or veto.becomes,
            )
            for veto, _ in section.vetoes
            if veto.id in grading.vetoes
        )

    def missing(self, section: Section, subject: str, grading: Grading, score: Value) -> tuple[Missing, ...]:
        """The facts that could still change the grade (of a part period: the score)."""
        if self.part:
            undecided = not decided(score)
            measure = self.score_measure(section)
            names = [measure.rule.id] if measure and undecided else []
            return missing_facts(self, section, subject, names) if names else ()
        if section.grade is None:
            names = ["grade"] if MAYBE in grading.gates.values() else []
            names += ["meets_all"] if not self.stopped(grading) and self.unsettled(section, subject) else []
            return missing_facts(self, section, subject, names) if names else ()
        if len(grading.final) <= 1:
            return ()
        return missing_facts(self, section, subject, ["grade"])

    @staticmethod
    def stopped(grading: Grading) -> bool:
        """Is there a gate that is surely not passed?"""
        return False in grading.gates.values()

    def unsettled(self, section: Section, subject: str) -> bool:
        """Could a required criterion still go either way? It is what the result of a section without grades is."""
        required = [criterion for criterion in section.criteria if criterion.rule.severity == "required"]
        outcomes = (found for one in required for _, found in self.grader.outcomes(one, section.type, subject))
        return any(outcome is not None and not decided(outcome) for outcome in outcomes)

    def status(
        self, section: Section, subject: str, grading: Grading, score: Value, missing: tuple[Missing, ...]
    ) -> str:
        """``final`` · ``provisional`` · ``incomplete`` · ``not_assessed``."""
        if self.part:
            return "final" if decided(score) else _open_status(missing)
        if section.grade is None and not self.stopped(grading):
            open_still = MAYBE in grading.gates.values() or self.unsettled(section, subject)
            return _open_status(missing) if open_still else "final"
        merit = section.grade.merit if section.grade else ()
        if len(grading.final) == 1:
            return "final" if next(iter(grading.final)) in merit else "not_assessed"
        if grading.overlap and not missing:
            return "provisional"
        undecided = grading.final or (grading.gate and grading.gates[grading.gate] is MAYBE)
        return _open_status(missing) if undecided else "final"

    def places(self, section: Section, subject: str) -> dict[str, dict[str, Shown]]:
        """What the subject won by each cohort rule."""
        found: dict[str, dict[str, Shown]] = {}
        for name, window in self.cohort_windows(section):
            value = self.cohort.value(section.type, name, subject, window)
            found.setdefault(name, {})[window] = shown(value)
        return found

    def ranks(self, section: Section, subject: str) -> dict[str, dict[str, int]]:
        """The subject's rank by each cohort rule."""
        found: dict[str, dict[str, int]] = {}
        for name, window in self.cohort_windows(section):
            rank = self.cohort.places(name, window).ranks.get(subject)
            if rank is not None:
                found.setdefault(name, {})[window] = rank
        return found

    def cohort_windows(self, section: Section) -> list[tuple[str, str]]:
        """Every cohort rule with each of its windows; in a part period only those of its windows."""
        if section is not self.plan.main:
            return []
        if self._cohort_windows is None:
            self._cohort_windows = list(self._windows_of_cohort())
        return self._cohort_windows

    def _windows_of_cohort(self) -> Iterator[tuple[str, str]]:
        for name, typed in self.plan.cohort.items():
            if typed.rule.for_each:
                for window in self.cohort.windows(name):
                    yield name, window.text
            elif not self.part:
                yield name, ""

    def _triggers(self, section: Section) -> list[Trigger]:
        """The rules of consequences; a part period knows only what follows from its own windows and records."""
        published = self.plan.scheme.publishes
        return [
            Trigger(self.machine, typed)
            for typed in section.consequences
            if not self.part or (typed.each and (typed.each.kind == "record" or typed.each.name in published))
        ]

    def consequences(
        self, section: Section, subject: Subject, not_assessed: bool
    ) -> tuple[tuple[Consequence, ...], tuple[Withheld, ...]]:
        """What is due, and the incentives that are not since their addressees are barred from them."""
        context, barred = self.context(section, subject.id), self.frame.bars
        found: list[Consequence] = []
        withheld: list[Withheld] = []
        for trigger in self.triggers[section.type]:
            if not_assessed and trigger.typed.rule.to != ("public",):
                continue
            for due in self.due(section, trigger, subject.id, context):
                lost = [to for to in due.to if to in barred] if due.kind == "incentive" else []
                withheld += [Withheld(due.id, to, due.at) for to in lost]
                if not lost:
                    found.append(due)
                elif kept := tuple(to for to in due.to if to not in barred):
                    found.append(replace(due, to=kept))
        return tuple(found), tuple(withheld)

    def due(self, _: Section, trigger: Trigger, subject: str, context: Context) -> Iterable[Consequence]:
        """What is due to a subject by one rule."""
        return trigger.due(subject, context)

    def bars(self, subjects: Iterable[str]) -> tuple[Barred, ...]:
        """The bars that reach some subjects."""
        return tuple(
            Barred(one, bar.tag, bar.scheme, bar.consequence, dict(bar.title), _iso(bar.since), _iso(bar.until))
            for one in subjects
            for bar in self.frame.bars.get(one, ())
        )

    def trace(self, section: Section, subject: str) -> dict[str, dict[str, Shown]]:
        """Named values of the subject, its facts and measures, as results show them."""
        return self.facts(section, subject) | self.measures(section, subject)

    def facts(self, section: Section, subject: str, only: frozenset[str] | None = None) -> dict[str, dict[str, Shown]]:
        """The facts of a subject, or some of them."""
        found: dict[str, dict[str, Shown]] = {}
        home, value = self.context(section, subject), self.machine.fact_value
        for name, ref in self._facts_of(section.type):
            if only is None or name in only:
                kind = ref.fact.type.kind
                told = {at: shown(value(ref, one), kind) for at, one in self.machine.instances(ref.fact.for_each, home)}
                if told:
                    found.setdefault(name, {}).update(told)
        return found

    def _facts_of(self, section: str) -> list[tuple[str, FactRef]]:
        """The facts of a section; in a part period those of its windows, and what holds until changed."""
        if section not in self._named_facts:
            families, windows = self.plan.catalogue.families(section), self.machine.windows
            self._named_facts[section] = [
                (name, FactRef(fact, section))
                for (of, name), fact in self.plan.catalogue.facts.items()
                if of in families and (not self.part or windows.some(fact.for_each) or fact.holds)
            ]
        return self._named_facts[section]

    def measures(self, section: Section, subject: str) -> dict[str, dict[str, Shown]]:
        """The measures of a subject."""
        found: dict[str, dict[str, Shown]] = {}
        windows, home = self.machine.windows, self.context(section, subject)
        for (of, name), measure in self.plan.measures.items():
            if of != section.type or (self.part and not windows.some(measure.rule.for_each)):
                continue
            kind = measure.type.kind
            told = {
                at: shown(self.value_of(measure, at, subject, one), kind)
                for at, one in self.machine.instances(measure.rule.for_each, home)
            }
            if told:
                found[name] = told
        return found


_OUTCOMES: dict[Any, str] = {True: "met", False: "not_met"}


def _iso(day: date | None) -> str:
    return "" if day is None else day.isoformat()


def _open_status(missing: tuple[Missing, ...]) -> str:
    judged = bool(missing) and all(item.judgement for item in missing)
    return "provisional" if judged else "incomplete"


def shown(value: Value, kind: str = "") -> Shown:
    """A value as results show it."""
    if value.__class__ in NUMBERS:
        return _end(value, kind)
    if value.__class__ is bool or value.__class__ is str:
        return value
    if value is NO_VALUE:
        return None
    if isinstance(value, Range):
        return {"from": _end(value.low, kind), "to": _end(value.high, kind)}
    if isinstance(value, Perhaps):
        inner = shown(value.value, kind)
        if not isinstance(inner, dict):
            return {"possible": [inner, None]}
        return {"possible": [*inner["possible"], None]} if "possible" in inner else {**inner, "none": True}
    if isinstance(value, Choices):
        return {"possible": sorted(map(shown, value.values), key=str)}
    if isinstance(value, AnyText):
        return "…"
    return [shown(one) for one in value]


def span_of(score: Value) -> tuple[Any, Any]:
    """The ends of a score that is not decided."""
    inner = present(score)
    return (inner.low, inner.high) if isinstance(inner, Range) else (inner, inner)


def _end(number: Any, kind: str) -> str | None:
    if number is None:
        return None
    if kind == "time":
        return time_text(time_at(int(number)))
    if kind == "date":
        return "never" if number >= NEVER_DAY else date.fromordinal(int(number)).isoformat()
    return number_text(number)
