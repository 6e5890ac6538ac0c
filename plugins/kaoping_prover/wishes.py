"""Wishes as terms."""

from __future__ import annotations

from kaoping.insight.proving import Every, Graded, Sure, Wish
from kaoping_prover.encode import Encoder
from kaoping_prover.terms import Bit, both, compare, either


def wish_term(encoder: Encoder, wish: Wish) -> Bit:
    """The term of a wish.

    Raises:
        NotUnderstoodError: it reads something that is not encoded.
    """
    if isinstance(wish, Sure):
        truth = encoder.truth(wish.node, wish.context)
        return truth.yes if wish.wanted else truth.no
    if isinstance(wish, Graded):
        merit = encoder.section.grade.merit if encoder.section.grade else ()
        index, sure = encoder.graded(raw=wish.raw)
        return both((sure, either(compare("==", index, merit.index(grade)) for grade in sorted(wish.grades))))
    parts = [wish_term(encoder, part) for part in wish.parts]
    return both(parts) if isinstance(wish, Every) else either(parts)
