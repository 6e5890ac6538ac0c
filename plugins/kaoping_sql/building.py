"""Building all rows of a frame from the blocks of a log.

Rows that read nothing of related subjects are made block by block. Where they do, whoever may be read stands anywhere
in the log: so the columns of everybody are made block by block into a file beside, which is thrown away, and rows are
gathered from there, some thousand subjects and those related to them at a time.
"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from kaoping.evaluation.keeping import Tell
from kaoping_sql import frames
from kaoping_sql.block_work import name_of
from kaoping_sql.making import Making
from kaoping_sql.readers import functions
from kaoping_sql.sharing import make_rows, part_of
from kaoping_sql.throwaway import OWN_TRANSACTIONS, throwaway

AT_ONCE = 8192
"""Subjects whose rows are gathered together."""


def build_rows(making: Making, path: Path, tell: Tell) -> int:
    """Make the rows of everybody into the file that is being made at a path; gives how many.

    Raises:
        EnvironmentError: a helper could not finish, or is gone; none is left then, nor a file of theirs.
    """
    last = making.log.last_subject()
    if making.relations:
        beside = part_of(path, 0)
        try:
            return _gathered(making, beside, last, tell)
        finally:
            beside.unlink(missing_ok=True)
    work = making.plan_blocks().work(making.statement, making.declared, making.end)
    return make_rows(making.read_blocks(work, making.connection), path, last, tell)


def _gathered(making: Making, beside: Path, last: int, tell: Tell) -> int:
    plan, tables = making.plan_blocks(), making.tables
    work = plan.beside()
    names = [name for name, _ in work.made]
    records = [name for name in names if "." in name]
    with closing(throwaway(beside, **OWN_TRANSACTIONS)) as connection:
        functions(connection)
        connection.execute(*work.attach)
        connection.execute("BEGIN")
        for statement in work.shape("main"):
            connection.execute(statement)
        make_rows(making.read_blocks(work, connection), beside, last, lambda done, total: tell(done // 2, total))
        for name in records:
            connection.execute(f"CREATE INDEX main.{name_of(f'{name} key')} ON {name_of(name)} (key)")
        connection.execute("COMMIT")
    connection = making.connection
    connection.execute("COMMIT")  # nothing is attached within a transaction; a file that is not finished is thrown away
    connection.execute("ATTACH ? AS beside", (str(beside),))
    connection.execute("BEGIN")
    for name in names:
        connection.execute(f"DROP TABLE temp.{name_of(name)}")
    for statement in work.shape("temp"):
        connection.execute(statement)
    query = frames.gathered(making.statement, making.end, plan.maker())
    insert = f"INSERT INTO main.{making.table} SELECT * FROM ({query}) WHERE key BETWEEN ? AND ?"
    subjects = 0
    for low in range(0, last + 1, AT_ONCE):
        span = range(low, min(low + AT_ONCE, last + 1))
        making.reached("from", "to", span)
        tables.relate(making.relations)
        for name in map(name_of, names):
            connection.execute(f"DELETE FROM temp.{name}")
            connection.execute(
                f"INSERT INTO temp.{name} SELECT * FROM beside.{name} WHERE key IN (SELECT key FROM reached_)"
            )
        subjects += connection.execute(insert, (span[0], span[-1])).rowcount
        tell((last + span[-1]) // 2, last)
    connection.execute("COMMIT")
    connection.execute("DETACH beside")
    connection.execute("BEGIN")
    return subjects
