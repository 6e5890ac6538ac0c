"""One size measured side by side, in a process of its own: ours, the same SQL by hand, other engines, walkers.

All judge the same made-up subjects; whoever gives a subject without blanks another score, grade or veto ends the run.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import by_hand
import world
from lines import Line, peak, timed
from peers import by_sql

from kaoping.evaluation.rules import rulebooks
from kaoping.evaluation.run import Evaluation
from kaoping.facts.frame import Record
from kaoping_durable import kaoping_engines
from kaoping_sql import frames

PART = "side by side"
SQLITE = "SQLite, frame to results"
WIDE = ("by_numpy", "by_openfisca")
ONE_BY_ONE = ("by_cel", "by_zen", "by_rule_engine")
MOST_WALKED = 50_000
"""Subjects up to which they are judged by what goes from one to the next."""
Found = tuple[int | None, str | None, bool, bool]
"""Score in hundredths, grade, whether each veto holds."""


def measure(size: int, folder: Path) -> None:
    """Everything of one size."""
    compiled = world.plan()
    about, seconds, processor = timed(lambda: world.frame(compiled, size, folder / "f.db"))
    Line(PART, "made-up facts to a frame, records counted", size, seconds, processor, of=-1).say()
    batch = frames.Batch(compiled, about)
    _, seconds, processor = timed(lambda: frames.in_sqlite(batch, folder / "f.db", folder / "r.db"))
    Line(PART, SQLITE, size, seconds, processor, peak()).say()
    frames.export(folder / "f.db", folder / "f")
    _, seconds, processor = timed(lambda: frames.in_duckdb(batch, folder / "f", folder / "r.parquet"))
    if frames.results_digest(folder / "r.db") != frames.results_digest(folder / "r.parquet"):
        sys.exit("SQLite and DuckDB give different results")
    Line(PART, "DuckDB, Parquet to Parquet", size, seconds, processor, f"same digest; {peak()}").say()
    named = world.columns(compiled, folder / "f.db")
    table = world.rows(folder / "f", named)
    known = Known(batch, folder / "r.db", table["id"].to_pylist(), table["plain"].to_pylist())

    _, seconds, processor = timed(lambda: by_sql.judge(named, folder / "f.db", folder / "h.db"))
    known.check(by_sql.NAME, by_sql.found(folder / "h.db"))
    Line(PART, by_sql.NAME, size, seconds, processor, known.note).say()
    for name in (*WIDE, *(ONE_BY_ONE if size <= MOST_WALKED else ())):
        peer(name, table, known)
    if size <= MOST_WALKED:
        del table
        walked(compiled, size, folder, known)


READ_BY_HAND = {
    "complaint": {"received_on", "valid", "rectified"},
    "incident": {"kind", "occurred_on", "confirmed_on", "responsibility"},
}


class Known:
    """What the engine found of the subjects without blanks."""

    def __init__(self, batch: frames.Batch, results: Path, ids: Sequence[str], plain: Sequence[int]) -> None:
        self.score = (batch.statement.section.grade.score, "")  # type: ignore[union-attr]
        self.of: dict[str, Found] = {}
        self.ids = ids
        rows = frames.Results(results, "sqlite").rows("SELECT * FROM {} ORDER BY key")
        read = None
        for subject, decided, row in zip(ids, plain, rows, strict=True):
            read = read or batch.statement.reader(list(row))
            if decided:
                self.of[subject] = self._found(read(subject, tuple(row.values())))
        self.note = f"same scores, grades and vetoes of the {len(self.of):,} without blanks"

    def _found(self, account: Any) -> Found:
        score = 100 * account.measures[self.score]
        (grade,) = account.grades
        return int(score), grade, account.rules["veto:cap"], account.rules["veto:force"]

    def grades(self) -> dict[str, str]:
        """Of the subjects without blanks."""
        return {subject: grade for subject, (_, grade, *_) in self.of.items() if grade}

    def check(self, who: str, found: Iterable[Found]) -> None:
        """In the order of subjects."""
        for subject, theirs in zip(self.ids, found, strict=True):
            ours = self.of.get(subject)
            if ours is not None and ours != theirs:
                sys.exit(f"{who}: {subject} is {theirs}, not {ours}")


def peer(module: str, table: Any, known: Known) -> None:
    """Another engine, on rows ready in memory."""
    try:
        engine = importlib.import_module(f"peers.{module}")
    except ImportError as missing:
        Line(PART, f"not measured, not installed here: {missing.name}").say()
        return
    prepared = engine.prepare(table)
    judged, seconds, processor = timed(lambda: engine.judge(prepared))
    known.check(engine.NAME, engine.found(judged))
    Line(PART, engine.NAME, len(known.ids), seconds, processor, "rows ready in memory").say()


def walked(compiled: Any, size: int, folder: Path, known: Known) -> None:
    """The reference engine, our second opinion on its rules, and the scheme in Python by hand, on the same facts."""
    frame = world.facts(compiled, size, folder)
    evaluation = Evaluation(compiled, frame)
    result, seconds, processor = timed(lambda e=evaluation: e.result(trace=False))
    agree("reference", known.grades(), {one.subject: one.grade for one in result.results})
    Line(PART, "reference, subject by subject", size, seconds, processor, "facts ready in memory").say()
    for engine in kaoping_engines():
        if engine.unavailable() is None:
            book = rulebooks(evaluation)[0]
            slots = [book.row(evaluation, one.subject) for one in result.results]
            judged, seconds, processor = timed(lambda e=engine, b=book, s=slots: list(e.judge(b.book, s)))
            decided = ((one.subject, one.grades or ()) for one in judged)
            agree(engine.name, known.grades(), {name: grade for name, (grade, *more) in decided if not more})
            note = "measures ready in memory, its process included"
            Line(PART, f"{engine.name}, our second opinion on rules", size, seconds, processor, note).say()
    open_yet = {subject for (subject, name), listed in frame.records.items() if blank(name, listed)}
    some = replace(frame, subjects={name: frame.subjects[name] for name in known.of if name not in open_yet})
    del evaluation, result
    others, seconds, processor = timed(lambda: by_hand.evaluate(some))
    ours = known.grades()
    by_them = {name: estate.grade for name, estate in others.items()}
    agree("hand-written Python", {name: ours[name] for name in some.subjects}, by_them)
    note = "facts ready in memory; only those without blanks"
    Line(PART, "hand-written Python on Fraction", len(some.subjects), seconds, processor, note, of=size).say()


def blank(name: str, records: Sequence[Record]) -> bool:
    """Was something left out that the hand-written program reads of records?"""
    return any(not READ_BY_HAND[name] <= record.fields.keys() for record in records)


def agree(who: str, ours: dict[str, str], theirs: dict[str, str | None]) -> None:
    differing = [name for name, grade in ours.items() if theirs.get(name) != grade]
    if differing:
        sys.exit(f"{who}: {len(differing)} grades differ, such as {differing[0]}: {theirs.get(differing[0])}")


if __name__ == "__main__":
    with TemporaryDirectory() as place:
        measure(int(sys.argv[1]), Path(place))
