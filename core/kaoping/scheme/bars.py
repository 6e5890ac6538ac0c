"""Bars between schemes: consequences that keep who they address out of the honours of schemes with a tag."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from kaoping.scheme.model import ConsequenceRule, Scheme


@dataclass(frozen=True)
class Reach:
    """A consequence of a scheme that bars from a tag; `section` is whose result it follows from."""

    tag: str
    scheme: Scheme
    section: str
    rule: ConsequenceRule


def bars_of(scheme: Scheme) -> Iterator[Reach]:
    """Every consequence of a scheme that bars from something."""
    for rule in scheme.consequences.values():
        if rule.bars:
            yield Reach(rule.bars, scheme, scheme.subject, rule)
    for parent, roll_up in scheme.roll_ups.items():
        for rule in roll_up.consequences.values():
            if rule.bars:
                yield Reach(rule.bars, scheme, parent, rule)


def bars_reaching(scheme: Scheme, known: Iterable[Scheme]) -> list[Reach]:
    """What can keep subjects of a scheme out of its honours, by scheme and as written."""
    schemes = {one.id: one for one in (*known, scheme)}
    return [reach for one in schemes.values() for reach in bars_of(one) if reach.tag in scheme.tags]


def idle_bars(scheme: Scheme, known: Iterable[Scheme]) -> list[Reach]:
    """The bars of a scheme from tags that no scheme has."""
    tags = {tag for one in (*known, scheme) for tag in one.tags}
    return [reach for reach in bars_of(scheme) if reach.tag not in tags]
