"""What the sql engine finds beside what the reference engine finds, every named value and rule of every subject."""

from kaoping.evaluation.accounts import difference, reference_account
from kaoping.evaluation.compile import compile_scheme
from kaoping.evaluation.run import Evaluation
from kaoping.office.desk import loaded
from kaoping_sql import frames
from kaoping_sql.accounts import accounts
from kaoping_sql.opinion import FULL


def bundled_plans():
    """The plans of every scheme that ships, by id."""
    plugins = loaded()
    return {scheme.id: compile_scheme(scheme, plugins.catalogue) for scheme in plugins.schemes.values()}


def differences(plan, frame, points=True, parameters=None):
    """Where the two differ, a line each, and how many cells were compared."""
    return compared(Evaluation(plan, frame, parameters), accounts(plan, frame, parameters, points))


def differences_in_duckdb(plan, frame, folder):
    """The same of the scheme's own subjects, their frame in Parquet judged by DuckDB."""
    batch = frames.Batch(plan, frames.build(plan, frame, folder / "f.db"), FULL)
    frames.export(folder / "f.db", folder / "f")
    frames.in_duckdb(batch, folder / "f", folder / "r.parquet")
    names = dict(enumerate(sorted(frame.subjects)))
    rows = frames.Results(folder / "r.parquet", "duckdb").rows("SELECT * FROM {}")
    judged = [batch.statement.read(names[row["key"]], row) for row in rows]
    return compared(Evaluation(plan, frame), judged, [plan.main])


def compared(evaluation, judged, sections=None):
    """Where accounts differ from what the reference finds, a line each, and how many cells were compared."""
    sections = sections or ([evaluation.plan.main] if evaluation.part else evaluation.plan.sections())
    waiting = {(one.type, subject.id): one for one in sections for subject in evaluation.subjects(one)}
    lines, cells = [], 0
    for account in judged:
        section = waiting.pop((account.section, account.subject))
        ours = reference_account(evaluation, section, account.subject)
        cells += len(ours.measures) + len(ours.outcomes) + len(ours.rules) + 2
        if found := difference(ours, account):
            lines.append(f"{account.subject}: {found}")
    assert not waiting
    return lines, cells
