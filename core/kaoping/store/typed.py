"""Stored texts as plain values of the type the catalogue gives them; each text is read once."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from kaoping.errors import DataError, KaopingError, Problems
from kaoping.facts.frame import Plain
from kaoping.facts.types import Catalogue, Title, ValueType
from kaoping.facts.values import read_value

MOST_PROBLEMS = 50


class Typed(dict[str, Plain]):
    """Texts of one fact or field and the values they stand for; asked for a new text it reads it.

    Raises:
        DataError: from asking, when the text does not fit the type any more.
    """

    def __init__(self, kind: ValueType, title: Title, *, holds: bool = False) -> None:
        super().__init__()
        self.kind = kind
        self.title = title
        self.holds = holds

    def __missing__(self, text: str) -> Plain:
        value = self[text] = stored_value(text, self.kind, self.title)
        return value


def stored_value(text: str, kind: ValueType, title: Title) -> Plain:
    """The value a stored text stands for.

    Raises:
        DataError: it does not fit the type any more.
    """
    if "/" in text and kind.kind == "number":  # entered numbers end; what a program worked out may not
        return Fraction(text)
    return read_value(text, kind, title=title)


class Typing:
    """The types of one fact or record for subjects of every type, looked up once each."""

    def __init__(self, catalogue: Catalogue, name: str) -> None:
        self.catalogue = catalogue
        self.name = name
        self._facts: dict[str, Typed | None] = {}
        self._fields: dict[str, Mapping[str, Typed]] = {}

    def fact(self, subject_type: str) -> Typed | None:
        """The type of the fact, or None where such subjects have none of this name."""
        if subject_type not in self._facts:
            found = self.catalogue.fact(subject_type, self.name)
            self._facts[subject_type] = None if found is None else Typed(found.type, found.title, holds=found.holds)
        return self._facts[subject_type]

    def fields(self, subject_type: str) -> Mapping[str, Typed] | None:
        """The types of the record's fields, or None where such subjects have no such record."""
        if subject_type not in self._fields:
            found = self.catalogue.record(subject_type, self.name)
            titles = found.field_titles if found else {}
            self._fields[subject_type] = {
                field: Typed(kind, titles.get(field, Title(field)))
                for field, kind in (found.fields if found else {}).items()
            }
        return self._fields[subject_type] or None


class Misfits:
    """Stored values that do not fit the catalogue any more, gathered to be told together."""

    def __init__(self) -> None:
        self.problems: list[KaopingError] = []

    def add(self, what: str, text: str, error: DataError, fed: str = "") -> None:
        """Note one, of a fact that another scheme feeds by its name; a long list is told at once."""
        key = "store.misfit-fed" if fed else "store.misfit"
        self.problems.append(DataError(key, what=what, text=text, why=_Why(error), name=fed))
        if len(self.problems) == MOST_PROBLEMS:
            self.tell()

    def tell(self) -> None:
        """Raise what was noted, if anything was."""
        if self.problems:
            raise Problems(self.problems)


class _Why:
    """An error's own text in whichever language the text around it is in."""

    def __init__(self, error: KaopingError) -> None:
        self.zh = error.text("zh")
        self.en = error.text("en")
