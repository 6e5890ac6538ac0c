"""A program of its own for the tests: enters and evaluates again and again, and says so each time."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime
from pathlib import Path

from kaoping.evaluation.result import Result, SubjectResult
from kaoping.facts.rows import NewSubject, NewValue
from kaoping.store.batches import Act
from kaoping.store.connection import open_store
from kaoping.store.evaluations import NewEvaluation, store_evaluation
from kaoping.store.facts import append
from kaoping.store.moments import last_moment


def main() -> None:
    """Arguments: database, name of this writer, how many times, rows and results each time."""
    path, name, times, size = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    with open_store(path) as store:
        for number in range(times):
            subject = f"{name}-{number}"
            rows = [NewValue(subject, f"fact_{each}", "2025", "", each) for each in range(size - 1)]
            now = datetime.now(UTC)
            done = append(store, [NewSubject(subject, "estate", subject), *rows], Act("陈勇", "import"), now)
            found = tuple(SubjectResult(f"e{each}", "estate", subject, "final", each) for each in range(size))
            result = Result(name, "1", "2025", found)
            moment = last_moment(store.connection)
            new = NewEvaluation(result, name, "a.yaml", "catalogue", moment, date(2026, 1, 5), "陈勇")
            evaluation = store_evaluation(store, new, now)
            print(f"{done.batch} {done.written} {evaluation}", flush=True)  # noqa: T201 - what is said must be there


if __name__ == "__main__":
    main()
