"""Whatever becomes of the process of durable-rules: the run goes on, says why, and nothing is left behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import kaoping_durable
from kaoping.evaluation.rulebook import (
    Band,
    Compare,
    EngineFailedError,
    GradeRule,
    Holds,
    IsTrue,
    Row,
    Rule,
    RuleBook,
    Span,
    Veto,
)
from kaoping_durable import engine as engine_module
from kaoping_durable.engine import DurableEngine
from kaoping_durable.process import Child

REASON = DurableEngine().unavailable()
needs_durable = pytest.mark.skipif(REASON is not None, reason=REASON or "")
needs_proc = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads /proc")
BOOK = RuleBook("one", ((Rule("rule", IsTrue("t")),),), None)
ROWS = [Row(str(place), {"t": frozenset([place % 2 == 0])}) for place in range(300)]


@pytest.fixture(autouse=True)
def nothing_left_behind(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("KAOPING_LANG", "en")
    threads = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) == threads
    if hasattr(os, "WNOHANG"):
        with pytest.raises(ChildProcessError):
            os.waitpid(-1, os.WNOHANG)


def program(rules: dict[str, Any], **found: tuple[int, int]) -> dict[str, Any]:
    """A program of one ruleset, written by hand; its fact holds ``x``, the first column of the row."""
    written = {name: {"all": [{"m": condition}]} for name, condition in rules.items()}
    written["end"] = {"all": [{"m": {"$ex": {"p": 1}}}], "pri": 1000}
    chunk = {"rules": json.dumps(written), "numbers": [[0, "x"]], "texts": [], "found": [], "fires": found}
    return {"chunks": [chunk], "start": [1], "answer": [0]}


def asked(question: dict[str, Any], rows: list[list[Any]], seconds: float = 30) -> list[str]:
    """What durable-rules finds of these rows, under that program."""
    with Child(DurableEngine(seconds)._command(), seconds) as child:
        child.ask(question)
        child.answer()
        child.ask([0, rows])
        return child.answer()["found"]


def endless() -> dict[str, Any]:
    """So many conditions at one level that durable-rules looks for an empty place among them for ever."""
    return program({f"r{number}": {"$gte": {"x": number}} for number in range(512)})


# The real library, at its worst.


@needs_durable
def test_a_program_written_by_hand_runs() -> None:
    assert asked(program({"r": {"$gte": {"x": 85}}}, r=(0, 2)), [[90], [80], [None]]) == ["2", "1", "1"]


@needs_durable
def test_a_rule_that_kills_the_process_is_reported_and_the_next_run_is_fine() -> None:
    poison = program({"r": {"$eq": {"x": {"$div": {"$l": {"$m": "x"}, "$r": 0}}}}}, r=(0, 2))
    with pytest.raises(EngineFailedError, match=r"^the process of durable-rules crashed \(SIG(FPE|SEGV|ABRT)\)$"):
        asked(poison, [[1]])
    assert [opinion.rules["rule"] for opinion in DurableEngine().judge(BOOK, ROWS[:2])] == [True, False]


@needs_durable
def test_a_rule_that_never_ends_is_stopped_in_time() -> None:
    started = time.monotonic()
    with pytest.raises(EngineFailedError, match=r"^durable-rules gave no answer within 0.5 seconds and was stopped$"):
        asked(endless(), [[1]], seconds=0.5)
    assert time.monotonic() - started < 10


@needs_durable
@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system ends the process")
def test_a_rule_that_never_ends_does_not_outlive_a_parent_that_was_killed() -> None:
    """The child asks the system to end it, as nobody else may be there to do so."""
    command = DurableEngine(0.1)._command()
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdin is not None
        for question in (endless(), [0, [[1]]]):
            child.stdin.write(json.dumps(question).encode() + b"\n")
        child.stdin.flush()
        assert child.wait(20) < 0


@needs_durable
def test_a_rule_and_its_opposite_that_both_fire_are_not_believed() -> None:
    both = program({"t": {"$gte": {"x": 1}}, "f": {"$lte": {"x": 1}}}, t=(0, 2), f=(0, 0))
    assert asked(both, [[2], [0]]) == ["2", "0"]
    with pytest.raises(EngineFailedError) as failure:
        asked(both, [[2], [1]])
    assert str(failure.value) == "durable-rules could not finish: DistrustError: a rule and its opposite both fired"


@needs_durable
def test_a_fact_for_which_the_last_rule_does_not_fire_is_not_believed() -> None:
    without = program({"r": {"$gte": {"x": 1}}}, r=(0, 2))
    without["chunks"][0]["rules"] = json.dumps({"r": {"all": [{"m": {"$gte": {"x": 1}}}]}})
    with pytest.raises(EngineFailedError) as failure:
        asked(without, [[2]])
    assert str(failure.value) == "durable-rules could not finish: DistrustError: the last rule did not fire"


@needs_durable
def test_a_rule_that_fires_after_the_last_is_not_believed() -> None:
    """A negative priority is a very large one."""
    question = program({"r": {"$gte": {"x": 1}}}, r=(0, 2))
    rules = json.loads(question["chunks"][0]["rules"])
    rules["r"]["pri"] = -1
    question["chunks"][0]["rules"] = json.dumps(rules)
    with pytest.raises(EngineFailedError) as failure:
        asked(question, [[2]])
    assert str(failure.value) == "durable-rules could not finish: DistrustError: a rule fired after the last"


@needs_durable
def test_an_error_while_recording_is_not_swallowed() -> None:
    """durable-rules hides what goes wrong in an action; here nothing is done in one."""
    with pytest.raises(EngineFailedError) as failure:
        asked(program({"unheard_of": {"$gte": {"x": 1}}}), [[2]])
    assert str(failure.value) == "durable-rules could not finish: KeyError: 'unheard_of'"


@needs_durable
def test_rules_that_durable_rules_refuses_are_reported() -> None:
    with pytest.raises(EngineFailedError) as failure:
        asked(program({"r": {"$gte": {"x": [1, 2]}}}, r=(0, 2)), [[2]])
    assert str(failure.value) == "durable-rules could not finish: error: Could not create ruleset, error code: 102"


# Another process in its place.

FAKE = """
import json, os, signal, sys, time
def hear(): return json.loads(sys.stdin.readline())
def say(data): print(json.dumps(data), flush=True)
hear(); say({"ready": True})
"""


def failing(script: str, seconds: float = 30, start: str = FAKE) -> str:
    engine = DurableEngine(seconds, [sys.executable, "-c", start + script])
    with pytest.raises(EngineFailedError) as failure:
        list(engine.judge(BOOK, ROWS))
    return str(failure.value)


GARBAGE = "durable-rules gave an answer that makes no sense"


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("hear(); print('hello', flush=True); time.sleep(60)", GARBAGE),
        ("hear(); print('[1]', flush=True); time.sleep(60)", GARBAGE),
        ("hear(); say({}); time.sleep(60)", GARBAGE),
        ("hear(); say({'batch': 1, 'found': ['2'] * 64}); time.sleep(60)", GARBAGE),
        ("hear(); say({'batch': 0, 'found': ['2'] * 63}); time.sleep(60)", GARBAGE),
        ("hear(); say({'batch': 0, 'found': [2] * 64}); time.sleep(60)", GARBAGE),
        ("hear(); say({'batch': 0, 'found': ['3'] * 64}); time.sleep(60)", GARBAGE),
        ("hear(); say({'batch': 0, 'found': ['22'] * 64}); time.sleep(60)", GARBAGE),
        ("os.write(1, b'\\xff' * 100 + b'\\n'); time.sleep(60)", GARBAGE),
        ("os.kill(os.getpid(), signal.SIGSEGV)", "the process of durable-rules crashed (SIGSEGV)"),
        ("hear(); os.kill(os.getpid(), signal.SIGKILL)", "the process of durable-rules crashed (SIGKILL)"),
        ("sys.exit(3)", "the process of durable-rules ended early (exit code 3)"),
        ("os._exit(0)", "the process of durable-rules ended early (exit code 0)"),
    ],
)
def test_an_answer_that_cannot_be_one_is_reported(script: str, reason: str) -> None:
    assert failing(script) == reason


@pytest.mark.parametrize("script", ["time.sleep(60)", "sys.stdin.close(); time.sleep(60)", "hear(); time.sleep(60)"])
def test_a_process_that_says_nothing_is_stopped_in_time(script: str) -> None:
    assert failing(script, seconds=0.3) == "durable-rules gave no answer within 0.3 seconds and was stopped"


def test_a_process_that_does_not_start_well_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    assert failing("", start="print('no')") == GARBAGE
    assert failing("", start="raise SystemExit(2)") == "the process of durable-rules ended early (exit code 2)"
    monkeypatch.setattr(engine_module, "START", 0.3)
    reason = failing("", seconds=0.2, start="import time; time.sleep(60)")
    assert reason == "durable-rules gave no answer within 0.3 seconds and was stopped"


def test_a_process_that_cannot_be_started_is_reported(tmp_path: Path) -> None:
    engine = DurableEngine(command=[str(tmp_path / "nowhere")])
    with pytest.raises(EngineFailedError) as failure:
        list(engine.judge(BOOK, ROWS))
    assert str(failure.value) == "the process of durable-rules cannot be started: No such file or directory"


def test_a_process_that_closes_its_pipe_and_stays_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kaoping_durable.process.GRACE", 0.2)
    assert failing("os.close(1); time.sleep(60)") == "the process of durable-rules closed its pipe"


def test_a_process_that_does_not_read_does_not_hold_us_up() -> None:
    """More than a pipe holds: the writing waits in a thread of its own."""
    rows = [Row(str(place), {"t": None}) for place in range(200_000)]
    engine = DurableEngine(0.5, [sys.executable, "-c", FAKE + "time.sleep(60)"])
    with pytest.raises(EngineFailedError, match="was stopped"):
        list(engine.judge(BOOK, rows))


# Nothing of it here.


def test_without_the_library_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "find_spec", lambda name: None)
    said = "durable-rules is not installed: results rest on the reference engine alone"
    assert DurableEngine().unavailable() == said
    with pytest.raises(EngineFailedError) as failure:
        list(DurableEngine().judge(BOOK, ROWS))
    assert str(failure.value) == f"durable-rules cannot be started: {said}"
    monkeypatch.setenv("KAOPING_LANG", "zh")
    assert DurableEngine().unavailable() == "未安装 durable-rules，本次结果只有内置引擎一种意见"


def test_a_half_installed_library_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def without_c_module(name: str) -> object:
        if name == "durable":
            return object()
        raise ValueError(name)

    monkeypatch.setattr(engine_module, "find_spec", without_c_module)
    assert DurableEngine().unavailable() == "durable-rules is not installed: results rest on the reference engine alone"


def test_a_python_it_does_not_run_on_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "sys", SimpleNamespace(version_info=(3, 13, 1), executable=sys.executable))
    assert DurableEngine().unavailable() == "durable-rules does not run on Python 3.13; 3.12 is the last it supports"


@needs_durable
def test_a_module_that_cannot_be_loaded_is_reported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "durable_rules_engine.so"
    broken.write_bytes(b"not a library")
    monkeypatch.setattr(engine_module, "find_spec", lambda name: SimpleNamespace(origin=str(broken)))
    with pytest.raises(
        EngineFailedError, match=r"^durable-rules could not finish: ImportError: .*durable_rules_engine.so"
    ):
        list(DurableEngine().judge(BOOK, ROWS))


def test_no_rows_start_no_process() -> None:
    assert list(DurableEngine(command=["/nowhere"]).judge(BOOK, [])) == []


def test_the_plugin_offers_one_engine() -> None:
    assert [engine.name for engine in kaoping_durable.kaoping_engines()] == ["durable"]


@needs_durable
def test_nothing_of_durable_rules_is_ever_imported_here(tmp_path: Path) -> None:
    """From any folder, even one that is gone, and one whose files would come first on the path."""
    (tmp_path / "json.py").write_text("raise RuntimeError('not this one')")
    script = f"""
import os, sys
from kaoping.evaluation.rulebook import IsTrue, Row, Rule, RuleBook
import kaoping_durable
os.chdir({str(tmp_path)!r})
(engine,) = kaoping_durable.kaoping_engines()
book = RuleBook("one", ((Rule("rule", IsTrue("t")),),), None)
for turn in range(2):
    (opinion,) = engine.judge(book, [Row("e1", {{"t": frozenset([True])}})])
    os.remove("json.py") if turn == 0 else None
    os.rmdir(os.getcwd()) if turn == 0 else None
assert not {{name for name in sys.modules if name.startswith("durable")}}
print(opinion.rules)
"""
    environment = {**os.environ, "PYTHONHOME": "", "PYTHONSTARTUP": "nowhere", "PYTHONWARNINGS": "error"}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment, check=False)
    assert (done.stdout, done.stderr) == ("{'rule': True}\n", "")


@needs_durable
def test_opinions_that_nobody_waits_for_leave_nothing_behind() -> None:
    opinions = DurableEngine().judge(BOOK, ROWS * 10)
    assert next(opinions).rules == {"rule": True}
    assert threading.active_count() > 1
    opinions.close()  # type: ignore[attr-defined]


@needs_durable
def test_several_runs_at_once_do_not_disturb_each_other() -> None:
    found: list[list[bool | None]] = []

    def run() -> None:
        found.append([opinion.rules["rule"] for opinion in DurableEngine().judge(BOOK, ROWS * 3)])

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [[True, False] * 450] * 4


def resident(process: str) -> int:
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@needs_durable
@needs_proc
def test_memory_stays_flat_here_over_many_runs_and_there_over_many_subjects() -> None:
    for _ in range(5):
        list(DurableEngine().judge(BOOK, ROWS))
    before = resident("self")
    for _ in range(40):
        list(DurableEngine().judge(BOOK, ROWS))
    assert resident("self") - before < 4 << 20

    opinions = DurableEngine().judge(BOOK, ROWS * 100)
    for _ in range(3000):
        next(opinions)
    (child,) = Path(f"/proc/self/task/{threading.get_native_id()}/children").read_text().split()
    early = resident(child)
    for _ in range(25000):
        next(opinions)
    assert resident(child) - early < 1 << 20
    assert "Threads:\t1\n" in Path(f"/proc/{child}/status").read_text()
    opinions.close()  # type: ignore[attr-defined]


# What cannot be put to it.


@pytest.mark.parametrize(
    ("book", "reason"),
    [
        (
            RuleBook("x", ((Rule("a", Holds("b")), Rule("b", IsTrue("t"))),), None),
            "'a' reads rule 'b', which does not come before it",
        ),
        (RuleBook("x", ((Rule("a", IsTrue("t")),), (Rule("a", IsTrue("t")),)), None), "rule 'a' is there twice"),
        (RuleBook("x", ((Rule("a", IsTrue("t")), Rule("a", IsTrue("t"))),), None), "rule 'a' is there twice"),
        (
            RuleBook("x", (), GradeRule((Band("A", "band:A"),), (), ("A",))),
            "'grade' reads rule 'band:A', which does not come before it",
        ),
        (
            RuleBook(
                "x",
                ((Rule("a", IsTrue("t")),),),
                GradeRule((Band("A", "a"), Band("E", None)), (Veto("a", at_most="B"),), ("A", "B", "C")),
            ),
            "grade 'E' has no place in the order of merit, so it cannot be capped",
        ),
    ],
)
def test_a_rulebook_that_makes_no_sense_is_refused(book: RuleBook, reason: str) -> None:
    with pytest.raises(EngineFailedError) as failure:
        list(DurableEngine(command=["/nowhere"]).judge(book, [Row("e1", {"t": frozenset([True])})]))
    assert str(failure.value) == reason


@needs_durable
@pytest.mark.parametrize(
    ("slots", "reason"),
    [
        ({"x": Span(1, 1), "t": frozenset([True])}, "rule 'r': 'y' is not given"),
        ({"x": frozenset("a"), "y": Span(1, 1), "t": frozenset([True])}, "rule 'r': 'x' is not a number"),
        ({"x": Span(1.5, 1.5), "y": Span(1, 1), "t": frozenset([True])}, "rule 'r': 'x' is not a number"),
        (
            {"x": Span(1, 1), "y": Span(2, 1), "t": frozenset([True])},
            "rule 'r': the low end of 'y' is above its high end",
        ),
        ({"x": Span(1, 1), "y": Span(1, 1), "t": frozenset()}, "rule 's': 't' is not a truth"),
        ({"x": Span(1, 1), "y": Span(1, 1), "t": Span(1, 1)}, "rule 's': 't' is not a truth"),
    ],
)
def test_a_subject_that_makes_no_sense_gets_no_opinion(slots: dict[str, Any], reason: str) -> None:
    book = RuleBook("x", ((Rule("r", Compare("<", "x", "y")), Rule("s", IsTrue("t"))),), None)
    (opinion,) = DurableEngine().judge(book, [Row("e1", slots)])
    assert opinion.abstained == reason
