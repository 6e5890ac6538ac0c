"""Everybody judged at once by an engine that can, and some of them again by the reference engine."""

from __future__ import annotations

from kaoping.errors import EnvironmentError, UsageError
from kaoping.evaluation.accounts import COVERS
from kaoping.evaluation.everybody import WholeEngine, WholeEvaluation, judged_again
from kaoping.evaluation.opinions import STRATA, Opinions
from kaoping.evaluation.plan import Plan
from kaoping.evaluation.result import Result
from kaoping.evaluation.rulebook import EngineFailedError
from kaoping.facts.frame import Frame
from kaoping.office.desk import Desk
from kaoping.office.engines import REFERENCE
from kaoping.plugins import Plugins
from kaoping.settings import at_once_from

BY_THE_CORE = ("cohort", "consequences", "missing")
"""What of an evaluation at once is found by the core, over what the engine found."""


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
    if len(frame.of_type(plan.catalogue.members(plan.main.type), frame.period.end)) < at_once_from():
        return None
    return next((engine for engine in able.values() if engine.unavailable() is None), None)


def judge(
    desk: Desk, engine: WholeEngine, plan: Plan, frame: Frame, trace: str | None
) -> tuple[WholeEvaluation, Result, Opinions]:
    """Everybody's results, and who stands behind them.

    Raises:
        RefusedError: the reference engine judged somebody otherwise.
        EnvironmentError: the engine could not finish.
    """
    try:
        step = desk.say("office.judging", engine=engine.name, scheme=plan.scheme.id, period=frame.period.text)
        with engine.everybody(plan, frame, lambda done, total: desk.tell(step, done, total)) as everybody:
            evaluation = WholeEvaluation(plan, frame, everybody)
            step = desk.say("office.making-whole", scheme=plan.scheme.id, period=frame.period.text)
            result = evaluation.result(trace == "all", lambda done, total: desk.tell(step, done, total))
            step = desk.say("office.judging-again")
            again = judged_again(evaluation, result, engine.name, lambda done, total: desk.tell(step, done, total))
    except EngineFailedError as error:
        raise EnvironmentError("office.engine-failed", engine=engine.name, problem=error) from error
    everyone = len(result.results) + len(result.rolled_up)
    if again == everyone:
        covers = {REFERENCE: ("measures", *STRATA, "cohort"), engine.name: COVERS}
        return evaluation, result, Opinions((REFERENCE, engine.name), covers, (), everyone)
    covers = {engine.name: COVERS, REFERENCE: BY_THE_CORE}
    note = desk.say("office.judged-at-once", engine=engine.name, subjects=everyone, again=again)
    return evaluation, result, Opinions((engine.name,), covers, (note,), everyone)


def check_trace(trace: str | None) -> None:
    """What may be asked to be kept.

    Raises:
        UsageError: something else was.
    """
    if trace not in (None, "all"):
        raise UsageError("office.trace", trace=trace)
