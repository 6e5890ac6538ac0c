"""Reports made from stored evaluations."""

from __future__ import annotations

from typing import Any

from kaoping.errors import UsageError
from kaoping.evaluation.result import Shown, SubjectResult
from kaoping.facts.periods import WINDOWS, parse_period
from kaoping.office.desk import Desk
from kaoping.office.evaluations import show
from kaoping.office.kept import read_kept
from kaoping.office.periods import read_period
from kaoping.office.titles import title_data
from kaoping.scheme.model import CohortRule, Scheme
from kaoping.store.connection import Store
from kaoping.store.evaluations import Evaluation, list_evaluations, read_evaluation, read_result


def rank(desk: Desk, scheme_id: str, period: str, *, evaluation: int | None) -> dict[str, Any]:
    """The subjects of an evaluation in order: by the scheme's own ranking, else by score, else by grade."""
    with desk.opened() as store:
        found = find_evaluation(desk, store, scheme_id, period, evaluation)
        period = found.period  # a campaign may have been named by its year
        scheme = read_kept(store, found).scheme
        result = read_result(store, found.id)
    data = show(desk, found.id)
    rule = _ranking_rule(scheme, period)
    places = _places(result.results, rule, period)
    values = {one.subject: _value(one, rule, period) for one in result.results}
    merit = list(data["titles"]["grades"])
    rows = [
        {**row, "place": places.get(row["subject"]), "ranked_value": values[row["subject"]]} for row in data["results"]
    ]
    rows.sort(key=lambda row: _order(row, merit))
    windows: dict[str, dict[str, None]] = {}
    for row in rows:
        for name, won in row["cohort"].items():
            windows.setdefault(name, {}).update(dict.fromkeys(won))
    kept = {"results", "rolled_up"}
    return {
        **{name: value for name, value in data.items() if name not in kept},
        "ranked_by": _ranked_by(scheme, rule, data["titles"]["facts"]),
        "columns": {name: list(found) for name, found in windows.items()},
        "unranked": sum(row["place"] is None for row in rows),
        "ranking": [{name: value for name, value in row.items() if name != "consequences"} for row in rows],
    }


def find_evaluation(desk: Desk, store: Store, scheme_id: str, period: str, number: int | None) -> Evaluation:
    """The latest evaluation of a scheme and period, or the one of a number.

    Raises:
        UsageError: there is none; or the one of that number is of another scheme or period.
    """
    if number is not None:
        found = read_evaluation(store, number)
        if (found.scheme, found.period) != (scheme_id, period):
            raise UsageError("office.other-evaluation", evaluation=number, scheme=found.scheme, period=found.period)
        return found
    stored = list_evaluations(store, scheme_id, period)
    if not stored:
        plugins = desk.plugins  # a scheme that was removed may still have evaluations; one that never was is misspelt
        span = read_period(plugins.scheme(scheme_id), period)
        stored = list_evaluations(store, scheme_id, span.text)
        if not stored:
            raise UsageError("office.not-evaluated", scheme=scheme_id, period=span.text)
    return stored[-1]


def _ranking_rule(scheme: Scheme, period: str) -> CohortRule | None:
    """The rule whose places are the ranking: of the whole period, or of the windows of a part period."""
    kind = parse_period(period).kind
    part = kind != scheme.period
    fitting = [
        rule for rule in scheme.cohort.values() if (WINDOWS.get(rule.for_each) == kind if part else not rule.for_each)
    ]
    return next((rule for rule in fitting if rule.bottom is None), None)


def _places(results: tuple[SubjectResult, ...], rule: CohortRule | None, period: str) -> dict[str, int]:
    if rule:
        at = period if rule.for_each else ""
        return {one.subject: one.ranks[rule.id][at] for one in results if at in one.ranks.get(rule.id, {})}
    scores = sorted((one.score for one in results if one.score is not None), reverse=True)
    return {one.subject: scores.index(one.score) + 1 for one in results if one.score is not None}


def _value(found: SubjectResult, rule: CohortRule | None, period: str) -> Shown:
    key = rule.by[0][0] if rule else None
    values = found.values.get(key.text.strip(), {}) if key else {}
    return values.get(period if rule and rule.for_each else "")


def _ranked_by(scheme: Scheme, rule: CohortRule | None, facts: dict[str, Any]) -> dict[str, Any] | None:
    name = rule.by[0][0].text.strip() if rule and rule.by[0][0] else scheme.grade.score if scheme.grade else ""
    if not name:
        return None
    measure = scheme.measures.get(name)
    return {"name": name, "title": title_data(measure.title) if measure else facts.get(name, {"zh": name, "en": name})}


def _order(row: dict[str, Any], merit: list[str]) -> tuple[int, int, str]:
    grade = merit.index(row["grade"]) if row["grade"] in merit else len(merit)
    return (row["place"] or 10**9, grade, row["subject"])
