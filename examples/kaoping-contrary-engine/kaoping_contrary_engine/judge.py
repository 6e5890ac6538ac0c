"""A small engine: Kleene's three-valued logic over the rules, then the grades that remain possible.

None stands for undecided throughout.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction

from kaoping.evaluation.rulebook import (
    And,
    Compare,
    Condition,
    GradeRule,
    Holds,
    IsOneOf,
    IsTrue,
    Not,
    Opinion,
    Or,
    Possible,
    Row,
    Rule,
    RuleBook,
    Span,
)

Verdict = bool | None
Verdicts = dict[str, Verdict]


def judge_row(book: RuleBook, row: Row) -> Opinion:
    """What the rulebook says of one subject."""
    slots = dict(row.slots)
    rules: Verdicts = {}
    _judge_strata(book.before, slots, rules)
    raw = final = None
    if book.grade:
        raw, final = _grades(book.grade, rules)
        slots |= {"raw_grade": raw, "grade": final}
    _judge_strata(book.after, slots, rules)
    return Opinion(row.subject, rules, raw, final)


def _judge_strata(strata: Iterable[tuple[Rule, ...]], slots: Mapping[str, Possible], rules: Verdicts) -> None:
    for stratum in strata:
        rules.update({rule.id: _holds(rule.condition, slots, rules) for rule in stratum})


def _holds(condition: Condition, slots: Mapping[str, Possible], rules: Verdicts) -> Verdict:
    match condition:
        case Compare(op, left, right):
            return _compare(op, slots.get(left), slots.get(right))
        case IsTrue(slot):
            return _of_set(slots.get(slot), frozenset({True}))
        case IsOneOf(slot, values):
            return _of_set(slots.get(slot), values)
        case Holds(rule):
            return rules[rule]
        case Not(part):
            verdict = _holds(part, slots, rules)
            return None if verdict is None else not verdict
        case And(parts):
            verdicts = [_holds(part, slots, rules) for part in parts]
            return False if False in verdicts else None if None in verdicts else True
        case Or(parts):
            verdicts = [_holds(part, slots, rules) for part in parts]
            return True if True in verdicts else None if None in verdicts else False


def _of_set(possible: Possible, wanted: frozenset[bool] | frozenset[str]) -> Verdict:
    if not isinstance(possible, frozenset) or not possible:
        return None
    return True if possible <= wanted else None if possible & wanted else False


def _compare(op: str, left: Possible, right: Possible) -> Verdict:
    """True if it holds for every pair of values, false if for none."""
    if not isinstance(left, Span) or not isinstance(right, Span):
        return None
    certain: dict[str, Callable[[Span, Span], bool]] = {
        "<": lambda a, b: _below(a.high, b.low, strictly=True),
        "<=": lambda a, b: _below(a.high, b.low, strictly=False),
        "==": lambda a, b: a.low is not None and a.low == a.high == b.low == b.high,
        "!=": lambda a, b: _below(a.high, b.low, strictly=True) or _below(b.high, a.low, strictly=True),
    }
    certain[">"] = lambda a, b: certain["<"](b, a)
    certain[">="] = lambda a, b: certain["<="](b, a)
    opposite = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}
    return True if certain[op](left, right) else False if certain[opposite[op]](left, right) else None


def _below(high: int | Fraction | None, low: int | Fraction | None, *, strictly: bool) -> bool:
    return high is not None and low is not None and (high < low if strictly else high <= low)


def _grades(rule: GradeRule, rules: Verdicts) -> tuple[frozenset[str], frozenset[str]]:
    """The grades possible before and after the vetoes."""
    outcomes: set[str] = set()
    for gate, outcome in rule.gates:
        passed = rules[gate]
        if passed is not True:
            outcomes.add(outcome)
        if passed is False:
            return frozenset(outcomes), frozenset(outcomes)
    raw: set[str] = set()
    unique = rule.hit == "unique"
    others = [rules[band.rule] for band in rule.bands if band.rule is not None]
    for band in rule.bands:
        rest = not any(fits is True for fits in others) if unique else True
        fits = rest if band.rule is None else rules[band.rule]
        if fits is not False:
            raw.add(band.grade)
        if fits is True and not unique:
            break
    final = set(raw)
    for cap in (veto for veto in rule.vetoes if veto.at_most):
        capped = {max(grade, cap.at_most or grade, key=rule.merit.index) for grade in final}
        final = _after(rules[cap.rule], final, capped)
    for force in (veto for veto in rule.vetoes if veto.becomes):
        final = _after(rules[force.rule], final, {force.becomes or ""})
    return frozenset(raw | outcomes), frozenset(final | outcomes)


def _after(holds: Verdict, before: set[str], effect: set[str]) -> set[str]:
    return effect if holds is True else before if holds is False else before | effect
