"""Everybody judged at once by an engine that can, and some of them again by the reference engine."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from kaoping.errors import EnvironmentError, KaopingError, UsageError
from kaoping.evaluation.accounts import COVERS
from kaoping.evaluation.again import judged_again
from kaoping.evaluation.everybody import WholeEngine, WholeEvaluation
from kaoping.evaluation.keeping import KeptFrame
from kaoping.evaluation.opinions import STRATA, Opinions
from kaoping.evaluation.plan import Plan
from kaoping.evaluation.result import Result
from kaoping.evaluation.rulebook import EngineFailedError
from kaoping.facts.frame import Frame
from kaoping.office.desk import Desk
from kaoping.office.engines import REFERENCE
from kaoping.office.frames import up_to_date
from kaoping.plugins import Plugins
from kaoping.settings import at_once_from
from kaoping.store.connection import Store

BY_THE_CORE = ("consequences", "missing")
"""What of an evaluation at once is found by the core, over what the engine found; with them places it did not find."""


def engine_for(plugins: Plugins, wanted: str | None, plan: Plan, frame: Frame) -> WholeEngine | None:
    """The engine that is to judge everybody at once: the one wanted if it can, else any from so many subjects on.

    Raises:
        EnvironmentError: the one wanted cannot run here.
    """
    able = {name: engine for name, engine in plugins.engines.items() if isinstance(engine, WholeEngine)}
    if wanted is not None:
        found = able.get(wanted)
        if found and (why := found.unavailable()):
            raise EnvironmentError("office.engine-unavailable", engine=wanted, why=why)
        return found
    if _many(plan, frame) < at_once_from():
        return None
    return next((engine for engine in able.values() if engine.unavailable() is None), None)


def keep_frames(
    desk: Desk, plugins: Plugins, store: Store, engine: str, plan: Plan, frame: Frame, known_at: str
) -> dict[str, KeptFrame]:
    """Section to its frame, kept beside the database, where there are so many subjects that it is worth keeping.

    Raises:
        KaopingError: something in the plan has no form in the engine that keeps them.
        EnvironmentError: it could not finish.
    """
    if _many(plan, frame) < at_once_from():
        return {}
    part = frame.period.kind != plan.scheme.period
    with explained(engine):
        return {
            section.type: up_to_date(
                desk, plugins, store, plan, frame.period, frame.today, known_at=known_at, section=section
            )
            for section in ([plan.main] if part else plan.sections())
        }


def judge(
    desk: Desk, engine: WholeEngine, plan: Plan, frame: Frame, kept: Mapping[str, KeptFrame], trace: str | None
) -> tuple[WholeEvaluation, Result, Opinions]:
    """Everybody's results, and who stands behind them.

    Raises:
        RefusedError: the reference engine judged somebody otherwise.
        EnvironmentError: the engine could not finish.
    """
    with explained(engine.name), no_collecting():
        step = desk.say("office.judging", engine=engine.name, scheme=plan.scheme.id, period=frame.period.text)
        desk.tell(step, 0, 0)
        with engine.everybody(plan, frame, lambda done, total: desk.tell(step, done, total), kept) as everybody:
            evaluation = WholeEvaluation(plan, frame, everybody)
            step = desk.say("office.making-whole", scheme=plan.scheme.id, period=frame.period.text)
            result = evaluation.result(trace == "all", lambda done, total: desk.tell(step, done, total))
            step = desk.say("office.judging-again")
            again = judged_again(evaluation, result, engine.name, lambda done, total: desk.tell(step, done, total))
    everyone = len(result.results) + len(result.rolled_up)
    if again == everyone:
        both = () if evaluation.cohort.reckoned else ("cohort",)
        covers = {REFERENCE: ("measures", *STRATA, "cohort"), engine.name: (*COVERS, *both)}
        return evaluation, result, Opinions((REFERENCE, engine.name), covers, (), everyone)
    placed, left = ((), ("cohort",)) if evaluation.cohort.reckoned else (("cohort",), ())
    covers = {engine.name: (*COVERS, *placed), REFERENCE: (*left, *BY_THE_CORE)}
    note = desk.say("office.judged-at-once", engine=engine.name, subjects=everyone, again=again)
    return evaluation, result, Opinions((engine.name,), covers, (note,), everyone)


@contextmanager
def no_collecting() -> Iterator[Callable[[], None]]:
    """Nobody looks for garbage but who calls what this gives, and then only among what came since.

    Each look would go through all that there is: results that only grow in number, everything that is compiled.
    """

    def collect() -> None:
        gc.collect()
        gc.freeze()

    was = gc.isenabled()
    gc.disable()
    gc.freeze()
    try:
        yield collect
    finally:
        gc.unfreeze()
        if was:
            gc.enable()


@contextmanager
def explained(engine: str) -> Iterator[None]:
    """What ended an engine's work, as somebody can mend it: the expression without a form, else that it failed."""
    try:
        yield
    except EngineFailedError as error:
        if isinstance(error.__cause__, KaopingError):
            raise error.__cause__ from error
        raise EnvironmentError("office.engine-failed", engine=engine, problem=error) from error


def very_many(subjects: int) -> bool:
    """Are there so many subjects that everybody is judged at once without being asked?"""
    return subjects >= at_once_from()


def _many(plan: Plan, frame: Frame) -> int:
    return len(frame.of_type(plan.catalogue.members(plan.main.type), frame.period.end))


def check_trace(trace: str | None) -> None:
    """What may be asked to be kept.

    Raises:
        UsageError: something else was.
    """
    if trace not in (None, "all"):
        raise UsageError("office.trace", trace=trace)
