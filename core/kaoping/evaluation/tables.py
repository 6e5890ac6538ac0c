"""Decision tables over possible-value sets, by DMN's hit policies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kaoping.evaluation import values as sets
from kaoping.evaluation.plan import TypedMeasure
from kaoping.evaluation.values import NO_VALUE, Choices, Value, hull, range_of

if TYPE_CHECKING:
    from kaoping.evaluation.context import Context, Run
    from kaoping.evaluation.reference import Machine

Hits = list[tuple[Value, Any]]
"""(true or undecided, result) of each row that may fit, in written order."""


def table_closure(machine: Machine, measure: TypedMeasure) -> Run:
    """The result of a table as a function of a context."""
    table, column = measure.rule.table, measure.rule.column
    assert table is not None
    rows = [(machine.closure(when) if when else None, gives) for when, gives in measure.rows]
    leads = [row.gives[0] for row in table.rows]
    default: Value = table.default[column] if table.default else NO_VALUE
    policy, order = table.hit, table.order

    def run(context: Context) -> Value:
        hits: list[tuple[Value, Any, Any]] = []
        for (when, gives), lead in zip(rows, leads, strict=True):
            holds = True if when is None else when(context)
            if holds is not False:
                hits.append((holds, gives, lead))
        if policy in ("priority", "output_order"):
            hits.sort(key=lambda hit: order.index(hit[2]))
        return _POLICIES[policy]([(holds, gives) for holds, gives, _ in hits], default)

    return run


def _first(hits: Hits, default: Value) -> Value:
    """Down the rows: everything that may be the first to fit."""
    found: list[Value] = []
    for holds, gives in hits:
        found.append(gives)
        if holds is True:
            return _any_of(found)
    return _any_of([*found, default])


def _unique(hits: Hits, default: Value) -> Value:
    """The one row that fits; two that surely fit give no value."""
    sure = [gives for holds, gives in hits if holds is True]
    if len(sure) > 1:
        return NO_VALUE
    return sure[0] if sure else _any_of([*(gives for _, gives in hits), default])


def _agreeing(hits: Hits, default: Value) -> Value:
    """Rows that fit together must say the same; else there is no value."""
    sure = {gives for holds, gives in hits if holds is True}
    if len(sure) > 1:
        return NO_VALUE
    return next(iter(sure)) if sure else _any_of([*(gives for _, gives in hits), default])


def _listed(hits: Hits, _: Value) -> Value:
    """All results in order, to be shown; undecided while some row is."""
    sure = tuple(gives for holds, gives in hits if holds is True)
    every = tuple(gives for _, gives in hits)
    return sure if sure == every else Choices(frozenset({sure, every}))


def _counted(hits: Hits, _: Value) -> Value:
    return range_of(sum(holds is True for holds, _ in hits), len(hits))


def _summed(hits: Hits, _: Value) -> Value:
    total: Value = 0
    for holds, gives in hits:
        total = sets.add(total, gives if holds is True else hull(0, gives))
    return total


def _least(hits: Hits, default: Value) -> Value:
    return _extreme(hits, default, min)


def _greatest(hits: Hits, default: Value) -> Value:
    return _extreme(hits, default, max)


def _extreme(hits: Hits, default: Value, pick: Any) -> Value:
    sure = [gives for holds, gives in hits if holds is True]
    found = pick(sure) if sure else default
    return _any_of([found, *(pick([*sure, gives]) for holds, gives in hits if holds is not True)])


def _any_of(values: list[Value]) -> Value:
    result = values[0]
    for value in values[1:]:
        result = hull(result, value)
    return result


_POLICIES = {
    "unique": _unique,
    "any": _agreeing,
    "first": _first,
    "priority": _first,
    "output_order": _listed,
    "rule_order": _listed,
    "all": _listed,
    "collect sum": _summed,
    "collect min": _least,
    "collect max": _greatest,
    "collect count": _counted,
}
