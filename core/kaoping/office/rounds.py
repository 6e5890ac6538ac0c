"""A round: every scheme that fits a period and has subjects, one after the other, those that feed others first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from graphlib import TopologicalSorter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from kaoping.errors import EnvironmentError, KaopingError, UsageError
from kaoping.facts.frame import Subject
from kaoping.facts.periods import parse_period
from kaoping.facts.types import Catalogue
from kaoping.office.desk import Desk
from kaoping.office.evaluations import How, evaluate_with
from kaoping.office.periods import read_period, why_unfit
from kaoping.office.plugins import problem_data
from kaoping.office.subjects import read_moment
from kaoping.office.tailorings import by_scheme, tailoring_data
from kaoping.office.titles import title_data
from kaoping.plugins import Plugins
from kaoping.scheme.model import Scheme
from kaoping.store.backup import backup
from kaoping.store.known import read_subjects

FINE = 1000  # a scheme's share of the bar, so that it moves within one too


@dataclass(frozen=True)
class Round:
    """What is asked: the schemes as tailored, the period as typed, and how each is to be evaluated."""

    plugins: Plugins
    schemes: Sequence[Scheme]
    period: str
    how: How


def evaluate_all(
    desk: Desk, period: str, how: How, *, tailorings: Sequence[str] = (), but: frozenset[str] = frozenset()
) -> dict[str, Any]:
    """Evaluate every scheme (`but` some) that judges a period and has subjects; one that fails hides no other.

    Each tailoring is put on the scheme it is of. A dry run evaluates in a copy of the database, so that what feeds is
    there for what is fed.

    Raises:
        UsageError: the period is none, or no scheme judges it. EnvironmentError: the database cannot be used.
    """
    plugins = desk.plugins
    changed = by_scheme(desk, plugins, tailorings)
    schemes = [changed.get(one.id, one) for one in plugins.schemes.values() if one.id not in but]
    asked = Round(plugins, schemes, period, replace(how, dry_run=False))
    parse_period(period)
    with desk.opened() as store:
        subjects = read_subjects(store, read_moment(how.as_of))
        if not how.dry_run:
            return _summed(asked, list(_each(desk, asked, subjects)), dry_run=False)
        with TemporaryDirectory(prefix="kaoping-") as folder:
            copy = replace(desk, database=Path(folder) / "kaoping.db")
            desk.step("office.copying")
            backup(store, copy.database)
            tried = [{**one, "evaluation": None} for one in _each(copy, asked, subjects)]
    return _summed(asked, tried, dry_run=True)


def in_order(schemes: Sequence[Scheme], catalogue: Catalogue) -> list[Scheme]:
    """The schemes, those that feed others before them; otherwise as they come."""
    known = {scheme.id: scheme for scheme in schemes}
    waits = {name: [source for source in _sources(one, catalogue) if source in known] for name, one in known.items()}
    return [known[name] for name in TopologicalSorter(waits).static_order()]


def _sources(scheme: Scheme, catalogue: Catalogue) -> list[str]:
    """The schemes whose results of the same period it takes, in the order of its facts."""
    facts = [catalogue.fact(use.of, use.id) for use in scheme.facts.values()]
    return [fact.fed_by[0] for fact in facts if fact and fact.fed_from and fact.feed_at != "previous"]


def _each(desk: Desk, asked: Round, subjects: Mapping[str, Subject]) -> Iterator[dict[str, Any]]:
    catalogue = asked.plugins.catalogue
    fitting: list[Scheme] = []
    for scheme in in_order(asked.schemes, catalogue):
        if (why := _left_out(scheme, asked.period, catalogue, subjects)) is None:
            fitting.append(scheme)
        else:
            yield _outcome(scheme, "left_out", why=why.text(desk.language), reason=why.key.rpartition(".")[2])
    failed: set[str] = set()
    for number, scheme in enumerate(fitting):
        if waits := [source for source in _sources(scheme, catalogue) if source in failed]:
            failed.add(scheme.id)
            why = UsageError("office.waits-for", sources=", ".join(dict.fromkeys(waits)))
            yield _outcome(scheme, "waiting", why=why.text(desk.language), reason="waits-for")
            continue
        facts = {"number": number + 1, "count": len(fitting), "scheme": scheme.id, "period": asked.period}
        heard = replace(desk, tell=_told(desk, desk.say("office.of-round", **facts), number, len(fitting)))
        try:
            found = evaluate_with(heard, asked.plugins, scheme, asked.period, asked.how)
        except EnvironmentError:
            raise  # the database is at fault, not the scheme
        except KaopingError as error:
            failed.add(scheme.id)
            errors = problem_data(error, desk.language)
            yield _outcome(scheme, "failed", errors=errors, exit_code=error.exit_code)
        else:
            yield _outcome(scheme, "evaluated", **_found(found))


def _left_out(
    scheme: Scheme, period: str, catalogue: Catalogue, subjects: Mapping[str, Subject]
) -> KaopingError | None:
    if unfit := why_unfit(scheme, period):
        return unfit
    span = read_period(scheme, period)
    types = catalogue.members(scheme.subject)
    if any(one.type in types and one.on_file(span.end) for one in subjects.values()):
        return None
    kind = catalogue.subject_types[scheme.subject].title
    return UsageError("office.no-subjects", period=span.text, kind=kind, scheme=scheme.id)


def _told(desk: Desk, step: str, number: int, count: int) -> Callable[[str, int, int], None]:
    """One scheme's progress as a part of the whole."""
    reached = number * FINE

    def tell(_step: str, done: int, total: int) -> None:
        nonlocal reached  # steps of unknown length do not move it back
        reached = max(reached, number * FINE + (FINE * done // total if total else 0))
        desk.tell(step, reached, count * FINE)

    return tell


def _outcome(scheme: Scheme, state: str, **more: Any) -> dict[str, Any]:
    blank: dict[str, Any] = {"evaluation": None, "period": None, "subjects": 0, "rolled_up": 0, "grades": {}}
    blank |= {
        "statuses": {},
        "engines": [],
        "opinions": 0,
        "result_digest": None,
        "notes": [],
        "titles": {"grades": {}},
    }
    blank |= {"why": None, "reason": None, "errors": [], "exit_code": 0}
    head = {"scheme": scheme.id, "title": title_data(scheme.title), "tailoring": tailoring_data(scheme)}
    return {**head, "state": state, **blank, **more}


def _found(found: Mapping[str, Any]) -> dict[str, Any]:
    kept = ("evaluation", "period", "grades", "engines", "opinions", "result_digest", "notes")
    statuses = Counter(one["status"] for one in found["results"])
    return {
        **{name: found[name] for name in kept},
        "titles": {"grades": found["titles"]["grades"]},
        "subjects": len(found["results"]),
        "rolled_up": len(found["rolled_up"]),
        "statuses": dict(statuses),
    }


def _summed(asked: Round, outcomes: list[dict[str, Any]], *, dry_run: bool) -> dict[str, Any]:
    states = Counter(one["state"] for one in outcomes)
    run = [one for one in outcomes if one["state"] != "left_out"]
    if not run and all(one["reason"] == "period-does-not-fit" for one in outcomes):
        raise UsageError("office.no-scheme-fits", period=asked.period)
    return {
        "period": asked.period,
        "evaluated": states["evaluated"],
        "failed": states["failed"],
        "waiting": states["waiting"],
        "left_out": states["left_out"],
        "schemes": [*run, *(one for one in outcomes if one["state"] == "left_out")],
        "exit_code": max((one["exit_code"] for one in outcomes), default=0),
        "dry_run": dry_run,
    }
