"""Everybody judged at once by an engine, made whole some at a time: no more results are in memory than those."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from kaoping.evaluation.accounts import Account
from kaoping.evaluation.consequence import Trigger
from kaoping.evaluation.context import Context
from kaoping.evaluation.everybody import Everybody, WholeEvaluation
from kaoping.evaluation.plan import Plan, Section, TypedConsequence
from kaoping.evaluation.result import Consequence, SubjectResult
from kaoping.evaluation.values import Value
from kaoping.evaluation.weighing import typed_in
from kaoping.facts.frame import Frame
from kaoping.scheme.typed import Collection, FactRef, NameRef, Published, Typed


class PartEvaluation(WholeEvaluation):
    """Some subjects of a section over the facts of some; of the others an engine knows what they win."""

    def __init__(
        self, plan: Plan, frame: Frame, everybody: Everybody, section: Section, accounts: Sequence[Account]
    ) -> None:
        super().__init__(plan, frame, everybody)
        self.section = section
        self._accounts = {one.subject: one for one in accounts}
        own = [*self._accounts] if section is plan.main else []
        self.cohort.placed = lambda rule, window: everybody.places(rule, window, own)
        self.machine.cohort_value = self._place
        self._alone = {one.rule.id for one in section.consequences if _places_alone(one)}
        self._placed = [*self.cohort_windows(section)]
        self._won: tuple[str, tuple[Value, ...]] = ("", ())
        self._due_by_places: dict[tuple[str, tuple[Value, ...]], tuple[str, ...]] = {}

    def results(self, trace: bool) -> Iterator[SubjectResult]:
        """The results, in the order of the accounts.

        Raises:
            EngineFailedError: the engine contradicts itself.
        """
        self._facts = trace
        for subject, account in self._accounts.items():
            self._take(self.section, account, subject)
            yield self.subject(self.section, self.frame.subjects[subject])

    def due(self, section: Section, trigger: Trigger, subject: str, context: Context) -> Iterable[Consequence]:
        """What is due by one rule; of what follows from places alone the same to all who have the same places."""
        name = trigger.typed.rule.id
        if name not in self._alone or section is not self.plan.main or subject not in self._accounts:
            return super().due(section, trigger, subject, context)
        if self._won[0] != subject:
            won = (self.cohort.value(section.type, *where) for where in self._where_placed(subject))
            self._won = subject, tuple(won)
        key = (name, self._won[1])
        due = self._due_by_places.get(key)
        if due is None:
            found = tuple(super().due(section, trigger, subject, context))
            self._due_by_places[key] = tuple(one.at for one in found)
            return found
        each = trigger.typed.each
        inside = {"": context} if each is None else self.machine.inside(context, each.name) if due else {}
        return [trigger.consequence(subject, at, inside[at]) for at in due]

    def _where_placed(self, subject: str) -> Iterator[tuple[str, str, str]]:
        return ((rule, subject, window) for rule, window in self._placed)

    def _place(self, section: str, rule: str, subject: str | None, window: str) -> Value:
        if subject in self._accounts and self.section is self.plan.main:
            return self.cohort.value(section, rule, subject, window)
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


def _own(each: Collection | None) -> bool:
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
