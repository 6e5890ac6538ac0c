"""What a worked case expects beside what was found: results, consequences, the ledger on a day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from kaoping.cases.building import Builder
from kaoping.cases.case import Case, Difference
from kaoping.consequences.ledger import ledger_on, net, opened
from kaoping.consequences.model import Entry, Event, Publication
from kaoping.evaluation.result import Result, SubjectResult
from kaoping.facts.periods import parse_period
from kaoping.facts.values import number_text
from kaoping.scheme.document import Items, Node, Scalar, Table
from kaoping.scheme.reader import Reader


def compared(case: Case, built: Builder, result: Result) -> Iterator[Difference]:
    """Everything that is otherwise than a case expects."""
    everybody = {one.subject: one for one in (*result.results, *result.rolled_up)}
    for name, expected in built.reading.tables(case.table, "expect").items():
        members = [one for key, one in everybody.items() if key == name or key.rpartition("-")[0] == name]
        place = expected.place
        if not members:
            yield Difference(case.id, name, "subject", "assessed", "not there", place)
        for one in members:
            for key, node in expected.entries.items():
                for what, wanted, found in checks(built.reading, one, key, node):
                    if wanted != found:
                        yield Difference(case.id, one.subject, what, wanted, found, node.place)
    yield from _ledger(case, built, result)


def checks(reading: Reader, one: SubjectResult, key: str, node: Node) -> Iterator[tuple[str, str, str]]:
    """What one key of an expected result asks: (what, expected, found) as texts."""
    if key in ("grade", "raw_grade", "status", "gate"):
        yield key, _scalar(node), str(getattr(one, key)) if getattr(one, key) is not None else "none"
    elif key == "score":
        yield key, _number(node), "none" if one.score is None else number_text(one.score)
    elif key == "possible_grades":
        yield key, ", ".join(sorted(reading.texts(node))), ", ".join(sorted(one.possible_grades))
    elif key == "criteria":
        for name, at, wanted in _leaves(node):
            found = [f.outcome for f in one.findings if f.criterion == name and at in (f.at, "")]
            yield f"criterion {name} {at}".strip(), wanted, ", ".join(dict.fromkeys(found)) or "no such criterion"
    elif key == "points":
        for name, at, wanted in _leaves(node):
            points = {f.at: f.points for f in one.findings if f.criterion == name}
            yield f"points {name} {at}".strip(), wanted, _shown(points.get(at, "no such criterion"))
    elif key in ("measures", "cohort", "ranks"):
        source: Mapping[str, Mapping[str, Any]] = one.values if key == "measures" else getattr(one, key)
        for name, at, wanted in _leaves(node):
            found_value = source.get(name, {}).get(at, "nothing")
            yield f"{name} {at}".strip(), wanted, _shown(found_value)
    elif key == "overlap":
        yield key, ", ".join(reading.texts(node)), ", ".join(one.overlap)
    elif key == "barred":
        tags = sorted({bar.tag for bar in one.bars if bar.of == one.subject})
        yield key, ", ".join(sorted(reading.texts(node))), ", ".join(tags)
    elif key == "withheld":
        lost = sorted({lost.consequence for lost in one.withheld})
        yield key, ", ".join(sorted(reading.texts(node))), ", ".join(lost)
    elif key in ("consequences", "no_consequences"):
        emitted = {c.id for c in one.consequences}
        if isinstance(node, Items) and not node.items and key == "consequences":
            yield key, "none", ", ".join(sorted(emitted)) or "none"
        for name in reading.texts(node):
            there = key == "consequences"
            yield f"consequence {name}", "due" if there else "not due", "due" if name in emitted else "not due"
    elif key == "missing":
        missing = sorted({m.fact for m in one.missing})
        yield key, ", ".join(sorted(reading.texts(node))), ", ".join(missing)
    else:
        yield key, "a key of a result", "unknown key"


def _leaves(node: Node) -> Iterator[tuple[str, str, str]]:
    for name, inner in node.entries.items() if isinstance(node, Table) else ():
        if isinstance(inner, Table) and not set(inner.entries) <= {"from", "to"}:
            for at, leaf in inner.entries.items():
                yield name, at, _number(leaf)
        else:
            yield name, "", _number(inner)


def _scalar(node: Node) -> str:
    return node.text if isinstance(node, Scalar) else ""


def _number(node: Node) -> str:
    """A written value in the form results show it: numbers without trailing zeros, ranges ``a..b``."""
    if isinstance(node, Table):
        low, high = (node.get(end) for end in ("from", "to"))
        return f"{_number(low) if low else ''}..{_number(high) if high else ''}"
    text = _scalar(node)
    try:
        return number_text(Fraction(text))
    except ValueError:
        return text


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        if "possible" in value:
            truths = value["possible"] == [False, True]
            return "true/false" if truths else "/".join(map(str, value["possible"]))
        low, high = ("" if value[end] is None else value[end] for end in ("from", "to"))
        return f"{low}..{high}"
    if isinstance(value, bool):
        return str(value).lower()
    return "none" if value is None else str(value)


def _ledger(case: Case, built: Builder, result: Result) -> Iterator[Difference]:
    if not built.text("publish_on"):
        return
    scheme = built.plan.scheme
    on = date.fromisoformat(built.text("publish_on"))
    publication = Publication(scheme.id, result.period, parse_period(result.period).kind, on, 1)
    entries = [
        Entry(number, scheme.id, result.period, 1, addressee, on, consequence)
        for number, (addressee, consequence) in enumerate(opened(result, scheme, result.period, publication), 1)
    ]
    events, official = list(_events(built)), built.plan.catalogue.official.entered(built.calendars())
    checks = case.table.get("ledger")
    for item in checks.items if isinstance(checks, Items) else ():
        if not isinstance(item, Table):
            continue
        day = date.fromisoformat(built.reading.text(item, "on"))
        of = built.reading.text(item, "of")
        states = [s for s in ledger_on(entries, events, [publication], day, official) if s.entry.addressee == of]
        in_force = [state for state in states if state.status in ("active", "overdue")]
        sums = net(states)
        for account, node in built.reading.table(item, "net").items():
            found = number_text(sums.get(account, Fraction(0)))
            if found != _number(node):
                yield Difference(case.id, of, f"{account} on {day}", _number(node), found, node.place)
        for status in ("pending", "active", "overdue", "ended"):
            if isinstance(item.get(status), Items) and not built.reading.texts(item.get(status)):
                there = sorted(state.entry.consequence.id for state in states if state.status == status)
                if there:
                    yield Difference(case.id, of, f"{status} on {day}", "none", ", ".join(there), item.place)
            for name in built.reading.texts(item.get(status)):
                found = ", ".join(state.status for state in states if state.entry.consequence.id == name)
                if status not in found.split(", "):
                    yield Difference(case.id, of, f"{name} on {day}", status, found or "no such entry", item.place)
        for name, node in built.reading.table(item, "steps").items():
            steps = ", ".join(str(s.step) for s in in_force if s.entry.consequence.id == name) or "none"
            if steps != _scalar(node):
                yield Difference(case.id, of, f"step of {name} on {day}", _scalar(node), steps, node.place)
        for name in built.reading.texts(item.get("not_active")):
            if any(state.entry.consequence.id == name for state in in_force):
                yield Difference(case.id, of, f"{name} on {day}", "not in force", "in force", item.place)


def _events(built: Builder) -> Iterator[Event]:
    listed = built.table.get("events")
    for number, item in enumerate(listed.items if isinstance(listed, Items) else (), 1):
        if isinstance(item, Table):
            fields = {key: _scalar(node) for key, node in item.entries.items() if key not in ("event", "of", "on")}
            on = date.fromisoformat(built.reading.text(item, "on"))
            yield Event(number, built.reading.text(item, "event"), built.reading.text(item, "of"), on, fields)
