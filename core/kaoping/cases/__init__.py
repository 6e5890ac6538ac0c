"""Worked cases: facts and the results they must give, written beside a scheme and signed by people.

A case is read into the same frame an evaluation reads, evaluated by the reference and every other engine given, and
compared line by line. The format is in ``docs/cases.md``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kaoping.cases.building import Builder
from kaoping.cases.case import Case, CaseResult, Difference, read_cases
from kaoping.cases.compared import compared
from kaoping.errors import KaopingError, Problems
from kaoping.evaluation.accounts import FrameEngine
from kaoping.evaluation.opinions import second_opinions
from kaoping.evaluation.plan import Plan
from kaoping.evaluation.rulebook import Engine
from kaoping.evaluation.run import Evaluation
from kaoping.scheme.case_names import unknown_names

__all__ = ["Case", "CaseResult", "Difference", "case_evaluation", "read_cases", "run_case", "run_cases"]


def run_case(plan: Plan, case: Case, engines: Sequence[Engine | FrameEngine] = ()) -> CaseResult:
    """Evaluate a case and compare."""
    built = Builder(plan, case.table)
    refused = built.text("refused")
    try:
        if errors := list(unknown_names(case.table, plan.scheme, plan.catalogue)):
            raise Problems(errors)
        frame = built.frame()
    except KaopingError as error:
        if refused and error.key == refused:
            return CaseResult(case, (), ("reference",))
        place = case.table.place
        told = error.text("en")
        return CaseResult(case, (Difference(case.id, "", "refused", refused or "-", told, place),), ())
    if refused:
        place = case.table.place
        return CaseResult(case, (Difference(case.id, "", "refused", refused, "accepted", place),), ())
    evaluation = Evaluation(plan, frame, built.parameters())
    result = evaluation.result()
    opinions = second_opinions(evaluation, result, engines)
    found = tuple(compared(case, built, result))
    return CaseResult(case, found, opinions.engines, opinions.notes)


def case_evaluation(plan: Plan, case: Case) -> Evaluation:
    """The evaluation a case describes, ready to be asked.

    Raises:
        KaopingError: its facts are refused.
    """
    built = Builder(plan, case.table)
    return Evaluation(plan, built.frame(), built.parameters())


def run_cases(plan: Plan, engines: Sequence[Engine | FrameEngine] = ()) -> Iterable[CaseResult]:
    """Every case written beside a plan's scheme."""
    for case in read_cases(plan.scheme.cases_text, plan.scheme.cases_file):
        yield run_case(plan, case, engines)
