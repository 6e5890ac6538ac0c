"""A scheme read aloud: its rules in plain words, and what the names and choices that a result shows are called."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from kaoping.facts.types import Catalogue, Title
from kaoping.insight.explain import OPEN
from kaoping.office.titles import lists_of
from kaoping.scheme.model import Criterion, Expr, Measure, RollUp, Scheme
from kaoping.scheme.prose import Rules, Words
from kaoping.texts import Language, has_text, say

_CALL = re.compile(r"(\w+)\((\w+)\)")


class Aloud:
    """A scheme read aloud in one language, with the values in force on a day."""

    def __init__(self, scheme: Scheme, catalogue: Catalogue, language: Language, day: date | None = None) -> None:
        self.words = Words(scheme, catalogue, language, day)
        self._scheme = scheme
        self._language = language
        self._rules = Rules(self.words)
        own = self.words.catalogue  # other schemes' types may have another fact of the same name
        self._titles = {name: title.text(language) for name, title in _titles(scheme, own).items()}
        self._criteria = {name: rule.title.text(language) for name, rule in _criteria(scheme).items()}
        self._choices = {name: title.text(language) for name, title in _choices(scheme, own).items()}

    def expression(self, expr: Expr | None, section: str, grain: Iterable[str] = ()) -> dict[str, str] | None:
        """An expression of a subject type's section as written, and read aloud."""
        if expr is None:
            return None
        return {"text": expr.text, "aloud": self.words.expression(expr, section, grain)}

    def measure(self, rule: Measure, section: str) -> str:
        """How a measure is reckoned."""
        return self._rules.how(rule, rule.of or section)

    def rule(self, kind: str, found: Mapping[str, Any], section: str) -> str:
        """A rule of an explanation: ``measures`` · ``gates`` · ``criteria`` · ``bands`` · ``vetoes`` · ``cohort``."""
        scheme = self._scheme
        part: Scheme | RollUp = scheme if section == scheme.subject else scheme.roll_ups[section]
        if kind == "measures":
            return self.measure(part.measures[found["id"]], section)
        if kind == "criteria":
            criterion = part.criteria[found["id"]]
            return self.words.expression(criterion.require, section, criterion.for_each)
        if kind == "gates":
            return self.words.expression(scheme.gates[found["id"]].needs, section)
        if kind == "cohort":
            rule = scheme.cohort[found["id"]]
            return self.words.expression(rule.by[0][0], section, (rule.for_each,) if rule.for_each else ())
        rules = part.grade
        if rules is None:
            return ""
        bands = dict.fromkeys(rules.merit, rules.taken) | {band.grade: band.when for band in rules.bands}
        vetoes = {veto.id: veto.when for veto in rules.vetoes}
        return self.words.expression(vetoes.get(found["id"]) if kind == "vetoes" else bands[found["grade"]], section)

    def choice(self, value: str) -> str:
        """What a value of a choice is called, or the value."""
        return self._choices.get(value, value)

    def title(self, name: str) -> str:
        """What a name (with ``@`` and a window or item behind it, perhaps) is called."""
        base, *at = name.split("@")
        return " ".join([self._titles.get(base) or self._called(base), *(self._place(one) for one in at)])

    def _place(self, name: str) -> str:
        """What a window, an item or a criterion is called."""
        return self._criteria.get(name) or self.choice(name)

    def _called(self, text: str) -> str:
        """A register that is open, a function of one name (``count(fire)``), or a name without a title, in words."""
        register = text.removesuffix(OPEN)
        if register != text:
            return say("office.register-open", self._language, register=self._word(register))
        call = _CALL.fullmatch(text)
        if call and has_text(f"office.aloud-of-{call[1]}"):
            return say(f"office.aloud-of-{call[1]}", self._language, name=self._word(call[2]))
        return self._word(text)

    def _word(self, name: str) -> str:
        if name in self._titles:
            return say("office.aloud-named", self._language, title=self._titles[name])
        return say(f"office.aloud-{name}", self._language) if has_text(f"office.aloud-{name}") else name


def _criteria(scheme: Scheme) -> dict[str, Criterion]:
    """Every criterion, a parent's too."""
    return {name: rule for one in scheme.roll_ups.values() for name, rule in one.criteria.items()} | dict(
        scheme.criteria
    )


def _choices(scheme: Scheme, catalogue: Catalogue) -> dict[str, Title]:
    """What the scheme's values of choices and items of lists are called, where one name has one title."""
    types = [fact.type for (_, name), fact in catalogue.facts.items() if name in scheme.facts]
    records = [record for (_, name), record in catalogue.records.items() if name in scheme.records]
    types += [kind for record in records for kind in record.fields.values()]
    named: dict[str, set[Title]] = {}
    for known in (*(kind.choice_titles for kind in types), *(one.items for one in lists_of(scheme, catalogue))):
        for value, title in known.items():
            named.setdefault(value, set()).add(title)
    return {value: next(iter(titles)) for value, titles in named.items() if len(titles) == 1}


def _titles(scheme: Scheme, catalogue: Catalogue) -> dict[str, Title]:
    """The title of everything an expression of the scheme may name."""
    known: dict[str, Title] = {}
    groups: Iterable[Mapping[str, Any]] = (
        catalogue.calendars,
        catalogue.lists,
        {one.inverse: catalogue.subject_types[one.of] for one in catalogue.relations.values() if one.inverse},
        catalogue.relations,
        {name: kind for (_, name), kind in catalogue.records.items() if name in scheme.records},
        {name: kind for (_, name), kind in catalogue.facts.items() if name in scheme.facts},
        *(roll_up.measures for roll_up in scheme.roll_ups.values()),
        scheme.cohort,
        scheme.measures,
        scheme.parameters,
        scheme.scales,
    )
    for (_, name), record in catalogue.records.items():
        if name in scheme.records:
            known.update(record.field_titles)
    for group in groups:
        known.update({name: thing.title for name, thing in group.items()})
    return {name: title for name, title in known.items() if title.zh}
