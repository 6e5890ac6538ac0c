"""What this compiler knows of the model: a key it does not know is refused, never passed over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import MISSING, fields, is_dataclass
from typing import Any

from kaoping.errors import Place
from kaoping.evaluation.plan import Plan, TypedCriterion, TypedMeasure
from kaoping.facts.types import FactType, RecordType, RelationType, ValueType
from kaoping.scheme.model import BandRule, Criterion, DecisionTable, Gate, GradeRules, Measure, TableRow, VetoRule
from kaoping.scheme.typed import Collection, FactRef, NameRef, Passage, Typed
from kaoping_sql.words import no_form


def _keys(text: str) -> frozenset[str]:
    return frozenset(text.split())


KNOWN: dict[type, frozenset[str]] = {
    TypedMeasure: _keys("section rule type value weigh steps keep_within applies rows"),
    Measure: _keys(
        "id title clause place of for_each form value weigh leave_out total steps keep_within table column "
        "applies_when round unit better"
    ),
    TypedCriterion: _keys("rule require applies points earns"),
    Criterion: _keys("id require title clause place for_each applies_when severity group points earns"),
    DecisionTable: _keys("inputs results rows hit order default"),
    TableRow: _keys("when gives place"),
    Gate: _keys("id needs otherwise title clause place"),
    GradeRules: _keys("bands merit titles place score score_place vetoes hit by_veto taken"),
    BandRule: _keys("grade when place"),
    VetoRule: _keys("id when title clause place at_most becomes"),
    FactType: _keys("id of type title for_each holds optional better fed_from feed_at source decisions"),
    ValueType: _keys("kind unit minimum maximum one_of choices choice_titles undetermined never"),
    RecordType: _keys("id of fields title field_titles placed_by complete unique source decisions"),
    RelationType: _keys("id of to title inverse"),
    Collection: _keys("kind name of to record ever trailing past calendar"),
    Passage: _keys("function what where none ends"),
    FactRef: _keys("fact frame shift"),
    NameRef: _keys("kind section name frame grain"),
}


def check_known(plan: Plan) -> None:
    """Everything that an account of the plan rests on is known here.

    Raises:
        NoFormError: names the first key that is not.
    """
    _check(_read(plan))


def check_expression(tree: Typed) -> None:
    """Everything that an expression rests on is known here.

    Raises:
        NoFormError: names the first key that is not.
    """
    _check(_of_tree(tree))


def _check(things: Iterable[tuple[Any, Place | None]]) -> None:
    for thing, place in things:
        known = KNOWN.get(type(thing))
        if known is None:
            continue
        for field in fields(thing):
            if field.name not in known and getattr(thing, field.name) != _default(field):
                what = next((name for key in ("id", "name", "function") if (name := getattr(thing, key, ""))), "")
                raise no_form(f"{what or type(thing).__name__}: {field.name}", place)


def _default(field: Any) -> Any:
    return field.default_factory() if field.default_factory is not MISSING else field.default


def _read(plan: Plan) -> Iterator[tuple[Any, Place | None]]:
    """The parts of a plan, facts and records that it reads, and what its expressions name, each with its place."""
    trees: list[Typed] = []
    for measure in plan.measures.values():
        yield measure, measure.rule.place
        yield measure.rule, measure.rule.place
        if measure.rule.table:
            yield measure.rule.table, measure.rule.place
            yield from ((row, row.place) for row in measure.rule.table.rows)
        trees += measure.parts()
    for section in plan.sections():
        for gate, needs in section.gates:
            yield gate, gate.place
            trees.append(needs)
        for criterion in section.criteria:
            yield criterion, criterion.rule.place
            yield criterion.rule, criterion.rule.place
            trees += criterion.parts()
        if section.grade:
            yield section.grade, section.grade.place
            yield from ((band, band.place) for band in section.grade.bands)
        trees += [when for _, when in section.bands if when]
        for veto, when in section.vetoes:
            yield veto, veto.place
            trees.append(when)
    for tree in trees:
        yield from _of_tree(tree)
    yield from ((relation, None) for relation in plan.catalogue.relations.values())


def _of_tree(tree: Typed) -> Iterator[tuple[Any, Place | None]]:
    for node in tree.walk():
        if node.collection:
            yield node.collection, node.place
            if node.collection.record:
                yield node.collection.record, node.place
        if is_dataclass(node.data):
            yield node.data, node.place
        if isinstance(node.data, FactRef):
            yield node.data.fact, node.place
            yield node.data.fact.type, node.place
