"""Who is alike: the first of those of whom an engine tells the same is made whole, the others take it from there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from kaoping.evaluation.accounts import Account
from kaoping.evaluation.consequence import Trigger
from kaoping.evaluation.context import Context
from kaoping.evaluation.grading import Grading
from kaoping.evaluation.result import Consequence, SubjectResult
from kaoping.evaluation.run import span_of
from kaoping.evaluation.told import MOST_KNOWN, Due, Told
from kaoping.evaluation.values import NO_VALUE, Perhaps, Value, decided
from kaoping.evaluation.weighing import typed_in
from kaoping.facts.frame import Subject

if TYPE_CHECKING:
    from kaoping.evaluation.in_parts import PartEvaluation

CONSTANT = frozenset({"const", "parameter", "negative", "chain", "compare", "if", "ratio", "lookup", "call"})
"""Operations whose result is the same wherever they stand, if what they are asked with is."""


@dataclass(frozen=True)
class Rule:
    """What follows from a rule, by its place among the triggers of a section.

    Attributes:
        like: the consequence of the first, addressed as relations are on `day`; None: each is asked.
    """

    trigger: int
    like: Consequence | None = None
    day: date = date.min


@dataclass(frozen=True)
class Alike:
    """What those who are alike have in common; `account` is that of the first."""

    account: Account
    grading: Grading
    result: SubjectResult
    rules: tuple[Rule, ...]


class Alikes:
    """Results in pieces of the subjects of a section, of whom nothing that an engine does not tell is open.

    What is in common is kept from one part to the next.
    """

    def __init__(self, kinds: Mapping[str, str]) -> None:
        """`kinds`: of which kind each measure is."""
        self.kinds = kinds
        self._known: dict[Any, Alike] = {}
        self._made: dict[tuple[int, str], Consequence] = {}

    def told(self, evaluation: PartEvaluation, subject: Subject, account: Account) -> Told | None:
        """A subject's result in pieces; None where it, or whom something of it is addressed to, is barred."""
        bars = evaluation.frame.bars
        if subject.id in bars:
            return None
        alike = self._alike(evaluation, subject, account)
        due = self._due(evaluation, subject.id, alike)
        if bars and any(to in bars for one in due for to in one.to):
            return None
        score: Value = (
            NO_VALUE if alike.result.status == "not_assessed" else evaluation.score(evaluation.section, subject.id)
        )
        known = decided(score)
        return Told(
            subject,
            alike.result,
            None if score is NO_VALUE or not known else score,
            None if known else span_of(score),
            isinstance(score, Perhaps),
            due,
            account.ranks,
            account.measures,
            self.kinds,
        )

    def _alike(self, evaluation: PartEvaluation, subject: Subject, account: Account) -> Alike:
        """An engine tells the same of many in the same mappings; where it does not, only time is lost."""
        told = (id(account.outcomes), id(account.rules), id(account.due), id(account.won))
        key = (*told, account.raw_grades, account.grades, *account.points.values())
        found = self._known.get(key)
        if found is not None:
            evaluation.stand(account, found.grading)
            return found
        if len(self._known) >= MOST_KNOWN:
            self._known.clear()
        grading = evaluation.stand(account)
        whole = evaluation.subject(evaluation.section, subject, trace=False)
        empty: dict[str, Any] = {"subject": "", "type": "", "title": "", "score": None, "score_range": None}
        like = replace(whole, **empty, score_open=False, ranks={}, consequences=(), bars=(), withheld=())
        rules = tuple(self._rules(evaluation, subject, like))
        found = self._known[key] = Alike(account, grading, like, rules)
        return found

    def _rules(self, evaluation: PartEvaluation, subject: Subject, like: SubjectResult) -> Iterator[Rule]:
        section, home = evaluation.section, evaluation.context(evaluation.section, subject.id)
        for place, trigger in enumerate(evaluation.triggers[section.type]):
            if like.status == "not_assessed" and trigger.typed.rule.to != ("public",):
                continue
            if _own_points(trigger) or not evaluation.same_for_all(trigger):
                yield Rule(place)
                continue
            for at, inner in evaluation.where(section, trigger, subject.id, home):
                made = self._made.get((place, at))
                if made is None:
                    made = self._made[place, at] = trigger.consequence(subject.id, at, inner)
                yield Rule(place, made, trigger.relations_on(inner))

    def _due(self, evaluation: PartEvaluation, subject: str, alike: Alike) -> list[Due]:
        section, records = evaluation.section, evaluation.frame.records
        triggers, found = evaluation.triggers[section.type], []
        for rule in alike.rules:
            trigger, like = triggers[rule.trigger], rule.like
            if like is not None:
                to = trigger.addressees(subject, rule.day)
                found.append(Due(like, to, like.at, like.starts, like.until))
                continue
            each = trigger.typed.each
            if each is not None and each.kind == "record" and (subject, each.name) not in records:
                continue
            for at, inner in evaluation.where(section, trigger, subject, evaluation.context(section, subject)):
                found.append(self._asked(rule.trigger, trigger, subject, at, inner))
        return found

    def _asked(self, place: int, trigger: Trigger, subject: str, at: str, inner: Context) -> Due:
        """What is due to a subject alone; of one rule only whose it is, when and for what differs, or points do too."""
        rule, each = trigger.typed.rule, trigger.typed.each
        key = place, "" if each is not None and each.kind == "record" else at
        if (like := self._made.get(key)) is None or _own_points(trigger):
            like = self._made[key] = trigger.consequence(subject, at, inner)
            return Due(like, like.to, like.at, like.starts, like.until)
        to = trigger.addressees(subject, trigger.relations_on(inner))
        return Due(like, to, at, trigger.day(rule.starts, inner), trigger.day(rule.until, inner))


def _own_points(trigger: Trigger) -> bool:
    """May the points of a rule hang on whose they are, or what for?"""
    return any(node.op not in CONSTANT for _, amount in trigger.typed.points for node in typed_in(amount))
