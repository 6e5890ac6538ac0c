"""What may be entered, in words: ``数 0～100，分``, ``one of: Main, None``."""

from __future__ import annotations

from kaoping.facts.types import Title, ValueType
from kaoping.facts.values import number_text
from kaoping.texts import Language, has_text, say


def form_words(kind: ValueType, language: Language) -> str:
    """What one value may be, in a language."""

    def told(key: str, **facts: str) -> str:
        return say(f"prose.{key}", language, **facts)

    if kind.kind == "choice":
        titles = [kind.choice_titles.get(name, Title(name)).text(language) or name for name in kind.choices]
        text = told("choose", choices=told("comma").join(titles))
        return text + (told("or-undetermined") if kind.undetermined else "")
    text = told(f"type-{kind.kind}")
    if kind.one_of:
        text += told("one-of", values=told("comma").join(number_text(number) for number in kind.one_of))
    low = "" if kind.minimum is None else number_text(kind.minimum)
    high = "" if kind.maximum is None else number_text(kind.maximum)
    bounds = "bounds" if low and high else "bound-low" if low else "bound-high" if high else ""
    text += told(bounds, low=low, high=high) if bounds else ""
    text += told("or-never") if kind.never else ""
    unit = unit_words(kind.unit, language) if kind.unit else ""
    return text + (told("in-unit", unit=unit) if unit else "")


def unit_words(unit: str, language: Language) -> str:
    """A unit, as far as it is known in a language; nothing where the language needs no word for it."""
    key = f"prose.unit-{unit}"
    return say(key, language) if has_text(key) else unit


def tag_words(tag: str, language: Language) -> str:
    """What a tag of schemes is called, as far as it is known in a language."""
    key = f"prose.tag-{tag}"
    return say(key, language) if has_text(key) else f"`{tag}`"
