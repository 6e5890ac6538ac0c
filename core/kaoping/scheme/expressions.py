"""The expression language: text to tree. What it may say is in ``docs/language.md``.

A small recursive-descent parser: numbers keep the value their digits write (no float is ever made), every node knows
its offset in the text, and length, node count and depth are bounded before anything is evaluated. A chain of one
operator (``a + b + …``) counts as one level.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

MAX_LENGTH = 2_000
MAX_NODES = 200
MAX_DEPTH = 20
COMPARISONS = ("==", "!=", "<=", ">=", "<", ">")
WORDS = frozenset({"and", "or", "not", "in", "if", "else", "true", "false", "never"})


class ExpressionError(Exception):
    """The text is not an expression; `offset` is where, `key` names the error text, `facts` fill it."""

    def __init__(self, key: str, offset: int, **facts: Any) -> None:
        self.key = key
        self.offset = offset
        self.facts = facts
        super().__init__(f"{key} at {offset}: {facts}")


@dataclass(frozen=True)
class Number:
    """A number, exact."""

    value: int | Fraction
    at: int


@dataclass(frozen=True)
class Text:
    """A quoted text."""

    value: str
    at: int


@dataclass(frozen=True)
class Truth:
    """``true`` or ``false``."""

    value: bool
    at: int


@dataclass(frozen=True)
class Never:
    """The date that has not come."""

    at: int


@dataclass(frozen=True)
class Name:
    """A name, or ``of.name``."""

    name: str
    at: int
    of: str = ""


@dataclass(frozen=True)
class Negative:
    """``-x``."""

    part: Tree
    at: int


@dataclass(frozen=True)
class Chain:
    """``a + b - c`` or ``a * b / c``: the first part's operator is ``+`` or ``*``."""

    parts: tuple[tuple[str, Tree], ...]
    at: int


@dataclass(frozen=True)
class Comparison:
    """``a < b``."""

    op: str
    left: Tree
    right: Tree
    at: int


@dataclass(frozen=True)
class Among:
    """``x in set``: the set is a name or constants."""

    part: Tree
    among: Name | tuple[Text | Number, ...]
    negated: bool
    at: int


@dataclass(frozen=True)
class Logic:
    """``and`` or ``or`` over two or more parts."""

    op: str
    parts: tuple[Tree, ...]
    at: int


@dataclass(frozen=True)
class Negation:
    """``not x``."""

    part: Tree
    at: int


@dataclass(frozen=True)
class Choice:
    """``x if c else y``."""

    then: Tree
    when: Tree
    other: Tree
    at: int


@dataclass(frozen=True)
class Call:
    """``function(a, b, key=c)``."""

    function: str
    args: tuple[Tree, ...]
    keywords: tuple[tuple[str, Tree], ...]
    at: int


Tree = Number | Text | Truth | Never | Name | Negative | Chain | Comparison | Among | Logic | Negation | Choice | Call

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<name>[^\W\d]\w*)|(?P<text>'[^'\\\n]*'|\"[^\"\\\n]*\")"
    r"|(?P<op>==|!=|<=|>=|[-+*/<>(),.=]))"
)


def parse(text: str) -> Tree:
    """The tree of an expression.

    Raises:
        ExpressionError: the text is outside the grammar or beyond its bounds.
    """
    if len(text) > MAX_LENGTH:
        raise ExpressionError("expression-too-long", 0, limit=MAX_LENGTH, length=len(text))
    parser = _Parser(text)
    tree = parser.expression()
    if parser.kind != "end":
        parser.unexpected()
    return tree


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = self._scan()
        self.nodes = 0
        self.depth = 0
        self.advance()

    def _scan(self) -> Iterator[tuple[str, str, int]]:
        position = 0
        while True:
            rest = self.text[position:]
            if not rest.strip():
                break
            match = _TOKEN.match(self.text, position)
            if not match:
                at = position + len(rest) - len(rest.lstrip())
                raise ExpressionError("expression-character", at, character=self.text[at])
            kind = match.lastgroup or ""
            value, at = match[kind], match.start(kind)
            position = match.end()
            if kind == "number" and position < len(self.text) and re.match(r"\w", self.text[position]):
                raise ExpressionError("expression-number", at, text=re.match(r"[\w.]+", self.text[at:])[0])  # type: ignore[index]  # a digit is there
            yield (value if kind == "name" and value in WORDS else kind, value, at)
        yield ("end", "", len(self.text))

    def advance(self) -> None:
        self.kind, self.value, self.at = next(self.tokens)

    def take(self, *values: str) -> str | None:
        """The current token if it is one of these words or operators, moving on."""
        if (self.kind == "op" or self.kind in WORDS) and self.value in values:
            value = self.value
            self.advance()
            return value
        return None

    def expect(self, value: str) -> None:
        if not self.take(value):
            if self.kind == "end":
                raise ExpressionError("expression-ends", self.at, wanted=value)
            self.unexpected()

    def unexpected(self) -> None:
        if self.kind == "end":
            raise ExpressionError("expression-ends", self.at, wanted="…")
        raise ExpressionError("expression-unexpected", self.at, found=self.value)

    def made(self, at: int) -> int:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise ExpressionError("expression-too-many", at, limit=MAX_NODES)
        return at

    def expression(self) -> Tree:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise ExpressionError("expression-too-deep", self.at, limit=MAX_DEPTH)
        tree = self.either()
        if self.kind == "if":
            at = self.made(self.at)
            self.advance()
            when = self.either()
            self.expect("else")
            tree = Choice(tree, when, self.expression(), at)
        self.depth -= 1
        return tree

    def either(self) -> Tree:
        return self._logic("or", self.both)

    def both(self) -> Tree:
        return self._logic("and", self.negation)

    def _logic(self, word: str, inner) -> Tree:  # type: ignore[no-untyped-def]  # noqa: ANN001 - a method of this class
        at, parts = self.at, [inner()]
        while self.kind == word:
            self.advance()
            parts.append(inner())
        return parts[0] if len(parts) == 1 else Logic(word, tuple(parts), self.made(at))

    def negation(self) -> Tree:
        if self.kind == "not":
            at = self.made(self.at)
            self.advance()
            self.depth += 1
            if self.depth > MAX_DEPTH:
                raise ExpressionError("expression-too-deep", at, limit=MAX_DEPTH)
            tree = Negation(self.negation(), at)
            self.depth -= 1
            return tree
        return self.test()

    def test(self) -> Tree:
        left = self.sum()
        at = self.at
        if self.kind in ("in", "not"):
            negated = self.kind == "not"
            self.advance()
            if negated:
                self.expect("in")
            return Among(left, self.among(), negated, self.made(at))
        op = self.take(*COMPARISONS)
        if not op:
            return left
        right = self.sum()
        at2 = self.at
        second = self.take(*COMPARISONS)
        if not second:
            return Comparison(op, left, right, self.made(at))
        if op not in ("<", "<=") or second not in ("<", "<="):
            raise ExpressionError("expression-chained", at2, found=second)
        last = self.sum()
        if self.kind == "op" and self.value in COMPARISONS:
            raise ExpressionError("expression-chained", self.at, found=self.value)
        first = Comparison(op, left, right, self.made(at))
        return Logic("and", (first, Comparison(second, right, last, self.made(at2))), self.made(at))

    def among(self) -> Name | tuple[Text | Number, ...]:
        if self.kind == "name":
            name = Name(self.value, self.made(self.at))
            self.advance()
            return name
        self.expect("(")
        found: list[Text | Number] = []
        while True:
            if self.kind not in ("text", "number"):
                self.unexpected()
            constant = self.atom()
            assert isinstance(constant, Text | Number)
            found.append(constant)
            if not self.take(","):
                break
        self.expect(")")
        return tuple(found)

    def sum(self) -> Tree:
        return self._chain(("+", "-"), self.term)

    def term(self) -> Tree:
        return self._chain(("*", "/"), self.factor)

    def _chain(self, operators: tuple[str, str], inner) -> Tree:  # type: ignore[no-untyped-def]  # noqa: ANN001 - a method of this class
        at, parts = self.at, [(operators[0], inner())]
        while op := self.take(*operators):
            parts.append((op, inner()))
        return parts[0][1] if len(parts) == 1 else Chain(tuple(parts), self.made(at))

    def factor(self) -> Tree:
        if self.kind == "op" and self.value == "-":
            at = self.made(self.at)
            self.advance()
            if self.kind == "op" and self.value == "-":
                self.unexpected()
            return Negative(self.atom(), at)
        return self.atom()

    def atom(self) -> Tree:
        kind, value, at = self.kind, self.value, self.made(self.at)
        if kind == "number":
            self.advance()
            return Number(int(value) if value.isdigit() else Fraction(value), at)
        if kind == "text":
            self.advance()
            if self.kind == "text":
                self.unexpected()
            return Text(value[1:-1], at)
        if kind in ("true", "false"):
            self.advance()
            return Truth(kind == "true", at)
        if kind == "never":
            self.advance()
            return Never(at)
        if kind == "name":
            self.advance()
            if self.take("("):
                return self.call(value, at)
            if self.take("."):
                if self.kind != "name":
                    self.unexpected()
                name = Name(self.value, at, value)
                self.advance()
                if self.kind == "op" and self.value in (".", "("):
                    self.unexpected()
                return name
            return Name(value, at)
        if self.take("("):
            tree = self.expression()
            self.expect(")")
            return tree
        self.unexpected()
        raise AssertionError

    def call(self, function: str, at: int) -> Tree:
        args: list[Tree] = []
        keywords: list[tuple[str, Tree]] = []
        while not self.take(")"):
            argument = self.expression()
            if isinstance(argument, Name) and not argument.of and self.take("="):
                keywords.append((argument.name, self.expression()))
            elif keywords:
                raise ExpressionError("expression-after-keyword", argument.at)
            else:
                args.append(argument)
            if not self.take(","):
                self.expect(")")
                break
        return Call(function, tuple(args), tuple(keywords), at)
