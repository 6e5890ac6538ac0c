"""Parts of results that a passage may go through like records: criteria, earlier results, entries of the ledger."""

from __future__ import annotations

from collections.abc import Mapping

from kaoping.facts.types import RecordType, Title, ValueType
from kaoping.scheme.model import SEVERITIES, Criterion, GradeRules, Scheme
from kaoping.texts import has_text, say

CRITERIA, EARLIER, ENTRIES = "criteria", "results", "entries"
PARTS = (CRITERIA, EARLIER, ENTRIES)
KINDS = ("incentive", "sanction", "rectification", "notice")


def part_types(scheme: Scheme) -> dict[str, dict[str, RecordType]]:
    """What each member of such a collection has, by collection and section."""
    sections = {scheme.subject: scheme.grade} | {name: one.grade for name, one in scheme.roll_ups.items()}
    outcomes = tuple(dict.fromkeys(gate.otherwise for gate in scheme.gates.values()))
    return {
        CRITERIA: criteria_types(scheme),
        EARLIER: {
            section: _earlier_type(section, rules, outcomes if section == scheme.subject else ())
            for section, rules in sections.items()
        },
        ENTRIES: {section: _entry_type(section) for section in sections},
    }


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
    return _part(CRITERIA, section, fields)


def _earlier_type(section: str, rules: GradeRules | None, outcomes: tuple[str, ...]) -> RecordType:
    grades = (*(rules.merit if rules else ()), *outcomes)
    named = dict(rules.titles if rules else {}) | {name: _title(f"outcome-{name}", "") for name in outcomes}
    fields = {"period_end": ValueType("date")}
    if grades:
        fields["grade"] = ValueType("choice", choices=grades, choice_titles=named)
    if rules and rules.score:
        fields["score"] = ValueType("number")
    return _part(EARLIER, section, fields, "period_end")


def _entry_type(section: str) -> RecordType:
    named = {kind: _title(f"kind-{kind}", "") for kind in KINDS}
    fields = {
        "scheme": ValueType("text"),
        "consequence": ValueType("text"),
        "kind": ValueType("choice", choices=KINDS, choice_titles=named),
        "started_on": ValueType("date"),
        "ended_on": ValueType("date", never=True),
        "in_force": ValueType("boolean"),
    }
    return _part(ENTRIES, section, fields, "started_on")


def _part(name: str, section: str, fields: dict[str, ValueType], placed_by: str = "") -> RecordType:
    titles = {field: _title(f"{name}-{field}") for field in fields}
    placed = (placed_by,) if placed_by else ()
    return RecordType(name, section, fields, _title(name), titles, placed)


def _title(key: str, prefix: str = "part-") -> Title:
    name = f"prose.{prefix}{key}"
    return Title(say(name, "zh"), say(name, "en")) if has_text(name) else Title(key)
