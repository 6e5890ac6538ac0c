"""Criteria, points, and the grade they come to."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from kaoping.evaluation.context import Context
from kaoping.evaluation.plan import TypedCriterion
from kaoping_prover import terms
from kaoping_prover.free import NotUnderstoodError
from kaoping_prover.terms import (
    TRUE,
    Bit,
    Sym,
    Truth,
    both,
    choose,
    either,
    negate,
)

if TYPE_CHECKING:
    from kaoping_prover.encode import Encoder


def instances(encoder: Encoder, criterion: TypedCriterion) -> list[Context]:
    return [context for _, context in encoder.machine.instances(criterion.rule.for_each, encoder.home)]


def points(encoder: Encoder, criterion: TypedCriterion, context: Context, *, full: bool = False) -> Sym:
    if criterion.points is None:
        return Sym(Fraction(0))
    worth = encoder.number(criterion.points, context)
    if full:
        return worth
    applies = TRUE if criterion.applies is None else encoder.truth(criterion.applies, context)
    if criterion.earns is None:
        holds = encoder.truth(criterion.require, context)
        undecided = both((applies.yes, negate(holds.yes), negate(holds.no)))
        return Sym(choose(both((applies.yes, holds.yes)), worth.value, 0), True, either((worth.lost, undecided)))
    earned = encoder.number(criterion.earns, context)
    kept = terms.least((terms.least((earned, worth)), Sym(Fraction(0))), smallest=False)
    return Sym(choose(applies.yes, kept.value, 0), True, both((applies.yes, either((worth.lost, earned.lost)))))


def all_met(encoder: Encoder) -> Truth:
    """All required criteria are met or do not apply."""
    yes: list[Bit] = []
    no: list[Bit] = []
    for criterion in encoder.section.criteria:
        if criterion.rule.severity != "required":
            continue
        for context in instances(encoder, criterion):
            holds = encoder.truth(criterion.require, context)
            applies = TRUE if criterion.applies is None else encoder.truth(criterion.applies, context)
            yes.append(either((holds.yes, applies.no)))
            no.append(both((applies.yes, holds.no)))
    return Truth(both(yes), either(no))


def graded(encoder: Encoder, *, raw: bool) -> tuple[Any, Bit]:
    rules = encoder.section.grade
    if rules is None:
        raise NotUnderstoodError("grade")
    fits = [TRUE if when is None else encoder.truth(when, encoder.home) for _, when in encoder.section.bands]
    indexes = [rules.merit.index(grade) for grade, _ in encoder.section.bands]
    value: Any = indexes[-1]
    sure: Bit = fits[-1].yes
    for index, fit in list(zip(indexes, fits, strict=True))[-2::-1]:
        value = choose(fit.yes, index, value)
        sure = either((fit.yes, both((fit.no, sure))))
    passed = both(encoder.truth(needs, encoder.home).yes for _, needs in encoder.section.gates)
    sure = both((sure, passed))
    if raw:
        return value, sure
    holds = [(veto, encoder.truth(when, encoder.home)) for veto, when in encoder.section.vetoes]
    sure = both([sure, *(either((held.yes, held.no)) for _, held in holds)])
    for veto, held in holds:
        if veto.at_most:
            cap = rules.merit.index(veto.at_most)
            worse = terms.compare("<", value, cap)
            value = choose(both((held.yes, worse)), cap, value)
    for veto, held in holds:
        if veto.becomes:
            value = choose(held.yes, rules.merit.index(veto.becomes), value)
    return value, sure
