"""A draw among equals: the fact its lots are entered as is there by itself, for each window the rule has."""

from datetime import date

from kaoping.evaluation.compile import compile_scheme
from kaoping.evaluation.run import Evaluation
from kaoping.evaluation.values import MAYBE
from kaoping.facts.frame import Frame, Subject
from kaoping.facts.periods import parse_period
from kaoping.scheme.catalogue import base_catalogue, merge_catalogue
from kaoping.scheme.reader import read_scheme

SCHEME = read_scheme(
    """
scheme: best-estate
edition: "1"
title: {zh: 最佳小区, en: Best estate}
source: {document: 测试}
subject: estate
period: year
facts:
  points_won: {type: number, min: 0, max: 100, for_each: quarters, title: {zh: 得分, en: Points won}}
cohort:
  winner: {for_each: quarters, by: points_won, then: [draw], top: 1, source: 一, title: {zh: 季度第一, en: First}}
""",
    "best-estate.yaml",
)
CATALOGUE = merge_catalogue(base_catalogue(), [SCHEME])
PERIOD = parse_period("2025")


def winners(quarter: str, lots: dict[str, dict[str, int]]) -> dict[str, object]:
    """Who is first among two equals; `lots`: subject to quarter to lot."""
    values: dict = {}
    for name in ("a", "b"):
        values[name, "points_won"] = {(q.text, ""): 80 for q in PERIOD.parts("quarters")}
        values[name, "winner_draw"] = {(q, ""): lot for q, lot in lots.get(name, {}).items()}
    subjects = {name: Subject(name, "estate", name) for name in ("a", "b")}
    frame = Frame(PERIOD, date(2026, 1, 5), subjects, values, closed=frozenset({"2025"}))
    evaluation = Evaluation(compile_scheme(SCHEME, CATALOGUE), frame)
    return dict(evaluation.cohort.places("winner", quarter).outcomes)


def test_the_lots_are_a_fact_that_nobody_declared() -> None:
    lot = CATALOGUE.facts["estate", "winner_draw"]
    assert (lot.title.zh, lot.title.en) == ("抽签序号：季度第一", "Lot drawn for: First")
    assert (lot.type.kind, lot.type.minimum, lot.for_each, lot.optional) == ("integer", 1, ("quarters",), True)


def test_without_lots_the_place_of_equals_stays_open() -> None:
    assert winners("2025Q1", {}) == {"a": MAYBE, "b": MAYBE}


def test_the_smallest_lot_of_the_window_wins_and_says_nothing_of_other_windows() -> None:
    lots = {"a": {"2025Q1": 2}, "b": {"2025Q1": 1}}
    assert winners("2025Q1", lots) == {"a": False, "b": True}
    assert winners("2025Q2", lots) == {"a": MAYBE, "b": MAYBE}
