"""Facts: what is known of a subject, how it came to be known, undoing an import, closing entry."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from kaoping.errors import UsageError, nearest
from kaoping.facts.frame import Subject
from kaoping.facts.rows import NewClosing
from kaoping.facts.types import Catalogue, FactType, RecordType
from kaoping.office.desk import Desk
from kaoping.office.drafts import drafting
from kaoping.office.periods import read_period
from kaoping.office.subjects import find_subject, read_moment
from kaoping.office.titles import title_data
from kaoping.store.batches import Act, list_batches
from kaoping.store.batches import void_batch as store_void
from kaoping.store.facts import append
from kaoping.store.known import Said, read_closings, read_subjects, show_subject
from kaoping.store.known import history as told


def known(desk: Desk, subject: str, fact: str | None, period: str | None, *, as_of: str | None) -> dict[str, Any]:
    """What is known of a subject, with who said it and where it comes from."""
    catalogue = desk.plugins.catalogue
    moment = read_moment(as_of)
    with desk.opened() as store:
        subjects = read_subjects(store, moment)
        found = find_subject(subjects, subject)
        seen = show_subject(store, found.id, moment)
    assert seen is not None  # it was found a moment ago, and nothing is ever deleted
    wanted = named(catalogue, found, fact) if fact else None

    def shown(name: str, at: str = "") -> bool:
        return wanted in (None, name) and (period is None or not at or at.startswith(period))

    titles = {name: one.title for name, one in subjects.items()}
    items = {name: title_data(title) for one in catalogue.lists.values() for name, title in one.items.items()}
    relations = {name: title_data(one.title) for name, one in catalogue.relations.items()}
    return {
        "subject": found.id,
        "type": found.type,
        "type_title": title_data(catalogue.subject_types[found.type].title)
        if found.type in catalogue.subject_types
        else {"zh": found.type, "en": found.type},
        "title": found.title,
        "since": found.since and found.since.isoformat(),
        "until": found.until and found.until.isoformat(),
        "values": [
            {"fact": one.fact, "title": _title(catalogue, found, one.fact), "at": one.at, "item": one.item}
            | {"item_title": items.get(one.item), "value": one.value, **_said(one.said)}
            for one in seen.values
            if shown(one.fact, one.at)
        ],
        "records": [
            {"record": one.record, "title": _title(catalogue, found, one.record), "no": one.no}
            | {"fields": dict(one.fields), **_said(one.said)}
            for one in seen.records
            if shown(one.record)
        ],
        "registers": [
            {"record": one.record, "title": _title(catalogue, found, one.record), "stated_by": one.stated_by}
            | {"complete_through": one.complete_through.isoformat(), **_said(one.said)}
            for one in seen.registers
            if shown(one.record)
        ],
        "relations": [
            {"relation": one.relation, "subject": one.subject, "to": one.edge.to}
            | {"relation_title": relations.get(one.relation)}
            | {"title": titles.get(one.edge.to if one.subject == found.id else one.subject, "")}
            | {"since": one.edge.since and one.edge.since.isoformat()}
            | {"until": one.edge.until and one.edge.until.isoformat(), **_said(one.said)}
            for one in (*seen.edges, *seen.reached_by)
            if shown(one.relation)
        ],
    }


def history(desk: Desk, subject: str, fact: str | None, period: str | None) -> dict[str, Any]:
    """Everything that was ever said of a subject's facts, with what became of it."""
    catalogue = desk.plugins.catalogue
    with desk.opened() as store:
        found = find_subject(read_subjects(store), subject)
        seen = show_subject(store, found.id)
        names = [named(catalogue, found, fact)] if fact else []
        if not fact and seen:
            names = list(dict.fromkeys([*(one.fact for one in seen.values), *(one.record for one in seen.records)]))
        versions = [(name, version) for name in names for version in told(store, found.id, name)]
    return {
        "subject": found.id,
        "title": found.title,
        "versions": [
            {"fact": name, "title": _title(catalogue, found, name), "at": version.at}
            | {"value": _plain(version.value), "state": version.state, **_said(version.said)}
            | {"ended_by": _said(version.ended_by) if version.ended_by else None}
            for name, version in versions
            if period is None or version.at.startswith(period)
        ],
    }


def void_batch(desk: Desk, batch: int, reason: str, *, dry_run: bool) -> dict[str, Any]:
    """Undo an import: what it made known is no longer known, what it corrected speaks again."""
    if not reason.strip():
        raise UsageError("office.no-reason")
    with desk.opened() as store:
        found = next((one for one in list_batches(store) if one.id == batch), None)
        with drafting(store, dry_run=dry_run):
            by = store_void(store, batch, reason, Act(desk.actor, "fact void"), desk.clock())
    return {
        "batch": batch,
        "voided_by": None if dry_run else by,
        "reason": reason,
        "rows": dict(found.written) if found else {},
        "source": found.act.source if found else "",
        "dry_run": dry_run,
    }


def close_period(desk: Desk, scheme_id: str, period: str, *, dry_run: bool) -> dict[str, Any]:
    """Close entry for a scheme and a period: a blank stays blank from now on."""
    scheme = desk.plugins.scheme(scheme_id)
    span = read_period(scheme, period)
    with desk.opened() as store:
        before = [one for one in read_closings(store) if (one.scheme, one.period) == (scheme.id, span.text)]
        done = None
        if not before:
            row = NewClosing(scheme.id, span.text, desk.actor)
            done = append(store, [row], Act(desk.actor, "period close"), desk.clock(), dry_run=dry_run)
    return {
        "scheme": scheme.id,
        "title": title_data(scheme.title),
        "period": span.text,
        "closed_by": before[0].closed_by if before else desk.actor,
        "closed_before": bool(before),
        "batch": done.batch if done else None,
        "early": span.end >= desk.today,
        "dry_run": dry_run,
    }


def named(catalogue: Catalogue, subject: Subject, name: str) -> str:
    """The id of a fact or record type of a subject, given by id or title.

    Raises:
        UsageError: its type has none of that name; the nearest is named.
    """
    families = catalogue.families(subject.type)
    kinds: list[FactType | RecordType] = [fact for (of, _), fact in catalogue.facts.items() if of in families]
    kinds += [record for (of, _), record in catalogue.records.items() if of in families]
    for kind in kinds:
        if name in (kind.id, kind.title.zh, kind.title.en):
            return kind.id
    near = nearest(name, [text for kind in kinds for text in (kind.id, kind.title.zh)])
    hint = "common.did-you-mean" if near else None
    raise UsageError("office.unknown-fact", fact=name, title=subject.title, near=near, hint=hint)


def _title(catalogue: Catalogue, subject: Subject, name: str) -> dict[str, str]:
    kind = catalogue.fact(subject.type, name) or catalogue.record(subject.type, name)
    return title_data(kind.title) if kind else {"zh": name, "en": name}


def _said(said: Said) -> dict[str, Any]:
    return asdict(said)


def _plain(value: str) -> Any:
    return json.loads(value) if value.startswith("{") else value
