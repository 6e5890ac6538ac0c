"""The keys of a file: checked against its published JSON Schema, told with line, column and the nearest key.

Scheme files, worked cases, tailorings and the shared catalogue have a schema each; the catalogue's is made of the
scheme's.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

from kaoping.errors import DataError, Place, nearest
from kaoping.scheme.document import Items, Node, Table, plain
from kaoping.scheme.quick import Check, UnknownKeywordError, compiled


def schema(part: str = "scheme") -> dict[str, Any]:
    """The JSON Schema of scheme files, of ``cases`` or of a ``tailoring``."""
    return json.loads((files("kaoping.scheme") / f"{part}.schema.json").read_text(encoding="utf-8"))


@cache
def _whole(part: str) -> dict[str, Any]:
    """The schema of a part of the language, what it refers to put in."""
    whole = schema("scheme" if part == "catalogue" else part)
    if part == "catalogue":
        names = ("subject_types", "relations", "lists", "calendars")
        shared = {name: whole["properties"][name] for name in names}
        grouped = {name: {"type": "object", "additionalProperties": {"type": "object", "additionalProperties":
                   {"$ref": f"#/$defs/{name.removesuffix('s')}"}}} for name in ("facts", "records")}  # fmt: skip
        whole = {
            "$defs": whole["$defs"],
            "type": "object",
            "additionalProperties": False,
            "required": ["catalogue"],
            "properties": {"catalogue": {"const": "shared"}, **shared, **grouped},
        }
    return _inlined({key: value for key, value in whole.items() if key != "$defs"}, whole["$defs"])


@cache
def quick_check(part: str) -> Check | None:
    """Whether data fits the schema of a part; None where only the library can say."""
    try:
        return compiled(_whole(part))
    except UnknownKeywordError:
        return None


@cache
def validator(part: str) -> Any:
    """The library's check of a part's schema, which says what is wrong."""
    # imported here: jsonschema takes a twentieth of a second that files without errors need not pay
    from jsonschema import Draft202012Validator, validators  # noqa: PLC0415
    from referencing import Registry  # noqa: PLC0415

    numbers = Draft202012Validator.TYPE_CHECKER.redefine(
        "number", lambda _, value: isinstance(value, int | Decimal) and not isinstance(value, bool)
    )
    kind = validators.extend(Draft202012Validator, type_checker=numbers)  # type: ignore[no-untyped-call]  # untyped there
    return kind(_whole(part), registry=Registry())  # an empty registry: no remote reference is ever fetched


def _inlined(schema: Any, shared: Mapping[str, Any]) -> Any:
    """A schema with what it refers to in place of the references: looking each up takes more time than the checks."""
    if isinstance(schema, dict):
        if tuple(schema) == ("$ref",):
            return _inlined(shared[schema["$ref"].rpartition("/")[2]], shared)
        return {key: _inlined(part, shared) for key, part in schema.items()}
    return [_inlined(part, shared) for part in schema] if isinstance(schema, list) else schema


def check_shape(top: Table, part: str = "scheme") -> list[DataError]:
    """Every key that is unknown, missing or of the wrong shape."""
    errors: list[DataError] = []
    data, quick = plain(top), quick_check(part)
    if quick is not None and quick(data):
        return errors
    for problem in validator(part).iter_errors(data):
        errors.extend(_told(top, problem))
    unique = {(error.place, error.key, str(error.facts)): error for error in errors}
    return sorted(unique.values(), key=lambda error: (error.place or Place(""), error.key))


def _told(top: Table, problem: Any) -> Iterator[DataError]:
    problem = _deepest(problem)
    path = list(problem.absolute_path)
    node, place = _find(top, path)
    where = ".".join(str(step) for step in path) or "(top)"
    if problem.validator == "additionalProperties" and isinstance(node, Table):
        known = problem.schema.get("properties", {})
        for key in node.entries:
            if key not in known:
                near = nearest(key, known)
                hint = "common.did-you-mean" if near else "scheme.known-keys"
                facts = {"name": key, "where": where, "near": near, "known": ", ".join(known)}
                yield DataError("scheme.unknown-key", place=node.keys[key], hint=hint, **facts)
    elif problem.validator == "required" and isinstance(node, Table):
        missing = [key for key in problem.validator_value if key not in node.entries]
        yield DataError("scheme.missing-key", place=place, names=", ".join(missing), where=where)
    elif problem.validator in ("enum", "const"):
        allowed = problem.validator_value if problem.validator == "enum" else [problem.validator_value]
        near = nearest(str(problem.instance), [str(value) for value in allowed])
        facts = {"value": problem.instance, "where": where, "near": near, "known": ", ".join(map(str, allowed))}
        yield DataError("scheme.not-allowed", place=place, hint="common.did-you-mean" if near else None, **facts)
    elif problem.validator in ("pattern", "maxLength"):
        form = problem.schema.get("description", problem.validator_value)
        key_place = node.keys.get(str(problem.instance), place) if isinstance(node, Table) else place
        yield DataError("scheme.bad-name", place=key_place, name=str(problem.instance)[:80], form=form)
    elif problem.validator in ("minItems", "minProperties"):
        yield DataError("scheme.too-few", place=place, where=where, least=problem.validator_value)
    else:
        expected = problem.validator_value if problem.validator == "type" else problem.validator
        expected = ", ".join(expected) if isinstance(expected, list) else expected
        found = type(problem.instance).__name__
        kinds = {"dict": "object", "list": "array", "str": "string", "int": "integer", "Decimal": "number"}
        yield DataError(
            "scheme.wrong-shape", place=place, where=where, expected=expected, found=kinds.get(found, found)
        )


def _deepest(problem: Any) -> Any:
    """Of the alternatives of an ``anyOf`` the one the author most likely meant: the one that got furthest."""
    while problem.context:
        found_type = type(problem.instance)
        fits = [
            inner
            for inner in problem.context
            if not (inner.validator == "type" and list(inner.absolute_path) == list(problem.absolute_path))
            and not (inner.validator == "const" and found_type in (dict, list))
        ]
        choices = fits or list(problem.context)
        problem = max(choices, key=lambda inner: (len(inner.absolute_path), inner.validator == "additionalProperties"))
    return problem


def _find(top: Table, path: list[Any]) -> tuple[Node, Place]:
    node: Node = top
    place = top.place
    for step in path:
        if isinstance(node, Table) and step in node.entries:
            place = node.keys[step]
            node = node.entries[step]
        elif isinstance(node, Items) and isinstance(step, int):
            node = node.items[step]
            place = node.place
    return node, place
