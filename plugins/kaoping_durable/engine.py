"""durable-rules as a second engine: judges a rulebook in a process of its own, or says why it could not."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import islice
from math import ceil
from pathlib import Path
from typing import Any

from kaoping.evaluation.rulebook import Opinion, Row, RuleBook
from kaoping_durable.encode import CannotCrossError, Encoder, encoder
from kaoping_durable.formula import NO, REFUTED, SURE, UNDECIDED, YES
from kaoping_durable.process import Child
from kaoping_durable.rules import Program, compile_book
from kaoping_durable.words import failed, text

BATCH = 64
"""Subjects in one question."""

AHEAD = 2
"""Questions on their way while one is being answered."""

START = 30.0
"""Seconds a process may take to start, however few a batch has."""

C_MODULE = "durable_rules_engine"
FIRST_UNSUPPORTED = (3, 13)


class DurableEngine:
    """The rules on durable-rules (Rete), a second and wholly different evaluation of the same rulebook.

    Nothing of durable-rules is imported here: it can crash, hang and keep memory, so it lives in a process that is
    started for each `judge` and gone after it.
    """

    name = "durable"

    def __init__(self, seconds: float = 30.0, command: Sequence[str] | None = None) -> None:
        """Take `seconds` for a batch of subjects; `command` is the child process, where it is not our own."""
        self.seconds = seconds
        self.command = command

    def unavailable(self) -> str | None:
        """Why durable-rules cannot be used here, or None; nothing is imported to find out."""
        if sys.version_info >= FIRST_UNSUPPORTED:
            return text("python-too-new", version=f"{sys.version_info[0]}.{sys.version_info[1]}")
        if not _found("durable") or not _found(C_MODULE):
            return text("not-installed")
        return None

    def judge(self, book: RuleBook, rows: Sequence[Row]) -> Iterator[Opinion]:
        """One opinion for each row, in order; nothing is started before the first is asked for.

        Raises:
            EngineFailedError: durable-rules crashed, hung or gave an answer that cannot be trusted, or the rulebook
                cannot be put to it.
        """
        program = compile_book(book)
        if not rows:
            return
        judged = _Judged(program, encoder(program))
        with Child(self._command(), self.seconds) as child:
            child.ask(judged.question())
            child.answer(max(self.seconds, START))
            batches = judged.batches(rows)
            waiting = list(islice(batches, AHEAD))
            for batch in waiting:
                child.ask([batch.number, batch.columns])
            while waiting:
                batch = waiting.pop(0)
                answer = child.answer()
                for following in islice(batches, 1):
                    child.ask([following.number, following.columns])
                    waiting.append(following)
                yield from judged.opinions(batch, answer)

    def _command(self) -> list[str]:
        if self.command is not None:
            return list(self.command)
        spec = find_spec(C_MODULE) if self.unavailable() is None else None
        if spec is None or not spec.origin or not sys.executable:
            raise failed("cannot-start", problem=self.unavailable() or "")
        child = str(Path(__file__).resolve().with_name("child.py"))
        return [sys.executable, "-I", "-S", child, spec.origin, str(ceil(self.seconds) + 1)]


@dataclass(frozen=True)
class _Batch:
    """Some rows, and what crosses of those that can."""

    number: int
    rows: Sequence[Row]
    abstained: Mapping[int, str]
    columns: list[list[Any]]


class _Judged:
    """What is asked of the child, and what its answers mean."""

    def __init__(self, program: Program, encode: Encoder) -> None:
        self.program = program
        self.encode = encode
        grades = program.grades
        kept = [*grades.raw.values(), *grades.final.values()] if grades else []
        self.rules = list(program.verdicts)
        self.flags = list(dict.fromkeys(output for outputs in kept for output in outputs))
        self.places = {output: len(self.rules) + place for place, output in enumerate(self.flags)}

    def question(self) -> dict[str, Any]:
        """The program itself."""
        return {
            "chunks": [chunk.data() for chunk in self.program.chunks],
            "start": self.program.start,
            "answer": [*self.program.verdicts.values(), *self.flags],
        }

    def batches(self, rows: Sequence[Row]) -> Iterator[_Batch]:
        """The rows, encoded a batch at a time."""
        for number, first in enumerate(range(0, len(rows), BATCH)):
            some = rows[first : first + BATCH]
            abstained: dict[int, str] = {}
            columns = []
            for place, row in enumerate(some):
                try:
                    columns.append(self.encode.columns(row))
                except CannotCrossError as error:
                    abstained[place] = str(error)
            yield _Batch(number, some, abstained, columns)

    def opinions(self, batch: _Batch, answer: Mapping[str, Any]) -> Iterator[Opinion]:
        """One for each row of the batch.

        Raises:
            EngineFailedError: the answer is not one to this batch.
        """
        found = answer.get("found")
        if answer.get("batch") != batch.number or not isinstance(found, list) or len(found) != len(batch.columns):
            raise failed("garbage")
        judged = iter(found)
        for place, row in enumerate(batch.rows):
            if place in batch.abstained:
                yield Opinion(row.subject, abstained=batch.abstained[place])
            else:
                yield self._opinion(row.subject, next(judged))

    def _opinion(self, subject: str, digits: object) -> Opinion:
        verdicts = len(self.rules)
        if (
            not isinstance(digits, str)
            or len(digits) != verdicts + len(self.flags)
            or not set(digits[:verdicts]) <= VERDICTS.keys()
            or not set(digits[verdicts:]) <= {str(NO), str(YES)}
        ):
            raise failed("garbage")
        rules = dict(zip(self.rules, map(VERDICTS.__getitem__, digits[:verdicts]), strict=True))
        grades = self.program.grades
        if grades is None:
            return Opinion(subject, rules)
        return Opinion(subject, rules, self._possible(grades.raw, digits), self._possible(grades.final, digits))

    def _possible(self, outputs: Mapping[str, tuple[int, ...]], digits: str) -> frozenset[str]:
        return frozenset(
            grade for grade, found in outputs.items() if any(digits[self.places[each]] == str(YES) for each in found)
        )


VERDICTS = {str(REFUTED): False, str(UNDECIDED): None, str(SURE): True}


def _found(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except (ImportError, ValueError):
        return False
