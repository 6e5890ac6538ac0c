"""Writes the demo county's files: ``python -m kaoping.demo.generate [FOLDER]``, into this package when none is named.

The files are shipped as they are; this script says where every number in them comes from, and gives the same bytes
each time it is run.
"""

from __future__ import annotations

import codecs
import sys
from pathlib import Path

from kaoping.demo import communities, drugs, estate_files, estates
from kaoping.demo.tables import Cell, Table

HERE = Path(__file__).parent


def write(folder: Path) -> list[Path]:
    """Write ``files/`` (a whole import) and ``correction/`` (for ``--correct``) into a folder."""
    written = []
    for part, tables in (("files", all_tables()), ("correction", estate_files.corrections())):
        (folder / part).mkdir(parents=True, exist_ok=True)
        for table in tables:
            path = folder / part / f"{table.name}.csv"
            path.write_bytes(codecs.BOM_UTF8 + table.text().encode())
            written.append(path)
    return written


def all_tables() -> list[Table]:
    """Every file of the import."""
    return [
        Table(
            "subjects",
            ("subject", "type", "title", "since", "until"),
            [*communities.subjects(), *drugs.subjects(), *estates.subjects()],
        ),
        Table(
            "relations",
            ("relation", "subject", "to", "since", "until"),
            [*communities.relations(), *drugs.relations(), *estates.relations()],
        ),
        Table(
            "registers",
            ("subject", "record", "complete_through", "stated_by"),
            [*estates.registers(), *drugs.registers()],
        ),
        Table("closings", ("scheme", "period", "closed_by"), _closings()),
        *estate_files.tables(),
        *communities.tables(),
        *drugs.tables(),
    ]


def _closings() -> list[list[Cell]]:
    rows: list[list[Cell]] = [
        ["property-abcd", period, "县物业管理考核小组办公室"]
        for period in ("2025Q1", "2025Q2", "2025Q3", "2025Q4", "2025")
    ]
    return [
        *rows,
        ["harmonious-community-ten-star", "2025", "县和谐社会建设指导委员会办公室"],
        ["harmonious-community-six-star", "2025", "城区创建办公室"],
        ["drug-free-community", "2025", "县禁毒办"],
        ["anti-drug-work-targets", "2025", "县禁毒办"],
    ]


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
