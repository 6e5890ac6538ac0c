"""Writes docs/schemes: a page in plain words for each scheme that ships, and their list. With --check only compares."""
# ruff: noqa: INP001 - a script of this folder, not a package

import sys
from pathlib import Path

from kaoping.scheme.catalogue import base_catalogue, merge_catalogue
from kaoping.scheme.prose import page
from kaoping.scheme.reader import read_schemes

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "docs" / "schemes"
MADE = "<!-- made by make docs from the scheme's file; do not edit -->\n"
INDEX = f"""\
{MADE}
# 方案 Schemes

每个随附方案一页：要求什么、怎样定等级、带来什么后果、原文未写明处怎样决定。中文在前。

A page for each scheme that ships: what it asks, how it grades, what follows, what was decided where its source is
silent. Chinese first, English below.

| 方案 | scheme | |
|---|---|---|
"""


def pages() -> dict[Path, str]:
    """Every page by its file."""
    folders = sorted((ROOT / "schemes").glob("kaoping_*"))
    schemes = sorted((scheme for folder in folders for scheme in read_schemes(folder)), key=lambda one: one.id)
    catalogue = merge_catalogue(base_catalogue(), schemes)
    rows = [f"| {one.title.zh} | {one.title.en} | [{one.id}]({one.id}.md) |\n" for one in schemes]
    found = {FOLDER / f"{one.id}.md": f"{MADE}\n{page(one, catalogue)}\n" for one in schemes}
    return {FOLDER / "README.md": INDEX + "".join(rows), **found}


def stale() -> list[str]:
    """The pages that are not as the schemes are, those of schemes that are gone included."""
    wanted = pages()
    there = {path: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.md")}
    return sorted(path.name for path in {*wanted, *there} if wanted.get(path) != there.get(path))


def write() -> None:
    """Make the folder as the schemes are."""
    wanted = pages()
    FOLDER.mkdir(exist_ok=True)
    for path in FOLDER.glob("*.md"):
        if path not in wanted:
            path.unlink()
    for path, text in wanted.items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    if "--check" not in sys.argv:
        write()
    elif names := stale():
        sys.exit(f"not as the schemes are: {', '.join(names)}; run make docs")
