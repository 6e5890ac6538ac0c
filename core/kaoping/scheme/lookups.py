"""Looking up in scales, typed: what a scale is asked with, and a row for whatever that may be."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from typing import Protocol

from kaoping.errors import Place, nearest
from kaoping.scheme import expressions as tree
from kaoping.scheme.model import Constant, Scale
from kaoping.scheme.scope import Scope
from kaoping.scheme.typed import NUMBER, Lookup, Typed


class Typing(Protocol):
    """What types the expressions a scale is asked with."""

    def place(self, at: int) -> Place:
        """The place of an offset."""

    def fail(self, key: str, at: int, hint: str | None = None, **facts: object) -> None:
        """Raise what is wrong."""

    def node(self, node: tree.Tree, scope: Scope) -> Typed:
        """Any expression."""

    def of_kind(self, node: tree.Tree, scope: Scope, kind: str) -> Typed:
        """An expression of a kind of value."""

    def allowed(self, node: tree.Call, keywords: tuple[str, ...]) -> None:
        """Refuse other keywords."""


def lookup(typing: Typing, node: tree.Call, scope: Scope) -> Typed:
    """``lookup(scale, x)`` or ``lookup(scale, key, …)``."""
    typing.allowed(node, ())
    named = node.args[0] if node.args else None
    name = named.name if isinstance(named, tree.Name) and not named.of else ""
    if name not in scope.world.scales:
        near = nearest(name, scope.world.scales) if name else None
        hint = "common.did-you-mean" if near else None
        typing.fail("unknown-scale", named.at if named else node.at, hint=hint, name=name, near=near)
    scale = scope.world.scales[name]
    if scale is None:
        return Typed("const", NUMBER, typing.place(node.at), data=0)  # what is wrong in it is told there
    wanted = len(scale.scale.keys) or 1
    if len(node.args) - 1 != wanted:
        typing.fail("arity", node.at, function="lookup", wanted=wanted + 1, found=len(node.args))
    if scale.scale.keys:
        args = tuple(typing.node(arg, scope) for arg in node.args[1:])
        _check_keys(typing, node, scale.scale, args)
    else:
        args = (typing.of_kind(node.args[1], scope, "number"),)
    return Typed("lookup", scale.type, typing.place(node.at), (*args, *scale.parts()), Lookup(scale, len(args)))


_KEY_KINDS = {"number": (int, Fraction), "boolean": (bool,), "choice": (str,), "text": (str,)}


def _check_keys(typing: Typing, node: tree.Call, scale: Scale, args: tuple[Typed, ...]) -> None:
    """Rows have keys of the right kind, and one is there for whatever the keys may be, or something for the rest."""
    ranges: list[tuple[Constant, ...] | None] = []
    for position, arg in enumerate(args):
        at = node.args[position + 1].at
        kinds = _KEY_KINDS.get(arg.type.kind)
        if kinds is None:
            typing.fail("scale-key-kind", at, name=scale.keys[position], kind=arg.type.kind)
            raise AssertionError
        for row in scale.rows:
            key = row.keys[position]
            if isinstance(key, bool) != (kinds == (bool,)) or not isinstance(key, kinds):
                kind, line = arg.type.kind, row.place.line
                typing.fail("scale-key-type", at, name=scale.keys[position], value=key, kind=kind, line=line)
            if arg.type.choices is not None and key not in arg.type.choices:
                near, known = nearest(str(key), arg.type.choices), ", ".join(arg.type.choices)
                hint, line = "common.did-you-mean" if near else None, row.place.line
                typing.fail("scale-key-choice", at, hint=hint, value=key, line=line, near=near, known=known)
        ranges.append((False, True) if arg.type.kind == "boolean" else arg.type.choices)
    if scale.no_row:
        return
    there = {row.keys for row in scale.rows}
    if open_keys := [key for key, values in zip(scale.keys, ranges, strict=True) if values is None]:
        typing.fail("scale-open-key", node.at, name=scale.id, keys=", ".join(open_keys))
    for combination in product(*[values or () for values in ranges]):
        if combination not in there:
            shown = ", ".join(str(value).lower() if isinstance(value, bool) else str(value) for value in combination)
            typing.fail("scale-row-missing", node.at, name=scale.id, row=shown)
