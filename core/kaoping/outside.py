"""The fence around code that is not ours: whatever it raises or prints, the rest goes on."""

from __future__ import annotations

import contextlib
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from kaoping.distributions import Installed
from kaoping.errors import EnvironmentError, KaopingError, Place
from kaoping.evaluation.accounts import Account, Batch, FrameEngine
from kaoping.evaluation.cohort import Asked, Places
from kaoping.evaluation.everybody import Everybody
from kaoping.evaluation.keeping import FactLog, JudgedFrame, KeptFrame, Tell, silent
from kaoping.evaluation.plan import Plan, Section
from kaoping.evaluation.rulebook import Engine, EngineFailedError, Opinion, Row, RuleBook
from kaoping.evaluation.run import Evaluation, Progress
from kaoping.evaluation.values import Value
from kaoping.evaluation.weighing import Moves, Weighing
from kaoping.facts.frame import Frame
from kaoping.insight.proving import Answer, Proposal, Prover, Question, Session, Wish
from kaoping.scheme.model import ParameterValue

_T = TypeVar("_T")


@contextlib.contextmanager
def outside(key: str, plugin: str, one: Installed, **facts: str) -> Iterator[None]:
    """Whatever the work within raises becomes a problem of the plugin, with the last place in its own files.

    Raises:
        EnvironmentError: with the text under `key`. Errors that are ours already pass unchanged.
    """
    try:
        with contextlib.redirect_stdout(sys.stderr):  # what a plugin prints must not spoil --json
            yield
    except (KaopingError, EngineFailedError):
        raise
    except (Exception, SystemExit) as error:  # an outsider's code may raise anything, and must stop nobody else
        raise EnvironmentError(key, place=_place(error, one), plugin=plugin, problem=_told(error), **facts) from error


class _Fenced:
    """A plugin's engine that can only fail as an engine may: by saying that it could not finish."""

    def __init__(self, engine: Engine | FrameEngine, one: Installed) -> None:
        self._engine: Any = engine
        self._one = one
        self.name = engine.name

    def unavailable(self) -> str | None:
        """Why the engine cannot run here, or None; an engine that cannot even say so cannot run."""
        try:
            with self._fence():
                reason = self._engine.unavailable()
                return None if reason is None else str(reason)
        except (KaopingError, EngineFailedError) as error:
            return _reason(error)

    def _answers(self, ask: Callable[[], Iterable[Any]], kind: type[_T]) -> Iterator[_T]:
        """What the engine answers, one by one, each of the kind it must be."""
        try:
            with self._fence():
                answers = iter(ask())
            while True:
                with self._fence():
                    answer = next(answers, None)
                if answer is None:
                    return
                if not isinstance(answer, kind):
                    raise EngineFailedError(f"not an {kind.__name__}: {type(answer).__name__}")
                yield answer
        except KaopingError as error:
            raise EngineFailedError(_reason(error)) from error

    def _fence(self) -> contextlib.AbstractContextManager[None]:
        return outside("plugins.engine-failed", self.name, self._one)


class FencedEngine(_Fenced):
    """An engine that judges rulebooks, fenced."""

    def judge(self, book: RuleBook, rows: Sequence[Row]) -> Iterator[Opinion]:
        """One opinion for each row, in order.

        Raises:
            EngineFailedError: the engine raised something, or gave something that is no opinion.
        """
        return self._answers(lambda: self._engine.judge(book, rows), Opinion)


class FencedFrameEngine(_Fenced):
    """An engine that reads frames, fenced."""

    def assess(self, plan: Plan, frame: Frame, parameters: Mapping[str, ParameterValue]) -> Iterator[Account]:
        """One account of every subject.

        Raises:
            EngineFailedError: the engine raised something, or gave something that is no account.
        """
        return self._answers(lambda: self._engine.assess(plan, frame, parameters), Account)

    def batch(self, plan: Plan, frame: Frame, target: str, where: str, draw: int) -> Batch:
        """Everybody at once, into a file.

        Raises:
            EngineFailedError: the engine has no such way, or could not finish.
        """
        try:
            with self._fence():
                found = self._engine.batch(plan, frame, target, where, draw)
        except KaopingError as error:
            raise EngineFailedError(_reason(error)) from error
        if not isinstance(found, Batch):
            raise EngineFailedError(f"not a Batch: {type(found).__name__}")
        return found


class FencedWholeEngine(FencedFrameEngine):
    """An engine that can judge everybody at once, fenced."""

    @contextlib.contextmanager
    def everybody(
        self,
        plan: Plan,
        frame: Frame,
        tell: Progress,
        kept: Mapping[str, KeptFrame],
        log: FactLog | None = None,
        some: Callable[[Sequence[str]], Frame] | None = None,
    ) -> Iterator[Everybody]:
        """Everybody judged.

        Raises:
            EngineFailedError: the engine could not finish.
        """
        with self._fence():
            more = () if log is None else (log, some)
            opened = self._engine.everybody(plan, frame, tell, kept, *more)
            found = opened.__enter__()
        try:
            yield FencedEverybody(self, found)
        finally:
            with self._fence():
                opened.__exit__(None, None, None)


class FencedEverybody:
    """What an engine found of everybody, fenced."""

    def __init__(self, engine: FencedWholeEngine, found: Everybody) -> None:
        self._engine = engine
        self._found = found

    def accounts(self, section: str, placed: Sequence[tuple[str, str]] = ()) -> Iterator[Account]:
        """One account of every subject."""
        more = (placed,) if placed else ()
        return self._engine._answers(lambda: self._found.accounts(section, *more), Account)

    def measure(self, section: str, name: str, at: str) -> Mapping[str, Value] | None:
        """A measure of everybody."""
        with self._engine._fence():
            return self._found.measure(section, name, at)

    def asked(self, what: Asked) -> Mapping[str, Value] | None:
        """What decides about places, of everybody."""
        with self._engine._fence():
            return self._found.asked(what)

    def places(self, rule: str, window: str, of: Sequence[str] | None = None) -> Sequence[Places] | None:
        """The places by a rule."""
        with self._engine._fence():
            return self._found.places(rule, window, of)

    def place(self, rule: str, window: str, subject: str) -> Value:
        """What one subject wins."""
        with self._engine._fence():
            return self._found.place(rule, window, subject)


class FencedKeeper(FencedWholeEngine):
    """An engine that keeps frames, fenced; what is wrong with the data or the disk it may say itself."""

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
        """Bring a frame up to date, or build it."""
        with self._fence():
            return self._engine.keep(plan, log, path, section=section, anew=anew, tell=tell)

    def frame_data(self, path: str) -> dict[str, Any]:
        """What a frame says of itself."""
        with self._fence():
            return dict(self._engine.frame_data(path))

    def frame_digest(self, path: str) -> str:
        """The digest of a frame."""
        with self._fence():
            return str(self._engine.frame_digest(path))

    def export_frame(self, path: str, folder: str, form: str) -> int:
        """A frame to files."""
        with self._fence():
            return int(self._engine.export_frame(path, folder, form))

    def import_frame(self, plan: Plan, folder: str, path: str, *, dry_run: bool = False) -> int:
        """A frame from files."""
        with self._fence():
            return int(self._engine.import_frame(plan, folder, path, dry_run=dry_run))

    def join_frames(
        self, plan: Plan, sources: Sequence[str], folder: str, *, memory: str = "", tell: Tell = silent
    ) -> int:
        """Frames put together."""
        with self._fence():
            return int(self._engine.join_frames(plan, sources, folder, memory=memory, tell=tell))

    def judge_frame(
        self, plan: Plan, frame: str, results: str, *, where: str = "", memory: str = "", tell: Tell = silent
    ) -> JudgedFrame:
        """A frame's results."""
        with self._fence():
            found: JudgedFrame = self._engine.judge_frame(plan, frame, results, where=where, memory=memory, tell=tell)
            return found

    def accounts_of(self, plan: Plan, frame: str, results: str, where: str) -> Iterator[Account]:
        """What results say of each subject."""
        with self._fence():
            yield from self._engine.accounts_of(plan, frame, results, where)


class FencedWeigher(FencedKeeper):
    """An engine that weighs rules against each other, fenced."""

    @contextlib.contextmanager
    def weighing(
        self,
        plan: Plan,
        log: FactLog,
        relations: Sequence[str],
        some: Callable[[Plan, Sequence[str]], Frame],
    ) -> Iterator[Weighing]:
        """Rules to be weighed."""
        with self._fence():
            opened = self._engine.weighing(plan, log, relations, some)
            found = opened.__enter__()
        try:
            yield FencedWeighing(self, found)
        finally:
            with self._fence():
                opened.__exit__(None, None, None)

    def same_frame(self, plan: Plan, path: str) -> bool:
        """Does a frame hold all that a plan reads?"""
        with self._fence():
            return bool(self._engine.same_frame(plan, path))


class FencedWeighing:
    """Sets of rules and what everybody has by each, fenced."""

    def __init__(self, engine: FencedWeigher, found: Weighing) -> None:
        self._engine = engine
        self._found = found

    def judge(self, plan: Plan, path: str, tell: Tell) -> int:
        """Judge everybody."""
        with self._engine._fence():
            return int(self._found.judge(plan, path, tell))

    def forget(self, side: int) -> None:
        """Keep that no longer."""
        with self._engine._fence():
            self._found.forget(side)

    def compare(self, before: int, after: int, most: int) -> Moves:
        """From one set of rules to another."""
        with self._engine._fence():
            found = self._found.compare(before, after, most)
        if not isinstance(found, Moves):
            raise EngineFailedError(f"not Moves: {type(found).__name__}")
        return found

    def groups(self) -> Iterator[tuple[str, str, str, str, int, int, int]]:
        """The last comparison by group."""
        return self._engine._answers(self._found.groups, tuple)

    def chosen(self, side: int, draw: int, nearest: int, named: Sequence[str]) -> Iterator[Account]:
        """Accounts of some."""
        return self._engine._answers(lambda: self._found.chosen(side, draw, nearest, named), Account)


def fenced(engine: Engine | FrameEngine, one: Installed) -> FencedEngine | FencedFrameEngine:
    """The engine behind a fence."""
    if not hasattr(engine, "assess"):
        return FencedEngine(engine, one)
    if not hasattr(engine, "everybody"):
        return FencedFrameEngine(engine, one)
    if not hasattr(engine, "keep"):
        return FencedWholeEngine(engine, one)
    return FencedWeigher(engine, one) if hasattr(engine, "weighing") else FencedKeeper(engine, one)


class FencedProver:
    """A plugin's prover that can only fail by leaving a question open."""

    def __init__(self, prover: Prover, one: Installed) -> None:
        self._prover = prover
        self._one = one
        self.name = prover.name

    def unavailable(self) -> str | None:
        """Why it cannot run here, or None; one that cannot even say so cannot run."""
        try:
            with self._fence():
                reason = self._prover.unavailable()
                return None if reason is None else str(reason)
        except KaopingError as error:
            return _reason(error)

    def session(self, evaluation: Evaluation, section: Section, subject: str) -> Session:
        """Questions about every input there may be."""
        return FencedSession(self, lambda: self._prover.session(evaluation, section, subject))

    def cheapest(self, question: Question) -> tuple[str, Proposal | None, str]:
        """The cheapest values of the moves with which the wish comes true."""
        try:
            with self._fence():
                return self._prover.cheapest(question)
        except KaopingError as error:
            return "open", None, _reason(error)

    def _fence(self) -> contextlib.AbstractContextManager[None]:
        return outside("plugins.prover-failed", self.name, self._one)


class FencedSession:
    """A prover's session whose failures leave the question open."""

    def __init__(self, prover: FencedProver, begin: Callable[[], Session]) -> None:
        self._prover = prover
        self._begin = begin
        self._session: Session | None = None

    def find(self, wish: Wish, seconds: int) -> Answer:
        """A world in which the wish comes true."""
        return self._asked(lambda session: session.find(wish, seconds))

    def against(self, fact: str, better: str, seconds: int) -> Answer:
        """Two worlds that differ in one fact only."""
        return self._asked(lambda session: session.against(fact, better, seconds))

    def _asked(self, ask: Callable[[Session], Answer]) -> Answer:
        try:
            with self._prover._fence():
                self._session = self._session or self._begin()
                return ask(self._session)
        except KaopingError as error:
            return Answer("open", why=_reason(error))


def _reason(error: KaopingError | EngineFailedError) -> str:
    if isinstance(error, KaopingError) and "problem" in error.facts:
        return f"{error.facts['problem']} ({error.place})" if error.place else error.facts["problem"]
    return str(error)


def _told(error: BaseException) -> str:
    lines = [line.strip() for line in traceback.format_exception_only(error)]
    return lines[-1] if isinstance(error, SyntaxError) else lines[0]


def _place(error: BaseException, one: Installed) -> Place | None:
    """The last place in the plugin's own files."""
    if isinstance(error, SyntaxError) and error.filename:
        return Place(error.filename, error.lineno, error.offset)
    own = [
        Place(frame.f_code.co_filename, line)
        for frame, line in traceback.walk_tb(error.__traceback__)
        if one.owns(Path(frame.f_code.co_filename))
    ]
    return own[-1] if own else None
