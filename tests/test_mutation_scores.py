"""The mutation scores on the pages: every scheme has one, and one of an earlier state says so."""

import importlib.util
import json
from fractions import Fraction
from pathlib import Path

import pytest

from kaoping.scheme.reader import read_schemes

ROOT = Path(__file__).parents[1]
SCHEMES = {one.id: one for folder in sorted((ROOT / "schemes").glob("kaoping_*")) for one in read_schemes(folder)}


@pytest.fixture
def pages(tmp_path):
    """The script that writes the pages, with scores of its own."""
    spec = importlib.util.spec_from_file_location("pages", ROOT / "docs" / "pages.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.SCORES = tmp_path / "mutation.json"
    return module


def test_the_schemes_that_ship_were_measured_and_their_cases_notice_nine_changes_of_ten():
    known = json.loads((ROOT / "docs" / "schemes" / "mutation.json").read_text(encoding="utf-8"))
    assert len(SCHEMES.keys() - known) <= 3, "run make mutation"  # a new scheme need not be measured at once
    for name, one in known.items():
        assert one["changes"] - one["noticed"] == len(one["survivors"]), name
        assert Fraction(one["noticed"], one["changes"]) > Fraction(9, 10), name


def test_a_score_of_an_earlier_state_is_told_as_such_and_makes_no_page_wrong(pages):
    scheme = SCHEMES["safe-community"]
    score = {"digest": pages.digest(scheme), "cases": 4, "changes": 10, "noticed": 9, "percent": "90"}
    survivors = ["edge no_fires >= → >"]
    pages.SCORES.write_text(json.dumps({scheme.id: {**score, "survivors": survivors}}), encoding="utf-8")
    now = pages.noticed(scheme)
    assert "逐条改动规则 10 处，算例发现 9 处（90%），没有发现 1 处。\n" in now
    assert "Of 10 changes of its rules they notice 9 (90 %), and 1 not.\n\n- `edge no_fires >= → >`\n" in now
    pages.SCORES.write_text(json.dumps({scheme.id: {**score, "digest": "", "survivors": survivors}}), encoding="utf-8")
    before = pages.noticed(scheme)
    assert "（按较早的方案或算例算得。）\n" in before
    assert "(Measured of an earlier state of the scheme or its cases.)\n" in before
    assert pages.same(now, before)
    assert not pages.same(now, before.replace("发现 9 处", "发现 8 处"))
    assert not pages.same(now, None)


def test_a_scheme_without_a_score_has_a_page_without_one(pages):
    assert pages.noticed(SCHEMES["safe-community"]) == ""
