"""A share of the rows of a frame, made into a file of its own.

Processes of their own run this: what it imports is waited for.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kaoping.facts.frame import Plain
from kaoping.facts.types import Title, ValueType
from kaoping_sql.block_work import Work
from kaoping_sql.log_blocks import LogBlocks, no_garbage
from kaoping_sql.readers import EndlessError, Readers, functions
from kaoping_sql.throwaway import OWN_TRANSACTIONS, throwaway


@dataclass(frozen=True)
class Share:
    """The rows of the blocks from a first to before a last; a task."""

    work: Work
    read: Callable[[str, ValueType, Title], Plain]
    path: Path
    first: int
    last: int

    def run(self, tell: Callable[[int], None]) -> dict[str, Any]:
        """Make the rows; gives how many, and whether something stood in the log that is of its type no more."""
        work, subjects = self.work, 0
        with closing(throwaway(self.path, **OWN_TRANSACTIONS)) as connection:
            connection.execute("PRAGMA temp_store = MEMORY")
            functions(connection)
            connection.execute(*work.attach)
            connection.execute("BEGIN")
            for statement in work.shape("main"):
                connection.execute(statement)
            blocks = LogBlocks(work, connection, Readers(self.read))
            blocks.create()
            with no_garbage():
                for block in range(self.first, self.last):
                    subjects += blocks.make(block)
                    tell(block)
            connection.execute("COMMIT")
        endless = any(isinstance(misfit, EndlessError) for misfit in blocks.misfits)
        return {"subjects": subjects, "misfits": bool(blocks.misfits), "endless": endless}
