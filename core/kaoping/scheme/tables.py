"""Decision tables: text pasted from a sheet, with DMN's hit policies.

Columns are parted by ``|``, conditions from results by ``||``; the first line names the inputs (expressions) and the
results. A cell of a condition is ``-`` (anything), a constant, ``< <= > >= !=`` and a constant, ``a..b`` (both
included), ``not x``, or several of these parted by commas; a bare name is a parameter where there is one of that
name, else a text.
"""

from __future__ import annotations

import re
from fractions import Fraction

from kaoping.errors import DataError, Place
from kaoping.scheme import expressions as tree
from kaoping.scheme.expressions import ExpressionError, Tree, parse
from kaoping.scheme.model import Constant, DecisionTable, Expr, TableRow

HITS = (
    "unique",
    "any",
    "first",
    "priority",
    "output_order",
    "rule_order",
    "all",
    "collect sum",
    "collect min",
    "collect max",
    "collect count",
)
LISTS = ("output_order", "rule_order", "all")
MOST_ROWS, MOST_COLUMNS = 500, 30
_COMPARED = re.compile(r"(<=|>=|!=|<|>)\s*(.+)", re.DOTALL)
_BETWEEN = re.compile(r"(.+?)\.\.(.+)", re.DOTALL)
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


class TableError(Exception):
    """The text is no table; carries the error."""

    def __init__(self, error: DataError) -> None:
        self.error = error
        super().__init__(str(error))


def constant(text: str) -> Constant:
    """A cell's constant: a number, a truth, or a text with or without quotes."""
    if _NUMBER.fullmatch(text):
        return int(text) if text.lstrip("-").isdigit() else Fraction(text)
    if text in ("true", "false"):
        return text == "true"
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        return text[1:-1]
    return text


def read_table(text: str, place: Place, parameters: frozenset[str] | set[str], hit: str = "unique") -> DecisionTable:
    """The table a text writes; `place` is that of its first line.

    Raises:
        TableError: the first thing wrong in it.
    """
    lines = [(number, line) for number, line in enumerate(text.splitlines()) if line.strip()]
    if len(lines) < 2:
        raise _error("table-empty", place)
    if len(lines) > MOST_ROWS + 1:
        raise _error("table-too-large", place, rows=MOST_ROWS)
    inputs, results = parts_of(lines[0][1], _line(place, lines[0][0]))
    if not results or len(inputs) + len(results) > MOST_COLUMNS:
        raise _error("table-head", place)
    expressions = [_tree(head, _line(place, lines[0][0])) for head in inputs]
    rows = []
    for number, line in lines[1:]:
        where = _line(place, number)
        cells, gives = parts_of(line, where)
        if len(cells) != len(inputs) or len(gives) != len(results):
            raise _error(
                "table-row", where, wanted=f"{len(inputs)} || {len(results)}", found=f"{len(cells)} || {len(gives)}"
            )
        tests = []
        for expression, head, cell in zip(expressions, inputs, cells, strict=True):
            if cell != "-":
                tests.append(_cell(expression, head, cell, where, parameters))
        when = tests[0] if len(tests) == 1 else tree.Logic("and", tuple(tests), 0) if tests else None
        rows.append(TableRow(Expr(line.strip(), when, where) if when else None, tuple(map(constant, gives)), where))
    return DecisionTable(tuple(inputs), tuple(results), tuple(rows), hit)


def _error(key: str, place: Place, **facts: object) -> TableError:
    return TableError(DataError(f"scheme.{key}", place=place, **facts))  # type: ignore[arg-type]  # facts fill the text


def _line(place: Place, number: int) -> Place:
    return Place(place.file, None if place.line is None else place.line + number, place.column)


def parts_of(line: str, place: Place) -> tuple[list[str], list[str]]:
    """The cells before and behind ``||``."""
    before, bar, after = line.partition("||")
    if not bar or "||" in after:
        raise _error("table-bar", place)
    return [cell.strip() for cell in before.split("|")], [cell.strip() for cell in after.split("|")]


def _tree(text: str, place: Place) -> Tree:
    try:
        return parse(text)
    except ExpressionError as error:
        raise _error(error.key, place, **error.facts) from None


def _cell(expression: Tree, head: str, cell: str, place: Place, parameters: frozenset[str] | set[str]) -> Tree:
    """The condition a cell puts on its input."""
    if not cell or cell in ("<", "<=", ">", ">=", "!=", "not", ".."):
        raise _error("table-cell", place, cell=cell, head=head)
    if cell.startswith("not "):
        return tree.Negation(_cell(expression, head, cell[4:].strip(), place, parameters), 0)
    choices = _split(cell)
    if len(choices) > 1:
        return tree.Logic("or", tuple(_cell(expression, head, c, place, parameters) for c in choices), 0)
    if match := _COMPARED.fullmatch(cell):
        return tree.Comparison(match[1], expression, _value(match[2].strip(), head, place, parameters), 0)
    if not cell.startswith(("'", '"')) and (match := _BETWEEN.fullmatch(cell)):
        low, high = (_value(end.strip(), head, place, parameters) for end in match.groups())
        above, below = tree.Comparison("<=", low, expression, 0), tree.Comparison("<=", expression, high, 0)
        return tree.Logic("and", (above, below), 0)
    return tree.Comparison("==", expression, _value(cell, head, place, parameters), 0)


def _split(cell: str) -> list[str]:
    """A cell at its commas, those inside quotes left alone."""
    return [part.strip() for part in re.findall(r"(?:'[^']*'|\"[^\"]*\"|[^,])+", cell)]


def _value(text: str, head: str, place: Place, parameters: frozenset[str] | set[str]) -> Tree:
    if not text:
        raise _error("table-cell", place, cell=text, head=head)
    return value_tree(text, parameters)


def value_tree(text: str, parameters: frozenset[str] | set[str]) -> Tree:
    """A parameter where there is one of this name, else a constant."""
    if text in parameters:
        return tree.Name(text, 0)
    found = constant(text)
    if isinstance(found, bool):
        return tree.Truth(found, 0)
    if isinstance(found, str):
        return tree.Text(found, 0)
    return tree.Negative(tree.Number(-found, 0), 0) if found < 0 else tree.Number(found, 0)
