"""Schemes that feed each other: whether what a fact takes is there and fits, and that nobody waits for itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from kaoping.errors import DataError, Place, nearest
from kaoping.evaluation.graph import find_cycle
from kaoping.evaluation.plan import Plan
from kaoping.facts.periods import WINDOWS
from kaoping.facts.types import Catalogue, FactType
from kaoping.scheme.model import GradeRules, Scheme

_KINDS = {"number": ("number", "integer")} | {kind: (kind,) for kind in ("boolean", "date", "time", "choice")}


def feeding_problems(schemes: Sequence[Scheme], known: Iterable[Scheme], catalogue: Catalogue) -> list[DataError]:
    """What is wrong with the facts these schemes take from others, all of them `known` together.

    A scheme that is not known may come later: what it feeds stays open until then.
    """
    all_known = {scheme.id: scheme for scheme in (*known, *schemes)}
    errors = [error for scheme in schemes for error in _wrong_items(scheme, all_known, catalogue)]
    return errors + list(_circles(schemes, all_known, catalogue))


def unknown_sources(scheme: Scheme, known: Mapping[str, Scheme], catalogue: Catalogue) -> list[tuple[str, str]]:
    """(fact, scheme) of each fact that is to come from a scheme nobody knows."""
    return [
        (fact.id, fact.fed_by[0])
        for fact, _ in _fed(scheme, catalogue)
        if fact.fed_by[0] not in known and fact.fed_by[0] != scheme.id
    ]


def wrong_kinds(plan: Plan, sources: Mapping[str, Plan]) -> list[DataError]:
    """The facts whose type is not that of the measure they take, as far as the schemes are compiled."""
    errors = []
    for fact, place in _fed(plan.scheme, plan.catalogue):
        scheme, item = fact.fed_by
        source = sources.get(scheme)
        found = source and next((m for (_, name), m in source.measures.items() if name == item), None)
        if found and fact.type.kind not in _KINDS.get(found.type.kind, ()):
            facts = {"name": fact.id, "wanted": found.type.kind, "item": fact.fed_from, "found": fact.type.kind}
            errors.append(DataError("scheme.feed-kind", place=place, **facts))
    return errors


def _fed(scheme: Scheme, catalogue: Catalogue) -> Iterator[tuple[FactType, Place]]:
    for use in scheme.facts.values():
        fact = catalogue.fact(use.of, use.id)
        if fact and fact.fed_from:
            yield fact, use.place


def _circles(schemes: Sequence[Scheme], known: Mapping[str, Scheme], catalogue: Catalogue) -> Iterator[DataError]:
    """Each circle once; what takes the period before looks only at what is over, and closes none."""
    places: dict[str, dict[str, Place]] = {}
    for scheme in known.values():
        waits = {fact.fed_by[0]: place for fact, place in _fed(scheme, catalogue) if fact.feed_at != "previous"}
        places[scheme.id] = {source: place for source, place in waits.items() if source in known}
    done: set[str] = set()
    for scheme in schemes:
        if cycle := find_cycle(places, scheme.id, [], done):
            done.update(cycle)
            yield DataError("scheme.feed-circle", place=places[cycle[0]][cycle[1]], path=" → ".join(cycle))


def _wrong_items(scheme: Scheme, known: Mapping[str, Scheme], catalogue: Catalogue) -> Iterator[DataError]:
    for fact, place in _fed(scheme, catalogue):
        source = known.get(fact.fed_by[0])
        if source is None:
            continue
        sections = _sections(source, fact, catalogue)
        if not sections:
            yield DataError("scheme.feed-subject", place=place, name=fact.id, scheme=source.id, of=fact.of)
        elif not any(_has(source, section, fact) for section in sections):
            yield _not_there(source, sections, fact, place)
        elif missing := [choice for section in sections for choice in _not_chosen(source, section, fact)]:
            facts = {"name": fact.id, "scheme": source.id, "missing": ", ".join(dict.fromkeys(missing))}
            yield DataError("scheme.feed-choices", place=place, **facts)


def _sections(source: Scheme, fact: FactType, catalogue: Catalogue) -> list[str]:
    """The subject types a scheme gives results for that may have the fact."""
    families = set(catalogue.families(fact.of))
    found = (source.subject, *source.roll_ups)
    return [section for section in found if section in families or fact.of in catalogue.families(section)]


def _grade(source: Scheme, section: str) -> GradeRules | None:
    return source.grade if section == source.subject else source.roll_ups[section].grade


def _grades(source: Scheme, section: str) -> list[str]:
    """Everything ``grade`` may be: grades, and what stands instead while a gate is not passed."""
    rules = _grade(source, section)
    outcomes = [gate.otherwise for gate in source.gates.values()] if section == source.subject else []
    return [*(rules.merit if rules else ()), *dict.fromkeys(outcomes)]


def _has(source: Scheme, section: str, fact: FactType) -> bool:
    """Does the section give what the fact takes, of the kind and for the windows it is declared with?"""
    _, item = fact.fed_by
    if item in ("grade", "score"):
        rules, given, kinds = _grade(source, section), _grades(source, section), _KINDS["choice"]
        if item == "score":
            given, kinds = [rules.score] if rules and rules.score else [], _KINDS["number"]
        of_windows = len(fact.for_each) == 1 and fact.for_each[0] in WINDOWS and fact.feed_at == "same"
        return bool(given) and fact.type.kind in kinds and (of_windows or not fact.for_each)
    measure = _measures(source, section).get(item)
    return measure is not None and measure == fact.for_each and fact.type.kind != "text"


def _measures(source: Scheme, section: str) -> dict[str, tuple[str, ...]]:
    """The measures of a section, each with what it has one value for."""
    own = source.measures if section == source.subject else source.roll_ups[section].measures
    return {name: measure.for_each for name, measure in own.items() if measure.of in ("", section)}


def _not_chosen(source: Scheme, section: str, fact: FactType) -> list[str]:
    if fact.fed_by[1] != "grade":
        return []
    return [grade for grade in _grades(source, section) if grade not in fact.type.choices]


def _not_there(source: Scheme, sections: list[str], fact: FactType, place: Place) -> DataError:
    given: dict[str, None] = {}
    for section in sections:
        given |= dict.fromkeys(["grade"] if _grades(source, section) else [])
        rules = _grade(source, section)
        given |= dict.fromkeys(["score"] if rules and rules.score else [])
        given |= dict.fromkeys(_measures(source, section))
    _, item = fact.fed_by
    facts = {"name": fact.id, "scheme": source.id, "item": item}
    if item in given:
        steps = next((found[item] for s in sections if item in (found := _measures(source, s))), ())
        kind = "choice" if item == "grade" else "number" if item == "score" else "as the measure"
        return DataError("scheme.feed-form", place=place, kind=kind, for_each=", ".join(steps) or "-", **facts)
    near = nearest(item, given)
    hint = "common.did-you-mean" if near else None
    return DataError("scheme.feed-item", place=place, hint=hint, near=near, known=", ".join(given), **facts)
