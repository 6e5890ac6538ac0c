"""What things are called, as JSON data: every title in Chinese and English."""

from __future__ import annotations

from typing import Any

from kaoping.facts.types import Catalogue, ItemList, Title
from kaoping.scheme.catalogue import view
from kaoping.scheme.model import GradeRules, Scheme
from kaoping.scheme.scope import RESULTS
from kaoping.texts import say


def title_data(title: Title) -> dict[str, str]:
    """A title as JSON data, English falling back to Chinese."""
    return {"zh": title.zh, "en": title.en or title.zh}


def titles(scheme: Scheme, catalogue: Catalogue) -> dict[str, Any]:
    """What the names in results are called, by kind; grades in their order of merit."""
    catalogue = view(catalogue, scheme)  # other types may have another fact of the same name
    found: dict[str, dict[str, Title]] = {
        "grades": _grades(scheme.grade),
        "criteria": {name: rule.title for name, rule in scheme.criteria.items()},
        "vetoes": {veto.id: veto.title for veto in (scheme.grade.vetoes if scheme.grade else ())},
        "cohort": {name: rule.title for name, rule in scheme.cohort.items()},
        "consequences": {name: rule.title for name, rule in scheme.consequences.items()},
        "gates": {name: gate.title for name, gate in scheme.gates.items()},
        "facts": {name: fact.title for (_, name), fact in catalogue.facts.items() if name in scheme.facts},
        "items": {name: title for known in lists_of(scheme, catalogue) for name, title in known.items.items()},
        "types": {name: catalogue.subject_types[name].title for name in (scheme.subject, *scheme.roll_ups)},
    }
    records = {name: kind for (_, name), kind in catalogue.records.items()}
    found["records"] = {name: kind.title for name, kind in records.items()}
    found["fields"] = {f"{name}.{one}": at for name, kind in records.items() for one, at in kind.field_titles.items()}
    found["facts"] |= found["records"]
    found["measures"] = {name: Title(*(say(f"office.aloud-{name}", one) for one in ("zh", "en"))) for name in RESULTS}
    found["measures"] |= {name: rule.title for name, rule in scheme.measures.items()}
    for roll_up in scheme.roll_ups.values():
        found["measures"] |= {name: rule.title for name, rule in roll_up.measures.items()}
        found["grades"] |= _grades(roll_up.grade)
        found["criteria"] |= {name: rule.title for name, rule in roll_up.criteria.items()}
        found["vetoes"] |= {veto.id: veto.title for veto in (roll_up.grade.vetoes if roll_up.grade else ())}
        found["consequences"] |= {name: rule.title for name, rule in roll_up.consequences.items()}
    return {kind: {name: title_data(title) for name, title in known.items()} for kind, known in found.items()}


def lists_of(scheme: Scheme, catalogue: Catalogue) -> list[ItemList]:
    """The lists a scheme goes through: its own, and those its facts have a value for each item of."""
    facts = (fact for (_, name), fact in catalogue.facts.items() if name in scheme.facts)
    used = {step for fact in facts for step in fact.for_each} | set(scheme.lists)
    return [known for name, known in catalogue.lists.items() if name in used]


def _grades(rules: GradeRules | None) -> dict[str, Title]:
    return {grade: rules.titles.get(grade, Title(grade)) for grade in rules.merit} if rules else {}
