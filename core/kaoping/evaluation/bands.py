"""Bands looked at before any subject is graded: gaps, shared values, floors that do not fall, grades nobody named."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations, pairwise

from kaoping.errors import DataError, Place
from kaoping.evaluation.plan import Plan, Section
from kaoping.evaluation.reference import Machine
from kaoping.evaluation.values import NO_VALUE, Number, Perhaps, decided, ends
from kaoping.facts.values import number_text
from kaoping.scheme import expressions as tree
from kaoping.scheme.model import BandRule, Expr, GradeRules
from kaoping.scheme.typed import FactRef, NameRef, Typed


@dataclass(frozen=True)
class _Span:
    """Which numbers a band takes."""

    low: int | Fraction | None = None
    high: int | Fraction | None = None
    low_in: bool = True
    high_in: bool = True

    def meet(self, other: _Span) -> _Span:
        low, low_in = self.low, self.low_in
        if other.low is not None and (low is None or other.low > low or (other.low == low and not other.low_in)):
            low, low_in = other.low, other.low_in
        high, high_in = self.high, self.high_in
        if other.high is not None and (high is None or other.high < high or (other.high == high and not other.high_in)):
            high, high_in = other.high, other.high_in
        return _Span(low, high, low_in, high_in)

    def text(self) -> str:
        """One of its numbers, or from where to where; "" where it holds none."""
        low, high = self.low, self.high
        if low is None or high is None:
            return "…" if low is None and high is None else number_text(high if low is None else low)  # type: ignore[arg-type]  # one of them is there
        if low == high:
            return number_text(low) if self.low_in and self.high_in else ""
        return f"{number_text(low)}..{number_text(high)}" if low < high else ""


_Banded = tuple[str, _Span, Place]
_MOST_GRADES = 100


def bands_of_value(rules: GradeRules, expr: Expr, taken: Typed) -> tuple[GradeRules, list[DataError]]:
    """The rules with a band for each value of the number or choice that is the grade, and what is wrong with it."""
    if taken.type.kind not in ("number", "choice"):
        facts = {"wanted": "number", "found": taken.type.kind, "text": expr.text}
        return rules, [DataError("scheme.wrong-type", place=expr.place, **facts)]
    numbers, choices = taken.type.kind == "number", taken.type.choices or ()
    errors = []
    if unnamed := [name for name in choices if name not in rules.merit]:
        facts = {"witness": unnamed[0], "known": ", ".join(rules.merit)}
        errors.append(DataError("scheme.grade-unnamed", place=expr.place, **facts))
    found = []
    for grade in rules.merit:
        if grade.isdigit() if numbers else grade in choices:
            value = tree.Number(int(grade), 0) if numbers else tree.Text(grade, 0)
            text = f"{expr.text} == {grade if numbers else repr(grade)}"
            same = Expr(text, tree.Comparison("==", expr.tree, value, 0), expr.place)
            found.append(BandRule(grade, same, expr.place))
    return replace(rules, bands=tuple(found)), errors


def grades_never_given(rules: GradeRules) -> list[DataError]:
    """Grades that no band gives and no veto either."""
    given = {band.grade for band in rules.bands} | {veto.becomes or veto.at_most for veto in rules.vetoes}
    never = [grade for grade in rules.merit if grade not in given]
    return [DataError("scheme.grade-never", place=rules.place, grade=grade) for grade in never]


def band_problems(plan: Plan, machine: Machine, section: Section) -> list[DataError]:
    """What is wrong with how a section grades, as far as blind evaluation can tell."""
    if section.taken is not None:
        return list(_taken(plan, machine, section, section.taken))
    return list(_bands(plan, machine, section))


def band_overlaps(plan: Plan, machine: Machine) -> list[DataError]:
    """The values that two bands of a grade with ``hit: unique`` both take: the source says so, and gives no grade."""
    found = []
    for section in plan.sections():
        if section.grade is None or section.grade.hit != "unique":
            continue
        spans, _ = _spans(plan, machine, section)
        for (one, above, _), (other, below, place) in combinations(spans, 2):
            both = above.meet(below)
            if witness := both.text():
                facts = {"better": one, "grade": other, "witness": witness}
                found.append(DataError("scheme.bands-overlap", place=place, **facts))
    return found


def _spans(plan: Plan, machine: Machine, section: Section) -> tuple[list[_Banded], Fraction | None]:
    """The bands with constant limits on one number, and how far its neighbouring values lie apart; none else."""
    found: list[_Banded] = []
    over: set[NameRef | FactRef] = set()
    for grade, when in section.bands:
        if when is None:
            continue
        span = _limits(when, machine, section, over)
        if span is None:
            return [], None
        found.append((grade, span, when.place))
    return (found, _step(plan, next(iter(over)))) if len(over) == 1 else ([], None)


def _bands(plan: Plan, machine: Machine, section: Section) -> Iterator[DataError]:
    """Floors must fall, two-sided bands must meet, and share nothing where the first that fits is given."""
    found, step = _spans(plan, machine, section)
    first = section.grade is None or section.grade.hit == "first"
    for (better, above, _), (grade, below, place) in pairwise(found):
        if below.high is None:
            if above.low is not None and below.low is not None and (below.low, not below.low_in) >= (above.low, False):
                limit = number_text(below.low)
                yield DataError("scheme.band-never", place=place, grade=grade, better=better, limit=limit)
            continue
        if above.low is None:
            continue
        if below.high > above.low or (below.high == above.low and below.high_in and above.low_in):
            if first:
                witness = number_text(above.low if above.low_in else (above.low + below.high) / Fraction(2))
                yield DataError("scheme.bands-share", place=place, grade=grade, better=better, witness=witness)
        elif (gap := _gap(below, above, step)) is not None:
            yield DataError("scheme.bands-gap", place=place, grade=grade, better=better, witness=number_text(gap))


def _taken(plan: Plan, machine: Machine, section: Section, node: Typed) -> Iterator[DataError]:
    """A grade taken from a value: there must be one, and each number it may be must be a grade."""
    rules = section.grade
    assert rules is not None
    value = machine.closure(node)(machine.home(section.type, None))
    if value is NO_VALUE or isinstance(value, Perhaps):
        yield DataError("scheme.grade-may-lack", place=node.place)
        return
    if node.type.kind != "number":
        return
    named = {Fraction(grade) for grade in rules.merit if grade.isdigit()}
    low, high = ends(value)
    found = _values(plan, node, low, high)
    if found is None:
        witness = "…" if low is None or high is None else number_text((low + high) / Fraction(2))
    else:
        witness = next((number_text(number) for number in found if number not in named), "")
    if witness:
        grades = ", ".join(rules.merit)
        yield DataError("scheme.grade-unnamed", place=node.place, witness=witness, known=grades)


def _values(plan: Plan, node: Typed, low: Number | None, high: Number | None) -> Iterable[Number] | None:
    """Every number that may be taken, as far as they can be listed; None where they cannot."""
    ref = node.data
    if isinstance(ref, FactRef) and ref.fact.type.one_of:
        return ref.fact.type.one_of
    if isinstance(ref, NameRef) and (measure := plan.measures.get((ref.section, ref.name))) and measure.rows:
        default = measure.rule.table.default if measure.rule.table else None
        gives = [given for _, given in measure.rows if not isinstance(given, str)]
        rest = [given for given in (default or ()) if not isinstance(given, str)]
        return [*gives, *rest]
    step = _step(plan, ref) if isinstance(ref, NameRef | FactRef) else None
    if step != 1 or low is None or high is None or high - low > _MOST_GRADES:
        return None
    return range(int(low), int(high) + 1)


def _gap(below: _Span, above: _Span, step: Fraction | None) -> int | Fraction | None:
    assert below.high is not None
    assert above.low is not None
    if step is None:
        if below.high < above.low:
            return (below.high + above.low) / Fraction(2)
        return None if below.high_in or above.low_in else below.high
    first = (below.high // step) * step
    while first < below.high or (first == below.high and below.high_in):
        first += step
    return first if first < above.low or (first == above.low and not above.low_in) else None


def _limits(node: Typed, machine: Machine, section: Section, over: set[NameRef | FactRef]) -> _Span | None:
    if node.op == "and":
        span = _Span()
        for kid in node.kids:
            part = _limits(kid, machine, section, over)
            if part is None:
                return None
            span = span.meet(part)
        return span
    if node.op != "compare" or node.data == "!=":
        return None
    (left, right), op = node.kids, node.data
    if not isinstance(left.data, NameRef | FactRef):
        left, right = right, left
        op = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "=="}[op]
    if not isinstance(left.data, NameRef | FactRef) or any(
        isinstance(part.data, NameRef | FactRef) for part in right.walk()
    ):
        return None
    limit = machine.closure(right)(machine.home(section.type, None))
    if not decided(limit):
        return None
    over.add(left.data)
    if op == "==":
        return _Span(limit, limit)
    return _Span(low=limit, low_in=op == ">=") if op in (">", ">=") else _Span(high=limit, high_in=op == "<=")


def _step(plan: Plan, ref: NameRef | FactRef) -> Fraction | None:
    """The distance between neighbouring values of what the bands look at; None where it is continuous."""
    if isinstance(ref, FactRef):
        return Fraction(1) if ref.fact.type.kind == "integer" else None
    name = ref.name
    if ref.kind == "special":
        grade = plan.section(ref.section).grade
        name = grade.score if grade else ""
    measure = plan.measures.get((ref.section, name))
    if measure is None:
        return None
    if measure.rule.round is not None:
        return Fraction(1, 10**measure.rule.round)
    if measure.rows and all(isinstance(gives, int) for _, gives in measure.rows):
        return Fraction(1)
    value = measure.value
    whole = ("count", "distinct", "streak", "longest_gap")
    counts = value is not None and value.op == "aggregate" and value.data.function in whole
    return Fraction(1) if counts else None
