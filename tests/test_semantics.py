"""The tables of docs/semantics.md, executed by every engine that can say anything about a row."""

import os
from fractions import Fraction
from pathlib import Path

import pytest
from small_schemes import read_given

from kaoping.evaluation.rules import rulebooks
from kaoping.evaluation.run import Evaluation
from kaoping.evaluation.values import NO_VALUE, Choices, Range
from kaoping_sql.accounts import accounts
from kaoping_sql.words import NoFormError

PAGE = Path(__file__).parent.parent / "docs" / "semantics.md"


def rows():
    found = []
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("|") and len(cells) == 4 and cells[0] not in ("expression", "---"):
            found.append(tuple(cells))
    return found


def number(text):
    return Fraction(text) if text else None


def wanted(text):
    if text in ("true", "false"):
        return text == "true"
    if text == "none":
        return NO_VALUE
    if text == "true/false":
        return Choices(frozenset({True, False}))
    if ".." in text:
        low, _, high = text.partition("..")
        return Range(number(low), number(high))
    return Fraction(text)


def is_truth(text):
    return text in ("true", "false", "true/false")


def test_the_page_has_tables_to_execute():
    assert len(rows()) > 80


@pytest.mark.parametrize(("expression", "given", "entry", "gives"), rows())
def test_the_reference_engine_gives_what_the_page_says(expression, given, entry, gives):
    found = read_given(given)
    plan = found.plan(expression)
    evaluation = Evaluation(plan, found.frame(closed=entry == "closed"))
    value = evaluation.machine.measure("estate", "it", "e", evaluation.context(plan.main, "e"))
    assert value == wanted(gives)


def other_engines():
    from kaoping_durable import kaoping_engines

    return [engine for engine in kaoping_engines() if engine.unavailable() is None]


@pytest.mark.parametrize("engine", other_engines(), ids=lambda engine: engine.name)
def test_other_engines_judge_every_truth_of_the_page_alike(engine):
    for expression, given, entry, gives in rows():
        if not is_truth(gives):
            continue
        found = read_given(given)
        evaluation = Evaluation(found.plan(expression, boolean=True), found.frame(closed=entry == "closed"))
        book = rulebooks(evaluation)[0]
        opinion = next(iter(engine.judge(book.book, [book.row(evaluation, "e")])))
        grades = {"true": {"A"}, "false": {"D"}, "true/false": {"A", "D"}}[gives]
        assert (expression, given, opinion.grades) == (expression, given, frozenset(grades))


SLOW = bool(os.environ.get("KAOPING_SLOW"))  # then every row: five seconds
NO_FORM = ("lookup(s, a)", "results", "previous(it", "baseline(it", "workdays")
"""What expressions of the page have that no database is asked."""


def test_sql_gives_what_the_page_says_but_for_what_it_refuses():
    asked = [row for row in rows() if SLOW or row[0].startswith(("streak", "longest_gap"))]
    for expression, given, entry, gives in asked:
        found = read_given(given)
        try:
            (account,) = accounts(found.plan(expression), found.frame(closed=entry == "closed"), points=False)
        except NoFormError:
            assert any(part in expression for part in NO_FORM)
        else:
            assert (expression, given, account.measures["it", ""]) == (expression, given, wanted(gives))
    assert len(asked) >= 15
