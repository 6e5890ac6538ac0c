"""The child process: durable-rules in its cage. It needs nothing of kaoping, and shares nothing with the parent.

Run by file, apart from any installed package (``python -I -S child.py MODULE SECONDS``), with the path of the C
module. Reads a program, then batches of rows, one JSON line each; answers one JSON line each. Any answer of the
engine that is not exactly as expected ends the process, because its memory can no longer be trusted.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from importlib.machinery import ExtensionFileLoader, ModuleSpec

TYPE_CHECKING = False
if TYPE_CHECKING:  # what is imported here delays every judgement
    from typing import Any, BinaryIO

FACT = "f"
"""Every fact's id: one of our own, as durable-rules would make one up and take like for like."""

SESSIONS = 64
"""Names for the engine's sessions, taken in turn; only one is ever alive."""

MEMORY = 4 << 30
"""Bytes the process may take: a runaway engine ends itself, not the machine."""


class DistrustError(Exception):
    """The engine did not do what it must."""


def fnv32(text: str) -> int:
    """The hash durable-rules knows a fact by."""
    value = 0x811C9DC5
    for byte in text.encode():
        value = (value ^ byte) * 16777619 & 0xFFFFFFFF
    return value


def load(path: str) -> Any:
    """The C module at this path."""
    loader = ExtensionFileLoader("durable_rules_engine", path)
    module = loader.create_module(ModuleSpec(loader.name, loader, origin=path))
    loader.exec_module(module)
    return module


class Ruleset:
    """One ruleset: a fact goes in, the names of the rules that fired come out, nothing stays behind."""

    def __init__(self, engine: Any, name: str, chunk: dict[str, Any]) -> None:
        self.engine = engine
        self.handle = engine.create_ruleset(name, chunk["rules"])
        self.numbers = [(place, f',"{name}":') for place, name in chunk["numbers"]]
        self.texts = [(place, f',"{name}":') for place, name in chunk["texts"]]
        self.found = [(place, f',"{name}":') for place, name in chunk["found"]]
        self.fires = {rule: (finding, value) for rule, (finding, value) in chunk["fires"].items()}

    def fact(self, session: str, row: list[Any], findings: list[int]) -> str:
        """The flat fact of this row: what is not known is left out."""
        parts = [f'{{"sid":"{session}","id":"{FACT}","p":1']
        parts += [f"{name}{row[place]}" for place, name in self.numbers if row[place] is not None]
        parts += [f"{name}{json.dumps(row[place])}" for place, name in self.texts if row[place] is not None]
        parts += [f"{name}{findings[place]}" for place, name in self.found]
        return "".join(parts) + "}"

    def run(self, session: str, row: list[Any], findings: list[int], start: list[int]) -> None:
        """Assert the fact and write down what was found; a rule that fires twice says nothing new."""
        engine, handle = self.engine, self.handle
        result, state = engine.assert_fact(handle, self.fact(session, row, findings))
        if result != 0:
            raise DistrustError(f"a fact was not taken ({result})")
        action = engine.start_action_for_state(handle, state)
        message = action[1] if action else None
        name = ""
        while message:
            if name == "end":
                raise DistrustError("a rule fired after the last")
            name = message[2 : message.index('"', 2)]
            if name != "end":
                finding, value = self.fires[name]
                if findings[finding] not in (start[finding], value):
                    raise DistrustError("a rule and its opposite both fired")
                findings[finding] = value
            message = engine.complete_and_start_action(handle, state)
        if name != "end":
            raise DistrustError("the last rule did not fire")
        engine.delete_state(handle, session)


class Program:
    """All rulesets of a rulebook, in order."""

    def __init__(self, engine: Any, data: dict[str, Any]) -> None:
        self.rulesets = [Ruleset(engine, f"k{number}", chunk) for number, chunk in enumerate(data["chunks"])]
        self.start: list[int] = data["start"]
        self.answer: list[int] = data["answer"]
        fact = fnv32(FACT)  # a session has a fact of its own, whose id is made of its name
        self.sessions = [name for name in map(str, range(SESSIONS)) if fnv32(f"sid-{name}") != fact]
        self.turn = 0

    def judge(self, row: list[Any]) -> str:
        """The findings asked for, a digit each."""
        findings = list(self.start)
        for ruleset in self.rulesets:
            self.turn = (self.turn + 1) % len(self.sessions)
            ruleset.run(self.sessions[self.turn], row, findings, self.start)
        return "".join([str(findings[place]) for place in self.answer])


def serve(module: str, seconds: int, requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer until there are no more requests."""
    _limit()
    line = requests.readline()
    _alarm(seconds)
    program = Program(load(module), json.loads(line))
    _alarm(0)
    _say(answers, {"ready": True})
    while line := requests.readline():
        _alarm(seconds)
        number, rows = json.loads(line)
        _say(answers, {"batch": number, "found": [program.judge(row) for row in rows]})
        _alarm(0)


def _limit() -> None:
    """No core files, no runaway memory, where the system can hold us to it."""
    try:
        import resource  # noqa: PLC0415 - not everywhere
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    if hard == resource.RLIM_INFINITY or hard > MEMORY:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, hard))


def _alarm(seconds: int) -> None:
    """Have the system end us if a batch never ends, even if the parent is gone by then."""
    if hasattr(signal, "alarm"):
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(seconds)


def _say(answers: BinaryIO, data: dict[str, Any]) -> None:
    answers.write(json.dumps(data).encode() + b"\n")
    answers.flush()


def main() -> None:
    """Keep the answers' pipe to ourselves: what the C module prints must not get between them."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    try:
        serve(sys.argv[1], int(sys.argv[2]), sys.stdin.buffer, answers)
    except Exception as error:
        _say(answers, {"failed": f"{type(error).__name__}: {error}"})
    os._exit(0)  # without tidying up: the engine's memory may be broken, and nothing else is open


if __name__ == "__main__":
    main()
