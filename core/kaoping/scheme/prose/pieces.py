"""The pieces pages are made of: items, rows, clauses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kaoping.facts.values import number_text
from kaoping.scheme.model import Clause
from kaoping.scheme.prose.wording import Words

Lines = Iterator[str]


class Writer:
    """Writes lines of Markdown about one scheme in one language."""

    def __init__(self, words: Words) -> None:
        self.words = words
        self.say = words.say
        self.scheme = words.scheme

    def item(self, title: str, text: str) -> str:
        """An entry of a list."""
        return f"- **{title}**{self.say('colon')}{text}"

    def clause(self, clause: Clause) -> Lines:
        """The sources of what was just said, on a line of its own in the same item."""
        if sources := self.sources(clause):
            yield f"  〔{sources}〕"

    def sources(self, clause: Clause) -> str:
        """The heading of the source, and the decisions by their numbers."""
        found = [clause.source] if clause.source else []
        if clause.decisions:
            known = list(self.scheme.decisions)
            numbers = self.words.listed(str(known.index(name) + 1) for name in clause.decisions)
            found.append(self.say("decided", names=numbers))
        return self.say("semicolon").join(found)

    def each(self, grain: Iterable[str]) -> str:
        """For each of what, to stand before a sentence."""
        steps = [self.step(name) for name in grain]
        return self.say("each", steps=self.words.listed(steps)) if steps else ""

    def step(self, name: str) -> str:
        """Each of a kind of window, a calendar or a list."""
        if name in self.words.catalogue.lists:
            return self.say("per-item", name=self.words.list_name(name))
        return self.words.of_window("per", name)

    def rows(self, *heads: str) -> Lines:
        """The head of a table."""
        yield row([self.say(head) for head in heads])
        yield row(["---"] * len(heads))


def row(cells: Iterable[str], indent: str = "") -> str:
    """A row of a table."""
    tidy = (" ".join(cell.split()).replace("|", "\\|") for cell in cells)
    return f"{indent}| {' | '.join(tidy)} |"


def constant_words(value: object) -> str:
    """A constant of a table."""
    return number_text(value) if not isinstance(value, bool | str) else str(value).lower()  # type: ignore[arg-type]


def trimmed(lines: Iterable[str]) -> list[str]:
    """Without blank lines at the end or one after another."""
    found: list[str] = []
    for line in lines:
        if line or (found and found[-1]):
            found.append(line)
    while found and not found[-1]:
        found.pop()
    return found
