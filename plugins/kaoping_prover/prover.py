"""z3 as a prover; it is imported when it is first asked something."""

from __future__ import annotations

import importlib.util

from kaoping.evaluation.plan import Section
from kaoping.evaluation.run import Evaluation
from kaoping.insight.proving import Proposal, Question, Session
from kaoping.texts import language_of, say


class Z3Prover:
    """The prover of this plugin."""

    name = "z3"

    def unavailable(self) -> str | None:
        """Why it cannot run here, or None."""
        if importlib.util.find_spec("z3") is None:
            return say("insight.prover-missing", language_of())
        return None

    def session(self, evaluation: Evaluation, section: Section, subject: str) -> Session:
        """Questions about every input there may be."""
        from kaoping_prover.session import Z3Session  # noqa: PLC0415 - z3 is heavy, and an extra

        return Z3Session(evaluation, section, subject)

    def cheapest(self, question: Question) -> tuple[str, Proposal | None, str]:
        """The cheapest values of the moves with which the wish comes true."""
        from kaoping_prover.cheapest import cheapest  # noqa: PLC0415 - z3 is heavy, and an extra

        return cheapest(question)
