"""Places among all subjects assessed together: ranks, ties, quotas, exclusions, back-filling."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from kaoping.evaluation import values as sets
from kaoping.evaluation.plan import Plan, TypedCohort
from kaoping.evaluation.reference import Context, Machine
from kaoping.evaluation.values import MAYBE, Value, decided
from kaoping.facts.periods import Period

Key = tuple[Any, ...]


@dataclass(frozen=True)
class Places:
    """Who won what by one rule in one window.

    Attributes:
        outcomes: subject to its place: true or false, or a tier or ``none``; undecided while it is open.
        ranks: subject to its rank among the ranked, ties sharing the better one.
        waiting: the members that could still move.
        draws: subjects tied across an edge, for whom a draw must be entered.
    """

    outcomes: dict[str, Value] = field(default_factory=dict)
    ranks: dict[str, int] = field(default_factory=dict)
    waiting: tuple[str, ...] = ()
    draws: tuple[str, ...] = ()


class Cohort:
    """Evaluates cohort rules, each rule and window once."""

    def __init__(self, plan: Plan, machine: Machine) -> None:
        self.plan = plan
        self.machine = machine
        self._done: dict[tuple[str, str], Places] = {}
        machine.cohort_value = self.value

    def value(self, _section: str, rule: str, subject: str | None, window: str) -> Value:
        """The outcome of a rule for a subject; one not in the cohort won nothing."""
        typed = self.plan.cohort[rule]
        nothing: Value = "none" if typed.rule.tiers else False
        return self.places(rule, window).outcomes.get(subject or "", nothing)

    def windows(self, rule: str) -> tuple[Period, ...]:
        """The windows a rule is evaluated in: each of its kind, or the whole period once."""
        for_each = self.plan.cohort[rule].rule.for_each
        return self.machine.period.parts(for_each) if for_each else (self.machine.period,)

    def places(self, rule: str, window: str) -> Places:
        """All places of a rule in a window (its text, or "")."""
        key = (rule, window)
        found = self._done.get(key)
        if found is None:
            typed = self.plan.cohort[rule]
            period = next((w for w in self.windows(rule) if w.text == window), self.machine.period)
            found = self._done[key] = self._find(typed, period)
        return found

    def _find(self, typed: TypedCohort, window: Period) -> Places:
        machine, rule = self.machine, typed.rule
        types = self.plan.catalogue.members(self.plan.main.type)
        ranked: dict[str, Key] = {}
        excluded: set[str] = set()
        waiting: list[str] = []
        left_out: list[str] = []
        for member in machine.frame.of_type(types, window.end):
            subject = member.id
            context = self._context(subject, window, rule.for_each)
            needs = True if typed.needs is None else machine.closure(typed.needs)(context)
            if needs is False:
                continue
            barred = False if typed.exclude is None else machine.closure(typed.exclude)(context)
            if rule.backfill and barred is True:
                continue
            keys = [machine.closure(key)(context) for key, _ in typed.by if key is not None]
            unknown = needs is not True or barred is MAYBE or not decided(keys[0])
            if unknown or any(not decided(key) for key in keys[1:]):
                (waiting if rule.incomplete == "wait" else left_out).append(subject)
                continue
            if barred is True:
                excluded.add(subject)
            lows = [low for key, low in typed.by if key is not None]
            ranked[subject] = tuple(
                _sortable(key, low) for key, low in zip(keys, lows, strict=True)
            )  # fmt: skip
        if waiting:
            open_outcome: Value = sets.choices_of((*(t for t, _ in rule.tiers), "none")) if rule.tiers else MAYBE
            return Places(dict.fromkeys([*ranked, *waiting], open_outcome), {}, tuple(waiting))
        order = sorted(ranked, key=lambda subject: (ranked[subject], subject))
        ranks: dict[str, int] = {}
        for place, subject in enumerate(order, 1):
            tied = place > 1 and ranked[order[place - 2]] == ranked[subject]
            ranks[subject] = ranks[order[place - 2]] if tied else place
        size = Context({}, window, size=len(order))
        if typed.tiers:
            return self._tiers(typed, order, ranked, ranks, excluded, size)
        return self._top(typed, order, ranked, ranks, excluded, size)

    def _context(self, subject: str, window: Period, for_each: str) -> Context:
        windows = {for_each: window} if for_each else {}
        return Context({self.plan.main.type: subject}, window, windows)

    def _top(
        self,
        typed: TypedCohort,
        order: list[str],
        keys: dict[str, Key],
        ranks: dict[str, int],
        excluded: set[str],
        size: Context,
    ) -> Places:
        bottom = typed.top is None
        count = self.machine.closure(typed.bottom if bottom else typed.top)(size)  # type: ignore[arg-type]  # one is there
        places = max(0, int(count)) if decided(count) else 0
        line = order[::-1] if bottom else order
        won: dict[str, Value] = dict.fromkeys(order, False)
        draws: list[str] = []
        if places and line:
            edge = keys[line[min(places, len(line)) - 1]]
            inside = [subject for subject in line if (keys[subject] >= edge if bottom else keys[subject] <= edge)]
            if typed.rule.ties == "include" or len(inside) <= places:
                won.update(dict.fromkeys(inside, True))
            else:
                tied = [subject for subject in inside if keys[subject] == edge]
                won.update(dict.fromkeys(inside, True))
                drawn = self._drawn(typed, tied, places - (len(inside) - len(tied)))
                won.update(drawn)
                draws = [subject for subject in tied if drawn[subject] is MAYBE]
        for subject in excluded:
            won[subject] = False
        return Places(won, ranks, draws=tuple(draws))

    def _drawn(self, typed: TypedCohort, tied: list[str], places: int) -> dict[str, Value]:
        """Of those tied across an edge: the entered draw decides, without it the place stays open."""
        lots = self._lots(typed, tied)
        if lots is None:
            return dict.fromkeys(tied, MAYBE)
        order = sorted(tied, key=lambda subject: lots[subject])
        return {subject: position < places for position, subject in enumerate(order)}

    def _lots(self, typed: TypedCohort, tied: list[str]) -> dict[str, Any] | None:
        if not any(key is None for key, _ in typed.by):
            return None
        name = f"{typed.rule.id}_draw"
        lots = {}
        for subject in tied:
            entered = self.machine.frame.values.get((subject, name), {})
            lot = entered.get((self.machine.base.text, ""))
            if lot is None:
                return None
            lots[subject] = lot
        return lots if len(set(lots.values())) == len(lots) else None

    def _tiers(
        self,
        typed: TypedCohort,
        order: list[str],
        keys: dict[str, Key],
        ranks: dict[str, int],
        excluded: set[str],
        size: Context,
    ) -> Places:
        ladder: list[str] = []
        for tier, count in typed.tiers:
            places = self.machine.closure(count)(size)
            ladder += [tier] * max(0, int(places)) if decided(places) else []
        won: dict[str, Value] = {}
        draws: list[str] = []
        start = 0
        while start < len(order):
            end = start
            while end < len(order) and keys[order[end]] == keys[order[start]]:
                end += 1
            tied = order[start:end]
            prizes = [ladder[place] if place < len(ladder) else "none" for place in range(start, end)]
            lots = self._lots(typed, tied) if len(set(prizes)) > 1 else None
            if len(set(prizes)) == 1:
                won.update(dict.fromkeys(tied, prizes[0]))
            elif lots is not None:
                won.update(zip(sorted(tied, key=lambda subject: lots[subject]), prizes, strict=True))
            else:
                won.update(dict.fromkeys(tied, sets.choices_of(prizes)))
                draws += tied
            start = end
        for subject in excluded:
            won[subject] = "none"
        return Places(won, ranks, draws=tuple(draws))


def _sortable(value: Value, low: bool) -> Any:
    if value is sets.NO_VALUE:
        return (1, Fraction(0))
    return (0, value if low else -value)
