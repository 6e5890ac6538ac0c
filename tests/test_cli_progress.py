"""What is told while work goes on: nothing at first, then each step, with its pace while it takes long."""

import os
import signal

import pytest

from kaoping_cli import progress
from kaoping_cli.interrupts import Interrupts


@pytest.fixture
def clock(monkeypatch):
    """A clock that the test moves."""
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def test_into_a_pipe_steps_are_lines_once_it_has_taken_a_while_and_long_ones_tell_their_pace(
    clock, capsys, monkeypatch
):
    monkeypatch.setenv("KAOPING_LANG", "en")
    with progress.Progress() as hears:
        hears.tell("reading", 0, 0)
        clock[0] = 3.0
        hears.tell("judging", 0, 50_000)
        clock[0] = 8.0
        hears.tell("judging", 5_000, 50_000)
        clock[0] = 14.0
        hears.tell("judging", 11_000, 50_000)
        hears.tell("judging", 12_000, 50_000)
        hears.tell("judging", 50_000, 50_000)
    assert capsys.readouterr().err.splitlines() == [
        "judging",
        "judging 11,000 of 50,000, 1,000 a second, about 0:39 left",
    ]


def test_quiet_tells_nothing_and_to_narrate_is_to_tell_each_step_once(clock, capsys):
    for how, lines in (({"quiet": True}, []), ({"narrate": True}, ["reading", "judging"])):
        with progress.Progress(**how) as hears:
            hears.tell("reading", 0, 0)
            clock[0] += 30.0
            hears.tell("judging", 0, 10)
            clock[0] += 30.0
            hears.tell("judging", 5, 10)
        assert capsys.readouterr().err.splitlines() == lines


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # it goes nowhere, which is the matter
def test_ctrl_c_that_python_loses_stops_the_work_at_the_next_step():
    class Dropped:
        def __del__(self):
            os.kill(os.getpid(), signal.SIGINT)
            for _ in range(1000):  # the signal is heard here, where nothing that is raised gets out
                pass

    done = []
    handled = signal.getsignal(signal.SIGINT)

    def work():
        with Interrupts() as interrupts, progress.Progress(check=interrupts.check) as hears:
            Dropped()
            done.append("went on")
            hears.tell("judging", 1, 10)
            done.append("and on")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert done == ["went on"]
    assert signal.getsignal(signal.SIGINT) is handled
