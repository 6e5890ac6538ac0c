"""Second opinions: other engines judge the same rules; where one differs, nothing is published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kaoping.errors import RefusedError
from kaoping.evaluation.accounts import COVERS, Account, FrameEngine, difference, reference_account
from kaoping.evaluation.result import Result
from kaoping.evaluation.rulebook import Engine, EngineFailedError, Opinion
from kaoping.evaluation.rules import Book, context_at, rulebooks
from kaoping.evaluation.run import Evaluation
from kaoping.evaluation.values import Value

STRATA = ("gates", "criteria", "bands", "vetoes", "triggers")


@dataclass(frozen=True)
class Opinions:
    """Which engines judged, what they covered, and why others did not.

    Attributes:
        engines: the reference first.
        covers: engine to the strata it judged; the reference judged everything.
        notes: (engine, why it gave no opinion, on how many subjects).
        asked: how many subjects each engine was asked about.
    """

    engines: tuple[str, ...]
    covers: dict[str, tuple[str, ...]]
    notes: tuple[str, ...] = ()
    asked: int = 0

    @property
    def opinions(self) -> int:
        """How many engines stand behind the grades."""
        return len(self.engines)


def second_opinions(evaluation: Evaluation, result: Result, engines: Sequence[Engine | FrameEngine]) -> Opinions:
    """Every engine's opinion on every subject, compared with the reference's.

    Raises:
        RefusedError: an engine found something else; names subject, rule and both values.
    """
    told = ["reference"]
    notes: list[str] = []
    covers: dict[str, tuple[str, ...]] = {"reference": ("measures", *STRATA, "cohort")}
    books = rulebooks(evaluation) if any(not isinstance(engine, FrameEngine) for engine in engines) else []
    asked = 0
    for engine in engines:
        if reason := engine.unavailable():
            notes.append(f"{engine.name}: {reason}")
            continue
        if isinstance(engine, FrameEngine):
            try:
                asked = _accounts_agree(evaluation, engine)
            except EngineFailedError as error:
                notes.append(f"{engine.name}: {error}")
            else:
                told.append(engine.name)
                covers[engine.name] = COVERS
            continue
        abstained: list[tuple[str, str]] = []
        asked = 0
        try:
            for book in books:
                subjects = result.results if book.section is evaluation.plan.main else result.rolled_up
                names = [one.subject for one in subjects if one.type in _types(evaluation, book)]
                rows = [book.row(evaluation, name) for name in names]
                asked += len(rows)
                answered = 0
                for opinion in engine.judge(book.book, rows):
                    answered += 1
                    if opinion.abstained:
                        abstained.append((opinion.subject, opinion.abstained))
                    else:
                        _agree(evaluation, book, opinion, engine.name)
                if answered != len(rows):
                    raise EngineFailedError(f"{answered} of {len(rows)} subjects answered")
        except EngineFailedError as error:
            notes.append(f"{engine.name}: {error}")
            continue
        notes += [f"{engine.name}: {subject}: {reason}" for subject, reason in abstained]
        if len(abstained) < asked or not asked:
            told.append(engine.name)
            covers[engine.name] = STRATA
    return Opinions(tuple(told), covers, tuple(notes), asked)


def _accounts_agree(evaluation: Evaluation, engine: FrameEngine) -> int:
    """How many subjects an engine gave an account of, each the same as the reference's.

    Raises:
        RefusedError: it found something else.
    """
    sections = [evaluation.plan.main] if evaluation.part else evaluation.plan.sections()
    waiting = {(one.type, subject.id): one for one in sections for subject in evaluation.subjects(one)}
    asked = len(waiting)
    for account in engine.assess(evaluation.plan, evaluation.frame, evaluation.machine.changed):
        section = waiting.pop((account.section, account.subject), None)
        if section is None:
            raise EngineFailedError(f"{account.section} {account.subject}: not asked")
        ours = reference_account(evaluation, section, account.subject)
        if found := difference(ours, account):
            _refuse(account.subject, found[0], engine.name, found[1], found[2])
    if waiting:
        raise EngineFailedError(f"{asked - len(waiting)} of {asked} subjects answered")
    return asked


def sample_agrees(evaluation: Evaluation, engine: str, sample: Sequence[Account]) -> int:
    """How many subjects of a sample were judged as the reference judges them: all.

    Raises:
        RefusedError: one was not; names subject, rule and both values.
    """
    section = evaluation.plan.main
    for account in sample:
        ours = reference_account(evaluation, section, account.subject, account.due.keys())
        if found := difference(ours, account, part=True):
            _refuse(account.subject, found[0], engine, found[1], found[2])
    return len(sample)


def _types(evaluation: Evaluation, book: Book) -> tuple[str, ...]:
    return evaluation.plan.catalogue.members(book.section.type)


def _agree(evaluation: Evaluation, book: Book, opinion: Opinion, engine: str) -> None:
    subject = opinion.subject
    if book.book.grade is not None:
        grading = evaluation.grader.grading(book.section.type, subject)
        for rule, ours, theirs in (
            ("raw_grade", grading.raw, opinion.raw_grades),
            ("grade", grading.final, opinion.grades),
        ):
            if ours != theirs:
                _refuse(subject, rule, engine, _set(ours), _set(theirs or frozenset()))
    found = dict(_reference(evaluation, book, subject))
    for rule, outcome in found.items():
        if opinion.rules.get(rule) is not outcome:
            _refuse(subject, rule, engine, _word(outcome), _word(opinion.rules.get(rule)))


def _reference(evaluation: Evaluation, book: Book, subject: str) -> list[tuple[str, bool | None]]:
    section = book.section
    found: list[tuple[str, bool | None]] = []
    wanted = {instance.rule for instance in book.instances}
    for criterion in section.criteria:
        for at, outcome in evaluation.grader.outcomes(criterion, section.type, subject):
            name = f"criterion:{criterion.rule.id}" + (f"@{at}" if at else "")
            if name in wanted:
                found.append((name, True if outcome is None else _truth(outcome)))
    for instance in book.instances:
        if instance.node is not None:
            context = context_at(evaluation, section, subject, instance.at)
            found.append((instance.rule, _truth(evaluation.machine.closure(instance.node)(context))))
    return found


def _truth(value: Value) -> bool | None:
    return value if isinstance(value, bool) else None


def _word(outcome: bool | None) -> str:
    return {True: "true", False: "false", None: "undecided"}[outcome]


def _set(grades: frozenset[str]) -> str:
    return "/".join(sorted(grades)) or "-"


def _refuse(subject: str, rule: str, engine: str, ours: str, theirs: str) -> None:
    raise RefusedError("engines.differ", subject=subject, rule=rule, engine=engine, ours=ours, theirs=theirs)
