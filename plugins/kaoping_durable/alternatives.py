"""Formulas as flat alternatives: what durable-rules can match without going wrong.

A rule matches one fact and is a short list of alternatives, each a short conjunction: nested alternatives would
fire once for every combination that holds. What does not fit becomes a helper, found one fact earlier.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import product
from math import prod

from kaoping_durable.formula import Every, Formula, Meets, Some, every

Term = tuple[Meets, ...]
"""All of these hold."""

MOST_TERMS = 16
"""Alternatives that a conjunction may multiply out to before a part of it is found separately."""

LONGEST_TERM = 40
"""Conditions in one alternative."""


def conditions(test: Meets) -> int:
    """How many of the engine's conditions a test takes: against another property, one more asks that it is there."""
    return 1 if isinstance(test.right, int | str) else 2


def size(term: Term) -> int:
    """How many conditions a conjunction takes."""
    return sum(map(conditions, term))


def alternatives(formula: Formula, helper: Callable[[Formula], Meets]) -> list[Term]:
    """The conjunctions of which one must hold; none: it never holds; an empty one: it always does.

    Args:
        formula: what is to be expressed.
        helper: has a part found one fact earlier, and gives the test of that finding.
    """
    match formula:
        case Meets():
            return [(formula,)]
        case Some(parts):
            found = dict.fromkeys(term for part in parts for term in alternatives(part, helper))
            return [()] if () in found else list(found)
        case Every(parts):
            return _conjunction(parts, helper)


def _conjunction(parts: tuple[Formula, ...], helper: Callable[[Formula], Meets]) -> list[Term]:
    choices = [(part, alternatives(part, helper)) for part in parts]
    while prod(len(terms) for _, terms in choices) > MOST_TERMS:
        widest = max(range(len(choices)), key=lambda place: len(choices[place][1]))
        part = choices[widest][0]
        choices[widest] = (part, [(helper(part),)])
    terms = (_merged(chosen) for chosen in product(*(terms for _, terms in choices)))
    return list(dict.fromkeys(_shortened(term, helper) for term in terms))


def _merged(terms: Iterable[Term]) -> Term:
    return tuple(dict.fromkeys(test for term in terms for test in term))


def _shortened(term: Term, helper: Callable[[Formula], Meets]) -> Term:
    while size(term) > LONGEST_TERM:
        term = tuple(helper(every(part)) for part in split(term, LONGEST_TERM))
    return term


def split(term: Term, most: int) -> Iterator[Term]:
    """The conjunction in pieces of no more than so many conditions."""
    piece: list[Meets] = []
    for test in term:
        if size((*piece, test)) > most:
            yield tuple(piece)
            piece = []
        piece.append(test)
    yield tuple(piece)
