"""What a plan needs from outside: the frame it is evaluated over, and other schemes' results."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kaoping.evaluation.plan import Feed, TypedMeasure
from kaoping.facts.needs import Needs
from kaoping.facts.types import Catalogue
from kaoping.scheme.model import Scheme
from kaoping.scheme.passages import EARLIER, ENTRIES
from kaoping.scheme.typed import Typed


def frame_needs(
    scheme: Scheme,
    catalogue: Catalogue,
    trees: Iterable[Typed],
    measures: Mapping[tuple[str, str], TypedMeasure],
) -> Needs:
    """What the frame must hold for a scheme with these expressions."""
    relations: set[str] = set()
    nodes = [node for tree in trees for node in tree.walk()]
    for node in nodes:
        if node.collection and node.collection.kind == "relation":
            relations.add(_relation_id(catalogue, node.collection.name, node.collection.of))
    rules = [*scheme.consequences.items()]
    owners = {scheme.subject: [rule for _, rule in rules]}
    paths = [(scheme.subject, rule.among) for rule in scheme.cohort.values() if rule.among]
    for parent, roll_up in scheme.roll_ups.items():
        owners[parent] = list(roll_up.consequences.values())
        relations.add(_relation_id(catalogue, roll_up.over, parent))
    for section, consequences in owners.items():
        paths += [(section, path) for rule in consequences for path in rule.to if path not in ("subject", "public")]
    for start, path in paths:
        current = start
        for step in path.split("."):
            relation = _relation_id(catalogue, step, current)
            relations.add(relation)
            found = catalogue.relations.get(relation)
            if found:
                current = found.to if found.id == step else found.of
    relations.discard("")
    types = {scheme.subject, *scheme.roll_ups, *(of for of, _ in catalogue.facts), *(of for of, _ in catalogue.records)}
    for relation in relations:
        types |= {catalogue.relations[relation].of, catalogue.relations[relation].to}
    return Needs(
        scheme=scheme.id,
        catalogue=catalogue,
        subject_types=frozenset(types),
        facts=frozenset(name for _, name in catalogue.facts),
        records=frozenset(name for _, name in catalogue.records),
        relations=frozenset(relations),
        calendars=_calendars(scheme, catalogue, nodes),
        tags=frozenset(scheme.tags),
        earlier=_earlier(nodes),
        period=scheme.period,
        frozen=_frozen(scheme, measures),
        entries=any(node.collection and node.collection.kind == ENTRIES for node in nodes),
    )


def _calendars(scheme: Scheme, catalogue: Catalogue, nodes: Iterable[Typed]) -> frozenset[str]:
    """The calendars that are gone through, or that a rule or fact has one value for each window of."""
    steps = {node.collection.name for node in nodes if node.collection and node.collection.calendar}
    for use in scheme.facts.values():
        steps |= set(catalogue.facts[use.of, use.id].for_each) if (use.of, use.id) in catalogue.facts else set()
    for rule in scheme.cohort.values():
        steps.add(rule.for_each)
    sections = [(scheme.measures, scheme.criteria, scheme.consequences)]
    sections += [(each.measures, each.criteria, each.consequences) for each in scheme.roll_ups.values()]
    for measures, criteria, consequences in sections:
        grains = [*(one.for_each for one in measures.values()), *(one.for_each for one in criteria.values())]
        steps |= {step for grain in grains for step in grain}
        steps |= {each.for_each for each in consequences.values()}
    return frozenset(steps & set(catalogue.calendars))


def _earlier(nodes: Iterable[Typed]) -> dict[str, str] | None:
    """Which parts of its own earlier results a scheme reads; None where it reads none."""
    found: dict[str, str] = {}
    reads = False
    for node in nodes:
        if node.op == "published":
            found[node.data.ref.name] = node.data.type.kind
        elif node.op == "part" and node.data[2] == EARLIER and node.data[0] != "period_end":
            found[node.data[0]] = node.type.kind
        reads = reads or bool(node.collection and node.collection.kind == EARLIER)
    return found if found or reads else None


def _frozen(scheme: Scheme, measures: Mapping[tuple[str, str], TypedMeasure]) -> dict[str, tuple[str, str]]:
    """The measures that stay as published, with the kind of window they are published by."""
    found = {}
    for (of, name), measure in measures.items():
        if measure.rule.frozen and of == scheme.subject:
            window = next((step for step in measure.rule.for_each if step in scheme.publishes), "")
            found[name] = (measure.type.kind, window)
    return found


def feeds(catalogue: Catalogue) -> tuple[Feed, ...]:
    """The facts that are other schemes' results, by subject type and name."""
    found = []
    for (of, name), fact in sorted(catalogue.facts.items()):
        if fact.fed_from:
            found.append(Feed(name, of, *fact.fed_by, fact.feed_at))
    return tuple(found)


def _relation_id(catalogue: Catalogue, name: str, of: str) -> str:
    families = catalogue.families(of)
    for relation in catalogue.relations.values():
        if (relation.id == name and relation.of in families) or (relation.inverse == name and relation.to in families):
            return relation.id
    return ""
