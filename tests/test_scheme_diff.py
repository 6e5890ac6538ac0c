"""What changed between two editions, old beside new."""

import pytest
from cli_world import Office
from insight_world import YARDS


@pytest.fixture
def office(tmp_path):
    (tmp_path / "old.yaml").write_text(YARDS, encoding="utf-8")
    new = YARDS
    for old, other in (
        ('edition: "1"', 'edition: "2"'),
        ("floor_good: {value: 85", "floor_good: {value: 88"),
        ("at_most: fair", "becomes: poor"),
        ("  tidy: {require: clean_corners", "  neat: {require: clean_corners"),
        ("  plan: {type: boolean,", "  plan: {type: boolean, assume: false,"),
        ("annual >= floor_fair or plan", "annual >= floor_fair"),
    ):
        assert old in new
        new = new.replace(old, other, 1)
    (tmp_path / "new.yaml").write_text(new, encoding="utf-8")
    return Office(tmp_path, "en")


def test_rules_added_removed_and_changed_are_told_old_beside_new(office):
    found = office.json("scheme", "diff", "old.yaml", "new.yaml")
    assert (found["first"]["edition"], found["second"]["edition"], found["same"]) == ("1", "2", False)
    told = {part: [(one["id"], one["change"]) for one in rules] for part, rules in found["parts"].items()}
    assert told["parameters"] == [("floor_good", "changed")]
    assert ("neat", "added") in told["criteria"]
    assert ("tidy", "removed") in told["criteria"]
    assert ("fair", "changed") in told["bands"]
    assert told["vetoes"] == [("fires", "changed")]
    assert told["facts"] == [("plan", "changed")]
    page = office.run("scheme", "diff", "old.yaml", "new.yaml").out
    assert "* Lowest good score [floor_good]" in page
    assert "value: 85 → 88" in page


def test_a_scheme_does_not_differ_from_itself(office):
    assert office.json("scheme", "diff", "old.yaml", "old.yaml")["same"] is True
    assert "nothing differs" in office.run("scheme", "diff", "property-abcd", "property-abcd").out
