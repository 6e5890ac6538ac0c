"""The example county: its files, and a database that knows them, made once in a run of the tests and copied."""

import os
import shutil
from pathlib import Path
from tempfile import mkdtemp

from cli_world import Office


def example_county(factory, folder: Path, *, imported: bool = True) -> None:
    """Put the county's files into a folder as `d`, and its database where it is to be imported.

    Args:
        factory: `tmp_path_factory`; its folder is that of the whole run, whoever runs this test.
        folder: where to.
        imported: with the database.
    """
    base = factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    place = shared / "example-county"
    if not place.exists():
        own = Path(mkdtemp(dir=shared))
        office = Office(own)
        office.json("demo", "--files", "d")
        office.json("db", "init")
        office.json("import", "d")
        try:
            own.rename(place)
        except OSError:  # another process was first
            shutil.rmtree(own)
    shutil.copytree(place / "d", folder / "d")
    if imported:
        shutil.copy(place / "kaoping.db", folder / "kaoping.db")
