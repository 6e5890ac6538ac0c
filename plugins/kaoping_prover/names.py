"""What a name stands for: facts, fields, parts of criteria, measures and grades."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kaoping.evaluation.context import Context
from kaoping.scheme.typed import FactRef, NameRef, Typed
from kaoping_prover import terms
from kaoping_prover.free import NotUnderstoodError
from kaoping_prover.grades import all_met, instances, points
from kaoping_prover.terms import (
    Sym,
    Truth,
    add,
    both,
    choose,
    either,
    negate,
)

if TYPE_CHECKING:
    from kaoping_prover.encode import Encoder


def fact(encoder: Encoder, node: Typed, context: Context) -> Sym | Truth:
    found = encoder.world.fact(node.data, context, "")
    return encoder.constant(node.type.kind, encoder.machine.closure(node)(context)) if found is None else found


def shifted(encoder: Encoder, node: Typed, context: Context) -> Sym | Truth:
    ref: FactRef = node.data
    rest = list(node.kids)
    if ref.shift == "previous":
        windows = encoder.machine.windows
        steps = [step for step in ref.fact.for_each if windows.has(step) and step in context.at]
        before = windows.before(steps[-1], context.at[steps[-1]]) if steps else encoder.machine.base.previous()
        if before is None:
            raise NotUnderstoodError("previous")
        period = before.text
    else:
        year = encoder.number(rest.pop(0), context)
        if not terms.plain(year.value):
            raise NotUnderstoodError("baseline")
        period = f"{int(year.value):04}"
    found = encoder.world.fact(ref, context, period)
    if found is None:
        return encoder.constant(node.type.kind, encoder.machine.closure(node)(context))
    if not rest or (rest[0].op == "const" and rest[0].data is None) or isinstance(found, Truth):
        return found
    none = encoder.number(rest[0], context)
    value = choose(found.lost, none.value, found.value)
    return Sym(value, terms.pick(found.lost, none.there, True), both((found.lost, none.lost)))


def field(encoder: Encoder, node: Typed, context: Context) -> Sym | Truth:
    found = encoder.world.field(node, context)
    return encoder.constant(node.type.kind, encoder.machine.closure(node)(context)) if found is None else found


def part(encoder: Encoder, node: Typed, context: Context) -> Sym | Truth:
    name, _, of = node.data
    found = context.passed(of)
    judged: Any = found.part if found else None
    if judged is None:
        raise NotUnderstoodError("criteria")
    if name == "met":
        return encoder.truth(judged.criterion.require, judged.context)
    if name in ("points", "full_points"):
        return points(encoder, judged.criterion, judged.context, full=name == "full_points")
    return encoder.constant(node.type.kind, judged.value(name))


def named(encoder: Encoder, node: Typed, context: Context) -> Sym | Truth:
    ref: NameRef = node.data
    subject = context.subjects[ref.frame]
    if ref.kind == "measure":
        return encoder.measure(ref, subject, context)
    if ref.kind == "cohort" or ref.section != encoder.section.type or subject != encoder.subject:
        raise NotUnderstoodError(ref.name)
    if ref.name == "meets_all":
        return all_met(encoder)
    if ref.name == "points":
        found = [points(encoder, one, at) for one in encoder.section.criteria for at in instances(encoder, one)]
        return Sym(add(one.value for one in found), True, either(one.lost for one in found))
    if ref.name == "score":
        rules = encoder.section.grade
        assert rules is not None
        return encoder.measure(NameRef("measure", ref.section, rules.score, ref.frame), subject, context)
    raw = ref.name == "raw_grade"
    found_grade, sure = encoder.graded(raw=raw)
    merit = encoder.section.grade.merit if encoder.section.grade else ()
    value: Any = encoder.code(merit[-1]) if merit else 0
    for index in range(len(merit) - 2, -1, -1):
        value = choose(terms.compare("==", found_grade, index), encoder.code(merit[index]), value)
    for gate, needs in reversed(encoder.section.gates):
        value = choose(encoder.truth(needs, encoder.home).no, encoder.code(gate.otherwise), value)
    outcomes = either(encoder.truth(needs, encoder.home).no for _, needs in encoder.section.gates)
    return Sym(value, True, negate(either((sure, outcomes))))
