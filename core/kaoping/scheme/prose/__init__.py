"""A scheme as a page in plain words, Chinese first, then English: what it asks, how it grades, what follows.

Titles stand in place of names and every threshold with its value; each rule has its clause and the decisions behind
it. Markdown; the sentences are in ``texts/prose.toml``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from kaoping.facts.types import Catalogue
from kaoping.scheme.model import Scheme
from kaoping.scheme.prose.inventory import Inventory
from kaoping.scheme.prose.pieces import trimmed
from kaoping.scheme.prose.rules import Rules
from kaoping.scheme.prose.wording import Words
from kaoping.texts import Language


def page(scheme: Scheme, catalogue: Catalogue) -> str:
    """A scheme that compiles, in Chinese and then in English; `catalogue` holds what it declares."""
    return f"{prose(scheme, catalogue, 'zh')}\n\n{prose(scheme, catalogue, 'en')}"


def prose(scheme: Scheme, catalogue: Catalogue, language: Language, day: date | None = None) -> str:
    """The scheme in one language, with the values in force on `day` (the newest where None)."""
    return "\n".join(_lines(Words(scheme, catalogue, language, day)))


def _lines(words: Words) -> Iterator[str]:
    scheme, rules, inventory = words.scheme, Rules(words), Inventory(words)
    yield from _head(words)
    yield from _section(words, "gates", rules.gates())
    yield from _section(words, "criteria", rules.criteria(scheme.subject, scheme.criteria))
    yield from _section(words, "measures", rules.measures(scheme.subject, scheme.measures))
    yield from _section(words, "grade", rules.grade(scheme.subject, scheme.grade))
    for parent, roll_up in scheme.roll_ups.items():
        inside = [
            *rules.criteria(parent, roll_up.criteria),
            *rules.measures(parent, roll_up.measures),
            *rules.grade(parent, roll_up.grade),
            *rules.consequences(parent, roll_up.consequences),
        ]
        yield from _section(words, "roll-up", inside, parent=words.subject(parent))
    yield from _section(words, "cohort", rules.cohort())
    yield from _section(words, "consequences", rules.consequences(scheme.subject, scheme.consequences))
    yield from _section(words, "events", rules.events())
    yield from _section(words, "parameters", inventory.parameters())
    yield from _section(words, "scales", inventory.scales())
    yield from _section(words, "facts", [*inventory.facts(), *inventory.records()])
    yield from _section(words, "lists", inventory.lists())
    yield from _section(words, "calendars", inventory.calendars())
    yield from _section(words, "decisions", inventory.decisions())


def _section(words: Words, name: str, lines: Iterable[str], **facts: str) -> Iterator[str]:
    """A heading and what stands under it; nothing where there is nothing."""
    if inside := trimmed(lines):
        yield from ("", f"## {words.say(f'section-{name}', **facts)}", "", *inside)


def _head(words: Words) -> Iterator[str]:
    scheme = words.scheme
    yield f"# {words.title(scheme.title)}"
    yield ""
    about = [words.say("about", id=scheme.id, edition=scheme.edition, subject=words.subject(scheme.subject))]
    about.append(words.say(f"once-{scheme.period}"))
    about += [words.say("campaign-span", start=one.start, end=one.end) for one in scheme.campaigns]
    for window, name in scheme.publishes.items():
        measure = words.named(words.title(scheme.measures[name].title))
        about.append(words.say("publishes", each=words.say(f"per-{window}"), measure=measure))
    if scheme.tags:
        about.append(words.say("tagged", tags=words.listed(f"`{tag}`" for tag in scheme.tags)))
    since, until = scheme.in_force
    about += [words.say("in-force-from", day=since)] if since else []
    about += [words.say("in-force-until", day=until)] if until else []
    yield words.say("sentence", text=words.say("semicolon").join(about))
    yield ""
    yield words.say("based-on", source=" · ".join(scheme.source.values()))


__all__ = ["Rules", "Words", "page", "prose"]
