"""Scales as written: a value by steps, along a line or by keys; read, typed, and checked as far as that goes alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from fractions import Fraction
from itertools import pairwise

from kaoping.errors import DataError, Place
from kaoping.scheme import expressions as tree
from kaoping.scheme.document import Items, Node, Scalar, Table
from kaoping.scheme.model import Constant, Expr, Parameter, Scale, ScaleRow
from kaoping.scheme.reading import Reading
from kaoping.scheme.scope import Scope
from kaoping.scheme.tables import TableError, constant, parts_of, value_tree
from kaoping.scheme.typed import BOOLEAN, Type, Typed, TypedScale

STEPS = ("over", "from", "upto", "below")
FORMS = (*STEPS, "line", "by")
FALLING = ("upto", "below")
UNKNOWN = "unknown"


# --- reading


def read_scale(reading: Reading, name: str, table: Table) -> Scale:
    """One scale."""
    forms = [form for form in FORMS if table.get(form) is not None]
    form = forms[0] if len(forms) == 1 else ""
    gives = _values(reading, table.get("gives"))
    bounds = _values(reading, table.get(form)) if form in STEPS else ()
    if form in STEPS and table.get("gives") is None:
        gives = tuple(_value(reading, Scalar(str(number), table.place)) for number in range(len(bounds) + 1))
    clause = reading.clause(table)
    scale = Scale(
        id=name,
        title=reading.title(table.get("title")),
        clause=clause,
        place=table.place,
        form=form,
        bounds=bounds,
        gives=gives,
        points=tuple(_points(reading, table.get("line"))),
        keys=reading.texts(table.get("by")),
        rows=tuple(_rows(reading, table)),
        no_row=_no_row(reading, table.get("no_row")),
        unit=reading.text(table, "unit"),
    )
    if not form:
        reading.fail("scale-form", table.place, name=name)
    elif form in STEPS and len(gives) != len(bounds) + 1:
        reading.fail("scale-gives", table.place, name=name, bounds=len(bounds), gives=len(gives))
    for key, only in (("gives", STEPS), ("rows", ("by",)), ("no_row", ("by",))):
        if form and form not in only and table.get(key) is not None:
            reading.fail("scale-key", table.keys[key], name=key, form=form)
    if form == "by" and table.get("rows") is None:
        reading.fail("scale-key-missing", table.place, name="rows", form=form)
    if not clause.source and not clause.decisions:
        reading.fail("scale-without-source", table.place, name=name)
    return scale


def _value(reading: Reading, node: Node) -> Expr:
    text = node.text if isinstance(node, Scalar) else ""
    if isinstance(node, Scalar) and node.quoted:
        return Expr(text, tree.Text(text, 0), node.place)
    return Expr(text, value_tree(text, reading.parameter_names), node.place)


def _values(reading: Reading, node: Node | None) -> tuple[Expr, ...]:
    return tuple(_value(reading, item) for item in node.items) if isinstance(node, Items) else ()


def _points(reading: Reading, node: Node | None) -> Iterator[tuple[Expr, Expr]]:
    for item in node.items if isinstance(node, Items) else ():
        point = _values(reading, item)
        if len(point) == 2:
            yield point[0], point[1]
        else:
            reading.fail("scale-point", item.place)
    if isinstance(node, Items) and len(node.items) < 2:
        reading.fail("scale-line", node.place)


def _rows(reading: Reading, table: Table) -> Iterator[ScaleRow]:
    node, keys = table.get("rows"), list(reading.texts(table.get("by")))
    lines = node.text.splitlines() if isinstance(node, Scalar) else []
    seen: set[tuple[Constant, ...]] = set()
    headed = False
    for number, line in enumerate(lines):
        if not line.strip() or node is None:
            continue
        place = Place(node.place.file, (node.place.line or 0) + 1 + number, None)
        try:
            cells, gives = parts_of(line, place)
        except TableError as error:
            reading.errors.append(error.error)
            return
        if not headed:
            headed = True
            if cells != keys or len(gives) != 1:
                reading.fail("scale-head", place, keys=" | ".join(keys))
                return
            continue
        if len(cells) != len(keys) or len(gives) != 1 or "" in (*cells, *gives):
            reading.fail("table-row", place, wanted=f"{len(keys)} || 1", found=f"{len(cells)} || {len(gives)}")
            continue
        row = tuple(map(constant, cells))
        if row in seen:
            reading.fail("scale-row-twice", place, row=", ".join(cells))
        seen.add(row)
        yield ScaleRow(row, Expr(gives[0], value_tree(gives[0], reading.parameter_names), place), place)


def _no_row(reading: Reading, node: Node | None) -> Expr | str:
    if not isinstance(node, Scalar):
        return ""
    return UNKNOWN if node.text == UNKNOWN and not node.quoted else _value(reading, node)


# --- typing


def type_scale(
    scale: Scale, scope: Scope, expression: Callable[[Expr, Scope, str | None], Typed | None], errors: list[DataError]
) -> TypedScale | None:
    """A scale with its values typed; None where something is wrong in it, which is told."""
    before = len(errors)

    def several(exprs: tuple[Expr, ...], kind: str | None) -> tuple[Typed, ...]:
        return tuple(found for expr in exprs if (found := expression(expr, scope, kind)))

    bounds = several(scale.bounds or tuple(x for x, _ in scale.points), "number")
    gives = several(scale.gives or tuple(y for _, y in scale.points) or tuple(row.gives for row in scale.rows), None)
    none = expression(scale.no_row, scope, None) if isinstance(scale.no_row, Expr) else None
    kinds = {
        "choice" if value.type.kind == "text" else value.type.kind for value in (*gives, *((none,) if none else ()))
    }
    if len(errors) == before and (len(kinds) > 1 or not kinds <= _kinds(scale)):
        errors.append(DataError("scheme.scale-values", place=scale.place, name=scale.id))
    falling = bounds_fall(scale, scope.world.parameters, errors) if len(errors) == before else False
    if len(errors) > before:
        return None
    return TypedScale(scale, _type(scale, (*gives, *((none,) if none else ()))), bounds, gives, none, falling)


def _kinds(scale: Scale) -> set[str]:
    return {"number"} if scale.form == "line" else {"number", "choice", "boolean"}


def _type(scale: Scale, values: tuple[Typed, ...]) -> Type:
    kind = values[0].type.kind
    if kind == "number":
        units = {value.type.unit for value in values}
        return Type("number", scale.unit or (units.pop() if len(units) == 1 else None))
    if kind == "boolean":
        return BOOLEAN
    texts = [[value.data] if value.op == "const" else value.type.choices or () for value in values]
    return Type("choice", choices=tuple(dict.fromkeys(text for some in texts for text in some)))


def bounds_fall(scale: Scale, parameters: Mapping[str, Parameter], errors: list[DataError]) -> bool:
    """Do the bounds fall? They rise or fall throughout, under every dated value; only some may fall."""
    exprs = scale.bounds or tuple(x for x, _ in scale.points)
    days = {since for expr in exprs if (p := parameters.get(expr.text)) for since, _ in p.values if since}
    falls = False
    for day in days or {date.max}:
        bounds = [_on(expr, parameters, day) for expr in exprs]
        pairs = [(one, other) for one, other in pairwise(bounds) if one is not None and other is not None]
        falls = bool(pairs) and all(one > other for one, other in pairs) and scale.form in FALLING
        if not falls and not all(one < other for one, other in pairs):
            key = "scale-order-either" if scale.form in FALLING else "scale-order"
            errors.append(DataError(f"scheme.{key}", place=exprs[0].place, name=scale.id))
            return False
    return falls


def _on(expr: Expr, parameters: Mapping[str, Parameter], day: date) -> int | Fraction | None:
    if parameter := parameters.get(expr.text):
        value = parameter.on(day)
        return value if isinstance(value, int | Fraction) else None
    found = constant(expr.text)
    return found if isinstance(found, int | Fraction) else None
