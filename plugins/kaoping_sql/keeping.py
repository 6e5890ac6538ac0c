"""Keeping frames as what an engine offers; what does the work is imported when it is first asked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from kaoping.errors import UsageError
from kaoping.evaluation.accounts import Account
from kaoping.evaluation.keeping import FactLog, JudgedFrame, KeptFrame, Tell, silent
from kaoping.evaluation.plan import Plan, Section

MEMORY = "3GB"
"""What DuckDB may take where nobody says otherwise."""
_SIZE = re.compile(r"\d+(\.\d+)?\s*([KMGT]i?)?B", re.IGNORECASE)


def _memory(wanted: str) -> str:
    """What DuckDB may take."""
    if wanted and not _SIZE.fullmatch(wanted.strip()):
        raise UsageError("sql.memory", memory=wanted)
    return wanted.strip() or MEMORY


class FrameKeeping:
    """The frames of SQLite files."""

    def keep(
        self,
        plan: Plan,
        log: FactLog,
        path: str,
        *,
        section: Section | None = None,
        anew: bool = False,
        tell: Tell = silent,
    ) -> KeptFrame:
        """Bring the frame at a path up to date with the log of facts, or build it.

        Raises:
            NoFormError: something in the plan has no SQL form; it is named with its place.
            Problems: something stored does not fit the catalogue any more.
            EnvironmentError: the database could not finish; the former frame is as it was.
        """
        from kaoping_sql.keeper import keep  # noqa: PLC0415 - see above

        return keep(plan, log, Path(path), section, anew, tell)

    def frame_data(self, path: str) -> dict[str, Any]:
        """What a frame says of itself: scheme, edition, section, period, today, subjects, columns.

        Of a kept one also ``known_at``, ``state``, ``recipe`` and ``in_memory``; a folder of files does not say how
        many subjects it has.

        Raises:
            EnvironmentError: the file is no frame.
        """
        from kaoping_sql.keeper import frame_data  # noqa: PLC0415 - see above

        return frame_data(Path(path))

    def frame_digest(self, path: str) -> str:
        """SHA-256 over the rows of a frame in the order of its subjects."""
        from kaoping_sql.frames import digest  # noqa: PLC0415 - see above

        return digest(Path(path))

    def export_frame(self, path: str, folder: str, form: str) -> int:
        """Write a frame as Parquet or CSV into a new folder; gives how many rows.

        Raises:
            EnvironmentError: it is not empty, the disk is full, or what Parquet needs is not installed.
        """
        from kaoping_sql.exchange import export  # noqa: PLC0415 - see above

        return export(Path(path), Path(folder), form)

    def import_frame(self, plan: Plan, folder: str, path: str, *, dry_run: bool = False) -> int:
        """Check a frame from elsewhere and write it into a file of its own; gives how many rows.

        Raises:
            Problems: what is wrong with it, each with column, row and subject.
        """
        from kaoping_sql.exchange import bring_in  # noqa: PLC0415 - see above

        return bring_in(plan, Path(folder), Path(path), dry_run)[1]

    def join_frames(
        self, plan: Plan, sources: Sequence[str], folder: str, *, memory: str = "", tell: Tell = silent
    ) -> int:
        """Put the rows of frames of one scheme and period together in a new folder; gives how many there are.

        Raises:
            Problems: what two of them say differently, or subjects that are in two of them.
            EnvironmentError: DuckDB is not installed, the folder has files in it, or the disk is full.
        """
        from kaoping_sql.joining import join  # noqa: PLC0415 - see above

        return join(plan, [Path(source) for source in sources], Path(folder), _memory(memory), tell)

    def judge_frame(
        self, plan: Plan, frame: str, results: str, *, where: str = "", memory: str = "", tell: Tell = silent
    ) -> JudgedFrame:
        """Judge everybody in a frame: a file in SQLite, a folder of Parquet in DuckDB or Spark, one of CSV in SQLite.

        Raises:
            Problems: what is wrong with a frame of CSV.
            EngineFailedError: the frame is not as it should be, or the database could not finish.
            UsageError: the frame is of other rules, or there is no such database.
            EnvironmentError: the database is not installed, or the disk is full.
        """
        from kaoping_sql.judging import judge  # noqa: PLC0415 - see above

        return judge(plan, Path(frame), Path(results), where, _memory(memory), tell)

    def accounts_of(self, plan: Plan, frame: str, results: str, where: str) -> Iterator[Account]:
        """What results say of each subject, in the order of their ids; of measures the score alone."""
        from kaoping_sql.judging import accounts_of  # noqa: PLC0415 - see above

        return accounts_of(plan, Path(frame), Path(results), where)
