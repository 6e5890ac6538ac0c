"""Publications: making a result public, and opening what follows from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from kaoping.consequences.ledger import opened
from kaoping.consequences.model import Publication
from kaoping.errors import UsageError
from kaoping.evaluation.result import Consequence, Result
from kaoping.facts.frame import Bar
from kaoping.facts.periods import parse_period
from kaoping.office.desk import Desk
from kaoping.office.drafts import drafting
from kaoping.office.kept import read_kept
from kaoping.office.subjects import read_day
from kaoping.office.titles import title_data
from kaoping.store.bars import bars_on
from kaoping.store.evaluations import read_evaluation, read_result
from kaoping.store.known import read_windows
from kaoping.store.publications import publish as store_publication
from kaoping.store.publications import read_publications


def publish(desk: Desk, number: int, on: str, *, supersede: bool, dry_run: bool) -> dict[str, Any]:
    """Publish an evaluation's results on a day and open what follows from them.

    Raises:
        UsageError: entry was not closed when it was evaluated, or it is published or superseded already.
    """
    day = read_day(on)
    with desk.opened() as store:
        found = read_evaluation(store, number)
        if found.period not in found.closed:
            raise UsageError("office.not-closed", evaluation=number, scheme=found.scheme, period=found.period)
        kept = read_kept(store, found)
        result = read_result(store, number)
        earlier = read_publications(store)
        kind = parse_period(found.period).kind
        publication = Publication(found.scheme, found.period, kind, day, number)
        entries = opened(result, kept.scheme, found.period, publication, earlier)
        tags = frozenset(kept.scheme.tags)
        official = kept.catalogue.official.entered(read_windows(store))
        bars = bars_on(store, tags, day, None, official) if tags else {}
        with drafting(store, dry_run=dry_run):
            store_publication(store, number, day, entries, desk.actor, desk.clock(), supersede=supersede)
    before = [one.evaluation for one in earlier if (one.scheme, one.period) == (found.scheme, found.period)]
    return {
        "evaluation": number,
        "scheme": found.scheme,
        "title": title_data(kept.scheme.title),
        "period": found.period,
        "on": day.isoformat(),
        "entries": len(entries),
        "opened": _opened(entries),
        "unaddressed": _unaddressed(result),
        "barred_since": _barred_since(result, bars),
        "supersedes": before[-1] if before else None,
        "dry_run": dry_run,
    }


def _barred_since(result: Result, bars: Mapping[str, Sequence[Bar]]) -> list[dict[str, Any]]:
    """Who has a place or an honour in a result that does not know of a bar in force on the day of publication."""
    found = []
    for one in (*result.results, *result.rolled_up):
        known = {(bar.of, bar.scheme, bar.consequence) for bar in one.bars}
        placed = any(place not in (False, "none", None) for won in one.cohort.values() for place in won.values())
        honoured = {to for due in one.consequences if due.kind == "incentive" for to in due.to}
        for addressee in sorted(honoured | ({one.subject} if placed else set())):
            for bar in bars.get(addressee, ()):
                if (addressee, bar.scheme, bar.consequence) not in known:
                    what = {"scheme": bar.scheme, "consequence": bar.consequence, "title": dict(bar.title)}
                    found.append({"subject": one.subject, "subject_title": one.title, "of": addressee, **what})
    return found


def _unaddressed(result: Result) -> list[dict[str, Any]]:
    """What is due to nobody, since the relation that leads to its addressee is not on file."""
    named: dict[str, dict[str, str]] = {}
    subjects: dict[str, list[str]] = {}
    for one in (*result.results, *result.rolled_up):
        for consequence in one.consequences:
            if not consequence.to:
                named[consequence.id] = dict(consequence.title)
                subjects.setdefault(consequence.id, []).append(one.title)
    return [{"consequence": name, "title": named[name], "subjects": who} for name, who in subjects.items()]


def _opened(entries: Sequence[tuple[str, Consequence]]) -> list[dict[str, Any]]:
    counts = Counter(consequence.id for _, consequence in entries)
    named = {consequence.id: dict(consequence.title) for _, consequence in entries}
    return [{"consequence": name, "title": named[name], "count": count} for name, count in counts.items()]
