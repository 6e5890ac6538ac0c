"""sql as an engine: a whole second account of every subject, measures included, from one statement in SQLite."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from kaoping.errors import KaopingError
from kaoping.evaluation.accounts import Account, Batch
from kaoping.evaluation.keeping import FactLog, KeptFrame, silent
from kaoping.evaluation.plan import Plan
from kaoping.evaluation.rulebook import EngineFailedError
from kaoping.evaluation.run import Progress
from kaoping.facts.frame import Frame
from kaoping.scheme.model import ParameterValue
from kaoping_sql.keeping import FrameKeeping
from kaoping_sql.words import text

if TYPE_CHECKING:
    from kaoping_sql.everybody import Everybody
    from kaoping_sql.kept import Statements
    from kaoping_sql.weighing import Weighing


NONE_KEPT: Mapping[str, KeptFrame] = MappingProxyType({})


class SqlEngine(FrameKeeping):
    """The plan as SQL, with nothing taken from another engine.

    SQLGlot is imported when it is first asked: most commands need none of it.
    """

    name = "sql"

    def __init__(self) -> None:
        self._statements: Statements | None = None

    def unavailable(self) -> str | None:
        """Why nothing can be put to a database here, or None."""
        return None if find_spec("sqlglot") else text("not-installed")

    def assess(self, plan: Plan, frame: Frame, parameters: Mapping[str, ParameterValue]) -> Iterator[Account]:
        """One account of every subject on file on the period's last day.

        Raises:
            EngineFailedError: something in the plan has no SQL form; it is named with its place.
        """
        from kaoping_sql.accounts import accounts  # noqa: PLC0415 - see above
        from kaoping_sql.kept import Statements  # noqa: PLC0415 - see above

        self._statements = self._statements or Statements()
        try:
            yield from accounts(plan, frame, parameters, statements=self._statements)
        except KaopingError as error:
            raise EngineFailedError(str(error)) from error

    def everybody(
        self,
        plan: Plan,
        frame: Frame,
        tell: Progress = silent,
        kept: Mapping[str, KeptFrame] = NONE_KEPT,
        log: FactLog | None = None,
        some: Callable[[Sequence[str]], Frame] | None = None,
    ) -> AbstractContextManager[Everybody]:
        """Everybody judged at once, gone at the context's end.

        Raises:
            KaopingError: something in the plan has no SQL form; it is named with its place.
            EngineFailedError: the database could not finish.
        """
        from kaoping_sql.everybody import Everybody  # noqa: PLC0415 - see above

        return Everybody(plan, frame, tell, kept, log, some)

    def weighing(
        self,
        plan: Plan,
        log: FactLog,
        relations: Sequence[str],
        some: Callable[[Plan, Sequence[str]], Frame],
    ) -> AbstractContextManager[Weighing]:
        """Rules weighed against each other over everybody, gone at the context's end."""
        from kaoping_sql.weighing import Weighing  # noqa: PLC0415 - see above

        return Weighing(plan, log, relations, some)

    def same_frame(self, plan: Plan, path: str) -> bool:
        """Does the frame at a path, made for other rules, hold all that these read?

        Raises:
            NoFormError: something in the plan has no SQL form; it is named with its place.
        """
        from kaoping_sql.weighing import same_frame  # noqa: PLC0415 - see above

        return same_frame(plan, Path(path))

    def batch(self, plan: Plan, frame: Frame, target: str, where: str, draw: int) -> Batch:
        """Everybody at once: a frame is written beside the results, and they are evaluated from it.

        Raises:
            EngineFailedError: as above, or the database could not finish; then there are no results.
        """
        from kaoping_sql.samples import judged  # noqa: PLC0415 - see above

        try:
            return judged(plan, frame, Path(target), where, draw)
        except KaopingError as error:
            raise EngineFailedError(str(error)) from error
