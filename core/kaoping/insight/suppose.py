"""Suppositions: a frame with some facts other than they are, as a person writes them: ``group_score@2025Q3=88``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from kaoping.errors import UsageError
from kaoping.evaluation.plan import Plan
from kaoping.evaluation.windows import Windows
from kaoping.facts.frame import Frame, Plain, Record, Remaining
from kaoping.facts.naming import listed, named, near
from kaoping.facts.periods import Period
from kaoping.facts.types import Catalogue, FactType, RecordType, Title, ValueType
from kaoping.facts.values import read_value, value_text
from kaoping.scheme.catalogue import view

EVERY = "*"
BLANK = ("", "?")


@dataclass(frozen=True)
class Setting:
    """A fact is this value (None: nobody entered it) at a period, window or day, and item.

    Of a fact that another scheme feeds (`fed`), `part` is the window or item of it, or "".
    """

    subject: str
    fact: str
    at: str
    item: str
    value: Plain | None
    fed: bool = False
    holds: bool = False
    part: str = ""


@dataclass(frozen=True)
class Adding:
    """A register has one record more."""

    subject: str
    record: str
    no: str
    fields: Mapping[str, Plain]


@dataclass(frozen=True)
class Removing:
    """A register lacks this record."""

    subject: str
    record: str
    no: str


@dataclass(frozen=True)
class Unstating:
    """Nobody stated this register complete."""

    subject: str
    record: str


Change = Setting | Adding | Removing | Unstating


def suppose(frame: Frame, changes: Iterable[Change]) -> Frame:
    """The frame with the changes made, in their order."""
    values = {key: dict(entered) for key, entered in frame.values.items()}
    records, fed = dict(frame.records), {key: dict(remaining) for key, remaining in frame.fed.items()}
    complete = dict(frame.complete_through)
    for change in changes:
        if isinstance(change, Setting):
            _set(frame.period, values, fed, change)
        elif isinstance(change, Adding):
            key = (change.subject, change.record)
            # what is supposed became known after everything that was published
            added = Record(change.no, change.fields, "9999-12-31T00:00:00Z" if frame.published else "")
            records[key] = (*records.get(key, ()), added)
        elif isinstance(change, Removing):
            key = (change.subject, change.record)
            records[key] = tuple(one for one in records.get(key, ()) if one.no != change.no)
        else:
            complete.pop((change.subject, change.record), None)
    return replace(frame, values=values, records=records, fed=fed, complete_through=complete)


def _set(
    period: Period,
    values: dict[tuple[str, str], dict[tuple[str, str], Plain]],
    fed: dict[tuple[str, str], dict[str, Remaining]],
    change: Setting,
) -> None:
    key = (change.subject, change.fact)
    if change.fed:
        others = {part: left for part, left in fed.get(key, {}).items() if part != change.part}
        own = {} if change.value is None else {change.part: Remaining(frozenset({change.value}))}
        fed[key] = {**others, **own}
        return
    entered = values.setdefault(key, {})
    if change.holds:  # one value from that day on: what was entered for later days of the period gives way
        last = period.end.isoformat()
        for at in [at for at in entered if at[1] == change.item and change.at < at[0] <= last]:
            del entered[at]
    entered.pop((change.at, change.item), None)
    if change.value is not None:
        entered[change.at, change.item] = change.value
    elif change.holds:
        for at in [at for at in entered if at[1] == change.item and at[0] <= change.at]:
            del entered[at]


class Reading:
    """Reads suppositions about one subject, under a plan, against the frame they change."""

    def __init__(self, plan: Plan, frame: Frame, subject: str) -> None:
        self.plan = plan
        self.frame = frame
        self.subject = subject
        self.catalogue: Catalogue = view(plan.catalogue, plan.scheme)

    def settings(self, text: str) -> list[Setting]:
        """``[subject:]fact[@window][@item]=value``; ``*`` is every window or item, no value or ``?`` a blank.

        Raises:
            UsageError: what is named is not there. DataError: the value does not fit the fact.
        """
        address, sign, written = text.partition("=")
        if not sign or not address.strip():
            raise UsageError("insight.set-form", text=text)
        subject, name, at = self._address(address.strip())
        kind = self.frame.subjects[subject].type
        fact = self._fact(kind, name, text)
        value = None if written.strip() in BLANK else self._value(written.strip(), fact.type, fact.title)
        found = []
        for window, item in self._places(fact, at, text):
            fed = bool(fact.fed_from)
            part = "/".join(window if self.catalogue.is_window(step) else item for step in fact.for_each) if fed else ""
            found.append(Setting(subject, fact.id, window, item, value, fed, fact.holds, part))
        return found

    def adding(self, text: str) -> Adding:
        """``[subject:]record:field=value,field=value``.

        Raises:
            UsageError: what is named is not there. DataError: a value does not fit its field.
        """
        head, _, rest = text.partition("=")
        address, _, first = head.rpartition(":")
        if not address or not rest:
            raise UsageError("insight.add-form", text=text)
        subject, name, _ = self._address(address)
        record = self._record(self.frame.subjects[subject].type, name, text)
        fields: dict[str, Plain] = {}
        for piece in f"{first}={rest}".split(","):
            field, _, written = (part.strip() for part in piece.partition("="))
            titles = {one: record.field_titles.get(one, Title(one)) for one in record.fields}
            known = named(field, titles)
            if known is None:
                raise unknown("insight.unknown-field", field, titles, record=Title(record.title.zh, record.id))
            fields[known] = self._value(written, record.fields[known], record.field_titles.get(known, Title(known)))
        taken = {one.no for one in self.frame.records.get((subject, record.id), ())}
        number = next(number for number in range(1, len(taken) + 2) if f"+{number}" not in taken)
        return Adding(subject, record.id, f"+{number}", fields)

    def removing(self, text: str) -> Removing:
        """``[subject:]record:number``.

        Raises:
            UsageError: there is no such record.
        """
        address, _, no = text.rpartition(":")
        if not address:
            raise UsageError("insight.remove-form", text=text)
        subject, name, _ = self._address(address)
        record = self._record(self.frame.subjects[subject].type, name, text)
        known = [one.no for one in self.frame.records.get((subject, record.id), ())]
        if no not in known:
            numbers, called = {one: Title(one) for one in known}, Title(record.title.zh, record.id)
            raise unknown("insight.unknown-record-no", no, numbers, record=called)
        return Removing(subject, record.id, no)

    # --- pieces

    def _address(self, text: str) -> tuple[str, str, list[str]]:
        whose, colon, rest = text.rpartition(":")
        name, *at = rest.split("@")
        if not colon:
            return self.subject, name.strip(), [one.strip() for one in at]
        named = [one.id for one in self.frame.subjects.values() if whose in (one.id, one.title)]
        if len(named) != 1:
            subjects = {one.id: Title(one.title) for one in self.frame.subjects.values()}
            raise unknown("insight.unknown-whose", whose, subjects)
        return named[0], name.strip(), [one.strip() for one in at]

    def _fact(self, kind: str, name: str, text: str) -> FactType:
        families = self.catalogue.families(kind)
        known = {fact.id: fact for (of, _), fact in self.catalogue.facts.items() if of in families}
        titles = {one: fact.title for one, fact in known.items()}
        found = named(name, titles)
        if found is None:
            if named(name, {one.id: one.title for one in self._records(kind)}):
                raise UsageError("insight.record-not-fact", name=name, text=text)
            raise unknown("insight.unknown-fact", name, titles, scheme=self.plan.scheme.id)
        return known[found]

    def _record(self, kind: str, name: str, text: str) -> RecordType:
        known = {one.id: one for one in self._records(kind)}
        titles = {one: record.title for one, record in known.items()}
        found = named(name, titles)
        if found is None:
            raise unknown("insight.unknown-record", name, titles, scheme=self.plan.scheme.id, text=text)
        return known[found]

    def _records(self, kind: str) -> list[RecordType]:
        families = self.catalogue.families(kind)
        return [record for (of, _), record in self.catalogue.records.items() if of in families]

    def _places(self, fact: FactType, at: list[str], text: str) -> list[tuple[str, str]]:
        """Every (window or period or day, item) an address names."""
        base = self.plan.scheme.period_holding(self.frame.period.start)
        rest = list(at)
        windows, items = [base.text], [""]
        if fact.holds:
            windows = [self._day(rest.pop(0), text)] if rest and _is_day(rest[0]) else [base.start.isoformat()]
        for step in fact.for_each:
            known = self._windows(base, step) if self.catalogue.is_window(step) else self.catalogue.lists[step].items
            given = rest.pop(0) if rest else ""
            chosen = list(known) if given == EVERY else [one for one in [named(given, known)] if one]
            if not chosen:
                key = "insight.which-place" if not given else "insight.unknown-place"
                first = next(iter(known), "")
                called = known[first].zh if first else ""
                example = Title(f"{fact.title.zh}@{called}", f"{fact.id}@{first}")
                raise unknown(key, given, known, fact=Title(fact.title.zh, fact.id), example=example)
            if self.catalogue.is_window(step):
                windows = chosen
            else:
                items = chosen
        if rest:
            named_so = Title(fact.title.zh, fact.id)
            raise UsageError("insight.too-many-places", fact=named_so, what=rest[0], text=text)
        return [(window, item) for window in windows for item in items]

    def _windows(self, period: Period, step: str) -> dict[str, Title]:
        calendar = self.catalogue.calendars.get(step)
        titles = calendar.window_titles if calendar else {}
        parts = Windows(self.catalogue, self.frame.calendars).parts(period, step)
        return {part.text: titles.get(part.text, Title(part.text)) for part in parts}

    def _day(self, text: str, whole: str) -> str:
        try:
            return date.fromisoformat(text).isoformat()
        except ValueError:
            raise UsageError("insight.set-form", text=whole) from None

    def _value(self, text: str, kind: ValueType, title: Title) -> Plain:
        return read_value(text, kind, title=title)


def unknown(key: str, name: str, known: Mapping[str, Title], **facts: Any) -> UsageError:
    """Nothing is called so; the nearest is named, or all there are."""
    close = near(name, known) if name else None
    hint = "common.did-you-mean" if close else None
    return UsageError(key, name=name, near=close, known=listed(known), titles=known, hint=hint, **facts)


def _is_day(text: str) -> bool:
    return len(text) == len("2025-01-01") and text[4] == text[7] == "-"


def before(frame: Frame, change: Setting) -> Plain | None:
    """What the fact was where a setting puts something else."""
    if change.fed:
        left = frame.fed.get((change.subject, change.fact), {}).get(change.part)
        return next(iter(left.values)) if left and len(left.values) == 1 and not left.none else None
    entered = frame.values.get((change.subject, change.fact), {})
    if change.holds:
        last = frame.period.end.isoformat()
        days = [at for at, item in entered if item == change.item and at <= last]
        return entered[max(days), change.item] if days else None
    return entered.get((change.at, change.item))


def change_data(frame: Frame, change: Change) -> dict[str, Any]:
    """A change as JSON data, with what was there."""
    if isinstance(change, Setting):
        old = before(frame, change)
        return {
            "kind": "set",
            "subject": change.subject,
            "fact": change.fact,
            "at": "" if change.holds else change.at,
            "item": change.item,
            "before": None if old is None else value_text(old),
            "after": None if change.value is None else value_text(change.value),
        }
    if isinstance(change, Unstating):
        return {"kind": "unstate", "subject": change.subject, "record": change.record}
    kind = "add" if isinstance(change, Adding) else "remove"
    fields = change.fields if isinstance(change, Adding) else {}
    written = {name: value_text(value) for name, value in fields.items()}
    return {"kind": kind, "subject": change.subject, "record": change.record, "no": change.no, "fields": written}
