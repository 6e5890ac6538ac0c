"""Boundaries as a file of worked cases, each marked as one that nobody has confirmed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from kaoping.boundaries.base import Base
from kaoping.boundaries.probes import Probe
from kaoping.errors import Place
from kaoping.evaluation.plan import Plan
from kaoping.evaluation.result import SubjectResult
from kaoping.facts.frame import Frame, Plain
from kaoping.facts.values import number_text, value_text
from kaoping.insight.suppose import Change, Setting, Unstating, suppose
from kaoping.scheme.document import Items, Node, Scalar, Table
from kaoping.texts import Language, say

LANGUAGES: tuple[Language, ...] = ("zh", "en")
KEPT = ("period", "today", "closed", "calendars", "parameters", "published", "earlier", "entries", "barred")
NOWHERE = Place("")
_PLAIN = re.compile(r"[\w+-][\w.+-]*")
_TAKEN = re.compile(r"(true|false|yes|no|on|off|null|~)", re.IGNORECASE)
Found = tuple[Probe, SubjectResult]


def cases_text(plan: Plan, found: Sequence[Found]) -> str:
    """The file: what the bases have stands once at the top, each case says what differs and what was found."""
    bases = list({id(probe.base): probe.base for probe, _ in found}.values())
    lines = [*(f"# {say('boundaries.file-note', language)}" for language in LANGUAGES)]
    lines.append(f"scheme: {plan.scheme.id}")
    lines += ["given:"] if any(_shared(node) for base in bases for node in _subjects(base).values()) else []
    for base in bases:
        for name, node in _subjects(base).items():
            if shared := _shared(node):
                lines += [
                    f"  {_given(bases, base, name)}:",
                    *(f"    {key}: {_flow(one)}" for key, one in shared.items()),
                ]
    lines.append("cases:")
    taken: dict[str, int] = {}
    for probe, result in found:
        name = _name(probe)
        taken[name] = taken.get(name, 0) + 1
        name = name if taken[name] == 1 else f"{name}-{taken[name]}"
        lines += ["", *_case(plan, bases, probe, result, name)]
    return "\n".join(lines) + "\n"


def _name(probe: Probe) -> str:
    parts = ["all-vetoes"] if probe.kind == "vetoes" else [probe.rule, probe.position or probe.kind]
    return re.sub(r"[^\w-]+", "-", "-".join(parts)).replace("_", "-").strip("-")


def _given(bases: Sequence[Base], base: Base, subject: str) -> str:
    number = next(position for position, one in enumerate(bases, 1) if one is base)
    return subject if number == 1 else f"{subject}-{number}"


def _case(plan: Plan, bases: Sequence[Base], probe: Probe, result: SubjectResult, name: str) -> Iterator[str]:
    base, table = probe.base, probe.base.case.table
    frame = suppose(base.evaluation.frame, probe.changes)
    yield f"- case: {name}"
    yield "  confirmed: false"
    facts = {"rule": probe.rule, "value": probe.value, "limit": probe.limit}
    what = f"edge-{probe.position}" if probe.kind == "edge" else probe.kind
    titles = [f"{language}: {_quoted(say(f'boundaries.case-{what}', language, **facts))}" for language in LANGUAGES]
    yield f"  title: {{{', '.join(titles)}}}"
    for key in KEPT:
        node = table.get(key)
        if node is not None:
            yield f"  {key}: {_flow(node)}"
    if fed := _fed(plan, base, frame, probe.changes):
        yield f"  fed: {_flow(fed)}"
    yield "  subjects:"
    for subject, node in _subjects(base).items():
        own = [f"given: {_given(bases, base, subject)}"] if _shared(node) else []
        own += [f"{key}: {_flow(one)}" for key, one in node.entries.items() if key in ("type", "relations")]
        own += _differing(plan, frame, subject, probe.changes, stated=node.get("complete"))
        yield f"    {subject}:" if own else f"    {subject}: {{}}"
        yield from (f"      {line}" for line in own)
    yield f"  expect: {{{base.subject}: {{{', '.join(_expected(probe, result))}}}}}"


def _differing(
    plan: Plan, frame: Frame, subject: str, changes: Sequence[Change], *, stated: Node | None
) -> Iterator[str]:
    """What is written of a subject beside what it is given, where registers are stated complete as there."""
    mine = [change for change in changes if change.subject == subject]
    blank = [one.fact for one in mine if isinstance(one, Setting) and not one.fed and one.value is None]
    unstated = [one.record for one in mine if isinstance(one, Unstating)]
    by_day = isinstance(stated, Table)  # what is stated through a day can only be taken out as a whole register
    if gone := list(dict.fromkeys([*blank, *(unstated if by_day else ())])):
        yield f"without: [{', '.join(gone)}]"
    facts = dict.fromkeys(one.fact for one in mine if isinstance(one, Setting) and not one.fed)
    values = {fact: _value(plan, frame, subject, fact) for fact in facts}
    if written := {fact: node for fact, node in values.items() if node is not None}:
        yield f"values: {_flow(Table(written, NOWHERE))}"
    registers = dict.fromkeys(one.record for one in mine if not isinstance(one, Setting | Unstating))
    registers |= dict.fromkeys(kind for kind in unstated if by_day and frame.records.get((subject, kind)))
    if registers:
        yield f"records: {_flow(Table({kind: _register(frame, subject, kind) for kind in registers}, NOWHERE))}"
    if unstated and not by_day:
        left = sorted(kind for of, kind in frame.complete_through if of == subject)
        yield f"complete: [{', '.join(left)}]"


def _value(plan: Plan, frame: Frame, subject: str, fact: str) -> Node | None:
    """A fact as a case writes it, with every place where it is known; None where it is nowhere."""
    entered = frame.values.get((subject, fact), {})
    known = plan.catalogue.fact(frame.subjects[subject].type, fact)
    if not entered:
        return None
    if known is None or (known.holds and not known.for_each) or set(entered) == {(frame.period.text, "")}:
        return _scalar(next(iter(entered.values())))
    if known.holds:
        return Table({item: _scalar(value) for (_, item), value in entered.items()}, NOWHERE)
    found: dict[str, Node] = {}
    for (at, item), value in entered.items():
        if item and len(known.for_each) > 1:
            inner = found.setdefault(at, Table({}, NOWHERE))
            assert isinstance(inner, Table)
            inner.entries[item] = _scalar(value)
        else:
            found[item or at] = _scalar(value)
    return Table(found, NOWHERE)


def _register(frame: Frame, subject: str, kind: str) -> Items:
    rows = []
    for record in frame.records.get((subject, kind), ()):
        fields: dict[str, Node] = {name: _scalar(value) for name, value in record.fields.items()}
        if record.known_at and not record.known_at.startswith("9999"):
            fields["known_on"] = Scalar(record.known_at[:10], NOWHERE)
        rows.append(Table(fields, NOWHERE))
    return Items(tuple(rows), NOWHERE)


def _fed(plan: Plan, base: Base, frame: Frame, changes: Sequence[Change]) -> Table | None:
    """What other schemes leave possible, with what is supposed of it."""
    written = base.case.table.get("fed")
    entries = dict(written.entries) if isinstance(written, Table) else {}
    for change in changes:
        if isinstance(change, Setting) and change.fed:
            under = entries.get(change.subject)
            own = dict(under.entries) if isinstance(under, Table) else {}
            known = plan.catalogue.fact(frame.subjects[change.subject].type, change.fact)
            left = frame.fed.get((change.subject, change.fact), {})
            parts: dict[str, Node] = {}
            was = own.pop(change.fact, None)
            for part, remaining in left.items():
                as_written = was.entries.get(part) if isinstance(was, Table) and known and known.for_each else was
                parts[part] = (
                    _scalar(next(iter(remaining.values))) if part == change.part else as_written or Items((), NOWHERE)
                )
            if known is not None and known.for_each and parts:
                own[change.fact] = Table(parts, NOWHERE)
            elif parts:
                own[change.fact] = next(iter(parts.values()))
            entries[change.subject] = Table(own, NOWHERE)
    return Table(entries, NOWHERE) if entries else None


def _expected(probe: Probe, result: SubjectResult) -> Iterator[str]:
    yield f"grade: {result.grade or 'none'}"
    if result.raw_grade:
        yield f"raw_grade: {result.raw_grade}"
    if result.gate:
        yield f"gate: {result.gate}"
    if result.grade is None and len(result.possible_grades) > 1:
        yield f"possible_grades: [{', '.join(result.possible_grades)}]"
    if result.score is not None:
        yield f"score: {number_text(result.score)}"
    yield f"status: {result.status}"
    if moved := _moved(probe.base.result, result):
        yield f"criteria: {_flow(Table(moved, NOWHERE))}"
    due = dict.fromkeys(one.id for one in result.consequences)
    yield f"consequences: [{', '.join(due)}]"


def _moved(before: SubjectResult, after: SubjectResult) -> dict[str, Node]:
    """The criteria whose outcome is another than the base's."""
    was = {(one.criterion, one.at): one.outcome for one in before.findings}
    found: dict[str, Node] = {}
    for one in after.findings:
        if was.get((one.criterion, one.at)) == one.outcome:
            continue
        if one.at:
            inner = found.setdefault(one.criterion, Table({}, NOWHERE))
            assert isinstance(inner, Table)
            inner.entries[one.at] = Scalar(one.outcome, NOWHERE)
        else:
            found[one.criterion] = Scalar(one.outcome, NOWHERE)
    return found


def _subjects(base: Base) -> dict[str, Table]:
    subjects = base.case.table.get("subjects")
    entries = subjects.entries if isinstance(subjects, Table) else {}
    return {name: node for name, node in entries.items() if isinstance(node, Table)}


def _shared(node: Table) -> dict[str, Node]:
    """What stands of a subject under ``given:``."""
    return {key: one for key, one in node.entries.items() if key not in ("type", "relations")}


def _scalar(value: Plain) -> Scalar:
    return Scalar(value_text(value), NOWHERE, quoted=isinstance(value, str))


def _flow(node: Node) -> str:
    """A node on one line."""
    if isinstance(node, Table):
        return "{" + ", ".join(f"{_key(key)}: {_flow(one)}" for key, one in node.entries.items()) + "}"
    if isinstance(node, Items):
        return "[" + ", ".join(map(_flow, node.items)) + "]"
    plain = _PLAIN.fullmatch(node.text) and not (node.quoted and _TAKEN.fullmatch(node.text))
    return node.text if plain and not (node.quoted and node.text[0].isdigit()) else _quoted(node.text)


def _key(key: str) -> str:
    return key if _PLAIN.fullmatch(key) else _quoted(key)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
