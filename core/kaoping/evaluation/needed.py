"""What a plan needs from outside: the frame it is evaluated over, and other schemes' results."""

from __future__ import annotations

from collections.abc import Iterable

from kaoping.evaluation.plan import Feed
from kaoping.facts.needs import Needs
from kaoping.facts.types import Catalogue
from kaoping.scheme.model import Scheme
from kaoping.scheme.typed import Typed


def frame_needs(scheme: Scheme, catalogue: Catalogue, trees: Iterable[Typed]) -> Needs:
    """What the frame must hold for a scheme with these expressions."""
    relations: set[str] = set()
    for tree in trees:
        for node in tree.walk():
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
        tags=frozenset(scheme.tags),
    )


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
