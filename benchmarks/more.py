"""What else is asked: rules alone, a second scheme on the same machine, one explanation, a county of 92."""

from __future__ import annotations

import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import duckdb
import world
from county import county
from lines import Line, timed

from kaoping.evaluation.run import Evaluation
from kaoping.insight.explain import Explainer
from kaoping_sql import frames
from kaoping_sql.accounts import accounts
from kaoping_sql.emit import DUCKDB
from kaoping_sql.kept import Statements

PART = "what else"
SECOND = "civilised-estate-six-ones"
COUNTY, EXPLAINED, TIMES = 92, 20, 5


def rules_alone(size: int, folder: Path) -> None:
    """A frame in DuckDB's memory: every outcome counted, and every outcome written into a table."""
    compiled = world.plan()
    batch = frames.Batch(compiled, world.frame(compiled, size, folder / "f.db"))
    frames.export(folder / "f.db", folder / "f")
    statement, names = batch.sql(DUCKDB), ", ".join(f'sum("{name}")' for name in batch.statement.ranges)
    with duckdb.connect() as connection:
        source = f"{folder / 'f' / 'rows.parquet'}"
        connection.execute(f"CREATE TABLE estate AS FROM read_parquet('{source}')")
        counting = f"SELECT {names} FROM ({statement})"
        _, seconds, processor = timed(lambda: connection.execute(counting).fetchall())
        Line(PART, "rules alone, DuckDB in memory, outcomes counted", size, seconds, processor).say()
        _, seconds, processor = timed(lambda: connection.execute(f"CREATE TABLE results AS {statement}"))
        Line(PART, "rules alone, DuckDB in memory, outcomes into a table", size, seconds, processor).say()


def second_scheme(size: int, folder: Path) -> None:
    """The first scheme alone, then a second one over as many subjects, then the first again."""
    for scheme, told in (("property-abcd", "alone"), (SECOND, "beside it"), ("property-abcd", "again")):
        compiled = world.plan(scheme)
        batch = frames.Batch(compiled, world.frame(compiled, size, folder / f"{scheme}.db"))
        results = folder / f"{told}.db"
        _, seconds, processor = timed(lambda b=batch, s=scheme, r=results: frames.in_sqlite(b, folder / f"{s}.db", r))
        rules = f"{len(compiled.measures)} measures, {sum(len(one.criteria) for one in compiled.sections())} criteria"
        Line(PART, f"{scheme} by SQLite, {told}", size, seconds, processor, rules).say()
    if frames.results_digest(folder / "alone.db") != frames.results_digest(folder / "again.db"):
        sys.exit("the first scheme gave other results after the second")


def one_county() -> None:
    """The engines' time for 92 estates, and for one estate to be explained; medians."""
    compiled, frame = world.plan(), county(COUNTY)
    runs = [timed(lambda: Evaluation(compiled, frame).result(trace=True)) for _ in range(TIMES)]
    engine("reference, a county of 92 with every trace", COUNTY, runs)
    runs = [timed(lambda: list(accounts(compiled, frame))) for _ in range(TIMES)]
    engine("sql as second opinion, the same county, compiled anew", COUNTY, runs)
    with TemporaryDirectory() as place:
        list(accounts(compiled, frame, statements=Statements(Path(place))))
        runs = [
            timed(lambda: list(accounts(compiled, frame, statements=Statements(Path(place))))) for _ in range(TIMES)
        ]
    engine("sql as second opinion, the same county, statement kept in a file", COUNTY, runs)
    evaluation = Evaluation(compiled, frame)
    evaluation.result(trace=False)
    named = [subject.id for subject in evaluation.subjects(compiled.main)][:EXPLAINED]
    explainer = Explainer(evaluation)
    explainer.explain(compiled.main, named[0])  # the scheme is made ready once
    runs = [timed(lambda name=name: explainer.explain(compiled.main, name)) for name in named]
    engine("one estate explained, places of all known", 1, runs)


def engine(what: str, size: int, runs: list) -> None:
    Line(PART, what, size, median(run[1] for run in runs), median(run[2] for run in runs), "median").say()


if __name__ == "__main__":
    with TemporaryDirectory() as place:
        if sys.argv[1] == "alone":
            rules_alone(int(sys.argv[2]), Path(place))
        elif sys.argv[1] == "second":
            second_scheme(int(sys.argv[2]), Path(place))
        else:
            one_county()
