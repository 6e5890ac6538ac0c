"""Schemes: which there are, what one says in words, whether a file is one, and whether its worked cases hold."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from kaoping.errors import DataError, KaopingError, Place, Problems, UsageError
from kaoping.evaluation.plan import compile_scheme
from kaoping.evaluation.result import number_text
from kaoping.facts.types import Catalogue, Title
from kaoping.office.desk import Desk
from kaoping.office.plugins import loaded, problem_data
from kaoping.plugins import Plugins
from kaoping.scheme.catalogue import base_catalogue, merge_catalogue
from kaoping.scheme.model import Clause, Duration, Expr, ParameterValue, Scheme
from kaoping.scheme.reader import CASES, SUFFIX, read_scheme

_NAME = re.compile(r"(?<!['\w])[^\W\d]\w*(?!['\w])")


def title_data(title: Title) -> dict[str, str]:
    """A title as JSON data, English falling back to Chinese."""
    return {"zh": title.zh, "en": title.en or title.zh}


def list_installed(desk: Desk) -> dict[str, Any]:
    """Every scheme that can be used, and what is wrong with plugins that offer none."""
    plugins = loaded()
    kinds = plugins.catalogue.subject_types
    found = [
        {**head(scheme), "subject_title": title_data(kinds[scheme.subject].title), "plugin": plugin.name}
        for plugin in plugins.found
        for scheme in plugin.schemes
    ]
    problems = [error for plugin in plugins.found for error in problem_data(plugin.problem, desk.language)]
    idle = [plugin.name for plugin in plugins.found if plugin.status in ("inactive", "disabled")]
    return {"schemes": found, "problems": problems, "idle_plugins": idle}


def head(scheme: Scheme) -> dict[str, Any]:
    """What identifies a scheme."""
    return {
        "id": scheme.id,
        "edition": scheme.edition,
        "title": title_data(scheme.title),
        "subject": scheme.subject,
        "period": scheme.period,
        "parts": list(scheme.parts),
        "source": dict(scheme.source),
        "tags": list(scheme.tags),
        "digest": scheme.digest,
    }


def show(desk: Desk, scheme_id: str) -> dict[str, Any]:
    """What a scheme says: parameters, decisions, rules with their clauses, events, what follows."""
    plugins = loaded()
    scheme = plugins.scheme(scheme_id)
    aloud = Aloud(scheme, plugins.catalogue, desk.language)
    return {**head(scheme), "plugin": plugins.owner(scheme_id).name, **aloud.parts(desk.today)}


def check(desk: Desk, file: Path) -> dict[str, Any]:
    """Whether a file is a scheme that can be used: shape, names, types, clashes with what is installed."""
    plugins = loaded()
    try:
        scheme = read_file(file)
        compile_scheme(scheme, catalogue_with(plugins, scheme))
    except KaopingError as error:
        if error.exit_code != 1:
            raise
        return {"file": str(file), "scheme": None, "errors": problem_data(error, desk.language)}
    return {"file": str(file), "scheme": head(scheme), "errors": []}


def read_file(file: Path) -> Scheme:
    """The scheme of a file, with the worked cases beside it.

    Raises:
        UsageError: there is no such file. DataError, Problems: it is not a scheme.
    """
    cases = file.with_name(file.name.removesuffix(SUFFIX) + CASES)
    try:
        text = file.read_text(encoding="utf-8")
        cases_text = cases.read_text(encoding="utf-8") if cases.is_file() else ""
    except (FileNotFoundError, IsADirectoryError) as error:
        raise UsageError("office.no-such-file", file=file) from error
    except UnicodeDecodeError as error:
        raise Problems([DataError("scheme.not-utf8", place=Place(str(file)))]) from error
    return read_scheme(text, str(file), cases_text, str(cases))


def catalogue_with(plugins: Plugins, *schemes: Scheme) -> Catalogue:
    """What may be named when these schemes stand beside (or in place of) the installed ones."""
    own = {scheme.id for scheme in schemes}
    others = [scheme for scheme in plugins.schemes.values() if scheme.id not in own]
    return merge_catalogue(base_catalogue(), [*others, *schemes])


class Aloud:
    """A scheme read aloud: expressions with titles in place of names."""

    def __init__(self, scheme: Scheme, catalogue: Catalogue, language: str) -> None:
        self._scheme = scheme
        self._words = {name: title.text(language) for name, title in _titles(scheme, catalogue).items()}

    def expression(self, expr: Expr | None) -> dict[str, str] | None:
        """An expression as written, and read aloud."""
        if expr is None:
            return None
        return {"text": expr.text, "aloud": _NAME.sub(lambda match: self._words.get(match[0], match[0]), expr.text)}

    def parts(self, day: date) -> dict[str, Any]:
        """Everything the scheme says, parameters as in force on a day."""
        scheme = self._scheme
        grade = scheme.grade
        bands, titles = (grade.bands, grade.titles) if grade else ((), {})
        return {
            "in_force": [None if end is None else end.isoformat() for end in scheme.in_force],
            "decisions": [
                {"id": decision.id, "title": title_data(decision.title), "why": title_data(decision.why)}
                for decision in scheme.decisions.values()
            ],
            "parameters": [
                {
                    "id": parameter.id,
                    "title": title_data(parameter.title),
                    "value": _value(parameter.on(day)),
                    "unit": parameter.unit,
                    "values": [
                        {"from": None if since is None else since.isoformat(), "value": _value(value)}
                        for since, value in parameter.values
                    ],
                    **_clause(parameter.clause),
                }
                for parameter in scheme.parameters.values()
            ],
            "measures": [
                {"id": measure.id, "title": title_data(measure.title), "unit": measure.unit, "form": measure.form}
                | {"value": self.expression(measure.value), "for_each": list(measure.for_each)}
                | {"weigh": [[self.expression(what), self.expression(weight)] for what, weight in measure.weigh]}
                | {"round": measure.round, **_clause(measure.clause)}
                for measure in scheme.measures.values()
            ],
            "gates": [self._rule(gate.id, gate.title, gate.needs, gate.clause) for gate in scheme.gates.values()],
            "criteria": [
                {**self._rule(one.id, one.title, one.require, one.clause), "severity": one.severity}
                | {"for_each": list(one.for_each)}
                for one in scheme.criteria.values()
            ],
            "bands": [
                {
                    "grade": band.grade,
                    "title": title_data(titles.get(band.grade, Title(band.grade))),
                    "when": self.expression(band.when),
                }
                for band in bands
            ],
            "vetoes": [
                {**self._rule(veto.id, veto.title, veto.when, veto.clause)}
                | {"at_most": veto.at_most or None, "becomes": veto.becomes or None}
                for veto in (grade.vetoes if grade else ())
            ],
            "cohort": [
                {"id": rule.id, "title": title_data(rule.title), "for_each": rule.for_each or None}
                | {"by": [self.expression(by) for by, _ in rule.by], **_clause(rule.clause)}
                for rule in scheme.cohort.values()
            ],
            "consequences": [
                {**self._rule(rule.id, rule.title, rule.when, rule.clause), "to": list(rule.to), "kind": rule.kind}
                for rule in scheme.consequences.values()
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

    def _rule(self, name: str, title: Title, when: Expr | None, clause: Clause) -> dict[str, Any]:
        return {"id": name, "title": title_data(title), "when": self.expression(when), **_clause(clause)}


def _clause(clause: Clause) -> dict[str, Any]:
    return {"clause": clause.source or None, "decisions": list(clause.decisions)}


def _value(value: ParameterValue | None) -> Any:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, Duration):
        return {"months": value.months} if value.months else {"days": value.days}
    return number_text(value)


def _titles(scheme: Scheme, catalogue: Catalogue) -> dict[str, Title]:
    """The title of everything an expression of the scheme may name."""
    known: dict[str, Title] = {}
    groups: Iterable[Mapping[str, Any]] = (
        catalogue.relations,
        {name: kind for (_, name), kind in catalogue.records.items() if name in scheme.records},
        {name: kind for (_, name), kind in catalogue.facts.items() if name in scheme.facts},
        scheme.cohort,
        scheme.measures,
        scheme.parameters,
    )
    for kind in catalogue.records.values():
        known.update(kind.field_titles)
    for group in groups:
        known.update({name: thing.title for name, thing in group.items()})
    return {name: title for name, title in known.items() if title.zh}


__all__ = ["Aloud", "catalogue_with", "check", "head", "list_installed", "read_file", "show", "title_data"]
