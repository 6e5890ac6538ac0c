"""Which kinds of rule the worked cases of schemes show, and which nobody has shown."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kaoping.cases import Case, read_cases
from kaoping.office.desk import Desk
from kaoping.office.schemes import chosen
from kaoping.office.titles import title_data
from kaoping.scheme.model import Scheme
from kaoping.scheme.rule_kinds import RuleKind, rule_kinds


def coverage(desk: Desk, which: str | None) -> dict[str, Any]:
    """The kinds of rule with the worked cases of a scheme, of a scheme file, or of every scheme."""
    return coverage_of(chosen(desk.plugins, which))


def coverage_of(schemes: Iterable[Scheme]) -> dict[str, Any]:
    """The kinds of rule in the order of the register, each with the schemes and cases that show it.

    Raises:
        Problems: some file of cases is not one.
    """
    read = [
        (scheme, [case for case in read_cases(scheme.cases_text, scheme.cases_file) if case.confirmed])
        for scheme in schemes
    ]
    kinds = [_kind(kind, read) for kind in rule_kinds().values()]
    return {
        "kinds": kinds,
        "shown": sum(bool(kind["schemes"]) for kind in kinds),
        "not_shown": [kind["kind"] for kind in kinds if not kind["schemes"]],
        "schemes": [
            {
                "scheme": scheme.id,
                "title": title_data(scheme.title),
                "kinds": len({kind for case in cases for kind in case.shows}),
                "cases": len(cases),
                "cases_that_show": sum(bool(case.shows) for case in cases),
            }
            for scheme, cases in read
        ],
    }


def _kind(kind: RuleKind, read: list[tuple[Scheme, list[Case]]]) -> dict[str, Any]:
    found = [(scheme, [case for case in cases if kind.id in case.shows]) for scheme, cases in read]
    return {
        "kind": kind.id,
        "title": title_data(kind.title),
        "group": kind.group,
        "group_title": title_data(kind.group_title),
        "schemes": [
            {
                "scheme": scheme.id,
                "title": title_data(scheme.title),
                "cases": [{"case": case.id, "title": dict(case.title)} for case in cases],
            }
            for scheme, cases in found
            if cases
        ],
    }
