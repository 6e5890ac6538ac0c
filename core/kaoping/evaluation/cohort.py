"""Places among all subjects assessed together: ranks, ties, quotas, exclusions, back-filling."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from math import lcm
from typing import Any

from kaoping.evaluation import values as sets
from kaoping.evaluation.addressed import related
from kaoping.evaluation.context import Context
from kaoping.evaluation.plan import Plan, TypedCohort
from kaoping.evaluation.reference import Machine
from kaoping.evaluation.values import MAYBE, Value, decided, hull
from kaoping.facts.frame import Subject
from kaoping.facts.periods import Period
from kaoping.scheme.typed import Typed


@dataclass(frozen=True)
class Places:
    """Who won what by one rule in one window.

    Attributes:
        outcomes: subject to its place: true or false, or a tier or ``none``; undecided while it is open.
        ranks: subject to its rank among the ranked, ties sharing the better one.
        waiting: the members that could still move.
        doubtful: the ranked that may yet be excluded, which moves nobody else: their place is what it is, or nothing.
        draws: subjects tied across an edge, for whom a draw must be entered.
    """

    outcomes: dict[str, Value] = field(default_factory=dict)
    ranks: dict[str, int] = field(default_factory=dict)
    waiting: tuple[str, ...] = ()
    doubtful: tuple[str, ...] = ()
    draws: tuple[str, ...] = ()


Asked = tuple[str, str, str]
"""A rule, a window or "", and what is asked there of each member: ``needs``, ``exclude``, or a key to rank by."""


def asked_of(typed: TypedCohort) -> Iterator[tuple[str, Typed]]:
    """What a rule asks of each member, by name."""
    yield from ((name, node) for name, node in (("needs", typed.needs), ("exclude", typed.exclude)) if node)
    yield from ((f"by{number}", key) for number, (key, _) in enumerate(typed.by) if key)


class Cohort:
    """Evaluates cohort rules, each rule and window once.

    Attributes:
        given: what another engine found of everybody for something asked; None: nothing.
        placed: the places another engine found by a rule in a window, those of each group; None: none.
        reckoned: the rules whose places were found here.
    """

    def __init__(self, plan: Plan, machine: Machine) -> None:
        self.plan = plan
        self.machine = machine
        self._done: dict[tuple[str, str], Places] = {}
        self._parts: dict[tuple[str, str], dict[str, Places]] = {}
        self.given: Callable[[Asked], Mapping[str, Value] | None] = lambda _: None
        self.placed: Callable[[str, str], Sequence[Places] | None] = lambda *_: None
        self.reckoned: set[str] = set()
        machine.cohort_value = self.value

    def value(self, _section: str, rule: str, subject: str | None, window: str) -> Value:
        """The outcome of a rule for a subject; one not in the cohort won nothing."""
        places = self._done.get((rule, window)) or self.places(rule, window)
        found = places.outcomes.get(subject or "")
        if found is None:
            return "none" if self.plan.cohort[rule].rule.tiers else False
        return found

    def windows(self, rule: str) -> tuple[Period, ...]:
        """The windows a rule is evaluated in: each of its kind, or the whole period once."""
        for_each = self.plan.cohort[rule].rule.for_each
        return self.machine.windows.parts(self.machine.period, for_each) if for_each else (self.machine.period,)

    def places(self, rule: str, window: str) -> Places:
        """All places of a rule in a window (its text, or "")."""
        key = (rule, window)
        found = self._done.get(key)
        if found is None:
            typed = self.plan.cohort[rule]
            period = self.machine.windows.named(typed.rule.for_each, window) if window else self.machine.period
            parts = self._parts[key] = {}
            given = self.placed(rule, window)
            for part in given or ():
                parts.update(dict.fromkeys((*part.outcomes, *part.waiting), part))
            if given is None:
                self.reckoned.add(rule)
            for members in self._parted(typed, period) if given is None else ():
                part = self._rank(typed, period, members)
                parts.update(dict.fromkeys((member.id for member in members), part))
            found = self._done[key] = _together(list({id(part): part for part in parts.values()}.values()))
        return found

    def among(self, rule: str, window: str, subject: str) -> Places:
        """The places of those a subject is ranked among: all, or its group where a relation parts them."""
        self.places(rule, window)
        return self._parts[rule, window].get(subject, Places())

    def _parted(self, typed: TypedCohort, window: Period) -> list[list[Subject]]:
        """The members in the groups that are ranked by themselves, by where the relation first leads to."""
        frame, path = self.machine.frame, typed.rule.among
        members = frame.of_type(self.plan.catalogue.members(self.plan.main.type), window.end)
        if not path:
            return [list(members)]
        groups: dict[str, list[Subject]] = {}
        for member in members:
            for group in sorted(related(frame, member.id, path.split("."), window.end))[:1]:
                groups.setdefault(group, []).append(member)
        return list(groups.values())

    def asked(self, rule: str, member: str, window: str) -> Iterator[tuple[Typed, Context]]:
        """What decides whether a member is ranked, and by what first, each in the member's context."""
        typed = self.plan.cohort[rule]
        period = next((w for w in self.windows(rule) if w.text == window), self.machine.period)
        context = self._context(member, period, typed.rule.for_each)
        yield from ((node, context) for node in (typed.needs, typed.exclude, typed.by[0][0]) if node is not None)

    def _rank(self, typed: TypedCohort, window: Period, members: Iterable[Subject]) -> Places:
        rule = typed.rule
        keys: dict[str, list[Value]] = {}
        excluded: set[str] = set()
        doubtful: list[str] = []
        waiting: list[str] = []
        asks = {name: self._asking(typed, window, name, node) for name, node in asked_of(typed)}
        needed, excludes = asks.pop("needs", None), asks.pop("exclude", None)
        for member in members:
            if member.id in self.machine.frame.bars:
                continue
            context = self._context(member.id, window, rule.for_each)
            needs: Value = True if needed is None else needed(member.id, context)
            barred: Value = False if excludes is None else excludes(member.id, context)
            if needs is False or (rule.backfill and barred is True):
                continue
            ranked_by = [key(member.id, context) for key in asks.values()]
            if needs is not True or (rule.backfill and barred is MAYBE) or not decided(ranked_by[0]):
                waiting.append(member.id)
                continue
            if barred is True:
                excluded.add(member.id)
            elif barred is MAYBE:
                doubtful.append(member.id)
            keys[member.id] = ranked_by
        nothing: Value = "none" if rule.tiers else False
        if waiting and rule.incomplete == "wait":
            undecided = sets.choices_of((*(tier for tier, _ in rule.tiers), "none")) if rule.tiers else MAYBE
            outcomes = dict.fromkeys([*keys, *waiting], undecided) | dict.fromkeys(excluded, nothing)
            return Places(outcomes, {}, tuple(waiting), tuple(doubtful))
        lows = [low for key, low in typed.by if key is not None]
        groups = list(_groups(sorted(keys), keys, lows, 0))
        ranks: dict[str, int] = {}
        for group in groups:
            ranks.update(dict.fromkeys(group, len(ranks) + 1))
        ladder = self.ladder(typed, Context({}, window, size=len(keys)))
        order = groups[::-1] if typed.bottom else groups
        outcomes, draws = self._award(typed, window, order, ladder, nothing, keys)
        outcomes.update(dict.fromkeys(excluded, nothing))
        outcomes.update({member: hull(outcomes[member], nothing) for member in doubtful})
        return Places(outcomes, ranks, tuple(waiting), tuple(doubtful), tuple(draws))

    def _asking(self, typed: TypedCohort, window: Period, name: str, node: Typed) -> Callable[[str, Context], Value]:
        """What is asked of each member in its context, as another engine found it where it did."""
        rule = typed.rule
        given = self.given((rule.id, window.text if rule.for_each else "", name)) or {}
        closure = self.machine.closure(node)

        def ask(member: str, context: Context) -> Value:
            found = given.get(member) if given else None
            return closure(context) if found is None else found

        return ask

    def _context(self, subject: str, window: Period, for_each: str) -> Context:
        home = self.machine.home(self.plan.main.type, subject)
        return self.machine.within(home, for_each, window.text) if for_each else home

    def ladder(self, typed: TypedCohort, size: Context) -> list[Value]:
        """What each place from the best wins, while there is something to win."""
        if typed.tiers:
            counts: list[tuple[Value, Value]] = [
                (tier, self.machine.closure(count)(size)) for tier, count in typed.tiers
            ]
        else:
            places = typed.top or typed.bottom
            counts = [(True, self.machine.closure(places)(size) if places else 0)]
        return [prize for prize, count in counts if decided(count) for _ in range(max(0, int(count)))]

    def _award(
        self,
        typed: TypedCohort,
        window: Period,
        groups: list[list[str]],
        ladder: list[Value],
        nothing: Value,
        keys: dict[str, list[Value]],
    ) -> tuple[dict[str, Value], list[str]]:
        """Down the ladder, a tied group at a time; a group across an edge needs a draw, or all of it is let in."""
        won: dict[str, Value] = {}
        draws: list[str] = []
        place = 0
        for group in groups:
            prizes = [ladder[p] if p < len(ladder) else nothing for p in range(place, place + len(group))]
            place += len(group)
            whole_tie = all(decided(key) for subject in group for key in keys[subject])
            lots = self._lots(typed, window, group) if len(set(prizes)) > 1 and whole_tie else None
            if len(set(prizes)) == 1 or (typed.rule.ties == "include" and whole_tie):
                won.update(dict.fromkeys(group, prizes[0]))
            elif lots is not None:
                won.update(zip(sorted(group, key=lots.__getitem__), prizes, strict=True))
            else:
                won.update(dict.fromkeys(group, sets.choices_of(prizes)))
                draws += group if whole_tie else []
        return won, draws

    def _lots(self, typed: TypedCohort, window: Period, tied: list[str]) -> dict[str, Any] | None:
        """The entered draw (``<rule>_draw``, the smallest lot first), if everybody tied has a lot of their own."""
        if not any(key is None for key, _ in typed.by):
            return None
        period = ((window if typed.rule.for_each else self.machine.base).text, "")
        values = self.machine.frame.values
        lots = {subject: values.get((subject, f"{typed.rule.id}_draw"), {}).get(period) for subject in tied}
        return lots if None not in lots.values() and len(set(lots.values())) == len(lots) else None


def _together(parts: list[Places]) -> Places:
    """The places of all groups."""
    if len(parts) == 1:
        return parts[0]
    return Places(
        {subject: outcome for part in parts for subject, outcome in part.outcomes.items()},
        {subject: rank for part in parts for subject, rank in part.ranks.items()},
        waiting=tuple(subject for part in parts for subject in part.waiting),
        doubtful=tuple(subject for part in parts for subject in part.doubtful),
        draws=tuple(subject for part in parts for subject in part.draws),
    )


def _groups(subjects: list[str], keys: dict[str, list[Value]], lows: list[bool], depth: int) -> Iterator[list[str]]:
    """Best first, those equal in every key together; a key not decided for one of a tie does not part it."""
    undecided = depth < len(lows) and any(not decided(keys[subject][depth]) for subject in subjects)
    if depth == len(lows) or len(subjects) == 1 or undecided:
        yield subjects
        return
    order = _order({subject: keys[subject][depth] for subject in subjects}, lows[depth])
    for _, group in groupby(sorted(subjects, key=lambda subject: (order[subject], subject)), key=order.__getitem__):
        yield from _groups(list(group), keys, lows, depth + 1)


def _order(values: dict[str, Value], low: bool) -> dict[str, tuple[int, int]]:
    """Values as whole numbers that sort the best first; who has no value comes last.

    Over one common denominator: whole numbers compare many times faster than fractions.
    """
    common = lcm(*{value.denominator for value in values.values() if value is not sets.NO_VALUE})
    sign = 1 if low else -1
    return {
        subject: (1, 0) if value is sets.NO_VALUE else (0, sign * value.numerator * (common // value.denominator))
        for subject, value in values.items()
    }
