"""Measures by their forms: a value, weights, steps, a table."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING, Any

from kaoping.evaluation.context import Context
from kaoping.evaluation.plan import TypedMeasure
from kaoping_prover import terms
from kaoping_prover.free import NotUnderstoodError
from kaoping_prover.terms import (
    TRUE,
    Bit,
    Sym,
    Truth,
    add,
    both,
    choose,
    either,
    negate,
    times,
)

if TYPE_CHECKING:
    from kaoping_prover.encode import Encoder

MOST_SUBSETS = 6


def measured(encoder: Encoder, measure: TypedMeasure, context: Context) -> Sym | Truth:
    found = form(encoder, measure, context)
    if measure.rule.round is not None and isinstance(found, Sym) and not found.more:
        found = Sym(terms.rounded(found.value, measure.rule.round), found.there, found.lost)
    if measure.applies is None:
        return found
    applies = encoder.truth(measure.applies, context).yes
    if isinstance(found, Truth):
        return Truth(both((applies, found.yes)), both((applies, found.no)))
    return Sym(found.value, both((applies, found.there)), both((applies, found.lost)), found.more)


def form(encoder: Encoder, measure: TypedMeasure, context: Context) -> Sym | Truth:
    if measure.value is not None:
        return encoder.get(measure.value, context)
    if measure.weigh:
        return weigh(encoder, measure, context)
    if measure.rule.table is not None:
        return table(encoder, measure, context)
    return steps(encoder, measure, context)


def weigh(encoder: Encoder, measure: TypedMeasure, context: Context) -> Sym:
    parts: list[tuple[Bit, Any, Any]] = []
    lost: list[Bit] = []
    for name, what, weight in measure.weigh:
        value, share = encoder.number(what, context), encoder.number(weight, context)
        there = value.there
        if name in measure.rule.leave_out:
            there = both((there, negate(value.lost)))
        else:
            lost.append(both((value.there, value.lost)))
        lost.append(share.lost)
        parts.append((there, value.value, share.value))
    maybe = [one for one in parts if not isinstance(one[0], bool)]
    there, undecided = either(one[0] for one in parts), either(lost)
    if len(maybe) > MOST_SUBSETS:
        top = add(choose(one, times(share, value), 0) for one, value, share in parts)
        return Sym(terms.over(top, add(choose(one, share, 0) for one, _, share in parts)), there, undecided)
    result: Any = Fraction(0)
    for chosen in product((True, False), repeat=len(maybe)):
        taken = iter(chosen)
        here = [(one if isinstance(one, bool) else next(taken), value, share) for one, value, share in parts]
        bottom = add(share for one, _, share in here if one)
        if terms.plain(bottom) and bottom == 0:
            continue
        mean = terms.over(add(times(share, value) for one, value, share in here if one), bottom)
        case = both(one[0] if held else negate(one[0]) for one, held in zip(maybe, chosen, strict=True))
        result = choose(case, mean, result)
    return Sym(result, there, undecided)


def steps(encoder: Encoder, measure: TypedMeasure, context: Context) -> Sym:
    found = Sym(Fraction(0))
    ends = [encoder.number(end, context) for end in measure.keep_within or ()]
    for kind, amount, when in measure.steps:
        size = encoder.number(amount, context)
        holds = TRUE if when is None else encoder.truth(when, context)
        if kind == "start":
            moved = size
        elif kind == "add":
            moved = Sym(
                add((found.value, size.value)), both((found.there, size.there)), either((found.lost, size.lost))
            )
        else:
            limit = terms.least((found, size), smallest=kind == "at_most")
            moved = Sym(limit.value, found.there, limit.lost)
        if ends:
            low, high = ends
            limit = terms.least((terms.least((moved, high)), low), smallest=False)
            moved = Sym(limit.value, moved.there, limit.lost)
        undecided = both((negate(holds.yes), negate(holds.no)))
        found = Sym(
            choose(holds.yes, moved.value, found.value),
            terms.pick(holds.yes, moved.there, found.there),
            either((undecided, terms.pick(holds.yes, moved.lost, found.lost))),
        )
    return found


def table(encoder: Encoder, measure: TypedMeasure, context: Context) -> Sym | Truth:
    table = measure.rule.table
    assert table is not None
    fits = [TRUE if when is None else encoder.truth(when, context) for when, _ in measure.rows]
    gives = [given for _, given in measure.rows]
    default = table.default[measure.rule.column] if table.default else None
    kind = measure.type.kind
    undecided = either(both((negate(fit.yes), negate(fit.no))) for fit in fits)
    if table.hit in ("first", "priority", "unique", "any"):
        order = list(range(len(fits)))
        if table.hit == "priority":
            leads = [row.gives[0] for row in table.rows]
            order.sort(key=lambda row: table.order.index(leads[row]))
        value: Any = 0 if default is None else constant_term(encoder, default)
        there: Bit = default is not None
        for row in reversed(order):
            value = choose(fits[row].yes, constant_term(encoder, gives[row]), value)
            there = either((fits[row].yes, there))
        clash = [
            both((fits[a].yes, fits[b].yes))
            for a in range(len(fits))
            for b in range(a)
            if table.hit == "unique" or (table.hit == "any" and gives[a] != gives[b])
        ]
        found = Sym(value, both((there, negate(either(clash)))), undecided)
    elif table.hit in ("collect sum", "collect count"):
        each = [1 if table.hit == "collect count" else constant_term(encoder, given) for given in gives]
        found = Sym(add(choose(fit.yes, one, 0) for fit, one in zip(fits, each, strict=True)), True, undecided)
    elif table.hit in ("collect min", "collect max"):
        rows = [Sym(constant_term(encoder, given), fit.yes) for fit, given in zip(fits, gives, strict=True)]
        found = terms.least(rows, smallest=table.hit == "collect min")
        if default is not None:
            found = Sym(choose(found.there, found.value, constant_term(encoder, default)))
        found = Sym(found.value, found.there, undecided)
    else:
        raise NotUnderstoodError(f"table: {table.hit}")
    if kind != "boolean":
        return found
    holds, known = terms.compare("==", found.value, 1), both((found.there, negate(found.lost)))
    return Truth(both((known, holds)), both((known, negate(holds))))


def constant_term(encoder: Encoder, value: Any) -> Any:
    return encoder.code(value) if isinstance(value, str) else Fraction(int(value) if isinstance(value, bool) else value)
