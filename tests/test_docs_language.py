"""docs/language.md against the code: every example compiles, every table of keys and functions is whole."""

import json
import re
from datetime import date
from importlib.resources import files

import pytest
from docs_examples import PARTS, WHOLE, compiled, page, table_rows

from kaoping.evaluation.run import evaluate
from kaoping.facts.frame import Edge, Frame, Subject
from kaoping.facts.periods import KINDS as KINDS_OF_PERIOD
from kaoping.facts.periods import WINDOWS, parse_period
from kaoping.scheme.catalogue import base_catalogue
from kaoping.scheme.declarations import KINDS
from kaoping.scheme.official import official_days
from kaoping.scheme.scope import BUILT_IN, RESULTS
from kaoping.scheme.tables import HITS
from kaoping.scheme.typing import FUNCTIONS

PAGE = page("language.md")
SCHEMA = json.loads((files("kaoping.scheme") / "scheme.schema.json").read_text(encoding="utf-8"))
NAME = re.compile(r"`([a-z_ ]+)`")


def sections(text):
    """A file's top-level keys, each with its text; of a section, the text of each entry."""
    found = {}
    for chunk in re.split(r"^(?=[a-z_]+:)", text, flags=re.MULTILINE):
        if match := re.match(r"([a-z_]+):(.*)\n((?:.*\n)*)", chunk):
            entries = re.split(r"^(?=  \S)", match[3], flags=re.MULTILINE)
            found[match[1]] = (match[2], {entry.split(":")[0]: entry for entry in entries if entry.strip()})
    return found


def completed(part):
    """The whole file with the entries of a part in place of its own."""
    whole = sections(WHOLE)
    for name, (head, entries) in sections(part).items():
        own = whole.get(name, ("", {}))[1]
        whole[name] = (head, entries if name == "grade" else own | entries)
    return "".join(f"{name}:{head}\n{''.join(entries.values())}" for name, (head, entries) in whole.items())


FRAME = Frame(
    parse_period("2025"),
    date(2026, 1, 10),
    {"yard": Subject("yard", "courtyard", "yard"), "lake": Subject("lake", "community", "lake")},
    edges={("courtyard_community", "yard"): (Edge("lake"),), ("courtyards", "lake"): (Edge("yard"),)},
)


def table(marker):
    """The rows below a marker: names of the first column, and the whole row."""
    return [(NAME.findall(cells[0]), " | ".join(cells)) for cells in table_rows(PAGE, marker)]


def declared(name):
    """The keys the JSON Schema knows for a part of a file, each with its own schema."""
    part = SCHEMA if name == "top" else SCHEMA["$defs"][name]
    found = {}
    for form in part.get("anyOf", [part]):
        found.update(form.get("properties", {}))
    return found


def test_the_whole_file_compiles_and_is_evaluated():
    assert evaluate(compiled(WHOLE), FRAME).results[0].possible_grades == ("tidy", "fair", "untidy")


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.split(":")[0])
def test_a_part_compiles_within_the_whole_file_and_is_evaluated(part):
    plan = compiled(completed(part))
    for name, (_, entries) in sections(part).items():
        assert [entry.strip() for entry in entries if entry.strip() not in plan.scheme.text] == [], name
    assert evaluate(plan, FRAME).results[0].subject == "yard"


@pytest.mark.parametrize("name", re.findall(r"<!-- keys: (\w+) -->", PAGE))
def test_a_table_of_keys_is_whole(name):
    known = declared(name)
    rows = table(f"keys: {name}")
    listed = [key for keys, _ in rows for key in keys if key != "or"]
    assert sorted(listed) == sorted(known)
    for keys, row in rows:
        for key in keys:
            options = known[key].get("enum", [])
            assert [option for option in options if f"`{option}`" not in row and key not in ("hit", "better")] == []


def test_every_part_of_a_file_has_its_table():
    tables = set(re.findall(r"<!-- keys: (\w+) -->", PAGE))
    described = {
        "field",
        "list",
        "title",
        "value_type",
        "name",
        "grade_name",
        "id",
        "heading",
        "names",
        "expression",
        "windows",
        "values",
        "any",
    }
    assert set(SCHEMA["$defs"]) - tables == described


def test_the_table_of_functions_is_whole():
    start = PAGE.index("<!-- functions -->")
    rows = [
        line.split("|")[1] for line in PAGE[start : PAGE.index("## Measures")].splitlines() if line.startswith("| `")
    ]
    assert sorted(name for row in rows for name in re.findall(r"`(\w+)\(", row)) == sorted(FUNCTIONS)


def test_types_names_windows_and_hit_policies_are_whole():
    types = {name for names, _ in table("types") for name in names}
    assert types == {*KINDS, "date or never"}
    names = {name for names, _ in table("built in") for name in names}
    assert names == {*BUILT_IN, *RESULTS}
    windows = PAGE[PAGE.index("<!-- windows -->") :].split(")")[0]
    assert tuple(NAME.findall(windows)) == tuple(WINDOWS)
    hits = PAGE[PAGE.index("<!-- hits -->") :].split(";")[0].replace("\n", " ")
    assert tuple(NAME.findall(hits)) == HITS


def test_periods_and_outcomes_stand_in_their_rows():
    rows = {key: row for keys, row in table("keys: top") for key in keys}
    assert [kind for kind in SCHEMA["properties"]["period"]["enum"] if f"`{kind}`" not in rows["period"]] == []


def test_the_official_calendar_has_the_years_the_page_lists():
    listed = {int(year): notice for year, notice in table_rows(PAGE, "official")}
    assert listed == {year: one.source for year, one in official_days().years.items()}


def test_periods_are_written_and_run_as_the_page_says():
    rows = table_rows(PAGE, "periods")
    assert [kind.strip("`") for kind, _, _ in rows] == list(KINDS_OF_PERIOD)
    for kind, written, runs in rows:
        period = parse_period(written)
        assert period.kind == kind.strip("`")
        if found := re.search(r"(\S+) to (\d\S+)$", runs):
            assert found.groups() == (str(period.start), str(period.end))


def test_the_calendars_of_the_catalogue_are_those_the_page_lists():
    listed = PAGE[PAGE.index("<!-- calendars -->") :].split(", all")[0]
    calendars = base_catalogue().calendars
    assert [tuple(pair) for pair in re.findall(r"`(\w+)` \((\w+)\)", listed)] == [
        (name, calendar.title.zh) for name, calendar in calendars.items()
    ]
    assert all(calendar.entered for calendar in calendars.values())
