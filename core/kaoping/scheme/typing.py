"""Names looked up, types checked: an expression's tree to a `Typed` one, or an error at its column."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time

from kaoping.errors import DataError, Place, nearest
from kaoping.facts.clock import read_time, seconds_of
from kaoping.scheme import expressions as tree
from kaoping.scheme.aggregates import AGGREGATES, MODIFIERS, aggregate, if_none, with_none
from kaoping.scheme.lookups import lookup
from kaoping.scheme.model import Duration, Expr
from kaoping.scheme.passages import EARLIER
from kaoping.scheme.scope import BUILT_IN, RESULTS, Frame, Scope
from kaoping.scheme.typed import BOOLEAN, DATE, NUMBER, TEXT, TIME, FactRef, NameRef, Published, Type, Typed, type_of

NUMERIC = {"abs": 1, "floor": 1, "ceil": 1}
DATES = {"full_years": 2, "full_months": 2, "days": 2, "workdays": 2}
OTHERS = (
    "min",
    "max",
    "round",
    "known",
    "or_else",
    "ratio",
    "percent",
    "plus",
    "year",
    "previous",
    "baseline",
    "lookup",
)
LENGTHS = ("years", "months", "days", "workdays")
"""How much later ``plus`` goes: in this order, working days last."""
_WRITTEN = ("date", "time")
"""What is written as a text beside what it is compared with."""
FUNCTIONS = (*AGGREGATES, *NUMERIC, *DATES, *OTHERS, *MODIFIERS)


class TypeProblemError(Exception):
    """Carries the error to whoever collects them."""

    def __init__(self, error: DataError) -> None:
        self.error = error
        super().__init__(str(error))


def type_expression(expr: Expr, scope: Scope, wanted: str | None = None) -> Typed:
    """The expression with types.

    Raises:
        TypeProblemError: the first thing wrong in it, with its place and the nearest name.
    """
    typing = _Typing(expr)
    found = typing.node(expr.tree, scope)
    if wanted and found.type.kind != wanted:
        typing.fail("wrong-type", 0, wanted=wanted, found=found.type.kind, text=expr.text)
    return found


class _Typing:
    def __init__(self, expr: Expr) -> None:
        self.expr = expr

    def place(self, at: int) -> Place:
        return self.expr.at(at)

    def fail(self, key: str, at: int, hint: str | None = None, **facts: object) -> None:
        raise TypeProblemError(DataError(f"scheme.{key}", place=self.place(at), hint=hint, **facts))

    def node(self, node: tree.Tree, scope: Scope) -> Typed:
        return _BY_KIND[type(node)](self, node, scope)

    def number(self, node: tree.Tree, scope: Scope) -> Typed:
        return self.of_kind(node, scope, "number")

    def truth(self, node: tree.Tree, scope: Scope) -> Typed:
        return self.of_kind(node, scope, "boolean")

    def of_kind(self, node: tree.Tree, scope: Scope, kind: str) -> Typed:
        found = self.node(node, scope)
        if found.op == "const" and found.type.kind == "text" and kind in _WRITTEN:
            return self.written(found, kind, node.at)
        if found.type.kind != kind:
            self.fail("wrong-type", node.at, wanted=kind, found=found.type.kind, text=self.expr.text)
        return found

    def written(self, node: Typed, kind: str, at: int) -> Typed:
        """A text beside a date or a time of day as one."""
        if kind == "time":
            if moment := read_time(node.data):
                return Typed("const", TIME, node.place, data=seconds_of(moment))
            self.fail("not-a-time", at, text=node.data)
        try:
            return Typed("const", DATE, node.place, data=date.fromisoformat(node.data).toordinal())
        except ValueError:
            self.fail("not-a-date", at, text=node.data)
            raise AssertionError from None

    # --- leaves

    def constant(self, node: tree.Number | tree.Text | tree.Truth, _: Scope) -> Typed:
        kind = NUMBER if isinstance(node, tree.Number) else BOOLEAN if isinstance(node, tree.Truth) else TEXT
        return Typed("const", kind, self.place(node.at), data=node.value)

    def never(self, node: tree.Never, _: Scope) -> Typed:
        return Typed("const", DATE, self.place(node.at), data=date.max.toordinal())

    def name(self, node: tree.Name, scope: Scope) -> Typed:
        place, name = self.place(node.at), node.name
        if node.of:
            return self.dotted(node, scope)
        meanings: list[Typed] = []
        for frame in reversed(scope.frames):
            if frame.record and name in frame.record.fields:
                meanings.append(self.field(name, frame, place))
                break
            if frame.kind == "subject":
                break
        try:
            found = self.of_subject(name, scope, place, node.at)
        except TypeProblemError:
            if meanings:  # it means something here already, and elsewhere has a value for each window
                self.fail("ambiguous-name", node.at, name=name)
            raise
        if found and not (meanings and isinstance(found.data, NameRef) and found.data.kind == "special"):
            meanings.append(found)
        if name in scope.world.parameters:
            meanings.append(self.parameter(name, scope, place))
        if name in BUILT_IN and not (meanings and meanings[0].op == "part"):
            meanings.append(Typed("built_in", BUILT_IN[name], place, data=name))
        if len(meanings) > 1:
            self.fail("ambiguous-name", node.at, name=name)
        if not meanings:
            if name in FUNCTIONS:
                self.fail("function-not-called", node.at, name=name)
            if name in scope.world.scales:
                self.fail("scale-as-value", node.at, name=name)
            if found_collection := scope.collection(name):
                self.fail("collection-as-value", node.at, name=name, kind=found_collection.kind)
            near = nearest(name, scope.known())
            self.fail("unknown-name", node.at, hint="common.did-you-mean" if near else None, name=name, near=near)
        return meanings[0]

    def dotted(self, node: tree.Name, scope: Scope) -> Typed:
        place = self.place(node.at)
        for subject in scope.subjects():
            if found := self.of_named(f"{node.of}.{node.name}", subject, scope, place, node.at):
                return found
        for frame in reversed(scope.frames):
            if not frame.called(node.of):
                continue
            if frame.record and node.name in frame.record.fields:
                return self.field(node.name, frame, place)
            if frame.kind == "subject" and (found := self.of_type(node.name, frame.name, scope, place, node.at)):
                return found
            if frame.name == EARLIER and (found := self.earlier(node.name, frame, scope, place)):
                return found
            if node.name == "id":
                items = scope.world.catalogue.lists[frame.name].items if frame.kind == "item" else ()
                kind = Type("choice", choices=tuple(items)) if items else TEXT
                return Typed("id", kind, place, data=(frame.kind, frame.name))
        self.fail("unknown-name", node.at, name=f"{node.of}.{node.name}", near=None)
        raise AssertionError

    def earlier(self, name: str, frame: Frame, scope: Scope, place: Place) -> Typed | None:
        """A measure of an earlier result; one for the whole period."""
        assert frame.record is not None
        named = scope.world.named.get((frame.record.of, name))
        if named is None or named.kind != "measure" or named.grain:
            return None
        kind = scope.extra.get(f"{frame.record.of}.{name}", NUMBER)
        return Typed("part", kind, place, data=(name, None, frame.name))

    def field(self, name: str, frame: Frame, place: Place) -> Typed:
        """A field of a record, or of a part of a result, that is gone through."""
        assert frame.record is not None
        declared = frame.record.fields[name]
        op = "part" if frame.kind == "part" else "field"
        return Typed(op, type_of(declared), place, data=(name, declared, frame.name))

    def parameter(self, name: str, scope: Scope, place: Place) -> Typed:
        parameter = scope.world.parameters[name]
        value = parameter.values[0][1] if parameter.values else 0
        if isinstance(value, Duration):
            kind = Type("duration")
        elif isinstance(value, time):
            kind = TIME
        elif isinstance(value, str):
            kind = Type("choice", choices=parameter.one_of or (value,))
        else:
            kind = Type("number", parameter.unit or None)
        return Typed("parameter", kind, place, data=name)

    def of_subject(self, name: str, scope: Scope, place: Place, at: int) -> Typed | None:
        for subject in scope.subjects():
            if found := self.of_type(name, subject, scope, place, at):
                return found
        return None

    def of_type(self, name: str, subject: str, scope: Scope, place: Place, at: int) -> Typed | None:
        world = scope.world
        if found := self.of_named(name, subject, scope, place, at):
            return found
        if fact := world.catalogue.fact(subject, name):
            self.grain(name, fact.for_each, scope, at)
            return Typed("fact", type_of(fact.type), place, data=FactRef(fact, subject))
        section = world.section(subject)
        if name in RESULTS and section and world.gives(section, name):
            kind = BOOLEAN if name == "meets_all" else NUMBER if name in ("score", "points") else Type(
                "choice", choices=world.grades[section]
            )  # fmt: skip
            return Typed("named", kind, place, data=NameRef("special", section, name, subject))
        return None

    def of_named(self, name: str, subject: str, scope: Scope, place: Place, at: int) -> Typed | None:
        for family in scope.world.catalogue.families(subject):
            if named := scope.world.named.get((family, name)):
                self.grain(name, named.grain, scope, at)
                kind = scope.extra.get(f"{family}.{name}", NUMBER)
                data = NameRef(named.kind, family, name, subject, named.grain)
                return Typed("named", kind, place, data=data)
        return None

    def grain(self, name: str, grain: tuple[str, ...], scope: Scope, at: int) -> None:
        missing = [step for step in grain if not scope.has(step)]
        if missing:
            self.fail("grain", at, name=name, of=missing[0])

    # --- operators

    def negative(self, node: tree.Negative, scope: Scope) -> Typed:
        part = self.number(node.part, scope)
        return Typed("negative", part.type, self.place(node.at), (part,))

    def chain(self, node: tree.Chain, scope: Scope) -> Typed:
        kids = tuple(self.number(part, scope) for _, part in node.parts)
        operators = tuple(op for op, _ in node.parts)
        kind = self.one_unit(kids, node.at) if operators[0] == "+" else NUMBER
        return Typed("chain", kind, self.place(node.at), kids, operators)

    def one_unit(self, kids: tuple[Typed, ...], at: int) -> Type:
        units = {kid.type.unit for kid in kids if kid.type.unit}
        if len(units) > 1:
            first, second = sorted(str(unit) for unit in units)[:2]
            self.fail("units-differ", at, first=first, second=second)
        return Type("number", next(iter(units), None))

    def comparison(self, node: tree.Comparison, scope: Scope) -> Typed:
        left, right = self.node(node.left, scope), self.node(node.right, scope)
        place = self.place(node.at)
        if left.type.kind in _WRITTEN and right.op == "const" and right.type.kind == "text":
            right = self.written(right, left.type.kind, node.right.at)
        if right.type.kind in _WRITTEN and left.op == "const" and left.type.kind == "text":
            left = self.written(left, right.type.kind, node.left.at)
        kinds = {left.type.kind, right.type.kind}
        if kinds == {"number"}:
            self.one_unit((left, right), node.at)
            return Typed("compare", BOOLEAN, place, (left, right), node.op)
        if kinds in ({"date"}, {"time"}):
            return Typed("compare", BOOLEAN, place, (left, right), node.op)
        if kinds <= {"choice", "text"} or kinds == {"boolean"}:
            if node.op not in ("==", "!="):
                self.fail("no-order", node.at, op=node.op, kind=left.type.kind)
            self.fits(left, right, node.right.at)
            self.fits(right, left, node.left.at)
            return Typed("same", BOOLEAN, place, (left, right), node.op)
        self.fail("types-differ", node.at, left=left.type.kind, right=right.type.kind)
        raise AssertionError

    def fits(self, one: Typed, other: Typed, at: int) -> None:
        if one.type.choices is None or other.op != "const" or other.data in one.type.choices:
            return
        near = nearest(str(other.data), one.type.choices)
        known = ", ".join(one.type.choices)
        hint = "common.did-you-mean" if near else None
        self.fail("unknown-choice", at, hint=hint, value=other.data, known=known, near=near)

    def among(self, node: tree.Among, scope: Scope) -> Typed:
        part = self.node(node.part, scope)
        if isinstance(node.among, tree.Name):
            name = node.among.name
            if name in scope.world.catalogue.lists:
                values: tuple[object, ...] = tuple(scope.world.catalogue.lists[name].items)
            else:
                near = nearest(name, scope.world.catalogue.lists)
                hint = "common.did-you-mean" if near else None
                self.fail("unknown-set", node.among.at, hint=hint, name=name, near=near)
                raise AssertionError
        else:
            values = tuple(constant.value for constant in node.among)
            for constant in node.among:
                value = Typed("const", TEXT, self.place(constant.at), data=constant.value)
                self.fits(part, value, constant.at)
        if part.type.kind == "number":
            place = self.place(node.at)
            tests = tuple(
                Typed("compare", BOOLEAN, place, (part, Typed("const", NUMBER, place, data=value)), "==")
                for value in values
            )
            found = Typed("or", BOOLEAN, place, tests)
            return Typed("not", BOOLEAN, place, (found,)) if node.negated else found
        if part.type.kind not in ("choice", "text"):
            self.fail("wrong-type", node.at, wanted="choice", found=part.type.kind, text=self.expr.text)
        found = Typed("among", BOOLEAN, self.place(node.at), (part,), frozenset(values))
        return Typed("not", BOOLEAN, self.place(node.at), (found,)) if node.negated else found

    def logic(self, node: tree.Logic, scope: Scope) -> Typed:
        kids = tuple(self.truth(part, scope) for part in node.parts)
        return Typed(node.op, BOOLEAN, self.place(node.at), kids)

    def negation(self, node: tree.Negation, scope: Scope) -> Typed:
        return Typed("not", BOOLEAN, self.place(node.at), (self.truth(node.part, scope),))

    def choice(self, node: tree.Choice, scope: Scope) -> Typed:
        when = self.truth(node.when, scope)
        then, other = self.node(node.then, scope), self.node(node.other, scope)
        return Typed("if", self.joined(then, other, node.at), self.place(node.at), (then, when, other))

    def joined(self, first: Typed, second: Typed, at: int) -> Type:
        if first.type.kind == second.type.kind == "number":
            return self.one_unit((first, second), at)
        if first.type.kind != second.type.kind and {first.type.kind, second.type.kind} != {"text", "choice"}:
            self.fail("types-differ", at, left=first.type.kind, right=second.type.kind)
        return first.type

    # --- calls

    def call(self, node: tree.Call, scope: Scope) -> Typed:
        name = node.function
        if name in AGGREGATES:
            return aggregate(self, node, scope)
        if name not in FUNCTIONS or name in MODIFIERS:
            near = nearest(name, FUNCTIONS)
            hint = "common.did-you-mean" if near else "scheme.known-functions"
            self.fail("unknown-function", node.at, hint=hint, name=name, near=near, known=", ".join(FUNCTIONS))
        keywords = dict(node.keywords)
        place = self.place(node.at)
        if name in NUMERIC:
            self.arity(node, 1)
            part = self.number(node.args[0], scope)
            return Typed("call", part.type, place, (part,), name)
        if name in DATES:
            self.arity(node, 2)
            kids = tuple(self.of_kind(arg, scope, "date") for arg in node.args)
            return Typed("call", NUMBER, place, kids, name)
        if name in ("min", "max"):
            if len(node.args) < 2:
                self.fail("arity", node.at, function=name, wanted="2+", found=len(node.args))
            kinds = {kind for arg in node.args if (kind := self.node(arg, scope).type.kind) in _WRITTEN}
            if kinds:
                kids = tuple(self.of_kind(arg, scope, kind) for kind in kinds for arg in node.args)
                return Typed("call", kids[0].type, place, kids, name)
            kids = tuple(self.number(arg, scope) for arg in node.args)
            return Typed("call", self.one_unit(kids, node.at), place, kids, name)
        if name == "round":
            self.arity(node, 2)
            part = self.number(node.args[0], scope)
            places = self.number(node.args[1], scope)
            if places.op != "const" or not isinstance(places.data, int):
                self.fail("round-places", node.args[1].at)
            return Typed("call", part.type, place, (part,), f"round:{places.data}")
        if name == "known":
            self.arity(node, 1)
            return Typed("known", BOOLEAN, place, (self.node(node.args[0], scope),))
        if name == "or_else":
            self.arity(node, 2)
            first, second = (self.node(arg, scope) for arg in node.args)
            return Typed("or_else", self.joined(first, second, node.at), place, (first, second))
        if name == "lookup":
            return lookup(self, node, scope)
        if name in ("ratio", "percent"):
            self.arity(node, 2)
            kids = (*(self.number(arg, scope) for arg in node.args), *if_none(self, node, scope, NUMBER, True))
            return Typed("ratio", NUMBER, place, kids, name)
        if name == "plus":
            self.arity(node, 1)
            units = tuple(key for key in LENGTHS if key in keywords)
            steps = [self.number(keywords[key], scope) for key in units]
            self.allowed(node, LENGTHS)
            return Typed("plus", DATE, place, (self.of_kind(node.args[0], scope, "date"), *steps), units)
        if name == "year":
            self.arity(node, 1)
            return Typed("call", NUMBER, place, (self.of_kind(node.args[0], scope, "date"),), name)
        return self.shifted(node, scope)

    def shifted(self, node: tree.Call, scope: Scope) -> Typed:
        self.arity(node, 1 if node.function == "previous" else 2)
        fact = self.node(node.args[0], scope)
        if isinstance(fact.data, NameRef) and fact.data.kind != "cohort" and fact.data.name != "meets_all":
            return self.published(node, fact, scope)
        if fact.op != "fact" or not isinstance(fact.data, FactRef):
            self.fail("not-a-fact", node.args[0].at, function=node.function)
        if fact.data.fact.fed_from:
            self.fail("shifted-fed", node.args[0].at, function=node.function, name=fact.data.fact.id)
        shifted = FactRef(fact.data.fact, fact.data.frame, node.function)
        years = tuple(self.number(arg, scope) for arg in node.args[1:])
        none = if_none(self, node, scope, fact.type, False)
        return Typed("shifted", fact.type, self.place(node.at), (*years, *none), shifted)

    def published(self, node: tree.Call, named: Typed, scope: Scope) -> Typed:
        """A measure, score or grade as it was published for another period."""
        ref: NameRef = named.data
        if ref.grain or ref.name in ("raw_grade", "points") or named.type.kind == "list":
            self.fail("shifted-grain", node.args[0].at, function=node.function, name=ref.name)
        years = tuple(self.number(arg, scope) for arg in node.args[1:])
        none = if_none(self, node, scope, named.type, True)
        kind = with_none(named.type, none)
        return Typed("published", kind, self.place(node.at), (*years, *none), Published(ref, named.type, node.function))

    def choice_or_text(self, node: tree.Tree, scope: Scope) -> Typed:
        """A choice, or a text that may stand for one."""
        found = self.node(node, scope)
        if found.type.kind not in ("choice", "text"):
            self.fail("wrong-type", node.at, wanted="choice", found=found.type.kind, text=self.expr.text)
        return found

    def arity(self, node: tree.Call, wanted: int) -> None:
        if len(node.args) != wanted:
            self.fail("arity", node.at, function=node.function, wanted=wanted, found=len(node.args))
        if node.function not in ("plus", "ratio", "percent", "previous", "baseline") and node.keywords:
            self.allowed(node, ())

    def allowed(self, node: tree.Call, keywords: tuple[str, ...]) -> None:
        for key, value in node.keywords:
            if key not in keywords:
                near = nearest(key, keywords)
                hint = "common.did-you-mean" if near else None
                self.fail("unknown-keyword", value.at, hint=hint, function=node.function, name=key, near=near)


_BY_KIND: dict[type, Callable[..., Typed]] = {
    tree.Number: _Typing.constant,
    tree.Text: _Typing.constant,
    tree.Truth: _Typing.constant,
    tree.Never: _Typing.never,
    tree.Name: _Typing.name,
    tree.Negative: _Typing.negative,
    tree.Chain: _Typing.chain,
    tree.Comparison: _Typing.comparison,
    tree.Among: _Typing.among,
    tree.Logic: _Typing.logic,
    tree.Negation: _Typing.negation,
    tree.Choice: _Typing.choice,
    tree.Call: _Typing.call,
}
