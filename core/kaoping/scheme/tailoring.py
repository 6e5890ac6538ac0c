"""A tailoring: a place's own values for a scheme's parameters, and the criteria it leaves out.

Values only: no expression, name or rule of a scheme changes. What the changed scheme must still hold is checked where
it is compiled.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, time

from kaoping.errors import DataError, Place, Problems, nearest
from kaoping.facts.types import Title
from kaoping.facts.values import value_text
from kaoping.scheme.document import Items, Node, Scalar, Table, read_document
from kaoping.scheme.model import Clause, Criterion, Duration, Parameter, ParameterValue, Scheme
from kaoping.scheme.reader import Reader
from kaoping.scheme.shape import check_shape


@dataclass(frozen=True)
class Change:
    """What stands in place of a parameter's values: from a day on, earliest first (None: always)."""

    values: tuple[tuple[date | None, ParameterValue], ...]
    place: Place
    why: Title


@dataclass(frozen=True)
class Tailoring:
    """What a tailoring's file says, nothing looked up yet.

    Attributes:
        scheme, edition: which it is of.
        authority, document: who decided it, and where it is written.
        changes: parameter to what stands in its place; left_out: criteria, each with its place in the file.
    """

    id: str
    title: Title
    scheme: str
    edition: str
    authority: str
    document: str
    in_force: tuple[date | None, date | None]
    changes: Mapping[str, Change]
    left_out: Mapping[str, Place]
    text: str
    file: str
    digest: str
    place: Place


def is_tailoring(text: str, file: str) -> bool:
    """Is the file a tailoring rather than a scheme?

    Raises:
        Problems: it is not YAML.
    """
    return read_document(text, file).get("tailoring") is not None


def read_tailoring(text: str, file: str) -> Tailoring:
    """The tailoring a file says.

    Raises:
        Problems: everything wrong in it, with file, line and column.
    """
    top = read_document(text, file)
    if errors := check_shape(top, "tailoring"):
        raise Problems(errors)
    reading = Reader()
    of, force, criteria = (_table(top.get(key), top) for key in ("of", "in_force", "criteria"))
    changes = {name: _change(reading, node) for name, node in reading.table(top, "parameters").items()}
    leave_out = criteria.get("leave_out")
    names = [one for one in leave_out.items if isinstance(one, Scalar)] if isinstance(leave_out, Items) else []
    found = Tailoring(
        id=reading.text(top, "tailoring"),
        title=reading.title(top.get("title")),
        scheme=reading.text(of, "scheme"),
        edition=reading.text(of, "edition"),
        authority=reading.text(top, "authority"),
        document=reading.text(top, "document"),
        in_force=(reading.date(force, "from"), reading.date(force, "until")),
        changes=changes,
        left_out={one.text: one.place for one in names},
        text=text,
        file=file,
        digest=hashlib.sha256(text.encode()).hexdigest(),
        place=top.place,
    )
    if not changes and not names:
        reading.fail("tailoring-empty", top.place)
    if reading.errors:
        raise Problems(reading.errors)
    return found


def tailored(scheme: Scheme, tailoring: Tailoring) -> Scheme:
    """The scheme with a place's values, without the criteria it leaves out.

    Raises:
        Problems: it is of another scheme or edition; it names what is not there; a value is of another kind.
    """
    if errors := list(_misfits(scheme, tailoring)):
        raise Problems(errors)
    source = f"{tailoring.authority} {tailoring.document}"
    changed = {name: _tailored(scheme.parameters[name], change, source) for name, change in tailoring.changes.items()}
    return replace(
        scheme,
        parameters={**scheme.parameters, **changed},
        criteria=_kept(scheme.criteria, tailoring),
        roll_ups={
            parent: replace(roll_up, criteria=_kept(roll_up.criteria, tailoring))
            for parent, roll_up in scheme.roll_ups.items()
        },
        tailoring=tailoring,
        left_out={
            name: rule
            for rules in (scheme.criteria, *(roll_up.criteria for roll_up in scheme.roll_ups.values()))
            for name, rule in rules.items()
            if name in tailoring.left_out
        },
    )


def _change(reading: Reader, node: Node) -> Change:
    if not isinstance(node, Table):
        return Change(((None, reading.parameter_value(node)),), node.place, Title(""))
    values: list[tuple[date | None, ParameterValue]] = []
    if (value := node.get("value")) is not None:
        values.append((None, reading.parameter_value(value)))
    for since, dated in reading.table(node, "values").items():
        try:
            values.append((date.fromisoformat(since), reading.parameter_value(dated)))
        except ValueError:
            reading.fail("not-a-date", dated.place, text=since)
    if len(values) == 0 or (value is not None and len(values) > 1):
        reading.fail("tailoring-value", node.place)
    values.sort(key=lambda pair: pair[0] or date.min)
    return Change(tuple(values), node.place, reading.title(node.get("why")))


def _tailored(parameter: Parameter, change: Change, source: str) -> Parameter:
    """The scheme's own values until the first of the place's."""
    first = change.values[0][0]
    before = tuple(pair for pair in parameter.values if first is not None and (pair[0] or date.min) < first)
    clause = Clause(source, parameter.clause.decisions)
    return replace(parameter, values=(*before, *change.values), clause=clause, place=change.place, own=parameter.values)


def _kept(criteria: Mapping[str, Criterion], tailoring: Tailoring) -> dict[str, Criterion]:
    return {name: rule for name, rule in criteria.items() if name not in tailoring.left_out}


def _misfits(scheme: Scheme, tailoring: Tailoring) -> Iterator[DataError]:
    if tailoring.scheme != scheme.id:
        facts = {"name": tailoring.id, "of": tailoring.scheme, "scheme": scheme.id}
        yield DataError("scheme.tailoring-of-another", place=tailoring.place, **facts)
        return
    if tailoring.edition != scheme.edition:
        facts = {"name": tailoring.id, "edition": tailoring.edition, "scheme": scheme.id, "installed": scheme.edition}
        yield DataError("scheme.tailoring-edition", place=tailoring.place, **facts)
    for name, change in tailoring.changes.items():
        parameter = scheme.parameters.get(name)
        if parameter is None:
            yield _not_there("parameter", name, change.place, scheme.id, scheme.parameters)
            continue
        wanted = _kind(parameter.values[0][1])
        for _, value in change.values:
            if _kind(value) != wanted:
                facts = {"name": name, "value": _shown(value), "wanted": wanted}
                yield DataError(f"scheme.tailoring-not-{wanted}", place=change.place, **facts)
            elif parameter.one_of and str(value) not in parameter.one_of:
                known = ", ".join(parameter.one_of)
                yield DataError("scheme.not-allowed", place=change.place, value=value, where=name, known=known)
    criteria = {*scheme.criteria, *(name for one in scheme.roll_ups.values() for name in one.criteria)}
    for name, place in tailoring.left_out.items():
        if name not in criteria:
            yield _not_there("criterion", name, place, scheme.id, criteria)


def _not_there(kind: str, name: str, place: Place, scheme: str, known: Mapping[str, object] | set[str]) -> DataError:
    near = nearest(name, sorted(known))
    hint = "common.did-you-mean" if near else None
    return DataError(f"scheme.tailoring-no-{kind}", place=place, hint=hint, name=name, scheme=scheme, near=near)


def _kind(value: ParameterValue) -> str:
    kinds: tuple[tuple[type, str], ...] = ((Duration, "duration"), (str, "text"), (time, "time"))
    return next((name for kind, name in kinds if isinstance(value, kind)), "number")


def _shown(value: ParameterValue) -> str:
    if isinstance(value, Duration):
        return f"{value.days} days" if value.days else f"{value.months} months"
    return value if isinstance(value, str) else value_text(value)


def _table(node: Node | None, top: Table) -> Table:
    return node if isinstance(node, Table) else Table({}, top.place)
