"""The quick answer whether a file has the right keys is the library's answer, for right files and for wrong ones."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kaoping.scheme.document import plain, read_document
from kaoping.scheme.quick import UnknownKeywordError, compiled
from kaoping.scheme.shape import quick_check, validator

ROOT = Path(__file__).parents[1]
SCHEMES = [
    path for path in sorted(ROOT.glob("schemes/*/*.yaml")) if not path.name.endswith((".cases.yaml", "family.yaml"))
]
CASES = sorted(ROOT.glob("schemes/*/*.cases.yaml"))
PARTS = {"scheme": SCHEMES, "cases": CASES}


def data_of(path: Path) -> Any:
    return plain(read_document(path.read_text(encoding="utf-8"), path.name))


@pytest.mark.parametrize("part", PARTS)
def test_every_file_that_ships_is_right_by_both(part: str) -> None:
    quick, library = quick_check(part), validator(part)
    assert quick is not None
    for path in PARTS[part]:
        data = data_of(path)
        assert (quick(data), library.is_valid(data)) == (True, True), path.name


WRONG = [None, True, 7, "", "x", "A-1", [], ["x"], {}, {"x": "y"}, {"zh": "是", "en": "yes"}]


def places(data: Any, path: tuple = ()):  # type: ignore[no-untyped-def]
    """The path of everything inside."""
    entries = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in entries:
        yield (*path, key)
        yield from places(value, (*path, key))


WHOLE = {part: {path.name: data_of(path) for path in paths[:6]} for part, paths in PARTS.items()}


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_file_with_something_changed_is_right_or_wrong_by_both(draw: st.DataObject) -> None:
    part = draw.draw(st.sampled_from(sorted(WHOLE)))
    data = copy.deepcopy(WHOLE[part][draw.draw(st.sampled_from(sorted(WHOLE[part])))])
    for _ in range(draw.draw(st.integers(1, 3))):
        *path, last = draw.draw(st.sampled_from(sorted(places(data), key=str)))
        node = data
        for step in path:
            node = node[step]
        how = draw.draw(st.sampled_from(["replace", "remove", "add"]))
        if how == "remove":
            del node[last]
        elif how == "add" and isinstance(node, dict):
            node[draw.draw(st.sampled_from(["x", "when", "title", "Über", "a" * 70]))] = draw.draw(
                st.sampled_from(WRONG)
            )
        else:
            node[last] = draw.draw(st.sampled_from(WRONG))
    quick = quick_check(part)
    assert quick is not None
    assert quick(data) == validator(part).is_valid(data)


def test_a_schema_with_a_keyword_that_is_not_known_is_left_to_the_library() -> None:
    with pytest.raises(UnknownKeywordError, match="uniqueItems"):
        compiled({"properties": {"a": {"type": "array", "uniqueItems": True}}})
