"""Sharing the making of rows out among processes: each makes those of some blocks into a file of its own."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path

from kaoping.evaluation.keeping import Tell
from kaoping_sql.block_work import name_of
from kaoping_sql.helper import Helper
from kaoping_sql.in_parts import processors
from kaoping_sql.log_blocks import LogBlocks, no_garbage
from kaoping_sql.readers import ElsewhereError, EndlessError
from kaoping_sql.share import Share

PAUSE = 0.2
WORTH_SHARING = 6
"""Blocks from which a process is worth its start."""


def make_rows(blocks: LogBlocks, path: Path, last: int, tell: Tell) -> int:
    """Make the rows of everybody up to the last subject; gives how many.

    Args:
        blocks: on a connection to the file, within a transaction.
        path: the file, beside which those of helpers lie as long as they are needed.
        last: the number of the last subject.
        tell: hears how many are done.

    Raises:
        EnvironmentError: a helper could not finish, or is gone; none is left then, nor a file of theirs.
    """
    work = blocks.work
    count = last // work.size + 1
    many = 1 if blocks.fed else max(1, min(processors(), count // WORTH_SHARING))
    first, *others = pairwise([count * place // many for place in range(many + 1)])
    rows, done, mine = 0, 0, list(range(*first))
    with no_garbage(), ExitStack() as ending:
        helpers = []
        for number, span in enumerate(others, 1):
            share = Share(work, blocks.readers.read, part_of(path, number), *span)
            try:
                helpers.append(ending.enter_context(Helper(share)))
            except OSError:  # no room for another process: then this one does it
                mine += range(*span)
        for done, block in enumerate(mine, 1):
            rows += blocks.make(block)
            heard(helpers, 0)
            tell(min((done + sum(helper.done for helper in helpers)) * work.size, last), last)
        while not all(helper.answer for helper in helpers):
            heard(helpers, PAUSE)
            tell(min((done + sum(helper.done for helper in helpers)) * work.size, last), last)
        for helper in helpers:
            rows += _taken_in(blocks, helper)
    return rows


def heard(helpers: Sequence[Helper], seconds: float) -> None:
    """Hear every one of them out."""
    for helper in helpers:
        helper.hear(seconds)


def _taken_in(blocks: LogBlocks, helper: Helper) -> int:
    """Append what a helper has made."""
    connection, answer = blocks.connection, helper.answer
    assert answer is not None
    connection.execute("COMMIT")  # nothing is attached within a transaction; a file that is not finished is thrown away
    connection.execute("ATTACH ? AS part", (str(helper.task.path),))
    for table, _ in blocks.work.made:
        name = name_of(table)
        connection.execute(f"INSERT INTO main.{name} SELECT * FROM part.{name}")  # rows are copied as they are
    connection.execute("DETACH part")
    connection.execute("BEGIN")
    blocks.misfits += [EndlessError()] if answer["endless"] else [ElsewhereError()] if answer["misfits"] else []
    return int(answer["subjects"])


def part_of(path: Path, number: int) -> Path:
    """The file of a share beside an unfinished frame: with the number of the process, so that it is cleared away."""
    name, process, new = path.name.rsplit(".", 2)
    return path.with_name(f"{name}.part{number}.{process}.{new}")
