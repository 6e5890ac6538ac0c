"""Compiling a scheme: names looked up, types checked, references and cycles found, evaluated blind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, time
from fractions import Fraction
from typing import Any

from kaoping.errors import DataError, Place, Problems, nearest
from kaoping.evaluation.addressed import consequence_problems, path_problems
from kaoping.evaluation.bands import bands_of_value, grades_never_given
from kaoping.evaluation.blind import blind_problems
from kaoping.evaluation.graph import dependencies, find_cycle
from kaoping.evaluation.needed import feeds, frame_needs
from kaoping.evaluation.plan import (
    Plan,
    Section,
    TypedCohort,
    TypedConsequence,
    TypedCriterion,
    TypedMeasure,
    named_in,
    section_trees,
)
from kaoping.facts.periods import WINDOWS
from kaoping.facts.types import Catalogue
from kaoping.scheme.catalogue import view
from kaoping.scheme.model import (
    ConsequenceRule,
    Constant,
    Criterion,
    Duration,
    Expr,
    GradeRules,
    Measure,
    Scheme,
)
from kaoping.scheme.passages import part_types
from kaoping.scheme.scales import type_scale
from kaoping.scheme.scope import Frame, Named, Scope, World
from kaoping.scheme.tables import LISTS
from kaoping.scheme.typed import BOOLEAN, NUMBER, Type, Typed, TypedScale
from kaoping.scheme.typing import TypeProblemError, type_expression


def compile_scheme(scheme: Scheme, catalogue: Catalogue) -> Plan:
    """The plan of a scheme; `catalogue` already holds what the scheme declares.

    Raises:
        Problems: every name, type, grade, cycle and reference that is wrong, with its place.
    """
    return _Compiler(scheme, view(catalogue, scheme)).plan()


class _Types(Mapping[str, Type]):
    """Types of named things, found when first asked for."""

    def __init__(self, compiler: _Compiler) -> None:
        self.compiler = compiler

    def __getitem__(self, key: str) -> Type:
        section, _, name = key.partition(".")
        return self.compiler.type_of_named(section, name)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


class _Compiler:
    def __init__(self, scheme: Scheme, catalogue: Catalogue) -> None:
        self.scheme = scheme
        self.errors: list[DataError] = []
        self.rules: dict[tuple[str, str], Measure] = {}
        self.typed: dict[tuple[str, str], TypedMeasure] = {}
        self.doing: list[tuple[str, str]] = []
        named: dict[tuple[str, str], Named] = {}
        sections: list[tuple[str, Mapping[str, Measure]]] = [(scheme.subject, scheme.measures)]
        sections += [(parent, roll_up.measures) for parent, roll_up in scheme.roll_ups.items()]
        for section, measures in sections:
            for name, measure in measures.items():
                of = measure.of or section
                self.rules[of, name] = measure
                named[of, name] = Named("measure", of, name, measure.for_each)
        for name, rule in scheme.cohort.items():
            grain = (rule.for_each,) if rule.for_each else ()
            named[scheme.subject, name] = Named("cohort", scheme.subject, name, grain)
        grades = {}
        outcomes = tuple(dict.fromkeys(gate.otherwise for gate in scheme.gates.values()))
        grades[scheme.subject] = (*scheme.grade.merit, *outcomes) if scheme.grade else outcomes
        for parent, roll_up in scheme.roll_ups.items():
            grades[parent] = roll_up.grade.merit if roll_up.grade else ()
        scored = {scheme.subject} if scheme.grade and scheme.grade.score else set()
        scored |= {p for p, roll_up in scheme.roll_ups.items() if roll_up.grade and roll_up.grade.score}
        self.world = World(catalogue, scheme.parameters, named, grades, frozenset(scored), part_types(scheme))
        self.world = replace(self.world, scales=self.scales())

    def fail(self, key: str, place: Place, near: str | None = None, **facts: Any) -> None:
        hint = "common.did-you-mean" if near else None
        self.errors.append(DataError(f"scheme.{key}", place=place, hint=hint, near=near, **facts))

    def scope(self, section: str, grain: Iterable[str] = (), place: Place | None = None) -> Scope:
        scope = Scope(self.world, (Frame("subject", section),), _Types(self))
        for step in grain:
            collection = scope.collection(step)
            if collection is None or not collection.fixed:
                near = nearest(step, scope.known())
                self.fail("unknown-collection", place or self.scheme.place, near, name=step)
                continue
            scope = scope.inside(collection)
        return scope

    def expression(self, expr: Expr | None, scope: Scope, kind: str | None = None) -> Typed | None:
        if expr is None:
            return None
        try:
            return type_expression(expr, scope, kind)
        except TypeProblemError as problem:
            self.errors.append(problem.error)
            return None

    def sure(self, expr: Expr, scope: Scope, kind: str) -> Typed:
        stand_in = Typed("const", BOOLEAN if kind == "boolean" else NUMBER, expr.place, data=False)
        return self.expression(expr, scope, kind) or stand_in

    def scales(self) -> dict[str, TypedScale | None]:
        scope, scales = Scope(self.world, ()), self.scheme.scales
        return {name: type_scale(scale, scope, self.expression, self.errors) for name, scale in scales.items()}

    # --- measures

    def type_of_named(self, section: str, name: str) -> Type:
        if (cohort := self.scheme.cohort.get(name)) and section == self.scheme.subject:
            tiers = tuple(tier for tier, _ in cohort.tiers)
            return Type("choice", choices=(*tiers, "none")) if tiers else BOOLEAN
        key = (section, name)
        if key in self.doing:
            return NUMBER  # a cycle; it is told with its path once everything is typed
        return self.measure(key).type

    def measure(self, key: tuple[str, str]) -> TypedMeasure:
        if key in self.typed:
            return self.typed[key]
        rule = self.rules[key]
        self.doing.append(key)
        scope = self.scope(key[0], rule.for_each, rule.place)
        value = self.expression(rule.value, scope)
        weigh = []
        for what, weight in rule.weigh:
            weighed, amount = self.expression(what, scope, "number"), self.expression(weight, scope, "number")
            if weighed and amount:
                weigh.append((what.text.strip(), weighed, amount))
        for name in rule.leave_out:
            if name not in [what.text.strip() for what, _ in rule.weigh]:
                self.fail("leave-out", rule.place, nearest(name, [w.text for w, _ in rule.weigh]), name=name)
        if rule.total is not None:
            self.check_total(rule)
        steps = []
        for kind, amount_expr, when in rule.steps:
            amount = self.expression(amount_expr, scope, "number")
            condition = self.expression(when, scope, "boolean")
            if amount:
                steps.append((kind, amount, condition))
        within = None
        if rule.keep_within:
            low, high = (self.expression(end, scope, "number") for end in rule.keep_within)
            within = (low, high) if low and high else None
        rows, kind_found = self.table(rule, scope) if rule.table else ((), value.type if value else NUMBER)
        if rule.unit and kind_found.kind == "number":
            kind_found = Type("number", rule.unit)
        applies = self.expression(rule.applies_when, scope, "boolean")
        if rule.frozen and not (key[0] == self.scheme.subject and set(rule.for_each) & set(self.scheme.publishes)):
            self.fail("frozen-unpublished", rule.place, name=rule.id)
        self.doing.pop()
        self.typed[key] = TypedMeasure(
            key[0], rule, kind_found, value, tuple(weigh), tuple(steps), within, applies, rows
        )  # fmt: skip
        return self.typed[key]

    def table(self, rule: Measure, scope: Scope) -> tuple[tuple[tuple[Typed | None, Constant], ...], Type]:
        """A table's rows typed, and the type of the result that this measure is."""
        assert rule.table is not None
        rows = []
        for row in rule.table.rows:
            rows.append((self.expression(row.when, scope, "boolean"), row.gives[rule.column]))
        default = (rule.table.default[rule.column],) if rule.table.default else ()
        values = (*(value for _, value in rows), *default)
        kinds = {bool if isinstance(v, bool) else str if isinstance(v, str) else Fraction for v in values}
        if rule.table.hit in LISTS:
            return tuple(rows), Type("list")
        if rule.table.hit == "collect count":
            return tuple(rows), NUMBER
        if len(kinds) > 1 or (rule.table.hit.startswith("collect") and kinds != {Fraction}):
            self.fail("table-results", rule.place, name=rule.id)
        if kinds == {str}:
            return tuple(rows), Type("choice", choices=tuple(dict.fromkeys(map(str, values))))
        return tuple(rows), BOOLEAN if kinds == {bool} else Type("number", rule.unit or None)

    def check_total(self, rule: Measure) -> None:
        days = {None}
        for _, weight in rule.weigh:
            if parameter := self.scheme.parameters.get(weight.text.strip()):
                days |= {since for since, _ in parameter.values}  # type: ignore[misc]  # dates beside None
        for day in days:
            total: Any = 0
            for _, weight in rule.weigh:
                text = weight.text.strip()
                parameter = self.scheme.parameters.get(text)
                if parameter:
                    first = parameter.values[0][0] if parameter.values else None
                    found = parameter.on(day or first or date.max)
                else:
                    found = getattr(weight.tree, "value", None)
                if found is None or isinstance(found, str | Duration | bool | time):
                    return
                total += found
            if total != rule.total:
                self.fail("weights-total", rule.place, name=rule.id, total=rule.total, sum=total)
                return

    # --- sections

    def criteria(self, section: str, rules: Mapping[str, Criterion]) -> tuple[TypedCriterion, ...]:
        found = []
        for rule in rules.values():
            scope = self.scope(section, rule.for_each, rule.place)
            require = self.sure(rule.require, scope, "boolean")
            applies = self.expression(rule.applies_when, scope, "boolean")
            points, earns = (self.expression(expr, scope, "number") for expr in (rule.points, rule.earns))
            found.append(TypedCriterion(rule, require, applies, points, earns))
        return tuple(found)

    def graded(self, section: str, rules: GradeRules | None) -> dict[str, Any]:
        if rules is None:
            return {}
        scope = self.scope(section)
        taken = self.expression(rules.taken, scope)
        if taken and rules.taken:
            rules, problems = bands_of_value(rules, rules.taken, taken)
            self.errors += problems
        bands = tuple((b.grade, b.when and self.sure(b.when, scope, "boolean")) for b in rules.bands)
        self.errors += grades_never_given(rules)
        vetoes = tuple((veto, self.sure(veto.when, scope, "boolean")) for veto in rules.vetoes)
        if rules.score and (section, rules.score) not in self.rules:
            near = nearest(rules.score, [name for of, name in self.rules if of == section])
            self.fail("unknown-name", rules.score_place or rules.place, near, name=rules.score)
        if rules.hit == "first" and not rules.taken and rules.bands and rules.bands[-1].when is not None:
            self.fail("no-otherwise", rules.place, grade=rules.bands[-1].grade)
        return {"grade": rules, "bands": bands, "vetoes": vetoes, "taken": taken}

    def consequences(self, section: str, rules: Mapping[str, ConsequenceRule]) -> tuple[TypedConsequence, ...]:
        found = []
        for rule in rules.values():
            scope = replace(self.scope(section), ledger=True)
            each = None
            if rule.for_each:
                each = scope.collection(rule.for_each)
                if each is None:
                    near = nearest(rule.for_each, scope.known())
                    self.fail("unknown-collection", rule.place, near, name=rule.for_each)
                else:
                    scope = scope.inside(each)
            points = []
            for account, expr in rule.points:
                if account not in self.scheme.accounts:
                    near = nearest(account, self.scheme.accounts)
                    self.fail("unknown-account", rule.place, near, name=account)
                if amount := self.expression(expr, scope, "number"):
                    points.append((account, amount))
            self.errors += consequence_problems(self.scheme, self.world, section, rule, each)
            found.append(TypedConsequence(rule, self.expression(rule.when, scope, "boolean"), tuple(points), each))
        return tuple(found)

    def cohorts(self) -> dict[str, TypedCohort]:
        found = {}
        for name, rule in self.scheme.cohort.items():
            scope = self.scope(self.scheme.subject, (rule.for_each,) if rule.for_each else (), rule.place)
            if rule.among:
                self.errors += path_problems(self.world, self.scheme.subject, rule.among, rule.place)
            found[name] = TypedCohort(
                rule,
                tuple((self.sure(key, scope, "number") if key else None, low) for key, low in rule.by),
                self.expression(rule.needs, scope, "boolean"),
                self.expression(rule.top, scope, "number"),
                self.expression(rule.bottom, scope, "number"),
                tuple((tier, self.sure(count, scope, "number")) for tier, count in rule.tiers),
                self.expression(rule.exclude, scope, "boolean"),
            )
        return found

    def plan(self) -> Plan:
        scheme = self.scheme
        for key in self.rules:
            self.measure(key)
        main_scope = self.scope(scheme.subject)
        main = Section(
            scheme.subject,
            tuple((gate, self.sure(gate.needs, main_scope, "boolean")) for gate in scheme.gates.values()),
            self.criteria(scheme.subject, scheme.criteria),
            consequences=self.consequences(scheme.subject, scheme.consequences),
        )
        main = replace(main, **self.graded(scheme.subject, scheme.grade))
        parents = []
        for parent, roll_up in scheme.roll_ups.items():
            collection = self.scope(parent).collection(roll_up.over)
            if collection is None or collection.kind != "relation":
                near = nearest(roll_up.over, self.scope(parent).known())
                self.fail("unknown-relation", roll_up.place, near, name=roll_up.over, of=parent)
            section = Section(
                parent,
                criteria=self.criteria(parent, roll_up.criteria),
                consequences=self.consequences(parent, roll_up.consequences),
                over=roll_up.over,
            )
            parents.append(replace(section, **self.graded(parent, roll_up.grade)))
        cohort = self.cohorts()
        for window, measure in scheme.publishes.items():
            rule = self.rules.get((scheme.subject, measure))
            if window not in WINDOWS:
                self.fail("publishes-windows", scheme.place, nearest(window, WINDOWS), window=window)
            elif rule is None or (rule.for_each and rule.for_each != (window,)):
                self.fail("publishes", scheme.place, nearest(measure, scheme.measures), name=measure, window=window)
        self.check_decisions()
        draft = Plan(
            scheme, self.world.catalogue, self.world, self.typed, main, tuple(parents), cohort,
            frame_needs(scheme, self.world.catalogue, self.trees(main, parents, cohort), self.typed),
            feeds(self.world.catalogue),
        )  # fmt: skip
        if not self.errors:
            self.check_cycles(draft)
        if not self.errors:
            self.errors += blind_problems(draft)
        if self.errors:
            raise Problems(sorted(self.errors, key=lambda error: error.place or Place("")))
        return draft

    def check_decisions(self) -> None:
        scheme = self.scheme
        for decision in scheme.decisions.values():
            for name in decision.parameters:
                if name not in scheme.parameters:
                    near = nearest(name, scheme.parameters)
                    self.fail("decision-parameter", decision.place, near, name=name, decision=decision.id)
        rules: list[Any] = [
            *scheme.parameters.values(),
            *scheme.scales.values(),
            *scheme.measures.values(),
            *scheme.gates.values(),
        ]
        rules += [*scheme.criteria.values(), *scheme.cohort.values(), *scheme.consequences.values()]
        rules += scheme.grade.vetoes if scheme.grade else ()
        for rule in rules:
            for name in rule.clause.decisions:
                if name not in scheme.decisions:
                    self.fail("unknown-decision", rule.place, nearest(name, scheme.decisions), name=name)

    def trees(self, main: Section, parents: list[Section], cohort: Mapping[str, TypedCohort]) -> Iterator[Typed]:
        for measure in self.typed.values():
            yield from measure.parts()
        for rule in cohort.values():
            yield from rule.parts()
        for section in (main, *parents):
            yield from section_trees(section)

    def check_cycles(self, plan: Plan) -> None:
        graph = dependencies(plan)
        done: set[tuple[str, str]] = set()
        for start in graph:
            path: list[tuple[str, str]] = []
            if cycle := find_cycle(graph, start, path, done):
                names = " → ".join(name for _, name in cycle)
                self.fail("cycle", self.place_in(plan, cycle), path=names)
                return

    def place_in(self, plan: Plan, cycle: list[tuple[str, str]]) -> Place:
        """Where a cycle can be cut: a measure in it, else a criterion that reads what is in it."""
        for node in cycle:
            if node in self.rules:
                return self.rules[node].place
        criteria = (criterion for section in plan.sections() for criterion in section.criteria)
        reads = (one.rule.place for one in criteria if set(named_in(one.parts())) & set(cycle))
        return next(reads, self.scheme.place)
