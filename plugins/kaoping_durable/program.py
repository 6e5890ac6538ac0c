"""What is sent to the child once: rulesets to register, in order, and what the firing of each rule means."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kaoping_durable.alternatives import Term, conditions, size
from kaoping_durable.formula import Found, Meets, Source, Text
from kaoping_durable.names import PROBE, short_names

MOST_CONDITIONS = 60
"""Conditions in one ruleset: durable-rules can hold 64 that match at once. No more properties than that are read by
them, so that a fact stays far below the 252 it may have."""

MOST_ALTERNATIVES = 10
"""Alternatives in one rule: durable-rules takes 15 groups, and fires for each that holds."""

SENTINEL = "end"
"""The rule that fires last, for every fact: without it the fact was not taken."""

OPERATORS = {"==": "$eq", "!=": "$neq", "<": "$lt", "<=": "$lte", ">": "$gt", ">=": "$gte"}


@dataclass(frozen=True)
class ReteRule:
    """When one of the alternatives holds of the fact, the finding `output` is `value`."""

    output: int
    value: int
    terms: tuple[Term, ...]

    def sources(self) -> Iterator[Source]:
        """Every property it reads."""
        for term in self.terms:
            for test in term:
                yield test.left
                if not isinstance(test.right, int | str):
                    yield test.right


@dataclass(frozen=True)
class Chunk:
    """One ruleset and the flat fact it matches.

    Attributes:
        rules: the ruleset as durable-rules reads it.
        numbers, texts: (column of the row, property) that the fact takes over.
        found: (finding, property) that it takes from what earlier facts gave.
        fires: rule to (finding, value).
    """

    rules: str
    numbers: tuple[tuple[int, str], ...]
    texts: tuple[tuple[int, str], ...]
    found: tuple[tuple[int, str], ...]
    fires: Mapping[str, tuple[int, int]]

    def data(self) -> dict[str, Any]:
        """As it is sent."""
        return {**vars(self), "fires": dict(self.fires)}


def pack(rules: Iterable[ReteRule], columns: Mapping[Source, int]) -> list[Chunk]:
    """The rules in as few rulesets as the limits of durable-rules allow."""
    chunks: list[Chunk] = []
    batch: list[ReteRule] = []
    prefixes: set[Term] = set()
    used = 1
    for rule in rules:
        own, fresh = _cost(rule, prefixes)
        if batch and used + own > MOST_CONDITIONS:
            chunks.append(_chunk(batch, columns))
            batch, prefixes, used = [], set(), 1
            own, fresh = _cost(rule, prefixes)
        batch.append(rule)
        prefixes |= fresh
        used += own
    return [*chunks, _chunk(batch, columns)] if batch else chunks


def _cost(rule: ReteRule, prefixes: set[Term]) -> tuple[int, set[Term]]:
    """The conditions a rule adds; beginnings that are alike are shared, up to the first comparison of two ends."""
    total = 1 if len(rule.terms) > 1 else 0
    fresh: set[Term] = set()
    for term in map(_ordered, rule.terms):
        constants = [test for test in term if conditions(test) == 1]
        total += size(term) - len(constants)
        for length in range(1, len(constants) + 1):
            beginning = tuple(constants[:length])
            if beginning not in prefixes and beginning not in fresh:
                fresh.add(beginning)
                total += 1
    return total, fresh


def _ordered(term: Term) -> Term:
    return tuple(sorted(term, key=conditions))


def _chunk(batch: list[ReteRule], columns: Mapping[Source, int]) -> Chunk:
    sources = dict.fromkeys(source for rule in batch for source in rule.sources())
    names = dict(zip(sources, short_names(), strict=False))
    written: dict[str, Any] = {}
    fires: dict[str, tuple[int, int]] = {}
    for number, rule in enumerate(batch):
        written[f"r{number}"] = {"all": [{"m": _written(rule, names)}]}
        fires[f"r{number}"] = (rule.output, rule.value)
    written[SENTINEL] = {"all": [{"m": _present(PROBE)}], "pri": 1000}
    texts = {source for source in sources if isinstance(source, Text)}
    given = {source: columns[source] for source in sources if not isinstance(source, Found)}
    return Chunk(
        rules=json.dumps(written),
        numbers=tuple((column, names[source]) for source, column in given.items() if source not in texts),
        texts=tuple((column, names[source]) for source, column in given.items() if source in texts),
        found=tuple((source.output, names[source]) for source in sources if isinstance(source, Found)),
        fires=fires,
    )


def _written(rule: ReteRule, names: Mapping[Source, str]) -> dict[str, Any]:
    """The rule's condition, anchored on the probe, so that nothing but our facts can meet it."""
    anchor = _present(PROBE)
    if rule.terms == ((),):
        return anchor
    ways = [[each for test in _ordered(term) for each in _tested(test, names)] for term in rule.terms]
    if len(ways) == 1:
        return {"$and": [anchor, *ways[0]]}
    return {"$and": [anchor, {"$or": [way[0] if len(way) == 1 else {"$and": way} for way in ways]}]}


def _tested(test: Meets, names: Mapping[Source, str]) -> list[dict[str, Any]]:
    operator, left = OPERATORS[test.op], names[test.left]
    if isinstance(test.right, int | str):
        return [{operator: {left: test.right}}]
    right = names[test.right]
    return [_present(right), {operator: {left: {"$m": right}}}]


def _present(name: str) -> dict[str, Any]:
    return {"$ex": {name: 1}}
