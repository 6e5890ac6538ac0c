"""What this compiler knows of the model: a key it does not know is refused, never passed over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import MISSING, fields, is_dataclass
from typing import Any

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
    Collection: _keys("kind name of to record ever trailing"),
    Passage: _keys("function what where none"),
    FactRef: _keys("fact frame shift"),
    NameRef: _keys("kind section name frame grain"),
}


def check_known(plan: Plan) -> None:
    """Everything that an account of the plan rests on is known here.

    Raises:
        NoFormError: names the first key that is not.
    """
    for thing in _read(plan):
        known = KNOWN.get(type(thing))
        if known is None:
            continue
        for field in fields(thing):
            if field.name not in known and getattr(thing, field.name) != _default(field):
                place = getattr(thing, "place", None) or getattr(getattr(thing, "rule", None), "place", None)
                what = getattr(thing, "id", getattr(thing, "name", type(thing).__name__))
                raise no_form(f"{what}: {field.name}", place)


def _default(field: Any) -> Any:
    return field.default_factory() if field.default_factory is not MISSING else field.default


def _read(plan: Plan) -> Iterator[Any]:
    """The parts of a plan, facts and records that it reads, and what its expressions name."""
    trees: list[Typed] = []
    for measure in plan.measures.values():
        yield measure
        yield measure.rule
        if measure.rule.table:
            yield measure.rule.table
            yield from measure.rule.table.rows
        trees += measure.parts()
    for section in plan.sections():
        for gate, needs in section.gates:
            yield gate
            trees.append(needs)
        for criterion in section.criteria:
            yield criterion
            yield criterion.rule
            trees += [part for part in (criterion.require, criterion.applies) if part]
        if section.grade:
            yield section.grade
            yield from section.grade.bands
        trees += [when for _, when in section.bands if when]
        for veto, when in section.vetoes:
            yield veto
            trees.append(when)
    for tree in trees:
        for node in tree.walk():
            if node.collection:
                yield node.collection
                if node.collection.record:
                    yield node.collection.record
            if is_dataclass(node.data):
                yield node.data
            if isinstance(node.data, FactRef):
                yield node.data.fact
                yield node.data.fact.type
    yield from plan.catalogue.relations.values()
