"""Questions about every input there may be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import z3

from kaoping.evaluation.plan import Section
from kaoping.evaluation.run import Evaluation
from kaoping.insight.proving import Answer, Wish
from kaoping_prover.encode import Encoder
from kaoping_prover.free import NotUnderstoodError
from kaoping_prover.terms import both, compare
from kaoping_prover.wishes import wish_term
from kaoping_prover.worlds import Free, UnreadableError


class Z3Session:
    """Questions about one section; terms are made once."""

    def __init__(self, evaluation: Evaluation, section: Section, subject: str) -> None:
        self.evaluation = evaluation
        self.section = section
        self.subject = subject
        self.world = Free(evaluation, subject)
        self.encoder = Encoder(evaluation, section, subject, self.world)

    def find(self, wish: Wish, seconds: int) -> Answer:
        """A world in which the wish comes true."""
        try:
            wanted = wish_term(self.encoder, wish)
        except NotUnderstoodError as error:
            return Answer("open", why=str(error))
        return Answer("none") if wanted is False else self._solve([wanted], seconds)

    def against(self, fact: str, better: str, seconds: int) -> Answer:
        """Two worlds that differ in one fact only, better in the second, where its grade is worse."""
        try:
            index, sure = self.encoder.graded()
            second = Free(self.evaluation, self.subject, (self.world, fact, better))
            other, other_sure = Encoder(self.evaluation, self.section, self.subject, second).graded()
        except NotUnderstoodError as error:
            return Answer("open", why=str(error))
        wanted = both((sure, other_sure, compare(">", other, index)))
        return Answer("none") if wanted is False else self._solve([wanted, *second.constraints], seconds, second)

    def _solve(self, wanted: Sequence[Any], seconds: int, second: Free | None = None) -> Answer:
        solver = z3.Solver()
        solver.set("timeout", max(1, seconds) * 1000)
        solver.add(*self.world.constraints)
        solver.add(*(one for one in wanted if one is not True))
        found = solver.check()
        if found == z3.unsat:
            return Answer("none") if self._sound() else Answer("open", why="contradiction")
        if found != z3.sat:
            return Answer("open")
        model = solver.model()
        model = self._enterable(solver) or model
        try:
            frame = self.world.frame(model)
            return Answer("found", frame, second.frame(model, second=True) if second else None)
        except UnreadableError as error:
            return Answer("open", why=str(error))

    def _sound(self) -> bool:
        """Is there any world at all? If there were none, everything would be impossible."""
        solver = z3.Solver()
        solver.set("timeout", 2000)
        solver.add(*self.world.constraints)
        return bool(solver.check() == z3.sat)

    def _enterable(self, solver: Any) -> Any:
        """A model whose numbers have two decimals at most, as people enter them, where one is found at once."""
        numbers = [value for _, value, _ in self.world.values.values() if z3.is_real(value)]
        solver.set("timeout", 1000)
        for scale in (1, 10, 100) if numbers else ():
            solver.push()
            solver.add(*(z3.IsInt(value * scale) for value in numbers))
            model = solver.model() if solver.check() == z3.sat else None
            solver.pop()
            if model is not None:
                return model
        return None
