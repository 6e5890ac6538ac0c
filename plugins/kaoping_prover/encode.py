"""The rules of a plan as z3 terms, as the reference engine means them once everything is entered and closed.

What reads nothing free is reckoned by the reference engine itself. A construct that is not known here raises
`NotUnderstoodError` with its name, so that a question ends undecided and never wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import product
from typing import Any, Protocol

import z3

from kaoping.evaluation.context import Context
from kaoping.evaluation.plan import Section, TypedCriterion, TypedMeasure
from kaoping.evaluation.run import Evaluation
from kaoping.evaluation.values import NEVER_DAY, NO_VALUE, decided
from kaoping.scheme.typed import Collection, FactRef, NameRef, Passage, Typed
from kaoping_prover import terms
from kaoping_prover.terms import (
    FALSE,
    LOST,
    NONE,
    OPEN,
    TRUE,
    Bit,
    Sym,
    Truth,
    add,
    both,
    choose,
    either,
    negate,
    times,
)

Rows = list[tuple[Context, Bit, Any]]
"""Members of a collection: where each stands, whether it is there, and how many of it there are."""
MOST_SUBSETS = 6


class NotUnderstoodError(Exception):
    """The rules say something that is not encoded; the message names it."""


class World(Protocol):
    """What is free."""

    names: frozenset[str]
    registers: bool
    codes: dict[Any, int]

    def fact(self, ref: FactRef, context: Context, period: str) -> Sym | Truth | None:
        """A free fact (of another period where one is named), or None where it is fixed."""

    def rows(self, collection: Collection, context: Context) -> Rows | None:
        """Free members of a collection, or None where they are fixed."""

    def field(self, node: Typed, context: Context) -> Sym | Truth | None:
        """A field of a free record, or None."""

    def fresh(self, name: str) -> Any:
        """A whole number of which nothing is known yet."""

    def require(self, constraint: Any) -> None:
        """Something that holds in every world."""


class Encoder:
    """Terms of one section's rules for one subject."""

    def __init__(
        self, evaluation: Evaluation, section: Section, subject: str, world: World, *, hopeful: bool = False
    ) -> None:
        self.machine = evaluation.machine
        self.plan = evaluation.plan
        self.grader = evaluation.grader
        self.section = section
        self.subject = subject
        self.world = world
        self.home = evaluation.context(section, subject)
        self.hopeful = hopeful  # what is unknown may be whatever helps: if even that fails, it is proved to fail
        self.unknown = False  # something unknown was met
        self._done: dict[tuple[int, int], Sym | Truth] = {}
        self._kept: list[object] = []
        self._touched: dict[int, bool] = {}
        self._measures: dict[tuple[str, str], bool] = {}

    # --- what reads something free

    def touches(self, node: Typed) -> bool:
        """Does the expression read anything free?"""
        found = self._touched.get(id(node))
        if found is None:
            self._kept.append(node)
            self._touched[id(node)] = False  # what reads itself is no measure of a plan
            found = self._touched[id(node)] = any(self._free(one) for one in node.walk())
        return found

    def _free(self, node: Typed) -> bool:
        if isinstance(node.data, FactRef):
            return node.data.fact.id in self.world.names
        if node.op == "field":
            return self.world.registers
        if node.collection is not None and node.collection.kind in ("record", "relation"):
            return self.world.registers
        if node.op == "part" or (node.collection is not None and node.collection.kind == "criteria"):
            return any(self.touches(tree) for one in self.section.criteria for tree in one.parts())
        if isinstance(node.data, NameRef):
            return self._names_free(node.data)
        return False

    def _names_free(self, ref: NameRef) -> bool:
        key = (ref.section, ref.name)
        if key in self._measures:
            return self._measures[key]
        self._measures[key] = False
        if ref.kind == "measure":
            found = any(self.touches(part) for part in self.plan.measures[key].parts())
        elif ref.kind == "cohort":
            found = any(self.touches(part) for part in self.plan.cohort[ref.name].parts())
        else:
            section = self.plan.section(ref.section)
            trees = [tree for one in section.criteria for tree in one.parts()]
            trees += [needs for _, needs in section.gates] + [when for _, when in section.vetoes]
            trees += [when for _, when in section.bands if when is not None]
            score = section.grade.score if section.grade else ""
            trees += self.plan.measures[ref.section, score].parts() if score else ()
            found = any(self.touches(tree) for tree in trees)
        self._measures[key] = found
        return found

    # --- expressions

    def truth(self, node: Typed, context: Context) -> Truth:
        """A truth."""
        found = self.get(node, context)
        if isinstance(found, Sym):
            raise NotUnderstoodError(node.op)
        return found

    def number(self, node: Typed, context: Context) -> Sym:
        """A number, a day, or the code of a text."""
        found = self.get(node, context)
        if isinstance(found, Truth):
            there = either((found.yes, found.no))
            return Sym(choose(found.yes, 1, 0), True, negate(there))
        if found.more:
            return Sym(found.value, found.there, lost=True)
        return found

    def get(self, node: Typed, context: Context) -> Sym | Truth:
        """The term of an expression where it stands; made once."""
        key = (id(node), id(context))
        if key not in self._done:
            self._kept += [node, context]
            if self.touches(node):
                self._done[key] = getattr(self, f"_{node.op}", self._unknown)(node, context)
            else:
                self._done[key] = self.constant(node.type.kind, self.machine.closure(node)(context))
        return self._done[key]

    def constant(self, kind: str, value: Any) -> Sym | Truth:
        """A value the reference engine found."""
        if kind == "boolean":
            known = TRUE if value is True else FALSE if value is False else None
            self.unknown = self.unknown or known is None
            return known or (Truth(True, True) if self.hopeful else OPEN)
        if value is NO_VALUE:
            return NONE
        if not decided(value):
            self.unknown = True
            return LOST
        return Sym(self.code(value) if isinstance(value, str) else Fraction(value))

    def code(self, text: Any) -> int:
        """The number that stands for a text."""
        return self.world.codes.setdefault(text, len(self.world.codes))

    def _unknown(self, node: Typed, _: Context) -> Sym | Truth:
        raise NotUnderstoodError(node.op)

    def _fact(self, node: Typed, context: Context) -> Sym | Truth:
        found = self.world.fact(node.data, context, "")
        return self.constant(node.type.kind, self.machine.closure(node)(context)) if found is None else found

    def _shifted(self, node: Typed, context: Context) -> Sym | Truth:
        ref: FactRef = node.data
        rest = list(node.kids)
        if ref.shift == "previous":
            windows = self.machine.windows
            steps = [step for step in ref.fact.for_each if windows.has(step) and step in context.at]
            before = windows.before(steps[-1], context.at[steps[-1]]) if steps else self.machine.base.previous()
            if before is None:
                raise NotUnderstoodError("previous")
            period = before.text
        else:
            year = self.number(rest.pop(0), context)
            if not terms.plain(year.value):
                raise NotUnderstoodError("baseline")
            period = f"{int(year.value):04}"
        found = self.world.fact(ref, context, period)
        if found is None:
            return self.constant(node.type.kind, self.machine.closure(node)(context))
        if not rest or (rest[0].op == "const" and rest[0].data is None) or isinstance(found, Truth):
            return found
        none = self.number(rest[0], context)
        value = choose(found.lost, none.value, found.value)
        return Sym(value, terms.pick(found.lost, none.there, True), both((found.lost, none.lost)))

    def _field(self, node: Typed, context: Context) -> Sym | Truth:
        found = self.world.field(node, context)
        return self.constant(node.type.kind, self.machine.closure(node)(context)) if found is None else found

    def _part(self, node: Typed, context: Context) -> Sym | Truth:
        name, _, of = node.data
        found = context.passed(of)
        judged: Any = found.part if found else None
        if judged is None:
            raise NotUnderstoodError("criteria")
        if name == "met":
            return self.truth(judged.criterion.require, judged.context)
        if name in ("points", "full_points"):
            return self._points(judged.criterion, judged.context, full=name == "full_points")
        return self.constant(node.type.kind, judged.value(name))

    def _named(self, node: Typed, context: Context) -> Sym | Truth:
        ref: NameRef = node.data
        subject = context.subjects[ref.frame]
        if ref.kind == "measure":
            return self.measure(ref, subject, context)
        if ref.kind == "cohort" or ref.section != self.section.type or subject != self.subject:
            raise NotUnderstoodError(ref.name)
        if ref.name == "meets_all":
            return self.meets_all()
        if ref.name == "points":
            found = [self._points(one, at) for one in self.section.criteria for at in self._instances(one)]
            return Sym(add(one.value for one in found), True, either(one.lost for one in found))
        if ref.name == "score":
            rules = self.section.grade
            assert rules is not None
            return self.measure(NameRef("measure", ref.section, rules.score, ref.frame), subject, context)
        raw = ref.name == "raw_grade"
        found_grade, sure = self.graded(raw=raw)
        merit = self.section.grade.merit if self.section.grade else ()
        value: Any = self.code(merit[-1]) if merit else 0
        for index in range(len(merit) - 2, -1, -1):
            value = choose(terms.compare("==", found_grade, index), self.code(merit[index]), value)
        for gate, needs in reversed(self.section.gates):
            value = choose(self.truth(needs, self.home).no, self.code(gate.otherwise), value)
        outcomes = either(self.truth(needs, self.home).no for _, needs in self.section.gates)
        return Sym(value, True, negate(either((sure, outcomes))))

    def measure(self, ref: NameRef, subject: str | None, context: Context) -> Sym | Truth:
        """A measure where it stands."""
        measure = self.plan.measures[ref.section, ref.name]
        inner = self.machine.instance(ref.section, subject, measure.rule.for_each, context)
        key = (id(measure), id(inner))
        if key not in self._done:
            self._kept += [measure, inner]
            self._done[key] = self._measured(measure, inner)
        return self._done[key]

    def _measured(self, measure: TypedMeasure, context: Context) -> Sym | Truth:
        found = self._form(measure, context)
        if measure.rule.round is not None and isinstance(found, Sym) and not found.more:
            found = Sym(terms.rounded(found.value, measure.rule.round), found.there, found.lost)
        if measure.applies is None:
            return found
        applies = self.truth(measure.applies, context).yes
        if isinstance(found, Truth):
            return Truth(both((applies, found.yes)), both((applies, found.no)))
        return Sym(found.value, both((applies, found.there)), both((applies, found.lost)), found.more)

    def _form(self, measure: TypedMeasure, context: Context) -> Sym | Truth:
        if measure.value is not None:
            return self.get(measure.value, context)
        if measure.weigh:
            return self._weigh(measure, context)
        if measure.rule.table is not None:
            return self._table(measure, context)
        return self._steps(measure, context)

    def _weigh(self, measure: TypedMeasure, context: Context) -> Sym:
        parts: list[tuple[Bit, Any, Any]] = []
        lost: list[Bit] = []
        for name, what, weight in measure.weigh:
            value, share = self.number(what, context), self.number(weight, context)
            there = value.there
            if name in measure.rule.leave_out:
                there = both((there, negate(value.lost)))
            else:
                lost.append(both((value.there, value.lost)))
            lost.append(share.lost)
            parts.append((there, value.value, share.value))
        maybe = [one for one in parts if not isinstance(one[0], bool)]
        there, undecided = either(one[0] for one in parts), either(lost)
        if len(maybe) > MOST_SUBSETS:
            top = add(choose(one, times(share, value), 0) for one, value, share in parts)
            return Sym(terms.over(top, add(choose(one, share, 0) for one, _, share in parts)), there, undecided)
        result: Any = Fraction(0)
        for chosen in product((True, False), repeat=len(maybe)):
            taken = iter(chosen)
            here = [(one if isinstance(one, bool) else next(taken), value, share) for one, value, share in parts]
            bottom = add(share for one, _, share in here if one)
            if terms.plain(bottom) and bottom == 0:
                continue
            mean = terms.over(add(times(share, value) for one, value, share in here if one), bottom)
            case = both(one[0] if held else negate(one[0]) for one, held in zip(maybe, chosen, strict=True))
            result = choose(case, mean, result)
        return Sym(result, there, undecided)

    def _steps(self, measure: TypedMeasure, context: Context) -> Sym:
        found = Sym(Fraction(0))
        ends = [self.number(end, context) for end in measure.keep_within or ()]
        for kind, amount, when in measure.steps:
            size = self.number(amount, context)
            holds = TRUE if when is None else self.truth(when, context)
            if kind == "start":
                moved = size
            elif kind == "add":
                moved = Sym(
                    add((found.value, size.value)), both((found.there, size.there)), either((found.lost, size.lost))
                )
            else:
                limit = terms.least((found, size), smallest=kind == "at_most")
                moved = Sym(limit.value, found.there, limit.lost)
            if ends:
                low, high = ends
                limit = terms.least((terms.least((moved, high)), low), smallest=False)
                moved = Sym(limit.value, moved.there, limit.lost)
            undecided = both((negate(holds.yes), negate(holds.no)))
            found = Sym(
                choose(holds.yes, moved.value, found.value),
                terms.pick(holds.yes, moved.there, found.there),
                either((undecided, terms.pick(holds.yes, moved.lost, found.lost))),
            )
        return found

    def _table(self, measure: TypedMeasure, context: Context) -> Sym | Truth:
        table = measure.rule.table
        assert table is not None
        fits = [TRUE if when is None else self.truth(when, context) for when, _ in measure.rows]
        gives = [given for _, given in measure.rows]
        default = table.default[measure.rule.column] if table.default else None
        kind = measure.type.kind
        undecided = either(both((negate(fit.yes), negate(fit.no))) for fit in fits)
        if table.hit in ("first", "priority", "unique", "any"):
            order = list(range(len(fits)))
            if table.hit == "priority":
                leads = [row.gives[0] for row in table.rows]
                order.sort(key=lambda row: table.order.index(leads[row]))
            value: Any = 0 if default is None else self._given(default)
            there: Bit = default is not None
            for row in reversed(order):
                value = choose(fits[row].yes, self._given(gives[row]), value)
                there = either((fits[row].yes, there))
            clash = [
                both((fits[a].yes, fits[b].yes))
                for a in range(len(fits))
                for b in range(a)
                if table.hit == "unique" or (table.hit == "any" and gives[a] != gives[b])
            ]
            found = Sym(value, both((there, negate(either(clash)))), undecided)
        elif table.hit in ("collect sum", "collect count"):
            each = [1 if table.hit == "collect count" else self._given(given) for given in gives]
            found = Sym(add(choose(fit.yes, one, 0) for fit, one in zip(fits, each, strict=True)), True, undecided)
        elif table.hit in ("collect min", "collect max"):
            rows = [Sym(self._given(given), fit.yes) for fit, given in zip(fits, gives, strict=True)]
            found = terms.least(rows, smallest=table.hit == "collect min")
            if default is not None:
                found = Sym(choose(found.there, found.value, self._given(default)))
            found = Sym(found.value, found.there, undecided)
        else:
            raise NotUnderstoodError(f"table: {table.hit}")
        if kind != "boolean":
            return found
        holds, known = terms.compare("==", found.value, 1), both((found.there, negate(found.lost)))
        return Truth(both((known, holds)), both((known, negate(holds))))

    def _given(self, value: Any) -> Any:
        return (
            self.code(value) if isinstance(value, str) else Fraction(int(value) if isinstance(value, bool) else value)
        )

    # --- operators

    def _negative(self, node: Typed, context: Context) -> Sym:
        part = self.number(node.kids[0], context)
        return Sym(times(-1, part.value), part.there, part.lost)

    def _chain(self, node: Typed, context: Context) -> Sym:
        parts = [self.number(kid, context) for kid in node.kids]
        value: Any = parts[0].value
        for op, part in zip(node.data[1:], parts[1:], strict=True):
            if op in "+-":
                value = add((value, part.value if op == "+" else times(-1, part.value)))
            else:
                value = times(value, part.value) if op == "*" else terms.over(value, part.value)
        return Sym(value, both(part.there for part in parts), either(part.lost for part in parts))

    def _compare(self, node: Typed, context: Context) -> Truth:
        left, right = (self._counted(kid, context) for kid in node.kids)
        found = self._decided(terms.compare(node.data, left.value, right.value), left, right)
        if left.more or right.more:  # surely where it holds with none more, with all more and with any between
            many = product(range(left.more + 1), range(right.more + 1))
            each = [terms.compare(node.data, add((left.value, a)), add((right.value, b))) for a, b in many]
            sure = self._decided(True, left, right).yes
            join = either if self.hopeful else both
            return Truth(both((sure, join(each))), both((sure, join([negate(one) for one in each]))))
        return found

    def _counted(self, node: Typed, context: Context) -> Sym:
        """A number, perhaps a count that is not quite known."""
        found = self.get(node, context)
        return found if isinstance(found, Sym) else self.number(node, context)

    def _decided(self, holds: Bit, *parts: Sym) -> Truth:
        there, lost = both(part.there for part in parts), either(part.lost for part in parts)
        if self.hopeful:
            return Truth(either((lost, both((there, holds)))), either((lost, both((there, negate(holds))))))
        sure = both((there, negate(lost)))
        return Truth(both((sure, holds)), both((sure, negate(holds))))

    def _same(self, node: Typed, context: Context) -> Truth:
        if node.kids[0].type.kind == "boolean":
            one, other = (self.truth(kid, context) for kid in node.kids)
            equal = either((both((one.yes, other.yes)), both((one.no, other.no))))
            differ = either((both((one.yes, other.no)), both((one.no, other.yes))))
            found = Truth(equal, differ)
        else:
            left, right = (self.number(kid, context) for kid in node.kids)
            found = self._decided(terms.compare("==", left.value, right.value), left, right)
        return found if node.data == "==" else Truth(found.no, found.yes)

    def _among(self, node: Typed, context: Context) -> Truth:
        part = self.number(node.kids[0], context)
        one_of = either(terms.compare("==", part.value, self.code(value)) for value in sorted(node.data, key=str))
        return self._decided(one_of, part)

    def _and(self, node: Typed, context: Context) -> Truth:
        parts = [self.truth(kid, context) for kid in node.kids]
        return Truth(both(part.yes for part in parts), either(part.no for part in parts))

    def _or(self, node: Typed, context: Context) -> Truth:
        parts = [self.truth(kid, context) for kid in node.kids]
        return Truth(either(part.yes for part in parts), both(part.no for part in parts))

    def _not(self, node: Typed, context: Context) -> Truth:
        part = self.truth(node.kids[0], context)
        return Truth(part.no, part.yes)

    def _if(self, node: Typed, context: Context) -> Sym | Truth:
        when = self.truth(node.kids[1], context)
        then, other = self.get(node.kids[0], context), self.get(node.kids[2], context)
        if isinstance(then, Truth) and isinstance(other, Truth):
            return Truth(
                either((both((when.yes, then.yes)), both((when.no, other.yes)), both((then.yes, other.yes)))),
                either((both((when.yes, then.no)), both((when.no, other.no)), both((then.no, other.no)))),
            )
        assert isinstance(then, Sym)
        assert isinstance(other, Sym)
        undecided = both((negate(when.yes), negate(when.no)))
        return Sym(
            choose(when.yes, then.value, other.value),
            terms.pick(when.yes, then.there, other.there),
            either((undecided, terms.pick(when.yes, then.lost, other.lost))),
        )

    def _known(self, node: Typed, context: Context) -> Truth:
        known = _is_known(self.get(node.kids[0], context))
        return Truth(known, negate(known))

    def _or_else(self, node: Typed, context: Context) -> Sym | Truth:
        first, second = self.get(node.kids[0], context), self.get(node.kids[1], context)
        if isinstance(first, Truth) and isinstance(second, Truth):
            known = either((first.yes, first.no))
            return Truth(terms.pick(known, first.yes, second.yes), terms.pick(known, first.no, second.no))
        assert isinstance(first, Sym)
        assert isinstance(second, Sym)
        known = both((first.there, negate(first.lost)))
        value = choose(known, first.value, second.value)
        return Sym(value, either((known, second.there)), both((negate(known), second.lost)))

    def _ratio(self, node: Typed, context: Context) -> Sym:
        top, bottom = (self.number(kid, context) for kid in node.kids[:2])
        none = self._none(node.kids[2], context)
        scale = 100 if node.data == "percent" else 1
        zero = terms.compare("==", bottom.value, 0)
        value = choose(zero, none.value, terms.over(times(scale, top.value), bottom.value))
        there = both((top.there, bottom.there, terms.pick(zero, none.there, True)))
        return Sym(value, there, either((top.lost, bottom.lost, both((zero, none.lost)))))

    def _none(self, node: Typed, context: Context) -> Sym:
        return LOST if node.op == "const" and node.data is None else self.number(node, context)

    def _plus(self, node: Typed, context: Context) -> Sym:
        """Days are exact; months and years of a free day lie between their shortest and their longest."""
        day = self.number(node.kids[0], context)
        value, never = day.value, terms.compare(">=", day.value, NEVER_DAY)
        for unit, kid in zip(node.data, node.kids[1:], strict=True):
            length = self.number(kid, context)
            if unit == "days":
                value = add((value, length.value))
                continue
            if unit == "workdays" or not terms.plain(length.value) or length.lost is not False:
                raise NotUnderstoodError(f"plus({unit}=)")
            whole = int(length.value * (12 if unit == "years" else 1))
            years, months = divmod(abs(whole), 12)
            later = self.world.fresh("later")
            shortest, longest = 365 * years + 28 * months, 366 * years + 31 * months
            if whole < 0:
                shortest, longest = -longest, -shortest
            self.world.require(z3.And(later >= terms.real(value) + shortest, later <= terms.real(value) + longest))
            value = later
        return Sym(choose(never, NEVER_DAY, value), day.there, day.lost)

    def _call(self, node: Typed, context: Context) -> Sym:
        parts = [self.number(kid, context) for kid in node.kids]
        name, lost = node.data, either(part.lost for part in parts)
        if name in ("min", "max"):
            return terms.least(parts, smallest=name == "min")
        if name == "days":
            there = both(part.there for part in parts)
            return Sym(add((parts[1].value, times(-1, parts[0].value))), there, lost)
        if name in ("full_years", "full_months"):
            there = both(part.there for part in parts)
            span, count = add((parts[1].value, times(-1, parts[0].value))), self.world.fresh(name)
            least, most = (365, 366) if name == "full_years" else (28, 31)
            self.world.require(z3.And(count * least <= terms.real(span) + 1, terms.real(span) < (count + 1) * most + 1))
            return Sym(count, there, lost)
        part = parts[0]
        if name == "abs":
            return Sym(choose(terms.compare(">=", part.value, 0), part.value, times(-1, part.value)), part.there, lost)
        if name.startswith("round:"):
            return Sym(terms.rounded(part.value, int(name.removeprefix("round:"))), part.there, lost)
        if name == "floor":
            return Sym(terms.floor(part.value), part.there, lost)
        if name == "ceil":
            return Sym(times(-1, terms.floor(times(-1, part.value))), part.there, lost)
        raise NotUnderstoodError(name)

    # --- passages

    def rows(self, collection: Collection, context: Context) -> Rows:
        """The members gone through."""
        free = self.world.rows(collection, context)
        if free is not None:
            return free
        members, is_open = self.machine.members(collection, context)
        if is_open or not all(certain for _, certain in members):
            raise NotUnderstoodError(collection.name)
        if collection.kind != "criteria":
            return [(inner, True, 1) for inner, _ in members]
        found: Rows = []
        for criterion in self.section.criteria:
            for judged in self.machine.judged(criterion, self.section.type, self.subject):
                applies = TRUE if criterion.applies is None else self.truth(criterion.applies, judged.context)
                found.append((context.of_part(collection.name, judged), applies.yes, 1))
        return found

    def _aggregate(self, node: Typed, context: Context) -> Sym | Truth:
        assert node.collection is not None
        asks: Passage = node.data
        name, has_none = asks.function, asks.none
        if name not in _PASSAGES:
            raise NotUnderstoodError(name)
        what = node.kids[0] if asks.what else None
        where = node.kids[asks.what] if asks.where else None
        rows: Rows = []
        lost: list[Bit] = []
        for inner, there, many in self.rows(node.collection, context):
            chosen = TRUE if where is None else self.truth(where, inner)
            lost.append(both((there, negate(chosen.yes), negate(chosen.no))))
            rows.append((inner, both((there, chosen.yes)), many))
        if name in ("any", "all", "count", "percent_of"):
            holds = [TRUE if what is None else self.truth(what, inner) for inner, _, _ in rows]
            if name == "any":
                yes = either(both((there, one.yes)) for (_, there, _), one in zip(rows, holds, strict=True))
                no = both(either((negate(there), one.no)) for (_, there, _), one in zip(rows, holds, strict=True))
                return Truth(yes, both((no, negate(either(lost)))))
            if name == "all":
                yes = both(either((negate(there), one.yes)) for (_, there, _), one in zip(rows, holds, strict=True))
                no = either(both((there, one.no)) for (_, there, _), one in zip(rows, holds, strict=True))
                return Truth(both((yes, negate(either(lost)))), no)
            lost += [
                both((there, negate(one.yes), negate(one.no))) for (_, there, _), one in zip(rows, holds, strict=True)
            ]
            good = add(
                choose(both((there, one.yes)), many, 0) for (_, there, many), one in zip(rows, holds, strict=True)
            )
            if name == "count":
                open_ = [there is not False and one in _UNKNOWN for (_, there, _), one in zip(rows, holds, strict=True)]
                if any(open_) and all(many == 1 for _, _, many in rows) and where is None:
                    return Sym(good, more=sum(open_))
                return Sym(good, True, either(lost))
            return self._share(
                node, context, times(100, good), [(there, many) for _, there, many in rows], lost, has_none
            )
        assert what is not None
        values = [self.number(what, inner) for inner, _, _ in rows]
        lost += [both((there, one.lost)) for (_, there, _), one in zip(rows, values, strict=True)]
        held = [both((there, one.there)) for (_, there, _), one in zip(rows, values, strict=True)]
        counts = [(there, many) for there, (_, _, many) in zip(held, rows, strict=True)]
        if name in ("sum", "mean"):
            total = add(
                choose(there, times(many, one.value), 0)
                for there, (_, _, many), one in zip(held, rows, values, strict=True)
            )
            if name == "sum":
                return Sym(total, True, either(lost))
            return self._share(node, context, total, counts, lost, has_none)
        if name in ("lowest", "highest"):
            chosen_values = [Sym(one.value, there) for one, there in zip(values, held, strict=True)]
            found = terms.least(chosen_values, smallest=name == "lowest") if chosen_values else NONE
            none = self._none(node.kids[asks.asks], context) if has_none else NONE
            value = choose(found.there, found.value, none.value)
            empty = negate(found.there)
            return Sym(value, either((found.there, none.there)), either((*lost, both((empty, none.lost)))))
        if name == "distinct":
            return Sym(add(choose(there, 1, 0) for there in self._first_of(values, held)), True, either(lost))
        raise NotUnderstoodError(name)

    def _first_of(self, values: Sequence[Sym], held: Sequence[Bit]) -> list[Bit]:
        """Which members are the first of their value."""
        return [
            both(
                [
                    there,
                    *(
                        negate(both((held[before], terms.compare("==", values[before].value, values[index].value))))
                        for before in range(index)
                    ),
                ]
            )
            for index, there in enumerate(held)
        ]

    def _share(
        self,
        node: Typed,
        context: Context,
        total: Any,
        counts: Sequence[tuple[Bit, Any]],
        lost: Sequence[Bit],
        has_none: bool,
    ) -> Sym:
        """A total over how many there are: a case for each number of members, so that no term is divided by another."""
        none = self._none(node.kids[node.data.asks], context) if has_none else NONE
        many = add(choose(there, number, 0) for there, number in counts)
        empty = terms.compare("==", many, 0)
        if terms.plain(many):
            value = none.value if many == 0 else terms.over(total, many)
        elif all(terms.plain(number) and number == 1 for _, number in counts):
            value = none.value
            for number in range(1, len(counts) + 1):
                value = choose(terms.compare("==", many, number), terms.over(total, number), value)
        else:
            value = choose(empty, none.value, terms.over(total, many))
        return Sym(value, either((negate(empty), none.there)), either((*lost, both((empty, none.lost)))))

    # --- criteria and grades

    def _instances(self, criterion: TypedCriterion) -> list[Context]:
        return [context for _, context in self.machine.instances(criterion.rule.for_each, self.home)]

    def _points(self, criterion: TypedCriterion, context: Context, *, full: bool = False) -> Sym:
        if criterion.points is None:
            return Sym(Fraction(0))
        worth = self.number(criterion.points, context)
        if full:
            return worth
        applies = TRUE if criterion.applies is None else self.truth(criterion.applies, context)
        if criterion.earns is None:
            holds = self.truth(criterion.require, context)
            undecided = both((applies.yes, negate(holds.yes), negate(holds.no)))
            return Sym(choose(both((applies.yes, holds.yes)), worth.value, 0), True, either((worth.lost, undecided)))
        earned = self.number(criterion.earns, context)
        kept = terms.least((terms.least((earned, worth)), Sym(Fraction(0))), smallest=False)
        return Sym(choose(applies.yes, kept.value, 0), True, both((applies.yes, either((worth.lost, earned.lost)))))

    def meets_all(self) -> Truth:
        """All required criteria are met or do not apply."""
        yes: list[Bit] = []
        no: list[Bit] = []
        for criterion in self.section.criteria:
            if criterion.rule.severity != "required":
                continue
            for context in self._instances(criterion):
                holds = self.truth(criterion.require, context)
                applies = TRUE if criterion.applies is None else self.truth(criterion.applies, context)
                yes.append(either((holds.yes, applies.no)))
                no.append(both((applies.yes, holds.no)))
        return Truth(both(yes), either(no))

    def graded(self, *, raw: bool = False) -> tuple[Any, Bit]:
        """The index of the grade in the order of merit, and whether it is decided and given."""
        key = (id(self.section), int(raw))
        if key not in self._done:
            value, sure = self._graded(raw=raw)
            self._done[key] = Sym(value, True, negate(sure))
        found = self._done[key]
        assert isinstance(found, Sym)
        return found.value, negate(found.lost)

    def _graded(self, *, raw: bool) -> tuple[Any, Bit]:
        rules = self.section.grade
        if rules is None:
            raise NotUnderstoodError("grade")
        fits = [TRUE if when is None else self.truth(when, self.home) for _, when in self.section.bands]
        indexes = [rules.merit.index(grade) for grade, _ in self.section.bands]
        value: Any = indexes[-1]
        sure: Bit = fits[-1].yes
        for index, fit in list(zip(indexes, fits, strict=True))[-2::-1]:
            value = choose(fit.yes, index, value)
            sure = either((fit.yes, both((fit.no, sure))))
        passed = both(self.truth(needs, self.home).yes for _, needs in self.section.gates)
        sure = both((sure, passed))
        if raw:
            return value, sure
        holds = [(veto, self.truth(when, self.home)) for veto, when in self.section.vetoes]
        sure = both([sure, *(either((held.yes, held.no)) for _, held in holds)])
        for veto, held in holds:
            if veto.at_most:
                cap = rules.merit.index(veto.at_most)
                worse = terms.compare("<", value, cap)
                value = choose(both((held.yes, worse)), cap, value)
        for veto, held in holds:
            if veto.becomes:
                value = choose(held.yes, rules.merit.index(veto.becomes), value)
        return value, sure


_PASSAGES = frozenset({"count", "any", "all", "sum", "mean", "lowest", "highest", "percent_of", "distinct"})
_UNKNOWN = (OPEN, Truth(True, True))


def _is_known(part: Sym | Truth) -> Bit:
    if isinstance(part, Truth):
        return either((part.yes, part.no))
    return both((part.there, negate(part.lost)))
