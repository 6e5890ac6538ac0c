"""The examples of docs/, so that several test files can read them."""

import re
from pathlib import Path

from kaoping.evaluation.compile import compile_scheme
from kaoping.scheme.catalogue import base_catalogue, merge_catalogue
from kaoping.scheme.reader import read_scheme

DOCS = Path(__file__).parent.parent / "docs"


def page(name):
    """The text of a page."""
    return (DOCS / name).read_text(encoding="utf-8")


def blocks(text, kind):
    """The fenced blocks of a kind, in order."""
    return re.findall(rf"^```{kind}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def table_rows(text, marker):
    """The rows of the table below a marker, as lists of cells."""
    rows = []
    for line in text[text.index(f"<!-- {marker} -->") :].splitlines()[3:]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


WHOLE, *PARTS = blocks(page("language.md"), "yaml")


def compiled(text):
    """The plan of a scheme's text."""
    scheme = read_scheme(text, "example.yaml")
    return compile_scheme(scheme, merge_catalogue(base_catalogue(), [scheme]))
