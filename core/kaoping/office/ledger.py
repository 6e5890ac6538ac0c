"""The ledger: what is in force for a subject on a day, and what happened since."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from kaoping.consequences.ledger import IN_FORCE, ledger_on, points
from kaoping.consequences.model import EntryState
from kaoping.errors import UsageError, nearest
from kaoping.facts.frame import Subject
from kaoping.facts.types import Title, ValueType
from kaoping.facts.values import FALSE, TRUE, number_text, read_value, value_text
from kaoping.intake.normalise import tidy
from kaoping.office.desk import Desk
from kaoping.office.drafts import drafting
from kaoping.office.subjects import find_subject, read_day
from kaoping.office.titles import title_data
from kaoping.plugins import Plugins
from kaoping.scheme.model import EventType, Scheme
from kaoping.store.batches import Act
from kaoping.store.known import read_subjects, read_windows
from kaoping.store.publications import add_event as store_event
from kaoping.store.publications import read_entries, read_events, read_publications

OF_SCHEME = "scheme"
TRUTH = ValueType("boolean")


def in_force(desk: Desk, subject: str | None, on: str, *, ended: bool) -> dict[str, Any]:
    """What stands in the ledger of a subject on a day; with `ended` also what is over by then."""
    day = read_day(on)
    plugins = desk.plugins
    schemes = plugins.schemes
    with desk.opened() as store:
        subjects = read_subjects(store)
        found = find_subject(subjects, subject)
        official = plugins.catalogue.official.entered(read_windows(store))
        states = ledger_on(read_entries(store, found.id), read_events(store), read_publications(store), day, official)
    accounts = {account for state in states for account in state.entry.consequence.points}
    sums = points(states)
    parts = {account: sums.get(account, (0, 0)) for account in sorted(accounts)}
    return {
        "of": found.id,
        "title": found.title,
        "on": day.isoformat(),
        "net": {account: number_text(added + taken) for account, (added, taken) in parts.items()},
        "points": {
            account: {"added": number_text(added), "taken": number_text(taken)}
            for account, (added, taken) in parts.items()
        },
        "accounts": {account: _account_title(schemes.values(), account) for account in parts},
        "entries": [entry_data(state, subjects) for state in states if ended or state.status != "ended"],
        "in_force": sum(state.status in IN_FORCE for state in states),
    }


def entry_data(state: EntryState, subjects: Mapping[str, Subject]) -> dict[str, Any]:
    """An entry as it stands on a day."""
    entry, rule = state.entry, state.entry.consequence
    cause = subjects.get(rule.subject)
    return {
        "id": entry.id,
        "scheme": entry.scheme,
        "period": entry.period,
        "evaluation": entry.evaluation,
        "consequence": rule.id,
        "title": dict(rule.title),
        "clause": rule.source or None,
        "kind": rule.kind,
        "subject": rule.subject,
        "subject_title": cause.title if cause else "",
        "at": rule.at,
        "addressee": entry.addressee,
        "points": {account: number_text(amount) for account, amount in rule.points.items()},
        "blocks": rule.blocks or None,
        "bars": rule.bars or None,
        "step": dict(rule.ladder[state.step - 1]) if state.step else None,
        "document": rule.document or None,
        "amount": rule.amount or None,
        "status": state.status,
        "published_on": entry.published_on.isoformat(),
        "from": _day(state.start),
        "until": _day(state.until),
        "due": _day(state.due),
        "due_provisional": state.due_provisional,
        "ended_by": state.ended_by or None,
    }


def add_event(
    desk: Desk, kind: str, of: str | None, on: str, fields: Sequence[str], *, scheme: str | None, dry_run: bool
) -> dict[str, Any]:
    """Record something that happened; the ledger follows by itself."""
    day = read_day(on)
    plugins = desk.plugins
    owner, event = _event(plugins, kind, scheme)
    notes: list[str] = []
    given = _fields(desk, owner, event, fields, notes)
    with desk.opened() as store:
        subjects = read_subjects(store)
        found = None if event.of == OF_SCHEME and not of else find_subject(subjects, of)
        if found and event.of != OF_SCHEME and event.of not in plugins.catalogue.families(found.type):
            type_title = plugins.catalogue.subject_types[event.of].title.text(desk.language)
            raise UsageError("office.event-of-other", kind=kind, title=found.title, wanted=type_title)
        with drafting(store, dry_run=dry_run):
            act = Act(desk.actor, "event add")
            made, fresh = store_event(store, kind, found.id if found else "", day, given, act, desk.clock())
    if day > desk.today:
        notes.append(desk.say("office.event-to-come", day=day))
    return {
        "event": made.id if fresh is False or not dry_run else None,
        "kind": kind,
        "event_title": title_data(event.title),
        "scheme": owner.id,
        "of": made.of,
        "title": found.title if found else "",
        "on": day.isoformat(),
        "fields": given,
        "unchanged": not fresh,
        "notes": notes,
        "dry_run": dry_run,
    }


def _event(plugins: Plugins, kind: str, scheme: str | None) -> tuple[Scheme, EventType]:
    schemes = [plugins.scheme(scheme)] if scheme else list(plugins.schemes.values())
    found = [(one, one.events[kind]) for one in schemes if kind in one.events]
    if not found:
        known = sorted({name for one in schemes for name in one.events})
        near = nearest(kind, known)
        hint = "common.did-you-mean" if near else None
        raise UsageError("office.unknown-event", kind=kind, known=", ".join(known) or "-", near=near, hint=hint)
    if len({(event.of, event.fields) for _, event in found}) > 1:
        raise UsageError("office.ambiguous-event", kind=kind, schemes=", ".join(one.id for one, _ in found))
    return found[0]


def _fields(desk: Desk, scheme: Scheme, event: EventType, given: Sequence[str], notes: list[str]) -> dict[str, str]:
    """The fields of an event; one that decides whether an entry ends is taken as deciding so unless it is given."""
    fields: dict[str, str] = {}
    for text in given:
        name, sign, value = (part.strip() for part in text.partition("="))
        if not sign or name not in event.fields:
            known = ", ".join(event.fields) or "-"
            raise UsageError("office.unknown-field", field=text, kind=event.id, known=known)
        fields[name] = _field(name, value, _decides(scheme, event.id, name))
    for rule in scheme.consequences.values():
        if rule.ends_on and rule.ends_on[0] == event.id:
            for name, value in rule.ends_on[1].items():
                if name not in fields:
                    fields[name] = value
                    notes.append(desk.say("office.field-assumed", field=name, value=value))
    return fields


def _decides(scheme: Scheme, event: str, field: str) -> set[str]:
    """The values of an event's field on which the end of an entry hangs."""
    ends = [rule.ends_on[1] for rule in scheme.consequences.values() if rule.ends_on and rule.ends_on[0] == event]
    return {where[field].lower() for where in ends if field in where}


def _field(name: str, value: str, decides: set[str]) -> str:
    """What is noted; a field that decides by yes or no has to be one of them.

    Raises:
        DataError: it is neither.
    """
    tidied = tidy(value, TRUTH)
    if decides and decides <= {"true", "false"}:
        return value_text(read_value(tidied, TRUTH, title=Title(name, name)))
    return "true" if tidied in TRUE else "false" if tidied in FALSE else value


def _account_title(schemes: Iterable[Scheme], account: str) -> dict[str, str]:
    found = next((one.accounts[account].title for one in schemes if account in one.accounts), None)
    return title_data(found) if found else {"zh": account, "en": account}


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
