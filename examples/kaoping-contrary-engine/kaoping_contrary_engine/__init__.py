"""An engine that is wrong about one subject, on purpose."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from kaoping.evaluation.rulebook import Opinion, Row, RuleBook
from kaoping.hookspecs import hookimpl
from kaoping_contrary_engine.judge import judge_row

WRONG_FROM, WRONG_TO = frozenset({"B"}), frozenset({"A"})


class ContraryEngine:
    """Judges rightly, but calls the first subject that is surely B an A."""

    name = "contrary"

    def unavailable(self) -> str | None:
        """Runs everywhere."""
        return None

    def judge(self, book: RuleBook, rows: Sequence[Row]) -> Iterator[Opinion]:
        """One opinion for each row, in order, and one of them wrong."""
        wronged = False
        for row in rows:
            opinion = judge_row(book, row)
            if not wronged and opinion.grades == WRONG_FROM:
                wronged = True
                opinion = replace(opinion, grades=WRONG_TO)
            yield opinion


@hookimpl
def kaoping_engines() -> list[ContraryEngine]:
    return [ContraryEngine()]
