"""Past cases under other rules where there are very many: an engine judges and counts, a few are looked at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count, islice
from pathlib import Path
from tempfile import TemporaryDirectory

from kaoping.evaluation.again import DRAWN, NEAREST
from kaoping.evaluation.opinions import sample_agrees
from kaoping.evaluation.plan import Plan, reads_places
from kaoping.evaluation.run import Evaluation
from kaoping.evaluation.weighing import UNDECIDED, Moves, WeighingEngine, reach_of
from kaoping.facts.frame import Bar, Frame
from kaoping.facts.periods import Period
from kaoping.office.at_once import explained
from kaoping.office.desk import Desk
from kaoping.office.frames import path_of, up_to_date
from kaoping.plugins import Plugins
from kaoping.settings import at_once_from
from kaoping.store.connection import Store
from kaoping.store.log import Log, log_now
from kaoping.store.moments import last_moment
from kaoping.store.some import Reach, all_bars, how_many, some_facts

AT_ONCE = 500
"""Subjects whose facts are in memory together."""


def weighing_engine(
    plugins: Plugins, wanted: str | None, store: Store, plans: Sequence[Plan], span: Period
) -> WeighingEngine | None:
    """The engine that is to judge and count everybody: the one wanted if it can, else any from so many subjects on.

    None also where anything but consequences hangs on places among all.
    """
    able = {name: one for name, one in plugins.engines.items() if isinstance(one, WeighingEngine)}
    plan = plans[0]
    if span.kind != plan.scheme.period or any(map(reads_places, plans)):
        return None
    if wanted is not None:
        found = able.get(wanted)
        return found if found and found.unavailable() is None else None
    types = plan.catalogue.members(plan.main.type)
    if how_many(store, types, span.end) < at_once_from():
        return None
    return next((one for one in able.values() if one.unavailable() is None), None)


@dataclass
class AtOnce:
    """A period of a scheme whose everybody is judged by an engine, under rules that are tried one after another."""

    desk: Desk
    plugins: Plugins
    store: Store
    engine: WeighingEngine
    plan: Plan
    span: Period
    relations: frozenset[str]
    keep: bool
    _numbers: Iterator[int] = field(default_factory=count)
    _barred: dict[frozenset[str], Mapping[str, tuple[Bar, ...]]] = field(default_factory=dict)

    @contextmanager
    def opened(self) -> Iterator[AtOnce]:
        """Ready to be asked; what was found is gone at the end.

        Raises:
            DataError: a parameter is not in force, or something in the plan has no form in the engine.
            EnvironmentError: the engine could not finish.
        """
        with self.store.reading() as connection:
            self.known_at = last_moment(connection)
        self.log = self._log(self.plan)
        with (
            explained(self.engine.name),
            TemporaryDirectory(prefix="kaoping-", ignore_cleanup_errors=True) as folder,
            some_facts(self.store, self.known_at) as some,
        ):
            self.folder, self.some = Path(folder), some
            relations = [
                one for one in self.plan.catalogue.relations.values() if self.relations & {one.id, one.inverse}
            ]
            names = [one.id for one in relations]
            with self.engine.weighing(self.plan, self.log, names, self.facts) as self.weighing:
                self.path = self._frame()
                self.before = self.judge(self.plan)
                yield self

    def _log(self, plan: Plan) -> Log:
        needs = replace(plan.needs, relations=plan.needs.relations | self.relations)
        return log_now(self.store, needs, self.span, self.desk.today, self.known_at)

    def facts(self, plan: Plan, subjects: Sequence[str]) -> Frame:
        """The facts about some subjects that a plan reads, and the bars of everybody."""
        reach = Reach(*reach_of(plan))
        found = self.some.frame(plan.needs, self.span, self.desk.today, subjects, reach)
        return replace(found, bars=self._bars(plan))

    def _bars(self, plan: Plan) -> Mapping[str, tuple[Bar, ...]]:
        tags = plan.needs.tags
        if tags not in self._barred:
            self._barred[tags] = all_bars(self.store, plan.needs, self.span, self.desk.today, self.known_at)
        return self._barred[tags]

    def judge(self, plan: Plan) -> int:
        """Judge everybody by the rules of a plan; gives the number to ask for them by.

        Raises:
            DataError: a parameter is not in force.
        """
        Evaluation(plan, self.log.bare)
        path, own = self.path, not self.engine.same_frame(plan, str(self.path))
        if own:
            path = self.folder / f"{next(self._numbers)}.db"
            self._build(plan, path)
        step = self.desk.say("office.judging", engine=self.engine.name, scheme=plan.scheme.id, period=self.span.text)
        try:
            return self.weighing.judge(plan, str(path), lambda done, total: self.desk.tell(step, done, total))
        finally:
            if own:
                path.unlink(missing_ok=True)

    def _frame(self) -> Path:
        """The frame of the rules as they are: the one kept beside the database, or one of its own."""
        kept = path_of(self.desk.database, self.plan, self.span)
        if self.keep and (kept.exists() or self._many() >= at_once_from()):
            found = up_to_date(
                self.desk, self.plugins, self.store, self.plan, self.span, self.desk.today, known_at=self.known_at
            )
            return Path(found.path)
        path = self.folder / "frame.db"
        self._build(self.plan, path)
        return path

    def _many(self) -> int:
        return how_many(self.store, self.plan.catalogue.members(self.plan.main.type), self.span.end)

    def _build(self, plan: Plan, path: Path) -> None:
        step = self.desk.say("office.keeping-frame", scheme=plan.scheme.id, period=self.span.text)
        self.engine.keep(plan, self._log(plan), str(path), tell=lambda done, total: self.desk.tell(step, done, total))

    def compare(self, plan: Plan, named: int) -> Moves:
        """What becomes of everybody by other rules; so many are named.

        The reference engine looks at some of them, and at all that are named.

        Raises:
            RefusedError: it judged somebody otherwise.
        """
        side = self.judge(plan)
        moves = self.weighing.compare(self.before, side, named)
        if named:
            self.groups = self.weighing.groups()
            self._look_again(self.plan, self.before, moves)
        self._look_again(plan, side, moves)
        self.weighing.forget(side)
        return moves

    def _look_again(self, plan: Plan, side: int, moves: Moves) -> None:
        self.desk.step("office.judging-again")
        accounts = self.weighing.chosen(side, DRAWN, NEAREST, [one.subject for one in moves.turned])
        while some := list(islice(accounts, AT_ONCE)):
            evaluation = Evaluation(plan, self.facts(plan, [one.subject for one in some]))
            sample_agrees(evaluation, self.engine.name, some)

    def nothing_decided(self, moves: Moves) -> bool:
        """Is nobody's grade decided by either rules?"""
        return not moves.grades.keys() - {(UNDECIDED, UNDECIDED)}
