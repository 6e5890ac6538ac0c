"""A whole second account of an evaluation: engines that find measures too, from the plan and the facts themselves."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from kaoping.evaluation.plan import Plan, Section
from kaoping.evaluation.run import Evaluation
from kaoping.evaluation.values import Value, truth
from kaoping.facts.frame import Frame
from kaoping.scheme.model import ParameterValue

Key = tuple[str, str]
"""A measure, and the window or item it is for, or "" """


MOST_KNOWN = 100_000


@dataclass(frozen=True)
class Holding:
    """How an engine holds a value: `columns` gives what it holds of a row, `make` what that stands for.

    Attributes:
        known: values that were made already; those who have it in common hold the same for the same value.
        ratio: of what is held the number it stands for, as whole numbers over and under (above 0); None: it is no such.
    """

    columns: Callable[[Any], tuple[Any, ...]]
    make: Callable[..., Value]
    known: dict[tuple[Any, ...], Value]
    ratio: Callable[..., tuple[int, int] | None] = lambda *_: None

    def value(self, row: Any) -> Value:
        """The value; the same object for the same columns, since most values occur in many rows."""
        held = self.columns(row)
        found = self.known.get(held)
        if found is None:
            if len(self.known) >= MOST_KNOWN:
                self.known.clear()
            found = self.known[held] = self.make(*held)
        return found


class Held(Mapping[Key, Value]):
    """Values of a subject as an engine holds them, each made when it is asked for."""

    __slots__ = ("holdings", "row")

    def __init__(self, holdings: Mapping[Key, Holding], row: Any) -> None:
        self.holdings = holdings
        self.row = row

    def __getitem__(self, key: Key) -> Value:
        return self.holdings[key].value(self.row)

    def __iter__(self) -> Iterator[Key]:
        return iter(self.holdings)

    def __len__(self) -> int:
        return len(self.holdings)


@dataclass(frozen=True)
class Account:
    """What an engine found for one subject, without anything from another engine.

    Attributes:
        section: the subject type of the section it was assessed in.
        measures: (measure, window or item or "") to its possible values.
        outcomes: (criterion, window or item or "") to ``met`` · ``not_met`` · ``not_applicable`` · ``unknown``.
        rules: ``gate:…``, ``band:…`` and ``veto:…`` to true, false or undecided (None).
        raw_grades, grades: the grades still possible before and after vetoes, gate outcomes included.
        points: (criterion, window or item or "") to what it earns and what it can earn, of those that give points.
        due: (consequence, window or "") to whether it is due, of those that an engine judges.
        won: (cohort rule, window or "") to what it won, and `ranks` to its place among the ranked, of those asked for.
    """

    section: str
    subject: str
    measures: Mapping[tuple[str, str], Value] = field(default_factory=dict)
    outcomes: Mapping[tuple[str, str], str] = field(default_factory=dict)
    rules: Mapping[str, bool | None] = field(default_factory=dict)
    raw_grades: frozenset[str] = frozenset()
    grades: frozenset[str] = frozenset()
    points: Mapping[tuple[str, str], tuple[Value, Value]] = field(default_factory=dict)
    due: Mapping[tuple[str, str], bool | None] = field(default_factory=dict)
    won: Mapping[tuple[str, str], Value] = field(default_factory=dict)
    ranks: Mapping[tuple[str, str], int] = field(default_factory=dict)


@runtime_checkable
class FrameEngine(Protocol):
    """An engine that reads the plan and the frame themselves, offered by a plugin through ``kaoping_engines``."""

    name: str

    def unavailable(self) -> str | None:
        """Why the engine cannot run here, or None; must be cheap and must not raise."""

    def assess(self, plan: Plan, frame: Frame, parameters: Mapping[str, ParameterValue]) -> Iterator[Account]:
        """One account of every subject on file on the period's last day, section by section.

        Raises:
            EngineFailedError: the engine could not finish, or something in the plan has no form in it.
        """


@dataclass(frozen=True)
class Batch:
    """What an engine found of a whole section at once, kept in a file.

    Attributes:
        subjects: how many there were; `grades`: how many may still have which grades, best first.
        digest: SHA-256 over the results, the same in every database.
        sample: accounts of some subjects, those drawn and those nearest to a boundary, with the score alone of their
            measures.
    """

    subjects: int
    grades: Mapping[tuple[str, ...], int]
    digest: str
    sample: tuple[Account, ...]


@runtime_checkable
class BatchEngine(Protocol):
    """An engine that can also judge everybody at once, into a file."""

    name: str

    def batch(self, plan: Plan, frame: Frame, target: str, where: str, draw: int) -> Batch:
        """Judge the scheme's own subjects in the database `where`; `draw` is how many are drawn for the sample.

        `target` is the path of the file.

        Raises:
            EngineFailedError: it could not finish; then `target` is as it was.
        """


COVERS = ("measures", "gates", "criteria", "bands", "vetoes")
"""What such an engine judges; places among all and what follows are the reference's."""


def reference_account(
    evaluation: Evaluation, section: Section, subject: str, due: Collection[tuple[str, str]] = ()
) -> Account:
    """The reference engine's own account of a subject; of what is due it tells what is asked for."""
    grader, machine, plan = evaluation.grader, evaluation.machine, evaluation.plan
    home = evaluation.context(section, subject)
    measures = {
        (name, at): machine.measure(of, name, subject, context)
        for (of, name), measure in plan.measures.items()
        if of == section.type and measure.type.kind != "list"
        for at, context in grader.instances(measure.rule.for_each, home)
    }
    outcomes = {(found.criterion, found.at): found.outcome for found in evaluation.findings(section, subject)}
    if evaluation.part:
        return Account(section.type, subject, measures, outcomes)
    rules: dict[str, Any] = {f"gate:{gate.id}": machine.closure(needs)(home) for gate, needs in section.gates}
    grading = grader.grading(section.type, subject)
    unique = section.grade is not None and section.grade.hit == "unique"
    for grade, when in section.bands:
        rest = grader.bands(section, home)[grade] if unique else True
        rules[f"band:{grade}"] = rest if when is None else machine.closure(when)(home)
    rules |= {f"veto:{veto.id}": machine.closure(when)(home) for veto, when in section.vetoes}
    told = {name: found if isinstance(truth(found), bool) else None for name, found in rules.items()}
    found = dict(_due(evaluation, section, subject, due)) if due else {}
    return Account(section.type, subject, measures, outcomes, told, grading.raw, grading.final, due=found)


def _due(
    evaluation: Evaluation, section: Section, subject: str, wanted: Collection[tuple[str, str]]
) -> Iterator[tuple[tuple[str, str], bool | None]]:
    """Whether consequences are due, of those that follow from the subject itself or its windows."""
    home = evaluation.context(section, subject)
    for trigger in evaluation.triggers[section.type]:
        each, name = trigger.typed.each, trigger.typed.rule.id
        if not any(rule == name for rule, _ in wanted):
            continue
        for at, context in evaluation.machine.inside(home, each.name).items() if each else (("", home),):
            found = True if trigger.when is None else trigger.when(context)
            yield (name, at), found if isinstance(found, bool) else None


def difference(ours: Account, theirs: Account, part: bool = False) -> tuple[str, str, str] | None:
    """The first thing two accounts say differently: what, and both values as text; measures first.

    `part`: theirs gives some measures only, and those are compared.
    """
    pairs: list[tuple[str, Any, Any]] = []
    for (name, at), value in ours.measures.items():
        if part and (name, at) not in theirs.measures:
            continue
        pairs.append((f"measure:{name}" + (f"@{at}" if at else ""), value, theirs.measures.get((name, at))))
    for (name, at), outcome in ours.outcomes.items():
        pairs.append((f"criterion:{name}" + (f"@{at}" if at else ""), outcome, theirs.outcomes.get((name, at))))
    pairs += [(name, found, theirs.rules.get(name, "-")) for name, found in ours.rules.items()]
    for (name, at), found in ours.due.items():
        pairs.append((f"consequence:{name}" + (f"@{at}" if at else ""), found, theirs.due.get((name, at), "-")))
    if ours.rules:
        pairs += [("raw_grade", ours.raw_grades, theirs.raw_grades), ("grade", ours.grades, theirs.grades)]
    for name, one, other in pairs:
        if one != other:
            return name, _told(one), _told(other)
    return None


def _told(value: Any) -> str:
    if isinstance(value, frozenset):
        return "/".join(sorted(value)) or "-"
    return {True: "true", False: "false", None: "undecided"}.get(value, str(value)) if _plain(value) else str(value)


def _plain(value: Any) -> bool:
    return value is None or isinstance(value, bool)
