"""The cheapest way: the least cost with which a wish comes true, by halving, so that it ends with a proof."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import gcd, lcm
from typing import Any

import z3

from kaoping.insight.proving import Address, Proposal, Question
from kaoping.texts import language_of, say
from kaoping_prover.encode import Encoder
from kaoping_prover.free import NotUnderstoodError
from kaoping_prover.wishes import wish_term
from kaoping_prover.worlds import Moving


def cheapest(question: Question) -> tuple[str, Proposal | None, str]:
    """``found`` with the proposal, ``none``, or ``open`` with the construct that is not understood ("": time was up).

    Every cost is a whole number of times the grain; the least one is found by halving between a number of grains with
    which nothing does and one with which something does. When they are neighbours nothing cheaper exists. Where blank
    facts are read, that is said only if it also holds for whatever they may be.
    """
    try:
        search = _Search(question)
        hopeful = _Search(question, hopeful=True)
    except NotUnderstoodError as error:
        return "open", None, str(error)
    blanks = say("insight.prover-blanks", language_of())
    status, best = search.first()
    if status == "none" and search.unknown and hopeful.first()[0] != "none":
        return "open", None, blanks
    if best is None:
        return status, None, ""
    without, with_it = -1, search.grains(best)
    while with_it - without > 1:
        middle = (without + with_it) // 2
        status, cheaper = search.first(middle)
        if status == "open":
            return "found", best, ""
        if cheaper is None:
            without = middle
        else:
            best, with_it = cheaper, search.grains(cheaper)
    certified = not search.unknown or hopeful.first(with_it - 1)[0] == "none"
    return "found", Proposal(best.values, best.cost, certified), "" if certified else blanks


class _Search:
    """The worlds in which the wish comes true, and their cost in grains."""

    def __init__(self, question: Question, *, hopeful: bool = False) -> None:
        evaluation = question.evaluation
        self.world = Moving(evaluation.machine, question.moves)
        encoder = Encoder(evaluation, question.section, question.subject, self.world, hopeful=hopeful)
        wanted = wish_term(encoder, question.wish)
        self.unknown = encoder.unknown
        units = {key: Fraction(move.cost) * Fraction(move.step) for key, move in self.world.moves.items()}
        self.grain = _common(list(units.values()))
        costs: list[Any] = []
        moved: dict[Address, Any] = {}
        for key, move in self.world.moves.items():
            start = (Fraction(move.value) - move.low) / Fraction(move.step)
            assert start.denominator == 1, "a move starts on its own grid"
            steps = z3.Int(f"steps {'|'.join(key)}")
            count = self.world.counts[key]
            distance = z3.If(count >= start.numerator, count - start.numerator, start.numerator - count)
            self.world.require(steps == distance)
            costs.append(steps * int(units[key] / self.grain))
            moved[key] = steps > 0
        self.total = z3.Sum(costs) if costs else z3.IntVal(0)
        self.solver = z3.Solver()
        self.solver.set("timeout", max(1, question.seconds) * 1000)
        self.solver.add(*self.world.constraints)
        self.solver.add(
            *(z3.Or([z3.Not(moved[key]) for key in sorted(keys) if key in moved]) for keys in question.barred)
        )
        self.solver.add(z3.BoolVal(wanted) if isinstance(wanted, bool) else wanted)

    def first(self, most: int | None = None) -> tuple[str, Proposal | None]:
        """Some world, of at most so many grains; ``none`` is proved."""
        self.solver.push()
        if most is not None:
            self.solver.add(self.total <= most)
        found = self.solver.check()
        proposal = self.proposal(self.solver.model()) if found == z3.sat else None
        self.solver.pop()
        return ("found" if found == z3.sat else "none" if found == z3.unsat else "open"), proposal

    def proposal(self, model: Any) -> Proposal:
        """What a model moves, and what that costs."""
        values, cost = {}, Fraction(0)
        for key, move in self.world.moves.items():
            count = model.eval(self.world.counts[key], model_completion=True).as_long()
            value = Fraction(move.low) + count * Fraction(move.step)
            if value != move.value:
                values[key] = _whole(value)
                cost += abs(value - move.value) * move.cost
        return Proposal(values, _whole(cost), certified=False)

    def grains(self, proposal: Proposal) -> int:
        """Its cost in grains."""
        return int(Fraction(proposal.cost) / self.grain)


def _common(units: Sequence[Fraction]) -> Fraction:
    """The largest amount of which every unit is a whole number of times."""
    some = [unit for unit in units if unit]
    if not some:
        return Fraction(1)
    under = lcm(*(unit.denominator for unit in some))
    return Fraction(gcd(*(int(unit * under) for unit in some)), under)


def _whole(number: Fraction) -> int | Fraction:
    return number.numerator if number.denominator == 1 else number
