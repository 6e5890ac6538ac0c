"""Whom a consequence reaches, and what a rule of it may name: relations, events, days, lengths of time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from kaoping.errors import DataError, Place, nearest
from kaoping.facts.frame import Frame as Facts
from kaoping.scheme.model import PERIOD_DAYS, WINDOW_DAYS, ConsequenceRule, Duration, Scheme
from kaoping.scheme.scope import Frame, Scope, World
from kaoping.scheme.typed import Collection


def related(facts: Facts, subject: str, path: Sequence[str], day: date) -> list[str]:
    """Where a path of relations leads from a subject on a day; an empty path leads to itself."""
    current = [subject]
    for step in path:
        edges = [edge for one in current for edge in facts.edges.get((step, one), ())]
        current = list(dict.fromkeys(edge.to for edge in edges if edge.holds(day)))
    return current


def consequence_problems(
    scheme: Scheme, world: World, section: str, rule: ConsequenceRule, each: Collection | None
) -> Iterator[DataError]:
    """Every name in a consequence that means nothing where it stands."""
    events = scheme.events
    days = ("publication", "next_result", *PERIOD_DAYS)
    plain = [day for day in (rule.starts, rule.until) if day not in days and "." not in day]
    for name in (rule.closed_by, rule.ends_on[0] if rule.ends_on else "", *plain):
        if name and name not in events and not name[:4].isdigit():
            yield _unknown("unknown-event", rule.place, name, events)
    for text in (rule.starts, rule.until):
        if "." in text:
            yield from _field_problem(rule, each, text)
    yield from _as_of_problem(rule, each)
    for text in (rule.lasts, rule.within):
        parameter = scheme.parameters.get(text)
        is_length = parameter and all(isinstance(value, Duration) for _, value in parameter.values)
        if text and not is_length:
            yield _unknown("not-a-duration", rule.place, text, scheme.parameters)
    if rule.amount not in ("", "unstated", *scheme.parameters):
        yield _unknown("unknown-amount", rule.place, rule.amount, scheme.parameters)
    for path in rule.to:
        if path not in ("subject", "public"):
            yield from path_problems(world, section, path, rule.place)


def path_problems(world: World, section: str, path: str, place: Place) -> Iterator[DataError]:
    """The first step of a path that is no relation of whom it starts from."""
    current = section
    for step in path.split("."):
        collection = Scope(world, (Frame("subject", current),)).collection(step)
        if collection is None or collection.kind != "relation":
            yield _unknown("unknown-relation", place, step, world.catalogue.relations, of=current)
            return
        current = collection.to


def _as_of_problem(rule: ConsequenceRule, each: Collection | None) -> Iterator[DataError]:
    text = rule.as_of
    if not text or text in (*PERIOD_DAYS, *WINDOW_DAYS):
        return
    if "." in text:
        yield from _field_problem(rule, each, text)
        return
    try:
        date.fromisoformat(text)
    except ValueError:
        known = (*PERIOD_DAYS, *WINDOW_DAYS)
        yield _unknown("unknown-day", rule.place, text, known, known=", ".join(known))


def _field_problem(rule: ConsequenceRule, each: Collection | None, text: str) -> Iterator[DataError]:
    """``fire.happened_on``: the day of the record the consequence follows from."""
    of, _, field = text.partition(".")
    record = each.record if each and each.kind == "record" and each.name == of else None
    days = [name for name, kind in record.fields.items() if kind.kind == "date"] if record else []
    if field not in days:
        yield _unknown("unknown-day", rule.place, text, [f"{of}.{day}" for day in days], known=", ".join(days) or "-")


def _unknown(key: str, place: Place, name: str, names: Iterable[str], **facts: str) -> DataError:
    near = nearest(name, names)
    hint = "common.did-you-mean" if near else None
    return DataError(f"scheme.{key}", place=place, hint=hint, name=name, near=near, **facts)
