"""Passages through collections: who is gone through, and what is asked of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from kaoping.evaluation.context import Context
from kaoping.scheme.typed import Collection, Passage, Typed
from kaoping_prover import terms
from kaoping_prover.free import NotUnderstoodError, Rows
from kaoping_prover.operators import if_none
from kaoping_prover.terms import (
    NONE,
    OPEN,
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


_PASSAGES = frozenset({"count", "any", "all", "sum", "mean", "lowest", "highest", "percent_of", "distinct"})
_UNKNOWN = (OPEN, Truth(True, True))


def gone_through(encoder: Encoder, collection: Collection, context: Context) -> Rows:
    """The members gone through."""
    free = encoder.world.rows(collection, context)
    if free is not None:
        return free
    members, is_open = encoder.machine.members(collection, context)
    if is_open or not all(certain for _, certain in members):
        raise NotUnderstoodError(collection.name)
    if collection.kind != "criteria":
        return [(inner, True, 1) for inner, _ in members]
    found: Rows = []
    for criterion in encoder.section.criteria:
        for judged in encoder.machine.judged(criterion, encoder.section.type, encoder.subject):
            applies = TRUE if criterion.applies is None else encoder.truth(criterion.applies, judged.context)
            found.append((context.of_part(collection.name, judged), applies.yes, 1))
    return found


def aggregate(encoder: Encoder, node: Typed, context: Context) -> Sym | Truth:
    assert node.collection is not None
    asks: Passage = node.data
    name, has_none = asks.function, asks.none
    if name not in _PASSAGES:
        raise NotUnderstoodError(name)
    what = node.kids[0] if asks.what else None
    where = node.kids[asks.what] if asks.where else None
    rows: Rows = []
    lost: list[Bit] = []
    for inner, there, many in gone_through(encoder, node.collection, context):
        chosen = TRUE if where is None else encoder.truth(where, inner)
        lost.append(both((there, negate(chosen.yes), negate(chosen.no))))
        rows.append((inner, both((there, chosen.yes)), many))
    if name in ("any", "all", "count", "percent_of"):
        holds = [TRUE if what is None else encoder.truth(what, inner) for inner, _, _ in rows]
        if name == "any":
            yes = either(both((there, one.yes)) for (_, there, _), one in zip(rows, holds, strict=True))
            no = both(either((negate(there), one.no)) for (_, there, _), one in zip(rows, holds, strict=True))
            return Truth(yes, both((no, negate(either(lost)))))
        if name == "all":
            yes = both(either((negate(there), one.yes)) for (_, there, _), one in zip(rows, holds, strict=True))
            no = either(both((there, one.no)) for (_, there, _), one in zip(rows, holds, strict=True))
            return Truth(both((yes, negate(either(lost)))), no)
        lost += [both((there, negate(one.yes), negate(one.no))) for (_, there, _), one in zip(rows, holds, strict=True)]
        good = add(choose(both((there, one.yes)), many, 0) for (_, there, many), one in zip(rows, holds, strict=True))
        if name == "count":
            open_ = [there is not False and one in _UNKNOWN for (_, there, _), one in zip(rows, holds, strict=True)]
            if any(open_) and all(many == 1 for _, _, many in rows) and where is None:
                return Sym(good, more=sum(open_))
            return Sym(good, True, either(lost))
        return share(
            encoder, node, context, times(100, good), [(there, many) for _, there, many in rows], lost, has_none
        )
    assert what is not None
    values = [encoder.number(what, inner) for inner, _, _ in rows]
    lost += [both((there, one.lost)) for (_, there, _), one in zip(rows, values, strict=True)]
    held = [both((there, one.there)) for (_, there, _), one in zip(rows, values, strict=True)]
    counts = [(there, many) for there, (_, _, many) in zip(held, rows, strict=True)]
    if name in ("sum", "mean"):
        total = add(
            choose(there, times(many, one.value), 0)
            for there, (_, _, many), one in zip(held, rows, values, strict=True)
        )
        if name == "sum":
            return Sym(total, True, either(lost))
        return share(encoder, node, context, total, counts, lost, has_none)
    if name in ("lowest", "highest"):
        chosen_values = [Sym(one.value, there) for one, there in zip(values, held, strict=True)]
        found = terms.least(chosen_values, smallest=name == "lowest") if chosen_values else NONE
        none = if_none(encoder, node.kids[asks.asks], context) if has_none else NONE
        value = choose(found.there, found.value, none.value)
        empty = negate(found.there)
        return Sym(value, either((found.there, none.there)), either((*lost, both((empty, none.lost)))))
    if name == "distinct":
        return Sym(add(choose(there, 1, 0) for there in first_of(encoder, values, held)), True, either(lost))
    raise NotUnderstoodError(name)


def first_of(encoder: Encoder, values: Sequence[Sym], held: Sequence[Bit]) -> list[Bit]:
    """Which members are the first of their value."""
    return [
        both(
            [
                there,
                *(
                    negate(both((held[before], terms.compare("==", values[before].value, values[index].value))))
                    for before in range(index)
                ),
            ]
        )
        for index, there in enumerate(held)
    ]


def share(
    encoder: Encoder,
    node: Typed,
    context: Context,
    total: Any,
    counts: Sequence[tuple[Bit, Any]],
    lost: Sequence[Bit],
    has_none: bool,
) -> Sym:
    """A total over how many there are: a case for each number of members, so that no term is divided by another."""
    none = if_none(encoder, node.kids[node.data.asks], context) if has_none else NONE
    many = add(choose(there, number, 0) for there, number in counts)
    empty = terms.compare("==", many, 0)
    if terms.plain(many):
        value = none.value if many == 0 else terms.over(total, many)
    elif all(terms.plain(number) and number == 1 for _, number in counts):
        value = none.value
        for number in range(1, len(counts) + 1):
            value = choose(terms.compare("==", many, number), terms.over(total, number), value)
    else:
        value = choose(empty, none.value, terms.over(total, many))
    return Sym(value, either((negate(empty), none.there)), either((*lost, both((empty, none.lost)))))
