"""Fed facts: another scheme's grade, score or measure as a fact of this one."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from kaoping.errors import DataError
from kaoping.facts.frame import Remaining, Subject
from kaoping.facts.needs import Needs
from kaoping.facts.periods import CAMPAIGN, WINDOWS, Period, parse_period
from kaoping.facts.types import FactType
from kaoping.store.items import read_items, remaining, shown_text
from kaoping.store.moments import through
from kaoping.store.typed import Misfits, Typing

Fed = dict[tuple[str, str], dict[str, Remaining]]


def fed_values(
    connection: sqlite3.Connection,
    needs: Needs,
    subjects: Mapping[str, Subject],
    period: Period,
    known_at: str | None,
    misfits: Misfits,
) -> Fed:
    """(subject id, fact id) to {window or item or "": what is left possible}, for every fed fact that is needed.

    Subjects the other scheme did not assess, or gives no such result, are missing.
    """
    stored = _Stored(connection, known_at)
    found: Fed = defaultdict(dict)
    for (_, name), fact in sorted(needs.catalogue.facts.items()):
        scheme, item = fact.fed_by
        if name not in needs.facts or not scheme:
            continue
        typing = Typing(needs.catalogue, name)
        for at, evaluation in stored.sources(fact, period):
            for subject, shown in read_items(connection, evaluation, item):
                one = subjects.get(subject)
                if one is None or needs.catalogue.fact(one.type, name) is not fact:
                    continue
                kind = typing.fact(one.type)
                assert kind is not None
                for part, value in shown.items():
                    try:
                        found[subject, name][at or part] = remaining(value, kind)
                    except DataError as error:
                        what = " ".join(filter(None, (subject, fact.fed_from, at or part)))
                        misfits.add(what, shown_text(value), error, name)
    return dict(found)


@dataclass(frozen=True)
class _Stored:
    """The latest evaluation of each period, as known at a moment; each scheme is looked up once."""

    connection: sqlite3.Connection
    known_at: str | None
    schemes: dict[str, dict[str, int]] = field(default_factory=dict)

    def sources(self, fact: FactType, period: Period) -> Iterator[tuple[str, int]]:
        """(window, evaluation) to take a fact from; of several the later counts."""
        scheme, item = fact.fed_by
        latest = self.latest(scheme)
        if item in ("grade", "score") and fact.for_each:
            wanted = [
                (each.text, each.text) for step in fact.for_each if step in WINDOWS for each in period.parts(step)
            ]
        elif fact.feed_at == "previous" and period.kind == CAMPAIGN:
            before = [each for each in map(parse_period, latest) if each.kind == CAMPAIGN and each.end < period.start]
            wanted = [("", each.text) for each in sorted(before)[-1:]]
        elif fact.feed_at == "previous":
            wanted = [("", period.previous().text)]
        elif fact.feed_at == "latest":
            ended = [each for each in map(parse_period, latest) if each.end <= period.end]
            wanted = [("", each.text) for each in sorted(ended, key=lambda each: (each.end, each.start))]
        else:
            wanted = [("", period.text)]
        return ((at, latest[text]) for at, text in wanted if text in latest)

    def latest(self, scheme: str) -> dict[str, int]:
        """Period to the latest evaluation of a scheme."""
        if scheme not in self.schemes:
            rows = self.connection.execute(
                "SELECT period, max(id) FROM evaluation WHERE scheme = ? AND at <= ? GROUP BY period",
                (scheme, through(self.known_at)),
            )
            self.schemes[scheme] = dict(rows)
        return self.schemes[scheme]
