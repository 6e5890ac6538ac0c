"""An evaluation of everybody at once: another engine's accounts, made whole by the core.

What the engine does not find (consequences of single records, what is missing, some places among all) is found here as
ever, over what it found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol, runtime_checkable

from kaoping.evaluation.accounts import Account
from kaoping.evaluation.cohort import Asked, Places
from kaoping.evaluation.consequence import Trigger
from kaoping.evaluation.context import Context
from kaoping.evaluation.grading import Grading, graded
from kaoping.evaluation.keeping import FactLog, KeptFrame
from kaoping.evaluation.plan import Plan, Section, TypedMeasure
from kaoping.evaluation.result import (
    Consequence,
    Finding,
    Result,
    Shown,
    SubjectResult,
    VetoFinding,
)
from kaoping.evaluation.rulebook import EngineFailedError
from kaoping.evaluation.run import Evaluation, Progress, shown
from kaoping.evaluation.values import MAYBE, Value
from kaoping.facts.frame import Frame

MOST_TEXTS = 100_000


class Everybody(Protocol):
    """What an engine found of everybody, kept where it was found."""

    def accounts(self, section: str, placed: Sequence[tuple[str, str]] = ()) -> Iterator[Account]:
        """One account of every subject on file on the period's last day, sorted by id.

        `placed`: cohort rules with a window (or "") each, whose places are told too; the engine finds them.
        """

    def measure(self, section: str, name: str, at: str) -> Mapping[str, Value] | None:
        """A measure of everybody in a window or item (or ""); None where the engine does not find it."""

    def asked(self, what: Asked) -> Mapping[str, Value] | None:
        """What decides about places, of everybody; None where the engine does not find it."""

    def places(self, rule: str, window: str, of: Sequence[str] | None = None) -> Sequence[Places] | None:
        """The places by a rule in a window (or ""), those of each group; None where the engine does not find them.

        `of`: only what these subjects win, and their ranks.
        """

    def place(self, rule: str, window: str, subject: str) -> Value:
        """What one subject wins, where the engine finds places."""


@runtime_checkable
class WholeEngine(Protocol):
    """An engine that can judge everybody at once."""

    name: str

    def unavailable(self) -> str | None:
        """Why the engine cannot run here, or None; must be cheap and must not raise."""

    def everybody(
        self,
        plan: Plan,
        frame: Frame,
        tell: Progress,
        kept: Mapping[str, KeptFrame],
        log: FactLog | None = None,
        some: Callable[[Sequence[str]], Frame] | None = None,
    ) -> AbstractContextManager[Everybody]:
        """Judge everybody; what was found is gone at the context's end.

        Args:
            plan: the compiled scheme.
            frame: the facts.
            tell: hears how many are done, of how many.
            kept: section to its frame, where one is kept that shows the same facts.
            log: where every section has such a frame, the log of facts; then
                `frame` holds none but the bars.
            some: the facts of some subjects of it.

        Raises:
            EngineFailedError: it could not finish, or something in the plan has no form in it.
        """


class WholeEvaluation(Evaluation):
    """A plan bound to a frame, with what an engine found of everybody."""

    def __init__(self, plan: Plan, frame: Frame, everybody: Everybody) -> None:
        super().__init__(plan, frame)
        self.everybody = everybody
        self.machine.given = self._measure
        self.cohort.given = everybody.asked
        self.cohort.placed = everybody.places
        self._given: dict[tuple[str, str, str], Mapping[str, Value] | None] = {}
        self._account = Account("", "")
        self._facts = True
        self._gradings: dict[Any, Grading] = {}
        self._findings: dict[Any, tuple[Finding, ...]] = {}
        self._vetoes: dict[int, tuple[Grading, tuple[VetoFinding, ...]]] = {}
        self._where: dict[tuple[str, str], list[tuple[str, str]]] = {}
        self._whole: dict[str, bool] = {}
        self._texts: dict[str, dict[int, tuple[Value, Shown]]] = {}
        keys = [key for typed in plan.cohort.values() for key, _ in typed.by]
        self._ranked_by = frozenset(key.data.fact.id for key in keys if key and key.op == "fact")
        self._rules = {
            section.type: {one.rule.id: (one.rule, one.points is not None) for one in section.criteria}
            for section in plan.sections()
        }

    def result(self, trace: bool = True, progress: Progress | None = None) -> Result:
        """Everybody's results.

        Args:
            trace: keep the facts of each subject beside its measures.
            progress: told (done, of how many) now and then.

        Raises:
            EngineFailedError: the engine left somebody out, or contradicts itself.
        """
        self._facts = trace
        scheme = self.plan.scheme
        sections = [self.plan.main] if self.part else self.plan.sections()
        total = sum(len(self.subjects(section)) for section in sections)
        found: list[list[SubjectResult]] = []
        done = 0
        for section in sections:
            found.append([])
            accounts = self.everybody.accounts(section.type)
            for subject in self.subjects(section):
                if progress and done % 50 == 0:
                    progress(done, total)
                done += 1
                self._take(section, next(accounts, Account("", "")), subject.id)
                found[-1].append(self.subject(section, subject))
        if progress:
            progress(total, total)
        main, *parents = found
        rolled_up = tuple(one for results in parents for one in results)
        return Result(scheme.id, scheme.edition, self.frame.period.text, tuple(main), rolled_up)

    def _take(self, section: Section, account: Account, subject: str) -> None:
        """An account stands for what would be found of its subject; its rules must give the grades it says."""
        if account.subject != subject:
            raise EngineFailedError(f"{section.type} {subject}: {account.subject or '-'}")
        self._account = account
        if self.part:
            return
        key = (section.type, tuple(account.rules.values()))
        grading = self._gradings.get(key)
        if grading is None:
            told: dict[bool | None, Value] = {True: True, False: False, None: MAYBE}
            grading = self._gradings[key] = graded(section, lambda rule, _: told[account.rules[rule]])
        if (grading.raw, grading.final) != (account.raw_grades, account.grades):
            raise EngineFailedError(f"{section.type} {subject}: {'/'.join(sorted(account.grades))}")
        self.grader.keep(section.type, subject, grading)

    def _measure(self, section: str, name: str, at: str) -> Mapping[str, Value] | None:
        """A measure of everybody, read once when the first asks."""
        key = (section, name, at)
        if key not in self._given:
            self._given[key] = self.everybody.measure(section, name, at)
        return self._given[key]

    def _told(self, section: Section, subject: str) -> bool:
        return self._account.subject == subject and self._account.section == section.type

    # --- pieces

    def value_of(self, measure: TypedMeasure, at: str, subject: str, context: Context) -> Value:
        """A measure of a subject in a window or item, as the engine found it."""
        account = self._account
        found = None
        if account.subject == subject and account.section == measure.section:
            found = account.measures.get((measure.rule.id, at))
        return super().value_of(measure, at, subject, context) if found is None else found

    def findings(self, section: Section, subject: str) -> Iterable[Finding]:
        """The outcome of every criterion; those who have the same ones share them."""
        if not self._told(section, subject):
            return super().findings(section, subject)
        account = self._account
        key = (section.type, *account.outcomes.values(), *account.points.values())
        found = self._findings.get(key)
        if found is None:
            if len(self._findings) >= MOST_TEXTS:
                self._findings.clear()
            found = self._findings[key] = tuple(self._found(section, account))
        return found

    def _found(self, section: Section, account: Account) -> Iterator[Finding]:
        for (criterion, at), outcome in account.outcomes.items():
            rule, has_points = self._rules[section.type][criterion]
            if self.part and not self.machine.windows.some(rule.for_each):
                continue
            points: tuple[Shown, Shown] = (None, None)
            if has_points and outcome != "not_applicable":
                earned, full = account.points[criterion, at]
                points = shown(earned), shown(full)
            yield Finding(criterion, outcome, rule.severity, at, *points)

    def unsettled(self, section: Section, subject: str) -> bool:
        """Could a required criterion still go either way?"""
        if not self._told(section, subject):
            return super().unsettled(section, subject)
        found = self.findings(section, subject)
        return any(one.severity == "required" and one.outcome == "unknown" for one in found)

    def vetoes(self, section: Section, grading: Grading) -> tuple[VetoFinding, ...]:
        """Whether each veto holds."""
        found = self._vetoes.get(id(grading))
        if found is None or found[0] is not grading:
            found = self._vetoes[id(grading)] = grading, super().vetoes(section, grading)
        return found[1]

    def due(self, section: Section, trigger: Trigger, subject: str, context: Context) -> Iterable[Consequence]:
        """What is due to a subject by one rule."""
        where = self.where(section, trigger, subject, context)
        return [trigger.consequence(subject, at, inner) for at, inner in where]

    def where(
        self, section: Section, trigger: Trigger, subject: str, context: Context
    ) -> Iterable[tuple[str, Context]]:
        """Where a consequence is due to a subject: in the whole period (""), in which windows, for which records."""
        told = self._account.due
        places = self._places(section, trigger)
        if not places or not self._told(section, subject) or any(place not in told for place in places):
            return trigger.where(context)
        due = [at for rule, at in places if told[rule, at]]
        if not due:
            return ()
        each = trigger.typed.each
        inside = {"": context} if each is None else self.machine.inside(context, each.name)
        return [(at, inside[at]) for at in due]

    def _places(self, section: Section, trigger: Trigger) -> list[tuple[str, str]]:
        """Where an engine may say that a consequence is due: for the subject itself, or in each of its windows."""
        key = (section.type, trigger.typed.rule.id)
        if key not in self._where:
            each, home = trigger.typed.each, Context({section.type: None}, self.machine.period)
            windows = each is not None and each.sure and each.past is None
            inside = [""] if each is None else list(self.machine.inside(home, each.name)) if windows else []
            self._where[key] = [(key[1], at) for at in inside]
        return self._where[key]

    def measures(self, section: Section, subject: str) -> dict[str, dict[str, Shown]]:
        """The measures of a subject."""
        account = self._account
        if self.part or not self._told(section, subject) or not self._all_told(section):
            return super().measures(section, subject)
        found: dict[str, dict[str, Shown]] = {}
        for (name, at), value in account.measures.items():
            found.setdefault(name, {})[at] = self._shown(value, self.plan.measures[section.type, name].type.kind)
        return found

    def _all_told(self, section: Section) -> bool:
        """Does the engine find every measure?"""
        if section.type not in self._whole:
            told = {name for name, _ in self._account.measures}
            self._whole[section.type] = all(name in told for of, name in self.plan.measures if of == section.type)
        return self._whole[section.type]

    def _shown(self, value: Value, kind: str) -> Shown:
        """A value as results show it; most are one and the same object for many subjects."""
        known = self._texts.setdefault(kind, {})
        found = known.get(id(value))
        if found is None or found[0] is not value:
            if len(known) >= MOST_TEXTS:
                known.clear()
            found = known[id(value)] = value, shown(value, kind)
        return found[1]

    def trace(self, section: Section, subject: str) -> dict[str, dict[str, Shown]]:
        """Named values of the subject: its measures, by which others may be fed, and what it is ranked by.

        Its other facts are there where all is kept.
        """
        if self._facts:
            return super().trace(section, subject)
        ranked_by = self._ranked_by if section is self.plan.main else frozenset()
        return (self.facts(section, subject, ranked_by) if ranked_by else {}) | self.measures(section, subject)
