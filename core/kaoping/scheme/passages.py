"""Parts of results that a passage may go through like records: the criteria of a section."""

from __future__ import annotations

from collections.abc import Mapping

from kaoping.facts.types import RecordType, Title, ValueType
from kaoping.scheme.model import SEVERITIES, Criterion, Scheme
from kaoping.texts import has_text, say

CRITERIA = "criteria"
PARTS = (CRITERIA,)


def criteria_types(scheme: Scheme) -> dict[str, RecordType]:
    """What each criterion of a section has, by section; sections without criteria are left out."""
    sections = {scheme.subject: scheme.criteria}
    sections |= {parent: roll_up.criteria for parent, roll_up in scheme.roll_ups.items()}
    return {section: _criteria_type(section, rules, scheme.groups) for section, rules in sections.items() if rules}


def _criteria_type(section: str, rules: Mapping[str, Criterion], titles_of: Mapping[str, Title]) -> RecordType:
    groups = tuple(dict.fromkeys(rule.group for rule in rules.values() if rule.group))
    named = {severity: _title(f"{CRITERIA}-{severity}") for severity in SEVERITIES}
    fields = {
        "met": ValueType("boolean"),
        "severity": ValueType("choice", choices=SEVERITIES, choice_titles=named),
        "group": ValueType("choice", choices=groups, choice_titles=titles_of),
        "points": ValueType("number"),
        "full_points": ValueType("number"),
    }
    if not groups:
        del fields["group"]
    if not any(rule.points for rule in rules.values()):
        del fields["points"], fields["full_points"]
    titles = {name: _title(f"{CRITERIA}-{name}") for name in fields}
    return RecordType(CRITERIA, section, fields, _title(CRITERIA), titles)


def _title(key: str) -> Title:
    name = f"prose.part-{key}"
    return Title(say(name, "zh"), say(name, "en")) if has_text(name) else Title(key)
