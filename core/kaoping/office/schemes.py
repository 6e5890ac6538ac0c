"""Schemes: which there are, what one says in words, whether a file is one, and whether its worked cases hold."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from kaoping.cases import Case, read_cases, run_case
from kaoping.errors import DataError, KaopingError, Place, Problems, RefusedError, UsageError, nearest
from kaoping.evaluation.plan import Plan, compile_scheme
from kaoping.evaluation.rulebook import Engine
from kaoping.facts.types import Catalogue, Title
from kaoping.facts.values import number_text
from kaoping.office.desk import Desk
from kaoping.office.plugins import loaded, problem_data
from kaoping.plugins import Plugins
from kaoping.scheme.catalogue import base_catalogue, merge_catalogue
from kaoping.scheme.model import Clause, Duration, Expr, ParameterValue, Scheme
from kaoping.scheme.reader import CASES, SUFFIX, read_scheme
from kaoping.texts import Language, has_text, say

_WORD = re.compile(r"'[^']*'|(?<![\w])[^\W\d]\w*")


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


def test(desk: Desk, which: str | None, case: str | None) -> dict[str, Any]:
    """Run the worked cases of a scheme, of a scheme file, or of every scheme, on every engine that can run."""
    plugins = loaded()
    engines = {name: engine for name, engine in plugins.engines.items() if engine.unavailable() is None}
    if which is not None and (which.endswith(SUFFIX) or "/" in which):
        chosen = [read_file(Path(which))]
    else:
        chosen = [plugins.scheme(which)] if which is not None else list(plugins.schemes.values())
    tested: list[dict[str, Any]] = []
    notes = [f"{name}: {engine.unavailable()}" for name, engine in plugins.engines.items() if name not in engines]
    if not engines:
        why = "; ".join(notes) or desk.say("office.no-second-engine")
        notes = [desk.say("office.one-opinion", why=why)]
    for scheme in chosen:
        plan = compile_scheme(scheme, catalogue_with(plugins, scheme))
        cases = [one for one in read_cases(scheme.cases_text, scheme.cases_file) if case in (None, one.id)]
        outcomes = []
        for done, one in enumerate(cases):
            desk.tell(desk.say("office.testing", scheme=scheme.id), done, len(cases))
            outcomes.append((one, _differences(plan, one, list(engines.values()), notes)))
        failures = [
            {"case": one.id, "title": dict(one.title), "differences": found} for one, found in outcomes if found
        ]
        tested.append({"scheme": scheme.id, "edition": scheme.edition, "cases": len(cases), "failures": failures})
    if case is not None and not any(one["cases"] for one in tested):
        known = [known.id for scheme in chosen for known in read_cases(scheme.cases_text, scheme.cases_file)]
        near = nearest(case, known)
        raise UsageError("office.unknown-case", case=case, near=near, hint="common.did-you-mean" if near else None)
    total, failed = sum(one["cases"] for one in tested), sum(len(one["failures"]) for one in tested)
    return {
        "cases": total,
        "passed": total - failed,
        "failed": failed,
        "engines": ["reference", *engines],
        "notes": list(dict.fromkeys(notes)),
        "schemes": [{**one, "passed": one["cases"] - len(one["failures"])} for one in tested],
    }


def _differences(plan: Plan, case: Case, engines: Sequence[Engine], notes: list[str]) -> list[dict[str, str]]:
    """What a case expected and did not get; where engines differ, what each said."""
    try:
        result = run_case(plan, case, engines)
    except RefusedError as error:
        facts = {name: str(value) for name, value in error.facts.items()}
        differing = {"subject": facts["subject"], "what": f"{facts['rule']} ({facts['engine']})"}
        return [{**differing, "expected": facts["ours"], "found": facts["theirs"], "where": ""}]
    notes += [f"{case.id}: {note}" for note in result.notes]
    return [
        {
            "subject": one.subject,
            "what": one.what,
            "expected": one.expected,
            "found": one.found,
            "where": str(one.place),
        }
        for one in result.differences
    ]


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

    def __init__(self, scheme: Scheme, catalogue: Catalogue, language: Language) -> None:
        self._scheme = scheme
        self._language = language
        self._words = {name: title.text(language) for name, title in _titles(scheme, catalogue).items()}
        self._choices = {name: title.text(language) for name, title in _choices(catalogue).items()}

    def expression(self, expr: Expr | None) -> dict[str, str] | None:
        """An expression as written, and read aloud."""
        if expr is None:
            return None
        return {"text": expr.text, "aloud": self.words(expr.text)}

    def words(self, text: str) -> str:
        """A text with titles in place of names, and words in place of operators."""
        return _WORD.sub(lambda match: self._word(match[0]), text)

    def choice(self, value: str) -> str:
        """What a value of a choice is called, or the value."""
        return self._choices.get(value, value)

    def title(self, name: str) -> str:
        """What a name (with ``@`` and a window or item behind it, perhaps) is called."""
        base, *at = name.split("@")
        return " ".join([self._words.get(base) or self.words(base), *(self.choice(one) for one in at)])

    def _word(self, name: str) -> str:
        if name.startswith("'"):
            return f"“{self.choice(name.strip(chr(39)))}”"
        if name in self._words:
            return f"「{self._words[name]}」"
        return say(f"office.aloud-{name}", self._language) if has_text(f"office.aloud-{name}") else name

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


def _choices(catalogue: Catalogue) -> dict[str, Title]:
    """What the values of choices and the items of lists are called, where one name has one title."""
    types = [fact.type for fact in catalogue.facts.values()]
    types += [kind for record in catalogue.records.values() for kind in record.fields.values()]
    named: dict[str, set[Title]] = {}
    for known in (*(kind.choice_titles for kind in types), *(one.items for one in catalogue.lists.values())):
        for value, title in known.items():
            named.setdefault(value, set()).add(title)
    return {value: next(iter(titles)) for value, titles in named.items() if len(titles) == 1}


def _titles(scheme: Scheme, catalogue: Catalogue) -> dict[str, Title]:
    """The title of everything an expression of the scheme may name."""
    known: dict[str, Title] = {}
    groups: Iterable[Mapping[str, Any]] = (
        catalogue.relations,
        {name: kind for (_, name), kind in catalogue.records.items() if name in scheme.records},
        {name: kind for (_, name), kind in catalogue.facts.items() if name in scheme.facts},
        *(roll_up.measures for roll_up in scheme.roll_ups.values()),
        scheme.cohort,
        scheme.measures,
        scheme.parameters,
    )
    for (_, name), record in catalogue.records.items():
        if name in scheme.records:
            known.update(record.field_titles)
    for group in groups:
        known.update({name: thing.title for name, thing in group.items()})
    return {name: title for name, title in known.items() if title.zh}


__all__ = ["Aloud", "catalogue_with", "check", "head", "list_installed", "read_file", "show", "title_data"]
