"""An evaluation of everybody at once whose results are written down some at a time, and of which few facts are read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from kaoping.evaluation.accounts import COVERS, Account
from kaoping.evaluation.again import looked_at, same_again
from kaoping.evaluation.alike import Alikes
from kaoping.evaluation.everybody import Everybody, WholeEngine
from kaoping.evaluation.in_parts import Needy, PartEvaluation
from kaoping.evaluation.keeping import FrameKeeper, KeptFrame
from kaoping.evaluation.opinions import STRATA, Opinions
from kaoping.evaluation.plan import Plan, Section
from kaoping.evaluation.result import SubjectResult
from kaoping.evaluation.rulebook import EngineFailedError
from kaoping.evaluation.run import Evaluation
from kaoping.evaluation.told import Once, Told
from kaoping.evaluation.weighing import reach_of
from kaoping.facts.frame import Frame
from kaoping.facts.periods import Period
from kaoping.office.at_once import BY_THE_CORE, explained, no_collecting, very_many
from kaoping.office.desk import Desk
from kaoping.office.engines import REFERENCE
from kaoping.office.frames import up_to_date
from kaoping.office.results import standing
from kaoping.plugins import Plugins
from kaoping.store.connection import Store
from kaoping.store.frames import load_frame
from kaoping.store.log import Log
from kaoping.store.some import Reach, SomeFacts, all_bars, how_many, some_facts
from kaoping.store.spilled import Spilled

AT_ONCE = 1000
"""Subjects whose results are in memory together."""


class NotInPartsError(Exception):
    """The engine cannot find everybody's places, so that these must be found of everybody together."""


@dataclass
class InParts:
    """Everybody of a plan and period, judged by an engine and made whole some at a time.

    Attributes:
        keep: may frames be kept beside the database?
        trace: are the facts of each subject kept with its result?
        grades: how many have which standing; `weekday_years`: years whose working days nobody has set.
    """

    desk: Desk
    plugins: Plugins
    store: Store
    engine: Any
    plan: Plan
    span: Period
    today: date
    known_at: str
    keep: bool
    trace: bool
    grades: Counter[str] = field(default_factory=Counter)
    weekday_years: set[int] = field(default_factory=set)

    @contextmanager
    def results(self) -> Iterator[tuple[Spilled, Opinions]]:
        """Everybody's results, and who stands behind them; gone at the end.

        Raises:
            RefusedError: the reference engine judged somebody otherwise.
            EnvironmentError: the engine could not finish.
        """
        scheme = self.plan.scheme
        with ExitStack() as opened:
            opened.enter_context(explained(self.engine.name))
            self.collect = opened.enter_context(no_collecting())
            folder = opened.enter_context(TemporaryDirectory(prefix="kaoping-", ignore_cleanup_errors=True))
            self.some: SomeFacts = opened.enter_context(some_facts(self.store, self.known_at))
            self.log = Log(self.store, self.plan.needs, self.span, self.today, self.known_at)
            self.bare = replace(
                self.log.bare, bars=all_bars(self.store, self.plan.needs, self.span, self.today, self.known_at)
            )
            Evaluation(self.plan, self.bare)  # parameters are in force
            kept = self._frames(Path(folder))
            spilled = opened.enter_context(
                Spilled(scheme.id, scheme.edition, self.span.text, Path(folder) / "results.db")
            )
            step = self.desk.say("office.judging", engine=self.engine.name, scheme=scheme.id, period=self.span.text)
            tell = self._teller(step)
            tell(0, 0)
            main: Callable[[Sequence[str]], Frame] = lambda ids: self._facts(self.plan.main, ids)  # noqa: E731
            everybody = opened.enter_context(self.engine.everybody(self.plan, self.bare, tell, kept, self.log, main))
            self._check_places(everybody)
            self._make_whole(everybody, spilled)
            yield spilled, self._opinions(everybody, spilled)

    def _teller(self, step: str) -> Callable[[int, int], None]:
        return lambda done, total: self.desk.tell(step, done, total)

    @property
    def part(self) -> bool:
        """Is it a part of the scheme's period?"""
        return self.span.kind != self.plan.scheme.period

    @property
    def sections(self) -> Sequence[Section]:
        """The sections that are judged."""
        return [self.plan.main] if self.part else self.plan.sections()

    def _frames(self, folder: Path) -> dict[str, KeptFrame]:
        """The frame of every section: kept beside the database, or thrown away."""
        step = self.desk.say("office.keeping-frame", scheme=self.plan.scheme.id, period=self.span.text)
        tell, found = self._teller(step), {}
        assert isinstance(self.engine, FrameKeeper)
        for section in self.sections:
            if self.keep:
                found[section.type] = up_to_date(
                    self.desk, self.plugins, self.store, self.plan, self.span, self.today,
                    known_at=self.known_at, section=section,
                )  # fmt: skip
            else:
                path = str(folder / f"{section.type}.db")
                found[section.type] = self.engine.keep(self.plan, self.log, path, section=section, tell=tell)
        return found

    def _facts(self, section: Section, subjects: Sequence[str]) -> Frame:
        """The facts about some subjects of a section and those they reach."""
        reach = Reach(*reach_of(self.plan, section))
        return self.some.frame(self.plan.needs, self.span, self.today, subjects, reach)

    # --- results

    def _check_places(self, everybody: Everybody) -> None:
        """The engine finds every place.

        Raises:
            NotInPartsError: it does not.
        """
        evaluation = Evaluation(self.plan, self.bare)
        for rule, window in evaluation.cohort_windows(self.plan.main):
            if everybody.places(rule, window, ()) is None:
                raise NotInPartsError

    def _make_whole(self, everybody: Everybody, spilled: Spilled) -> None:
        step = self.desk.say("office.making-whole", scheme=self.plan.scheme.id, period=self.span.text)
        totals = [
            how_many(self.store, self.plan.catalogue.members(section.type), self.span.end, self.known_at or None)
            for section in self.sections
        ]
        self.collect()
        for section, total in zip(self.sections, totals, strict=True):
            kind = "subject" if section is self.plan.main else "rolled_up"
            placed = [*Evaluation(self.plan, self.bare).cohort_windows(section)]
            accounts, needy, done = everybody.accounts(section.type, placed), None, 0
            kinds = {name: one.type.kind for (of, name), one in self.plan.measures.items() if of == section.type}
            alikes, standings = Alikes(kinds), Once(standing)
            while some := list(islice(accounts, AT_ONCE)):
                self.desk.tell(step, spilled.many, sum(totals))
                needy = needy or Needy(self.plan, section, some[0], self.trace, self.part)
                frame, open_yet = self._frame_of(section, some, needy)
                if missing := [one.subject for one in some if one.subject not in frame.subjects]:
                    raise EngineFailedError(f"{section.type} {missing[0]}")
                evaluation = PartEvaluation(self.plan, frame, everybody, section, some, open_yet)
                found = evaluation.results(self.trace) if needy.all else evaluation.in_pieces(alikes)
                spilled.add(kind, section.type, self._counted(section, found, standings))
                self.weekday_years |= evaluation.machine.weekday_years
                done += len(some)
                del frame, evaluation, found
                self.collect()
            if done != total:
                raise EngineFailedError(f"{section.type}: {done} / {total}")
        self.desk.tell(step, sum(totals), sum(totals))

    def _counted(
        self, section: Section, results: Iterable[SubjectResult | Told], standings: Once[str]
    ) -> Iterator[SubjectResult | Told]:
        """Results on their way, those of the scheme's own subjects counted by where they stand."""
        for one in results:
            if section is self.plan.main:
                self.grades[standing(one) if isinstance(one, SubjectResult) else standings.of(one.like)] += 1
            yield one

    def _frame_of(self, section: Section, some: Sequence[Account], needy: Needy) -> tuple[Frame, set[str] | None]:
        """The facts of those of whom something must be found, and who that is (None: everybody).

        Of the others there are whom they belong to, and records that something follows from.
        """
        ids = [one.subject for one in some]
        if needy.all:
            return self._facts(section, ids), None
        needs = replace(
            self.plan.needs,
            facts=frozenset(),
            records=frozenset(needy.records),
            earlier=None,
            frozen={},
            entries=False,
        )
        reach = Reach(*reach_of(self.plan, section))
        base = self.some.frame(needs, self.span, self.today, ids, reach)
        wanted = {one.subject for one in some if needy.open(one)} | self.some.having(needy.more, ids)
        if not wanted:
            return base, wanted
        more = self._facts(section, sorted(wanted))
        frame = replace(
            more,
            subjects=dict(sorted({**base.subjects, **more.subjects}.items())),
            records={**base.records, **more.records},
            edges={**base.edges, **more.edges},
            bars={**base.bars, **more.bars},
        )
        return frame, wanted

    # --- judged again

    def _opinions(self, everybody: Everybody, spilled: Spilled) -> Opinions:
        step = self.desk.say("office.judging-again")
        digest, chosen = spilled.digest(), []
        for section in self.sections:
            kind = "subject" if section is self.plan.main else "rolled_up"
            named = looked_at(spilled.light(kind, section.type), digest)
            chosen += [(section, one) for one in spilled.of(kind, named)]
        everyone = len(chosen) == spilled.many
        whole = None
        if everyone:  # places too are found again
            frame = load_frame(self.store, self.plan.needs, self.span, self.today, self.known_at or None)
            whole = Evaluation(self.plan, frame)
        done = 0
        for section in self.sections:
            theirs = [one for of, one in chosen if of is section]
            for first in range(0, len(theirs), AT_ONCE):
                some = theirs[first : first + AT_ONCE]
                again = whole or self._again(everybody, section, [one.subject for one in some])
                for one in some:
                    self.desk.tell(step, done, len(chosen))
                    same_again(again, section, one, self.engine.name)
                    done += 1
        if everyone:
            covers = {REFERENCE: ("measures", *STRATA, "cohort"), self.engine.name: (*COVERS, "cohort")}
            return Opinions((REFERENCE, self.engine.name), covers, (), spilled.many)
        covers = {self.engine.name: (*COVERS, "cohort"), REFERENCE: BY_THE_CORE}
        note = self.desk.say("office.judged-at-once", engine=self.engine.name, subjects=spilled.many, again=len(chosen))
        return Opinions((self.engine.name,), covers, (note,), spilled.many)

    def _again(self, everybody: Everybody, section: Section, subjects: Sequence[str]) -> Evaluation:
        """The reference engine over the facts of some; places among all are what they are among all."""
        again = Evaluation(self.plan, self._facts(section, subjects))
        own = subjects if section is self.plan.main else ()
        again.cohort.placed = lambda rule, window: everybody.places(rule, window, own)
        again.machine.cohort_value = lambda _section, rule, subject, window: everybody.place(
            rule, window, subject or ""
        )
        return again


def engine_in_parts(
    plugins: Plugins, wanted: str | None, plan: Plan, store: Store, span: Period, known_at: str
) -> WholeEngine | None:
    """The engine that is to judge everybody at once over frames it keeps: the one wanted, else any from so many on."""
    able = {
        name: one
        for name, one in plugins.engines.items()
        if isinstance(one, WholeEngine) and isinstance(one, FrameKeeper) and one.unavailable() is None
    }
    if wanted is not None:
        return able.get(wanted)
    many = how_many(store, plan.catalogue.members(plan.main.type), span.end, known_at or None)
    return next(iter(able.values()), None) if very_many(many) else None
