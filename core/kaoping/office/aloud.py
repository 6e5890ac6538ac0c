"""Schemes read aloud: titles stand where expressions have names, words where they have operators."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from kaoping.facts.types import Catalogue, Title
from kaoping.scheme.model import Criterion, Expr, Scheme
from kaoping.texts import Language, has_text, say

_WORD = re.compile(r"'[^']*'|(?<![\w])[^\W\d]\w*")


class Aloud:
    """A scheme read aloud: expressions with titles in place of names."""

    def __init__(self, scheme: Scheme, catalogue: Catalogue, language: Language) -> None:
        self._scheme = scheme
        self._language = language
        self._words = {name: title.text(language) for name, title in _titles(scheme, catalogue).items()}
        self._criteria = {name: rule.title.text(language) for name, rule in _criteria(scheme).items()}
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
        return " ".join([self._words.get(base) or self.words(base), *(self._place(one) for one in at)])

    def _place(self, name: str) -> str:
        """What a window, an item or a criterion is called."""
        return self._criteria.get(name) or self.choice(name)

    def _word(self, name: str) -> str:
        if name.startswith("'"):
            return f"“{self.choice(name.strip(chr(39)))}”"
        if name in self._words:
            return f"「{self._words[name]}」"
        return say(f"office.aloud-{name}", self._language) if has_text(f"office.aloud-{name}") else name


def _criteria(scheme: Scheme) -> dict[str, Criterion]:
    """Every criterion, a parent's too."""
    return {name: rule for one in scheme.roll_ups.values() for name, rule in one.criteria.items()} | dict(
        scheme.criteria
    )


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
