"""Operators and functions over terms."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import z3

from kaoping.evaluation.context import Context
from kaoping.evaluation.values import NEVER_DAY
from kaoping.scheme.typed import Typed
from kaoping_prover import terms
from kaoping_prover.free import NotUnderstoodError
from kaoping_prover.terms import (
    LOST,
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


def negative(encoder: Encoder, node: Typed, context: Context) -> Sym:
    part = encoder.number(node.kids[0], context)
    return Sym(times(-1, part.value), part.there, part.lost)


def chain(encoder: Encoder, node: Typed, context: Context) -> Sym:
    parts = [encoder.number(kid, context) for kid in node.kids]
    value: Any = parts[0].value
    for op, part in zip(node.data[1:], parts[1:], strict=True):
        if op in "+-":
            value = add((value, part.value if op == "+" else times(-1, part.value)))
        else:
            value = times(value, part.value) if op == "*" else terms.over(value, part.value)
    return Sym(value, both(part.there for part in parts), either(part.lost for part in parts))


def compare(encoder: Encoder, node: Typed, context: Context) -> Truth:
    left, right = (counted(encoder, kid, context) for kid in node.kids)
    found = decided_as(encoder, terms.compare(node.data, left.value, right.value), left, right)
    if left.more or right.more:  # surely where it holds with none more, with all more and with any between
        many = product(range(left.more + 1), range(right.more + 1))
        each = [terms.compare(node.data, add((left.value, a)), add((right.value, b))) for a, b in many]
        sure = decided_as(encoder, True, left, right).yes
        join = either if encoder.hopeful else both
        return Truth(both((sure, join(each))), both((sure, join([negate(one) for one in each]))))
    return found


def counted(encoder: Encoder, node: Typed, context: Context) -> Sym:
    """A number, perhaps a count that is not quite known."""
    found = encoder.get(node, context)
    return found if isinstance(found, Sym) else encoder.number(node, context)


def decided_as(encoder: Encoder, holds: Bit, *parts: Sym) -> Truth:
    there, lost = both(part.there for part in parts), either(part.lost for part in parts)
    if encoder.hopeful:
        return Truth(either((lost, both((there, holds)))), either((lost, both((there, negate(holds))))))
    sure = both((there, negate(lost)))
    return Truth(both((sure, holds)), both((sure, negate(holds))))


def same(encoder: Encoder, node: Typed, context: Context) -> Truth:
    if node.kids[0].type.kind == "boolean":
        one, other = (encoder.truth(kid, context) for kid in node.kids)
        equal = either((both((one.yes, other.yes)), both((one.no, other.no))))
        differ = either((both((one.yes, other.no)), both((one.no, other.yes))))
        found = Truth(equal, differ)
    else:
        left, right = (encoder.number(kid, context) for kid in node.kids)
        found = decided_as(encoder, terms.compare("==", left.value, right.value), left, right)
    return found if node.data == "==" else Truth(found.no, found.yes)


def among(encoder: Encoder, node: Typed, context: Context) -> Truth:
    part = encoder.number(node.kids[0], context)
    one_of = either(terms.compare("==", part.value, encoder.code(value)) for value in sorted(node.data, key=str))
    return decided_as(encoder, one_of, part)


def and_(encoder: Encoder, node: Typed, context: Context) -> Truth:
    parts = [encoder.truth(kid, context) for kid in node.kids]
    return Truth(both(part.yes for part in parts), either(part.no for part in parts))


def or_(encoder: Encoder, node: Typed, context: Context) -> Truth:
    parts = [encoder.truth(kid, context) for kid in node.kids]
    return Truth(either(part.yes for part in parts), both(part.no for part in parts))


def not_(encoder: Encoder, node: Typed, context: Context) -> Truth:
    part = encoder.truth(node.kids[0], context)
    return Truth(part.no, part.yes)


def if_(encoder: Encoder, node: Typed, context: Context) -> Sym | Truth:
    when = encoder.truth(node.kids[1], context)
    then, other = encoder.get(node.kids[0], context), encoder.get(node.kids[2], context)
    if isinstance(then, Truth) and isinstance(other, Truth):
        return Truth(
            either((both((when.yes, then.yes)), both((when.no, other.yes)), both((then.yes, other.yes)))),
            either((both((when.yes, then.no)), both((when.no, other.no)), both((then.no, other.no)))),
        )
    assert isinstance(then, Sym)
    assert isinstance(other, Sym)
    undecided = both((negate(when.yes), negate(when.no)))
    return Sym(
        choose(when.yes, then.value, other.value),
        terms.pick(when.yes, then.there, other.there),
        either((undecided, terms.pick(when.yes, then.lost, other.lost))),
    )


def known(encoder: Encoder, node: Typed, context: Context) -> Truth:
    known = is_known(encoder.get(node.kids[0], context))
    return Truth(known, negate(known))


def or_else(encoder: Encoder, node: Typed, context: Context) -> Sym | Truth:
    first, second = encoder.get(node.kids[0], context), encoder.get(node.kids[1], context)
    if isinstance(first, Truth) and isinstance(second, Truth):
        known = either((first.yes, first.no))
        return Truth(terms.pick(known, first.yes, second.yes), terms.pick(known, first.no, second.no))
    assert isinstance(first, Sym)
    assert isinstance(second, Sym)
    known = both((first.there, negate(first.lost)))
    value = choose(known, first.value, second.value)
    return Sym(value, either((known, second.there)), both((negate(known), second.lost)))


def ratio(encoder: Encoder, node: Typed, context: Context) -> Sym:
    top, bottom = (encoder.number(kid, context) for kid in node.kids[:2])
    none = if_none(encoder, node.kids[2], context)
    scale = 100 if node.data == "percent" else 1
    zero = terms.compare("==", bottom.value, 0)
    value = choose(zero, none.value, terms.over(times(scale, top.value), bottom.value))
    there = both((top.there, bottom.there, terms.pick(zero, none.there, True)))
    return Sym(value, there, either((top.lost, bottom.lost, both((zero, none.lost)))))


def if_none(encoder: Encoder, node: Typed, context: Context) -> Sym:
    return LOST if node.op == "const" and node.data is None else encoder.number(node, context)


def plus(encoder: Encoder, node: Typed, context: Context) -> Sym:
    """Days are exact; months and years of a free day lie between their shortest and their longest."""
    day = encoder.number(node.kids[0], context)
    value, never = day.value, terms.compare(">=", day.value, NEVER_DAY)
    for unit, kid in zip(node.data, node.kids[1:], strict=True):
        length = encoder.number(kid, context)
        if unit == "days":
            value = add((value, length.value))
            continue
        if unit == "workdays" or not terms.plain(length.value) or length.lost is not False:
            raise NotUnderstoodError(f"plus({unit}=)")
        whole = int(length.value * (12 if unit == "years" else 1))
        years, months = divmod(abs(whole), 12)
        later = encoder.world.fresh("later")
        shortest, longest = 365 * years + 28 * months, 366 * years + 31 * months
        if whole < 0:
            shortest, longest = -longest, -shortest
        encoder.world.require(z3.And(later >= terms.real(value) + shortest, later <= terms.real(value) + longest))
        value = later
    return Sym(choose(never, NEVER_DAY, value), day.there, day.lost)


def call(encoder: Encoder, node: Typed, context: Context) -> Sym:
    parts = [encoder.number(kid, context) for kid in node.kids]
    name, lost = node.data, either(part.lost for part in parts)
    if name in ("min", "max"):
        return terms.least(parts, smallest=name == "min")
    if name == "days":
        there = both(part.there for part in parts)
        return Sym(add((parts[1].value, times(-1, parts[0].value))), there, lost)
    if name in ("full_years", "full_months"):
        there = both(part.there for part in parts)
        span, count = add((parts[1].value, times(-1, parts[0].value))), encoder.world.fresh(name)
        least, most = (365, 366) if name == "full_years" else (28, 31)
        encoder.world.require(z3.And(count * least <= terms.real(span) + 1, terms.real(span) < (count + 1) * most + 1))
        return Sym(count, there, lost)
    part = parts[0]
    if name == "abs":
        return Sym(choose(terms.compare(">=", part.value, 0), part.value, times(-1, part.value)), part.there, lost)
    if name.startswith("round:"):
        return Sym(terms.rounded(part.value, int(name.removeprefix("round:"))), part.there, lost)
    if name == "floor":
        return Sym(terms.floor(part.value), part.there, lost)
    if name == "ceil":
        return Sym(times(-1, terms.floor(times(-1, part.value))), part.there, lost)
    raise NotUnderstoodError(name)


def is_known(part: Sym | Truth) -> Bit:
    """Is it surely something?"""
    if isinstance(part, Truth):
        return either((part.yes, part.no))
    return both((part.there, negate(part.lost)))
