"""The facts and records a scheme or the shared catalogue declares."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from fractions import Fraction

from kaoping.errors import Place
from kaoping.facts.types import FactType, RecordType, Title, ValueType
from kaoping.scheme.document import Items, Node, Scalar, Table
from kaoping.scheme.model import CohortRule, FactUse
from kaoping.scheme.reading import Reading

_SOURCE = re.compile(r"[a-z][a-z0-9-]*\.[^\W\d]\w*(\.[^\W\d]\w*)?")
KINDS = ("number", "integer", "boolean", "text", "date", "time")


def facts(reading: Reading, top: Table, subject: str) -> dict[str, FactUse]:
    """The facts of a scheme file; `subject` is whose they are unless they say so."""
    return {name: fact(reading, name, node, subject) for name, node in reading.table(top, "facts").items()}


def fact(reading: Reading, name: str, node: Node, subject: str) -> FactUse:
    """One fact: declared here or taken from the catalogue (``shared``)."""
    if not isinstance(node, Table):
        return FactUse(name, subject, node.place)
    of = reading.text(node, "of", subject)
    assume = reading.text(node, "assume")
    if node.get("shared"):
        return FactUse(name, of, node.place, None, assume)
    source = reading.text(node, "from")
    if source and not _SOURCE.fullmatch(source):
        reading.fail("feed-source", node.place, name=name, text=source)
    declared = FactType(
        id=name,
        of=of,
        type=value_type(reading, node),
        title=reading.title(node.get("title")),
        for_each=reading.texts(node.get("for_each")),
        holds=reading.text(node, "holds") == "until_changed",
        optional=reading.text(node, "optional") == "true",
        better=reading.text(node, "better"),
        cost=None if (cost := reading.number(node.get("cost"))) is None else Fraction(cost),
        fixed=reading.text(node, "cost") == "fixed",
        fed_from=source,
        feed_at=reading.text(node, "at", "same"),
        source=reading.text(node, "source"),
    )
    cited = node.get("source") is not None or node.get("decision") is not None
    return FactUse(name, of, node.place, declared, assume, cited)


def with_draws(declared: Mapping[str, FactUse], rules: Iterable[CohortRule], subject: str) -> dict[str, FactUse]:
    """Also the lots that rules with a draw ask for: ``<rule>_draw``, the smallest first, blank where none was drawn."""
    found = dict(declared)
    for rule in rules:
        if any(key is None for key, _ in rule.by):
            name = f"{rule.id}_draw"
            title = Title(f"抽签序号：{rule.title.zh}", f"Lot drawn for: {rule.title.en}")
            for_each = (rule.for_each,) if rule.for_each else ()
            lot = FactType(name, subject, ValueType("integer", minimum=Fraction(1)), title, for_each, optional=True)
            found.setdefault(name, FactUse(name, subject, rule.place, lot))
    return found


def records(reading: Reading, top: Table, subject: str) -> dict[str, tuple[str, RecordType | None, Place]]:
    """The record types of a scheme file: subject type, declaration (None: shared) and place."""
    return {name: record(reading, name, node, subject) for name, node in reading.table(top, "records").items()}


def record(reading: Reading, name: str, node: Node, subject: str) -> tuple[str, RecordType | None, Place]:
    """One record type."""
    if not isinstance(node, Table) or node.get("shared"):
        of = reading.text(node, "of", subject) if isinstance(node, Table) else subject
        return of, None, node.place
    fields: dict[str, ValueType] = {}
    titles: dict[str, Title] = dict(reading.titles(node, "titles"))
    for field, declared in reading.table(node, "fields").items():
        if isinstance(declared, Table):
            fields[field] = value_type(reading, declared)
            if declared.get("title"):
                titles[field] = reading.title(declared.get("title"))
        else:
            fields[field] = value_type(reading, Table({"type": declared}, declared.place))
    of = reading.text(node, "of", subject)
    placed_by = reading.texts(node.get("placed_by"))
    for field in placed_by:
        if field not in fields or fields[field].kind != "date":
            reading.fail("placed-by", node.place, name=name, field=field)
    declared_type = RecordType(
        id=name,
        of=of,
        fields=fields,
        title=reading.title(node.get("title")),
        field_titles=titles,
        placed_by=placed_by,
        complete=reading.text(node, "complete", "stated"),
        unique=reading.text(node, "unique"),
        source=reading.text(node, "source"),
    )
    return of, declared_type, node.place


def value_type(reading: Reading, table: Table) -> ValueType:
    """What ``type:`` and the keys beside it allow. Choices from lists are filled in by the catalogue."""
    node = table.get("type")
    titles = reading.titles(table, "titles")
    unit = reading.text(table, "unit")
    if isinstance(node, Table):
        lists = reading.texts(node.get("items_of"))
        return ValueType("choice", choices=tuple(f"@{name}" for name in lists))
    if isinstance(node, Items):
        names = reading.texts(node)
        choices = tuple(name for name in names if not name.endswith("?"))
        return ValueType("choice", choices=choices, choice_titles=titles, undetermined=len(choices) < len(names))
    text = node.text if isinstance(node, Scalar) else ""
    if text == "date or never":
        return ValueType("date", never=True)
    if text not in KINDS:
        place = node.place if node else table.place
        reading.fail("unknown-type", place, name=text, known=", ".join((*KINDS, "date or never")))
        return ValueType("number")
    one_of = (
        [reading.number(item) for item in options.items] if isinstance(options := table.get("one_of"), Items) else []
    )
    return ValueType(
        kind=text,
        unit=unit,
        minimum=_bound(reading, table, "min"),
        maximum=_bound(reading, table, "max"),
        one_of=tuple(Fraction(number) for number in one_of if number is not None),
    )


def _bound(reading: Reading, table: Table, key: str) -> Fraction | None:
    number = reading.number(table.get(key))
    return None if number is None else Fraction(number)


def fill_choices(declared: ValueType, lists: Mapping[str, Mapping[str, Title]]) -> ValueType:
    """The type with ``@list`` choices replaced by the lists' items and their titles."""
    if not any(choice.startswith("@") for choice in declared.choices):
        return declared
    choices: list[str] = []
    titles = dict(declared.choice_titles)
    for choice in declared.choices:
        if choice.startswith("@"):
            items = lists.get(choice[1:], {})
            choices.extend(items)
            titles.update(items)
        else:
            choices.append(choice)
    return ValueType("choice", choices=tuple(choices), choice_titles=titles, undetermined=declared.undetermined)
