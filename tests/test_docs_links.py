"""Every link of docs/ leads somewhere, and every page is listed in docs/README.md."""

import re
from pathlib import Path

import pytest
from docs_examples import DOCS

PAGES = sorted([*DOCS.rglob("*.md"), DOCS.parent / "README.md", DOCS.parent / "README.zh.md"])


def links(path):
    """Where the links of a page lead, those to the web aside."""
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    found = [target.partition("#")[0] for target in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in target]
    return {(path.parent / target).resolve() for target in found if target}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_a_link_leads_to_a_file(path: Path) -> None:
    assert [target.name for target in links(path) if not target.exists()] == []


def test_every_page_is_listed() -> None:
    listed = links(DOCS / "README.md")
    assert [path.name for path in DOCS.glob("*.md") if path.name != "README.md" and path.resolve() not in listed] == []
