"""Everybody judged at once by an engine, made whole some at a time: no more results are in memory than those."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from kaoping.evaluation.accounts import Account
from kaoping.evaluation.alike import Alikes
from kaoping.evaluation.consequence import Trigger
from kaoping.evaluation.everybody import Everybody, WholeEvaluation
from kaoping.evaluation.grading import Grading
from kaoping.evaluation.plan import Plan, Section, TypedConsequence
from kaoping.evaluation.result import Shown, SubjectResult
from kaoping.evaluation.run import shown
from kaoping.evaluation.told import Told
from kaoping.evaluation.values import Value
from kaoping.evaluation.weighing import typed_in
from kaoping.facts.frame import Frame
from kaoping.scheme import typed as names
from kaoping.scheme.typed import FactRef, NameRef, Published, Typed


class PartEvaluation(WholeEvaluation):
    """Some subjects of a section over the facts of some; of the others an engine knows what they win."""

    def __init__(
        self,
        plan: Plan,
        frame: Frame,
        everybody: Everybody,
        section: Section,
        accounts: Sequence[Account],
        open_yet: Collection[str] | None = None,
    ) -> None:
        """`open_yet`: of whom facts were read, since something is found that an engine does not tell; None: of all."""
        super().__init__(plan, frame, everybody)
        self.section = section
        self._accounts = {one.subject: one for one in accounts}
        self._open_yet = self._accounts.keys() if open_yet is None else open_yet
        own = [*self._open_yet] if section is plan.main else []
        self.cohort.placed = lambda rule, window: everybody.places(rule, window, own)
        self.machine.cohort_value = self._place
        self._placed = [*self.cohort_windows(section)]
        self._told_due = {rule for one in accounts[:1] for rule, _ in one.due}
        self._alone = {one.rule.id for one in section.consequences if _places_alone(one)}

    def results(self, trace: bool) -> Iterator[SubjectResult]:
        """The results, in the order of the accounts.

        Raises:
            EngineFailedError: the engine contradicts itself.
        """
        self._facts = trace
        for account in self._accounts.values():
            yield self._made_whole(account)

    def in_pieces(self, alikes: Alikes) -> Iterator[SubjectResult | Told]:
        """The same, in pieces those of whom no facts were read.

        Raises:
            EngineFailedError: the engine contradicts itself.
        """
        self._facts = False
        for subject, account in self._accounts.items():
            told = None if subject in self._open_yet else alikes.told(self, self.frame.subjects[subject], account)
            yield told or self._made_whole(account)

    def _made_whole(self, account: Account) -> SubjectResult:
        self._take(self.section, account, account.subject)
        return self.subject(self.section, self.frame.subjects[account.subject])

    def stand(self, account: Account, grading: Grading | None = None) -> Grading:
        """An account stands for what would be found of its subject; `grading`: what its rules are known to give."""
        if grading is None:
            self._take(self.section, account, account.subject)
            return self.grader.grading(self.section.type, account.subject)
        self._account = account
        self.grader.keep(self.section.type, account.subject, grading)
        return grading

    def same_for_all(self, trigger: Trigger) -> bool:
        """Does an engine, or do places alone, say where a consequence is due?"""
        return trigger.typed.rule.id in self._told_due | self._alone

    def places(self, section: Section, subject: str) -> dict[str, dict[str, Shown]]:
        """What the subject won by each cohort rule."""
        found: dict[str, dict[str, Shown]] = {}
        won = self._accounts[subject].won
        for rule, window in self._placed:
            found.setdefault(rule, {})[window] = shown(won[rule, window])
        return found

    def ranks(self, section: Section, subject: str) -> dict[str, dict[str, int]]:
        """The subject's rank by each cohort rule."""
        found: dict[str, dict[str, int]] = {}
        for (rule, window), rank in self._accounts[subject].ranks.items():
            found.setdefault(rule, {})[window] = rank
        return found

    def _place(self, section: str, rule: str, subject: str | None, window: str) -> Value:
        if subject in self._accounts and self.section is self.plan.main:
            return self._accounts[subject].won[rule, window]
        return self.everybody.place(rule, window, subject or "")

    def _measure(self, section: str, name: str, at: str) -> Mapping[str, Value] | None:
        """A measure of these subjects; those of others are reckoned from their facts."""
        if section != self.section.type:
            return None
        key = (section, name, at)
        if key not in self._given:
            told = ((one, account.measures.get((name, at))) for one, account in self._accounts.items())
            self._given[key] = {one: value for one, value in told if value is not None}
        return self._given[key]


class Needy:
    """Whose facts must be read, since something of their results is not told by an engine.

    Attributes:
        all: everybody's.
        more: else of those that have records of these types, of which something follows that hangs on other facts too.
        records: of everybody the records of these types alone are read.
    """

    def __init__(self, plan: Plan, section: Section, first: Account, trace: bool, part: bool) -> None:
        self.section = section
        self.required = {one.rule.id for one in section.criteria if one.rule.severity == "required"}
        told = {name for name, _ in first.measures}
        ranked_by = [key for typed in plan.cohort.values() for key, _ in typed.by if key and key.op == "fact"]
        self.all = trace or part or any(name not in told for of, name in plan.measures if of == section.type)
        self.all = self.all or (section is plan.main and bool(ranked_by))
        self.records: set[str] = set()
        self.more: set[str] = set()
        due = {rule for rule, _ in first.due}
        for typed in section.consequences:
            if any(_beyond(amount, section) for _, amount in typed.points):
                self.all = True
            beyond = typed.when is not None and _beyond(typed.when, section)
            of_record = typed.each is not None and typed.each.kind == "record" and typed.each.trailing is None
            if typed.rule.id in due or (_own(typed.each) and not beyond):
                continue
            if typed.each is None or not of_record:
                self.all = True
            elif beyond:
                self.more.add(typed.each.name)
            else:
                self.records.add(typed.each.name)

    def open(self, account: Account) -> bool:
        """Is something not decided of a subject, so that it must be said what is missing?"""
        if self.section.grade is not None:
            return len(account.grades) != 1
        if None in account.rules.values():
            return True
        return any(rule in self.required for (rule, _), found in account.outcomes.items() if found == "unknown")


def _places_alone(typed: TypedConsequence) -> bool:
    """Does it follow from places among all and nothing else, of the subject itself or its windows?"""
    if typed.when is None or not _own(typed.each):
        return False
    nodes = [*typed_in(typed.when)]
    if any(isinstance(node.data, FactRef) or node.collection is not None for node in nodes):
        return False
    names = [node.data for node in nodes if isinstance(node.data, NameRef)]
    return bool(names) and all(name.kind == "cohort" for name in names)


def _own(each: names.Collection | None) -> bool:
    """Does it follow from the subject itself, or its windows and items, which are the same for everybody?"""
    return each is None or (each.sure and each.past is None)


def _beyond(expression: Typed, section: Section) -> bool:
    """Does an expression read more than parameters, the record it is asked of, and what an engine told of the subject?

    That are its own measures, its score, its grade before and after vetoes, and its places.
    """
    for node in typed_in(expression):
        if isinstance(node.data, FactRef | Published) or node.collection is not None:
            return True
        if isinstance(node.data, NameRef) and not _told(node.data, section):
            return True
    return False


def _told(ref: NameRef, section: Section) -> bool:
    if (ref.section, ref.frame) != (section.type, section.type):
        return False
    return ref.kind in ("measure", "cohort") or ref.name in ("grade", "raw_grade", "score")
