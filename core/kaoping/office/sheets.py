"""Sheets out: what one scheme asks for, or every scheme of a kind of subject, each fact once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kaoping.errors import KaopingError, UsageError
from kaoping.evaluation.compile import compile_scheme
from kaoping.evaluation.plan import Plan
from kaoping.facts.needs import Needs
from kaoping.facts.periods import Period, parse_period
from kaoping.facts.types import FactType, RecordType, RelationType, SubjectType
from kaoping.intake.fixed import FILE_TITLES
from kaoping.intake.template import Needs as Wanted
from kaoping.intake.template import templates, write_templates
from kaoping.office.catalogue import find_type
from kaoping.office.desk import Desk
from kaoping.office.periods import read_period, why_unfit
from kaoping.office.titles import title_data
from kaoping.plugins import Plugins
from kaoping.scheme.model import Scheme
from kaoping.store.frames import load_frame

REGISTERS = ("registers", FILE_TITLES["registers"])


def template(
    desk: Desk, scheme: str | None, subject: str | None, period: str, folder: Path, *, force: bool, dry_run: bool
) -> dict[str, Any]:
    """Write the sheets asked for in a period, with the subjects on file where there is a database.

    Args:
        desk: where and for whom.
        scheme: the one scheme to write them for; or else
        subject: the type whose schemes to write them for, those that judge just this period.
        period: as in ``-p``.
        folder: where to write.
        force: write over files that are there.
        dry_run: write nothing.
    """
    plugins = desk.plugins
    left_out: list[tuple[Scheme, KaopingError]] = []
    if scheme is not None and subject is None:
        chosen = [plugins.scheme(scheme)]
        span = read_period(chosen[0], period)
    elif subject is not None and scheme is None:
        span = parse_period(period)
        chosen, left_out = _of_type(plugins, subject, span)
    else:
        raise UsageError("office.scheme-or-subject")
    plans = [compile_scheme(one, plugins.catalogue) for one in chosen]
    wanted = _wanted(desk, plugins, plans, span)
    tables = templates(wanted, plugins.catalogue, span, desk.language)
    if not dry_run:
        write_templates(folder, wanted, plugins.catalogue, span, desk.language, force=force)
    return {
        "scheme": scheme,
        "subject": subject,
        "schemes": [one.id for one in chosen],
        "left_out": [
            {"scheme": one.id, "title": title_data(one.title), "why": error.text(desk.language)}
            for one, error in left_out
        ],
        "period": span.text,
        "folder": str(folder),
        "types": [_named(plugins.catalogue.subject_types[one]) for one in _types(plans, wanted.relations)],
        "relations": [
            _named(one)
            | {
                "of": title_data(plugins.catalogue.subject_types[one.of].title),
                "to": title_data(plugins.catalogue.subject_types[one.to].title),
            }
            for one in wanted.relations
        ],
        "registers": [_named(one) for one in wanted.records if one.complete == "stated"],
        "register_rows": sum(len(table) - 1 for name, table in tables.items() if name in REGISTERS),
        "files": [{"file": f"{name}.csv", "rows": len(table) - 1} for name, table in tables.items()],
        "dry_run": dry_run,
    }


def _types(plans: Sequence[Plan], relations: Sequence[RelationType]) -> list[str]:
    """The types a clerk may write in the sheet of subjects: those judged first, then those they hang together with."""
    named = [kind for plan in plans for kind in plan.catalogue.members(plan.scheme.subject)]
    named += [kind for plan in plans for kind in plan.scheme.roll_ups]
    return list(dict.fromkeys([*named, *(end for one in relations for end in (one.of, one.to))]))


def _named(one: SubjectType | RelationType | RecordType) -> dict[str, Any]:
    return {"id": one.id, "title": title_data(one.title)}


def _of_type(plugins: Plugins, subject: str, span: Period) -> tuple[list[Scheme], list[tuple[Scheme, KaopingError]]]:
    """The schemes that give subjects of a type a result for a period, and those that do not judge that period.

    Raises:
        UsageError: there is none.
    """
    catalogue = plugins.catalogue
    kind = find_type(catalogue, subject)
    families = {*catalogue.families(kind), *catalogue.members(kind)}
    of_type = [one for one in plugins.schemes.values() if families & {one.subject, *one.roll_ups}]
    unfit = [(one, error) for one in of_type if (error := why_unfit(one, span.text))]
    others = {one.id for one, _ in unfit}
    chosen = [one for one in of_type if one.id not in others]
    for one in [one for one in chosen if read_period(one, span.text) != span]:  # a campaign named by its year
        chosen.remove(one)
        usable = read_period(one, span.text).text
        unfit.append((one, UsageError("office.period-does-not-fit", scheme=one.id, period=span.text, usable=usable)))
    if not chosen:
        periods = ", ".join(dict.fromkeys(one.period for one in of_type))
        key = "office.no-scheme-of-period" if of_type else "office.no-scheme-of-type"
        raise UsageError(key, type=catalogue.subject_types[kind].title, period=span.text, periods=periods)
    return chosen, unfit


def _wanted(desk: Desk, plugins: Plugins, plans: Sequence[Plan], span: Period) -> Wanted:
    catalogue = plugins.catalogue
    facts: dict[tuple[str, str], FactType] = {}
    records: dict[tuple[str, str], RecordType] = {}
    for plan in plans:
        facts |= {key: fact for key, fact in plan.catalogue.facts.items() if not fact.fed_from}
        records |= plan.catalogue.records
    relations = frozenset[str]().union(*(plan.needs.relations for plan in plans))
    calendars = frozenset[str]().union(*(plan.needs.calendars for plan in plans))
    frame, entered = None, dict[str, tuple[Period, ...]]()
    if desk.database.exists():
        types = frozenset[str]().union(*(plan.needs.subject_types for plan in plans))
        needs = Needs(plans[0].scheme.id, catalogue, types, relations=relations)
        with desk.opened() as store:
            frame = load_frame(store, needs, span, desk.today)
            entered = dict(frame.calendars)
    return Wanted(
        list(facts.values()),
        list(records.values()),
        [catalogue.relations[name] for name in sorted(relations) if name in catalogue.relations],
        [plan.scheme for plan in plans],
        list(frame.subjects.values()) if frame else [],
        frame.edges if frame else {},
        [name for name in sorted(calendars) if catalogue.calendars[name].entered],
        catalogue.windows(entered),
    )
