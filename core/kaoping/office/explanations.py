"""Why a subject has its grade: every rule with what it read, the clause, and where each fact came from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from kaoping.errors import UsageError
from kaoping.evaluation.run import Evaluation as Run
from kaoping.facts.frame import Subject
from kaoping.facts.periods import parse_period
from kaoping.insight.explain import OPEN
from kaoping.insight.explain import explain as explain_subject
from kaoping.insight.obstacles import obstacles, way_data
from kaoping.office.aloud import Aloud
from kaoping.office.desk import Desk
from kaoping.office.evaluations import rerun
from kaoping.office.kept import read_kept
from kaoping.office.reports import find_evaluation
from kaoping.office.results import subject_data
from kaoping.office.subjects import find_subject
from kaoping.office.tailorings import tailoring_data
from kaoping.office.titles import title_data, titles
from kaoping.store.connection import Store
from kaoping.store.evaluations import Evaluation, list_evaluations, read_subject_result
from kaoping.store.known import KnownSubject, read_subjects, show_subject

RULES = ("measures", "gates", "criteria", "bands", "vetoes", "cohort")


def explain(desk: Desk, subject: str, period: str, *, scheme: str | None, evaluation: int | None) -> dict[str, Any]:
    """Why a subject's result is what it is, as the evaluation found it and on what was known then.

    Without a scheme, under every scheme the subject was evaluated in the period; with one alone its explanation also
    stands at the top.
    """
    parse_period(period)
    with desk.opened() as store:
        found = find_subject(read_subjects(store), subject)
        stored = _evaluations(desk, store, found, period, scheme, evaluation)
        explanations = [_explanation(desk, store, found, one) for one in stored]
    head = {"subject": found.id, "title": found.title, "type": found.type, "period": period}
    alone = explanations[0] if len(explanations) == 1 else {}
    return {**alone, **head, "explanations": explanations}


def _evaluations(
    desk: Desk, store: Store, subject: Subject, period: str, scheme: str | None, number: int | None
) -> list[Evaluation]:
    """The latest evaluation of each scheme that assessed the subject in the period."""
    if scheme is not None:
        stored = [find_evaluation(desk, store, scheme, period, number)]
    else:
        stored = [one for one in list_evaluations(store, None, period) if number in (None, one.id)]
        stored = list({one.scheme: one for one in stored}.values())
        if number is not None and not stored:
            raise UsageError("office.evaluation-of-other-period", evaluation=number, period=period)
    found = [one for one in stored if read_subject_result(store, one.id, subject.id)]
    if not found:
        key = "office.subject-not-in-evaluation" if stored else "office.nothing-evaluated"
        schemes = ", ".join(one.scheme for one in stored)
        raise UsageError(key, title=subject.title, subject=subject.id, period=period, schemes=schemes)
    return found


def _explanation(desk: Desk, store: Store, subject: Subject, stored: Evaluation) -> dict[str, Any]:
    result = read_subject_result(store, stored.id, subject.id)
    assert result is not None  # only evaluations that have one are explained
    desk.step("office.explaining", evaluation=stored.id)
    run = rerun(store, stored)
    kept = read_kept(store, stored)
    section = next(one for one in run.plan.sections() if result.type in run.plan.catalogue.members(one.type))
    data = explain_subject(run, section, subject.id)
    aloud = Aloud(kept.scheme, kept.catalogue, desk.language, run.frame.period.end)
    _read_aloud(data, aloud, section.type)
    sources = _Sources(store, stored.known_at, desk)
    for rule in _rules(data):
        for fact in rule.get("facts", ()):
            fact["sources"] = sources.of_fact(fact)
        for record in rule.get("records", ()):
            record["sources"] = sources.of_record(record)
        read = [*rule.get("facts", ()), *rule.get("records", ())]
        rule["sources"] = list(dict.fromkeys(said["source"] for one in read for said in one["sources"]))
    changed = sources.changed_since(subject.id)
    return {
        "scheme": stored.scheme,
        "scheme_title": title_data(kept.scheme.title),
        "edition": stored.edition,
        "source": dict(kept.scheme.source),
        "tailoring": tailoring_data(kept.scheme),
        "evaluation": stored.id,
        "known_at": stored.known_at,
        "changed_since": [{"subject": one, "title": run.frame.subjects[one].title} for one in changed],
        "engines": list(stored.engines),
        "opinions": len(stored.engines),
        "notes": list(stored.notes),
        "result_digest": stored.digest,
        **subject_data(result),
        "ranks": {name: dict(ranks) for name, ranks in result.ranks.items()},
        "related": _related(run, subject),
        "titles": titles(kept.scheme, kept.catalogue),
        "why_not": [way_data(way) for way in obstacles(run, section, subject.id, aloud.words)],
        **data,
    }


def _related(run: Run, subject: Subject) -> list[dict[str, Any]]:
    """Who the subject hangs together with on the period's last day, such as its company."""
    day = run.frame.period.end
    relations = run.plan.catalogue.relations
    return [
        {"relation": relation, "title": title_data(relations[relation].title)}
        | {"to": edge.to, "to_title": run.frame.subjects[edge.to].title}
        for (relation, of), edges in run.frame.edges.items()
        if of == subject.id and relation in relations
        for edge in edges
        if edge.holds(day) and edge.to in run.frame.subjects
    ]


def _read_aloud(data: dict[str, Any], aloud: Aloud, section: str) -> None:
    """Beside every rule what it says, and beside every name and choice what it is called, for people to read."""
    for kind in RULES:
        for rule in data[kind]:
            rule["aloud"] = aloud.rule(kind, rule, section)
    for rule in _rules(data):
        rule["read"] = [
            {"title": aloud.title(name), "value": _said(name, value, aloud)}
            for name, value in rule.get("values", {}).items()
        ]
        for record in rule.get("records", ()):
            record["read"] = [
                {"title": aloud.title(name), "value": aloud.choice(value) if isinstance(value, str) else value}
                for name, value in record["fields"].items()
            ]


def _said(name: str, value: Any, aloud: Aloud) -> Any:
    """A value as it stands behind its name; that a register is open is said by the name alone."""
    if name.endswith(OPEN):
        return ""
    return aloud.choice(value) if isinstance(value, str) else value


def _rules(data: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for kind in RULES:
        yield from data[kind]


class _Sources:
    """Where entries came from, as known at a moment; each subject is looked up once."""

    def __init__(self, store: Store, known_at: str, desk: Desk) -> None:
        self._store = store
        self._desk = desk
        self._known_at = known_at or None
        self._seen: dict[str, KnownSubject | None] = {}

    def of_fact(self, fact: dict[str, Any]) -> list[dict[str, Any]]:
        """Who said a value; of one that holds until changed, who said the last one that begins in time."""
        if fact["fed_from"]:
            scheme = fact["fed_from"].partition(".")[0]
            source = self._desk.say("office.fed-by", scheme=scheme)
            return [{"at": fact["period"], "entered": fact["value"], "source": source}]
        known = self._subject(fact["subject"])
        said = [one for one in (known.values if known else ()) if one.fact == fact["fact"] and one.item == fact["item"]]
        if fact["holds"]:
            end = parse_period(fact["period"]).end.isoformat()
            said = sorted((one for one in said if _begin(one.at) <= end), key=lambda one: _begin(one.at))[-1:]
        else:
            said = [one for one in said if one.at == fact["period"]]
        return [{"at": one.at, "entered": one.value, **asdict(one.said)} for one in said]

    def of_record(self, record: dict[str, Any]) -> list[dict[str, Any]]:
        """Who said an entry of a register."""
        known = self._subject(record["subject"])
        found = [one for one in (known.records if known else ()) if (one.record, one.no) == _key(record)]
        return [asdict(one.said) for one in found]

    def changed_since(self, subject: str) -> list[str]:
        """Of whom something else is known by now: the subject, and those whose entries were read for it."""
        self._subject(subject)
        return [one for one, then in self._seen.items() if then and show_subject(self._store, one, None) != then]

    def _subject(self, subject: str) -> KnownSubject | None:
        if subject not in self._seen:
            self._seen[subject] = show_subject(self._store, subject, self._known_at)
        return self._seen[subject]


def _key(record: dict[str, Any]) -> tuple[str, str]:
    return record["record"], record["no"]


def _begin(at: str) -> str:
    return at if len(at) == len("2025-01-01") else parse_period(at).start.isoformat()
