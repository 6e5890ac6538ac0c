"""The cheapest way to a grade."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from kaoping.errors import EnvironmentError, UsageError
from kaoping.evaluation.plan import Plan
from kaoping.evaluation.run import Evaluation
from kaoping.facts.naming import listed, named
from kaoping.facts.types import Title
from kaoping.facts.values import number_text, read_number
from kaoping.insight.improve import Improvement, Terms, Way, improve, moves_of, settled
from kaoping.insight.proving import Move, Number, Prover
from kaoping.insight.suppose import unknown
from kaoping.office.desk import Desk
from kaoping.office.periods import read_period
from kaoping.office.subjects import find_subject
from kaoping.office.suppositions import frame_now, plans_for
from kaoping.office.tailorings import tailoring_data
from kaoping.office.titles import title_data, titles
from kaoping.plugins import Plugins
from kaoping.scheme.prose import Words
from kaoping.store.known import read_subjects


def cheapest(
    desk: Desk,
    subject: str,
    period: str,
    *,
    to: str,
    scheme: str | None,
    costs: Sequence[str],
    fixed: Sequence[str],
    limits: Sequence[str],
    only: Sequence[str],
    alternatives: int,
    seconds: int,
    tailoring: str | None = None,
) -> dict[str, Any]:
    """The cheapest ways to a grade as things stand, proved to be the cheapest; nothing is stored.

    Raises:
        UsageError: no scheme assesses the subject, or several do; a grade or fact that is none.
        EnvironmentError: no prover can run.
    """
    plugins = desk.plugins
    prover = prover_of(plugins)
    with desk.opened() as store:
        found = find_subject(read_subjects(store), subject)
        fitting = plans_for(desk, plugins, found, scheme, period, tailoring)
        plans = [plan for plan in fitting if _gives(plan, found.type, to)]
        if len(plans) != 1:
            if plans:
                known = ", ".join(plan.scheme.id for plan in plans)
                raise UsageError("insight.which-scheme", grade=to, title=found.title, known=known)
            grades = listed({name: title for plan in fitting for name, title in _grades(plan, found.type).items()})
            raise UsageError("insight.no-such-grade", grade=to, title=found.title, known=grades)
        plan = plans[0]
        span = read_period(plan.scheme, period)
        frame = frame_now(desk, store, plan, span)
    section = next(one for one in plan.sections() if found.type in plan.catalogue.members(one.type))
    assert section.grade is not None
    target = _grade(plan, section.grade.merit, to)
    evaluation = Evaluation(plan, settled(frame))
    terms = Terms(
        {name: _amount(text) for name, text in _pairs(plan, costs)},
        frozenset(_named(plan, name) for name in fixed),
        {name: _span(text) for name, text in _pairs(plan, limits)},
        frozenset(_named(plan, name) for name in only),
    )
    moves = moves_of(evaluation, section, found.id, terms)
    desk.step("insight.searching", title=found.title, prover=prover.name)
    words = Words(plan.scheme, plan.catalogue, desk.language, span.end)
    answer = improve(
        prover, evaluation, section, found.id, target, moves, words, alternatives=alternatives, seconds=seconds
    )
    return {
        "subject": found.id,
        "title": found.title,
        "period": span.text,
        "scheme": plan.scheme.id,
        "scheme_title": title_data(plan.scheme.title),
        "edition": plan.scheme.edition,
        "tailoring": tailoring_data(plan.scheme),
        "to": target,
        "closed": span.text in frame.closed,
        "prover": prover.name,
        **_told(answer),
        "titles": titles(plan.scheme, plan.catalogue),
        "stored": False,
    }


def prover_of(plugins: Plugins) -> Prover:
    """The first prover that can run.

    Raises:
        EnvironmentError: there is none, with the reason of each.
    """
    reasons = []
    for name, prover in plugins.provers.items():
        reason = prover.unavailable()
        if reason is None:
            return prover
        reasons.append(f"{name}: {reason}")
    raise EnvironmentError("insight.no-prover", why="; ".join(reasons) or "-")


def _gives(plan: Plan, kind: str, to: str) -> bool:
    """Does the plan grade such subjects, with a grade of this name or title?"""
    return any(to in (grade, title.zh, title.en) for grade, title in _grades(plan, kind).items())


def _grades(plan: Plan, kind: str) -> dict[str, Title]:
    """The grades it gives such subjects, with their titles."""
    rules = [one.grade for one in plan.sections() if kind in plan.catalogue.members(one.type) and one.grade is not None]
    return {grade: one.titles.get(grade, Title(grade)) for one in rules for grade in one.merit}


def _grade(plan: Plan, merit: Sequence[str], to: str) -> str:
    if to in merit:
        return to
    grades = titles(plan.scheme, plan.catalogue)["grades"]
    return next(grade for grade in merit if to in grades[grade].values())


def _pairs(plan: Plan, texts: Sequence[str]) -> list[tuple[str, str]]:
    pairs = []
    for text in texts:
        name, sign, written = (part.strip() for part in text.partition("="))
        if not sign or not written:
            raise UsageError("insight.term-form", text=text)
        pairs.append((_named(plan, name), written))
    return pairs


def _named(plan: Plan, text: str) -> str:
    """A fact by its name or title, with its window or item behind ``@``."""
    name, at, place = text.partition("@")
    known = {fact: kind.title for (_, fact), kind in plan.catalogue.facts.items() if fact in plan.scheme.facts}
    called = named(name, known)
    if called is None:
        raise unknown("insight.unknown-fact", name, known, scheme=plan.scheme.id)
    items = {title.zh: item for one in plan.catalogue.lists.values() for item, title in one.items.items()}
    return f"{called}{at}{items.get(place, place)}"


def _amount(text: str) -> Number:
    number = read_number(text)
    if number is None or number < 0:
        raise UsageError("insight.term-amount", text=text)
    return number


def _span(text: str) -> tuple[Number | None, Number | None]:
    low, dots, high = text.partition("..")
    if not dots:
        raise UsageError("insight.limit-form", text=text)
    ends = [read_number(end) if end else None for end in (low.strip(), high.strip())]
    if any(end is None and written for end, written in zip(ends, (low.strip(), high.strip()), strict=True)):
        raise UsageError("insight.limit-form", text=text)
    return ends[0], ends[1]


def _told(answer: Improvement) -> dict[str, Any]:
    moves = {move.address: move for move in answer.moves}
    return {
        "status": answer.status,
        "grade": answer.grade,
        "why": answer.why,
        "against": [vars(one) for one in answer.against],
        "may_move": [_move(move) for move in answer.moves],
        "ways": [_way(way, moves) for way in answer.ways],
    }


def _way(way: Way, moves: dict[tuple[str, str, str, str], Move]) -> dict[str, Any]:
    changes = []
    for address, value in way.proposal.values.items():
        move = moves[address]
        by = Fraction(value) - Fraction(move.value)
        changes.append(
            {
                **_move(move),
                "before": None if move.blank else number_text(move.value),
                "after": number_text(value),
                "by": number_text(abs(by)),
                "costs": number_text(abs(by) * Fraction(move.cost)),
            }
        )
    return {
        "cost": number_text(way.proposal.cost),
        "certified": way.proposal.certified,
        "grade": way.grade,
        "changes": changes,
        "moved": dict(way.moved),
    }


def _move(move: Move) -> dict[str, Any]:
    _, fact, at, item = move.address
    ends = {"low": number_text(move.low), "high": number_text(move.high), "cost": number_text(move.cost)}
    return {"fact": fact, "at": at, "item": item, "kind": move.kind, **ends}
