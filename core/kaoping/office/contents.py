"""What a scheme says, part by part, as JSON data."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

from kaoping.facts.types import Title
from kaoping.facts.values import value_text
from kaoping.insight.explain import grade_form
from kaoping.office.aloud import Aloud
from kaoping.office.titles import title_data
from kaoping.scheme.model import (
    Clause,
    CohortRule,
    ConsequenceRule,
    Duration,
    Expr,
    GradeRules,
    ParameterValue,
    RollUp,
    Scale,
    Scheme,
)


def contents(scheme: Scheme, aloud: Aloud, day: date) -> dict[str, Any]:
    """Everything the scheme says, parameters as in force on a day."""
    when = partial(aloud.expression, section=scheme.subject)
    return {
        "in_force": [None if end is None else end.isoformat() for end in scheme.in_force],
        "decisions": [
            {"id": decision.id, "number": number}
            | {"title": title_data(decision.title), "why": title_data(decision.why)}
            | {"parameters": list(decision.parameters)}
            for number, decision in enumerate(scheme.decisions.values(), 1)
        ],
        "parameters": [
            {
                "id": parameter.id,
                "title": title_data(parameter.title),
                "value": amount_data(parameter.on(day)),
                "unit": parameter.unit,
                "own": amount_data(replace(parameter, values=parameter.own).on(day)) if parameter.own else None,
                "one_of": list(parameter.one_of),
                "titles": {choice: title_data(title) for choice, title in parameter.titles.items()},
                "values": [
                    {"from": None if since is None else since.isoformat(), "value": amount_data(value)}
                    for since, value in parameter.values
                ],
                **_clause(parameter.clause),
            }
            for parameter in scheme.parameters.values()
        ],
        "scales": [_scale(scale) for scale in scheme.scales.values()],
        "gates": [_rule(when(gate.needs), gate.id, gate.title, gate.clause) for gate in scheme.gates.values()],
        **_judging(scheme, scheme.subject, aloud),
        "roll_ups": [
            {"id": kind, "title": title_data(aloud.words.catalogue.subject_types[kind].title)}
            | _judging(roll_up, kind, aloud)
            for kind, roll_up in scheme.roll_ups.items()
        ],
        "cohort": [
            {"id": rule.id, "title": title_data(rule.title), "for_each": rule.for_each or None}
            | {"by": [when(by, grain=_grain(rule)) for by, _ in rule.by], **_clause(rule.clause)}
            for rule in scheme.cohort.values()
        ],
        "accounts": [
            {"id": account.id, "title": title_data(account.title), "of": account.of, "unit": account.unit}
            for account in scheme.accounts.values()
        ],
        "events": [
            {"id": event.id, "title": title_data(event.title), "of": event.of, "fields": list(event.fields)}
            for event in scheme.events.values()
        ],
    }


def _judging(part: Scheme | RollUp, subject: str, aloud: Aloud) -> dict[str, Any]:
    """What is reckoned, asked and given of a scheme's subjects, or of those their results are rolled up to."""
    when, grade = partial(aloud.expression, section=subject), part.grade
    bands, titles = (_bands(grade), grade.titles) if grade else ([], {})
    return {
        "measures": [
            {"id": measure.id, "title": title_data(measure.title), "unit": measure.unit, "form": measure.form}
            | {"value": measure.value.text if measure.value else None, "aloud": aloud.measure(measure, subject)}
            | {
                "weigh": [[what.text, weight.text] for what, weight in measure.weigh],
                "for_each": list(measure.for_each),
            }
            | {"round": measure.round, **_clause(measure.clause)}
            for measure in part.measures.values()
        ],
        "criteria": [
            {**_rule(when(one.require, grain=one.for_each), one.id, one.title, one.clause), "severity": one.severity}
            | {"for_each": list(one.for_each)}
            | {"points": when(one.points, grain=one.for_each), "earns": when(one.earns, grain=one.for_each)}
            for one in part.criteria.values()
        ],
        "grade_form": grade_form(grade),
        "bands": [
            {"grade": name, "title": title_data(titles.get(name, Title(name))), "when": when(condition)}
            | {"by_veto": bool(grade and name in grade.by_veto)}
            for name, condition in bands
        ],
        "vetoes": [
            {**_rule(when(veto.when), veto.id, veto.title, veto.clause)}
            | {"at_most": veto.at_most or None, "becomes": veto.becomes or None}
            for veto in (grade.vetoes if grade else ())
        ],
        "consequences": [
            {**_rule(when(rule.when, grain=_grain(rule)), rule.id, rule.title, rule.clause), "to": list(rule.to)}
            | {"kind": rule.kind}
            for rule in part.consequences.values()
        ],
    }


def _bands(grade: GradeRules) -> list[tuple[str, Expr | None]]:
    """Each grade and when it is given: by its band, by what it is taken from, or by a veto only."""
    if grade.taken:
        return [(name, grade.taken) for name in grade.merit]
    return [*((band.grade, band.when) for band in grade.bands), *((name, None) for name in grade.by_veto)]


def _rule(when: dict[str, str] | None, name: str, title: Title, clause: Clause) -> dict[str, Any]:
    return {"id": name, "title": title_data(title), "when": when, **_clause(clause)}


def _grain(rule: CohortRule | ConsequenceRule) -> tuple[str, ...]:
    return (rule.for_each,) if rule.for_each else ()


def _clause(clause: Clause) -> dict[str, Any]:
    return {"clause": clause.source or None, "decisions": list(clause.decisions)}


def _scale(scale: Scale) -> dict[str, Any]:
    rows = [{"keys": [str(key) for key in row.keys], "gives": row.gives.text} for row in scale.rows]
    none = scale.no_row if isinstance(scale.no_row, str) else scale.no_row.text
    return {
        "id": scale.id,
        "title": title_data(scale.title),
        "unit": scale.unit,
        "form": scale.form,
        "bounds": [bound.text for bound in scale.bounds],
        "gives": [value.text for value in scale.gives],
        "points": [[x.text, y.text] for x, y in scale.points],
        "keys": list(scale.keys),
        "rows": rows,
        "no_row": none or None,
        **_clause(scale.clause),
    }


def amount_data(value: ParameterValue | None) -> Any:
    """A value of a parameter as JSON data: a length of time by its months or days."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, Duration):
        count, _, unit = str(value).partition(" ")
        return {unit: int(count)}
    return value_text(value)
