"""Passages through collections, typed: what is gone through, what is asked of its members, what emptiness gives."""

from __future__ import annotations

from typing import Protocol

from kaoping.errors import Place, nearest
from kaoping.scheme import expressions as tree
from kaoping.scheme.model import Expr
from kaoping.scheme.passages import EARLIER, ENTRIES
from kaoping.scheme.scope import Scope
from kaoping.scheme.typed import BOOLEAN, NUMBER, Collection, Passage, Type, Typed

AGGREGATES = (
    "count", "any", "all", "sum", "mean", "lowest", "highest", "percent_of", "distinct",
    "first", "last", "streak", "longest_gap",
)  # fmt: skip
MODIFIERS = ("ever", "trailing", "past", "on")
IN_ORDER = ("first", "last", "streak", "longest_gap")
"""These go through members by the days that place them."""
MAY_BE_EMPTY = ("mean", "lowest", "highest", "percent_of", "first", "last")
_WANTS = dict.fromkeys(("count", "any", "all", "percent_of", "streak"), "boolean") | {"sum": "number"}
_MODIFIES = {"ever": ("record",), "trailing": ("record", EARLIER, ENTRIES), "past": ("window",), "on": ("relation",)}


class Typing(Protocol):
    """What types the expressions inside a passage."""

    expr: Expr

    def place(self, at: int) -> Place:
        """The place of an offset."""

    def fail(self, key: str, at: int, hint: str | None = None, **facts: object) -> None:
        """Raise what is wrong."""

    def node(self, node: tree.Tree, scope: Scope) -> Typed:
        """Any expression."""

    def of_kind(self, node: tree.Tree, scope: Scope, kind: str) -> Typed:
        """An expression of a kind of value."""

    def choice_or_text(self, node: tree.Tree, scope: Scope) -> Typed:
        """A choice, or a text that may stand for one."""

    def allowed(self, node: tree.Call, keywords: tuple[str, ...]) -> None:
        """Refuse other keywords."""


def aggregate(typing: Typing, node: tree.Call, scope: Scope) -> Typed:
    """A passage with what it gives."""
    name, keywords = node.function, dict(node.keywords)
    least, most = (1, 2) if name in ("count", "any") else (1, 1) if name == "longest_gap" else (2, 2)
    if not least <= len(node.args) <= most:
        wanted = least if least == most else f"{least}..{most}"
        typing.fail("arity", node.at, function=name, wanted=wanted, found=len(node.args))
    through = collection(typing, node.args[0], scope)
    if name in IN_ORDER:
        _placed(typing, node, through)
    inner = scope.inside(through)
    typing.allowed(node, ("where", "ends") if name == "longest_gap" else ("where", "if_none"))
    where = typing.of_kind(keywords["where"], inner, "boolean") if "where" in keywords else None
    what = _what(typing, node, inner) if len(node.args) > 1 else None
    kind = BOOLEAN if name in ("any", "all") else NUMBER
    if what and name in ("mean", "lowest", "highest", "sum", "first", "last"):
        kind = what.type
    none: tuple[Typed, ...] = ()
    if name in MAY_BE_EMPTY:
        none = if_none(typing, node, scope, kind, not through.sure or where is not None)
        kind = with_none(kind, none)
    asks = Passage(name, what is not None, where is not None, bool(none), _ends(typing, keywords.get("ends")))
    extra = tuple(kid for kid in (through.past, through.trailing, through.on) if kid)
    kids = (*((what,) if what else ()), *((where,) if where else ()), *none, *extra)
    return Typed("aggregate", kind, typing.place(node.at), kids, asks, through)


def collection(typing: Typing, node: tree.Tree, scope: Scope) -> Collection:
    """What is gone through."""
    if not isinstance(node, tree.Call) or node.function not in MODIFIERS:
        return _named(typing, node, scope)
    name, keywords = node.function, dict(node.keywords)
    typing.allowed(node, ("months",) if name == "trailing" else ())
    wanted = 2 if name in ("past", "on") else 1
    if len(node.args) != wanted:
        typing.fail("arity", node.at, function=name, wanted=wanted, found=len(node.args))
    found = _named(typing, node.args[-1] if name == "on" else node.args[0], scope)
    if found.kind not in _MODIFIES[name]:
        typing.fail("not-modified", node.at, function=name, name=found.name)
    counted = node.args[1] if name == "past" else keywords.get("months") if name == "trailing" else None
    if name in ("past", "trailing"):
        count = _count(typing, node, counted, scope)
        return found.modified(past=count) if name == "past" else found.modified(trailing=count)
    return (
        found.modified(ever=True) if name == "ever" else found.modified(on=typing.of_kind(node.args[0], scope, "date"))
    )


def if_none(typing: Typing, node: tree.Call, scope: Scope, kind: Type, needed: bool) -> tuple[Typed, ...]:
    """What emptiness gives: nothing written, a value, or ``unknown`` (a const None)."""
    given = dict(node.keywords).get("if_none")
    if given is None:
        if needed:
            typing.fail("if-none-missing", node.at, function=node.function)
        return ()
    if isinstance(given, tree.Name) and given.name == "unknown" and not given.of:
        return (Typed("const", kind, typing.place(given.at), data=None),)
    if kind.kind == "choice":
        return (typing.choice_or_text(given, scope),)
    return (typing.of_kind(given, scope, kind.kind),)


def with_none(kind: Type, none: tuple[Typed, ...]) -> Type:
    """A choice may also be what emptiness gives."""
    if kind.kind != "choice" or kind.choices is None or not none or none[0].data is None:
        return kind
    others = none[0].type.choices if none[0].op != "const" else (str(none[0].data),)
    return Type("choice", choices=None if others is None else tuple(dict.fromkeys((*kind.choices, *others))))


def _named(typing: Typing, node: tree.Tree, scope: Scope) -> Collection:
    name = node.name if isinstance(node, tree.Name) and not node.of else ""
    found = scope.collection(name)
    if found is None and name == ENTRIES:
        typing.fail("entries-elsewhere", node.at)
    if found is None:
        near = nearest(name, [n for n in scope.known() if scope.collection(n)]) if name else None
        hint = "common.did-you-mean" if near else None
        typing.fail("unknown-collection", node.at, hint=hint, name=name or typing.expr.text, near=near)
        raise AssertionError
    return found


def _count(typing: Typing, node: tree.Call, given: tree.Tree | None, scope: Scope) -> Typed:
    """So many windows or months: a whole number, or a parameter that is one."""
    found = typing.of_kind(given, scope, "number") if given is not None else None
    if found is None or found.op not in ("const", "parameter"):
        typing.fail("whole-count", given.at if given else node.at, function=node.function)
        raise AssertionError
    parameter = scope.world.parameters.get(str(found.data)) if found.op == "parameter" else None
    values = [value for _, value in parameter.values] if parameter else [found.data]
    if not all(isinstance(value, int) and value > 0 for value in values):
        typing.fail("whole-count", given.at if given else node.at, function=node.function)
    return found


def _placed(typing: Typing, node: tree.Call, through: Collection) -> None:
    """Members in order: windows, or records that a day places."""
    placed = through.record is not None and bool(through.record.placed_by)
    if node.function == "longest_gap":
        if not placed or through.ever:
            typing.fail("no-gaps", node.at, name=through.name)
    elif not placed and through.kind != "window":
        typing.fail("no-order-of", node.at, function=node.function, name=through.name)


def _what(typing: Typing, node: tree.Call, inner: Scope) -> Typed:
    name = node.function
    if name in _WANTS:
        return typing.of_kind(node.args[1], inner, _WANTS[name])
    found = typing.node(node.args[1], inner)
    numeric = ("number",) if name == "mean" else ("number", "date", "time")
    if name in ("mean", "lowest", "highest") and found.type.kind not in numeric:
        typing.fail("wrong-type", node.args[1].at, wanted="number", found=found.type.kind, text=typing.expr.text)
    return found


def _ends(typing: Typing, given: tree.Tree | None) -> bool:
    if given is None:
        return True
    if not isinstance(given, tree.Truth):
        typing.fail("ends-form", given.at)
        raise AssertionError
    return given.value
