"""Decision tables to a sheet and back: every table of DMN's kit comes back as it was, and a file keeps the rest."""

from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from cli_world import Office
from small_schemes import HEAD, TITLE

from kaoping.errors import Place, Problems
from kaoping.office.tables import csv_text, read_csv
from kaoping.scheme.document import Table, read_document
from kaoping.scheme.reader import read_scheme
from kaoping.scheme.splice import put_block
from kaoping.scheme.table_rows import rows_of, text_of
from kaoping.scheme.tables import read_table

TABLES = yaml.safe_load((Path(__file__).parent / "foreign" / "dmn_tables.yaml").read_text(encoding="utf-8"))["tables"]
FACTS = f"""\
facts:
  age: {{type: integer, min: 0, max: 150, {TITLE}}}
  years: {{type: integer, min: 0, max: 60, {TITLE}}}
  risk: {{type: [High, Medium, Low], {TITLE}}}
  affordable: {{type: boolean, {TITLE}}}
"""
SCHEME = f"""\
# A scheme with a table.
{HEAD}
parameters:
  grown: {{value: 18, unit: 岁, source: 一, {TITLE}}}
{FACTS}
measures:
  before: {{value: age + 1, source: 一, {TITLE}}}        # stays
  fee:
    {TITLE}
    hit: first
    table: |
      age      | risk        || level
      >= grown | High, Low   || dear
      -        | -           || cheap

  behind: {{value: age + 2, source: 一, {TITLE}}}       # stays too
"""


def dmn_scheme(table):
    lines = [f"  it:\n    {TITLE}\n    hit: {table['hit']}\n"]
    if "gives" in table:
        lines.append(f"    gives: [{', '.join(table['gives'])}]\n")
    if "default" in table:
        lines.append(f"    default: {{{', '.join(f'{name}: {value}' for name, value in table['default'].items())}}}\n")
    rows = "".join(f"      {row}\n" for row in table["rows"].splitlines())
    return f"{HEAD}{FACTS}measures:\n{''.join(lines)}    table: |\n{rows}"


def parsed(text, hit):
    table = read_table(text, Place("t"), frozenset(), hit)
    return (table.inputs, table.results, [(row.when and row.when.tree, row.gives) for row in table.rows])


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table["table"])
def test_a_table_of_the_kit_comes_back_from_a_sheet_as_it_was(table, tmp_path):
    file = tmp_path / "t.csv"
    file.write_text("\ufeff" + csv_text(rows_of(table["rows"])), encoding="utf-8")
    back = read_csv(file, frozenset(), table["hit"])
    assert back.rows == rows_of(table["rows"])
    assert parsed(text_of(back.rows), table["hit"]) == parsed(table["rows"], table["hit"])
    text = dmn_scheme(table)
    scalar = read_document(text, "s.yaml").entries["measures"].entries["it"].get("table")
    changed = read_scheme(put_block(text, scalar, text_of(back.rows)), "s.yaml")
    assert [one.table for one in changed.measures.values()] == [
        replace(one.table, rows=tuple(now.table.rows))
        for one, now in zip(read_scheme(text, "s.yaml").measures.values(), changed.measures.values(), strict=True)
    ]


@pytest.fixture
def office(tmp_path):
    (tmp_path / "s.yaml").write_text(SCHEME, encoding="utf-8")
    return Office(tmp_path, "en")


def put(office, text, *more, name="t.csv", encoding="utf-8"):
    (office.folder / name).write_bytes(text.encode(encoding))
    return office.run("scheme", "table", "s.yaml", "fee", "--from", name, *more)


def test_a_table_is_printed_as_the_file_has_it_and_as_a_sheet(office):
    assert office.run("scheme", "table", "s.yaml", "fee").out == (
        "    table: |\n"
        "      age      | risk      || level\n"
        "      >= grown | High, Low || dear\n"
        "      -        | -         || cheap\n"
    )
    csv = office.run("scheme", "table", "s.yaml", "fee", "--csv").out
    assert csv == 'age,risk,||,level\n>= grown,"High, Low",||,dear\n-,-,||,cheap\n'
    data = office.json("scheme", "table", "s.yaml", "fee")
    assert (data["hit"], data["inputs"], data["results"]) == ("first", ["age", "risk"], ["level"])
    assert data["rows"][0] == {"when": [">= grown", "High, Low"], "gives": ["dear"]}


def test_a_changed_sheet_is_put_in_place_and_the_rest_of_the_file_stays(office):
    ran = put(office, "age,risk,,level\n>= grown,High,,dear\n12..17,,,half\n,,,cheap\n", "--write")
    assert (ran.code, ran.out) == (0, "written to s.yaml: 3 rows\n")
    block = SCHEME[SCHEME.index("      age ") : SCHEME.index("\n  behind")]
    assert (office.folder / "s.yaml").read_text(encoding="utf-8") == SCHEME.replace(
        block,
        "      age      | risk || level\n"
        "      >= grown | High || dear\n"
        "      12..17   | -    || half\n"
        "      -        | -    || cheap\n",
    )


def test_line_ends_stay_as_the_file_has_them(office):
    (office.folder / "s.yaml").write_bytes(SCHEME.replace("\n", "\r\n").encode())
    assert put(office, "age,risk,,level\n,,,cheap\n", "--write").code == 0
    text = (office.folder / "s.yaml").read_bytes()
    assert text.count(b"\n") == text.count(b"\r\n") == SCHEME.count("\n") - 1


def test_a_dry_run_writes_nothing(office):
    ran = put(office, "age,risk,,level\n,,,cheap\n", "--write", "--dry-run")
    assert ran.out == "would be written to s.yaml: 1 rows; nothing was written\n"
    assert (office.folder / "s.yaml").read_text(encoding="utf-8") == SCHEME


def test_what_excel_saves_in_china_is_read_and_noted(office):
    ran = put(office, "age;risk;;level\n;;;便宜\n", encoding="gb18030")
    assert ran.code == 0
    assert ran.out.endswith("      -   | -    || 便宜\n")
    assert ran.err.splitlines() == [
        "note: t.csv: read as GB18030 (GBK)",
        "note: t.csv: columns are parted by ';'",
    ]


BARLESS = (
    "t.csv:1: the first row needs one empty column, or one headed ||, with conditions before it and results behind"
)


@pytest.mark.parametrize(
    ("sheet", "told"),
    [
        ("age,risk,level\n,,cheap\n", BARLESS),
        (",age,risk,level\n,,,cheap\n", BARLESS),
        ("age,risk,,\n", BARLESS),
        (
            "age,risk,||,level\n,,x,cheap\n",
            "t.csv:2:3 (C2): the column that parts conditions from results must be empty, here it is 'x'",
        ),
        ("age,risk,,level\n5,,,\n", "t.csv:2:4 (D2): a result cannot be blank"),
        ("age,risk,,level\n5|6,,,cheap\n", "t.csv:2:1 (A2): the cell '5|6' cannot hold a |"),
        ("age,risk,,level\n,,,cheap\n\n>=,,,dear\n", "t.csv:4: the cell '>=' in column 'age' is not complete"),
        (
            "age,risk,,level\n,,,cheap,more\n",
            "t.csv:2:5 (E2): this line is longer than the header: 5 cells under 4 columns",
        ),
        ("age,risk,,level\n", "t.csv:1: a decision table needs a head and at least one row"),
    ],
)
def test_what_is_wrong_in_a_sheet_is_told_by_its_cell(tmp_path, sheet, told):
    (tmp_path / "t.csv").write_text(sheet, encoding="utf-8")
    with pytest.raises(Problems) as caught:
        read_csv(tmp_path / "t.csv", frozenset(), "first")
    assert [error.text("en") for error in caught.value.errors] == [told]


def test_a_row_without_anything_is_passed_over(tmp_path):
    (tmp_path / "t.csv").write_text("age,risk,,level\n,,,\n,,,cheap\n", encoding="utf-8")
    assert read_csv(tmp_path / "t.csv", frozenset(), "first").rows[1:] == [["-", "-", "||", "cheap"]]


def test_what_does_not_fit_the_scheme_is_told_by_the_row_of_the_sheet_and_nothing_is_written(office):
    ran = put(office, "agee,risk,,level\n\n5,,,dear\n,Hihg,,cheap\n", "--write")
    assert ran.code == 1
    assert "× t.csv:3: nothing here is called 'agee' [" in ran.out
    assert (
        "× t.csv:4: 'Hihg' is not one of: High, Medium, Low [scheme.unknown-choice]\nhint: did you mean 'High'?"
        in ran.out
    )
    assert (office.folder / "s.yaml").read_text(encoding="utf-8") == SCHEME
    other = SCHEME.replace("value: age + 2", "value: level == 'dear'").replace("  fee:\n", "  level:\n")
    (office.folder / "s.yaml").write_text(other, encoding="utf-8")
    (office.folder / "t.csv").write_text("age,risk,,level\n5,,,1\n,,,2\n4,,,3\n3,,,3\n", encoding="utf-8")
    ran = office.run("scheme", "table", "s.yaml", "level", "--from", "t.csv")
    line = other[: other.index("level == 'dear'")].count("\n") + 1
    assert f"× s.yaml:{line}:" in ran.out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ["s.yaml", "fea"],
            "error: small has no measure 'fea'; written as tables are: fee [office.no-such-measure]\n"
            "hint: did you mean 'fee'?\n",
        ),
        (
            ["s.yaml", "before"],
            "error: 'before' is not written as a table; in small these are: fee [office.not-a-table]\n",
        ),
        (["s.yaml", "fee", "--write"], "error: --write goes with --from [office.table-no-source]\n"),
        (
            ["s.yaml", "fee", "-o", "s.yaml"],
            "error: s.yaml exists already [office.table-exists]\n"
            "hint: choose another name, or write over it with --force\n",
        ),
        (
            ["property-abcd", "composite"],
            "error: 'composite' is not written as a table; in property-abcd these are: - [office.not-a-table]\n",
        ),
        (["s.yaml", "fee", "--from", "x.csv"], "error: there is no file or folder 'x.csv' [intake.no-such-file]\n"),
    ],
)
def test_what_cannot_be_done_is_told(office, arguments, told):
    ran = office.run("scheme", "table", *arguments)
    assert (ran.code, ran.err) == (2, told)


def test_cells_a_spreadsheet_would_run_are_quoted_and_come_back(office):
    text = SCHEME.replace("|| dear", '|| "@dear"').replace("|| cheap", "|| '-2'")
    (office.folder / "s.yaml").write_text(text, encoding="utf-8")
    csv = office.run("scheme", "table", "s.yaml", "fee", "--csv").out
    assert csv.splitlines()[2] == "-,-,||,''-2'"
    before = office.json("scheme", "table", "s.yaml", "fee")["rows"]
    (office.folder / "t.csv").write_text(csv, encoding="utf-8")
    assert office.json("scheme", "table", "s.yaml", "fee", "--from", "t.csv")["rows"] == before


def test_a_table_that_is_no_block_is_not_replaced(office):
    text = SCHEME.replace("table: |\n      age ", 'table: "age ').replace("cheap\n", 'cheap"\n')
    lines = text.split("\n")
    start = next(n for n, line in enumerate(lines) if "table:" in line)
    quoted = "\\n".join(part.strip() for part in lines[start : start + 3]).replace('table: "', 'table: "')
    (office.folder / "s.yaml").write_text(
        "\n".join([*lines[:start], f"    {quoted}", *lines[start + 3 :]]), encoding="utf-8"
    )
    ran = put(office, "age,risk,,level\n,,,cheap\n")
    assert ran.code == 1
    assert "the table of 'fee' is not written as a block, `table: |`, and cannot be put in its place" in " ".join(
        ran.out.split()
    )


def test_rows_are_set_out_in_columns_however_wide_their_characters():
    text = "类别 | age || 结果\n甲 | >= 18 || 是\n"
    assert text_of(rows_of(text)) == "类别 | age   || 结果\n甲   | >= 18 || 是\n"


def test_a_block_at_the_end_of_a_file_or_before_a_comment_is_replaced_alone():
    text = "a:\n  table: |\n    x || y\n    1 || 2\n# behind\nb: 1\n"
    top = read_document(text, "f")
    assert isinstance(top.get("a"), Table)
    scalar = top.entries["a"].get("table")
    assert put_block(text, scalar, "x || y\n3 || 4\n5 || 6\n") == (
        "a:\n  table: |\n    x || y\n    3 || 4\n    5 || 6\n# behind\nb: 1\n"
    )
    last = "a:\n  table: |\n    x || y"
    scalar = read_document(last, "f").entries["a"].get("table")
    assert put_block(last, scalar, "1 || 2\n") == "a:\n  table: |\n    1 || 2"
